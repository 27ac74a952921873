//! The link report: made in the background from a still picture, kept with its revision, shown in windows.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::task::JoinSet;

use crate::domain::{Candidate, ListingId, NoCandidate, Side, Timestamp};
use crate::protocol::{
    CandidateRow, ListingBrief, NoticeLevel, Problem, ReasonRow, Reply, ReportRow, ReportSummary, ReportTab,
    ReportView, Topic, Window,
};
use crate::rules::filter::Search;
use crate::rules::{CatalogueView, matching, sentences};

use super::aside::aside_among;
use super::cabinet::title;
use super::catalogue::Snapshot;
use super::problem;
use super::products::quantity;
use super::truth::{Known, Truth};
use super::view::{mark, slice};

/// A finished report.
pub struct Report {
    pub number: u64,
    pub made_at: Timestamp,
    /// Of what matching looks at.
    pub revision: u64,
    pub candidates: Vec<Candidate>,
    pub without: Vec<NoCandidate>,
    pub compared: Vec<String>,
}

#[derive(Default)]
pub struct Reports {
    last: RwLock<Option<Arc<Report>>>,
    running: AtomicBool,
    count: AtomicU64,
    /// The one that is being made, so that stopping can wait for it.
    task: Mutex<JoinSet<()>>,
}

impl Reports {
    pub fn last(&self) -> Option<Arc<Report>> {
        self.last.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::SeqCst)
    }

    /// Waits for the report that is being made.
    pub async fn finish(&self) {
        let mut tasks = std::mem::take(&mut *self.task.lock().unwrap_or_else(PoisonError::into_inner));
        while tasks.join_next().await.is_some() {}
    }
}

/// Starts to make the report anew; one at a time.
pub fn refresh(truth: &Arc<Truth>) -> Result<Reply, Problem> {
    let snapshot = truth.snapshot();
    let sides: HashSet<Side> = snapshot.connections().iter().map(|connection| connection.side).collect();
    if sides.len() < 2 {
        let message = "a link report needs a connection on each side: a till and an online store";
        return Err(problem::usage(message, "connect the missing one: `counterpart connect <platform>`"));
    }
    if truth.reports.running.swap(true, Ordering::SeqCst) {
        return Ok(Reply::Done);
    }
    truth.announcer.changed(&[Topic::Report]);
    let making = truth.clone();
    let mut tasks = truth.reports.task.lock().unwrap_or_else(PoisonError::into_inner);
    while tasks.try_join_next().is_some() {}
    aside_among(&mut tasks, move || {
        let report = make(&making, &snapshot);
        let (candidates, without) = (report.candidates.len(), report.without.len());
        *making.reports.last.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(report));
        making.reports.running.store(false, Ordering::SeqCst);
        making.announcer.changed(&[Topic::Report]);
        let text = format!("Link report ready: {candidates} pairs can be linked, {without} products cannot");
        making.announcer.notice(NoticeLevel::Success, text, None, None);
    });
    Ok(Reply::Done)
}

fn make(truth: &Truth, snapshot: &Snapshot) -> Report {
    let connections = snapshot.connections();
    let on = |side| connections.iter().filter(move |connection| connection.side == side);
    let (mut candidates, mut compared) = (Vec::new(), Vec::new());
    let mut without: HashMap<ListingId, NoCandidate> = HashMap::new();
    for in_store in on(Side::InStore) {
        for online in on(Side::Online) {
            let matches = matching::matches(snapshot, in_store.id, online.id);
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
    let title = |id| snapshot.text(id).map(title).unwrap_or_default();
    without.sort_by_cached_key(|item| (title(item.listing), item.listing));
    candidates.sort_by_cached_key(|candidate| (title(candidate.in_store), candidate.in_store, candidate.online));
    Report {
        number: truth.reports.count.fetch_add(1, Ordering::SeqCst) + 1,
        made_at: truth.now(),
        revision: snapshot.matching_revision,
        candidates,
        without,
        compared,
    }
}

/// Whether a candidate can still be linked: both there, and no variant linked to the other one's shop since.
pub fn still_possible(catalogue: &Snapshot, candidate: &Candidate) -> bool {
    let there = |id| catalogue.present(id);
    let (Some(in_store), Some(online)) = (there(candidate.in_store), there(candidate.online)) else { return false };
    let tied = |variant, to| {
        catalogue.link_of(variant).is_some_and(|link| link.members.iter().any(|member| member.connection == to))
    };
    candidate.pairs.iter().all(|pair| !tied(pair.in_store, online) && !tied(pair.online, in_store))
}

pub fn summary(truth: &Truth, known: &Known) -> Option<ReportSummary> {
    let report = truth.reports.last()?;
    let catalogue = known.catalogue.now();
    let count = |tab| order(truth, catalogue, &report, &ReportView { tab, search: String::new() }).len() as u64;
    Some(ReportSummary {
        made_at: report.made_at,
        stale: report.revision != catalogue.matching_revision,
        candidates: count(ReportTab::Candidates),
        without_candidate: count(ReportTab::WithoutCandidate),
        linked: linked(catalogue),
        compared: report.compared.clone(),
    })
}

/// In-store listings with at least one link.
fn linked(catalogue: &Snapshot) -> u64 {
    let connections = catalogue.connections().into_iter();
    let in_store = connections.filter(|connection| connection.side == Side::InStore);
    in_store.map(|connection| catalogue.shelf(connection.id).filter(|id| catalogue.is_linked(*id)).count() as u64).sum()
}

/// The places of the view's rows in the report.
fn order(truth: &Truth, catalogue: &Snapshot, report: &Report, view: &ReportView) -> Arc<Vec<u32>> {
    let key = (view.clone(), report.number);
    truth.views.report(&key, catalogue.revision, || {
        let search = Search::new(&view.search);
        let found = |id: ListingId| catalogue.text(id);
        let places = |shows: &dyn Fn(usize) -> bool, all: usize| -> Vec<u32> {
            (0..all).filter(|place| shows(*place)).filter_map(|place| u32::try_from(place).ok()).collect()
        };
        match view.tab {
            ReportTab::Candidates => places(
                &|place| {
                    let candidate = &report.candidates[place];
                    still_possible(catalogue, candidate)
                        && (search.is_empty() || {
                            let text = [candidate.in_store, candidate.online].map(|id| found(id).unwrap_or_default());
                            search.finds(&text.join("\n"))
                        })
                },
                report.candidates.len(),
            ),
            ReportTab::WithoutCandidate => places(
                &|place| {
                    let listing = report.without[place].listing;
                    catalogue.present(listing).is_some()
                        && !catalogue.is_linked_whole(listing)
                        && (search.is_empty() || found(listing).is_some_and(|text| search.finds(text)))
                },
                report.without.len(),
            ),
        }
    })
}

/// The candidates that a view shows, all of them.
pub fn shown_candidates(truth: &Truth, catalogue: &Snapshot, report: &Report, view: &ReportView) -> Vec<Candidate> {
    let view = ReportView { tab: ReportTab::Candidates, ..view.clone() };
    let order = order(truth, catalogue, report, &view);
    order.iter().filter_map(|place| report.candidates.get(*place as usize)).cloned().collect()
}

pub fn window(truth: &Truth, view: &ReportView, window: Window) -> Reply {
    truth.read(|known| {
        let catalogue = known.catalogue.now();
        let Some(report) = truth.reports.last() else {
            return Reply::Report { summary: None, total: 0, offset: window.offset, rows: Vec::new() };
        };
        let order = order(truth, catalogue, &report, view);
        let places = slice(&order, window).iter().map(|place| *place as usize);
        let rows = match view.tab {
            ReportTab::Candidates => places
                .filter_map(|place| report.candidates.get(place))
                .filter_map(|candidate| candidate_row(truth, catalogue, candidate))
                .collect(),
            ReportTab::WithoutCandidate => places
                .filter_map(|place| report.without.get(place))
                .filter_map(|item| without_row(truth, catalogue, item))
                .collect(),
        };
        Reply::Report { summary: summary(truth, known), total: order.len() as u64, offset: window.offset, rows }
    })
}

fn candidate_row(truth: &Truth, catalogue: &Snapshot, candidate: &Candidate) -> Option<ReportRow> {
    Some(ReportRow::Candidate(CandidateRow {
        in_store: brief(truth, catalogue, candidate.in_store)?,
        online: brief(truth, catalogue, candidate.online)?,
        matched: candidate.matched.clone(),
    }))
}

fn without_row(truth: &Truth, catalogue: &Snapshot, item: &NoCandidate) -> Option<ReportRow> {
    let reasons = item.reasons.iter().map(|reason| {
        let (sentence, mend) = sentences::reason(catalogue, reason);
        ReasonRow { reason: reason.clone(), sentence, mend }
    });
    Some(ReportRow::WithoutCandidate { listing: brief(truth, catalogue, item.listing)?, reasons: reasons.collect() })
}

pub fn brief(truth: &Truth, catalogue: &Snapshot, id: ListingId) -> Option<ListingBrief> {
    let kept = catalogue.kept(id)?;
    let known = &kept.known;
    let first = known.listing.variants.first();
    Some(ListingBrief {
        listing: id,
        mark: mark(truth, catalogue, known.connection),
        side: catalogue.connection(known.connection)?.side,
        title: known.listing.title.clone(),
        brand: known.listing.brand.clone(),
        sku: first.and_then(|variant| variant.sku.clone()),
        barcode: first.and_then(|variant| variant.barcode.clone()),
        price: first.and_then(|variant| variant.price),
        quantity: quantity(catalogue, kept),
        variants: u32::try_from(known.listing.variants.len()).unwrap_or(u32::MAX),
    })
}
