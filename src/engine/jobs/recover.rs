//! After a restart: what was journalled as under way was perhaps sent, perhaps not, so nobody knows. It is found out
//! like any attempt without an answer. Jobs that ran go on, jobs that were paused stay paused.

use std::sync::Arc;

use crate::domain::StepState;
use crate::protocol::Problem;
use crate::store::Entry;

use super::super::truth::Truth;
use super::run::{Place, place};

/// Turns what was under way into what is to be found out: everywhere, or at one place whose worker broke off. Also the
/// first commit of every engine, from which the numbers of new intents follow.
pub async fn recover(truth: &Arc<Truth>, only: Option<Place>) -> Result<(), Problem> {
    let pen = truth.pen().await;
    let now = truth.now();
    let entries = truth.read(|known| {
        let mut entries = Vec::new();
        for run in known.board.runs().filter(|run| !run.job.state.ended()) {
            let here = run.all_open().filter(|step| only.is_none_or(|only| place(&step.planned) == only));
            let moves = here.filter_map(|step| match &step.state {
                StepState::InFlight { generation, count } => {
                    Some((step.index, StepState::Unknown { generation: *generation, count: *count, since: now }))
                }
                _ => None,
            });
            let moves: Vec<_> = moves.collect();
            if moves.is_empty() {
                // Says no more than that the job is there, and brings the journal's number.
                entries.push(Entry::JobKept(run.job.clone()));
            } else {
                entries.extend(run.entries(moves, now));
            }
        }
        entries
    });
    pen.commit(entries).await
}
