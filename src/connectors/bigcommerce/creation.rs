//! A product is made in one call, with all its variants, and read back in a second one; a third puts it into the
//! default channel, if the store has put it into none. Counts follow by the inventory.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Creation, Listing};
use crate::http::Answer;
use crate::platform::{Created, CreatedVariant, PlatformError, WriteError};

use super::body::{self, Body};
use super::calls::{Also, not_done, refused, sentence, unexplained};
use super::convert::label_key;
use super::counts::Counts;
use super::search;
use super::shop::Shop;
use super::terms;
use super::variants;
use super::wire::{Listed, Product, Single};

pub(super) async fn create(shop: &Shop, creation: &Creation, source: &Listing) -> Result<Created, WriteError> {
    let measured = source.variants.iter().any(|variant| variant.weight.is_some() || variant.dimensions.is_some());
    let facts = if measured { shop.facts_now().await } else { shop.facts().await };
    let facts = facts.map_err(WriteError::NotApplied)?;
    let category = match &source.category {
        Some(name) => terms::known_category(shop, name).await.map_err(WriteError::NotApplied)?,
        None => None,
    };
    let Body { mut product, mut notes } = body::product(creation, source, &facts, category).map_err(not_done)?;
    let send = |product: Value| shop.calls.write(shop.calls.post("/catalog/products", product), Also::Refusals);
    let mut answer = send(Value::Object(product.clone())).await?;
    if answer.status == 422 && is_about_pictures(&answer) && product.remove("images").is_some() {
        // Definite. A product without pictures is of more use than none, and the merchant is told.
        notes.push(format!("the pictures were refused: {}", shop.calls.refusal(&answer)));
        answer = send(Value::Object(product)).await?;
    }
    if answer.status == 409 {
        // The name or a SKU is taken, perhaps by a try of ours that nobody knows of.
        let earlier = Box::pin(find_created(shop, creation, source)).await;
        if let Some(created) = earlier.map_err(WriteError::Unknown)? {
            return Ok(created);
        }
        let told = shop.calls.refusal(&answer);
        return Err(not_done(format!("the name or a SKU is taken in the store ({told})")));
    }
    if !(200..300).contains(&answer.status) {
        return Err(WriteError::NotApplied(shop.calls.refusal(&answer)));
    }
    if answer.status == 207 {
        notes.push(partly(&answer));
    }
    let id = id_of(shop, &answer).map_err(WriteError::Unknown)?;
    // It is made; only the report about it can fail from here on.
    whole(shop, creation, source, id, notes).await.map_err(|error| WriteError::Unknown(error.cause().clone()))
}

/// `Ok(None)`: nothing of it is there.
pub(super) async fn find_created(
    shop: &Shop,
    creation: &Creation,
    source: &Listing,
) -> Result<Option<Created>, PlatformError> {
    let Some(id) = search::marked(shop, creation, source).await? else { return Ok(None) };
    match whole(shop, creation, source, id, Vec::new()).await {
        Ok(created) => Ok(Some(created)),
        // Deleted meanwhile.
        Err(WriteError::NotApplied(PlatformError::NotFound { .. })) => Ok(None),
        Err(WriteError::NotApplied(cause) | WriteError::Unknown(cause)) => Err(cause),
    }
}

/// The answer for a product that was made, completed where something of it is missing.
async fn whole(
    shop: &Shop,
    creation: &Creation,
    source: &Listing,
    id: u64,
    mut notes: Vec<String>,
) -> Result<Created, WriteError> {
    let mut product = present(shop, id).await?;
    if !creation.draft && product.channels.as_ref().is_some_and(Vec::is_empty) {
        publish(shop, id, &mut notes).await?;
    }
    let mut listing = convert(shop, &product).await.map_err(WriteError::NotApplied)?;
    if source.structure.is_variable() && listing.variants.len() < source.variants.len() {
        // The product was saved without all of its variants (207).
        variants::add(shop, &listing, &source.variants).await?;
        product = present(shop, id).await?;
        listing = convert(shop, &product).await.map_err(WriteError::NotApplied)?;
    }
    let by_label: BTreeMap<Vec<String>, usize> = listing
        .variants
        .iter()
        .enumerate()
        .map(|(place, variant)| (label_key(variant.options.iter().map(|option| option.value.as_str())), place))
        .collect();
    let mut made = Vec::with_capacity(source.variants.len());
    for (position, wanted) in source.variants.iter().enumerate() {
        let key = label_key(wanted.options.iter().map(|option| option.value.as_str()));
        // Options may stand in another order there than here.
        let place = by_label.get(&key).copied().or_else(|| {
            let mut sorted = key.clone();
            sorted.sort();
            by_label
                .iter()
                .find(|(there, _)| {
                    let mut there: Vec<&String> = there.iter().collect();
                    there.sort();
                    there.into_iter().eq(sorted.iter())
                })
                .map(|(_, place)| *place)
        });
        let there = place.and_then(|place| listing.variants.get(place));
        let there = there.ok_or_else(|| unexplained("a variant is missing in what was made"))?;
        made.push(CreatedVariant { position, remote: there.remote.clone(), inventory: there.inventory.clone() });
    }
    Ok(Created { listing, variants: made, stock_set: false, notes })
}

async fn present(shop: &Shop, id: u64) -> Result<Product, WriteError> {
    let request = shop.calls.get("/catalog/products").query("id:in", id).query("include", "variants,images,channels");
    let (listed, _) = shop.calls.read_json::<Listed>(request).await.map_err(WriteError::Unknown)?;
    let product = listed.data.first().and_then(|raw| Product::deserialize(raw).ok());
    let what = format!("product {id} any more");
    product.ok_or(WriteError::NotApplied(PlatformError::NotFound { platform: super::profile::PROFILE.name, what }))
}

/// Nothing is counted of it yet, so nobody is asked for counts.
async fn convert(shop: &Shop, product: &Product) -> Result<Listing, PlatformError> {
    let mut found = shop.converted(std::slice::from_ref(product), &Counts::new()).await?;
    let (_, listing) = found.pop().ok_or_else(|| refused("nothing came back"))?;
    listing.map_err(|why| PlatformError::Unexpected { platform: super::profile::PROFILE.name, why })
}

/// A store with several storefronts shows a product on those only that it is assigned to. Safe to repeat.
async fn publish(shop: &Shop, id: u64, notes: &mut Vec<String>) -> Result<(), WriteError> {
    let facts = shop.facts().await.map_err(WriteError::Unknown)?;
    let channel = facts.default_channel.unwrap_or(1);
    let body = json!([{"product_id": id, "channel_id": channel}]);
    let request = shop.calls.put("/catalog/products/channel-assignments", body);
    let answer =
        shop.calls.write(request, Also::Probe).await.map_err(|error| WriteError::Unknown(error.cause().clone()))?;
    if !(200..300).contains(&answer.status) {
        notes.push(format!(
            "it is on no storefront yet; assign it to a channel there ({})",
            shop.calls.refusal(&answer)
        ));
    }
    Ok(())
}

/// What a 207 says: the product is there, and something of it is not.
pub(super) fn partly(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let told = sentence(&body).unwrap_or_else(|| "it did not say what".to_owned());
    format!("it was saved in part only: {told}")
}

/// In a 207 `data` may be a list (products_catalog.v3.yml says so for POST, and an object for PUT).
fn id_of(shop: &Shop, answer: &Answer) -> Result<u64, PlatformError> {
    let single: Single<Value> = shop.calls.json(answer)?;
    let product = match &single.data {
        Value::Array(list) => list.first().cloned().unwrap_or_default(),
        other => other.clone(),
    };
    let id = Product::deserialize(&product).ok().and_then(|product| product.id.number());
    id.ok_or_else(|| shop.calls.http().unexpected("the answer to a creation has no id"))
}

fn is_about_pictures(answer: &Answer) -> bool {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let fields = body.get("errors").and_then(Value::as_object);
    let named = fields.is_some_and(|fields| fields.keys().any(|field| field.contains("image")));
    named || body.get("title").and_then(Value::as_str).is_some_and(|title| title.to_lowercase().contains("image"))
}
