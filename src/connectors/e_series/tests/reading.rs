//! The test of a connection, a set that moves under the reader, and what was deleted.

use std::collections::BTreeSet;

use crate::domain::{Cursor, Feed};
use crate::platform::{Change, Connector, Next, PlatformError};
use crate::sandbox::ShopProduct;

use super::{Bench, Sandbox, mug, seen};

fn mugs(count: usize) -> Vec<ShopProduct> {
    let one = |n| {
        let mut mug = mug(1);
        mug.title = format!("Mug {n:03}");
        mug.variants[0].sku = format!("M{n}");
        mug
    };
    (0..count).map(one).collect()
}

#[tokio::test]
async fn the_free_plan_is_told_as_such() {
    let bench = Bench::with(Sandbox::default().free(), Vec::new()).await;
    let error = bench.shop.test().await.unwrap_err();
    assert!(matches!(&error, PlatformError::Refused { why, .. } if why.contains("free plan")), "{error:?}");
}

#[tokio::test]
async fn a_permission_that_lacks_is_named() {
    let bench = Bench::with(Sandbox::default().lacking("/orders"), mugs(1)).await;
    let found = bench.shop.test().await.unwrap();
    assert_eq!(found.missing_permissions, ["read_orders"]);
    let bench = Bench::with(Sandbox::default().lacking("/profile"), mugs(1)).await;
    let error = bench.shop.test().await.unwrap_err();
    assert!(error.to_string().contains("read_store_profile"), "{error}");
}

#[tokio::test]
async fn a_till_that_keeps_the_shop_already_is_warned_of() {
    let warned = async |sandbox| {
        let bench = Bench::with(sandbox, mugs(2)).await;
        let found = bench.shop.test().await.unwrap();
        found.warnings.iter().any(|warning| warning.contains("two programs would write the same stock"))
    };
    assert!(!warned(Sandbox::default()).await);
    assert!(warned(Sandbox::default().fed_by_a_till()).await);
}

#[tokio::test]
async fn nothing_is_missed_while_everything_moves_to_the_end() {
    let bench = Bench::open(Vec::new()).await;
    for mug in mugs(450) {
        bench.clock.advance(std::time::Duration::from_secs(1));
        bench.alter(|shop, now| shop.insert(mug, now));
    }
    let mut cursor = Cursor::Start;
    let mut titles = BTreeSet::new();
    let mut step = 0;
    loop {
        let page = bench.shop.changes(Feed::Listings, &cursor).await.unwrap();
        titles.extend(seen(&page.changes).into_iter().map(|listing| listing.title.to_string()));
        // Those that were read already are edited: they leave their places, and all others move up.
        bench.clock.advance(std::time::Duration::from_secs(5));
        bench.alter(|shop, now| {
            let numbers: Vec<u64> = shop.products.keys().copied().skip(step * 60).take(60).collect();
            numbers.iter().for_each(|number| assert!(shop.touch(*number, now)));
        });
        step += 1;
        match page.next {
            Next::More(next) => cursor = next,
            Next::Done(_) => break,
        }
    }
    assert_eq!(titles.len(), 450);
}

#[tokio::test]
async fn more_than_a_page_of_one_second_is_read_by_position() {
    let bench = Bench::open(mugs(250)).await;
    assert_eq!(bench.listings().await.len(), 250);
    let calls = bench.calls(0);
    assert!(calls.len() <= 4, "a profile and three pages: {calls:?}");
}

#[tokio::test]
async fn what_was_deleted_is_told_once_the_rest_was() {
    let bench = Bench::open(mugs(3)).await;
    bench.later();
    let (_, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    let gone = bench.listings().await.remove(0);
    bench.later();
    bench.alter(|shop, now| {
        let number = gone.remote.as_str().parse().unwrap();
        assert!(shop.delete(number, now));
    });
    bench.later();
    let (changes, end) = bench.read(Feed::Listings, &end).await;
    assert_eq!(changes, [Change::Gone(gone.remote)]);
    bench.later();
    assert_eq!(bench.read(Feed::Listings, &end).await.0, []);
}

#[tokio::test]
async fn whoever_goes_on_is_kept_out_longer_and_we_do_not() {
    let bench = Bench::open(mugs(1)).await;
    let listing = bench.only().await;
    for _ in 0..700 {
        bench.shop.levels(&[bench.address(&listing, 0)]).await.unwrap();
    }
    let throttled = bench.server.requests().iter().filter(|seen| seen.status == Some(429)).count();
    assert_eq!(throttled, 0);
}
