//! What changes something: products and variations made, changed and deleted, one by one and in batches.

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Applied, Incoming, Outgoing, Shop, ShopProduct, ShopVariant};

use super::article::{self, put_article, put_product};
use super::present::{TRASHED, is_trashed, is_variable, trim};
use super::prices;
use super::problem::{self, Problem, invalid_target, number};
use super::shelf::Shelf;

/// Operations of one batch (`woocommerce_rest_batch_items_limit`).
const MOST_OPERATIONS: usize = 100;

/// Which things a batch is about.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Products,
    Variations { parent: u64 },
}

pub(super) fn answer(
    shelf: &mut Shelf,
    shop: &mut Shop,
    request: &Incoming,
    path: &[&str],
    now: Timestamp,
) -> Result<Outgoing, Problem> {
    let body = || {
        let invalid = || Problem::new(400, "rest_invalid_json", "Invalid JSON body passed.");
        if request.body.is_empty() { Ok(json!({})) } else { request.json().ok_or_else(invalid) }
    };
    let force = request.query("force") == Some("true");
    let done = |value: Value| Outgoing::json(200, &trim(value, request));
    match (request.method.as_str(), path) {
        ("POST" | "PUT", ["products", "batch"]) => batch(shelf, shop, Kind::Products, &body()?, now),
        ("POST" | "PUT", ["products", parent, "variations", "batch"]) => {
            batch(shelf, shop, Kind::Variations { parent: number(parent)? }, &body()?, now)
        }
        ("POST", ["products"]) => {
            let body = body()?;
            article::check_types(&body)?;
            Ok(Outgoing::json(201, &trim(create_product(shelf, shop, &body, now)?, request)))
        }
        ("PUT" | "POST" | "PATCH", ["products", id]) => {
            let body = body()?;
            article::check_types(&body)?;
            Ok(done(update_product(shelf, shop, number(id)?, &body, now)?))
        }
        ("DELETE", ["products", id]) => Ok(done(delete_product(shelf, shop, number(id)?, force, now)?)),
        ("POST", ["products", parent, "variations"]) => {
            let body = body()?;
            article::check_types(&body)?;
            let made = create_variation(shelf, shop, number(parent)?, &body, now)?;
            Ok(Outgoing::json(201, &trim(made, request)))
        }
        ("PUT" | "POST" | "PATCH", ["products", parent, "variations", id]) => {
            let body = body()?;
            article::check_types(&body)?;
            Ok(done(update_variation(shelf, shop, number(parent)?, number(id)?, &body, now)?))
        }
        ("DELETE", ["products", parent, "variations", id]) => {
            if !force {
                let why = "The product_variation does not support trashing.";
                return Err(Problem::new(501, "woocommerce_rest_trash_not_supported", why));
            }
            Ok(done(delete_variation(shelf, shop, number(parent)?, number(id)?, now)?))
        }
        _ => Err(problem::no_route()),
    }
}

fn batch(shelf: &mut Shelf, shop: &mut Shop, kind: Kind, body: &Value, now: Timestamp) -> Result<Outgoing, Problem> {
    let list = |name: &str| body.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let (create, update, delete) = (list("create"), list("update"), list("delete"));
    if create.len() + update.len() + delete.len() > MOST_OPERATIONS {
        let message = format!("Unable to accept more than {MOST_OPERATIONS} items for this request.");
        return Err(Problem::new(413, "woocommerce_rest_request_entity_too_large", &message));
    }
    let told = |id: u64, outcome: Result<Value, Problem>| match outcome {
        Ok(value) => value,
        Err(problem) => json!({"id": id, "error": problem.body()}),
    };
    let id_of = |item: &Value| item.get("id").and_then(Value::as_u64).unwrap_or(0);
    let mut answer = json!({});
    if !create.is_empty() {
        let make = |item: &Value| match kind {
            Kind::Products => told(0, create_product(shelf, shop, item, now)),
            Kind::Variations { parent } => told(0, create_variation(shelf, shop, parent, item, now)),
        };
        answer["create"] = create.iter().map(make).collect();
    }
    if !update.is_empty() {
        let change = |item: &Value| match kind {
            Kind::Products => told(id_of(item), update_product(shelf, shop, id_of(item), item, now)),
            Kind::Variations { parent } => {
                told(id_of(item), update_variation(shelf, shop, parent, id_of(item), item, now))
            }
        };
        answer["update"] = update.iter().map(change).collect();
    }
    if !delete.is_empty() {
        let remove = |item: &Value| {
            let id = item.as_u64().unwrap_or(0);
            match kind {
                Kind::Products => told(id, delete_product(shelf, shop, id, true, now)),
                Kind::Variations { parent } => told(id, delete_variation(shelf, shop, parent, id, now)),
            }
        };
        answer["delete"] = delete.iter().map(remove).collect();
    }
    // PHP writes an empty array for nothing at all.
    let answer = if answer.as_object().is_some_and(serde_json::Map::is_empty) { json!([]) } else { answer };
    Ok(Outgoing::json(200, &answer))
}

fn create_product(shelf: &mut Shelf, shop: &mut Shop, body: &Value, now: Timestamp) -> Result<Value, Problem> {
    if body.get("id").is_some_and(|id| *id != json!(0)) {
        return Err(Problem::new(400, "woocommerce_rest_product_exists", "Cannot create existing product."));
    }
    let mut product = article::blank_product(body);
    put_product(shelf, shop, &mut product, body)?;
    if !is_variable(&product) {
        let mut variant = article::blank_variant();
        put_article(shelf, shop, &mut variant, body, now)?;
        variant.number = shop.number();
        product.variants.push(variant);
    }
    let sku = product.variants.first().map(|variant| variant.sku.clone()).unwrap_or_default();
    let id = shelf.put(shop, product, now);
    log(shop, now, "create", id, None, sku);
    log_first_stock(shelf, shop, id, 0, now);
    shelf.show_product(shop, id, true).ok_or_else(problem::invalid_product)
}

fn update_product(shelf: &mut Shelf, shop: &mut Shop, id: u64, body: &Value, now: Timestamp) -> Result<Value, Problem> {
    if shop.find_variant(id).is_some_and(|(product, _)| shop.products.get(&product).is_some_and(is_variable)) {
        let message = "To manipulate product variations you should use the \
                       /products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint.";
        return Err(Problem::new(404, "woocommerce_rest_invalid_product_id", message));
    }
    let mut product = shelf.find(shop, id).cloned().ok_or_else(|| invalid_target("product"))?;
    let before = product.clone();
    put_product(shelf, shop, &mut product, body)?;
    let simple = !is_variable(&product);
    if let Some(variant) = product.variants.first_mut().filter(|_| simple) {
        put_article(shelf, shop, variant, body, now)?;
    }
    log_change(shop, &before, &product, now);
    // Another status brings it back from the trash.
    if body.get("status").is_some() {
        product.extra.remove(TRASHED);
    }
    shelf.put(shop, product, now);
    shelf.show_product(shop, id, true).ok_or_else(problem::invalid_product)
}

fn delete_product(shelf: &mut Shelf, shop: &mut Shop, id: u64, force: bool, now: Timestamp) -> Result<Value, Problem> {
    let shown = shelf.show_product(shop, id, true).ok_or_else(problem::invalid_product)?;
    let trashed = shelf.find(shop, id).is_some_and(is_trashed);
    if trashed && !force {
        return Err(Problem::new(410, "woocommerce_rest_already_trashed", "The product has already been deleted."));
    }
    let product = shelf.find(shop, id).cloned();
    match product.filter(|_| !force) {
        Some(mut product) => {
            product.extra.insert(TRASHED.to_owned(), json!(true));
            shelf.put(shop, product, now);
        }
        None => {
            shelf.half_made.remove(&id);
            shop.delete(id, now);
        }
    }
    log(shop, now, "delete", id, None, if force { "for good".to_owned() } else { "to the trash".to_owned() });
    match force {
        true => Ok(shown),
        false => shelf.show_product(shop, id, true).ok_or_else(problem::invalid_product),
    }
}

fn create_variation(
    shelf: &mut Shelf,
    shop: &mut Shop,
    parent: u64,
    body: &Value,
    now: Timestamp,
) -> Result<Value, Problem> {
    let invalid_parent = || {
        let message = "Cannot set attributes due to invalid parent product.";
        Problem::new(404, "woocommerce_rest_product_variation_invalid_parent", message)
    };
    let mut product = shelf.find(shop, parent).cloned().filter(is_variable).ok_or_else(invalid_parent)?;
    let mut variant = article::blank_variant();
    put_article(shelf, shop, &mut variant, body, now)?;
    variant.values = article::values(&product, &variant, body);
    article::put_meta(shop, &mut variant.extra, body);
    variant.number = shop.number();
    variant.updated_at = now;
    let (id, sku, position) = (variant.number, variant.sku.clone(), product.variants.len());
    product.variants.push(variant);
    place(shelf, shop, product, now);
    log(shop, now, "create", parent, Some(id), sku);
    log_first_stock(shelf, shop, parent, position, now);
    shelf.show_variation(shop, parent, id).ok_or_else(problem::missing_variation)
}

fn update_variation(
    shelf: &mut Shelf,
    shop: &mut Shop,
    parent: u64,
    id: u64,
    body: &Value,
    now: Timestamp,
) -> Result<Value, Problem> {
    let missing = || invalid_target("product_variation");
    let mut product = shelf.find(shop, parent).cloned().ok_or_else(missing)?;
    let before = product.clone();
    let variant = product.variants.iter_mut().find(|variant| variant.number == id).ok_or_else(missing)?;
    put_article(shelf, shop, variant, body, now)?;
    article::put_meta(shop, &mut variant.extra, body);
    variant.updated_at = now;
    if body.get("attributes").is_some() {
        variant.values = article::values(&before, variant, body);
    }
    log_change(shop, &before, &product, now);
    place(shelf, shop, product, now);
    shelf.show_variation(shop, parent, id).ok_or_else(problem::missing_variation)
}

fn delete_variation(
    shelf: &mut Shelf,
    shop: &mut Shop,
    parent: u64,
    id: u64,
    now: Timestamp,
) -> Result<Value, Problem> {
    let shown = shelf.show_variation(shop, parent, id).ok_or_else(problem::missing_variation)?;
    let mut product = shelf.find(shop, parent).cloned().ok_or_else(problem::missing_variation)?;
    product.variants.retain(|variant| variant.number != id);
    if product.variants.is_empty() {
        shop.products.remove(&parent);
        shelf.put(shop, product, now);
    } else {
        place(shelf, shop, product, now);
    }
    log(shop, now, "delete", parent, Some(id), "for good".to_owned());
    Ok(shown)
}

/// Puts a product back where it was without stamping the parent: a variation's change does not move it.
fn place(shelf: &mut Shelf, shop: &mut Shop, product: ShopProduct, now: Timestamp) {
    let was_half_made = shelf.half_made.remove(&product.number).is_some();
    match shelf.find_mut(shop, product.number) {
        Some(place) => *place = product,
        None if was_half_made => drop(shop.insert(product, now)),
        None => {}
    }
}

fn log(shop: &mut Shop, at: Timestamp, what: &'static str, product: u64, variant: Option<u64>, change: String) {
    shop.applied.push(Applied { at, what, product, variant, change, key: None });
}

/// The quantity that something was made with.
fn log_first_stock(shelf: &Shelf, shop: &mut Shop, product: u64, position: usize, now: Timestamp) {
    let location = shop.locations.first().map_or(0, |location| location.number);
    let variant = shelf.find(shop, product).and_then(|product| product.variants.get(position));
    let first = variant.and_then(|variant| Some((variant.number, *variant.levels.get(&location)?)));
    if let Some((variant, level)) = first {
        log(shop, now, "stock", product, Some(variant), format!("nothing → {level}"));
    }
}

fn log_change(shop: &mut Shop, before: &ShopProduct, after: &ShopProduct, now: Timestamp) {
    let location = shop.locations.first().map_or(0, |location| location.number);
    let level = |variant: &ShopVariant| variant.levels.get(&location).map_or("nothing".to_owned(), ToString::to_string);
    for (old, new) in before.variants.iter().zip(&after.variants) {
        if old.levels != new.levels {
            let change = format!("{} → {}", level(old), level(new));
            log(shop, now, "stock", after.number, Some(new.number), change);
        }
    }
    if own_fields(before) != own_fields(after) {
        log(shop, now, "update", after.number, None, after.title.clone());
    }
    for (old, new) in before.variants.iter().zip(&after.variants) {
        if article_fields(old) != article_fields(new) {
            log(shop, now, "update", after.number, Some(new.number), new.sku.clone());
        }
    }
}

fn own_fields(product: &ShopProduct) -> [Value; 6] {
    let ShopProduct { title, status, images, description, brand, category, .. } = product;
    [json!(title), json!(status), json!(images), json!(description), json!(brand), json!(category)]
}

fn article_fields(variant: &ShopVariant) -> [Value; 6] {
    let extra = |name: &str| variant.extra.get(name).cloned().unwrap_or_default();
    let (price, compare_at) = (json!(variant.price), json!(prices::compare_at(variant)));
    [json!(variant.sku), json!(variant.barcode), price, compare_at, extra("weight"), extra("dimensions")]
}
