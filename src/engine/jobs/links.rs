//! Links are made: here only, many in one commit.

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::{
    ConnectionId, Effect, JobId, JobState, Link, LinkId, LinkMember, Quantity, Step, StepIndex, StepState, Timestamp,
    VariantId,
};
use crate::protocol::Problem;
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::super::truth::{Known, Truth};
use super::run::Run;
use crate::rules::ledger;

/// Makes the links of these steps, in one commit.
pub async fn make(truth: &Arc<Truth>, job: JobId, steps: Vec<Step>) -> Result<(), Problem> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    let mut numbers = Vec::new();
    numbers.resize_with(steps.len(), || pen.link());
    let entries = truth.read(|known| {
        let Some(run) = known.board.run(job) else { return Vec::new() };
        if !matches!(run.job.state, JobState::Queued | JobState::Running) {
            return Vec::new();
        }
        let mut taken = HashSet::new();
        let mut entries = Vec::new();
        let mut moves = Vec::new();
        for (step, number) in steps.iter().zip(numbers) {
            if run.step(step.index).is_none_or(|step| step.state != StepState::Planned) {
                continue;
            }
            let Effect::Link { members, available } = &step.planned.effect else { continue };
            let state = match link(known, run, step.index, members, *available, &mut taken, number, now) {
                Ok(link) => {
                    entries.push(Entry::LinkKept(link));
                    StepState::Confirmed { read_back: None, at: now }
                }
                Err(Obstacle::Later) => continue,
                Err(Obstacle::For(why)) => StepState::Skipped { why: why.to_owned() },
            };
            moves.push((step.index, state));
        }
        if !moves.is_empty() {
            entries.extend(run.entries(moves, now));
        }
        entries
    });
    pen.commit(entries).await
}

/// Why a link is not made.
enum Obstacle {
    /// Another link of this commit has one of the variants: the next commit decides on what it finds then.
    Later,
    For(&'static str),
}

/// The link as it stands after this step, or why it cannot be made any more.
fn link(
    known: &Known,
    run: &Run,
    step: StepIndex,
    planned: &[LinkMember],
    available: Option<Quantity>,
    taken: &mut HashSet<VariantId>,
    number: LinkId,
    now: Timestamp,
) -> Result<Link, Obstacle> {
    let catalogue = known.catalogue.now();
    let mut joined: Option<Link> = None;
    for member in planned {
        let there = catalogue.listing(member.listing).filter(|listing| !listing.gone);
        if there.and_then(|listing| listing.variant(member.variant)).is_none() {
            return Err(Obstacle::For("one of the two was deleted meanwhile"));
        }
        if taken.contains(&member.variant) {
            return Err(Obstacle::Later);
        }
        if let Some(link) = catalogue.link_of(member.variant) {
            if joined.as_ref().is_some_and(|joined| joined.id != link.id) {
                return Err(Obstacle::For("both were linked to other products meanwhile"));
            }
            joined = Some(link.clone());
        }
    }
    let mut link = match joined {
        // A further store joins a link that is there: one product, several shops.
        Some(link) => {
            let apart = planned.iter().filter(|new| ledger::member(&link, new.variant).is_none());
            let mut apart = apart.peekable();
            if apart.peek().is_none() {
                return Err(Obstacle::For("they are linked already"));
            }
            if apart.any(|new| link.members.iter().any(|member| member.connection == new.connection)) {
                return Err(Obstacle::For("one of the two was linked to another product meanwhile"));
            }
            link
        }
        None => Link { id: number, members: Vec::new(), available, paused: false, made_at: now },
    };
    taken.extend(planned.iter().map(|member| member.variant));
    let founded = written_by(run, step);
    for member in planned {
        if ledger::member(&link, member.variant).is_some() {
            continue;
        }
        let mut member = member.clone();
        if founded.contains(&member.connection) {
            // Its first write brings it to the primary system's count; nothing was agreed before that.
            member.base = None;
        }
        link.members.push(member);
    }
    // The plan's numbers may have grown old: what was seen since counts.
    let seen: Vec<_> = link.members.iter().map(|m| (m.variant, catalogue.total(m.listing, m.variant))).collect();
    for (variant, total) in seen {
        if let Some(total) = total {
            ledger::observe(&mut link, variant, total);
        }
    }
    Ok(link)
}

/// The connections that a later step of the job brings to the link's count.
fn written_by(run: &Run, step: StepIndex) -> Vec<ConnectionId> {
    let later = run.dependents(step).iter().filter_map(|index| run.step(*index));
    later
        .filter_map(|step| match &step.planned.effect {
            Effect::SetQuantity { connection, .. } => Some(*connection),
            _ => None,
        })
        .collect()
}
