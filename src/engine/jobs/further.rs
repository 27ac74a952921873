//! Variants are added to listings that are there, and linked with what they are copies of in the commit that says so.
//!
//! A platform leaves variants as they are whose option values it has already, so this is safe to repeat. What they hold
//! is written afterwards, by steps that wait for these.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{
    Cause, ConnectionId, Effect, Happening, HistoryRecord, JobId, JobState, KnownListing, Link, LinkMember, Listing,
    ListingId, Step, StepIndex, StepState, Timestamp, Variant, VariantId,
};
use crate::platform::WriteError;
use crate::rules::CatalogueView;
use crate::rules::fields::values;
use crate::store::Entry;

use super::super::books::Books;
use super::super::problem;
use super::super::sync::steps::{name, subject};
use super::super::truth::{Known, Truth};
use super::aim::rejected;
use super::edits::{DELETED, all, keep_cancelled, look, memory, seen};
use super::quantities::settle;
use super::waiting::Trouble;

/// A variant that is to be copied.
struct Copy {
    index: StepIndex,
    source: ListingId,
    number: VariantId,
    variant: Variant,
}

/// The variants of these steps, whole; steps whose variant is no more are given back apart.
async fn copies(truth: &Truth, steps: &[Step]) -> Result<(Vec<Copy>, Vec<StepIndex>), Trouble> {
    let mut sources: BTreeMap<ListingId, Option<KnownListing>> = BTreeMap::new();
    let (mut copies, mut lost) = (Vec::new(), Vec::new());
    for step in steps {
        let Effect::AddVariant { source, variant: number, .. } = &step.planned.effect else { continue };
        if !sources.contains_key(source) {
            let known = truth.store.listing(*source).await.map_err(problem::store)?;
            sources.insert(*source, known.filter(|known| !known.gone));
        }
        let known = sources.get(source).and_then(Option::as_ref);
        match known.and_then(|known| known.variant(*number)) {
            Some(variant) => {
                let (source, number, variant) = (*source, *number, variant.clone());
                copies.push(Copy { index: step.index, source, number, variant });
            }
            None => lost.push(step.index),
        }
    }
    Ok((copies, lost))
}

fn skipped(why: &str) -> StepState {
    StepState::Skipped { why: why.to_owned() }
}

pub async fn add(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    listing: ListingId,
    steps: Vec<Step>,
) -> Result<(), Trouble> {
    let connector = truth.connector(connection)?;
    let Some(target) = look(truth, &connector, connection, job, listing, &steps).await? else { return Ok(()) };
    let Some(shown) = target.shown else {
        return settle(truth, job, all(&steps, &skipped(DELETED))).await;
    };
    let (mut copies, lost) = copies(truth, &steps).await?;
    let pen = truth.pen().await;
    let now = truth.now();
    let generation = pen.generation();
    let entries = truth.read(|known| {
        let Some(run) = known.board.run(job) else { return Vec::new() };
        if !matches!(run.job.state, JobState::Queued | JobState::Running) {
            copies.clear();
            return Vec::new();
        }
        let waits = |index: StepIndex| run.step(index).is_some_and(|step| step.state == StepState::Planned);
        let mut moves: Vec<(StepIndex, StepState)> = lost
            .iter()
            .filter(|index| waits(**index))
            .map(|index| (*index, skipped("it was deleted where it was to be copied from")))
            .collect();
        copies.retain(|copy| {
            if !waits(copy.index) {
                return false;
            }
            let linked = known.catalogue.now().link_of(copy.number);
            if linked.is_some_and(|link| link.members.iter().any(|member| member.connection == connection)) {
                moves.push((copy.index, skipped("it was linked to a variant there meanwhile")));
                return false;
            }
            moves.push((copy.index, StepState::InFlight { generation, count: None }));
            true
        });
        if moves.is_empty() { Vec::new() } else { run.entries(moves, now) }
    });
    pen.commit(entries).await?;
    if copies.is_empty() {
        return Ok(());
    }
    let variants: Vec<Variant> = copies.iter().map(|copy| copy.variant.clone()).collect();
    let outcome = connector.add_variants(&shown, &variants).await;
    truth.edited(listing);
    truth.stands(connection, outcome.as_ref().err().map(WriteError::cause));
    let now = truth.now();
    let moved = |state: &StepState| copies.iter().map(|copy| (copy.index, state.clone())).collect::<Vec<_>>();
    match outcome {
        Ok(made) => record(truth, connection, job, listing, &copies, &made, false).await,
        Err(WriteError::Unknown(error)) => {
            settle(truth, job, moved(&StepState::Unknown { generation, count: None, since: now })).await?;
            Err(Trouble::Unanswered(error))
        }
        Err(WriteError::NotApplied(error)) => match Trouble::of(error) {
            Ok(trouble) => {
                settle(truth, job, moved(&StepState::Planned)).await?;
                Err(trouble)
            }
            Err(error) => settle(truth, job, moved(&rejected(&error, now))).await,
        },
    }
}

/// What became of additions without an answer: those that are there are linked, the others are tried again.
pub async fn found(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    listing: ListingId,
    steps: Vec<Step>,
) -> Result<(), Trouble> {
    let connector = truth.connector(connection)?;
    let Some(target) = look(truth, &connector, connection, job, listing, &steps).await? else { return Ok(()) };
    let Some(shown) = target.shown else {
        return settle(truth, job, all(&steps, &skipped(DELETED))).await;
    };
    let (copies, lost) = copies(truth, &steps).await?;
    let gone = skipped("it was deleted where it was to be copied from");
    if !lost.is_empty() {
        settle(truth, job, lost.into_iter().map(|index| (index, gone.clone())).collect()).await?;
    }
    record(truth, connection, job, listing, &copies, &shown, true).await
}

/// Journals what a listing shows of the copies: the listing, the new links, and how the steps ended, all in one.
/// `again`: what is not there yet is tried again.
async fn record(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    listing: ListingId,
    copies: &[Copy],
    made: &Listing,
    again: bool,
) -> Result<(), Trouble> {
    if copies.is_empty() {
        return Ok(());
    }
    let mut pen = truth.pen().await;
    let now = truth.now();
    let before = memory(truth, listing);
    let mut fresh = truth.read(|known| seen(known, &mut pen, connection, before, made, now));
    if fresh.is_none() {
        // Nothing new: what is known shows them already.
        fresh = truth.store.listing(listing).await.map_err(problem::store)?;
    }
    let Some(fresh) = fresh else { return Ok(()) };
    let mut numbers = Vec::new();
    numbers.resize_with(copies.len(), || pen.link());
    let (entries, linked) = truth.read(|known| {
        let Some(run) = known.board.run(job) else { return (Vec::new(), Vec::new()) };
        let mut entries = vec![Entry::ListingSeen(Box::new(fresh.clone()))];
        let (mut moves, mut linked) = (Vec::new(), Vec::new());
        for (copy, number) in copies.iter().zip(numbers) {
            let wanted = values(&copy.variant);
            let there = fresh.numbered().find(|(_, variant)| values(variant) == wanted);
            let state = match there {
                None if again => StepState::Planned,
                None => {
                    let (name, label) = (name(known, connection), copy.variant.option_label());
                    StepState::Rejected {
                        message: format!("{name} said yes, and shows no variant {label}"),
                        hint: "look at the product there, then retry the failed steps".to_owned(),
                        at: now,
                    }
                }
                Some((to, _)) if known.catalogue.now().link_of(to).is_some() => {
                    skipped("the variant there is linked to another product")
                }
                Some((to, _)) => {
                    let link = link(known, copy, &fresh, to, number, now);
                    linked.push(to);
                    entries.push(noted(&fresh, to, job, now));
                    entries.push(Entry::LinkKept(link));
                    StepState::Confirmed { read_back: None, at: now }
                }
            };
            moves.push((copy.index, state));
        }
        keep_cancelled(run, &mut moves);
        entries.extend(run.entries(moves, now));
        (entries, linked)
    });
    pen.commit(entries).await?;
    truth.wrote(&linked);
    Ok(())
}

/// The link of a copy with its source. Nothing is agreed about its count before its first write.
fn link(
    known: &Known,
    copy: &Copy,
    there: &KnownListing,
    to: VariantId,
    number: crate::domain::LinkId,
    now: Timestamp,
) -> Link {
    let catalogue = known.catalogue.now();
    let member = LinkMember::new(there.connection, there.id, to, None);
    if let Some(link) = catalogue.link_of(copy.number) {
        let mut link = link.clone();
        link.members.push(member);
        return link;
    }
    let base = catalogue.total(copy.source, copy.number);
    let connection = catalogue.listing(copy.source).map_or(there.connection, |source| source.connection);
    let agreed = base.filter(|_| !Books::open(known, now).is_under_way(copy.number));
    let source = LinkMember::new(connection, copy.source, copy.number, agreed);
    Link { id: number, members: vec![source, member], available: base, paused: false, made_at: now }
}

fn noted(there: &KnownListing, variant: VariantId, job: JobId, now: Timestamp) -> Entry {
    let shown = there.variant(variant);
    Entry::Noted(Box::new(HistoryRecord {
        at: now,
        what: Happening::Created,
        subject: subject(there, Some(variant)),
        sku: shown.and_then(|variant| variant.sku.clone()),
        listing: Some(there.id),
        variant: Some(variant),
        connection: Some(there.connection),
        old: None,
        new: shown.map(Variant::option_label),
        cause: Cause::Job { job },
    }))
}
