//! Reading and writing counts.
//!
//! A write is a delta with an expected count (`changeFromQuantity`) and a key (`@idempotent`), both required at run time
//! since 2026-04 though the schema does not say so. `inventoryAdjustQuantities` is all or nothing: with any user error
//! none of the batch was applied, so the writes that no error names come back as [`QuantityOutcome::NotTried`].

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::domain::{IdempotencyKey, LocationId, Quantity, RemoteId, clean};
use crate::platform::{
    LevelRead, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, StockAddress, WriteError,
};

use super::calls::{refusal, unexpected};
use super::connector::Shopify;
use super::convert::whole;
use super::documents::{ADJUST, ADJUST_COST, LEVELS, LEVELS_PAGE, levels_cost};
use super::profile::NAME;
use super::wire::{self, UserError};

/// A write on its way: its place in the batch, the delta and the expected count.
struct Sent {
    place: usize,
    delta: i32,
    expected: i32,
}

impl Shopify {
    pub(super) async fn read_levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        let mut reads = vec![LevelRead::Gone; addresses.len()];
        let locations: BTreeSet<&LocationId> = addresses.iter().map(|address| &address.location).collect();
        for location in locations {
            let here: Vec<usize> = (0..addresses.len()).filter(|i| addresses[*i].location == *location).collect();
            for places in here.chunks(LEVELS_PAGE as usize) {
                let ids: Result<Vec<&str>, _> = places.iter().map(|place| item_of(&addresses[*place])).collect();
                let ids = ids?;
                let cost = levels_cost(u32::try_from(ids.len()).unwrap_or(LEVELS_PAGE));
                let variables = json!({ "ids": ids, "location": location.0.as_str() });
                let mut answer = self.caller.read(LEVELS, variables, cost).await?;
                let nodes: Vec<Option<Value>> = answer.field("nodes")?;
                if nodes.len() != places.len() {
                    return Err(unexpected(format!("it shows {} of {} levels", nodes.len(), places.len())));
                }
                for (place, node) in places.iter().zip(nodes) {
                    reads[*place] = level(node)?;
                }
            }
        }
        Ok(reads)
    }

    pub(super) async fn adjust(
        &self,
        writes: &[QuantityWrite],
        key: &IdempotencyKey,
    ) -> Result<Vec<QuantityOutcome>, WriteError> {
        let mut outcomes = vec![QuantityOutcome::NotTried; writes.len()];
        let mut sent: Vec<Sent> = Vec::new();
        let mut changes = Vec::new();
        let mut addressed = BTreeSet::new();
        for (place, write) in writes.iter().enumerate() {
            let (delta, expected) = match figures(write) {
                Ok(figures) => figures,
                Err(why) => {
                    outcomes[place] = QuantityOutcome::Rejected(PlatformError::Refused { platform: NAME, why });
                    continue;
                }
            };
            if delta == 0 {
                outcomes[place] = QuantityOutcome::Applied { now: None };
                continue;
            }
            let item = match item_of(&write.address) {
                Ok(item) => item,
                Err(why) => {
                    outcomes[place] = QuantityOutcome::Rejected(why);
                    continue;
                }
            };
            // The same count twice in one call is refused there; the second one waits for the next batch.
            if !addressed.insert((item, &write.address.location)) {
                continue;
            }
            changes.push(json!({
                "inventoryItemId": item,
                "locationId": write.address.location.0.as_str(),
                "delta": delta,
                "changeFromQuantity": expected,
            }));
            sent.push(Sent { place, delta, expected });
        }
        if sent.is_empty() {
            return Ok(outcomes);
        }
        let input = json!({
            "name": "available",
            "reason": "correction",
            "referenceDocumentUri": format!("gid://counterpart/Job/{key}"),
            "changes": changes,
        });
        let variables = json!({ "input": input, "key": key.as_uuid() });
        let mut answer = self.caller.write(ADJUST, variables, ADJUST_COST).await?;
        let adjusted: wire::Adjusted = answer.field("inventoryAdjustQuantities").map_err(WriteError::Unknown)?;
        if adjusted.user_errors.is_empty() {
            let Some(group) = adjusted.inventory_adjustment_group else {
                return Err(WriteError::Unknown(unexpected("it has neither changes nor errors".to_owned())));
            };
            applied(writes, &sent, &group, &mut outcomes);
        } else {
            refused(&adjusted.user_errors, &sent, &mut outcomes)?;
        }
        Ok(outcomes)
    }
}

/// Counts hang on the inventory item, which every variant has.
fn item_of(address: &StockAddress) -> Result<&str, PlatformError> {
    address.inventory.as_ref().map(RemoteId::as_str).ok_or_else(|| {
        let what = format!("inventory item known for {}; import it again", address.variant);
        PlatformError::NotFound { platform: NAME, what }
    })
}

fn level(node: Option<Value>) -> Result<LevelRead, PlatformError> {
    let Some(node) = node else { return Ok(LevelRead::Gone) };
    let item: wire::ItemAt =
        serde_json::from_value(node).map_err(|why| unexpected(format!("a level cannot be read: {why}")))?;
    if !item.tracked {
        return Ok(LevelRead::Untracked);
    }
    let available = item.inventory_level.as_ref().and_then(wire::Level::available);
    Ok(available.map_or(LevelRead::Gone, |available| LevelRead::Counted(Quantity::units(available))))
}

/// The delta and the expected count, in pieces.
fn figures(write: &QuantityWrite) -> Result<(i32, i32), String> {
    let (delta, expected) = match write.change {
        QuantityChange::Adjust { by, expected } => (by, expected),
        QuantityChange::Set { to, expected } => (to - expected, expected),
    };
    Ok((whole(delta)?, whole(expected)?))
}

/// What the answer says of each count, or else what follows: the expected count is guaranteed to have been there.
fn applied(writes: &[QuantityWrite], sent: &[Sent], group: &wire::AdjustmentGroup, outcomes: &mut [QuantityOutcome]) {
    for Sent { place, delta, expected } in sent {
        let address = &writes[*place].address;
        let told = group.changes.iter().find(|change| {
            let is = |id: &Option<wire::Id>, wanted: &str| id.as_ref().is_some_and(|id| id.id == wanted);
            item_of(address).is_ok_and(|item| is(&change.item, item))
                && is(&change.location, address.location.0.as_str())
        });
        let told = told.and_then(|change| change.quantity_after_change);
        let now = told.unwrap_or(i64::from(*expected) + i64::from(*delta));
        outcomes[*place] = QuantityOutcome::Applied { now: Some(Quantity::units(now)) };
    }
}

/// Nothing of the batch was applied. The writes that errors name get them; errors about the whole decide for all.
fn refused(errors: &[UserError], sent: &[Sent], outcomes: &mut [QuantityOutcome]) -> Result<(), WriteError> {
    for error in errors {
        let why = clean(&error.message);
        let code = error.code.as_deref().unwrap_or_default();
        match code {
            // An earlier try with this key failed, so nothing of it was applied either; a new key is needed.
            "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED" => return Ok(()),
            // An earlier try with this key is still under way: nobody can tell yet.
            "IDEMPOTENCY_CONCURRENT_REQUEST" => {
                return Err(WriteError::Unknown(PlatformError::Broken { platform: NAME, why }));
            }
            "SERVICE_UNAVAILABLE" | "ADJUST_QUANTITIES_FAILED" if named(error).is_none() => {
                return Err(WriteError::NotApplied(PlatformError::Broken { platform: NAME, why }));
            }
            _ => {}
        }
        let Some(sent) = named(error).and_then(|index| sent.get(index)) else {
            return Err(WriteError::NotApplied(refusal(errors)));
        };
        outcomes[sent.place] = match code {
            "CHANGE_FROM_QUANTITY_STALE" => QuantityOutcome::Stale,
            _ => QuantityOutcome::Rejected(PlatformError::Refused { platform: NAME, why }),
        };
    }
    Ok(())
}

/// `3` of `["input", "changes", "3", "changeFromQuantity"]`.
fn named(error: &UserError) -> Option<usize> {
    let path = error.field.as_ref()?;
    let at = path.iter().position(|part| part == "changes")?;
    path.get(at + 1)?.parse().ok()
}
