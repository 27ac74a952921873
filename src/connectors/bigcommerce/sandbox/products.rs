//! Products: listed, made, changed, deleted, put on storefronts.

use serde_json::{Map, Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing, Shop, ShopProduct, ShopVariant};

use super::article::{log, put_article, put_product};
use super::present::{self, Window, is_variable, listed, numbers_in, single};
use super::problem::{Problem, TYPE, invalid, not_found, number};
use super::{Answered, Sandbox};

/// SKUs of one product.
const MOST_VARIANTS: usize = 600;

pub(super) fn list(sandbox: &mut Sandbox, shop: &Shop, request: &Incoming, now: Timestamp) -> Answered {
    let include: Vec<&str> = request.query("include").map(|list| list.split(',').collect()).unwrap_or_default();
    let most = if include.iter().any(|name| ["options", "modifiers"].contains(name)) { 10 } else { 250 };
    let mut found: Vec<&ShopProduct> =
        shop.products.values().filter(|product| is_wanted(product, request, now)).collect();
    match request.query("sort") {
        Some("date_modified") => found.sort_by_key(|product| (product.updated_at, product.number)),
        Some("name") => found.sort_by(|a, b| a.title.cmp(&b.title)),
        _ => found.sort_by_key(|product| product.number),
    }
    if request.query("direction") == Some("desc") {
        found.reverse();
    }
    let (some, meta) = Window::of(request, most).cut(found);
    let fields: Option<Vec<&str>> = request.query("include_fields").map(|list| list.split(',').collect());
    let mut data = Vec::with_capacity(some.len());
    for product in some {
        let mut shown = present::product(sandbox, shop, product);
        if let (Some(fields), Some(all)) = (&fields, shown.as_object_mut()) {
            all.retain(|name, _| name == "id" || fields.contains(&name.as_str()));
        }
        for name in &include {
            match *name {
                "variants" => {
                    let variants = product.variants.iter().map(|one| present::variant(sandbox, shop, product, one));
                    shown["variants"] = variants.collect();
                }
                "images" => {
                    let images = product.images.iter().enumerate();
                    let images = images.map(|(place, address)| present::picture(sandbox, product, place, address));
                    shown["images"] = images.collect();
                }
                "channels" => {
                    let is_on = !sandbox.numbers.unassigned.contains(&product.number);
                    shown["channels"] = if is_on { json!([1]) } else { json!([]) };
                }
                _ => {}
            }
        }
        data.push(shown);
    }
    Ok(listed(data, meta))
}

fn is_wanted(product: &ShopProduct, request: &Incoming, now: Timestamp) -> bool {
    let among = |name: &str| numbers_in(request, name).is_none_or(|ids| ids.contains(&product.number));
    let above = request.query("id:greater").and_then(|raw| raw.parse::<u64>().ok());
    let since = request.query("date_modified:min").and_then(|raw| match raw.len() {
        // A date without a time of day gets the time of the request.
        10 => Timestamp::parse(&format!("{raw}{}", now.rfc3339().get(10..).unwrap_or_default())),
        _ => Timestamp::parse(raw),
    });
    // A filter by SKU looks at a product's own alone.
    let own =
        if is_variable(product) { "" } else { product.variants.first().map_or("", |variant| variant.sku.as_str()) };
    among("id:in")
        && among("id")
        && above.is_none_or(|above| product.number > above)
        && since.is_none_or(|since| product.updated_at >= since)
        && request.query("name").is_none_or(|name| product.title == name)
        && request.query("sku").is_none_or(|sku| own == sku)
        && request.query("sku:in").is_none_or(|skus| skus.split(',').any(|sku| own == sku))
}

fn object(request: &Incoming) -> Result<Map<String, Value>, Problem> {
    match request.json() {
        Some(Value::Object(body)) => Ok(body),
        _ => Err(Problem::new(400, "Input is invalid")),
    }
}

pub(super) fn blank_variant(values: Vec<String>, tracked: bool) -> ShopVariant {
    ShopVariant { values, tracked, ..ShopVariant::plain() }
}

pub(super) fn create(sandbox: &mut Sandbox, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answered {
    let body = object(request)?;
    for name in ["name", "type", "weight", "price"] {
        if !body.contains_key(name) {
            return Err(invalid(name, "is required"));
        }
    }
    let tracked = body.get("inventory_tracking").is_some_and(|tracking| *tracking != json!("none"));
    let mut product = ShopProduct::simple("", blank_variant(Vec::new(), tracked));
    product.status = crate::domain::Status::Draft;
    put_product(sandbox, shop, &mut product, &body)?;
    let variants: Vec<Value> = body.get("variants").and_then(Value::as_array).cloned().unwrap_or_default();
    if variants.len() > MOST_VARIANTS {
        return Err(invalid("variants", "a product can have at most 600 SKUs"));
    }
    match variants.is_empty() {
        true => {
            let Some(only) = product.variants.first_mut() else { return Err(not_found()) };
            put_article(shop, only, &body)?;
        }
        false => put_variants(shop, &mut product, &variants, tracked)?,
    }
    let asked = product.variants.len();
    if sandbox.saves_in_part {
        product.variants.truncate(1);
    }
    let number = shop.insert(product, now);
    if sandbox.no_channel {
        sandbox.numbers.unassigned.push(number);
    }
    let Some(made) = shop.products.get(&number).cloned() else { return Err(not_found()) };
    log(shop, now, "create", number, None, made.title.clone());
    let shown = present::product(sandbox, shop, &made);
    if made.variants.len() < asked {
        // The file says a list here, and an object for changes.
        return Ok(in_part(json!([shown]), "Some variants failed to save"));
    }
    Ok(single(200, shown))
}

/// Options come into being by the variants that name them.
fn put_variants(shop: &Shop, product: &mut ShopProduct, variants: &[Value], tracked: bool) -> Result<(), Problem> {
    product.variants.clear();
    for body in variants {
        let body = body.as_object().ok_or_else(|| invalid("variants", "must be objects"))?;
        if body.get("sku").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(invalid("variants.sku", "is required"));
        }
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let values = body.get("option_values").and_then(Value::as_array).cloned().unwrap_or_default();
        let options: Vec<String> = values.iter().map(|value| text(value, "option_display_name")).collect();
        let labels: Vec<String> = values.iter().map(|value| text(value, "label")).collect();
        if options.is_empty() || options.iter().chain(&labels).any(String::is_empty) {
            return Err(invalid("variants.option_values", "must name an option and a label"));
        }
        if product.options.is_empty() {
            product.options = options.clone();
        }
        let is_twice = product.variants.iter().any(|known| known.values == labels);
        if product.options != options || is_twice {
            return Err(Problem::new(409, "Variants must have unique combinations of the same options"));
        }
        let mut variant = blank_variant(labels, tracked);
        put_article(shop, &mut variant, body)?;
        if product.variants.iter().any(|known| known.sku == variant.sku) {
            return Err(Problem::new(409, format!("The product sku is a duplicate: {}", variant.sku)));
        }
        product.variants.push(variant);
    }
    Ok(())
}

pub(super) fn in_part(data: Value, title: &str) -> Outgoing {
    let errors = json!({"status": 207, "title": title, "type": TYPE, "errors": {}});
    Outgoing::json(207, &json!({"data": data, "errors": errors, "meta": {}}))
}

fn find(shop: &Shop, raw: &str) -> Result<ShopProduct, Problem> {
    let id = number(raw)?;
    shop.products.get(&id).cloned().ok_or_else(not_found)
}

pub(super) fn update(sandbox: &mut Sandbox, shop: &mut Shop, request: &Incoming, id: &str, now: Timestamp) -> Answered {
    let product = find(shop, id)?;
    let mut body = object(request)?;
    // What fails here alone is the SKU.
    let failed = sandbox.saves_in_part && body.shift_remove("sku").is_some();
    let shown = put(sandbox, shop, product, &body, now)?;
    Ok(match failed {
        true => in_part(shown, "The SKU failed to save"),
        false => single(200, shown),
    })
}

fn put(
    sandbox: &mut Sandbox,
    shop: &mut Shop,
    mut product: ShopProduct,
    body: &Map<String, Value>,
    now: Timestamp,
) -> Result<Value, Problem> {
    put_product(sandbox, shop, &mut product, body)?;
    let simple = !is_variable(&product);
    if let Some(only) = product.variants.first_mut().filter(|_| simple) {
        put_article(shop, only, body)?;
    }
    let number = shop.insert(product.clone(), now);
    let names: Vec<&str> = body.keys().map(String::as_str).collect();
    log(shop, now, "update", number, None, names.join(", "));
    let now_there = shop.products.get(&number).cloned().unwrap_or(product);
    Ok(present::product(sandbox, shop, &now_there))
}

/// At most ten.
pub(super) fn update_many(sandbox: &mut Sandbox, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answered {
    let Some(Value::Array(bodies)) = request.json() else { return Err(Problem::new(400, "Input is invalid")) };
    if bodies.is_empty() || bodies.len() > 10 {
        return Err(invalid("", "between 1 and 10 products can be updated at once"));
    }
    let mut data = Vec::new();
    for body in bodies {
        let Value::Object(body) = body else { return Err(invalid("", "must be objects")) };
        let id = body.get("id").map(Value::to_string).unwrap_or_default();
        let product = find(shop, &id)?;
        data.push(put(sandbox, shop, product, &body, now)?);
    }
    Ok(Outgoing::json(200, &json!({"data": data, "meta": {}})))
}

pub(super) fn delete(shop: &mut Shop, id: &str, now: Timestamp) -> Answered {
    let product = find(shop, id)?;
    shop.delete(product.number, now);
    log(shop, now, "delete", product.number, None, product.title);
    Ok(empty())
}

pub(super) fn empty() -> Outgoing {
    Outgoing { status: 204, headers: Vec::new(), body: Vec::new() }
}

pub(super) fn assign(sandbox: &mut Sandbox, shop: &Shop, request: &Incoming) -> Answered {
    let Some(Value::Array(pairs)) = request.json() else { return Err(Problem::new(400, "Input is invalid")) };
    for pair in pairs {
        let id = pair.get("product_id").and_then(Value::as_u64).unwrap_or(0);
        if !shop.products.contains_key(&id) || pair.get("channel_id") != Some(&json!(1)) {
            return Err(invalid("product_id", "the product or the channel does not exist"));
        }
        sandbox.numbers.unassigned.retain(|known| *known != id);
    }
    Ok(empty())
}
