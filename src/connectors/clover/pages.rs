//! Walking through lists that have neither a next link nor a total, and change meanwhile.
//!
//! Clover pages by position alone: as long as a page is full there may be another. What is taken out before the position
//! moves everything behind it up, and something would never be shown. So each page begins with the last few of the page
//! before; if none of them is there, the walk steps back until it meets one. In which order Clover lists is not said,
//! so nothing here relies on it; what is edited during a walk, and may move anywhere, is read again by its time of change.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{Cursor, Timestamp};
use crate::http::Answer;
use crate::platform::PlatformError;

use super::calls::Calls;
use super::wire;

/// How far back of Clover's own time the next run begins.
const OVERLAP_SECONDS: i64 = 300;
/// Without a `Date` from Clover our own clock has to do.
const OVERLAP_WITHOUT_DATE_SECONDS: i64 = 3600;
/// Elements with which one page overlaps the other.
const ANCHORS: usize = 5;
const MOST_STEPS_BACK: usize = 10;
/// More pages than any list has; against a list that never ends.
const MOST_PAGES: usize = 1000;

/// What a run is reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Listings: every item; then the groups that were gathered on the way; then what changed during all that.
    Sweep,
    Groups,
    Recent,
    /// Listings, later: what changed, then what was deleted.
    Changed,
    Deleted,
    Stocks,
    Orders,
    Refunds,
}

impl Phase {
    /// What the next run of the same feed begins with.
    fn later(self) -> Self {
        match self {
            Self::Sweep | Self::Groups | Self::Recent | Self::Changed | Self::Deleted => Self::Changed,
            Self::Stocks => Self::Stocks,
            Self::Orders | Self::Refunds => Self::Orders,
        }
    }
}

/// Where a feed is. What is stored as its cursor, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub phase: Phase,
    /// Only what changed at or after this, in Clover's time; `None`: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Where the next run begins: Clover's time when this run began, less the overlap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_since: Option<Timestamp>,
    #[serde(default)]
    pub offset: u64,
    /// The last few of the page before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<String>,
}

impl Place {
    /// `start` is the feed's first phase of a run from the beginning. A cursor that cannot be read is the beginning:
    /// repeats are fine, gaps are not. The end of a listings' run is a beginning for stocks.
    pub(super) fn at(cursor: &Cursor, start: Phase) -> Self {
        let known: Option<Self> = match cursor {
            Cursor::Start => None,
            Cursor::At(text) => serde_json::from_str(text).ok(),
        };
        match known {
            Some(place) if place.phase.later() == start.later() => place,
            Some(place) if start == Phase::Stocks && place.phase == Phase::Changed => {
                Self::of_run(Phase::Stocks, place.since)
            }
            _ => Self::of_run(start, None),
        }
    }

    pub(super) fn of_run(phase: Phase, since: Option<Timestamp>) -> Self {
        Self { phase, since, next_since: None, offset: 0, anchors: Vec::new() }
    }

    /// Another list of the same run, from its beginning.
    pub(super) fn in_phase(&self, phase: Phase) -> Self {
        Self { phase, offset: 0, anchors: Vec::new(), ..self.clone() }
    }

    pub(super) fn next_run(&self) -> Self {
        Self::of_run(self.phase.later(), self.next_since.or(self.since))
    }

    pub(super) fn cursor(&self) -> Cursor {
        // Serialising this cannot fail; the beginning would be the safe answer if it did.
        serde_json::to_string(self).map_or(Cursor::Start, Cursor::At)
    }
}

/// A list, with the elements of a page.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub limit: u64,
}

impl List {
    pub(super) fn of(path: impl Into<String>, limit: u64) -> Self {
        Self { path: path.into(), query: Vec::new(), limit }
    }

    /// Filters add up: each further one narrows the list.
    pub(super) fn filter(mut self, condition: impl Into<String>) -> Self {
        self.query.push(("filter", condition.into()));
        self
    }

    /// At most three names, separated by commas.
    pub(super) fn expand(mut self, names: &str) -> Self {
        self.query.push(("expand", names.to_owned()));
        self
    }

    pub(super) fn since(self, since: Option<Timestamp>) -> Self {
        match since {
            Some(since) => self.filter(format!("modifiedTime>={}", since.0)),
            None => self,
        }
    }
}

/// What one step of a walk found.
pub(super) struct Walked {
    /// Some may have been on the page before.
    pub elements: Vec<Value>,
    /// Where to go on; `None` at the end of the list.
    pub next: Option<Place>,
    /// Where this was, with what the run has learned.
    pub here: Place,
}

/// The next page of a list.
pub(super) async fn walk(calls: &Calls, list: &List, place: &Place) -> Result<Walked, PlatformError> {
    let mut here = place.clone();
    let (first, answer) = page(calls, list, here.offset).await?;
    if here.next_since.is_none() {
        here.next_since = Some(began(&answer));
    }
    let full = first.len() as u64 >= list.limit;
    let mut joined = here.offset == 0 || meets(&first, &here.anchors);
    let anchors: Vec<String> = last_ids(&first);
    let reached = here.offset + first.len() as u64;
    let mut elements = first;
    let mut at = here.offset;
    for _ in 0..MOST_STEPS_BACK {
        if joined || at == 0 {
            break;
        }
        at = at.saturating_sub(list.limit);
        let (back, _) = page(calls, list, at).await?;
        joined = meets(&back, &here.anchors);
        elements.extend(back);
    }
    let next = full.then(|| Place { offset: reached - ANCHORS as u64, anchors, ..here.clone() });
    Ok(Walked { elements, next, here })
}

/// A whole list, for those that are short: the groups' names, the items of one group.
pub(super) async fn all(calls: &Calls, list: &List) -> Result<Vec<Value>, PlatformError> {
    let mut place = Place::of_run(Phase::Sweep, None);
    let mut elements = Vec::new();
    for _ in 0..MOST_PAGES {
        let walked = walk(calls, list, &place).await?;
        elements.extend(walked.elements);
        match walked.next {
            Some(next) => place = next,
            None => return Ok(once(elements)),
        }
    }
    Err(calls.http().unexpected("a list that does not end"))
}

/// Each element once, as it was seen last, in the order of first sight.
fn once(elements: Vec<Value>) -> Vec<Value> {
    let mut places = std::collections::HashMap::new();
    let mut kept: Vec<Value> = Vec::with_capacity(elements.len());
    for element in elements {
        let known = wire::id(&element).map(str::to_owned);
        match known.as_ref().and_then(|id| places.get(id)).and_then(|place: &usize| kept.get_mut(*place)) {
            Some(place) => *place = element,
            None => {
                if let Some(id) = known {
                    places.insert(id, kept.len());
                }
                kept.push(element);
            }
        }
    }
    kept
}

async fn page(calls: &Calls, list: &List, offset: u64) -> Result<(Vec<Value>, Answer), PlatformError> {
    let mut request = calls.get(&list.path);
    for (name, value) in &list.query {
        request = request.query(*name, value);
    }
    request = request.query("limit", list.limit).query("offset", offset);
    let (page, answer) = calls.read_json::<wire::Page>(request).await?;
    Ok((page.elements, answer))
}

fn meets(elements: &[Value], anchors: &[String]) -> bool {
    anchors.is_empty() || elements.iter().filter_map(wire::id).any(|id| anchors.iter().any(|anchor| anchor == id))
}

fn last_ids(elements: &[Value]) -> Vec<String> {
    elements.iter().rev().take(ANCHORS).filter_map(wire::id).map(str::to_owned).collect()
}

fn began(answer: &Answer) -> Timestamp {
    let date = answer.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    let date = date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
    match date.and_then(|since| i64::try_from(since.as_millis()).ok()) {
        Some(theirs) => Timestamp(theirs).plus_seconds(-OVERLAP_SECONDS),
        None => answer.sent_at.plus_seconds(-OVERLAP_WITHOUT_DATE_SECONDS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_place_survives_as_a_cursor_and_feeds_are_told_apart() {
        let mut place = Place::of_run(Phase::Sweep, None);
        place.next_since = Some(Timestamp(7));
        place.offset = 995;
        place.anchors = vec!["FBAAX81VXHDP0".to_owned(); ANCHORS];
        let cursor = place.cursor();
        assert_eq!(Place::at(&cursor, Phase::Sweep), place);
        assert_eq!(Place::at(&cursor, Phase::Orders), Place::of_run(Phase::Orders, None), "of another feed");
        assert_eq!(Place::at(&cursor, Phase::Stocks), Place::of_run(Phase::Stocks, None), "not at its end");
        let ended = place.in_phase(Phase::Recent).next_run();
        assert_eq!(ended, Place::of_run(Phase::Changed, Some(Timestamp(7))));
        assert_eq!(Place::at(&ended.cursor(), Phase::Stocks), Place::of_run(Phase::Stocks, Some(Timestamp(7))));
        let unreadable = Cursor::At("of another version".into());
        assert_eq!(Place::at(&unreadable, Phase::Sweep), Place::of_run(Phase::Sweep, None));
    }

    #[test]
    fn repeats_are_taken_once_as_they_are_now() {
        let kept = once(vec![json!({"id": "A", "n": 1}), json!({"id": "B"}), json!({"id": "A", "n": 2}), json!({})]);
        assert_eq!(kept, [json!({"id": "A", "n": 2}), json!({"id": "B"}), json!({})]);
        assert!(meets(&kept, &["B".to_owned()]) && !meets(&kept, &["C".to_owned()]));
    }
}
