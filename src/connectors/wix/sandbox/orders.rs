//! Orders of eCommerce, and their fulfilments.

use serde_json::{Value, json};

use crate::domain::{Money, Quantity};
use crate::sandbox::{Outgoing, Shop, ShopOrder, ShopOrderLine, ShopOrderState};

use super::super::orders::STORES_APP;
use super::Answered;
use super::identifiers::{Kind, number, uuid};
use super::present::variant_id;
use super::question::{Fields, ask};
use super::whole;

const ORDERS: Fields = Fields {
    filters: &[
        "id",
        "status",
        "fulfillmentStatus",
        "paymentStatus",
        "createdDate",
        "updatedDate",
        "number",
        "archived",
    ],
    sorts: &["status", "fulfillmentStatus", "createdDate", "updatedDate", "number"],
    most: 100,
};

pub(super) fn search(shop: &Shop, body: &Value) -> Answered {
    let question = body.get("search").cloned().unwrap_or_default();
    let all: Vec<&ShopOrder> = shop.orders.values().collect();
    let field = |order: &&ShopOrder, name: &str| match name {
        "id" => json!(uuid(Kind::Order, order.number)),
        "status" => json!(status(order)),
        "fulfillmentStatus" => json!(fulfilment_status(order)),
        "createdDate" => json!(order.placed_at.rfc3339()),
        "updatedDate" => json!(order.updated_at.rfc3339()),
        "number" => json!(order.name),
        _ => Value::Null,
    };
    let found = ask(all, &question, &ORDERS, field, |order| order.number)?;
    let orders: Vec<Value> = found.items.iter().map(|order| shown(shop, order)).collect();
    Ok(Outgoing::json(200, &json!({"orders": orders, "metadata": found.metadata(true)})))
}

pub(super) fn fulfilments(shop: &Shop, body: &Value) -> Answered {
    let ids = body.get("orderIds").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut listed = Vec::new();
    for id in ids.iter().filter_map(Value::as_str) {
        let Some(order) = number(Kind::Order, id).and_then(|number| shop.orders.get(&number)) else { continue };
        let lines = |lines: &[(u64, Quantity)]| -> Vec<Value> {
            let line =
                |(line, count): &(u64, Quantity)| json!({"id": uuid(Kind::Line, *line), "quantity": whole(*count)});
            lines.iter().map(line).collect()
        };
        let all: Vec<Value> = order
            .fulfilments
            .iter()
            .map(|sent| {
                json!({
                    "id": uuid(Kind::Fulfilment, sent.number), "createdDate": sent.at.rfc3339(),
                    "lineItems": lines(&sent.lines), "status": "Fulfilled", "completed": true
                })
            })
            .collect();
        listed.push(json!({"orderId": id, "fulfillments": all}));
    }
    Ok(Outgoing::json(200, &json!({"ordersWithFulfillments": listed})))
}

fn status(order: &ShopOrder) -> &'static str {
    match order.state {
        ShopOrderState::Pending => "PENDING",
        // Never approved, so nothing was ever taken.
        ShopOrderState::Cancelled if order.refunds.is_empty() => "REJECTED",
        ShopOrderState::Cancelled if order.cancelled_at.is_some() => "CANCELED",
        _ => "APPROVED",
    }
}

fn fulfilment_status(order: &ShopOrder) -> &'static str {
    let was_sent = order.lines.iter().any(|line| line.fulfilled.is_positive());
    let is_open = order.lines.iter().any(|line| line.open().is_positive());
    match (was_sent, is_open) {
        (false, _) => "NOT_FULFILLED",
        (true, true) => "PARTIALLY_FULFILLED",
        (true, false) => "FULFILLED",
    }
}

fn refunded(order: &ShopOrder, line: &ShopOrderLine) -> Quantity {
    // A cancellation is a status and no refund.
    let cancelled = order.cancelled_at.filter(|_| order.state == ShopOrderState::Cancelled);
    let refunds = order.refunds.iter().filter(|refund| Some(refund.at) != cancelled);
    let lines = refunds.flat_map(|refund| &refund.lines).filter(|back| back.line == line.number);
    Quantity::sum(lines.map(|back| back.quantity))
}

fn shown(shop: &Shop, order: &ShopOrder) -> Value {
    let money = |minor: i64| json!({"amount": Money::new(minor, shop.currency).amount()});
    let total: i64 = order.lines.iter().map(|line| line.price.saturating_mul(whole(line.ordered))).sum();
    let any_refunded = order.lines.iter().any(|line| refunded(order, line).is_positive());
    let payment = match order.state {
        ShopOrderState::Pending => "PENDING",
        _ if any_refunded => "PARTIALLY_REFUNDED",
        _ => "PAID",
    };
    let lines: Vec<Value> = order.lines.iter().map(|line| line_of(shop, order, line)).collect();
    json!({
        "id": uuid(Kind::Order, order.number), "number": order.name.to_string(), "createdDate": order.placed_at.rfc3339(),
        "updatedDate": order.updated_at.rfc3339(), "lineItems": lines, "paymentStatus": payment,
        "fulfillmentStatus": fulfilment_status(order), "weightUnit": "KG", "currency": shop.currency.code(),
        "taxIncludedInPrices": true, "siteLanguage": "en", "status": status(order), "archived": false,
        "priceSummary": {"subtotal": money(total), "total": money(total)},
        "channelInfo": {"type": "WEB"}, "seenByAHuman": false
    })
}

fn line_of(shop: &Shop, order: &ShopOrder, line: &ShopOrderLine) -> Value {
    let product = shop.products.get(&line.product);
    let variant = product.and_then(|product| {
        let known = product.variants.iter().find(|variant| variant.number == line.variant)?;
        // A product without options is bought without naming its variant.
        (!product.options.is_empty()).then(|| variant_id(product, known))
    });
    let options = variant.map_or(json!({}), |variant| json!({"variantId": variant}));
    let reference =
        json!({"catalogItemId": uuid(Kind::Product, line.product), "appId": STORES_APP, "options": options});
    let price = json!({"amount": Money::new(line.price, shop.currency).amount()});
    let place = shop.locations.iter().find(|place| place.number == line.location);
    let place = place.map(|place| {
        let (id, count) = (uuid(Kind::Business, place.number), whole(line.ordered));
        json!({"id": id, "quantity": count, "name": place.name})
    });
    json!({
        "id": uuid(Kind::Line, line.number), "productName": {"original": line.title}, "catalogReference": reference,
        "quantity": whole(line.ordered), "physicalProperties": {"sku": line.sku, "shippable": true},
        "itemType": {"preset": "PHYSICAL"}, "refundQuantity": whole(refunded(order, line)),
        "restockQuantity": whole(line.restocked), "price": price, "paymentOption": "FULL_PAYMENT_ONLINE",
        "locations": place.into_iter().collect::<Vec<_>>()
    })
}
