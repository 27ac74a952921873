//! Where a feed is: what the engine stores as its cursor, as JSON.

use serde::{Deserialize, Serialize};

use crate::domain::{Cursor, Timestamp};
use crate::http::Answer;

use super::shop::Catalogue;

/// How far back of the platform's own time the next run begins: lists follow their articles with a delay.
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
    /// A place in one catalogue means nothing in the other.
    pub catalogue: Catalogue,
    /// Only what was changed since; `None` in a full sweep.
    pub since: Option<Timestamp>,
    /// Where the next run begins: the platform's time when this run began, less the overlap.
    pub next_since: Option<Timestamp>,
    /// The latest moment that was seen in this run (see `walk.rs`).
    pub from: Option<Timestamp>,
    /// Wix's own cursor, within one moment.
    pub cursor: Option<String>,
    /// The last number that was seen in this run (V1), 0 before the first.
    pub last: u64,
}

impl Place {
    /// A cursor that cannot be read, or belongs to another feed or catalogue, is the beginning: repeats are fine, gaps
    /// are not.
    pub(super) fn at(cursor: &Cursor, phase: Phase, catalogue: Catalogue) -> Self {
        let known = match cursor {
            Cursor::Start => None,
            Cursor::At(text) => serde_json::from_str::<Self>(text).ok(),
        };
        let start = Self { phase, catalogue, since: None, next_since: None, from: None, cursor: None, last: 0 };
        match known.filter(|place| place.catalogue == catalogue) {
            Some(place) if place.phase == phase => place,
            // Levels go on where a run of the products ended.
            Some(place) if place.phase == Phase::Products && phase == Phase::Stock => {
                Self { since: place.since, ..start }
            }
            _ => start,
        }
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
    pub(super) fn next_run(&self) -> Self {
        let since = self.next_since.or(self.since);
        let (phase, catalogue) = (self.phase, self.catalogue);
        Self { phase, catalogue, since, next_since: None, from: None, cursor: None, last: 0 }
    }

    pub(super) fn cursor(&self) -> Cursor {
        // Serialising this cannot fail; the beginning would be the safe answer if it did.
        serde_json::to_string(self).map_or(Cursor::Start, Cursor::At)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_as_a_cursor_in_its_own_feed_and_catalogue() {
        let mut place = Place::at(&Cursor::Start, Phase::Products, Catalogue::V3);
        place.from = Some(Timestamp(77));
        place.next_since = Some(Timestamp(5_000));
        let cursor = place.cursor();
        assert_eq!(Place::at(&cursor, Phase::Products, Catalogue::V3), place);
        assert_eq!(Place::at(&cursor, Phase::Products, Catalogue::V1).from, None, "the site has moved");
        assert_eq!(Place::at(&cursor, Phase::Orders, Catalogue::V3).next_since, None);
        assert_eq!(Place::at(&Cursor::At("of another version".into()), Phase::Stock, Catalogue::V1).last, 0);
        let next = place.next_run();
        assert_eq!((next.since, next.next_since, next.from), (Some(Timestamp(5_000)), None, None));
        assert_eq!(Place::at(&next.cursor(), Phase::Stock, Catalogue::V3).since, Some(Timestamp(5_000)));
    }
}
