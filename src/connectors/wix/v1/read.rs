//! Products read whole: a list brings variants and counts where it is told to, and hidden products too ("silently
//! excluded" otherwise, spec). Filters and orders are JSON in a string (docs, query products of V1).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Listing, RemoteId};
use crate::http::Request;
use crate::platform::PlatformError;

use super::super::profile::PAGE;
use super::super::shop::Shop;
use super::convert;
use super::wire::Product;

/// A question for whole products.
pub(super) fn question(filter: &Value, sort: &Value, limit: usize) -> Request {
    let mut query = json!({"paging": {"limit": limit}});
    if *filter != json!({}) {
        query["filter"] = json!(filter.to_string());
    }
    if !sort.is_null() {
        query["sort"] = json!(sort.to_string());
    }
    let body = json!({"query": query, "includeVariants": true, "includeHiddenProducts": true});
    Request::post("/stores-reader/v1/products/query").json(body)
}

/// As Wix writes them.
pub(super) async fn raw(shop: &Shop, filter: &Value, sort: &Value, limit: usize) -> Result<Vec<Value>, PlatformError> {
    let (listed, _) = shop.calls.read_json::<Value>(question(filter, sort, limit)).await?;
    products_in(shop, &listed)
}

pub(super) fn products_in(shop: &Shop, listed: &Value) -> Result<Vec<Value>, PlatformError> {
    let products = listed.get("products").and_then(Value::as_array).cloned();
    let is_empty = listed.get("totalResults").is_some() || listed == &json!({});
    products.or_else(|| is_empty.then(Vec::new)).ok_or_else(|| shop.calls.http().unexpected("a list without products"))
}

pub(in super::super) async fn count(shop: &Shop) -> Result<Option<u64>, PlatformError> {
    let (listed, _) = shop.calls.read_json::<Value>(question(&json!({}), &Value::Null, 1)).await?;
    Ok(listed.get("totalResults").and_then(Value::as_u64))
}

/// Those that exist.
pub(super) async fn products(shop: &Shop, ids: &[&str]) -> Result<Vec<Product>, PlatformError> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(PAGE) {
        let raw = raw(shop, &json!({"id": {"$in": some}}), &Value::Null, PAGE).await?;
        found.extend(raw.iter().filter_map(|raw| Product::deserialize(raw).ok()));
    }
    Ok(found)
}

pub(super) async fn one(shop: &Shop, id: &str) -> Result<Option<Product>, PlatformError> {
    let found = products(shop, &[id]).await?;
    Ok(found.into_iter().find(|product| product.id.text() == Some(id)))
}

/// As they are right now; those that are gone are missing.
pub(in super::super) async fn listings(shop: &Shop, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
    let ids: Vec<&str> = ids.iter().map(RemoteId::as_str).collect();
    let products = products(shop, &ids).await?;
    if products.is_empty() {
        return Ok(Vec::new());
    }
    let currency = shop.currency().await?;
    Ok(products.iter().filter_map(|product| convert::listing(product, currency).ok()).collect())
}
