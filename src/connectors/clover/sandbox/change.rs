//! What changes items and their counts.

use serde_json::{Value, json};

use crate::domain::{Quantity, Status, Timestamp};
use crate::sandbox::{Applied, Shop, ShopProduct, ShopVariant};

use super::present::{self, Deleted, available, find, flag, hidden, is_group, location, set_own};
use super::{Answered, Kept, Problem, done, identifiers};

const NAME_MOST: usize = 127;
const CODE_MOST: usize = 100;

pub(super) fn create(kept: &mut Kept, shop: &mut Shop, body: &Value, now: Timestamp) -> Answered {
    check(body, true)?;
    let group = match body.get("itemGroup") {
        None | Some(Value::Null) => None,
        Some(group) => Some(known_group(kept, shop, group)?),
    };
    let mut variant = ShopVariant::plain();
    variant.number = shop.number();
    variant.stock_updated_at = now;
    variant.updated_at = now;
    put(&mut variant, body, true);
    let number = variant.number;
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    let available = body["available"].as_bool().unwrap_or(true);
    if !available {
        set_own(&mut variant, "available", json!(false));
    }
    let product = match group {
        None => {
            let product = ShopProduct::simple(&name, variant);
            shop.insert(product, now)
        }
        Some(group) => {
            set_own(&mut variant, "name", json!(name));
            join(kept, shop, group, variant, now)
        }
    };
    settle(shop, product);
    log(shop, now, "create", product, Some(number), name);
    present::shown(kept, shop, &identifiers::item(number))
}

/// Puts an item into a group; the group's first one makes it a product.
fn join(kept: &mut Kept, shop: &mut Shop, group: u64, mut variant: ShopVariant, now: Timestamp) -> u64 {
    let declared: Vec<String> = kept.declared.get(&group).into_iter().flatten().map(|(name, _)| name.clone()).collect();
    match shop.products.get_mut(&group) {
        Some(product) => {
            variant.values = vec![String::new(); product.options.len()];
            product.variants.push(variant);
            group
        }
        None => {
            let title = kept.empty.remove(&group).unwrap_or_default();
            variant.values = vec![String::new(); declared.len()];
            let mut product = ShopProduct::simple(&title, variant);
            product.number = group;
            product.created_at = now;
            product.options = declared;
            kept.declared.entry(group).or_default();
            shop.insert(product, now)
        }
    }
}

fn known_group(kept: &Kept, shop: &Shop, group: &Value) -> Result<u64, Problem> {
    let number = group["id"].as_str().and_then(identifiers::group_number).ok_or_else(Problem::invalid_id)?;
    let known = kept.empty.contains_key(&number) || shop.products.get(&number).is_some_and(|p| is_group(kept, p));
    if known { Ok(number) } else { Err(Problem::invalid_id()) }
}

/// A true partial update: what is not sent stays.
pub(super) fn update(kept: &Kept, shop: &mut Shop, id: &str, body: &Value, now: Timestamp) -> Answered {
    let (product, variant) = find(shop, id)?;
    let (product, number) = (product.number, variant.number);
    check(body, false)?;
    let grouped = shop.products.get(&product).is_some_and(|product| is_group(kept, product));
    if let Some(product) = shop.products.get_mut(&product) {
        materialise(product);
        if let (Some(name), false) = (body["name"].as_str(), grouped) {
            product.title = name.to_owned();
        }
        if let Some(variant) = product.variants.iter_mut().find(|variant| variant.number == number) {
            put(variant, body, false);
            if let (Some(name), true) = (body["name"].as_str(), grouped) {
                set_own(variant, "name", json!(name));
            }
            for field in ["available", "hidden", "autoManage"] {
                if let Some(value) = body[field].as_bool() {
                    set_own(variant, field, json!(value));
                }
            }
            variant.updated_at = now;
        }
    }
    settle(shop, product);
    log(shop, now, "update", product, Some(number), body.to_string());
    present::shown(kept, shop, id)
}

/// The whole item: name and price have to be there.
pub(super) fn replace(kept: &Kept, shop: &mut Shop, id: &str, body: &Value, now: Timestamp) -> Answered {
    check(body, true)?;
    update(kept, shop, id, body, now)
}

pub(super) fn delete(kept: &mut Kept, shop: &mut Shop, id: &str, now: Timestamp) -> Answered {
    let (product, variant) = find(shop, id)?;
    let (product, number) = (product.number, variant.number);
    let mut shown = present::show(kept, shop, &shop.products[&product], variant, &|_| false);
    shown["deletedTime"] = json!(now.0);
    shown["modifiedTime"] = json!(now.0);
    kept.deleted.push(Deleted { shown, at: now });
    let last = shop.products.get(&product).is_none_or(|product| product.variants.len() == 1);
    let grouped = shop.products.get(&product).is_some_and(|product| is_group(kept, product));
    if last {
        if let Some(title) = shop.products.get(&product).filter(|_| grouped).map(|product| product.title.clone()) {
            // The group stays, empty.
            kept.empty.insert(product, title);
        }
        shop.delete(product, now);
    } else if let Some(known) = shop.products.get_mut(&product) {
        // A group of one is still a group.
        kept.declared.entry(product).or_default();
        known.variants.retain(|variant| variant.number != number);
    }
    log(shop, now, "delete", product, Some(number), String::new());
    Ok(done(json!({})))
}

/// Absolute, whatever was there; no tracking has to be switched on for it.
pub(super) fn set_stock(shop: &mut Shop, id: &str, body: &Value, now: Timestamp) -> Answered {
    let number = find(shop, id)?.1.number;
    let wanted = body.get("quantity").filter(|quantity| quantity.is_number()).map(ToString::to_string);
    let wanted: Option<Quantity> = wanted.and_then(|text| text.parse().ok());
    let wanted = wanted.ok_or_else(|| Problem::new(400, "quantity is required"))?;
    let here = location(shop);
    if let Some((product, position)) = shop.find_variant(number) {
        let before = shop.products.get(&product).and_then(|p| p.variants.get(position)?.levels.get(&here).copied());
        shop.set_level(product, position, here, wanted, now);
        let before = before.map_or_else(|| "nothing".to_owned(), |level| level.to_string());
        log(shop, now, "stock", product, Some(number), format!("{before} → {wanted}"));
    }
    present::stock(shop, id)
}

fn check(body: &Value, whole: bool) -> Result<(), Problem> {
    let text = |field: &str| body.get(field).filter(|value| !value.is_null());
    for (field, most) in [("name", NAME_MOST), ("alternateName", NAME_MOST), ("sku", CODE_MOST), ("code", CODE_MOST)] {
        match text(field).map(Value::as_str) {
            Some(Some(value)) if value.chars().count() > most => {
                return Err(Problem::new(400, format!("{field} cannot be longer than {most} characters")));
            }
            Some(None) => return Err(Problem::new(400, format!("{field} must be a string"))),
            _ => {}
        }
    }
    if body["name"] == "" || (whole && text("name").is_none()) {
        return Err(Problem::new(400, "name is required"));
    }
    let priced = text("price").map(|price| price.as_i64().is_some_and(|cents| cents >= 0));
    if priced == Some(false) || (whole && priced.is_none()) {
        return Err(Problem::new(400, "price is required"));
    }
    let known = ["FIXED", "VARIABLE", "PER_UNIT"];
    match text("priceType").and_then(Value::as_str) {
        Some(kind) if !known.contains(&kind) => Err(Problem::new(400, format!("Invalid priceType: {kind}"))),
        _ => Ok(()),
    }
}

fn put(variant: &mut ShopVariant, body: &Value, new: bool) {
    if let Some(sku) = body["sku"].as_str() {
        variant.sku = sku.to_owned();
    }
    if let Some(code) = body["code"].as_str() {
        variant.barcode = code.to_owned();
    }
    let kind = body["priceType"].as_str();
    if let Some(kind) = kind {
        set_own(variant, "priceType", json!(kind));
    }
    // A price alone does not make the till stop asking.
    let asked_for = kind.map_or(!new && variant.price.is_none(), |kind| kind == "VARIABLE");
    match body["price"].as_i64() {
        _ if asked_for => variant.price = None,
        Some(cents) => variant.price = Some(cents),
        None => {}
    }
    for field in ["alternateName", "unitName", "cost", "colorCode", "hidden"] {
        if let Some(value) = body.get(field) {
            set_own(variant, field, value.clone());
        }
    }
}

/// Writes down for each item what the product's status says of it, before one of them is changed.
fn materialise(product: &mut ShopProduct) {
    let of: Vec<(bool, bool)> =
        product.variants.iter().map(|variant| (available(product, variant), hidden(product, variant))).collect();
    for (variant, (available, hidden)) in product.variants.iter_mut().zip(of) {
        let managed = flag(variant, "autoManage") == Some(true);
        for (field, value, usual) in [("available", available, true), ("hidden", hidden, false)] {
            if managed && field == "available" {
                continue;
            }
            if value != usual || flag(variant, field).is_some() {
                set_own(variant, field, json!(value));
            }
        }
    }
    product.status = Status::Active;
}

/// A product is on sale as long as one of its items is.
fn settle(shop: &mut Shop, product: u64) {
    let Some(product) = shop.products.get_mut(&product) else { return };
    let on_sale = |variant: &ShopVariant| {
        let off = flag(variant, "available") == Some(false) && flag(variant, "autoManage") != Some(true);
        !off && flag(variant, "hidden") != Some(true)
    };
    product.status = if product.variants.iter().any(on_sale) { Status::Active } else { Status::Draft };
}

pub(super) fn log(
    shop: &mut Shop,
    at: Timestamp,
    what: &'static str,
    product: u64,
    variant: Option<u64>,
    change: String,
) {
    shop.applied.push(Applied { at, what, product, variant, change, key: None });
}
