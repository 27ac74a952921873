//! Wix's query language, as far as a connector can use it: filters, orders, pages by cursor. A field that a list cannot
//! be filtered or sorted by is refused, as `wql-filter-specs.json` says for each list.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use crate::domain::Timestamp;

use super::problem::{Problem, invalid};

/// What a list can be asked by.
pub(super) struct Fields {
    pub filters: &'static [&'static str],
    pub sorts: &'static [&'static str],
    pub most: usize,
}

/// A page, and the cursor of the next one.
pub(super) struct Found<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

impl<T> Found<T> {
    pub(super) fn metadata(&self, says_last: bool) -> Value {
        let mut metadata = json!({"count": self.items.len(), "cursors": {}});
        if let Some(next) = &self.next {
            metadata["cursors"]["next"] = json!(next);
        }
        if says_last {
            metadata["hasNext"] = json!(self.next.is_some());
        }
        metadata
    }
}

/// `field` gives an item's value, `null` for none; `id` breaks ties.
pub(super) fn ask<T>(
    all: Vec<T>,
    question: &Value,
    fields: &Fields,
    field: impl Fn(&T, &str) -> Value,
    id: impl Fn(&T) -> u64,
) -> Result<Found<T>, Problem> {
    let paging = question.get("cursorPaging").cloned().unwrap_or_default();
    let limit = paging.get("limit").and_then(Value::as_u64).unwrap_or(50) as usize;
    if limit > fields.most {
        return Err(invalid("query.cursorPaging.limit", &format!("must be less than or equal to {}", fields.most)));
    }
    let cursor = paging.get("cursor").and_then(Value::as_str).filter(|cursor| !cursor.is_empty());
    if cursor.is_some() && (question.get("filter").is_some() || question.get("sort").is_some()) {
        return Err(invalid("query.cursorPaging.cursor", "cannot be used together with filter or sort"));
    }
    let state = match cursor {
        Some(cursor) => decode(cursor).ok_or_else(|| invalid("query.cursorPaging.cursor", "is not a valid cursor"))?,
        None => {
            let or_empty =
                |name: &str, empty: Value| question.get(name).filter(|it| !it.is_null()).cloned().unwrap_or(empty);
            json!({"filter": or_empty("filter", json!({})), "sort": or_empty("sort", json!([]))})
        }
    };
    let filter = state.get("filter").and_then(Value::as_object).cloned().unwrap_or_default();
    check(&filter, fields)?;
    let sorts = sorts(&state, fields)?;
    let mut kept: Vec<(Vec<Value>, u64, T)> = all
        .into_iter()
        .filter(|item| matches(&filter, |name| field(item, name)))
        .map(|item| (sorts.iter().map(|(name, _)| field(&item, name)).collect(), id(&item), item))
        .collect();
    kept.sort_by(|a, b| order(&sorts, (&a.0, a.1), (&b.0, b.1)));
    if let Some(after) = state.get("after").and_then(Value::as_array) {
        let number = state.get("id").and_then(Value::as_u64).unwrap_or(0);
        kept.retain(|(keys, id, _)| order(&sorts, (keys, *id), (after, number)) == Ordering::Greater);
    }
    let is_more = kept.len() > limit;
    kept.truncate(limit);
    let next = kept
        .last()
        .filter(|_| is_more)
        .map(|(keys, id, _)| encode(&json!({"filter": filter, "sort": state.get("sort"), "after": keys, "id": id})));
    Ok(Found { items: kept.into_iter().map(|(_, _, item)| item).collect(), next })
}

fn check(filter: &Map<String, Value>, fields: &Fields) -> Result<(), Problem> {
    match filter.keys().find(|name| !fields.filters.contains(&name.as_str())) {
        Some(name) => Err(invalid("query.filter", &format!("cannot be by {name}"))),
        None => Ok(()),
    }
}

/// Name and whether ascending.
fn sorts(state: &Value, fields: &Fields) -> Result<Vec<(String, bool)>, Problem> {
    let mut found = Vec::new();
    for one in state.get("sort").and_then(Value::as_array).into_iter().flatten() {
        let name = one.get("fieldName").and_then(Value::as_str).unwrap_or_default();
        if !fields.sorts.contains(&name) {
            return Err(invalid("query.sort", &format!("cannot be by {name}")));
        }
        found.push((name.to_owned(), one.get("order") != Some(&json!("DESC"))));
    }
    Ok(found)
}

fn order(sorts: &[(String, bool)], a: (&[Value], u64), b: (&[Value], u64)) -> Ordering {
    for (place, (_, ascending)) in sorts.iter().enumerate() {
        let (Some(one), Some(other)) = (a.0.get(place), b.0.get(place)) else { continue };
        let found = compare(one, other);
        if found != Ordering::Equal {
            return if *ascending { found } else { found.reverse() };
        }
    }
    a.1.cmp(&b.1)
}

/// Moments, numbers (also those in text) and text.
fn compare(a: &Value, b: &Value) -> Ordering {
    // Most texts are identifiers: those are not worth reading as a moment.
    let moment =
        |value: &Value| value.as_str().filter(|text| text.as_bytes().get(10) == Some(&b'T')).and_then(Timestamp::parse);
    if let (Some(a), Some(b)) = (moment(a), moment(b)) {
        return a.cmp(&b);
    }
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if text.len() < 20 => text.parse().ok(),
        _ => None,
    };
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a.cmp(&b);
    }
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => a.to_string().cmp(&b.to_string()),
    }
}

/// All conditions of a filter hold.
pub(super) fn matches(filter: &Map<String, Value>, field: impl Fn(&str) -> Value) -> bool {
    filter.iter().all(|(name, wanted)| {
        let there = field(name);
        match wanted {
            Value::Object(operators) => operators.iter().all(|(operator, wanted)| holds(operator, &there, wanted)),
            wanted => holds("$eq", &there, wanted),
        }
    })
}

fn holds(operator: &str, there: &Value, wanted: &Value) -> bool {
    let among = || wanted.as_array().is_some_and(|list| list.iter().any(|one| compare(there, one) == Ordering::Equal));
    let known = !there.is_null();
    match operator {
        "$eq" => compare(there, wanted) == Ordering::Equal,
        "$ne" => compare(there, wanted) != Ordering::Equal,
        "$in" => among(),
        "$nin" => !among(),
        "$gt" => known && compare(there, wanted) == Ordering::Greater,
        "$gte" => known && compare(there, wanted) != Ordering::Less,
        "$lt" => known && compare(there, wanted) == Ordering::Less,
        "$lte" => known && compare(there, wanted) != Ordering::Greater,
        _ => false,
    }
}

fn encode(state: &Value) -> String {
    state.to_string().bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn decode(cursor: &str) -> Option<Value> {
    let bytes: Option<Vec<u8>> =
        cursor.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    serde_json::from_slice(&bytes?).ok()
}
