//! Lists without end marks, groups whose items stand anywhere, and what is told of a change.

use super::*;
use crate::sandbox::Incoming;

const RED_BLUE: [[&str; 2]; 3] = [["Red", "S"], ["Red", "M"], ["Blue", "S"]];

/// One page of listings after the other.
async fn page(bench: &Bench, cursor: &Cursor) -> (Vec<Change>, Next) {
    let page = bench.till.changes(Feed::Listings, cursor).await.unwrap();
    (page.changes, page.next)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_page_is_followed_by_another() {
    let bench = Bench::open((0..1000).map(|n| mug(&format!("Mug {n:04}"), 1)).collect()).await;
    assert_eq!(bench.listings().await.len(), 1000);
    let items = bench.calls(0).into_iter().filter(|call| call == "GET /items").count();
    // A full page, one that shows that it was the last, and what changed meanwhile.
    assert_eq!(items, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_moves_up_while_a_list_is_read_is_not_missed() {
    let bench = Bench::open((0..2500).map(|n| mug(&format!("Mug {n:04}"), 1)).collect()).await;
    let (first, next) = page(&bench, &Cursor::Start).await;
    let Next::More(mut cursor) = next else { panic!() };
    // Six hundred of what was read are deleted: everything behind moves up, past the overlap of pages.
    bench.alter(|shop, now| {
        let early: Vec<u64> = shop.products.keys().take(600).copied().collect();
        early.into_iter().for_each(|number| assert!(shop.delete(number, now)));
    });
    let mut titles: std::collections::BTreeSet<String> =
        seen(first).into_iter().map(|listing| listing.title.to_string()).collect();
    loop {
        let (changes, next) = page(&bench, &cursor).await;
        titles.extend(seen(changes).into_iter().map(|listing| listing.title.to_string()));
        match next {
            Next::More(next) => cursor = next,
            Next::Done(_) => break,
        }
    }
    assert_eq!(titles.len(), 2500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_tells_of_groups_without_asking_for_each() {
    let products = (0..30).map(|n| ShopProduct { title: format!("Tee {n:02}"), ..tee(&RED_BLUE) }).collect();
    let bench = Bench::open(products).await;
    let listings = bench.listings().await;
    assert_eq!(listings.len(), 30);
    assert!(
        listings.iter().all(|listing| listing.variants.len() == 3 && listing.remote.as_str().starts_with("group:"))
    );
    assert_eq!(bench.calls(0), ["GET /items", "GET /item_groups", "GET /attributes", "GET /items"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_that_lost_what_it_put_aside_begins_again() {
    let mut products: Vec<ShopProduct> = (0..1100).map(|n| mug(&format!("Mug {n:04}"), 1)).collect();
    products.insert(0, tee(&RED_BLUE));
    let mut bench = Bench::open(products).await;
    let (_, Next::More(cursor)) = page(&bench, &Cursor::Start).await else { panic!() };
    // The program is started anew, and knows nothing but the cursor.
    bench.till = bench.again();
    let (changes, _) = bench.read(Feed::Listings, &cursor).await;
    let tees: Vec<Listing> = seen(changes).into_iter().filter(|listing| listing.title.as_str() == "Tee").collect();
    assert_eq!(tees.len(), 1);
    assert_eq!(tees[0].variants.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_item_that_changed_brings_its_whole_group() {
    let bench = Bench::open(vec![tee(&RED_BLUE), mug("Mug", 1)]).await;
    let (_, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    bench.later();
    bench.alter(|shop, now| {
        let tee = shop.products.values_mut().find(|product| product.title == "Tee").unwrap();
        tee.variants[1].price = Some(100);
        tee.variants[1].updated_at = now;
    });
    bench.clock.advance(Duration::from_secs(60));
    let (changes, _) = bench.read(Feed::Listings, &end).await;
    let listings = seen(changes);
    assert_eq!(listings.len(), 1);
    assert_eq!(listings[0].variants.len(), 3);
    assert_eq!(listings[0].variants[1].price.unwrap().minor, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_groups_that_changed_are_read_with_the_list_of_all() {
    let products = (0..40).map(|n| ShopProduct { title: format!("Tee {n:02}"), ..tee(&RED_BLUE) }).collect();
    let bench = Bench::open(products).await;
    let (_, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    bench.later();
    bench.alter(|shop, now| {
        for product in shop.products.values_mut() {
            product.updated_at = now;
        }
    });
    let before = bench.count();
    let (changes, _) = bench.read(Feed::Listings, &end).await;
    assert_eq!(seen(changes).len(), 40);
    assert!(bench.count() - before <= 5, "{:?}", bench.calls(before));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_is_told_where_clover_says_so() {
    let bench = Bench::open(vec![tee(&RED_BLUE), mug("Mug", 1), mug("Cup", 1)]).await;
    let (changes, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    let listings = seen(changes);
    bench.later();
    for title in ["Tee", "Cup"] {
        let listing = listings.iter().find(|listing| listing.title.as_str() == title).unwrap();
        bench.till.delete(&listing.remote).await.unwrap();
    }
    let (changes, _) = bench.read(Feed::Listings, &end).await;
    for title in ["Tee", "Cup"] {
        let remote = &listings.iter().find(|listing| listing.title.as_str() == title).unwrap().remote;
        assert!(changes.iter().any(|change| *change == Change::Gone(remote.clone())), "{title}: {changes:?}");
    }
    let mug = &listings.iter().find(|listing| listing.title.as_str() == "Mug").unwrap().remote;
    assert!(!changes.iter().any(|change| *change == Change::Gone(mug.clone())), "{changes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stock_moves_without_its_item_and_is_found_by_its_own_time() {
    let bench = Bench::open(vec![mug("Mug", 1), mug("Cup", 2)]).await;
    let (_, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    bench.later();
    bench.alter(|shop, now| {
        let number = shop.products.values().find(|product| product.title == "Mug").unwrap().number;
        shop.set_level(number, 0, 1, Quantity::units(9), now);
    });
    let (changes, _) = bench.read(Feed::Listings, &end).await;
    assert_eq!(changes, [], "the item itself did not change");
    let (changes, _) = bench.read(Feed::Stock, &end).await;
    let [Change::Stock(stock)] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!((stock.quantity, &stock.location), (Some(Quantity::units(9)), &here()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_item_that_cannot_be_read_does_not_hide_the_others() {
    let mut bad = mug("Bad", 1);
    bad.variants[0].extra = serde_json::from_str(r#"{"clover": {"alternateName": 7}}"#).unwrap();
    let bench = Bench::open(vec![bad, mug("Mug", 1)]).await;
    let (changes, _) = bench.read(Feed::Listings, &Cursor::Start).await;
    let unreadable = changes.iter().filter(|change| matches!(change, Change::Unreadable { .. })).count();
    assert!(unreadable > 0, "{changes:?}");
    assert!(seen(changes).iter().any(|listing| listing.title.as_str() == "Mug"));
}

#[test]
fn lists_are_filtered_by_known_fields_alone_and_expanded_three_times_at_most() {
    let (mut sandbox, now) = (Sandbox::default(), SystemClock.now());
    let mut shop = Shop::new("Test", dollar(), &["Here"]);
    shop.insert(ShopProduct { category: "Kitchen".to_owned(), ..mug("Mug", 1) }, now);
    let token = sandbox.credentials()[1].1.clone();
    let mut ask = |name: &str, value: &str| {
        let request = Incoming {
            method: "GET".into(),
            path: format!("/v3/merchants/{}/items", crate::connectors::clover::sandbox::MERCHANT_ID),
            query: vec![(name.to_owned(), value.to_owned())],
            headers: vec![("authorization".into(), format!("Bearer {token}"))],
            body: Vec::new(),
        };
        sandbox.answer(&mut shop, &request, now)
    };
    assert_eq!(ask("filter", "categories.id=X").status, 400, "its name is categoryId");
    let known = ask("filter", "categoryId=X");
    assert_eq!(known.status, 200);
    assert!(
        known.headers.iter().any(|(name, value)| name == "X-Clover-Allowed-Filter-Fields" && value.contains("sku"))
    );
    assert_eq!(ask("expand", "tags,categories,itemStock,options").status, 400);
    assert_eq!(ask("expand", "nonsense").status, 200, "left out without a word");
}
