//! Variants and options.

use serde_json::{Map, Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing, Shop, ShopProduct, ShopVariant};

use super::article::{log, put_article};
use super::numbers::Numbers;
use super::present::{self, Window, is_variable, listed, single};
use super::problem::{Problem, TYPE, invalid, not_found, number};
use super::products::blank_variant;
use super::{Answered, Sandbox};

/// Variants of one batch.
const MOST: usize = 50;

pub(super) fn list(sandbox: &mut Sandbox, shop: &Shop, request: &Incoming) -> Answered {
    let mut found: Vec<(&ShopProduct, &ShopVariant)> = shop
        .products
        .values()
        .flat_map(|product| product.variants.iter().map(move |variant| (product, variant)))
        .filter(|(_, variant)| request.query("sku").is_none_or(|sku| variant.sku == sku))
        .filter(|(_, variant)| request.query("upc").is_none_or(|upc| variant.barcode == upc))
        .collect();
    found.sort_by_key(|(_, variant)| variant.number);
    let (some, meta) = Window::of(request, 250).cut(found);
    let data = some.into_iter().map(|(product, variant)| shorter(present::variant(sandbox, shop, product, variant)));
    Ok(listed(data.collect(), meta))
}

/// Calls across products tell less of a variant than its own.
fn shorter(mut shown: Value) -> Value {
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|name, _| !["calculated_weight", "image_url", "mpn", "gtin"].contains(&name.as_str()));
    }
    shown
}

pub(super) fn options(sandbox: &mut Sandbox, shop: &Shop, request: &Incoming, id: &str) -> Answered {
    let product = shop.products.get(&number(id)?).ok_or_else(not_found)?;
    let mut data = Vec::new();
    for (place, name) in product.options.iter().enumerate() {
        let mut labels: Vec<String> = Vec::new();
        let used = product.variants.iter().filter_map(|variant| variant.values.get(place).cloned());
        for label in used.chain(sandbox.numbers.unused(product.number, place)) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        let mut values = Vec::new();
        for (at, label) in labels.iter().enumerate() {
            let id = sandbox.numbers.value(product.number, place, label);
            values.push(json!({"id": id, "label": label, "sort_order": at, "value_data": {}, "is_default": false}));
        }
        let id = Numbers::option(product.number, place);
        data.push(json!({
            "id": id, "product_id": product.number, "name": format!("{name}{id}"), "display_name": name,
            "type": "dropdown", "config": {}, "sort_order": place, "option_values": values
        }));
    }
    let (some, meta) = Window::of(request, 250).cut(data);
    Ok(listed(some, meta))
}

pub(super) fn add_value(sandbox: &mut Sandbox, shop: &Shop, request: &Incoming, ids: (&str, &str)) -> Answered {
    let product = shop.products.get(&number(ids.0)?).ok_or_else(not_found)?;
    let place = Numbers::option_place(product.number, number(ids.1)?).filter(|place| *place < product.options.len());
    let place = place.ok_or_else(not_found)?;
    let body = request.json().unwrap_or_default();
    let label = body.get("label").and_then(Value::as_str).filter(|label| !label.is_empty());
    let label = label.ok_or_else(|| invalid("label", "is required"))?;
    let order = body.get("sort_order").and_then(Value::as_u64).ok_or_else(|| invalid("sort_order", "is required"))?;
    let is_there = product.variants.iter().any(|variant| variant.values.get(place).is_some_and(|known| known == label));
    if is_there || sandbox.numbers.unused(product.number, place).iter().any(|known| known == label) {
        return Err(invalid("label", "must be unique"));
    }
    sandbox.numbers.add_unused(product.number, place, label);
    let id = sandbox.numbers.value(product.number, place, label);
    Ok(single(200, json!({"id": id, "label": label, "sort_order": order, "value_data": {}, "is_default": false})))
}

pub(super) fn update(
    sandbox: &mut Sandbox,
    shop: &mut Shop,
    request: &Incoming,
    ids: (&str, &str),
    now: Timestamp,
) -> Answered {
    let (product, variant) = (number(ids.0)?, number(ids.1)?);
    let known = shop.products.get(&product).cloned().ok_or_else(not_found)?;
    let Some(Value::Object(body)) = request.json() else { return Err(Problem::new(400, "Input is invalid")) };
    let changed = change(shop, known, variant, &body)?;
    let shown = save(sandbox, shop, changed, variant, now)?;
    Ok(single(200, shown))
}

fn change(
    shop: &Shop,
    mut product: ShopProduct,
    variant: u64,
    body: &Map<String, Value>,
) -> Result<ShopProduct, Problem> {
    let known = product.variants.iter_mut().find(|known| known.number == variant).ok_or_else(not_found)?;
    put_article(shop, known, body)?;
    Ok(product)
}

fn save(
    sandbox: &mut Sandbox,
    shop: &mut Shop,
    product: ShopProduct,
    variant: u64,
    now: Timestamp,
) -> Result<Value, Problem> {
    let number = shop.insert(product, now);
    log(shop, now, "update", number, Some(variant), "variant".to_owned());
    let product = shop.products.get(&number).cloned().ok_or_else(not_found)?;
    let known = product.variants.iter().find(|known| known.number == variant).ok_or_else(not_found)?;
    Ok(present::variant(sandbox, shop, &product, known))
}

/// Changes those with an id and makes the others; one that is wrong refuses them all.
pub(super) fn upsert(sandbox: &mut Sandbox, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answered {
    let Some(Value::Array(bodies)) = request.json() else { return Err(Problem::new(400, "Input is invalid")) };
    if bodies.len() > MOST {
        return Err(Problem::new(413, "At most 50 variants can be updated at once"));
    }
    // On copies first, so that all or none is done.
    let mut trial = shop.clone();
    let mut data = Vec::new();
    let mut problems = Vec::new();
    for body in &bodies {
        match one(sandbox, &mut trial, body, now) {
            Ok(shown) => data.push(shorter(shown)),
            Err(problem) => {
                let mut told = problem.body();
                told["type"] = json!(TYPE);
                problems.push(told);
            }
        }
    }
    if !problems.is_empty() {
        return Ok(Outgoing::json(422, &json!({"batch_errors": problems})));
    }
    *shop = trial;
    Ok(Outgoing::json(200, &json!({"data": data, "meta": {}})))
}

fn one(sandbox: &mut Sandbox, shop: &mut Shop, body: &Value, now: Timestamp) -> Result<Value, Problem> {
    let body = body.as_object().ok_or_else(|| invalid("", "must be objects"))?;
    let id = |name: &str| body.get(name).and_then(Value::as_u64);
    if let Some(variant) = id("id") {
        let (product, _) = shop.find_variant(variant).ok_or_else(not_found)?;
        let known = shop.products.get(&product).cloned().ok_or_else(not_found)?;
        let changed = change(shop, known, variant, body)?;
        return save(sandbox, shop, changed, variant, now);
    }
    let mut product = id("product_id").and_then(|id| shop.products.get(&id)).cloned().ok_or_else(not_found)?;
    if body.get("sku").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(invalid("sku", "is required"));
    }
    if !is_variable(&product) || product.variants.len() >= 600 {
        return Err(invalid("option_values", "the product can have no further variants"));
    }
    let given = body.get("option_values").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut labels = vec![String::new(); product.options.len()];
    for value in given {
        let number = |name: &str| value.get(name).and_then(Value::as_u64).unwrap_or(0);
        let place = Numbers::option_place(product.number, number("option_id"));
        let label = place.and_then(|place| sandbox.numbers.label(product.number, place, number("id")));
        let slot = place.and_then(|place| labels.get_mut(place));
        match (label, slot) {
            (Some(label), Some(slot)) => *slot = label.to_owned(),
            _ => return Err(invalid("option_values", "must be values of the product's options")),
        }
    }
    if labels.iter().any(String::is_empty) {
        return Err(invalid("option_values", "must have a value for each option"));
    }
    if product.variants.iter().any(|known| known.values == labels) {
        return Err(Problem::new(409, "A variant with these option values exists already"));
    }
    let tracked = product.variants.iter().any(|known| known.tracked);
    let mut variant = blank_variant(labels, tracked);
    put_article(shop, &mut variant, body)?;
    variant.number = shop.number();
    let number = variant.number;
    product.variants.push(variant);
    save(sandbox, shop, product, number, now)
}
