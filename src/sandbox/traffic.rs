//! Life in the shops: sales, now and then a return or a delivery. By a seed, so that a run can be repeated.
//!
//! Each shop lives its own life; that two of them sell the same linked thing in the same minute is what it is for.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::domain::{Quantity, Timestamp};
use crate::platform::Clock;

use super::orders::ShopOrderState;
use super::server::SharedShop;
use super::shop::{Shop, ShopVariant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovementKind {
    Sale,
    Return,
    Delivery,
}

/// One change of one level, by nobody's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The shop's place among those that were passed.
    pub shop: usize,
    pub kind: MovementKind,
    pub product: u64,
    pub variant: u64,
    pub location: u64,
    /// Negative for a sale.
    pub by: Quantity,
    pub at: Timestamp,
}

/// A source of movements.
#[derive(Debug, Clone)]
pub struct Traffic {
    random: fastrand::Rng,
}

/// Products looked at for one that has something to move.
const LOOKS: usize = 30;
const MOST_DELIVERED: i64 = 20;
/// Orders that wait to be sent.
const OPEN_ORDERS: usize = 5;

impl Traffic {
    pub fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed) }
    }

    /// One movement in one of the shops, or `None` if nothing was found that could move. Only tracked variants move,
    /// and nothing is sold that is not there.
    pub fn step(&mut self, shops: &mut [&mut Shop], now: Timestamp) -> Option<Movement> {
        let place = self.choose_shop(shops.len())?;
        shops.get_mut(place).and_then(|shop| self.step_in(shop, place, now))
    }

    fn choose_shop(&mut self, count: usize) -> Option<usize> {
        (count > 0).then(|| self.random.usize(..count))
    }

    fn step_in(&mut self, shop: &mut Shop, place: usize, now: Timestamp) -> Option<Movement> {
        let kind = match self.random.u32(..100) {
            0..90 => MovementKind::Sale,
            90..95 => MovementKind::Return,
            _ => MovementKind::Delivery,
        };
        let (product, position, location) = (0..LOOKS).find_map(|_| self.look(shop, kind))?;
        let variant = shop.products.get(&product)?.variants.get(position)?;
        let level = variant.levels.get(&location).copied().unwrap_or_default();
        let number = variant.number;
        let by = match kind {
            // Mostly one piece; the last half kilogram goes as a whole.
            MovementKind::Sale => {
                let pieces = if self.random.u32(..4) == 0 { 2 } else { 1 };
                -Quantity::units(pieces).min(level)
            }
            MovementKind::Return => Quantity::units(1),
            MovementKind::Delivery => Quantity::units(self.random.i64(5..=MOST_DELIVERED)),
        };
        match kind {
            MovementKind::Sale => self.sell(shop, number, location, -by, now),
            MovementKind::Return | MovementKind::Delivery => {
                shop.set_level(product, position, location, level + by, now);
            }
        }
        Some(Movement { shop: place, kind, product, variant: number, location, by, at: now })
    }

    /// Half of what is sold is carried home at once; the rest is an order that is sent when some more have come in.
    fn sell(&mut self, shop: &mut Shop, variant: u64, location: u64, quantity: Quantity, now: Timestamp) {
        if self.random.bool() {
            shop.sell(variant, location, quantity, now);
            return;
        }
        shop.place_order(&[(variant, location, quantity)], now);
        let open = shop.orders.values().filter(|order| order.state == ShopOrderState::Open).map(|order| order.number);
        let open: Vec<u64> = open.take(OPEN_ORDERS + 1).collect();
        if let (true, Some(oldest)) = (open.len() > OPEN_ORDERS, open.first()) {
            shop.fulfil_order(*oldest, &[], now);
        }
    }

    /// A random product, a random variant of it, a random place that has a count: product, position, location.
    fn look(&mut self, shop: &Shop, kind: MovementKind) -> Option<(u64, usize, u64)> {
        let (first, last) = (*shop.products.keys().next()?, *shop.products.keys().next_back()?);
        // Few products make most of the sales. In shops that were filled from one catalogue these are the same ones,
        // so that linked things do sell on both sides.
        let spread = self.random.f64();
        let from = first + ((last - first) as f64 * spread * spread) as u64;
        let product = shop.products.range(from..).next()?.1;
        let fits = |variant: &ShopVariant, level: &Quantity| match kind {
            MovementKind::Sale => variant.tracked && level.is_positive(),
            MovementKind::Return | MovementKind::Delivery => variant.tracked,
        };
        let position = self.random.usize(..product.variants.len().max(1));
        let variant = product.variants.get(position)?;
        let places: Vec<u64> =
            variant.levels.iter().filter(|(_, level)| fits(variant, level)).map(|(location, _)| *location).collect();
        let location = self.random.choice(&places)?;
        Some((product.number, position, *location))
    }
}

/// Traffic that goes on by itself until it is stopped.
pub struct RunningTraffic {
    stop: watch::Sender<bool>,
    task: JoinHandle<u64>,
}

impl RunningTraffic {
    /// One movement after each pause, told to `tell`, which ends the traffic by breaking.
    pub fn start(
        mut traffic: Traffic,
        shops: Vec<SharedShop>,
        clock: Arc<dyn Clock>,
        pause: Duration,
        mut tell: impl FnMut(&Movement) -> ControlFlow<()> + Send + 'static,
    ) -> Self {
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            let mut count = 0;
            loop {
                tokio::select! {
                    _ = stopped.wait_for(|stopped| *stopped) => return count,
                    () = clock.sleep(pause) => {}
                }
                let Some(place) = traffic.choose_shop(shops.len()) else { return count };
                let Some(shop) = shops.get(place) else { continue };
                let Some(movement) = shop.alter(|shop| traffic.step_in(shop, place, clock.now())) else { continue };
                count += 1;
                if tell(&movement).is_break() {
                    return count;
                }
            }
        });
        Self { stop, task }
    }

    /// Stops, waits for the end, and says how many movements there were.
    pub async fn stop(self) -> u64 {
        self.stop.send_replace(true);
        // The only error is a panic of the task, which has been reported where it happened.
        self.task.await.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Currency;
    use crate::sandbox::ShopProduct;
    use std::collections::BTreeMap;

    fn shop(name: &str) -> Shop {
        let mut shop = Shop::new(name, Currency::new("EUR").unwrap(), &["Front", "Back"]);
        for number in 0..20i64 {
            let mut variant = ShopVariant::plain();
            variant.tracked = number % 5 != 0;
            variant.levels = BTreeMap::from([(1, Quantity::units(number)), (2, Quantity::from_raw(150_000))]);
            shop.insert(ShopProduct::simple(&format!("Thing {number}"), variant), Timestamp(0));
        }
        shop
    }

    fn total(shop: &Shop) -> Quantity {
        let levels = shop.products.values().flat_map(|product| product.variants.iter().flat_map(|v| v.levels.values()));
        Quantity::sum(levels.copied())
    }

    fn run(seed: u64, steps: i64) -> (Vec<Movement>, [Shop; 2]) {
        let mut shops = [shop("Till"), shop("Web")];
        let mut traffic = Traffic::new(seed);
        let [till, web] = &mut shops;
        let moved = (0..steps).filter_map(|at| traffic.step(&mut [till, web], Timestamp(at))).collect();
        (moved, shops)
    }

    #[test]
    fn the_same_seed_is_the_same_life() {
        assert_eq!(run(3, 300), run(3, 300));
        assert_ne!(run(3, 300).0, run(4, 300).0);
    }

    #[test]
    fn what_moved_is_what_is_missing() {
        let (moved, shops) = run(1, 2_000);
        assert!(moved.len() > 1_000, "{}", moved.len());
        for (place, shop_now) in shops.iter().enumerate() {
            let by = Quantity::sum(moved.iter().filter(|movement| movement.shop == place).map(|movement| movement.by));
            assert!(by != Quantity::ZERO);
            assert_eq!(total(shop_now), total(&shop("as it was")) + by);
            let variants = shop_now.products.values().flat_map(|product| &product.variants);
            assert!(variants.flat_map(|v| v.levels.values()).all(|level| !level.is_negative()));
        }
        let kinds = |kind| moved.iter().filter(|movement| movement.kind == kind).count();
        assert!(kinds(MovementKind::Sale) > 8 * kinds(MovementKind::Return));
        assert!(kinds(MovementKind::Delivery) > 0);
        let untracked = |movement: &Movement| !shops[movement.shop].products[&movement.product].variants[0].tracked;
        assert!(!moved.iter().any(untracked));
    }

    #[test]
    fn an_empty_shop_is_quiet() {
        let mut empty = Shop::new("Empty", Currency::new("EUR").unwrap(), &["Here"]);
        assert_eq!(Traffic::new(1).step(&mut [&mut empty], Timestamp(0)), None);
        assert_eq!(Traffic::new(1).step(&mut [], Timestamp(0)), None);
    }
}
