//! What is read: which catalogue, which variants, whose counts, and what to do when the site moves.

use serde_json::json;

use crate::connectors::wix::place::{Phase, Place};
use crate::connectors::wix::sandbox::Sandbox;
use crate::connectors::wix::shop::{Catalogue, THE_STORE};
use crate::domain::{Cursor, Feed, Quantity, Status};
use crate::platform::{Change, Connector, LevelRead, PlatformError};
use crate::sandbox::ShopProduct;

use super::{Bench, mug, shirt};

#[tokio::test]
async fn the_catalogue_is_found_by_itself() {
    let newer = Bench::open(vec![mug(1)]).await.wix.test().await.unwrap();
    assert_eq!(newer.warnings, Vec::<String>::new());
    assert_eq!(
        newer.locations.iter().map(|place| place.name.as_str()).collect::<Vec<_>>(),
        ["Warehouse", "Shop floor"]
    );
    let older = Bench::older(vec![mug(1)]).await.wix.test().await.unwrap();
    assert!(older.warnings[0].contains("V1"), "{older:?}");
    assert_eq!(older.locations[0].id.0.as_str(), THE_STORE);
}

#[tokio::test]
async fn what_the_key_may_not_is_named() {
    let bench = Bench::with(Sandbox::new().without("/ecom/"), vec![mug(1)]).await;
    assert_eq!(bench.wix.test().await.unwrap().missing_permissions, ["Wix eCommerce"]);
    // The currency is then learned from a product.
    for sandbox in [Sandbox::new(), Sandbox::new().with_the_older_catalogue()] {
        let bench = Bench::with(sandbox.without("/site-properties/"), vec![mug(1)]).await;
        let found = bench.wix.test().await.unwrap();
        assert_eq!((found.missing_permissions.len(), found.currency), (1, super::euro()));
    }
    let bench = Bench::with(Sandbox::new().without("/site-properties/"), Vec::new()).await;
    assert!(matches!(bench.wix.test().await, Err(PlatformError::Unauthorised { .. })));
}

#[tokio::test]
async fn variants_of_one_identifier_in_two_products_are_two() {
    let mut other = mug(2);
    other.variants[0].levels.insert(1, Quantity::units(3));
    let bench = Bench::open(vec![mug(1), other]).await;
    let (one, two) = (bench.listing("Mug 1").await, bench.listing("Mug 2").await);
    let theirs =
        |listing: &crate::domain::Listing| listing.variants[0].remote.as_str().split_once('.').unwrap().1.to_owned();
    assert_eq!(theirs(&one), theirs(&two), "Wix's own identifier is the same");
    assert_ne!(one.variants[0].remote, two.variants[0].remote);
    let levels = bench.wix.levels(&[bench.at(&one, 0), bench.at(&two, 0)]).await.unwrap();
    assert_eq!(levels, [10, 3].map(|level| LevelRead::Counted(Quantity::units(level))));
}

#[tokio::test]
async fn a_list_of_variants_that_lags_is_not_believed() {
    let bench = Bench::with(Sandbox::new().lagging(), vec![mug(1), shirt()]).await;
    let shirt = bench.listing("Shirt").await;
    assert_eq!(shirt.variants[1].sku.as_deref(), Some("S-BLUE-M"), "and not what the list shows");
    assert_eq!(bench.sent("GET /stores/v3/products/").len(), 2, "each by itself");
    let in_time = Bench::open(vec![mug(1), super::shirt()]).await;
    in_time.listings().await;
    assert_eq!(in_time.sent("GET /stores/v3/products/").len(), 0);
}

#[tokio::test]
async fn hidden_products_are_drafts_and_not_missing() {
    for older in [false, true] {
        let mut hidden = mug(2);
        hidden.status = Status::Draft;
        let shelf = vec![mug(1), hidden];
        let bench = if older { Bench::older(shelf).await } else { Bench::open(shelf).await };
        let all = bench.listings().await;
        assert_eq!((all["Mug 1"].status, all["Mug 2"].status), (Status::Active, Status::Draft), "older: {older}");
        assert_eq!(bench.wix.count().await.unwrap(), Some(2));
    }
}

#[tokio::test]
async fn a_site_that_moved_is_swept_anew() {
    let products: Vec<ShopProduct> = (0..3).map(mug).collect();
    let bench = Bench::with(Sandbox::new().with_the_older_catalogue().moved(), products).await;
    // As it was known before.
    bench.wix.shop.assume(Catalogue::V1);
    let mut place = Place::at(&Cursor::Start, Phase::Products, Catalogue::V1);
    place.since = Some(crate::platform::Clock::now(bench.clock.as_ref()));
    let refused = bench.wix.changes(Feed::Listings, &place.cursor()).await.unwrap_err();
    assert!(matches!(refused, PlatformError::Refused { .. }), "{refused:?}");
    let (changes, _) = bench.read(Feed::Listings, &place.cursor()).await;
    assert_eq!(changes.len(), 3, "a place in the older catalogue is none in the newer");
    // A deletion that was meant for the older catalogue has not happened.
    let listing = bench.listing("Mug 0").await;
    bench.wix.shop.assume(Catalogue::V1);
    bench.wix.delete(&listing.remote).await.unwrap_err();
    assert_eq!(bench.server.shop().look(|shop| shop.products.len()), 3);
}

#[tokio::test]
async fn a_walk_does_not_hang_on_cursors() {
    // Each made a second after the other: no cursor of Wix's is needed.
    let bench = Bench::open(Vec::new()).await;
    for number in 0..230 {
        bench.clock.advance(std::time::Duration::from_secs(1));
        let now = crate::platform::Clock::now(bench.clock.as_ref());
        bench.server.shop().alter(|shop| shop.insert(mug(number), now));
    }
    // Long enough that the next run's overlap does not reach back.
    bench.clock.advance(std::time::Duration::from_secs(3600));
    let (changes, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    let titles: std::collections::BTreeSet<String> = changes
        .iter()
        .map(|change| match change {
            Change::Seen(listing) => listing.title.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(titles.len(), 230);
    let questions = bench.sent("POST /stores/v3/products/query");
    assert!(questions.iter().all(|body| body.pointer("/query/cursorPaging/cursor").is_none()), "{questions:#?}");
    assert_eq!(questions.len(), 3);
    // Later runs by what changed.
    bench.clock.advance(std::time::Duration::from_secs(3600));
    let (changes, _) = bench.read(Feed::Listings, &end).await;
    assert!(changes.len() < 230);
    let last = bench.sent("POST /stores/v3/products/query").pop().unwrap();
    assert_eq!(last.pointer("/query/sort/0/fieldName"), Some(&json!("updatedDate")));
}

#[tokio::test]
async fn a_cursor_that_holds_no_more_begins_its_moment_anew() {
    let bench = Bench::open((0..150).map(mug).collect()).await;
    let page = bench.wix.changes(Feed::Listings, &Cursor::Start).await.unwrap();
    let crate::platform::Next::More(Cursor::At(text)) = page.next else { panic!("one page of a hundred") };
    let mut place: Place = serde_json::from_str(&text).unwrap();
    assert!(place.cursor.is_some(), "all have the same moment");
    place.cursor = Some("gone".to_owned());
    let again = bench.wix.changes(Feed::Listings, &place.cursor()).await.unwrap();
    assert_eq!(again.changes.len(), 100);
}

#[tokio::test]
async fn counts_are_told_by_when_they_moved() {
    for older in [false, true] {
        let shelf = vec![mug(1), mug(2), shirt()];
        let bench = if older { Bench::older(shelf).await } else { Bench::open(shelf).await };
        let (_, end) = bench.read(Feed::Listings, &Cursor::Start).await;
        let mug = bench.listing("Mug 2").await;
        let number = bench.in_shop("Mug 2").number;
        bench.alter(|shop, now| assert!(shop.set_level(number, 0, 1, Quantity::units(4), now)));
        let (changes, end) = bench.read(Feed::Stock, &end).await;
        let [Change::Stock(only)] = &changes[..] else { panic!("older: {older}: {changes:#?}") };
        assert_eq!((only.listing.as_ref(), &only.variant), (Some(&mug.remote), &mug.variants[0].remote));
        assert_eq!((only.quantity, &only.location), (Some(Quantity::units(4)), &bench.places[0].id));
        bench.clock.advance(std::time::Duration::from_secs(3600));
        assert!(bench.read(Feed::Stock, &end).await.0.len() <= 1);
    }
}
