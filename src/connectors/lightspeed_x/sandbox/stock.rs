//! Counts in their three lists, and adjustments.

use serde_json::{Value, json};

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Incoming, Shop};

use super::super::measures::quantity_number;
use super::super::profile::ADJUSTMENTS_MOST;
use super::identifiers::{self, Kind, named, uuid};
use super::making::note;
use super::products::{page_size, versioned};
use super::versions::Versions;
use super::{Answer, Fault, moment, number};

fn row(versions: &Versions, version: i64, key: (u64, u64)) -> Option<Value> {
    let level = versions.counts.get(&key)?;
    Some(json!({
        "id": named("inventory", &format!("{}-{}", key.0, key.1)),
        "product_id": uuid(Kind::Product, key.0),
        "outlet_id": uuid(Kind::Outlet, key.1),
        "current_inventory_level": quantity_number(*level),
        "average_cost": null,
        "quantity_to_procure": 0,
        "reorder_amount": null,
        "reorder_method": null,
        "reorder_point": null,
        "reorder_target": null,
        "version": version,
    }))
}

/// `POST /inventory`: a bare list, unlike all others; descending unless it is told otherwise.
pub fn list(versions: &Versions, body: &Value) -> Answer {
    let limit = |field: &str, otherwise: i64| body[field].as_i64().unwrap_or(otherwise);
    let size = limit("size", 1000);
    if !(1..=5000).contains(&size) {
        return Err(Fault::new(400, "Bad Request", "size must be 1 to 5000"));
    }
    let product = body["product_id"].as_str();
    let rows = versions.levels.between(limit("after", 0), limit("before", i64::MAX));
    let shown = |(version, key): (i64, (u64, u64))| {
        product.is_none_or(|id| id == uuid(Kind::Product, key.0)).then(|| row(versions, version, key)).flatten()
    };
    let size = usize::try_from(size).unwrap_or(1000);
    let rows: Vec<Value> = match body["sort_direction"].as_str() {
        Some("asc") => rows.filter_map(shown).take(size).collect(),
        _ => rows.rev().filter_map(shown).take(size).collect(),
    };
    Ok((200, json!(rows)))
}

/// `GET /inventory` of 2.0.
pub fn old_list(versions: &Versions, request: &Incoming) -> Value {
    let rows = versions.levels.between(number(request, "after").unwrap_or(0), i64::MAX);
    let shown = rows.filter_map(|(version, key)| {
        let level = versions.counts.get(&key)?;
        let shown = json!({
            "id": named("inventory", &format!("{}-{}", key.0, key.1)),
            "product_id": uuid(Kind::Product, key.0),
            "outlet_id": uuid(Kind::Outlet, key.1),
            "inventory_level": quantity_number(*level),
            "version": version,
        });
        Some((version, shown))
    });
    versioned(shown.take(page_size(request)).collect())
}

/// `POST /inventory_levels`: by product and place, without versions.
pub fn levels(shop: &Shop, versions: &Versions, body: &Value) -> Answer {
    let ids = |field: &str| body[field].as_array().map(|ids| ids.iter().filter_map(Value::as_str).collect::<Vec<_>>());
    let (products, places) = (ids("product_ids"), ids("location_ids"));
    if products.as_ref().is_some_and(|ids| ids.len() > 1000) {
        return Err(Fault::new(400, "Bad Request", "product_ids must be 1000 at most"));
    }
    let count = |field: &str, otherwise: usize| {
        body[field].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(otherwise)
    };
    let mut rows: Vec<Value> = Vec::new();
    for product in shop.products.values() {
        let root = product.variants.first().map_or(0, |first| first.number);
        for variant in product.variants.iter().filter(|variant| variant.tracked) {
            let id = uuid(Kind::Product, variant.number);
            if products.as_ref().is_some_and(|ids| !ids.contains(&id.as_str())) {
                continue;
            }
            for location in variant.levels.keys() {
                let place = uuid(Kind::Outlet, *location);
                let Some(level) = versions.counts.get(&(variant.number, *location)) else { continue };
                if places.as_ref().is_some_and(|ids| !ids.contains(&place.as_str())) {
                    continue;
                }
                rows.push(json!({
                    "product_id": id,
                    "root_product_id": uuid(Kind::Product, root),
                    "location_id": place,
                    "name": product.title,
                    "current_inventory_level": quantity_number(*level),
                    "quantity_to_procure": 0,
                }));
            }
        }
    }
    let rows: Vec<Value> = rows.into_iter().skip(count("offset", 0)).take(count("size", 100).min(10_000)).collect();
    Ok((200, json!(rows)))
}

pub fn adjustments(made: &[Value]) -> Value {
    let versions = made.iter().filter_map(|one| one["version"].as_i64());
    json!({"data": made, "version": {"min": versions.clone().min(), "max": versions.max()}})
}

/// One item that is checked: product, place of the variant, location, by how much.
struct Checked {
    product: u64,
    place: usize,
    location: u64,
    by: Quantity,
}

/// `POST /stock_adjustments`: all of it, or nothing. The same call twice counts twice.
pub fn adjust(made: &mut Vec<Value>, shop: &mut Shop, body: &Value, now: Timestamp) -> Answer {
    let bad = |why: &str| Fault::new(400, "Bad Request", why);
    let items = body["stock_adjustments"].as_array().ok_or_else(|| bad("stock_adjustments is required"))?;
    if items.is_empty() || items.len() > ADJUSTMENTS_MOST {
        return Err(bad("stock_adjustments must hold 1 to 1000 items"));
    }
    let checked: Result<Vec<Checked>, Fault> = items.iter().map(|item| check(shop, item)).collect();
    let mut answer = Vec::new();
    for (item, checked) in items.iter().zip(checked?) {
        let Checked { product, place, location, by } = checked;
        let variant = shop.products.get(&product).and_then(|product| product.variants.get(place));
        let Some((number, before)) =
            variant.map(|v| (v.number, v.levels.get(&location).copied().unwrap_or(Quantity::ZERO)))
        else {
            continue;
        };
        shop.set_level(product, place, location, before + by, now);
        note(shop, "stock", product, Some(number), &format!("{before} → {}", before + by), now);
        let serial = made.len() as u64 + 1;
        let shown = json!({
            "id": uuid(Kind::Adjustment, serial),
            "user_id": named("user", "sandbox"),
            "product_id": item["product_id"],
            "outlet_id": item["outlet_id"],
            "quantity": item["quantity"],
            "reason": item["reason"],
            "created_at": moment(now),
            "updated_at": moment(now),
            "version": serial,
        });
        made.push(shown.clone());
        answer.push(shown);
    }
    Ok((201, json!({"data": answer})))
}

fn check(shop: &Shop, item: &Value) -> Result<Checked, Fault> {
    let by = item["quantity"].as_str().ok_or_else(|| Fault::new(400, "Bad Request", "quantity must be a string"))?;
    let by: Quantity = by.parse().map_err(|_| Fault::invalid("quantity is no number"))?;
    let fits = match item["reason"].as_str() {
        Some("DAMAGE" | "EXPIRY" | "INTERNAL_USE" | "THEFT" | "DONATION") => by.is_negative(),
        Some("STOCK_FOUND" | "SAMPLE_FOR_SALE") => by.is_positive(),
        _ => return Err(Fault::invalid("The reason is not known")),
    };
    if !fits {
        return Err(Fault::invalid("The quantity does not fit the reason"));
    }
    let id = item["product_id"].as_str().unwrap_or_default();
    let found = identifiers::number(Kind::Product, id).and_then(|variant| shop.find_variant(variant));
    let (product, place) = found.ok_or_else(|| Fault::invalid(format!("There is no product {id}")))?;
    let tracked = shop.products.get(&product).and_then(|p| p.variants.get(place)).is_some_and(|v| v.tracked);
    if !tracked {
        return Err(Fault::invalid(format!("The product {id} does not track inventory")));
    }
    let outlet = item["outlet_id"].as_str().and_then(|id| identifiers::number(Kind::Outlet, id));
    let location = outlet.filter(|number| shop.locations.iter().any(|location| location.number == *number));
    let location = location.ok_or_else(|| Fault::invalid("There is no such outlet"))?;
    Ok(Checked { product, place, location, by })
}
