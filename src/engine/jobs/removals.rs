//! Listings are deleted, or archived where the platform does that instead: because their counterpart on the side of
//! record was.

use std::sync::Arc;

use crate::domain::{
    Cause, ConnectionId, Deletion, Happening, HistoryRecord, JobId, JobState, KnownListing, ListingId, Profile, Status,
    Step, StepState, Timestamp,
};
use crate::platform::{PlatformError, WriteError};
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::super::intake;
use super::super::problem;
use super::super::truth::{Known, Truth};
use super::aim::rejected;
use super::edits::{all, keep_cancelled, look};
use super::quantities::settle;
use super::waiting::Trouble;

pub async fn delete(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    listing: ListingId,
    steps: Vec<Step>,
) -> Result<(), Trouble> {
    let connector = truth.connector(connection)?;
    let pen = truth.pen().await;
    let now = truth.now();
    let generation = pen.generation();
    let (entries, remote) = truth.read(|known| {
        let nothing = (Vec::new(), None);
        let Some(run) = known.board.run(job) else { return nothing };
        if !matches!(run.job.state, JobState::Queued | JobState::Running) {
            return nothing;
        }
        let waits = |step: &&Step| run.step(step.index).is_some_and(|step| step.state == StepState::Planned);
        let steps: Vec<Step> = steps.iter().filter(waits).cloned().collect();
        let (state, remote) = match obstacle(known, listing) {
            Some(why) => (StepState::Skipped { why: why.to_owned() }, None),
            None => {
                let remote = known.catalogue.now().listing(listing).map(|known| known.listing.remote.clone());
                (StepState::InFlight { generation, count: None }, remote)
            }
        };
        if steps.is_empty() { nothing } else { (run.entries(all(&steps, &state), now), remote) }
    });
    pen.commit(entries).await?;
    let Some(remote) = remote else { return Ok(()) };
    let outcome = connector.delete(&remote).await;
    truth.edited(listing);
    truth.stands(connection, outcome.as_ref().err().map(WriteError::cause));
    let now = truth.now();
    match outcome {
        Ok(()) | Err(WriteError::NotApplied(PlatformError::NotFound { .. })) => {
            done(truth, connector.profile(), job, listing, &steps).await
        }
        Err(WriteError::Unknown(error)) => {
            let unknown = StepState::Unknown { generation, count: None, since: now };
            settle(truth, job, all(&steps, &unknown)).await?;
            Err(Trouble::Unanswered(error))
        }
        Err(WriteError::NotApplied(error)) => match Trouble::of(error) {
            Ok(trouble) => {
                settle(truth, job, all(&steps, &StepState::Planned)).await?;
                Err(trouble)
            }
            Err(error) => settle(truth, job, all(&steps, &rejected(&error, now))).await,
        },
    }
}

/// Why it is not to be deleted any more.
fn obstacle(known: &Known, listing: ListingId) -> Option<&'static str> {
    let catalogue = known.catalogue.now();
    let Some(there) = catalogue.listing(listing).filter(|there| !there.gone) else {
        return Some("it is not there any more");
    };
    let linked = there.variants.iter().any(|variant| catalogue.link_of(*variant).is_some());
    linked.then_some("it was linked to another product meanwhile")
}

/// What became of a deletion without an answer.
pub async fn found(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    listing: ListingId,
    steps: Vec<Step>,
) -> Result<(), Trouble> {
    let connector = truth.connector(connection)?;
    let Some(target) = look(truth, &connector, connection, job, listing, &steps).await? else { return Ok(()) };
    let profile = connector.profile();
    let archives = profile.deletion == Deletion::Archives;
    match target.shown {
        Some(shown) if !(archives && shown.status == Status::Archived) => {
            settle(truth, job, all(&steps, &StepState::Planned)).await
        }
        Some(_) | None => done(truth, profile, job, listing, &steps).await,
    }
}

async fn done(
    truth: &Arc<Truth>,
    profile: &Profile,
    job: JobId,
    listing: ListingId,
    steps: &[Step],
) -> Result<(), Trouble> {
    let pen = truth.pen().await;
    let now = truth.now();
    let whole = truth.store.listing(listing).await.map_err(problem::store)?;
    let entries = truth.read(|known| {
        let Some(run) = known.board.run(job) else { return Vec::new() };
        let mut entries = match (profile.deletion, whole) {
            (Deletion::Archives, Some(mut whole)) => {
                whole.listing.status = Status::Archived;
                let noted = noted(&whole, job, now);
                vec![Entry::ListingSeen(Box::new(whole)), noted]
            }
            (Deletion::Deletes, Some(whole)) => {
                let noted = noted(&whole, job, now);
                let mut entries = intake::gone(known, &[listing], now);
                entries.push(noted);
                entries
            }
            (_, None) => Vec::new(),
        };
        let mut moves = all(steps, &StepState::Confirmed { read_back: None, at: now });
        keep_cancelled(run, &mut moves);
        entries.extend(run.entries(moves, now));
        entries
    });
    pen.commit(entries).await?;
    Ok(())
}

fn noted(known: &KnownListing, job: JobId, now: Timestamp) -> Entry {
    Entry::Noted(Box::new(HistoryRecord {
        at: now,
        what: Happening::Deleted,
        subject: known.listing.title.clone(),
        sku: known.listing.variants.first().and_then(|variant| variant.sku.clone()),
        listing: Some(known.id),
        variant: None,
        connection: Some(known.connection),
        old: None,
        new: None,
        cause: Cause::Job { job },
    }))
}
