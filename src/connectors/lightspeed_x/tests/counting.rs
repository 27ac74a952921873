//! Adjustments: deltas without a key, their reasons, batches with a bad item; the limit and its HTTP date.

use std::time::Duration;

use crate::domain::{Cursor, Feed, Quantity, StockWrite};
use crate::platform::{
    Change, Clock, LevelRead, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, WriteError,
};
use crate::sandbox::Faults;

use super::super::profile::PROFILE;
use super::super::sandbox::Sandbox;
use super::fixtures::{EVENING, Till, address, key, outlet, simple, tee};
use crate::sandbox::Imitation as _;

fn write(listing: &crate::domain::Listing, place: usize, by: &str) -> QuantityWrite {
    let change = QuantityChange::Adjust { by: by.parse().unwrap(), expected: Quantity::ZERO };
    QuantityWrite { address: address(listing, place), change }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delta_goes_out_as_text_with_a_reason_of_its_sign() {
    assert_eq!(PROFILE.stock_write, StockWrite::Delta);
    let till = Till::open(vec![tee()]).await;
    let tee = till.listing("Tee").await;
    till.requests();
    let writes = [write(&tee, 0, "2.5"), write(&tee, 1, "-1"), write(&tee, 2, "0")];
    let outcomes = till.connector.write_quantities(&writes, &key(1)).await.unwrap();
    assert_eq!(outcomes, vec![QuantityOutcome::Applied { now: None }; 3]);
    let sent = till.requests();
    assert_eq!(sent.len(), 1, "one call");
    let body = sent[0].1.json().unwrap();
    let items = body["stock_adjustments"].as_array().unwrap();
    let told: Vec<(&str, &str)> =
        items.iter().map(|item| (item["quantity"].as_str().unwrap(), item["reason"].as_str().unwrap())).collect();
    assert_eq!(told, [("2.5", "STOCK_FOUND"), ("-1", "INTERNAL_USE")], "nothing is sent for nothing");
    let reads = till.connector.levels(&[address(&tee, 0), address(&tee, 1)]).await.unwrap();
    assert_eq!(reads, [LevelRead::Counted("3.5".parse().unwrap()), LevelRead::Counted(Quantity::units(1))]);
    till.requests();
    let nothing = till.connector.write_quantities(&[write(&tee, 0, "0")], &key(2)).await.unwrap();
    assert_eq!((nothing.len(), till.requests().len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_call_twice_counts_twice_so_it_is_never_repeated() {
    let till = Till::open(vec![simple("Mug", "M", 5)]).await;
    let mug = till.listing("Mug").await;
    till.server.set_faults(Faults::parse(["cut-after:nth=1"], 1).unwrap());
    let lost = till.connector.write_quantities(&[write(&mug, 0, "2")], &key(1)).await;
    assert!(matches!(lost, Err(WriteError::Unknown(_))), "{lost:?}");
    till.server.set_faults(Faults::none());
    let counted = till.connector.levels(&[address(&mug, 0)]).await.unwrap();
    assert_eq!(counted, [LevelRead::Counted(Quantity::units(7))], "once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_item_is_named_and_the_others_are_free_to_go() {
    let mut untracked = simple("Voucher", "V", 0);
    untracked.variants[0].tracked = false;
    let till = Till::open(vec![simple("Mug", "M", 5), simple("Cup", "C", 5), untracked]).await;
    let all = till.listings().await;
    till.alter(|shop, now| {
        let cup = shop.products.values().find(|product| product.title == "Cup").unwrap().number;
        shop.delete(cup, now);
    });
    let writes = ["Mug", "Cup", "Voucher"].map(|title| write(&all[title], 0, "1"));
    let outcomes = till.connector.write_quantities(&writes, &key(1)).await.unwrap();
    assert_eq!(outcomes[0], QuantityOutcome::NotTried);
    assert!(matches!(&outcomes[1], QuantityOutcome::Rejected(PlatformError::NotFound { .. })), "{outcomes:?}");
    assert!(
        matches!(&outcomes[2], QuantityOutcome::Rejected(PlatformError::Refused { why, .. }) if why.contains("Track"))
    );
    let applied = till.server.shop().look(|shop| shop.applied.iter().filter(|one| one.what == "stock").count());
    assert_eq!(applied, 0, "all or nothing");
    let rest = till.connector.write_quantities(&writes[..1], &key(2)).await.unwrap();
    assert_eq!(rest, [QuantityOutcome::Applied { now: None }]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_are_read_a_thousand_at_once_and_the_rest_one_by_one() {
    let mut products: Vec<_> = (0..60).map(|n| simple(&format!("Mug {n:02}"), &format!("M{n}"), n)).collect();
    products[3].variants[0].tracked = false;
    let till = Till::open(products).await;
    let all = till.listings().await;
    let mut addresses: Vec<_> = all.values().map(|listing| address(listing, 0)).collect();
    addresses[5].location = outlet(2);
    till.alter(|shop, now| {
        let gone = shop.products.values().find(|product| product.title == "Mug 07").unwrap().number;
        shop.delete(gone, now);
    });
    till.requests();
    let reads = till.connector.levels(&addresses).await.unwrap();
    assert_eq!(reads[2], LevelRead::Counted(Quantity::units(2)));
    assert_eq!(reads[3], LevelRead::Untracked);
    assert_eq!(reads[5], LevelRead::Untracked, "never counted at that outlet");
    assert_eq!(reads[7], LevelRead::Gone);
    assert_eq!(till.requests().len(), 1 + 1 + 2 + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stock_feed_ascends_and_names_the_outlet() {
    let till = Till::open((0..5).map(|n| simple(&format!("Mug {n}"), &format!("M{n}"), n)).collect()).await;
    let (_, end) = till.read(Feed::Listings, &Cursor::Start).await;
    till.requests();
    till.alter(|shop, now| {
        let number = *shop.products.keys().next().unwrap();
        shop.set_level(number, 0, 2, Quantity::units(9), now);
        shop.set_level(number, 0, 1, Quantity::units(-1), now);
    });
    let (changes, _) = till.read(Feed::Stock, &end).await;
    let told: Vec<_> = changes
        .iter()
        .map(|change| match change {
            Change::Stock(stock) => (stock.location.clone(), stock.quantity.unwrap()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told.len(), 2);
    assert!(told.contains(&(outlet(2), Quantity::units(9))) && told.contains(&(outlet(1), Quantity::units(-1))));
    for (_, request) in till.requests() {
        assert_eq!(request.json().unwrap()["sort_direction"], "asc", "descending would leave gaps");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rate_is_kept_and_used() {
    let till = Till::open(vec![simple("Mug", "M", 5)]).await;
    let mug = till.listing("Mug").await;
    let begin = till.clock.now();
    while till.clock.now().seconds_since(begin) < 600 {
        till.connector.levels(&[address(&mug, 0)]).await.unwrap();
    }
    let requests = till.server.requests();
    assert!(requests.iter().all(|seen| seen.status != Some(429)), "not one call too many");
    let at: Vec<i64> = requests.iter().map(|seen| seen.at.0).collect();
    for (first, from) in at.iter().enumerate() {
        let within = at[first..].iter().take_while(|later| **later - from < 300_000).count();
        assert!(within <= 350, "{within} calls in five minutes");
    }
    assert!(at.len() >= 600 * 9 / 10, "{} calls in ten minutes", at.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_larger_shop_is_allowed_more() {
    let mut sandbox = Sandbox::new(false);
    sandbox.on_the_largest_plan();
    let till = Till::open_with(sandbox, vec![simple("Mug", "M", 5)], EVENING, None).await;
    till.listings().await;
    assert_eq!(
        till.http.budget().per_second_milli,
        20_083,
        "300 calls for each of 20 registers and some of the 50 beside, in five minutes"
    );
}

/// `Retry-After` is a date there, and no number of seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_http_date_is_waited_for() {
    let till = Till::open(vec![simple("Mug", "M", 5)]).await;
    // Somebody else uses the same app.
    let other = Till::http(
        &till.server,
        &till.clock,
        crate::platform::Budget { burst: 1000, per_second_milli: 1_000_000, concurrent: 1, source: "test" },
    );
    let token = crate::secrets::Secret::new("Bearer lsxs_pt_counterpart-sandbox");
    for _ in 0..349 {
        let call = crate::http::Request::get("/api/2026-07/outlets").secret_header("Authorization", token.clone());
        other.read(call).await.unwrap();
    }
    till.clock.advance(Duration::from_secs(270));
    till.connector.changes(Feed::Stock, &Cursor::Start).await.unwrap();
    let before = till.clock.now();
    till.connector.changes(Feed::Stock, &Cursor::Start).await.unwrap();
    let waited = till.clock.now().seconds_since(before);
    assert!((25..60).contains(&waited), "{waited} s");
    let refused = till.log.lock().unwrap().iter().find(|(_, answer)| answer.status == 429).cloned().unwrap().1;
    let after = refused.headers.iter().find(|(name, _)| name == "retry-after").unwrap().1.clone();
    assert!(after.ends_with(" GMT"), "{after}");
}
