//! Counts: read from the source, and set.
//!
//! Clover takes one total for one item at a time, without a key and without a comparison. So the engine reads right
//! before, journals, and writes; the answer to the write shows the count as it is now, which is the read-back.
//!
//! A count is read with its item and not from `item_stocks`, since only the item says whether it was deleted.

use futures_util::future::try_join_all;
use serde_json::json;

use crate::http::segment;
use crate::platform::{
    LevelRead, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, StockAddress, WriteError,
};

use super::shelf::Shelf;
use super::wire::{Item, ItemStock, number};

/// One answer for each address, in order. They are asked for side by side, as far as the gate lets them.
pub(super) async fn levels(shelf: &Shelf, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
    try_join_all(addresses.iter().map(|address| level(shelf, address))).await
}

async fn level(shelf: &Shelf, address: &StockAddress) -> Result<LevelRead, PlatformError> {
    let path = format!("/items/{}", segment(address.variant.as_str()));
    let item = match shelf.calls.read_json::<Item>(shelf.calls.get(&path).query("expand", "itemStock")).await {
        Ok((item, _)) if !item.is_deleted() => item,
        Ok(_) | Err(PlatformError::NotFound { .. }) => return Ok(LevelRead::Gone),
        Err(why) => return Err(why),
    };
    // Never counted: a write would make a count where the merchant keeps none.
    let counted = item.item_stock.as_ref().and_then(ItemStock::counted);
    Ok(counted.map_or(LevelRead::Untracked, LevelRead::Counted))
}

/// One outcome for each write, in order, one call each. If one of them is left unknown, so is the whole batch: the caller
/// looks up each value, and what had been set is found as set.
pub(super) async fn write(shelf: &Shelf, writes: &[QuantityWrite]) -> Result<Vec<QuantityOutcome>, WriteError> {
    let mut outcomes = Vec::with_capacity(writes.len());
    let mut stopped = false;
    for write in writes {
        if stopped {
            outcomes.push(QuantityOutcome::NotTried);
            continue;
        }
        match set(shelf, write).await {
            Ok(stock) => outcomes.push(QuantityOutcome::Applied { now: stock.counted() }),
            Err(WriteError::Unknown(cause)) => return Err(WriteError::Unknown(cause)),
            Err(WriteError::NotApplied(cause)) => {
                // What is about the connection would meet the others too.
                stopped = cause.passes() || matches!(cause, PlatformError::Unauthorised { .. });
                if stopped && outcomes.is_empty() {
                    return Err(WriteError::NotApplied(cause));
                }
                outcomes.push(QuantityOutcome::Rejected(cause));
            }
        }
    }
    Ok(outcomes)
}

async fn set(shelf: &Shelf, write: &QuantityWrite) -> Result<ItemStock, WriteError> {
    let target = match write.change {
        QuantityChange::Set { to, .. } => to,
        QuantityChange::Adjust { .. } => write.change.target(),
    };
    let path = format!("/item_stocks/{}", segment(write.address.variant.as_str()));
    shelf.calls.write_json(shelf.calls.post(&path, json!({ "quantity": number(target) }))).await
}
