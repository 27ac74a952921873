//! V3's products as listings.
//!
//! Decided here: what is indispensable (an identifier, a variant), and what an unknown count is (never 0): a place
//! without an inventory item has no known count, and one that is only "in stock" is not counted.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    Currency, Listing, OptionValue, Quantity, RemoteId, Status, Stock, Structure, Text, Variant, plain,
};

use super::super::measures::{money, weight_unit};
use super::super::shop::location_id;
use super::super::wire::{only_variant, variant_remote};
use super::wire::{InventoryItem, OptionChoice, Product, Variant as Wire};

/// Counts by product and variant.
pub(super) type Items = HashMap<(String, String), Vec<InventoryItem>>;

pub(super) fn items_of(items: Vec<InventoryItem>) -> Items {
    let mut found = Items::new();
    for item in items {
        if let (Some(product), Some(variant)) = (item.product_id.text(), item.variant_id.text()) {
            found.entry((product.to_owned(), variant.to_owned())).or_default().push(item);
        }
    }
    found
}

/// The error is a plain sentence about this one product.
pub(super) fn listing(
    product: &Product,
    variants: &[Wire],
    items: &Items,
    currency: Currency,
) -> Result<Listing, String> {
    let id = product.id.text().ok_or("it has no usable identifier")?;
    if variants.len() > Listing::MOST_VARIANTS {
        let (has, most) = (variants.len(), Listing::MOST_VARIANTS);
        return Err(format!("it has {has} variants, more than the {most} that can be handled"));
    }
    if variants.is_empty() {
        return Err("it has no variant, so there is nothing to sell or count".to_owned());
    }
    let options: Vec<Text> = product.options.iter().map(|option| option.name.clean().unwrap_or_default()).collect();
    let unit = weight_unit(&product.physical_properties.weight_measurement_unit_info.weight_measurement_unit);
    let convert = |wire: &Wire| {
        let own = wire.own_id().ok_or("one of its variants has no usable identifier")?;
        let counts = items.get(&(id.to_owned(), own.to_owned())).map(Vec::as_slice).unwrap_or_default();
        Ok::<_, String>(Variant {
            remote: variant_remote(id, own)?,
            inventory: if options.is_empty() { Some(only_variant(id)?) } else { None },
            options: options
                .iter()
                .enumerate()
                .map(|(place, option)| OptionValue { option: option.clone(), value: value(product, wire, place) })
                .collect(),
            sku: wire.sku.clean(),
            barcode: wire.barcode.clean(),
            price: money(&wire.price.actual_price.amount, currency),
            compare_at: money(&wire.price.compare_at_price.amount, currency).filter(|price| price.minor > 0),
            weight: unit.and_then(|unit| unit.read(wire.physical_properties.weight.text()?)),
            // The list of variants has none.
            dimensions: None,
            stock: stock(counts)?,
        })
    };
    let structure = match options.is_empty() {
        true => Structure::Simple,
        false => Structure::Variable { options: options.clone() },
    };
    // A product without options has exactly one.
    let used = if structure.is_variable() { variants } else { variants.get(..1).unwrap_or_default() };
    let variants = used.iter().map(convert).collect::<Result<Vec<_>, String>>()?;
    let addresses = product.media.items_info.items.iter().filter_map(|item| item.address());
    Ok(Listing {
        remote: RemoteId::new(id)?,
        title: Text::new(product.name.text().unwrap_or_default()),
        description: plain(product.plain_description.text().unwrap_or_default()),
        brand: product.brand.name.clean(),
        category: None,
        status: if product.visible.yes() { Status::Active } else { Status::Draft },
        structure,
        variants,
        images: addresses.filter(|address| address.starts_with("http")).map(str::to_owned).collect(),
        page: product.url.url.text().filter(|page| page.starts_with("http")).map(str::to_owned),
        updated_at: product.updated_date.time(),
    })
}

/// What a variant chose of an option: by name where names were told, else by the option's own list.
fn value(product: &Product, wire: &Wire, place: usize) -> Text {
    let Some(option) = product.options.get(place) else { return Text::default() };
    let is_it = |choice: &&OptionChoice| {
        let by_id = choice.option_choice_ids.option_id.text().filter(|id| Some(*id) == option.id.text());
        let by_name = choice.option_choice_names.option_name.text().filter(|name| Some(*name) == option.name.text());
        by_id.or(by_name).is_some()
    };
    let Some(choice) = wire.choices.iter().find(is_it) else { return Text::default() };
    let listed = option.choices_settings.choices.iter();
    let chosen = choice.option_choice_ids.choice_id.text();
    let mut listed = listed.filter(|known| chosen.is_some() && known.choice_id.text() == chosen);
    // The product's own spelling is newer than that of the list of variants.
    let name = listed.next().and_then(|known| known.name.clean());
    name.or_else(|| choice.option_choice_names.choice_name.clean()).unwrap_or_default()
}

fn stock(items: &[InventoryItem]) -> Result<Stock, String> {
    let mut levels = BTreeMap::new();
    for item in items {
        if let (Some(place), Some(level)) = (item.location_id.text(), item.level()) {
            levels.insert(location_id(place)?, Quantity::units(level));
        }
    }
    Ok(match levels.is_empty() {
        false => Stock::Tracked(levels),
        true if !items.is_empty() && items.iter().all(InventoryItem::is_untracked) => Stock::Untracked,
        true => Stock::Unknown,
    })
}

/// The option values in lower case, by which variants are told apart.
pub(super) fn label_key<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    values.into_iter().map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn euro() -> Currency {
        Currency::new("EUR").unwrap()
    }

    fn read(product: Value, variants: Value, items: Value) -> Listing {
        let product: Product = serde_json::from_value(product).unwrap();
        let variants: Vec<Wire> = serde_json::from_value(variants).unwrap();
        listing(&product, &variants, &items_of(serde_json::from_value(items).unwrap()), euro()).unwrap()
    }

    #[test]
    fn what_is_only_in_stock_is_not_counted_and_nothing_is_no_zero() {
        let stock = |items: Value| {
            let found = read(json!({"id": "p", "name": "Mug", "visible": true}), json!([{"id": "v"}]), items);
            found.variants[0].stock.clone()
        };
        let item = |rest: Value| {
            let mut item = json!({"productId": "p", "variantId": "v", "locationId": "here"});
            item.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            item
        };
        assert_eq!(stock(json!([])), Stock::Unknown);
        assert_eq!(stock(json!([item(json!({"inStock": true, "trackQuantity": false}))])), Stock::Untracked);
        assert_eq!(stock(json!([item(json!({"trackQuantity": true, "quantity": null}))])), Stock::Unknown);
        let counted = stock(json!([item(json!({"quantity": -2, "trackQuantity": true}))]));
        assert_eq!(counted.total(|_| true), Some(Quantity::units(-2)), "an oversold article");
    }

    #[test]
    fn both_forms_of_variants_are_read() {
        let options = json!([{"id": "o1", "name": "Colour", "choicesSettings": {"choices": [{"choiceId": "c1", "name": "Red"}]}}]);
        let product = json!({"id": "p", "name": "Tee", "visible": false, "options": options,
            "physicalProperties": {"weightMeasurementUnitInfo": {"weightMeasurementUnit": "KG"}}});
        let ids = json!({"optionId": "o1", "choiceId": "c1"});
        let price = json!({"actualPrice": {"amount": "19.9"}, "compareAtPrice": {"amount": "25.000"}});
        let own = json!([{"id": "v", "choices": [{"optionChoiceIds": ids}], "price": price, "physicalProperties": {"weight": 0.35}}]);
        let listed = json!([{"id": "old", "variantId": "v", "optionChoices": [{"optionChoiceNames": {"optionName": "Colour", "choiceName": "Red"}}],
            "price": price, "physicalProperties": {"weight": 0.35}}]);
        let (one, other) = (read(product.clone(), own, json!([])), read(product, listed, json!([])));
        assert_eq!(one, other);
        let variant = &one.variants[0];
        assert_eq!((variant.remote.as_str(), variant.option_label().as_str()), ("p.v", "Red"));
        assert_eq!(variant.compare_at.map(|price| price.minor), Some(2500));
        assert_eq!((one.status, variant.weight), (Status::Draft, Some(crate::domain::Weight::grams(350))));
    }
}
