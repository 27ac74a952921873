//! Counts: one call each, nothing that R-Series cannot keep, nothing where nobody counts.

use super::*;
use crate::platform::{LevelRead, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, WriteError};

fn key() -> IdempotencyKey {
    IdempotencyKey::of(b"lightspeed-r", JobId(1), StepIndex(1), 0)
}

fn set(address: StockAddress, to: &str) -> QuantityWrite {
    QuantityWrite { address, change: QuantityChange::Set { to: to.parse().unwrap(), expected: Quantity::units(7) } }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_count_is_read_and_written_with_one_call_each_at_its_shop() {
    let mut product = mug("Mug", 7);
    product.variants[0].levels.insert(2, Quantity::units(3));
    let bench = Bench::open(vec![product]).await;
    let address = bench.address(&bench.named("Mug").await, 0);
    let skip = bench.count();
    assert_eq!(
        bench.till.levels(std::slice::from_ref(&address)).await.unwrap(),
        [LevelRead::Counted(Quantity::units(7))]
    );
    let outcome = bench.till.write_quantities(&[set(address.clone(), "12")], &key()).await.unwrap();
    assert_eq!(outcome, [QuantityOutcome::Applied { now: Some(Quantity::units(12)) }], "read back by the answer");
    let item = format!("PUT /Item/{}.json", address.variant);
    assert_eq!(bench.calls(skip), ["GET /Item.json".to_owned(), item]);
    let levels = bench.in_shop("Mug").variants[0].levels.clone();
    assert_eq!(levels, BTreeMap::from([(1, Quantity::units(12)), (2, Quantity::units(3))]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_kept_is_refused_without_a_call() {
    let bench = Bench::open(vec![mug("Mug", 7)]).await;
    let address = bench.address(&bench.named("Mug").await, 0);
    let skip = bench.count();
    for to in ["-1", "2.5"] {
        let outcome = bench.till.write_quantities(&[set(address.clone(), to)], &key()).await.unwrap();
        assert!(matches!(outcome[..], [QuantityOutcome::Rejected(PlatformError::Refused { .. })]), "{outcome:?}");
    }
    assert_eq!(bench.count(), skip);
    // A till may sell below zero all the same, and that is read as it is.
    bench.alter(|shop, now| {
        let number = *shop.products.keys().next().unwrap();
        shop.set_level(number, 0, 1, Quantity::units(-2), now);
    });
    assert_eq!(bench.till.levels(&[address]).await.unwrap(), [LevelRead::Counted(Quantity::units(-2))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_of_no_count_is_told_apart() {
    let mut voucher = mug("Voucher", 0);
    voucher.variants[0].tracked = false;
    let bench = Bench::open(vec![mug("Mug", 7), voucher, mug("Old", 4)]).await;
    let of = async |title: &str| bench.address(&bench.named(title).await, 0);
    let (here, voucher, old) = (of("Mug").await, of("Voucher").await, of("Old").await);
    let elsewhere = StockAddress { location: LocationId(RemoteId::new("2").unwrap()), ..here.clone() };
    let nowhere = StockAddress { variant: RemoteId::new("99999").unwrap(), ..here.clone() };
    let strange = StockAddress { variant: RemoteId::new("1],[2").unwrap(), ..here.clone() };
    bench.till.delete(&old.listing).await.unwrap();
    let skip = bench.count();
    let levels = bench.till.levels(&[here, elsewhere, voucher, old, nowhere, strange]).await.unwrap();
    use LevelRead::{Counted, Gone, Untracked};
    assert_eq!(levels, [Counted(Quantity::units(7)), Untracked, Untracked, Gone, Gone, Gone]);
    assert_eq!(bench.calls(skip), ["GET /Item.json"], "all in one call");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_write_of_a_batch_is_reported_and_the_others_are_made() {
    let bench = Bench::open(vec![mug("A", 7), mug("B", 7), mug("C", 7)]).await;
    let mut addresses = Vec::new();
    for title in ["A", "B", "C"] {
        addresses.push(bench.address(&bench.named(title).await, 0));
    }
    addresses[1].variant = RemoteId::new("99999").unwrap();
    let writes: Vec<QuantityWrite> = addresses.into_iter().map(|address| set(address, "9")).collect();
    let outcomes = bench.till.write_quantities(&writes, &key()).await.unwrap();
    assert!(matches!(outcomes[1], QuantityOutcome::Rejected(PlatformError::NotFound { .. })), "{outcomes:?}");
    for title in ["A", "C"] {
        assert_eq!(bench.in_shop(title).variants[0].levels[&1], Quantity::units(9));
    }
    bench.faults("cut-after:nth=2");
    let outcome = bench.till.write_quantities(&writes[..1], &key()).await;
    assert!(outcome.is_ok());
    let outcome = bench.till.write_quantities(&writes[..1], &key()).await;
    assert!(matches!(outcome, Err(WriteError::Unknown(_))), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_does_not_wait_for_the_bucket() {
    let bench = Bench::open((0..3).map(|n| mug(&format!("Mug {n}"), 7)).collect()).await;
    let address = bench.address(&bench.named("Mug 0").await, 0);
    let write = set(address.clone(), "9");
    // The first one tells that there are such writes, so that the others leave room.
    bench.till.write_quantities(std::slice::from_ref(&write), &key()).await.unwrap();
    for _ in 0..120 {
        bench.till.levels(std::slice::from_ref(&address)).await.unwrap();
    }
    for _ in 0..20 {
        bench.till.levels(std::slice::from_ref(&address)).await.unwrap();
        let read = bench.clock.now();
        bench.till.write_quantities(std::slice::from_ref(&write), &key()).await.unwrap();
        assert_eq!(bench.clock.now(), read, "somebody could have sold one meanwhile");
    }
    assert!(!bench.server.requests().iter().any(|seen| seen.status == Some(429)));
}
