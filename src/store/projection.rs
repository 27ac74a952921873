//! What an entry does to the trees. Pure: it reads what is there through a [`Shelf`] and says what is written; it knows
//! no clock, no file and no database, so that the same journal gives the same trees, byte for byte, for ever.
//!
//! What comes late for something that is gone is left out: a poll that ends after its connection was removed brings
//! nothing back.

use super::entry::Entry;
use super::forms::{self, BatchRecord, Commit, CursorRecord, Identity, Numbers, SweptRecord};
use super::history::{self, HistoryPlace};
use super::journal::record::Head;
use super::keeping;
use super::shelf::{Changes, Shelf, Tree, record, records};
use super::trouble::Outcome;
use crate::domain::{
    Connection, ConnectionId, Feed, Job, JobId, KnownListing, Link, LinkId, ListingId, Refusal, Step, StepIndex,
    StepState,
};

/// The names in the meta tree. Keys of a tree have one length, so they are padded.
pub(super) mod meta {
    pub(in crate::store) const SCHEMA: &[u8; 8] = b"schema__";
    pub(in crate::store) const HEAD: &[u8; 8] = b"head____";
    pub(in crate::store) const IDENTITY: &[u8; 8] = b"identity";
    pub(in crate::store) const NUMBERS: &[u8; 8] = b"numbers_";
    /// There while a change is written that is too large for one transaction.
    pub(in crate::store) const UNFINISHED: &[u8; 8] = b"unfinish";

    /// That a connection was removed.
    pub(in crate::store) fn removed(connection: crate::domain::ConnectionId) -> [u8; 8] {
        let mut key = *b"gone____";
        key[4..].copy_from_slice(&connection.0.to_be_bytes());
        key
    }
}

pub(super) fn connection_key(connection: ConnectionId) -> [u8; 4] {
    connection.0.to_be_bytes()
}

fn cursor_key(connection: ConnectionId, feed: Option<Feed>) -> [u8; 5] {
    let last = match feed {
        Some(Feed::Listings) => 0,
        Some(Feed::Stock) => 1,
        Some(Feed::Orders) => 2,
        None => SWEPT,
    };
    let [a, b, c, d] = connection.0.to_be_bytes();
    [a, b, c, d, last]
}

/// The last byte of the key of a sweep in the cursors tree.
pub(super) const SWEPT: u8 = 255;

pub(super) fn listing_key(listing: ListingId) -> [u8; 8] {
    listing.0.to_be_bytes()
}

pub(super) fn link_key(link: LinkId) -> [u8; 8] {
    link.0.to_be_bytes()
}

pub(super) fn job_key(job: JobId) -> [u8; 8] {
    job.0.to_be_bytes()
}

/// The two records of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepPart {
    Planned = 0,
    State = 1,
}

pub(super) fn step_key(job: JobId, step: StepIndex, part: StepPart) -> Vec<u8> {
    [&job_key(job)[..], &step.0.to_be_bytes(), &[part as u8]].concat()
}

fn batch_key(job: JobId, generation: u32, first: StepIndex) -> Vec<u8> {
    [&job_key(job)[..], &generation.to_be_bytes(), &first.0.to_be_bytes()].concat()
}

/// The store's first record.
pub(super) fn project_origin(trees: &mut Changes<'_, impl Shelf>, identity: &Identity) -> Outcome<()> {
    trees.put(Tree::Meta, meta::IDENTITY, &forms::seal(identity)?)
}

/// All entries of a commit, in order. `number`: of its record in the journal.
pub(super) fn project(trees: &mut Changes<'_, impl Shelf>, number: u64, commit: &Commit) -> Outcome<()> {
    (0u32..)
        .zip(&commit.entries)
        .try_for_each(|(place, entry)| project_entry(trees, entry, HistoryPlace { commit: number, place }))
}

/// A record of the journal, for its second copy, and the new head.
pub(super) fn keep_record(trees: &mut Changes<'_, impl Shelf>, head: Head, bytes: &[u8]) -> Outcome<()> {
    trees.put(Tree::Journal, &head.seq.to_be_bytes(), bytes)?;
    trees.put(Tree::Meta, meta::HEAD, &[&head.seq.to_le_bytes()[..], &head.hash].concat())
}

fn project_entry<S: Shelf>(trees: &mut Changes<'_, S>, entry: &Entry, at: HistoryPlace) -> Outcome<()> {
    match entry {
        Entry::ConnectionKept(connection) => keep_connection(trees, connection),
        Entry::ConnectionRemoved(connection) => remove_connection(trees, *connection),
        Entry::ListingSeen(listing) => see_listing(trees, listing),
        Entry::LevelSeen { listing, variant, location, quantity, at } => change_listing(trees, *listing, |known| {
            known.see_level(*variant, location.clone(), *quantity, *at);
        }),
        Entry::ListingGone { listing, at: _ } => change_listing(trees, *listing, |known| known.gone = true),
        Entry::CursorMoved { connection, feed, cursor, at } => {
            let moved = CursorRecord { connection: *connection, feed: *feed, cursor: cursor.clone(), at: *at };
            keep_of(trees, *connection, cursor_key(*connection, Some(*feed)), &forms::seal(&moved)?)
        }
        Entry::Swept { connection, at } => {
            let swept = SweptRecord { connection: *connection, at: *at };
            keep_of(trees, *connection, cursor_key(*connection, None), &forms::seal(&swept)?)
        }
        Entry::LinkKept(link) => keep_link(trees, link),
        Entry::LinkRemoved { link, why: _ } => trees.remove(Tree::Links, &link_key(*link)),
        Entry::JobPlanned { job, steps, refusals } => plan_job(trees, job, steps, refusals),
        Entry::JobKept(job) => keep_job(trees, job),
        Entry::StepMoved { job, step, state } => move_step(trees, *job, *step, state),
        Entry::BatchSent { job, steps, generation } => {
            let Some(first) = steps.first() else { return Ok(()) };
            // Of a job that was forgotten meanwhile.
            if record(trees, Tree::Steps, &step_key(*job, *first, StepPart::State))?.is_none() {
                return Ok(());
            }
            let batch = BatchRecord { steps: steps.clone(), generation: *generation };
            trees.put(Tree::Batches, &batch_key(*job, *generation, *first), &forms::seal(&batch)?)
        }
        Entry::JobForgotten(job) => {
            trees.remove(Tree::Jobs, &job_key(*job))?;
            clear_job(trees, *job)
        }
        Entry::SettingsKept { connection, settings } => keeping::keep_settings(trees, *connection, settings),
        Entry::FieldRulesKept(rules) => keeping::keep_rules(trees, rules),
        Entry::OrderSeen(order) => keeping::see_order(trees, order),
        Entry::OrdersForgotten { connection, orders } => keeping::forget_orders(trees, *connection, orders),
        Entry::Noted(line) => history::note(trees, at, line),
        Entry::DriftEstimated { connection, millionths } => keeping::keep_drift(trees, *connection, *millionths),
        Entry::PairRejected(rejection) => keeping::reject(trees, rejection),
        Entry::PairAllowed { in_store, online } => keeping::allow(trees, *in_store, *online),
    }
}

fn raise(trees: &mut Changes<'_, impl Shelf>, change: impl FnOnce(&mut Numbers)) -> Outcome<()> {
    let before = numbers(trees)?;
    let mut after = before;
    change(&mut after);
    if after == before { Ok(()) } else { trees.put(Tree::Meta, meta::NUMBERS, &forms::seal(&after)?) }
}

pub(super) fn numbers(trees: &impl Shelf) -> Outcome<Numbers> {
    match record(trees, Tree::Meta, meta::NUMBERS)? {
        Some(bytes) => forms::open(&bytes),
        // Numbers begin at 1, so that 0 never means anything by accident.
        None => Ok(Numbers { connection: 1, listing: 1, variant: 1, link: 1, job: 1 }),
    }
}

pub(super) fn was_removed(trees: &impl Shelf, connection: ConnectionId) -> Outcome<bool> {
    Ok(record(trees, Tree::Meta, &meta::removed(connection))?.is_some())
}

fn keep_connection(trees: &mut Changes<'_, impl Shelf>, connection: &Connection) -> Outcome<()> {
    raise(trees, |next| next.connection = next.connection.max(connection.id.0.saturating_add(1)))?;
    if was_removed(trees, connection.id)? {
        return Ok(());
    }
    trees.put(Tree::Connections, &connection_key(connection.id), &forms::seal(connection)?)
}

fn remove_connection<S: Shelf>(trees: &mut Changes<'_, S>, connection: ConnectionId) -> Outcome<()> {
    trees.put(Tree::Meta, &meta::removed(connection), &[])?;
    trees.remove(Tree::Connections, &connection_key(connection))?;
    trees.remove_all(Tree::Cursors, &connection_key(connection))?;
    keeping::remove_of(trees, connection)?;
    let mut listings = Vec::new();
    records(trees, Tree::Listings, &[], &[], &mut |key, bytes| {
        if forms::connection_of_listing(bytes)? == connection {
            listings.push(key.to_vec());
        }
        Ok(true)
    })?;
    for key in listings {
        trees.remove(Tree::Listings, &key)?;
    }
    let mut links = Vec::new();
    records(trees, Tree::Links, &[], &[], &mut |_, bytes| {
        let link: Link = forms::open(bytes)?;
        if link.members.iter().any(|member| member.connection == connection) {
            links.push(link);
        }
        Ok(true)
    })?;
    links.iter().try_for_each(|link| keep_link(trees, link))
}

/// A record in the cursors tree, unless its connection is gone.
fn keep_of(trees: &mut Changes<'_, impl Shelf>, connection: ConnectionId, key: [u8; 5], bytes: &[u8]) -> Outcome<()> {
    if was_removed(trees, connection)? { Ok(()) } else { trees.put(Tree::Cursors, &key, bytes) }
}

fn see_listing(trees: &mut Changes<'_, impl Shelf>, listing: &KnownListing) -> Outcome<()> {
    raise(trees, |next| {
        next.listing = next.listing.max(listing.id.0.saturating_add(1));
        let variant = listing.variants.iter().map(|number| number.0.saturating_add(1)).max();
        next.variant = next.variant.max(variant.unwrap_or(0));
    })?;
    if was_removed(trees, listing.connection)? {
        return Ok(());
    }
    trees.put(Tree::Listings, &listing_key(listing.id), &forms::seal(listing)?)
}

fn change_listing(
    trees: &mut Changes<'_, impl Shelf>,
    listing: ListingId,
    change: impl FnOnce(&mut KnownListing),
) -> Outcome<()> {
    let key = listing_key(listing);
    let Some(bytes) = record(trees, Tree::Listings, &key)? else { return Ok(()) };
    let mut known: KnownListing = forms::open(&bytes)?;
    change(&mut known);
    trees.put(Tree::Listings, &key, &forms::seal(&known)?)
}

/// Keeps a link with those members whose connection is there; one with under two of them goes.
fn keep_link(trees: &mut Changes<'_, impl Shelf>, link: &Link) -> Outcome<()> {
    raise(trees, |next| next.link = next.link.max(link.id.0.saturating_add(1)))?;
    let mut kept = link.clone();
    kept.members.clear();
    for member in &link.members {
        if !was_removed(trees, member.connection)? {
            kept.members.push(member.clone());
        }
    }
    if kept.members.len() < 2 {
        return trees.remove(Tree::Links, &link_key(link.id));
    }
    trees.put(Tree::Links, &link_key(link.id), &forms::seal(&kept)?)
}

fn keep_job(trees: &mut Changes<'_, impl Shelf>, job: &Job) -> Outcome<()> {
    raise(trees, |next| next.job = next.job.max(job.id.0.saturating_add(1)))?;
    trees.put(Tree::Jobs, &job_key(job.id), &forms::seal(job)?)
}

fn plan_job(trees: &mut Changes<'_, impl Shelf>, job: &Job, steps: &[Step], refusals: &[Refusal]) -> Outcome<()> {
    clear_job(trees, job.id)?;
    keep_job(trees, job)?;
    for step in steps {
        trees.put(Tree::Steps, &step_key(job.id, step.index, StepPart::Planned), &forms::seal(&step.planned)?)?;
        trees.put(Tree::Steps, &step_key(job.id, step.index, StepPart::State), &forms::seal(&step.state)?)?;
    }
    for (place, refusal) in (0u32..).zip(refusals) {
        let key = [&job_key(job.id)[..], &place.to_be_bytes()].concat();
        trees.put(Tree::Refusals, &key, &forms::seal(refusal)?)?;
    }
    Ok(())
}

fn clear_job(trees: &mut Changes<'_, impl Shelf>, job: JobId) -> Outcome<()> {
    let key = job_key(job);
    [Tree::Steps, Tree::Refusals, Tree::Batches].into_iter().try_for_each(|tree| trees.remove_all(tree, &key))
}

fn move_step(trees: &mut Changes<'_, impl Shelf>, job: JobId, step: StepIndex, state: &StepState) -> Outcome<()> {
    let key = step_key(job, step, StepPart::State);
    // A step of a job that was forgotten meanwhile.
    if record(trees, Tree::Steps, &key)?.is_none() {
        return Ok(());
    }
    trees.put(Tree::Steps, &key, &forms::seal(state)?)?;
    if state.ended() { end_batches(trees, job, step) } else { Ok(()) }
}

/// Removes the batches with this step in which no step is under way any more.
fn end_batches<S: Shelf>(trees: &mut Changes<'_, S>, job: JobId, step: StepIndex) -> Outcome<()> {
    let mut with_step = Vec::new();
    records(trees, Tree::Batches, &job_key(job), &[], &mut |key, bytes| {
        let batch: BatchRecord = forms::open(bytes)?;
        if batch.steps.contains(&step) {
            with_step.push((key.to_vec(), batch));
        }
        Ok(true)
    })?;
    for (key, batch) in with_step {
        let mut open = false;
        for step in &batch.steps {
            let state = record(trees, Tree::Steps, &step_key(job, *step, StepPart::State))?;
            open = open || state.map(|bytes| forms::open::<StepState>(&bytes)).transpose()?.is_some_and(|s| !s.ended());
        }
        if !open {
            trees.remove(Tree::Batches, &key)?;
        }
    }
    Ok(())
}
