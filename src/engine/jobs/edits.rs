//! Fields are written: all that is ready of one listing in one call.
//!
//! The listing is read right before, so that nobody's edit of the last minutes is overwritten: a field that does not
//! show what the plan saw is left alone, and what it shows is taken in. Then it is journalled, sent, read back, and
//! journalled again with what both sides agree on now. An edit is safe to repeat; one without an answer is nevertheless
//! looked up first, since somebody else may have edited meanwhile.

use std::sync::Arc;

use crate::domain::{
    ConnectionId, Effect, FieldChange, JobId, JobState, KnownListing, Listing, ListingId, Step, StepIndex, StepState,
    Timestamp,
};
use crate::platform::{EditOutcome, PlatformError, SharedConnector, WriteError};
use crate::rules::CatalogueView;
use crate::rules::fields::same;
use crate::store::Entry;

use super::super::catalogue::{Digest, digest};
use super::super::intake::numbered;
use super::super::problem;
use super::super::truth::{Known, Pen, Truth};
use super::aim::rejected;
use super::quantities::settle;
use super::run::{CANCELLED, Run};
use super::unknown::admit;
use super::waiting::Trouble;
use super::written::{Writing, agreed, is_outdated, noted, patched};
use super::{further, removals};

/// What is done to a listing that is there, its counts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manner {
    Fields,
    Variants,
    Removal,
}

/// The listing that a step edits, and how.
pub const fn edit_of(effect: &Effect) -> Option<(ListingId, Manner)> {
    match effect {
        Effect::SetField { listing, .. } => Some((*listing, Manner::Fields)),
        Effect::AddVariant { listing, .. } => Some((*listing, Manner::Variants)),
        Effect::Delete { listing, .. } => Some((*listing, Manner::Removal)),
        Effect::Link { .. }
        | Effect::Unlink { .. }
        | Effect::Trust { .. }
        | Effect::Adjust { .. }
        | Effect::Create(_)
        | Effect::SetQuantity { .. } => None,
    }
}

/// Does these steps, which edit one listing in one manner.
pub async fn write(truth: &Arc<Truth>, connection: ConnectionId, job: JobId, steps: Vec<Step>) -> Result<(), Trouble> {
    match steps.first().and_then(|step| edit_of(&step.planned.effect)) {
        Some((listing, Manner::Fields)) => fields(truth, connection, job, listing, steps).await,
        Some((listing, Manner::Variants)) => further::add(truth, connection, job, listing, steps).await,
        Some((listing, Manner::Removal)) => removals::delete(truth, connection, job, listing, steps).await,
        None => Ok(()),
    }
}

/// Finds out what became of these steps, which edit one listing in one manner and have no answer.
pub async fn find_out(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    steps: Vec<Step>,
) -> Result<(), Trouble> {
    let indexes: Vec<StepIndex> = steps.iter().map(|step| step.index).collect();
    if admit(truth, job, &indexes).await? {
        return Ok(());
    }
    match steps.first().and_then(|step| edit_of(&step.planned.effect)) {
        Some((listing, Manner::Fields)) => fields_found(truth, connection, job, listing, steps).await,
        Some((listing, Manner::Variants)) => further::found(truth, connection, job, listing, steps).await,
        Some((listing, Manner::Removal)) => removals::found(truth, connection, job, listing, steps).await,
        None => Ok(()),
    }
}

/// A listing that is about to be edited: as we knew it, and as it is there right now.
pub struct Target {
    pub known: KnownListing,
    /// Of what stood in memory before it was read.
    pub before: Option<Digest>,
    /// `None`: it is not there any more.
    pub shown: Option<Listing>,
}

/// Reads a listing. `None`: nothing is known of it any more, and the steps were skipped.
pub async fn look(
    truth: &Arc<Truth>,
    connector: &SharedConnector,
    connection: ConnectionId,
    job: JobId,
    listing: ListingId,
    steps: &[Step],
) -> Result<Option<Target>, Trouble> {
    let before = memory(truth, listing);
    let known = truth.store.listing(listing).await.map_err(problem::store)?;
    let first = steps.first().map_or(StepIndex(0), |step| step.index);
    let Some(known) = known.filter(|known| !known.gone) else {
        settle(truth, job, all(steps, &StepState::Skipped { why: DELETED.to_owned() })).await?;
        return Ok(None);
    };
    let read = connector.listings(std::slice::from_ref(&known.listing.remote)).await;
    truth.called(connection, &read);
    match read {
        Ok(found) => {
            let shown = found.into_iter().find(|found| found.remote == known.listing.remote);
            Ok(Some(Target { known, before, shown }))
        }
        Err(error) => match Trouble::of_reading(truth, job, first, error) {
            Ok(trouble) => Err(trouble),
            Err(error) => {
                let now = truth.now();
                let state = |step: &Step| match &step.state {
                    StepState::Unknown { .. } => StepState::Parked {
                        message: format!("it may have been written, and reading it failed: {error}"),
                        hint: error.hint(),
                        at: now,
                    },
                    _ => rejected(&error, now),
                };
                settle(truth, job, steps.iter().map(|step| (step.index, state(step))).collect()).await?;
                Ok(None)
            }
        },
    }
}

pub const DELETED: &str = "the product was deleted there";

pub fn all(steps: &[Step], state: &StepState) -> Vec<(StepIndex, StepState)> {
    steps.iter().map(|step| (step.index, state.clone())).collect()
}

/// The fingerprint of what stands in memory of a listing.
pub fn memory(truth: &Truth, listing: ListingId) -> Option<Digest> {
    truth.read(|known| known.catalogue.now().kept(listing).map(|kept| kept.digest))
}

/// The entry that takes in what a listing was read as, its counts apart: those are the ledger's, and a poll brings
/// them. `None`: nothing new, or something newer came meanwhile.
pub fn seen(
    known: &Known,
    pen: &mut Pen,
    connection: ConnectionId,
    before: Option<Digest>,
    shown: &Listing,
    now: Timestamp,
) -> Option<KnownListing> {
    let id = known.catalogue.by_remote(connection, &shown.remote)?;
    let kept = known.catalogue.now().kept(id).filter(|kept| !kept.known.gone && Some(kept.digest) == before)?;
    if digest(shown) == kept.digest {
        return None;
    }
    let mut fresh = numbered(known, pen, connection, shown, now);
    let numbers = fresh.variants.clone();
    for (number, variant) in numbers.into_iter().zip(&mut fresh.listing.variants) {
        if let Some(known) = kept.known.variant(number) {
            variant.stock = known.stock.clone();
        }
    }
    // A variant that is gone ends its link, and that is the intake's to say.
    kept.known.variants.iter().all(|number| fresh.variants.contains(number)).then_some(fresh)
}

async fn fields(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    listing: ListingId,
    steps: Vec<Step>,
) -> Result<(), Trouble> {
    let connector = truth.connector(connection)?;
    let mut open = vec![steps];
    while let Some(steps) = open.pop() {
        if truth.is_stopping() {
            return Ok(());
        }
        match call(truth, &connector, connection, job, listing, &steps).await? {
            None => {}
            Some(error) if steps.len() == 1 => {
                settle(truth, job, all(&steps, &rejected(&error, truth.now()))).await?;
            }
            // Refused as a whole: the bad one is found by halving, the others go through.
            Some(_) => {
                let (first, second) = steps.split_at(steps.len() / 2);
                open.push(second.to_vec());
                open.push(first.to_vec());
            }
        }
    }
    Ok(())
}

/// One call, from reading to the outcome. `Some`: certainly not applied, and not worth the same try again.
async fn call(
    truth: &Arc<Truth>,
    connector: &SharedConnector,
    connection: ConnectionId,
    job: JobId,
    listing: ListingId,
    steps: &[Step],
) -> Result<Option<PlatformError>, Trouble> {
    let Some(target) = look(truth, connector, connection, job, listing, steps).await? else { return Ok(None) };
    let Some(shown) = &target.shown else {
        settle(truth, job, all(steps, &StepState::Skipped { why: DELETED.to_owned() })).await?;
        return Ok(None);
    };
    let mut pen = truth.pen().await;
    let now = truth.now();
    let generation = pen.generation();
    let (entries, writes) = truth.read(|known| {
        let Some(run) = known.board.run(job) else { return (Vec::new(), Vec::new()) };
        // Paused or cancelled while it was read: nothing is sent.
        if !matches!(run.job.state, JobState::Queued | JobState::Running) {
            return (Vec::new(), Vec::new());
        }
        let mut entries: Vec<Entry> = Vec::new();
        let fresh = seen(known, &mut pen, connection, target.before, shown, now);
        entries.extend(fresh.map(|fresh| Entry::ListingSeen(Box::new(fresh))));
        let (mut moves, mut writes, mut there) = (Vec::new(), Vec::new(), Vec::new());
        for step in steps {
            if run.step(step.index).is_none_or(|step| step.state != StepState::Planned) {
                continue;
            }
            let writing = Writing::of(step, &target.known);
            let state = match writing.as_ref().and_then(|writing| Some((writing, writing.shown(shown)?))) {
                None => StepState::Skipped { why: "the variant was deleted there".to_owned() },
                Some((writing, now_there)) if same(writing.field, &now_there, &writing.to) => {
                    there.push(writing.clone());
                    StepState::Confirmed { read_back: None, at: now }
                }
                Some((writing, now_there)) if !same(writing.field, &now_there, &writing.from) => {
                    StepState::Skipped { why: format!("it was changed there meanwhile, to “{now_there}”") }
                }
                Some((writing, _)) if is_outdated(known, listing, writing) => StepState::Skipped {
                    why: "it changed again on the side of record; that is written next".to_owned(),
                },
                Some((writing, _)) => {
                    writes.push(writing.clone());
                    StepState::InFlight { generation, count: None }
                }
            };
            moves.push((step.index, state));
        }
        entries.extend(agreed(known, listing, &there, Some(shown)));
        if !moves.is_empty() {
            entries.extend(run.entries(moves, now));
        }
        (entries, writes)
    });
    pen.commit(entries).await?;
    if writes.is_empty() {
        return Ok(None);
    }
    let changes: Vec<FieldChange> = writes.iter().map(Writing::change).collect();
    let outcome = connector.edit(shown, &changes).await;
    truth.edited(listing);
    truth.stands(connection, outcome.as_ref().err().map(WriteError::cause));
    took(truth, connector, connection, job, listing, &writes, generation, outcome).await
}

#[expect(clippy::too_many_arguments, reason = "an answer and all that it is an answer to")]
async fn took(
    truth: &Arc<Truth>,
    connector: &SharedConnector,
    connection: ConnectionId,
    job: JobId,
    listing: ListingId,
    writes: &[Writing],
    generation: u32,
    outcome: Result<Vec<EditOutcome>, WriteError>,
) -> Result<Option<PlatformError>, Trouble> {
    let now = truth.now();
    let moved = |state: &StepState| writes.iter().map(|writing| (writing.index, state.clone())).collect::<Vec<_>>();
    let unknown = StepState::Unknown { generation, count: None, since: now };
    let outcomes = match outcome {
        Ok(outcomes) if outcomes.len() == writes.len() => outcomes,
        Ok(outcomes) => {
            settle(truth, job, moved(&unknown)).await?;
            let why = format!("{} answers to {} changes", outcomes.len(), writes.len());
            return Err(Trouble::Unanswered(PlatformError::Unexpected { platform: connector.profile().name, why }));
        }
        Err(WriteError::Unknown(error)) => {
            settle(truth, job, moved(&unknown)).await?;
            return Err(Trouble::Unanswered(error));
        }
        Err(WriteError::NotApplied(error)) => {
            settle(truth, job, moved(&StepState::Planned)).await?;
            return Trouble::of(error).map_or_else(|error| Ok(Some(error)), Err);
        }
    };
    let mut trouble = None;
    let (mut moves, mut applied) = (Vec::new(), Vec::new());
    for (writing, outcome) in writes.iter().zip(outcomes) {
        let state = match outcome {
            EditOutcome::Applied => {
                applied.push(writing.clone());
                StepState::Confirmed { read_back: None, at: now }
            }
            EditOutcome::Rejected(error) => match Trouble::of(error) {
                Ok(passing) => {
                    trouble = Some(passing);
                    StepState::Planned
                }
                Err(error) => rejected(&error, now),
            },
        };
        moves.push((writing.index, state));
    }
    let read = if applied.is_empty() { None } else { read_back(truth, connector, connection, listing).await };
    conclude(truth, connection, job, listing, moves, &applied, read).await?;
    trouble.map_or(Ok(None), Err)
}

/// What was read back: the listing, and the fingerprint of what stood in memory before.
type ReadBack = (Listing, Option<Digest>);

/// The listing as the platform shows it after our write; `None` if it cannot be read just now.
async fn read_back(
    truth: &Truth,
    connector: &SharedConnector,
    connection: ConnectionId,
    listing: ListingId,
) -> Option<ReadBack> {
    let before = memory(truth, listing);
    let remote = truth.read(|known| Some(known.catalogue.now().listing(listing)?.listing.remote.clone()))?;
    let read = connector.listings(std::slice::from_ref(&remote)).await;
    truth.called(connection, &read);
    Some((read.ok()?.into_iter().find(|found| found.remote == remote)?, before))
}

/// Journals how steps ended: with the listing as it is now, what both sides agree on, and a line of history for each
/// field that was written.
async fn conclude(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    listing: ListingId,
    mut moves: Vec<(StepIndex, StepState)>,
    applied: &[Writing],
    read: Option<ReadBack>,
) -> Result<(), Trouble> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    let whole = truth.store.listing(listing).await.map_err(problem::store)?;
    let entries = truth.read(|known| {
        let Some(run) = known.board.run(job) else { return Vec::new() };
        let mut entries = Vec::new();
        let fresh = read.as_ref().and_then(|(shown, before)| seen(known, &mut pen, connection, *before, shown, now));
        match (fresh, whole) {
            (Some(fresh), _) => entries.push(Entry::ListingSeen(Box::new(fresh))),
            (None, Some(whole)) => entries.extend(patched(known, whole, applied)),
            (None, None) => {}
        }
        entries.extend(agreed(known, listing, applied, read.as_ref().map(|(shown, _)| shown)));
        entries.extend(applied.iter().filter_map(|writing| noted(known, run, listing, writing, now)));
        keep_cancelled(run, &mut moves);
        entries.extend(run.entries(moves, now));
        entries
    });
    pen.commit(entries).await?;
    Ok(())
}

/// What comes back as not applied is not tried again in a cancelled job.
pub fn keep_cancelled(run: &Run, moves: &mut [(StepIndex, StepState)]) {
    for (_, state) in moves {
        if run.is_cancelled() && *state == StepState::Planned {
            *state = StepState::Skipped { why: CANCELLED.to_owned() };
        }
    }
}

async fn fields_found(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    listing: ListingId,
    steps: Vec<Step>,
) -> Result<(), Trouble> {
    let connector = truth.connector(connection)?;
    let Some(target) = look(truth, &connector, connection, job, listing, &steps).await? else { return Ok(()) };
    let Some(shown) = target.shown else {
        return settle(truth, job, all(&steps, &StepState::Skipped { why: DELETED.to_owned() })).await;
    };
    let now = truth.now();
    let name = connector.profile().name;
    let (mut moves, mut applied) = (Vec::new(), Vec::new());
    for step in &steps {
        let writing = Writing::of(step, &target.known);
        let state = match writing.as_ref().and_then(|writing| Some((writing, writing.shown(&shown)?))) {
            None => StepState::Skipped { why: "the variant was deleted there".to_owned() },
            Some((writing, there)) if same(writing.field, &there, &writing.to) => {
                applied.push(writing.clone());
                StepState::Confirmed { read_back: None, at: now }
            }
            Some((writing, there)) if same(writing.field, &there, &writing.from) => StepState::Planned,
            Some((writing, there)) => StepState::Parked {
                message: format!(
                    "{name} gave no answer when the {} was set to “{}”, and now shows “{there}”",
                    writing.field.label(),
                    writing.to
                ),
                hint: "look at the product there; if it is not as it should be, change it there or here".to_owned(),
                at: now,
            },
        };
        moves.push((step.index, state));
    }
    conclude(truth, connection, job, listing, moves, &applied, Some((shown, target.before))).await
}
