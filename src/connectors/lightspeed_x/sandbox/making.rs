//! New products and variants, and their end.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::domain::{Quantity, Status, Timestamp};
use crate::sandbox::{Applied, Shop, ShopProduct, ShopVariant};

use super::super::convert::looks_like_a_card;
use super::super::profile::{ATTRIBUTES_MOST, VARIANTS_MOST};
use super::identifiers::{self, Kind, uuid};
use super::{Answer, Fault, Sandbox, update};

/// Puts asterisks in the place of card numbers, and says nothing of it.
pub fn redacted(text: &str) -> String {
    if !looks_like_a_card(text) {
        return text.to_owned();
    }
    text.chars().map(|character| if character.is_ascii_digit() { '*' } else { character }).collect()
}

pub fn text(body: &Value, field: &str) -> String {
    redacted(body[field].as_str().unwrap_or_default())
}

fn is_taken(shop: &Shop, name: &str) -> bool {
    shop.products.values().any(|product| product.title == name)
}

/// `POST /products`: one product, or a family with its variants; all or nothing.
pub fn product(own: &mut Sandbox, shop: &mut Shop, body: &Value, now: Timestamp) -> Answer {
    let name = text(body, "name");
    if name.is_empty() {
        return Err(Fault::invalid("name is required"));
    }
    if is_taken(shop, &name) {
        return Err(Fault::invalid("A product with this name exists"));
    }
    let mut product = ShopProduct::simple(&name, ShopVariant::plain());
    product.description = text(body, "description");
    product.status = if body["is_active"] == json!(false) { Status::Draft } else { Status::Active };
    own.labels.refer(shop, body, &mut product)?;
    if let Some(handle) = body["handle"].as_str() {
        product.extra.insert("handle".into(), json!(handle));
    }
    let urls = body["images"].as_array().into_iter().flatten().filter(|image| image["type"] == "url");
    product.images = urls.filter_map(|image| image["location"].as_str().map(str::to_owned)).collect();
    product.variants = match body["variants"].as_array() {
        None => vec![variant(own, shop, body, now)?],
        Some(variants) => {
            let mut made = Vec::new();
            let mut seen = BTreeSet::new();
            for one in variants {
                let mut variant = variant(own, shop, one, now)?;
                let (options, values) = definitions(own, shop, &one["variant_definitions"], "value")?;
                if product.options.is_empty() {
                    product.options = options;
                } else if product.options != options {
                    return Err(Fault::invalid("The variants have different attributes"));
                }
                if !seen.insert(values.clone()) {
                    return Err(Fault::invalid("Two variants have the same attribute values"));
                }
                variant.values = values;
                made.push(variant);
            }
            if made.is_empty() || made.len() > VARIANTS_MOST {
                return Err(Fault::invalid(format!("A family has 1 to {VARIANTS_MOST} variants")));
            }
            made
        }
    };
    let skus: Vec<&str> = product.variants.iter().map(|variant| variant.sku.as_str()).collect();
    if skus.iter().enumerate().any(|(at, sku)| skus[..at].contains(sku)) {
        return Err(Fault::invalid("Two variants have the same SKU"));
    }
    let number = shop.insert(product, now);
    note(shop, "create", number, None, &name, now);
    let ids = shop.products.get(&number).into_iter().flat_map(|product| &product.variants);
    let ids: Vec<String> = ids.map(|variant| uuid(Kind::Product, variant.number)).collect();
    Ok((200, json!({"data": ids})))
}

/// Attribute names and values.
fn definitions(
    own: &Sandbox,
    shop: &Shop,
    definitions: &Value,
    value: &str,
) -> Result<(Vec<String>, Vec<String>), Fault> {
    let definitions = definitions.as_array().filter(|all| !all.is_empty());
    let definitions = definitions.ok_or_else(|| Fault::invalid("variant_definitions is required"))?;
    if definitions.len() > ATTRIBUTES_MOST {
        return Err(Fault::invalid(format!("A family has at most {ATTRIBUTES_MOST} attributes")));
    }
    let mut names = Vec::new();
    let mut values = Vec::new();
    for one in definitions {
        names.push(own.labels.attribute(shop, one["attribute_id"].as_str().unwrap_or_default())?);
        let chosen = one[value].as_str().filter(|chosen| !chosen.trim().is_empty());
        values.push(chosen.ok_or_else(|| Fault::invalid("An attribute has no value"))?.to_owned());
    }
    Ok((names, values))
}

/// The part that each variant has; counted from the start, with nothing at the outlets that are not named.
fn variant(own: &Sandbox, shop: &mut Shop, body: &Value, now: Timestamp) -> Result<ShopVariant, Fault> {
    let mut variant = ShopVariant::plain();
    variant.tracked = true;
    variant.stock_updated_at = now;
    variant.price = Some(0);
    variant.levels = shop.locations.iter().map(|location| (location.number, Quantity::ZERO)).collect();
    update::details(shop, body, &mut variant, own.tax_exclusive)?;
    for (location, level) in update::inventory(shop, body)? {
        variant.levels.insert(location, level);
    }
    let sku = body["sku"].as_str().filter(|sku| !sku.is_empty()).map(str::to_owned);
    match sku {
        Some(sku) => {
            update::check_sku(shop, &sku, None)?;
            variant.sku = sku;
        }
        // "SKU generated if left out"
        None if variant.sku.is_empty() => variant.sku = format!("{}", 10_000 + shop.number()),
        None => {}
    }
    Ok(variant)
}

/// `POST /api/2.1/products`: one more variant for the family of this name.
pub fn single(own: &mut Sandbox, shop: &mut Shop, body: &Value, now: Timestamp) -> Answer {
    let name = body["common"]["name"].as_str().unwrap_or_default();
    let family = shop.products.values().find(|product| product.title == name && !product.options.is_empty());
    let (number, options) = match family {
        Some(family) if family.variants.len() >= VARIANTS_MOST => {
            return Err(Fault::invalid(format!("A family has at most {VARIANTS_MOST} variants")));
        }
        Some(family) => (family.number, family.options.clone()),
        None => return Err(Fault::invalid("There is no family of this name")),
    };
    let details = &body["details"];
    let mut made = variant(own, shop, details, now)?;
    let (names, values) = definitions(own, shop, &details["variant_attribute_values"], "attribute_value")?;
    if names != options {
        return Err(Fault::invalid("The attributes must be those of the family"));
    }
    let Some(mut product) = shop.products.get(&number).cloned() else { return Err(Fault::not_found("Product")) };
    if product.variants.iter().any(|known| known.values == values) {
        return Err(Fault::invalid("There is a variant with these attribute values"));
    }
    made.values = values;
    made.tracked = product.variants.iter().any(|known| known.tracked);
    product.variants.push(made);
    let label = product.title.clone();
    // Those that are there keep their own stamps.
    let before: Vec<Timestamp> = product.variants.iter().map(|variant| variant.updated_at).collect();
    shop.insert(product, now);
    let last = shop.products.get_mut(&number).and_then(|product| {
        for (variant, at) in product.variants.iter_mut().zip(before).filter(|(_, at)| at.0 > 0) {
            variant.updated_at = at;
        }
        product.variants.last().map(|variant| variant.number)
    });
    note(shop, "update", number, last, &label, now);
    Ok((200, json!({"data": last.map(|variant| uuid(Kind::Product, variant))})))
}

/// One variant, or the family.
pub fn delete(shop: &mut Shop, id: &str, all: bool, now: Timestamp) -> Answer {
    let found = identifiers::number(Kind::Product, id).and_then(|variant| shop.find_variant(variant));
    let (number, place) = found.ok_or_else(|| Fault::not_found("Product"))?;
    let only = shop.products.get(&number).is_some_and(|product| product.variants.len() == 1);
    if all || only {
        shop.delete(number, now);
    } else if let Some(product) = shop.products.get_mut(&number) {
        product.variants.remove(place);
        shop.touch(number, now);
    }
    note(shop, "delete", number, None, id, now);
    Ok((200, Value::Object(Map::new())))
}

pub fn note(shop: &mut Shop, what: &'static str, product: u64, variant: Option<u64>, change: &str, now: Timestamp) {
    shop.applied.push(Applied { at: now, what, product, variant, change: change.to_owned(), key: None });
}
