//! Orders in parts, and what the key may see of them.

use super::*;
use crate::domain::{Order, OrderState};

impl Bench {
    async fn orders(&self, from: &Cursor) -> (Vec<Order>, Cursor) {
        let mut cursor = from.clone();
        let mut orders = Vec::new();
        loop {
            let page = self.connector.changes(Feed::Orders, &cursor).await.unwrap();
            for change in page.changes {
                let Change::Order(order) = change else { panic!("{change:?}") };
                orders.push(*order);
            }
            match page.next {
                Next::More(next) => cursor = next,
                Next::Done(next) => return (orders, next),
            }
        }
    }

    /// Orders so many of the only product.
    fn order(&self, count: i64) -> u64 {
        let now = self.clock.now();
        self.server.shop().alter(|shop| {
            let variant = shop.products.values().next().unwrap().variants[0].number;
            shop.place_order(&[(variant, 1, Quantity::units(count))], now).unwrap()
        })
    }
}

#[tokio::test]
async fn what_is_sent_dropped_given_back_and_put_back_is_told_to_the_piece() {
    let bench = Bench::open(Admin::new(), token(), vec![simple("Mug")]).await;
    let number = bench.order(10);
    let (_, since) = bench.orders(&Cursor::Start).await;
    let line = bench.server.shop().look(|shop| shop.orders[&number].lines[0].number);
    type Doing = fn(&mut Shop, u64, u64, Timestamp) -> bool;
    let doings: [(Doing, [i64; 4], OrderState); 5] = [
        // fulfilled, dropped, restocked, open
        (
            |shop, order, line, now| shop.fulfil_order(order, &[(line, Quantity::units(4))], now),
            [4, 0, 0, 6],
            OrderState::Open,
        ),
        // Two of the six that were not sent, put back.
        (
            |shop, order, line, now| shop.refund_order(order, &[(line, Quantity::units(2))], true, now),
            [4, 2, 2, 4],
            OrderState::Open,
        ),
        // Three of the other four, not put back: they are not sent all the same.
        (
            |shop, order, line, now| shop.refund_order(order, &[(line, Quantity::units(3))], false, now),
            [4, 5, 2, 1],
            OrderState::Open,
        ),
        (|shop, order, _, now| shop.fulfil_order(order, &[], now), [5, 5, 2, 0], OrderState::Closed),
        // One comes back and is put back: shipped it was all the same.
        (
            |shop, order, line, now| shop.refund_order(order, &[(line, Quantity::units(1))], true, now),
            [5, 5, 3, 0],
            OrderState::Closed,
        ),
    ];
    for (doing, [fulfilled, dropped, restocked, open], state) in doings {
        bench.clock.advance(Duration::from_secs(600));
        let now = bench.clock.now();
        assert!(bench.server.shop().alter(|shop| doing(shop, number, line, now)));
        let (orders, _) = bench.orders(&since).await;
        let told = &orders[0].lines[0];
        let figures = [told.fulfilled, told.dropped, told.restocked, told.open()];
        assert_eq!(figures, [fulfilled, dropped, restocked, open].map(Quantity::units), "{orders:#?}");
        assert_eq!(orders[0].state, state);
    }
}

#[tokio::test]
async fn plain_orders_cost_a_call_for_26_and_no_more() {
    let bench = Bench::open(Admin::new(), token(), vec![simple("Mug")]).await;
    for _ in 0..52 {
        bench.order(1);
    }
    bench.clock.advance(Duration::from_secs(60));
    bench.operations();
    let (orders, end) = bench.orders(&Cursor::Start).await;
    assert_eq!((orders.len(), bench.operations()), (52, vec!["Orders".to_owned(); 2]));
    bench.clock.advance(Duration::from_secs(3600));
    let (orders, _) = bench.orders(&end).await;
    assert_eq!((orders.len(), bench.operations().len()), (52, 2), "what the overlap reaches comes again");
}

#[tokio::test]
async fn only_the_last_60_days_are_seen_without_a_further_permission() {
    let scopes = ["write_products", "write_inventory", "read_locations", "read_orders"];
    for (scopes, seen) in [(&scopes[..], 1), (&[&scopes[..], &["read_all_orders"]].concat()[..], 2)] {
        let bench = Bench::open(Admin::allowing(scopes), token(), vec![simple("Mug")]).await;
        bench.order(1);
        bench.clock.advance(Duration::from_secs(61 * 86_400));
        bench.order(2);
        let found = bench.connector.test().await.unwrap();
        assert_eq!(found.missing_permissions, Vec::<String>::new());
        assert_eq!(found.warnings.iter().any(|warning| warning.contains("60 days")), seen == 1);
        let (orders, _) = bench.orders(&Cursor::Start).await;
        assert_eq!(orders.len(), seen);
    }
}

#[tokio::test]
async fn orders_without_the_permission_are_refused_by_its_name() {
    let scopes = ["write_products", "write_inventory", "read_locations"];
    let bench = Bench::open(Admin::allowing(&scopes), token(), vec![simple("Mug")]).await;
    let error = bench.connector.changes(Feed::Orders, &Cursor::Start).await.unwrap_err();
    assert!(
        matches!(error, PlatformError::Unauthorised { .. }) && error.to_string().contains("read_orders"),
        "{error}"
    );
}
