//! The feeds of listings and of levels. Both are walked by moment (see `../walk.rs`): products by when they were made,
//! in later runs by when they were last changed; levels by when they last moved. Deletions are in no list; the full
//! sweep finds them.

use serde::Deserialize;
use serde_json::{Map, json};

use crate::domain::{Cursor, Quantity, RemoteId};
use crate::platform::{Change, Next, Page, PlatformError, StockChange};

use super::super::place::{Phase, Place};
use super::super::profile::{LONG_PAGE, PAGE};
use super::super::shop::{Catalogue, Shop, location_id};
use super::super::walk::{self, List, Walked};
use super::super::wire::variant_remote;
use super::read::{self, FIELDS};
use super::wire::InventoryItem;

pub(in super::super) async fn listings(shop: &Shop, from: &Cursor) -> Result<Page, PlatformError> {
    let here = Place::at(from, Phase::Products, Catalogue::V3);
    let list = List {
        path: "/stores/v3/products/query",
        envelope: "query",
        items: "products",
        paging: "pagingMetadata",
        moment: if here.since.is_none() { "createdDate" } else { "updatedDate" },
        limit: PAGE,
        filter: Map::new(),
        beside: Map::from_iter([("fields".to_owned(), json!(FIELDS))]),
    };
    let walked = walk::page(&shop.calls, &list, here).await?;
    let mut changes = Vec::with_capacity(walked.items.len());
    for some in walked.items.chunks(PAGE) {
        for (remote, listing) in read::converted(shop, some).await? {
            changes.push(match listing {
                Ok(listing) => Change::Seen(Box::new(listing)),
                Err(why) => Change::Unreadable { remote, why },
            });
        }
    }
    Ok(Page { changes, next: next(walked) })
}

/// Levels that moved. In a run from the beginning: all of them.
pub(in super::super) async fn stock(shop: &Shop, from: &Cursor) -> Result<Page, PlatformError> {
    let here = Place::at(from, Phase::Stock, Catalogue::V3);
    let list = List {
        path: "/stores/v3/inventory-items/query",
        envelope: "query",
        items: "inventoryItems",
        paging: "pagingMetadata",
        moment: "updatedDate",
        limit: LONG_PAGE,
        filter: Map::new(),
        beside: Map::new(),
    };
    let walked = walk::page(&shop.calls, &list, here).await?;
    let read = walked.items.iter().filter_map(|raw| InventoryItem::deserialize(raw).ok());
    let changes = read.filter_map(|item| change(&item)).collect();
    Ok(Page { changes, next: next(walked) })
}

fn next(walked: Walked) -> Next {
    match walked.next {
        Some(next) => Next::More(next.cursor()),
        None => Next::Done(walked.here.next_run().cursor()),
    }
}

/// A count that cannot be read is no news.
fn change(item: &InventoryItem) -> Option<Change> {
    let (product, variant) = (item.product_id.text()?, item.variant_id.text()?);
    let quantity = match item.level() {
        Some(level) => Some(Quantity::units(level)),
        None if item.is_untracked() => None,
        None => return None,
    };
    Some(Change::Stock(StockChange {
        listing: Some(RemoteId::new(product).ok()?),
        variant: variant_remote(product, variant).ok()?,
        location: location_id(item.location_id.text()?).ok()?,
        quantity,
    }))
}
