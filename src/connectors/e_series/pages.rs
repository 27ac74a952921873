//! Walking through a list that changes meanwhile, without gaps.
//!
//! E-Series pages by position alone. Products come by the time of their last change: whatever is edited during a walk
//! leaves its place and goes to the end, and everything after it moves up by one. So a walk does not count positions, but
//! goes on from the time of the last item it has seen, one second earlier (whether a bound takes in its own second is not
//! documented). Only where more than half a page fell into the same second is a position counted within it; then each
//! page begins with the last item of the page before, and steps back where that one is not there.
//!
//! Orders come the newest first, without another order to choose; they are walked downwards in the same way.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::Cursor;
use crate::http::Answer;
use crate::platform::PlatformError;

use super::calls::Calls;
use super::profile::PAGE;
use super::wire::{Found, Scalar, moment};

/// How far back of the shop's own time the next run begins, in seconds: a change that was under way, an index that
/// lags.
const OVERLAP: i64 = 120;
/// Without a `Date` from the shop our own clock has to do.
const OVERLAP_WITHOUT_DATE: i64 = 3600;
/// Steps back before the walk goes on anyway.
const MOST_STEPS_BACK: u64 = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Products, whole: all of them, or what changed.
    Products,
    /// Products that were deleted.
    Deleted,
    /// Orders that are open, one state after the other; the number says which.
    Open(u8),
    /// Orders that changed.
    Orders,
}

impl Phase {
    /// What the next run of the same feed begins with.
    fn later(self) -> Self {
        match self {
            Self::Products | Self::Deleted => Self::Products,
            Self::Open(_) | Self::Orders => Self::Orders,
        }
    }
}

/// Where a feed is. What is stored as its cursor, as JSON. Times are seconds since 1970 by the shop's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub phase: Phase,
    /// Only what changed since; `None`: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Where the next run begins: when this run began, less the overlap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_since: Option<i64>,
    /// How far the walk has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<i64>,
    /// Position from there.
    #[serde(default)]
    pub offset: u64,
    /// The last item of the page before, where a position is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
}

impl Place {
    /// A cursor that cannot be read, or belongs to another feed, is the beginning: repeats are fine, gaps are not.
    pub(super) fn at(cursor: &Cursor, start: Phase) -> Self {
        let known: Option<Self> = match cursor {
            Cursor::Start => None,
            Cursor::At(text) => serde_json::from_str(text).ok(),
        };
        known.filter(|place| place.phase.later() == start.later()).unwrap_or_else(|| Self::of_run(start, None))
    }

    pub(super) fn of_run(phase: Phase, since: Option<i64>) -> Self {
        Self { phase, since, next_since: None, edge: None, offset: 0, anchor: None }
    }

    /// Another list of the same run, from its beginning.
    pub(super) fn in_phase(&self, phase: Phase) -> Self {
        Self { next_since: self.next_since, ..Self::of_run(phase, self.since) }
    }

    pub(super) fn next_run(&self) -> Self {
        Self::of_run(self.phase.later(), self.next_since.or(self.since))
    }

    pub(super) fn cursor(&self) -> Cursor {
        // Serialising this cannot fail; the beginning would be the safe answer if it did.
        serde_json::to_string(self).map_or(Cursor::Start, Cursor::At)
    }
}

/// The order of a list, and the bound that a walk through it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// By the time of the last change, upwards.
    Updated,
    /// By the time of creation, downwards.
    Created,
    /// Unknown: positions are all there is.
    Plain,
}

/// What is walked through.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub path: &'static str,
    pub query: Vec<(&'static str, String)>,
    pub order: Order,
}

/// What one step of a walk found.
pub(super) struct Walked {
    /// Some may have been seen before.
    pub items: Vec<Value>,
    /// Where to go on; `None` at the end of the list.
    pub next: Option<Place>,
    /// Where this was, with what the run has learned.
    pub here: Place,
}

/// The next page of a list.
pub(super) async fn walk(calls: &Calls, list: &List, place: &Place) -> Result<Walked, PlatformError> {
    let mut here = place.clone();
    let (found, answer) = page(calls, list, &here, here.offset).await?;
    if here.next_since.is_none() {
        here.next_since = Some(began(&answer));
    }
    let count = found.items.len() as u64;
    let reached = here.offset + count;
    let is_last = count == 0
        || found.total.number().map_or(count < PAGE, |total| reached >= total)
        // A total of 0 is none.
        || found.total.whole() == Some(0);
    let next = (!is_last).then(|| further(&here, list.order, &found.items));
    let mut items = found.items;
    let mut at = here.offset;
    for _ in 0..MOST_STEPS_BACK {
        let is_joined = match &here.anchor {
            Some(anchor) if at > 0 => items.iter().any(|item| id(item).as_ref() == Some(anchor)),
            _ => true,
        };
        if is_joined {
            break;
        }
        at = at.saturating_sub(PAGE);
        let (back, _) = page(calls, list, &here, at).await?;
        items.extend(back.items);
    }
    Ok(Walked { items, next, here })
}

/// Where to go on after a page that is not the last.
fn further(here: &Place, order: Order, items: &[Value]) -> Place {
    let last = items.last().and_then(|item| time(item, order));
    let edge = match order {
        Order::Updated => last.map(|last| last - 1),
        Order::Created => last.map(|last| last + 1),
        Order::Plain => None,
    };
    let comes_again = |item: &&Value| match (time(item, order), edge, order) {
        (Some(time), Some(edge), Order::Updated) => time >= edge,
        (Some(time), Some(edge), _) => time <= edge,
        _ => true,
    };
    let again = items.iter().filter(comes_again).count();
    if edge.is_some() && edge != here.edge && again * 2 <= items.len() {
        return Place { edge, offset: 0, anchor: None, ..here.clone() };
    }
    let offset = here.offset + (items.len() as u64).saturating_sub(1).max(1);
    Place { offset, anchor: items.last().and_then(id), ..here.clone() }
}

async fn page(calls: &Calls, list: &List, place: &Place, offset: u64) -> Result<(Found, Answer), PlatformError> {
    let mut request = calls.get(list.path);
    for (name, value) in &list.query {
        request = request.query(*name, value);
    }
    match list.order {
        Order::Updated => {
            request = request.query("sortBy", "UPDATED_TIME_ASC");
            if let Some(from) = place.edge.max(place.since) {
                request = request.query("updatedFrom", from);
            }
        }
        Order::Created => {
            if let Some(since) = place.since {
                request = request.query("updatedFrom", since);
            }
            if let Some(edge) = place.edge {
                request = request.query("createdTo", edge);
            }
        }
        Order::Plain => {
            if let Some(since) = place.since {
                request = request.query("from_date", since);
            }
        }
    }
    calls.read_json(request.query("offset", offset).query("limit", PAGE)).await
}

fn time(item: &Value, order: Order) -> Option<i64> {
    let field = |name: &str| item.get(name).map(Scalar::from).unwrap_or_default();
    let moment = match order {
        Order::Updated => moment(&field("updateTimestamp"), &field("updated")),
        Order::Created => moment(&field("createTimestamp"), &field("createDate")),
        Order::Plain => None,
    };
    moment.map(|moment| moment.0.div_euclid(1000))
}

pub(super) fn id(item: &Value) -> Option<String> {
    item.get("id").map(Scalar::from)?.text().map(str::to_owned)
}

fn began(answer: &Answer) -> i64 {
    let date = answer.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    let date = date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
    match date.and_then(|since| i64::try_from(since.as_secs()).ok()) {
        Some(theirs) => theirs - OVERLAP,
        None => answer.sent_at.0.div_euclid(1000) - OVERLAP_WITHOUT_DATE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn items(times: impl Iterator<Item = i64>) -> Vec<Value> {
        times
            .enumerate()
            .map(|(id, time)| json!({"id": id + 1, "updateTimestamp": time, "createTimestamp": time}))
            .collect()
    }

    #[test]
    fn a_place_survives_as_a_cursor_and_feeds_are_told_apart() {
        let place = Place {
            edge: Some(4),
            offset: 99,
            anchor: Some("7".into()),
            next_since: Some(9),
            ..Place::of_run(Phase::Products, Some(3))
        };
        assert_eq!(Place::at(&place.cursor(), Phase::Products), place);
        assert_eq!(Place::at(&place.cursor(), Phase::Open(0)), Place::of_run(Phase::Open(0), None), "of another feed");
        assert_eq!(Place::at(&Cursor::At("older".into()), Phase::Products), Place::of_run(Phase::Products, None));
        assert_eq!(place.in_phase(Phase::Deleted).next_run(), Place::of_run(Phase::Products, Some(9)));
        assert_eq!(Place::of_run(Phase::Open(3), None).next_run().phase, Phase::Orders);
    }

    #[test]
    fn a_walk_goes_on_from_a_time_and_counts_only_within_one() {
        let start = Place::of_run(Phase::Products, None);
        let next = further(&start, Order::Updated, &items(1000..1100));
        assert_eq!((next.edge, next.offset, next.anchor), (Some(1098), 0, None));
        let next = further(&start, Order::Created, &items((1001..=1100).rev()));
        assert_eq!((next.edge, next.offset), (Some(1002), 0));
        let crowded = further(&start, Order::Updated, &items(std::iter::repeat_n(5, 100)));
        assert_eq!((crowded.edge, crowded.offset, crowded.anchor.as_deref()), (None, 99, Some("100")));
        let unknown = further(&start, Order::Plain, &items(1000..1100));
        assert_eq!((unknown.edge, unknown.offset), (None, 99));
    }
}
