//! Counts: absolute, one at a time, never made where there are none; and the limits of calls.

use super::*;
use crate::platform::{LevelRead, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, WriteError};
use crate::sandbox::Incoming;

fn set(address: StockAddress, to: Quantity) -> QuantityWrite {
    QuantityWrite { address, change: QuantityChange::Set { to, expected: Quantity::ZERO } }
}

fn key() -> IdempotencyKey {
    IdempotencyKey::of(b"clover", JobId(9), StepIndex(9), 0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_count_is_one_call_with_decimals_and_below_zero() {
    let bench = Bench::open(vec![mug("Mug", 5), mug("Cup", 5)]).await;
    let (mug, cup) = (bench.named("Mug").await, bench.named("Cup").await);
    let before = bench.count();
    let writes =
        [set(bench.address(&mug, 0), "160.5".parse().unwrap()), set(bench.address(&cup, 0), Quantity::units(-2))];
    let outcomes = bench.till.write_quantities(&writes, &key()).await.unwrap();
    // The answer is the read-back.
    let shown: Vec<_> =
        writes.iter().map(|write| QuantityOutcome::Applied { now: Some(write.change.target()) }).collect();
    assert_eq!(outcomes, shown);
    assert_eq!(bench.count() - before, 2);
    assert!(bench.calls(before).iter().all(|call| call.starts_with("POST /item_stocks/")));
    let levels = bench.till.levels(&[bench.address(&mug, 0), bench.address(&cup, 0)]).await.unwrap();
    assert_eq!(levels, [LevelRead::Counted("160.5".parse().unwrap()), LevelRead::Counted(Quantity::units(-2))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_never_counted_is_not_zero() {
    let mut never = mug("Never", 0);
    never.variants[0].levels.clear();
    let mut untracked = never.clone();
    (untracked.title, untracked.variants[0].tracked) = ("Untracked".to_owned(), false);
    let bench = Bench::open(vec![never, untracked, mug("Gone", 1)]).await;
    let listings = bench.listings().await;
    let by = |title: &str| listings.iter().find(|listing| listing.title.as_str() == title).unwrap();
    assert_eq!(by("Never").variants[0].stock, Stock::Unknown);
    assert_eq!(by("Untracked").variants[0].stock, Stock::Untracked);
    bench.till.delete(&by("Gone").remote).await.unwrap();
    let addresses: Vec<StockAddress> =
        ["Never", "Untracked", "Gone"].into_iter().map(|title| bench.address(by(title), 0)).collect();
    let levels = bench.till.levels(&addresses).await.unwrap();
    assert_eq!(levels, [LevelRead::Untracked, LevelRead::Untracked, LevelRead::Gone]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_item_is_named_and_the_others_are_written() {
    let bench = Bench::open(vec![mug("Mug", 5), mug("Gone", 5), mug("Cup", 5)]).await;
    let listings = bench.listings().await;
    let gone = listings.iter().find(|listing| listing.title.as_str() == "Gone").unwrap();
    bench.till.delete(&gone.remote).await.unwrap();
    let writes: Vec<QuantityWrite> =
        listings.iter().map(|listing| set(bench.address(listing, 0), Quantity::units(7))).collect();
    let outcomes = bench.till.write_quantities(&writes, &key()).await.unwrap();
    for (listing, outcome) in listings.iter().zip(&outcomes) {
        let rejected = matches!(outcome, QuantityOutcome::Rejected(PlatformError::NotFound { .. }));
        assert_eq!(rejected, listing.remote == gone.remote, "{outcome:?}");
    }
    // The line breaks at the second: the first is done, so nobody can say that nothing was.
    bench.faults("cut-before:nth=2");
    let outcome = bench.till.write_quantities(&writes, &key()).await;
    assert!(matches!(outcome, Err(WriteError::Unknown(_))), "{outcome:?}");
    // Told to slow down at once: nothing was.
    bench.faults("429:nth=1");
    let outcome = bench.till.write_quantities(&writes, &key()).await;
    assert!(matches!(outcome, Err(WriteError::NotApplied(PlatformError::Throttled { .. }))), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_that_was_asked_for_is_kept_to_the_end() {
    let until = SystemClock.now().plus_seconds(3600 + 30);
    let sandbox = Sandbox::default().crowded_until(until);
    let bench = Bench::with(sandbox, vec![mug("Mug", 5)]).await;
    // Side by side: each of them waits for the pause that one of them was told of.
    let listings = bench.listings().await;
    let address = bench.address(&listings[0], 0);
    bench.till.levels(&[address.clone(), address.clone(), address]).await.unwrap();
    let refused = bench.server.requests().iter().filter(|seen| seen.status == Some(429)).count();
    assert_eq!(refused, 1, "asking earlier lengthens the wait");
    assert!(bench.clock.now() >= until);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_calls_a_second_are_never_passed_and_nearly_used() {
    let bench = Bench::open((0..20).map(|n| mug(&format!("Mug {n}"), 5)).collect()).await;
    let listings = bench.listings().await;
    let addresses: Vec<StockAddress> = listings.iter().map(|listing| bench.address(listing, 0)).collect();
    let (before, began) = (bench.count(), bench.clock.now());
    for _ in 0..30 {
        bench.till.levels(&addresses).await.unwrap();
    }
    let seconds = (bench.clock.now().0 - began.0) as f64 / 1000.0;
    let requests = bench.server.requests();
    assert!(requests.iter().all(|seen| seen.status != Some(429)));
    let times: Vec<i64> = requests[before..].iter().map(|seen| seen.at.0).collect();
    for (place, at) in times.iter().enumerate() {
        let window = times[place..].iter().take_while(|later| **later < at + 1000).count();
        assert!(window <= 16, "{window} within a second");
    }
    assert!(600.0 / seconds >= 16.0 * 0.9, "{} a second", 600.0 / seconds);
}

#[test]
fn the_sandbox_counts_calls_and_names_the_limit() {
    let (mut sandbox, now) = (Sandbox::default(), SystemClock.now());
    let mut shop = Shop::new("Test", dollar(), &["Here"]);
    let token = sandbox.credentials()[1].1.clone();
    let request = Incoming {
        method: "GET".into(),
        path: format!("/v3/merchants/{}", crate::connectors::clover::sandbox::MERCHANT_ID),
        query: Vec::new(),
        headers: vec![("authorization".into(), format!("Bearer {token}"))],
        body: Vec::new(),
    };
    for _ in 0..16 {
        assert_eq!(sandbox.answer(&mut shop, &request, now).status, 200);
    }
    let refused = sandbox.answer(&mut shop, &request, now);
    assert_eq!(refused.status, 429);
    assert!(refused.headers.iter().any(|(name, _)| name == "X-RateLimit-tokenLimit"));
    assert!(!refused.headers.iter().any(|(name, _)| name == "retry-after"), "only the limit of calls at once has it");
    assert_eq!(sandbox.answer(&mut shop, &request, now.plus_seconds(1)).status, 200);
}
