//! Where products are: in the shop, half made, or in the trash.
//!
//! A variable product without variations is no product of the shop model, which wants at least one variant; WooCommerce
//! has such products, after each `POST /products`. They wait here for their first variation. What is in the trash is in the
//! shop, with a mark: it can be brought back.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::Timestamp;
use crate::sandbox::{Shop, ShopProduct};

use super::present::{self, Shown};
use super::problem::{Problem, invalid_product, number};
use super::terms::Terms;

#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub half_made: BTreeMap<u64, ShopProduct>,
    /// Brands and categories that were made and are perhaps not used yet.
    pub terms: Terms,
    /// Stock management is off for the whole shop.
    pub counts_nothing: bool,
}

impl Shelf {
    /// By ascending number. `trashed`: those in the trash instead of the others.
    pub(super) fn products<'a>(&'a self, shop: &'a Shop, trashed: bool) -> Vec<&'a ShopProduct> {
        let all = shop.products.values().chain(self.half_made.values());
        let mut products: Vec<&ShopProduct> = all.filter(|product| present::is_trashed(product) == trashed).collect();
        products.sort_by_key(|product| product.number);
        products
    }

    /// Wherever it is, the trash included.
    pub(super) fn find<'a>(&'a self, shop: &'a Shop, id: u64) -> Option<&'a ShopProduct> {
        shop.products.get(&id).or_else(|| self.half_made.get(&id))
    }

    pub(super) fn find_mut<'a>(&'a mut self, shop: &'a mut Shop, id: u64) -> Option<&'a mut ShopProduct> {
        match shop.products.get_mut(&id) {
            Some(product) => Some(product),
            None => self.half_made.get_mut(&id),
        }
    }

    /// The number in a path, if there is such a product.
    pub(super) fn known_product(&self, shop: &Shop, raw: &str) -> Result<u64, Problem> {
        let id = number(raw)?;
        self.find(shop, id).map(|product| product.number).ok_or_else(invalid_product)
    }

    pub(super) fn show(&self, shop: &Shop, for_edit: bool) -> Shown {
        Shown {
            currency: shop.currency,
            location: shop.locations.first().map_or(0, |location| location.number),
            counts_nothing: self.counts_nothing,
            for_edit,
        }
    }

    pub(super) fn show_product(&self, shop: &Shop, id: u64, for_edit: bool) -> Option<Value> {
        let product = self.find(shop, id)?;
        Some(present::product(&self.show(shop, for_edit), product))
    }

    pub(super) fn show_variation(&self, shop: &Shop, parent: u64, id: u64) -> Option<Value> {
        let product = self.find(shop, parent)?;
        let variant = product.variants.iter().find(|variant| variant.number == id)?;
        present::is_variable(product).then(|| present::variation(&self.show(shop, false), product, variant))
    }

    /// Stores a product that was made or changed, and stamps it.
    pub(super) fn put(&mut self, shop: &mut Shop, mut product: ShopProduct, now: Timestamp) -> u64 {
        if product.number == 0 {
            product.number = shop.number();
            product.created_at = now;
        }
        let number = product.number;
        if product.variants.is_empty() {
            product.updated_at = now;
            self.half_made.insert(number, product);
        } else {
            self.half_made.remove(&number);
            shop.insert(product, now);
        }
        number
    }

    /// Whether another article has this SKU; `true` if only the trash holds it.
    pub(super) fn sku_holder(&self, shop: &Shop, sku: &str, except: Article) -> Option<(u64, bool)> {
        self.holder(shop, except, |variant| variant.sku == sku && !sku.is_empty())
    }

    pub(super) fn barcode_holder(&self, shop: &Shop, barcode: &str, except: Article) -> Option<(u64, bool)> {
        self.holder(shop, except, |variant| variant.barcode == barcode && !barcode.is_empty())
    }

    fn holder(
        &self,
        shop: &Shop,
        except: Article,
        has: impl Fn(&crate::sandbox::ShopVariant) -> bool,
    ) -> Option<(u64, bool)> {
        let live = shop.products.values().filter(|product| !present::is_trashed(product));
        let trashed = shop.products.values().filter(|product| present::is_trashed(product));
        live.map(|product| (product, false)).chain(trashed.map(|product| (product, true))).find_map(
            |(product, trashed)| {
                let variant =
                    product.variants.iter().find(|variant| has(variant) && variant.number != except.variant)?;
                Some((if present::is_variable(product) { variant.number } else { product.number }, trashed))
            },
        )
    }
}

/// An article that may keep what it has; 0 for one that is being made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Article {
    pub variant: u64,
}
