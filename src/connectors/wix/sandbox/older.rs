//! V1's products: listed by filters in strings, made with every combination of their options, changed without
//! revisions.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::domain::{Money, Quantity, Status, Timestamp};
use crate::sandbox::{Outgoing, Shop, ShopProduct, ShopVariant};

use super::identifiers::{Kind, number, uuid};
use super::older_present::{DISCOUNT, is_managed, product as shown, variant_id};
use super::present::{SEO, VISIBLE, is_visible, values};
use super::problem::{Problem, invalid, not_found};
use super::question::matches;
use super::{Answered, Sandbox, log};

const MOST_COMBINATIONS: usize = 1000;

/// Every combination of a product's options is a variant, hidden where nobody asked for it.
pub(super) fn complete(shop: &mut Shop) {
    let lacking: Vec<u64> = shop
        .products
        .values()
        .filter(|product| {
            let all: usize = (0..product.options.len()).map(|place| values(product, place).len()).product();
            is_managed(product) && all <= MOST_COMBINATIONS && product.variants.len() < all
        })
        .map(|product| product.number)
        .collect();
    for number in lacking {
        let Some(mut product) = shop.products.get(&number).cloned() else { continue };
        let options: Vec<Vec<String>> = (0..product.options.len()).map(|place| values(&product, place)).collect();
        add_combinations(shop, &mut product, &options, false);
        shop.products.insert(number, product);
    }
}

fn combinations(options: &[Vec<String>]) -> Vec<Vec<String>> {
    options.iter().fold(vec![Vec::new()], |all, choices| {
        let with = |start: &Vec<String>| {
            let longer = |choice: &String| start.iter().cloned().chain([choice.clone()]).collect::<Vec<String>>();
            choices.iter().map(longer).collect::<Vec<_>>()
        };
        all.iter().flat_map(with).collect()
    })
}

/// New ones have the product's first price, and nothing in stock where the product is counted.
fn add_combinations(shop: &mut Shop, product: &mut ShopProduct, options: &[Vec<String>], visible: bool) {
    let there: BTreeSet<Vec<String>> = product.variants.iter().map(|variant| variant.values.clone()).collect();
    let tracked = product.variants.iter().any(|variant| variant.tracked);
    let price = product.variants.first().and_then(|variant| variant.price);
    let place = shop.locations.first().map_or(1, |place| place.number);
    for combination in combinations(options).into_iter().filter(|one| !there.contains(one)) {
        let mut variant =
            ShopVariant { number: shop.number(), values: combination, price, tracked, ..ShopVariant::plain() };
        if tracked {
            variant.levels.insert(place, Quantity::ZERO);
        }
        if !visible {
            variant.extra.insert(VISIBLE.to_owned(), json!(false));
        }
        product.variants.push(variant);
    }
}

/// A filter or an order in a string.
pub(super) fn in_string(query: &Value, name: &str) -> Result<Value, Problem> {
    match query.get(name) {
        None | Some(Value::Null) => Ok(Value::Null),
        Some(Value::String(raw)) if raw.is_empty() => Ok(Value::Null),
        Some(Value::String(raw)) => {
            serde_json::from_str(raw).map_err(|_| invalid(&format!("query.{name}"), "is not JSON in a string"))
        }
        Some(_) => Err(invalid(&format!("query.{name}"), "must be a string")),
    }
}

pub(super) fn is_descending(sort: &Value) -> bool {
    sort.pointer("/0/numericId") == Some(&json!("desc"))
}

pub(super) fn limit(query: &Value) -> Result<(usize, usize), Problem> {
    let number = |name: &str| query.pointer(&format!("/paging/{name}")).and_then(Value::as_u64);
    match number("limit").unwrap_or(100) {
        limit if limit > 100 => Err(invalid("query.paging.limit", "must be less than or equal to 100")),
        limit => Ok((limit as usize, number("offset").unwrap_or(0) as usize)),
    }
}

pub(super) fn query(sandbox: &mut Sandbox, shop: &Shop, body: &Value) -> Answered {
    let query = body.get("query").cloned().unwrap_or_default();
    let filter = in_string(&query, "filter")?.as_object().cloned().unwrap_or_default();
    let sort = in_string(&query, "sort")?;
    const FIELDS: [&str; 7] = ["id", "numericId", "lastUpdated", "name", "sku", "price", "slug"];
    if let Some(name) = filter.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(invalid("query.filter", &format!("cannot be by {name}")));
    }
    let hidden = body.get("includeHiddenProducts") == Some(&json!(true));
    let field = |product: &ShopProduct, name: &str| match name {
        "id" => json!(uuid(Kind::Product, product.number)),
        "numericId" => json!(product.number),
        "lastUpdated" => json!(product.updated_at.rfc3339()),
        "name" => json!(product.title),
        // A managed product has none of its own.
        "sku" => json!(product.variants.first().filter(|_| !is_managed(product)).map(|first| first.sku.clone())),
        _ => Value::Null,
    };
    let mut found: Vec<&ShopProduct> = shop
        .products
        .values()
        .filter(|product| hidden || is_visible(product))
        .filter(|product| matches(&filter, |name| field(product, name)))
        .collect();
    if is_descending(&sort) {
        found.reverse();
    }
    let (limit, offset) = limit(&query)?;
    let total = found.len();
    let variants = body.get("includeVariants") == Some(&json!(true));
    let page = found.into_iter().skip(offset).take(limit);
    let products: Vec<Value> = page.map(|product| shown(&mut sandbox.registers, shop, product, variants)).collect();
    let metadata = json!({"items": products.len(), "offset": offset});
    Ok(Outgoing::json(200, &json!({"products": products, "metadata": metadata, "totalResults": total})))
}

fn known(shop: &Shop, id: &str) -> Result<ShopProduct, Problem> {
    let product = number(Kind::Product, id).and_then(|number| shop.products.get(&number));
    product.cloned().ok_or_else(|| not_found("the product"))
}

fn answer(sandbox: &mut Sandbox, shop: &Shop, number: u64) -> Answered {
    let product = shop.products.get(&number).ok_or_else(|| not_found("the product"))?;
    Ok(Outgoing::json(200, &json!({"product": shown(&mut sandbox.registers, shop, product, false)})))
}

pub(super) fn create(sandbox: &mut Sandbox, shop: &mut Shop, body: &Value, now: Timestamp) -> Answered {
    let wanted = body.get("product").and_then(Value::as_object).cloned().unwrap_or_default();
    if wanted.get("productType") != Some(&json!("physical")) || !wanted.contains_key("name") {
        return Err(invalid("product", "must have a name and be physical"));
    }
    let mut product = ShopProduct::simple("", ShopVariant::plain());
    put(shop, &mut product, &wanted)?;
    let number = shop.insert(product, now);
    log(shop, now, "create", number, None, String::new());
    answer(sandbox, shop, number)
}

pub(super) fn update(sandbox: &mut Sandbox, shop: &mut Shop, body: &Value, id: &str, now: Timestamp) -> Answered {
    let mut product = known(shop, id)?;
    let wanted = body.get("product").and_then(Value::as_object).cloned().unwrap_or_default();
    put(shop, &mut product, &wanted)?;
    let number = shop.insert(product, now);
    log(shop, now, "update", number, None, String::new());
    answer(sandbox, shop, number)
}

fn put(shop: &mut Shop, product: &mut ShopProduct, body: &Map<String, Value>) -> Result<(), Problem> {
    if let Some(name) = body.get("name").and_then(Value::as_str) {
        let length = name.chars().count();
        if length == 0 || length > 80 {
            return Err(invalid("product.name", "must have 1 to 80 characters"));
        }
        product.title = name.to_owned();
    }
    if let Some(description) = body.get("description").and_then(Value::as_str) {
        product.description = description.to_owned();
    }
    if let Some(visible) = body.get("visible").and_then(Value::as_bool) {
        product.status = if visible { Status::Active } else { Status::Draft };
    }
    if let Some(brand) = body.get("brand").and_then(Value::as_str) {
        if brand.is_empty() || brand.chars().count() > 50 {
            return Err(invalid("product.brand", "must have 1 to 50 characters"));
        }
        product.brand = brand.to_owned();
    }
    for name in [SEO, DISCOUNT] {
        if let Some(value) = body.get(name) {
            product.extra.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(price) = body.get("priceData").and_then(|price| price.get("price")) {
        let price =
            Money::parse(&price.to_string(), shop.currency).map_err(|_| invalid("product.priceData", "is no price"))?;
        product.variants.iter_mut().for_each(|variant| variant.price = Some(price.minor));
    }
    if let Some(sku) = body.get("sku").and_then(Value::as_str) {
        if sku.chars().count() > 40 {
            return Err(invalid("product.sku", "must have at most 40 characters"));
        }
        if let Some(first) = product.variants.first_mut() {
            first.sku = sku.to_owned();
        }
    }
    let Some(options) = body.get("productOptions").and_then(Value::as_array) else { return Ok(()) };
    let mut names = Vec::new();
    let mut choices: Vec<Vec<String>> = Vec::new();
    for option in options {
        names.push(option.get("name").and_then(Value::as_str).unwrap_or_default().to_owned());
        let of = option.get("choices").and_then(Value::as_array).into_iter().flatten();
        choices.push(of.filter_map(|choice| choice.get("description")?.as_str()).map(str::to_owned).collect());
    }
    if !is_managed(product) {
        // Of the one that there was, only its price is left.
        let price = product.variants.first().and_then(|first| first.price);
        product.variants = vec![ShopVariant { price, ..ShopVariant::plain() }];
    }
    product.options = names;
    let only_blank = product.variants.iter().all(|variant| variant.values.is_empty());
    add_combinations(shop, product, &choices, true);
    if only_blank {
        product.variants.remove(0);
    }
    Ok(())
}

pub(super) fn update_variants(shop: &mut Shop, body: &Value, id: &str, now: Timestamp) -> Answered {
    let mut product = known(shop, id)?;
    if !is_managed(&product) {
        return Err(invalid("id", "is of a product whose variants are not managed"));
    }
    let currency = shop.currency;
    for one in body.get("variants").and_then(Value::as_array).into_iter().flatten() {
        let ids: Vec<&str> =
            one.get("variantIds").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let places: Vec<usize> = (0..product.variants.len())
            .filter(|place| {
                product.variants.get(*place).is_some_and(|v| ids.contains(&variant_id(&product, v).as_str()))
            })
            .collect();
        if places.len() != ids.len() {
            return Err(not_found("the variant"));
        }
        for place in places {
            let Some(variant) = product.variants.get_mut(place) else { continue };
            if let Some(price) = one.get("price") {
                let price = Money::parse(&price.to_string(), currency).map_err(|_| invalid("price", "is no price"))?;
                variant.price = Some(price.minor);
            }
            if let Some(sku) = one.get("sku").and_then(Value::as_str) {
                variant.sku = sku.to_owned();
            }
            match one.get("visible").and_then(Value::as_bool) {
                Some(true) => drop(variant.extra.remove(VISIBLE)),
                Some(false) => drop(variant.extra.insert(VISIBLE.to_owned(), json!(false))),
                None => {}
            }
        }
    }
    let number = shop.insert(product, now);
    log(shop, now, "update", number, None, String::new());
    Ok(Outgoing::json(200, &json!({"variants": []})))
}

pub(super) fn add_media(shop: &mut Shop, body: &Value, id: &str, now: Timestamp) -> Answered {
    let mut product = known(shop, id)?;
    let media = body.get("media").and_then(Value::as_array).into_iter().flatten();
    let added: Vec<String> = media.filter_map(|one| one.get("url")?.as_str()).map(str::to_owned).collect();
    if added.is_empty() {
        return Err(invalid("media", "must not be empty"));
    }
    product.images.extend(added);
    shop.insert(product, now);
    Ok(Outgoing::json(200, &json!({})))
}

/// An empty list means all of them.
pub(super) fn remove_media(sandbox: &Sandbox, shop: &mut Shop, body: &Value, id: &str, now: Timestamp) -> Answered {
    let mut product = known(shop, id)?;
    let ids = body.get("mediaIds").and_then(Value::as_array).cloned().unwrap_or_default();
    let removed: Vec<String> = ids.iter().filter_map(|id| sandbox.registers.address(id.as_str()?)).collect();
    for address in &removed {
        if let Some(place) = product.images.iter().position(|known| known == address) {
            product.images.remove(place);
        }
    }
    if ids.is_empty() {
        product.images.clear();
    }
    shop.insert(product, now);
    Ok(Outgoing::json(200, &json!({})))
}

pub(super) fn remove_brand(shop: &mut Shop, id: &str, now: Timestamp) -> Answered {
    let mut product = known(shop, id)?;
    product.brand.clear();
    shop.insert(product, now);
    Ok(Outgoing::json(200, &json!({})))
}
