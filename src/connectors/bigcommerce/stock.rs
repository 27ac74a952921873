//! Counts are changed: relative adjustments, waited for until they show.
//!
//! An adjustment is answered when it is accepted, and worked off later, in one order with the store's own sales (docs,
//! inventory adjustments). Until then the count reads as before; taken for the present one, that would look like a fall
//! and a rise that never were. So the answer is given only when each count shows what it was told, or at least moved.
//!
//! What was never counted at a place cannot be added to: it is set, which overwrites nothing there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::Quantity;
use crate::http::Request;
use crate::platform::{Clock, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, StockAddress, WriteError};

use super::calls::{Also, Calls, refused};
use super::convert::number;
use super::counts::{self, By};
use super::profile::PROFILE;
use super::refusal::{self, Identity, Reason};

/// Shown in the store's inventory history.
const REASON: &str = "counterpart keeps the till and the store in step";
/// Pauses before each look whether the changes show, in milliseconds: a minute together.
const LOOKS: [u64; 11] = [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 10_000, 10_000];
/// After so many looks a count that moved to another figure than expected has met somebody's sale.
const LOOKS_FOR_OTHERS: usize = 5;
/// The most that a location can hold (docs).
const MOST: i64 = 2_147_483_647;

/// One change, as it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Order {
    /// In the caller's list.
    position: usize,
    variant: u64,
    place: u64,
    identity: Identity,
    product: u64,
    expected: i64,
    target: i64,
    absolute: bool,
}

impl Order {
    fn of(position: usize, write: &QuantityWrite) -> Result<Self, PlatformError> {
        let StockAddress { listing, variant, inventory, location } = &write.address;
        let foreign = || refused("its identifiers are none of BigCommerce's");
        let product = number(listing).ok_or_else(foreign)?;
        let variant = number(variant).ok_or_else(foreign)?;
        let place = number(&location.0).ok_or_else(foreign)?;
        let whole = |quantity: Quantity| {
            let pieces = quantity.whole().filter(|pieces| (-MOST..=MOST).contains(pieces));
            pieces.ok_or_else(|| refused(format!("BigCommerce counts whole pieces only, and this is {quantity}")))
        };
        let (expected, absolute) = match write.change {
            QuantityChange::Adjust { by, expected } => {
                whole(by)?;
                (expected, false)
            }
            QuantityChange::Set { expected, .. } => (expected, true),
        };
        // A product without options is counted as a whole.
        let identity = if inventory.is_some() { Identity::Product(product) } else { Identity::Variant(variant) };
        let (expected, target) = (whole(expected)?, whole(write.change.target())?);
        Ok(Self { position, variant, place, identity, product, expected, target, absolute })
    }

    fn body(&self) -> Value {
        let quantity = if self.absolute { self.target } else { self.target - self.expected };
        match self.identity {
            Identity::Product(id) => json!({"location_id": self.place, "product_id": id, "quantity": quantity}),
            Identity::Variant(id) => json!({"location_id": self.place, "variant_id": id, "quantity": quantity}),
        }
    }
}

/// One outcome for each write, in order.
pub(super) async fn write(
    calls: &Calls,
    clock: &dyn Clock,
    writes: &[QuantityWrite],
) -> Result<Vec<QuantityOutcome>, WriteError> {
    let mut outcomes: Vec<Option<QuantityOutcome>> = vec![None; writes.len()];
    let mut open = Vec::new();
    for (position, write) in writes.iter().enumerate() {
        match Order::of(position, write) {
            Ok(order) => open.push(order),
            Err(why) => put(&mut outcomes, position, QuantityOutcome::Rejected(why)),
        }
    }
    let accepted = send(calls, open, &mut outcomes).await?;
    let shown = settled(calls, clock, &accepted).await?;
    for order in &accepted {
        let now = shown.get(&(order.variant, order.place)).map(|level| Quantity::units(*level));
        put(&mut outcomes, order.position, QuantityOutcome::Applied { now });
    }
    let missing = || QuantityOutcome::Rejected(refused("no outcome was recorded for it"));
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect())
}

/// Sends until everything is accepted or refused for good; each round that is refused names somebody, who does not come
/// again in the same form. Gives those that were accepted.
async fn send(
    calls: &Calls,
    mut open: Vec<Order>,
    outcomes: &mut [Option<QuantityOutcome>],
) -> Result<Vec<Order>, WriteError> {
    let mut accepted: Vec<Order> = Vec::new();
    let mut tried: BTreeSet<(usize, bool, Identity)> = BTreeSet::new();
    while let Some(first) = open.first() {
        // Absolute ones and relative ones are different calls; docs want the items of one location together.
        let absolute = first.absolute;
        let (mut batch, rest): (Vec<Order>, Vec<Order>) =
            open.into_iter().partition(|order| order.absolute == absolute);
        open = rest;
        batch.sort_by_key(|order| order.place);
        tried.extend(batch.iter().map(|order| (order.position, order.absolute, order.identity)));
        let answer = match calls.write(request(calls, absolute, &batch), Also::Refusals).await {
            Ok(answer) => answer,
            Err(WriteError::NotApplied(cause)) if accepted.is_empty() => return Err(WriteError::NotApplied(cause)),
            // A part is done; the rest was not tried, and goes into a batch of its own.
            Err(WriteError::NotApplied(_)) => {
                for order in batch.iter().chain(&open) {
                    put(outcomes, order.position, QuantityOutcome::NotTried);
                }
                return Ok(accepted);
            }
            Err(unknown) => return Err(unknown),
        };
        if (200..300).contains(&answer.status) {
            accepted.extend(batch);
            continue;
        }
        let refusals = refusal::read(&answer.body);
        let mut named = false;
        let mut again = Vec::new();
        for order in batch {
            let about = refusals.iter().find(|refusal| refusal.items.contains(&order.identity));
            let Some(about) = about else {
                again.push(order);
                continue;
            };
            named = true;
            let other = match about.reason {
                Reason::NeverCounted => Order { absolute: true, ..order },
                Reason::TrackedByProduct => Order { identity: Identity::Product(order.product), ..order },
                Reason::TrackedByVariant => Order { identity: Identity::Variant(order.variant), ..order },
                Reason::Other => order,
            };
            // Kept at the product, a count is shared by its variants: it is not this one's to write.
            let shared = about.reason == Reason::TrackedByProduct;
            if other == order || shared || tried.contains(&(other.position, other.absolute, other.identity)) {
                let why = refused(about.sentence.clone());
                put(outcomes, order.position, QuantityOutcome::Rejected(why));
            } else {
                again.push(other);
            }
        }
        if !named {
            match (again.as_slice(), accepted.is_empty()) {
                ([only], _) => put(outcomes, only.position, QuantityOutcome::Rejected(calls.refusal(&answer))),
                // Nobody knows whose fault it is: the engine halves the batch.
                (_, true) => return Err(WriteError::NotApplied(calls.refusal(&answer))),
                (all, false) => all.iter().for_each(|order| put(outcomes, order.position, QuantityOutcome::NotTried)),
            }
            continue;
        }
        open.extend(again);
    }
    Ok(accepted)
}

fn request(calls: &Calls, absolute: bool, batch: &[Order]) -> Request {
    let items: Vec<Value> = batch.iter().map(Order::body).collect();
    let body = json!({"reason": REASON, "items": items});
    match absolute {
        true => calls.put("/inventory/adjustments/absolute", body),
        false => calls.post("/inventory/adjustments/relative", body),
    }
}

/// Waits until each count shows what it was told; gives what they show. What does not even move within a minute leaves
/// the whole batch unknown: it was accepted and may still come.
async fn settled(
    calls: &Calls,
    clock: &dyn Clock,
    accepted: &[Order],
) -> Result<BTreeMap<(u64, u64), i64>, WriteError> {
    // A place that is written to twice ends where both lead.
    let mut waited: BTreeMap<(u64, u64), (i64, i64)> = BTreeMap::new();
    for order in accepted {
        let spot = waited.entry((order.variant, order.place)).or_insert((order.expected, order.expected));
        spot.1 = if order.absolute { order.target } else { spot.1 + order.target - order.expected };
    }
    let mut shown = BTreeMap::new();
    for (look, pause) in LOOKS.iter().enumerate() {
        if waited.is_empty() {
            return Ok(shown);
        }
        clock.sleep(Duration::from_millis(*pause)).await;
        let mut variants: Vec<u64> = waited.keys().map(|(variant, _)| *variant).collect();
        variants.dedup();
        // They were accepted, whatever becomes of the look.
        let counts = counts::read(calls, By::Variant, &variants).await.map_err(WriteError::Unknown)?;
        waited.retain(|(variant, place), (expected, target)| {
            let Some(item) = counts.get(variant) else {
                // Gone meanwhile: nothing will show any more.
                return false;
            };
            // A place without a count waits for its first one.
            let Some(level) = item.levels.get(place) else { return true };
            let is_there = level == target;
            let has_moved = level != expected && look + 1 >= LOOKS_FOR_OTHERS;
            if is_there || has_moved {
                shown.insert((*variant, *place), *level);
            }
            !(is_there || has_moved)
        });
    }
    if waited.is_empty() {
        return Ok(shown);
    }
    let why =
        format!("{} of {} counts do not show the change a minute after it was accepted", waited.len(), accepted.len());
    Err(WriteError::Unknown(PlatformError::Unexpected { platform: PROFILE.name, why }))
}

fn put(outcomes: &mut [Option<QuantityOutcome>], position: usize, outcome: QuantityOutcome) {
    if let Some(place) = outcomes.get_mut(position) {
        *place = Some(outcome);
    }
}
