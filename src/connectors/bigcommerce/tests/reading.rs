//! What is read: keys and scopes, rate windows, dates, orders in both forms.

use super::*;
use crate::domain::OrderState;

#[tokio::test]
async fn a_missing_scope_is_named() {
    let lacking = Sandbox::new()
        .without("GET", "/v3/inventory/locations")
        .without("GET", "/v2/orders")
        .without("POST", "/v3/inventory")
        .without("PUT", "/v3/catalog");
    let bench = Bench::with(lacking, vec![mug(1)]).await;
    let found = bench.shop.test().await.unwrap();
    let mut missing = found.missing_permissions.clone();
    missing.sort();
    assert_eq!(
        missing,
        ["Orders: read-only", "Products: modify", "Store Inventory: modify", "Store Locations: read-only"]
    );
    assert_eq!(found.locations[0].id.0.as_str(), "1", "every store has it");
    let blind = Bench::with(Sandbox::new().without("GET", "/v2/store"), Vec::new()).await;
    let error = blind.shop.test().await.unwrap_err();
    assert!(error.to_string().contains("Information & Settings"), "{error}");
}

#[tokio::test]
async fn all_is_well_with_all_scopes() {
    let bench = Bench::open(vec![mug(1)]).await;
    let found = bench.shop.test().await.unwrap();
    assert_eq!((found.missing_permissions, found.locations.len()), (Vec::new(), 2));
    assert_eq!(bench.server.shop().look(|shop| shop.applied.len()), 0, "the questions changed nothing");
}

/// The window is another one than we thought (a smaller plan, other apps): the headers rule.
#[tokio::test]
async fn no_call_is_one_too_many() {
    let bench = Bench::open((1..=3).map(mug).collect()).await;
    let began = bench.clock.now();
    let mut answered = 0;
    while bench.clock.now().seconds_since(began) < 600 {
        bench.shop.count().await.unwrap();
        answered += 1;
    }
    let seen = bench.server.requests();
    assert_eq!(seen.iter().filter(|seen| seen.status == Some(429)).count(), 0);
    // 150 in each of twenty windows, of which nine tenths are to be used.
    let allowed = 150 * bench.clock.now().seconds_since(began) / 30;
    assert!(answered * 10 >= allowed * 9, "{answered} of {allowed}");
}

#[tokio::test]
async fn orders_without_their_lines_are_asked_for_them() {
    for sandbox in [Sandbox::new(), Sandbox::new().with_orders_by_reference()] {
        let bench = Bench::with(sandbox, vec![mug(1), shirt(1)]).await;
        let (mug, size) = (bench.in_store("Mug 1").variants[0].number, bench.in_store("Shirt 1").variants[1].number);
        let now = bench.clock.now();
        bench.server.shop().alter(|shop| {
            let lines = [(mug, 1, Quantity::units(2)), (size, 1, Quantity::units(1))];
            shop.place_order(&lines, now).unwrap();
            shop.place_pending_order(&lines, now).unwrap();
        });
        let (changes, _) = bench.read(Feed::Orders, &Cursor::Start).await;
        let [Change::Order(order)] = &changes[..] else { panic!("a checkout that was left is no order: {changes:?}") };
        assert_eq!((order.state, order.lines.len()), (OrderState::Open, 2));
        assert_eq!(order.lines[1].variant.as_ref().unwrap().as_str(), size.to_string());
    }
}

/// Deletions between two pages push nothing out of sight.
#[tokio::test]
async fn a_deletion_while_paging_hides_nothing() {
    let bench = Bench::open((1..=600).map(mug).collect()).await;
    let first = bench.shop.changes(Feed::Listings, &Cursor::Start).await.unwrap();
    let Next::More(cursor) = first.next else { panic!("one page only") };
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| {
        let early: Vec<u64> = shop.products.keys().copied().take(100).collect();
        assert!(early.into_iter().all(|number| shop.delete(number, now)));
    });
    let (rest, _) = bench.read(Feed::Listings, &cursor).await;
    assert_eq!(first.changes.len() + rest.len(), 600);
}
