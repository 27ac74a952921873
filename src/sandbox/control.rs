//! The control endpoint of a sandbox server: what a merchant, a customer or the network does, as HTTP under
//! `/_sandbox/`. Bodies are JSON objects; an error is `{"error": "…"}` with status 400 or 404. Nothing here needs a
//! key, since a sandbox listens on this machine alone and has nothing to guard.
//!
//! | request | what it does and answers |
//! |---|---|
//! | `GET shop` | `{"platform", "name", "currency", "locations": [{"number", "name"}], "products", "variants", "deleted", "requests"}` |
//! | `GET requests` | `{"requests": [{"at", "method", "path", "status", "fault"}]}`, the oldest first; `?last=20` for the newest 20; status null: cut |
//! | `DELETE requests` | forgets them |
//! | `GET applied` | `{"applied": [{"at", "what", "product", "variant", "change", "key"}]}`: what requests changed; `?last=` as above |
//! | `GET products` | `{"products": […]}` in the shop model's form; `?sku=`, `?barcode=` or `?title=` (exact) to choose, `?limit=` (100) |
//! | `GET faults` | `{"rules": ["429:every=20"]}` |
//! | `POST faults` | takes the same form, replaces the rules |
//! | `GET orders` | `{"orders": […]}`, the newest change last; `?last=` as above |
//! | `POST sale` | `{variant, "quantity": "2"}`: a customer buys and takes it along, which is an order too; a negative quantity is a return without one |
//! | `POST order` | `{"lines": [{variant, "quantity": "2"}], "pending": false}`: a customer orders; answers `{"order": {"number", "lines", …}}`, as those below |
//! | `POST accept` | `{"order": 12}`: a pending order is paid |
//! | `POST fulfil` | `{"order": 12, "line": 3, "quantity": "1"}`: handed over; without a line all that is open |
//! | `POST cancel` | `{"order": 12, "restock": true}`: what is open is not sent any more |
//! | `POST refund` | `{"order": 12, "line": 3, "quantity": "1", "restock": true}`: money back; without a line for everything |
//! | `POST stock` | `{variant, "to": "5"}` or `{variant, "by": "-2"}`: the merchant counts or corrects |
//! | `POST product` | `{product, "set": {"title", "description", "brand", "category", "status"}}`: the merchant edits |
//! | `POST variant` | `{variant, "set": {"sku", "barcode", "price": "19.90", "tracked": false}}`: the merchant edits |
//! | `POST delete` | `{product}`: the merchant deletes |
//! | `POST import` | a table as the body (see `catalogue.rs`): the merchant adds products; `{"added": 3}` |
//!
//! `{variant}` is `"variant": 12` or `"sku": "A-1"` (the first that has it), for stock with `"location": 1` or the
//! location's name (the first one if left out); `{product}` is `"product": 7` or `"sku"`. Quantities are decimals as
//! text, or numbers. A change of stock answers `{"product", "variant", "location", "before", "after"}`, before and after
//! being null for what is not tracked.

mod orders;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::{Money, Quantity, Status, Timestamp};

use super::faults::FaultRule;
use super::server::{Premises, SharedShop};
use super::shop::{Shop, ShopProduct};
use super::{Incoming, Outgoing, read_products, read_table};

/// Answers one request; `rest` is the path behind `/_sandbox/`.
pub(super) fn answer(shared: &SharedShop, rest: &str, request: &Incoming, now: Timestamp) -> Outgoing {
    let mut premises = shared.premises();
    let Premises { imitation, shop, faults, seen } = &mut *premises;
    let done: Result<Value, String> = match (request.method.as_str(), rest) {
        ("GET", "shop") => Ok(json!({
            "platform": imitation.platform(),
            "name": shop.name,
            "currency": shop.currency,
            "locations": shop.locations,
            "products": shop.products.len(),
            "variants": shop.products.values().map(|product| product.variants.len()).sum::<usize>(),
            "deleted": shop.deleted.len(),
            "requests": seen.len(),
        })),
        ("GET", "requests") => newest(seen.make_contiguous(), request).map(|seen| json!({ "requests": seen })),
        ("DELETE", "requests") => {
            *seen = VecDeque::new();
            Ok(json!({}))
        }
        ("GET", "applied") => newest(&shop.applied, request).map(|applied| json!({ "applied": applied })),
        ("GET", "orders") => newest(&shop.orders_since(Timestamp(i64::MIN)), request).map(|o| json!({ "orders": o })),
        ("GET", "products") => products(shop, request),
        ("GET", "faults") => Ok(json!({ "rules": faults.rules().map(FaultRule::to_string).collect::<Vec<_>>() })),
        ("POST", "faults") => read::<Rules>(request).and_then(|wanted| {
            let rules: Result<Vec<FaultRule>, String> = wanted.rules.iter().map(|rule| rule.parse()).collect();
            faults.replace(rules?);
            Ok(json!({ "rules": wanted.rules }))
        }),
        ("POST", "sale") => read(request).and_then(|sale: Sale| {
            let quantity = quantity(&sale.quantity)?;
            if !quantity.is_positive() {
                return move_stock(shop, &sale.which, |level| level - quantity, now);
            }
            let (product, position) = find_variant(shop, &sale.which)?;
            let place = location(shop, &sale.which)?;
            let found = shop.products.get(&product).and_then(|product| product.variants.get(position));
            let variant = found.ok_or("the variant is gone")?.number;
            let told = move_stock(shop, &sale.which, |level| level, now)?;
            shop.sell(variant, place, quantity, now);
            let after = move_stock(shop, &sale.which, |level| level, now)?;
            let mut answer = after;
            answer["before"] = told["before"].clone();
            Ok(answer)
        }),
        ("POST", "stock") => read(request).and_then(|count: Count| match (&count.to, &count.by) {
            (Some(to), None) => quantity(to).and_then(|to| move_stock(shop, &count.which, |_| to, now)),
            (None, Some(by)) => quantity(by).and_then(|by| move_stock(shop, &count.which, |level| level + by, now)),
            _ => Err("either \"to\" or \"by\" is needed".to_owned()),
        }),
        ("POST", "product") => read(request).and_then(|edit| edit_product(shop, edit, now)),
        ("POST", "variant") => read(request).and_then(|edit| edit_variant(shop, edit, now)),
        ("POST", "delete") => read(request).and_then(|which: Which| {
            let (product, _) = find(shop, &which)?;
            shop.delete(product, now);
            Ok(json!({ "product": product }))
        }),
        ("POST", "import") => import(shop, &request.body, now),
        ("POST", "order" | "accept" | "fulfil" | "cancel" | "refund") => orders::answer(shop, rest, request, now),
        (method, _) => {
            let why = format!("there is no control {method} {rest}");
            return Outgoing::json(404, &json!({ "error": why }));
        }
    };
    match done {
        Ok(body) => Outgoing::json(200, &body),
        Err(why) => Outgoing::json(400, &json!({ "error": why })),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rules: Vec<String>,
}

/// Names a product or a variant, and a location where stock is meant.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Which {
    product: Option<u64>,
    variant: Option<u64>,
    sku: Option<String>,
    location: Option<Value>,
}

#[derive(Deserialize)]
struct Sale {
    #[serde(flatten)]
    which: Which,
    quantity: Value,
}

#[derive(Deserialize)]
struct Count {
    #[serde(flatten)]
    which: Which,
    to: Option<Value>,
    by: Option<Value>,
}

#[derive(Deserialize)]
struct Edit<Set> {
    #[serde(flatten)]
    which: Which,
    set: Set,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductSet {
    title: Option<String>,
    description: Option<String>,
    brand: Option<String>,
    category: Option<String>,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VariantSet {
    sku: Option<String>,
    barcode: Option<String>,
    price: Option<String>,
    tracked: Option<bool>,
}

fn read<'a, T: Deserialize<'a>>(request: &'a Incoming) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|why| format!("the body is not what is expected here: {why}"))
}

fn number(request: &Incoming, name: &str) -> Result<Option<usize>, String> {
    let parse = |raw: &str| raw.parse().map_err(|_| format!("{name}={raw} is not a number"));
    request.query(name).map(parse).transpose()
}

fn newest<'a, T: Serialize>(all: &'a [T], request: &Incoming) -> Result<&'a [T], String> {
    let skipped = number(request, "last")?.map_or(0, |last| all.len().saturating_sub(last));
    Ok(all.get(skipped..).unwrap_or_default())
}

fn quantity(raw: &Value) -> Result<Quantity, String> {
    let text = raw.as_str().map_or_else(|| raw.to_string(), str::to_owned);
    text.parse().map_err(|why| format!("{why}"))
}

fn products(shop: &Shop, request: &Incoming) -> Result<Value, String> {
    let limit = number(request, "limit")?.unwrap_or(100);
    let wanted = |product: &&ShopProduct| {
        request.query("title").is_none_or(|title| product.title == title)
            && request.query("sku").is_none_or(|sku| product.variants.iter().any(|variant| variant.sku == sku))
            && request.query("barcode").is_none_or(|code| product.variants.iter().any(|found| found.barcode == code))
    };
    Ok(json!({ "products": shop.products.values().filter(wanted).take(limit).collect::<Vec<_>>() }))
}

/// The product, and the position of the variant if one was named.
fn find(shop: &Shop, which: &Which) -> Result<(u64, Option<usize>), String> {
    if let Some(variant) = which.variant {
        let found = shop.find_variant(variant).ok_or_else(|| format!("there is no variant {variant}"))?;
        return Ok((found.0, Some(found.1)));
    }
    if let Some(product) = which.product {
        let there = shop.products.contains_key(&product);
        return there.then_some((product, None)).ok_or_else(|| format!("there is no product {product}"));
    }
    let sku = which.sku.as_deref().ok_or("name it by \"variant\", \"product\" or \"sku\"")?;
    let mut variants = shop.products.values().flat_map(|product| {
        product.variants.iter().enumerate().map(|(position, variant)| (product.number, position, variant))
    });
    let found = variants.find(|(_, _, variant)| variant.sku == sku);
    let (product, position, _) = found.ok_or_else(|| format!("nothing has the SKU {sku:?}"))?;
    Ok((product, Some(position)))
}

/// A product of one variant needs no word about which.
fn find_variant(shop: &Shop, which: &Which) -> Result<(u64, usize), String> {
    let (product, position) = find(shop, which)?;
    let single = shop.products.get(&product).is_some_and(|product| product.variants.len() == 1);
    let position = position.or(single.then_some(0));
    position.map(|position| (product, position)).ok_or_else(|| format!("product {product} has several variants"))
}

fn location(shop: &Shop, which: &Which) -> Result<u64, String> {
    let Some(wanted) = &which.location else {
        return shop.locations.first().map(|first| first.number).ok_or_else(|| "the shop has no location".to_owned());
    };
    let is_it = |known: &&super::ShopLocation| match wanted {
        Value::String(name) => known.name == *name,
        other => other.as_u64() == Some(known.number),
    };
    let found = shop.locations.iter().find(is_it);
    found.map(|found| found.number).ok_or_else(|| format!("the shop has no location {wanted}"))
}

fn move_stock(
    shop: &mut Shop,
    which: &Which,
    change: impl FnOnce(Quantity) -> Quantity,
    now: Timestamp,
) -> Result<Value, String> {
    let (product, position) = find_variant(shop, which)?;
    let location = location(shop, which)?;
    let found = shop.products.get(&product).and_then(|product| product.variants.get(position));
    let variant = found.ok_or("the variant is gone")?;
    let (number, tracked) = (variant.number, variant.tracked);
    let before = variant.levels.get(&location).copied().unwrap_or_default();
    let after = change(before);
    let told = |level: Quantity| tracked.then_some(level);
    if tracked {
        shop.set_level(product, position, location, after, now);
    }
    Ok(json!({
        "product": product, "variant": number, "location": location, "before": told(before), "after": told(after),
    }))
}

fn edit_product(shop: &mut Shop, edit: Edit<ProductSet>, now: Timestamp) -> Result<Value, String> {
    let (number, _) = find(shop, &edit.which)?;
    let product = shop.products.get_mut(&number).ok_or("the product is gone")?;
    let ProductSet { title, description, brand, category, status } = edit.set;
    let fields = [
        (&mut product.title, title),
        (&mut product.description, description),
        (&mut product.brand, brand),
        (&mut product.category, category),
    ];
    for (field, value) in fields {
        if let Some(value) = value {
            *field = value;
        }
    }
    product.status = status.unwrap_or(product.status);
    shop.touch(number, now);
    Ok(json!({ "product": number }))
}

fn edit_variant(shop: &mut Shop, edit: Edit<VariantSet>, now: Timestamp) -> Result<Value, String> {
    let (number, position) = find_variant(shop, &edit.which)?;
    let VariantSet { sku, barcode, price, tracked } = edit.set;
    let price = price.map(|raw| Money::parse(&raw, shop.currency).map_err(|why| why.to_string())).transpose()?;
    let product = shop.products.get_mut(&number);
    let variant = product.and_then(|product| product.variants.get_mut(position)).ok_or("the variant is gone")?;
    variant.sku = sku.unwrap_or(std::mem::take(&mut variant.sku));
    variant.barcode = barcode.unwrap_or(std::mem::take(&mut variant.barcode));
    variant.price = price.map(|price| price.minor).or(variant.price);
    variant.tracked = tracked.unwrap_or(variant.tracked);
    variant.updated_at = now;
    let variant = variant.number;
    shop.touch(number, now);
    Ok(json!({ "product": number, "variant": variant }))
}

fn import(shop: &mut Shop, table: &[u8], now: Timestamp) -> Result<Value, String> {
    let table = read_table(table).map_err(|why| why.to_string())?;
    let products = read_products(&table, shop.currency, &shop.locations).map_err(|why| why.to_string())?;
    let added = products.len();
    for product in products {
        shop.insert(product, now);
    }
    Ok(json!({ "added": added }))
}
