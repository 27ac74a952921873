//! Listings are made on the other side, and linked in the same commit that says so.
//!
//! A creation is journalled before it is sent and carries its mark; one without an answer is looked for before it is
//! made again (`unknown.rs`), so there is never a second copy.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::domain::{
    ConnectionId, Creation, Effect, JobId, JobState, KnownListing, Link, LinkMember, Listing, Location, Step,
    StepIndex, StepState, Stock, Timestamp, VariantId,
};
use crate::platform::{Created, WriteError};
use crate::protocol::Problem;
use crate::rules::{CatalogueView, ledger};
use crate::store::Entry;

use super::super::books::Books;
use super::super::intake::numbered;
use super::super::problem;
use super::super::truth::{Known, Truth};
use super::aim::rejected;
use super::quantities::settle;
use super::run::{LOOKED_UP, Run};
use super::waiting::Trouble;

/// Makes these listings, side by side.
pub async fn make(truth: &Arc<Truth>, connection: ConnectionId, job: JobId, steps: Vec<Step>) -> Result<(), Trouble> {
    let connector = truth.connector(connection)?;
    let (location, ready) = journal(truth, connection, job, steps).await?;
    let calls = ready.iter().map(|(step, creation, source)| {
        let (connector, location) = (&connector, &location);
        async move {
            let outcome = connector.create(creation, source, location).await;
            (step, creation, outcome)
        }
    });
    let mut trouble = None;
    for (step, creation, outcome) in join_all(calls).await {
        truth.stands(connection, outcome.as_ref().err().map(WriteError::cause));
        let told = match outcome {
            Ok(created) => record(truth, connection, job, step, creation, created, Shown::AtOnce).await,
            Err(error) => failed(truth, job, step.index, error).await,
        };
        trouble = told.err().or(trouble);
    }
    trouble.map_or(Ok(()), Err)
}

type Ready = (Step, Creation, Listing);

/// Puts the intents on disk, and drops what has become needless.
async fn journal(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    steps: Vec<Step>,
) -> Result<(Location, Vec<Ready>), Trouble> {
    let mut ready = Vec::new();
    let mut moves = Vec::new();
    for step in steps {
        let Effect::Create(creation) = &step.planned.effect else { continue };
        match source(truth, creation).await? {
            Some(source) => ready.push((step.clone(), creation.clone(), source)),
            None => moves.push((step.index, skipped("it was deleted where it was to be copied from"))),
        }
    }
    let pen = truth.pen().await;
    let now = truth.now();
    let generation = pen.generation();
    let location = truth.read(|known| {
        let there = known.catalogue.now().connection(connection);
        there.and_then(|there| there.locations.first().cloned())
    });
    let Some(location) = location else {
        return Err(Trouble::Ours(problem::failure("the connection has no location in use", "connect it again")));
    };
    let entries = truth.read(|known| {
        let Some(run) = known.board.run(job) else { return Vec::new() };
        if !matches!(run.job.state, JobState::Queued | JobState::Running) {
            ready.clear();
            return Vec::new();
        }
        let waits = |index| run.step(index).is_some_and(|step| step.state == StepState::Planned);
        moves.retain(|(index, _)| waits(*index));
        ready.retain(|(step, creation, _)| {
            if !waits(step.index) {
                return false;
            }
            if is_there(known, creation) {
                moves.push((step.index, skipped("it was linked to a product there meanwhile")));
                return false;
            }
            moves.push((step.index, StepState::InFlight { generation, count: None }));
            true
        });
        if moves.is_empty() { Vec::new() } else { run.entries(std::mem::take(&mut moves), now) }
    });
    pen.commit(entries).await?;
    Ok((location, ready))
}

fn skipped(why: &str) -> StepState {
    StepState::Skipped { why: why.to_owned() }
}

fn is_there(known: &Known, creation: &Creation) -> bool {
    let catalogue = known.catalogue.now();
    let Some(source) = catalogue.listing(creation.source) else { return false };
    source
        .variants
        .iter()
        .filter_map(|variant| catalogue.link_of(*variant))
        .any(|link| link.members.iter().any(|member| member.connection == creation.connection))
}

/// The listing to be copied, whole; `None` if it is gone.
pub async fn source(truth: &Truth, creation: &Creation) -> Result<Option<Listing>, Problem> {
    let known = truth.store.listing(creation.source).await.map_err(problem::store)?;
    Ok(known.filter(|known| !known.gone).map(|known| known.listing))
}

async fn failed(truth: &Arc<Truth>, job: JobId, step: StepIndex, error: WriteError) -> Result<(), Trouble> {
    let now = truth.now();
    match error {
        WriteError::Unknown(error) => {
            let generation = truth.read(|known| match known.board.run(job)?.step(step)?.state {
                StepState::InFlight { generation, .. } => Some(generation),
                _ => None,
            });
            let generation = generation.unwrap_or_default();
            let state = StepState::Unknown { generation, count: None, since: now };
            settle(truth, job, vec![(step, state)]).await?;
            Err(Trouble::Unanswered(error))
        }
        WriteError::NotApplied(error) => match Trouble::of(error) {
            Ok(trouble) => {
                settle(truth, job, vec![(step, StepState::Planned)]).await?;
                Err(trouble)
            }
            Err(error) => settle(truth, job, vec![(step, rejected(&error, now))]).await,
        },
    }
}

/// When a copy's counts were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// In the answer to its creation. A count that is not the one it was made with may be one that is yet to be put
    /// in place: it is unknown until it is read again.
    AtOnce,
    /// Some time after it was made, by looking for it: what is not as it was made with was sold or received since.
    Later,
}

/// Journals a listing that was made: it is known, linked to its source, and the step is done, all in one.
pub async fn record(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    step: &Step,
    creation: &Creation,
    created: Created,
    shown: Shown,
) -> Result<(), Trouble> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    let mut copy = truth.read(|known| numbered(known, &mut pen, connection, &created.listing, now));
    let made = truth.read(|known| links(known, creation, &created, &copy, now));
    let links: Vec<Link> = made
        .into_iter()
        .map(|(known, members)| match known {
            Some(link) => Link { members, ..link },
            None => {
                // The source is right: its count is what there is.
                let count = |source: &LinkMember| {
                    truth.read(|known| known.catalogue.now().total(source.listing, source.variant))
                };
                let available = members.first().and_then(count);
                Link { id: pen.link(), members, available, paused: false, made_at: now }
            }
        })
        .collect();
    let links: Vec<Link> = truth.read(|known| {
        let seen = |link| seen(known, link, &mut copy, shown, now);
        links.into_iter().map(seen).collect()
    });
    let variants: Vec<VariantId> = copy.variants.clone();
    let entries = truth.read(|known| {
        let Some(run) = known.board.run(job) else { return Vec::new() };
        let mut entries = vec![Entry::ListingSeen(Box::new(copy))];
        entries.extend(links.into_iter().map(Entry::LinkKept));
        entries.extend(done(run, step, &created.notes, now));
        entries
    });
    pen.commit(entries).await?;
    truth.wrote(&variants);
    Ok(())
}

/// What the copy shows counts, if it is not what it was made with. Not while an attempt is under way on the link: what
/// was seen meanwhile counts when that ends.
fn seen(known: &Known, mut link: Link, copy: &mut KnownListing, shown: Shown, now: Timestamp) -> Link {
    let Some(there) = known.catalogue.now().connection(copy.connection) else { return link };
    let numbers = copy.variants.clone();
    for (number, variant) in numbers.into_iter().zip(&mut copy.listing.variants) {
        let base = ledger::member(&link, number).and_then(|member| member.base);
        let total = variant.stock.total(|location| there.counts(location));
        let (Some(base), Some(total)) = (base, total) else { continue };
        match shown {
            _ if base == total => {}
            Shown::AtOnce => variant.stock = Stock::Unknown,
            Shown::Later if Books::open(known, now).is_frozen_link(link.id) => {}
            Shown::Later => {
                ledger::observe(&mut link, number, total);
            }
        }
    }
    link
}

/// The step is done; what did not go over stands in the job's note.
fn done(run: &Run, step: &Step, notes: &[String], now: Timestamp) -> Vec<Entry> {
    let mut entries = run.entries(vec![(step.index, StepState::Confirmed { read_back: None, at: now })], now);
    if let (Some(Entry::JobKept(job)), false) = (entries.last_mut(), notes.is_empty()) {
        let added = format!("{}: {}", step.planned.subject, notes.join("; "));
        let whole = job.note.take().map_or_else(|| added.clone(), |note| format!("{note} · {added}"));
        // A note is for reading; the rest is in the log.
        tracing::info!(job = %run.job.id, added, "made with notes");
        job.note = Some(match whole.chars().count() {
            0..=600 => whole,
            _ if run.is_cancelled() => format!("{LOOKED_UP} · {added}"),
            _ => added,
        });
    }
    entries
}

type Members = (Option<Link>, Vec<LinkMember>);

/// The members of the links between source and copy; with the link that the source has already, where it has one.
fn links(known: &Known, creation: &Creation, created: &Created, copy: &KnownListing, now: Timestamp) -> Vec<Members> {
    let books = Books::open(known, now);
    let catalogue = known.catalogue.now();
    let Some(source) = catalogue.listing(creation.source) else { return Vec::new() };
    let mut all = Vec::new();
    for made in &created.variants {
        let from = source.variants.get(made.position).copied();
        let to = copy.numbered().find(|(_, variant)| variant.remote == made.remote).map(|(number, _)| number);
        let (Some(from), Some(to)) = (from, to) else { continue };
        if catalogue.link_of(to).is_some() {
            continue;
        }
        // What the copy was made with is what we agreed on; without it, its first write founds it.
        let quantity = creation.quantities.get(made.position).copied().flatten();
        let base = quantity.filter(|_| created.stock_set);
        let known = catalogue.link_of(from).cloned();
        let mut members = match &known {
            Some(link) => link.members.clone(),
            None => {
                let base = catalogue.total(source.id, from).filter(|_| !books.is_under_way(from));
                vec![LinkMember::new(source.connection, source.id, from, base)]
            }
        };
        members.push(LinkMember::new(creation.connection, copy.id, to, base));
        all.push((known, members));
    }
    all
}
