//! Walking through lists: pages by the address of the next one, and where a feed is.
//!
//! "The `next` and `previous` contain the complete URLs to fetch the adjacent pages" (docs, Pagination): a page is asked
//! for by the query that the one before gave, as it is. Since it resumes behind a row and not at a number, nothing is
//! skipped when rows are taken out meanwhile; what changes while a list is sorted by its time of change comes again at the
//! end of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{Cursor, Timestamp};
use crate::http::Answer;
use crate::platform::PlatformError;

use super::calls::{Call, Calls};
use super::wire;

/// How far back of R-Series' own time the next run begins. Its times have whole seconds.
const OVERLAP_SECONDS: i64 = 300;
/// Without a `Date` from R-Series our own clock has to do.
const OVERLAP_WITHOUT_DATE_SECONDS: i64 = 3600;
/// More pages than any list has; against a list that never ends.
const MOST_PAGES: usize = 100_000;

/// What a run is reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Listings: every item without a matrix, then every matrix with its items.
    Items,
    Matrices,
    /// Listings, later: items that changed, then matrices.
    ChangedItems,
    ChangedMatrices,
    Stock,
    /// Orders: what waits to be shipped.
    Waiting,
    /// Orders, later: sales that changed, then those that were shipped.
    Sales,
    Shipped,
}

impl Phase {
    /// What the next run of the same feed begins with.
    fn later(self) -> Self {
        match self {
            Self::Items | Self::Matrices | Self::ChangedItems | Self::ChangedMatrices => Self::ChangedItems,
            Self::Stock => Self::Stock,
            Self::Waiting | Self::Sales | Self::Shipped => Self::Sales,
        }
    }
}

/// Where a feed is. What is stored as its cursor, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub phase: Phase,
    /// Only what changed at or after this, in R-Series' time; `None`: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Where the next run begins: R-Series' time when this run began, less the overlap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_since: Option<Timestamp>,
    /// The query of the next page, as R-Series gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
}

impl Place {
    /// `start` is the feed's first phase of a run from the beginning. A cursor that cannot be read is the beginning:
    /// repeats are fine, gaps are not. The end of a listings' run is a beginning for stock.
    pub fn at(cursor: &Cursor, start: Phase) -> Self {
        let known: Option<Self> = match cursor {
            Cursor::Start => None,
            Cursor::At(text) => serde_json::from_str(text).ok(),
        };
        match known {
            Some(place) if place.phase.later() == start.later() => place,
            Some(place) if start == Phase::Stock && place.phase == Phase::ChangedItems && place.query.is_none() => {
                Self::of_run(Phase::Stock, place.since)
            }
            _ => Self::of_run(start, None),
        }
    }

    pub const fn of_run(phase: Phase, since: Option<Timestamp>) -> Self {
        Self { phase, since, next_since: None, query: None }
    }

    /// Another list of the same run, from its beginning.
    pub fn in_phase(&self, phase: Phase) -> Self {
        Self { phase, query: None, ..self.clone() }
    }

    pub fn next_run(&self) -> Self {
        Self::of_run(self.phase.later(), self.next_since.or(self.since))
    }

    pub fn cursor(&self) -> Cursor {
        // Serialising this cannot fail; the beginning would be the safe answer if it did.
        serde_json::to_string(self).map_or(Cursor::Start, Cursor::At)
    }
}

/// What one step of a walk found.
pub struct Walked {
    pub rows: Vec<Value>,
    /// Where to go on; `None` at the end of the list.
    pub next: Option<Place>,
    /// Where this was, with what the run has learned.
    pub here: Place,
}

/// The page of a list at this place.
pub async fn walk(calls: &Calls, list: Call, place: &Place) -> Result<Walked, PlatformError> {
    let thing = list.thing();
    let call = match &place.query {
        Some(query) => list.at(query),
        None => list,
    };
    let (mut body, answer) = calls.read(call).await?;
    let mut here = place.clone();
    if here.next_since.is_none() {
        here.next_since = Some(began(calls, &answer));
    }
    // The same page again would be no end.
    let next = wire::next(&body).filter(|next| place.query.as_ref() != Some(next));
    let next = next.map(|query| Place { query: Some(query), ..here.clone() });
    Ok(Walked { rows: wire::rows(&mut body, thing), next, here })
}

/// A whole list, for those that are short or have to be seen at once.
pub async fn all(calls: &Calls, list: Call) -> Result<Vec<Value>, PlatformError> {
    let mut place = Place::of_run(Phase::Items, None);
    let mut rows = Vec::new();
    for _ in 0..MOST_PAGES {
        let walked = walk(calls, list.clone(), &place).await?;
        rows.extend(walked.rows);
        match walked.next {
            Some(next) => place = next,
            None => return Ok(rows),
        }
    }
    Err(calls.http().unexpected("a list that does not end"))
}

fn began(calls: &Calls, answer: &Answer) -> Timestamp {
    match calls.made_at(answer) {
        (theirs, true) => theirs.plus_seconds(-OVERLAP_SECONDS),
        (ours, false) => ours.plus_seconds(-OVERLAP_WITHOUT_DATE_SECONDS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_as_a_cursor_and_feeds_are_told_apart() {
        let mut place = Place::of_run(Phase::Matrices, None);
        place.next_since = Some(Timestamp(7));
        place.query = Some("limit=100&after=WzEwMF0%3D".to_owned());
        let cursor = place.cursor();
        assert_eq!(Place::at(&cursor, Phase::Items), place);
        assert_eq!(Place::at(&cursor, Phase::Waiting), Place::of_run(Phase::Waiting, None), "of another feed");
        assert_eq!(Place::at(&cursor, Phase::Stock), Place::of_run(Phase::Stock, None), "not at its end");
        let ended = place.next_run();
        assert_eq!(ended, Place::of_run(Phase::ChangedItems, Some(Timestamp(7))));
        assert_eq!(Place::at(&ended.cursor(), Phase::Stock), Place::of_run(Phase::Stock, Some(Timestamp(7))));
        let unreadable = Cursor::At("of another version".into());
        assert_eq!(Place::at(&unreadable, Phase::Items), Place::of_run(Phase::Items, None));
    }
}
