//! From Shopify's words to ours and back. Pure.
//!
//! Left out, with a sentence: gift cards (Shopify issues their codes itself) and bundles (their stock follows from
//! their parts; a write is refused as `NON_MUTABLE_INVENTORY_ITEM`). A product without options has one dummy option
//! `Title` = `Default Title` there (`hasOnlyDefaultVariant`); here it is simple.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{
    Creation, Currency, Listing, Location, LocationId, Money, OptionValue, Quantity, RemoteId, Status, Stock,
    Structure, Text, Timestamp, Variant, Weight, plain,
};

use super::documents::MOST_ITEMS;
use super::wire;

pub(super) const MARK_NAMESPACE: &str = "counterpart";
pub(super) const MARK_KEY: &str = "mark";

/// What the connection says about how answers are to be read.
pub(super) struct Reading<'a> {
    pub currency: Currency,
    /// In the order of the levels `at0`, `at1`, …
    pub locations: &'a [LocationId],
}

/// The listing, or why it cannot be one. `variants` are all of them, in any order.
pub(super) fn listing(
    product: &wire::Product,
    mut variants: Vec<wire::Variant>,
    reading: &Reading,
) -> Result<Listing, String> {
    if product.is_gift_card {
        return Err("it is a gift card: Shopify issues the codes itself, there is no stock to keep in step".to_owned());
    }
    if variants.iter().any(|variant| variant.requires_components) {
        return Err("it is a bundle: its stock follows from its parts, link those instead".to_owned());
    }
    if variants.is_empty() {
        return Err("Shopify shows no variant of it; open it in Shopify and save it again".to_owned());
    }
    if variants.len() > Listing::MOST_VARIANTS {
        return Err(format!("it has {} variants, the most are {}", variants.len(), Listing::MOST_VARIANTS));
    }
    variants.sort_by(|a, b| (a.position, &a.id).cmp(&(b.position, &b.id)));
    let structure = if product.has_only_default_variant {
        Structure::Simple
    } else {
        let options = variants.first().map(|first| &first.selected_options[..]).unwrap_or_default();
        Structure::Variable { options: options.iter().map(|option| Text::new(&option.name)).collect() }
    };
    let variable = structure.is_variable();
    let variants = variants.into_iter().map(|raw| variant(raw, variable, reading)).collect::<Result<Vec<_>, _>>()?;
    Ok(Listing {
        remote: RemoteId::new(product.id.as_str())?,
        title: Text::new(&product.title),
        description: plain(&product.description_html),
        brand: Text::some(&product.vendor),
        category: Text::some(&product.product_type),
        status: status(&product.status)?,
        structure,
        variants,
        images: product.media.nodes.iter().filter_map(|p| p.image.as_ref()).map(|image| image.url.clone()).collect(),
        page: product.online_store_url.clone(),
        updated_at: Timestamp::parse(&product.updated_at),
    })
}

fn variant(raw: wire::Variant, variable: bool, reading: &Reading) -> Result<Variant, String> {
    let money = |raw: Option<&str>, what: &str| {
        raw.map(|raw| Money::parse(raw, reading.currency).map_err(|why| format!("its {what} is {why}"))).transpose()
    };
    let price = money(raw.price.as_deref(), "price")?;
    let compare_at = money(raw.compare_at_price.as_deref(), "compare-at price")?;
    let weighed = raw.inventory_item.measurement.as_ref().and_then(|measurement| measurement.weight.as_ref());
    let options = if variable {
        let options = raw.selected_options.iter();
        options.map(|o| OptionValue { option: Text::new(&o.name), value: Text::new(&o.value) }).collect()
    } else {
        Vec::new()
    };
    Ok(Variant {
        remote: RemoteId::new(raw.id)?,
        inventory: Some(RemoteId::new(raw.inventory_item.id.as_str())?),
        options,
        sku: raw.sku.as_deref().and_then(Text::some),
        barcode: raw.barcode.as_deref().and_then(Text::some),
        price,
        compare_at,
        weight: weighed.map(weight).transpose()?.flatten(),
        // Shopify keeps no size.
        dimensions: None,
        stock: stock(&raw.inventory_item, reading.locations)?,
    })
}

/// Nothing is no weight: it is what Shopify shows where none was ever given.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked to be in range before the cast
fn weight(raw: &wire::WireWeight) -> Result<Option<Weight>, String> {
    let milligrams = match raw.unit.as_str() {
        "GRAMS" => 1_000.0,
        "KILOGRAMS" => 1_000_000.0,
        "OUNCES" => 28_349.523_125,
        "POUNDS" => 453_592.37,
        other => return Err(format!("its weight is in {other}, which is not known")),
    };
    let weight = (raw.value * milligrams).round();
    if !(0.0..1e15).contains(&weight) {
        return Err(format!("its weight of {} is none", raw.value));
    }
    Ok(Some(Weight(weight as u64)).filter(|weight| weight.0 > 0))
}

/// `WeightInput`. In grams: Shopify wants a unit, and which one the shop likes better we do not keep.
#[allow(clippy::cast_precision_loss)] // milligrams of anything that can be shipped fit
pub(super) fn weight_input(weight: Option<Weight>) -> Value {
    let grams = weight.map_or(0, |weight| weight.0) as f64 / 1000.0;
    json!({ "value": grams, "unit": "GRAMS" })
}

/// Text as markup: nothing in it is taken for a tag.
pub(super) fn markup(text: &Text) -> String {
    html_escape::encode_text(text.as_str()).into_owned()
}

/// The word for a status.
pub(super) const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Active => "ACTIVE",
        Status::Draft => "DRAFT",
        Status::Archived => "ARCHIVED",
    }
}

/// A location where the item is not stocked is not in the map: it has no count, which is not 0.
fn stock(item: &wire::Item, locations: &[LocationId]) -> Result<Stock, String> {
    if !item.tracked {
        return Ok(Stock::Untracked);
    }
    let mut levels = BTreeMap::new();
    for (place, location) in locations.iter().enumerate() {
        let Some(level) = item.levels.get(&format!("at{place}")).filter(|level| !level.is_null()) else { continue };
        let level = serde_json::from_value::<wire::Level>(level.clone())
            .map_err(|_| format!("its stock at {location} is not readable"))?;
        if let Some(available) = level.available() {
            levels.insert(location.clone(), Quantity::units(available));
        }
    }
    Ok(Stock::Tracked(levels))
}

/// `UNLISTED` (since 2025-10) can be bought by whoever has the address, so it is active.
fn status(raw: &str) -> Result<Status, String> {
    match raw {
        "ACTIVE" | "UNLISTED" => Ok(Status::Active),
        "DRAFT" => Ok(Status::Draft),
        "ARCHIVED" => Ok(Status::Archived),
        other => Err(format!("its status {other:?} is not known")),
    }
}

/// The identifier of a product by our mark, for `productSet` and `productByIdentifier`.
pub(super) fn mark_identifier(creation: &Creation) -> Value {
    json!({ "customId": { "namespace": MARK_NAMESPACE, "key": MARK_KEY, "value": creation.mark.0 } })
}

/// The unique metafield that carries the mark. Unique values come with the type `id`
/// (Shopify, "Working with custom IDs").
pub(super) fn mark_definition() -> Value {
    json!({
        "name": "Counterpart",
        "description": "Written by counterpart when it copies a product here, so that no copy is made twice",
        "namespace": MARK_NAMESPACE,
        "key": MARK_KEY,
        "ownerType": "PRODUCT",
        "type": "id",
    })
}

/// The input of `productSet` for a new product. Both lists, options and variants, are given: one without the other is
/// refused there.
pub(super) fn product_set(creation: &Creation, source: &Listing, location: &Location) -> Result<Value, String> {
    let options = match &source.structure {
        Structure::Simple => json!([{ "name": "Title", "values": [{ "name": "Default Title" }] }]),
        Structure::Variable { options } => product_options(options, source),
    };
    let variants = source.variants.iter().enumerate().map(|(position, variant)| {
        let quantity = creation.quantities.get(position).copied().flatten();
        variant_set(position, variant, quantity, location)
    });
    let variants = variants.collect::<Result<Vec<_>, _>>()?;
    let mut input = json!({
        "title": source.title.as_str(),
        "descriptionHtml": markup(&source.description),
        "status": status_word(if creation.draft { Status::Draft } else { Status::Active }),
        "productOptions": options,
        "variants": variants,
        "metafields": [
            { "namespace": MARK_NAMESPACE, "key": MARK_KEY, "type": "id", "value": creation.mark.0 }
        ],
    });
    if let Some(brand) = &source.brand {
        input["vendor"] = json!(brand.as_str());
    }
    if let Some(category) = &source.category {
        input["productType"] = json!(category.as_str());
    }
    let files: Vec<Value> =
        fetchable(&source.images).map(|url| json!({ "originalSource": url, "contentType": "IMAGE" })).collect();
    if !files.is_empty() {
        input["files"] = Value::Array(files);
    }
    Ok(input)
}

/// Each option with its values in the order in which the variants bring them.
fn product_options(options: &[Text], source: &Listing) -> Value {
    let each = options.iter().enumerate().map(|(place, name)| {
        let mut values: Vec<&str> = Vec::new();
        let mut known = std::collections::BTreeSet::new();
        for value in source.variants.iter().filter_map(|variant| variant.options.get(place)) {
            if known.insert(value.value.as_str()) {
                values.push(value.value.as_str());
            }
        }
        let values: Vec<Value> = values.into_iter().map(|name| json!({ "name": name })).collect();
        json!({ "name": name.as_str(), "position": place + 1, "values": values })
    });
    each.collect()
}

fn variant_set(
    position: usize,
    variant: &Variant,
    quantity: Option<Quantity>,
    location: &Location,
) -> Result<Value, String> {
    let Some(price) = variant.price else {
        return Err("a product without a price would be for free there; give it a price first".to_owned());
    };
    let values: Vec<Value> = if variant.options.is_empty() {
        vec![json!({ "optionName": "Title", "name": "Default Title" })]
    } else {
        let options = variant.options.iter();
        options.map(|o| json!({ "optionName": o.option.as_str(), "name": o.value.as_str() })).collect()
    };
    let mut input = json!({
        "position": position + 1,
        "optionValues": values,
        "price": price.amount(),
        "inventoryItem": { "tracked": quantity.is_some() },
    });
    if let Some(sku) = &variant.sku {
        input["sku"] = json!(sku.as_str());
    }
    if let Some(barcode) = &variant.barcode {
        input["barcode"] = json!(barcode.as_str());
    }
    if let Some(before) = variant.compare_at {
        input["compareAtPrice"] = json!(before.amount());
    }
    if variant.weight.is_some() {
        input["inventoryItem"]["measurement"] = json!({ "weight": weight_input(variant.weight) });
    }
    if let Some(quantity) = quantity {
        let pieces = whole(quantity)?;
        if pieces < 0 {
            return Err(format!("a new product cannot start with {pieces} pieces; correct the count first"));
        }
        input["inventoryQuantities"] =
            json!([{ "locationId": location.id.0.as_str(), "name": "available", "quantity": pieces }]);
    }
    Ok(input)
}

/// The pictures that Shopify can fetch by itself, as many as a list of inputs may hold.
fn fetchable(images: &[String]) -> impl Iterator<Item = &String> {
    images.iter().filter(|url| url.starts_with("https://") || url.starts_with("http://")).take(MOST_ITEMS as usize)
}

/// Shopify counts whole pieces.
pub(super) fn whole(quantity: Quantity) -> Result<i32, String> {
    let pieces = quantity.whole().ok_or_else(|| format!("{quantity} is not a whole number, Shopify counts pieces"))?;
    i32::try_from(pieces).map_err(|_| format!("{quantity} is more than Shopify can count"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(locations: &[LocationId]) -> Reading<'_> {
        Reading { currency: Currency::new("EUR").unwrap(), locations }
    }

    fn product(raw: Value) -> wire::Product {
        let mut whole = json!({
            "id": "gid://shopify/Product/1", "title": "Tea \u{202e}pot", "descriptionHtml": "<p>Tea &amp; more</p>",
            "vendor": " ", "productType": "Kitchen", "status": "UNLISTED", "updatedAt": "2026-11-21T19:00:00Z",
            "isGiftCard": false, "hasOnlyDefaultVariant": true, "onlineStoreUrl": null,
            "variantsCount": { "count": 1 },
            "media": { "nodes": [{}, { "image": { "url": "https://cdn.example/1.png" } }, { "image": null }] },
            "variants": { "nodes": [variant_json(1, json!({}))] }
        });
        for (name, value) in raw.as_object().unwrap() {
            whole[name] = value.clone();
        }
        serde_json::from_value(whole).unwrap()
    }

    fn variant_json(position: u64, raw: Value) -> Value {
        let mut whole = json!({
            "id": format!("gid://shopify/ProductVariant/{position}"), "position": position, "sku": " ", "barcode": null,
            "price": "12.50", "requiresComponents": false,
            "selectedOptions": [{ "name": "Title", "value": "Default Title" }],
            "inventoryItem": { "id": format!("gid://shopify/InventoryItem/4{position}"), "tracked": true,
                "at0": { "quantities": [{ "quantity": -2 }] }, "at1": null }
        });
        for (name, value) in raw.as_object().unwrap() {
            whole[name] = value.clone();
        }
        whole
    }

    fn locations() -> Vec<LocationId> {
        ["a", "b"].map(|name| LocationId(RemoteId::new(name).unwrap())).to_vec()
    }

    #[test]
    fn the_dummy_option_makes_a_simple_listing() {
        let raw = product(json!({}));
        let places = locations();
        let listing = listing(&raw, raw.variants.nodes.clone(), &reading(&places)).unwrap();
        assert_eq!(listing.structure, Structure::Simple);
        assert!(listing.variants[0].options.is_empty());
        assert_eq!((&*listing.title, &*listing.description), ("Tea pot", "Tea & more"));
        assert_eq!((listing.brand, listing.status), (None, Status::Active));
        assert_eq!(listing.images, ["https://cdn.example/1.png"]);
        let variant = &listing.variants[0];
        assert_eq!(variant.inventory.as_ref().unwrap().as_str(), "gid://shopify/InventoryItem/41");
        assert_eq!((variant.sku.clone(), variant.price.unwrap().minor), (None, 1250));
        // Oversold at one, not stocked at the other.
        assert_eq!(variant.stock, Stock::Tracked(BTreeMap::from([(places[0].clone(), Quantity::units(-2))])));
    }

    #[test]
    fn variants_come_in_their_own_order_and_keep_their_options() {
        let options = json!([{ "name": "Colour", "value": "Red" }, { "name": "Size", "value": "13" }]);
        let second =
            variant_json(2, json!({ "selectedOptions": options, "inventoryItem": { "id": "i", "tracked": false } }));
        let first = variant_json(1, json!({ "selectedOptions": options }));
        let raw = product(json!({ "hasOnlyDefaultVariant": false }));
        let variants = [second, first].map(|v| serde_json::from_value(v).unwrap()).to_vec();
        let listing = listing(&raw, variants, &reading(&[])).unwrap();
        assert_eq!(listing.structure, Structure::Variable { options: vec!["Colour".into(), "Size".into()] });
        assert_eq!(listing.variants[0].option_label(), "Red / 13");
        assert_eq!(listing.variants[1].stock, Stock::Untracked);
    }

    #[test]
    fn gift_cards_bundles_and_odd_prices_are_told_apart() {
        let refused = |raw: Value, variant: Value| {
            let raw = product(raw);
            let variant = serde_json::from_value(variant_json(1, variant)).unwrap();
            listing(&raw, vec![variant], &reading(&[])).unwrap_err()
        };
        assert!(refused(json!({ "isGiftCard": true }), json!({})).contains("gift card"));
        assert!(refused(json!({}), json!({ "requiresComponents": true })).contains("bundle"));
        assert!(refused(json!({}), json!({ "price": "1.999" })).contains("price"));
        assert!(refused(json!({ "status": "PAUSED" }), json!({})).contains("PAUSED"));
    }

    #[test]
    fn weights_come_in_four_units_and_go_in_one() {
        let read = |value: f64, unit: &str| weight(&wire::WireWeight { value, unit: unit.to_owned() });
        assert_eq!(read(350.0, "GRAMS"), Ok(Some(Weight::grams(350))));
        assert_eq!(read(0.5, "KILOGRAMS"), Ok(Some(Weight::grams(500))));
        assert_eq!(read(1.0, "POUNDS"), read(16.0, "OUNCES"));
        assert_eq!(read(0.0, "GRAMS"), Ok(None));
        assert!(read(1.0, "STONES").is_err() && read(-1.0, "GRAMS").is_err() && read(f64::NAN, "GRAMS").is_err());
        let there = weight_input(Some(Weight(340_194)));
        assert_eq!(read(there["value"].as_f64().unwrap(), "GRAMS"), Ok(Some(Weight(340_194))));
    }

    #[test]
    fn fractions_are_refused() {
        assert_eq!(whole(Quantity::units(-3)), Ok(-3));
        assert!(whole("1.5".parse().unwrap()).is_err());
        assert!(whole(Quantity::units(3_000_000_000)).is_err());
    }
}
