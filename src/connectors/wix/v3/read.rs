//! Products read whole.
//!
//! A list of products has no variants (spec), so a page of a hundred products comes with the list of their variants
//! and the list of their counts: three calls. The list of variants follows its products with a delay ("eventually
//! consistent"); each of its rows says which revision of the product it shows. A product whose rows show another
//! revision, or are not as many as the product says it has, is asked for by itself, with its own variants.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Currency, Listing, RemoteId};
use crate::http::{Request, segment};
use crate::platform::PlatformError;

use super::super::calls::{Also, is_success};
use super::super::profile::{LONG_PAGE, PAGE};
use super::super::shop::Shop;
use super::super::wire::items;
use super::convert::{self, Items, items_of};
use super::wire::{InventoryItem, Product, Variant};

/// So few products are asked for one by one: a product's own answer is never behind.
const FEW: usize = 8;

/// What products are asked for with; all that is not named comes only where it is (spec, requested fields).
pub(super) const FIELDS: [&str; 5] =
    ["URL", "PLAIN_DESCRIPTION", "MEDIA_ITEMS_INFO", "WEIGHT_MEASUREMENT_UNIT_INFO", "VARIANT_OPTION_CHOICE_NAMES"];

/// A product as a listing, or why it is none, by its identifier.
pub(super) type Converted = (String, Result<Listing, String>);

pub(in super::super) async fn count(shop: &Shop) -> Result<Option<u64>, PlatformError> {
    let request = Request::post("/stores/v3/products/count").json(json!({"returnNonVisibleProducts": true}));
    let (counted, _) = shop.calls.read_json::<Value>(request).await?;
    Ok(counted.get("count").and_then(Value::as_u64))
}

/// As they are right now; those that are gone are missing.
pub(in super::super) async fn listings(shop: &Shop, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
    let ids: Vec<&str> = ids.iter().map(RemoteId::as_str).collect();
    let mut found: Vec<Converted> = Vec::with_capacity(ids.len());
    if ids.len() <= FEW {
        let mut products = Vec::new();
        for id in &ids {
            products.extend(one(shop, id).await?);
        }
        if products.is_empty() {
            return Ok(Vec::new());
        }
        let here: Vec<&str> = products.iter().filter_map(|product| product.id.text()).collect();
        let counts = counts(shop, &here).await?;
        let currency = shop.currency().await?;
        let alone = |product: &Product| convert::listing(product, &product.variants_info.variants, &counts, currency);
        found.extend(products.iter().map(|product| (String::new(), alone(product))));
    } else {
        for some in ids.chunks(PAGE) {
            let question = json!({"filter": {"id": {"$in": some}}, "cursorPaging": {"limit": PAGE}});
            let body = json!({"query": question, "fields": FIELDS});
            let request = Request::post("/stores/v3/products/query").json(body);
            let (listed, _) = shop.calls.read_json::<Value>(request).await?;
            let raw = listed.get("products").and_then(Value::as_array).cloned().unwrap_or_default();
            found.extend(converted(shop, &raw).await?);
        }
    }
    Ok(found.into_iter().filter_map(|(_, listing)| listing.ok()).collect())
}

/// One product with its variants; `None` if it is gone.
pub(super) async fn one(shop: &Shop, id: &str) -> Result<Option<Product>, PlatformError> {
    match raw(shop, id, &FIELDS).await? {
        Some(raw) => Ok(Product::deserialize(&raw).ok()),
        None => Ok(None),
    }
}

/// As Wix writes it, with these fields; `None` if it is gone.
pub(super) async fn raw(shop: &Shop, id: &str, fields: &[&str]) -> Result<Option<Value>, PlatformError> {
    let mut request = Request::get(format!("/stores/v3/products/{}", segment(id)));
    for field in fields {
        request = request.query("fields", field);
    }
    let answer = shop.calls.read(request, Also::Missing).await?;
    if !is_success(&answer) {
        return Ok(None);
    }
    let body: Value = shop.calls.json(&answer)?;
    let product = body.get("product").filter(|product| product.is_object()).cloned();
    product.map(Some).ok_or_else(|| shop.calls.http().unexpected("an answer without the product"))
}

/// A page of products with their variants and counts.
pub(super) async fn converted(shop: &Shop, raw: &[Value]) -> Result<Vec<Converted>, PlatformError> {
    if raw.is_empty() {
        return Ok(Vec::new());
    }
    let products: Vec<Option<Product>> = raw.iter().map(|raw| Product::deserialize(raw).ok()).collect();
    let ids: Vec<&str> = products.iter().flatten().filter_map(|product| product.id.text()).collect();
    let mut variants = variants(shop, &ids).await?;
    let counts = counts(shop, &ids).await?;
    let currency = shop.currency().await?;
    let mut found = Vec::with_capacity(products.len());
    for product in &products {
        let Some(product) = product else {
            found.push(("?".to_owned(), Err("it is no product".to_owned())));
            continue;
        };
        let id = product.id.text().unwrap_or("?").to_owned();
        let listed = variants.remove(&id).unwrap_or_default();
        found.extend(whole(shop, product, listed, &counts, currency).await?.map(|listing| (id, listing)));
    }
    Ok(found)
}

/// `None` for a product that went while it was read.
async fn whole(
    shop: &Shop,
    product: &Product,
    listed: Vec<Variant>,
    counts: &Items,
    currency: Currency,
) -> Result<Option<Result<Listing, String>>, PlatformError> {
    if is_up_to_date(product, &listed) {
        return Ok(Some(convert::listing(product, &listed, counts, currency)));
    }
    let Some(id) = product.id.text() else {
        return Ok(Some(Err("it has no usable identifier".to_owned())));
    };
    let Some(alone) = one(shop, id).await? else { return Ok(None) };
    Ok(Some(convert::listing(&alone, &alone.variants_info.variants, counts, currency)))
}

fn is_up_to_date(product: &Product, listed: &[Variant]) -> bool {
    let all = product.variant_summary.variant_count.whole();
    let as_many = match all {
        Some(all) => usize::try_from(all) == Ok(listed.len()),
        None => !listed.is_empty(),
    };
    let same = |variant: &Variant| {
        let shown = variant.product_data.revision.text();
        // Where one of the two is not told, the number of rows has to do.
        shown.is_none() || product.revision.text().is_none() || shown == product.revision.text()
    };
    as_many && listed.iter().all(same)
}

/// All variants of these products, by product.
async fn variants(shop: &Shop, products: &[&str]) -> Result<HashMap<String, Vec<Variant>>, PlatformError> {
    let beside = json!({"fields": ["WEIGHT_MEASUREMENT_UNIT_INFO"]});
    let filter = json!({"productData.productId": {"$in": products}});
    let raw = all(shop, "/stores/v3/products/query-variants", "variants", filter, &beside).await?;
    let mut found: HashMap<String, Vec<Variant>> = HashMap::new();
    for variant in items::<Variant>(&Value::Array(raw)) {
        if let Some(product) = variant.product_data.product_id.text() {
            found.entry(product.to_owned()).or_default().push(variant);
        }
    }
    Ok(found)
}

/// All counts of these products.
pub(super) async fn counts(shop: &Shop, products: &[&str]) -> Result<Items, PlatformError> {
    let mut found = Vec::new();
    for some in products.chunks(PAGE) {
        let filter = json!({"productId": {"$in": some}});
        let raw = all(shop, "/stores/v3/inventory-items/query", "inventoryItems", filter, &json!({})).await?;
        found.extend(items::<InventoryItem>(&Value::Array(raw)));
    }
    Ok(items_of(found))
}

/// A list to its end, by Wix's cursor: it is asked for and read within seconds.
async fn all(shop: &Shop, path: &str, name: &str, filter: Value, beside: &Value) -> Result<Vec<Value>, PlatformError> {
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let question = match &cursor {
            Some(cursor) => json!({"cursorPaging": {"limit": LONG_PAGE, "cursor": cursor}}),
            None => json!({"filter": filter, "cursorPaging": {"limit": LONG_PAGE}}),
        };
        let mut body: Map<String, Value> = beside.as_object().cloned().unwrap_or_default();
        body.insert("query".into(), question);
        let (listed, _) = shop.calls.read_json::<Value>(Request::post(path).json(Value::Object(body))).await?;
        let some = listed.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let is_over = some.is_empty();
        found.extend(some);
        let paging = listed.get("pagingMetadata").unwrap_or(&Value::Null);
        let next = paging.pointer("/cursors/next").and_then(Value::as_str).filter(|next| !next.is_empty());
        cursor = next.map(str::to_owned).filter(|_| paging.get("hasNext") != Some(&json!(false)));
        if cursor.is_none() || is_over {
            return Ok(found);
        }
    }
}
