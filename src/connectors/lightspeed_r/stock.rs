//! Counts: read from the source, and set.
//!
//! R-Series takes one total for one item in one shop, without a key and without a comparison. So the engine reads right
//! before, journals, and writes; the answer to the write shows the count as it is now, which is the read-back.
//!
//! Counts are read with their items and not from `ItemShop`, since only the item says whether it is counted at all and
//! whether it is archived.

use std::collections::HashMap;

use serde_json::json;

use crate::domain::Quantity;
use crate::platform::{
    LevelRead, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, StockAddress, WriteError,
};

use super::calls::{Call, refusal};
use super::shelf::Shelf;
use super::wire::Item;

/// One answer for each address, in order; a hundred items in a call.
pub async fn levels(shelf: &Shelf, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
    let mut ids: Vec<&str> = addresses.iter().map(|address| address.variant.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let items = shelf.items(&ids, &["ItemShops"]).await?;
    let by_id: HashMap<&str, &Item> = items.iter().filter_map(|item| Some((item.id.id()?, item))).collect();
    Ok(addresses.iter().map(|address| level(by_id.get(address.variant.as_str()).copied(), address)).collect())
}

fn level(item: Option<&Item>, address: &StockAddress) -> LevelRead {
    match item {
        None => LevelRead::Gone,
        Some(item) if item.is_archived() => LevelRead::Gone,
        Some(item) if !item.is_counted() => LevelRead::Untracked,
        // A shop without a row was never counted: a write would make a count where the merchant keeps none.
        Some(item) => here(item, address).map_or(LevelRead::Untracked, LevelRead::Counted),
    }
}

fn here(item: &Item, address: &StockAddress) -> Option<Quantity> {
    let row = item.levels().find(|row| row.shop.id() == Some(address.location.0.as_str()))?;
    row.qoh.quantity()
}

/// One outcome for each write, in order, one call each. If one of them is left unknown, so is the whole batch: the caller
/// looks up each value, and what had been set is found as set.
pub async fn write(shelf: &Shelf, writes: &[QuantityWrite]) -> Result<Vec<QuantityOutcome>, WriteError> {
    let mut outcomes = Vec::with_capacity(writes.len());
    let mut stopped = false;
    for write in writes {
        if stopped {
            outcomes.push(QuantityOutcome::NotTried);
            continue;
        }
        match set(shelf, write).await {
            Ok(now) => outcomes.push(QuantityOutcome::Applied { now }),
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

async fn set(shelf: &Shelf, write: &QuantityWrite) -> Result<Option<Quantity>, WriteError> {
    let target = match write.change {
        QuantityChange::Set { to, .. } => to,
        QuantityChange::Adjust { .. } => write.change.target(),
    };
    let pieces = pieces(target).map_err(|why| WriteError::NotApplied(refusal(why)))?;
    let shop = write.address.location.0.as_str();
    let body = json!({"ItemShops": {"ItemShop": [{"shopID": shop, "qoh": pieces.to_string()}]}});
    let call = Call::update("Item", write.address.variant.as_str(), body).promptly();
    let answer = shelf.calls.write(call).await?;
    let item: Item = shelf.answered(answer, "Item").map_err(WriteError::Unknown)?;
    Ok(here(&item, &write.address))
}

/// What R-Series can be told.
fn pieces(target: Quantity) -> Result<i64, String> {
    match target.whole() {
        None => Err(format!("R-Series counts whole pieces, and {target} is none")),
        // "the qoh field cannot be updated to a negative value through the API"
        Some(pieces) if pieces < 0 => Err(format!(
            "R-Series does not let a count be set below zero, and this one would be {target}; complete the delivery \
             that is missing there, or count the item"
        )),
        Some(pieces) => Ok(pieces),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_told_is_refused_beforehand() {
        assert_eq!(pieces(Quantity::units(7)), Ok(7));
        assert_eq!(pieces(Quantity::ZERO), Ok(0));
        assert!(pieces(Quantity::units(-1)).unwrap_err().contains("below zero"));
        assert!(pieces("0.5".parse().unwrap()).unwrap_err().contains("whole pieces"));
    }
}
