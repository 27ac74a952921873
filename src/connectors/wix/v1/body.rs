//! What is sent to make a product: the product with its options; everything that V1 keeps at its variants follows in a
//! second call. What Wix could not keep as it is, is refused here, before the first call.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::domain::{Creation, Currency, Listing, Structure, Text, Variant};

use super::super::edit::{markup, name, within};
use super::super::measures::{number, pair};
use super::super::profile::{OPTIONS, SKU, VARIANTS, WORD};

/// The name of the tag that holds a creation's mark, in the head of the product's page: nobody sees it there, and it is
/// set in the very call that makes the product. (Every other text of V1's products is shown to customers.)
pub(super) const MARK: &str = "counterpart";
/// Values of one option (spec: maxItems 100).
const CHOICES: usize = 100;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Body {
    pub product: Map<String, Value>,
    pub notes: Vec<String>,
}

pub(super) fn product(creation: &Creation, source: &Listing, currency: Currency) -> Result<Body, String> {
    name(&source.title)?;
    let mut notes = Vec::new();
    let mut product = Map::new();
    let mut set = |name: &str, value: Value| drop(product.insert(name.to_owned(), value));
    set("name", json!(source.title.as_str()));
    set("productType", json!("physical"));
    // One with variants is shown when they have their prices.
    set("visible", json!(!creation.draft && !source.structure.is_variable()));
    let props = json!({"name": MARK, "content": creation.mark.0});
    set(
        "seoData",
        json!({"tags": [{"type": "meta", "props": props, "children": "", "custom": true, "disabled": false}]}),
    );
    if !source.description.is_empty() {
        set("description", json!(markup(&source.description)));
    }
    match within("brand", source.brand.as_ref(), WORD) {
        Err(why) => notes.push(format!("{why}; it was not sent")),
        Ok(()) => source.brand.iter().for_each(|brand| set("brand", json!(brand.as_str()))),
    }
    for variant in &source.variants {
        within("SKU", variant.sku.as_ref(), SKU)?;
    }
    if source.variants.iter().any(|variant| variant.barcode.is_some()) {
        notes.push("barcodes were not sent: the site's catalogue (V1) has none".to_owned());
    }
    if source.variants.iter().any(|variant| variant.weight.is_some()) {
        notes.push("weights were not sent: the site's catalogue (V1) does not say in which unit it weighs".to_owned());
    }
    let first = source.variants.first().ok_or("it has no variant to copy")?;
    match &source.structure {
        Structure::Simple => {
            product.extend(prices(first, currency)?);
            if let Some(sku) = &first.sku {
                product.insert("sku".to_owned(), json!(sku.as_str()));
            }
        }
        Structure::Variable { options } => {
            if source.variants.iter().any(|variant| variant.compare_at.is_some()) {
                notes.push("compare-at prices were not sent: V1 has one discount for all variants".to_owned());
            }
            set_options(&mut product, source, options)?;
            let (price, _) = pair(first.price, None, false, currency)?;
            product.insert("priceData".to_owned(), json!({"price": number(&price.amount())?}));
        }
    }
    Ok(Body { product, notes })
}

fn set_options(product: &mut Map<String, Value>, source: &Listing, options: &[Text]) -> Result<(), String> {
    match options.len() {
        0 => return Err("its variants have no options to tell them apart, which Wix needs".to_owned()),
        count if count > OPTIONS => return Err(format!("it has {count} options, and Wix takes at most {OPTIONS}")),
        _ => {}
    }
    let mut combinations = 1usize;
    let mut written = Vec::with_capacity(options.len());
    for (place, option) in options.iter().enumerate() {
        within("option", Some(option), WORD)?;
        let mut seen = BTreeSet::new();
        let mut choices = Vec::new();
        for variant in &source.variants {
            let value = variant.options.get(place).map(|value| &value.value).filter(|value| !value.is_empty());
            let value = value.ok_or_else(|| format!("a variant has no value for {option}"))?;
            within("option value", Some(value), WORD)?;
            if seen.insert(value.to_lowercase()) {
                choices.push(json!({"value": value.as_str(), "description": value.as_str()}));
            }
        }
        if choices.len() > CHOICES {
            return Err(format!("{option} has {} values, and Wix takes at most {CHOICES}", choices.len()));
        }
        combinations = combinations.saturating_mul(choices.len());
        written.push(json!({"name": option.as_str(), "choices": choices}));
    }
    if combinations > VARIANTS {
        return Err(format!(
            "the site's catalogue (V1) makes every combination of the options, {combinations} of them, and takes at most {VARIANTS}"
        ));
    }
    product.insert("manageVariants".to_owned(), json!(true));
    product.insert("productOptions".to_owned(), Value::Array(written));
    Ok(())
}

/// The price and the discount from the crossed-out one, of a product without variants.
pub(super) fn prices(variant: &Variant, currency: Currency) -> Result<Map<String, Value>, String> {
    let (price, compare_at) = pair(variant.price, variant.compare_at, false, currency)?;
    discounted(price, compare_at)
}

pub(super) fn discounted(
    price: crate::domain::Money,
    compare_at: Option<crate::domain::Money>,
) -> Result<Map<String, Value>, String> {
    let full = compare_at.unwrap_or(price);
    let less = crate::domain::Money::new(full.minor - price.minor, price.currency);
    let kind = if compare_at.is_some() { "AMOUNT" } else { "NONE" };
    let mut body = Map::new();
    body.insert("priceData".to_owned(), json!({"price": number(&full.amount())?}));
    body.insert("discount".to_owned(), json!({"type": kind, "value": number(&less.amount())?}));
    Ok(body)
}

/// What V1 keeps at a variant.
pub(super) fn variant(variant: &Variant, currency: Currency) -> Result<Map<String, Value>, String> {
    let (price, _) = pair(variant.price, None, false, currency)?;
    let mut body = Map::new();
    body.insert("price".to_owned(), number(&price.amount())?);
    body.insert("visible".to_owned(), json!(true));
    if let Some(sku) = &variant.sku {
        body.insert("sku".to_owned(), json!(sku.as_str()));
    }
    Ok(body)
}

/// Option values in lower case and sorted: options may stand in another order there than here.
pub(super) fn label(variant: &Variant) -> Vec<String> {
    let mut key: Vec<String> = variant.options.iter().map(|option| option.value.to_lowercase()).collect();
    key.sort();
    key
}

/// The same of a combination as Wix has it.
pub(super) fn label_of(wire: &super::wire::Variant) -> Vec<String> {
    let values = wire.choices.values().filter_map(super::super::wire::Loose::clean);
    let mut key: Vec<String> = values.map(|value| value.to_lowercase()).collect();
    key.sort();
    key
}
