//! Ten minutes of work, in the sandbox' time: the sandbox counts, and refuses what is too much.

use std::time::Duration;

use counterpart::domain::{Cursor, Feed, Quantity};
use counterpart::platform::{Clock, LevelRead, QuantityOutcome, QuantityWrite, StockAddress};
use counterpart::sandbox::{Seen, ShopProduct, Tally};

use crate::bench::{Bench, chosen, key, simple};
use crate::listings::change;

for_each_platform!(what_is_used_of_the_rate_rises_with_each_call_and_is_forgotten_after_a_minute, platform, {
    let bench = Bench::open(platform, vec![simple("Mug", "M1", 5)]).await;
    // Finding out where the shop is was a call too, and not always the same.
    bench.clock.advance(Duration::from_secs(61));
    let rest = bench.connector.rate_use().expect("a connector knows what it uses");
    assert!(rest.is_at_rest(), "{}: {rest:?}", bench.name());
    let before = bench.http.calls();
    bench.listings(&Cursor::Start).await;
    let used = bench.connector.rate_use().unwrap();
    assert_eq!(u64::from(used.calls), bench.http.calls() - before, "{}", bench.name());
    assert!(used.calls > 0 && used.used >= used.calls && used.waits == 0, "{}: {used:?}", bench.name());
    let budget = bench.http.budget();
    assert_eq!(u64::from(used.allowed), u64::from(budget.per_second_milli) * 60 / 1000, "{}", bench.name());
    bench.clock.advance(Duration::from_secs(61));
    let rest = bench.connector.rate_use().unwrap();
    assert!(rest.is_at_rest(), "{}: {rest:?}", bench.name());
});

const MINUTES: Duration = Duration::from_secs(600);

/// What the log says, where the platform publishes no limit: the profile's own is the allowed one then.
fn counted(bench: &Bench, seen: &[Seen]) -> Tally {
    let budget = bench.platform.profile.budget;
    let per_second = u64::from(budget.per_second_milli);
    let (mut left, mut at, mut refused) = (u64::from(budget.burst) * 1_000_000, seen[0].at, 0);
    for call in seen {
        let passed = u64::try_from(call.at.0 - at.0).unwrap();
        (left, at) = ((left + passed * per_second).min(u64::from(budget.burst) * 1_000_000), call.at);
        match left.checked_sub(1_000_000) {
            Some(rest) => left = rest,
            None => refused += 1,
        }
    }
    Tally { used: seen.len() as u64 * 1000, refused, per_second }
}

for_each_platform!(ten_minutes_of_work_use_what_is_allowed_and_not_one_call_more, platform, {
    let products: Vec<ShopProduct> = (0..8).map(|n| simple(&format!("Mug {n}"), &format!("M{n}"), 50)).collect();
    let bench = Bench::open(platform, products).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    let listings: Vec<_> = listings.into_values().collect();
    let addresses: Vec<StockAddress> = listings.iter().map(|listing| bench.address(listing, 0)).collect();
    let tally = || bench.server.tally().unwrap_or_else(|| counted(&bench, &bench.server.requests()));
    // What a full bucket holds is used up first: it is allowed besides.
    let is_settled = |last: &mut u64| {
        let now = bench.clock.now().0.unsigned_abs();
        std::mem::replace(last, now) < now
    };
    let mut turn = 0_u32;
    let mut work = async || {
        turn += 1;
        let place = turn as usize % listings.len();
        match turn % 8 {
            0 => drop(bench.connector.changes(Feed::Listings, &Cursor::Start).await.unwrap()),
            1 => {
                let one = std::slice::from_ref(&addresses[place]);
                let LevelRead::Counted(expected) = bench.connector.levels(one).await.unwrap()[0] else { panic!() };
                let by = Quantity::units(if turn % 16 == 1 { 1 } else { -1 });
                let write = QuantityWrite { address: one[0].clone(), change: change(platform, expected, by) };
                let outcome = bench.connector.write_quantities(&[write], &key(turn)).await.unwrap();
                assert!(matches!(outcome[0], QuantityOutcome::Applied { .. }), "{}: {outcome:?}", bench.name());
            }
            2 => drop(bench.connector.listings(&[listings[place].remote.clone()]).await.unwrap()),
            _ => drop(bench.connector.levels(&addresses[place..=place]).await.unwrap()),
        }
    };
    let mut last = bench.clock.now().0.unsigned_abs();
    let mut waits = 0;
    while waits < 20 {
        work().await;
        waits += u32::from(is_settled(&mut last));
    }
    let (began, before) = (bench.clock.now(), tally());
    while bench.clock.now().0 - began.0 < MINUTES.as_millis().try_into().unwrap() {
        work().await;
    }
    let after = tally();
    let seconds = (bench.clock.now().0 - began.0).unsigned_abs() as f64 / 1000.0;
    let allowed = after.per_second as f64 * seconds;
    let share = (after.used - before.used) as f64 / allowed;
    let calls = bench.server.requests().len();
    eprintln!(
        "{}: {:.1} % of the allowed rate used, {calls} calls, {} refused",
        bench.name(),
        share * 100.0,
        after.refused
    );
    let refused = bench.server.requests().iter().filter(|seen| seen.status == Some(429)).count();
    assert_eq!((refused, after.refused), (0, 0), "{}", bench.name());
    assert!(share >= 0.9, "{}: only {share} of what is allowed was used", bench.name());
    assert_eq!(
        bench.server.tally().is_none(),
        platform.profile.budget.source.contains("no limit"),
        "{}: who publishes a limit, counts",
        bench.name()
    );
});
