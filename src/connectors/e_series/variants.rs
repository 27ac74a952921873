//! Adding variants to a product that is there: its options get the new values, and it gets a combination for each.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::domain::{Listing, OptionValue, Text, Variant};
use crate::platform::WriteError;

use super::body;
use super::calls::{gone, refused};
use super::convert::{self, number, same, values};
use super::creation;
use super::shelf::{Shelf, read_product};

pub(super) async fn add(shelf: &Shelf, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
    let missing = || WriteError::NotApplied(gone(known.title.to_string()));
    let id = number(&known.remote).ok_or_else(missing)?;
    // With everything: its options are sent back whole, with what of them is not known here.
    let raw = shelf.raw_product(id, None).await.map_err(WriteError::NotApplied)?.ok_or_else(missing)?;
    let product = read_product(&raw).map_err(refused)?;
    if product.combinations.is_empty() {
        return Err(refused("it is a single product in E-Series; give it options and a combination there first"));
    }
    let options = convert::options(&product);
    let facts = shelf.facts_now().await.map_err(WriteError::NotApplied)?;
    let label = |values: &[OptionValue]| values.iter().map(|value| value.value.to_lowercase()).collect::<Vec<_>>();
    let mut there: BTreeSet<Vec<String>> =
        product.combinations.iter().map(|own| label(&values(&options, &own.options))).collect();
    let mut bodies = Vec::new();
    let mut wanted: Vec<OptionValue> = Vec::new();
    for variant in variants {
        let own = in_order(&options, variant).map_err(refused)?;
        if !there.insert(label(&own)) {
            continue;
        }
        let variant = Variant { options: own.clone(), ..variant.clone() };
        bodies.push(body::addition(&variant, &facts).map_err(refused)?);
        wanted.extend(own);
    }
    let mut begun = false;
    if let Some(extended) = extended(&raw, &wanted) {
        // Said aloud, so that those that are there stay as they are.
        let request = shelf.calls.put(&format!("/products/{id}"), json!({ "options": extended }));
        shelf.calls.write(request.query("rebuildVariationsOnOptionsUpdate", false)).await?;
        begun = true;
    }
    if !bodies.is_empty() {
        let count = bodies.len();
        let made = creation::make(shelf, &format!("/products/{id}/combinations"), bodies).await;
        // Of several some may be there.
        made.map_err(|why| why.after(begun || count > 1))?;
        begun = true;
    }
    let now = match shelf.product(id).await {
        Ok(Some(now)) => shelf.listing_of(&now).await,
        Ok(None) => Err(gone(known.title.to_string())),
        Err(why) => Err(why),
    };
    let listing = now.and_then(|listing| listing.map_err(|why| shelf.calls.unexpected(&why)));
    listing.map_err(|why| WriteError::NotApplied(why).after(begun))
}

/// A variant's values in the order of the product's options.
fn in_order(options: &[Text], variant: &Variant) -> Result<Vec<OptionValue>, String> {
    let unknown = variant.options.iter().find(|value| !options.iter().any(|option| same(option, &value.option)));
    if let Some(value) = unknown {
        return Err(format!("the product has no option {} in E-Series; add it there first", value.option));
    }
    let value = |option: &Text| {
        let own = variant.options.iter().find(|value| same(&value.option, option));
        let own = own.ok_or_else(|| format!("a variant has no {option}, by which the product tells them apart"))?;
        Ok(OptionValue { option: option.clone(), value: own.value.clone() })
    };
    options.iter().map(value).collect()
}

/// The product's options as they are, with the values that they lack; `None` if they lack none.
fn extended(raw: &Value, wanted: &[OptionValue]) -> Option<Value> {
    let mut options = raw.get("options")?.clone();
    let mut changed = false;
    for option in options.as_array_mut()? {
        let name = option.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        for value in wanted.iter().filter(|value| same(&value.option, &name)) {
            let choices = option.as_object_mut()?.entry("choices").or_insert_with(|| json!([])).as_array_mut()?;
            let text = |choice: &Value| choice.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
            if !choices.iter().any(|choice| same(&text(choice), &value.value)) {
                choices.push(body::choice(&value.value));
                changed = true;
            }
        }
    }
    changed.then_some(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_keep_what_is_not_known_here_and_get_what_they_lack() {
        let raw = json!({"options": [
            {"type": "RADIO", "name": "Colour", "tooltip": "kept", "choices": [{"text": "Red", "priceModifier": 2}]}
        ]});
        let value = |value: &str| OptionValue { option: "colour".into(), value: value.into() };
        assert_eq!(extended(&raw, &[value("red")]), None);
        let more = extended(&raw, &[value("Green"), value("green")]).unwrap();
        assert_eq!(more[0]["tooltip"], "kept");
        assert_eq!(more[0]["choices"][0], json!({"text": "Red", "priceModifier": 2}));
        assert_eq!(more[0]["choices"].as_array().unwrap().len(), 2);
    }
}
