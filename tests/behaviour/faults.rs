//! Everything that the sandbox can do wrong, at every call of everything that we do: afterwards nothing is lost, nothing
//! is there twice and nothing is counted twice.
//!
//! What the engine does about a lost answer is done here in a few lines: it waits until nothing can arrive late any more,
//! looks what came of it, and does the rest.

use std::time::Duration;

use counterpart::connectors::Platform;
use counterpart::domain::{Cursor, Feed, Listing, Quantity, Status, StockWrite};
use counterpart::platform::{
    Change, Created, EditOutcome, LevelRead, Next, PlatformError, QuantityOutcome, QuantityWrite, SharedConnector,
    StockAddress, WriteError,
};
use counterpart::sandbox::{Faults, ShopProduct};
use futures_util::future::join_all;

use crate::bench::{Bench, HASTE, chosen, creation, key, product, simple};
use crate::edits::{added, another, change as field_change, expected, settled, shelf};
use crate::listings::change;

/// All of them. Those that hold an answer up do so for longer than anybody waits.
const FAULTS: [&str; 10] = [
    "429",
    "5xx",
    "slow=600",
    "late=600",
    "cut-before",
    "cut-after",
    "cut-inside",
    "malformed",
    "html",
    "redirect=https://elsewhere.example/",
];

/// Whether a fault is that nothing is heard for long.
fn holds_up(fault: &str) -> bool {
    ["slow", "late"].iter().any(|name| fault.starts_with(name))
}

/// One try of one thing: this fault, at this call of it.
struct Trial {
    bench: Bench,
    fault: &'static str,
    nth: usize,
    /// Whether there was such a call.
    hit: std::cell::Cell<bool>,
}

impl Trial {
    fn what(&self) -> String {
        format!("{} with {} at call {}", self.bench.name(), self.fault, self.nth)
    }

    /// Does it with the fault, and comes back when nothing can arrive any more.
    async fn strike<T>(&self, work: impl AsyncFnOnce(SharedConnector) -> T) -> T {
        let joint = if self.fault.starts_with("redirect") { " if " } else { ":" };
        let rule = format!("{}{joint}nth={}", self.fault, self.nth);
        let (connector, http) = match holds_up(self.fault) {
            true => self.bench.hasty(),
            false => (self.bench.connector.clone(), self.bench.http.clone()),
        };
        let (called, seen) = (http.calls(), self.bench.server.requests().len());
        self.bench.server.set_faults(Faults::parse([rule.as_str()], 1).unwrap());
        let done = work(connector).await;
        self.hit.set(http.calls() - called >= self.nth as u64);
        let landed = || self.bench.server.requests()[seen..].iter().any(|call| call.fault.is_some());
        // What is given up while it is sent never arrives, and nothing can come of it.
        for _ in 0..200 {
            if !self.hit.get() || landed() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.bench.server.set_faults(Faults::none());
        self.bench.clock.advance(self.bench.platform.profile.fence);
        done
    }
}

/// Every fault at every call, for all platforms side by side, since some of it is waiting.
async fn at_every_call(products: impl Fn(&Platform) -> Vec<ShopProduct>, work: impl AsyncFn(&Trial)) {
    assert!(HASTE < Duration::from_millis(600));
    // The calls that there are, and the tries; `most`: the calls that are known already.
    let row = async |platform: &'static Platform, fault: &'static str, most: usize| {
        let (mut most, mut trials) = (most, 0);
        for nth in 1.. {
            let bench = Bench::open(platform, products(platform)).await;
            let trial = Trial { bench, fault, nth, hit: std::cell::Cell::new(false) };
            work(&trial).await;
            trials += 1;
            // What is given up early makes fewer calls than there are.
            if !trial.hit.get() && nth >= most {
                break;
            }
            most = most.max(if trial.hit.get() { nth } else { 0 });
        }
        (most, trials)
    };
    let one = async |platform: &'static Platform| {
        let (mut most, mut trials, began) = (0, 0, std::time::Instant::now());
        let (long, short): (Vec<_>, Vec<_>) = FAULTS.into_iter().partition(|fault| holds_up(fault));
        for fault in short {
            let (calls, more) = row(platform, fault, most).await;
            (most, trials) = (calls, trials + more);
        }
        // Two that wait most of the time.
        for (calls, more) in join_all(long.into_iter().map(|fault| row(platform, fault, most))).await {
            (most, trials) = (most.max(calls), trials + more);
        }
        let took = began.elapsed().as_secs_f32();
        eprintln!("{}: every fault at each of {most} calls, {trials} tries, {took:.1} s", platform.profile.name);
        assert!(most > 0, "{}: it called nobody", platform.profile.name);
    };
    join_all(chosen().into_iter().map(one)).await;
}

/// A feed to its end. What fails is asked again from where it stood, as the next look does.
async fn read(trial: &Trial, connector: &SharedConnector, feed: Feed) -> Vec<Change> {
    let (mut cursor, mut all, mut failures) = (Cursor::Start, Vec::new(), 0);
    loop {
        // Who waits that little may miss more than one answer; whoever looks next waits longer.
        let connector = if failures == 0 { connector } else { &trial.bench.connector };
        match connector.changes(feed, &cursor).await {
            Ok(page) => {
                all.extend(page.changes);
                match page.next {
                    Next::More(next) => cursor = next,
                    Next::Done(_) => return all,
                }
            }
            Err(why) => {
                failures += 1;
                assert!(failures < 2, "{}: one fault is one failure: {why}", trial.what());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_is_whole_after_any_fault() {
    let products = |_: &Platform| (0..110).map(|n| simple(&format!("Mug {n:03}"), &format!("M{n}"), n)).collect();
    at_every_call(products, async |trial| {
        let all = trial.strike(async |connector| read(trial, &connector, Feed::Listings).await).await;
        let listings: std::collections::BTreeMap<String, Quantity> = all
            .into_iter()
            .map(|change| match change {
                Change::Seen(one) => (one.title.to_string(), one.variants[0].stock.total(|_| true).unwrap()),
                other => panic!("{}: {other:?}", trial.what()),
            })
            .collect();
        assert_eq!(listings.len(), 110, "{}", trial.what());
        for (n, (title, stock)) in (0..).zip(&listings) {
            assert_eq!((title, stock), (&format!("Mug {n:03}"), &Quantity::units(n)), "{}", trial.what());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_are_whole_after_any_fault() {
    at_every_call(
        |_| vec![simple("Mug", "M-1", 500)],
        async |trial| {
            let bench = &trial.bench;
            let mug = bench.variant("Mug", 0);
            let numbers: Vec<u64> = (0..12).map(|_| bench.place(&[(mug, 1)])).collect();
            bench.later();
            if !bench.platform.profile.order_feed {
                trial.strike(async |connector| drop(connector.test().await)).await;
                return;
            }
            let all = trial.strike(async |connector| read(trial, &connector, Feed::Orders).await).await;
            let orders = all.into_iter().map(|change| match change {
                Change::Order(order) => (order.remote.to_string(), *order),
                other => panic!("{}: {other:?}", trial.what()),
            });
            let orders = orders.collect();
            for number in numbers {
                let real = bench.order_in_shop(number);
                let told =
                    bench.find_order(&orders, &real).unwrap_or_else(|| panic!("{}: an order lost", trial.what()));
                bench.check_order(told, &real);
            }
            assert_eq!(orders.len(), 12, "{}", trial.what());
        },
    )
    .await;
}

/// Looks first, and makes it where it is not there.
async fn push(
    connector: &SharedConnector,
    bench: &Bench,
    source: &Listing,
    number: u32,
) -> Result<Created, WriteError> {
    let creation = creation(source, number, false);
    match connector.find_created(&creation, source).await {
        Ok(Some(found)) => Ok(found),
        Ok(None) => connector.create(&creation, source, &bench.location).await,
        Err(why) => Err(WriteError::NotApplied(why)),
    }
}

async fn pushes_are_made_once(pattern: &ShopProduct) {
    let sources = join_all(chosen().into_iter().map(async |platform| {
        let listing = Bench::open(platform, vec![pattern.clone()]).await.only_listing().await;
        (platform.profile.id, listing)
    }));
    let sources: std::collections::BTreeMap<&str, Listing> = sources.await.into_iter().collect();
    at_every_call(
        |_| vec![simple("Something else", "X-1", 1)],
        async |trial| {
            let bench = &trial.bench;
            let source = &sources[bench.platform.profile.id];
            let outcome = trial.strike(async |connector| push(&connector, bench, source, 4).await).await;
            let what = format!("{}: {outcome:?}", trial.what());
            assert!(bench.products() <= 2, "{what}");
            let made = match outcome {
                Ok(made) => made,
                Err(why) => {
                    if let WriteError::NotApplied(_) = why {
                        assert_eq!(bench.products(), 1, "{what}: it was applied");
                    }
                    push(&bench.connector, bench, source, 4).await.unwrap_or_else(|why| panic!("{what}: {why:?}"))
                }
            };
            assert_eq!(bench.products(), 2, "{what}");
            assert_eq!(made.variants.len(), source.variants.len(), "{what}");
            let shop = bench.server.shop().look(|shop| {
                let copy = shop.products.values().find(|one| one.title == source.title.as_str()).unwrap();
                copy.variants
                    .iter()
                    .map(|one| (one.sku.clone(), Quantity::sum(one.levels.values().copied())))
                    .collect::<Vec<_>>()
            });
            assert_eq!(shop.len(), source.variants.len(), "{what}: {shop:?}");
            for variant in &source.variants {
                let wanted = variant.stock.total(|_| true).unwrap();
                let (_, level) = shop.iter().find(|(sku, _)| Some(sku.as_str()) == variant.sku.as_deref()).unwrap();
                let fits = *level == wanted || (!made.stock_set && *level == Quantity::ZERO);
                assert!(fits, "{what}: {wanted} became {level}");
            }
            // Asked once more, it is the same.
            let again = push(&bench.connector, bench, source, 4).await.unwrap();
            assert_eq!((again.listing.remote, bench.products()), (made.listing.remote, 2), "{what}");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simple_push_is_made_once_after_any_fault() {
    pushes_are_made_once(&simple("Tide Clock", "TIDE-7", 3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_of_three_options_is_made_once_after_any_fault() {
    let values: [(&[&str], i64); 3] =
        [(&["Red", "S", "Slim"], 1), (&["Red", "M", "Slim"], 2), (&["Blue", "S", "Wide"], 4)];
    pushes_are_made_once(&product("Perfect Tee", "TEE", &["Colour", "Size", "Fit"], &values)).await;
}

/// Writes that are still to be done, as one who was away would find out.
async fn left(trial: &Trial, writes: &[QuantityWrite]) -> Vec<QuantityWrite> {
    let addresses: Vec<StockAddress> = writes.iter().map(|write| write.address.clone()).collect();
    let levels = trial.bench.connector.levels(&addresses).await.unwrap();
    let open = writes.iter().zip(levels).filter(|(write, level)| {
        let LevelRead::Counted(level) = *level else { panic!("{}: {level:?}", trial.what()) };
        let before = Quantity::units(5);
        assert!([before, write.change.target()].contains(&level), "{}: {level} is neither", trial.what());
        level == before
    });
    open.map(|(write, _)| write.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quantities_are_written_once_after_any_fault() {
    let products = |_: &Platform| (0..4).map(|n| simple(&format!("Mug {n}"), &format!("M{n}"), 5)).collect();
    at_every_call(products, async |trial| {
        let bench = &trial.bench;
        let profile = bench.platform.profile;
        let (listings, _) = bench.listings(&Cursor::Start).await;
        let writes: Vec<QuantityWrite> = listings
            .values()
            .zip(1..)
            .map(|(listing, by)| QuantityWrite {
                address: bench.address(listing, 0),
                change: change(bench.platform, Quantity::units(5), Quantity::units(by)),
            })
            .collect();
        let batches: Vec<&[QuantityWrite]> = writes.chunks(profile.stock_batch).collect();
        let outcomes = trial.strike(async |connector| {
            let mut outcomes = Vec::new();
            for (batch, number) in batches.iter().zip(70..) {
                outcomes.push(connector.write_quantities(batch, &key(number)).await);
            }
            outcomes
        });
        let outcomes = outcomes.await;
        let what = format!("{}: {outcomes:?}", trial.what());
        for ((batch, outcome), number) in batches.iter().zip(&outcomes).zip(70..) {
            let open = left(trial, batch).await;
            match outcome {
                Ok(outcomes) => {
                    for (write, outcome) in batch.iter().zip(outcomes) {
                        let applied = matches!(outcome, QuantityOutcome::Applied { .. });
                        assert_eq!(applied, !open.contains(write), "{what}");
                    }
                }
                Err(WriteError::NotApplied(_)) => assert_eq!(open.len(), batch.len(), "{what}: it was applied"),
                Err(WriteError::Unknown(_)) => {}
            }
            let again = match (outcome, profile.stock_write) {
                // With the same key it may simply be sent again, whatever came of it.
                (Err(WriteError::Unknown(_)), StockWrite::DeltaWithKey | StockWrite::CompareAndSetWithKey) => {
                    bench.connector.write_quantities(batch, &key(number)).await
                }
                _ if open.is_empty() => continue,
                _ => bench.connector.write_quantities(&open, &key(number + 10)).await,
            };
            let again = again.unwrap_or_else(|why| panic!("{what}: {why:?}"));
            assert!(again.iter().all(|one| matches!(one, QuantityOutcome::Applied { .. })), "{what}: {again:?}");
        }
        for (listing, write) in listings.values().zip(&writes) {
            assert_eq!(bench.stock(&listing.title), write.change.target(), "{what}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_done_or_said_not_to_be_after_any_fault() {
    at_every_call(
        |platform| shelf(platform.profile.id),
        async |trial| {
            use counterpart::domain::Field;
            let bench = &trial.bench;
            let can = |field: &Field| bench.platform.profile.edits.contains(field);
            let fields: Vec<Field> = [Field::Title, Field::Price, Field::Sku].into_iter().filter(can).collect();
            let before = bench.named("Tee").await;
            let number = bench.in_shop("Tee").number;
            let changes: Vec<_> =
                fields.iter().map(|field| field_change(&before, 1, *field, another(*field))).collect();
            let wanted =
                fields.iter().fold(settled(before.clone()), |l, field| expected(l, 1, *field, &another(*field)));
            let outcome = trial.strike(async |connector| connector.edit(&before, &changes).await).await;
            let what = format!("{}: {outcome:?}", trial.what());
            let after = bench.now(&before).await;
            match &outcome {
                Ok(outcomes) if outcomes.iter().all(|one| *one == EditOutcome::Applied) => {
                    assert_eq!(after.as_ref(), Some(&wanted), "{what}");
                }
                Ok(_) => panic!("{what}: a fault is no refusal"),
                Err(WriteError::NotApplied(_)) => {
                    assert_eq!(after, Some(settled(before.clone())), "{what}: it was applied");
                }
                Err(WriteError::Unknown(_)) => {}
            }
            // Whatever it was: done again, it is done.
            let again = bench.connector.edit(&before, &changes).await;
            assert_eq!(again, Ok(vec![EditOutcome::Applied; changes.len()]), "{what}");
            assert_eq!(bench.now(&before).await, Some(wanted), "{what}");
            bench.check_unknown(number, &what);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variants_are_added_once_after_any_fault() {
    at_every_call(
        |platform| shelf(platform.profile.id),
        async |trial| {
            let bench = &trial.bench;
            if !bench.platform.profile.adds_variants {
                trial.strike(async |connector| drop(connector.test().await)).await;
                return;
            }
            let before = bench.named("Tee").await;
            let more = [added("Blue", "M", 1)];
            let outcome = trial.strike(async |connector| connector.add_variants(&before, &more).await).await;
            let what = format!("{}: {outcome:?}", trial.what());
            let count = bench.in_shop("Tee").variants.len();
            match &outcome {
                Ok(listing) => assert_eq!((listing.variants.len(), count), (4, 4), "{what}"),
                Err(WriteError::NotApplied(_)) => assert_eq!(count, 3, "{what}: it was applied"),
                Err(WriteError::Unknown(_)) => {}
            }
            let again =
                bench.connector.add_variants(&before, &more).await.unwrap_or_else(|why| panic!("{what}: {why:?}"));
            assert_eq!((again.variants.len(), bench.in_shop("Tee").variants.len()), (4, 4), "{what}");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_is_done_or_said_not_to_be_after_any_fault() {
    at_every_call(
        |platform| shelf(platform.profile.id),
        async |trial| {
            let bench = &trial.bench;
            let before = bench.named("Tee").await;
            let mug = bench.in_shop("Mug");
            let outcome = trial.strike(async |connector| connector.delete(&before.remote).await).await;
            let what = format!("{}: {outcome:?}", trial.what());
            let left = bench.now(&before).await.filter(|left| left.status == Status::Active);
            match &outcome {
                Ok(()) => assert_eq!(left, None, "{what}"),
                Err(WriteError::NotApplied(_)) => assert!(left.is_some(), "{what}: it was applied"),
                Err(WriteError::Unknown(_)) => {}
            }
            assert_eq!(bench.connector.delete(&before.remote).await, Ok(()), "{what}");
            assert!(bench.now(&before).await.is_none_or(|left| left.status != Status::Active), "{what}");
            assert_eq!(bench.in_shop("Mug"), mug, "{what}: another product");
        },
    )
    .await;
}

/// Each is met at every call, so that trying again is of no use.
async fn is_told(platform: &'static Platform, fault: &'static str) {
    let bench = Bench::open(platform, vec![simple("Mug", "M-1", 1)]).await;
    let connector = if holds_up(fault) { bench.hasty().0 } else { bench.connector.clone() };
    bench.server.set_faults(Faults::parse([fault], 1).unwrap());
    let Err(error) = connector.changes(Feed::Listings, &Cursor::Start).await else {
        panic!("{}: {fault}", bench.name())
    };
    let fits = match fault {
        "429" => matches!(error, PlatformError::Throttled { .. }),
        "5xx" => matches!(error, PlatformError::Broken { .. }),
        "malformed" | "html" => matches!(error, PlatformError::Unexpected { .. }),
        one if one.starts_with("redirect") => matches!(error, PlatformError::Redirected { .. }),
        _ => matches!(error, PlatformError::Unreachable { .. }),
    };
    assert!(fits, "{} with {fault}: {error:?}", bench.name());
    assert!(!error.hint().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_answer_is_told_plainly() {
    // Those that are all waiting go side by side.
    let (long, short): (Vec<_>, Vec<_>) = FAULTS.into_iter().partition(|fault| holds_up(fault));
    for platform in chosen() {
        for fault in &short {
            is_told(platform, fault).await;
        }
    }
    let pairs = chosen().into_iter().flat_map(|platform| long.iter().map(move |fault| is_told(platform, fault)));
    join_all(pairs).await;
}
