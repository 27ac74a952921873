//! What customers and the shop's staff do with orders, through the control endpoint.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Quantity, Timestamp};

use super::super::Incoming;
use super::super::shop::Shop;
use super::{Which, find_variant, location, quantity, read};

/// Answers `POST <rest>`.
pub(super) fn answer(shop: &mut Shop, rest: &str, request: &Incoming, now: Timestamp) -> Result<Value, String> {
    match rest {
        "order" => read(request).and_then(|wanted| place(shop, &wanted, now)),
        "accept" => read::<Named>(request).and_then(|named| {
            let done = shop.accept_order(named.order, now);
            told(shop, named.order, done, "it is not pending")
        }),
        "fulfil" => read::<Part>(request).and_then(|part| {
            let lines = part.lines(shop)?;
            let done = shop.fulfil_order(part.order, &lines, now);
            told(shop, part.order, done, "nothing of it is open")
        }),
        "cancel" => read::<Part>(request).and_then(|part| {
            let done = shop.cancel_order(part.order, part.restock.unwrap_or(true), now);
            told(shop, part.order, done, "it has ended")
        }),
        "refund" => read::<Part>(request).and_then(|part| {
            let mut lines = part.lines(shop)?;
            if lines.is_empty() {
                let order = shop.orders.get(&part.order);
                lines = order.into_iter().flat_map(|o| &o.lines).map(|line| (line.number, line.ordered)).collect();
            }
            let done = shop.refund_order(part.order, &lines, part.restock.unwrap_or(true), now);
            told(shop, part.order, done, "there is nothing to refund")
        }),
        _ => Err(format!("orders know no {rest}")),
    }
}

#[derive(Deserialize)]
struct Wanted {
    lines: Vec<WantedLine>,
    #[serde(default)]
    pending: bool,
}

#[derive(Deserialize)]
struct WantedLine {
    #[serde(flatten)]
    which: Which,
    quantity: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    order: u64,
}

/// An order, or one line of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    order: u64,
    line: Option<u64>,
    quantity: Option<Value>,
    restock: Option<bool>,
}

impl Part {
    /// None: all of them.
    fn lines(&self, shop: &Shop) -> Result<Vec<(u64, Quantity)>, String> {
        let Some(line) = self.line else { return Ok(Vec::new()) };
        let known = shop.orders.get(&self.order).and_then(|order| order.lines.iter().find(|l| l.number == line));
        let known = known.ok_or_else(|| format!("order {} has no line {line}", self.order))?;
        let quantity = self.quantity.as_ref().map(quantity).transpose()?;
        Ok(vec![(line, quantity.unwrap_or(known.ordered))])
    }
}

fn place(shop: &mut Shop, wanted: &Wanted, now: Timestamp) -> Result<Value, String> {
    let mut lines = Vec::new();
    for line in &wanted.lines {
        let (product, position) = find_variant(shop, &line.which)?;
        let found = shop.products.get(&product).and_then(|product| product.variants.get(position));
        let variant = found.ok_or("the variant is gone")?.number;
        lines.push((variant, location(shop, &line.which)?, quantity(&line.quantity)?));
    }
    if lines.is_empty() {
        return Err("an order needs \"lines\"".to_owned());
    }
    let placed = match wanted.pending {
        true => shop.place_pending_order(&lines, now),
        false => shop.place_order(&lines, now),
    };
    let number = placed.ok_or("one of the variants is not there")?;
    Ok(json!({ "order": shop.orders.get(&number) }))
}

fn told(shop: &Shop, order: u64, done: bool, why: &str) -> Result<Value, String> {
    match shop.orders.get(&order) {
        Some(known) if done => Ok(json!({ "order": known })),
        Some(_) => Err(format!("order {order} stays as it is: {why}")),
        None => Err(format!("there is no order {order}")),
    }
}
