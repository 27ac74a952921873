//! The history: what was noted, by when, by listing and by job, and how it is searched.
//!
//! A line lies under the number of its commit and its place in it, both counted down, so that the newest comes first.
//! Lines about a listing, and lines that a job caused, are found without looking at any others. A search reads as many
//! lines as it is allowed to and says where to go on: the history only grows, and nobody waits for all of it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::database::Database;
use super::forms;
use super::shelf::{Changes, Shelf, Tree, record, records};
use super::trouble::{Outcome, Trouble};
use crate::domain::{Cause, ConnectionId, HistoryRecord, JobId, ListingId};
use crate::rules::filter::{Search, folded};

/// Where a line stands in the history. A later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HistoryPlace {
    pub(super) commit: u64,
    pub(super) place: u32,
}

/// Which lines are wanted, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryQuery {
    /// About any of these listings; `None`: about anything.
    pub listings: Option<BTreeSet<ListingId>>,
    pub connection: Option<ConnectionId>,
    /// Caused by this job.
    pub job: Option<JobId>,
    /// Words that must all be there, in subject, SKU, values or cause; as in a search of products.
    pub search: String,
    /// Only what is older than this: [`HistoryPage::more`] of the page before.
    pub before: Option<HistoryPlace>,
    /// Only what is newer than this: what came since a page was asked for.
    pub after: Option<HistoryPlace>,
    /// How many lines are wanted.
    pub limit: usize,
    /// How many lines are looked at for them.
    pub scan: usize,
}

impl Default for HistoryQuery {
    fn default() -> Self {
        Self {
            listings: None,
            connection: None,
            job: None,
            search: String::new(),
            before: None,
            after: None,
            limit: 100,
            scan: 20_000,
        }
    }
}

/// Some lines of the history, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryPage {
    pub lines: Vec<(HistoryPlace, HistoryRecord)>,
    /// There may be older ones, from here on; `None`: that was all. A page may be empty and have more.
    pub more: Option<HistoryPlace>,
}

/// Whether a line is wanted; the search is prepared once.
pub(super) struct Sieve {
    listings: Option<BTreeSet<ListingId>>,
    connection: Option<ConnectionId>,
    job: Option<JobId>,
    search: Search,
}

impl Sieve {
    pub(super) fn new(query: &HistoryQuery) -> Self {
        Self {
            listings: query.listings.clone(),
            connection: query.connection,
            job: query.job,
            search: Search::new(&query.search),
        }
    }

    pub(super) fn keeps(&self, line: &HistoryRecord) -> bool {
        let of = |listings: &BTreeSet<ListingId>| line.listing.is_some_and(|listing| listings.contains(&listing));
        self.listings.as_ref().is_none_or(of)
            && self.connection.is_none_or(|connection| line.connection == Some(connection))
            && self.job.is_none_or(|job| line.cause == Cause::Job { job })
            && (self.search.is_empty() || self.search.finds(&searched(line)))
    }
}

/// All that is looked at in a line, folded.
fn searched(line: &HistoryRecord) -> String {
    let cause = match &line.cause {
        Cause::Poll => String::new(),
        Cause::Order { number } => number.to_string(),
        Cause::Job { job } => job.to_string(),
        Cause::Person { reason } => reason.clone(),
    };
    let sku = line.sku.as_deref().unwrap_or_default();
    let (old, new) = (line.old.as_deref().unwrap_or_default(), line.new.as_deref().unwrap_or_default());
    let parts = [&*line.subject, sku, old, new, &cause];
    parts.iter().filter(|part| !part.is_empty()).map(|part| folded(part)).collect::<Vec<_>>().join("\n")
}

/// Collects lines until enough were found or enough were looked at.
pub(super) struct Collecting<'a> {
    sieve: Sieve,
    query: &'a HistoryQuery,
    looked_at: usize,
    /// What is older is not asked for.
    ended: bool,
    page: HistoryPage,
}

impl<'a> Collecting<'a> {
    pub(super) fn new(query: &'a HistoryQuery) -> Self {
        Self { sieve: Sieve::new(query), query, looked_at: 0, ended: false, page: HistoryPage::default() }
    }

    /// Takes the next older line; `false` when no more are wanted.
    pub(super) fn take(&mut self, at: HistoryPlace, line: impl FnOnce() -> Outcome<HistoryRecord>) -> Outcome<bool> {
        if self.query.after.is_some_and(|after| at <= after) {
            self.ended = true;
            return Ok(false);
        }
        if self.page.lines.len() >= self.query.limit || self.looked_at >= self.query.scan {
            // There is this one at least.
            self.page.more = self.page.more.or(self.query.before).or(Some(FIRST));
            return Ok(false);
        }
        self.looked_at += 1;
        let line = line()?;
        if self.sieve.keeps(&line) {
            self.page.lines.push((at, line));
        }
        self.page.more = Some(at);
        Ok(true)
    }

    /// `ended`: there is nothing older.
    pub(super) fn page(mut self, ended: bool) -> HistoryPage {
        if ended || self.ended {
            self.page.more = None;
        }
        self.page
    }
}

/// Newer than anything that can be.
const FIRST: HistoryPlace = HistoryPlace { commit: u64::MAX, place: u32::MAX };

const LINE_KEY: usize = 12;

/// Counted down, so that a walk begins with the newest.
fn line_key(at: HistoryPlace) -> [u8; LINE_KEY] {
    let mut key = [0; LINE_KEY];
    key[..8].copy_from_slice(&(u64::MAX - at.commit).to_be_bytes());
    key[8..].copy_from_slice(&(u32::MAX - at.place).to_be_bytes());
    key
}

fn place_of(key: &[u8]) -> Outcome<HistoryPlace> {
    let parts = key.split_last_chunk::<4>().and_then(|(rest, place)| Some((rest.last_chunk::<8>()?, place)));
    let (commit, place) = parts.ok_or_else(|| Trouble::Damaged("a key in the history is too short".to_owned()))?;
    Ok(HistoryPlace { commit: u64::MAX - u64::from_be_bytes(*commit), place: u32::MAX - u32::from_be_bytes(*place) })
}

/// What a key in the tree of what lines are about begins with.
fn about(kind: u8, number: u64) -> [u8; 9] {
    let mut key = [kind; 9];
    key[1..].copy_from_slice(&number.to_be_bytes());
    key
}

fn about_listing(listing: ListingId) -> [u8; 9] {
    about(b'l', listing.0)
}

fn about_job(job: JobId) -> [u8; 9] {
    about(b'j', job.0)
}

/// Puts a line into the trees.
pub(super) fn note(trees: &mut Changes<'_, impl Shelf>, at: HistoryPlace, line: &HistoryRecord) -> Outcome<()> {
    let key = line_key(at);
    trees.put(Tree::History, &key, &forms::seal(line)?)?;
    let listing = line.listing.map(about_listing);
    let job = match &line.cause {
        Cause::Job { job } => Some(about_job(*job)),
        Cause::Poll | Cause::Order { .. } | Cause::Person { .. } => None,
    };
    for of in [listing, job].into_iter().flatten() {
        trees.put(Tree::HistoryOf, &[&of[..], &key].concat(), &[])?;
    }
    Ok(())
}

/// The lines that a query wants.
pub(super) fn history(database: &Database, query: &HistoryQuery) -> Outcome<HistoryPage> {
    let mut collecting = Collecting::new(query);
    let from = match query.before {
        // The key after this one's: all that is older.
        Some(before) => match older(before) {
            Some(next) => line_key(next),
            None => return Ok(HistoryPage::default()),
        },
        None => [0; LINE_KEY],
    };
    let mut ended = true;
    let Some(named) = named(database, query, &from)? else {
        records(database, Tree::History, &[], &from, &mut |key, bytes| {
            ended = collecting.take(place_of(key)?, || forms::open(bytes))?;
            Ok(ended)
        })?;
        return Ok(collecting.page(ended));
    };
    for Reverse(at) in named {
        ended = collecting.take(at, || {
            let bytes = record(database, Tree::History, &line_key(at))?;
            forms::open(&bytes.ok_or_else(|| Trouble::Damaged("a line of the history is missing".to_owned()))?)
        })?;
        if !ended {
            break;
        }
    }
    Ok(collecting.page(ended))
}

const fn older(at: HistoryPlace) -> Option<HistoryPlace> {
    match (at.commit.checked_sub(1), at.place.checked_sub(1)) {
        (_, Some(place)) => Some(HistoryPlace { commit: at.commit, place }),
        (Some(commit), None) => Some(HistoryPlace { commit, place: u32::MAX }),
        (None, None) => None,
    }
}

/// The places of the lines that the query's listings or job have, newest first, as many as it may look at and one more;
/// `None` if it names neither.
fn named(
    database: &Database,
    query: &HistoryQuery,
    from: &[u8; LINE_KEY],
) -> Outcome<Option<BTreeSet<Reverse<HistoryPlace>>>> {
    let of: Vec<[u8; 9]> = match (&query.listings, query.job) {
        (Some(listings), _) => listings.iter().map(|listing| about_listing(*listing)).collect(),
        (None, Some(job)) => vec![about_job(job)],
        (None, None) => return Ok(None),
    };
    let most = query.scan.saturating_add(1);
    let mut places = BTreeSet::new();
    for of in of {
        let mut count = 0;
        records(database, Tree::HistoryOf, &of, &[&of[..], from].concat(), &mut |key, _| {
            places.insert(Reverse(place_of(key)?));
            count += 1;
            Ok(count < most)
        })?;
    }
    Ok(Some(places))
}
