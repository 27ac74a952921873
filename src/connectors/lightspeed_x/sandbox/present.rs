//! The shop as X-Series shows it.

use serde_json::{Value, json};

use crate::domain::{Money, Quantity, Status};
use crate::sandbox::{Incoming, Shop, ShopProduct, ShopVariant};

use super::super::convert::barcode_kind;
use super::super::measures::number;
use super::door::PREFIX;
use super::identifiers::{Kind, named, uuid};
use super::versions::Tombstone;
use super::{Shape, moment};

/// Per cent.
const TAX: i64 = 15;

pub fn retailer(shop: &Shop, tax_exclusive: bool) -> Value {
    json!({"data": {
        "id": named("retailer", &shop.name),
        "domain_prefix": PREFIX,
        "store_url": format!("https://{PREFIX}.retail.lightspeed.app"),
        "account_status": "ACTIVATED",
        "account_type": "PRODUCTION",
        "name": shop.name,
        "culture": "en",
        "tax_exclusive": tax_exclusive,
        "country": "NZ",
        "currency": {"code": shop.currency.code(), "symbol": "¤"},
        "store_credit": false,
        "created_at": "2024-01-02T09:00:00+00:00",
    }})
}

pub fn outlets(shop: &Shop, request: &Incoming) -> Value {
    let after = super::number(request, "after").unwrap_or(0);
    let all = shop.locations.iter().zip(101..).filter(|(_, version)| *version > after);
    let data: Vec<Value> = all
        .map(|(location, version)| {
            json!({
                "id": uuid(Kind::Outlet, location.number),
                "name": location.name,
                "time_zone": "Pacific/Auckland",
                "currency": shop.currency.code(),
                "currency_symbol": "¤",
                "display_prices": "inclusive",
                "physical_country_id": "NZ",
                "attributes": [],
                "deleted_at": null,
                "version": version,
            })
        })
        .collect();
    let end = |place: Option<&Value>| place.map_or(Value::Null, |outlet| outlet["version"].clone());
    let (min, max) = (end(data.first()), end(data.last()));
    json!({"data": data, "version": {"min": min, "max": max}})
}

pub fn category(name: &str) -> Value {
    let id = named("category", name);
    json!({
        "id": id, "name": name, "root_category_id": id, "leaf_category": true,
        "category_path": [{"id": id, "name": name}],
    })
}

/// The two prices of a shop's own one, with five decimals: (including, excluding).
fn prices(shop: &Shop, minor: i64, tax_exclusive: bool) -> (Value, Value) {
    let own = Money::new(minor, shop.currency).amount();
    let exact = own.parse::<Quantity>().map_or(0, Quantity::raw);
    let other = if tax_exclusive { exact * (100 + TAX) / 100 } else { exact * 100 / (100 + TAX) };
    let other = number(&Quantity::from_raw(other).to_string());
    let own = number(&Quantity::from_raw(exact).to_string());
    if tax_exclusive { (other, own) } else { (own, other) }
}

/// The codes as they were written, or as SKU and barcode make them.
pub fn codes(variant: &ShopVariant) -> Vec<Value> {
    let written = variant.extra.get("product_codes").and_then(Value::as_array).cloned().unwrap_or_default();
    let has = |code: &str| written.iter().any(|known| known["code"] == *code);
    if !written.is_empty() && has(&variant.sku) && (variant.barcode.is_empty() || has(&variant.barcode)) {
        return written;
    }
    let mut codes = Vec::new();
    if !variant.sku.is_empty() {
        codes.push(json!({"type": "CUSTOM", "code": variant.sku}));
    }
    if !variant.barcode.is_empty() && variant.barcode != variant.sku {
        codes.push(json!({"type": barcode_kind(&variant.barcode).unwrap_or("CUSTOM"), "code": variant.barcode}));
    }
    codes.extend(written.into_iter().filter(|known| known["kept"] == true));
    codes
}

pub fn handle(product: &ShopProduct) -> String {
    match product.extra.get("handle").and_then(Value::as_str) {
        Some(handle) => handle.to_owned(),
        None => format!("product{}", product.number),
    }
}

pub fn is_active(product: &ShopProduct, variant: &ShopVariant) -> bool {
    product.status == Status::Active && variant.extra.get("is_active") != Some(&json!(false))
}

/// One product, which is one variant of the model.
pub fn product(shop: &Shop, product: &ShopProduct, place: usize, version: i64, shape: Shape, exclusive: bool) -> Value {
    let Some(variant) = product.variants.get(place) else { return Value::Null };
    let parent = product.variants.first().map_or(variant.number, |first| first.number);
    let is_family = !product.options.is_empty();
    let id = uuid(Kind::Product, variant.number);
    let options = product.options.iter().zip(&variant.values);
    let options: Vec<Value> =
        options.map(|(name, value)| json!({"id": named("attribute", name), "name": name, "value": value})).collect();
    let mut name = product.title.clone();
    variant.values.iter().for_each(|value| name.extend([" / ", value]));
    let (including, excluding) = prices(shop, variant.price.unwrap_or(0), exclusive);
    let active = is_active(product, variant);
    let brand = match product.brand.as_str() {
        "" => json!({}),
        name => json!({"id": named("brand", name), "name": name, "version": 1}),
    };
    let images: Vec<Value> = product
        .images
        .iter()
        .map(|url| json!({"id": named("image", url), "url": url, "version": 1, "sizes": {"original": url}}))
        .collect();
    let codes: Vec<Value> = codes(variant)
        .into_iter()
        .map(|code| json!({"id": named("code", &code.to_string()), "type": code["type"], "code": code["code"]}))
        .collect();
    let mut shown = json!({
        "id": id,
        "name": product.title,
        "variant_name": name,
        "handle": handle(product),
        "sku": variant.sku,
        "active": active,
        "is_active": active,
        "has_inventory": variant.tracked,
        "is_composite": false,
        "has_variants": is_family && parent == variant.number,
        "variant_options": options,
        "description": product.description,
        "price_including_tax": including,
        "price_excluding_tax": excluding,
        "supply_price": 0,
        "product_codes": codes,
        "product_suppliers": [],
        "brand": brand,
        "type": {},
        "categories": [],
        "tag_ids": product.extra.get("tag_ids").cloned().unwrap_or(json!([])),
        "attributes": [],
        "images": images,
        "button_order": 0,
        "source": "USER",
        "created_at": moment(product.created_at),
        "updated_at": moment(product.updated_at.max(variant.updated_at)),
        "version": version,
    });
    if is_family && parent != variant.number {
        shown["variant_parent_id"] = json!(uuid(Kind::Product, parent));
    }
    if is_family && parent == variant.number {
        shown["variant_count"] = json!(product.variants.len());
    }
    if !product.brand.is_empty() {
        shown["brand_id"] = json!(named("brand", &product.brand));
    }
    if !product.category.is_empty() {
        let id = named("category", &product.category);
        shown["product_type_id"] = json!(id);
        shown["type"] = json!({"id": id, "name": product.category, "version": 1, "leaf_category": true});
        if shape == Shape::New {
            shown["product_category"] = category(&product.category);
        }
    }
    for field in ["weight", "weight_unit", "length", "width", "height", "dimensions_unit"] {
        if let Some(value) = variant.extra.get(field) {
            shown[field] = value.clone();
        }
    }
    if shape == Shape::New {
        shown["family_id"] = json!(named("family", &parent.to_string()));
        shown["skuImages"] = json!([]);
        shown["packaging"] = json!({});
        shown["customizations"] = json!([]);
    }
    shown
}

/// What a deleted product still shows.
pub fn tombstone(number: u64, known: &Tombstone, version: i64) -> Value {
    let mut shown = json!({
        "id": uuid(Kind::Product, number),
        "name": known.name,
        "variant_name": known.name,
        "handle": format!("deleted{number}"),
        "sku": format!("deleted-{number}"),
        "active": false,
        "is_active": false,
        "has_inventory": true,
        "is_composite": false,
        "has_variants": known.has_variants,
        "variant_options": [],
        "price_including_tax": 0,
        "price_excluding_tax": 0,
        "product_codes": [],
        "product_suppliers": [],
        "categories": [],
        "tag_ids": [],
        "attributes": [],
        "images": [],
        "created_at": moment(known.deleted_at),
        "updated_at": moment(known.deleted_at),
        "deleted_at": moment(known.deleted_at),
        "version": version,
    });
    if let Some(parent) = known.parent {
        shown["variant_parent_id"] = json!(uuid(Kind::Product, parent));
    }
    shown
}
