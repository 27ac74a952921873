//! Fields follow the side of record: linked listings that changed are looked at, and what the rules ask for becomes a
//! job by itself.
//!
//! What was found on many pages becomes one job for each connection, made when the imports of that pair have come to
//! an end: so the guard (rule 6 of DESIGN) sees all of it at once. A job that it stops waits for a person. Nothing is
//! written here: the jobs read each listing again before they write.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{
    Cause, ConnectionId, Field, Happening, HistoryRecord, JobKind, JobState, Link, LinkId, ListingId, Timestamp,
    VariantId,
};
use crate::protocol::{Problem, Topic};
use crate::rules::CatalogueView;
use crate::rules::fields::{Agreed, Verdict, decide, further, newly_agreed, pairs, value, watched};
use crate::store::Entry;

use super::super::jobs::waiting::{Patience, wait};
use super::super::truth::{Known, Truth};
use super::desk::Standing;
use super::{copies, steps, writing};

/// Listings that are looked at under one pen.
const AT_ONCE: usize = 300;

/// Looks and plans until the engine stops.
pub async fn run(truth: Arc<Truth>) {
    let mut patience = Patience::default();
    let mut work = truth.work();
    let mut stopping = truth.stopping();
    loop {
        work.mark_unchanged();
        if truth.is_stopping() {
            return;
        }
        match turn(&truth).await {
            Ok(true) => {
                patience.calm();
                continue;
            }
            Ok(false) => patience.calm(),
            Err(problem) => {
                tracing::warn!(message = problem.message, "what follows from changed fields could not be planned");
                let pause = patience.pause(None);
                wait(&truth, pause).await;
                continue;
            }
        }
        tokio::select! {
            biased;
            () = stopping.wait_for(|stopping| *stopping) => {}
            () = work.changed() => {}
        }
    }
}

/// Whether anything was done.
async fn turn(truth: &Arc<Truth>) -> Result<bool, Problem> {
    if copies::push_fresh(truth).await? {
        return Ok(true);
    }
    if truth.read(|known| known.desk.has_due(ready(known))) {
        look(truth).await?;
        return Ok(true);
    }
    let wants: Vec<(ListingId, ListingId)> = truth.read(|known| {
        let ready = ready(known);
        known.desk.wants.iter().copied().filter(|(in_store, online)| ready(*in_store) && ready(*online)).collect()
    });
    if wants.is_empty() {
        return Ok(false);
    }
    writing::plan(truth, wants).await?;
    Ok(true)
}

/// Whether a listing can be looked at: neither its shop nor one that it is linked to is being read just now. An import
/// that waits for something (a shop that is away) holds nobody up.
pub fn ready(known: &Known) -> impl Fn(ListingId) -> bool + '_ {
    let reading: BTreeSet<ConnectionId> = known
        .board
        .runs()
        .filter(|run| matches!(run.job.state, JobState::Queued | JobState::Running) && run.waiting.is_none())
        .filter_map(|run| if let JobKind::Import { connection, .. } = run.job.kind { Some(connection) } else { None })
        .collect();
    move |listing| {
        let catalogue = known.catalogue.now();
        let Some(there) = catalogue.listing(listing) else { return true };
        let links = there.variants.iter().filter_map(|variant| catalogue.link_of(*variant));
        let others = links.flat_map(|link| &link.members).map(|member| member.connection);
        !std::iter::once(there.connection).chain(others).any(|connection| reading.contains(&connection))
    }
}

/// Looks at some of the listings that are due: what is the same on both sides is kept as agreed, what is not is kept
/// in mind.
async fn look(truth: &Arc<Truth>) -> Result<(), Problem> {
    let pen = truth.pen().await;
    let now = truth.now();
    let listings = truth.read(|known| {
        let ready = ready(known);
        known.desk.next_due(AT_ONCE, ready)
    });
    let looked = truth.read(|known| Looked::at(known, &listings, now));
    let (news, noted, begun) = truth.remember(Topic::Products, |known| {
        known.desk.take_due(&listings);
        known.desk.wants.extend(looked.wants);
        let (mut news, mut touched) = (Vec::new(), Vec::new());
        for (pair, found) in looked.found {
            let new = known.desk.found(pair, found);
            if new.moved {
                touched.extend([pair.0, pair.1]);
            }
            news.extend(new.conflicts);
        }
        known.stands_anew(&touched);
        (news, known.desk.has_begun(), known.desk.is_clear())
    });
    let mut entries = looked.entries;
    if noted {
        // What was in conflict before the engine started was told then.
        entries.extend(
            truth.read(|known| news.iter().filter_map(|new| conflict_noted(known, new, now)).collect::<Vec<_>>()),
        );
    }
    let kept = pen.commit(entries).await;
    truth.remember(Topic::Products, |known| {
        if kept.is_err() {
            known.desk.put_back(listings.iter().copied());
        }
        if begun {
            known.desk.began();
        }
    });
    kept
}

/// What looking at listings comes to.
#[derive(Default)]
struct Looked {
    entries: Vec<Entry>,
    found: Vec<((ListingId, ListingId), Vec<Standing>)>,
    wants: Vec<(ListingId, ListingId)>,
}

impl Looked {
    fn at(known: &Known, listings: &[ListingId], now: Timestamp) -> Self {
        let catalogue = known.catalogue.now();
        let mut looked = Self::default();
        let mut links = Links::default();
        let mut done: BTreeSet<(ListingId, ListingId)> = BTreeSet::new();
        for listing in listings {
            for pair in pairs(catalogue, &known.rules, *listing) {
                let key = (pair.in_store.id, pair.online.id);
                if !done.insert(key) {
                    continue;
                }
                let mut found = Vec::new();
                let mut wants = false;
                for watched in watched(&known.rules, &pair) {
                    let face = |listing, variant| catalogue.kept(listing)?.face(watched.field, variant);
                    let record = face(watched.record, watched.record_variant);
                    let other = face(watched.other, watched.other_variant);
                    let (Some(record), Some(other)) = (record, other) else { continue };
                    let verdict = decide(watched.field, record, other, watched.agreed);
                    if let Some(agreed) = newly_agreed(verdict, record, other, watched.agreed) {
                        links.agree(known, watched.link, watched.keeper, watched.field, agreed);
                    }
                    wants |= verdict == Verdict::Write;
                    if !matches!(verdict, Verdict::Same | Verdict::Apart) {
                        let since = catalogue.listing(watched.other).map_or(now, |other| other.seen_at);
                        found.push(Standing { watched, verdict, since });
                    }
                }
                if let Some(further) = further(catalogue, &pair) {
                    if let Some(agreed) = further.newly_agreed() {
                        links.agree(known, further.link, further.keeper, Field::Options, agreed);
                    }
                    wants |= !further.new.is_empty();
                }
                if wants {
                    looked.wants.push(key);
                }
                looked.found.push((key, found));
            }
        }
        looked.entries = links.entries();
        looked
    }
}

/// The links that one commit changes, each once.
#[derive(Default)]
pub struct Links(BTreeMap<LinkId, Link>);

impl Links {
    pub fn agree(&mut self, known: &Known, link: LinkId, keeper: VariantId, field: Field, agreed: Agreed) {
        let Some(there) = known.catalogue.now().link(link) else { return };
        let link = self.0.entry(link).or_insert_with(|| (**there).clone());
        if let Some(member) = link.members.iter_mut().find(|member| member.variant == keeper) {
            member.agreed.insert(field, agreed.packed());
        }
    }

    pub fn entries(self) -> Vec<Entry> {
        self.0.into_values().map(Entry::LinkKept).collect()
    }
}

fn conflict_noted(known: &Known, standing: &Standing, now: Timestamp) -> Option<Entry> {
    let catalogue = known.catalogue.now();
    let watched = &standing.watched;
    let other = catalogue.listing(watched.other)?;
    let variant = watched.other_variant;
    let shown = |listing: ListingId, variant: Option<VariantId>| {
        // Descriptions and pictures lie in the store; that they changed is said, what they are stands in the conflict.
        let known = catalogue.listing(listing)?;
        let value = value(watched.field, &known.listing, variant.and_then(|number| known.variant(number)))?;
        let kept = !matches!(watched.field, Field::Description | Field::Images);
        kept.then(|| value.to_string())
    };
    Some(Entry::Noted(Box::new(HistoryRecord {
        at: now,
        what: Happening::Conflict,
        subject: steps::subject(other, variant),
        sku: steps::sku(other, variant),
        listing: Some(other.id),
        variant,
        connection: Some(other.connection),
        old: shown(watched.record, watched.record_variant),
        new: shown(watched.other, variant),
        cause: Cause::Poll,
    })))
}
