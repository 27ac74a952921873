//! Counts: adjustments that show later, batches with culprits, the three ways of being counted.

use serde_json::json;

use super::*;
use crate::platform::{LevelRead, QuantityChange, QuantityOutcome, QuantityWrite, WriteError};

fn adjust(address: StockAddress, by: i64, expected: i64) -> QuantityWrite {
    let change = QuantityChange::Adjust { by: Quantity::units(by), expected: Quantity::units(expected) };
    QuantityWrite { address, change }
}

fn applied(now: i64) -> QuantityOutcome {
    QuantityOutcome::Applied { now: Some(Quantity::units(now)) }
}

fn refused_because(outcome: &QuantityOutcome, why: &str) -> bool {
    matches!(outcome, QuantityOutcome::Rejected(cause) if cause.to_string().contains(why))
}

/// It is accepted at once and shows after twenty seconds: until then nothing is claimed.
#[tokio::test]
async fn an_adjustment_is_done_when_it_shows() {
    let bench = Bench::with(Sandbox::new().lagging(20_000), vec![mug(1)]).await;
    let listing = bench.listing("Mug 1").await;
    let began = bench.clock.now();
    let outcomes = bench.shop.write_quantities(&[adjust(at(&listing, 0), -3, 10)], &key()).await.unwrap();
    assert_eq!(outcomes, [applied(7)]);
    assert!(bench.clock.now().seconds_since(began) >= 20, "it waited until it showed");
    assert_eq!(bench.shop.levels(&[at(&listing, 0)]).await.unwrap(), [LevelRead::Counted(Quantity::units(7))]);
    let adjustments = bench.paths().iter().filter(|path| path.contains("adjustments")).count();
    assert_eq!(adjustments, 1, "waiting sends nothing again: {:?}", bench.paths());
}

/// Not even a minute was enough: it may still come, so it is neither done nor undone.
#[tokio::test]
async fn an_adjustment_that_never_shows_is_unknown() {
    let bench = Bench::with(Sandbox::new().lagging(600_000), vec![mug(1)]).await;
    let listing = bench.listing("Mug 1").await;
    let outcome = bench.shop.write_quantities(&[adjust(at(&listing, 0), -3, 10)], &key()).await;
    assert!(matches!(outcome, Err(WriteError::Unknown(PlatformError::Unexpected { .. }))), "{outcome:?}");
    assert_eq!(bench.level("Mug 1", 0), Some(7), "once");
}

/// Somebody buys between the reading and the writing: neither number is lost.
#[tokio::test]
async fn a_sale_in_between_is_not_overwritten() {
    let bench = Bench::open(vec![mug(1)]).await;
    let listing = bench.listing("Mug 1").await;
    let variant = bench.in_store("Mug 1").variants[0].number;
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| shop.sell(variant, 1, Quantity::units(4), now));
    let outcomes = bench.shop.write_quantities(&[adjust(at(&listing, 0), 5, 10)], &key()).await.unwrap();
    assert_eq!((outcomes, bench.level("Mug 1", 0)), (vec![applied(11)], Some(11)));
}

/// One call is refused as a whole and names its culprits: they are reported, the rest is done.
#[tokio::test]
async fn a_batch_with_bad_items_reports_them_and_does_the_rest() {
    let bench = Bench::open(vec![mug(1), mug(2), mug(3), shirt(1)]).await;
    let listings = bench.listings().await;
    let (one, two, three, shirt) = (&listings["Mug 1"], &listings["Mug 2"], &listings["Mug 3"], &listings["Shirt 1"]);
    let now = bench.clock.now();
    let gone = bench.in_store("Mug 2").number;
    bench.server.shop().alter(|shop| shop.delete(gone, now));
    let half = QuantityChange::Adjust { by: "0.5".parse().unwrap(), expected: Quantity::units(5) };
    let writes = [
        adjust(at(one, 0), 2, 10),
        adjust(at(two, 0), 2, 10),
        adjust(at(three, 0), -11, 10),
        QuantityWrite { address: at(shirt, 0), change: half },
        adjust(at(shirt, 1), -5, 5),
    ];
    let outcomes = bench.shop.write_quantities(&writes, &key()).await.unwrap();
    assert_eq!([&outcomes[0], &outcomes[4]], [&applied(12), &applied(0)]);
    assert!(refused_because(&outcomes[1], "not found"), "{:?}", outcomes[1]);
    assert!(refused_because(&outcomes[2], "not enough stock"), "{:?}", outcomes[2]);
    assert!(refused_because(&outcomes[3], "whole pieces"), "{:?}", outcomes[3]);
    assert_eq!((bench.level("Mug 1", 0), bench.level("Mug 3", 0)), (Some(12), Some(10)));
    assert_eq!((bench.level("Shirt 1", 0), bench.level("Shirt 1", 1)), (Some(5), Some(0)));
}

/// "Requires absolute adjustment before relative": a first count is set, with the others in the same batch added to.
#[tokio::test]
async fn what_was_never_counted_is_set() {
    let mut fresh = mug(2);
    fresh.variants[0].levels.clear();
    let bench = Bench::open(vec![mug(1), fresh]).await;
    let listings = bench.listings().await;
    let writes = [adjust(at(&listings["Mug 1"], 0), 1, 10), adjust(at(&listings["Mug 2"], 0), 6, 0)];
    let outcomes = bench.shop.write_quantities(&writes, &key()).await.unwrap();
    assert_eq!(outcomes, [applied(11), applied(6)]);
    assert_eq!((bench.level("Mug 1", 0), bench.level("Mug 2", 0)), (Some(11), Some(6)), "each once");
    let paths = bench.paths();
    assert!(paths.iter().any(|path| path.starts_with("PUT") && path.ends_with("/absolute")), "{paths:?}");
}

/// A product without options that is counted by variants, or the other way round, is written all the same.
#[tokio::test]
async fn the_store_says_by_which_number_it_counts() {
    let bench = Bench::open(vec![mug(1)]).await;
    let listing = bench.listing("Mug 1").await;
    // As if nobody knew that it has no options.
    let address = StockAddress { inventory: None, ..at(&listing, 0) };
    let outcomes = bench.shop.write_quantities(&[adjust(address, 2, 10)], &key()).await.unwrap();
    assert!(refused_because(&outcomes[0], "tracked by product"), "{outcomes:?}");
    assert_eq!(bench.level("Mug 1", 0), Some(10));
    let by_product = adjust(at(&listing, 0), 2, 10);
    assert_eq!(bench.shop.write_quantities(&[by_product], &key()).await.unwrap(), [applied(12)]);
}

/// Counted as a whole, several variants share one count: none of them has it, and none is written.
#[tokio::test]
async fn a_shared_count_is_unknown_and_never_written() {
    let mut shared = shirt(1);
    shared.extra.insert("inventory_tracking".to_owned(), json!("product"));
    let mut loose = mug(1);
    loose.variants[0].tracked = false;
    let bench = Bench::open(vec![shared, loose]).await;
    let listings = bench.listings().await;
    let (shirt, mug) = (&listings["Shirt 1"], &listings["Mug 1"]);
    assert_eq!(shirt.variants[0].stock, crate::domain::Stock::Unknown);
    let levels = bench.shop.levels(&[at(shirt, 0), at(shirt, 1), at(mug, 0)]).await.unwrap();
    assert_eq!(levels, [LevelRead::Untracked; 3], "the inventory lists them with zeros");
    let outcomes = bench.shop.write_quantities(&[adjust(at(shirt, 0), 2, 5)], &key()).await.unwrap();
    assert!(refused_because(&outcomes[0], "tracked by product"), "{outcomes:?}");
    assert_eq!(bench.level("Shirt 1", 0), Some(5));
}

/// No product is touched by a change of stock here, and the inventory has no "changed since": what moved is found out.
#[tokio::test]
async fn the_stock_feed_tells_what_moved_and_only_once_it_was_taken() {
    let bench = Bench::open((1..=5).map(mug).collect()).await;
    let (_, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    let (nothing, first) = bench.read(Feed::Stock, &end).await;
    assert_eq!(nothing, [], "listings brought all of it");
    let product = bench.in_store("Mug 3");
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| shop.set_level(product.number, 0, 2, Quantity::units(42), now));
    let told = |changes: &[Change]| match changes {
        [Change::Stock(change)] => Some((change.location.0.to_string(), change.quantity)),
        _ => None,
    };
    let expected = Some(("2".to_owned(), Some(Quantity::units(42))));
    let (once, _) = bench.read(Feed::Stock, &first).await;
    assert_eq!(told(&once), expected, "{once:?}");
    // What was told got lost on the way: somebody asks from the same place again.
    let (again, next) = bench.read(Feed::Stock, &first).await;
    assert_eq!(told(&again), expected, "{again:?}");
    let (nothing, _) = bench.read(Feed::Stock, &next).await;
    assert_eq!(nothing, [], "it has arrived");
}
