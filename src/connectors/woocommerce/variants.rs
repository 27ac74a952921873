//! Further variants of a product that is there.
//!
//! First the parent learns the new option values, then the variations are made, hundred per call. What is there already
//! is known by its option values, read fresh each time; so the whole can be repeated after any interruption. A definite
//! refusal leaves nothing behind.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::domain::{Listing, Text, Units, Variant};
use crate::platform::{PlatformError, WriteError};

use super::body::{check_option_value, put_article};
use super::catalogue::{Catalogue, number};
use super::convert::{self, same, text};
use super::profile::{BATCH, PROFILE};
use super::search;
use super::stock::sentence;
use super::terms;
use super::wire::{Attribute, Batch, Loose, ManageStock, Product, Variation};

/// Gives the listing as it is afterwards.
pub(super) async fn add(catalogue: &Catalogue, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
    let gone = || {
        let what = format!("product {} any more", known.remote);
        WriteError::NotApplied(PlatformError::NotFound { platform: PROFILE.name, what })
    };
    let id = number(&known.remote).ok_or_else(gone)?;
    let (product, variations) = part(catalogue, id).await.map_err(WriteError::NotApplied)?.ok_or_else(gone)?;
    if !product.is_variable() {
        let why = "it is a single article in WooCommerce; make it a variable product with its options there first";
        return Err(refused(why.to_owned()));
    }
    let missing = missing(catalogue, &product, &variations, variants).await?;
    if !missing.is_empty() {
        let attributes = with_values(&product, &missing);
        let bodies = bodies(catalogue, &variations, &missing).await?;
        let is_new = attributes != product.attributes;
        if is_new {
            tell_parent(catalogue, id, &attributes).await?;
        }
        make(catalogue, &product, &bodies, is_new).await?;
    }
    // They are made; only the report about them can fail from here on.
    let (product, variations) = part(catalogue, id).await.map_err(WriteError::Unknown)?.ok_or_else(gone)?;
    let measured = convert::is_measured(std::slice::from_ref(&product), &variations);
    let facts = catalogue.facts(measured).await.map_err(WriteError::Unknown)?;
    convert::listing(&product, &variations, &facts)
        .map_err(|why| WriteError::Unknown(PlatformError::Unexpected { platform: PROFILE.name, why }))
}

async fn part(catalogue: &Catalogue, id: u64) -> Result<Option<(Product, Vec<Variation>)>, PlatformError> {
    let part = search::part(catalogue, id).await?;
    Ok(part.filter(|(product, _)| product.status.text() != Some("trash")))
}

/// A variant that is to be made: the value for each of the parent's options, in their order.
struct Missing<'a> {
    variant: &'a Variant,
    values: Vec<(Attribute, Text)>,
}

/// Those that are not there, each once.
async fn missing<'a>(
    catalogue: &Catalogue,
    product: &Product,
    variations: &[Variation],
    variants: &'a [Variant],
) -> Result<Vec<Missing<'a>>, WriteError> {
    let mut there: BTreeSet<Vec<String>> = BTreeSet::new();
    if !variations.is_empty() {
        let facts = catalogue.facts(false).await.map_err(WriteError::NotApplied)?;
        let listing = convert::listing(product, variations, &facts).map_err(refused)?;
        there.extend(
            listing.variants.iter().map(|variant| {
                variant.options.iter().map(|option| option.value.to_lowercase()).collect::<Vec<String>>()
            }),
        );
    }
    let mut options: Vec<&Attribute> = product.attributes.iter().filter(|one| one.variation.yes()).collect();
    options.sort_by_key(|attribute| attribute.position.number().unwrap_or(0));
    let mut missing = Vec::new();
    for variant in variants {
        let values = values(&options, variant).map_err(refused)?;
        let key: Vec<String> = values.iter().map(|(_, value)| value.to_lowercase()).collect();
        if there.insert(key) {
            missing.push(Missing { variant, values });
        }
    }
    Ok(missing)
}

fn values(options: &[&Attribute], variant: &Variant) -> Result<Vec<(Attribute, Text)>, String> {
    if options.is_empty() {
        return Err("the product has no options in WooCommerce by which variants could be told apart".to_owned());
    }
    let is_known = |option: &Text| options.iter().any(|known| same(text(&known.name).as_deref(), option));
    if let Some(value) = variant.options.iter().find(|value| !is_known(&value.option)) {
        return Err(format!("the product has no option {} in WooCommerce; add it there first", value.option));
    }
    let value = |option: &&Attribute| {
        let name = text(&option.name).unwrap_or_default();
        let value = variant.options.iter().find(|value| same(Some(&value.option), &name));
        let value = value.map(|value| value.value.clone()).unwrap_or_default();
        check_option_value(&name, &value)?;
        Ok(((*option).clone(), value))
    };
    options.iter().map(value).collect()
}

/// The parent's attributes with the values that are new.
fn with_values(product: &Product, missing: &[Missing<'_>]) -> Vec<Attribute> {
    let mut attributes = product.attributes.clone();
    for (of, value) in missing.iter().flat_map(|one| &one.values) {
        let same_attribute = |attribute: &&mut Attribute| attribute.variation.yes() && attribute.name == of.name;
        let Some(attribute) = attributes.iter_mut().find(same_attribute) else { continue };
        if !attribute.options.iter().any(|known| same(text(known).as_deref(), value)) {
            attribute.options.push(Loose::from(&Value::from(html_escape::encode_text(value.as_str()).into_owned())));
        }
    }
    attributes
}

async fn tell_parent(catalogue: &Catalogue, id: u64, attributes: &[Attribute]) -> Result<(), WriteError> {
    let calls = &catalogue.calls;
    let all: Vec<&Attribute> = attributes.iter().collect();
    let update = json!({"id": id, "attributes": terms::attributes(&all)});
    let answer = calls.write(calls.post("/products/batch", json!({"update": [update]})), &[]).await?;
    let batch: Batch = calls.json(&answer).map_err(WriteError::Unknown)?;
    match batch.update.first().map(|one| one.error.as_ref()) {
        Some(None) => Ok(()),
        Some(Some(problem)) => Err(refused(sentence(problem))),
        None => Err(unexplained("the answer to a batch says nothing of the product")),
    }
}

async fn bodies(
    catalogue: &Catalogue,
    variations: &[Variation],
    missing: &[Missing<'_>],
) -> Result<Vec<Value>, WriteError> {
    let measured = missing.iter().any(|one| one.variant.weight.is_some() || one.variant.dimensions.is_some());
    let units = match measured {
        true => catalogue.units_now().await.map_err(WriteError::NotApplied)?,
        false => Units::default(),
    };
    // Where its sisters are counted, a new one is too, and cannot be bought before its count is known.
    let counted = variations.iter().any(|variation| variation.manages() == ManageStock::Itself);
    missing.iter().map(|one| body(one, counted, &units)).collect::<Result<_, _>>().map_err(refused)
}

/// `told`: the parent has learned new values already.
async fn make(catalogue: &Catalogue, product: &Product, bodies: &[Value], told: bool) -> Result<(), WriteError> {
    let calls = &catalogue.calls;
    let id = product.id.number().unwrap_or(0);
    let path = format!("/products/{id}/variations/batch");
    let mut made: Vec<u64> = Vec::new();
    for some in bodies.chunks(BATCH) {
        let answer = match calls.write(calls.post(&path, json!({"create": some})), &[]).await {
            Ok(answer) => answer,
            // A part is done: the next try goes on from there.
            Err(WriteError::NotApplied(cause)) if told || !made.is_empty() => return Err(WriteError::Unknown(cause)),
            Err(cause) => return Err(cause),
        };
        let batch: Batch = calls.json(&answer).map_err(WriteError::Unknown)?;
        made.extend(batch.create.iter().filter(|one| one.error.is_none()).filter_map(|one| one.id.number()));
        if let Some(problem) = batch.create.iter().find_map(|one| one.error.as_ref()) {
            let why = format!("a variant was refused: {}", sentence(problem));
            return Err(take_back(catalogue, product, &path, &made, why).await);
        }
        if batch.create.len() != some.len() {
            return Err(unexplained("the answer to a batch does not tell of every variant"));
        }
    }
    Ok(())
}

fn body(missing: &Missing<'_>, counted: bool, units: &Units) -> Result<Value, String> {
    let mut body = Map::new();
    put_article(&mut body, missing.variant, None, units, &mut Vec::new())?;
    body.insert("manage_stock".to_owned(), json!(counted));
    let value = |(attribute, value): &(Attribute, Text)| match attribute.id.number() {
        Some(id) => json!({"id": id, "option": value.as_str()}),
        None => json!({"name": text(&attribute.name).unwrap_or_default().as_str(), "option": value.as_str()}),
    };
    body.insert("attributes".to_owned(), missing.values.iter().map(value).collect());
    Ok(Value::Object(body))
}

/// Deletes what was made, and gives the parent its own values back.
async fn take_back(catalogue: &Catalogue, product: &Product, path: &str, made: &[u64], why: String) -> WriteError {
    let calls = &catalogue.calls;
    for some in made.chunks(BATCH) {
        if let Err(failed) = calls.write(calls.post(path, json!({"delete": some})), &[404]).await {
            return WriteError::Unknown(failed.cause().clone());
        }
    }
    match tell_parent(catalogue, product.id.number().unwrap_or(0), &product.attributes).await {
        Ok(()) => refused(why),
        Err(failed) => WriteError::Unknown(failed.cause().clone()),
    }
}

fn refused(why: String) -> WriteError {
    WriteError::NotApplied(PlatformError::Refused { platform: PROFILE.name, why })
}

fn unexplained(why: &str) -> WriteError {
    WriteError::Unknown(PlatformError::Unexpected { platform: PROFILE.name, why: why.to_owned() })
}
