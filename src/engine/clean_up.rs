//! The clean-up list: made from a still picture when somebody asks, kept until the catalogue changes, shown in windows.
//!
//! Of a connection only small findings are kept. The rows of a window, with their sentences and mends, are made when
//! they are shown.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{ConnectionId, Flaw, ListingId, Timestamp};
use crate::protocol::{CleanUpCounts, CleanUpRow, CleanUpView, ListingBrief, Mend, Problem, Reply, Window};
use crate::rules::CatalogueView;
use crate::rules::clean_up::{self, Finding, Findings, OtherSide};
use crate::rules::filter::Search;

use super::catalogue::Snapshot;
use super::problem;
use super::ranks::Ranks;
use super::report::brief;
use super::search::Having;
use super::truth::Truth;
use super::view::slice;

/// What was found in a connection, and when.
struct Made {
    findings: Findings,
    others: Vec<OtherSide>,
    /// How many of each kind.
    flaws: BTreeMap<Flaw, u64>,
    /// Of what matching looks at, and of the links, which say what is there already.
    revision: (u64, u64),
    made_at: Timestamp,
}

/// The lists of all connections that somebody asked about.
#[derive(Default)]
pub struct CleanUps {
    made: Mutex<BTreeMap<ConnectionId, Arc<Made>>>,
    /// The rows of the view that was asked for last: pages are turned in it.
    last: Mutex<Option<Shown>>,
}

/// A view with the moments of the lists that it is a view of.
type Key = (CleanUpView, Vec<(ConnectionId, (u64, u64))>);
type Rows = Arc<Vec<(ConnectionId, Finding)>>;
type Shown = (Key, Rows);

pub fn window(truth: &Truth, view: &CleanUpView, window: Window) -> Result<Reply, Problem> {
    let catalogue = truth.snapshot();
    let connections: Vec<ConnectionId> = match view.connection {
        Some(wanted) if catalogue.connection(wanted).is_none() => {
            let hint = "see which there are with `counterpart connections`";
            return Err(problem::usage(format!("there is no connection {wanted}"), hint));
        }
        Some(wanted) => vec![wanted],
        None => catalogue.connections().iter().map(|connection| connection.id).collect(),
    };
    let made: BTreeMap<ConnectionId, Arc<Made>> =
        connections.into_iter().map(|id| (id, list(truth, &catalogue, id, window.offset == 0))).collect();
    let rows = shown(truth, &catalogue, view, &made);
    let page = slice(&rows, window).iter();
    let page = page.filter_map(|(id, finding)| row(truth, &catalogue, *id, made.get(id)?, *finding)).collect();
    Ok(Reply::CleanUp {
        counts: counts(&catalogue, &made),
        total: rows.len() as u64,
        offset: window.offset,
        rows: page,
    })
}

fn state(catalogue: &Snapshot) -> (u64, u64) {
    (catalogue.matching_revision, catalogue.ties)
}

/// The list of a connection: the one that is kept, unless it is out of date and the view begins anew.
fn list(truth: &Truth, catalogue: &Snapshot, id: ConnectionId, anew: bool) -> Arc<Made> {
    let kept = truth.clean_ups.made.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
    if let Some(kept) = kept.filter(|kept| kept.revision == state(catalogue) || !anew) {
        return kept;
    }
    let side = catalogue.connection(id).map(|connection| connection.side);
    let others = catalogue.connections().into_iter().filter(|other| side == Some(other.side.other()));
    let others: Vec<OtherSide> = others
        .filter_map(|other| {
            let profile = truth.shops.profile(&other.platform.0)?;
            Some(OtherSide { connection: other.id, name: other.name.clone(), profile })
        })
        .collect();
    let mut findings = clean_up::look(catalogue, id, &others);
    // As people look for them: by what is wrong, then by title, then by number so that the order is always the same.
    let titles = Ranks::titles(catalogue, findings.all.iter().map(|finding| finding.listing));
    findings.all.sort_by_key(|finding| (finding.flaw, titles.get(finding.listing), finding.listing));
    let mut flaws: BTreeMap<Flaw, u64> = BTreeMap::new();
    findings.all.iter().for_each(|finding| *flaws.entry(finding.flaw).or_default() += 1);
    let made = Made { findings, others, flaws, revision: state(catalogue), made_at: truth.now() };
    let made = Arc::new(made);
    let mut all = truth.clean_ups.made.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|known, _| catalogue.connection(*known).is_some());
    all.insert(id, made.clone());
    made
}

/// The findings of a view, in its order.
fn shown(truth: &Truth, catalogue: &Snapshot, view: &CleanUpView, made: &BTreeMap<ConnectionId, Arc<Made>>) -> Rows {
    let key = (view.clone(), made.iter().map(|(id, made)| (*id, made.revision)).collect::<Vec<_>>());
    if let Some((of, rows)) = &*truth.clean_ups.last.lock().unwrap_or_else(PoisonError::into_inner)
        && *of == key
    {
        return rows.clone();
    }
    let words = Having::of(catalogue, Search::new(&view.search).words());
    let fits = |made: &Made, finding: &Finding| {
        view.flaw.is_none_or(|flaw| finding.flaw == flaw)
            && words.all_in(&[finding.listing])
            && (!view.mendable
                || made.findings.row(catalogue, *finding, &made.others).is_some_and(|row| !row.edits.is_empty()))
    };
    let each = made.iter().flat_map(|(id, made)| made.findings.all.iter().map(move |finding| (*id, made, finding)));
    let rows: Rows = Arc::new(
        each.filter(|(_, made, finding)| fits(made, finding)).map(|(id, _, finding)| (id, *finding)).collect(),
    );
    *truth.clean_ups.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((key, rows.clone()));
    rows
}

/// A listing as rows of the report show it.
pub fn brief_of(truth: &Truth, id: ListingId) -> Option<ListingBrief> {
    truth.read(|known| brief(truth, known, id))
}

fn counts(catalogue: &Snapshot, made: &BTreeMap<ConnectionId, Arc<Made>>) -> CleanUpCounts {
    let mut flaws: BTreeMap<Flaw, u64> = BTreeMap::new();
    for (flaw, number) in made.values().flat_map(|made| &made.flaws) {
        *flaws.entry(*flaw).or_default() += number;
    }
    CleanUpCounts {
        made_at: made.values().map(|made| made.made_at).min().unwrap_or_default(),
        stale: made.values().any(|made| made.revision != state(catalogue)),
        flaws: flaws.into_iter().collect(),
    }
}

fn row(truth: &Truth, catalogue: &Snapshot, id: ConnectionId, made: &Made, finding: Finding) -> Option<CleanUpRow> {
    let row = made.findings.row(catalogue, finding, &made.others)?;
    let edits = row.edits.into_iter().map(|edit| Mend {
        listing: edit.listing,
        variant: edit.variant,
        field: edit.field,
        to: edit.to,
    });
    Some(CleanUpRow {
        flaw: row.flaw,
        connection: catalogue.connection(id).map(|known| known.name.to_string()).unwrap_or_default(),
        listing: brief_of(truth, row.listing)?,
        examples: row.examples.into_iter().filter_map(|listing| brief_of(truth, listing)).collect(),
        count: row.count,
        sentence: row.sentence,
        mend: row.mend,
        edits: edits.collect(),
    })
}
