//! A product is made in one call, with all its variants and its counts at the default location. Counts at another
//! location take one call more.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Creation, Listing, Location, WeightUnit};
use crate::http::{Answer, Request};
use crate::platform::{Created, CreatedVariant, PlatformError, WriteError};

use super::super::calls::{Also, code, is_success, not_done, unexplained, unknown};
use super::super::measures::weight_unit;
use super::super::shop::Shop;
use super::super::wire::{Loose, items, variant_of};
use super::body::{self, Body, Terms};
use super::convert::{self, Items};
use super::read::{self, FIELDS};
use super::wire::{InventoryItem, Product};

pub(in super::super) async fn create(
    shop: &Shop,
    creation: &Creation,
    source: &Listing,
    location: &Location,
) -> Result<Created, WriteError> {
    let currency = shop.currency().await.map_err(WriteError::NotApplied)?;
    let locations = shop.locations().await.map_err(WriteError::NotApplied)?;
    let at_default = locations.first().is_none_or(|first| first.id == location.id.0.as_str());
    let unit = match source.variants.iter().any(|variant| variant.weight.is_some()) {
        true => unit(shop).await.map_err(WriteError::NotApplied)?,
        false => None,
    };
    let terms = Terms { currency, unit, with_counts: at_default };
    let Body { mut product, mut notes } = body::product(creation, source, &terms).map_err(not_done)?;
    let mut answer = send(shop, &product).await?;
    // Each is definite, and of the product without it there is more use than of none; the merchant is told.
    if !is_success(&answer) && code(&answer).contains("BARCODE") {
        notes.push(format!("the barcodes were refused: {}", shop.calls.refusal(&answer)));
        without_barcodes(&mut product);
        answer = send(shop, &product).await?;
    }
    if !is_success(&answer) && is_about_pictures(&answer) && product.remove("media").is_some() {
        notes.push(format!("the pictures were refused: {}", shop.calls.refusal(&answer)));
        answer = send(shop, &product).await?;
    }
    if !is_success(&answer) {
        // Its handle or a SKU is taken, perhaps by a try of ours that nobody knows of.
        if code(&answer).contains("ALREADY_EXIST") || code(&answer).contains("DUPLICATE") {
            let earlier = Box::pin(find_created(shop, creation, source)).await.map_err(WriteError::Unknown)?;
            if let Some(created) = earlier {
                return Ok(created);
            }
        }
        return Err(WriteError::NotApplied(shop.calls.refusal(&answer)));
    }
    // It is made; only the report about it can fail from here on.
    let told: Value = shop.calls.json(&answer).map_err(WriteError::Unknown)?;
    let made = Product::deserialize(told.get("product").unwrap_or(&Value::Null)).unwrap_or_default();
    let results = told.pointer("/inventoryResults/results").and_then(Value::as_array).cloned().unwrap_or_default();
    let entities: Value = results.iter().filter_map(|result| result.get("item").cloned()).collect();
    let mut counts = convert::items_of(items::<InventoryItem>(&entities));
    if !at_default {
        notes.extend(count_elsewhere(shop, creation, source, location, &made).await?);
    }
    let wanted = creation.quantities.iter().flatten().count();
    if counted(&counts) < wanted {
        let id = made.id.text().unwrap_or_default();
        counts = read::counts(shop, &[id]).await.map_err(WriteError::Unknown)?;
    }
    report(shop, creation, source, &made, &counts, notes).await.map_err(unknown)
}

async fn send(shop: &Shop, product: &serde_json::Map<String, Value>) -> Result<Answer, WriteError> {
    let body = json!({"product": product, "returnEntity": true, "fields": FIELDS});
    shop.calls.write(Request::post("/stores/v3/products-with-inventory").json(body), Also::Refusals).await
}

/// The unit that the store weighs in, told by any product of it.
async fn unit(shop: &Shop) -> Result<Option<WeightUnit>, PlatformError> {
    let body = json!({"query": {"cursorPaging": {"limit": 1}}, "fields": ["WEIGHT_MEASUREMENT_UNIT_INFO"]});
    let (listed, _) = shop.calls.read_json::<Value>(Request::post("/stores/v3/products/query").json(body)).await?;
    let place = "/products/0/physicalProperties/weightMeasurementUnitInfo/weightMeasurementUnit";
    Ok(listed.pointer(place).map(Loose::from).and_then(|unit| weight_unit(&unit)))
}

fn without_barcodes(product: &mut serde_json::Map<String, Value>) {
    let variants = product.get_mut("variantsInfo").and_then(|info| info.get_mut("variants"));
    for variant in variants.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(variant) = variant.as_object_mut() {
            variant.remove("barcode");
        }
    }
}

/// By the code, or by the field that fails validation.
fn is_about_pictures(answer: &Answer) -> bool {
    let told = super::super::calls::explain(answer.status, &answer.body).unwrap_or_default();
    code(answer).contains("MEDIA") || told.contains("product.media")
}

/// Makes the counts at a location that is not the default one. What fails leaves them to be set later.
async fn count_elsewhere(
    shop: &Shop,
    creation: &Creation,
    source: &Listing,
    location: &Location,
    made: &Product,
) -> Result<Option<String>, WriteError> {
    let currency = shop.currency().await.map_err(WriteError::Unknown)?;
    let listing = convert::listing(made, &made.variants_info.variants, &Items::new(), currency).map_err(unexplained)?;
    let by_label = body::by_label(&listing.variants);
    let mut wanted = Vec::new();
    for (variant, count) in source.variants.iter().zip(&creation.quantities) {
        let there = by_label.get(&body::label(variant)).and_then(|place| listing.variants.get(*place));
        let (Some(there), Some(count)) = (there, count) else { continue };
        let quantity = super::stock::whole(*count).map_err(WriteError::Unknown)?;
        wanted.push(json!({
            "productId": made.id.text(), "variantId": variant_of(&there.remote),
            "locationId": location.id.0.as_str(), "quantity": quantity
        }));
    }
    if wanted.is_empty() {
        return Ok(None);
    }
    let body = json!({"inventoryItems": wanted, "returnEntity": false});
    let request = Request::post("/stores/v3/bulk/inventory-items/create").json(body);
    let answer = shop.calls.write(request, Also::Refusals).await.map_err(unknown)?;
    Ok((!is_success(&answer)).then(|| format!("the counts were refused: {}", shop.calls.refusal(&answer))))
}

fn counted(items: &Items) -> usize {
    items.values().flatten().filter(|item| item.level().is_some()).count()
}

/// `Ok(None)`: nothing of it is there.
pub(in super::super) async fn find_created(
    shop: &Shop,
    creation: &Creation,
    source: &Listing,
) -> Result<Option<Created>, PlatformError> {
    let filter = json!({"handle": body::handle(creation)});
    let body = json!({"query": {"filter": filter, "cursorPaging": {"limit": 1}}});
    let (listed, _) = shop.calls.read_json::<Value>(Request::post("/stores/v3/products/query").json(body)).await?;
    let first = listed.pointer("/products/0").map(Product::deserialize).and_then(Result::ok).unwrap_or_default();
    // A filter that Wix did not understand could bring any product.
    let is_ours = first.handle.text() == Some(&body::handle(creation));
    let Some(id) = first.id.text().filter(|_| is_ours) else { return Ok(None) };
    let Some(made) = read::one(shop, id).await? else { return Ok(None) };
    let counts = read::counts(shop, &[id]).await?;
    match report(shop, creation, source, &made, &counts, Vec::new()).await {
        Ok(created) => Ok(Some(created)),
        Err(error) => Err(error.cause().clone()),
    }
}

async fn report(
    shop: &Shop,
    creation: &Creation,
    source: &Listing,
    made: &Product,
    counts: &Items,
    mut notes: Vec<String>,
) -> Result<Created, WriteError> {
    if made.handle.text() != Some(&body::handle(creation)) {
        notes.push(
            "Wix did not keep the mark of this copy, so it would not be recognised after a lost answer".to_owned(),
        );
    }
    let currency = shop.currency().await.map_err(WriteError::Unknown)?;
    let listing = convert::listing(made, &made.variants_info.variants, counts, currency).map_err(unexplained)?;
    let by_label = body::by_label(&listing.variants);
    let mut variants = Vec::with_capacity(source.variants.len());
    let mut stock_set = true;
    for (position, wanted) in source.variants.iter().enumerate() {
        let there = by_label.get(&body::label(wanted)).and_then(|place| listing.variants.get(*place));
        let there = there.ok_or_else(|| unexplained("a variant is missing in what was made"))?;
        let asked = creation.quantities.get(position).copied().flatten();
        stock_set &= asked.is_none() || there.stock.total(|_| true).is_some();
        let (remote, inventory) = (there.remote.clone(), there.inventory.clone());
        variants.push(CreatedVariant { position, remote, inventory });
    }
    if !stock_set {
        notes.push("not all counts are in place yet".to_owned());
    }
    Ok(Created { listing, variants, stock_set, notes })
}
