//! V3's products: listed, made, changed, deleted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Incoming, Outgoing, Shop, ShopProduct, ShopVariant};

use super::article::{Options, put_product, put_variants};
use super::identifiers::{Kind, number, uuid};
use super::present::{self, HANDLE, is_visible};
use super::problem::{invalid, not_found, refused};
use super::question::{Fields, ask};
use super::{Answered, Sandbox, inventory, log};

const PRODUCTS: Fields = Fields {
    filters: &["id", "handle", "slug", "visible", "createdDate", "updatedDate", "options.id"],
    sorts: &["createdDate", "updatedDate", "slug", "visible"],
    most: 100,
};
const VARIANTS: Fields = Fields {
    filters: &["id", "productData.productId", "variantId"],
    sorts: &["id", "productData.productId", "variantId"],
    most: 1000,
};

fn fields(body: &Value) -> Vec<String> {
    let fields = body.get("fields").and_then(Value::as_array).into_iter().flatten();
    fields.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn field(product: &ShopProduct, name: &str) -> Value {
    match name {
        "id" => json!(uuid(Kind::Product, product.number)),
        HANDLE => product.extra.get(HANDLE).cloned().unwrap_or_default(),
        "visible" => json!(is_visible(product)),
        "createdDate" => json!(product.created_at.rfc3339()),
        "updatedDate" => json!(product.updated_at.rfc3339()),
        _ => Value::Null,
    }
}

pub(super) fn query(sandbox: &mut Sandbox, shop: &Shop, body: &Value) -> Answered {
    let question = body.get("query").cloned().unwrap_or_default();
    let all: Vec<&ShopProduct> = shop.products.values().collect();
    let found = ask(all, &question, &PRODUCTS, |product, name| field(product, name), |product| product.number)?;
    let wanted = fields(body);
    let products: Vec<Value> = found
        .items
        .iter()
        .map(|product| present::product(&mut sandbox.registers, shop, product, &wanted, false))
        .collect();
    Ok(Outgoing::json(200, &json!({"products": products, "pagingMetadata": found.metadata(true)})))
}

/// Hidden ones only where they are asked for.
pub(super) fn count(shop: &Shop, body: &Value) -> Outgoing {
    let all = body.get("returnNonVisibleProducts") == Some(&json!(true));
    let count = shop.products.values().filter(|product| all || is_visible(product)).count();
    Outgoing::json(200, &json!({"count": count}))
}

pub(super) fn query_variants(sandbox: &mut Sandbox, shop: &Shop, body: &Value) -> Answered {
    let question = body.get("query").cloned().unwrap_or_default();
    let of = |product| move |variant| (product, variant);
    let all: Vec<(&ShopProduct, &ShopVariant)> =
        shop.products.values().flat_map(|product| product.variants.iter().map(of(product))).collect();
    let field = |(product, variant): &(&ShopProduct, &ShopVariant), name: &str| match name {
        "productData.productId" => json!(uuid(Kind::Product, product.number)),
        "variantId" => json!(present::variant_id(product, variant)),
        _ => Value::Null,
    };
    let found = ask(all, &question, &VARIANTS, field, |(_, variant)| variant.number)?;
    let lags = sandbox.lags;
    let variants: Vec<Value> = found
        .items
        .iter()
        .map(|(product, variant)| present::listed(&mut sandbox.registers, shop, product, variant, lags))
        .collect();
    Ok(Outgoing::json(200, &json!({"variants": variants, "pagingMetadata": found.metadata(true)})))
}

pub(super) fn one(sandbox: &mut Sandbox, shop: &Shop, request: &Incoming, id: &str) -> Answered {
    let product = number(Kind::Product, id).and_then(|number| shop.products.get(&number));
    let product = product.ok_or_else(|| not_found("the product"))?;
    let asked = request.query.iter().filter(|(name, _)| name == "fields").map(|(_, value)| value.clone());
    let asked: Vec<String> = asked.collect();
    let shown = present::product(&mut sandbox.registers, shop, product, &asked, true);
    Ok(Outgoing::json(200, &json!({"product": shown})))
}

pub(super) fn create(sandbox: &mut Sandbox, shop: &mut Shop, body: &Value, now: Timestamp) -> Answered {
    let Some(wanted) = body.get("product").and_then(Value::as_object) else {
        return Err(invalid("product", "must not be empty"));
    };
    if wanted.get("productType") == Some(&json!("PHYSICAL")) && !wanted.contains_key("physicalProperties") {
        return Err(invalid("product.physicalProperties", "must not be empty"));
    }
    if !wanted.contains_key("name") {
        return Err(invalid("product.name", "must not be empty"));
    }
    let handle = wanted.get(HANDLE);
    let is_taken = |other: &ShopProduct| handle.is_some() && other.extra.get(HANDLE) == handle;
    if shop.products.values().any(is_taken) {
        return Err(refused(409, "HANDLE_ALREADY_EXIST_ERROR", "the handle is taken by another product"));
    }
    let mut product = ShopProduct::simple("", ShopVariant::plain());
    put_product(&mut sandbox.registers, &mut product, wanted, true)?;
    let options = Options::read(wanted)?.unwrap_or(Options(Vec::new()));
    if options.0.len() > 6 {
        return Err(invalid("product.options", "must be at most 6"));
    }
    let bodies = wanted.get("variantsInfo").and_then(|info| info.get("variants")).and_then(Value::as_array);
    let bodies = bodies.cloned().unwrap_or_default();
    put_variants(sandbox, shop, &mut product, &options, &bodies)?;
    let default = shop.locations.first().map_or(1, |place| place.number);
    for (variant, body) in product.variants.iter_mut().zip(&bodies) {
        let item = body.get("inventoryItem");
        if let Some(quantity) = item.and_then(|item| item.get("quantity")).and_then(Value::as_i64) {
            variant.tracked = true;
            variant.levels = BTreeMap::from([(default, Quantity::units(quantity))]);
        } else {
            // One that is told no count of has no inventory item, unless it is told to be just in stock.
            variant.tracked = item.is_none();
        }
    }
    let made = shop.insert(product, now);
    log(shop, now, "create", made, None, String::new());
    let Some(product) = shop.products.get(&made) else { return Err(not_found("the product")) };
    let shown = present::product(&mut sandbox.registers, shop, product, &fields(body), true);
    let entities = body.get("returnEntity") == Some(&json!(true));
    let items: Vec<Value> = inventory::of_product(shop, product);
    let results: Vec<Value> = items
        .iter()
        .enumerate()
        .map(|(place, item)| {
            let metadata = json!({"id": item.get("id"), "originalIndex": place, "success": true});
            if entities { json!({"itemMetadata": metadata, "item": item}) } else { json!({"itemMetadata": metadata}) }
        })
        .collect();
    let totals = json!({"totalSuccesses": results.len(), "totalFailures": 0, "undetailedFailures": 0});
    let inventory = json!({"results": results, "bulkActionMetadata": totals});
    Ok(Outgoing::json(200, &json!({"product": shown, "inventoryResults": inventory})))
}

pub(super) fn update(sandbox: &mut Sandbox, shop: &mut Shop, body: &Value, id: &str, now: Timestamp) -> Answered {
    let number = number(Kind::Product, id).filter(|number| shop.products.contains_key(number));
    let number = number.ok_or_else(|| not_found("the product"))?;
    if sandbox.conflicts > 0 {
        sandbox.conflicts -= 1;
        shop.touch(number, now);
    }
    let wanted = body.get("product").and_then(Value::as_object).cloned().unwrap_or_default();
    let Some(mut product) = shop.products.get(&number).cloned() else { return Err(not_found("the product")) };
    let revision = wanted.get("revision").and_then(Value::as_str);
    let revision = revision.ok_or_else(|| invalid("product.revision", "must not be empty"))?;
    if revision != product.version.to_string() {
        return Err(refused(409, "INVALID_REVISION", "the product was changed since; read it again"));
    }
    put_product(&mut sandbox.registers, &mut product, &wanted, false)?;
    let options = Options::read(&wanted)?.unwrap_or_else(|| Options::of(&product));
    let bodies = wanted.get("variantsInfo").and_then(|info| info.get("variants")).and_then(Value::as_array);
    match bodies {
        Some(bodies) => put_variants(sandbox, shop, &mut product, &options, bodies)?,
        None if wanted.contains_key("options") => {
            return Err(refused(400, "VARIANTS_ARE_NOT_ALIGNED_WITH_PRODUCT", "options come with their variants"));
        }
        None => {}
    }
    shop.insert(product, now);
    log(shop, now, "update", number, None, String::new());
    let Some(product) = shop.products.get(&number) else { return Err(not_found("the product")) };
    let shown = present::product(&mut sandbox.registers, shop, product, &fields(body), true);
    Ok(Outgoing::json(200, &json!({"product": shown})))
}

/// Of both catalogues.
pub(super) fn delete(shop: &mut Shop, id: &str, now: Timestamp) -> Answered {
    let number = number(Kind::Product, id).ok_or_else(|| not_found("the product"))?;
    if !shop.delete(number, now) {
        return Err(not_found("the product"));
    }
    log(shop, now, "delete", number, None, String::new());
    Ok(Outgoing::json(200, &json!({})))
}

pub(super) fn brand(sandbox: &mut Sandbox, body: &Value, now: Timestamp) -> Answered {
    let name = body.get("brandName").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() || name.chars().count() > 50 {
        return Err(invalid("brandName", "must have 1 to 50 characters"));
    }
    let id = uuid(Kind::Brand, sandbox.registers.brands.of(name));
    let at = now.rfc3339();
    let brand = json!({"id": id, "revision": "1", "createdDate": at, "updatedDate": at, "name": name});
    Ok(Outgoing::json(200, &json!({"brand": brand})))
}
