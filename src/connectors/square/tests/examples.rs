//! Every official example of an answer that we read, out of Square's own document.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::connectors::square::convert::{Surroundings, listing};
use crate::connectors::square::wire;

fn examples() -> Option<PathBuf> {
    let specs = std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
    let folder = specs.join("square/examples");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: Square's examples are not at {} (set COUNTERPART_SPECS)", folder.display());
    None
}

fn read<T: serde::de::DeserializeOwned>(text: &str, name: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// Items of an answer as listings, with all that the answer itself brings.
fn listings(objects: Vec<Value>, related: Vec<Value>, name: &str) -> usize {
    let mut around = Surroundings::default();
    let all: Vec<_> = wire::objects(objects.into_iter().chain(related).collect())
        .map(|o| o.unwrap_or_else(|why| panic!("{name}: {why:?}")))
        .collect();
    all.iter().for_each(|object| around.take(object));
    let items: Vec<_> = all.iter().filter(|object| object.item_data.is_some()).collect();
    for item in &items {
        let read = listing(item, &around, &[]).unwrap_or_else(|why| panic!("{name}, {}: {why}", item.id));
        assert!(read.is_some_and(|listing| !listing.variants.is_empty()), "{name}, {}", item.id);
    }
    items.len()
}

#[test]
fn every_example_is_understood() {
    let Some(folder) = examples() else { return };
    let mut understood = 0;
    let mut items = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let found = match name.as_str() {
            "ListCatalogResponse" | "SearchCatalogObjectsResponse" | "BatchRetrieveCatalogObjectsResponse" => {
                let page: wire::CatalogPage = read(&text, &name);
                assert!(!page.objects.is_empty());
                listings(page.objects, page.related_objects, &name)
            }
            "BatchUpsertCatalogObjectsResponse" => {
                let answer: wire::UpsertAnswer = read(&text, &name);
                listings(answer.objects, Vec::new(), &name)
            }
            "RetrieveCatalogObjectResponse" | "UpsertCatalogObjectResponse" => {
                let answer: Value = read(&text, &name);
                let object = answer.get("object").or(answer.get("catalog_object")).unwrap().clone();
                let related = answer["related_objects"].as_array().cloned().unwrap_or_default();
                listings(vec![object], related, &name)
            }
            "BatchRetrieveInventoryCountsResponse" | "BatchChangeInventoryResponse" => {
                let page: wire::CountsPage = read(&text, &name);
                let mut around = Surroundings::default();
                page.counts.iter().for_each(|row| around.count(row).unwrap());
                assert_eq!(around.counts.len(), 1, "{name}");
                0
            }
            "BatchRetrieveInventoryChangesResponse" => {
                let page: wire::ChangesPage = read(&text, &name);
                assert!(
                    page.changes.iter().any(|change| change.adjustment.is_some() || change.physical_count.is_some())
                );
                0
            }
            "ListLocationsResponse" => {
                let answer: wire::Locations = read(&text, &name);
                assert!(answer.locations.iter().all(|location| !location.id.is_empty() && location.currency.is_some()));
                0
            }
            "RetrieveMerchantResponse" => {
                let answer: wire::MerchantAnswer = read(&text, &name);
                assert!(answer.merchant.is_some_and(|merchant| merchant.main_location_id.is_some()));
                0
            }
            "RetrieveTokenStatusResponse" => {
                let answer: wire::TokenStatus = read(&text, &name);
                assert!(!answer.scopes.unwrap().is_empty());
                0
            }
            // What we never call, and requests.
            _ => continue,
        };
        understood += 1;
        items += found;
    }
    assert!(understood >= 10 && items >= 6, "{understood} examples with {items} items");
}
