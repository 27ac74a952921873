//! What became of an attempt without an answer. Never a blind second try.
//!
//! Where the platform takes a key, the very same call is made again: it counts once. Elsewhere, and where one of its
//! products is gone or not linked any more, the fence is waited out (a late arrival has landed by then), the count is
//! read and then the orders, and `rules::job` judges by all that is known (`evidence.rs`); what it cannot tell is for a
//! person to decide. A creation is looked for before it is made again.

use std::sync::Arc;

use crate::domain::{
    ConnectionId, CountSent, Effect, JobId, JobKind, Quantity, Step, StepIndex, StepState, Timestamp, VariantId,
};
use crate::platform::{LevelRead, QuantityWrite, SharedConnector, WriteError};
use crate::protocol::Topic;
use crate::rules::CatalogueView;

use super::super::Planted;
use super::super::truth::{Known, Truth};
use super::aim::{Aim, Shot};
use super::creations;
use super::evidence::{self, undecided};
use super::quantities::{end, key, settle, took};
use super::run::Batch;
use super::waiting::Trouble;
use crate::rules::job::{Finding, fence_is_over, judge};
use crate::rules::ledger;

/// How long a platform is sure to remember a key. The shortest that is documented is 24 hours.
const KEY_LIFE_SECONDS: u64 = 20 * 3600;

/// How often a count that nothing explains is looked at again, with growing pauses, before a person is asked.
const LOOKS: u32 = 3;

/// Finds out what became of a batch, and journals it.
pub async fn find_out_batch(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    batch: &Batch,
) -> Result<(), Trouble> {
    if admit(truth, job, &batch.steps).await? {
        return Ok(());
    }
    let connector = truth.connector(connection)?;
    let profile = connector.profile();
    let (shots, lost, since) = remember(truth, job, batch);
    let fresh = truth.now().seconds_since(since) < KEY_LIFE_SECONDS;
    // A part of the batch would be another call, under another key.
    let whole = !shots.is_empty() && shots.len() == batch.steps.len();
    if profile.stock_write.has_key() && fresh && whole {
        return send_again(truth, &connector, connection, job, &shots, batch.generation).await;
    }
    // What was sent with a key may still be on its way, since nobody waited for its fence: a count that is read now says
    // nothing.
    if profile.stock_write.has_key() && fresh && !fence_is_over(since, profile.fence, truth.now()) {
        truth.remember(Topic::Jobs, |known| known.board.run_mut(job).map(|run| run.cannot_repeat(&batch.steps)));
        return Ok(());
    }
    let mut moves: Vec<(StepIndex, StepState)> =
        lost.into_iter().map(|index| (index, undecided(profile, None, truth.now()))).collect();
    let addresses: Vec<_> = shots.iter().map(|shot| shot.aim.address.clone()).collect();
    let began = truth.now();
    let levels = if addresses.is_empty() { Ok(Vec::new()) } else { connector.levels(&addresses).await };
    truth.called(connection, &levels);
    let looked = (began, truth.now());
    let counted = |levels: &[LevelRead]| levels.iter().any(|level| matches!(level, LevelRead::Counted(_)));
    let read = match levels {
        Ok(levels) if counted(&levels) => {
            evidence::read_orders(truth, connection, &connector).await?.map(|orders| (levels, orders))
        }
        levels => levels.map(|levels| (levels, false)),
    };
    let (levels, orders) = match read {
        Ok(read) => read,
        Err(error) => {
            match Trouble::of_reading(truth, job, batch.steps.first().copied().unwrap_or(StepIndex(0)), error) {
                Ok(trouble) => return Err(trouble),
                Err(error) => {
                    tracing::warn!(%job, %error, "a lost write cannot be looked up");
                    moves.extend(shots.iter().map(|s| (s.aim.step.index, undecided(profile, None, truth.now()))));
                    return settle(truth, job, moves).await;
                }
            }
        }
    };
    let now = truth.now();
    let mut written = Vec::new();
    let mut again = false;
    for (position, shot) in shots.iter().enumerate() {
        let state = match levels.get(position).copied() {
            Some(LevelRead::Counted(level)) => {
                let mut evidence = truth.read(|known| evidence::of(known, connection, shot, level, looked, since));
                if !orders {
                    evidence.orders = None;
                }
                match judge(&evidence) {
                    Finding::Applied | Finding::Found => {
                        written.push((shot, level));
                        StepState::Confirmed { read_back: Some(level), at: now }
                    }
                    Finding::NotApplied | Finding::SameEitherWay | Finding::SendAgain => StepState::Planned,
                    // The feed of orders may lag behind the count.
                    Finding::Ambiguous if orders && puzzled(truth, job, shot.aim.step.index) < LOOKS => {
                        again = true;
                        continue;
                    }
                    Finding::Ambiguous => undecided(profile, Some(&evidence), now),
                }
            }
            Some(LevelRead::Untracked | LevelRead::Gone) if shot.aim.fresh => StepState::Planned,
            Some(LevelRead::Untracked | LevelRead::Gone) | None => undecided(profile, None, now),
        };
        moves.push((shot.aim.step.index, state));
    }
    end(truth, job, moves, &written).await?;
    if again { Err(Trouble::Unsettled) } else { Ok(()) }
}

/// How often this step was looked at in vain.
fn puzzled(truth: &Truth, job: JobId, step: StepIndex) -> u32 {
    let before = truth.remember(Topic::Jobs, |known| known.board.run_mut(job).map(|run| run.puzzled(step)));
    before.unwrap_or(u32::MAX)
}

/// Steps that still stand as under way although nobody waits for their answer (their outcome could not be journalled:
/// a full disk) are admitted to be unknown. Whether there were any: the fence begins now.
pub async fn admit(truth: &Arc<Truth>, job: JobId, steps: &[StepIndex]) -> Result<bool, Trouble> {
    let now = truth.now();
    let moves: Vec<(StepIndex, StepState)> = truth.read(|known| {
        let run = known.board.run(job);
        let open = steps.iter().filter_map(|index| run?.step(*index));
        let admitted = open.filter_map(|step| match &step.state {
            StepState::InFlight { generation, count } => {
                Some((step.index, StepState::Unknown { generation: *generation, count: *count, since: now }))
            }
            _ => None,
        });
        admitted.collect()
    });
    if moves.is_empty() {
        return Ok(false);
    }
    settle(truth, job, moves).await?;
    Ok(true)
}

/// The writes of a batch as they were sent and journalled. Also the steps whose write nobody wants any more since their
/// link ended, and since when nobody knows.
fn remember(truth: &Truth, job: JobId, batch: &Batch) -> (Vec<Shot>, Vec<StepIndex>, Timestamp) {
    truth.read(|known| {
        let (mut shots, mut lost, mut since) = (Vec::new(), Vec::new(), Timestamp(i64::MAX));
        let Some(run) = known.board.run(job) else { return (shots, lost, since) };
        for index in &batch.steps {
            let Some(step) = run.step(*index) else { continue };
            let StepState::Unknown { generation, count, since: from } = &step.state else { continue };
            if *generation != batch.generation {
                continue;
            }
            since = since.min(*from);
            let aim = Aim::take(known, run, step).ok().filter(|aim| is_wanted(known, &run.job.kind, aim.variant));
            let shot = aim.zip(*count).map(|(aim, CountSent { read, by: delta })| {
                // It is not journalled: a copy that showed nothing may not have been counted yet.
                let counted = !aim.is_copy() || read != Quantity::ZERO;
                Shot { aim, read, counted, delta }
            });
            match shot {
                Some(shot) => shots.push(shot),
                None => lost.push(*index),
            }
        }
        (shots, lost, since)
    })
}

/// Whether the write may still come to be: the link that asked for it has not ended, and has agreed with this side.
fn is_wanted(known: &Known, kind: &JobKind, variant: VariantId) -> bool {
    match known.catalogue.now().link_of(variant) {
        Some(link) => ledger::member(link, variant).is_some_and(|member| member.base.is_some()),
        // These write to what is not linked, too.
        None => matches!(kind, JobKind::Undo { .. } | JobKind::Adjust),
    }
}

async fn send_again(
    truth: &Arc<Truth>,
    connector: &SharedConnector,
    connection: ConnectionId,
    job: JobId,
    shots: &[Shot],
    generation: u32,
) -> Result<(), Trouble> {
    let profile = connector.profile();
    let writes: Vec<QuantityWrite> = shots.iter().map(|shot| shot.write(profile.stock_write)).collect();
    let named = if truth.options.plants(Planted::OtherKey) { generation | 1 << 31 } else { generation };
    let outcome = connector.write_quantities(&writes, &key(truth, job, shots, named)).await;
    match outcome {
        // Still nobody knows, and still the same call may be made again. Their state stands in the journal already.
        Err(WriteError::Unknown(error)) => Err(Trouble::Unanswered(error)),
        // This call was turned away before it counted; that says nothing about the first one.
        Err(WriteError::NotApplied(error)) if Trouble::of(error.clone()).is_ok() => {
            Err(Trouble::of(error).unwrap_or_else(Trouble::Passing))
        }
        // Refused as a whole, as the first one would have been: each is decided anew.
        outcome => took(truth, profile, connection, job, shots, generation, outcome).await.map(|_| ()),
    }
}

/// Looks for what a creation may have made, and journals it. `early`: the fence has not passed, and not to find it
/// means nothing yet.
pub async fn find_out_creation(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    step: Step,
    early: bool,
) -> Result<(), Trouble> {
    let Effect::Create(creation) = &step.planned.effect else { return Ok(()) };
    if admit(truth, job, &[step.index]).await? {
        return Ok(());
    }
    if truth.options.plants(Planted::NoLookUp) {
        return settle(truth, job, vec![(step.index, StepState::Planned)]).await;
    }
    let connector = truth.connector(connection)?;
    let Some(source) = creations::source(truth, creation).await? else {
        let why = "the product it was to be copied from is not known any more".to_owned();
        return settle(truth, job, vec![(step.index, StepState::Skipped { why })]).await;
    };
    let found = connector.find_created(creation, &source).await;
    truth.called(connection, &found);
    match found {
        Ok(Some(created)) => {
            creations::record(truth, connection, job, &step, creation, created, creations::Shown::Later).await
        }
        Ok(None) if early => {
            let now = truth.now();
            truth.remember(Topic::Jobs, |known| {
                if let Some(run) = known.board.run_mut(job) {
                    run.not_found_yet(step.index, now);
                }
            });
            Ok(())
        }
        Ok(None) => settle(truth, job, vec![(step.index, StepState::Planned)]).await,
        Err(error) => match Trouble::of_reading(truth, job, step.index, error) {
            Ok(trouble) => Err(trouble),
            Err(error) => {
                let message = format!("it may have been made, and looking for it failed: {error}");
                let state = StepState::Parked { message, hint: error.hint(), at: truth.now() };
                settle(truth, job, vec![(step.index, state)]).await
            }
        },
    }
}
