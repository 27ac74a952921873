//! What orders did to counts, as the inventory's history has it.
//!
//! The till names the sale and the refund in the moves that belong to them. That goods are put back on the shelf is a
//! move without a name, as Square's own tills write it.

use serde_json::{Value, json};

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Shop, ShopOrderLine};

use super::identifiers::{location_id, moment, order_id, quantity as quantity_text, return_order_id, variation_id};
use super::orders::{refund_id, was_paid};

/// What an order did to a count, as the inventory's history has it.
pub struct Moved {
    pub variation: u64,
    pub location: u64,
    pub at: Timestamp,
    /// What it added to what is in stock; nothing for goods that came back and are not on the shelf.
    pub added: Quantity,
    pub rendered: Value,
}

/// The history of all orders: sales, returns, and what was put back on the shelf. Only of what is counted.
pub fn moved(shop: &Shop) -> Vec<Moved> {
    let mut all = Vec::new();
    for order in shop.orders.values().filter(|order| was_paid(order)) {
        let counted = |line: &&ShopOrderLine| {
            let found = shop
                .find_variant(line.variant)
                .and_then(|(product, place)| shop.products.get(&product)?.variants.get(place));
            found.is_some_and(|variant| variant.tracked && variant.levels.contains_key(&line.location))
        };
        for line in order.lines.iter().filter(counted) {
            let mut add =
                |kind: &str, number: u64, at: Timestamp, quantity: Quantity, from: &str, to: &str, names: Value| {
                    let mut adjustment = json!({
                        "id": format!("{kind}{number:016}"),
                        "from_state": from,
                        "to_state": to,
                        "from_location_id": location_id(line.location),
                        "to_location_id": location_id(line.location),
                        "catalog_object_id": variation_id(line.variant),
                        "catalog_object_type": "ITEM_VARIATION",
                        "quantity": quantity_text(quantity),
                        "occurred_at": moment(at),
                        "created_at": moment(at),
                        "source": {"product": "SQUARE_POS", "name": "Point of Sale"},
                    });
                    for (name, value) in names.as_object().into_iter().flatten() {
                        adjustment[name] = value.clone();
                    }
                    let added = match (from, to) {
                        ("IN_STOCK", _) => -quantity,
                        (_, "IN_STOCK") => quantity,
                        _ => Quantity::ZERO,
                    };
                    let rendered = json!({"type": "ADJUSTMENT", "adjustment": adjustment});
                    all.push(Moved { variation: line.variant, location: line.location, at, added, rendered });
                };
            let sold = json!({"transaction_id": order_id(order.number)});
            add("SALE", line.number, order.placed_at, line.ordered, "IN_STOCK", "SOLD", sold);
            for refund in &order.refunds {
                for back in refund.lines.iter().filter(|back| back.line == line.number) {
                    let names = json!({"transaction_id": return_order_id(refund.number), "refund_id": refund_id(refund.number)});
                    add("BACK", back.number, refund.at, back.quantity, "SOLD", "RETURNED_BY_CUSTOMER", names);
                    if back.restocked {
                        // The till names nothing here.
                        let none = json!({});
                        add("SHELF", back.number, refund.at, back.quantity, "RETURNED_BY_CUSTOMER", "IN_STOCK", none);
                    }
                }
            }
        }
    }
    all.sort_by_key(|moved| moved.at);
    all
}
