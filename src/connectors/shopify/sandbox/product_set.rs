//! `productSet`, the upsert: what it refuses, what it makes, and what it replaces.
//!
//! A list that is given takes the place of the one that is there: variants that are not in it are deleted. A variant
//! is known again by its option values.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::domain::{Money, Quantity, Status, Timestamp};
use crate::sandbox::{Applied, Shop, ShopProduct, ShopVariant};

use super::answer::Fault;
use super::edit::put_more;
use super::state::{State, Work};
use super::things::{gid, number_of};

pub(super) const MOST_VARIANTS: usize = 2048;
const MOST_OPTIONS: usize = 3;
const MOST_TITLE: usize = 255;
const MOST_QUANTITIES: usize = 50_000;

/// The place (`namespace.key`) and the value of an identifier's custom id.
pub(super) fn mark_of(identifier: &Value) -> Option<(String, String)> {
    let custom = identifier.get("customId").filter(|custom| !custom.is_null())?;
    let namespace = custom["namespace"].as_str().unwrap_or("app");
    Some((format!("{namespace}.{}", custom["key"].as_str()?), custom["value"].as_str()?.to_owned()))
}

/// The product that holds a value in a unique metafield.
pub(super) fn marked(shop: &Shop, place: &str, value: &str) -> Option<u64> {
    let holds = |product: &&ShopProduct| product.extra.get("metafields").is_some_and(|fields| fields[place] == value);
    shop.products.values().find(holds).map(|product| product.number)
}

/// Why an input is refused: code, path, message.
pub(super) struct Refused(pub &'static str, pub Value, pub String);

pub(super) fn refuse<T>(code: &'static str, path: Value, message: impl Into<String>) -> Result<T, Refused> {
    Err(Refused(code, path, message.into()))
}

pub(super) fn set(
    shop: &mut Shop,
    state: &mut State,
    arguments: &Map<String, Value>,
    now: Timestamp,
) -> Result<Value, Fault> {
    if !state.may("write_products") {
        return Err(Fault::denied("productSet", "write_products"));
    }
    let input = &arguments["input"];
    let synchronous = arguments.get("synchronous") != Some(&Value::Bool(false));
    let identifier = arguments.get("identifier").cloned().unwrap_or_default();
    match upsert(shop, state, &identifier, input, now) {
        Ok(number) if synchronous => {
            Ok(json!({ "product": gid("Product", number), "productSetOperation": null, "userErrors": [] }))
        }
        Ok(number) => {
            let operation = state.number();
            state.operations.insert(operation, Work { product: gid("Product", number), looks: 0 });
            let operation = json!({
                "id": gid("ProductSetOperation", operation), "status": "CREATED", "product": null, "userErrors": [],
            });
            Ok(json!({ "product": null, "productSetOperation": operation, "userErrors": [] }))
        }
        Err(Refused(code, field, message)) => Ok(json!({
            "product": null,
            "productSetOperation": null,
            "userErrors": [{ "code": code, "field": field, "message": message }],
        })),
    }
}

fn upsert(shop: &mut Shop, state: &State, identifier: &Value, input: &Value, now: Timestamp) -> Result<u64, Refused> {
    let mark = mark_of(identifier);
    if let Some((place, value)) = &mark {
        let path = json!(["identifier", "customId"]);
        if !state.definitions.contains(place) {
            return refuse("INVALID_METAFIELD", path, format!("Metafield definition {place} does not exist"));
        }
        let fields = input["metafields"].as_array();
        let same = |field: &Value| {
            let at =
                format!("{}.{}", field["namespace"].as_str().unwrap_or("app"), field["key"].as_str().unwrap_or(""));
            at == *place && field["value"] == *value
        };
        if fields.is_some_and(|fields| !fields.iter().any(same)) {
            return refuse("METAFIELD_MISMATCH", path, "Metafields must contain the `customId` value");
        }
    }
    let known = match &mark {
        Some((place, value)) => marked(shop, place, value),
        None => match identifier["id"].as_str() {
            Some(id) => match number_of("Product", id).filter(|number| shop.products.contains_key(number)) {
                Some(number) => Some(number),
                None => return refuse("PRODUCT_DOES_NOT_EXIST", json!(["identifier", "id"]), "Product does not exist"),
            },
            None => None,
        },
    };
    let mut product = match known.and_then(|number| shop.products.get(&number)) {
        Some(product) => product.clone(),
        None => blank(shop),
    };
    fill(&mut product, input)?;
    fill_variants(shop, &mut product, input, known.is_some())?;
    if let Some((place, value)) = mark {
        let mut fields = product.extra.get("metafields").cloned().unwrap_or_else(|| json!({}));
        fields[&place] = json!(value);
        product.extra.insert("metafields".to_owned(), fields);
    }
    let title = product.title.clone();
    let number = shop.insert(product, now);
    let what = if known.is_some() { "update" } else { "create" };
    shop.applied.push(Applied { at: now, what, product: number, variant: None, change: title, key: None });
    Ok(number)
}

/// Where no vendor is given, Shopify writes the shop's name.
fn blank(shop: &Shop) -> ShopProduct {
    ShopProduct { brand: shop.name.clone(), ..ShopProduct::simple("", fresh_variant(Vec::new())) }
}

pub(super) fn fresh_variant(values: Vec<String>) -> ShopVariant {
    ShopVariant { values, price: Some(0), ..ShopVariant::plain() }
}

pub(super) fn fill(product: &mut ShopProduct, input: &Value) -> Result<(), Refused> {
    for (field, target) in [
        ("title", &mut product.title),
        ("descriptionHtml", &mut product.description),
        ("vendor", &mut product.brand),
        ("productType", &mut product.category),
    ] {
        if let Some(text) = input[field].as_str() {
            text.clone_into(target);
        }
    }
    if product.title.trim().is_empty() {
        return refuse("INVALID_PRODUCT", json!(["input", "title"]), "Title can't be blank");
    }
    if product.title.chars().count() > MOST_TITLE {
        let message = format!("Title is too long (maximum is {MOST_TITLE} characters)");
        return refuse("INVALID_PRODUCT", json!(["input", "title"]), message);
    }
    match input["status"].as_str() {
        Some("DRAFT") => product.status = Status::Draft,
        Some("ARCHIVED") => product.status = Status::Archived,
        Some(_) => product.status = Status::Active,
        None => {}
    }
    if let Some(files) = input["files"].as_array() {
        product.images.clear();
        for (place, file) in files.iter().enumerate() {
            let address = file["originalSource"].as_str().unwrap_or_default();
            // The model has no pictures behind addresses; one that says it is broken is refused like a broken one.
            if !address.starts_with("http") || address.contains("broken") {
                let path = json!(["input", "files", place.to_string(), "originalSource"]);
                return refuse("INVALID_INPUT", path, "Image URL is invalid");
            }
            product.images.push(address.to_owned());
        }
    }
    Ok(())
}

fn fill_variants(shop: &Shop, product: &mut ShopProduct, input: &Value, is_update: bool) -> Result<(), Refused> {
    let (options, variants) = match (input["productOptions"].as_array(), input["variants"].as_array()) {
        (Some(options), Some(variants)) => (options, variants),
        (None, None) => return Ok(()),
        (None, Some(_)) => {
            let message = "Must specify product options when updating variants";
            return refuse("PRODUCT_OPTIONS_INPUT_MISSING", json!(["input", "variants"]), message);
        }
        (Some(_), None) => {
            let message = "Must specify variants when updating options";
            return refuse("VARIANTS_INPUT_MISSING", json!(["input", "productOptions"]), message);
        }
    };
    if options.len() > MOST_OPTIONS {
        let message = format!("Can only specify a maximum of {MOST_OPTIONS} options");
        return refuse("OPTIONS_OVER_LIMIT", json!(["input", "productOptions"]), message);
    }
    if variants.len() > MOST_VARIANTS {
        let message = format!("Number of product variants exceeds shop limit of {MOST_VARIANTS}");
        return refuse("VARIANTS_OVER_LIMIT", json!(["input", "variants"]), message);
    }
    let quantities = variants.iter().map(|v| v["inventoryQuantities"].as_array().map_or(0, Vec::len));
    if quantities.sum::<usize>() > MOST_QUANTITIES {
        let message = "Inventory quantity input exceeds the limit of 50000";
        return refuse("INVENTORY_QUANTITIES_LIMIT_EXCEEDED", json!(["input", "variants"]), message);
    }
    let names: Vec<&str> = options.iter().filter_map(|option| option["name"].as_str()).collect();
    if names.iter().enumerate().any(|(place, name)| names[..place].contains(name)) {
        return refuse("DUPLICATED_OPTION_NAME", json!(["input", "productOptions"]), "Duplicated option name");
    }
    let simple = names == ["Title"] && variants.len() == 1;
    product.options = if simple { Vec::new() } else { names.iter().map(|name| (*name).to_owned()).collect() };
    let known: Vec<ShopVariant> = if is_update { std::mem::take(&mut product.variants) } else { Vec::new() };
    let mut by_values: BTreeMap<Vec<String>, ShopVariant> =
        known.into_iter().map(|variant| (variant.values.clone(), variant)).collect();
    let mut taken: std::collections::BTreeSet<Vec<String>> = std::collections::BTreeSet::new();
    product.variants = Vec::with_capacity(variants.len());
    for (place, given) in variants.iter().enumerate() {
        let path = |field: &str| json!(["input", "variants", place.to_string(), field]);
        let mut values = Vec::new();
        for (option, name) in options.iter().zip(&names) {
            let chosen = given["optionValues"].as_array().into_iter().flatten().find(|v| v["optionName"] == **name);
            let Some(value) = chosen.and_then(|chosen| chosen["name"].as_str()) else {
                let message = format!("Option value for {name} is missing");
                return refuse("OPTION_VALUES_MISSING", path("optionValues"), message);
            };
            if !option["values"].as_array().into_iter().flatten().any(|known| known["name"] == value) {
                return refuse("OPTION_VALUE_DOES_NOT_EXIST", path("optionValues"), "Option value does not exist");
            }
            values.push(value.to_owned());
        }
        if simple {
            values.clear();
        }
        if !taken.insert(values.clone()) {
            let message = format!(
                "The variant '{}' already exists. Please change at least one option value.",
                values.join(" / ")
            );
            return refuse("INVALID_VARIANT", path("optionValues"), message);
        }
        let mut variant = by_values.remove(&values).unwrap_or_else(|| fresh_variant(values));
        fill_variant(shop, &mut variant, given, &path)?;
        product.variants.push(variant);
    }
    Ok(())
}

fn fill_variant(
    shop: &Shop,
    variant: &mut ShopVariant,
    given: &Value,
    path: &dyn Fn(&str) -> Value,
) -> Result<(), Refused> {
    for (field, target) in [("sku", &mut variant.sku), ("barcode", &mut variant.barcode)] {
        if let Some(text) = given[field].as_str() {
            text.clone_into(target);
        }
    }
    if let Some(price) = given["price"].as_str() {
        match Money::parse(price, shop.currency) {
            Ok(price) if price.minor >= 0 => variant.price = Some(price.minor),
            _ => return refuse("INVALID_VARIANT", path("price"), "Price is not a number"),
        }
    }
    if let Some(tracked) = given["inventoryItem"]["tracked"].as_bool() {
        variant.tracked = tracked;
    }
    put_more(shop.currency, variant, given, path)?;
    for quantity in given["inventoryQuantities"].as_array().into_iter().flatten() {
        let location = quantity["locationId"].as_str().and_then(|id| number_of("Location", id));
        let location = location.filter(|number| shop.locations.iter().any(|known| known.number == *number));
        let Some(location) = location else {
            return refuse("INVALID_VARIANT", path("inventoryQuantities"), "Location does not exist");
        };
        if quantity["name"] != "available" && quantity["name"] != "on_hand" {
            let message = "Quantity name must be either available or on_hand";
            return refuse("INVALID_VARIANT", path("inventoryQuantities"), message);
        }
        let pieces = quantity["quantity"].as_i64().unwrap_or(0);
        if pieces < 0 {
            return refuse("INVALID_VARIANT", path("inventoryQuantities"), "Quantity can't be negative");
        }
        variant.levels.insert(location, Quantity::units(pieces));
    }
    // A variant is stocked where the shop ships from, with nothing, if nothing else is said.
    if variant.levels.is_empty()
        && let Some(first) = shop.locations.first()
    {
        variant.levels.insert(first.number, Quantity::ZERO);
    }
    Ok(())
}
