//! Walking through a list that changes meanwhile, without gaps.
//!
//! WooCommerce pages by position alone. When something before the position is deleted between two calls, everything
//! moves up and one item is never shown; a full sweep would then take it for deleted. So lists are walked by ascending
//! id (the one order that edits do not change; all versions have it), and each page begins with the last item of the
//! page before. If that one is not there, the walk steps back until it finds its place again.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{Cursor, Timestamp};
use crate::http::Request;
use crate::platform::PlatformError;

use super::calls::Calls;
use super::profile::PAGE;
use super::wire::Loose;

/// How far back of the server's own time the next run begins: a save that was under way, a clock that differs between
/// the shop's machines.
const OVERLAP_SECONDS: i64 = 300;
/// Without a `Date` from the server our own clock has to do.
const OVERLAP_WITHOUT_DATE_SECONDS: i64 = 3600;
/// Items of a page once a full one has failed.
const SMALL_PAGE: u64 = 20;
/// Steps back before the walk goes on anyway: a page is full of items that the key's user may not see.
const MOST_STEPS_BACK: u64 = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    Products,
    Variations,
    Orders,
    /// Those in the trash, after the others.
    TrashedOrders,
}

impl Phase {
    /// What a run of the same feed begins with.
    fn first(self) -> Self {
        match self {
            Self::Products | Self::Variations => Self::Products,
            Self::Orders | Self::TrashedOrders => Self::Orders,
        }
    }
}

/// What is walked through. `fields` are asked for alone: the rest costs the shop much time.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    pub path: &'a str,
    pub fields: &'a str,
    /// `any` is everything but the trash.
    pub status: &'a str,
}

impl<'a> List<'a> {
    pub(super) fn any(path: &'a str, fields: &'a str) -> Self {
        Self { path, fields, status: "any" }
    }
}

/// Where a feed is. What the engine stores as its cursor, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub phase: Phase,
    /// Only what was modified after this; `None` in a full sweep.
    pub since: Option<Timestamp>,
    /// Where the next run begins: the server's time when this run began, less the overlap.
    pub next_since: Option<Timestamp>,
    /// Position of the next page in the list.
    pub offset: u64,
    /// The last id that was seen, 0 before the first.
    pub last: u64,
    /// Items of a page in this run.
    pub per_page: u64,
}

impl Place {
    /// A cursor that cannot be read, or belongs to another feed, is the beginning: repeats are fine, gaps are not.
    pub(super) fn at(cursor: &Cursor, first: Phase) -> Self {
        let known = match cursor {
            Cursor::Start => None,
            Cursor::At(text) => serde_json::from_str(text).ok(),
        };
        known.filter(|place: &Self| place.phase.first() == first).unwrap_or_else(|| Self::of_run(first, None))
    }

    fn of_run(phase: Phase, since: Option<Timestamp>) -> Self {
        Self { phase, since, next_since: None, offset: 0, last: 0, per_page: PAGE as u64 }
    }

    /// The other list, from its beginning, in the same run.
    pub(super) fn in_phase(&self, phase: Phase) -> Self {
        Self { phase, offset: 0, last: 0, ..self.clone() }
    }

    /// The next run.
    pub(super) fn next_run(&self) -> Self {
        Self::of_run(self.phase.first(), self.next_since.or(self.since))
    }

    pub(super) fn cursor(&self) -> Cursor {
        // Serialising this cannot fail; the beginning would be the safe answer if it did.
        serde_json::to_string(self).map_or(Cursor::Start, Cursor::At)
    }
}

/// What one step of a walk found.
pub(super) struct Walked {
    /// Not seen before on this walk, by ascending id; then those whose id cannot be read.
    pub items: Vec<Value>,
    /// Where to go on; `None` at the end of the list.
    pub next: Option<Place>,
    /// Where this was, with what the run has learned.
    pub ended: Place,
}

/// The next page of a list.
pub(super) async fn walk(calls: &Calls, list: &List<'_>, place: &Place) -> Result<Walked, PlatformError> {
    let mut here = place.clone();
    let first = match page(calls, list, &here).await {
        // Many hosts give PHP too little memory or time for a hundred products, and answer 500, or half of the JSON. The
        // rest of the run is read in small pages then.
        Err(PlatformError::Broken { .. } | PlatformError::Unexpected { .. }) if here.per_page > SMALL_PAGE => {
            here.per_page = SMALL_PAGE;
            page(calls, list, &here).await
        }
        first => first,
    }?;
    if here.next_since.is_none() {
        here.next_since = Some(first.began);
    }
    let end = match first.total {
        Some(total) => here.offset.saturating_add(here.per_page) >= total,
        None => (first.items.len() as u64) < here.per_page,
    };
    let mut reached = first.first_id();
    let mut items = first.items;
    let mut at = here.offset;
    for _ in 0..MOST_STEPS_BACK {
        let continues = at == 0 || reached.is_some_and(|id| id <= here.last);
        if continues {
            break;
        }
        at = at.saturating_sub(here.per_page);
        let back = page(calls, list, &Place { offset: at, ..here.clone() }).await?;
        reached = back.first_id();
        items.extend(back.items);
    }
    let items = unseen(items, here.last);
    let last = items.iter().filter_map(id).max().unwrap_or(here.last).max(here.last);
    // One position less than a page, so that the next page begins with the last item of this one.
    let next = (!end).then(|| Place { offset: here.offset + here.per_page - 1, last, ..here.clone() });
    Ok(Walked { items, next, ended: here })
}

/// One answer.
struct Page {
    items: Vec<Value>,
    total: Option<u64>,
    began: Timestamp,
}

impl Page {
    fn first_id(&self) -> Option<u64> {
        self.items.iter().find_map(id)
    }
}

async fn page(calls: &Calls, list: &List<'_>, place: &Place) -> Result<Page, PlatformError> {
    let mut request: Request = calls
        .get(list.path)
        .query("per_page", place.per_page)
        .query("offset", place.offset)
        .query("orderby", "id")
        .query("order", "asc")
        .query("status", list.status)
        .query("_fields", list.fields);
    if let Some(since) = place.since {
        // Without dates_are_gmt the time would be taken as the shop's local one.
        request = request.query("modified_after", gmt(since)).query("dates_are_gmt", true);
    }
    let (items, answer) = calls.read_json::<Vec<Value>>(request).await?;
    let date = answer.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    let date = date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
    let began = match date.and_then(|since| i64::try_from(since.as_millis()).ok()) {
        Some(theirs) => Timestamp(theirs).plus_seconds(-OVERLAP_SECONDS),
        None => answer.sent_at.plus_seconds(-OVERLAP_WITHOUT_DATE_SECONDS),
    };
    Ok(Page { items, total: total(&answer), began })
}

/// `X-WP-Total`.
pub(super) fn total(answer: &crate::http::Answer) -> Option<u64> {
    answer.header("x-wp-total")?.trim().parse().ok()
}

/// What is beyond `last`, each once, by ascending id; items without a readable id stay, at the end.
fn unseen(items: Vec<Value>, last: u64) -> Vec<Value> {
    let (mut known, unknown): (Vec<Value>, Vec<Value>) = items.into_iter().partition(|item| id(item).is_some());
    known.retain(|item| id(item).is_some_and(|id| id > last));
    known.sort_by_key(id);
    known.dedup_by_key(|item| id(item));
    known.extend(unknown);
    known
}

fn id(item: &Value) -> Option<u64> {
    item.get("id").map(Loose::from)?.number()
}

/// `2026-11-21T19:00:00`, as WooCommerce writes its GMT times.
fn gmt(time: Timestamp) -> String {
    let whole = Timestamp(time.0.div_euclid(1000) * 1000).rfc3339();
    whole.trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_place_survives_as_a_cursor() {
        let place = Place {
            phase: Phase::Variations,
            since: Some(Timestamp(1)),
            next_since: Some(Timestamp(2)),
            offset: 99,
            last: 1234,
            per_page: 20,
        };
        let Cursor::At(text) = place.cursor() else { panic!() };
        assert!(text.len() < 2000);
        assert_eq!(Place::at(&Cursor::At(text.clone()), Phase::Products), place);
        let start = Place::at(&Cursor::Start, Phase::Orders);
        assert_eq!(Place::at(&Cursor::At(text), Phase::Orders), start, "of another feed");
        assert_eq!(Place::at(&Cursor::At("from another version".into()), Phase::Orders), start);
        assert_eq!(start.in_phase(Phase::TrashedOrders).next_run(), start);
        assert_eq!(place.next_run().since, Some(Timestamp(2)));
    }

    #[test]
    fn repeats_are_dropped_and_the_unreadable_kept() {
        let items = vec![json!({"id": 4}), json!({"id": "x"}), json!({"id": "3"}), json!({"id": 3}), json!({"id": 2})];
        assert_eq!(unseen(items, 2), [json!({"id": "3"}), json!({"id": 4}), json!({"id": "x"})]);
    }

    #[test]
    fn times_are_written_as_woocommerce_writes_them() {
        assert_eq!(gmt(Timestamp::parse("2026-11-21T19:00:00.900Z").unwrap()), "2026-11-21T19:00:00");
    }
}
