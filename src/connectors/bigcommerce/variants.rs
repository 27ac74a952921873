//! Further variants of a product that is there.
//!
//! First the options learn the new values, then the variants are made, fifty per call. What is there already is known
//! by its option values, read fresh each time; so the whole can be repeated after any interruption.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Listing, Text, Variant};
use crate::platform::{PlatformError, WriteError};

use super::body::{article, sku_of};
use super::calls::{Also, not_done, unexplained};
use super::convert::{Facts, number, text};
use super::profile::{PROFILE, VARIANT_BATCH};
use super::shop::Shop;
use super::wire::{Listed, OptionValue, ProductOption, Single};

/// Options of one page.
const OPTIONS: u64 = 50;

/// Gives the listing as it is afterwards.
pub(super) async fn add(shop: &Shop, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
    let id = number(&known.remote).ok_or_else(|| gone(known))?;
    let facts = shop.facts_now().await.map_err(WriteError::NotApplied)?;
    let now = listing(shop, id, known).await.map_err(WriteError::NotApplied)?;
    if !now.structure.is_variable() {
        return Err(not_done("it is a single article in BigCommerce; give it its options there first"));
    }
    let mut there: BTreeSet<BTreeMap<String, String>> = now.variants.iter().map(key).collect();
    let missing: Vec<&Variant> = variants.iter().filter(|variant| there.insert(key(variant))).collect();
    if missing.is_empty() {
        return Ok(now);
    }
    let mut options = options(shop, id).await.map_err(WriteError::NotApplied)?;
    check(&options, &missing, &facts).map_err(not_done)?;
    let mut done = false;
    let made = make(shop, id, &facts, &mut options, &missing, &mut done).await;
    // A part of it is done: the next try goes on from there.
    made.map_err(|error| if done { WriteError::Unknown(error.cause().clone()) } else { error })?;
    // They are made; only the report about them can fail from here on.
    listing(shop, id, known).await.map_err(WriteError::Unknown)
}

fn gone(known: &Listing) -> WriteError {
    let what = format!("product {} any more", known.remote);
    WriteError::NotApplied(PlatformError::NotFound { platform: PROFILE.name, what })
}

async fn listing(shop: &Shop, id: u64, known: &Listing) -> Result<Listing, PlatformError> {
    let raw = shop.products(&[id]).await?;
    let (mut found, _) = shop.listings(&raw).await?;
    let (_, listing) = found.pop().ok_or_else(|| gone(known).cause().clone())?;
    listing.map_err(|why| PlatformError::Unexpected { platform: PROFILE.name, why })
}

/// By the names of the options, whatever their order and case.
fn key(variant: &Variant) -> BTreeMap<String, String> {
    variant.options.iter().map(|option| (option.option.to_lowercase(), option.value.to_lowercase())).collect()
}

async fn options(shop: &Shop, id: u64) -> Result<Vec<ProductOption>, PlatformError> {
    let mut all = Vec::new();
    for page in 1.. {
        let request =
            shop.calls.get(&format!("/catalog/products/{id}/options")).query("limit", OPTIONS).query("page", page);
        let (listed, _) = shop.calls.read_json::<Listed>(request).await?;
        all.extend(listed.data.iter().filter_map(|raw| ProductOption::deserialize(raw).ok()));
        if super::counts::is_last(&listed, page, OPTIONS) {
            break;
        }
    }
    Ok(all)
}

/// Everything that can be found out without a call.
fn check(options: &[ProductOption], missing: &[&Variant], facts: &Facts) -> Result<(), String> {
    for variant in missing {
        sku_of(variant)?;
        article(variant, facts, &mut Vec::new())?;
        for option in options {
            let name = text(&option.display_name).unwrap_or_default();
            let value = variant.options.iter().find(|value| same(&value.option, &name));
            if value.is_none_or(|value| value.value.is_empty()) {
                return Err(format!("a variant has no value for {name}"));
            }
        }
        let unknown = variant.options.iter().find(|value| {
            !options.iter().any(|option| text(&option.display_name).is_some_and(|name| same(&name, &value.option)))
        });
        if let Some(unknown) = unknown {
            return Err(format!("the product has no option {} in BigCommerce; add it there first", unknown.option));
        }
    }
    Ok(())
}

fn same(one: &Text, other: &Text) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

async fn make(
    shop: &Shop,
    id: u64,
    facts: &Facts,
    options: &mut [ProductOption],
    missing: &[&Variant],
    done: &mut bool,
) -> Result<(), WriteError> {
    let mut bodies = Vec::with_capacity(missing.len());
    for variant in missing {
        let mut values = Vec::new();
        for option in options.iter_mut() {
            let name = text(&option.display_name).unwrap_or_default();
            let wanted = variant.options.iter().find(|value| same(&value.option, &name));
            let wanted = wanted.map(|value| value.value.clone()).unwrap_or_default();
            let value = value(shop, id, option, &wanted, done).await?;
            values.push(json!({"id": value, "option_id": option.id.number()}));
        }
        let mut body = article(variant, facts, &mut Vec::new()).map_err(not_done)?;
        body.insert("product_id".to_owned(), json!(id));
        body.insert("option_values".to_owned(), json!(values));
        bodies.push(Value::Object(body));
    }
    for some in bodies.chunks(VARIANT_BATCH) {
        let answer = shop.calls.write(shop.calls.put("/catalog/variants", json!(some)), Also::Refusals).await?;
        if !(200..300).contains(&answer.status) {
            return Err(WriteError::NotApplied(shop.calls.refusal(&answer)));
        }
        *done = true;
    }
    Ok(())
}

/// The number of an option's value, made where there is none.
async fn value(
    shop: &Shop,
    product: u64,
    option: &mut ProductOption,
    wanted: &Text,
    done: &mut bool,
) -> Result<u64, WriteError> {
    let is_it = |value: &&OptionValue| text(&value.label).is_some_and(|label| same(&label, wanted));
    if let Some(known) = option.option_values.iter().find(is_it).and_then(|value| value.id.number()) {
        return Ok(known);
    }
    let number = option.id.number().ok_or_else(|| unexplained("an option has no id"))?;
    let path = format!("/catalog/products/{product}/options/{number}/values");
    let body = json!({"label": wanted.as_str(), "sort_order": option.option_values.len()});
    let answer = shop.calls.write(shop.calls.post(&path, body), Also::Refusals).await?;
    if !(200..300).contains(&answer.status) {
        return Err(WriteError::NotApplied(shop.calls.refusal(&answer)));
    }
    *done = true;
    let made: Single<OptionValue> = shop.calls.json(&answer).map_err(WriteError::Unknown)?;
    let id = made.data.id.number().ok_or_else(|| unexplained("the answer to a new option value has no id"))?;
    option.option_values.push(made.data);
    Ok(id)
}
