//! Every recorded answer of the old reference that is about something this connector reads: it decodes, and means what it
//! says.

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::connectors::e_series::calls::explain;
use crate::connectors::e_series::convert::{Categories, listing};
use crate::connectors::e_series::shelf::{facts, read_product};
use crate::connectors::e_series::wire::{Adjusted, Combination, Found, Made, Named, Product, Sale, Shop, moment};
use crate::domain::{Status, Timestamp};

use super::here;

/// `None` where the examples are not at hand, said aloud.
fn folder() -> Option<PathBuf> {
    let specs = std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
    let folder = specs.join("ecwid/examples");
    if !folder.is_dir() {
        eprintln!("SKIPPED: the recorded answers are not at {} (set COUNTERPART_SPECS)", folder.display());
        return None;
    }
    Some(folder)
}

fn example<T: DeserializeOwned>(name: &str) -> Option<T> {
    let text = std::fs::read(folder()?.join(format!("{name}.json"))).unwrap();
    Some(serde_json::from_slice(&text).unwrap_or_else(|why| panic!("{name}: {why}")))
}

fn decoded<T: DeserializeOwned>(name: &str, value: &Value) -> T {
    T::deserialize(value).unwrap_or_else(|why| panic!("{name}: {why}"))
}

#[test]
fn a_recorded_product_is_read_with_the_shops_own_units() {
    let Some(shop) = example::<Shop>("store_profile__get-store-profile-public-token-request-example") else { return };
    let facts = facts(&shop, here().id).unwrap();
    assert_eq!(facts.currency.code(), "USD");
    let found: Found = example("products__search-products-response-example-json").unwrap();
    assert_eq!((found.total.whole(), found.items.len()), (Some(5), 2));
    let orange = read_product(&found.items[0]).unwrap();
    let orange = listing(&orange, &facts, &Categories::new()).unwrap();
    assert_eq!((orange.title.as_str(), orange.status), ("Orange", Status::Active));
    assert_eq!(orange.description.as_str(), "It's a tasty fruit!");
    let variant = &orange.variants[0];
    assert_eq!((variant.sku.as_deref(), variant.weight, variant.dimensions), (Some("00099"), None, None));
    assert_eq!(variant.price.unwrap().to_string(), "10.00 USD");
    assert_eq!(variant.compare_at.unwrap().to_string(), "23.00 USD");
    assert_eq!(variant.stock.total(|_| true).unwrap().whole(), Some(11));
    assert_eq!(orange.images.len(), 2);
    assert!(orange.images[0].ends_with("783930216.jpg"), "the original of the main one: {:?}", orange.images);
    assert_eq!(orange.updated_at, Some(Timestamp(1_454_493_662_000)));
    // What a public token shows of a product that is not for sale.
    assert!(listing(&read_product(&found.items[1]).unwrap(), &facts, &Categories::new()).is_err());
}

#[test]
fn recorded_combinations_are_read() {
    let Some(one) = example::<Combination>("combinations__get-product-variation-response-example-json") else { return };
    let chosen: Vec<&str> = one.options.iter().filter_map(|chosen| chosen.value.text()).collect();
    assert_eq!((chosen, one.quantity.whole(), one.price.text()), (vec!["Small", "White"], Some(62), Some("1.45")));
    let all: Vec<Combination> = example("combinations__get-all-product-variations-response-example-json").unwrap();
    assert!(all.iter().all(|one| one.id.number().is_some()));
    // As one product of them all.
    let product =
        Product { name: (&Value::from("x")).into(), id: one.id.clone(), combinations: all, ..Product::default() };
    let shop: Shop = example("store_profile__get-store-profile-public-token-request-example").unwrap();
    let listing = listing(&product, &facts(&shop, here().id).unwrap(), &Categories::new()).unwrap();
    assert!(listing.structure.is_variable());
}

#[test]
fn every_other_recorded_answer_decodes() {
    let Some(folder) = folder() else { return };
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let ours =
            ["products__", "combinations__", "categories__", "orders__", "batch_api__", "store_profile__get-deleted"];
        if !ours.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        read += 1;
        if let Some(items) = value.get("items").filter(|_| !name.starts_with("orders__")) {
            let found = decoded::<Found>(&name, &value);
            assert_eq!(found.items.len(), items.as_array().unwrap().len(), "{name}");
            for item in &found.items {
                decoded::<Product>(&name, item);
                decoded::<Named>(&name, item);
            }
        } else if name.starts_with("orders__") {
            decoded::<Sale>(&name, &value);
        } else if value.get("updateCount").is_some() {
            assert_eq!(decoded::<Adjusted>(&name, &value).update_count.whole(), Some(1), "{name}");
        } else if value.is_object() {
            decoded::<Made>(&name, &value);
            decoded::<Product>(&name, &value);
        }
    }
    assert!(read > 40, "{read}");
    let gone: Found =
        example("store_profile__get-deleted-items-statistics-response-example-json-removed-coupons-stats").unwrap();
    let date = gone.items[0]["date"].clone();
    assert!(moment(&(&Value::Null).into(), &(&date).into()).is_some());
    let refused: Value = example("batch_api__create-new-batch-request-error-response-example").unwrap();
    assert!(explain(400, refused.to_string().as_bytes()).unwrap().starts_with("Can't create batch"));
}
