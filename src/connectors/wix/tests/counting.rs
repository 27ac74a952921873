//! Counts of V3: by the item's own identifier, one by one in a batch, and never by way of a guess.

use serde_json::json;

use crate::domain::{Location, Quantity};
use crate::platform::{Connector, LevelRead, PlatformError, QuantityOutcome, WriteError};

use super::{Bench, adjust, key, mug, shirt};

fn applied(now: i64) -> QuantityOutcome {
    QuantityOutcome::Applied { now: Some(Quantity::units(now)) }
}

#[tokio::test]
async fn up_and_down_are_two_calls_with_every_flag_said() {
    let bench = Bench::open((1..5).map(mug).collect()).await;
    let mut writes = Vec::new();
    for (number, by) in [(1, 3), (2, -4), (3, -12), (4, 1)] {
        let listing = bench.listing(&format!("Mug {number}")).await;
        writes.push(adjust(bench.at(&listing, 0), by, 10));
    }
    let addresses: Vec<_> = writes.iter().map(|write| write.address.clone()).collect();
    bench.wix.levels(&addresses).await.unwrap();
    let before = bench.http.calls();
    let outcomes = bench.wix.write_quantities(&writes, &key()).await.unwrap();
    assert_eq!(outcomes, [applied(13), applied(6), applied(-2), applied(11)], "a delta is never cut off");
    assert_eq!(bench.http.calls() - before, 2);
    let down = bench.sent("POST /stores/v3/bulk/inventory-items/decrement");
    assert_eq!(down[0]["restrictInventory"], json!(false), "always said: its defaults contradict each other");
    assert!(
        bench.sent("POST /stores/v3/bulk/inventory-items/increment")[0]["incrementData"][0]["inventoryItemId"]
            .is_string()
    );
}

#[tokio::test]
async fn one_that_is_gone_or_not_counted_stops_no_other() {
    let bench = Bench::open((1..4).map(mug).collect()).await;
    let mut writes = Vec::new();
    for number in 1..4 {
        let listing = bench.listing(&format!("Mug {number}")).await;
        writes.push(adjust(bench.at(&listing, 0), 2, 10));
    }
    let addresses: Vec<_> = writes.iter().map(|write| write.address.clone()).collect();
    bench.wix.levels(&addresses).await.unwrap();
    let (gone, uncounted) = (bench.in_shop("Mug 1").number, bench.in_shop("Mug 2").number);
    bench.alter(|shop, now| {
        shop.delete(gone, now);
        let variant = &mut shop.products.get_mut(&uncounted).unwrap().variants[0];
        variant.tracked = false;
        variant.levels.clear();
    });
    let outcomes = bench.wix.write_quantities(&writes, &key()).await.unwrap();
    assert!(matches!(&outcomes[0], QuantityOutcome::Rejected(PlatformError::NotFound { .. })), "{outcomes:?}");
    let QuantityOutcome::Rejected(why) = &outcomes[1] else { panic!("{outcomes:?}") };
    assert!(why.to_string().contains("does not count it"), "{why}");
    assert_eq!(outcomes[2], applied(12));
    assert!(!bench.in_shop("Mug 2").variants[0].tracked, "nobody switched counting on");
    let levels = bench.wix.levels(&addresses).await.unwrap();
    assert_eq!(levels, [LevelRead::Gone, LevelRead::Untracked, LevelRead::Counted(Quantity::units(12))]);
}

#[tokio::test]
async fn what_was_never_counted_is_made_and_only_once() {
    let mut fresh = mug(1);
    fresh.variants[0].levels.clear();
    let bench = Bench::open(vec![fresh]).await;
    let listing = bench.listing("Mug 1").await;
    let address = bench.at(&listing, 0);
    assert_eq!(bench.wix.levels(std::slice::from_ref(&address)).await.unwrap(), [LevelRead::Untracked]);
    let write = adjust(address, 7, 0);
    assert_eq!(bench.wix.write_quantities(std::slice::from_ref(&write), &key()).await.unwrap(), [applied(7)]);
    // The same at another place, and at one that somebody else counted meanwhile.
    let mut elsewhere = write.clone();
    elsewhere.address.location = bench.places[1].id.clone();
    assert_eq!(bench.wix.write_quantities(&[elsewhere], &key()).await.unwrap(), [applied(7)]);
    assert_eq!(bench.in_shop("Mug 1").variants[0].levels.len(), 2);
}

#[tokio::test]
async fn a_fresh_article_that_is_only_in_stock_begins_to_be_counted() {
    let mut uncounted = mug(1);
    uncounted.variants[0].tracked = false;
    uncounted.variants[0].levels.clear();
    let bench = Bench::open(vec![uncounted]).await;
    let listing = bench.listing("Mug 1").await;
    let write = adjust(bench.at(&listing, 0), 7, 0);
    assert_eq!(bench.wix.levels(std::slice::from_ref(&write.address)).await.unwrap(), [LevelRead::Untracked]);
    // Somebody is quicker: the revision of that reading is an old one.
    let number = bench.in_shop("Mug 1").number;
    bench.alter(|shop, now| assert!(shop.set_level(number, 0, 1, Quantity::units(2), now)));
    assert_eq!(
        bench.wix.write_quantities(std::slice::from_ref(&write), &key()).await.unwrap(),
        [QuantityOutcome::Stale]
    );
    assert_eq!(bench.level("Mug 1", 0), Some(2));
    bench.alter(|shop, _| {
        let variant = &mut shop.products.get_mut(&number).unwrap().variants[0];
        variant.tracked = false;
        variant.levels.clear();
    });
    bench.wix.levels(std::slice::from_ref(&write.address)).await.unwrap();
    assert_eq!(bench.wix.write_quantities(&[write], &key()).await.unwrap(), [applied(7)]);
}

#[tokio::test]
async fn more_than_wix_can_count_is_refused_without_a_call() {
    let bench = Bench::open(vec![mug(1)]).await;
    let listing = bench.listing("Mug 1").await;
    let before = bench.http.calls();
    let outcomes = bench.wix.write_quantities(&[adjust(bench.at(&listing, 0), 100_000, 10)], &key()).await.unwrap();
    assert!(matches!(&outcomes[..], [QuantityOutcome::Rejected(PlatformError::Refused { .. })]), "{outcomes:?}");
    assert_eq!(bench.http.calls(), before);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_not_repeated() {
    let bench = Bench::open(vec![mug(1)]).await;
    let listing = bench.listing("Mug 1").await;
    let address = bench.at(&listing, 0);
    bench.wix.levels(std::slice::from_ref(&address)).await.unwrap();
    bench.server.set_faults(crate::sandbox::Faults::parse(["cut-after:path=/increment"], 1).unwrap());
    let outcome = bench.wix.write_quantities(&[adjust(address, 3, 10)], &key()).await;
    assert!(matches!(outcome, Err(WriteError::Unknown(_))), "{outcome:?}");
    assert_eq!(bench.level("Mug 1", 0), Some(13), "once");
}

#[tokio::test]
async fn a_copy_for_another_place_is_counted_there() {
    let source = Bench::open(vec![shirt()]).await.listing("Shirt").await;
    let bench = Bench::open(vec![mug(1)]).await;
    let there: Location = bench.places[1].clone();
    let made = bench.wix.create(&super::creation(&source, false), &source, &there).await.unwrap();
    assert!(made.stock_set, "{:?}", made.notes);
    let levels: Vec<Vec<u64>> =
        bench.in_shop("Shirt").variants.iter().map(|variant| variant.levels.keys().copied().collect()).collect();
    assert_eq!(levels, [vec![2], vec![2]]);
    let found = bench.wix.find_created(&super::creation(&source, false), &source).await.unwrap().unwrap();
    assert!(found.stock_set);
    let unknown = crate::domain::Creation { quantities: vec![None, None], ..super::creation(&source, false) };
    let bench = Bench::open(vec![mug(2)]).await;
    bench.wix.create(&unknown, &source, &bench.places[0]).await.unwrap();
    assert!(bench.in_shop("Shirt").variants.iter().all(|variant| !variant.tracked), "unknown is not zero");
}
