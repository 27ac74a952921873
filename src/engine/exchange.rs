//! Links that a person names one by one: pairs of variants, and rows of a file. Who is meant is found out in
//! `rules::exchange`; the plan is the usual one, and is held and applied like every other.

use std::sync::Arc;

use crate::domain::{Candidate, ConnectionId, PairRow, Plan, Side, VariantPair};
use crate::protocol::{PairChoice, Problem, RejectedLine, Reply, RowsRead};
use crate::rules::exchange::resolve;
use crate::rules::{plan as rules, sentences};

use super::plans::{self, aside, hold, profile};
use super::problem;
use super::truth::Truth;

/// Plans to link variants one by one.
pub async fn plan_pairs(truth: &Arc<Truth>, pairs: Vec<PairChoice>) -> Result<Reply, Problem> {
    let snapshot = truth.snapshot();
    let making = truth.clone();
    let plan = aside(move || {
        let choice = |pair: &PairChoice| rules::Choice {
            candidate: Candidate {
                in_store: pair.in_store.0,
                online: pair.online.0,
                matched: Vec::new(),
                pairs: vec![VariantPair { in_store: pair.in_store.1, online: pair.online.1 }],
            },
            primary: pair.primary,
        };
        let choices: Vec<rules::Choice> = pairs.iter().map(choice).collect();
        let profiles = |id| profile(&making, &snapshot, id);
        rules::link(&snapshot, &choices, &profiles, snapshot.revision)
    })
    .await?;
    hold(truth, plan, "nothing is ticked", "tick the variants that are to be linked")
}

/// Plans what the rows of a file say.
pub async fn plan_rows(
    truth: &Arc<Truth>,
    rows: Vec<PairRow>,
    till: Option<ConnectionId>,
    store: Option<ConnectionId>,
    primary: Side,
) -> Result<Reply, Problem> {
    let snapshot = truth.snapshot();
    let making = truth.clone();
    let (plan, planned, linked, rejected) = aside(move || {
        let resolved = resolve(&snapshot, &rows, till, store, primary);
        let choices: Vec<rules::Choice> = resolved.choices.iter().map(|(_, choice)| choice.clone()).collect();
        let profiles = |id| profile(&making, &snapshot, id);
        let (plan, refused) = rules::link_each(&snapshot, &choices, &profiles, snapshot.revision);
        let mut rejected: Vec<RejectedLine> = resolved
            .rejected
            .into_iter()
            .map(|rejected| RejectedLine { line: rejected.line, row: rejected.row, reason: rejected.reason })
            .collect();
        // What the plan refuses is told with its line, and not twice.
        for (place, refusal) in refused.iter().zip(&plan.refusals) {
            let row = resolved.choices.get(*place).and_then(|(row, _)| rows.get(*row));
            let why: Vec<String> = refusal.reasons.iter().map(|reason| sentences::refusal(&snapshot, reason)).collect();
            rejected.push(RejectedLine {
                line: row.map_or(0, |row| row.line),
                row: refusal.subject.to_string(),
                reason: why.join("; "),
            });
        }
        rejected.sort_by_key(|rejected| rejected.line);
        let planned = (choices.len() - refused.len()) as u64;
        (Plan { refusals: Vec::new(), ..plan }, planned, resolved.linked, rejected)
    })
    .await?;
    let plan = if plan.steps.is_empty() {
        None
    } else {
        match plans::hold(truth, plan, "nothing is to be linked", "look at the rows")? {
            Reply::Planned(summary) => Some(summary),
            _ => return Err(problem::broken("a plan could not be held")),
        }
    };
    Ok(Reply::RowsRead(RowsRead { plan, planned, linked, rejected }))
}
