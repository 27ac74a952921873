//! Counts: read and written, with what WooCommerce keeps to itself.

use super::*;
use crate::platform::{LevelRead, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, WriteError};

fn set(address: StockAddress, to: i64) -> QuantityWrite {
    QuantityWrite { address, change: QuantityChange::Set { to: Quantity::units(to), expected: Quantity::units(5) } }
}

fn applied(to: i64) -> QuantityOutcome {
    QuantityOutcome::Applied { now: Some(Quantity::units(to)) }
}

fn refused_because(outcome: &QuantityOutcome, why: &str) -> bool {
    matches!(outcome, QuantityOutcome::Rejected(cause) if cause.to_string().contains(why))
}

impl Bench {
    fn variants(&self, title: &str) -> (u64, Vec<u64>) {
        let id = self.number(title);
        let numbers = |shop: &Shop| shop.products[&id].variants.iter().map(|variant| variant.number).collect();
        (id, self.server.shop().look(numbers))
    }

    fn level(&self, title: &str, position: usize) -> Option<Quantity> {
        let id = self.number(title);
        self.server.shop().look(|shop| shop.products[&id].variants[position].levels.get(&1).copied())
    }
}

/// One call for all simple products, one for each parent; each outcome in its place.
#[tokio::test]
async fn a_batch_with_one_bad_item() {
    let mut loose = mug(3);
    loose.variants[0] = article("LOOSE", &[], None);
    let bench = Bench::open(vec![mug(1), mug(2), loose, shirt(4), shirt(5)]).await;
    let (mug_1, mug_2, loose) = (bench.number("Mug 001"), bench.number("Mug 002"), bench.number("Mug 003"));
    let ((shirt, sizes), (other, others)) = (bench.variants("Shirt 004"), bench.variants("Shirt 005"));
    let writes = [
        set(address(mug_1, mug_1), 7),
        set(address(shirt, sizes[1]), 8),
        set(address(9999, 9999), 9),
        set(address(loose, loose), 10),
        set(address(mug_2, mug_2), 0),
        set(address(other, others[0]), 11),
        set(address(shirt, sizes[2]), -2),
    ];
    let before = bench.http.calls();
    let outcomes = bench.shop.write_quantities(&writes, &key()).await.unwrap();
    assert_eq!(bench.calls_since(before), 3);
    assert_eq!([&outcomes[0], &outcomes[1]], [&applied(7), &applied(8)]);
    assert!(refused_because(&outcomes[2], "Invalid ID"), "{:?}", outcomes[2]);
    assert!(refused_because(&outcomes[3], "stock management is off for this item"), "{:?}", outcomes[3]);
    assert_eq!([&outcomes[4], &outcomes[5], &outcomes[6]], [&applied(0), &applied(11), &applied(-2)]);
    assert_eq!(bench.level("Mug 001", 0), Some(Quantity::units(7)));
    assert_eq!(bench.level("Mug 003", 0), None);
    assert_eq!(bench.level("Shirt 004", 2), Some(Quantity::units(-2)));

    let addresses: Vec<StockAddress> = writes.iter().map(|write| write.address.clone()).collect();
    let before = bench.http.calls();
    let levels = bench.shop.levels(&addresses).await.unwrap();
    let counted = |units| LevelRead::Counted(Quantity::units(units));
    assert_eq!(
        levels,
        [counted(7), counted(8), LevelRead::Gone, LevelRead::Untracked, counted(0), counted(11), counted(-2)]
    );
    // Products, what the shop can do, variations.
    assert_eq!(bench.calls_since(before), 3);
}

#[tokio::test]
async fn a_hundred_quantities_are_one_call() {
    let bench = Bench::open((0..100).map(mug).collect()).await;
    let writes: Vec<QuantityWrite> = (0..100)
        .map(|number| {
            let id = bench.number(&format!("Mug {number:03}"));
            set(address(id, id), number as i64)
        })
        .collect();
    let outcomes = bench.shop.write_quantities(&writes, &key()).await.unwrap();
    assert_eq!(bench.http.calls(), 1);
    assert!(outcomes.iter().enumerate().all(|(number, outcome)| *outcome == applied(number as i64)));
}

#[tokio::test]
async fn what_woocommerce_would_not_keep_is_refused() {
    let mut shared = shirt(1);
    shared.extra.insert("stock_quantity".to_owned(), 12.into());
    shared.variants[0].extra.insert("manage_stock".to_owned(), "parent".into());
    let bench = Bench::open(vec![mug(1), shared]).await;
    let (mug, (shirt, sizes)) = (bench.number("Mug 001"), bench.variants("Shirt 001"));
    let half = QuantityChange::Set { to: "2.5".parse().unwrap(), expected: Quantity::ZERO };
    let writes = [
        QuantityWrite { address: address(mug, mug), change: half },
        set(address(shirt, sizes[0]), 3),
        set(StockAddress { variant: RemoteId::new("gid://x/1").unwrap(), ..address(mug, mug) }, 3),
    ];
    let outcomes = bench.shop.write_quantities(&writes, &key()).await.unwrap();
    assert!(refused_because(&outcomes[0], "whole pieces"), "{:?}", outcomes[0]);
    assert!(refused_because(&outcomes[1], "kept at its parent"), "{:?}", outcomes[1]);
    assert!(refused_because(&outcomes[2], "none of WooCommerce's"), "{:?}", outcomes[2]);
    assert_eq!(bench.level("Mug 001", 0), Some(Quantity::units(5)));

    let off = Bench::with(Sandbox::new().without_stock_management(), vec![super::mug(1)]).await;
    let mug = off.number("Mug 001");
    let outcomes = off.shop.write_quantities(&[set(address(mug, mug), 9)], &key()).await.unwrap();
    assert!(refused_because(&outcomes[0], "stock management is off"), "{outcomes:?}");
    assert_eq!(off.level("Mug 001", 0), Some(Quantity::units(5)));
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_a_refusal_is_not() {
    let bench = Bench::open(vec![mug(1), shirt(2)]).await;
    let (mug, (shirt, sizes)) = (bench.number("Mug 001"), bench.variants("Shirt 002"));
    let writes = [set(address(mug, mug), 7), set(address(shirt, sizes[0]), 8)];
    bench.faults(&["cut-after:path=/products/batch"]);
    let lost = bench.shop.write_quantities(&writes, &key()).await;
    assert!(matches!(lost, Err(WriteError::Unknown(_))), "{lost:?}");
    assert_eq!(bench.level("Mug 001", 0), Some(Quantity::units(7)));

    bench.faults(&["429:method=POST"]);
    let refused = bench.shop.write_quantities(&writes, &key()).await;
    assert!(matches!(refused, Err(WriteError::NotApplied(PlatformError::Throttled { .. }))), "{refused:?}");

    // The first call (the shirt's, by its path) went through: what is told must hold for each alone.
    bench.faults(&["429:path=/products/batch"]);
    let outcomes = bench.shop.write_quantities(&writes, &key()).await.unwrap();
    assert!(matches!(outcomes[0], QuantityOutcome::Rejected(PlatformError::Throttled { .. })), "{outcomes:?}");
    assert_eq!(outcomes[1], applied(8));

    bench.faults(&[]);
    let reader = Bench::with(Sandbox::new().read_only(), vec![super::mug(1)]).await;
    let id = reader.number("Mug 001");
    let refused = reader.shop.write_quantities(&[set(address(id, id), 1)], &key()).await;
    assert!(matches!(refused, Err(WriteError::NotApplied(PlatformError::Unauthorised { .. }))), "{refused:?}");
}
