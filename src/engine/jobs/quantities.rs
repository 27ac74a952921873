//! Counts are written: read right before, journalled, sent, and what came of it journalled again.
//!
//! What is written follows from the link's ledger and not from the plan's number: a sale between the plan and the write
//! counts. A batch that is refused as a whole is halved until the bad record stands alone; the others go through.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{
    ConnectionId, Effect, IdempotencyKey, JobId, Link, PlannedStep, Profile, Quantity, Step, StepIndex, StepState,
    StockWrite, Timestamp, VariantId,
};
use crate::platform::{PlatformError, QuantityOutcome, QuantityWrite, SharedConnector, StockAddress, WriteError};

use super::super::Planted;
use super::super::books::{Books, target, total_with};
use super::super::sync::afresh;
use super::super::truth::{Known, Truth};
use super::aim::{Aim, Shot, rejected};
use super::decide::{Reading, decide, others};
use super::waiting::Trouble;
use crate::rules::{CatalogueView, ledger};
use crate::store::Entry;

/// Writes the counts of these steps, which wait at this connection.
pub async fn write(truth: &Arc<Truth>, connection: ConnectionId, job: JobId, steps: Vec<Step>) -> Result<(), Trouble> {
    let connector = truth.connector(connection)?;
    let mut open = together(truth, &connector, job, steps);
    while let Some(steps) = open.pop() {
        if truth.is_stopping() {
            return Ok(());
        }
        match batch(truth, &connector, connection, job, &steps).await? {
            None => {}
            Some(error) if steps.len() == 1 => {
                let moves = vec![(steps[0].index, rejected(&error, truth.now()))];
                settle(truth, job, moves).await?;
            }
            Some(_) => {
                let (first, second) = steps.split_at(steps.len() / 2);
                open.push(second.to_vec());
                open.push(first.to_vec());
            }
        }
    }
    Ok(())
}

/// Steps that are read and written together, the last first. Where counts can only be set, each call of the platform
/// has its own reading right before it: what is sold in between is overwritten.
fn together(truth: &Truth, connector: &SharedConnector, job: JobId, steps: Vec<Step>) -> Vec<Vec<Step>> {
    if connector.profile().stock_write != StockWrite::Absolute {
        return vec![steps];
    }
    let mut groups: BTreeMap<String, Vec<Step>> = BTreeMap::new();
    truth.read(|known| {
        let Some(run) = known.board.run(job) else { return };
        for step in steps {
            let call = Aim::take(known, run, &step).map(|aim| connector.stock_call(&aim.address));
            groups.entry(call.unwrap_or_default()).or_default().push(step);
        }
    });
    groups.into_values().rev().collect()
}

/// One batch, from reading to the outcome. `Some`: certainly not applied, and not worth the same try again.
async fn batch(
    truth: &Arc<Truth>,
    connector: &SharedConnector,
    connection: ConnectionId,
    job: JobId,
    steps: &[Step],
) -> Result<Option<PlatformError>, Trouble> {
    let profile = connector.profile();
    let (aims, lost) = aims(truth, job, steps);
    let others = others(truth, connection, &aims).await;
    let addresses: Vec<StockAddress> = aims.iter().map(|aim| aim.address.clone()).collect();
    let began = truth.now();
    let levels = if addresses.is_empty() { Ok(Vec::new()) } else { connector.levels(&addresses).await };
    truth.called(connection, &levels);
    let levels = match levels {
        Ok(levels) if levels.len() == aims.len() => levels,
        Ok(levels) => return Ok(Some(miscounted(profile, aims.len(), levels.len()))),
        // A page that is no answer (a proxy, a login page) is about the line, not about these products.
        Err(error @ PlatformError::Unexpected { .. }) => return Err(Trouble::Passing(error)),
        Err(error) => return Trouble::of(error).map_or_else(|error| Ok(Some(error)), Err),
    };

    let pen = truth.pen().await;
    let now = truth.now();
    let generation = pen.generation();
    let reading = Reading { aims, levels, lost, others, began };
    let decision = truth.read(|known| decide(known, profile, job, reading, generation, now));
    let shots = decision.shots;
    truth.keep_in_mind(|known| known.under_way.begin(&shots, now));
    let key = key(truth, job, &shots, generation);
    let writes: Vec<QuantityWrite> = shots.iter().map(|shot| shot.write(profile.stock_write)).collect();
    if truth.options.plants(Planted::JournalAfterSend) && !shots.is_empty() {
        let outcome = connector.write_quantities(&writes, &key).await;
        pen.commit(decision.entries).await?;
        return took(truth, profile, connection, job, &shots, generation, outcome).await;
    }
    pen.commit(decision.entries).await?;
    if shots.is_empty() {
        return if decision.busy { Err(Trouble::Unsettled) } else { Ok(None) };
    }
    let outcome = connector.write_quantities(&writes, &key).await;
    took(truth, profile, connection, job, &shots, generation, outcome).await
}

pub fn key(truth: &Truth, job: JobId, shots: &[Shot], generation: u32) -> IdempotencyKey {
    let first = shots.first().map_or(StepIndex(0), |shot| shot.aim.step.index);
    IdempotencyKey::of(&truth.identity, job, first, generation)
}

fn aims(truth: &Truth, job: JobId, steps: &[Step]) -> (Vec<Aim>, Vec<(StepIndex, StepState)>) {
    truth.read(|known| {
        let Some(run) = known.board.run(job) else { return (Vec::new(), Vec::new()) };
        let (mut aims, mut lost) = (Vec::new(), Vec::new());
        for step in steps {
            match Aim::take(known, run, step) {
                Ok(aim) => aims.push(aim),
                Err(state) => lost.push((step.index, state)),
            }
        }
        (aims, lost)
    })
}

/// Journals what became of a batch. `Some`: certainly not applied, and not worth the same try again.
pub async fn took(
    truth: &Arc<Truth>,
    profile: &Profile,
    connection: ConnectionId,
    job: JobId,
    shots: &[Shot],
    generation: u32,
    outcome: Result<Vec<QuantityOutcome>, WriteError>,
) -> Result<Option<PlatformError>, Trouble> {
    let now = truth.now();
    let all = |state: &dyn Fn(&Shot) -> StepState| -> Vec<(StepIndex, StepState)> {
        shots.iter().map(|shot| (shot.aim.step.index, state(shot))).collect()
    };
    let unknown = |shot: &Shot| StepState::Unknown { generation, count: Some(shot.sent()), since: now };
    match outcome {
        Ok(outcomes) if outcomes.len() == shots.len() => {
            truth.stands(connection, None);
            applied(truth, job, shots, outcomes, now).await
        }
        Ok(outcomes) => {
            let error = miscounted(profile, shots.len(), outcomes.len());
            settle(truth, job, all(&unknown)).await?;
            Err(Trouble::Unanswered(error))
        }
        Err(WriteError::Unknown(error)) if truth.options.plants(Planted::BlindRetry) => {
            settle(truth, job, all(&|_| StepState::Planned)).await?;
            Err(Trouble::Passing(error))
        }
        Err(WriteError::Unknown(error)) => {
            settle(truth, job, all(&unknown)).await?;
            Err(Trouble::Unanswered(error))
        }
        Err(WriteError::NotApplied(error)) => {
            truth.stands(connection, Some(&error));
            settle(truth, job, all(&|_| StepState::Planned)).await?;
            Trouble::of(error).map_or_else(|error| Ok(Some(error)), Err)
        }
    }
}

async fn applied(
    truth: &Arc<Truth>,
    job: JobId,
    shots: &[Shot],
    outcomes: Vec<QuantityOutcome>,
    now: Timestamp,
) -> Result<Option<PlatformError>, Trouble> {
    let mut trouble = None;
    let mut again = 0;
    let mut moves = Vec::new();
    let mut levels = Vec::new();
    for (shot, outcome) in shots.iter().zip(outcomes) {
        let state = match outcome {
            QuantityOutcome::Applied { now: shown } => {
                levels.push((shot, shown.unwrap_or(shot.target())));
                StepState::Confirmed { read_back: Some(shown.unwrap_or(shot.target())), at: now }
            }
            QuantityOutcome::Stale | QuantityOutcome::NotTried => {
                again += 1;
                StepState::Planned
            }
            QuantityOutcome::Rejected(error) => match Trouble::of(error) {
                Ok(passing) => {
                    trouble = Some(passing);
                    StepState::Planned
                }
                Err(error) => rejected(&error, now),
            },
        };
        moves.push((shot.aim.step.index, state));
    }
    end(truth, job, moves, &levels).await?;
    // Nothing came of the whole batch: the same at once would most likely come to the same.
    if again == shots.len() {
        return Err(Trouble::Unsettled);
    }
    trouble.map_or(Ok(None), Err)
}

/// Journals how steps ended whose counts were not changed.
pub async fn settle(truth: &Arc<Truth>, job: JobId, moves: Vec<(StepIndex, StepState)>) -> Result<(), Trouble> {
    end(truth, job, moves, &[]).await
}

/// Journals how steps ended, with what the written counts are now.
pub async fn end(
    truth: &Arc<Truth>,
    job: JobId,
    mut moves: Vec<(StepIndex, StepState)>,
    written: &[(&Shot, Quantity)],
) -> Result<(), Trouble> {
    let pen = truth.pen().await;
    let now = truth.now();
    let mut over = Vec::new();
    let entries = truth.read(|known| {
        let Some(run) = known.board.run(job) else { return Vec::new() };
        let mut books = Books::open(known, now);
        let mut entries = Vec::new();
        let mut drift: BTreeMap<ConnectionId, u64> = BTreeMap::new();
        for (shot, level) in written {
            entries.push(shot.aim.seen(*level, now));
            if let Some(link) = books.change(shot.aim.variant) {
                ledger::told(link, shot.aim.variant, told(truth, known, link, shot));
            }
            let catalogue = known.catalogue.now();
            let total = total_with(catalogue, shot.aim.listing, shot.aim.variant, shot.aim.location(), *level);
            if !truth.options.plants(Planted::BaseNotMoved) {
                books.observe(shot.aim.variant, Some(total));
            }
        }
        for (index, state) in &mut moves {
            let Some(step) = run.step(*index) else { continue };
            let variant = target(known, run, step).map(|(_, variant)| variant);
            if run.is_cancelled() && *state == StepState::Planned {
                *state = StepState::Skipped { why: super::run::CANCELLED.to_owned() };
            }
            if let (Some(variant), false) = (variant, matches!(state, StepState::Unknown { .. })) {
                let overwrote = matches!(state, StepState::Confirmed { .. }) && sets(truth, known, &step.planned);
                if let Some((connection, lost)) = books.end_race(variant, overwrote) {
                    *drift.entry(connection).or_default() += lost;
                }
                if matches!(state, StepState::Parked { .. })
                    && let Some(link) = books.change(variant)
                {
                    ledger::lose(link, variant);
                }
                books.settle(variant);
                over.push(variant);
            }
        }
        for (connection, lost) in drift.into_iter().filter(|(_, lost)| *lost > 0) {
            let before = known.standing.get(&connection).map_or(0, |standing| standing.drift);
            entries.push(Entry::DriftEstimated { connection, millionths: before.saturating_add(lost) });
        }
        entries.extend(books.entries());
        entries.extend(run.entries(moves, now));
        entries
    });
    let variants: Vec<VariantId> = written.iter().map(|(shot, _)| shot.aim.variant).collect();
    // Before the pen is put down: the next one to take it may hold a page that was read before this write ended.
    truth.wrote(&variants);
    truth.keep_in_mind(|known| {
        for (shot, level) in written {
            let (listing, variant) = (shot.aim.listing, shot.aim.variant);
            if let Some(location) = known.under_way.doubts(variant, *level) {
                let counts = [(listing, variant, location)].into();
                let open = afresh::Open { counts, ..afresh::Open::default() };
                known.doubted.entry(shot.aim.connection).or_default().extend(open);
            }
        }
        known.under_way.end(over);
    });
    pen.commit(entries).await?;
    Ok(())
}

/// Whether the step's connection can only be told a total, so that a write may overwrite what came in between.
fn sets(truth: &Truth, known: &Known, step: &PlannedStep) -> bool {
    let Effect::SetQuantity { connection, .. } = &step.effect else { return false };
    let platform = known.catalogue.now().connection(*connection).map(|there| &there.platform);
    let profile = platform.and_then(|platform| truth.shops.profile(&platform.0));
    profile.is_some_and(|profile| profile.stock_write == StockWrite::Absolute)
}

/// How far a confirmed write moves what we agree on with its side.
fn told(truth: &Truth, known: &Known, link: &Link, shot: &Shot) -> Quantity {
    if truth.options.plants(Planted::BaseNotMoved) || truth.options.plants(Planted::EchoCounts) {
        return Quantity::ZERO;
    }
    let offer = ledger::Offer::of(&known.catalogue.now().settings(shot.aim.connection));
    match ledger::owed(link, shot.aim.variant, offer) {
        Some(owed) if truth.options.plants(Planted::ClampForgotten) => owed,
        _ => shot.delta,
    }
}

fn miscounted(profile: &Profile, asked: usize, got: usize) -> PlatformError {
    PlatformError::Unexpected { platform: profile.name, why: format!("{got} answers to {asked} questions") }
}
