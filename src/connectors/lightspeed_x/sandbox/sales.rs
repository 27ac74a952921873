//! Orders of the shop model as sales, in the old form and the new one.
//!
//! The model takes goods off the stock when they are ordered and hands them over later, which is an account sale for
//! pickup here. Money that is given back is a return: a sale of its own with negative quantities. Money without goods
//! (nothing is put back) is one with a line of no product, and of an order that was called off the lines stay confirmed.

use serde_json::{Value, json};

use crate::domain::Quantity;
use crate::sandbox::{Incoming, Shop, ShopOrder, ShopOrderLine, ShopOrderState, ShopRefund};

use super::super::measures::quantity_number;
use super::identifiers::{self, Kind, named, uuid};
use super::products::{page_size, versioned};
use super::versions::{SaleKey, Versions, returns};
use super::{Answer, Fault, Shape, moment, number};

/// What of a line is shown: whose product, how many, and whether it counts.
struct Line<'a> {
    number: u64,
    of: &'a ShopOrderLine,
    product: Option<u64>,
    quantity: Quantity,
    status: &'static str,
    is_return: bool,
}

/// State, attributes, and the older status.
fn state(state: ShopOrderState) -> (&'static str, &'static [&'static str], &'static str) {
    match state {
        ShopOrderState::Pending => ("parked", &[], "SAVED"),
        ShopOrderState::Open => ("pending", &["onaccount", "pickup"], "ONACCOUNT"),
        ShopOrderState::Closed => ("closed", &["pickup"], "PICKED_UP_CLOSED"),
        ShopOrderState::Cancelled => ("voided", &[], "VOIDED"),
    }
}

fn lines<'a>(order: &'a ShopOrder, refund: Option<&'a ShopRefund>) -> Vec<Line<'a>> {
    match refund {
        None => {
            let cancelled = order.state == ShopOrderState::Cancelled;
            let never_taken = order.refunds.is_empty();
            order
                .lines
                .iter()
                .map(|of| {
                    let back = cancelled && (never_taken || of.restocked == of.ordered);
                    let status = if back { "VOIDED" } else { "CONFIRMED" };
                    let product = Some(of.variant);
                    Line { number: of.number, of, product, quantity: of.ordered, status, is_return: false }
                })
                .collect()
        }
        Some(refund) => refund
            .lines
            .iter()
            .filter_map(|back| {
                let of = order.lines.iter().find(|line| line.number == back.line)?;
                let product = back.restocked.then_some(of.variant);
                let quantity = -back.quantity;
                Some(Line { number: back.number, of, product, quantity, status: "CONFIRMED", is_return: true })
            })
            .collect(),
    }
}

fn show(shop: &Shop, versions: &Versions, shape: Shape, key: SaleKey) -> Option<Value> {
    let (number, refund) = match key {
        SaleKey::Sale(number) => (number, None),
        SaleKey::Return(number, refund) => (number, Some(refund)),
    };
    let order = shop.orders.get(&number)?;
    let refund = match refund {
        Some(refund) => Some(order.refunds.iter().find(|known| known.number == refund)?),
        None => None,
    };
    let version = versions.sales.version(key);
    let (state, attributes, status) = match refund {
        Some(_) => ("closed", &[][..], "CLOSED"),
        None => state(order.state),
    };
    let original = uuid(Kind::Sale, number);
    let (id, placed, invoice) = match refund {
        Some(refund) => (uuid(Kind::Return, refund.number), refund.at, format!("R-{}", refund.number)),
        None => (original.clone(), order.placed_at, order.name.to_string()),
    };
    let updated = refund.map_or(order.updated_at, |refund| refund.at);
    let outlet = order.lines.first().map(|line| uuid(Kind::Outlet, line.location));
    let lines = lines(order, refund);
    Some(match shape {
        Shape::New => json!({
            "id": id,
            "invoice_number": invoice,
            "receipt_number": invoice,
            "state": state,
            "attributes": attributes,
            "note": "",
            "date": moment(placed),
            "created_at": moment(placed),
            "updated_at": moment(updated),
            "return": match refund {
                Some(_) => json!({"is_return": true, "original_sale_id": original, "return_sale_ids": []}),
                None => json!({"is_return": false, "return_sale_ids": return_ids(order)}),
            },
            "source": {"outlet_id": outlet, "register_id": uuid(Kind::Register, 1), "author": {"id": named("user", "sandbox")}},
            "totals": {"price": 0, "price_incl_tax": 0, "tax": 0, "loyalty": 0, "surcharge": 0},
            "line_items": lines.iter().enumerate().map(|(at, line)| new_line(shop, at, line)).collect::<Vec<_>>(),
            "payments": [],
            "taxes": [],
            "adjustments": [],
            "_metadata": {"version": version},
        }),
        Shape::Old => json!({
            "id": id,
            "outlet_id": outlet,
            "register_id": uuid(Kind::Register, 1),
            "user_id": named("user", "sandbox"),
            "invoice_number": invoice,
            "status": status,
            "note": "",
            "return_for": refund.map(|_| original),
            "total_price": 0,
            "total_tax": 0,
            "total_loyalty": 0,
            "sale_date": moment(placed),
            "created_at": moment(placed),
            "updated_at": moment(updated),
            "line_items": lines.iter().enumerate().map(|(at, line)| old_line(shop, at, line)).collect::<Vec<_>>(),
            "payments": [],
            "taxes": [],
            "version": version,
        }),
    })
}

fn return_ids(order: &ShopOrder) -> Vec<String> {
    returns(order)
        .filter_map(|key| match key {
            SaleKey::Return(_, refund) => Some(uuid(Kind::Return, refund)),
            SaleKey::Sale(_) => None,
        })
        .collect()
}

/// A price is a number here, and text elsewhere.
fn price(shop: &Shop, line: &Line) -> Value {
    let amount = crate::domain::Money::new(line.of.price, shop.currency);
    super::super::measures::price_number(amount)
}

/// What stands for money without goods.
fn product_id(line: &Line) -> String {
    line.product.map_or_else(|| named("product", "discount"), |variant| uuid(Kind::Product, variant))
}

fn new_line(shop: &Shop, at: usize, line: &Line) -> Value {
    json!({
        "id": uuid(Kind::Line, line.number),
        "product": {"id": product_id(line)},
        "quantity": quantity_number(line.quantity),
        "pricing": {"price": price(shop, line), "cost": 0, "discount": 0},
        "tax": {"id": named("tax", "GST"), "amount": 0, "total": 0},
        "return": {"is_return": line.is_return},
        "status": line.status,
        "_metadata": {"sequence": at, "is_price_override": false},
    })
}

fn old_line(shop: &Shop, at: usize, line: &Line) -> Value {
    json!({
        "id": uuid(Kind::Line, line.number),
        "product_id": product_id(line),
        "quantity": quantity_number(line.quantity),
        "price": price(shop, line),
        "tax": 0,
        "tax_id": named("tax", "GST"),
        "discount": 0,
        "cost": 0,
        "is_return": line.is_return,
        "price_set": false,
        "sequence": at,
        "status": line.status,
    })
}

pub fn list(shop: &Shop, versions: &Versions, shape: Shape, request: &Incoming) -> Value {
    let (after, before) = (number(request, "after").unwrap_or(0), number(request, "before").unwrap_or(i64::MAX));
    let all = versions.sales.between(after, before);
    let shown = all.filter_map(|(version, key)| Some((version, show(shop, versions, shape, key)?)));
    versioned(shown.take(page_size(request)).collect())
}

pub fn one(shop: &Shop, versions: &Versions, shape: Shape, id: &str) -> Answer {
    let sale = identifiers::number(Kind::Sale, id).map(SaleKey::Sale);
    let of_refund = |refund: u64| {
        let mut orders = shop.orders.values();
        let order = orders.find(|order| order.refunds.iter().any(|known| known.number == refund))?;
        Some(SaleKey::Return(order.number, refund))
    };
    let key = sale.or_else(|| identifiers::number(Kind::Return, id).and_then(of_refund));
    let shown = key.and_then(|key| show(shop, versions, shape, key));
    shown.map(|sale| (200, json!({"data": sale}))).ok_or_else(|| Fault::not_found("Sale"))
}

/// By status and date, with an offset; no versions in the answer but those of the sales.
pub fn search(shop: &Shop, versions: &Versions, shape: Shape, request: &Incoming) -> Value {
    let wanted: Vec<&str> =
        request.query.iter().filter(|(name, _)| name == "status").map(|(_, value)| value.as_str()).collect();
    let mut found: Vec<(crate::domain::Timestamp, SaleKey)> = Vec::new();
    for order in shop.orders.values() {
        if wanted.is_empty() || wanted.contains(&state(order.state).2) {
            found.push((order.placed_at, SaleKey::Sale(order.number)));
        }
        if wanted.is_empty() || wanted.contains(&"CLOSED") {
            let refunded = returns(order).zip(&order.refunds);
            found.extend(refunded.map(|(key, refund)| (refund.at, key)));
        }
    }
    found.sort();
    if request.query("order_direction") == Some("desc") {
        found.reverse();
    }
    let offset = number(request, "offset").and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0);
    let page = found.into_iter().skip(offset).take(page_size(request));
    json!({"data": page.filter_map(|(_, key)| show(shop, versions, shape, key)).collect::<Vec<_>>()})
}
