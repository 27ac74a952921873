//! The fields of products and variations, taken from a body the way WooCommerce's setters take them.

use serde_json::{Map, Value, json};

use crate::domain::{Quantity, Status, Timestamp};
use crate::sandbox::{Shop, ShopProduct, ShopVariant};

use super::present::{self, BRAND_IS_ATTRIBUTE, META, STATUS, TYPE, declared_options, image_id};
use super::prices;
use super::problem::{Problem, invalid_parameter};
use super::shelf::{Article, Shelf};
use super::terms::{Kind, UNCATEGORIZED, term_id};

/// The schema's types, as WordPress checks them for single calls (batches skip that).
pub(super) fn check_types(body: &Value) -> Result<(), Problem> {
    let integer = |value: &Value| value.is_i64() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok());
    let strings =
        ["name", "type", "status", "description", "sku", "global_unique_id", "regular_price", "sale_price", "weight"];
    for (name, value) in body.as_object().into_iter().flatten() {
        let (fits, kind) = match name.as_str() {
            name if strings.contains(&name) => (value.is_string(), "string"),
            "manage_stock" => (value.is_boolean() || value.is_string(), "boolean"),
            "stock_quantity" => (value.is_null() || integer(value), "integer"),
            "images" | "attributes" | "meta_data" | "categories" | "brands" => (value.is_array(), "array"),
            _ => (true, ""),
        };
        if !fits {
            return Err(invalid_parameter(name, &format!("{name} is not of type {kind}.")));
        }
    }
    Ok(())
}

pub(super) fn blank_product(body: &Value) -> ShopProduct {
    let mut product = ShopProduct {
        number: 0,
        title: "Product".to_owned(),
        description: String::new(),
        brand: String::new(),
        category: String::new(),
        status: Status::Active,
        options: Vec::new(),
        variants: Vec::new(),
        images: Vec::new(),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        version: 0,
        extra: Map::new(),
    };
    let kind = body.get("type").and_then(Value::as_str).unwrap_or("simple");
    if matches!(kind, "grouped" | "external") {
        product.extra.insert(TYPE.to_owned(), json!(kind));
    }
    product
}

pub(super) fn blank_variant() -> ShopVariant {
    ShopVariant {
        number: 0,
        values: Vec::new(),
        sku: String::new(),
        barcode: String::new(),
        price: None,
        tracked: false,
        levels: Default::default(),
        updated_at: Timestamp(0),
        stock_updated_at: Timestamp(0),
        extra: Map::new(),
    }
}

/// What belongs to the product as a whole.
pub(super) fn put_product(
    shelf: &Shelf,
    shop: &mut Shop,
    product: &mut ShopProduct,
    body: &Value,
) -> Result<(), Problem> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    // Pictures come first: one that cannot be had fails everything, and nothing is saved.
    if let Some(images) = body.get("images").and_then(Value::as_array) {
        product.images = images.iter().map(|sent| image(product, sent)).collect::<Result<_, _>>()?;
    }
    if let Some(name) = text("name") {
        product.title = name.to_owned();
    }
    if let Some(description) = text("description") {
        product.description = description.to_owned();
    }
    if let Some(status) = text("status") {
        product.status = if status == "publish" { Status::Active } else { Status::Draft };
        product.extra.remove(STATUS);
        if !matches!(status, "publish" | "draft") {
            product.extra.insert(STATUS.to_owned(), json!(status));
        }
    }
    if let Some(attributes) = body.get("attributes").and_then(Value::as_array) {
        let variable = text("type") == Some("variable") || present::is_variable(product);
        put_attributes(product, attributes, variable);
    }
    if let Some(name) = first_term(shelf, shop, Kind::Brands, body) {
        product.brand = name.unwrap_or_default();
        product.extra.remove(BRAND_IS_ATTRIBUTE);
    }
    if let Some(name) = first_term(shelf, shop, Kind::Categories, body) {
        // No product is without one.
        product.category = name.unwrap_or_else(|| UNCATEGORIZED.to_owned());
    }
    put_meta(shop, &mut product.extra, body);
    Ok(())
}

/// What a simple product and a variation have in common.
pub(super) fn put_article(
    shelf: &Shelf,
    shop: &Shop,
    variant: &mut ShopVariant,
    body: &Value,
    now: Timestamp,
) -> Result<(), Problem> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let itself = Article { variant: variant.number };
    if let Some(sku) = text("sku") {
        check_sku(shelf, shop, sku, itself)?;
        variant.sku = sku.trim().to_owned();
    }
    if let Some(barcode) = text("global_unique_id") {
        let kept: String = barcode.chars().filter(|c| c.is_ascii_digit() || matches!(c, '-' | 'x' | 'X')).collect();
        if let Some((holder, _)) = shelf.barcode_holder(shop, &kept, itself) {
            let message = "Invalid or duplicated GTIN, UPC, EAN or ISBN.";
            return Err(
                Problem::new(400, "product_invalid_global_unique_id", message).with("resource_id", json!(holder))
            );
        }
        variant.barcode = kept;
    }
    prices::put(shop, variant, body);
    for measure in ["weight", "dimensions"] {
        if let Some(value) = body.get(measure) {
            variant.extra.insert(measure.to_owned(), value.clone());
        }
    }
    put_stock(shelf, shop, variant, body, now);
    Ok(())
}

/// Without stock management a quantity is dropped, and nobody is told.
fn put_stock(shelf: &Shelf, shop: &Shop, variant: &mut ShopVariant, body: &Value, now: Timestamp) {
    let location = shop.locations.first().map_or(0, |location| location.number);
    if shelf.counts_nothing {
        return;
    }
    match body.get(present::MANAGE_STOCK) {
        Some(Value::Bool(manages)) => {
            variant.tracked = *manages;
            variant.extra.remove(present::MANAGE_STOCK);
        }
        Some(Value::String(who)) if who == "parent" => {
            variant.extra.insert(present::MANAGE_STOCK.to_owned(), json!("parent"));
        }
        _ => {}
    }
    if !variant.tracked {
        variant.levels.remove(&location);
        return;
    }
    // intval(), as wc_stock_amount() has it.
    let sent = body.get("stock_quantity").and_then(|value| match value {
        Value::Number(number) => number.as_i64().or_else(|| number.to_string().split('.').next()?.parse().ok()),
        Value::String(text) => text.split('.').next()?.parse().ok(),
        _ => None,
    });
    if let Some(quantity) = sent {
        variant.levels.insert(location, Quantity::units(quantity));
        variant.stock_updated_at = now;
    }
}

/// Live ones say "invalid or duplicated"; what lies in the trash holds its row in the lookup table all the same.
fn check_sku(shelf: &Shelf, shop: &Shop, sku: &str, itself: Article) -> Result<(), Problem> {
    match shelf.sku_holder(shop, sku, itself) {
        None => Ok(()),
        Some((holder, false)) => Err(Problem::new(400, "product_invalid_sku", "Invalid or duplicated SKU.")
            .with("resource_id", json!(holder))
            .with("unique_sku", json!(format!("{sku}-1")))),
        Some((_, true)) => {
            let message =
                format!("The product with SKU ({sku}) you are trying to insert is already present in the lookup table");
            Err(Problem::new(400, "woocommerce_rest_product_not_created", &message))
        }
    }
}

fn put_attributes(product: &mut ShopProduct, attributes: &[Value], variable: bool) {
    let is_option = |attribute: &&Value| attribute.get("variation") == Some(&json!(true));
    let name = |attribute: &Value| attribute.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let values = |attribute: &Value| {
        let values = attribute.get("options").and_then(Value::as_array).cloned().unwrap_or_default();
        // WC_DELIMITER
        let split = |value: &Value| -> Vec<String> {
            value.as_str().unwrap_or_default().split('|').map(|part| part.trim().to_owned()).collect()
        };
        values.iter().flat_map(split).collect::<Vec<String>>()
    };
    if variable {
        product.options = attributes.iter().filter(is_option).map(name).collect();
        for option in attributes.iter().filter(is_option) {
            product.extra.insert(declared_options(&name(option)), json!(values(option)));
        }
    }
    let brand = attributes.iter().find(|attribute| name(attribute) == "Brand" && !is_option(attribute));
    if brand.is_none() && product.extra.remove(BRAND_IS_ATTRIBUTE).is_some() {
        product.brand.clear();
    }
    if let Some(brand) = brand {
        product.brand = values(brand).into_iter().next().unwrap_or_default();
        product.extra.insert(BRAND_IS_ATTRIBUTE.to_owned(), json!(true));
    }
}

/// A variation's values in the order of the product's options; one that is not given is "any".
pub(super) fn values(product: &ShopProduct, variant: &ShopVariant, body: &Value) -> Vec<String> {
    let Some(sent) = body.get("attributes").and_then(Value::as_array) else { return variant.values.clone() };
    let value = |option: &String| {
        let same = |attribute: &&Value| {
            attribute.get("name").and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case(option))
        };
        let value = sent.iter().find(same).and_then(|attribute| attribute.get("option")?.as_str());
        value.unwrap_or_default().to_owned()
    };
    product.options.iter().map(value).collect()
}

/// Meta fields, numbered as WooCommerce numbers them.
pub(super) fn put_meta(shop: &mut Shop, extra: &mut Map<String, Value>, body: &Value) {
    let Some(sent) = body.get("meta_data").and_then(Value::as_array) else { return };
    let mut fields = extra.get(META).and_then(Value::as_array).cloned().unwrap_or_default();
    for field in sent {
        match fields.iter_mut().find(|known| known.get("key") == field.get("key")) {
            Some(known) => known["value"] = field.get("value").cloned().unwrap_or_default(),
            None => {
                fields.push(json!({"id": shop.number(), "key": field.get("key"), "value": field.get("value")}));
            }
        }
    }
    extra.insert(META.to_owned(), Value::Array(fields));
}

/// The first of the terms sent, by name; the inner `None` for an empty list, the outer one if there is no list.
/// WordPress drops terms that it does not know, and says nothing.
fn first_term(shelf: &Shelf, shop: &Shop, kind: Kind, body: &Value) -> Option<Option<String>> {
    let sent = body.get(kind.word())?.as_array()?;
    let id = sent.first().and_then(|first| first.get("id")?.as_u64()).unwrap_or(0);
    Some(shelf.terms.of(shop, kind).into_iter().find(|name| term_id(name) == id))
}

/// One that is there already is named by its id. Others the shop fetches itself; one whose address says `missing` is
/// not there.
fn image(product: &ShopProduct, sent: &Value) -> Result<String, Problem> {
    if let Some(id) = sent.get("id").and_then(Value::as_u64) {
        let known = product.images.iter().find(|src| image_id(src) == id).cloned();
        let message = format!("#{id} is an invalid image ID.");
        return known.ok_or_else(|| Problem::new(400, "woocommerce_product_invalid_image_id", &message));
    }
    let src = sent.get("src").and_then(Value::as_str).unwrap_or_default();
    if src.starts_with("http") && !src.contains("missing") {
        return Ok(src.to_owned());
    }
    let message = format!("Error getting remote image {src}. Error: Not Found");
    Err(Problem::new(400, "woocommerce_product_image_upload_error", &message))
}
