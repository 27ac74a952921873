//! V1's counts: one place, a product counted as a whole or not at all, answers that say nothing.

use serde_json::{Value, json};

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Outgoing, Shop, ShopProduct};

use super::identifiers::{Kind, number, uuid};
use super::older::{in_string, limit};
use super::older_present::{level, variant_id};
use super::problem::{Problem, invalid, not_found, refused};
use super::question::matches;
use super::{Answered, log};

pub(super) fn query(shop: &Shop, body: &Value) -> Answered {
    let query = body.get("query").cloned().unwrap_or_default();
    let filter = in_string(&query, "filter")?.as_object().cloned().unwrap_or_default();
    let field = |product: &ShopProduct, name: &str| match name {
        "numericId" => json!(product.number),
        "productId" => json!(uuid(Kind::Product, product.number)),
        _ => Value::Null,
    };
    let found: Vec<&ShopProduct> =
        shop.products.values().filter(|product| matches(&filter, |name| field(product, name))).collect();
    let (limit, offset) = limit(&query)?;
    let total = found.len();
    let items: Vec<Value> = found.into_iter().skip(offset).take(limit).map(|product| item(shop, product)).collect();
    let metadata = json!({"items": items.len(), "offset": offset});
    Ok(Outgoing::json(200, &json!({"inventoryItems": items, "metadata": metadata, "totalResults": total})))
}

fn item(shop: &Shop, product: &ShopProduct) -> Value {
    let tracked = product.variants.iter().any(|variant| variant.tracked);
    let moved = product.variants.iter().map(|variant| variant.stock_updated_at).max().unwrap_or_default();
    let variants: Vec<Value> = product
        .variants
        .iter()
        .map(|variant| {
            let mut shown =
                json!({"variantId": variant_id(product, variant), "inStock": true, "availableForPreorder": false});
            if let Some(level) = level(shop, variant).filter(|_| tracked) {
                shown["quantity"] = json!(level);
            }
            shown
        })
        .collect();
    let id = uuid(Kind::Product, product.number);
    json!({
        "id": uuid(Kind::Item, product.number), "externalId": id, "productId": id, "trackQuantity": tracked,
        "variants": variants, "lastUpdated": moved.rfc3339(), "numericId": product.number.to_string(),
        "preorderInfo": {}
    })
}

/// Product and the place of the variant in it.
fn find(shop: &Shop, product: &str, variant: &str) -> Result<(u64, usize), Problem> {
    let number = number(Kind::Product, product).ok_or_else(|| not_found("the product"))?;
    let product = shop.products.get(&number).ok_or_else(|| not_found("the product"))?;
    let place = product.variants.iter().position(|known| variant_id(product, known) == variant);
    place.map(|place| (number, place)).ok_or_else(|| not_found("the variant"))
}

/// One after the other, until one is refused: those before it are done.
pub(super) fn adjust(shop: &mut Shop, body: &Value, up: bool, now: Timestamp) -> Answered {
    let (name, by) = if up { ("incrementData", "incrementBy") } else { ("decrementData", "decrementBy") };
    let list = body.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    if list.is_empty() || list.len() > 300 {
        return Err(invalid(name, "must have 1 to 300 items"));
    }
    for one in &list {
        let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default();
        let by = one.get(by).and_then(Value::as_i64).filter(|by| *by > 0);
        let by = by.ok_or_else(|| invalid(name, "must change by 1 or more"))?;
        let (product, position) = find(shop, text("productId"), text("variantId"))?;
        let place = shop.locations.first().map_or(1, |place| place.number);
        let Some(variant) = shop.products.get(&product).and_then(|product| product.variants.get(position)) else {
            return Err(not_found("the variant"));
        };
        if !variant.tracked {
            return Err(refused(400, "INVENTORY_NOT_TRACKED", "the inventory of the product is not tracked"));
        }
        let (number, before) = (variant.number, level(shop, variant).unwrap_or(0));
        let after = if up { before + by } else { before - by };
        if after < 0 && !up {
            return Err(refused(400, "INSUFFICIENT_INVENTORY", "there is not enough of it"));
        }
        shop.set_level(product, position, place, Quantity::units(after), now);
        log(shop, now, "stock", product, Some(number), format!("{before} → {after}"));
    }
    Ok(Outgoing::json(200, &json!({})))
}

/// A flag that is left out counts as false, and switches counting off for all variants.
pub(super) fn update(shop: &mut Shop, body: &Value, id: &str, now: Timestamp) -> Answered {
    let number = number(Kind::Product, id).filter(|number| shop.products.contains_key(number));
    let number = number.ok_or_else(|| not_found("the product"))?;
    let item = body.get("inventoryItem").cloned().unwrap_or_default();
    let tracked = item.get("trackQuantity").and_then(Value::as_bool).unwrap_or(false);
    let place = shop.locations.first().map_or(1, |place| place.number);
    let mut changed = Vec::new();
    for one in item.get("variants").and_then(Value::as_array).into_iter().flatten() {
        let variant = one.get("variantId").and_then(Value::as_str).unwrap_or_default();
        let (_, position) = find(shop, id, variant)?;
        let quantity = one.get("quantity").and_then(Value::as_i64);
        changed.extend(quantity.map(|quantity| (position, quantity)));
    }
    if let Some(product) = shop.products.get_mut(&number) {
        for variant in &mut product.variants {
            variant.tracked = tracked;
            variant.stock_updated_at = now;
            if tracked {
                variant.levels.entry(place).or_insert(Quantity::ZERO);
            } else {
                variant.levels.clear();
            }
        }
    }
    for (position, quantity) in changed.into_iter().filter(|_| tracked) {
        shop.set_level(number, position, place, Quantity::units(quantity), now);
    }
    log(shop, now, "stock", number, None, format!("counted: {tracked}"));
    Ok(Outgoing::json(200, &json!({})))
}
