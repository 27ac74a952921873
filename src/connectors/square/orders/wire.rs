//! Square's orders as they arrive: the parts that stock depends on. Every field optional, as in `wire.rs` of the account.

use serde::Deserialize;
use serde_json::Value;

use super::super::wire::Money;

/// Answer of orders/search and orders/batch-retrieve. Orders come raw, so that one bad record does not cost the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OrdersPage {
    pub orders: Vec<Value>,
    pub cursor: Option<String>,
}

/// A sale, a return, or both: "orders include all sales, returns, and exchanges" (reference, SearchOrders).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Order {
    pub id: String,
    pub location_id: Option<String>,
    /// Of whoever wrote the order: a shop's order number, often.
    pub reference_id: Option<String>,
    /// What the till calls it.
    pub ticket_name: Option<String>,
    /// `OPEN`, `COMPLETED`, `CANCELED`, `DRAFT`
    pub state: Option<String>,
    pub version: Option<i64>,
    pub created_at: Option<String>,
    pub updated_at: Option<String>,
    pub line_items: Option<Vec<Line>>,
    pub fulfillments: Option<Vec<Fulfilment>>,
    /// What was given back, one for each sale that it came from.
    pub returns: Option<Vec<Return>>,
    pub refunds: Option<Vec<Refund>>,
    pub tenders: Option<Vec<Tender>>,
    pub total_money: Option<Money>,
    pub net_amount_due_money: Option<Money>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Line {
    pub uid: Option<String>,
    /// The variation; none for a custom amount or a gift card.
    pub catalog_object_id: Option<String>,
    /// A decimal number, as text.
    pub quantity: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Fulfilment {
    /// `PROPOSED`, `RESERVED`, `PREPARED`, `COMPLETED`, `CANCELED`, `FAILED`
    pub state: Option<String>,
    /// `ALL` or `ENTRY_LIST`
    pub line_item_application: Option<String>,
    pub entries: Option<Vec<FulfilmentEntry>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct FulfilmentEntry {
    pub line_item_uid: Option<String>,
    pub quantity: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Return {
    /// The order with the sale; none for goods that were bought who knows where.
    pub source_order_id: Option<String>,
    pub return_line_items: Option<Vec<ReturnLine>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ReturnLine {
    pub uid: Option<String>,
    pub source_line_item_uid: Option<String>,
    pub catalog_object_id: Option<String>,
    pub quantity: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Refund {
    pub id: Option<String>,
}

/// A payment of the order.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Tender {
    pub amount_money: Option<Money>,
    pub card_details: Option<CardDetails>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CardDetails {
    /// `AUTHORIZED`, `CAPTURED`, `VOIDED`, `FAILED`
    pub status: Option<String>,
}

impl Order {
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.line_items.iter().flatten()
    }

    pub fn returns(&self) -> impl Iterator<Item = &Return> {
        self.returns.iter().flatten()
    }

    /// Whether it has what no sale has and nothing that a sale has.
    pub fn is_return_only(&self) -> bool {
        self.lines().next().is_none() && self.returns().next().is_some()
    }

    /// Whether money came in at all.
    pub fn has_payment(&self) -> bool {
        self.tenders.iter().flatten().any(Tender::is_taken)
    }

    /// Whether all of it is paid: "after an order is paid, Square automatically adjusts the inventory" (Orders API
    /// requirements). A card that is only authorised has paid nothing yet.
    pub fn is_paid(&self) -> bool {
        let tenders = || self.tenders.iter().flatten();
        let amount = |money: &Option<Money>| money.as_ref().and_then(|money| money.amount);
        let all_taken = tenders().all(Tender::is_taken);
        match (amount(&self.net_amount_due_money), amount(&self.total_money)) {
            (Some(due), _) if tenders().next().is_some() => due <= 0 && all_taken,
            (_, Some(total)) => {
                let paid: i64 =
                    tenders().filter(|tender| tender.is_taken()).filter_map(|t| amount(&t.amount_money)).sum();
                paid >= total
            }
            (Some(due), None) => due <= 0,
            (None, None) => self.has_payment(),
        }
    }
}

impl Tender {
    fn is_taken(&self) -> bool {
        let status = self.card_details.as_ref().and_then(|card| card.status.as_deref());
        status.is_none_or(|status| status == "CAPTURED")
    }
}

/// A list's orders, each decoded by itself: the order, or its identifier and what is wrong with it.
pub fn orders(raw: Vec<Value>) -> impl Iterator<Item = Result<Order, (String, String)>> {
    raw.into_iter().map(|value| {
        let id = value.get("id").and_then(Value::as_str).map_or_else(|| "without identifier".to_owned(), clipped);
        serde_json::from_value(value).map_err(|why| (id, format!("Square's order could not be read: {why}")))
    })
}

fn clipped(id: &str) -> String {
    crate::domain::clean(id).chars().take(60).collect()
}
