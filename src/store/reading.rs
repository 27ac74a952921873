//! What can be asked of the trees.

use super::Loaded;
use super::database::Database;
use super::forms::{self, BatchRecord, CursorRecord, DriftRecord, SettingsRecord, Stored, SweptRecord};
use super::keeping::Kind;
use super::projection::{SWEPT, StepPart, job_key, link_key, listing_key, numbers, step_key};
use super::shelf::{Tree, record, records};
use super::trouble::{Outcome, Trouble};
use crate::domain::{JobId, KnownListing, Link, LinkId, ListingId, PlannedStep, Refusal, Step, StepIndex, StepState};

/// Everything, read tree by tree: one record at a time is held twice, not the store.
pub(super) fn load(database: &Database) -> Outcome<Loaded> {
    let (listings, links) = (all(database, Tree::Listings, &[])?, all(database, Tree::Links, &[])?);
    Ok(Loaded { listings, links, ..load_few(database)? })
}

/// All but listings and links.
pub(super) fn load_few(database: &Database) -> Outcome<Loaded> {
    let mut loaded = Loaded {
        connections: all(database, Tree::Connections, &[])?,
        jobs: all(database, Tree::Jobs, &[])?,
        orders: all(database, Tree::Orders, &[])?,
        rejections: all(database, Tree::Rejections, &[])?,
        ..Loaded::default()
    };
    records(database, Tree::Cursors, &[], &[], &mut |key, bytes| {
        if key.last() == Some(&SWEPT) {
            let SweptRecord { connection, at } = forms::open(bytes)?;
            loaded.swept.push((connection, at));
        } else {
            let CursorRecord { connection, feed, cursor, at } = forms::open(bytes)?;
            loaded.cursors.push((connection, feed, cursor, at));
        }
        Ok(true)
    })?;
    loaded.orders.sort_by(|a, b| (a.connection, &a.order.remote).cmp(&(b.connection, &b.order.remote)));
    records(database, Tree::Keeping, &[], &[], &mut |key, bytes| {
        match key.first().copied().and_then(Kind::of) {
            Some(Kind::Settings) => {
                let SettingsRecord { connection, settings } = forms::open(bytes)?;
                loaded.settings.push((connection, settings));
            }
            Some(Kind::Rules) => loaded.rules.push(forms::open(bytes)?),
            Some(Kind::Drift) => {
                let DriftRecord { connection, millionths } = forms::open(bytes)?;
                loaded.drift.push((connection, millionths));
            }
            None => return Err(Trouble::Damaged("a key in the keeping tree begins with nothing known".to_owned())),
        }
        Ok(true)
    })?;
    records(database, Tree::Batches, &[], &[], &mut |key, bytes| {
        let job = JobId(number(Tree::Batches, key)?);
        let BatchRecord { steps, generation } = forms::open(bytes)?;
        loaded.batches.push((job, steps, generation));
        Ok(true)
    })?;
    let next = numbers(database)?;
    loaded.next_connection = next.connection;
    loaded.next_listing = next.listing;
    loaded.next_variant = next.variant;
    loaded.next_link = next.link;
    loaded.next_job = next.job;
    Ok(loaded)
}

pub(super) fn listing(database: &Database, id: ListingId) -> Outcome<Option<KnownListing>> {
    record(database, Tree::Listings, &listing_key(id))?.map(|bytes| forms::open(&bytes)).transpose()
}

pub(super) fn listings(database: &Database, from: ListingId, limit: usize) -> Outcome<Vec<KnownListing>> {
    some(database, Tree::Listings, &listing_key(from), limit)
}

pub(super) fn links(database: &Database, from: LinkId, limit: usize) -> Outcome<Vec<Link>> {
    some(database, Tree::Links, &link_key(from), limit)
}

fn some<T: Stored>(database: &Database, tree: Tree, from: &[u8], limit: usize) -> Outcome<Vec<T>> {
    let mut found = Vec::new();
    if limit == 0 {
        return Ok(found);
    }
    records(database, tree, &[], from, &mut |_, bytes| {
        found.push(forms::open(bytes)?);
        Ok(found.len() < limit)
    })?;
    Ok(found)
}

pub(super) fn steps(database: &Database, job: JobId, from: StepIndex, limit: usize) -> Outcome<Vec<Step>> {
    let mut steps = Vec::new();
    let mut planned: Option<(StepIndex, PlannedStep)> = None;
    if limit == 0 {
        return Ok(steps);
    }
    records(database, Tree::Steps, &job_key(job), &step_key(job, from, StepPart::Planned), &mut |key, bytes| {
        let index = StepIndex(number(Tree::Steps, key.get(8..).unwrap_or_default())?);
        if key.last() == Some(&(StepPart::Planned as u8)) {
            planned = Some((index, forms::open(bytes)?));
            return Ok(true);
        }
        let state: StepState = forms::open(bytes)?;
        match planned.take() {
            Some((of, planned)) if of == index => steps.push(Step { index, planned, state }),
            _ => return Err(Trouble::Damaged(format!("step {index} of job {job} has a state and no plan"))),
        }
        Ok(steps.len() < limit)
    })?;
    Ok(steps)
}

pub(super) fn refusals(database: &Database, job: JobId) -> Outcome<Vec<Refusal>> {
    all(database, Tree::Refusals, &job_key(job))
}

fn all<T: Stored>(database: &Database, tree: Tree, prefix: &[u8]) -> Outcome<Vec<T>> {
    let mut found = Vec::new();
    records(database, tree, prefix, &[], &mut |_, bytes| {
        found.push(forms::open(bytes)?);
        Ok(true)
    })?;
    Ok(found)
}

/// A number as keys hold it: big-endian, so that their order is the numbers' order.
trait KeyNumber: Sized {
    fn first(key: &[u8]) -> Option<Self>;
}

impl KeyNumber for u64 {
    fn first(key: &[u8]) -> Option<Self> {
        key.first_chunk().map(|number| Self::from_be_bytes(*number))
    }
}

impl KeyNumber for u32 {
    fn first(key: &[u8]) -> Option<Self> {
        key.first_chunk().map(|number| Self::from_be_bytes(*number))
    }
}

fn number<N: KeyNumber>(tree: Tree, key: &[u8]) -> Outcome<N> {
    N::first(key).ok_or_else(|| Trouble::Damaged(format!("a key in the {} tree is too short", tree.name())))
}
