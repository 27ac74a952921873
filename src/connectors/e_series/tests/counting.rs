//! Differences of stock, and what is not counted.

use crate::domain::Quantity;
use crate::platform::{
    Connector, LevelRead, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, StockAddress, WriteError,
};

use super::{Bench, key, mug, shirt, variant};

fn by(address: StockAddress, by: i64) -> [QuantityWrite; 1] {
    let change = QuantityChange::Adjust { by: Quantity::units(by), expected: Quantity::ZERO };
    [QuantityWrite { address, change }]
}

#[tokio::test]
async fn a_difference_leaves_a_sale_in_between_alone() {
    let bench = Bench::open(vec![mug(7)]).await;
    let listing = bench.only().await;
    let sold = bench.in_shop("Mug").variants[0].number;
    bench.alter(|shop, now| shop.sell(sold, 1, Quantity::units(2), now));
    let skip = bench.count();
    let outcomes = bench.shop.write_quantities(&by(bench.address(&listing, 0), -3), &key(1)).await.unwrap();
    assert_eq!(outcomes, [QuantityOutcome::Applied { now: None }]);
    assert_eq!(bench.in_shop("Mug").variants[0].levels[&1], Quantity::units(2));
    assert_eq!(bench.calls(skip), [format!("PUT /products/{}/inventory", listing.remote)], "one call, and no batch");
}

#[tokio::test]
async fn a_combination_has_a_count_of_its_own() {
    let bench = Bench::open(vec![shirt(3)]).await;
    let listing = bench.only().await;
    let skip = bench.count();
    bench.shop.write_quantities(&by(bench.address(&listing, 1), 4), &key(1)).await.unwrap();
    let levels: Vec<Quantity> = bench.in_shop("Shirt").variants.iter().map(|one| one.levels[&1]).collect();
    assert_eq!(levels, [0, 5, 2].map(Quantity::units));
    let path = format!("PUT /products/{}/combinations/{}/inventory", listing.remote, listing.variants[1].remote);
    assert_eq!(bench.calls(skip), [path]);
}

#[tokio::test]
async fn below_zero_is_applied_though_it_warns() {
    let bench = Bench::open(vec![mug(1)]).await;
    let listing = bench.only().await;
    let outcomes = bench.shop.write_quantities(&by(bench.address(&listing, 0), -3), &key(1)).await.unwrap();
    assert_eq!(outcomes, [QuantityOutcome::Applied { now: None }]);
    let level = bench.shop.levels(&[bench.address(&listing, 0)]).await.unwrap();
    assert_eq!(level, [LevelRead::Counted(Quantity::units(-2))]);
}

#[tokio::test]
async fn an_answer_of_200_that_changed_nothing_is_no_success() {
    let mut unlimited = mug(1);
    unlimited.variants[0] = variant("MUG", &[], None);
    let bench = Bench::open(vec![unlimited]).await;
    let listing = bench.only().await;
    let address = bench.address(&listing, 0);
    assert_eq!(bench.shop.levels(std::slice::from_ref(&address)).await.unwrap(), [LevelRead::Untracked]);
    let outcomes = bench.shop.write_quantities(&by(address, 3), &key(1)).await.unwrap();
    let [QuantityOutcome::Rejected(PlatformError::Refused { why, .. })] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert!(why.contains("unlimited"), "{why}");
    assert!(!bench.in_shop("Mug").variants[0].tracked);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_not_sent_again() {
    let bench = Bench::open(vec![mug(5)]).await;
    let listing = bench.only().await;
    bench.faults("cut-after:method=PUT");
    let outcome = bench.shop.write_quantities(&by(bench.address(&listing, 0), 2), &key(1)).await;
    assert!(matches!(outcome, Err(WriteError::Unknown(_))), "{outcome:?}");
    assert_eq!(bench.in_shop("Mug").variants[0].levels[&1], Quantity::units(7), "once");
}

#[tokio::test]
async fn a_product_that_became_one_with_variants_is_gone_as_a_single_one() {
    let bench = Bench::open(vec![mug(5)]).await;
    let listing = bench.only().await;
    bench.alter(|shop, now| {
        let mut product = shop.products.values().next().unwrap().clone();
        product.options = vec!["Size".into()];
        product.variants = vec![variant("MUG-S", &["S"], Some(1)), variant("MUG-L", &["L"], Some(2))];
        shop.insert(product, now)
    });
    assert_eq!(bench.shop.levels(&[bench.address(&listing, 0)]).await.unwrap(), [LevelRead::Gone]);
    let now = bench.only().await;
    let all: Vec<StockAddress> = (0..2).map(|place| bench.address(&now, place)).collect();
    let wanted = [1, 2].map(|count| LevelRead::Counted(Quantity::units(count)));
    assert_eq!(bench.shop.levels(&all).await.unwrap(), wanted);
}

#[tokio::test]
async fn hundred_levels_are_one_call() {
    let products =
        (0..100).map(|n| crate::sandbox::ShopProduct { title: format!("Mug {n}"), ..mug(n) }).map(|mut p| {
            p.variants[0].sku = p.title.clone();
            p
        });
    let bench = Bench::open(products.collect()).await;
    let listings = bench.listings().await;
    let all: Vec<StockAddress> = listings.iter().map(|listing| bench.address(listing, 0)).collect();
    let skip = bench.count();
    let levels = bench.shop.levels(&all).await.unwrap();
    assert!(levels.iter().all(|level| matches!(level, LevelRead::Counted(_))));
    assert_eq!(bench.calls(skip), ["GET /products"]);
}
