//! What is sent to make a product: one body with all its variants and counts. Nothing is guessed: what Wix could not
//! keep as it is, is refused here, before the first call.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use crate::domain::{Creation, Currency, Listing, Quantity, Structure, Text, Variant, WeightUnit};

use super::super::edit::{markup, name, within};
use super::super::measures::{number, pair};
use super::super::profile::{OPTIONS, PICTURES, SKU, VARIANTS, WORD};
use super::stock::whole;

/// What a creation's mark begins with, in `handle`: nobody sees it, it can be asked for, and it is set in the very call
/// that makes the product (spec: "can be set when creating a product").
pub(super) const MARK: &str = "counterpart-";

/// The body and what does not go over, in plain sentences.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Body {
    pub product: Map<String, Value>,
    pub notes: Vec<String>,
}

pub(super) fn handle(creation: &Creation) -> String {
    format!("{MARK}{}", creation.mark.0)
}

/// What making it needs to know.
pub(super) struct Terms {
    pub currency: Currency,
    /// The store's unit; `None` where it is not known, and then weights are left out.
    pub unit: Option<WeightUnit>,
    /// Counts go in with it; else another call sets them, since products are made at the default location.
    pub with_counts: bool,
}

pub(super) fn product(creation: &Creation, source: &Listing, terms: &Terms) -> Result<Body, String> {
    check(source)?;
    let mut notes = Vec::new();
    let mut product = Map::new();
    let mut set = |name: &str, value: Value| drop(product.insert(name.to_owned(), value));
    set("name", json!(source.title.as_str()));
    set("productType", json!("PHYSICAL"));
    set("physicalProperties", json!({}));
    set("visible", json!(!creation.draft));
    set("handle", json!(handle(creation)));
    if !source.description.is_empty() {
        set("plainDescription", json!(markup(&source.description)));
    }
    match within("brand", source.brand.as_ref(), WORD) {
        Err(why) => notes.push(format!("{why}; it was not sent")),
        Ok(()) => source.brand.iter().for_each(|brand| set("brand", json!({"name": brand.as_str()}))),
    }
    let pictures = pictures(source, &mut notes);
    if !pictures.is_empty() {
        set("media", json!({"itemsInfo": {"items": pictures}}));
    }
    if let Structure::Variable { options } = &source.structure {
        set("options", options.iter().enumerate().map(|(place, option)| option_of(source, place, option)).collect());
    }
    let mut barcodes = BTreeSet::new();
    let mut variants = Vec::with_capacity(source.variants.len());
    for (position, variant) in source.variants.iter().enumerate() {
        let mut body = article(variant, terms.currency, terms.unit, &mut barcodes, &mut notes)?;
        body.insert("visible".to_owned(), json!(true));
        if terms.with_counts {
            let count = creation.quantities.get(position).copied().flatten();
            body.insert("inventoryItem".to_owned(), inventory(count)?);
        }
        variants.push(Value::Object(body));
    }
    set("variantsInfo", json!({"variants": variants}));
    notes.dedup();
    Ok(Body { product, notes })
}

/// Not counted here is not counted there.
pub(super) fn inventory(count: Option<Quantity>) -> Result<Value, String> {
    match count {
        Some(count) => Ok(json!({"quantity": whole(count).map_err(|why| why.to_string())?})),
        None => Ok(json!({"inStock": true})),
    }
}

fn check(source: &Listing) -> Result<(), String> {
    name(&source.title)?;
    if source.variants.is_empty() {
        return Err("it has no variant to copy".to_owned());
    }
    if source.variants.len() > VARIANTS {
        return Err(format!("it has {} variants, and Wix takes at most {VARIANTS}", source.variants.len()));
    }
    let Structure::Variable { options } = &source.structure else { return Ok(()) };
    match options.len() {
        0 => return Err("its variants have no options to tell them apart, which Wix needs".to_owned()),
        count if count > OPTIONS => return Err(format!("it has {count} options, and Wix takes at most {OPTIONS}")),
        _ => {}
    }
    options.iter().try_for_each(|option| within("option", Some(option), WORD))
}

/// With all values that its variants have, in their order.
fn option_of(source: &Listing, place: usize, option: &Text) -> Value {
    let mut seen = BTreeSet::new();
    let values = source.variants.iter().filter_map(|variant| variant.options.get(place)).map(|value| &value.value);
    let choices: Vec<Value> = values
        .filter(|value| seen.insert(value.to_lowercase()))
        .map(|value| json!({"choiceType": "CHOICE_TEXT", "name": value.as_str()}))
        .collect();
    json!({"name": option.as_str(), "optionRenderType": "TEXT_CHOICES", "choicesSettings": {"choices": choices}})
}

/// A variant by itself, without counts.
pub(super) fn article(
    variant: &Variant,
    currency: Currency,
    unit: Option<WeightUnit>,
    barcodes: &mut BTreeSet<String>,
    notes: &mut Vec<String>,
) -> Result<Map<String, Value>, String> {
    let (price, compare_at) = pair(variant.price, variant.compare_at, false, currency)?;
    within("SKU", variant.sku.as_ref(), SKU)?;
    let mut body = Map::new();
    let choices = variant.options.iter().map(|option| {
        if option.value.is_empty() {
            return Err(format!("a variant has no value for {}", option.option));
        }
        within("option value", Some(&option.value), WORD)?;
        let names = json!({"optionName": option.option.as_str(), "choiceName": option.value.as_str(), "renderType": "TEXT_CHOICES"});
        Ok(json!({"optionChoiceNames": names}))
    });
    body.insert("choices".to_owned(), choices.collect::<Result<Vec<_>, String>>()?.into());
    let mut amounts = json!({"actualPrice": {"amount": price.amount()}});
    if let Some(compare_at) = compare_at {
        amounts["compareAtPrice"] = json!({"amount": compare_at.amount()});
    }
    body.insert("price".to_owned(), amounts);
    if let Some(sku) = &variant.sku {
        body.insert("sku".to_owned(), json!(sku.as_str()));
    }
    match &variant.barcode {
        Some(barcode) if within("barcode", Some(barcode), SKU).is_err() => {
            notes.push(format!("the barcode {barcode} is longer than {SKU} characters and was not sent"));
        }
        Some(barcode) if !barcodes.insert(barcode.to_string()) => {
            notes.push(format!("Wix takes each barcode once, so {barcode} was sent for one variant only"));
        }
        Some(barcode) => drop(body.insert("barcode".to_owned(), json!(barcode.as_str()))),
        None => {}
    }
    let mut physical = Map::new();
    match (variant.weight, unit) {
        (Some(weight), Some(unit)) => drop(physical.insert("weight".to_owned(), number(&unit.write(weight))?)),
        (Some(_), None) => notes.push("weights were not sent: Wix does not say in which unit it weighs".to_owned()),
        (None, _) => {}
    }
    body.insert("physicalProperties".to_owned(), Value::Object(physical));
    Ok(body)
}

/// The main one first.
fn pictures(source: &Listing, notes: &mut Vec<String>) -> Vec<Value> {
    let usable: Vec<&String> = source.images.iter().filter(|address| address.starts_with("http")).collect();
    let sent = usable.len().min(PICTURES);
    if sent < source.images.len() {
        notes.push(format!("{} pictures were not sent", source.images.len() - sent));
    }
    usable.into_iter().take(PICTURES).map(|address| json!({"url": address})).collect()
}

/// Variants by their option values, in whatever order the options stand.
pub(super) fn by_label(variants: &[Variant]) -> HashMap<Vec<String>, usize> {
    variants.iter().enumerate().map(|(place, variant)| (label(variant), place)).collect()
}

pub(super) fn label(variant: &Variant) -> Vec<String> {
    let mut key = super::convert::label_key(variant.options.iter().map(|option| option.value.as_str()));
    key.sort();
    key
}
