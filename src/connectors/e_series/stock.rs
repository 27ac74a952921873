//! Counts: read from the source, and moved by what is to be added or taken.
//!
//! `quantityDelta` never overwrites a sale in between, and has no key: it is sent once, alone (a batch's parts are sent
//! again by the shop itself after a 5xx), and what is left unknown the engine looks up by value. Setting a count is not
//! used.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::domain::{LocationId, Quantity, Stock};
use crate::platform::{
    LevelRead, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, StockAddress, WriteError,
};

use super::calls::{gone, refusal};
use super::convert::{self, number};
use super::shelf::{Shelf, combination, read_product};
use super::wire::{Adjusted, Product};

const LEVEL_FIELDS: &str = "id,quantity,unlimited,locationInventory,combinations";

/// Where a count is kept: at the product itself, or at a combination of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Keeper {
    product: u64,
    combination: Option<u64>,
}

impl Keeper {
    /// `None` for identifiers that are none of E-Series'.
    fn of(address: &StockAddress) -> Option<Self> {
        let (product, variant) = (number(&address.listing)?, number(&address.variant)?);
        Some(Self { product, combination: (variant != product).then_some(variant) })
    }

    fn path(self) -> String {
        let product = self.product;
        match self.combination {
            None => format!("/products/{product}/inventory"),
            Some(combination) => format!("/products/{product}/combinations/{combination}/inventory"),
        }
    }

    fn level(self, product: &Product, location: &LocationId) -> LevelRead {
        let stock = match self.combination {
            // A simple product that got combinations has no count of its own any more.
            None if !product.combinations.is_empty() => return LevelRead::Gone,
            None => convert::stock(&product.unlimited, &product.quantity, &product.location_inventory, location),
            Some(id) => match combination(product, id) {
                Some(own) => convert::stock(&own.unlimited, &own.quantity, &own.location_inventory, location),
                None => return LevelRead::Gone,
            },
        };
        match stock {
            Stock::Tracked(levels) => levels.get(location).copied().map_or(LevelRead::Untracked, LevelRead::Counted),
            Stock::Untracked | Stock::Unknown => LevelRead::Untracked,
        }
    }
}

/// One answer for each address, in order.
pub(super) async fn levels(shelf: &Shelf, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
    let keepers: Vec<Option<Keeper>> = addresses.iter().map(Keeper::of).collect();
    let ids: BTreeSet<u64> = keepers.iter().flatten().map(|keeper| keeper.product).collect();
    let ids: Vec<u64> = ids.into_iter().collect();
    let mut products: BTreeMap<u64, Product> = BTreeMap::new();
    for raw in shelf.raw_products(&ids, LEVEL_FIELDS).await? {
        let product = read_product(&raw).map_err(|why| shelf.calls.unexpected(&why))?;
        if let Some(id) = product.id.number() {
            products.insert(id, product);
        }
    }
    let read = |keeper: &Option<Keeper>| match keeper {
        Some(keeper) => {
            products.get(&keeper.product).map_or(LevelRead::Gone, |product| keeper.level(product, shelf.location()))
        }
        None => LevelRead::Gone,
    };
    Ok(keepers.iter().map(read).collect())
}

/// One outcome for each write, in order, one call each. If one of them is left unknown, so is the whole batch: the caller
/// looks up each value.
pub(super) async fn write(shelf: &Shelf, writes: &[QuantityWrite]) -> Result<Vec<QuantityOutcome>, WriteError> {
    let mut outcomes = Vec::with_capacity(writes.len());
    let mut stopped = false;
    for write in writes {
        if stopped {
            outcomes.push(QuantityOutcome::NotTried);
            continue;
        }
        match adjust(shelf, write).await {
            Ok(()) => outcomes.push(QuantityOutcome::Applied { now: None }),
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

async fn adjust(shelf: &Shelf, write: &QuantityWrite) -> Result<(), WriteError> {
    let no = |why: &str| WriteError::NotApplied(refusal(why));
    let keeper = Keeper::of(&write.address).ok_or_else(|| no("its identifiers are none of E-Series'"))?;
    let by = match write.change {
        QuantityChange::Adjust { by, .. } => by,
        QuantityChange::Set { to, expected } => to - expected,
    };
    if by == Quantity::ZERO {
        return Ok(());
    }
    let by = by.whole().ok_or_else(|| no("E-Series counts whole pieces only"))?;
    let request = shelf.calls.put(&keeper.path(), json!({ "quantityDelta": by }));
    let answer: Adjusted = shelf.calls.write_json(request).await?;
    match answer.update_count.whole() {
        // A warning beside it tells of a count below 0, which the next look shows too.
        Some(count) if count > 0 => Ok(()),
        Some(_) => Err(WriteError::NotApplied(why_nothing(shelf, write, &answer).await)),
        None => Err(WriteError::Unknown(shelf.calls.unexpected("an answer that does not say whether it was done"))),
    }
}

/// `updateCount: 0` says that nothing was changed, and not why.
async fn why_nothing(shelf: &Shelf, write: &QuantityWrite, answer: &Adjusted) -> PlatformError {
    let told = answer.warning.text().map(|warning| format!(": {}", crate::domain::clean(warning))).unwrap_or_default();
    match levels(shelf, std::slice::from_ref(&write.address)).await.as_deref() {
        Ok([LevelRead::Gone]) => gone(format!("product {} (any more)", write.address.variant)),
        Ok([LevelRead::Untracked]) => {
            refusal("its stock is unlimited, which is not counted; set a quantity for it in E-Series")
        }
        _ => refusal(format!("E-Series took the call and changed nothing{told}")),
    }
}
