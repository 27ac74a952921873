//! Where a feed is: what the engine stores as its cursor, as JSON.
//!
//! Lists are walked by ascending identifier, each page beginning above the last one that was seen: nothing that is
//! made, changed or deleted meanwhile can push an item out of sight. (The inventory alone has no such order; see
//! `feed.rs`.)

use serde::{Deserialize, Serialize};

use crate::domain::{Cursor, Timestamp};
use crate::http::Answer;

/// How far back of the platform's own time the next run begins: a save that was under way, clocks of several machines.
const OVERLAP_SECONDS: i64 = 300;
/// Without a `Date` from the platform our own clock has to do.
const OVERLAP_WITHOUT_DATE_SECONDS: i64 = 3600;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    Products,
    Stock,
    Orders,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub phase: Phase,
    /// Only what was modified after this; `None` in a full sweep.
    pub since: Option<Timestamp>,
    /// Where the next run begins: the platform's time when this run began, less the overlap.
    pub next_since: Option<Timestamp>,
    /// The last identifier that was seen, 0 before the first. For the inventory: the last page.
    pub last: u64,
    /// Items of a page in this run.
    pub limit: u64,
    /// Which of several lists (statuses of orders).
    pub list: usize,
    /// Makes it unlike every other; see `told.rs`.
    pub turn: u64,
}

impl Place {
    /// A cursor that cannot be read, or belongs to another feed, is the beginning: repeats are fine, gaps are not.
    pub(super) fn at(cursor: &Cursor, phase: Phase, limit: u64) -> Self {
        let known = match cursor {
            Cursor::Start => None,
            Cursor::At(text) => serde_json::from_str::<Self>(text).ok(),
        };
        known.filter(|place| place.phase == phase).unwrap_or(Self {
            phase,
            since: None,
            next_since: None,
            last: 0,
            limit,
            list: 0,
            turn: 0,
        })
    }

    /// Takes the time of a run's beginning from its first answer.
    pub(super) fn began(&mut self, answer: &Answer) {
        if self.next_since.is_some() {
            return;
        }
        let date = answer.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
        let date = date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
        self.next_since = Some(match date.and_then(|since| i64::try_from(since.as_millis()).ok()) {
            Some(theirs) => Timestamp(theirs).plus_seconds(-OVERLAP_SECONDS),
            None => answer.sent_at.plus_seconds(-OVERLAP_WITHOUT_DATE_SECONDS),
        });
    }

    /// The next run.
    pub(super) fn next_run(&self, limit: u64, turn: u64) -> Self {
        let since = self.next_since.or(self.since);
        Self { phase: self.phase, since, next_since: None, last: 0, limit, list: 0, turn }
    }

    pub(super) fn cursor(&self) -> Cursor {
        // Serialising this cannot fail; the beginning would be the safe answer if it did.
        serde_json::to_string(self).map_or(Cursor::Start, Cursor::At)
    }
}

/// `2026-11-21T19:00:00Z`. Always with the time of day: a bare date gets the time of the request (the parameter's own
/// description), and would skip what changed before that.
pub(super) fn moment(time: Timestamp) -> String {
    Timestamp(time.0.div_euclid(1000) * 1000).rfc3339()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_as_a_cursor() {
        let mut place = Place::at(&Cursor::Start, Phase::Products, 250);
        place.last = 77;
        place.next_since = Some(Timestamp(5_000));
        let cursor = place.cursor();
        assert_eq!(Place::at(&cursor, Phase::Products, 1), place);
        assert_eq!(Place::at(&cursor, Phase::Orders, 9), Place::at(&Cursor::Start, Phase::Orders, 9));
        assert_eq!(Place::at(&Cursor::At("of another version".into()), Phase::Stock, 1).last, 0);
        let next = place.next_run(250, 3);
        assert_eq!((next.since, next.next_since, next.last), (Some(Timestamp(5_000)), None, 0));
    }

    #[test]
    fn times_are_whole() {
        assert_eq!(moment(Timestamp::parse("2026-11-21T00:00:00.900Z").unwrap()), "2026-11-21T00:00:00Z");
    }
}
