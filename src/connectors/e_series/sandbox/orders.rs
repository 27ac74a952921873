//! Orders as E-Series writes them: two statuses, items without what was shipped or put back of them, refunds with amounts
//! and no lines, the newest first.

use serde_json::{Value, json};

use crate::domain::{Money, Quantity};
use crate::sandbox::{Incoming, Shop, ShopOrder, ShopOrderLine, ShopOrderState, ShopRefund};

use super::Answered;
use super::list::{page, whole};
use super::present::{date, is_variable, seconds};

pub(super) fn list(shop: &Shop, request: &Incoming) -> Answered {
    let wanted = |name: &str| request.query(name).filter(|value| !value.is_empty());
    let from = wanted("updatedFrom").map(whole).transpose()?;
    let to = wanted("createdTo").map(whole).transpose()?;
    let fits = |order: &&ShopOrder| {
        // One that was never finished and was given up is no order any more.
        !(order.state == ShopOrderState::Cancelled && order.refunds.is_empty())
            && from.is_none_or(|from| seconds(order.updated_at) >= from)
            && to.is_none_or(|to| seconds(order.placed_at) <= to)
            && wanted("fulfillmentStatus").is_none_or(|status| status == fulfilment(order))
    };
    let mut found: Vec<&ShopOrder> = shop.orders.values().filter(fits).collect();
    found.sort_by_key(|order| std::cmp::Reverse((order.placed_at, order.number)));
    page(request, &found, |order| shown(shop, order))
}

fn fulfilment(order: &ShopOrder) -> &'static str {
    match order.state {
        ShopOrderState::Closed => "SHIPPED",
        ShopOrderState::Open if !order.fulfilments.is_empty() => "PROCESSING",
        ShopOrderState::Open | ShopOrderState::Pending | ShopOrderState::Cancelled => "AWAITING_PROCESSING",
    }
}

fn payment(order: &ShopOrder) -> &'static str {
    let refunded = Quantity::sum(order.refunds.iter().flat_map(|refund| &refund.lines).map(|line| line.quantity));
    let ordered = Quantity::sum(order.lines.iter().map(|line| line.ordered));
    match order.state {
        ShopOrderState::Pending => "INCOMPLETE",
        ShopOrderState::Cancelled if order.cancelled_at.is_some() => "CANCELLED",
        _ if order.refunds.is_empty() => "PAID",
        _ if refunded >= ordered => "REFUNDED",
        _ => "PARTIALLY_REFUNDED",
    }
}

fn shown(shop: &Shop, order: &ShopOrder) -> Value {
    let total: i64 = order.lines.iter().map(|line| line_total(line, line.ordered)).sum();
    let refunds: Vec<Value> = order
        .refunds
        .iter()
        .map(|refund| {
            json!({"date": date(refund.at), "source": "CP", "reason": "", "amount": money(shop, refund_total(order, refund))})
        })
        .collect();
    json!({
        "id": order.name.to_string(), "internalId": order.number, "orderNumber": order.name,
        "vendorOrderNumber": order.name.to_string(), "email": "", "hidden": false,
        "createDate": date(order.placed_at), "createTimestamp": seconds(order.placed_at),
        "updateDate": date(order.updated_at), "updateTimestamp": seconds(order.updated_at),
        "paymentStatus": payment(order), "fulfillmentStatus": fulfilment(order),
        "total": money(shop, total), "subtotal": money(shop, total), "tax": 0,
        "items": order.lines.iter().map(|line| item(shop, line)).collect::<Vec<_>>(),
        "refundedAmount": money(shop, order.refunds.iter().map(|refund| refund_total(order, refund)).sum()),
        "refunds": refunds
    })
}

fn item(shop: &Shop, line: &ShopOrderLine) -> Value {
    let product = shop.products.get(&line.product);
    let mut item = json!({
        "id": line.number, "productId": line.product, "price": money(shop, line.price), "sku": line.sku,
        "name": line.title, "quantity": line.ordered.raw() / Quantity::units(1).raw(), "trackQuantity": true,
        "productAvailable": product.is_some(), "digital": false, "giftCard": false
    });
    if product.is_some_and(is_variable) {
        item["combinationId"] = json!(line.variant);
    }
    item
}

fn refund_total(order: &ShopOrder, refund: &ShopRefund) -> i64 {
    let total = |line: u64, quantity: Quantity| {
        order.lines.iter().find(|known| known.number == line).map_or(0, |known| line_total(known, quantity))
    };
    refund.lines.iter().map(|back| total(back.line, back.quantity)).sum()
}

fn line_total(line: &ShopOrderLine, quantity: Quantity) -> i64 {
    let raw = i128::from(line.price) * i128::from(quantity.raw()) / i128::from(Quantity::units(1).raw());
    i64::try_from(raw).unwrap_or(i64::MAX)
}

fn money(shop: &Shop, minor: i64) -> Value {
    crate::connectors::e_series::measures::number(&Money::new(minor, shop.currency).amount())
}
