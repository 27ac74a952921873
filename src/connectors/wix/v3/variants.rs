//! Further variants of a product that is there: new option values and new variants in one call, with the present
//! revision. What is there already is known by its option values, read fresh each time; so it can be repeated after any
//! interruption.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Currency, Listing, OptionValue, Variant};
use crate::platform::{PlatformError, WriteError};

use super::super::calls::{gone, not_done, unexplained};
use super::super::measures::weight_unit;
use super::super::profile::VARIANTS;
use super::super::shop::Shop;
use super::body::article;
use super::convert::{self, Items};
use super::read;
use super::whole::{Changed, Whole, update};
use super::wire::Product;

/// Gives the listing as it is afterwards.
pub(in super::super) async fn add(shop: &Shop, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
    let id = known.remote.as_str();
    let currency = shop.currency().await.map_err(WriteError::NotApplied)?;
    let (changed, said) = update(shop, id, |whole| put(whole, variants, currency)).await?;
    said.map_err(not_done)?;
    if let Changed::Refused(error) = changed {
        return Err(WriteError::NotApplied(error));
    }
    // They are made; only the report about them can fail from here on.
    present(shop, id).await.map_err(WriteError::Unknown)
}

async fn present(shop: &Shop, id: &str) -> Result<Listing, PlatformError> {
    let product = read::one(shop, id).await?.ok_or_else(|| gone(format!("product {id} any more")))?;
    let counts = read::counts(shop, &[id]).await?;
    let listing = convert::listing(&product, &product.variants_info.variants, &counts, shop.currency().await?);
    listing.map_err(|why| unexplained(why).cause().clone())
}

/// By the names of the options, whatever their order and case.
fn key(variant: &Variant) -> BTreeMap<String, String> {
    variant.options.iter().map(|option| (option.option.to_lowercase(), option.value.to_lowercase())).collect()
}

fn put(whole: &mut Whole, variants: &[Variant], currency: Currency) -> Result<(), String> {
    let product = Product::deserialize(&whole.now).map_err(|_| "Wix's product cannot be read".to_owned())?;
    let now = convert::listing(&product, &product.variants_info.variants, &Items::new(), currency)?;
    if !now.structure.is_variable() {
        return Err("it is a single article in Wix; give it its options there first".to_owned());
    }
    let mut there: BTreeSet<BTreeMap<String, String>> = now.variants.iter().map(key).collect();
    let missing: Vec<&Variant> = variants.iter().filter(|variant| there.insert(key(variant))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if now.variants.len() + missing.len() > VARIANTS {
        return Err(format!("with them it would have more variants than the {VARIANTS} that Wix takes"));
    }
    let names: Vec<String> = product.options.iter().map(|option| option.name.text().unwrap_or("").to_owned()).collect();
    let wanted: BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
    for variant in &missing {
        if key(variant).into_keys().collect::<BTreeSet<_>>() != wanted {
            return Err(format!(
                "the variant {} has other options than the product in Wix, which has {}",
                variant.option_label(),
                names.join(", ")
            ));
        }
    }
    let unit = weight_unit(&product.physical_properties.weight_measurement_unit_info.weight_measurement_unit);
    let mut barcodes: BTreeSet<String> =
        now.variants.iter().filter_map(|variant| variant.barcode.as_ref().map(ToString::to_string)).collect();
    let mut bodies = Vec::with_capacity(missing.len());
    for variant in &missing {
        // In the product's own spelling and order, which is how choices are found.
        let mut spelled = (*variant).clone();
        spelled.options = in_order(&product, variant);
        let mut body = article(&spelled, currency, unit, &mut barcodes, &mut Vec::new())?;
        for (place, choice) in body.get_mut("choices").and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
            let option = product.options.get(place);
            if let Some(render) = option.and_then(|option| option.option_render_type.text()) {
                choice["optionChoiceNames"]["renderType"] = json!(render);
            }
        }
        body.insert("visible".to_owned(), json!(true));
        bodies.push((Value::Object(body), spelled));
    }
    let mut options = whole.now.get("options").cloned().unwrap_or_default();
    for (place, option) in options.as_array_mut().into_iter().flatten().enumerate() {
        learn(option, place, bodies.iter().map(|(_, variant)| variant));
    }
    whole.set("options", options);
    whole.variants().extend(bodies.into_iter().map(|(body, _)| body));
    Ok(())
}

/// The variant's values in the order and with the names of the product's options; a value that is there already keeps
/// its spelling there.
fn in_order(product: &Product, variant: &Variant) -> Vec<OptionValue> {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let of = |option: &super::wire::ProductOption| {
        let name = option.name.clean().unwrap_or_default();
        let wanted = variant.options.iter().find(|value| same(&value.option, &name));
        let wanted = wanted.map(|value| value.value.clone()).unwrap_or_default();
        let known = option.choices_settings.choices.iter().filter_map(|choice| choice.name.clean());
        let value = known.into_iter().find(|known| same(known, &wanted)).unwrap_or(wanted);
        OptionValue { option: name, value }
    };
    product.options.iter().map(of).collect()
}

/// Adds the values that an option does not have yet.
fn learn<'a>(option: &mut Value, place: usize, variants: impl Iterator<Item = &'a Variant>) {
    if !option.is_object() || !option["choicesSettings"].is_object() {
        return;
    }
    let swatches = option.get("optionRenderType") == Some(&json!("SWATCH_CHOICES"));
    if !option["choicesSettings"]["choices"].is_array() {
        option["choicesSettings"]["choices"] = json!([]);
    }
    let Some(choices) = option["choicesSettings"]["choices"].as_array_mut() else { return };
    for choice in choices.iter_mut().filter_map(Value::as_object_mut) {
        // What only Wix may write.
        for name in ["inStock", "visible", "key"] {
            choice.remove(name);
        }
    }
    for variant in variants {
        let Some(wanted) = variant.options.get(place).map(|option| &option.value) else { continue };
        let same = |choice: &Value| {
            choice.get("name").and_then(Value::as_str).is_some_and(|name| name.to_lowercase() == wanted.to_lowercase())
        };
        if choices.iter().any(same) {
            continue;
        }
        // A swatch needs a colour, and which one nobody knows: grey until the merchant chooses.
        choices.push(match swatches {
            true => json!({"choiceType": "ONE_COLOR", "colorCode": "#808080", "name": wanted.as_str()}),
            false => json!({"choiceType": "CHOICE_TEXT", "name": wanted.as_str()}),
        });
    }
}
