//! Quantities: once for each key, in Square's time, and never for what is wrong.

use super::*;
use crate::platform::{PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, WriteError};

async fn bench() -> (Bench, Vec<QuantityWrite>) {
    let bench = Bench::open(vec![simple("Mug", "M", 5), simple("Cup", "C", 6)]).await;
    let listings = bench.listings().await;
    let write = |title: &str, by: i64, expected: i64| QuantityWrite {
        address: bench.address(&listings[title], 0),
        change: QuantityChange::Adjust { by: Quantity::units(by), expected: Quantity::units(expected) },
    };
    let writes = vec![write("Mug", 3, 5), write("Cup", -2, 6)];
    (bench, writes)
}

impl Bench {
    fn level(&self, title: &str) -> Quantity {
        self.server
            .shop()
            .look(|shop| shop.products.values().find(|product| product.title == title).unwrap().variants[0].levels[&1])
    }

    fn stock_writes(&self) -> usize {
        self.server.shop().look(|shop| shop.applied.iter().filter(|applied| applied.what == "stock").count())
    }
}

#[tokio::test]
async fn more_and_less_in_one_call() {
    let (bench, writes) = bench().await;
    let before = bench.http.calls();
    let outcomes = bench.connector.write_quantities(&writes, &key(1)).await.unwrap();
    assert_eq!(outcomes, [8, 4].map(|now| QuantityOutcome::Applied { now: Some(Quantity::units(now)) }));
    assert_eq!(bench.http.calls() - before, 1);
    assert_eq!((bench.level("Mug"), bench.level("Cup")), (Quantity::units(8), Quantity::units(4)));
}

#[tokio::test]
async fn a_key_counts_once_now_and_later() {
    let (bench, writes) = bench().await;
    for _ in 0..2 {
        bench.connector.write_quantities(&writes, &key(1)).await.unwrap();
    }
    // Later the time of occurrence is another, so the body is, and Square refuses the key; its history tells.
    bench.clock.advance(Duration::from_secs(90));
    let outcomes = bench.connector.write_quantities(&writes, &key(1)).await.unwrap();
    assert_eq!(outcomes, [QuantityOutcome::Applied { now: None }, QuantityOutcome::Applied { now: None }]);
    assert_eq!(bench.stock_writes(), 2);
    bench.connector.write_quantities(&writes, &key(2)).await.unwrap();
    assert_eq!((bench.stock_writes(), bench.level("Mug")), (4, Quantity::units(11)));
}

#[tokio::test]
async fn a_key_that_was_used_for_something_else_leaves_it_open() {
    let (bench, writes) = bench().await;
    bench.connector.write_quantities(&writes[..1], &key(1)).await.unwrap();
    let outcome = bench.connector.write_quantities(&writes, &key(1)).await;
    assert!(matches!(outcome, Err(WriteError::Unknown(_))), "{outcome:?}");
    assert_eq!(bench.stock_writes(), 1);
}

#[tokio::test]
async fn a_machine_with_a_wrong_clock_writes_in_squares_time() {
    let (bench, writes) = bench().await;
    // Ours runs ten minutes fast; Square's Date says so.
    let ahead = Arc::new(ManualClock::starting_at(bench.clock.now().plus_seconds(600)));
    let credentials: Credentials =
        imitate().credentials().into_iter().map(|(n, v)| (n.to_owned(), Secret::new(v))).collect();
    let http = Http::new(HttpOptions {
        platform: PLATFORM.profile.name,
        base_url: BaseUrl::new(&bench.server.url(), false).unwrap(),
        ca_pem: None,
        budget: PLATFORM.profile.budget,
        timeout: PLATFORM.profile.timeout,
        clock: ahead.clone(),
        secrets: Vec::new(),
        explain: PLATFORM.explain,
        seed: 1,
    })
    .unwrap();
    let locations = vec![bench.location().clone()];
    let account = Account { http, credentials, clock: ahead, locations, currency: Some(dollar()), login: None };
    let connector = (PLATFORM.connect)(account).unwrap();
    let outcomes = connector.write_quantities(&writes, &key(1)).await.unwrap();
    assert_eq!(outcomes.len(), 2);
    assert_eq!(bench.level("Mug"), Quantity::units(8));
}

#[tokio::test]
async fn a_count_lets_what_came_after_the_read_still_count() {
    let (bench, writes) = bench().await;
    let address = writes[0].address.clone();
    bench.connector.levels(std::slice::from_ref(&address)).await.unwrap();
    bench.clock.advance(Duration::from_secs(30));
    // Somebody else takes two through the API.
    bench
        .connector
        .write_quantities(
            &[QuantityWrite {
                address: address.clone(),
                change: QuantityChange::Adjust { by: Quantity::units(-2), expected: Quantity::units(5) },
            }],
            &key(1),
        )
        .await
        .unwrap();
    bench.clock.advance(Duration::from_secs(30));
    let set = QuantityChange::Set { to: Quantity::units(12), expected: Quantity::units(5) };
    let outcomes = bench.connector.write_quantities(&[QuantityWrite { address, change: set }], &key(2)).await.unwrap();
    assert_eq!(outcomes, [QuantityOutcome::Applied { now: Some(Quantity::units(10)) }]);
}

#[tokio::test]
async fn nothing_to_do_costs_no_call_and_nonsense_is_refused_alone() {
    let (bench, writes) = bench().await;
    let before = bench.stock_writes();
    let change = |change| QuantityWrite { address: writes[0].address.clone(), change };
    let nothing = change(QuantityChange::Adjust { by: Quantity::ZERO, expected: Quantity::units(5) });
    let below = change(QuantityChange::Set { to: Quantity::units(-1), expected: Quantity::units(5) });
    let outcomes = bench.connector.write_quantities(&[nothing, below, writes[1].clone()], &key(1)).await.unwrap();
    assert_eq!(outcomes[0], QuantityOutcome::Applied { now: None });
    assert!(matches!(&outcomes[1], QuantityOutcome::Rejected(PlatformError::Refused { .. })), "{outcomes:?}");
    assert_eq!(outcomes[2], QuantityOutcome::Applied { now: Some(Quantity::units(4)) });
    assert_eq!(bench.stock_writes() - before, 1);
}

#[tokio::test]
async fn a_bad_change_is_named_and_nothing_is_applied() {
    let (bench, mut writes) = bench().await;
    writes[1].address.variant = crate::domain::RemoteId::new("VANOTHERE").unwrap();
    let outcome = bench.connector.write_quantities(&writes, &key(1)).await;
    let Err(WriteError::NotApplied(PlatformError::Refused { why, .. })) = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("changes[1].adjustment.catalog_object_id"), "{why}");
    assert_eq!(bench.stock_writes(), 0);
}
