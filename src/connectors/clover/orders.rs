//! Orders, and what each has done to the stock.
//!
//! What Clover tells: an order's state of payment, one line item for every piece (what is sold by weight has its amount in
//! thousandths), which pieces were refunded, and for orders that are to be picked up or sent the last event of their
//! fulfilment. `state` is not relied on; Clover advises against it.
//!
//! - Not paid, or in part: pending. Clover counts down "after each sale".
//! - Paid: closed, since what is paid at a counter has been handed over; open, where the order has to be fulfilled and no
//!   event says that it was.
//! - Everything of an open order refunded: cancelled. Deleted: cancelled.
//! - What was put back into stock is not told, so nothing is said to have been: the count tells it.
//!
//! Whether a refund moves the order's time of change is not documented, so refunds are read besides, and the orders that
//! they name.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Cursor, LocationId, Order, OrderLine, OrderState, Quantity, RemoteId, Text, Timestamp};
use crate::platform::{Change, Next, Page, PlatformError};

use super::convert;
use super::pages::{self, List, Phase, Place, walk};
use super::profile::{NESTED, ORDER_PAGE, PAGE};
use super::shelf::Shelf;
use super::wire::{self, Item, Line, Refund, Sale, moment};

const EXPAND: &str = "lineItems,refunds";
/// The last event of an order's fulfilment can be asked for of one order, and not of a list.
const EXPAND_ONE: &str = "lineItems,refunds,orderFulfillmentEvent";
/// From the beginning, orders that are still open are looked for among those that changed within this time. Older ones
/// are for Clover's export (guides, "API usage and rate limits": more than two months).
const OPEN_SINCE_SECONDS: i64 = 60 * 86_400;
/// Words of a fulfilment event that say that nothing is left to do.
const FULFILLED: [&str; 6] = ["FULFILLED", "COMPLETE", "PICKED_UP", "DELIVERED", "CLOSED", "SHIPPED"];
/// More line items than an order can have (API updates of March 2026: 2,500; the reference of `line_items`: 3,000).
const MOST_LINES: usize = 5_000;

pub(super) async fn orders(shelf: &Shelf, from: &Cursor) -> Result<Page, PlatformError> {
    let place = Place::at(from, Phase::Orders);
    match place.phase {
        Phase::Refunds => refunds(shelf, &place).await,
        _ => changed(shelf, &place).await,
    }
}

async fn changed(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let from_the_start = place.since.is_none();
    let since = match (place.since, place.next_since) {
        (Some(since), _) => since,
        // Clover's own time, once it is known.
        (None, Some(began)) => began.plus_seconds(-OPEN_SINCE_SECONDS),
        (None, None) => shelf.now().plus_seconds(-OPEN_SINCE_SECONDS),
    };
    let list = List::of("/orders", ORDER_PAGE).since(Some(since)).expand(EXPAND);
    let walked = walk(&shelf.calls, &list, place).await?;
    let mut changes = tell(shelf, &walked.elements).await?;
    if from_the_start {
        let is_open = |order: &Order| matches!(order.state, OrderState::Open | OrderState::Pending);
        changes.retain(|change| !matches!(change, Change::Order(order) if !is_open(order)));
    }
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None if from_the_start => Next::Done(walked.here.next_run().cursor()),
        None => Next::More(walked.here.in_phase(Phase::Refunds).cursor()),
    };
    Ok(Page { changes, next })
}

/// Orders that were refunded since.
async fn refunds(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let since = place.since.unwrap_or_default();
    let list = List::of("/refunds", PAGE).filter(format!("createdTime>={}", since.0));
    let walked = match walk(&shelf.calls, &list, place).await {
        Ok(walked) => walked,
        // The key lacks PAYMENTS_R, which the test of the connection says. The orders are worth having without.
        Err(PlatformError::Unauthorised { .. }) => {
            return Ok(Page { changes: Vec::new(), next: Next::Done(place.next_run().cursor()) });
        }
        Err(why) => return Err(why),
    };
    let read = |element| Refund::deserialize(element).ok()?.order_ref.map(|order: wire::Reference| order.id);
    let named: BTreeSet<String> = walked.elements.iter().filter_map(read).collect();
    let mut elements = Vec::with_capacity(named.len());
    for id in named {
        let path = format!("/orders/{}", crate::http::segment(&id));
        match shelf.calls.read_json::<Value>(shelf.calls.get(&path).query("expand", EXPAND_ONE)).await {
            Ok((order, _)) => elements.push(order),
            Err(PlatformError::NotFound { .. }) => {}
            Err(why) => return Err(why),
        }
    }
    let changes = tell(shelf, &elements).await?;
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None => Next::Done(walked.here.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

async fn tell(shelf: &Shelf, elements: &[Value]) -> Result<Vec<Change>, PlatformError> {
    let mut changes = Vec::with_capacity(elements.len());
    let mut sales = Vec::with_capacity(elements.len());
    for element in elements {
        match Sale::deserialize(element) {
            Ok(sale) => sales.push(sale),
            Err(_) => {
                let why = "Clover's answer about this order is not readable".to_owned();
                changes.push(Change::Unreadable { remote: wire::id(element).unwrap_or("?").to_owned(), why });
            }
        }
    }
    for sale in &mut sales {
        whole_lines(shelf, sale).await?;
        fulfilment(shelf, sale).await?;
    }
    let groups = groups_of(shelf, &sales).await?;
    for sale in &sales {
        changes.push(match order(sale, &groups, shelf.location()) {
            Ok(order) => Change::Order(Box::new(order)),
            Err(why) => Change::Unreadable { remote: sale.id.clone(), why },
        });
    }
    Ok(changes)
}

/// A list inside an order is cut at a hundred; then its lines are read by themselves.
async fn whole_lines(shelf: &Shelf, sale: &mut Sale) -> Result<(), PlatformError> {
    if sale.line_items.0.len() < NESTED {
        return Ok(());
    }
    let path = format!("/orders/{}/line_items", crate::http::segment(&sale.id));
    let elements = pages::all(&shelf.calls, &List::of(path, PAGE)).await?;
    let lines: Vec<Line> = elements.iter().filter_map(|element| Line::deserialize(element).ok()).collect();
    if lines.len() != elements.len() || lines.len() > MOST_LINES {
        return Err(shelf.calls.http().unexpected(&format!("the line items of order {} are not readable", sale.id)));
    }
    sale.line_items.0 = lines;
    Ok(())
}

/// What looks as if it were still to be handed over is asked for by itself: one call for each such order. Whether a list
/// shows the event unasked is not documented.
async fn fulfilment(shelf: &Shelf, sale: &mut Sale) -> Result<(), PlatformError> {
    let unclear = is_paid(sale) && is_awaited(sale) && said(&sale.order_fulfillment_event).is_empty();
    if !unclear || sale.deleted_timestamp.is_some() {
        return Ok(());
    }
    let path = format!("/orders/{}", crate::http::segment(&sale.id));
    match shelf.calls.read_json::<Sale>(shelf.calls.get(&path).query("expand", "orderFulfillmentEvent")).await {
        Ok((now, _)) => sale.order_fulfillment_event = now.order_fulfillment_event,
        // Deleted in this moment: the next run tells.
        Err(PlatformError::NotFound { .. }) => {}
        Err(why) => return Err(why),
    }
    Ok(())
}

/// The listing of each item that was sold: a line names the item, and not the group that it may be in.
async fn groups_of(shelf: &Shelf, sales: &[Sale]) -> Result<BTreeMap<String, RemoteId>, PlatformError> {
    let items = sales.iter().flat_map(|sale| &sale.line_items.0).filter_map(|line| line.item.as_ref());
    let items: BTreeSet<String> = items.map(|item| item.id.clone()).collect();
    shelf.listings_of_items(&items).await
}

/// The error is a plain sentence about this one order.
pub(super) fn order(sale: &Sale, listings: &BTreeMap<String, RemoteId>, shop: &LocationId) -> Result<Order, String> {
    let placed_at = moment(sale.created_time).or(moment(sale.client_created_time));
    let updated_at = moment(sale.modified_time);
    let placed_at = placed_at.or(updated_at).ok_or("it does not say when it was placed")?;
    let refunded: BTreeSet<&str> = sale
        .refunds
        .0
        .iter()
        .filter(|refund| refund.voided != Some(true))
        .flat_map(|refund| refund.line_items.0.iter().map(|line| line.id.as_str()))
        .collect();
    let is_back = |line: &Line| {
        line.refunded == Some(true) || line.exchanged == Some(true) || refunded.contains(line.id.as_str())
    };
    let all_back = !sale.line_items.0.is_empty() && sale.line_items.0.iter().all(is_back)
        || sale.payment_state.as_deref() == Some("REFUNDED");
    let paid = is_paid(sale);
    let state = match (moment(sale.deleted_timestamp), paid) {
        (Some(_), _) => OrderState::Cancelled,
        (None, false) => OrderState::Pending,
        (None, true) if !is_awaited(sale) => OrderState::Closed,
        (None, true) if all_back => OrderState::Cancelled,
        (None, true) => OrderState::Open,
    };
    // One line for each item: Clover has one for each piece of it.
    let mut lines: Vec<OrderLine> = Vec::new();
    for line in &sale.line_items.0 {
        let pieces = pieces(line);
        let item = line.item.as_ref().and_then(|item| RemoteId::new(item.id.clone()).ok());
        let remote = match &item {
            Some(item) => item.clone(),
            None => RemoteId::new(line.id.clone())?,
        };
        let dropped = match state {
            OrderState::Cancelled => true,
            OrderState::Open => is_back(line),
            OrderState::Pending | OrderState::Closed => false,
        };
        // Never paid, so nothing was ever taken: all of it counts as there.
        let never_taken = state == OrderState::Cancelled && !paid;
        let added = |flag: bool| if flag { pieces } else { Quantity::ZERO };
        let (fulfilled, dropped) = (added(state == OrderState::Closed), added(dropped));
        match lines.iter_mut().find(|known| known.remote == remote) {
            Some(known) => {
                known.ordered += pieces;
                known.fulfilled += fulfilled;
                known.dropped += dropped;
                known.restocked += added(never_taken);
            }
            None => lines.push(OrderLine {
                remote,
                listing: item.as_ref().and_then(|item| listings.get(item.as_str()).cloned()),
                variant: item,
                location: Some(shop.clone()),
                ordered: pieces,
                fulfilled,
                dropped,
                restocked: added(never_taken),
            }),
        }
    }
    Ok(Order {
        remote: RemoteId::new(sale.id.clone())?,
        number: sale.title.as_deref().and_then(Text::some).unwrap_or_else(|| Text::new(&sale.id)),
        state,
        placed_at,
        updated_at: updated_at.unwrap_or(placed_at),
        lines,
    })
}

/// Thousandths only where it is sold by a unit; elsewhere Clover ignores them.
fn pieces(line: &Line) -> Quantity {
    let by_unit = line.unit_name.as_deref().is_some_and(|name| !name.is_empty());
    match line.unit_qty {
        // A unit's name is not always there, and a piece is never said to be less or more than one.
        Some(thousandths) if by_unit || thousandths % 1000 != 0 => {
            Quantity::from_raw(thousandths.saturating_mul(Quantity::units(1).raw() / 1000))
        }
        _ => Quantity::units(1),
    }
}

fn is_paid(sale: &Sale) -> bool {
    match sale.payment_state.as_deref() {
        Some("OPEN" | "PARTIALLY_PAID") => false,
        Some(_) => true,
        None => sale.state.as_deref() == Some("locked"),
    }
}

/// Whether it is still to be handed over: only orders that say something of their fulfilment are.
fn is_awaited(sale: &Sale) -> bool {
    let event = said(&sale.order_fulfillment_event).to_uppercase();
    if !event.is_empty() {
        return !FULFILLED.iter().any(|word| event.contains(word));
    }
    sale.fulfillment_info.as_object().is_some_and(|info| !info.is_empty())
}

/// The words of an event: its form is not documented, so all of its texts but identifiers are taken together.
fn said(event: &Value) -> String {
    match event {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let told = fields.iter().filter(|(name, _)| !name.to_lowercase().ends_with("id"));
            told.filter_map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

impl Shelf {
    fn now(&self) -> Timestamp {
        self.clock.now().plus_seconds(self.calls.http().server_skew().unwrap_or(0).div_euclid(1000))
    }

    /// Which listing each of these items belongs to, as far as it can be told; remembers what it was told.
    async fn listings_of_items(&self, items: &BTreeSet<String>) -> Result<BTreeMap<String, RemoteId>, PlatformError> {
        let mut known = self.belonging.lock().await;
        let unknown: Vec<&String> = items.iter().filter(|item| !known.contains_key(*item)).collect();
        if unknown.len() > MANY_ITEMS {
            for element in pages::all(&self.calls, &List::of("/items", PAGE)).await? {
                if let Ok(item) = Item::deserialize(&element) {
                    known.extend(belongs(&item));
                }
            }
        } else {
            for id in unknown {
                // One that was deleted meanwhile belongs nowhere that can be asked for.
                if let Some(item) = self.item(id).await? {
                    known.extend(belongs(&item));
                }
            }
        }
        Ok(items.iter().filter_map(|item| Some((item.clone(), known.get(item)?.clone()))).collect())
    }
}

/// More items than these are looked up with the list of all.
const MANY_ITEMS: usize = 15;

pub(super) fn belongs(item: &Item) -> Option<(String, RemoteId)> {
    let remote = match item.group() {
        Some(group) => convert::group_remote(group).ok()?,
        None => RemoteId::new(item.id.clone()).ok()?,
    };
    Some((item.id.clone(), remote))
}
