//! Orders of a shop: placed, shipped, cancelled, refunded, with what each does to the stock.
//!
//! The stock goes down when an order is placed (or a pending one accepted) and not when it is shipped, as all platforms
//! do it; what is cancelled or given back goes up again only where somebody says that it is put back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{Quantity, Timestamp};

use super::shop::{Applied, Shop};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopOrderState {
    /// Not paid yet: nothing is taken off the stock.
    Pending,
    Open,
    /// All that will ever be handed over has been.
    Closed,
    Cancelled,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShopOrderLine {
    pub number: u64,
    pub product: u64,
    pub variant: u64,
    pub location: u64,
    /// As they were when it was bought.
    pub title: String,
    pub sku: String,
    /// Minor units.
    pub price: i64,
    pub ordered: Quantity,
    pub fulfilled: Quantity,
    /// Cancelled or refunded before it was handed over.
    pub dropped: Quantity,
    /// Put back into stock, for whatever reason.
    pub restocked: Quantity,
}

impl ShopOrderLine {
    pub fn open(&self) -> Quantity {
        self.ordered - self.fulfilled - self.dropped
    }
}

/// What was shipped in one go: (line, quantity).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShopFulfilment {
    pub number: u64,
    pub at: Timestamp,
    pub lines: Vec<(u64, Quantity)>,
}

/// One line of a refund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShopRefundLine {
    pub number: u64,
    /// The order's line.
    pub line: u64,
    pub quantity: Quantity,
    pub restocked: bool,
    /// Taken back after it was handed over; else it never was.
    pub returned: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShopRefund {
    pub number: u64,
    pub at: Timestamp,
    pub lines: Vec<ShopRefundLine>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShopOrder {
    pub number: u64,
    /// Counts from 1001, as people see it.
    pub name: u64,
    pub state: ShopOrderState,
    pub placed_at: Timestamp,
    pub updated_at: Timestamp,
    pub cancelled_at: Option<Timestamp>,
    pub lines: Vec<ShopOrderLine>,
    pub fulfilments: Vec<ShopFulfilment>,
    pub refunds: Vec<ShopRefund>,
    /// Grows with each change, over all orders.
    pub version: u64,
}

/// All orders by number.
pub type ShopOrders = BTreeMap<u64, ShopOrder>;

const FIRST_NAME: u64 = 1001;

impl Shop {
    /// A customer orders: (variant, location, quantity) for each line. `None` if one of the variants is not there, and
    /// then nothing is changed. Platforms sell below zero where nobody forbids it, and so does this one.
    pub fn place_order(&mut self, lines: &[(u64, u64, Quantity)], now: Timestamp) -> Option<u64> {
        let number = self.write_order(lines, ShopOrderState::Open, now)?;
        self.take(number, now);
        Some(number)
    }

    /// As [`Shop::place_order`], but not paid: the stock stays.
    pub fn place_pending_order(&mut self, lines: &[(u64, u64, Quantity)], now: Timestamp) -> Option<u64> {
        self.write_order(lines, ShopOrderState::Pending, now)
    }

    /// A pending order is paid: from now on its pieces are taken. `false` if it is not pending.
    pub fn accept_order(&mut self, number: u64, now: Timestamp) -> bool {
        if self.orders.get(&number).is_none_or(|order| order.state != ShopOrderState::Pending) {
            return false;
        }
        self.take(number, now);
        self.change_order(number, now, |order| order.state = ShopOrderState::Open)
    }

    /// Bought and carried home at once, as over a counter.
    pub fn sell(&mut self, variant: u64, location: u64, quantity: Quantity, now: Timestamp) -> Option<u64> {
        let number = self.place_order(&[(variant, location, quantity)], now)?;
        self.fulfil_order(number, &[], now);
        Some(number)
    }

    /// Hands over these lines' quantities (at most what is open of them), or everything if none are named.
    pub fn fulfil_order(&mut self, number: u64, lines: &[(u64, Quantity)], now: Timestamp) -> bool {
        let Some(order) = self.orders.get(&number).filter(|order| order.state == ShopOrderState::Open) else {
            return false;
        };
        let wanted = |line: &ShopOrderLine| match lines {
            [] => line.open(),
            lines => lines.iter().find(|(of, _)| *of == line.number).map_or(Quantity::ZERO, |(_, q)| *q),
        };
        let done: Vec<(u64, Quantity)> = order
            .lines
            .iter()
            .map(|line| (line.number, wanted(line).min(line.open())))
            .filter(|(_, quantity)| quantity.is_positive())
            .collect();
        if done.is_empty() {
            return false;
        }
        let fulfilment = self.number();
        self.change_order(number, now, |order| {
            for line in &mut order.lines {
                line.fulfilled += done.iter().find(|(of, _)| *of == line.number).map_or(Quantity::ZERO, |(_, q)| *q);
            }
            order.fulfilments.push(ShopFulfilment { number: fulfilment, at: now, lines: done });
        })
    }

    /// What is open of the order is not sent any more; `restock`: it is put back. An order of which nothing was sent is
    /// cancelled, else it is closed. A pending one just ends.
    pub fn cancel_order(&mut self, number: u64, restock: bool, now: Timestamp) -> bool {
        let Some(order) = self.orders.get(&number) else { return false };
        match order.state {
            ShopOrderState::Closed | ShopOrderState::Cancelled => return false,
            ShopOrderState::Pending => {
                return self.change_order(number, now, |order| {
                    order.state = ShopOrderState::Cancelled;
                    order.cancelled_at = Some(now);
                });
            }
            ShopOrderState::Open => {}
        }
        let open: Vec<(u64, Quantity)> = order.lines.iter().map(|line| (line.number, line.open())).collect();
        self.refund_order(number, &open, restock, now);
        self.change_order(number, now, |order| {
            order.cancelled_at = Some(now);
            if order.lines.iter().all(|line| line.fulfilled == Quantity::ZERO) {
                order.state = ShopOrderState::Cancelled;
            }
        })
    }

    /// Money back for (line, quantity): first of what was not handed over, then of what was. `restock`: put back.
    pub fn refund_order(&mut self, number: u64, lines: &[(u64, Quantity)], restock: bool, now: Timestamp) -> bool {
        let Some(order) = self.orders.get(&number) else { return false };
        if matches!(order.state, ShopOrderState::Pending | ShopOrderState::Cancelled) {
            return false;
        }
        let mut back: Vec<(u64, Quantity, bool)> = Vec::new();
        for (wanted, quantity) in lines {
            let Some(line) = order.lines.iter().find(|line| line.number == *wanted) else { continue };
            let returned_before: Quantity = Quantity::sum(
                order
                    .refunds
                    .iter()
                    .flat_map(|refund| &refund.lines)
                    .filter(|r| r.line == *wanted && r.returned)
                    .map(|r| r.quantity),
            );
            let not_sent = (*quantity).min(line.open());
            let sent = (*quantity - not_sent).min(line.fulfilled - returned_before);
            back.extend([(line.number, not_sent, false), (line.number, sent, true)]);
        }
        back.retain(|(_, quantity, _)| quantity.is_positive());
        if back.is_empty() {
            return false;
        }
        let refund = self.number();
        let mut refunded = Vec::new();
        for (line, quantity, returned) in &back {
            let number = self.number();
            refunded.push(ShopRefundLine {
                number,
                line: *line,
                quantity: *quantity,
                restocked: restock,
                returned: *returned,
            });
        }
        let mut moves = Vec::new();
        self.change_order(number, now, |order| {
            for (number, quantity, returned) in &back {
                let Some(line) = order.lines.iter_mut().find(|line| line.number == *number) else { continue };
                if !returned {
                    line.dropped += *quantity;
                }
                if restock {
                    line.restocked += *quantity;
                    moves.push((line.variant, line.location, *quantity));
                }
            }
            order.refunds.push(ShopRefund { number: refund, at: now, lines: refunded });
        });
        for (variant, location, quantity) in moves {
            self.move_level(variant, location, quantity, now);
        }
        true
    }

    /// Orders that changed at or after this moment, the oldest change first.
    pub fn orders_since(&self, since: Timestamp) -> Vec<&ShopOrder> {
        let mut found: Vec<&ShopOrder> = self.orders.values().filter(|order| order.updated_at >= since).collect();
        found.sort_by_key(|order| (order.updated_at, order.number));
        found
    }

    fn write_order(&mut self, lines: &[(u64, u64, Quantity)], state: ShopOrderState, now: Timestamp) -> Option<u64> {
        let mut written = Vec::new();
        for (variant, location, quantity) in lines {
            let (product, position) = self.find_variant(*variant)?;
            let known = self.products.get(&product)?;
            let bought = known.variants.get(position)?;
            written.push(ShopOrderLine {
                number: 0,
                product,
                variant: *variant,
                location: *location,
                title: known.title.clone(),
                sku: bought.sku.clone(),
                price: bought.price.unwrap_or(0),
                ordered: *quantity,
                fulfilled: Quantity::ZERO,
                dropped: Quantity::ZERO,
                restocked: Quantity::ZERO,
            });
        }
        for line in &mut written {
            line.number = self.number();
        }
        let number = self.number();
        let order = ShopOrder {
            number,
            name: FIRST_NAME + self.orders.len() as u64,
            state,
            placed_at: now,
            updated_at: now,
            cancelled_at: None,
            lines: written,
            fulfilments: Vec::new(),
            refunds: Vec::new(),
            version: self.version(),
        };
        self.orders.insert(number, order);
        Some(number)
    }

    fn take(&mut self, number: u64, now: Timestamp) {
        let lines = self.orders.get(&number).map(|order| order.lines.clone()).unwrap_or_default();
        for line in lines {
            self.move_level(line.variant, line.location, -line.ordered, now);
        }
    }

    /// Moves a level by nobody's request; what is not counted stays so.
    fn move_level(&mut self, variant: u64, location: u64, by: Quantity, now: Timestamp) {
        let Some((product, position)) = self.find_variant(variant) else { return };
        let known = self.products.get(&product).and_then(|product| product.variants.get(position));
        let Some(level) = known.filter(|known| known.tracked).and_then(|known| known.levels.get(&location).copied())
        else {
            return;
        };
        self.set_level(product, position, location, level + by, now);
    }

    fn change_order(&mut self, number: u64, now: Timestamp, change: impl FnOnce(&mut ShopOrder)) -> bool {
        let version = self.version();
        let Some(order) = self.orders.get_mut(&number) else { return false };
        change(order);
        order.updated_at = now;
        order.version = version;
        let nothing_open = order.lines.iter().all(|line| !line.open().is_positive());
        if order.state == ShopOrderState::Open && nothing_open {
            let sent = order.lines.iter().any(|line| line.fulfilled.is_positive());
            order.state = if sent { ShopOrderState::Closed } else { ShopOrderState::Cancelled };
        }
        true
    }

    /// What a request did to an order, for tests to count.
    pub fn note_order(&mut self, number: u64, what: &'static str, key: Option<String>, now: Timestamp) {
        let change = self.orders.get(&number).map(|order| format!("#{}", order.name)).unwrap_or_default();
        self.applied.push(Applied { at: now, what, product: 0, variant: None, change, key });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Currency;
    use crate::sandbox::{ShopProduct, ShopVariant};
    use proptest::prelude::*;

    const HERE: u64 = 1;

    /// A shop with 50 apples; the variant's number.
    fn apples() -> (Shop, u64) {
        let mut shop = Shop::new("Test", Currency::new("EUR").unwrap(), &["Here"]);
        let mut apple = ShopVariant::plain();
        apple.tracked = true;
        apple.levels.insert(HERE, Quantity::units(50));
        let product = shop.insert(ShopProduct::simple("Apple", apple), Timestamp(0));
        let variant = shop.products[&product].variants[0].number;
        (shop, variant)
    }

    fn level(shop: &Shop, variant: u64) -> Quantity {
        let (product, position) = shop.find_variant(variant).unwrap();
        shop.products[&product].variants[position].levels[&HERE]
    }

    #[test]
    fn stock_goes_when_it_is_ordered_and_not_when_it_is_shipped() {
        let (mut shop, apple) = apples();
        let order = shop.place_order(&[(apple, HERE, Quantity::units(4))], Timestamp(1)).unwrap();
        assert_eq!(level(&shop, apple), Quantity::units(46));
        assert_eq!(shop.orders[&order].lines[0].open(), Quantity::units(4));
        assert!(shop.fulfil_order(order, &[], Timestamp(2)));
        assert_eq!(level(&shop, apple), Quantity::units(46));
        assert_eq!(shop.orders[&order].state, ShopOrderState::Closed);
        let line = shop.orders[&order].lines[0].number;
        assert!(shop.refund_order(order, &[(line, Quantity::units(1))], true, Timestamp(3)));
        assert_eq!(level(&shop, apple), Quantity::units(47));
        assert!(!shop.fulfil_order(order, &[], Timestamp(4)) && !shop.cancel_order(order, true, Timestamp(4)));
    }

    #[test]
    fn a_pending_order_takes_nothing_until_it_is_paid() {
        let (mut shop, apple) = apples();
        let order = shop.place_pending_order(&[(apple, HERE, Quantity::units(4))], Timestamp(1)).unwrap();
        assert_eq!(level(&shop, apple), Quantity::units(50));
        assert!(shop.accept_order(order, Timestamp(2)) && !shop.accept_order(order, Timestamp(2)));
        assert_eq!(level(&shop, apple), Quantity::units(46));
        assert!(shop.cancel_order(order, false, Timestamp(3)));
        assert_eq!(level(&shop, apple), Quantity::units(46), "nobody put it back");
        assert_eq!(shop.orders[&order].state, ShopOrderState::Cancelled);
    }

    proptest! {
        /// Whatever is done to orders, the stock is what there was, less what is taken and not put back.
        #[test]
        fn the_stock_follows_from_the_orders(doings in prop::collection::vec((0u8..6, 1i64..6, any::<bool>()), 0..40)) {
            let (mut shop, apple) = apples();
            for (at, (doing, count, restock)) in (1..).zip(doings) {
                let (now, quantity) = (Timestamp(at), Quantity::units(count));
                let some = shop.orders.keys().nth((at as usize * 7) % shop.orders.len().max(1)).copied();
                match (doing, some) {
                    (0, _) | (_, None) => { shop.place_order(&[(apple, HERE, quantity)], now); }
                    (1, _) => { shop.place_pending_order(&[(apple, HERE, quantity)], now); }
                    (2, Some(order)) => { shop.accept_order(order, now); }
                    (3, Some(order)) => {
                        let line = shop.orders[&order].lines[0].number;
                        shop.fulfil_order(order, &[(line, quantity)], now);
                    }
                    (4, Some(order)) => { shop.cancel_order(order, restock, now); }
                    (_, Some(order)) => {
                        let line = shop.orders[&order].lines[0].number;
                        shop.refund_order(order, &[(line, quantity)], restock, now);
                    }
                }
                let counted = shop.orders.values().filter(|order| order.state != ShopOrderState::Pending);
                let never_taken = |order: &&ShopOrder| {
                    order.state == ShopOrderState::Cancelled && order.refunds.is_empty()
                };
                let taken = counted.filter(|order| !never_taken(order)).flat_map(|order| &order.lines);
                let taken = Quantity::sum(taken.map(|line| line.ordered - line.restocked));
                prop_assert_eq!(level(&shop, apple), Quantity::units(50) - taken);
                for line in shop.orders.values().flat_map(|order| &order.lines) {
                    prop_assert!(!line.open().is_negative() && line.restocked <= line.ordered);
                }
            }
        }
    }
}
