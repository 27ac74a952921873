//! One shop, whatever it speaks: products, variants, stock per location, and what was done to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::{Currency, Quantity, Status, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopLocation {
    /// Each platform writes it in its own way (`gid://…/7`, `L7`).
    pub number: u64,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShopVariant {
    pub number: u64,
    /// In the order of the product's options; empty for a simple product.
    pub values: Vec<String>,
    pub sku: String,
    pub barcode: String,
    /// Minor units of the shop's currency; `None` for a price that the till asks for.
    pub price: Option<i64>,
    pub tracked: bool,
    /// By location number. A location that is missing was never counted.
    pub levels: BTreeMap<u64, Quantity>,
    pub updated_at: Timestamp,
    pub stock_updated_at: Timestamp,
    /// What the platform keeps and the model does not know: must survive a full-object write.
    pub extra: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShopProduct {
    pub number: u64,
    pub title: String,
    /// May hold markup.
    pub description: String,
    pub brand: String,
    pub category: String,
    pub status: Status,
    /// Option names; empty for a simple product.
    pub options: Vec<String>,
    /// At least one.
    pub variants: Vec<ShopVariant>,
    pub images: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Grows with each change.
    pub version: u64,
    pub extra: Map<String, Value>,
}

/// Something that a request did, for tests to count: at most one per intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    pub at: Timestamp,
    /// `create`, `stock`, `update`, `delete`
    pub what: &'static str,
    pub product: u64,
    pub variant: Option<u64>,
    /// `7 → 12`
    pub change: String,
    /// The idempotency key of the request, if it had one.
    pub key: Option<String>,
}

/// A shop. Numbers are given from one sequence and never reused.
#[derive(Debug, Clone, PartialEq)]
pub struct Shop {
    pub name: String,
    pub currency: Currency,
    /// At least one; the first is the default.
    pub locations: Vec<ShopLocation>,
    pub products: BTreeMap<u64, ShopProduct>,
    /// Deleted products, and when.
    pub deleted: BTreeMap<u64, Timestamp>,
    pub applied: Vec<Applied>,
    next_number: u64,
    next_version: u64,
}

impl Shop {
    pub fn new(name: &str, currency: Currency, locations: &[&str]) -> Self {
        let mut shop = Self {
            name: name.to_owned(),
            currency,
            locations: Vec::new(),
            products: BTreeMap::new(),
            deleted: BTreeMap::new(),
            applied: Vec::new(),
            next_number: 1,
            next_version: 1,
        };
        for name in locations {
            let number = shop.number();
            shop.locations.push(ShopLocation { number, name: (*name).to_owned() });
        }
        shop
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number - 1
    }

    /// The next version.
    pub fn version(&mut self) -> u64 {
        self.next_version += 1;
        self.next_version - 1
    }

    /// Puts a product in, giving numbers where they are 0, and stamps it.
    pub fn insert(&mut self, mut product: ShopProduct, now: Timestamp) -> u64 {
        if product.number == 0 {
            product.number = self.number();
            product.created_at = now;
        }
        for variant in &mut product.variants {
            if variant.number == 0 {
                variant.number = self.next_number;
                self.next_number += 1;
                variant.stock_updated_at = now;
            }
            variant.updated_at = now;
        }
        product.updated_at = now;
        product.version = self.version();
        let number = product.number;
        self.deleted.remove(&number);
        self.products.insert(number, product);
        number
    }

    /// Takes a product out; `false` if there is none.
    pub fn delete(&mut self, number: u64, now: Timestamp) -> bool {
        let there = self.products.remove(&number).is_some();
        if there {
            self.deleted.insert(number, now);
        }
        there
    }

    /// The product and the position of a variant in it.
    pub fn find_variant(&self, variant: u64) -> Option<(u64, usize)> {
        self.products.values().find_map(|product| {
            product.variants.iter().position(|v| v.number == variant).map(|position| (product.number, position))
        })
    }

    /// Sets a level and stamps the variant's stock (not the product: platforms differ there). Switches tracking on.
    pub fn set_level(&mut self, product: u64, position: usize, location: u64, level: Quantity, now: Timestamp) -> bool {
        let Some(variant) = self.products.get_mut(&product).and_then(|p| p.variants.get_mut(position)) else {
            return false;
        };
        variant.levels.insert(location, level);
        variant.tracked = true;
        variant.stock_updated_at = now;
        true
    }
}
