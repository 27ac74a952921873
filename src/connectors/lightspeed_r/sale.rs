//! From sales to orders. Pure.
//!
//! | sale | stock | order |
//! |---|---|---|
//! | not completed | untouched (what is set aside for a customer has no sale yet) | pending |
//! | completed | "the inventory will have been removed" | closed; open while its `ShipTo` is not shipped |
//! | voided | "All inventory is restocked" | cancelled |
//! | archived, never completed | untouched | cancelled |
//! | archived after it was completed | not documented | cancelled, and nothing is said to have come back |
//!
//! A refund is a sale of its own with negative quantities, whose lines name the lines they give back
//! (`parentSaleLineID`); here it is a part of that sale. R-Series puts back what a refund names (reason
//! `RefundAddInventory`); what was given money for alone names no item.

use std::collections::HashMap;

use crate::domain::{LocationId, Order, OrderLine, OrderState, Quantity, RemoteId, Text, Timestamp};

use super::shelf::Known;
use super::wire::{Sale, SaleLine};

/// What refunds have given back, by the line that was sold.
pub type GivenBack = HashMap<String, Quantity>;

/// What became of a sale, apart from its refunds.
fn state(sale: &Sale) -> OrderState {
    let waits = sale.ship_to.0.as_ref().is_some_and(|ship_to| ship_to.shipped.is(false));
    match (sale.voided.is(true) || sale.archived.is(true), sale.completed.is(true)) {
        (true, _) => OrderState::Cancelled,
        (false, false) => OrderState::Pending,
        (false, true) if waits => OrderState::Open,
        (false, true) => OrderState::Closed,
    }
}

/// Whether what it names was taken off the stock, or put back on it.
pub fn counts(sale: &Sale) -> bool {
    sale.completed.is(true) && !sale.voided.is(true) && !sale.archived.is(true)
}

/// The line that this one gives back.
pub fn parent(line: &SaleLine) -> Option<&str> {
    line.parent.id().filter(|_| line.quantity.quantity().is_some_and(Quantity::is_negative))
}

/// Whether it is more than the giving back of what other sales sold.
pub fn is_order(sale: &Sale) -> bool {
    sale.lines().is_empty() || sale.lines().iter().any(|line| parent(line).is_none())
}

/// Adds up what a line gives back. Only of sales that [`counts`].
pub fn give_back(line: &SaleLine, given: &mut GivenBack) {
    if let (Some(parent), Some(quantity)) = (parent(line), line.quantity.quantity()) {
        *given.entry(parent.to_owned()).or_default() += -quantity;
    }
}

/// The error is a plain sentence about this one sale. `changed`: when one of its refunds was made, the latest.
pub fn order(
    sale: &Sale,
    given: &GivenBack,
    changed: Option<Timestamp>,
    known: &HashMap<String, Known>,
) -> Result<Order, String> {
    let id = sale.id.id().ok_or("a sale without a number")?;
    let mut state = state(sale);
    let was_taken = sale.completed.is(true);
    let mut lines = Vec::new();
    for line in sale.lines() {
        // An exchange is told twice: what it gives back with the first sale, what it sells here.
        if parent(line).is_some() {
            continue;
        }
        let quantity = line.quantity.quantity().ok_or("a line without a quantity")?;
        let mut told = empty(line, sale, known)?;
        if quantity.is_negative() {
            // A return without a receipt.
            told.restocked = if counts(sale) { -quantity } else { Quantity::ZERO };
            lines.push(told);
            continue;
        }
        told.ordered = quantity;
        let back = line.id.id().and_then(|id| given.get(id)).copied().unwrap_or_default().min(quantity);
        match state {
            OrderState::Pending => {}
            OrderState::Closed => {
                told.fulfilled = quantity;
                told.restocked = back;
            }
            OrderState::Open => {
                told.dropped = back;
                told.restocked = back;
            }
            OrderState::Cancelled => {
                told.dropped = quantity;
                // Of what was never taken, all of it counts as there.
                told.restocked = if sale.voided.is(true) || !was_taken { quantity } else { back };
            }
        }
        lines.push(told);
    }
    let sold = || lines.iter().filter(|line| line.ordered.is_positive());
    if state == OrderState::Open && sold().next().is_some() && sold().all(|line| line.dropped == line.ordered) {
        state = OrderState::Cancelled;
    }
    let updated_at = [sale.updated(), changed, sale.ship_to.0.as_ref().and_then(|ship_to| ship_to.time_stamp.moment())];
    let updated_at = updated_at.into_iter().flatten().max();
    let placed_at = sale.created.moment().or(updated_at).ok_or("it does not say when it was made")?;
    Ok(Order {
        remote: RemoteId::new(id)?,
        number: Text::new(sale.ticket.text().unwrap_or(id)),
        state,
        placed_at,
        updated_at: updated_at.unwrap_or(placed_at),
        lines,
    })
}

fn empty(line: &SaleLine, sale: &Sale, known: &HashMap<String, Known>) -> Result<OrderLine, String> {
    let shop = line.shop.id().or_else(|| sale.shop.id()).map(RemoteId::new).transpose()?;
    // What is not in the catalogue (a gift card, a fee, a line of free text) has no item.
    let item = line.item.id().and_then(|item| Some((item, known.get(item)?)));
    Ok(OrderLine {
        remote: RemoteId::new(line.id.id().ok_or("a line without a number")?)?,
        listing: item.map(|(_, known)| known.listing.clone()),
        variant: item.map(|(item, _)| RemoteId::new(item)).transpose()?,
        location: shop.map(LocationId),
        ordered: Quantity::ZERO,
        fulfilled: Quantity::ZERO,
        dropped: Quantity::ZERO,
        restocked: Quantity::ZERO,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn sale(more: Value) -> Sale {
        let mut sale = json!({"saleID": "5", "ticketNumber": "220000000005", "completed": "true", "archived": "false",
            "voided": "false", "createTime": "2026-03-01T10:00:00+00:00", "updatetime": "2026-03-01T10:00:00+00:00",
            "shopID": "1", "SaleLines": {"SaleLine": {"saleLineID": "8", "itemID": "12", "unitQuantity": "4",
            "parentSaleLineID": "0", "shopID": "1", "saleID": "5"}}});
        more.as_object().unwrap().iter().for_each(|(name, value)| sale[name] = value.clone());
        serde_json::from_value(sale).unwrap()
    }

    fn told(sale: &Sale, back: i64) -> (OrderState, Quantity, Quantity, Quantity) {
        let given = GivenBack::from([("8".to_owned(), Quantity::units(back))]);
        let listing = RemoteId::new("12").unwrap();
        let known = HashMap::from([("12".to_owned(), Known { listing, counted: true, archived: false })]);
        let order = order(sale, &given, None, &known).unwrap();
        let [line] = &order.lines[..] else { panic!("{order:?}") };
        assert_eq!(line.variant.as_ref().map(RemoteId::as_str), Some("12"));
        (order.state, order.booked(line), order.taken(line), line.restocked)
    }

    #[test]
    fn each_state_says_what_it_did_to_stock() {
        let units = Quantity::units;
        assert_eq!(told(&sale(json!({})), 0), (OrderState::Closed, units(0), units(4), units(0)));
        assert_eq!(told(&sale(json!({})), 1), (OrderState::Closed, units(0), units(3), units(1)));
        let pending = sale(json!({"completed": "false"}));
        assert_eq!(told(&pending, 0), (OrderState::Pending, units(0), units(0), units(0)));
        let waits = sale(json!({"ShipTo": {"shipped": "false", "saleID": "5"}}));
        assert_eq!(told(&waits, 0), (OrderState::Open, units(4), units(4), units(0)));
        assert_eq!(told(&waits, 1), (OrderState::Open, units(3), units(3), units(1)));
        assert_eq!(told(&waits, 4).0, OrderState::Cancelled, "nothing is left to be shipped");
        let shipped = sale(json!({"ShipTo": {"shipped": "true", "saleID": "5"}}));
        assert_eq!(told(&shipped, 0).0, OrderState::Closed);
        let voided = sale(json!({"voided": "true"}));
        assert_eq!(told(&voided, 0), (OrderState::Cancelled, units(0), units(0), units(4)));
        let forgotten = sale(json!({"completed": "false", "archived": "true"}));
        assert_eq!(told(&forgotten, 0), (OrderState::Cancelled, units(0), units(0), units(4)), "never taken");
        let put_away = sale(json!({"archived": "true"}));
        assert_eq!(
            told(&put_away, 0),
            (OrderState::Cancelled, units(0), units(4), units(0)),
            "nobody says it came back"
        );
    }

    #[test]
    fn a_refund_belongs_to_the_line_it_names() {
        // As documented: the lines of "Refunds".
        let line = |parent: &str, quantity: &str| json!({"saleLineID": "279", "itemID": "12", "unitQuantity": quantity, "parentSaleLineID": parent});
        let refund = |lines: Value| sale(json!({"SaleLines": {"SaleLine": lines}}));
        let full = refund(json!(line("8", "-1")));
        assert!(!is_order(&full) && counts(&full));
        let mut given = GivenBack::new();
        full.lines().iter().for_each(|line| give_back(line, &mut given));
        assert_eq!(given, GivenBack::from([("8".to_owned(), Quantity::units(1))]));
        let exchange = refund(json!([line("8", "-1"), line("0", "2")]));
        assert!(is_order(&exchange));
        let order = order(&exchange, &GivenBack::new(), None, &HashMap::new()).unwrap();
        assert_eq!(order.lines.len(), 1);
        assert_eq!(order.lines[0].ordered, Quantity::units(2));
        let unnamed = refund(json!(line("0", "-3")));
        let order = super::order(&unnamed, &GivenBack::new(), None, &HashMap::new()).unwrap();
        assert_eq!((order.lines[0].ordered, order.lines[0].restocked), (Quantity::ZERO, Quantity::units(3)));
        assert_eq!(order.lines[0].taken(), Quantity::units(-3));
    }
}
