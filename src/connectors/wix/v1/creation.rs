//! A product is made in one call; prices and SKUs of its variants, its counts and its pictures take one more each.
//! Whatever of these is missing is done, so that a creation that was cut off can be completed: V1 says of each whether
//! it is there.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Creation, Listing, Status};
use crate::http::{Request, segment};
use crate::platform::{Created, CreatedVariant, PlatformError, WriteError};

use super::super::calls::{Also, gone, is_success, not_done, unexplained, unknown};
use super::super::shop::Shop;
use super::super::wire::variant_of;
use super::body::{self, Body};
use super::convert;
use super::read;
use super::search;
use super::stock;
use super::wire::Product;

pub(in super::super) async fn create(
    shop: &Shop,
    creation: &Creation,
    source: &Listing,
) -> Result<Created, WriteError> {
    let currency = shop.currency().await.map_err(WriteError::NotApplied)?;
    let Body { product, mut notes } = body::product(creation, source, currency).map_err(not_done)?;
    let request = Request::post("/stores/v1/products").json(json!({"product": product}));
    let answer = shop.calls.write(request, Also::Refusals).await?;
    if !is_success(&answer) {
        return Err(WriteError::NotApplied(shop.calls.refusal(&answer)));
    }
    // It is made; what fails from here on leaves a part of it.
    let told: Value = shop.calls.json(&answer).map_err(WriteError::Unknown)?;
    let made = Product::deserialize(told.get("product").unwrap_or(&Value::Null)).unwrap_or_default();
    let id = made.id.text().ok_or_else(|| unexplained("the answer to a creation has no id"))?;
    complete(shop, creation, source, id, &mut notes).await.map_err(unknown)?;
    report(shop, creation, source, id, notes).await.map_err(WriteError::Unknown)
}

/// `Ok(None)`: nothing of it is there.
pub(in super::super) async fn find_created(
    shop: &Shop,
    creation: &Creation,
    source: &Listing,
) -> Result<Option<Created>, PlatformError> {
    let Some(found) = search::marked(shop, creation, source).await? else { return Ok(None) };
    let Some(id) = found.id.text() else { return Ok(None) };
    let mut notes = Vec::new();
    if source.structure.is_variable() {
        let done = complete(shop, creation, source, id, &mut notes).await;
        done.map_err(|error| error.cause().clone())?;
    }
    match report(shop, creation, source, id, notes).await {
        Ok(created) => Ok(Some(created)),
        // Deleted meanwhile.
        Err(PlatformError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn present(shop: &Shop, id: &str) -> Result<Product, PlatformError> {
    read::one(shop, id).await?.ok_or_else(|| gone(format!("product {id} any more")))
}

/// Does what is missing.
async fn complete(
    shop: &Shop,
    creation: &Creation,
    source: &Listing,
    id: &str,
    notes: &mut Vec<String>,
) -> Result<(), WriteError> {
    let product = present(shop, id).await.map_err(WriteError::Unknown)?;
    let currency = shop.currency().await.map_err(WriteError::Unknown)?;
    let wanted: HashMap<Vec<String>, usize> =
        source.variants.iter().enumerate().map(|(place, variant)| (body::label(variant), place)).collect();
    if source.structure.is_variable() {
        let mut bodies = Vec::new();
        let mut hidden = Vec::new();
        for wire in &product.variants {
            let Some(own) = wire.id.text() else { continue };
            match wanted.get(&body::label_of(wire)).and_then(|place| source.variants.get(*place)) {
                // Written anew even if it was before: it says the same.
                Some(variant) => {
                    let mut body = body::variant(variant, currency).map_err(not_done)?;
                    body.insert("variantIds".to_owned(), json!([own]));
                    bodies.push(Value::Object(body));
                }
                None => hidden.push(own),
            }
        }
        if !hidden.is_empty() {
            bodies.push(json!({"variantIds": hidden, "visible": false}));
        }
        let path = format!("/stores/v1/products/{}/variants", segment(id));
        send(shop, Request::patch(path).json(json!({"id": id, "variants": bodies}))).await?;
    }
    count(shop, creation, source, &product, &wanted, notes).await?;
    if product.media.items.is_empty() && !source.images.is_empty() {
        notes.extend(add_pictures(shop, id, &source.images).await?);
    }
    if source.structure.is_variable() && !creation.draft && !product.visible.yes() {
        let path = format!("/stores/v1/products/{}", segment(id));
        send(shop, Request::patch(path).json(json!({"product": {"visible": true}}))).await?;
    }
    Ok(())
}

/// Counts begin once: what is counted already has been sold from since.
async fn count(
    shop: &Shop,
    creation: &Creation,
    source: &Listing,
    product: &Product,
    wanted: &HashMap<Vec<String>, usize>,
    notes: &mut Vec<String>,
) -> Result<(), WriteError> {
    let known = |place: usize| creation.quantities.get(place).copied().flatten();
    if creation.quantities.iter().all(Option::is_none) {
        return Ok(());
    }
    if creation.quantities.iter().any(Option::is_none) {
        notes.push("some variants have no known count; V1 counts all or none, so they cannot be bought before they are counted".to_owned());
    }
    let is_counted = product.stock.track_quantity == Some(true)
        || product.variants.iter().any(|variant| variant.stock.track_quantity == Some(true));
    if is_counted {
        return Ok(());
    }
    let whole = |quantity| super::super::v3::stock::whole(quantity).map_err(WriteError::Unknown);
    let mut counts = Vec::new();
    if source.structure.is_variable() {
        for wire in &product.variants {
            let quantity = wanted.get(&body::label_of(wire)).and_then(|place| known(*place));
            if let (Some(own), Some(quantity)) = (wire.id.text(), quantity) {
                counts.push((own.to_owned(), whole(quantity)?));
            }
        }
    } else if let Some(quantity) = known(0) {
        let own = product.variants.first().and_then(|variant| variant.id.text()).unwrap_or(convert::NO_VARIANT);
        counts.push((own.to_owned(), whole(quantity)?));
    }
    let Some(id) = product.id.text() else { return Ok(()) };
    stock::begin_counting(shop, id, &counts).await
}

/// What did not go over, if anything: a product without pictures is of more use than none.
pub(super) async fn add_pictures(shop: &Shop, id: &str, addresses: &[String]) -> Result<Option<String>, WriteError> {
    let usable = addresses.iter().filter(|address| address.starts_with("http"));
    let media: Vec<Value> =
        usable.take(super::super::profile::PICTURES).map(|address| json!({"url": address})).collect();
    if media.is_empty() {
        return Ok(None);
    }
    let path = format!("/stores/v1/products/{}/media", segment(id));
    let request = Request::post(path).json(json!({"id": id, "media": media}));
    let answer = shop.calls.write(request, Also::Refusals).await?;
    Ok((!is_success(&answer)).then(|| format!("the pictures were refused: {}", shop.calls.refusal(&answer))))
}

async fn send(shop: &Shop, request: Request) -> Result<(), WriteError> {
    let answer = shop.calls.write(request, Also::Refusals).await?;
    match is_success(&answer) {
        true => Ok(()),
        false => Err(WriteError::NotApplied(shop.calls.refusal(&answer))),
    }
}

async fn report(
    shop: &Shop,
    creation: &Creation,
    source: &Listing,
    id: &str,
    notes: Vec<String>,
) -> Result<Created, PlatformError> {
    let product = present(shop, id).await?;
    let listing = convert::listing(&product, shop.currency().await?)
        .map_err(|why| shop.calls.http().unexpected(&format!("what was made cannot be read: {why}")))?;
    let by_label: HashMap<Vec<String>, usize> =
        listing.variants.iter().enumerate().map(|(place, variant)| (body::label(variant), place)).collect();
    let mut variants = Vec::with_capacity(source.variants.len());
    let mut stock_set = true;
    for (position, wanted) in source.variants.iter().enumerate() {
        let there = by_label.get(&body::label(wanted)).and_then(|place| listing.variants.get(*place));
        let there = there.ok_or_else(|| shop.calls.http().unexpected("a variant is missing in what was made"))?;
        let asked = creation.quantities.get(position).copied().flatten();
        stock_set &= asked.is_none() || there.stock.total(|_| true).is_some();
        let (remote, inventory) = (there.remote.clone(), there.inventory.clone());
        debug_assert!(variant_of(&remote).is_some());
        variants.push(CreatedVariant { position, remote, inventory });
    }
    let mut notes = notes;
    if !creation.draft && listing.status != Status::Active {
        notes.push("it is not shown yet; make it visible in Wix".to_owned());
    }
    Ok(Created { listing, variants, stock_set, notes })
}
