//! Changes of products, pictures and categories, taken from a body the way E-Series takes them: what is named is changed,
//! lists are replaced whole.

use serde_json::{Map, Value, json};

use crate::domain::{Money, Quantity, Status, Timestamp};
use crate::sandbox::{Applied, Incoming, Outgoing, Shop, ShopProduct, ShopVariant};

use super::present::{self, ATTRIBUTES, BASE, BRAND_ID, FURTHER, OPTIONS, REFERENCE, UPC_ID, category_id, is_variable};
use super::{Answered, Kept, Problem};

pub(super) fn find<'a>(shop: &'a mut Shop, id: &str) -> Result<&'a mut ShopProduct, Problem> {
    let product = id.parse().ok().and_then(|number: u64| shop.products.get_mut(&number));
    product.ok_or_else(|| Problem::missing("Product", id))
}

pub(super) fn create(kept: &Kept, shop: &mut Shop, body: &Value, now: Timestamp) -> Answered {
    let name = body.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| Problem::new(400, "Product name is required"))?;
    let mut product = ShopProduct::simple(name, ShopVariant::plain());
    put(kept, shop, &mut product, body, now)?;
    let number = shop.insert(product, now);
    note(shop, "create", number, None, String::new(), now);
    Ok(Outgoing::json(200, &json!({"id": number})))
}

pub(super) fn update(kept: &Kept, shop: &mut Shop, id: &str, body: &Value, now: Timestamp) -> Answered {
    let mut product = find(shop, id)?.clone();
    put(kept, shop, &mut product, body, now)?;
    product.updated_at = now;
    product.version = shop.version();
    let number = product.number;
    shop.products.insert(number, product);
    note(shop, "update", number, None, String::new(), now);
    Ok(Outgoing::json(200, &json!({"updateCount": 1})))
}

pub(super) fn delete(shop: &mut Shop, id: &str, now: Timestamp) -> Answered {
    let number = find(shop, id)?.number;
    shop.delete(number, now);
    note(shop, "delete", number, None, String::new(), now);
    Ok(Outgoing::json(200, &json!({"deleteCount": 1})))
}

/// The main picture is replaced, the gallery is added to. One whose address says `missing` is not there.
pub(super) fn picture(shop: &mut Shop, request: &Incoming, id: &str, which: &str, now: Timestamp) -> Answered {
    let product = find(shop, id)?;
    let number = product.number;
    if request.method == "DELETE" {
        match which {
            "image" => product.images.truncate(0),
            _ => product.images.truncate(1),
        }
        shop.touch(number, now);
        return Ok(Outgoing::json(200, &json!({"deleteCount": 1})));
    }
    let address = request.query("externalUrl").unwrap_or_default();
    if !address.starts_with("http") || address.contains("missing") {
        return Err(Problem::new(422, "Cannot download the image from the external URL"));
    }
    match (which, product.images.first_mut()) {
        ("image", Some(first)) => *first = address.to_owned(),
        _ => product.images.push(address.to_owned()),
    }
    shop.touch(number, now);
    Ok(Outgoing::json(200, &json!({"id": 240_198_557})))
}

pub(super) fn category(kept: &mut Kept, shop: &Shop, body: &Value) -> Answered {
    let name = body.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Problem::new(400, "Category name is required"))?.to_owned();
    // The real one takes a second of the same name; whoever makes one should have looked.
    if present::categories(kept, shop).contains(&name) {
        return Err(Problem::new(409, "Category with this name already exists"));
    }
    let id = category_id(&name);
    kept.categories.push(name);
    Ok(Outgoing::json(200, &json!({"id": id})))
}

fn put(kept: &Kept, shop: &Shop, product: &mut ShopProduct, body: &Value, now: Timestamp) -> Result<(), Problem> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if let Some(name) = text("name") {
        product.title = name.to_owned();
    }
    if let Some(description) = text("description") {
        product.description = description.to_owned();
    }
    if let Some(enabled) = body.get("enabled").and_then(Value::as_bool) {
        product.status = if enabled { Status::Active } else { Status::Draft };
    }
    if let Some(reference) = text(REFERENCE) {
        product.extra.insert(REFERENCE.to_owned(), json!(reference));
    }
    if let Some(options) = body.get("options").filter(|options| options.is_array()) {
        product.extra.insert(OPTIONS.to_owned(), options.clone());
    }
    if let Some(ids) = body.get("categoryIds").and_then(Value::as_array) {
        let ids: Vec<u64> = ids.iter().filter_map(Value::as_u64).collect();
        let main = body.get("defaultCategoryId").and_then(Value::as_u64).filter(|id| ids.contains(id));
        let main = main.or(ids.first().copied());
        let names = present::categories(kept, shop);
        let name_of = |id: u64| names.iter().find(|name| category_id(name) == id).cloned();
        product.category = match main {
            Some(id) => name_of(id).ok_or_else(|| Problem::missing("Category", &id.to_string()))?,
            None => String::new(),
        };
        let further: Vec<u64> = ids.into_iter().filter(|id| Some(*id) != main).collect();
        match further.is_empty() {
            true => drop(product.extra.remove(FURTHER)),
            false => drop(product.extra.insert(FURTHER.to_owned(), json!(further))),
        }
    }
    let mut own = present::base(product);
    if let Some(attributes) = body.get("attributes").and_then(Value::as_array) {
        put_attributes(product, &mut own, attributes);
    }
    let itself = product.number;
    put_article(shop, itself, &mut own, body, now)?;
    match is_variable(product) {
        true => {
            let own = serde_json::to_value(own).unwrap_or_default();
            // Made up from the first combination until somebody changes it.
            let names = ["price", "sku", "quantity", "unlimited", "weight", "dimensions", "compareToPrice"];
            if product.extra.contains_key(BASE) || names.iter().any(|name| body.get(*name).is_some()) {
                product.extra.insert(BASE.to_owned(), own);
            }
        }
        false => product.variants = vec![own],
    }
    Ok(())
}

/// The whole list: what is not in it is gone, and what is blank too.
fn put_attributes(product: &mut ShopProduct, own: &mut ShopVariant, attributes: &[Value]) {
    let is = |attribute: &Value, alias: &str, id: u64| {
        attribute.get("alias").and_then(Value::as_str) == Some(alias)
            || attribute.get("id").and_then(Value::as_u64) == Some(id)
    };
    let value = |attribute: &Value| attribute.get("value").and_then(Value::as_str).unwrap_or_default().to_owned();
    let of = |alias: &str, id: u64| attributes.iter().find(|one| is(one, alias, id)).map(value).unwrap_or_default();
    own.barcode = of("UPC", UPC_ID);
    product.brand = of("BRAND", BRAND_ID);
    let others: Vec<Value> = attributes
        .iter()
        .filter(|one| !is(one, "UPC", UPC_ID) && !is(one, "BRAND", BRAND_ID))
        .map(|one| {
            let mut one = one.as_object().cloned().unwrap_or_else(Map::new);
            one.insert("type".into(), json!("CUSTOM"));
            Value::Object(one)
        })
        .collect();
    match others.is_empty() {
        true => drop(product.extra.remove(ATTRIBUTES)),
        false => drop(product.extra.insert(ATTRIBUTES.to_owned(), json!(others))),
    }
}

/// What products and combinations have in common. `product` is the one that may have the SKU already.
pub(super) fn put_article(
    shop: &Shop,
    product: u64,
    variant: &mut ShopVariant,
    body: &Value,
    now: Timestamp,
) -> Result<(), Problem> {
    if let Some(sku) = body.get("sku").and_then(Value::as_str) {
        let has = |known: &ShopProduct| {
            let others = known.variants.iter().any(|own| own.sku == sku && own.number != variant.number);
            if known.number == product { others } else { present::has_sku(known, sku) }
        };
        if !sku.is_empty() && shop.products.values().any(has) {
            return Err(Problem::new(409, format!("SKU {sku} already exists")));
        }
        variant.sku = sku.to_owned();
    }
    if let Some(price) = body.get("price") {
        let amount = Money::parse(&price.to_string(), shop.currency);
        variant.price = Some(amount.map_err(|_| Problem::new(400, "Field price is invalid"))?.minor);
    }
    for name in ["compareToPrice", "weight", "dimensions"] {
        if let Some(value) = body.get(name) {
            if name != "dimensions" && !value.is_number() {
                return Err(Problem::new(400, format!("Field {name} is invalid")));
            }
            variant.extra.insert(name.to_owned(), value.clone());
        }
    }
    let here = shop.locations.first().map_or(0, |location| location.number);
    if body.get("unlimited") == Some(&json!(true)) {
        variant.tracked = false;
        variant.levels.clear();
        variant.stock_updated_at = now;
    }
    if let Some(quantity) = body.get("quantity") {
        let quantity = quantity.as_i64().ok_or_else(|| Problem::new(400, "Field quantity is invalid"))?;
        variant.tracked = true;
        variant.levels.insert(here, Quantity::units(quantity));
        variant.stock_updated_at = now;
    }
    variant.updated_at = now;
    Ok(())
}

/// For tests to count.
pub(super) fn note(
    shop: &mut Shop,
    what: &'static str,
    product: u64,
    variant: Option<u64>,
    change: String,
    now: Timestamp,
) {
    shop.applied.push(Applied { at: now, what, product, variant, change, key: None });
}
