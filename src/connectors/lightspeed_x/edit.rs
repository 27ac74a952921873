//! Bringing fields to new values: one call for the family's fields together with one variant's, and one for each
//! further variant. Only what is named in a call is changed there, except that lists are replaced whole; so the codes of
//! a variant are read before they are written.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Map, Value, json};

use crate::domain::{Field, FieldChange, FieldValue, Listing, RemoteId, Status, Text};
use crate::http::segment;
use crate::platform::{EditOutcome, PlatformError, WriteError};

use super::catalogue::{Catalogue, refused};
use super::convert::{Facts, barcode_kind, is_barcode, looks_like_a_card};
use super::measures::{grams, millimetres, price_number};
use super::profile::PROFILE;
use super::terms;
use super::wire::{Code, Product};

/// What is sent to one variant, and which of the changes it holds.
#[derive(Debug, Default)]
struct Call {
    common: Map<String, Value>,
    details: Map<String, Value>,
    changes: Vec<usize>,
}

pub async fn edit(
    catalogue: &Catalogue,
    known: &Listing,
    changes: &[FieldChange],
) -> Result<Vec<EditOutcome>, WriteError> {
    let mut outcomes: Vec<Option<EditOutcome>> = changes.iter().map(|change| without_a_call(change).err()).collect();
    if outcomes.iter().all(Option::is_some) {
        return Ok(outcomes.into_iter().flatten().collect());
    }
    let facts = catalogue.facts().await.map_err(WriteError::NotApplied)?;
    let first = known.variants.first().map_or(&known.remote, |variant| &variant.remote);
    let mut calls: BTreeMap<usize, Call> = BTreeMap::new();
    let place_of = |variant: &RemoteId| known.variants.iter().position(|own| own.remote == *variant);
    let mut codes: BTreeMap<usize, Vec<Code>> = BTreeMap::new();
    for (at, change) in changes.iter().enumerate() {
        if outcomes[at].is_some() {
            continue;
        }
        let place = match &change.variant {
            Some(variant) => match place_of(variant) {
                Some(place) => place,
                None => {
                    outcomes[at] = Some(rejected(format!("the listing has no variant {variant}")));
                    continue;
                }
            },
            None => 0,
        };
        match change.field {
            Field::Active => {
                let on = change.to == FieldValue::Status(Status::Active);
                for place in 0..known.variants.len().max(1) {
                    let call = calls.entry(place).or_default();
                    call.details.insert("is_active".into(), json!(on));
                    call.changes.push(at);
                }
                continue;
            }
            Field::Sku | Field::Barcode => {
                let list = match codes.entry(place) {
                    Entry::Occupied(read) => read.into_mut(),
                    Entry::Vacant(unread) => {
                        let id = known.variants.get(place).map_or(first, |variant| &variant.remote);
                        unread.insert(present_codes(catalogue, id).await.map_err(WriteError::NotApplied)?)
                    }
                };
                let sku = known.variants.get(place).and_then(|variant| variant.sku.as_ref());
                if let Err(why) = change_codes(list, change, sku) {
                    outcomes[at] = Some(rejected(why));
                    continue;
                }
                let call = calls.entry(place).or_default();
                call.details.insert("product_codes".into(), list.iter().filter_map(code_body).collect());
                call.changes.push(at);
            }
            _ => match body(catalogue, change, &facts).await {
                Ok((common, details)) => {
                    let call = calls.entry(place).or_default();
                    call.common.extend(common);
                    call.details.extend(details);
                    call.changes.push(at);
                }
                Err(why @ PlatformError::Refused { .. }) => outcomes[at] = Some(EditOutcome::Rejected(why)),
                Err(why) => return Err(WriteError::NotApplied(why)),
            },
        }
    }
    let mut done = false;
    for (place, call) in calls {
        let id = known.variants.get(place).map_or(first, |variant| &variant.remote);
        let mut body = Map::new();
        if !call.common.is_empty() {
            body.insert("common".into(), Value::Object(call.common));
        }
        if !call.details.is_empty() {
            body.insert("details".into(), Value::Object(call.details));
        }
        let path = format!("/products/{}", segment(id.as_str()));
        let outcome = match catalogue.calls.write(catalogue.calls.put(&path, Value::Object(body))).await {
            Ok(_) => {
                done = true;
                EditOutcome::Applied
            }
            Err(WriteError::NotApplied(why @ PlatformError::Refused { .. })) => {
                terms::forget(catalogue).await;
                EditOutcome::Rejected(why)
            }
            Err(WriteError::NotApplied(why @ PlatformError::NotFound { .. })) if done => EditOutcome::Rejected(why),
            // Some of it is done already: the whole is neither.
            Err(WriteError::NotApplied(why)) if done => return Err(WriteError::Unknown(why)),
            Err(why) => return Err(why),
        };
        for at in call.changes {
            // Of a change that takes several calls, one refusal is the outcome.
            if !matches!(outcomes[at], Some(EditOutcome::Rejected(_))) {
                outcomes[at] = Some(outcome.clone());
            }
        }
    }
    let missing = || rejected("nothing was sent for it");
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect())
}

fn rejected(why: impl Into<String>) -> EditOutcome {
    EditOutcome::Rejected(refused(why))
}

/// What needs no call to be refused.
fn without_a_call(change: &FieldChange) -> Result<(), EditOutcome> {
    if !PROFILE.edits.contains(&change.field) {
        let label = change.field.label();
        return Err(rejected(format!("{label}: X-Series has no such field, or takes it when a product is made only")));
    }
    match (&change.to, change.field) {
        (FieldValue::Text(text), Field::Title) if text.is_empty() => Err(rejected("a product needs a name")),
        (FieldValue::Text(text), _) if looks_like_a_card(text) => Err(rejected(
            "a number in the text looks like a card number, and X-Series would put asterisks in its place; take it out",
        )),
        (FieldValue::Money(None), _) => Err(rejected("a product needs a price there")),
        (FieldValue::Maybe(None), Field::Sku) => Err(rejected("a product needs a SKU there")),
        (FieldValue::Maybe(Some(code)), Field::Barcode) if barcode_kind(code).is_none() => {
            Err(rejected(format!("{code} is none of the barcodes that X-Series knows: EAN, UPC, ITF, ISBN")))
        }
        _ => Ok(()),
    }
}

type Bodies = (Map<String, Value>, Map<String, Value>);

/// The family's fields and the variant's own, for all but keys and activation.
async fn body(catalogue: &Catalogue, change: &FieldChange, facts: &Facts) -> Result<Bodies, PlatformError> {
    let mut common = Map::new();
    let mut details = Map::new();
    match (change.field, &change.to) {
        (Field::Title, FieldValue::Text(text)) => drop(common.insert("name".into(), json!(text))),
        (Field::Description, FieldValue::Text(text)) => {
            common.insert("description".into(), json!(html_escape::encode_text(text.as_str())));
        }
        (Field::Brand, FieldValue::Maybe(name)) => {
            common.insert("brand_id".into(), json!(referred(catalogue, name.as_ref(), Field::Brand).await?));
        }
        (Field::Category, FieldValue::Maybe(name)) => {
            common.insert(
                "product_category_id".into(),
                json!(referred(catalogue, name.as_ref(), Field::Category).await?),
            );
        }
        (Field::Price, FieldValue::Money(Some(price))) => {
            if price.currency != facts.currency {
                return Err(refused(format!("the price {price} is not in the shop's currency, {}", facts.currency)));
            }
            details.insert(facts.tax.price_field().into(), price_number(*price));
        }
        (Field::Weight, FieldValue::Weight(weight)) => {
            details.insert("weight".into(), grams(weight.unwrap_or(crate::domain::Weight(0))));
            details.insert("weight_unit".into(), json!("G"));
        }
        (Field::Dimensions, FieldValue::Dimensions(size)) => {
            let side = |size: Option<u64>| millimetres(size.unwrap_or(0));
            details.insert("length".into(), side(size.map(|size| size.length)));
            details.insert("width".into(), side(size.map(|size| size.width)));
            details.insert("height".into(), side(size.map(|size| size.height)));
            details.insert("dimensions_unit".into(), json!("MM"));
        }
        (field, _) => return Err(refused(format!("that is no value for the {}", field.label()))),
    }
    Ok((common, details))
}

/// Blank takes it off the product ("provide empty value").
async fn referred(catalogue: &Catalogue, name: Option<&Text>, field: Field) -> Result<String, PlatformError> {
    match (name, field) {
        (None, _) => Ok(String::new()),
        (Some(name), Field::Brand) => terms::brand(catalogue, name).await,
        (Some(name), _) => terms::category(catalogue, name).await,
    }
}

async fn present_codes(catalogue: &Catalogue, id: &RemoteId) -> Result<Vec<Code>, PlatformError> {
    let found = catalogue.product(id.as_str()).await?.filter(|product: &Product| !product.is_deleted());
    let what = || PlatformError::NotFound { platform: PROFILE.name, what: format!("product {id} (any more)") };
    Ok(found.ok_or_else(what)?.product_codes)
}

/// Puts a new SKU or barcode in the place of the old one; all other codes stay, in their order.
fn change_codes(codes: &mut Vec<Code>, change: &FieldChange, old_sku: Option<&Text>) -> Result<(), String> {
    let FieldValue::Maybe(to) = &change.to else { return Err("that is no code".to_owned()) };
    let to = to.as_ref().map(Text::as_str);
    let code = |kind: &str, code: &str| -> Result<Code, String> {
        serde_json::from_value(json!({"type": kind, "code": code})).map_err(|why| why.to_string())
    };
    match (change.field, to) {
        (Field::Sku, Some(sku)) => {
            let is_old = |known: &Code| known.code.text().is_some_and(|c| Some(c) == old_sku.map(Text::as_str));
            codes.retain(|known| !is_old(known) && known.code.text() != Some(sku));
            // The first code is the default one.
            codes.insert(0, code("CUSTOM", sku)?);
        }
        (Field::Barcode, to) => {
            let place = codes.iter().position(is_barcode);
            let place = match place {
                Some(place) => {
                    codes.remove(place);
                    place
                }
                None => codes.len(),
            };
            if let Some(barcode) = to {
                codes.retain(|known| known.code.text() != Some(barcode));
                let kind = barcode_kind(barcode).ok_or("that is no barcode")?;
                codes.insert(place.min(codes.len()), code(kind, barcode)?);
            }
        }
        _ => return Err("a product needs a SKU there".to_owned()),
    }
    Ok(())
}

fn code_body(code: &Code) -> Option<Value> {
    let kind = code.kind.text().unwrap_or("CUSTOM").to_ascii_uppercase();
    Some(json!({"type": kind, "code": code.code.text()?}))
}
