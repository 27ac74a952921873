//! Orders in the graph: their lines, refunds and shipments.
//!
//! An order stays open until somebody archives it, which nobody does here. `unfulfilledQuantity` is what the real one
//! answers and not what its description says: what is left of the line, less what was shipped, so that it goes below
//! zero where something that was shipped is refunded.

use serde_json::{Map, Value, json};

use crate::domain::Quantity;
use crate::sandbox::{Shop, ShopFulfilment, ShopOrder, ShopOrderLine, ShopOrderState, ShopRefund};

use super::search::Search;
use super::state::State;
use super::things::{Led, Thing, Window, gid, moment, number_of, pieces, plain, scalar, window};

/// Without `read_all_orders`.
const DAYS_SHOWN: i64 = 60;

/// The root's `orders`.
pub(super) fn list<'a>(shop: &'a Shop, state: &State, arguments: &Map<String, Value>) -> Result<Window<'a>, String> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let (search, by_time) = (Search::read(text("query")), text("sortKey") == "UPDATED_AT");
    let fits = |order: &&ShopOrder| {
        let status = if order.cancelled_at.is_some() { "cancelled" } else { "open" };
        is_shown(order, state)
            && search.word("status", status)
            && search.number("id", order.number)
            && search.moment("updated_at", order.updated_at)
    };
    let found = shop.orders.values().filter(fits).map(|order| {
        let time = if by_time { order.updated_at.0.div_euclid(1000) } else { 0 };
        ((time, order.number), Thing::Order(order))
    });
    window(found.collect(), arguments)
}

/// Whether the key may see it.
pub(super) fn is_shown(order: &ShopOrder, state: &State) -> bool {
    state.may("read_all_orders") || order.placed_at >= state.now.plus_seconds(-DAYS_SHOWN * 86_400)
}

pub(super) fn order_field<'a>(
    order: &'a ShopOrder,
    name: &str,
    arguments: &Map<String, Value>,
) -> Result<Led<'a>, String> {
    let first = arguments.get("first").and_then(Value::as_u64).and_then(|first| usize::try_from(first).ok());
    let first = first.unwrap_or(usize::MAX);
    Ok(match name {
        "id" => scalar(gid("Order", order.number)),
        "name" => scalar(format!("#{}", order.name)),
        "createdAt" => scalar(moment(order.placed_at)),
        "updatedAt" => scalar(moment(order.updated_at)),
        "cancelledAt" => scalar(order.cancelled_at.map(moment)),
        "test" => scalar(false),
        "confirmed" => {
            let never = order.state == ShopOrderState::Cancelled && order.refunds.is_empty();
            scalar(order.state != ShopOrderState::Pending && !never)
        }
        "retailLocation" => Led::One(None),
        "lineItems" => {
            let lines = order.lines.iter().map(|line| ((0, line.number), Thing::Plain("LineItem", item(order, line))));
            Led::Window(window(lines.collect(), arguments)?)
        }
        "refunds" => Led::Many(order.refunds.iter().take(first).map(|one| Some(refund(order, one))).collect()),
        "fulfillments" => {
            Led::Many(order.fulfilments.iter().take(first).map(|one| Some(shipment(order, one))).collect())
        }
        _ => scalar(Value::Null),
    })
}

/// A refund or a shipment by its identifier.
pub(super) fn part<'a>(shop: &'a Shop, id: &str) -> Option<Thing<'a>> {
    if let Some(number) = number_of("Order", id) {
        return shop.orders.get(&number).map(Thing::Order);
    }
    let mut orders = shop.orders.values();
    if let Some(number) = number_of("Refund", id) {
        return orders.find_map(|order| {
            let found = order.refunds.iter().find(|refund| refund.number == number)?;
            Some(refund(order, found))
        });
    }
    let number = number_of("Fulfillment", id)?;
    orders.find_map(|order| {
        let found = order.fulfilments.iter().find(|one| one.number == number)?;
        Some(shipment(order, found))
    })
}

/// A field of a line, a refund or a shipment; `None` where it is a plain value.
pub(super) fn part_field<'a>(
    shop: &'a Shop,
    kind: &'static str,
    value: &Value,
    name: &str,
    arguments: &Map<String, Value>,
) -> Option<Result<Led<'a>, String>> {
    let of = match (kind, name) {
        ("Refund", "refundLineItems") => "RefundLineItem",
        ("Fulfillment", "fulfillmentLineItems") => "FulfillmentLineItem",
        ("RefundLineItem" | "FulfillmentLineItem", "lineItem") => {
            return Some(Ok(plain("LineItem", value[name].clone())));
        }
        ("LineItem", "product" | "variant") => {
            return Some(Ok(Led::One(value[name].as_str().and_then(|id| super::things::node(shop, id)))));
        }
        _ => return None,
    };
    let lines = value[name].as_array().cloned().unwrap_or_default();
    let lines = lines.into_iter().zip(0..).map(|(line, place)| ((0, place), Thing::Plain(of, line)));
    Some(window(lines.collect(), arguments).map(Led::Window))
}

fn item(order: &ShopOrder, line: &ShopOrderLine) -> Value {
    let returned = order.refunds.iter().flat_map(|refund| &refund.lines);
    let returned =
        Quantity::sum(returned.filter(|one| one.line == line.number && one.returned).map(|one| one.quantity));
    let left = line.ordered - line.dropped - returned;
    json!({
        "id": gid("LineItem", line.number),
        "quantity": pieces(line.ordered),
        "currentQuantity": pieces(left),
        "unfulfilledQuantity": pieces(left - line.fulfilled),
        "product": gid("Product", line.product),
        "variant": gid("ProductVariant", line.variant),
    })
}

fn line_of(order: &ShopOrder, number: u64) -> Value {
    order.lines.iter().find(|line| line.number == number).map(|line| item(order, line)).unwrap_or_default()
}

fn refund<'a>(order: &ShopOrder, refund: &ShopRefund) -> Thing<'a> {
    let lines: Vec<Value> = refund
        .lines
        .iter()
        .map(|line| {
            let restock = match (line.restocked, line.returned) {
                (false, _) => "NO_RESTOCK",
                (true, false) => "CANCEL",
                (true, true) => "RETURN",
            };
            json!({
                "id": gid("RefundLineItem", line.number), "quantity": pieces(line.quantity),
                "restocked": line.restocked, "restockType": restock, "lineItem": line_of(order, line.line),
            })
        })
        .collect();
    Thing::Plain("Refund", json!({ "id": gid("Refund", refund.number), "refundLineItems": lines }))
}

fn shipment<'a>(order: &ShopOrder, shipment: &ShopFulfilment) -> Thing<'a> {
    let lines: Vec<Value> = shipment
        .lines
        .iter()
        .zip(1..)
        .map(|((line, quantity), place)| {
            let id = gid("FulfillmentLineItem", shipment.number * 1000 + place);
            json!({ "id": id, "quantity": pieces(*quantity), "lineItem": line_of(order, *line) })
        })
        .collect();
    let id = gid("Fulfillment", shipment.number);
    Thing::Plain("Fulfillment", json!({ "id": id, "status": "SUCCESS", "fulfillmentLineItems": lines }))
}
