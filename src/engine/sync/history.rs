//! What happened, newest first.
//!
//! The history lies in the store, and may be long. What a view has found is kept for a while: a window further down goes
//! on where the last one ended, and what came since is put on top.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{Cause, HistoryRecord, ListingId};
use crate::protocol::{HistoryRow, HistoryView, Problem, Reply, Window};
use crate::rules::CatalogueView;
use crate::store::{HistoryPlace, HistoryQuery};

use super::super::problem;
use super::super::truth::{Known, Truth};
use super::super::view::{MOST_ROWS, slice};

/// How many views are kept: some terminals, each with a pane or a popup.
const KEPT: usize = 4;

/// Lines that the store looks at before it does something else, and how often that is done for one window.
const AT_ONCE: usize = 10_000;
const TURNS: usize = 20;

/// How far down a view goes: whoever looks for something older than this says more about it.
const DEEPEST: usize = 50_000;

/// Views that were asked for lately, with what they have found; the latest first.
#[derive(Default)]
pub struct Histories(Mutex<Vec<Found>>);

struct Found {
    view: HistoryView,
    listings: Option<BTreeSet<ListingId>>,
    lines: Vec<HistoryRecord>,
    /// The newest that was found.
    top: Option<HistoryPlace>,
    /// Older ones come from here on.
    more: Option<HistoryPlace>,
    begun: bool,
}

impl Histories {
    fn take(&self, view: &HistoryView, listings: &Option<BTreeSet<ListingId>>) -> Found {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.iter().position(|found| found.view == *view && found.listings == *listings) {
            Some(place) => kept.remove(place),
            None => Found {
                view: view.clone(),
                listings: listings.clone(),
                lines: Vec::new(),
                top: None,
                more: None,
                begun: false,
            },
        }
    }

    fn put(&self, found: Found) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(0, found);
        kept.truncate(KEPT);
    }
}

pub async fn history(truth: &Arc<Truth>, view: HistoryView, window: Window) -> Result<Reply, Problem> {
    let listings = match view.product {
        Some(product) => {
            let listings = truth.read(|known| known.products.of(product.0).map(|found| found.listings));
            let listings = listings.ok_or_else(|| {
                problem::usage(
                    format!("there is no product {}", product.0),
                    "its connection was removed, or the number is wrong; search the whole history for it",
                )
            })?;
            Some(listings.into_iter().collect::<BTreeSet<_>>())
        }
        None => None,
    };
    let mut found = truth.views.histories.take(&view, &listings);
    newer(truth, &mut found).await?;
    let wanted =
        usize::try_from(window.offset).unwrap_or(usize::MAX).saturating_add(window.limit.min(MOST_ROWS) as usize);
    older(truth, &mut found, wanted.min(DEEPEST)).await?;
    let reply = truth.read(|known| Reply::History {
        total: found.lines.len() as u64,
        offset: window.offset,
        rows: slice(&found.lines, window).iter().map(|line| row(known, line)).collect(),
        more: found.more.is_some() && found.lines.len() < DEEPEST,
    });
    truth.views.histories.put(found);
    Ok(reply)
}

fn query(found: &Found) -> HistoryQuery {
    HistoryQuery {
        listings: found.listings.clone(),
        connection: found.view.connection,
        job: found.view.job,
        search: found.view.search.clone(),
        limit: MOST_ROWS as usize,
        scan: AT_ONCE,
        ..HistoryQuery::default()
    }
}

/// Puts on top what came since this was asked for.
async fn newer(truth: &Truth, found: &mut Found) -> Result<(), Problem> {
    let Some(top) = found.top else { return Ok(()) };
    let mut fresh = Vec::new();
    let mut query = HistoryQuery { after: Some(top), ..query(found) };
    loop {
        let page = truth.store.history(query.clone()).await.map_err(problem::store)?;
        fresh.extend(page.lines);
        match page.more {
            Some(more) => query.before = Some(more),
            None => break,
        }
    }
    found.top = fresh.first().map_or(found.top, |(place, _)| Some(*place));
    found.lines.splice(..0, fresh.into_iter().map(|(_, line)| line));
    Ok(())
}

/// Goes on until so many are found, or long enough.
async fn older(truth: &Truth, found: &mut Found, wanted: usize) -> Result<(), Problem> {
    for _ in 0..TURNS {
        if found.lines.len() >= wanted || (found.begun && found.more.is_none()) {
            break;
        }
        let query = HistoryQuery { before: found.more, ..query(found) };
        let page = truth.store.history(query).await.map_err(problem::store)?;
        found.top = found.top.or(page.lines.first().map(|(place, _)| *place));
        found.lines.extend(page.lines.into_iter().map(|(_, line)| line));
        (found.more, found.begun) = (page.more, true);
    }
    // With nothing found there is no top to come back to: the next window begins anew, or goes on further down.
    if found.top.is_none() && found.more.is_none() {
        found.begun = false;
    }
    Ok(())
}

fn row(known: &Known, line: &HistoryRecord) -> HistoryRow {
    let catalogue = known.catalogue.now();
    let place = line.connection.map_or_else(
        || "counterpart".to_owned(),
        |id| catalogue.connection(id).map_or_else(|| "a removed connection".to_owned(), |known| known.name.to_string()),
    );
    let cause = match &line.cause {
        Cause::Job { job } => match known.board.run(*job) {
            Some(run) => format!("job {job}: {}", run.job.title),
            None => format!("job {job}, cleared away since"),
        },
        Cause::Poll | Cause::Order { .. } | Cause::Person { .. } => HistoryRow::cause_of(&line.cause),
    };
    HistoryRow { what: HistoryRow::word(line.what).to_owned(), place, cause, record: line.clone() }
}
