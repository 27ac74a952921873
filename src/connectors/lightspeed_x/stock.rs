//! Counts: read from the source, and changed by adjustments.
//!
//! `stock_adjustments` adds and subtracts, up to 1000 at once, and has no key: the same call twice counts twice. So it
//! is sent once, and what is left unknown is looked up by the engine. Setting a count through the product is not used:
//! it would overwrite what was sold in between.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::domain::{LocationId, Quantity};
use crate::platform::{
    LevelRead, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, StockAddress, WriteError,
};

use super::catalogue::Catalogue;
use super::convert::Levels;
use super::profile::PROFILE;
use super::wire::Level;

/// The reasons that X-Series has of its own for pieces that appear and disappear; others than these need a reason to be
/// made in the shop first, or say something that is not so (damage, theft).
const MORE: &str = "STOCK_FOUND";
const LESS: &str = "INTERNAL_USE";

/// One answer for each address, in order: one call for a thousand, and one for each product that it does not tell of.
pub async fn levels(catalogue: &Catalogue, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
    let outlets: BTreeSet<&LocationId> = addresses.iter().map(|address| &address.location).collect();
    let outlets: Vec<&LocationId> = outlets.into_iter().collect();
    let ids: BTreeSet<&str> = addresses.iter().map(|address| address.variant.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let levels = catalogue.levels_of(&ids, &outlets).await?;
    let mut reads = Vec::with_capacity(addresses.len());
    for address in addresses {
        reads.push(match levels.at(address.variant.as_str(), &address.location) {
            Some(level) => LevelRead::Counted(level),
            None => without_level(catalogue, address).await?,
        });
    }
    Ok(reads)
}

/// A product that the list of levels leaves out: gone, not tracked, or left out for a reason that is documented nowhere
/// (the list is made for reports).
async fn without_level(catalogue: &Catalogue, address: &StockAddress) -> Result<LevelRead, PlatformError> {
    let id = address.variant.as_str();
    let Some(product) = catalogue.product(id).await?.filter(|product| !product.is_deleted()) else {
        return Ok(LevelRead::Gone);
    };
    if !product.is_tracked() {
        return Ok(LevelRead::Untracked);
    }
    let body = json!({"product_id": id, "sort_direction": "asc"});
    let rows: Vec<Level> = catalogue.calls.read_json(catalogue.calls.post("/inventory", body)).await?;
    let mut levels = Levels::default();
    for row in rows.iter().filter(|row| row.product_id.text() == Some(id)) {
        levels.take(row).map_err(|why| catalogue.unexpected(&why))?;
    }
    Ok(levels.at(id, &address.location).map_or(LevelRead::Untracked, LevelRead::Counted))
}

/// One outcome for each write, in order; one call.
pub async fn write(catalogue: &Catalogue, writes: &[QuantityWrite]) -> Result<Vec<QuantityOutcome>, WriteError> {
    let items: Vec<Value> = writes.iter().filter_map(adjustment).collect();
    if items.is_empty() {
        return Ok(writes.iter().map(|write| done(write, true)).collect());
    }
    let sent = catalogue.calls.write(catalogue.calls.post("/stock_adjustments", json!({"stock_adjustments": items})));
    match sent.await {
        // The answer lists what was made, and no count; 201 is for the whole of it.
        Ok(_) => Ok(writes.iter().map(|write| done(write, true)).collect()),
        Err(WriteError::NotApplied(PlatformError::Refused { why, .. })) => tell_the_bad(catalogue, writes, &why).await,
        Err(WriteError::NotApplied(PlatformError::NotFound { what, .. })) => {
            tell_the_bad(catalogue, writes, &what).await
        }
        Err(why) => Err(why),
    }
}

/// A batch that was refused as a whole: which of its items are there and counted is looked up, and the others are named.
/// If all are well, the batch is the caller's to take apart.
async fn tell_the_bad(
    catalogue: &Catalogue,
    writes: &[QuantityWrite],
    why: &str,
) -> Result<Vec<QuantityOutcome>, WriteError> {
    let refused = || PlatformError::Refused { platform: PROFILE.name, why: why.to_owned() };
    if let [only] = writes {
        let outcome = match levels(catalogue, std::slice::from_ref(&only.address)).await.as_deref() {
            Ok([LevelRead::Gone]) => gone(only),
            _ => QuantityOutcome::Rejected(refused()),
        };
        return Ok(vec![outcome]);
    }
    let addresses: Vec<StockAddress> = writes.iter().map(|write| write.address.clone()).collect();
    let reads = levels(catalogue, &addresses).await.map_err(|_| WriteError::NotApplied(refused()))?;
    if reads.iter().all(|read| matches!(read, LevelRead::Counted(_))) {
        return Err(WriteError::NotApplied(refused()));
    }
    Ok(writes
        .iter()
        .zip(reads)
        .map(|(write, read)| match read {
            LevelRead::Counted(_) => done(write, false),
            LevelRead::Gone => gone(write),
            LevelRead::Untracked => QuantityOutcome::Rejected(PlatformError::Refused {
                platform: PROFILE.name,
                why: "inventory is not tracked for this product; switch on Track inventory for it".to_owned(),
            }),
        })
        .collect())
}

fn gone(write: &QuantityWrite) -> QuantityOutcome {
    let what = format!("product {} (any more)", write.address.variant);
    QuantityOutcome::Rejected(PlatformError::NotFound { platform: PROFILE.name, what })
}

/// What became of a write of a batch that was taken, or refused for others' sake. Nothing to add is done in any case.
fn done(write: &QuantityWrite, taken: bool) -> QuantityOutcome {
    match taken || by(write) == Quantity::ZERO {
        true => QuantityOutcome::Applied { now: None },
        false => QuantityOutcome::NotTried,
    }
}

fn by(write: &QuantityWrite) -> Quantity {
    match write.change {
        QuantityChange::Adjust { by, .. } => by,
        QuantityChange::Set { to, expected } => to - expected,
    }
}

/// `None` where there is nothing to add: a quantity of 0 fits no reason.
fn adjustment(write: &QuantityWrite) -> Option<Value> {
    let by = by(write);
    let reason = if by.is_negative() { LESS } else { MORE };
    (by != Quantity::ZERO).then(|| {
        json!({
            "product_id": write.address.variant.as_str(),
            "outlet_id": write.address.location.0.as_str(),
            // Text there, unlike all other numbers.
            "quantity": by.to_string(),
            "reason": reason,
        })
    })
}
