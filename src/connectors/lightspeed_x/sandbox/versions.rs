//! The one number that grows over all things of a shop.
//!
//! The shop model stamps some changes with a number and others with a time, so before each request everything that looks
//! other than it did gets the next version, the oldest change first. The first version is one that a float cannot hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Shop, ShopOrder, ShopOrderState};

/// 2⁵³ + 1.
const FIRST: i64 = 9_007_199_254_740_993;

/// Things with their versions.
#[derive(Debug)]
pub struct Shelf<K> {
    known: HashMap<K, (u64, i64)>,
    index: BTreeMap<i64, K>,
}

impl<K> Default for Shelf<K> {
    fn default() -> Self {
        Self { known: HashMap::new(), index: BTreeMap::new() }
    }
}

impl<K: Copy + Eq + Hash> Shelf<K> {
    fn is_new(&self, key: K, stamp: u64) -> bool {
        self.known.get(&key).is_none_or(|(known, _)| *known != stamp)
    }

    fn put(&mut self, key: K, stamp: u64, version: i64) {
        if let Some((_, old)) = self.known.insert(key, (stamp, version)) {
            self.index.remove(&old);
        }
        self.index.insert(version, key);
    }

    fn remove(&mut self, key: K) {
        if let Some((_, old)) = self.known.remove(&key) {
            self.index.remove(&old);
        }
    }

    pub fn version(&self, key: K) -> i64 {
        self.known.get(&key).map_or(0, |(_, version)| *version)
    }

    /// Ascending.
    pub fn between(&self, after: i64, before: i64) -> impl DoubleEndedIterator<Item = (i64, K)> {
        let range = (std::ops::Bound::Excluded(after), std::ops::Bound::Excluded(before.max(after + 1)));
        self.index.range(range).map(|(version, key)| (*version, *key))
    }
}

/// What is left of a product.
#[derive(Debug, Clone)]
pub struct Tombstone {
    pub name: String,
    pub parent: Option<u64>,
    pub has_variants: bool,
    pub deleted_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SaleKey {
    Sale(u64),
    /// Order and refund.
    Return(u64, u64),
}

#[derive(Debug, Default)]
pub struct Versions {
    given: i64,
    /// By the number of the variant.
    pub products: Shelf<u64>,
    /// By variant and location.
    pub levels: Shelf<(u64, u64)>,
    pub counts: HashMap<(u64, u64), Quantity>,
    pub sales: Shelf<SaleKey>,
    alive: HashMap<u64, Tombstone>,
    pub deleted: HashMap<u64, Tombstone>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moved {
    Product(u64, u64),
    Level(u64, u64, u64),
    Sale(SaleKey, u64),
    Deleted(u64),
}

/// Returns that are sales of their own; those of an order that was called off as a whole are part of its voiding.
pub fn returns(order: &ShopOrder) -> impl Iterator<Item = SaleKey> {
    let refunds = if order.state == ShopOrderState::Cancelled { &[][..] } else { &order.refunds[..] };
    refunds.iter().map(|refund| SaleKey::Return(order.number, refund.number))
}

/// What a sale looks like. That something of it came back is another sale's news: nothing documents that the first one
/// gets a new version by it, so here it gets none, and whoever reads has to look it up.
fn stamp(order: &ShopOrder) -> u64 {
    let handed_over: Quantity = Quantity::sum(order.lines.iter().map(|line| line.fulfilled));
    let called_off = order.cancelled_at.map_or(0, |at| at.0.unsigned_abs());
    (handed_over.raw().unsigned_abs().wrapping_mul(31) ^ called_off).wrapping_mul(7).wrapping_add(order.state as u64)
}

impl Versions {
    pub fn catch_up(&mut self, shop: &Shop, now: Timestamp) {
        let mut moved: Vec<(Timestamp, Moved)> = Vec::new();
        let mut seen = 0;
        let mut counted: BTreeSet<(u64, u64)> = BTreeSet::new();
        for product in shop.products.values() {
            let parent = product.variants.first().map(|variant| variant.number);
            for variant in &product.variants {
                seen += 1;
                let at = product.updated_at.max(variant.updated_at);
                let stamp = product.version.wrapping_mul(1_000_003) ^ at.0.unsigned_abs();
                if self.products.is_new(variant.number, stamp) {
                    moved.push((at, Moved::Product(variant.number, stamp)));
                    let known = Tombstone {
                        name: product.title.clone(),
                        parent: parent.filter(|parent| *parent != variant.number),
                        has_variants: !product.options.is_empty() && parent == Some(variant.number),
                        deleted_at: now,
                    };
                    self.alive.insert(variant.number, known);
                }
                for (location, level) in variant.levels.iter().filter(|_| variant.tracked) {
                    counted.insert((variant.number, *location));
                    let stamp = level.raw().cast_unsigned();
                    if self.levels.is_new((variant.number, *location), stamp) {
                        self.counts.insert((variant.number, *location), *level);
                        moved.push((variant.stock_updated_at, Moved::Level(variant.number, *location, stamp)));
                    }
                }
            }
        }
        if self.alive.len() != seen {
            let there: BTreeSet<u64> = shop.products.values().flat_map(|p| &p.variants).map(|v| v.number).collect();
            let gone: Vec<u64> = self.alive.keys().copied().filter(|number| !there.contains(number)).collect();
            moved.extend(gone.into_iter().map(|number| (now, Moved::Deleted(number))));
        }
        let uncounted: Vec<(u64, u64)> = self.counts.keys().copied().filter(|key| !counted.contains(key)).collect();
        for key in uncounted {
            self.counts.remove(&key);
            self.levels.remove(key);
        }
        for order in shop.orders.values() {
            let stamp = stamp(order);
            if self.sales.is_new(SaleKey::Sale(order.number), stamp) {
                moved.push((order.updated_at, Moved::Sale(SaleKey::Sale(order.number), stamp)));
            }
            for key in returns(order) {
                if self.sales.is_new(key, 1) {
                    moved.push((order.updated_at, Moved::Sale(key, 1)));
                }
            }
        }
        moved.sort();
        for (_, thing) in moved {
            let version = FIRST + self.given;
            // Gaps, as other shops' changes leave them.
            self.given += 3;
            match thing {
                Moved::Product(number, stamp) => self.products.put(number, stamp, version),
                Moved::Level(variant, location, stamp) => self.levels.put((variant, location), stamp, version),
                Moved::Sale(key, stamp) => self.sales.put(key, stamp, version),
                Moved::Deleted(number) => {
                    self.products.put(number, u64::MAX, version);
                    if let Some(known) = self.alive.remove(&number) {
                        self.deleted.insert(number, Tombstone { deleted_at: now, ..known });
                    }
                }
            }
        }
    }
}
