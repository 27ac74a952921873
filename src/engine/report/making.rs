//! A report in the making: exact matching first, which is told as soon as it is there, then suggestions among what it
//! left over.
//!
//! Matching and comparing run where they hold nobody up; in between, the records are read from the store in portions.
//! An engine that stops waits for no more than a portion of either.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::{Candidate, Connection, ConnectionId, KnownListing, ListingId, NoCandidate, Reason, Side, Status};
use crate::protocol::{NoticeLevel, Topic};
use crate::rules::suggestions::{self, Limits};
use crate::rules::{CatalogueView, matching};

use super::super::aside::aside;
use super::super::catalogue::Snapshot;
use super::super::ranks::Ranks;
use super::super::truth::Truth;
use super::records::Texts;
use super::suggested::Suggested;
use super::{Counts, Report, shelved};

/// So many listings of a side are compared for suggestions: what an hour's work of a person is far below, and the room
/// and the time for it are known.
const MOST_COMPARED: usize = 150_000;
/// So many of the next best are kept beside a listing's suggestion, for whoever asks.
const OTHERS: usize = 2;

/// Two connections, and their listings that nothing matches.
struct LeftOver {
    till: ConnectionId,
    shop: ConnectionId,
    in_store: Vec<ListingId>,
    online: Vec<ListingId>,
}

impl LeftOver {
    /// Adds what is linked to other connections only: it may be here too.
    fn with_elsewhere(&mut self, snapshot: &Snapshot, candidates: &[Candidate]) {
        let matched: HashSet<ListingId> = candidates.iter().flat_map(|pair| [pair.in_store, pair.online]).collect();
        for (side, from, to) in [(&mut self.in_store, self.till, self.shop), (&mut self.online, self.shop, self.till)] {
            let linked = snapshot.shelf(from).filter(|id| snapshot.is_linked(*id) && !matched.contains(id));
            let wanted = |known: &KnownListing| {
                known.listing.status == Status::Active && !matching::is_tied(snapshot, known, to)
            };
            side.extend(linked.filter(|id| snapshot.look(*id).is_some_and(|kept| wanted(&kept.known))));
            side.sort_unstable();
            side.dedup();
        }
    }
}

/// Makes the report and keeps it. What stumbles or is ended leaves the report as it is.
pub async fn make(truth: &Arc<Truth>, snapshot: Snapshot) {
    let (making, seen) = (truth.clone(), snapshot.clone());
    let Ok((report, left_over)) = aside(move || exact(&making, &seen)).await else {
        let hint = Some("refresh it once more; if it happens again, tell us what is in the shops".to_owned());
        let text = "The link report could not be made: the engine stumbled".to_owned();
        truth.announcer.notice(NoticeLevel::Error, text, hint, None);
        return;
    };
    let (candidates, without) = (report.candidates.len(), report.without.len());
    let report = Arc::new(report);
    truth.reports.keep(report.clone());
    truth.announcer.changed(&[Topic::Report]);
    let text = format!("Link report ready: {candidates} pairs can be linked, {without} products cannot");
    truth.announcer.notice(NoticeLevel::Success, text, None, None);
    let Some((suggested, notes)) = suggested(truth, &snapshot, left_over).await else { return };
    let found = suggested.chosen().filter(|row| row.class > crate::domain::Likelihood::Possible).count();
    let finished = Arc::new(Report {
        number: truth.reports.number(),
        made_at: report.made_at,
        revision: AtomicU64::new(report.revision.load(Ordering::SeqCst)),
        candidates: report.candidates.clone(),
        without: report.without.clone(),
        suggested,
        compared: report.compared.clone(),
        notes,
        counts: report.counts.clone(),
    });
    truth.reports.keep(finished.clone());
    if found > 0 {
        let text = format!("{found} suggestions for what has no exact match: none is linked before you say so");
        truth.announcer.notice(NoticeLevel::Info, text, None, None);
    }
    let shelving = truth.clone();
    let _ = aside(move || shelved::shelve(&shelving, &snapshot, &finished)).await;
}

/// Everything that exact keys tell.
fn exact(truth: &Truth, snapshot: &Snapshot) -> (Report, Vec<LeftOver>) {
    let connections = snapshot.connections();
    let on = |side| connections.iter().filter(move |connection| connection.side == side);
    let rejected = truth.read(|known| known.rejected.clone());
    let (mut candidates, mut compared, mut left_over) = (Vec::new(), Vec::new(), Vec::new());
    let mut without: HashMap<ListingId, NoCandidate> = HashMap::new();
    for in_store in on(Side::InStore) {
        for online in on(Side::Online) {
            let matches = matching::matches(snapshot, in_store.id, online.id);
            let refused = matches.candidates.iter().filter(|pair| rejected.has(pair.in_store, pair.online));
            let refused: Vec<(ListingId, ListingId)> = refused.map(|pair| (pair.in_store, pair.online)).collect();
            let mut left = left_by(snapshot, (in_store, online), &matches.without, &refused);
            if connections.len() > 2 {
                left.with_elsewhere(snapshot, &matches.candidates);
            }
            left_over.push(left);
            candidates.extend(matches.candidates);
            for item in matches.without {
                match without.get_mut(&item.listing) {
                    // Compared with several shops: all that speaks against any of them.
                    Some(known) => {
                        let new = item.reasons.into_iter().filter(|reason| !known.reasons.contains(reason));
                        let new: Vec<_> = new.collect();
                        known.reasons.extend(new);
                    }
                    None => {
                        without.insert(item.listing, item);
                    }
                }
            }
            compared.push(format!("{} × {}", in_store.name, online.name));
        }
    }
    for candidate in &candidates {
        without.remove(&candidate.in_store);
        without.remove(&candidate.online);
    }
    let mut without: Vec<NoCandidate> = without.into_values().collect();
    // As people look for them: by title, then by number so that the order is always the same.
    let shown = without.iter().map(|item| item.listing).chain(candidates.iter().map(|candidate| candidate.in_store));
    let titles = Ranks::titles(snapshot, shown);
    without.sort_by_key(|item| (titles.get(item.listing), item.listing));
    candidates
        .sort_by_key(|candidate: &Candidate| (titles.get(candidate.in_store), candidate.in_store, candidate.online));
    let report = Report {
        number: truth.reports.number(),
        made_at: truth.now(),
        revision: AtomicU64::new(snapshot.matching_revision),
        counts: Counts::of(&candidates, &without),
        candidates: Arc::new(candidates),
        without: Arc::new(without),
        compared,
        ..Report::default()
    };
    (report, left_over)
}

/// What nothing matches and could be linked: active, and not linked yet. In the order of titles, as far as there are too many.
fn left_by(
    snapshot: &Snapshot,
    (in_store, online): (&Connection, &Connection),
    without: &[NoCandidate],
    refused: &[(ListingId, ListingId)],
) -> LeftOver {
    let free = |item: &&NoCandidate| !item.reasons.contains(&Reason::Inactive);
    let mut left = LeftOver { till: in_store.id, shop: online.id, in_store: Vec::new(), online: Vec::new() };
    for item in without.iter().filter(free) {
        let Some(connection) = snapshot.present(item.listing) else { continue };
        let side = if connection == left.till { &mut left.in_store } else { &mut left.online };
        side.push(item.listing);
    }
    left.in_store.extend(refused.iter().map(|(till, _)| *till));
    left.online.extend(refused.iter().map(|(_, shop)| *shop));
    for side in [&mut left.in_store, &mut left.online] {
        side.sort_unstable();
        side.dedup();
    }
    left
}

/// Suggestions for each two connections, and what should be known of them; `None` if the engine stops.
async fn suggested(
    truth: &Arc<Truth>,
    snapshot: &Snapshot,
    left_over: Vec<LeftOver>,
) -> Option<(Suggested, Vec<String>)> {
    let (mut suggested, mut notes) = (Suggested::default(), Vec::new());
    for mut left in left_over {
        if left.in_store.is_empty() || left.online.is_empty() {
            continue;
        }
        let name = |id| snapshot.connection(id).map(|connection| connection.name.to_string()).unwrap_or_default();
        for (side, connection) in [(&mut left.in_store, left.till), (&mut left.online, left.shop)] {
            if side.len() > MOST_COMPARED {
                notes.push(format!(
                    "suggestions look at {MOST_COMPARED} of the {} products of {} that nothing matches: link what \
                     matches, or give the others SKUs or barcodes, and refresh the report",
                    side.len(),
                    name(connection)
                ));
                let titles = Ranks::titles(snapshot, side.iter().copied());
                side.sort_by_key(|id| (titles.get(*id), *id));
                side.truncate(MOST_COMPARED);
                side.sort_unstable();
            }
        }
        let in_store = Texts::read(truth, &left.in_store).await?;
        let online = Texts::read(truth, &left.online).await?;
        let (making, seen) = (truth.clone(), snapshot.clone());
        suggested = aside(move || compare(&making, &seen, &in_store, &online, suggested)).await.ok()??;
    }
    suggested.settle();
    Some((suggested, notes))
}

/// Adds what is suggested for two connections; `None` if the engine stops.
fn compare(
    truth: &Truth,
    snapshot: &Snapshot,
    in_store: &Texts,
    online: &Texts,
    mut suggested: Suggested,
) -> Option<Suggested> {
    let rejected = truth.read(|known| known.rejected.clone());
    let touched: HashSet<ListingId> = rejected.listings().collect();
    let excluded = |left: usize, right: usize| {
        // Stock is kept by variant: a single item is no counterpart of several.
        let (ours, theirs) = (in_store.listing(left), online.listing(right));
        in_store.is_single(left) != online.is_single(right)
            // To make two links one is not for a report to do.
            || (snapshot.is_linked(ours) && snapshot.is_linked(theirs))
            || (touched.contains(&ours) && rejected.has(ours, theirs))
    };
    let limits = Limits { excluded: &excluded, ended: &|| truth.is_stopping(), others: OTHERS };
    let records = [in_store.records(), online.records()];
    let ended = suggestions::find(&records[0], &records[1], &limits, |suggestion, chosen| {
        suggested.add(in_store.listing(suggestion.left), online.listing(suggestion.right), &suggestion, chosen);
    });
    ended.then_some(suggested)
}
