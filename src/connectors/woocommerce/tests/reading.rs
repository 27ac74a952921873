//! What is read: tests of a connection, imports, later runs, stock.

use std::collections::BTreeSet;

use super::*;
use crate::domain::Timestamp;
use crate::platform::PlatformError;
use crate::sandbox::{Failure, Incoming, Outgoing};

#[tokio::test]
async fn a_test_says_what_is_wrong_with_a_shop() {
    let bench = Bench::with(Sandbox::new().without_stock_management(), vec![]).await;
    let found = bench.shop.test().await.unwrap();
    assert_eq!((&*found.shop_name, found.currency), ("Harbour & Hill", euro()));
    assert_eq!(found.locations.iter().map(|place| place.id.clone()).collect::<Vec<_>>(), [location()]);
    assert!(found.warnings[0].contains("stock management is switched off"), "{:?}", found.warnings);
    assert_eq!(bench.http.calls(), 4);

    let bench = Bench::with(Sandbox::new().read_only(), vec![]).await;
    let found = bench.shop.test().await.unwrap();
    assert_eq!((found.permissions, found.missing_permissions), (vec!["read".to_owned()], vec!["write".to_owned()]));

    let bench = bench.with_keys("ck_unknown", "cs_unknown");
    let error = bench.shop.test().await.unwrap_err();
    assert!(matches!(error, PlatformError::Unauthorised { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("_unknown"), "{error:?}");
}

#[tokio::test]
async fn an_address_that_is_no_shop_is_told_as_such() {
    let bench = Bench::open(vec![]).await;
    bench.faults(&["html"]);
    let error = bench.shop.test().await.unwrap_err();
    assert!(error.to_string().contains("HTML page"), "{error}");
    bench.faults(&["malformed"]);
    let error = bench.shop.changes(Feed::Listings, &Cursor::Start).await.unwrap_err();
    assert!(matches!(error, PlatformError::Unexpected { .. }), "{error:?}");
}

/// One call for each hundred products, one for each hundred variations, one to find out what the shop can do.
#[tokio::test]
async fn an_import_takes_few_calls() {
    let products = (0..250).map(|n| if n % 5 == 0 { shirt(n) } else { mug(n) }).collect();
    let bench = Bench::open(products).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    assert_eq!(listings.len(), 250);
    assert!(
        listings.iter().all(|listing| listing.variants.len() == if listing.structure.is_variable() { 3 } else { 1 })
    );
    assert_eq!(bench.http.calls(), 3 + 3 + 1);
    assert_eq!(bench.shop.count().await.unwrap(), Some(250));
}

#[tokio::test]
async fn an_older_shop_is_read_parent_by_parent() {
    let products = (0..30).map(|n| if n % 3 == 0 { shirt(n) } else { mug(n) }).collect();
    let bench = Bench::with(Sandbox::new().older(), products).await;
    let (listings, end) = bench.listings(&Cursor::Start).await;
    assert_eq!(listings.iter().map(|listing| listing.variants.len()).sum::<usize>(), 20 + 3 * 10);
    assert_eq!(bench.http.calls(), 1 + 1 + 10);
    let (stock, _) = bench.read(Feed::Stock, &Cursor::Start).await;
    assert_eq!(stock.len(), 50);
    bench.an_hour_later();
    assert_eq!(bench.listings(&end).await.0.len(), 0);
}

/// A product is deleted while the sweep goes on, and everything behind it moves up by one.
#[tokio::test]
async fn a_deletion_during_the_sweep_hides_nothing() {
    for deleted in [vec![3], (0..130).collect::<Vec<usize>>(), vec![98, 99]] {
        let bench = Bench::open((0..320).map(mug).collect()).await;
        let first = bench.shop.changes(Feed::Listings, &Cursor::Start).await.unwrap();
        let now = bench.clock.now();
        for number in &deleted {
            let id = bench.number(&format!("Mug {number:03}"));
            bench.server.shop().alter(|shop| shop.delete(id, now));
        }
        let Next::More(cursor) = first.next else { panic!() };
        let (rest, _) = bench.listings(&cursor).await;
        let mut seen: BTreeSet<String> = rest.iter().map(|listing| listing.title.to_string()).collect();
        seen.extend(first.changes.iter().filter_map(|change| match change {
            Change::Seen(listing) => Some(listing.title.to_string()),
            _ => None,
        }));
        let wanted: BTreeSet<String> =
            (0..320).filter(|number| !deleted.contains(number)).map(|number| format!("Mug {number:03}")).collect();
        let missing: Vec<&String> = wanted.difference(&seen).collect();
        assert!(missing.is_empty(), "{} deleted, missing {missing:?}", deleted.len());
    }
}

#[tokio::test]
async fn later_runs_see_variations_too() {
    let bench = Bench::open(vec![mug(1), mug(2), shirt(3), shirt(4)]).await;
    let (_, end) = bench.listings(&Cursor::Start).await;
    let (_, stock_end) = bench.read(Feed::Stock, &Cursor::Start).await;
    bench.an_hour_later();
    let (shirt, mug) = (bench.number("Shirt 003"), bench.number("Mug 002"));
    let now = bench.clock.now();
    // Neither moves the product itself.
    bench.server.shop().alter(|shop| {
        shop.set_level(shirt, 1, 1, Quantity::units(40), now);
        shop.set_level(mug, 0, 1, Quantity::units(41), now);
    });
    let before = bench.http.calls();
    let (listings, _) = bench.listings(&end).await;
    let mut seen: Vec<(String, Option<Quantity>)> =
        listings.iter().map(|listing| (listing.title.to_string(), listing.total(|_| true))).collect();
    seen.sort();
    let expected = [("Mug 002", 41), ("Shirt 003", 2 + 40 + 2)];
    assert_eq!(seen, expected.map(|(title, total)| (title.to_owned(), Some(Quantity::units(total)))));
    // Products, variations, the one parent, its variations.
    assert_eq!(bench.calls_since(before), 4);

    let (changes, _) = bench.read(Feed::Stock, &stock_end).await;
    let levels: Vec<Option<Quantity>> = changes
        .iter()
        .map(|change| match change {
            Change::Stock(stock) => stock.quantity,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(levels, [Some(Quantity::units(41)), Some(Quantity::units(40))]);
}

#[tokio::test]
async fn what_is_not_counted_here_is_no_news_of_zero() {
    let mut shared = shirt(1);
    shared.extra.insert("stock_quantity".to_owned(), 12.into());
    shared.variants[0].extra.insert("manage_stock".to_owned(), "parent".into());
    shared.variants[1] = article("T-untracked", &["M"], None);
    let mut poster = product("Poster", &[], vec![article("P", &[], Some(3))]);
    poster.extra.insert("type".to_owned(), "external".into());
    let bench = Bench::open(vec![shared, poster]).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    let stocks: Vec<Stock> = listings.iter().flat_map(|listing| &listing.variants).map(|v| v.stock.clone()).collect();
    assert_eq!(stocks[0], Stock::Unknown);
    assert_eq!(stocks[1], Stock::Untracked);
    assert_eq!(stocks[2].at(&location()), Some(Quantity::units(2)));
    assert_eq!(stocks[3], Stock::Untracked);
    let (changes, _) = bench.read(Feed::Stock, &Cursor::Start).await;
    let levels: Vec<Option<Quantity>> = changes
        .into_iter()
        .filter_map(|change| match change {
            Change::Stock(stock) => Some(stock.quantity),
            _ => None,
        })
        .collect();
    assert_eq!(levels, [None, Some(Quantity::units(2))]);
}

/// A product without variations is named, and the others come.
#[tokio::test]
async fn one_unreadable_product_does_not_stop_the_page() {
    let bench = Bench::open(vec![mug(1)]).await;
    let half = source("Half", &["Size"], &[("", &["S"])]);
    bench.faults(&["cut-before:path=/variations/batch"]);
    let made = bench.shop.create(&creation(&half), &half, &super::super::findings::the_shop().unwrap()).await;
    assert!(made.is_err());
    bench.faults(&[]);
    let (changes, _) = bench.read(Feed::Listings, &Cursor::Start).await;
    assert_eq!(changes.len(), 2);
    assert!(
        changes.iter().any(|change| matches!(change, Change::Unreadable { why, .. } if why.contains("variations")))
    );
}

/// The time of a used proof is over: each try of a read that was answered and lost needs a fresh one.
#[tokio::test]
async fn a_read_whose_answer_was_lost_is_signed_anew() {
    let bench = Bench::open((0..5).map(mug).collect()).await;
    bench.faults(&["cut-after:nth=1"]);
    let (listings, _) = bench.listings(&Cursor::Start).await;
    assert_eq!(listings.len(), 5);
    let refused = bench.server.requests().iter().filter(|seen| seen.status == Some(401)).count();
    assert_eq!(refused, 1, "the lost answer's nonce was used up");
}

#[tokio::test]
async fn some_listings_by_id() {
    let bench = Bench::open(vec![mug(1), shirt(2)]).await;
    let ids = [bench.number("Shirt 002").to_string(), "9999".to_owned(), "abc".to_owned()];
    let ids: Vec<RemoteId> = ids.into_iter().map(|id| RemoteId::new(id).unwrap()).collect();
    let found = bench.shop.listings(&ids).await.unwrap();
    assert_eq!(found.iter().map(|listing| listing.title.as_str()).collect::<Vec<_>>(), ["Shirt 002"]);
    assert_eq!(found[0].variants.len(), 3);
}

#[tokio::test]
async fn a_product_with_three_thousand_variations_is_whole() {
    let shades: Vec<String> = (0..3000).map(|n| format!("Shade {n:04}")).collect();
    let variants = shades.iter().map(|shade| article("", &[shade.as_str()], Some(1))).collect();
    let bench = Bench::open(vec![product("Paint", &["Shade"], variants), mug(1)]).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    assert_eq!(listings.iter().map(|listing| listing.variants.len()).sum::<usize>(), 3001);
    assert_eq!(bench.http.calls(), 1 + 1 + 30);
}

/// A host whose PHP runs out of memory over a full page.
struct Weak(Sandbox);

impl Imitation for Weak {
    fn platform(&self) -> &'static str {
        self.0.platform()
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        self.0.credentials()
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let items = request.query("per_page").and_then(|items| items.parse::<u64>().ok());
        match items.is_some_and(|items| items > 20 && request.query("include").is_none()) {
            true => self.0.failure(Failure::Broken, now),
            false => self.0.answer(shop, request, now),
        }
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        self.0.failure(failure, now)
    }
}

#[tokio::test]
async fn a_weak_host_is_read_in_small_pages() {
    let products = (0..130).map(|n| if n % 5 == 0 { shirt(n) } else { mug(n) }).collect();
    let bench = Bench::with(Weak(Sandbox::new()), products).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    assert_eq!(listings.len(), 130);
    let failed = bench.server.requests().iter().filter(|seen| seen.status == Some(500)).count();
    assert_eq!(failed, 5, "a full page was tried once, as often as any read");
}
