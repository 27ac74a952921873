//! What is sent to make products and combinations. Nothing is guessed: what E-Series could not keep is refused here,
//! before the first call.

use serde_json::{Map, Value, json};

use crate::domain::{Creation, Listing, Money, Quantity, Stock, Structure, Text, Variant};

use super::convert::{BRAND, Facts, UPC};
use super::measures::{money, number, sides};

type Fields = Map<String, Value>;

/// Plain text as the HTML that means the same.
pub(super) fn escaped(text: &str) -> String {
    html_escape::encode_text(text).into_owned()
}

/// `externalReferenceId` of what a creation makes; a combination's has its position behind it.
pub(super) fn mark(creation: &Creation, position: Option<usize>) -> String {
    match position {
        None => format!("counterpart-{}", creation.mark),
        Some(position) => format!("counterpart-{}-{position}", creation.mark),
    }
}

/// The position of a combination that this creation has made.
pub(super) fn position(creation: &Creation, reference: Option<&str>) -> Option<usize> {
    reference?.strip_prefix(&mark(creation, None))?.strip_prefix('-')?.parse().ok()
}

/// The error is a plain sentence that says why this listing cannot be made.
pub(super) fn product(creation: &Creation, source: &Listing, facts: &Facts) -> Result<Value, String> {
    let mut body = Fields::new();
    body.insert("name".into(), json!(source.title.as_str()));
    body.insert("enabled".into(), json!(!creation.draft));
    body.insert("externalReferenceId".into(), json!(mark(creation, None)));
    if !source.description.is_empty() {
        body.insert("description".into(), json!(escaped(&source.description)));
    }
    let mut attributes = Vec::new();
    if let Some(brand) = &source.brand {
        attributes.push(json!({"alias": BRAND, "value": brand.as_str()}));
    }
    match &source.structure {
        Structure::Simple => {
            let variant = source.variants.first().ok_or("it has no variant to copy")?;
            put_article(&mut body, variant, facts)?;
            put_count(&mut body, creation.quantities.first().copied().flatten())?;
            attributes.extend(barcode(variant));
        }
        Structure::Variable { options } => {
            if options.is_empty() {
                return Err("its variants have no options to tell them apart, which E-Series needs".to_owned());
            }
            let first = source.variants.iter().find_map(|variant| variant.price);
            if let Some(price) = first {
                put_price(&mut body, "price", price, facts)?;
            }
            // What is chosen without a combination is sold from the product's own count: none of that.
            let is_counted = creation.quantities.iter().any(Option::is_some);
            put_count(&mut body, is_counted.then_some(Quantity::ZERO))?;
            let values = |option: &Text| {
                let all = source.variants.iter().flat_map(|variant| &variant.options);
                let mut values: Vec<Text> = Vec::new();
                for value in all.filter(|value| value.option == *option) {
                    if !values.contains(&value.value) {
                        values.push(value.value.clone());
                    }
                }
                values
            };
            let options: Vec<Value> = options.iter().map(|name| option(name, &values(name))).collect();
            body.insert("options".into(), json!(options));
        }
    }
    if !attributes.is_empty() {
        body.insert("attributes".into(), json!(attributes));
    }
    Ok(Value::Object(body))
}

/// An option that is chosen from a list.
fn option(name: &Text, values: &[Text]) -> Value {
    let choices: Vec<Value> = values.iter().map(choice).collect();
    json!({"type": "SELECT", "name": name.as_str(), "choices": choices, "defaultChoice": 0, "required": true})
}

pub(super) fn choice(value: &Text) -> Value {
    json!({"text": value.as_str(), "priceModifier": 0, "priceModifierType": "ABSOLUTE"})
}

/// The combination for the variant at this position of the source.
pub(super) fn combination(
    creation: &Creation,
    source: &Listing,
    position: usize,
    facts: &Facts,
) -> Result<Value, String> {
    let variant = source.variants.get(position).ok_or("it has no such variant")?;
    let mut body = variation(variant, facts)?;
    put_count(&mut body, creation.quantities.get(position).copied().flatten())?;
    body.insert("externalReferenceId".into(), json!(mark(creation, Some(position))));
    Ok(Value::Object(body))
}

/// One that is added to a product that is there: counted from nothing where the source counts, since quantities are
/// written by themselves.
pub(super) fn addition(variant: &Variant, facts: &Facts) -> Result<Value, String> {
    let mut body = variation(variant, facts)?;
    put_count(&mut body, (variant.stock != Stock::Untracked).then_some(Quantity::ZERO))?;
    Ok(Value::Object(body))
}

fn variation(variant: &Variant, facts: &Facts) -> Result<Fields, String> {
    let mut body = Fields::new();
    let options = variant.options.iter();
    let options: Vec<Value> =
        options.map(|value| json!({"name": value.option.as_str(), "value": value.value.as_str()})).collect();
    body.insert("options".into(), json!(options));
    put_article(&mut body, variant, facts)?;
    if let Some(barcode) = barcode(variant) {
        body.insert("attributes".into(), json!([barcode]));
    }
    Ok(body)
}

/// What products and combinations have in common.
fn put_article(body: &mut Fields, variant: &Variant, facts: &Facts) -> Result<(), String> {
    if let Some(sku) = &variant.sku {
        body.insert("sku".into(), json!(sku.as_str()));
    }
    if let Some(price) = variant.price {
        put_price(body, "price", price, facts)?;
    }
    if let Some(price) = variant.compare_at {
        put_price(body, "compareToPrice", price, facts)?;
    }
    if let Some(weight) = variant.weight {
        body.insert("weight".into(), number(&facts.units.write_weight(weight)?));
    }
    if let Some(dimensions) = variant.dimensions {
        body.insert("dimensions".into(), sides(facts.units.write_dimensions(dimensions)?));
    }
    Ok(())
}

fn put_price(body: &mut Fields, name: &str, price: Money, facts: &Facts) -> Result<(), String> {
    if price.currency != facts.currency {
        return Err(format!("the shop's prices are in {}, and this one is in {}", facts.currency, price.currency));
    }
    if price.minor < 0 {
        return Err("a price cannot be below nothing".to_owned());
    }
    body.insert(name.to_owned(), money(price));
    Ok(())
}

/// Without a count it is unlimited, which is E-Series' word for not counted.
fn put_count(body: &mut Fields, quantity: Option<Quantity>) -> Result<(), String> {
    match quantity {
        Some(quantity) => {
            let whole = quantity.whole().ok_or_else(|| format!("E-Series counts whole pieces only, not {quantity}"))?;
            body.insert("unlimited".into(), json!(false));
            body.insert("quantity".into(), json!(whole));
        }
        None => drop(body.insert("unlimited".into(), json!(true))),
    }
    Ok(())
}

fn barcode(variant: &Variant) -> Option<Value> {
    let barcode = variant.barcode.as_ref()?;
    Some(json!({"alias": UPC, "value": barcode.as_str()}))
}
