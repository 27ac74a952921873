//! Where a count can only be set, a sale between the reading and the writing is wiped out. How often, and whether that is
//! what the formula says: lost = λ · W for each write, W from the reading to the arrival of the write there.

use counterpart::domain::StockWrite;

use super::checker::Stats;
use super::faults::Weather;
use super::history::{Manner, live_as};
use super::person::Act;
use super::profiles::Abilities;
use super::shop::{Shop, Spot};
use super::world::{Event, World};

/// Sales of the item in an hour, on each side.
const SALES: i64 = 240;
const HOUR: i64 = 3_600_000;

fn shops(world: &mut World, orders: bool) {
    let till = Abilities {
        write: StockWrite::DeltaWithKey,
        orders: true,
        stock_feed: false,
        tells_deletions: true,
        creates_with_stock: false,
        batches: false,
    };
    let web = Abilities { write: StockWrite::Absolute, orders, ..till };
    for (place, abilities) in [till, web].into_iter().enumerate() {
        let mut shop = Shop::new(place, abilities, 1, 1, 0);
        shop.put(0, "Apples", 100, vec![(String::new(), "APPLE".to_owned(), true, vec![100_000])]);
        world.shops.push(shop);
    }
    world.plan(0, Event::Person(Act::Import { full: true }));
    world.plan(8_000, Event::Person(Act::Link));
    for shop in 0..2 {
        for _ in 0..SALES {
            // Independent of each other and even over the hour: as a Poisson process is.
            let at = world.between(20_000, HOUR);
            world.plan(at, Event::Buys(Spot { shop, item: 0, var: 0 }, 1));
        }
    }
}

fn hours(count: u64, orders: bool) -> Stats {
    let mut stats = Stats::default();
    for seed in 1..=count {
        let chance = fastrand::Rng::with_seed(seed);
        let outcome = live_as(Manner::default(), chance, Weather::CALM, |world| shops(world, orders));
        assert_eq!(outcome.failure, None, "seed {seed}");
        stats.add(&outcome.stats);
    }
    stats
}

#[test]
fn what_is_lost_is_what_the_formula_says() {
    let stats = hours(12, false);
    let expected = stats.exposed as f64 * SALES as f64 / HOUR as f64;
    println!("wiped out {}, expected {expected:.1}, left {}", stats.wiped, stats.drift);
    println!("estimated by the engine {:.1}", stats.estimated as f64 / 1e6);
    assert!(expected > 20.0, "too few writes to say anything: {stats:?}");
    // Four standard deviations of a Poisson count.
    assert!((stats.wiped as f64 - expected).abs() < 4.0 * expected.sqrt(), "{} and not {expected}", stats.wiped);
    assert_eq!(stats.drift, stats.wiped, "without orders nobody can put it right");
}

/// A shop that sells every quarter of a minute, where others sell a few a day: what its orders tell is enough to find
/// every unit that a write has wiped out.
#[test]
fn with_orders_it_is_put_right() {
    let stats = hours(12, true);
    println!("wiped out {}, put right {}, left {}", stats.wiped, stats.repaired, stats.drift);
    assert!(stats.wiped > 20);
    assert_eq!(stats.drift, 0, "{stats:?}");
}
