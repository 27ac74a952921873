//! Products into listings. Pure.

use std::collections::BTreeMap;

use crate::domain::{
    Currency, Listing, LocationId, Money, OptionValue, Quantity, RemoteId, Status, Stock, Structure, Text, Units,
    Variant, plain,
};

use super::measures::{compare_at, price};
use super::wire::{Attribute, Chosen, Combination, Media, Product, Scalar, moment};

/// What all listings of a shop share.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub currency: Currency,
    pub units: Units,
    pub location: LocationId,
}

/// Names of categories by their numbers.
pub(super) type Categories = BTreeMap<u64, Text>;

/// What stands in a combination that leaves an option open: it is for every value of it.
const ANY: &str = "any";
pub(super) const UPC: &str = "UPC";
pub(super) const BRAND: &str = "BRAND";

/// The error is a plain sentence about this one product.
pub(super) fn listing(product: &Product, facts: &Facts, categories: &Categories) -> Result<Listing, String> {
    let remote = remote(&product.id)?;
    let title = Text::new(product.name.text().ok_or("it has no name")?);
    let (structure, variants) = match product.combinations.is_empty() {
        true => (Structure::Simple, vec![simple(product, &remote, facts)]),
        false => combined(product, facts)?,
    };
    Ok(Listing {
        remote,
        title,
        description: plain(product.description.text().unwrap_or_default()),
        brand: attribute(&product.attributes, BRAND),
        category: category(product).and_then(|id| categories.get(&id).cloned()),
        status: if product.enabled.is(false) { Status::Draft } else { Status::Active },
        structure,
        variants,
        images: images(&product.media),
        page: product.url.text().filter(|url| url.starts_with("http")).map(str::to_owned),
        updated_at: moment(&product.update_timestamp, &product.updated),
    })
}

fn simple(product: &Product, remote: &RemoteId, facts: &Facts) -> Variant {
    Variant {
        remote: remote.clone(),
        inventory: None,
        options: Vec::new(),
        sku: product.sku.text().and_then(Text::some),
        barcode: attribute(&product.attributes, UPC),
        price: price(&product.price, facts.currency),
        compare_at: compare_at(&product.compare_to_price, facts.currency),
        weight: facts.units.weight(product.weight.text()),
        dimensions: facts.units.dimensions(product.dimensions.all()),
        stock: stock(&product.unlimited, &product.quantity, &product.location_inventory, &facts.location),
    }
}

fn combined(product: &Product, facts: &Facts) -> Result<(Structure, Vec<Variant>), String> {
    if product.combinations.len() > Listing::MOST_VARIANTS {
        return Err(format!("it has {} variants", product.combinations.len()));
    }
    let options = options(product);
    let mut variants = Vec::with_capacity(product.combinations.len());
    for combination in &product.combinations {
        variants.push(Variant {
            remote: remote(&combination.id).map_err(|_| "one of its combinations has no usable id")?,
            inventory: None,
            options: values(&options, &combination.options),
            // A number or barcode that it has from its product would make all of them look like one article.
            sku: combination.sku.text().and_then(Text::some),
            barcode: attribute(&combination.attributes, UPC),
            price: match combination.price.text() {
                Some(_) => price(&combination.price, facts.currency),
                None => inherited_price(product, combination, facts),
            },
            compare_at: match combination.compare_to_price.text() {
                Some(_) => compare_at(&combination.compare_to_price, facts.currency),
                None => compare_at(&product.compare_to_price, facts.currency),
            },
            weight: match combination.weight.text() {
                Some(_) => facts.units.weight(combination.weight.text()),
                None => facts.units.weight(product.weight.text()),
            },
            dimensions: match combination.dimensions.length.text() {
                Some(_) => facts.units.dimensions(combination.dimensions.all()),
                None => facts.units.dimensions(product.dimensions.all()),
            },
            stock: stock(
                &combination.unlimited,
                &combination.quantity,
                &combination.location_inventory,
                &facts.location,
            ),
        });
    }
    Ok((Structure::Variable { options }, variants))
}

/// The options that combinations are made of, in the product's order. Others (texts, extras) make no variants.
pub(super) fn options(product: &Product) -> Vec<Text> {
    let chosen = || product.combinations.iter().flat_map(|combination| &combination.options);
    let mut used: Vec<Text> = Vec::new();
    let declared = product.options.iter().map(|option| &option.name);
    for name in declared.chain(chosen().map(|chosen| &chosen.name)).filter_map(Scalar::text) {
        let is_used = chosen().any(|chosen| chosen.name.text().is_some_and(|known| same(known, name)));
        if is_used && !used.iter().any(|known| same(known, name)) {
            used.push(Text::new(name));
        }
    }
    used
}

pub(super) fn values(options: &[Text], chosen: &[Chosen]) -> Vec<OptionValue> {
    let value = |option: &Text| {
        let its = chosen.iter().find(|chosen| chosen.name.text().is_some_and(|name| same(name, option)));
        let value = its.and_then(|chosen| chosen.value.text()).unwrap_or(ANY);
        OptionValue { option: option.clone(), value: Text::new(value) }
    };
    options.iter().map(value).collect()
}

/// The product's, with what its choices add. A surcharge in per cent is left to the shop: how it rounds is not told.
fn inherited_price(product: &Product, combination: &Combination, facts: &Facts) -> Option<Money> {
    let mut total = price(&product.price, facts.currency)?;
    let are_same =
        |one: &Scalar, other: &Scalar| one.text().zip(other.text()).is_some_and(|(one, other)| same(one, other));
    for chosen in &combination.options {
        let option = product.options.iter().find(|option| are_same(&option.name, &chosen.name));
        let choice = option.and_then(|all| all.choices.iter().find(|choice| are_same(&choice.text, &chosen.value)));
        let Some(choice) = choice else { continue };
        let extra = match choice.price_modifier.text() {
            Some(_) => price(&choice.price_modifier, facts.currency)?,
            None => continue,
        };
        if extra.minor != 0 && choice.price_modifier_type.text() == Some("PERCENT") {
            return None;
        }
        total.minor = total.minor.checked_add(extra.minor)?;
    }
    Some(total)
}

/// Unlimited is not counted. Where only the outlets' counts are told, the sum is what customers can buy.
pub(super) fn stock(
    unlimited: &Scalar,
    quantity: &Scalar,
    outlets: &BTreeMap<String, Scalar>,
    location: &LocationId,
) -> Stock {
    if unlimited.is(true) {
        return Stock::Untracked;
    }
    let read = |raw: &Scalar| raw.text().and_then(|raw| raw.parse::<Quantity>().ok());
    let counted = match quantity.text() {
        Some(_) => read(quantity),
        None if outlets.is_empty() => None,
        None => outlets.values().map(read).collect::<Option<Vec<_>>>().map(Quantity::sum),
    };
    match counted {
        Some(count) => Stock::Tracked(BTreeMap::from([(location.clone(), count)])),
        None => Stock::Unknown,
    }
}

pub(super) fn attribute(attributes: &[Attribute], kind: &str) -> Option<Text> {
    let its = attributes.iter().find(|attribute| attribute.kind.text() == Some(kind));
    its.and_then(|attribute| attribute.value.text()).and_then(Text::some)
}

/// The one that a product is shown in: the default one, else the first.
pub(super) fn category(product: &Product) -> Option<u64> {
    product.default_category_id.number().or_else(|| product.category_ids.iter().find_map(Scalar::number))
}

/// Addresses, the main picture first.
pub(super) fn images(media: &Media) -> Vec<String> {
    let mut images: Vec<_> = media.images.iter().collect();
    images.sort_by_key(|image| (!image.is_main.is(true), image.order_by.whole().unwrap_or(i64::MAX)));
    let address = |image: &super::wire::Image| image.original.text().or(image.large.text()).map(str::to_owned);
    images.into_iter().filter_map(address).collect()
}

pub(super) fn remote(id: &Scalar) -> Result<RemoteId, String> {
    id.number().ok_or_else(|| "it has no usable id".to_owned()).and_then(|id| RemoteId::new(id.to_string()))
}

pub(super) fn number(id: &RemoteId) -> Option<u64> {
    id.as_str().parse().ok().filter(|number| *number > 0)
}

/// Names of options and values, whatever their case.
pub(super) fn same(one: &str, other: &str) -> bool {
    Text::new(one).to_lowercase() == Text::new(other).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn facts() -> Facts {
        Facts {
            currency: Currency::new("EUR").unwrap(),
            units: crate::connectors::e_series::measures::units(Some("KILOGRAM"), Some("CM")),
            location: LocationId(RemoteId::new("shop").unwrap()),
        }
    }

    fn read(product: Value) -> Result<Listing, String> {
        listing(&serde_json::from_value(product).unwrap(), &facts(), &Categories::new())
    }

    fn shirt() -> Value {
        json!({
            "id": 7, "name": "Shirt", "enabled": true, "price": 20, "weight": 0.5, "unlimited": true,
            "options": [
                {"name": "Engraving", "choices": []},
                {"name": "Colour", "choices": [
                    {"text": "Red", "priceModifier": 0.5, "priceModifierType": "ABSOLUTE"},
                    {"text": "Blue", "priceModifier": 10, "priceModifierType": "PERCENT"}
                ]},
                {"name": "Size", "choices": [{"text": "S"}, {"text": "M"}]}
            ],
            "combinations": [
                {"id": 71, "options": [{"name": "Size", "value": "S"}, {"name": "Colour", "value": "Red"}], "quantity": 3},
                {"id": 72, "options": [{"name": "colour", "value": "Blue"}], "unlimited": true},
                {"id": 73, "options": [{"name": "Colour", "value": "Blue"}], "price": 25, "weight": 0.7, "sku": "X"}
            ]
        })
    }

    #[test]
    fn a_combination_has_what_it_leaves_out_from_its_product() {
        let shirt = read(shirt()).unwrap();
        assert_eq!(shirt.structure, Structure::Variable { options: vec!["Colour".into(), "Size".into()] });
        let labels: Vec<String> = shirt.variants.iter().map(Variant::option_label).collect();
        assert_eq!(labels, ["Red / S", "Blue / any", "Blue / any"]);
        let price = |place: usize| shirt.variants[place].price.map(|price| price.minor);
        assert_eq!((price(0), price(1), price(2)), (Some(2050), None, Some(2500)));
        let grams = |place: usize| shirt.variants[place].weight.unwrap().to_string();
        assert_eq!((grams(0), grams(2)), ("500 g".to_owned(), "700 g".to_owned()));
    }

    #[test]
    fn unlimited_is_not_counted_and_no_count_is_unknown() {
        let shirt = read(shirt()).unwrap();
        assert_eq!(shirt.variants[0].stock.total(|_| true), Some(Quantity::units(3)));
        assert_eq!(shirt.variants[1].stock, Stock::Untracked);
        assert_eq!(shirt.variants[2].stock, Stock::Unknown);
        let outlets = json!({"id": 1, "name": "Tea", "unlimited": false, "locationInventory": {"a": 2, "b": 5}});
        assert_eq!(read(outlets).unwrap().variants[0].stock.total(|_| true), Some(Quantity::units(7)));
        let both = json!({"id": 1, "name": "Tea", "quantity": 6, "locationInventory": {"a": 2, "b": 5}});
        assert_eq!(read(both).unwrap().variants[0].stock.total(|_| true), Some(Quantity::units(6)));
    }

    #[test]
    fn markup_attributes_and_pictures_become_what_they_mean() {
        let mug = read(json!({
            "id": 1, "name": "Mug", "enabled": false, "description": "<p>5 &lt; 6</p>",
            "attributes": [{"type": "UPC", "value": "4006"}, {"type": "BRAND", "value": " "}],
            "media": {"images": [
                {"isMain": false, "orderBy": 2, "imageOriginalUrl": "https://x/2"},
                {"isMain": true, "orderBy": 9, "imageOriginalUrl": "https://x/1"}
            ]},
            "dimensions": {"length": 30, "width": 20, "height": 4.5}
        }))
        .unwrap();
        assert_eq!((mug.description.as_str(), mug.status), ("5 < 6", Status::Draft));
        assert_eq!((mug.variants[0].barcode.as_deref(), mug.brand), (Some("4006"), None));
        assert_eq!(mug.images, ["https://x/1", "https://x/2"]);
        assert_eq!(mug.variants[0].dimensions.unwrap().to_string(), "30 × 20 × 4.5 cm");
    }
}
