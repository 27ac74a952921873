//! Which rows of the report a view shows, and how many there are.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::domain::{Candidate, ConnectionId, Likelihood, ListingId, ReasonKind, Rejection, Side};
use crate::protocol::{Reply, ReportSummary, ReportTab, ReportView, Window};
use crate::rules::CatalogueView;
use crate::rules::filter::Search;
use crate::rules::matching::is_tied;

use super::super::catalogue::Snapshot;
use super::super::search::Having;
use super::super::truth::{Known, Truth};
use super::super::view::slice;
use super::rejected::Rejected;
use super::{Report, rows, suggested};

/// Whether a candidate can still be linked: both there, and no variant linked to the other one's shop since.
pub fn still_possible(catalogue: &Snapshot, candidate: &Candidate) -> bool {
    let there = |id| catalogue.present(id);
    let (Some(in_store), Some(online)) = (there(candidate.in_store), there(candidate.online)) else { return false };
    let tied = |variant, to| {
        catalogue.link_of(variant).is_some_and(|link| link.members.iter().any(|member| member.connection == to))
    };
    candidate.pairs.iter().all(|pair| !tied(pair.in_store, online) && !tied(pair.online, in_store))
}

/// The same of a suggestion, whose variants are not paired yet.
fn still_open(catalogue: &Snapshot, row: &suggested::Row) -> bool {
    let there = |id| catalogue.present(id);
    let (Some(till), Some(shop)) = (there(row.in_store), there(row.online)) else { return false };
    !tied(catalogue, row.in_store, shop) && !tied(catalogue, row.online, till)
}

/// Whether any variant of a listing is linked to a connection.
fn tied(catalogue: &Snapshot, listing: ListingId, to: ConnectionId) -> bool {
    // Most are not linked at all, which is known without reading them.
    catalogue.is_linked(listing) && catalogue.look(listing).is_some_and(|kept| is_tied(catalogue, &kept.known, to))
}

/// A row of what cannot be linked: one of the report, or a side of a candidate that was rejected.
pub enum Without<'a> {
    Item(&'a crate::domain::NoCandidate),
    Refused { listing: ListingId, other: ListingId },
}

impl Report {
    /// Candidates that were rejected stand behind the rest, by the side and the candidate.
    pub fn without_at(&self, place: usize) -> Option<Without<'_>> {
        match place.checked_sub(self.without.len()) {
            None => self.without.get(place).map(Without::Item),
            Some(beyond) => {
                let candidate = self.candidates.get(beyond / 2)?;
                Some(match beyond % 2 {
                    0 => Without::Refused { listing: candidate.in_store, other: candidate.online },
                    _ => Without::Refused { listing: candidate.online, other: candidate.in_store },
                })
            }
        }
    }
}

/// The places of the view's rows in the report.
pub fn order(
    truth: &Truth,
    catalogue: &Snapshot,
    rejected: &Rejected,
    report: &Report,
    view: &ReportView,
) -> Arc<Vec<u32>> {
    let key = (view.clone(), report.number);
    truth.views.report(&key, catalogue.revision, || {
        let words = Having::of(catalogue, Search::new(&view.search).words());
        let finds = |listings: &[ListingId]| words.all_in(listings);
        let is_rejected = |in_store, online| !rejected.is_empty() && rejected.has(in_store, online);
        let places = |all: usize, shows: &dyn Fn(usize) -> bool| -> Vec<u32> {
            (0..all).filter(|place| shows(*place)).filter_map(|place| u32::try_from(place).ok()).collect()
        };
        match view.tab {
            ReportTab::Candidates => places(report.candidates.len(), &|place| {
                let candidate = &report.candidates[place];
                view.matched.is_none_or(|key| candidate.matched.contains(&key))
                    && still_possible(catalogue, candidate)
                    && !is_rejected(candidate.in_store, candidate.online)
                    && finds(&[candidate.in_store, candidate.online])
            }),
            ReportTab::Suggestions => places(report.suggested.chosen().count(), &|place| {
                report.suggested.row(place).is_some_and(|row| {
                    view.class.map_or(row.class > Likelihood::Possible, |class| row.class == class)
                        && !is_rejected(row.in_store, row.online)
                        && still_open(catalogue, row)
                        && finds(&[row.in_store, row.online])
                })
            }),
            ReportTab::WithoutCandidate => {
                let mut order = places(report.without.len(), &|place| {
                    let item = &report.without[place];
                    view.reason.is_none_or(|kind| item.reasons.iter().any(|reason| reason.kind() == kind))
                        && catalogue.present(item.listing).is_some()
                        && !catalogue.is_linked_whole(item.listing)
                        && finds(&[item.listing])
                });
                if !rejected.is_empty() && view.reason.is_none_or(|kind| kind == ReasonKind::Rejected) {
                    let refused = (0..report.candidates.len()).filter(|place| {
                        let candidate = &report.candidates[*place];
                        is_rejected(candidate.in_store, candidate.online) && still_possible(catalogue, candidate)
                    });
                    let both = refused.flat_map(|place| {
                        let candidate = &report.candidates[place];
                        let first = report.without.len() + 2 * place;
                        [(first, candidate.in_store), (first + 1, candidate.online)]
                    });
                    let shown = both.filter(|(_, listing)| finds(&[*listing]));
                    order.extend(shown.filter_map(|(place, _)| u32::try_from(place).ok()));
                }
                order
            }
            ReportTab::Rejected => {
                let newest = rejected.newest();
                places(newest.len(), &|place| {
                    let one: &Rejection = &newest[place];
                    catalogue.present(one.in_store).is_some()
                        && catalogue.present(one.online).is_some()
                        && finds(&[one.in_store, one.online])
                })
            }
        }
    })
}

fn ordered(truth: &Truth, known: &Known, report: &Report, view: &ReportView) -> Arc<Vec<u32>> {
    order(truth, known.catalogue.now(), &known.rejected, report, view)
}

pub fn summary(truth: &Truth, known: &Known) -> Option<ReportSummary> {
    let report = truth.reports.last()?;
    let catalogue = known.catalogue.now();
    let all = |tab| ordered(truth, known, &report, &ReportView::of(tab)).len() as u64;
    let suggestions = ordered(truth, known, &report, &ReportView::of(ReportTab::Suggestions));
    let is_sure = |place: &&u32| {
        let row = report.suggested.row(**place as usize);
        row.is_some_and(|row| row.class == Likelihood::Sure)
    };
    Some(ReportSummary {
        made_at: report.made_at,
        stale: report.revision.load(Ordering::SeqCst) != catalogue.matching_revision,
        candidates: all(ReportTab::Candidates),
        without_candidate: all(ReportTab::WithoutCandidate),
        linked: linked(catalogue),
        compared: report.compared.clone(),
        suggestions: suggestions.len() as u64,
        sure: suggestions.iter().filter(is_sure).count() as u64,
        rejected: known.rejected.count(),
        matched: report.counts.matched.clone(),
        reasons: report.counts.reasons.clone(),
        notes: report.notes.clone(),
    })
}

/// In-store listings with at least one link.
fn linked(catalogue: &Snapshot) -> u64 {
    let connections = catalogue.connections().into_iter();
    let in_store = connections.filter(|connection| connection.side == Side::InStore);
    in_store.map(|connection| catalogue.shelf(connection.id).filter(|id| catalogue.is_linked(*id)).count() as u64).sum()
}

pub fn window(truth: &Truth, view: &ReportView, window: Window) -> Reply {
    truth.read(|known| {
        let Some(report) = truth.reports.last() else {
            return Reply::Report { summary: None, total: 0, offset: window.offset, rows: Vec::new() };
        };
        let order = ordered(truth, known, &report, view);
        let places = slice(&order, window).iter().map(|place| *place as usize);
        let rows = match view.tab {
            ReportTab::Candidates => places
                .filter_map(|place| report.candidates.get(place))
                .filter_map(|candidate| rows::candidate(truth, known, candidate))
                .collect(),
            ReportTab::Suggestions => places
                .filter_map(|place| report.suggested.row(place))
                .filter_map(|row| rows::suggestion(truth, known, &report, row))
                .collect(),
            ReportTab::WithoutCandidate => places
                .filter_map(|place| report.without_at(place))
                .filter_map(|item| rows::without(truth, known, item))
                .collect(),
            ReportTab::Rejected => {
                let newest = known.rejected.newest();
                places.filter_map(|place| rows::rejected(truth, known, newest.get(place)?)).collect()
            }
        };
        Reply::Report { summary: summary(truth, known), total: order.len() as u64, offset: window.offset, rows }
    })
}
