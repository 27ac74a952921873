//! `productUpdate`, `productVariantsBulkUpdate` and `productVariantsBulkCreate`: what they refuse, and what they change.
//!
//! Each is all or nothing. What is not given stays as it is; what the model does not know lives in `extra` and stays.

use serde_json::{Map, Value, json};

use crate::domain::{Currency, Money, Quantity, Timestamp};
use crate::sandbox::{Applied, Shop, ShopProduct, ShopVariant};

use super::answer::Fault;
use super::product_set::{MOST_VARIANTS, Refused, fill, fresh_variant, refuse};
use super::state::State;
use super::things::{gid, number_of};

pub(super) const COMPARE_AT: &str = "compare_at_price";
pub(super) const WEIGHT: &str = "weight";
const MOST_LETTERS: usize = 255;

type Path<'a> = &'a dyn Fn(&str) -> Value;

pub(super) fn update(
    shop: &mut Shop,
    state: &State,
    arguments: &Map<String, Value>,
    now: Timestamp,
) -> Result<Value, Fault> {
    if !state.may("write_products") {
        return Err(Fault::denied("productUpdate", "write_products"));
    }
    let input = &arguments["product"];
    let refused = |field: Value, message: &str| {
        Ok(json!({ "product": null, "userErrors": [{ "field": field, "message": message }] }))
    };
    let number = input["id"].as_str().and_then(|id| number_of("Product", id));
    let Some(mut product) = number.and_then(|number| shop.products.get(&number)).cloned() else {
        return refused(json!(["id"]), "Product does not exist");
    };
    if let Err(Refused(_, path, message)) = fill(&mut product, input) {
        let field: Vec<Value> = path.as_array().into_iter().flatten().skip(1).cloned().collect();
        return refused(json!(field), &message);
    }
    if input["status"].is_string() {
        product.extra.remove("unlisted");
    }
    let id = keep(shop, product, "update", now);
    Ok(json!({ "product": id, "userErrors": [] }))
}

pub(super) fn update_variants(
    shop: &mut Shop,
    state: &State,
    arguments: &Map<String, Value>,
    now: Timestamp,
) -> Result<Value, Fault> {
    bulk(shop, state, arguments, "productVariantsBulkUpdate", now, |shop, product, place, given| {
        let path = |field: &str| json!(["variants", place.to_string(), field]);
        let id = given["id"].as_str().and_then(|id| number_of("ProductVariant", id));
        let Some(variant) = product.variants.iter_mut().find(|variant| Some(variant.number) == id) else {
            return refuse("PRODUCT_VARIANT_DOES_NOT_EXIST", path("id"), "Product variant does not exist");
        };
        put(shop.currency, variant, given, &path)?;
        variant.updated_at = now;
        Ok(())
    })
}

pub(super) fn add_variants(
    shop: &mut Shop,
    state: &State,
    arguments: &Map<String, Value>,
    now: Timestamp,
) -> Result<Value, Fault> {
    bulk(shop, state, arguments, "productVariantsBulkCreate", now, |shop, product, place, given| {
        let path = |field: &str| json!(["variants", place.to_string(), field]);
        let chosen = given["optionValues"].as_array().map_or(&[][..], |chosen| chosen);
        let mut values = Vec::new();
        for option in &product.options {
            let value = chosen.iter().find(|value| value["optionName"] == **option).and_then(|v| v["name"].as_str());
            let Some(value) = value.filter(|value| !value.is_empty()) else {
                let message = format!("Option value for {option} is missing");
                return refuse("NEED_TO_ADD_OPTION_VALUES", path("optionValues"), message);
            };
            values.push(value.to_owned());
        }
        if chosen.len() != values.len() || values.is_empty() {
            let message = "Option values exceed the product's options";
            return refuse("OPTION_VALUES_FOR_NUMBER_OF_UNKNOWN_OPTIONS", path("optionValues"), message);
        }
        let same = |known: &ShopVariant| {
            known.values.iter().map(|v| v.to_lowercase()).eq(values.iter().map(|value| value.to_lowercase()))
        };
        if product.variants.iter().any(same) {
            let message = format!(
                "The variant '{}' already exists. Please change at least one option value.",
                values.join(" / ")
            );
            return refuse("VARIANT_ALREADY_EXISTS_CHANGE_OPTION_VALUE", path("optionValues"), message);
        }
        if product.variants.len() >= MOST_VARIANTS {
            return refuse("INVALID", path("optionValues"), format!("A product has at most {MOST_VARIANTS} variants"));
        }
        let mut variant = fresh_variant(values);
        put(shop.currency, &mut variant, given, &path)?;
        // Stocked where the shop ships from, with nothing.
        if let Some(first) = shop.locations.first() {
            variant.levels.insert(first.number, Quantity::ZERO);
        }
        variant.number = shop.number();
        (variant.updated_at, variant.stock_updated_at) = (now, now);
        product.variants.push(variant);
        Ok(())
    })
}

fn bulk(
    shop: &mut Shop,
    state: &State,
    arguments: &Map<String, Value>,
    name: &str,
    now: Timestamp,
    each: impl Fn(&mut Shop, &mut ShopProduct, usize, &Value) -> Result<(), Refused>,
) -> Result<Value, Fault> {
    if !state.may("write_products") {
        return Err(Fault::denied(name, "write_products"));
    }
    let number = arguments["productId"].as_str().and_then(|id| number_of("Product", id));
    let Some(mut product) = number.and_then(|number| shop.products.get(&number)).cloned() else {
        let error =
            json!({ "code": "PRODUCT_DOES_NOT_EXIST", "field": ["productId"], "message": "Product does not exist" });
        return Ok(json!({ "product": null, "userErrors": [error] }));
    };
    let mut errors = Vec::new();
    for (place, given) in arguments["variants"].as_array().into_iter().flatten().enumerate() {
        if let Err(Refused(code, field, message)) = each(shop, &mut product, place, given) {
            errors.push(json!({ "code": code, "field": field, "message": message }));
        }
    }
    if !errors.is_empty() {
        return Ok(json!({ "product": null, "userErrors": errors }));
    }
    let id = keep(shop, product, "update", now);
    Ok(json!({ "product": id, "userErrors": [] }))
}

fn keep(shop: &mut Shop, product: ShopProduct, what: &'static str, now: Timestamp) -> String {
    let (number, change) = (product.number, product.title.clone());
    shop.products.insert(number, product);
    shop.touch(number, now);
    shop.applied.push(Applied { at: now, what, product: number, variant: None, change, key: None });
    gid("Product", number)
}

/// A variant's own fields, as far as they are given.
fn put(currency: Currency, variant: &mut ShopVariant, given: &Value, path: Path) -> Result<(), Refused> {
    let item = &given["inventoryItem"];
    for (field, text, target) in
        [("inventoryItem", &item["sku"], &mut variant.sku), ("barcode", &given["barcode"], &mut variant.barcode)]
    {
        let Some(text) = text.as_str() else { continue };
        if text.chars().count() > MOST_LETTERS {
            let message = format!("is too long (maximum is {MOST_LETTERS} characters)");
            return refuse("TOO_LONG", path(field), message);
        }
        text.clone_into(target);
    }
    if let Some(price) = given["price"].as_str() {
        match Money::parse(price, currency) {
            Ok(price) if price.minor >= 0 => variant.price = Some(price.minor),
            _ => return refuse("GREATER_THAN_OR_EQUAL_TO", path("price"), "Price must be greater than or equal to 0"),
        }
    }
    if let Some(tracked) = item["tracked"].as_bool() {
        variant.tracked = tracked;
    }
    put_more(currency, variant, given, path)
}

/// What the model has no field for.
pub(super) fn put_more(
    currency: Currency,
    variant: &mut ShopVariant,
    given: &Value,
    path: Path,
) -> Result<(), Refused> {
    match given.get("compareAtPrice") {
        None => {}
        Some(Value::Null) => drop(variant.extra.remove(COMPARE_AT)),
        Some(price) => match Money::parse(price.as_str().unwrap_or_default(), currency) {
            Ok(price) if price.minor >= 0 => drop(variant.extra.insert(COMPARE_AT.to_owned(), json!(price.minor))),
            _ => return refuse("INVALID_INPUT", path("compareAtPrice"), "Compare at price is not a number"),
        },
    }
    let weight = &given["inventoryItem"]["measurement"]["weight"];
    if weight["value"].as_f64().is_some_and(|value| value < 0.0) {
        return refuse("INVALID_INPUT", path("inventoryItem"), "Weight must be greater than or equal to 0");
    }
    if weight.is_object() {
        variant.extra.insert(WEIGHT.to_owned(), weight.clone());
    }
    Ok(())
}
