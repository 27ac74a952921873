//! Products as E-Series writes them: documented fields, floats, dates with a blank. A combination leaves out what it has
//! from its product.

use serde_json::{Map, Value, json};

use crate::domain::{Money, Quantity, Status, Timestamp};
use crate::sandbox::{Shop, ShopProduct, ShopVariant};

use super::Kept;

pub(super) const SITE: &str = "https://imitation.company.site";

/// Keys of `extra`.
pub(super) const REFERENCE: &str = "externalReferenceId";
/// What a product with combinations has of its own, and its combinations have from it.
pub(super) const BASE: &str = "base";
/// Options as they were declared.
pub(super) const OPTIONS: &str = "options";
/// Attributes beside barcode and brand.
pub(super) const ATTRIBUTES: &str = "attributes";
/// Numbers of further categories.
pub(super) const FURTHER: &str = "categoryIds";

pub(super) const UPC_ID: u64 = 9_998_010;
pub(super) const BRAND_ID: u64 = 9_998_011;

pub(super) fn is_variable(product: &ShopProduct) -> bool {
    !product.options.is_empty()
}

/// Whatever is done to a product or its stock moves it.
pub(super) fn updated(product: &ShopProduct) -> Timestamp {
    let of_variants = product.variants.iter().map(|variant| variant.updated_at.max(variant.stock_updated_at)).max();
    product.updated_at.max(of_variants.unwrap_or_default())
}

pub(super) fn seconds(at: Timestamp) -> i64 {
    at.0.div_euclid(1000)
}

/// `2026-11-21 19:00:00 +0000`
pub(super) fn date(at: Timestamp) -> String {
    let whole = Timestamp(seconds(at) * 1000).rfc3339();
    whole.replace('T', " ").replace('Z', " +0000")
}

/// What the product itself has: its only variant, or what combinations have from it.
pub(super) fn base(product: &ShopProduct) -> ShopVariant {
    let first = product.variants.first();
    match first {
        Some(variant) if !is_variable(product) => variant.clone(),
        _ => {
            let kept = product.extra.get(BASE).and_then(|base| serde_json::from_value(base.clone()).ok());
            let price = first.and_then(|variant| variant.price);
            kept.unwrap_or(ShopVariant { price, ..ShopVariant::plain() })
        }
    }
}

pub(super) fn has_sku(product: &ShopProduct, sku: &str) -> bool {
    !sku.is_empty() && (product.variants.iter().any(|variant| variant.sku == sku) || base(product).sku == sku)
}

pub(super) fn product(kept: &Kept, shop: &Shop, product: &ShopProduct) -> Value {
    let own = base(product);
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    put("id", json!(product.number));
    put("name", json!(product.title));
    put("description", json!(product.description));
    put("sku", json!(own.sku));
    put("isSampleProduct", json!(false));
    put("url", json!(format!("{SITE}/p{}", product.number)));
    put("created", json!(date(product.created_at)));
    put("createTimestamp", json!(seconds(product.created_at)));
    put("updated", json!(date(updated(product))));
    put("updateTimestamp", json!(seconds(updated(product))));
    put("enabled", json!(product.status == Status::Active));
    put("outOfStockVisibilityBehaviour", json!("SHOW"));
    put("productClassId", json!(0));
    put("isShippingRequired", json!(true));
    put("price", money(shop, own.price.unwrap_or(0)));
    put("media", json!({"images": images(product)}));
    put("options", options(product));
    let mut categories: Vec<u64> = Vec::new();
    if !product.category.is_empty() {
        categories.push(category_id(&product.category));
        put("defaultCategoryId", json!(category_id(&product.category)));
    }
    let further = product.extra.get(FURTHER).and_then(Value::as_array).cloned().unwrap_or_default();
    categories.extend(further.iter().filter_map(Value::as_u64));
    put("categoryIds", json!(categories));
    // Names are not told here.
    let entries: Vec<Value> = categories.iter().map(|id| json!({"id": id, "enabled": true})).collect();
    put("categories", json!(entries));
    let mut attributes = barcode(&own);
    if !product.brand.is_empty() {
        attributes.push(json!({
            "id": BRAND_ID, "name": "Brand", "value": product.brand, "type": "BRAND", "show": "DESCR"
        }));
    }
    attributes.extend(product.extra.get(ATTRIBUTES).and_then(Value::as_array).cloned().unwrap_or_default());
    put("attributes", json!(attributes));
    let combinations: Vec<Value> = match is_variable(product) {
        true => product.variants.iter().map(|variant| combination(kept, shop, product, &own, variant)).collect(),
        false => Vec::new(),
    };
    put("combinations", json!(combinations));
    if let Some(reference) = product.extra.get(REFERENCE) {
        put(REFERENCE, reference.clone());
    }
    put_article(kept, &mut fields, &own);
    Value::Object(fields)
}

fn combination(kept: &Kept, shop: &Shop, product: &ShopProduct, own: &ShopVariant, variant: &ShopVariant) -> Value {
    let chosen = product.options.iter().zip(&variant.values).filter(|(_, value)| !value.is_empty());
    let chosen: Vec<Value> = chosen.map(|(name, value)| json!({"name": name, "value": value})).collect();
    let place = product.variants.iter().position(|known| known.number == variant.number).unwrap_or(0);
    let mut fields = Map::new();
    fields.insert("id".into(), json!(variant.number));
    fields.insert("combinationNumber".into(), json!(place + 1));
    fields.insert("options".into(), json!(chosen));
    if !variant.sku.is_empty() {
        fields.insert("sku".into(), json!(variant.sku));
    }
    if let Some(price) = variant.price.filter(|price| Some(*price) != own.price) {
        fields.insert("price".into(), money(shop, price));
    }
    let attributes = barcode(variant);
    if !attributes.is_empty() {
        fields.insert("attributes".into(), json!(attributes));
    }
    if let Some(reference) = variant.extra.get(REFERENCE) {
        fields.insert(REFERENCE.into(), reference.clone());
    }
    put_article(kept, &mut fields, variant);
    Value::Object(fields)
}

/// What products and combinations have in common.
fn put_article(kept: &Kept, fields: &mut Map<String, Value>, variant: &ShopVariant) {
    for name in ["compareToPrice", "weight", "dimensions"] {
        if let Some(value) = variant.extra.get(name) {
            fields.insert(name.to_owned(), value.clone());
        }
    }
    let count = count(variant);
    fields.insert("unlimited".into(), json!(count.is_none()));
    fields.insert("inStock".into(), json!(count.is_none_or(|count| count.is_positive())));
    if let Some(count) = count {
        fields.insert("quantity".into(), whole(count));
        if kept.is_fed {
            let outlets = variant.levels.iter().map(|(place, level)| (place.to_string(), whole(*level)));
            fields.insert("locationInventory".into(), Value::Object(outlets.collect()));
        }
    }
}

/// The sum over all outlets; `None` for unlimited.
pub(super) fn count(variant: &ShopVariant) -> Option<Quantity> {
    let is_counted = variant.tracked && !variant.levels.is_empty();
    is_counted.then(|| Quantity::sum(variant.levels.values().copied()))
}

fn whole(count: Quantity) -> Value {
    json!(count.raw() / Quantity::units(1).raw())
}

fn barcode(variant: &ShopVariant) -> Vec<Value> {
    match variant.barcode.as_str() {
        "" => Vec::new(),
        code => vec![json!({"id": UPC_ID, "name": "UPC", "value": code, "type": "UPC", "show": "DESCR"})],
    }
}

fn images(product: &ShopProduct) -> Vec<Value> {
    let image = |(place, address): (usize, &String)| {
        json!({
            "id": place.to_string(), "isMain": place == 0, "orderBy": place, "imageOriginalUrl": address,
            "image160pxUrl": address, "image400pxUrl": address, "image800pxUrl": address, "image1500pxUrl": address
        })
    };
    product.images.iter().enumerate().map(image).collect()
}

/// As declared, or made of what the combinations have.
fn options(product: &ShopProduct) -> Value {
    if let Some(declared) = product.extra.get(OPTIONS) {
        return declared.clone();
    }
    let option = |(place, name): (usize, &String)| {
        let mut values: Vec<&String> = Vec::new();
        for value in product.variants.iter().filter_map(|variant| variant.values.get(place)) {
            if !value.is_empty() && !values.contains(&value) {
                values.push(value);
            }
        }
        let choice = |value: &&String| json!({"text": value, "priceModifier": 0, "priceModifierType": "ABSOLUTE"});
        let choices: Vec<Value> = values.iter().map(choice).collect();
        json!({"type": "SELECT", "name": name, "choices": choices, "defaultChoice": 0, "required": true})
    };
    product.options.iter().enumerate().map(option).collect()
}

/// Every name, each once.
pub(super) fn categories(kept: &Kept, shop: &Shop) -> Vec<String> {
    let used = shop.products.values().map(|product| product.category.clone()).filter(|name| !name.is_empty());
    let mut names: Vec<String> = kept.categories.iter().cloned().chain(used).collect();
    names.sort();
    names.dedup();
    names
}

/// The same name has the same number.
pub(super) fn category_id(name: &str) -> u64 {
    let digits = blake3::hash(name.as_bytes());
    let first = digits.as_bytes().iter().take(4).fold(0, |number, byte| (number << 8) | u64::from(*byte));
    first % 900_000_000 + 1
}

fn money(shop: &Shop, minor: i64) -> Value {
    crate::connectors::e_series::measures::number(&Money::new(minor, shop.currency).amount())
}
