//! Every official example of an answer that we read, out of BigCommerce's own files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};
use yaml_rust2::{Yaml, YamlLoader};

use super::*;
use crate::connectors::bigcommerce::convert::{self, Facts, Names};
use crate::connectors::bigcommerce::counts::Counts;
use crate::connectors::bigcommerce::measures::units;
use crate::connectors::bigcommerce::refusal::{self, Reason};
use crate::connectors::bigcommerce::wire::{Image, Product, Sale, SaleLine, Store, Term, Variant, items};
use crate::connectors::bigcommerce::{orders, pictures};
use crate::domain::Units;

fn document(file: &str) -> Option<Value> {
    let specs = std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
    let path = specs.join(format!("bigcommerce/{file}.yml"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: BigCommerce's document is not at {} (set COUNTERPART_SPECS)", path.display());
        return None;
    };
    Some(value(&YamlLoader::load_from_str(&text).unwrap()[0]))
}

fn value(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Real(raw) => serde_json::from_str(raw).unwrap_or_else(|_| json!(raw)),
        Yaml::Integer(number) => json!(number),
        Yaml::String(text) => json!(text),
        Yaml::Boolean(flag) => json!(flag),
        Yaml::Array(all) => all.iter().map(value).collect(),
        Yaml::Hash(pairs) => {
            let key = |key: &Yaml| key.as_str().map_or_else(|| format!("{:?}", value(key)), str::to_owned);
            Value::Object(pairs.iter().map(|(name, inner)| (key(name), value(inner))).collect())
        }
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    }
}

/// The examples of an answer.
fn examples(file: &str, path: &str, method: &str, status: &str) -> Vec<Value> {
    let Some(document) = document(file) else { return Vec::new() };
    let mut answer = &document["paths"][path][method]["responses"][status];
    if let Some(place) = answer["$ref"].as_str() {
        answer = document.pointer(&place[1..]).unwrap();
    }
    let mut found = Vec::new();
    for media in answer["content"].as_object().into_iter().flat_map(|kinds| kinds.values()) {
        found.extend(media.get("example").cloned());
        let named = media["examples"].as_object().into_iter().flat_map(|named| named.values());
        found.extend(named.filter_map(|one| one.get("value").cloned()));
    }
    assert!(!found.is_empty(), "{file} has no example for {method} {path} {status}");
    found
}

fn facts() -> Facts {
    Facts { currency: Currency::new("USD").unwrap(), units: Units::default(), address: None, default_channel: None }
}

#[test]
fn every_example_of_a_product_is_understood() {
    if document("products_catalog.v3").is_none() {
        return;
    }
    for example in examples("products_catalog.v3", "/catalog/products/{product_id}", "get", "200") {
        let product: Product = Product::deserialize(&example["data"]).unwrap();
        let found = convert::listing(&product, &Counts::new(), &facts(), &Names::default()).unwrap();
        assert_eq!(found.title.as_str(), example["data"]["name"].as_str().unwrap());
        assert!(found.updated_at.is_some() && found.variants[0].price.is_some(), "{found:#?}");
    }
    for example in examples("product-variants_catalog.v3", "/catalog/products/{product_id}/variants", "get", "200") {
        let variants: Vec<Variant> = items(example["data"].clone());
        assert_eq!(variants.len(), example["data"].as_array().unwrap().len());
        assert!(variants.iter().all(|variant| variant.id.number().is_some() && variant.product_id.number().is_some()));
    }
    for example in examples("products_catalog.v3", "/catalog/products/{product_id}/images", "get", "200") {
        let images: Vec<Image> = items(example["data"].clone());
        assert!(!images.is_empty() && images.iter().all(|image| convert::shown_picture(image).is_some()));
        let file = images[0].image_file.text().unwrap();
        let name = file.rsplit('/').next().unwrap().split("__").next().unwrap();
        assert!(pictures::is_same_file(Some(file), &format!("https://elsewhere.example/{name}.jpg")), "{file}");
    }
}

#[test]
fn every_example_of_a_store_and_its_terms_is_understood() {
    if document("store_information.v2").is_none() {
        return;
    }
    for example in examples("store_information.v2", "/store", "get", "200") {
        let store = Store::deserialize(&example).unwrap();
        assert!(Currency::new(store.currency.text().unwrap()).is_ok());
        assert_ne!(units(&store.weight_units, &store.dimension_units), Units::default(), "{store:?}");
        assert!(store.name.text().is_some() && store.default_channel_id.number().is_some(), "{store:?}");
    }
    let terms = examples("brands_catalog.v3", "/catalog/brands", "get", "200").into_iter().chain(examples(
        "category-trees_catalog.v3",
        "/catalog/trees/categories",
        "get",
        "200",
    ));
    for example in terms {
        let read: Vec<Term> = items(example["data"].clone());
        assert!(!read.is_empty() && read.iter().all(|term| term.id.number().is_some() && term.name.text().is_some()));
    }
}

#[test]
fn every_example_of_an_order_is_understood() {
    if document("orders.v2.oas2").is_none() {
        return;
    }
    let lines: BTreeMap<u64, Vec<SaleLine>> = examples("orders.v2.oas2", "/orders/{order_id}/products", "get", "200")
        .into_iter()
        .map(|example| (example[0]["order_id"].as_u64().unwrap(), items(example)))
        .collect();
    let lists = examples("orders.v2.oas2", "/orders", "get", "200");
    let singles = examples("orders.v2.oas2", "/orders/{order_id}", "get", "200");
    let all: Vec<Value> = lists.into_iter().flat_map(|list| list.as_array().cloned().unwrap()).chain(singles).collect();
    assert!(all.len() >= 3);
    for example in &all {
        let sale = Sale::deserialize(example).unwrap();
        for lines in lines.values() {
            let order = orders::order(&sale, lines).unwrap_or_else(|why| panic!("{why}: {example:#}"));
            assert!(order.lines.iter().all(|line| line.ordered.is_positive() && line.variant.is_some()), "{order:#?}");
            assert!(order.placed_at.0 > 0 && order.updated_at >= order.placed_at, "{order:#?}");
        }
    }
}

#[test]
fn every_example_of_a_refused_adjustment_names_its_items() {
    if document("inventory.v3").is_none() {
        return;
    }
    let mut reasons = Vec::new();
    for example in examples("inventory.v3", "/inventory/adjustments/relative", "post", "422") {
        for refusal in refusal::read(example.to_string().as_bytes()) {
            assert_eq!(refusal.items.len(), 1, "{refusal:?}");
            reasons.push(refusal.reason);
        }
    }
    assert_eq!(reasons, [Reason::NeverCounted, Reason::TrackedByProduct]);
}
