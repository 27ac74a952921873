//! Every recorded payload of a kind that we read, out of the official documents.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::domain::Currency;

use super::super::calls::explain;
use super::super::convert::{Facts, Levels, listing};
use super::super::measures::Tax;
use super::super::sale::order;
use super::super::wire::{Level, Named, Outlet, Product, Sale, Versioned};

fn examples() -> Option<PathBuf> {
    let specs = std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
    let folder = specs.join("lightspeed-x/examples");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: X-Series' examples are not at {} (set COUNTERPART_SPECS)", folder.display());
    None
}

fn all<T: serde::de::DeserializeOwned>(name: &str, data: &Value) -> Vec<T> {
    let items = data.as_array().cloned().unwrap_or_else(|| vec![data.clone()]);
    assert!(!items.is_empty(), "{name} holds nothing");
    items.into_iter().map(|item| serde_json::from_value(item).unwrap_or_else(|why| panic!("{name}: {why}"))).collect()
}

#[test]
fn every_example_is_understood() {
    let Some(folder) = examples() else { return };
    let facts =
        Facts { currency: Currency::new("NZD").unwrap(), tax: Tax::Inclusive, base: "https://x.example".to_owned() };
    let mut understood = HashSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let body: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let data = body.get("data").unwrap_or(&body);
        match name.as_str() {
            "v2.0.get.products.200" | "v2.0.get.products_product_id.200" | "2026-07.get.products.200.excerpt" => {
                for product in all::<Product>(&name, data) {
                    let read = listing(std::slice::from_ref(&product), &Levels::default(), &facts)
                        .unwrap_or_else(|why| panic!("{name}: {why}"));
                    assert!(read.variants[0].price.is_some() && read.variants[0].sku.is_some(), "{name}");
                    assert!(product.version.integer().is_some() && read.updated_at.is_some(), "{name}");
                }
            }
            "v2.0.get.inventory.200"
            | "v2.0.get.products_product_id_inventory.200"
            | "2026-07.post.inventory.200"
            | "2026-07.post.inventory_levels.200" => {
                let mut levels = Levels::default();
                for row in all::<Level>(&name, data) {
                    levels.take(&row).unwrap_or_else(|why| panic!("{name}: {why}"));
                    assert!(levels.of(row.product_id.text().unwrap()).is_some(), "{name}");
                }
            }
            "v2.0.get.sales.200" | "v2.0.get.sales_sale_id.200" | "v2.0.put.sales_sale_id_actions_return.200" => {
                for sale in all::<Sale>(&name, data) {
                    let products = sale.line_items.iter().filter_map(|line| line.product());
                    let roots: HashMap<String, String> =
                        products.map(|product| (product.to_owned(), product.to_owned())).collect();
                    let told = order(&sale, &[], &roots).unwrap_or_else(|why| panic!("{name}: {why}"));
                    let is_return = sale.original().is_some();
                    assert_eq!(told.lines.is_empty(), is_return, "{name}: a return is told with what it gives back");
                    assert!(told.lines.iter().all(|line| line.variant.is_some() && line.location.is_some()), "{name}");
                }
            }
            "v2.0.get.outlets.200" | "v2.0.get.outlets_outlet_id.200" => {
                let outlets = all::<Outlet>(&name, data);
                assert!(outlets.iter().all(|outlet| outlet.currency.text() == Some("NZD")), "{name}");
            }
            "v2.0.get.brands.200" | "v2.0.get.product_types.200" | "2026-07.post.variant_attributes.response" => {
                let named = all::<Named>(&name, data);
                assert!(named.iter().all(|one| one.id.text().is_some() && one.name.text().is_some()), "{name}");
            }
            "2026-07.error.429" => {
                let told = explain(429, body.to_string().as_bytes());
                assert_eq!(told.as_deref(), Some("Too Many Requests: Rate limiting enforced"));
            }
            "v2.0.post.products.200" | "2026-07.post.products.200" => assert!(data[0].is_string(), "{name}"),
            // Consignments, customers, registers and the like are not read; requests are compared in the contract test.
            _ => continue,
        }
        if body.get("version").is_some() {
            let page: Versioned = serde_json::from_value(body.clone()).unwrap();
            assert!(page.version.max.integer().is_some(), "{name}");
        }
        understood.insert(name);
    }
    assert_eq!(understood.len(), 18, "{understood:?}");
}
