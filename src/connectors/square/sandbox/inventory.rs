//! Stock: counts, and the changes that make them, in the model of 2026-07-15.
//!
//! Only what is in stock is kept; units that go to another state are gone from here, as far as counts are concerned.
//! The history holds the changes made through the API and what orders did. A level that is set in the shop model itself
//! (a delivery, a count by hand) is no change of it.

use serde_json::{Value, json};

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Applied, Shop};

use super::catalog::places;
use super::identifiers::{
    location_id, location_number, moment, quantity as quantity_text, variation_id, variation_number,
};
use super::replace::locations;
use super::{Answer, Fault, cursor, moved};

const CHANGES_MOST: usize = 100;
const PAGE_MOST: u64 = 1000;
const WINDOW_SECONDS: i64 = 24 * 60 * 60;

/// A change as it was made.
#[derive(Debug, Clone)]
pub struct Recorded {
    variation: u64,
    location: u64,
    created_at: Timestamp,
    occurred_at: Timestamp,
    /// What it added; `None` for a physical count.
    delta: Option<Quantity>,
    rendered: Value,
}

/// A change of a request, checked.
struct Ready {
    variation: u64,
    product: u64,
    position: usize,
    location: u64,
    occurred_at: Timestamp,
    kind: Kind,
    sent: Value,
}

#[derive(Clone, Copy)]
enum Kind {
    Count(Quantity),
    Add(Quantity),
}

pub fn batch_create(history: &mut Vec<Recorded>, shop: &mut Shop, body: &Value, key: &str, now: Timestamp) -> Answer {
    let changes = body["changes"].as_array().filter(|changes| !changes.is_empty());
    let changes = changes.ok_or_else(|| Fault::missing("changes"))?;
    if changes.len() > CHANGES_MOST {
        let detail = format!("Array must not have more than {CHANGES_MOST} elements.");
        return Err(Fault::invalid("ARRAY_LENGTH_TOO_LONG", detail, "changes"));
    }
    let places = places(shop);
    let mut ready = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        ready.push(read(change, shop, &places, &format!("changes[{index}]"), now)?);
    }
    let mut touched: Vec<(u64, u64, usize, u64)> = Vec::new();
    let mut made = Vec::new();
    for change in ready {
        let before = level(shop, change.product, change.position, change.location);
        let after = match change.kind {
            Kind::Count(counted) => counted + later(shop, history, &change),
            Kind::Add(quantity) => before.unwrap_or_default() + quantity,
        };
        shop.set_level(change.product, change.position, change.location, after, now);
        let rendered = render(&change, history.len(), now);
        shop.applied.push(Applied {
            at: now,
            what: "stock",
            product: change.product,
            variant: Some(change.variation),
            change: format!("{} → {after}", before.map_or_else(|| "?".to_owned(), |before| before.to_string())),
            key: Some(key.to_owned()),
        });
        made.push(rendered.clone());
        let place = (change.variation, change.product, change.position, change.location);
        if !touched.contains(&place) {
            touched.push(place);
        }
        history.push(Recorded {
            variation: change.variation,
            location: change.location,
            created_at: now,
            occurred_at: change.occurred_at,
            delta: match change.kind {
                Kind::Count(_) => None,
                Kind::Add(quantity) => Some(quantity),
            },
            rendered,
        });
    }
    let counts: Vec<Value> = touched
        .into_iter()
        .filter_map(|(variation, product, position, location)| {
            level(shop, product, position, location).map(|level| count(variation, location, level, now))
        })
        .collect();
    Ok(json!({"counts": counts, "changes": made}))
}

/// What adjustments and orders that happened after a physical count add to it.
fn later(shop: &Shop, history: &[Recorded], count: &Ready) -> Quantity {
    let same = history.iter().filter(|made| made.variation == count.variation && made.location == count.location);
    let made = same.filter(|made| made.occurred_at > count.occurred_at).filter_map(|made| made.delta);
    let by_orders = moved::moved(shop).into_iter().filter(|moved| {
        (moved.variation, moved.location) == (count.variation, count.location) && moved.at > count.occurred_at
    });
    Quantity::sum(made.chain(by_orders.map(|moved| moved.added)))
}

fn level(shop: &Shop, product: u64, position: usize, location: u64) -> Option<Quantity> {
    shop.products.get(&product)?.variants.get(position)?.levels.get(&location).copied()
}

fn read(
    change: &Value,
    shop: &Shop,
    places: &std::collections::HashMap<u64, (u64, usize)>,
    path: &str,
    now: Timestamp,
) -> Result<Ready, Fault> {
    let (name, data) = match change["type"].as_str() {
        Some("PHYSICAL_COUNT") => ("physical_count", &change["physical_count"]),
        Some("ADJUSTMENT") => ("adjustment", &change["adjustment"]),
        Some("TRANSFER") => {
            return Err(Fault::invalid("INVALID_ENUM_VALUE", "TRANSFER is retired.", format!("{path}.type")));
        }
        _ => return Err(Fault::invalid("INVALID_ENUM_VALUE", "Not a type of change.", format!("{path}.type"))),
    };
    let field = |wanted: &str| format!("{path}.{name}.{wanted}");
    let text = |wanted: &str| data[wanted].as_str().ok_or_else(|| Fault::missing(&field(wanted)));
    let id = text("catalog_object_id")?;
    let place = variation_number(id).and_then(|number| places.get(&number).map(|place| (number, *place)));
    let (variation, (product, position)) = place.ok_or_else(|| {
        Fault::invalid("INVALID_VALUE", format!("{id} is no item variation."), field("catalog_object_id"))
    })?;
    let at = if name == "adjustment" { adjusted_location(data, &field)? } else { text("location_id")? };
    let location = location_number(at).filter(|number| shop.locations.iter().any(|known| known.number == *number));
    let location = location
        .ok_or_else(|| Fault::invalid("INVALID_LOCATION", format!("{at} is no location."), field("location_id")))?;
    let quantity: Option<Quantity> = text("quantity")?.parse().ok();
    let quantity = quantity
        .filter(|quantity| !quantity.is_negative())
        .ok_or_else(|| Fault::invalid("INVALID_VALUE", "Not a quantity.", field("quantity")))?;
    let occurred_at = Timestamp::parse(text("occurred_at")?);
    let occurred_at =
        occurred_at.filter(|at| *at <= now && *at >= now.plus_seconds(-WINDOW_SECONDS)).ok_or_else(|| {
            let detail = "The timestamp cannot be older than 24 hours or in the future.";
            Fault::invalid("INVALID_TIME", detail, field("occurred_at"))
        })?;
    let kind = if name == "physical_count" {
        if data["state"] != json!("IN_STOCK") {
            return Err(Fault::invalid("INVALID_VALUE", "Only IN_STOCK can be counted.", field("state")));
        }
        Kind::Count(quantity)
    } else {
        if !quantity.is_positive() {
            return Err(Fault::invalid("VALUE_TOO_LOW", "Must be greater than 0.", field("quantity")));
        }
        match (data["from_state"].as_str(), data["to_state"].as_str()) {
            (Some("NONE" | "UNLINKED_RETURN"), Some("IN_STOCK")) => Kind::Add(quantity),
            (Some("IN_STOCK"), Some("SOLD" | "WASTE")) => Kind::Add(-quantity),
            (from, to) => {
                let detail = format!("Cannot move from {} to {}.", from.unwrap_or("nothing"), to.unwrap_or("nothing"));
                return Err(Fault::invalid("INVALID_VALUE", detail, field("to_state")));
            }
        }
    };
    Ok(Ready { variation, product, position, location, occurred_at, kind, sent: change.clone() })
}

/// Both ends of an adjustment: `location_id` is retired, and moving between locations is not imitated.
fn adjusted_location<'a>(data: &'a Value, field: &impl Fn(&str) -> String) -> Result<&'a str, Fault> {
    let from = data["from_location_id"].as_str().ok_or_else(|| Fault::missing(&field("from_location_id")))?;
    let to = data["to_location_id"].as_str().ok_or_else(|| Fault::missing(&field("to_location_id")))?;
    if from == to {
        return Ok(from);
    }
    Err(Fault::invalid("INVALID_VALUE", "This sandbox moves nothing between locations.", field("to_location_id")))
}

fn render(change: &Ready, number: usize, now: Timestamp) -> Value {
    let mut made = change.sent.clone();
    let part = if matches!(change.kind, Kind::Count(_)) { "physical_count" } else { "adjustment" };
    made[part]["id"] = json!(format!("CHANGE{number:018}"));
    made[part]["created_at"] = json!(moment(now));
    made[part]["catalog_object_type"] = json!("ITEM_VARIATION");
    made[part]["source"] = json!({"product": "EXTERNAL_API", "name": "counterpart"});
    made
}

fn count(variation: u64, location: u64, level: Quantity, at: Timestamp) -> Value {
    json!({
        "catalog_object_id": variation_id(variation),
        "catalog_object_type": "ITEM_VARIATION",
        "state": "IN_STOCK",
        "location_id": location_id(location),
        "quantity": quantity_text(level),
        "calculated_at": moment(at),
    })
}

pub fn counts(shop: &Shop, body: &Value, now: Timestamp) -> Answer {
    let limit = limit(body)?;
    let after = updated_after(body)?;
    let wanted = locations(&body["location_ids"], shop, "location_ids")?;
    let states = body["states"].as_array().filter(|states| !states.is_empty());
    let in_stock = states.is_none_or(|states| states.iter().any(|state| state == "IN_STOCK"));
    let mut rows: Vec<(i64, u64, u64, Quantity)> = Vec::new();
    let mut add = |product: u64, position: usize| {
        let Some(variant) = shop.products.get(&product).and_then(|product| product.variants.get(position)) else {
            return;
        };
        if !in_stock || after.is_some_and(|after| variant.stock_updated_at <= after) {
            return;
        }
        for (location, level) in &variant.levels {
            if wanted.as_ref().is_none_or(|wanted| wanted.contains(location)) {
                // Newest first: the sort is by the negated time.
                rows.push((-variant.stock_updated_at.0, variant.number, *location, *level));
            }
        }
    };
    match body["catalog_object_ids"].as_array().filter(|ids| !ids.is_empty()) {
        Some(ids) => {
            if ids.len() > 1000 {
                return Err(Fault::invalid("ARRAY_LENGTH_TOO_LONG", "At most 1000 identifiers.", "catalog_object_ids"));
            }
            let places = places(shop);
            let found =
                ids.iter().filter_map(Value::as_str).filter_map(variation_number).filter_map(|id| places.get(&id));
            found.for_each(|(product, position)| add(*product, *position));
        }
        None => {
            shop.products.values().for_each(|product| (0..product.variants.len()).for_each(|p| add(product.number, p)))
        }
    }
    rows.sort_unstable();
    rows.dedup();
    let last: Option<(i64, u64, u64)> = cursor::read(body["cursor"].as_str(), body, now)?;
    let mut left = rows.into_iter().filter(|row| last.is_none_or(|last| (row.0, row.1, row.2) > last));
    let page: Vec<_> = left.by_ref().take(limit).collect();
    let more = left.next().is_some();
    let list: Vec<Value> = page
        .iter()
        .map(|(at, variation, location, level)| count(*variation, *location, *level, Timestamp(-at)))
        .collect();
    let mut answer = json!({"counts": list});
    if let Some(last) = page.last().filter(|_| more) {
        answer["cursor"] = json!(cursor::after(&(last.0, last.1, last.2), body, now));
    }
    Ok(answer)
}

/// The history, oldest first.
pub fn changes(shop: &Shop, history: &[Recorded], body: &Value, now: Timestamp) -> Answer {
    let limit = limit(body)?;
    let after = updated_after(body)?;
    let numbers = |list: &Value, read: fn(&str) -> Option<u64>| -> Option<Vec<u64>> {
        let ids = list.as_array().filter(|ids| !ids.is_empty())?;
        Some(ids.iter().filter_map(Value::as_str).filter_map(read).collect())
    };
    let variations = numbers(&body["catalog_object_ids"], variation_number);
    let places = numbers(&body["location_ids"], location_number);
    let names = |list: &Value| -> Option<Vec<String>> {
        let names = list.as_array().filter(|names| !names.is_empty())?;
        Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let (types, states) = (names(&body["types"]), names(&body["states"]));
    let start: usize = cursor::read(body["cursor"].as_str(), body, now)?.unwrap_or(0);
    let by_orders = moved::moved(shop);
    let ours = history.iter().map(|made| (made.created_at, made.variation, made.location, &made.rendered));
    let theirs = by_orders.iter().map(|moved| (moved.at, moved.variation, moved.location, &moved.rendered));
    let mut all: Vec<_> = ours.chain(theirs).collect();
    all.sort_by_key(|(at, ..)| *at);
    let mut found = all.into_iter().enumerate().skip(start).filter(|(_, (at, variation, location, change))| {
        let adjustment = &change["adjustment"];
        let in_states = |states: &Vec<String>| {
            adjustment.is_null()
                || states.iter().any(|s| adjustment["from_state"] == **s || adjustment["to_state"] == **s)
        };
        variations.as_ref().is_none_or(|wanted| wanted.contains(variation))
            && places.as_ref().is_none_or(|wanted| wanted.contains(location))
            && after.is_none_or(|after| *at > after)
            && types.as_ref().is_none_or(|types| types.iter().any(|kind| change["type"] == **kind))
            && states.as_ref().is_none_or(in_states)
    });
    let page: Vec<_> = found.by_ref().take(limit).collect();
    let list: Vec<&Value> = page.iter().map(|(_, (.., change))| *change).collect();
    let mut answer = json!({"changes": list});
    if let Some((next, _)) = found.next() {
        answer["cursor"] = json!(cursor::after(&next, body, now));
    }
    Ok(answer)
}

fn limit(body: &Value) -> Result<usize, Fault> {
    if body["limit"].is_null() {
        return Ok(100);
    }
    let limit = body["limit"].as_u64().filter(|limit| (1..=PAGE_MOST).contains(limit));
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    limit.ok_or_else(|| Fault::invalid("INVALID_VALUE", "The limit must be between 1 and 1000.", "limit"))
}

fn updated_after(body: &Value) -> Result<Option<Timestamp>, Fault> {
    match body["updated_after"].as_str() {
        None => Ok(None),
        Some(raw) => match Timestamp::parse(raw) {
            Some(after) => Ok(Some(after)),
            None => Err(Fault::invalid("INVALID_TIME", "Not a time.", "updated_after")),
        },
    }
}
