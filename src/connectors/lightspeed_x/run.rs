//! What is remembered of one run of the listings feed, between its pages.
//!
//! The variants of a family come as single products, in the order of their last changes, so that a family may be spread
//! over many pages. A part of a family is worse than nothing: in a run from the beginning families wait here until its
//! end, and in a later run only their names are kept, for a look-up at its end. Pure.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{Cursor, RemoteId};
use crate::platform::Change;

use super::convert::{self, Facts, Levels};
use super::wire::Product;

/// Families told in one page at the end of a run.
pub const FAMILIES_AT_ONCE: usize = 500;

/// Where a feed is. Versions are whole numbers of 64 bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The version that the run began after; absent between two runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Products up to this version were read.
    pub after: i64,
    /// Where the stock feed can begin.
    #[serde(default)]
    pub stock: i64,
    /// Families that were told at the end of the run.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub told: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Place {
    pub fn of(cursor: &Cursor) -> Result<Self, String> {
        match cursor {
            Cursor::Start => Ok(Self::default()),
            Cursor::At(place) => {
                serde_json::from_str(place).map_err(|_| "the cursor is none of this feed's".to_owned())
            }
        }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor::At(serde_json::to_string(self).unwrap_or_default())
    }
}

/// A run that is under way.
#[derive(Debug)]
pub struct Run {
    pub place: Place,
    /// From the beginning: all that exists comes by.
    pub full: bool,
    /// Of a full run: all counts.
    pub levels: Levels,
    /// Of a full run: families by the parent's identifier.
    held: BTreeMap<String, BTreeMap<String, Product>>,
    /// Of a full run: simple products that were told.
    told: HashSet<String>,
    /// Of a later run: families that changed, with a name to look them up by.
    pub touched: BTreeMap<String, String>,
}

impl Run {
    pub fn begin(from: i64, stock: i64, levels: Levels) -> Self {
        Self {
            place: Place { from: Some(from), after: from, stock, told: 0 },
            full: from == 0,
            levels,
            held: BTreeMap::new(),
            told: HashSet::new(),
            touched: BTreeMap::new(),
        }
    }

    /// Sorts a page: what is simple comes back, what has a family waits. `Gone` comes at once.
    pub fn take(&mut self, page: Vec<Value>, changes: &mut Vec<Change>) -> Vec<Product> {
        let mut simple = Vec::new();
        for raw in page {
            let named = raw["id"].as_str().unwrap_or("without an identifier").to_owned();
            let product: Product = match serde_json::from_value(raw) {
                Ok(product) => product,
                Err(why) => {
                    changes
                        .push(Change::Unreadable { remote: named, why: format!("the product cannot be read: {why}") });
                    continue;
                }
            };
            let (Some(id), Some(root)) = (product.id().map(str::to_owned), product.root().map(str::to_owned)) else {
                changes.push(Change::Unreadable { remote: named, why: "a product without an identifier".to_owned() });
                continue;
            };
            match (product.has_family(), product.is_deleted()) {
                (true, deleted) if self.full => {
                    let family = self.held.entry(root.clone()).or_default();
                    match deleted {
                        true => drop(family.remove(&id)),
                        false => drop(family.insert(id, product)),
                    }
                    if family.is_empty() {
                        self.held.remove(&root);
                    }
                }
                (true, _) => {
                    let name = product.name.text().unwrap_or_default().to_owned();
                    self.touched.insert(root, name);
                }
                (false, true) => {
                    // What nobody heard of in this run need not be called gone: a shop's whole past would come.
                    if !self.full || self.told.remove(&id) {
                        changes.extend(RemoteId::new(id).ok().map(Change::Gone));
                    }
                }
                (false, false) => {
                    self.told.insert(id);
                    simple.push(product);
                }
            }
        }
        simple
    }

    /// Families of a full run that are to be told next, and whether there are more after them.
    pub fn families(&self) -> (Vec<Vec<Product>>, bool) {
        let rest = self.held.len().saturating_sub(self.place.told);
        let next = self.held.values().skip(self.place.told).take(FAMILIES_AT_ONCE);
        (next.map(|members| members.values().cloned().collect()).collect(), rest > FAMILIES_AT_ONCE)
    }
}

/// A family as a change; what is wrong with it is told in its place.
pub fn seen(members: &[Product], levels: &Levels, facts: &Facts) -> Change {
    match convert::listing(members, levels, facts) {
        Ok(listing) => Change::Seen(Box::new(listing)),
        Err(why) => {
            let remote = members.iter().find_map(Product::root).unwrap_or("without an identifier").to_owned();
            Change::Unreadable { remote, why }
        }
    }
}
