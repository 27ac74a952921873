//! One shop, whatever it speaks: products, variants, stock per location, and what was done to them.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::{Currency, Quantity, Status, Timestamp};

use super::orders::ShopOrders;

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

impl ShopVariant {
    /// Without anything: no keys, no price, not tracked. Its number is given when it is put into a shop.
    pub fn plain() -> Self {
        Self {
            number: 0,
            values: Vec::new(),
            sku: String::new(),
            barcode: String::new(),
            price: None,
            tracked: false,
            levels: BTreeMap::new(),
            updated_at: Timestamp(0),
            stock_updated_at: Timestamp(0),
            extra: Map::new(),
        }
    }
}

impl ShopProduct {
    /// An active product of one variant. Its number is given when it is put into a shop.
    pub fn simple(title: &str, variant: ShopVariant) -> Self {
        Self {
            number: 0,
            title: title.to_owned(),
            description: String::new(),
            brand: String::new(),
            category: String::new(),
            status: Status::Active,
            options: Vec::new(),
            variants: vec![variant],
            images: Vec::new(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            version: 0,
            extra: Map::new(),
        }
    }
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
    pub orders: ShopOrders,
    pub applied: Vec<Applied>,
    next_number: u64,
    next_version: u64,
    whereabouts: Whereabouts,
}

/// In which product a variant was last seen. `products` is open to everybody, so this is a hint that is checked before
/// it is believed, and no part of what a shop is.
#[derive(Debug, Clone, Default)]
struct Whereabouts(HashMap<u64, u64>);

impl PartialEq for Whereabouts {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Shop {
    pub fn new(name: &str, currency: Currency, locations: &[&str]) -> Self {
        let mut shop = Self {
            name: name.to_owned(),
            currency,
            locations: Vec::new(),
            products: BTreeMap::new(),
            deleted: BTreeMap::new(),
            orders: ShopOrders::new(),
            applied: Vec::new(),
            next_number: 1,
            next_version: 1,
            whereabouts: Whereabouts::default(),
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
            self.whereabouts.0.insert(variant.number, product.number);
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
        let Some(product) = self.products.remove(&number) else { return false };
        for variant in &product.variants {
            self.whereabouts.0.remove(&variant.number);
        }
        self.deleted.insert(number, now);
        true
    }

    /// Stamps a product that was changed in place; `false` if there is none.
    pub fn touch(&mut self, number: u64, now: Timestamp) -> bool {
        let version = self.version();
        let Some(product) = self.products.get_mut(&number) else { return false };
        product.updated_at = now;
        product.version = version;
        true
    }

    /// The product and the position of a variant in it. Quick for what came in through [`Shop::insert`].
    pub fn find_variant(&self, variant: u64) -> Option<(u64, usize)> {
        let hinted = self.whereabouts.0.get(&variant).and_then(|number| {
            let product = self.products.get(number)?;
            Some((*number, product.variants.iter().position(|v| v.number == variant)?))
        });
        hinted.or_else(|| self.search_variant(variant))
    }

    /// The long way, for a variant that was put into `products` past [`Shop::insert`].
    fn search_variant(&self, variant: u64) -> Option<(u64, usize)> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn product(numbers: &[u64]) -> ShopProduct {
        let mut product = ShopProduct::simple("Tea", ShopVariant::plain());
        product.variants =
            numbers.iter().map(|number| ShopVariant { number: *number, ..ShopVariant::plain() }).collect();
        product
    }

    proptest! {
        /// Whatever is done to the shop, through its methods or past them, the hint tells what the search tells.
        #[test]
        fn a_variant_is_found_where_it_is(doings in prop::collection::vec((0u8..5, any::<prop::sample::Index>()), 0..40)) {
            let mut shop = Shop::new("Test", Currency::new("EUR").unwrap(), &["Here"]);
            for (doing, which) in doings {
                let numbers: Vec<u64> = shop.products.keys().copied().collect();
                let chosen = (!numbers.is_empty()).then(|| *which.get(&numbers));
                match (doing, chosen) {
                    (0, _) | (_, None) => { shop.insert(product(&[0, 0]), Timestamp(0)); }
                    (1, Some(number)) => { shop.delete(number, Timestamp(0)); }
                    (2, Some(number)) => { shop.products.get_mut(&number).unwrap().variants.remove(0); }
                    (3, Some(number)) => {
                        let fresh = shop.number();
                        shop.products.get_mut(&number).unwrap().variants.push(ShopVariant { number: fresh, ..ShopVariant::plain() });
                    }
                    (_, Some(number)) => {
                        let mut taken = shop.products.remove(&number).unwrap();
                        taken.variants.reverse();
                        shop.insert(taken, Timestamp(1));
                    }
                }
                for number in shop.products.keys().copied().collect::<Vec<_>>() {
                    if shop.products[&number].variants.is_empty() {
                        shop.delete(number, Timestamp(0));
                    }
                }
                for variant in 0..shop.next_number + 1 {
                    prop_assert_eq!(shop.find_variant(variant), shop.search_variant(variant));
                }
            }
        }
    }

    #[test]
    fn a_touched_product_is_newer() {
        let mut shop = Shop::new("Test", Currency::new("EUR").unwrap(), &["Here"]);
        let number = shop.insert(product(&[0]), Timestamp(1));
        let version = shop.products[&number].version;
        assert!(shop.touch(number, Timestamp(5)) && !shop.touch(99, Timestamp(5)));
        assert_eq!(shop.products[&number].updated_at, Timestamp(5));
        assert!(shop.products[&number].version > version);
    }
}
