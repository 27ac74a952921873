//! V3's counts and locations: one item for each variant and location, batches of which each item speaks for itself.

use serde_json::{Value, json};

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Outgoing, Shop, ShopProduct, ShopVariant};

use super::identifiers::{Kind, number, parts, uuid, uuid_of};
use super::present::{DEFAULT_VARIANT, variant_id};
use super::problem::{invalid, item_error};
use super::question::{Fields, ask};
use super::{Answered, log, whole};

const ITEMS: Fields = Fields {
    filters: &["id", "locationId", "variantId", "productId", "createdDate", "updatedDate", "quantity", "trackQuantity"],
    sorts: &["productId", "createdDate", "updatedDate", "quantity", "trackQuantity"],
    most: 1000,
};
const MOST: i64 = 99_999;

pub(super) fn locations(shop: &Shop) -> Outgoing {
    let shown = |(place, location): (usize, &crate::sandbox::ShopLocation)| {
        json!({
            "id": uuid(Kind::Location, location.number), "revision": "1", "createdDate": "2026-01-01T00:00:00Z",
            "updatedDate": "2026-01-01T00:00:00Z", "wixLocationId": uuid(Kind::Business, location.number),
            "locationType": "PHYSICAL", "name": location.name, "defaultLocation": place == 0
        })
    };
    let all: Vec<Value> = shop.locations.iter().enumerate().map(shown).collect();
    let metadata = json!({"count": all.len(), "cursors": {}, "hasNext": false});
    Outgoing::json(200, &json!({"storesLocations": all, "pagingMetadata": metadata}))
}

/// An item: what it counts, and where.
#[derive(Clone, Copy)]
struct Item<'a> {
    product: &'a ShopProduct,
    variant: &'a ShopVariant,
    location: u64,
    level: Option<Quantity>,
}

fn items<'a>(shop: &'a Shop, product: &'a ShopProduct) -> Vec<Item<'a>> {
    let default = shop.locations.first().map_or(1, |place| place.number);
    let of = |variant: &'a ShopVariant| -> Vec<Item<'a>> {
        if !variant.tracked {
            // In stock, without a count.
            return vec![Item { product, variant, location: default, level: None }];
        }
        let level =
            |(location, level): (&u64, &Quantity)| Item { product, variant, location: *location, level: Some(*level) };
        variant.levels.iter().map(level).collect()
    };
    product.variants.iter().flat_map(of).collect()
}

fn item_id(variant: u64, location: u64) -> String {
    uuid_of(Kind::Item, location, variant)
}

fn revision(variant: &ShopVariant) -> String {
    variant.stock_updated_at.0.to_string()
}

fn shown(item: &Item<'_>) -> Value {
    let Item { product, variant, location, level } = *item;
    let at = variant.stock_updated_at.rfc3339();
    let mut shown = json!({
        "id": item_id(variant.number, location), "revision": revision(variant), "createdDate": product.created_at.rfc3339(),
        "updatedDate": at, "variantId": variant_id(product, variant), "locationId": uuid(Kind::Location, location),
        "productId": uuid(Kind::Product, product.number), "trackQuantity": level.is_some(),
        "availabilityStatus": if level.is_none_or(|level| level.is_positive()) { "IN_STOCK" } else { "OUT_OF_STOCK" },
        "preorderInfo": {"enabled": false}
    });
    match level {
        Some(level) => shown["quantity"] = json!(whole(level)),
        None => shown["inStock"] = json!(true),
    }
    shown
}

pub(super) fn of_product(shop: &Shop, product: &ShopProduct) -> Vec<Value> {
    items(shop, product).iter().map(shown).collect()
}

pub(super) fn query(shop: &Shop, body: &Value) -> Answered {
    let question = body.get("query").cloned().unwrap_or_default();
    let all: Vec<Item<'_>> = shop.products.values().flat_map(|product| items(shop, product)).collect();
    let field = |item: &Item<'_>, name: &str| match name {
        "id" => json!(item_id(item.variant.number, item.location)),
        "productId" => json!(uuid(Kind::Product, item.product.number)),
        "variantId" => json!(variant_id(item.product, item.variant)),
        "locationId" => json!(uuid(Kind::Location, item.location)),
        "updatedDate" => json!(item.variant.stock_updated_at.rfc3339()),
        "trackQuantity" => json!(item.level.is_some()),
        _ => Value::Null,
    };
    let id = |item: &Item<'_>| item.variant.number * 64 + item.location;
    let found = ask(all, &question, &ITEMS, field, id)?;
    let items: Vec<Value> = found.items.iter().map(shown).collect();
    // This list does not say whether there is more (spec, PlatformPagingMetadataV2).
    Ok(Outgoing::json(200, &json!({"inventoryItems": items, "pagingMetadata": found.metadata(false)})))
}

/// Each item of the batch by itself.
fn bulk(results: Vec<Result<Value, Value>>, entities: bool) -> Outgoing {
    let failures = results.iter().filter(|result| result.is_err()).count();
    let successes = results.len() - failures;
    let shown: Vec<Value> = results
        .into_iter()
        .enumerate()
        .map(|(place, result)| match result {
            Ok(item) if entities => {
                json!({"itemMetadata": {"id": item["id"], "originalIndex": place, "success": true}, "item": item})
            }
            Ok(item) => json!({"itemMetadata": {"id": item["id"], "originalIndex": place, "success": true}}),
            Err(error) => json!({"itemMetadata": {"originalIndex": place, "success": false, "error": error}}),
        })
        .collect();
    let totals = json!({"totalSuccesses": successes, "totalFailures": failures, "undetailedFailures": 0});
    Outgoing::json(200, &json!({"results": shown, "bulkActionMetadata": totals}))
}

fn list<'a>(body: &'a Value, name: &str, most: usize) -> Result<&'a [Value], super::Problem> {
    let list = body.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    match list.len() {
        0 => Err(invalid(name, "must not be empty")),
        length if length > most => Err(invalid(name, &format!("has size {length}, expected {most} or less"))),
        _ => Ok(list),
    }
}

pub(super) fn adjust(shop: &mut Shop, body: &Value, up: bool, now: Timestamp) -> Answered {
    let (name, by) = if up { ("incrementData", "incrementBy") } else { ("decrementData", "decrementBy") };
    let list = list(body, name, 300)?.to_vec();
    // Left out, the two calls of this name disagree about what it is: this one says true.
    let restricted = body.get("restrictInventory").and_then(Value::as_bool).unwrap_or(true);
    let mut results = Vec::new();
    for one in &list {
        let by = one.get(by).and_then(Value::as_i64).filter(|by| (1..=MOST).contains(by));
        let by = by.ok_or_else(|| invalid(name, "must change by 1 to 99999"))?;
        let id = one.get("inventoryItemId").and_then(Value::as_str).unwrap_or_default();
        results.push(adjust_one(shop, id, if up { by } else { -by }, restricted, now));
    }
    Ok(bulk(results, body.get("returnEntity") == Some(&json!(true))))
}

fn adjust_one(shop: &mut Shop, id: &str, by: i64, restricted: bool, now: Timestamp) -> Result<Value, Value> {
    let missing = || item_error("INVENTORY_ITEM_NOT_FOUND", "the inventory item was not found");
    let (location, variant) = parts(Kind::Item, id).ok_or_else(missing)?;
    let (product, position) = shop.find_variant(variant).ok_or_else(missing)?;
    let known = shop.products.get(&product).and_then(|product| product.variants.get(position)).ok_or_else(missing)?;
    if !known.tracked {
        return Err(item_error("INVENTORY_QUANTITY_NOT_TRACKED", "the quantity of the item is not tracked"));
    }
    let level = *known.levels.get(&location).ok_or_else(missing)?;
    let after = whole(level) + by;
    if by < 0 && after < 0 && restricted {
        return Err(item_error("INSUFFICIENT_INVENTORY", "there is not enough of it"));
    }
    if after.abs() > MOST {
        return Err(item_error("MAX_QUANTITY_LIMIT_REACHED", "the quantity is out of its limits"));
    }
    shop.set_level(product, position, location, Quantity::units(after), now);
    log(shop, now, "stock", product, Some(variant), format!("{} → {after}", whole(level)));
    let all = shop.products.get(&product).map(|product| of_product(shop, product)).unwrap_or_default();
    all.into_iter().find(|item| item["id"] == json!(id)).ok_or_else(missing)
}

/// Sets counts, with the revision of the reading before.
pub(super) fn update(shop: &mut Shop, body: &Value, now: Timestamp) -> Answered {
    let list = list(body, "inventoryItems", 1000)?.to_vec();
    let each = |one: &Value| update_one(shop, one.get("inventoryItem").unwrap_or(&Value::Null), now);
    let results = list.iter().map(each).collect();
    Ok(bulk(results, body.get("returnEntity") == Some(&json!(true))))
}

fn update_one(shop: &mut Shop, one: &Value, now: Timestamp) -> Result<Value, Value> {
    let missing = || item_error("INVENTORY_ITEM_NOT_FOUND", "the inventory item was not found");
    let id = one.get("id").and_then(Value::as_str).unwrap_or_default();
    let (location, variant) = parts(Kind::Item, id).ok_or_else(missing)?;
    let (product, position) = shop.find_variant(variant).ok_or_else(missing)?;
    let known = shop.products.get(&product).and_then(|product| product.variants.get(position)).ok_or_else(missing)?;
    if one.get("revision").and_then(Value::as_str) != Some(revision(known).as_str()) {
        return Err(item_error("INVALID_REVISION", "the item was changed since; read it again"));
    }
    let Some(quantity) = one.get("quantity").and_then(Value::as_i64) else { return Err(missing()) };
    shop.set_level(product, position, location, Quantity::units(quantity), now);
    log(shop, now, "stock", product, Some(variant), format!("set to {quantity}"));
    let all = shop.products.get(&product).map(|product| of_product(shop, product)).unwrap_or_default();
    all.into_iter().find(|item| item["id"] == json!(id)).ok_or_else(missing)
}

pub(super) fn create(shop: &mut Shop, body: &Value, now: Timestamp) -> Answered {
    let list = list(body, "inventoryItems", 1000)?.to_vec();
    let results = list.iter().map(|one| create_one(shop, one, now)).collect();
    Ok(bulk(results, body.get("returnEntity") == Some(&json!(true))))
}

fn create_one(shop: &mut Shop, one: &Value, now: Timestamp) -> Result<Value, Value> {
    let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default();
    let missing = || item_error("VARIANT_NOT_FOUND", "the variant was not found");
    let product = number(Kind::Product, text("productId")).ok_or_else(missing)?;
    let known = shop.products.get(&product).ok_or_else(missing)?;
    let wanted = text("variantId");
    let position = known.variants.iter().position(|variant| match known.options.is_empty() {
        true => wanted == DEFAULT_VARIANT,
        false => number(Kind::Variant, wanted) == Some(variant.number),
    });
    let position = position.ok_or_else(missing)?;
    let default = shop.locations.first().map_or(1, |place| place.number);
    let location = number(Kind::Location, text("locationId")).unwrap_or(default);
    let variant = known.variants.get(position).ok_or_else(missing)?;
    let number = variant.number;
    if (!variant.tracked && location == default) || variant.levels.contains_key(&location) {
        return Err(item_error("ITEM_ALREADY_EXISTS", "there is an inventory item already"));
    }
    let quantity = one.get("quantity").and_then(Value::as_i64).unwrap_or(0);
    shop.set_level(product, position, location, Quantity::units(quantity), now);
    log(shop, now, "stock", product, Some(number), format!("none → {quantity}"));
    let all = shop.products.get(&product).map(|product| of_product(shop, product)).unwrap_or_default();
    let id = item_id(number, location);
    all.into_iter().find(|item| item["id"] == json!(id)).ok_or_else(missing)
}
