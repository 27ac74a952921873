//! The feeds: listings whole, and stock alone.
//!
//! A run goes through `/products`, then through `/variations` (WooCommerce 10.3 and later), since a variation's change
//! need not move its parent. Before 10.3 there is no such list: then only changes that move the parent are seen by
//! increments, and the full sweep finds the rest. Deletions are in no list at all; the full sweep finds them too. Old
//! versions did not move the time of change when stock changed (issues 17841, 19427, 19562): again the full sweep.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::{Cursor, RemoteId};
use crate::platform::{Change, Next, Page, PlatformError, StockChange};

use super::catalogue::{Catalogue, PRODUCT_FIELDS};
use super::convert;
use super::pages::{List, Phase, Place, Walked, walk};
use super::wire::{Loose, ManageStock, Product, Variation};

const PRODUCT_STOCK_FIELDS: &str = "id,type,manage_stock,stock_quantity,variations";
const VARIATION_STOCK_FIELDS: &str = "id,parent_id,manage_stock,stock_quantity";

/// Listings, whole.
pub(super) async fn listings(catalogue: &Catalogue, from: &Cursor) -> Result<Page, PlatformError> {
    let place = Place::at(from, Phase::Products);
    let mut changes = Vec::new();
    match place.phase {
        // Its own phases only: Place::at sees to that.
        Phase::Products | Phase::Orders | Phase::TrashedOrders => {
            let walked = walk(&catalogue.calls, &List::any("/products", PRODUCT_FIELDS), &place).await?;
            let products = read_all(&walked.items, &mut changes);
            add_whole(catalogue, products, &mut changes).await?;
            // A full sweep has had all variations with their parents.
            let both = place.since.is_some() && catalogue.has_all_variations().await?;
            Ok(Page { changes, next: after(&place, walked, both) })
        }
        Phase::Variations => {
            let walked = walk(&catalogue.calls, &List::any("/variations", "id,parent_id"), &place).await?;
            let parents: BTreeSet<u64> =
                walked.items.iter().filter_map(|item| Loose::from(item.get("parent_id")?).number()).collect();
            let parents: Vec<u64> = parents.into_iter().collect();
            let mut products = catalogue.products(&parents).await?;
            // A parent that was modified itself has been delivered by the first phase. If both changed in the moment
            // between the two, the next run begins early enough to see it again.
            products.retain(|product| convert::timestamp(&product.date_modified_gmt) <= place.since);
            add_whole(catalogue, products, &mut changes).await?;
            Ok(Page { changes, next: after(&place, walked, false) })
        }
    }
}

/// Stock levels alone, with short answers.
pub(super) async fn stock(catalogue: &Catalogue, from: &Cursor) -> Result<Page, PlatformError> {
    let place = Place::at(from, Phase::Products);
    let mut changes = Vec::new();
    match place.phase {
        // Its own phases only: Place::at sees to that.
        Phase::Products | Phase::Orders | Phase::TrashedOrders => {
            let walked = walk(&catalogue.calls, &List::any("/products", PRODUCT_STOCK_FIELDS), &place).await?;
            let products: Vec<Product> = read_all(&walked.items, &mut changes);
            let both = catalogue.has_all_variations().await?;
            for product in products.iter().filter(|product| !product.is_variable() && !product.has_no_stock()) {
                changes.extend(stock_of(
                    catalogue,
                    &product.id,
                    &product.id,
                    product.manages(),
                    &product.stock_quantity,
                ));
            }
            if !both {
                let variations = catalogue.variations_of(&products, VARIATION_STOCK_FIELDS).await?;
                for (parent, variation) in
                    variations.iter().flat_map(|(parent, own)| own.iter().map(move |variation| (*parent, variation)))
                {
                    changes.extend(variation_stock(catalogue, &Loose::from(&Value::from(parent)), variation));
                }
            }
            Ok(Page { changes, next: after(&place, walked, both) })
        }
        Phase::Variations => {
            let walked = walk(&catalogue.calls, &List::any("/variations", VARIATION_STOCK_FIELDS), &place).await?;
            let variations: Vec<Variation> = read_all(&walked.items, &mut changes);
            for variation in &variations {
                changes.extend(variation_stock(catalogue, &variation.parent_id, variation));
            }
            Ok(Page { changes, next: after(&place, walked, false) })
        }
    }
}

async fn add_whole(
    catalogue: &Catalogue,
    products: Vec<Product>,
    changes: &mut Vec<Change>,
) -> Result<(), PlatformError> {
    for (remote, found) in catalogue.whole(products).await? {
        changes.push(match found {
            Ok(listing) => Change::Seen(Box::new(listing)),
            Err(why) => Change::Unreadable { remote, why },
        });
    }
    Ok(())
}

fn variation_stock(catalogue: &Catalogue, parent: &Loose, variation: &Variation) -> Option<Change> {
    stock_of(catalogue, parent, &variation.id, variation.manages(), &variation.stock_quantity)
}

/// `None` for what is unknown: kept at the parent, or not readable. That is no news, and above all not 0.
fn stock_of(
    catalogue: &Catalogue,
    listing: &Loose,
    variant: &Loose,
    manages: ManageStock,
    quantity: &Loose,
) -> Option<Change> {
    let quantity = match manages {
        ManageStock::Nobody => None,
        ManageStock::Parent => return None,
        ManageStock::Itself => Some(convert::counted(quantity)?),
    };
    let listing: Option<RemoteId> = convert::remote_id(listing).ok();
    let variant = convert::remote_id(variant).ok()?;
    Some(Change::Stock(StockChange { listing, variant, location: catalogue.location.id.clone(), quantity }))
}

/// What can be read; the rest is reported, one by one.
pub(super) fn read_all<T: DeserializeOwned>(items: &[Value], changes: &mut Vec<Change>) -> Vec<T> {
    let mut read = Vec::with_capacity(items.len());
    for item in items {
        match T::deserialize(item) {
            Ok(thing) => read.push(thing),
            Err(_) => {
                let id = item.get("id").map(Loose::from).unwrap_or_default();
                let remote = id.text().unwrap_or("?").to_owned();
                changes
                    .push(Change::Unreadable { remote, why: "the shop's answer about it is not readable".to_owned() });
            }
        }
    }
    read
}

/// Where to go on after a page: the rest of this list, the other list, or the next run.
fn after(place: &Place, walked: Walked, both: bool) -> Next {
    match walked.next {
        Some(next) => Next::More(next.cursor()),
        None if both && place.phase == Phase::Products => Next::More(walked.ended.in_phase(Phase::Variations).cursor()),
        None => Next::Done(walked.ended.next_run().cursor()),
    }
}
