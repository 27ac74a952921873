//! Every product and variation of the documentation's examples and of the phone app's recorded answers is read.

use std::path::PathBuf;

use serde_json::Value;

use crate::connectors::woocommerce::convert::{ShopFacts, listing};
use crate::connectors::woocommerce::wire::{Product, Variation};

use super::*;

/// Answers that are no products: only some fields, or the sync protocol of another API.
const NOT_WHOLE: &[&str] = &[
    "product-search-sku",
    "product-stock-decimal-sku",
    "products-ids-only",
    "products-total",
    "without-data",
    "-tags-",
    "attribute",
    "setting",
];

fn specs() -> Option<PathBuf> {
    let folder = std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
    let folder = folder.join("woocommerce");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is not there, so no recorded answer was read (set COUNTERPART_SPECS)", folder.display());
    None
}

/// The things in all files whose name contains one of `names`, with the file's name.
fn things(folder: &str, names: &[&str]) -> Vec<(String, Value)> {
    let Some(specs) = specs() else { return Vec::new() };
    let mut things = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(specs.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !names.iter().any(|part| name.contains(part)) || NOT_WHOLE.iter().any(|part| name.contains(part)) {
            continue;
        }
        let value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let value = value.get("data").cloned().unwrap_or(value);
        let mut found = Vec::new();
        collect(&value, &mut found);
        things.extend(found.into_iter().map(|thing| (name.clone(), thing)));
    }
    things
}

/// A thing, a list of things, or a batch's lists of things.
fn collect(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) if fields.contains_key("id") => found.push(value.clone()),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, found)),
        _ => {}
    }
}

fn facts() -> ShopFacts {
    ShopFacts { currency: euro(), location: location(), units: Default::default() }
}

fn is_variation(name: &str) -> bool {
    name.contains("variation") && !name.contains("malformed")
}

#[test]
fn every_recorded_product_is_read() {
    let mut read = 0;
    let recorded = things("examples", &["products__"]).into_iter().chain(things("ios-fixtures", &["product"]));
    for (name, thing) in recorded.filter(|(name, _)| !is_variation(name) && name.contains(".json")) {
        if name.contains("request") {
            continue;
        }
        let product: Product = serde_json::from_value(thing.clone()).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(product.id.number().is_some(), "{name}: {thing}");
        match listing(&product, &[], &facts()) {
            Ok(listing) => {
                assert_eq!(listing.variants.len(), 1, "{name}");
                assert!(!listing.title.contains("&amp;") && !listing.description.contains("<p>"), "{name}");
            }
            Err(why) => assert!(product.is_variable() && why.contains("variations"), "{name}: {why}"),
        }
        read += 1;
    }
    assert!(read == 0 || read > 40, "only {read} products were found");
    eprintln!("{read} recorded products read");
}

#[test]
fn every_recorded_variation_is_read() {
    let mut read = 0;
    let recorded =
        things("examples", &["product-variations__"]).into_iter().chain(things("ios-fixtures", &["product-variation"]));
    for (name, thing) in recorded.filter(|(name, _)| is_variation(name) && !name.contains("request")) {
        let variation: Variation = serde_json::from_value(thing).unwrap_or_else(|why| panic!("{name}: {why}"));
        let parent: Product = serde_json::from_value(serde_json::json!({
            "id": 1, "name": "Parent", "type": "variable",
            "attributes": variation.attributes.iter().map(|attribute| serde_json::json!({
                "id": attribute.id.number().unwrap_or(0), "name": attribute.name.text(), "variation": true,
                "options": []
            })).collect::<Vec<_>>()
        }))
        .unwrap();
        let listing =
            listing(&parent, std::slice::from_ref(&variation), &facts()).unwrap_or_else(|why| panic!("{name}: {why}"));
        let variant = &listing.variants[0];
        assert_eq!(variant.options.len(), variation.attributes.len(), "{name}");
        assert!(variant.options.iter().all(|option| option.value.as_str() != "any"), "{name}: {:?}", variant.options);
        read += 1;
    }
    assert!(read == 0 || read > 20, "only {read} variations were found");
    eprintln!("{read} recorded variations read");
}

/// The types that the phone app's authors met: numbers as strings, strings as numbers, "parent", decimals.
#[test]
fn the_awkward_types_keep_their_meaning() {
    let read = |name: &str| things("ios-fixtures", &[name]).into_iter().map(|(_, thing)| thing).collect::<Vec<_>>();
    for thing in read("product-alternative-types") {
        let product: Product = serde_json::from_value(thing).unwrap();
        let listing = listing(&product, &[], &facts()).unwrap();
        let variant = &listing.variants[0];
        assert_eq!(variant.sku.as_deref(), Some("123"));
        assert_eq!(variant.price.unwrap().to_string(), "12.89 EUR");
        assert_eq!(variant.stock, Stock::Unknown);
        assert_eq!(listing.page, None);
    }
    for thing in read("product-variations-load-all-manage-stock-two-states") {
        let variation: Variation = serde_json::from_value(thing).unwrap();
        let parent: Product = serde_json::from_value(serde_json::json!({"id": 1, "type": "variable"})).unwrap();
        let stock = listing(&parent, std::slice::from_ref(&variation), &facts()).unwrap().variants.remove(0).stock;
        match variation.id.number() {
            Some(1274) => assert_eq!(stock.at(&location()), Some(Quantity::units(6))),
            _ => assert_eq!(stock, Stock::Unknown),
        }
    }
}
