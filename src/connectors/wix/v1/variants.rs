//! Further variants of a product that is there. V1 makes every combination of the options a variant, so a new one may be
//! there already, hidden; else its values are added to the options, and the combinations that come with them and that
//! nobody asked for are hidden. What is there is read fresh each time, so it can be repeated after any interruption.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::domain::{Listing, Variant};
use crate::http::{Request, segment};
use crate::platform::{PlatformError, WriteError};

use super::super::calls::{Also, gone, is_success, not_done, unknown};
use super::super::edit::within;
use super::super::profile::{VARIANTS, WORD};
use super::super::shop::Shop;
use super::body::{self, label, label_of};
use super::convert::{self, is_used, is_variable};
use super::read;
use super::wire::{Choice, Product};

/// Gives the listing as it is afterwards.
pub(in super::super) async fn add(shop: &Shop, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
    let id = known.remote.as_str();
    let now = present(shop, id).await.map_err(WriteError::NotApplied)?;
    if !is_variable(&now) {
        return Err(not_done("it is a single article in Wix; give it its options there first"));
    }
    let used: BTreeSet<Vec<String>> = now.variants.iter().filter(|wire| is_used(wire)).map(label_of).collect();
    let before: BTreeSet<Vec<String>> = known.variants.iter().map(label).collect();
    // What an interrupted try left visible is neither known nor has it a SKU: it is written again.
    let finished = |variant: &&Variant| {
        let key = label(variant);
        let is_whole = |wire: &super::wire::Variant| label_of(wire) == key && wire.variant.sku.text().is_some();
        before.contains(&key) || (used.contains(&key) && now.variants.iter().any(is_whole))
    };
    let missing: Vec<&Variant> = variants.iter().filter(|variant| !finished(variant)).collect();
    if missing.is_empty() {
        return listing(shop, id).await.map_err(WriteError::NotApplied);
    }
    let options = options(&now, &missing).map_err(not_done)?;
    let mut done = false;
    let mut all = now;
    if let Some(options) = options {
        let path = format!("/stores/v1/products/{}", segment(id));
        send(shop, Request::patch(path).json(json!({"product": {"productOptions": options}}))).await?;
        done = true;
        all = present(shop, id).await.map_err(WriteError::Unknown)?;
    }
    let written = dress(shop, id, &all, &before, &missing).await;
    written.map_err(|error| if done { unknown(error) } else { error })?;
    // They are made; only the report about them can fail from here on.
    listing(shop, id).await.map_err(WriteError::Unknown)
}

async fn present(shop: &Shop, id: &str) -> Result<Product, PlatformError> {
    read::one(shop, id).await?.ok_or_else(|| gone(format!("product {id} any more")))
}

async fn listing(shop: &Shop, id: &str) -> Result<Listing, PlatformError> {
    let product = present(shop, id).await?;
    convert::listing(&product, shop.currency().await?).map_err(|why| shop.calls.http().unexpected(&why))
}

/// All options with the values that are missing; `None` if none is.
fn options(now: &Product, missing: &[&Variant]) -> Result<Option<Vec<Value>>, String> {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let names: Vec<String> =
        now.product_options.iter().map(|option| option.name.text().unwrap_or("").to_owned()).collect();
    let mut is_new = false;
    let mut combinations = 1usize;
    let mut written = Vec::new();
    for option in &now.product_options {
        let name = option.name.text().unwrap_or_default();
        let mut choices: Vec<Value> = option.choices.iter().filter_map(written_choice).collect();
        for variant in missing {
            let known = variant.options.iter().find(|value| same(&value.option, name));
            let value = known.map(|value| &value.value).filter(|_| variant.options.len() == names.len());
            let value = value.ok_or_else(|| {
                let label = variant.option_label();
                format!("the variant {label} has other options than the product in Wix, which has {}", names.join(", "))
            })?;
            within("option value", Some(value), WORD)?;
            let is_there =
                choices.iter().any(|choice| choice["description"].as_str().is_some_and(|it| same(it, value)));
            if !is_there {
                choices.push(json!({"value": value.as_str(), "description": value.as_str()}));
                is_new = true;
            }
        }
        combinations = combinations.saturating_mul(choices.len());
        written.push(json!({"name": name, "choices": choices}));
    }
    if combinations > VARIANTS {
        return Err(format!("with them there would be {combinations} combinations, and Wix takes at most {VARIANTS}"));
    }
    Ok(is_new.then_some(written))
}

fn written_choice(choice: &Choice) -> Option<Value> {
    let name = choice.name()?;
    Some(json!({"value": choice.value.text().unwrap_or(name), "description": name}))
}

/// Gives the wanted combinations their prices and SKUs, and hides those that nobody asked for.
async fn dress(
    shop: &Shop,
    id: &str,
    all: &Product,
    before: &BTreeSet<Vec<String>>,
    missing: &[&Variant],
) -> Result<(), WriteError> {
    let currency = shop.currency().await.map_err(WriteError::NotApplied)?;
    let wanted: BTreeMap<Vec<String>, &Variant> = missing.iter().map(|variant| (label(variant), *variant)).collect();
    let mut bodies = Vec::new();
    let mut hidden = Vec::new();
    for wire in &all.variants {
        let (Some(own), key) = (wire.id.text(), label_of(wire)) else { continue };
        match wanted.get(&key) {
            Some(variant) => {
                let mut body = body::variant(variant, currency).map_err(not_done)?;
                body.insert("variantIds".to_owned(), json!([own]));
                bodies.push(Value::Object(body));
            }
            None if before.contains(&key) || wire.variant.sku.text().is_some() => {}
            None => hidden.push(own),
        }
    }
    if !hidden.is_empty() {
        bodies.push(json!({"variantIds": hidden, "visible": false}));
    }
    let path = format!("/stores/v1/products/{}/variants", segment(id));
    send(shop, Request::patch(path).json(json!({"id": id, "variants": bodies}))).await
}

async fn send(shop: &Shop, request: Request) -> Result<(), WriteError> {
    let answer = shop.calls.write(request, Also::Refusals).await?;
    if !is_success(&answer) {
        return Err(WriteError::NotApplied(shop.calls.refusal(&answer)));
    }
    // An answer that breaks off does not tell what was done.
    let _: Value = shop.calls.json(&answer).map_err(WriteError::Unknown)?;
    Ok(())
}
