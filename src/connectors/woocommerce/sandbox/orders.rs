//! Orders and refunds as WooCommerce writes them.
//!
//! It knows no partial shipment: an order is processing until the last piece is gone, then it is completed. What a line
//! has off the stock stands in its meta field, as in the real one; a cancellation removes that field, a refund that puts
//! back lowers it.

use serde_json::{Value, json};

use crate::domain::{Money, Quantity, Timestamp};
use crate::sandbox::{Incoming, Outgoing, Shop, ShopOrder, ShopOrderLine, ShopOrderState, ShopRefund};

use super::list::{Parameters, page};
use super::present::{escaped, gmt_time, is_variable, site_time, trim};
use super::problem::{Problem, number};

const STATUSES: [&str; 9] =
    ["any", "trash", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"];

pub(super) fn list(shop: &Shop, request: &Incoming) -> Result<Outgoing, Problem> {
    let parameters = Parameters::with_statuses(request, &STATUSES)?;
    let mut found: Vec<&ShopOrder> = shop.orders.values().filter(|order| is_wanted(&parameters, order)).collect();
    match parameters.order_by.as_str() {
        "modified" => found.sort_by_key(|order| (order.updated_at, order.number)),
        "id" => found.sort_by_key(|order| order.number),
        _ => found.sort_by_key(|order| (order.placed_at, order.number)),
    }
    if !parameters.ascending {
        found.reverse();
    }
    Ok(page(request, &parameters, &found, |order| shown(shop, order)))
}

pub(super) fn one(shop: &Shop, request: &Incoming, id: &str) -> Result<Outgoing, Problem> {
    let order = find(shop, id)?;
    Ok(Outgoing::json(200, &trim(shown(shop, order), request)))
}

pub(super) fn refunds(shop: &Shop, request: &Incoming, id: &str) -> Result<Outgoing, Problem> {
    let parameters = Parameters::with_statuses(request, &STATUSES)?;
    let order = find(shop, id)?;
    // The newest first, as all lists without an order.
    let mut found: Vec<&ShopRefund> = told_refunds(order).collect();
    found.reverse();
    Ok(page(request, &parameters, &found, |refund| shown_refund(shop, order, refund)))
}

fn find<'a>(shop: &'a Shop, id: &str) -> Result<&'a ShopOrder, Problem> {
    let invalid = || Problem::new(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.");
    shop.orders.get(&number(id)?).ok_or_else(invalid)
}

fn is_wanted(parameters: &Parameters, order: &ShopOrder) -> bool {
    parameters.is_after(order.updated_at)
        && (parameters.statuses.is_empty() || parameters.statuses.iter().any(|wanted| wanted == status(order)))
        && parameters.include.as_ref().is_none_or(|include| include.contains(&order.number))
}

fn status(order: &ShopOrder) -> &'static str {
    let refunded = |line: &ShopOrderLine| {
        let lines = order.refunds.iter().flat_map(|refund| &refund.lines).filter(|back| back.line == line.number);
        Quantity::sum(lines.map(|back| back.quantity)) >= line.ordered
    };
    match order.state {
        ShopOrderState::Pending => "pending",
        ShopOrderState::Open => "processing",
        ShopOrderState::Cancelled if order.cancelled_at.is_some() => "cancelled",
        // All was given back before anything was sent, or after all of it was.
        ShopOrderState::Cancelled => "refunded",
        ShopOrderState::Closed if order.lines.iter().all(refunded) => "refunded",
        ShopOrderState::Closed => "completed",
    }
}

/// When the last open piece was gone. Where a refund was the last word, staff set the order to completed after it.
fn completed_at(order: &ShopOrder) -> Option<Timestamp> {
    if order.state != ShopOrderState::Closed {
        return None;
    }
    let sent = order.fulfilments.iter().map(|fulfilment| fulfilment.at).max();
    let dropped = order.refunds.iter().filter(|refund| refund.lines.iter().any(|line| !line.returned));
    sent.max(dropped.map(|refund| refund.at.plus_seconds(1)).max())
}

/// A cancellation is a status and no refund.
fn told_refunds(order: &ShopOrder) -> impl DoubleEndedIterator<Item = &ShopRefund> {
    let cancelled = order.cancelled_at.filter(|_| order.state == ShopOrderState::Cancelled);
    order.refunds.iter().filter(move |refund| Some(refund.at) != cancelled)
}

fn shown(shop: &Shop, order: &ShopOrder) -> Value {
    let total: i64 = order.lines.iter().map(|line| line_total(line, line.ordered)).sum();
    let completed = completed_at(order);
    let paid = (order.state != ShopOrderState::Pending).then_some(order.placed_at);
    let time = |moment: Option<Timestamp>, written: fn(Timestamp) -> String| moment.map(written);
    let address = json!({
        "first_name": "", "last_name": "", "company": "", "address_1": "", "address_2": "", "city": "", "state": "",
        "postcode": "", "country": "", "email": "", "phone": ""
    });
    let mut shipping = address.clone();
    if let Some(shipping) = shipping.as_object_mut() {
        shipping.remove("email");
        shipping.remove("phone");
    }
    let nothing = money(shop, 0);
    let mut fields = json!({
        "id": order.number, "parent_id": 0, "number": order.name.to_string(), "order_key": "wc_order_imitation",
        "created_via": "checkout", "version": "10.3.0", "status": status(order), "currency": shop.currency.code(),
        "date_created": site_time(order.placed_at), "date_created_gmt": gmt_time(order.placed_at),
        "date_modified": site_time(order.updated_at), "date_modified_gmt": gmt_time(order.updated_at),
        "discount_total": nothing, "discount_tax": nothing, "shipping_total": nothing, "shipping_tax": nothing,
        "cart_tax": nothing, "total": money(shop, total), "total_tax": nothing, "prices_include_tax": false,
        "customer_id": 0, "customer_ip_address": "", "customer_user_agent": "", "customer_note": "",
        "billing": address, "shipping": shipping, "payment_method": "bacs", "payment_method_title": "Bank transfer",
        "transaction_id": "", "date_paid": time(paid, site_time), "date_paid_gmt": time(paid, gmt_time),
        "date_completed": time(completed, site_time), "date_completed_gmt": time(completed, gmt_time),
        "cart_hash": "", "meta_data": [],
        "tax_lines": [], "shipping_lines": [], "fee_lines": [], "coupon_lines": []
    });
    fields["line_items"] = order.lines.iter().map(|line| shown_line(shop, order, line)).collect();
    let refund = |refund: &ShopRefund| json!({"id": refund.number, "reason": "", "total": money(shop, -refund_total(order, refund))});
    fields["refunds"] = told_refunds(order).map(refund).collect();
    fields
}

fn shown_line(shop: &Shop, order: &ShopOrder, line: &ShopOrderLine) -> Value {
    let mut fields = article(shop, line);
    let total = money(shop, line_total(line, line.ordered));
    let counted = shop.find_variant(line.variant).and_then(|(product, position)| {
        shop.products.get(&product)?.variants.get(position).filter(|variant| variant.tracked)
    });
    let was_taken = order.state != ShopOrderState::Pending
        && (order.state != ShopOrderState::Cancelled || !order.refunds.is_empty());
    let off = line.ordered - line.restocked;
    let back = told_refunds(order).flat_map(|refund| &refund.lines).filter(|back| back.line == line.number);
    let back = Quantity::sum(back.filter(|back| back.restocked).map(|back| back.quantity));
    let mut meta = Vec::new();
    let mut note = |place: u64, key: &str, value: String| {
        let id = line.number * 10 + place;
        meta.push(json!({"id": id, "key": key, "value": value, "display_key": key, "display_value": value}));
    };
    if counted.is_some() && was_taken && (off.is_positive() || status(order) != "cancelled") {
        note(1, "_reduced_stock", off.to_string());
    }
    if back.is_positive() {
        note(2, "_restock_refunded_items", back.to_string());
    }
    fields["id"] = json!(line.number);
    fields["quantity"] = amount(line.ordered);
    fields["subtotal"] = json!(total);
    fields["total"] = json!(total);
    fields["meta_data"] = json!(meta);
    fields
}

fn shown_refund(shop: &Shop, order: &ShopOrder, refund: &ShopRefund) -> Value {
    let lines = refund.lines.iter().filter_map(|back| {
        let line = order.lines.iter().find(|line| line.number == back.line)?;
        let mut fields = article(shop, line);
        let total = money(shop, -line_total(line, back.quantity));
        fields["id"] = json!(back.number);
        fields["quantity"] = amount(-back.quantity);
        fields["subtotal"] = json!(total);
        fields["total"] = json!(total);
        let of = back.line.to_string();
        fields["meta_data"] = json!([{
            "id": back.number * 10, "key": "_refunded_item_id", "value": of, "display_key": "_refunded_item_id",
            "display_value": of
        }]);
        Some(fields)
    });
    json!({
        "id": refund.number, "date_created": site_time(refund.at), "date_created_gmt": gmt_time(refund.at),
        "amount": money(shop, refund_total(order, refund)), "reason": "", "refunded_by": 1, "refunded_payment": false,
        "meta_data": [], "line_items": lines.collect::<Vec<_>>()
    })
}

/// What a line says of its product.
fn article(shop: &Shop, line: &ShopOrderLine) -> Value {
    let product = shop.products.get(&line.product);
    let variation = if product.is_some_and(is_variable) { line.variant } else { 0 };
    json!({
        "name": escaped(&line.title),
        // What was deleted is 0 here.
        "product_id": product.map_or(0, |product| product.number),
        "variation_id": variation,
        "tax_class": "", "subtotal_tax": money(shop, 0), "total_tax": money(shop, 0), "taxes": [],
        "sku": line.sku,
        "price": serde_json::from_str::<Value>(&money(shop, line.price)).unwrap_or(Value::Null),
    })
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

fn money(shop: &Shop, minor: i64) -> String {
    Money::new(minor, shop.currency).amount()
}

fn amount(quantity: Quantity) -> Value {
    serde_json::from_str(&quantity.to_string()).unwrap_or(Value::Null)
}
