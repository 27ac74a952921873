//! Counts are read and changed.
//!
//! V1 has increments and decrements, and answers them with nothing: neither counts nor what became of each item. What
//! happens to the others when one of a batch is refused, nobody documents. So after a refusal the counts are read
//! again, and they say what was done.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::domain::{Quantity, Stock};
use crate::http::{Method, Request};
use crate::platform::{
    LevelRead, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, StockAddress, WriteError,
};

use super::super::calls::{Also, is_success, refused, unexplained};
use super::super::profile::MOST;
use super::super::shop::Shop;
use super::super::wire::variant_of;
use super::convert::{self, NO_VARIANT};
use super::read;
use super::wire::Product;

/// Product and variant.
type Spot = (String, String);

fn spot(address: &StockAddress) -> Option<Spot> {
    Some((address.listing.as_str().to_owned(), variant_of(&address.variant)?.to_owned()))
}

/// One answer for each address, in order.
pub(in super::super) async fn levels(shop: &Shop, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
    let spots: Vec<Option<Spot>> = addresses.iter().map(spot).collect();
    let known: Vec<Spot> = spots.iter().flatten().cloned().collect();
    let read = look(shop, &known).await?;
    let level = |spot: &Option<Spot>| spot.as_ref().and_then(|spot| read.get(spot)).copied().unwrap_or(LevelRead::Gone);
    Ok(spots.iter().map(level).collect())
}

async fn look(shop: &Shop, spots: &[Spot]) -> Result<HashMap<Spot, LevelRead>, PlatformError> {
    let products: BTreeSet<&str> = spots.iter().map(|(product, _)| product.as_str()).collect();
    let products = read::products(shop, &products.into_iter().collect::<Vec<_>>()).await?;
    let mut found = HashMap::new();
    for product in &products {
        let Some(id) = product.id.text() else { continue };
        for (variant, level) in levels_of(product) {
            found.insert((id.to_owned(), variant), level);
        }
    }
    Ok(found)
}

fn levels_of(product: &Product) -> Vec<(String, LevelRead)> {
    let level = |stock: Stock| match stock.total(|_| true) {
        Some(level) => LevelRead::Counted(level),
        None => LevelRead::Untracked,
    };
    if !convert::is_variable(product) {
        let stock = match product.stock.track_quantity {
            Some(_) => &product.stock,
            None => product.variants.first().map_or(&product.stock, |variant| &variant.stock),
        };
        let own = match &product.variants[..] {
            [only] => only.id.text().unwrap_or(NO_VARIANT),
            _ => NO_VARIANT,
        };
        return convert::counted(stock).map(|stock| (own.to_owned(), level(stock))).into_iter().collect();
    }
    let read =
        |wire: &super::wire::Variant| Some((wire.id.text()?.to_owned(), level(convert::counted(&wire.stock).ok()?)));
    product.variants.iter().filter_map(read).collect()
}

/// One change, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Order {
    /// In the caller's list.
    position: usize,
    spot: Spot,
    by: i64,
    expected: i64,
}

impl Order {
    fn of(position: usize, write: &QuantityWrite) -> Result<Self, PlatformError> {
        let spot = spot(&write.address).ok_or_else(|| refused("its identifiers are none of Wix's"))?;
        let whole = |quantity: Quantity| {
            let pieces = quantity.whole().filter(|pieces| (-MOST..=MOST).contains(pieces));
            pieces.ok_or_else(|| refused(format!("Wix counts whole pieces up to {MOST} only, and this is {quantity}")))
        };
        let (QuantityChange::Adjust { expected, .. } | QuantityChange::Set { expected, .. }) = write.change;
        let expected = whole(expected)?;
        if let QuantityChange::Adjust { by, .. } = write.change {
            whole(by)?;
        }
        Ok(Self { position, spot, by: whole(write.change.target())? - expected, expected })
    }

    fn body(&self) -> Value {
        let (product, variant) = &self.spot;
        match self.by < 0 {
            true => {
                json!({"productId": product, "variantId": variant, "decrementBy": -self.by, "preorderRequest": false})
            }
            false => json!({"productId": product, "variantId": variant, "incrementBy": self.by}),
        }
    }
}

/// One outcome for each write, in order.
pub(in super::super) async fn write(shop: &Shop, writes: &[QuantityWrite]) -> Result<Vec<QuantityOutcome>, WriteError> {
    let mut outcomes: Vec<Option<QuantityOutcome>> = vec![None; writes.len()];
    let mut orders = Vec::new();
    for (position, write) in writes.iter().enumerate() {
        match Order::of(position, write) {
            Ok(order) if order.by == 0 => put(&mut outcomes, position, QuantityOutcome::Applied { now: None }),
            Ok(order) => orders.push(order),
            Err(why) => put(&mut outcomes, position, QuantityOutcome::Rejected(why)),
        }
    }
    let (down, up): (Vec<Order>, Vec<Order>) = orders.into_iter().partition(|order| order.by < 0);
    let mut done = false;
    for some in [up, down].iter().filter(|some| !some.is_empty()) {
        send(shop, some, &mut outcomes, &mut done).await?;
    }
    let missing = || QuantityOutcome::Rejected(refused("no outcome was recorded for it"));
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect())
}

/// All of them go up, or all of them down.
async fn send(
    shop: &Shop,
    orders: &[Order],
    outcomes: &mut [Option<QuantityOutcome>],
    done: &mut bool,
) -> Result<(), WriteError> {
    let bodies: Vec<Value> = orders.iter().map(Order::body).collect();
    let is_down = orders.iter().any(|order| order.by < 0);
    let (path, body) = match is_down {
        true => ("decrement", json!({"decrementData": bodies})),
        false => ("increment", json!({"incrementData": bodies})),
    };
    let request = Request::new(Method::Post, format!("/stores/v2/inventoryItems/{path}")).json(body);
    let answer = match shop.calls.write(request, Also::Refusals).await {
        Ok(answer) => answer,
        Err(WriteError::NotApplied(_)) if *done => {
            orders.iter().for_each(|order| put(outcomes, order.position, QuantityOutcome::NotTried));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    if is_success(&answer) {
        *done = true;
        orders.iter().for_each(|order| put(outcomes, order.position, QuantityOutcome::Applied { now: None }));
        return Ok(());
    }
    let refusal = shop.calls.refusal(&answer);
    if let [only] = orders {
        put(outcomes, only.position, QuantityOutcome::Rejected(refusal));
        return Ok(());
    }
    sort_out(shop, orders, refusal, outcomes, done).await
}

/// After a batch was refused: which of it was done all the same.
async fn sort_out(
    shop: &Shop,
    orders: &[Order],
    refusal: PlatformError,
    outcomes: &mut [Option<QuantityOutcome>],
    done: &mut bool,
) -> Result<(), WriteError> {
    let spots: Vec<Spot> = orders.iter().map(|order| order.spot.clone()).collect();
    let now = look(shop, &spots).await.map_err(WriteError::Unknown)?;
    let mut applied = Vec::new();
    let mut untouched = Vec::new();
    for order in orders {
        match now.get(&order.spot) {
            // What is gone, or not counted, can hardly have been changed.
            None | Some(LevelRead::Gone | LevelRead::Untracked) => untouched.push(order),
            Some(LevelRead::Counted(level)) if *level == Quantity::units(order.expected) => untouched.push(order),
            Some(LevelRead::Counted(level)) if *level == Quantity::units(order.expected + order.by) => {
                applied.push(order)
            }
            Some(LevelRead::Counted(_)) => {
                return Err(unexplained("a batch was refused, and a count shows neither the old nor the new figure"));
            }
        }
    }
    if applied.is_empty() && !*done {
        // Nobody knows whose fault it is: the engine halves the batch.
        return Err(WriteError::NotApplied(refusal));
    }
    *done = true;
    let applied_now = |order: &Order| Some(Quantity::units(order.expected + order.by));
    applied
        .iter()
        .for_each(|order| put(outcomes, order.position, QuantityOutcome::Applied { now: applied_now(order) }));
    untouched.iter().for_each(|order| put(outcomes, order.position, QuantityOutcome::NotTried));
    Ok(())
}

/// Sets all counts of a product that is not counted yet. `trackQuantity` is always said: left out it counts as false,
/// and switches counting off for the whole product (spec, UpdateInventoryVariants).
pub(super) async fn begin_counting(shop: &Shop, product: &str, counts: &[(String, i64)]) -> Result<(), WriteError> {
    let variants: Vec<Value> =
        counts.iter().map(|(variant, quantity)| json!({"variantId": variant, "quantity": quantity})).collect();
    let path = format!("/stores/v2/inventoryItems/product/{}", crate::http::segment(product));
    let request = Request::patch(path).json(json!({"inventoryItem": {"trackQuantity": true, "variants": variants}}));
    let answer = shop.calls.write(request, Also::Refusals).await?;
    match is_success(&answer) {
        true => Ok(()),
        false => Err(WriteError::NotApplied(shop.calls.refusal(&answer))),
    }
}

fn put(outcomes: &mut [Option<QuantityOutcome>], position: usize, outcome: QuantityOutcome) {
    if let Some(place) = outcomes.get_mut(position) {
        *place = Some(outcome);
    }
}
