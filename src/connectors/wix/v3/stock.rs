//! Counts are read and changed.
//!
//! V3 keeps one inventory item for each variant and location. It is changed by adding to it or taking from it, by the
//! item's own identifier: the calls that take variant and location instead would hit another product's item where two
//! products have variants of the same identifier, which the documentation does not rule out.
//!
//! `restrictInventory` is always sent, since the calls' documentation contradicts itself about what it is when left
//! out; and as `false`: a delta that is cut off at zero would lose pieces without a word. The engine never asks for
//! less than nothing; if a customer was quicker, the count shows it below zero, and the sale is told to the other side.
//!
//! What was never counted at a place has no item, so one is made; it overwrites nothing. An item that is only "in stock"
//! is given a count where the engine asks for one all the same, after a reading that showed it uncounted: that is an
//! article of ours that was just made. The revision of that reading goes with it.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::Quantity;
use crate::http::Request;
use crate::platform::{LevelRead, PlatformError, QuantityOutcome, QuantityWrite, StockAddress, WriteError};

use super::super::calls::{Also, gone, is_success, refused, unexplained, unknown};
use super::super::profile::MOST;
use super::super::shop::{KnownItem, Shop, Spot};
use super::super::wire::{Loose, part, variant_of};
use super::convert::Items;
use super::read;
use super::wire::InventoryItem;

fn spot(address: &StockAddress) -> Option<Spot> {
    let variant = variant_of(&address.variant)?;
    let location = address.location.0.as_str();
    Some((address.listing.as_str().to_owned(), variant.to_owned(), location.to_owned()))
}

fn find<'a>(items: &'a Items, (product, variant, location): &Spot) -> Option<&'a InventoryItem> {
    let places = items.get(&(product.clone(), variant.clone()))?;
    places.iter().find(|item| item.location_id.text() == Some(location))
}

fn known_item(item: &InventoryItem) -> Option<KnownItem> {
    let (id, revision) = (item.id.text()?.to_owned(), item.revision.text().map(str::to_owned));
    Some(KnownItem { id, revision, is_untracked: item.is_untracked() })
}

/// Reads the counts of these products, and remembers their items.
async fn look(shop: &Shop, spots: &[Spot]) -> Result<Items, PlatformError> {
    let products: BTreeSet<&str> = spots.iter().map(|(product, ..)| product.as_str()).collect();
    let items = read::counts(shop, &products.into_iter().collect::<Vec<_>>()).await?;
    shop.remember(items.values().flatten().filter_map(|item| {
        let text = |raw: &Loose| raw.text().map(str::to_owned);
        let spot = (text(&item.product_id)?, text(&item.variant_id)?, text(&item.location_id)?);
        Some((spot, known_item(item)?))
    }));
    Ok(items)
}

/// One answer for each address, in order. Whether something without a count exists at all says its product alone.
pub(in super::super) async fn levels(shop: &Shop, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
    let spots: Vec<Option<Spot>> = addresses.iter().map(spot).collect();
    let known: Vec<Spot> = spots.iter().flatten().cloned().collect();
    let items = look(shop, &known).await?;
    let without: BTreeSet<&str> =
        known.iter().filter(|spot| find(&items, spot).is_none()).map(|(product, ..)| product.as_str()).collect();
    let mut there: BTreeSet<(String, String)> = BTreeSet::new();
    for product in without {
        let Some(alone) = read::one(shop, product).await? else { continue };
        let variants = alone.variants_info.variants.iter().filter_map(|variant| variant.own_id());
        there.extend(variants.map(|variant| (product.to_owned(), variant.to_owned())));
    }
    let level = |spot: &Option<Spot>| {
        let Some(spot) = spot else { return LevelRead::Gone };
        match find(&items, spot) {
            Some(item) => item.level().map_or(LevelRead::Untracked, |level| LevelRead::Counted(Quantity::units(level))),
            None if there.contains(&(spot.0.clone(), spot.1.clone())) => LevelRead::Untracked,
            None => LevelRead::Gone,
        }
    };
    Ok(spots.iter().map(level).collect())
}

/// One change, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Order {
    /// In the caller's list.
    position: usize,
    spot: Spot,
    by: i64,
    target: i64,
    item: Option<KnownItem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Increment,
    Decrement,
    /// Sold there without a count until now.
    Begin,
    /// Counted there for the first time.
    Create,
}

impl Order {
    fn of(position: usize, write: &QuantityWrite) -> Result<Self, PlatformError> {
        let spot = spot(&write.address).ok_or_else(|| refused("its identifiers are none of Wix's"))?;
        let target = whole(write.change.target())?;
        let by = match write.change {
            crate::platform::QuantityChange::Adjust { by, .. } => whole(by)?,
            crate::platform::QuantityChange::Set { expected, .. } => target - whole(expected)?,
        };
        Ok(Self { position, spot, by, target, item: None })
    }

    const fn way(&self) -> Way {
        match &self.item {
            None => Way::Create,
            Some(item) if item.is_untracked => Way::Begin,
            Some(_) if self.by < 0 => Way::Decrement,
            Some(_) => Way::Increment,
        }
    }

    fn body(&self) -> Value {
        let (product, variant, location) = &self.spot;
        let item = self.item.as_ref();
        let id = item.map(|item| item.id.as_str());
        match self.way() {
            Way::Increment => json!({"inventoryItemId": id, "incrementBy": self.by}),
            // A customer's preorder is none of ours.
            Way::Decrement => {
                json!({"inventoryItemId": id, "decrementBy": -self.by, "preorderRequest": false})
            }
            Way::Begin => {
                let revision = item.and_then(|item| item.revision.as_deref());
                json!({"inventoryItem": {"id": id, "revision": revision, "quantity": self.target}})
            }
            Way::Create => {
                json!({"productId": product, "variantId": variant, "locationId": location, "quantity": self.target})
            }
        }
    }
}

pub(in super::super) fn whole(quantity: Quantity) -> Result<i64, PlatformError> {
    let pieces = quantity.whole().filter(|pieces| (-MOST..=MOST).contains(pieces));
    pieces.ok_or_else(|| refused(format!("Wix counts whole pieces up to {MOST} only, and this is {quantity}")))
}

/// One outcome for each write, in order.
pub(in super::super) async fn write(shop: &Shop, writes: &[QuantityWrite]) -> Result<Vec<QuantityOutcome>, WriteError> {
    let mut outcomes: Vec<Option<QuantityOutcome>> = vec![None; writes.len()];
    let mut orders = Vec::new();
    for (position, write) in writes.iter().enumerate() {
        match Order::of(position, write) {
            Ok(order) => orders.push(order),
            Err(why) => put(&mut outcomes, position, QuantityOutcome::Rejected(why)),
        }
    }
    name_items(shop, &mut orders).await.map_err(WriteError::NotApplied)?;
    let is_nothing = |order: &Order| order.by == 0 && matches!(order.way(), Way::Increment | Way::Decrement);
    for order in orders.iter().filter(|order| is_nothing(order)) {
        put(&mut outcomes, order.position, QuantityOutcome::Applied { now: None });
    }
    orders.retain(|order| !is_nothing(order));
    let mut done = false;
    for way in [Way::Increment, Way::Decrement, Way::Begin, Way::Create] {
        let some: Vec<&Order> = orders.iter().filter(|order| order.way() == way).collect();
        if !some.is_empty() {
            send(shop, way, &some, &mut outcomes, &mut done).await?;
        }
    }
    let missing = || QuantityOutcome::Rejected(refused("no outcome was recorded for it"));
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect())
}

/// The items are known from the reading before; what is not is looked up.
async fn name_items(shop: &Shop, orders: &mut [Order]) -> Result<(), PlatformError> {
    orders.iter_mut().for_each(|order| order.item = shop.remembered(&order.spot));
    let unknown: Vec<Spot> =
        orders.iter().filter(|order| order.item.is_none()).map(|order| order.spot.clone()).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    look(shop, &unknown).await?;
    for order in orders.iter_mut().filter(|order| order.item.is_none()) {
        order.item = shop.remembered(&order.spot);
    }
    Ok(())
}

async fn send(
    shop: &Shop,
    way: Way,
    orders: &[&Order],
    outcomes: &mut [Option<QuantityOutcome>],
    done: &mut bool,
) -> Result<(), WriteError> {
    let bodies: Vec<Value> = orders.iter().map(|order| order.body()).collect();
    let (path, body) = match way {
        Way::Increment => ("increment", json!({"incrementData": bodies, "returnEntity": true, "reason": "MANUAL"})),
        Way::Decrement => (
            "decrement",
            json!({"decrementData": bodies, "restrictInventory": false, "returnEntity": true, "reason": "MANUAL"}),
        ),
        Way::Begin => ("update", json!({"inventoryItems": bodies, "returnEntity": true, "reason": "MANUAL"})),
        Way::Create => ("create", json!({"inventoryItems": bodies, "returnEntity": true})),
    };
    let request = Request::post(format!("/stores/v3/bulk/inventory-items/{path}")).json(body);
    let answer = match shop.calls.write(request, Also::Refusals).await {
        Ok(answer) => answer,
        // A part of the batch is done; these were not tried, and go into a batch of their own.
        Err(WriteError::NotApplied(_)) if *done => {
            orders.iter().for_each(|order| put(outcomes, order.position, QuantityOutcome::NotTried));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    if !is_success(&answer) {
        let refusal = shop.calls.refusal(&answer);
        match (orders, *done) {
            ([only], _) => put(outcomes, only.position, QuantityOutcome::Rejected(refusal)),
            // Nobody knows whose fault it is: the engine halves the batch.
            (_, false) => return Err(WriteError::NotApplied(refusal)),
            (all, true) => all.iter().for_each(|order| put(outcomes, order.position, QuantityOutcome::NotTried)),
        }
        return Ok(());
    }
    *done = true;
    let told: Value = shop.calls.json(&answer).map_err(WriteError::Unknown)?;
    let results = told.get("results").and_then(Value::as_array).cloned().unwrap_or_default();
    let results: Vec<BulkResult> = results.iter().filter_map(|raw| BulkResult::deserialize(raw).ok()).collect();
    for (place, order) in orders.iter().enumerate() {
        let own = |result: &&BulkResult| {
            result.item_metadata.original_index.whole().and_then(|at| usize::try_from(at).ok()) == Some(place)
        };
        let Some(result) = results.iter().find(own) else {
            return Err(unexplained(format!(
                "the answer says of {} of {} counts what became of them",
                results.len(),
                orders.len()
            )));
        };
        put(outcomes, order.position, outcome(shop, order, result).map_err(unknown)?);
    }
    Ok(())
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BulkResult {
    #[serde(deserialize_with = "part")]
    item_metadata: Metadata,
    #[serde(deserialize_with = "part")]
    item: InventoryItem,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    /// Left out where it is 0, by services that leave out what is empty; see [`index`].
    #[serde(deserialize_with = "index")]
    original_index: Loose,
    success: Option<bool>,
    #[serde(deserialize_with = "part")]
    error: Problem,
}

fn index<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Loose, D::Error> {
    let read = Loose::deserialize(deserializer)?;
    Ok(if read.text().is_none() { Loose::from(&json!(0)) } else { read })
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: Loose,
    description: Loose,
}

fn outcome(shop: &Shop, order: &Order, result: &BulkResult) -> Result<QuantityOutcome, WriteError> {
    let metadata = &result.item_metadata;
    match metadata.success {
        Some(true) => {
            shop.remember(known_item(&result.item).map(|item| (order.spot.clone(), item)));
            return Ok(QuantityOutcome::Applied { now: result.item.level().map(Quantity::units) });
        }
        Some(false) => {}
        None => return Err(unexplained("the answer does not say whether a count was changed")),
    }
    let code = metadata.error.code.text().unwrap_or_default();
    let told = metadata.error.description.clean().map_or_else(|| code.to_owned(), |told| told.to_string());
    Ok(match code {
        "INVENTORY_QUANTITY_NOT_TRACKED" => {
            QuantityOutcome::Rejected(refused("Wix does not count it: switch on tracking of its quantity there first"))
        }
        // Somebody else was quicker.
        "ITEM_ALREADY_EXISTS" => QuantityOutcome::Stale,
        code if code.contains("REVISION") => QuantityOutcome::Stale,
        "INSUFFICIENT_INVENTORY" | "MIN_QUANTITY_LIMIT_REACHED" if order.target >= 0 => QuantityOutcome::Stale,
        code if code.contains("NOT_FOUND") => {
            shop.forget(&order.spot);
            QuantityOutcome::Rejected(gone(format!("count of {} any more ({told})", order.spot.1)))
        }
        _ => QuantityOutcome::Rejected(refused(told)),
    })
}

fn put(outcomes: &mut [Option<QuantityOutcome>], position: usize, outcome: QuantityOutcome) {
    if let Some(place) = outcomes.get_mut(position) {
        *place = Some(outcome);
    }
}
