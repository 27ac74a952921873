//! Combinations of a product, and adjustments of stock.

use serde_json::{Value, json};

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Outgoing, Shop, ShopProduct, ShopVariant};

use super::change::{find, note, put_article};
use super::present::{BASE, OPTIONS, REFERENCE, UPC_ID, count, is_variable};
use super::{Answered, Problem};

pub(super) fn create(shop: &mut Shop, id: &str, body: &Value, now: Timestamp) -> Answered {
    let mut product = find(shop, id)?.clone();
    if !is_variable(&product) {
        begin(&mut product)?;
    }
    let mut variant = ShopVariant { number: shop.number(), ..ShopVariant::plain() };
    variant.values = values(&product, body)?;
    if product.variants.iter().any(|known| known.values == variant.values) {
        return Err(Problem::new(409, "Combination with these options already exists"));
    }
    put(shop, &product, &mut variant, body, now)?;
    let (number, own) = (product.number, variant.number);
    product.variants.push(variant);
    product.updated_at = now;
    product.version = shop.version();
    // Not as a new product: the others' times stay.
    shop.products.insert(number, product);
    note(shop, "update", number, Some(own), "combination".to_owned(), now);
    Ok(Outgoing::json(200, &json!({"id": own})))
}

/// The first combination: what the product had is from now on what they have from it.
fn begin(product: &mut ShopProduct) -> Result<(), Problem> {
    let declared = product.extra.get(OPTIONS).and_then(Value::as_array).cloned().unwrap_or_default();
    let name = |option: &Value| option.get("name").and_then(Value::as_str).map(str::to_owned);
    product.options = declared.iter().filter_map(name).collect();
    if product.options.is_empty() {
        return Err(Problem::new(400, "Product has no options"));
    }
    let own = product.variants.pop();
    product.extra.insert(BASE.to_owned(), serde_json::to_value(own).unwrap_or_default());
    product.variants.clear();
    Ok(())
}

pub(super) fn update(shop: &mut Shop, id: &str, own: &str, body: &Value, now: Timestamp) -> Answered {
    let mut product = find(shop, id)?.clone();
    let place = place(&product, own)?;
    let mut variant = product.variants.get(place).cloned().ok_or_else(|| Problem::missing("Combination", own))?;
    put(shop, &product, &mut variant, body, now)?;
    let (number, changed) = (product.number, variant.number);
    // A first price of its own does not move the others'.
    if !product.extra.contains_key(BASE) {
        let base = super::present::base(&product);
        product.extra.insert(BASE.to_owned(), serde_json::to_value(base).unwrap_or_default());
    }
    if let Some(known) = product.variants.get_mut(place) {
        *known = variant;
    }
    product.updated_at = now;
    product.version = shop.version();
    shop.products.insert(number, product);
    note(shop, "update", number, Some(changed), String::new(), now);
    Ok(Outgoing::json(200, &json!({"updateCount": 1})))
}

/// Answers 200 whatever becomes of it.
pub(super) fn adjust(shop: &mut Shop, id: &str, own: Option<&str>, body: &Value, now: Timestamp) -> Answered {
    let delta = body.get("quantityDelta").and_then(Value::as_i64);
    let delta = delta.ok_or_else(|| Problem::new(400, "Field quantityDelta is invalid"))?;
    let here = shop.locations.first().map_or(0, |location| location.number);
    let product = find(shop, id)?;
    let number = product.number;
    let place = match own {
        Some(own) => place(product, own)?,
        None if is_variable(product) => return Ok(nothing("Stock is kept by combinations")),
        None => 0,
    };
    let variant = product.variants.get(place).ok_or_else(|| Problem::missing("Combination", id))?;
    let Some(before) = count(variant) else { return Ok(nothing("Product has unlimited stock")) };
    let after = before + Quantity::units(delta);
    let level = variant.levels.get(&here).copied().unwrap_or_default() + Quantity::units(delta);
    let variant = variant.number;
    shop.set_level(number, place, here, level, now);
    note(shop, "stock", number, Some(variant), format!("{before} → {after}"), now);
    Ok(match after.is_negative() {
        true => Outgoing::json(200, &json!({"updateCount": 1, "warning": "Quantity is negative"})),
        false => Outgoing::json(200, &json!({"updateCount": 1})),
    })
}

fn nothing(why: &str) -> Outgoing {
    Outgoing::json(200, &json!({"updateCount": 0, "warning": why}))
}

fn place(product: &ShopProduct, own: &str) -> Result<usize, Problem> {
    let number = own.parse::<u64>().ok();
    let place = product.variants.iter().position(|variant| Some(variant.number) == number);
    place.filter(|_| is_variable(product)).ok_or_else(|| Problem::missing("Combination", own))
}

/// In the order of the product's options; each must be one of its choices.
fn values(product: &ShopProduct, body: &Value) -> Result<Vec<String>, Problem> {
    let sent = body.get("options").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let declared = product.extra.get(OPTIONS).and_then(Value::as_array);
    let mut values = Vec::with_capacity(product.options.len());
    for option in &product.options {
        let value = sent.iter().find(|one| text(one, "name") == *option).map(|one| text(one, "value"));
        let value = value.unwrap_or_default();
        let choices = declared.and_then(|all| all.iter().find(|one| text(one, "name") == *option));
        let choices = choices.and_then(|one| one.get("choices")?.as_array());
        let is_known = match choices {
            Some(choices) => choices.iter().any(|choice| text(choice, "text") == value),
            None => product.variants.iter().any(|variant| variant.values.contains(&value)),
        };
        if !value.is_empty() && !is_known {
            return Err(Problem::new(400, format!("Option {option} has no choice {value}")));
        }
        values.push(value);
    }
    Ok(values)
}

fn put(
    shop: &Shop,
    product: &ShopProduct,
    variant: &mut ShopVariant,
    body: &Value,
    now: Timestamp,
) -> Result<(), Problem> {
    if let Some(attributes) = body.get("attributes").and_then(Value::as_array) {
        let is_upc = |one: &&Value| {
            one.get("alias").and_then(Value::as_str) == Some("UPC")
                || one.get("id").and_then(Value::as_u64) == Some(UPC_ID)
        };
        let value = attributes.iter().find(is_upc).and_then(|one| one.get("value")?.as_str());
        variant.barcode = value.unwrap_or_default().to_owned();
    }
    if let Some(reference) = body.get(REFERENCE) {
        variant.extra.insert(REFERENCE.to_owned(), reference.clone());
    }
    put_article(shop, product.number, variant, body, now)?;
    if variant.price.is_none() {
        variant.price = super::present::base(product).price;
    }
    Ok(())
}
