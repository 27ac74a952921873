//! A listing of another platform as X-Series' product, for one call. Pure.

use serde_json::{Map, Value, json};

use crate::domain::{Creation, Listing, LocationId, Variant};

use super::convert::{Facts, barcode_kind, looks_like_a_card};
use super::measures::{grams, millimetres, price_number, quantity_number};

/// What a product refers to, as identifiers.
#[derive(Debug, Default)]
pub struct References {
    pub brand: Option<String>,
    pub category: Option<String>,
    /// In the order of the source's options.
    pub attributes: Vec<String>,
}

/// The end of a handle that we made: whose creation it is. A handle is shared by the family, comes back with every
/// product and is shown to nobody at the till, which no other text of a product's is.
pub fn mark(creation: &Creation) -> String {
    creation.mark.0.chars().take(16).collect()
}

pub fn is_marked(handle: Option<&str>, creation: &Creation) -> bool {
    handle.is_some_and(|handle| handle.to_ascii_lowercase().ends_with(&mark(creation)))
}

fn handle(creation: &Creation, source: &Listing) -> String {
    let mut words = String::new();
    for character in source.title.chars() {
        match character.to_ascii_lowercase() {
            letter if letter.is_ascii_alphanumeric() => words.push(letter),
            _ if !words.is_empty() && !words.ends_with('-') => words.push('-'),
            _ => {}
        }
    }
    let words: String = words.chars().take(40).collect();
    format!("{}-{}", words.trim_matches('-'), mark(creation)).trim_start_matches('-').to_owned()
}

/// The whole call, and what stays behind.
pub fn product(
    creation: &Creation,
    source: &Listing,
    to: &References,
    facts: &Facts,
    location: &LocationId,
) -> (Value, Vec<String>) {
    let mut notes = Vec::new();
    let mut body = Map::new();
    body.insert("name".into(), json!(source.title));
    body.insert("handle".into(), json!(handle(creation, source)));
    if !source.description.is_empty() {
        body.insert("description".into(), json!(html_escape::encode_text(source.description.as_str())));
    }
    if looks_like_a_card(&source.title) || looks_like_a_card(&source.description) {
        notes.push("X-Series takes a number in the texts for a card number and puts asterisks in its place".to_owned());
    }
    body.insert("is_active".into(), json!(!creation.draft));
    if creation.draft {
        notes.push("X-Series has no draft: Sell on POS was left off, switch it on when it is ready".to_owned());
    }
    for (field, id) in [("brand_id", &to.brand), ("product_category_id", &to.category)] {
        if let Some(id) = id {
            body.insert(field.into(), json!(id));
        }
    }
    let images: Vec<Value> = source
        .images
        .iter()
        .enumerate()
        .map(|(at, url)| json!({"type": "url", "location": url, "index": at}))
        .collect();
    if !images.is_empty() {
        notes.push("X-Series fetches the pictures by itself; they show up after a while".to_owned());
        body.insert("images".into(), json!(images));
    }
    let mut variants = source.variants.iter().enumerate().map(|(position, variant)| {
        let mut own = details(variant, facts, &mut notes);
        if let Some(quantity) = creation.quantities.get(position).copied().flatten() {
            let inventory = json!([{"outlet_id": location.0.as_str(), "current_amount": quantity_number(quantity)}]);
            own.insert("inventory".into(), inventory);
        }
        if source.structure.is_variable() {
            own.insert("variant_definitions".into(), chosen(variant, &to.attributes, "value"));
        }
        own
    });
    if source.structure.is_variable() {
        let variants: Vec<Value> = variants.map(Value::Object).collect();
        body.insert("variants".into(), json!(variants));
    } else if let Some(own) = variants.next() {
        body.extend(own);
    }
    if source.variants.iter().any(|variant| variant.sku.is_none()) {
        notes.push("X-Series gives a SKU of its own to what has none".to_owned());
    }
    if source.variants.iter().any(|variant| variant.compare_at.is_some()) {
        notes.push("X-Series has no compare-at price; it was left out".to_owned());
    }
    notes.dedup();
    (Value::Object(body), notes)
}

/// The option values of a variant. The two calls that take them call the value differently.
pub fn chosen(variant: &Variant, attributes: &[String], value: &str) -> Value {
    let pairs = attributes.iter().zip(&variant.options);
    pairs.map(|(attribute, option)| json!({"attribute_id": attribute, value: option.value})).collect()
}

/// Keys, price and measures of one variant.
pub fn details(variant: &Variant, facts: &Facts, notes: &mut Vec<String>) -> Map<String, Value> {
    let mut own = Map::new();
    let mut codes = Vec::new();
    if let Some(sku) = &variant.sku {
        own.insert("sku".into(), json!(sku));
        codes.push(json!({"type": "CUSTOM", "code": sku}));
    }
    if let Some(barcode) = &variant.barcode {
        match barcode_kind(barcode) {
            // The same code twice is refused.
            Some(kind) if variant.sku.as_ref() == Some(barcode) => codes = vec![json!({"type": kind, "code": barcode})],
            Some(kind) => codes.push(json!({"type": kind, "code": barcode})),
            None => notes.push(format!("the barcode {barcode} was left out: X-Series knows EAN, UPC, ITF and ISBN")),
        }
    }
    if !codes.is_empty() {
        own.insert("product_codes".into(), json!(codes));
    }
    match variant.price {
        // One of the two prices only; the other one is reckoned there.
        Some(price) if price.currency == facts.currency => {
            own.insert(facts.tax.price_field().into(), price_number(price));
        }
        Some(price) => notes.push(format!("the price {price} was left out: the shop sells in {}", facts.currency)),
        None => {}
    }
    if let Some(weight) = variant.weight {
        own.insert("weight".into(), grams(weight));
        own.insert("weight_unit".into(), json!("G"));
    }
    if let Some(size) = variant.dimensions {
        own.insert("length".into(), millimetres(size.length));
        own.insert("width".into(), millimetres(size.width));
        own.insert("height".into(), millimetres(size.height));
        own.insert("dimensions_unit".into(), json!("MM"));
    }
    own
}
