//! The way through a list that changes while it is read.
//!
//! A list is asked for in the order of a moment that each item carries (when it was made or last changed), and each
//! page begins with the latest moment that the page before it ended with. So it does not matter what Wix's own cursors
//! are made of, how long they hold, or what is added, changed and deleted in between: what is still to come has a later
//! moment. Only where a whole page has one and the same moment does Wix's cursor lead on.

use serde_json::{Map, Value, json};

use crate::domain::Timestamp;
use crate::http::Request;
use crate::platform::PlatformError;

use super::calls::{Also, Calls, is_success};
use super::place::Place;
use super::wire::Loose;

/// A cursor of Wix's may have 16,000 characters; ours at most 2,000 (with the rest of a place).
const MOST_CURSOR: usize = 1500;

/// A list that can be asked for.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub path: &'static str,
    /// `query` or `search`: what the question is wrapped in.
    pub envelope: &'static str,
    /// Where the answer has its items, and what it says of further pages.
    pub items: &'static str,
    pub paging: &'static str,
    /// The moment that the list is in the order of.
    pub moment: &'static str,
    pub limit: usize,
    pub filter: Map<String, Value>,
    /// What stands beside the question: `fields`.
    pub beside: Map<String, Value>,
}

/// Items of one page, and where to go on; `None` after the last one.
pub(super) struct Walked {
    pub items: Vec<Value>,
    pub next: Option<Place>,
    pub here: Place,
}

/// What an answer says.
struct Answered {
    items: Vec<Value>,
    cursor: Option<String>,
    is_last: bool,
}

pub(super) async fn page(calls: &Calls, list: &List, mut here: Place) -> Result<Walked, PlatformError> {
    let mut all = Vec::new();
    loop {
        let answered = ask(calls, list, &mut here).await?;
        let latest = answered.items.iter().filter_map(|item| Loose::from(item.get(list.moment)?).time()).max();
        all.extend(answered.items);
        if answered.is_last {
            return Ok(Walked { items: all, next: None, here });
        }
        let next = match (latest, answered.cursor) {
            (Some(latest), _) if here.from.is_none_or(|from| latest > from) && !is_tie(&all, list, latest) => {
                Some(Place { from: Some(latest), cursor: None, ..here.clone() })
            }
            // A whole page of one moment.
            (Some(latest), Some(cursor)) => Some(Place { from: Some(latest), cursor: Some(cursor), ..here.clone() }),
            (None, Some(cursor)) => Some(Place { cursor: Some(cursor), ..here.clone() }),
            (_, None) => None,
        };
        match next {
            // Too long to be kept: gone on with at once, until the moment is over.
            Some(next) if next.cursor.as_ref().is_some_and(|cursor| cursor.len() > MOST_CURSOR) => here = next,
            next => return Ok(Walked { items: all, next, here }),
        }
    }
}

/// Whether all of the page has this moment: the next page would begin with the same items.
fn is_tie(items: &[Value], list: &List, latest: Timestamp) -> bool {
    items.iter().all(|item| item.get(list.moment).and_then(|raw| Loose::from(raw).time()) == Some(latest))
}

async fn ask(calls: &Calls, list: &List, here: &mut Place) -> Result<Answered, PlatformError> {
    let mut answer = calls.read(question(list, here), Also::Refusals).await?;
    if !is_success(&answer) && here.cursor.take().is_some() {
        // A cursor that holds no more: the moment begins anew.
        answer = calls.read(question(list, here), Also::Refusals).await?;
    }
    if !is_success(&answer) {
        return Err(calls.refusal(&answer));
    }
    here.began(&answer);
    let body: Value = calls.json(&answer)?;
    let Some(items) = body.get(list.items).and_then(Value::as_array).cloned().or_else(|| empty(&body)) else {
        return Err(calls.http().unexpected(&format!("a list without {}", list.items)));
    };
    let paging = body.get(list.paging).unwrap_or(&Value::Null);
    let cursor = paging.pointer("/cursors/next").map(Loose::from).and_then(|next| next.text().map(str::to_owned));
    let says_last = paging.get("hasNext").and_then(Value::as_bool) == Some(false);
    let is_last = items.is_empty() || says_last || (cursor.is_none() && items.len() < list.limit);
    Ok(Answered { items, cursor, is_last })
}

/// Wix's services leave out what is empty; but an answer that is no object at all is no list.
fn empty(body: &Value) -> Option<Vec<Value>> {
    let body = body.as_object()?;
    (body.is_empty() || body.keys().any(|name| name.to_lowercase().contains("metadata"))).then(Vec::new)
}

fn question(list: &List, here: &Place) -> Request {
    let mut question = Map::new();
    match &here.cursor {
        // With a cursor neither filter nor order is said again (spec, CursorPaging).
        Some(cursor) => {
            question.insert("cursorPaging".into(), json!({"limit": list.limit, "cursor": cursor}));
        }
        None => {
            let mut filter = list.filter.clone();
            if let Some(from) = here.from.or(here.since) {
                filter.insert(list.moment.into(), json!({"$gte": from.rfc3339()}));
            }
            question.insert("cursorPaging".into(), json!({"limit": list.limit}));
            question.insert("filter".into(), Value::Object(filter));
            question.insert("sort".into(), json!([{"fieldName": list.moment, "order": "ASC"}]));
        }
    }
    let mut body = list.beside.clone();
    body.insert(list.envelope.into(), Value::Object(question));
    Request::post(list.path).json(Value::Object(body))
}
