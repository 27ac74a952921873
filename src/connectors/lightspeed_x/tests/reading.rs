//! Versions, families over page ends, restarts, prices, old versions.

use serde_json::json;

use crate::domain::{Currency, Cursor, Feed, Status, Stock, Structure, Timestamp};
use crate::platform::{Change, Next};

use super::super::convert::{Facts, Levels, listing, looks_like_a_card};
use super::super::measures::Tax;
use super::super::run::Place;
use super::super::sandbox::Sandbox;
use super::super::wire::{Loose, Product};
use super::fixtures::{EVENING, Till, creation, family, location, seen, simple, tee, variant};

#[test]
fn a_version_is_never_a_float() {
    let read = |raw: &str| serde_json::from_str::<Loose>(raw).unwrap();
    assert_eq!(read("9007199254740993").integer(), Some(9_007_199_254_740_993));
    assert_eq!(read("\"9007199254740993\"").integer(), Some(9_007_199_254_740_993));
    assert_eq!(read("9007199254740993.0").integer(), None, "a float has lost the last digit by now");
    let place = Place { from: None, after: i64::MAX, stock: 9_007_199_254_740_993, told: 0 };
    assert_eq!(Place::of(&place.cursor()), Ok(place));
}

#[test]
fn numbers_come_as_text_at_times() {
    let read = |raw: &str| serde_json::from_str::<Loose>(raw).unwrap().quantity().map(|quantity| quantity.to_string());
    assert_eq!(read("\"12.50000\"").as_deref(), Some("12.5"));
    assert_eq!(read("0.1").as_deref(), Some("0.1"));
    assert_eq!(read("3e-5").as_deref(), Some("0.00003"));
    assert_eq!(read("-4").as_deref(), Some("-4"));
    assert_eq!(read("null"), None);
    assert_eq!(read("\"many\""), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cursor_keeps_every_digit() {
    let till = Till::open((0..7).map(|n| simple(&format!("Mug {n}"), &format!("M{n}"), 5)).collect()).await;
    let (_, end) = till.read(Feed::Listings, &Cursor::Start).await;
    let place = Place::of(&end).unwrap();
    // Odd, and beyond 2⁵³: by way of a float it would be even.
    assert!(place.after > 1 << 53 && place.stock > 1 << 53);
    let highest = till.requests().iter().filter_map(|(_, request)| request.query("after")?.parse::<i64>().ok()).max();
    assert_eq!(highest, Some(place.after));
    let (changes, again) = till.read(Feed::Listings, &end).await;
    assert_eq!((changes, again), (Vec::new(), end), "nothing changed since");
}

fn families(count: usize) -> Vec<crate::sandbox::ShopProduct> {
    let one = |n: usize| {
        let variants = (0..7).map(|v| variant(&[&format!("Size {v}")], &format!("S{n}-{v}"), 1)).collect();
        family(&format!("Shirt {n:03}"), &["Size"], variants)
    };
    (0..count).map(one).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_family_that_is_spread_over_pages_is_told_whole() {
    // 7 does not divide 500, the number that comes at once.
    let till = Till::open(families(200)).await;
    // The last changes of one family lie far apart.
    till.listings().await;
    till.alter(|shop, now| {
        let first = *shop.products.keys().next().unwrap();
        shop.touch(first, now);
    });
    let listings = till.listings().await;
    assert_eq!(listings.len(), 200);
    assert!(listings.values().all(|listing| listing.variants.len() == 7), "a part is worse than nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_in_the_middle_of_a_run_loses_no_variant() {
    let mut products = families(200);
    products.extend((0..30).map(|n| simple(&format!("Mug {n:02}"), &format!("M{n}"), 5)));
    let till = Till::open(products).await;
    let mut told = Vec::new();
    let mut cursor = Cursor::Start;
    let end = loop {
        // A new connector for each page.
        let page = till.restarted().changes(Feed::Listings, &cursor).await.unwrap();
        told.extend(page.changes);
        match page.next {
            Next::More(next) => {
                assert_ne!(next, cursor, "it moves");
                cursor = next;
            }
            Next::Done(end) => break end,
        }
    };
    let listings = seen(told);
    assert_eq!(listings.len(), 230);
    assert!(listings.values().all(|listing| [1, 7].contains(&listing.variants.len())));
    assert_eq!(till.read(Feed::Listings, &end).await.0, Vec::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_changed_families_cost_a_walk_and_few_a_call_each() {
    let till = Till::open(families(120)).await;
    let (_, end) = till.read(Feed::Listings, &Cursor::Start).await;
    let touch = |count: usize| {
        till.alter(|shop, now| {
            let numbers: Vec<u64> = shop.products.keys().copied().take(count).collect();
            assert!(numbers.into_iter().all(|number| shop.touch(number, now)));
        });
        till.clock.advance(std::time::Duration::from_secs(60));
        till.requests();
    };
    touch(5);
    let (changes, end) = till.read(Feed::Listings, &end).await;
    assert_eq!((seen(changes).len(), till.requests().len()), (5, 1 + 5 + 1 + 1), "two pages, five names, the counts");
    touch(100);
    let (changes, _) = till.read(Feed::Listings, &end).await;
    let calls = till.requests().len();
    assert_eq!(seen(changes).len(), 100);
    assert!(calls < 12, "{calls} calls");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deletions_of_a_variant_and_of_a_family_are_told_apart() {
    let till = Till::open(vec![tee(), simple("Mug", "M", 1)]).await;
    let tee = till.listing("Tee").await;
    let (_, end) = till.read(Feed::Listings, &Cursor::Start).await;
    till.alter(|shop, now| {
        let number = shop.products.values().find(|product| product.title == "Tee").unwrap().number;
        shop.products.get_mut(&number).unwrap().variants.pop();
        shop.touch(number, now);
    });
    let (changes, end) = till.read(Feed::Listings, &end).await;
    assert_eq!(seen(changes)["Tee"].variants.len(), 2);
    till.alter(|shop, now| {
        let number = shop.products.values().find(|product| product.title == "Tee").unwrap().number;
        shop.delete(number, now);
    });
    let (changes, end) = till.read(Feed::Listings, &end).await;
    assert_eq!(changes, [Change::Gone(tee.remote)]);
    // From the beginning nobody hears of what was never there.
    let (all, _) = till.read(Feed::Listings, &Cursor::Start).await;
    assert_eq!(all.len(), 1);
    assert_eq!(till.read(Feed::Listings, &end).await.0, Vec::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_price_is_the_one_that_the_shop_sells_by() {
    let exclusive = Till::open_with(Sandbox::new(true), vec![simple("Mug", "M", 1)], EVENING, None).await;
    let mug = exclusive.listing("Mug").await;
    assert_eq!(mug.variants[0].price.unwrap().to_string(), "19.90 EUR");
    let mut copy = mug.clone();
    copy.title = "Cup".into();
    copy.variants[0].sku = Some("C".into());
    let made = exclusive.connector.create(&creation(&copy, 1), &copy, &location()).await.unwrap();
    assert_eq!(made.listing.variants[0].price, mug.variants[0].price);
    let sent =
        exclusive.requests().into_iter().find(|(call, _)| call.ends_with("POST /api/2026-07/products")).unwrap().1;
    let sent = sent.json().unwrap();
    assert_eq!(sent["price_excluding_tax"], json!(19.9));
    assert!(sent.get("price_including_tax").is_none(), "never both");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_version_is_warned_of() {
    let now = Till::open(vec![simple("Mug", "M", 1)]).await.connector.test().await.unwrap();
    assert_eq!((now.warnings, now.missing_permissions), (Vec::<String>::new(), Vec::<String>::new()));
    assert_eq!(now.locations.len(), 2);
    // The shop's own clock says it, whatever this machine's is.
    let later = Till::open_with(Sandbox::new(false), vec![simple("Mug", "M", 1)], "2027-08-01T00:00:00Z", None).await;
    let found = later.connector.test().await.unwrap();
    assert!(found.warnings.iter().any(|warning| warning.contains("until 2027-07-01")), "{:?}", found.warnings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_has_the_dated_version_and_says_who_calls() {
    let till = Till::open(vec![tee()]).await;
    till.connector.test().await.unwrap();
    till.listings().await;
    for (call, request) in till.requests() {
        assert!(request.path.starts_with("/api/2026-07/"), "{call}");
        assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("counterpart/")), "{call}");
    }
}

fn facts() -> Facts {
    Facts { currency: Currency::new("NZD").unwrap(), tax: Tax::Inclusive, base: "https://x.example".into() }
}

#[test]
fn a_variant_of_the_documentation_is_read() {
    let product: Product = serde_json::from_value(json!({
        "id": "b8ca3a65-0183-11e4-fbb5-7988a6ed80f8", "variant_parent_id": "aa", "name": "Bravo",
        "variant_name": "Bravo / Black / Cotton / Cotton", "has_inventory": "true", "active": true, "is_active": false,
        "description": "<p>The best product ever, except for the next one.</p>", "sku": "787878",
        "product_codes": [{"type": "custom", "code": "123456"}, {"type": "custom", "code": "4006381333931"}],
        "brand": null, "type": {"name": "General"}, "price_including_tax": "126.5", "images": null,
        "variant_options": [
            {"name": "Color", "value": "Black"}, {"name": "Fabric", "value": "Cotton"}, {"name": "Fabric", "value": "Cotton"},
        ],
        "updated_at": "2017-08-21T23:50:39+00:00", "version": 4_284_638_488_i64,
    }))
    .unwrap();
    let read = listing(std::slice::from_ref(&product), &Levels::default(), &facts()).unwrap();
    assert_eq!(read.remote.as_str(), "aa", "the family is the parent");
    assert_eq!(read.structure, Structure::Variable { options: vec!["Color".into(), "Fabric".into()] });
    assert_eq!(read.variants[0].option_label(), "Black / Cotton");
    assert_eq!(read.variants[0].sku.as_deref(), Some("787878"));
    assert_eq!(read.variants[0].barcode.as_deref(), Some("4006381333931"), "an older shop has no kinds of codes");
    assert_eq!(read.variants[0].price.unwrap().to_string(), "126.50 NZD");
    assert_eq!((read.status, &read.variants[0].stock), (Status::Draft, &Stock::Unknown));
    assert_eq!(read.category.as_deref(), Some("General"));
    assert_eq!(read.updated_at, Timestamp::parse("2017-08-21T23:50:39Z"));
}

#[test]
fn card_numbers_are_recognised_as_x_series_does() {
    assert!(looks_like_a_card("call 4111 1111 1111 1111 now"));
    assert!(looks_like_a_card("4111-1111-1111-1111"));
    assert!(!looks_like_a_card("4111 1111 1111 1112"));
    assert!(!looks_like_a_card("ISBN 9783161484100 and 5 more"));
    assert!(!looks_like_a_card("Mug 350 ml, 12 pieces"));
}
