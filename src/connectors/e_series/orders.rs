//! Orders, and what each has done to the stock.
//!
//! E-Series takes an order's pieces off the stock when it is placed, paid or not; only one that was never finished
//! (INCOMPLETE) has taken nothing. An order is shipped as a whole, by its status. A refund has an amount and no lines, and
//! nobody is told what was put back into stock after a cancellation: so nothing is said of it here, and the count tells
//! it. (Saying less is safe: a count that rises by itself is seen; one that was explained twice is not.)

use serde::Deserialize;

use crate::domain::{Cursor, LocationId, Order as Sold, OrderLine, OrderState, Quantity, Text};
use crate::platform::{Change, Next, Page, PlatformError};

use super::convert::remote;
use super::pages::{self, List, Order, Phase, Place, walk};
use super::shelf::Shelf;
use super::wire::{Line, Sale, moment};

/// Nothing about customers: only what stock depends on.
const FIELDS: &str = "total,count,offset,limit,items(id,internalId,paymentStatus,fulfillmentStatus,createTimestamp,\
                      createDate,updateTimestamp,updateDate,items(id,productId,combinationId,quantity))";

/// States in which something is still to be handed over, in the order in which an order goes through them: one that moves
/// on during a run is met again. The list takes one at a time.
const OPEN: [&str; 6] = [
    "AWAITING_PROCESSING",
    "PROCESSING",
    "READY_FOR_PICKUP",
    "CUSTOM_FULFILLMENT_STATUS_1",
    "CUSTOM_FULFILLMENT_STATUS_2",
    "CUSTOM_FULFILLMENT_STATUS_3",
];

/// From the beginning: those that are open. Later: every order that changed.
pub(super) async fn orders(shelf: &Shelf, from: &Cursor) -> Result<Page, PlatformError> {
    let place = Place::at(from, Phase::Open(0));
    let mut query = vec![("responseFields", FIELDS.to_owned())];
    let state = match place.phase {
        Phase::Open(state) => Some(usize::from(state)),
        _ => None,
    };
    if let Some(name) = state.and_then(|state| OPEN.get(state)) {
        query.push(("fulfillmentStatus", (*name).to_owned()));
    }
    let walked = walk(&shelf.calls, &List { path: "/orders", query, order: Order::Created }, &place).await?;
    let mut changes = Vec::with_capacity(walked.items.len());
    for raw in &walked.items {
        let sale = Sale::deserialize(raw).map_err(|_| "the answer about it is not readable".to_owned());
        changes.push(match sale.and_then(|sale| order(&sale, shelf.location())) {
            Ok(order) => Change::Order(Box::new(order)),
            Err(why) => Change::Unreadable { remote: pages::id(raw).unwrap_or_else(|| "?".to_owned()), why },
        });
    }
    let next = match (walked.next, place.phase) {
        (Some(next), _) => Next::More(next.cursor()),
        (None, Phase::Open(state)) if usize::from(state) + 1 < OPEN.len() => {
            Next::More(walked.here.in_phase(Phase::Open(state + 1)).cursor())
        }
        (None, _) => Next::Done(walked.here.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

/// The error is a plain sentence about this one order.
pub(super) fn order(sale: &Sale, shop: &LocationId) -> Result<Sold, String> {
    let id = sale.id.text().ok_or("it has no usable id")?;
    let remote_order = crate::domain::RemoteId::new(id)?;
    let updated_at = moment(&sale.update_timestamp, &sale.update_date);
    let placed_at = moment(&sale.create_timestamp, &sale.create_date);
    let placed_at = placed_at.or(updated_at).ok_or("it does not say when it was placed")?;
    let state = state(sale.payment_status.text(), sale.fulfillment_status.text());
    let lines: Result<Vec<OrderLine>, String> = sale.items.iter().map(|item| line(item, state, shop)).collect();
    Ok(Sold {
        remote: remote_order,
        number: Text::new(&format!("#{id}")),
        state,
        placed_at,
        updated_at: updated_at.unwrap_or(placed_at),
        lines: lines?,
    })
}

fn line(item: &Line, state: OrderState, shop: &LocationId) -> Result<OrderLine, String> {
    let ordered: Option<Quantity> = item.quantity.text().and_then(|raw| raw.parse().ok());
    let ordered = ordered.ok_or("one of its lines has a quantity that cannot be read")?;
    let nothing = Quantity::ZERO;
    let (fulfilled, dropped) = match state {
        OrderState::Closed => (ordered, nothing),
        OrderState::Cancelled => (nothing, ordered),
        OrderState::Open | OrderState::Pending => (nothing, nothing),
    };
    Ok(OrderLine {
        remote: remote(&item.id).map_err(|_| "one of its lines has no usable id")?,
        listing: remote(&item.product_id).ok(),
        variant: remote(&item.combination_id).or_else(|_| remote(&item.product_id)).ok(),
        location: Some(shop.clone()),
        ordered,
        fulfilled,
        dropped,
        restocked: nothing,
    })
}

/// A refund of all of it before it was sent means that it will not be; after, that it was.
fn state(payment: Option<&str>, fulfilment: Option<&str>) -> OrderState {
    let is_sent = matches!(fulfilment, Some("SHIPPED" | "DELIVERED" | "OUT_FOR_DELIVERY" | "RETURNED"));
    match (payment, fulfilment) {
        (Some("INCOMPLETE"), _) => OrderState::Pending,
        _ if is_sent => OrderState::Closed,
        (Some("CANCELLED" | "REFUNDED"), _) | (_, Some("WILL_NOT_DELIVER")) => OrderState::Cancelled,
        _ => OrderState::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RemoteId;
    use serde_json::json;

    fn read(payment: &str, fulfilment: &str) -> Sold {
        let sale = json!({
            "id": "XJ12H", "paymentStatus": payment, "fulfillmentStatus": fulfilment,
            "createDate": "2026-11-20 10:00:00 +0000", "updateTimestamp": 1_795_000_000,
            "refunds": [{"amount": 5.0, "date": "2026-11-21 10:00:00 +0000"}],
            "items": [{"id": 1, "productId": 7, "combinationId": 71, "quantity": 3}, {"id": 2, "productId": 8, "quantity": 1}]
        });
        order(&serde_json::from_value(sale).unwrap(), &LocationId(RemoteId::new("shop").unwrap())).unwrap()
    }

    #[test]
    fn an_unpaid_order_has_taken_its_pieces_and_an_unfinished_one_has_not() {
        let told = |payment, fulfilment| {
            let order = read(payment, fulfilment);
            let sum =
                |each: &dyn Fn(&OrderLine) -> Quantity| Quantity::sum(order.lines.iter().map(each)).whole().unwrap();
            (order.state, sum(&|line| order.taken(line)), sum(&|line| order.booked(line)))
        };
        assert_eq!(told("AWAITING_PAYMENT", "AWAITING_PROCESSING"), (OrderState::Open, 4, 4));
        assert_eq!(told("INCOMPLETE", "AWAITING_PROCESSING"), (OrderState::Pending, 0, 0));
        assert_eq!(told("PARTIALLY_REFUNDED", "READY_FOR_PICKUP"), (OrderState::Open, 4, 4));
        assert_eq!(told("PAID", "SHIPPED"), (OrderState::Closed, 4, 0));
        assert_eq!(told("REFUNDED", "RETURNED"), (OrderState::Closed, 4, 0));
        assert_eq!(told("CANCELLED", "AWAITING_PROCESSING"), (OrderState::Cancelled, 4, 0));
        assert_eq!(told("REFUNDED", "PROCESSING"), (OrderState::Cancelled, 4, 0));
        assert_eq!(told("PAID", "WILL_NOT_DELIVER"), (OrderState::Cancelled, 4, 0));
        assert_eq!(told("CUSTOM_PAYMENT_STATUS_1", "CUSTOM_FULFILLMENT_STATUS_2"), (OrderState::Open, 4, 4));
    }

    #[test]
    fn a_line_names_its_combination_or_its_product() {
        let lines = read("PAID", "PROCESSING").lines;
        let named = |line: &OrderLine| line.variant.as_ref().map(ToString::to_string).unwrap();
        assert_eq!((named(&lines[0]), named(&lines[1])), ("71".to_owned(), "8".to_owned()));
    }
}
