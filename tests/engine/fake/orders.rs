//! Customers of a shop in memory: their orders, with what a real platform does to its stock for each.

use counterpart::domain::{Order, OrderLine, OrderState, Quantity, Text, Timestamp};
use counterpart::platform::{Change, Clock, Next, Page};

use super::*;

impl FakeShop {
    /// Somebody orders some of a product; the platform takes them off its count. Gives the order's identifier.
    pub fn order(&self, id: &str, count: i64) -> String {
        self.inside().order(id, Quantity::units(count), true)
    }

    /// An order comes to be known whose pieces were taken off the count before.
    pub fn order_of_before(&self, id: &str, count: i64) -> String {
        self.inside().order(id, Quantity::units(count), false)
    }

    /// All of it is handed over.
    pub fn fulfil(&self, order: &str) {
        self.fulfil_some(order, i64::MAX / 1_000_000);
    }

    /// So many of it are handed over; the count stays as it is.
    pub fn fulfil_some(&self, order: &str, count: i64) {
        self.inside().change_order(order, |order| {
            let line = &mut order.lines[0];
            line.fulfilled += Quantity::units(count).min(line.open());
            if line.open() == Quantity::ZERO {
                order.state = OrderState::Closed;
            }
            Quantity::ZERO
        });
    }

    /// It is called off; what was not handed over goes back into stock.
    pub fn cancel(&self, order: &str) {
        self.inside().change_order(order, |order| {
            let line = &mut order.lines[0];
            let open = line.open();
            line.dropped += open;
            line.restocked += open;
            order.state = OrderState::Cancelled;
            open
        });
    }

    /// So many come back, and are put back into stock or not.
    pub fn refund(&self, order: &str, count: i64, restock: bool) {
        self.inside().change_order(order, |order| {
            let back = if restock { Quantity::units(count) } else { Quantity::ZERO };
            order.lines[0].restocked += back;
            back
        });
    }
}

impl Inside {
    fn now(&self) -> Timestamp {
        self.clock.as_ref().map_or(Timestamp(0), |clock| clock.now())
    }

    pub(super) fn order(&mut self, id: &str, count: Quantity, takes: bool) -> String {
        let variant = format!("{id}.1");
        let number = self.orders.len() + 1001;
        let now = self.now();
        let line = OrderLine {
            remote: remote("1"),
            listing: Some(remote(id)),
            variant: Some(remote(&variant)),
            location: None,
            ordered: count,
            fulfilled: Quantity::ZERO,
            dropped: Quantity::ZERO,
            restocked: Quantity::ZERO,
        };
        let order = format!("o{number}");
        self.orders.insert(
            order.clone(),
            Order {
                remote: remote(&order),
                number: Text::new(&format!("#{number}")),
                state: OrderState::Open,
                placed_at: now,
                updated_at: now,
                lines: vec![line],
            },
        );
        self.ordered.push(order.clone());
        if takes {
            let at = self.at(&variant).unwrap();
            self.set(&variant, at - count, false);
        }
        order
    }

    /// Changes an order; `change` says how many go back into stock.
    fn change_order(&mut self, id: &str, change: impl FnOnce(&mut Order) -> Quantity) {
        let now = self.now();
        let order = self.orders.get_mut(id).unwrap();
        order.updated_at = now;
        let back = change(order);
        let variant = order.lines[0].variant.clone().unwrap();
        self.ordered.push(id.to_owned());
        if back != Quantity::ZERO {
            let at = self.at(variant.as_str()).unwrap();
            self.set(variant.as_str(), at + back, false);
        }
    }

    /// A page of the feed: what is open now, or what was placed or changed since.
    pub(super) fn orders_page(&self, from: &Cursor) -> Page {
        let end = self.ordered.len();
        let shown: Vec<&Order> = match from {
            Cursor::Start => self.orders.values().filter(|order| order.state == OrderState::Open).collect(),
            Cursor::At(at) => {
                let since: usize = at.trim_start_matches("orders:").parse().unwrap();
                self.ordered[since.min(end)..].iter().map(|id| &self.orders[id]).collect()
            }
        };
        let changes = shown.into_iter().map(|order| Change::Order(Box::new(order.clone()))).collect();
        Page { changes, next: Next::Done(Cursor::At(format!("orders:{end}"))) }
    }
}
