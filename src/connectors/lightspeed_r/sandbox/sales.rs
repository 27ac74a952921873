//! Sales, their lines, and what is to be shipped, of the shop's orders.
//!
//! What was carried home at once has no shipment. A refund is a sale of its own, whose lines name those that they give
//! back; where nothing was put back into stock, its lines name no item. An order that was called off is voided where all
//! of it was put back, and archived where it was not.

use serde_json::{Value, json};

use crate::domain::{Currency, Money, Quantity, Timestamp};
use crate::sandbox::{Incoming, Shop, ShopOrder, ShopOrderLine, ShopOrderState, ShopRefund, ShopRefundLine};

use super::lists::{Kind, page};
use super::terms::text;
use super::{Answered, loaded, many, moment};

const SALE: Kind =
    Kind { name: "Sale", id: "saleID", sortable: &["saleID", "timeStamp", "completeTime", "updatetime"] };
const LINE: Kind = Kind { name: "SaleLine", id: "saleLineID", sortable: &["saleLineID", "timeStamp", "saleID"] };
const SHIP_TO: Kind = Kind { name: "ShipTo", id: "shipToID", sortable: &["shipToID", "timeStamp", "saleID"] };

/// What became of an order that was called off.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Voided,
    Archived,
}

fn end(order: &ShopOrder) -> Option<End> {
    if order.state != ShopOrderState::Cancelled || order.cancelled_at.is_none() {
        return None;
    }
    match &order.refunds[..] {
        [] => Some(End::Archived),
        [all] if all.lines.iter().all(|line| line.restocked) => Some(End::Voided),
        [_] => Some(End::Archived),
        _ => None,
    }
}

/// A sale, or the giving back of one.
#[derive(Clone, Copy)]
enum Row<'a> {
    Sold(&'a ShopOrder),
    Refund(&'a ShopOrder, &'a ShopRefund),
}

fn rows(shop: &Shop) -> impl Iterator<Item = Row<'_>> {
    shop.orders.values().flat_map(|order| {
        let refunds = order.refunds.iter().filter(|_| end(order).is_none());
        std::iter::once(Row::Sold(order)).chain(refunds.map(move |refund| Row::Refund(order, refund)))
    })
}

/// Neither shipping nor a refund moves it.
fn updated(order: &ShopOrder) -> Timestamp {
    let refunded = order.refunds.iter().any(|refund| refund.at == order.updated_at);
    let shipped = order.fulfilments.iter().any(|fulfilment| fulfilment.at == order.updated_at);
    if order.cancelled_at == Some(order.updated_at) || !(refunded || shipped) {
        return order.updated_at;
    }
    order.placed_at
}

fn waits(order: &ShopOrder) -> bool {
    let at_once = order.fulfilments.iter().any(|fulfilment| fulfilment.at == order.placed_at);
    order.state != ShopOrderState::Pending && !at_once
}

impl Row<'_> {
    fn id(&self) -> u64 {
        match self {
            Self::Sold(order) => order.number,
            Self::Refund(_, refund) => refund.number,
        }
    }

    fn show(&self, shop: &Shop, relations: &[String]) -> Value {
        let truth = |held: bool| if held { "true" } else { "false" };
        let (order, at, updated) = match self {
            Self::Sold(order) => (*order, order.placed_at, updated(order)),
            Self::Refund(order, refund) => (*order, refund.at, refund.at),
        };
        let end = match self {
            Self::Sold(order) => end(order),
            Self::Refund(..) => None,
        };
        let never_paid = order.refunds.is_empty() && order.fulfilments.is_empty() && end.is_some();
        let completed = order.state != ShopOrderState::Pending && !never_paid;
        let place = order.lines.first().map_or(0, |line| line.location);
        let lines = self.lines(shop);
        let mut sale = json!({
            "saleID": self.id().to_string(),
            "timeStamp": moment(updated),
            "discountPercent": "0",
            "completed": truth(completed),
            "archived": truth(end == Some(End::Archived)),
            "voided": truth(end == Some(End::Voided)),
            "enablePromotions": "true",
            "isTaxInclusive": "false",
            "createTime": moment(at),
            "updatetime": moment(updated),
            "referenceNumber": "",
            "referenceNumberSource": "",
            "ticketNumber": format!("22{:010}", self.id()),
            "balance": "0",
            "customerID": "0",
            "employeeID": "1",
            "registerID": "1",
            "shipToID": if waits(order) && matches!(self, Self::Sold(_)) { order.number.to_string() } else { "0".to_owned() },
            "shopID": place.to_string(),
            "taxCategoryID": "1",
        });
        if completed {
            sale["completeTime"] = json!(moment(at));
        }
        for relation in relations {
            match (relation.as_str(), self) {
                ("SaleLines", _) if !lines.is_empty() => sale["SaleLines"] = json!({"SaleLine": many(lines.clone())}),
                ("ShipTo", Self::Sold(order)) if waits(order) => sale["ShipTo"] = ship_to(order),
                _ => {}
            }
        }
        sale
    }

    fn lines(&self, shop: &Shop) -> Vec<Value> {
        match self {
            Self::Sold(order) => order
                .lines
                .iter()
                .map(|line| show_line(shop, self.id(), order.placed_at, line, line.number, line.ordered, 0))
                .collect(),
            Self::Refund(order, refund) => {
                let one = |back: &ShopRefundLine| {
                    let line = order.lines.iter().find(|line| line.number == back.line)?;
                    let parent = if back.restocked { back.line } else { 0 };
                    let mut shown = show_line(shop, self.id(), refund.at, line, back.number, -back.quantity, parent);
                    if !back.restocked {
                        shown["itemID"] = json!("0");
                    }
                    Some(shown)
                };
                refund.lines.iter().filter_map(one).collect()
            }
        }
    }
}

fn show_line(
    shop: &Shop,
    sale: u64,
    at: Timestamp,
    line: &ShopOrderLine,
    number: u64,
    quantity: Quantity,
    parent: u64,
) -> Value {
    let price = amount(line.price, shop.currency);
    // What was merged into another since is no item any more.
    let item = if shop.find_variant(line.variant).is_some() { line.variant } else { 0 };
    json!({"saleLineID": number.to_string(), "createTime": moment(at), "timeStamp": moment(at),
        "unitQuantity": quantity.to_string(), "unitPrice": price, "normalUnitPrice": "0", "discountAmount": "0",
        "discountPercent": "0", "avgCost": "0", "fifoCost": "0", "tax": "true", "tax1Rate": "0", "tax2Rate": "0",
        "isLayaway": "false", "isWorkorder": "false", "isSpecialOrder": "false", "displayableUnitPrice": price,
        "taxClassID": "1", "customerID": "0", "discountID": "0", "employeeID": "1", "itemID": item.to_string(),
        "noteID": "0", "parentSaleLineID": parent.to_string(), "shopID": line.location.to_string(),
        "saleID": sale.to_string()})
}

fn amount(minor: i64, currency: Currency) -> String {
    Money::new(minor, currency).amount()
}

fn ship_to(order: &ShopOrder) -> Value {
    let sent = order.fulfilments.iter().map(|fulfilment| fulfilment.at).max().unwrap_or(order.placed_at);
    let shipped = order.state == ShopOrderState::Closed;
    json!({"shipToID": order.number.to_string(), "shipped": if shipped { "true" } else { "false" },
        "timeStamp": moment(sent), "shipNote": "", "firstName": "Alex", "lastName": "Lugo", "company": "",
        "customerID": "1", "saleID": order.number.to_string()})
}

pub fn list(shop: &Shop, request: &Incoming) -> Answered {
    let relations = loaded(request);
    let field = |row: &Row, name: &str| text(&row.show(shop, &[]), name);
    page(request, &SALE, rows(shop), field, |row| row.show(shop, &relations))
}

pub fn lines(shop: &Shop, request: &Incoming) -> Answered {
    let all = rows(shop).flat_map(|row| row.lines(shop));
    page(request, &LINE, all, text, Value::clone)
}

pub fn shipments(shop: &Shop, request: &Incoming) -> Answered {
    let all = shop.orders.values().filter(|order| waits(order)).map(ship_to);
    page(request, &SHIP_TO, all, text, Value::clone)
}
