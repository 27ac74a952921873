//! Orders and refunds as Clover writes them: a line item for every piece, sums in cents, and of the fulfilment only its
//! last event. What is unpaid and was called off is deleted, and shown nowhere.

use serde_json::{Value, json};

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Incoming, Shop, ShopOrder, ShopOrderLine, ShopOrderState, ShopRefund};

use super::door::MERCHANT_ID;
use super::list::{Asked, expanded, nested};
use super::{Answered, Problem, done, identifiers};

const FILTERS: &[&str] = &["modifiedTime", "createdTime", "id", "state", "testMode"];
/// Line items of an order at most; what is ordered in greater number is one line with an amount.
const MOST_PIECES: i64 = 2500;

fn is_shown(order: &&ShopOrder) -> bool {
    !(order.state == ShopOrderState::Cancelled && order.refunds.is_empty())
}

pub(super) fn list(shop: &Shop, request: &Incoming) -> Answered {
    let asked = Asked::of(request, FILTERS)?;
    let found = shop.orders.values().filter(is_shown).filter(|order| {
        asked.holds("modifiedTime", modified(order).0)
            && asked.holds("createdTime", order.placed_at.0)
            && asked.says("id", &identifiers::order(order.number))
            && asked.says("state", state(order))
    });
    let expands = |name: &str| name != "orderFulfillmentEvent" && asked.expands(name);
    Ok(asked.page(request, found, |order| show(shop, order, &expands)))
}

fn find<'a>(shop: &'a Shop, id: &str) -> Result<&'a ShopOrder, Problem> {
    let order = identifiers::order_number(id).and_then(|number| shop.orders.get(&number)).filter(is_shown);
    let missing = || Problem { details: Some("Order not found".to_owned()), ..Problem::new(404, "Not Found") };
    order.ok_or_else(missing)
}

pub(super) fn one(shop: &Shop, request: &Incoming, id: &str) -> Answered {
    let expand = expanded(request)?;
    let order = find(shop, id)?;
    Ok(done(show(shop, order, &|name| expand.iter().any(|known| known == name))))
}

pub(super) fn lines(shop: &Shop, request: &Incoming, id: &str) -> Answered {
    let order = find(shop, id)?;
    let pieces: Vec<Value> = order.lines.iter().flat_map(|line| pieces(shop, order, line)).collect();
    Ok(Asked::of(request, &["id"])?.page(request, pieces.into_iter(), |piece| piece))
}

pub(super) fn refunds(shop: &Shop, request: &Incoming) -> Answered {
    let asked = Asked::of(request, &["createdTime", "id"])?;
    let all = shop.orders.values().flat_map(|order| order.refunds.iter().map(move |refund| (order, refund)));
    let found = all.filter(|(_, refund)| asked.holds("createdTime", refund.at.0));
    Ok(asked.page(request, found, |(order, refund)| show_refund(order, refund)))
}

/// A refund does not move it.
fn modified(order: &ShopOrder) -> Timestamp {
    let refunded = order.refunds.iter().any(|refund| refund.at == order.updated_at);
    if !refunded || order.cancelled_at == Some(order.updated_at) {
        return order.updated_at;
    }
    let sent = order.fulfilments.iter().map(|fulfilment| fulfilment.at).max().unwrap_or(order.placed_at);
    sent.max(order.placed_at)
}

fn state(order: &ShopOrder) -> &'static str {
    if order.state == ShopOrderState::Pending { "open" } else { "locked" }
}

fn given_back(order: &ShopOrder, line: &ShopOrderLine) -> Quantity {
    let back = order.refunds.iter().flat_map(|refund| &refund.lines).filter(|back| back.line == line.number);
    Quantity::sum(back.map(|back| back.quantity))
}

fn payment_state(order: &ShopOrder) -> &'static str {
    let all = order.lines.iter().all(|line| given_back(order, line) >= line.ordered);
    match (order.state, order.refunds.is_empty()) {
        (ShopOrderState::Pending, _) => "OPEN",
        (_, true) => "PAID",
        (_, false) if all => "REFUNDED",
        (_, false) => "PARTIALLY_REFUNDED",
    }
}

fn show(shop: &Shop, order: &ShopOrder, expands: &dyn Fn(&str) -> bool) -> Value {
    let id = identifiers::order(order.number);
    let total: i64 = order.lines.iter().map(|line| cents(line, line.ordered)).sum();
    let mut shown = json!({
        "href": format!("https://api.clover.com/v3/merchants/{MERCHANT_ID}/orders/{id}"),
        "id": id,
        "currency": shop.currency.code(),
        "total": total,
        "title": order.name.to_string(),
        "paymentState": payment_state(order),
        "taxRemoved": false,
        "isVat": false,
        "state": state(order),
        "manualTransaction": false,
        "groupLineItems": true,
        "testMode": false,
        "createdTime": order.placed_at.0,
        "clientCreatedTime": order.placed_at.0,
        "modifiedTime": modified(order).0,
    });
    // What was carried home at once has nothing to be fulfilled.
    let at_once = order.fulfilments.iter().any(|fulfilment| fulfilment.at == order.placed_at);
    if !at_once {
        shown["fulfillmentInfo"] = json!({"fulfillmentType": "PICKUP"});
        // Of one order alone, and only if asked for.
        if order.state == ShopOrderState::Closed && expands("orderFulfillmentEvent") {
            shown["orderFulfillmentEvent"] = json!({"eventType": "FULFILLED"});
        }
    }
    if expands("lineItems") {
        shown["lineItems"] = nested(order.lines.iter().flat_map(|line| pieces(shop, order, line)).collect());
    }
    if expands("refunds") && !order.refunds.is_empty() {
        shown["refunds"] = nested(order.refunds.iter().map(|refund| show_refund(order, refund)).collect());
    }
    shown
}

/// One line item for each piece; what is sold by weight, one with thousandths.
fn pieces(shop: &Shop, order: &ShopOrder, line: &ShopOrderLine) -> Vec<Value> {
    let back = given_back(order, line);
    let base = |piece: u64, refunded: bool| {
        let mut shown = json!({
            "id": identifiers::line(line.number, piece),
            "name": line.title,
            "price": line.price,
            "itemCode": line.sku,
            "printed": false,
            "createdTime": order.placed_at.0,
            "exchanged": false,
            "refunded": refunded,
            "isRevenue": true,
        });
        // What was deleted since is no item any more.
        if shop.find_variant(line.variant).is_some() {
            shown["item"] = json!({"id": identifiers::item(line.variant)});
        }
        shown
    };
    match line.ordered.whole().filter(|count| (0..=MOST_PIECES).contains(count)) {
        Some(count) => {
            let count = u64::try_from(count).unwrap_or(0);
            (0..count)
                .map(|piece| base(piece, i64::try_from(piece).is_ok_and(|piece| Quantity::units(piece) < back)))
                .collect()
        }
        None => {
            let mut one = base(0, back >= line.ordered);
            one["unitQty"] = json!(thousandths(line.ordered));
            one["unitName"] = json!("kg");
            vec![one]
        }
    }
}

fn thousandths(quantity: Quantity) -> i64 {
    quantity.raw() / (Quantity::units(1).raw() / 1000)
}

/// Positive sums, and the line items by reference: those of this refund follow those of the ones before.
fn show_refund(order: &ShopOrder, refund: &ShopRefund) -> Value {
    let mut lines = Vec::new();
    let mut amount = 0;
    for line in &order.lines {
        let of = |one: &ShopRefund| {
            Quantity::sum(one.lines.iter().filter(|back| back.line == line.number).map(|back| back.quantity))
        };
        let before = order.refunds.iter().take_while(|one| one.number != refund.number).map(of);
        let first = Quantity::sum(before).whole().unwrap_or(0);
        let count = of(refund);
        amount += cents(line, count);
        let pieces = (first..first + count.whole().unwrap_or(0)).filter_map(|piece| u64::try_from(piece).ok());
        lines.extend(pieces.map(|piece| json!({"id": identifiers::line(line.number, piece)})));
    }
    json!({
        "id": identifiers::refund(refund.number),
        "orderRef": {"id": identifiers::order(order.number)},
        "amount": amount,
        "taxAmount": 0,
        "createdTime": refund.at.0,
        "clientCreatedTime": refund.at.0,
        "lineItems": {"elements": lines},
        "voided": false,
        "status": "SUCCESS",
    })
}

fn cents(line: &ShopOrderLine, quantity: Quantity) -> i64 {
    let raw = i128::from(line.price) * i128::from(quantity.raw()) / i128::from(Quantity::units(1).raw());
    i64::try_from(raw).unwrap_or(i64::MAX)
}
