//! Reading the catalogue on: whole, and by what changed since; and the counts by themselves.
//!
//! A full look reads the items without a matrix, and then the matrices, a page at a time, each page with all its items:
//! so nothing has to be put aside between two pages. Archived items are left out; many accounts have more of them than of
//! others, and archiving is how R-Series deletes.
//!
//! A later run reads the items that changed, archived ones too (they are gone), then the matrices that changed, and of
//! each matrix that either names, all items. "The timeStamp doesn't include changes to related records": a picture, a
//! text or the name of a brand or category that changes without touching its item is seen at the next full run.
//!
//! `ItemShop` is the feed of counts. Its rows do not say whether their item is counted at all, so the items that are not
//! known yet are looked up, a hundred in a call.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Cursor, Listing, LocationId, RemoteId};
use crate::platform::{Change, Next, Page, PlatformError, StockChange};

use super::calls::Call;
use super::convert;
use super::lists::{Phase, Place, walk};
use super::profile::{MATRIX_PAGE, PAGE};
use super::shelf::{Missing, OF_ITEM, Shelf};
use super::wire::{self, Item, ItemShop};

pub async fn listings(shelf: &Shelf, from: &Cursor) -> Result<Page, PlatformError> {
    let place = Place::at(from, Phase::Items);
    match place.phase {
        Phase::Matrices => matrices(shelf, &place).await,
        Phase::ChangedItems => changed_items(shelf, &place).await,
        Phase::ChangedMatrices => changed_matrices(shelf, &place).await,
        _ => items(shelf, &place).await,
    }
}

async fn items(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let currency = shelf.currency().await?;
    let list = Call::list("Item").query("itemMatrixID", "0").query("sort", "itemID").query("limit", PAGE);
    let walked = walk(&shelf.calls, list.relations(OF_ITEM), place).await?;
    let mut changes = Vec::with_capacity(walked.rows.len());
    let mut seen = Vec::with_capacity(walked.rows.len());
    for row in walked.rows {
        match item(row) {
            // A filter that is not understood would bring the items of matrices too, and archived ones.
            Ok(item) if item.matrix.id().is_some() || item.is_archived() => {}
            Ok(item) => {
                changes.push(told(convert::simple(&item, currency), item.id.text()));
                seen.push(item);
            }
            Err(unreadable) => changes.push(unreadable),
        }
    }
    shelf.learn(&seen).await;
    let next = walked.next.unwrap_or_else(|| walked.here.in_phase(Phase::Matrices));
    Ok(Page { changes, next: Next::More(next.cursor()) })
}

async fn matrices(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let list = Call::list("ItemMatrix").query("sort", "itemMatrixID").query("limit", MATRIX_PAGE);
    let walked =
        walk(&shelf.calls, list.relations(&["Images", "Category", "Manufacturer", "ItemECommerce"]), place).await?;
    let mut changes = Vec::new();
    for (id, listing) in shelf.with_items(walked.rows).await? {
        match listing {
            // One without items is no product.
            Err(Missing::Gone) => {}
            listing => changes.extend(of_matrix(&id, listing)),
        }
    }
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None => Next::Done(walked.here.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

async fn changed_items(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let currency = shelf.currency().await?;
    let list = Call::list("Item").query("archived", true).query("sort", "timeStamp").query("limit", PAGE);
    let list = list.since("timeStamp", place.since.unwrap_or_default()).relations(OF_ITEM);
    let walked = walk(&shelf.calls, list, place).await?;
    let mut changes = Vec::new();
    let mut touched = BTreeSet::new();
    let mut seen = Vec::with_capacity(walked.rows.len());
    for row in walked.rows {
        match item(row) {
            Ok(item) => {
                match item.matrix.id() {
                    Some(matrix) => {
                        touched.insert(matrix.to_owned());
                        // It may have been a product of its own before it was put into the matrix.
                        changes.extend(item.id.id().and_then(|id| RemoteId::new(id).ok()).map(Change::Gone));
                    }
                    None if item.is_archived() => {
                        changes.extend(item.id.id().and_then(|id| RemoteId::new(id).ok()).map(Change::Gone));
                    }
                    None => changes.push(told(convert::simple(&item, currency), item.id.text())),
                }
                seen.push(item);
            }
            Err(unreadable) => changes.push(unreadable),
        }
    }
    shelf.learn(&seen).await;
    add_matrices(shelf, &touched, &mut changes).await?;
    let next = walked.next.unwrap_or_else(|| walked.here.in_phase(Phase::ChangedMatrices));
    Ok(Page { changes, next: Next::More(next.cursor()) })
}

async fn changed_matrices(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let list = Call::list("ItemMatrix").query("archived", true).query("sort", "timeStamp").query("limit", MATRIX_PAGE);
    let list = list.since("timeStamp", place.since.unwrap_or_default());
    let walked = walk(&shelf.calls, list, place).await?;
    let id = |row: &Value| row.get("itemMatrixID").and_then(wire::as_text);
    let touched: BTreeSet<String> = walked.rows.iter().filter_map(id).collect();
    let mut changes = Vec::new();
    add_matrices(shelf, &touched, &mut changes).await?;
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None => Next::Done(walked.here.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

async fn add_matrices(shelf: &Shelf, ids: &BTreeSet<String>, changes: &mut Vec<Change>) -> Result<(), PlatformError> {
    if ids.is_empty() {
        return Ok(());
    }
    for (id, listing) in shelf.matrices(ids).await? {
        changes.extend(of_matrix(&id, listing));
    }
    Ok(())
}

fn of_matrix(id: &str, listing: Result<Listing, Missing>) -> Option<Change> {
    let remote = convert::matrix_remote(id);
    match listing {
        Ok(listing) => Some(Change::Seen(Box::new(listing))),
        Err(Missing::Gone) => remote.ok().map(Change::Gone),
        Err(Missing::Unreadable(why)) => {
            Some(Change::Unreadable { remote: remote.map_or_else(|_| id.to_owned(), |remote| remote.to_string()), why })
        }
    }
}

pub async fn stock(shelf: &Shelf, from: &Cursor) -> Result<Page, PlatformError> {
    let place = Place::at(from, Phase::Stock);
    // Shop 0 is the sum of all.
    let mut list = Call::list("ItemShop").query("shopID", "!=,0").query("sort", "timeStamp").query("limit", PAGE);
    if let Some(since) = place.since {
        list = list.since("timeStamp", since);
    }
    let walked = walk(&shelf.calls, list, &place).await?;
    let rows: Vec<ItemShop> = super::shelf::readable(walked.rows);
    let rows: Vec<&ItemShop> = rows.iter().filter(|row| row.shop.id().is_some()).collect();
    let items: BTreeSet<String> = rows.iter().filter_map(|row| row.item.id().map(str::to_owned)).collect();
    let known = shelf.known(&items).await?;
    let level = |row: &&ItemShop| {
        // Never counted is no news, and above all not 0.
        let of = known.get(row.item.id()?).filter(|known| known.counted && !known.archived)?;
        Some(Change::Stock(StockChange {
            listing: Some(of.listing.clone()),
            variant: RemoteId::new(row.item.id()?).ok()?,
            location: LocationId(RemoteId::new(row.shop.id()?).ok()?),
            quantity: Some(row.qoh.quantity()?),
        }))
    };
    let changes = rows.iter().filter_map(level).collect();
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None => Next::Done(walked.here.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

/// The error names the item and quotes nothing of it.
fn item(row: Value) -> Result<Item, Change> {
    let remote = row.get("itemID").and_then(wire::as_text).unwrap_or_else(|| "?".to_owned());
    let why = "R-Series' answer about this item is not readable".to_owned();
    Item::deserialize(row).map_err(|_| Change::Unreadable { remote, why })
}

fn told(listing: Result<Listing, String>, id: Option<&str>) -> Change {
    match listing {
        Ok(listing) => Change::Seen(Box::new(listing)),
        Err(why) => Change::Unreadable { remote: id.unwrap_or("?").to_owned(), why },
    }
}
