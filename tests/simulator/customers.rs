//! What customers and staff do, wherever they do it.

use counterpart::domain::{OrderState, Quantity};

use super::shop::Spot;
use super::world::{Event, World};

/// One thing that somebody does; which goods and how many is drawn when it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Buy,
    /// Two customers, the same last unit, two shops.
    BuyTheLast,
    /// Of an order that is open, all that is left is handed over.
    Ship,
    /// An order is cancelled, and put back.
    Cancel,
    /// A customer brings something back.
    Return,
    Receive,
    Count,
    Adjust,
    Untrack,
    Track,
    Edit,
    Delete,
}

impl Deed {
    /// With how often each is done, of a hundred.
    const OFTEN: [(Self, u32); 12] = [
        (Self::Buy, 40),
        (Self::BuyTheLast, 8),
        (Self::Ship, 8),
        (Self::Cancel, 8),
        (Self::Return, 6),
        (Self::Receive, 9),
        (Self::Count, 5),
        (Self::Adjust, 6),
        (Self::Untrack, 2),
        (Self::Track, 3),
        (Self::Edit, 3),
        (Self::Delete, 2),
    ];

    pub fn drawn(chance: &mut fastrand::Rng) -> Self {
        let mut left = chance.u32(0..100);
        for (deed, often) in Self::OFTEN {
            if left < often {
                return deed;
            }
            left -= often;
        }
        Self::Buy
    }
}

impl World {
    pub fn happens(&mut self, deed: Deed) {
        self.checker.stats.events += 1;
        let spots = self.spots();
        if spots.is_empty() {
            return;
        }
        let spot = spots[self.below(spots.len())];
        match deed {
            Deed::Buy => {
                let quantity = self.between(1, 3);
                self.buys(spot, quantity);
            }
            Deed::BuyTheLast => self.buys_the_last(spot),
            Deed::Ship => self.ships(spot.shop),
            Deed::Cancel => self.cancels(spot.shop),
            Deed::Return => {
                if self.var(spot).tracked {
                    let location = self.where_from(spot);
                    self.moves(spot, location, 1);
                }
            }
            Deed::Receive => {
                if self.var(spot).tracked {
                    let by = self.between(1, 12);
                    let location = self.anywhere(spot);
                    self.moves(spot, location, by);
                }
            }
            Deed::Count => {
                if self.var(spot).tracked {
                    let location = self.anywhere(spot);
                    let to = self.between(0, 15);
                    let by = to - self.var(spot).levels[location];
                    self.moves(spot, location, by);
                }
            }
            Deed::Adjust => {
                if self.var(spot).tracked {
                    let location = self.anywhere(spot);
                    let by = self.between(-2, 2).max(-self.var(spot).levels[location].max(0));
                    self.moves(spot, location, by);
                }
            }
            Deed::Untrack => self.tracks(spot, false),
            Deed::Track => {
                let uncounted: Vec<Spot> = spots.into_iter().filter(|spot| !self.var(*spot).tracked).collect();
                if !uncounted.is_empty() {
                    let spot = uncounted[self.below(uncounted.len())];
                    self.tracks(spot, true);
                }
            }
            Deed::Edit => {
                let now = self.now();
                let price = self.between(500, 5000);
                let shop = &mut self.shops[spot.shop];
                shop.items[spot.item].price = price;
                shop.edited(now, spot.item);
            }
            Deed::Delete => {
                let now = self.now();
                let shop = &mut self.shops[spot.shop];
                shop.delete(now, spot.item);
                let name = shop.items[spot.item].remote.clone();
                self.note(format_args!("{name} is deleted"));
            }
        }
    }

    fn var(&self, spot: Spot) -> &super::shop::Var {
        &self.shops[spot.shop].items[spot.item].vars[spot.var]
    }

    fn anywhere(&mut self, spot: Spot) -> usize {
        let locations = self.shops[spot.shop].locations;
        self.below(locations)
    }

    /// Online sales are taken from the first location; a till sells where it stands.
    fn where_from(&mut self, spot: Spot) -> usize {
        let used = self.shops[spot.shop].used;
        if spot.shop == 0 { self.below(used) } else { 0 }
    }

    fn tracks(&mut self, spot: Spot, tracked: bool) {
        if self.var(spot).tracked == tracked {
            return;
        }
        let now = self.now();
        self.shops[spot.shop].set_tracked(now, spot.item, spot.var, tracked);
        let name = self.var(spot).remote.clone();
        self.note(format_args!("{name} is counted: {tracked}"));
    }

    /// A sale, as far as the shop lets it happen.
    pub fn buys(&mut self, spot: Spot, quantity: i64) {
        let goods = &self.shops[spot.shop].items[spot.item];
        if goods.gone_at.is_some() {
            return;
        }
        let tracked = goods.vars[spot.var].tracked;
        let location = self.where_from(spot);
        let there = self.var(spot).levels[location];
        // A till sells what lies on the counter, whatever the count says.
        let quantity = if spot.shop == 0 { quantity } else { quantity.min(there) };
        if tracked && quantity <= 0 {
            return;
        }
        if tracked {
            self.moves(spot, location, -quantity);
        }
        if self.shops[spot.shop].abilities.orders {
            let now = self.now();
            self.shops[spot.shop].order(now, spot.item, spot.var, location, quantity.max(1));
            let number = self.shops[spot.shop].orders.len() - 1;
            if !tracked {
                // Nothing was taken off a count.
                self.shops[spot.shop].reorder(now, number, |order| {
                    for line in &mut order.lines {
                        line.variant = None;
                    }
                });
            }
        }
    }

    fn buys_the_last(&mut self, spot: Spot) {
        let sku = self.var(spot).sku.clone();
        let same = |spot: &Spot| self.var(*spot).sku == sku && self.var(*spot).tracked;
        let twins: Vec<Spot> = self.spots().into_iter().filter(same).collect();
        let all: i64 = self.var(spot).levels[0];
        for twin in twins {
            let quantity = all.clamp(1, 4);
            let at = self.now() + self.between(0, 400);
            self.plan(at, Event::Buys(twin, quantity));
        }
    }

    fn open_order(&mut self, shop: usize) -> Option<usize> {
        let orders = self.shops[shop].orders.iter().enumerate();
        let open: Vec<usize> =
            orders.filter(|(_, (_, order))| order.state == OrderState::Open).map(|(number, _)| number).collect();
        if open.is_empty() { None } else { Some(open[self.below(open.len())]) }
    }

    fn ships(&mut self, shop: usize) {
        let now = self.now();
        let Some(number) = self.open_order(shop) else { return };
        self.shops[shop].reorder(now, number, |order| {
            order.state = OrderState::Closed;
            for line in &mut order.lines {
                line.fulfilled = line.ordered;
            }
        });
    }

    fn cancels(&mut self, shop: usize) {
        let now = self.now();
        let Some(number) = self.open_order(shop) else { return };
        let (location, order) = self.shops[shop].orders[number].clone();
        let Some(line) = order.lines.first() else { return };
        let Some(variant) = &line.variant else { return };
        let Some((item, var)) = self.shops[shop].find(variant.as_str()) else { return };
        let back = line.ordered.whole().unwrap_or(0);
        let spot = Spot { shop, item, var };
        let counted = self.var(spot).tracked;
        self.shops[shop].reorder(now, number, |order| {
            order.state = OrderState::Cancelled;
            for line in &mut order.lines {
                line.dropped = line.ordered;
                line.restocked = if counted { line.ordered } else { Quantity::ZERO };
            }
        });
        if counted {
            self.moves(spot, location, back);
        }
    }
}
