//! Reading stock: `/inventory/items`, by product or by variant, all locations at once.
//!
//! The number is `total_inventory_onhand`, the one that adjustments move. `available_to_sell` is less by the safety
//! stock, which is the merchant's to set and no sale.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use crate::domain::Quantity;
use crate::platform::{LevelRead, PlatformError, StockAddress};

use super::calls::Calls;
use super::convert::{Tracking, number};
use super::profile::{ASKED, INVENTORY_PAGE};
use super::wire::{InventoryItem, Listed, Product};

/// What is known of one variant's stock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub product: u64,
    /// By location, whole pieces.
    pub levels: BTreeMap<u64, i64>,
}

/// By variant.
pub(super) type Counts = HashMap<u64, Item>;

/// Which items a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Product,
    Variant,
}

impl By {
    const fn parameter(self) -> &'static str {
        match self {
            Self::Product => "product_id:in",
            Self::Variant => "variant_id:in",
        }
    }
}

/// Those of these products or variants that the inventory has.
pub(super) async fn read(calls: &Calls, by: By, ids: &[u64]) -> Result<Counts, PlatformError> {
    let mut counts = Counts::new();
    for ids in ids.chunks(ASKED) {
        let mut page = 1;
        loop {
            let request = calls
                .get("/inventory/items")
                .query(by.parameter(), joined(ids))
                .query("limit", INVENTORY_PAGE)
                .query("page", page);
            let (listed, _) = calls.read_json::<Listed>(request).await?;
            let is_last = is_last(&listed, page, INVENTORY_PAGE);
            counts.extend(listed.data.iter().filter_map(item));
            if is_last {
                break;
            }
            page += 1;
        }
    }
    Ok(counts)
}

/// One page of the whole inventory, in whatever order the platform has; and whether it was the last.
pub(super) async fn page(calls: &Calls, page: u64) -> Result<(Vec<(u64, Item)>, bool), PlatformError> {
    let request = calls.get("/inventory/items").query("limit", INVENTORY_PAGE).query("page", page);
    let (listed, _) = calls.read_json::<Listed>(request).await?;
    Ok((listed.data.iter().filter_map(item).collect(), is_last(&listed, page, INVENTORY_PAGE)))
}

/// By the number of pages where it is told; else by a page that is not full.
pub(super) fn is_last(listed: &Listed, page: u64, limit: u64) -> bool {
    match listed.meta.pagination.total_pages.whole() {
        Some(pages) => i64::try_from(page).unwrap_or(i64::MAX) >= pages,
        None => (listed.data.len() as u64) < limit,
    }
}

pub(super) fn joined(ids: &[u64]) -> String {
    ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

fn item(raw: &Value) -> Option<(u64, Item)> {
    let item = InventoryItem::deserialize(raw).ok()?;
    let variant = item.identity.variant_id.number()?;
    let levels = item.locations.iter().filter_map(|level| {
        // A figure that cannot be read is unknown, and not 0.
        Some((level.location_id.number()?, level.total_inventory_onhand.whole()?))
    });
    Some((variant, Item { product: item.identity.product_id.number().unwrap_or(0), levels: levels.collect() }))
}

/// How products are counted, and whether they have options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    pub tracking: Tracking,
    /// The variant of a product without options.
    pub base_variant: Option<u64>,
}

impl Mode {
    /// Whether this variant has a count of its own.
    pub(super) fn counts(self, variant: u64) -> bool {
        match self.tracking {
            Tracking::None => false,
            Tracking::Variant => true,
            Tracking::Product => self.base_variant == Some(variant),
        }
    }
}

/// Of those that exist.
pub(super) async fn modes(calls: &Calls, products: &[u64]) -> Result<HashMap<u64, Mode>, PlatformError> {
    let mut modes = HashMap::new();
    for ids in products.chunks(ASKED) {
        let request = calls
            .get("/catalog/products")
            .query("id:in", joined(ids))
            .query("include_fields", "inventory_tracking,base_variant_id")
            .query("limit", ASKED);
        let (listed, _) = calls.read_json::<Listed>(request).await?;
        for product in listed.data.iter().filter_map(|raw| Product::deserialize(raw).ok()) {
            if let Some(id) = product.id.number() {
                let tracking = Tracking::of(&product.inventory_tracking);
                modes.insert(id, Mode { tracking, base_variant: product.base_variant_id.number() });
            }
        }
    }
    Ok(modes)
}

/// One answer for each address, in order. The inventory may list what is not counted, with zeros; so the products are
/// asked whether they are counted at all.
pub(super) async fn levels(calls: &Calls, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
    let distinct = |ids: Vec<u64>| {
        let mut ids = ids;
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let products = distinct(addresses.iter().filter_map(|address| number(&address.listing)).collect());
    let modes = modes(calls, &products).await?;
    let counted = |address: &&StockAddress| -> Option<u64> {
        let variant = number(&address.variant)?;
        modes.get(&number(&address.listing)?)?.counts(variant).then_some(variant)
    };
    let variants = distinct(addresses.iter().filter_map(|address| counted(&address)).collect());
    let counts = read(calls, By::Variant, &variants).await?;
    let read = |address: &StockAddress| {
        let (Some(product), Some(variant)) = (number(&address.listing), number(&address.variant)) else {
            return LevelRead::Gone;
        };
        let Some(mode) = modes.get(&product) else { return LevelRead::Gone };
        if !mode.counts(variant) {
            return LevelRead::Untracked;
        }
        let Some(item) = counts.get(&variant).filter(|item| item.product == product) else { return LevelRead::Gone };
        let level = number(&address.location.0).and_then(|place| item.levels.get(&place));
        // The place has no count of it.
        level.map_or(LevelRead::Untracked, |level| LevelRead::Counted(Quantity::units(*level)))
    };
    Ok(addresses.iter().map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_cannot_be_read_is_no_zero() {
        let raw = json!({
            "identity": {"sku": "A", "variant_id": 71, "product_id": 7},
            "locations": [
                {"location_id": 1, "available_to_sell": 8, "total_inventory_onhand": 10},
                {"location_id": 2, "total_inventory_onhand": null}, {"location_id": 3}
            ]
        });
        let (variant, item) = item(&raw).unwrap();
        assert_eq!((variant, item.product, item.levels), (71, 7, BTreeMap::from([(1, 10)])));
    }

    #[test]
    fn a_count_of_the_whole_belongs_to_a_base_variant_only() {
        let shared = Mode { tracking: Tracking::Product, base_variant: None };
        let simple = Mode { tracking: Tracking::Product, base_variant: Some(70) };
        assert!(!shared.counts(71) && simple.counts(70) && !simple.counts(71));
        assert!(!Mode { tracking: Tracking::None, base_variant: Some(70) }.counts(70));
    }
}
