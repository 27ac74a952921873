//! Orders of version 2: bare lists, numbers as strings, dates of mail, and no body at all where there is nothing.

use serde_json::{Value, json};

use crate::domain::{Money, Quantity, Timestamp};
use crate::sandbox::{Incoming, Outgoing, Shop, ShopOrder, ShopOrderLine, ShopOrderState};

use super::present::whole;
use super::problem::{Problem, not_found, number};
use super::products::empty;
use super::{Answered, Sandbox};

const STATUSES: [&str; 15] = [
    "Incomplete",
    "Pending",
    "Shipped",
    "Partially Shipped",
    "Refunded",
    "Cancelled",
    "Declined",
    "Awaiting Payment",
    "Awaiting Pickup",
    "Awaiting Shipment",
    "Completed",
    "Awaiting Fulfillment",
    "Manual Verification Required",
    "Disputed",
    "Partially Refunded",
];

pub(super) fn list(sandbox: &Sandbox, shop: &Shop, request: &Incoming) -> Answered {
    let asked = |name: &str| request.query(name).and_then(|raw| raw.parse::<u64>().ok());
    let since = request.query("min_date_modified").map(|raw| super::super::convert::timestamp(raw).ok_or(raw));
    let since = match since {
        Some(Err(_)) => return Err(Problem::new(400, "The field 'min_date_modified' is invalid")),
        Some(Ok(since)) => Some(since),
        None => None,
    };
    let mut found: Vec<&ShopOrder> = shop
        .orders
        .values()
        .filter(|order| asked("min_id").is_none_or(|least| order.number >= least))
        .filter(|order| asked("status_id").is_none_or(|wanted| status(order) as u64 == wanted))
        .filter(|order| since.is_none_or(|since| order.updated_at >= since))
        .collect();
    found.sort_by_key(|order| order.number);
    let limit = asked("limit").unwrap_or(50).clamp(1, 250) as usize;
    let page = asked("page").unwrap_or(1).max(1) as usize;
    let lines = request.query("include").is_some_and(|include| include.contains("consignments.line_items"));
    let lines = lines && !sandbox.orders_by_reference;
    let some: Vec<Value> =
        found.into_iter().skip((page - 1) * limit).take(limit).map(|order| shown(shop, order, lines)).collect();
    Ok(bare(some))
}

pub(super) fn products(_: &Sandbox, shop: &Shop, request: &Incoming, id: &str) -> Answered {
    let order = shop.orders.get(&number(id)?).ok_or_else(not_found)?;
    let limit = request.query("limit").and_then(|raw| raw.parse::<usize>().ok()).unwrap_or(50).clamp(1, 250);
    let page = request.query("page").and_then(|raw| raw.parse::<usize>().ok()).unwrap_or(1).max(1);
    let lines = order.lines.iter().skip((page - 1) * limit).take(limit).map(|line| line_of(shop, order, line));
    Ok(bare(lines.collect()))
}

fn bare(items: Vec<Value>) -> Outgoing {
    if items.is_empty() { empty() } else { Outgoing::json(200, &Value::Array(items)) }
}

fn refunded(order: &ShopOrder, line: &ShopOrderLine) -> Quantity {
    // A cancellation is a status and no refund.
    let cancelled = order.cancelled_at.filter(|_| order.state == ShopOrderState::Cancelled);
    let refunds = order.refunds.iter().filter(|refund| Some(refund.at) != cancelled);
    let lines = refunds.flat_map(|refund| &refund.lines).filter(|back| back.line == line.number);
    Quantity::sum(lines.map(|back| back.quantity))
}

fn status(order: &ShopOrder) -> usize {
    let any = |of: &dyn Fn(&ShopOrderLine) -> bool| order.lines.iter().any(of);
    let is_refunded = any(&|line| refunded(order, line).is_positive());
    let all_refunded = !any(&|line| refunded(order, line) < line.ordered);
    match order.state {
        ShopOrderState::Pending => 0,
        // A checkout that was left.
        ShopOrderState::Cancelled if order.refunds.is_empty() => 0,
        ShopOrderState::Cancelled if order.cancelled_at.is_some() => 5,
        ShopOrderState::Cancelled => 4,
        ShopOrderState::Closed if all_refunded => 4,
        ShopOrderState::Open | ShopOrderState::Closed if is_refunded => 14,
        ShopOrderState::Closed => 2,
        ShopOrderState::Open if any(&|line| line.fulfilled.is_positive()) => 3,
        ShopOrderState::Open => 11,
    }
}

/// `Wed, 10 Jan 2018 21:05:30 +0000`
fn mail_time(at: Timestamp) -> String {
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(at.0).unwrap_or(0));
    httpdate::fmt_http_date(at).replace("GMT", "+0000")
}

fn money(shop: &Shop, minor: i64) -> String {
    format!("{}00", Money::new(minor, shop.currency).amount())
}

fn total(line: &ShopOrderLine) -> i64 {
    line.price.saturating_mul(whole(line.ordered))
}

fn shown(shop: &Shop, order: &ShopOrder, lines: bool) -> Value {
    let status = status(order);
    let sum = money(shop, order.lines.iter().map(total).sum());
    let items: i64 = order.lines.iter().map(|line| whole(line.ordered)).sum();
    let shipped: i64 = order.lines.iter().map(|line| whole(line.fulfilled)).sum();
    let path = format!("https://api.bigcommerce.com/stores/{}/v2/orders/{}", super::door::HASH, order.number);
    let resource =
        |name: &str| json!({"url": format!("{path}/{name}"), "resource": format!("/orders/{}/{name}", order.number)});
    let consignments = match lines {
        false => resource("consignments"),
        true => {
            let lines: Vec<Value> = order.lines.iter().map(|line| line_of(shop, order, line)).collect();
            json!({
                "pickups": [], "downloads": [], "email": {"gift_certificates": []},
                "shipping": [{"id": order.number, "line_items": lines, "items_total": items, "items_shipped": shipped}]
            })
        }
    };
    json!({
        "id": order.number, "customer_id": 0, "date_created": mail_time(order.placed_at),
        "date_modified": mail_time(order.updated_at), "date_shipped": "", "status_id": status,
        "status": STATUSES.get(status), "subtotal_ex_tax": sum, "subtotal_inc_tax": sum, "total_ex_tax": sum,
        "total_inc_tax": sum, "items_total": items, "items_shipped": shipped, "payment_method": "Manual",
        "payment_status": "", "refunded_amount": money(shop, 0), "order_is_digital": false,
        "currency_code": shop.currency.code(), "staff_notes": "", "customer_message": "", "is_deleted": false,
        "channel_id": 1, "products": resource("products"), "shipping_addresses": resource("shippingaddresses"),
        "coupons": resource("coupons"), "consignments": consignments
    })
}

fn line_of(shop: &Shop, order: &ShopOrder, line: &ShopOrderLine) -> Value {
    let is_there = shop.products.contains_key(&line.product);
    let (price, sum) = (money(shop, line.price), money(shop, total(line)));
    json!({
        "id": line.number, "order_id": order.number, "product_id": if is_there { line.product } else { 0 },
        "variant_id": if is_there { line.variant } else { 0 }, "order_address_id": order.number, "name": line.title,
        "sku": line.sku, "type": "physical", "base_price": price, "price_ex_tax": price, "price_inc_tax": price,
        "base_total": sum, "total_ex_tax": sum, "total_inc_tax": sum, "quantity": whole(line.ordered),
        "is_refunded": false, "quantity_refunded": whole(refunded(order, line)),
        "quantity_shipped": whole(line.fulfilled), "product_options": [], "applied_discounts": []
    })
}
