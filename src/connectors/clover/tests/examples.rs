//! Clover's documented samples, and answers that others have recorded, decode without loss.

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;
use crate::connectors::clover::calls::explain;
use crate::connectors::clover::orders::order;
use crate::connectors::clover::wire::{Attribute, Choice, Item, ItemStock, Named, Page, Sale};
use crate::domain::OrderState;

struct Samples(PathBuf);

impl Samples {
    fn open() -> Option<Self> {
        let specs =
            std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
        let folder = specs.join("clover/examples");
        if !folder.is_dir() {
            eprintln!("SKIPPED: Clover's samples are not at {} (set COUNTERPART_SPECS)", folder.display());
            return None;
        }
        Some(Self(folder))
    }

    fn raw(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.join(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> T {
        serde_json::from_slice(&self.raw(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
    }
}

#[test]
fn every_sample_of_an_answer_is_read() {
    let Some(samples) = Samples::open() else { return };
    let item: Item = samples.read("item.create.response.json");
    assert_eq!(
        (item.name.as_deref(), item.price, item.modified_time),
        (Some("Caesar Salad"), Some(1200), Some(1611609459000))
    );
    let group: Named = samples.read("item_group.create.response.json");
    let attribute: Attribute = samples.read("attribute.create.response.json");
    assert_eq!(attribute.item_group.unwrap().id, group.id);
    let choice: Choice = samples.read("option.create.response.json");
    assert_eq!((choice.name.as_deref(), choice.attribute.unwrap().id), (Some("Large"), attribute.id));
    let stock: ItemStock = samples.read("item_stock.get.response.json");
    assert_eq!(stock.counted(), Some(Quantity::units(127)));
    let stock: ItemStock = samples.read("item_stock.post.response.json");
    assert_eq!(stock.counted(), "160.5".parse().ok(), "and not the rounded stockCount of 161");
    let page: Page = samples.read("items.search.modifiedTime.expand-itemStock.response.json");
    let item: Item = serde_json::from_value(page.elements[0].clone()).unwrap();
    let stock = item.item_stock.unwrap();
    assert_eq!(stock.counted(), Some(Quantity::units(5)));
    assert!(stock.modified_time > item.modified_time, "two times of their own");
    let page: Page = samples.read("orders.list.response.excerpt.json");
    let mut sale: Value = page.elements[0].clone();
    sale["createdTime"] = Value::from(1611609459000i64);
    let sale: Sale = serde_json::from_value(sale).unwrap();
    assert_eq!(order(&sale, &BTreeMap::new(), &here()).unwrap().state, OrderState::Pending);
    assert_eq!(explain(404, &samples.raw("error.404.item.observed.json")).unwrap(), "invalid ID");
    assert_eq!(explain(404, &samples.raw("error.404.order.observed.json")).unwrap(), "Not Found: Order not found");
}
