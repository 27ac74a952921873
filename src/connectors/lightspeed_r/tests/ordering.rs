//! Sales and refunds: what is told of which sale, and what it takes to find out.

use super::*;
use crate::domain::{Order, OrderState};

fn orders(changes: Vec<Change>) -> Vec<Order> {
    let order = |change| match change {
        Change::Order(order) => *order,
        other => panic!("{other:?}"),
    };
    changes.into_iter().map(order).collect()
}

impl Bench {
    fn variant(&self, title: &str) -> u64 {
        self.in_shop(title).variants[0].number
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_is_told_with_the_sale_that_it_gives_back_of() {
    let bench = Bench::open(vec![mug("Mug", 50)]).await;
    let mug = bench.variant("Mug");
    let (_, begin) = bench.read(Feed::Orders, &Cursor::Start).await;
    bench.later();
    let number = bench.alter(|shop, now| shop.sell(mug, 2, Quantity::units(4), now).unwrap());
    let (told, next) = bench.read(Feed::Orders, &begin).await;
    let [sale] = &orders(told)[..] else { panic!() };
    assert_eq!((sale.state, sale.lines[0].fulfilled), (OrderState::Closed, Quantity::units(4)));
    assert_eq!(sale.lines[0].location.as_ref().unwrap().to_string(), "2");
    assert!(sale.number.starts_with("22000"), "as it stands on the receipt: {}", sale.number);
    for back in 1..3 {
        bench.later();
        bench.alter(|shop, now| {
            let line = shop.orders[&number].lines[0].number;
            assert!(shop.refund_order(number, &[(line, Quantity::units(1))], true, now));
        });
        let (told, _) = bench.read(Feed::Orders, &next).await;
        let told = orders(told);
        let [again] = &told[..] else { panic!("the refund is no order of its own: {told:?}") };
        assert_eq!(again.remote, sale.remote);
        assert_eq!(again.lines[0].restocked, Quantity::units(back), "all that was ever given back");
        assert!(again.updated_at > sale.updated_at);
    }
    // Money back alone puts nothing on the shelf.
    bench.later();
    bench.alter(|shop, now| {
        let line = shop.orders[&number].lines[0].number;
        assert!(shop.refund_order(number, &[(line, Quantity::units(1))], false, now));
    });
    let (told, _) = bench.read(Feed::Orders, &next).await;
    let sale = orders(told).into_iter().find(|order| order.remote == sale.remote).unwrap();
    assert_eq!(sale.lines[0].restocked, Quantity::units(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_to_be_shipped_is_open_until_it_is() {
    let bench = Bench::open(vec![mug("Mug", 50)]).await;
    let mug = bench.variant("Mug");
    let number = bench.alter(|shop, now| shop.place_order(&[(mug, 1, Quantity::units(4))], now).unwrap());
    bench.alter(|shop, now| shop.sell(mug, 1, Quantity::units(1), now));
    bench.later();
    let (told, next) = bench.read(Feed::Orders, &Cursor::Start).await;
    let told = orders(told);
    assert_eq!(told.len(), 1, "what was carried home is not open: {told:?}");
    assert_eq!((told[0].state, told[0].booked(&told[0].lines[0])), (OrderState::Open, Quantity::units(4)));
    bench.later();
    // Shipping moves the shipment and not the sale.
    bench.alter(|shop, now| assert!(shop.fulfil_order(number, &[], now)));
    let (told, _) = bench.read(Feed::Orders, &next).await;
    let told = orders(told);
    assert_eq!(told.iter().map(|order| order.state).collect::<Vec<_>>(), [OrderState::Closed]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sales_are_read_without_the_scope_for_shipments() {
    let bench = Bench::with(Sandbox::default().lacking("employee:customers"), vec![mug("Mug", 50)]).await;
    let mug = bench.variant("Mug");
    let (told, begin) = bench.read(Feed::Orders, &Cursor::Start).await;
    assert_eq!(told, Vec::new());
    bench.later();
    bench.alter(|shop, now| shop.sell(mug, 1, Quantity::units(4), now));
    let (told, next) = bench.read(Feed::Orders, &begin).await;
    assert_eq!(orders(told).len(), 1);
    // Within the overlap it comes once more, and then no more.
    bench.later();
    let (_, next) = bench.read(Feed::Orders, &next).await;
    bench.later();
    let (told, _) = bench.read(Feed::Orders, &next).await;
    assert_eq!(told, Vec::new(), "a run goes on where the one before ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_sales_are_told_with_few_calls() {
    let bench = Bench::open(vec![mug("Mug", 500), tee(&[["Red", "S"], ["Blue", "S"]])]).await;
    let (_, begin) = bench.read(Feed::Orders, &Cursor::Start).await;
    bench.later();
    let (mug, tee) = (bench.variant("Mug"), bench.variant("Tee"));
    for _ in 0..50 {
        bench.alter(|shop, now| shop.sell(mug, 1, Quantity::units(1), now));
        bench.alter(|shop, now| shop.sell(tee, 1, Quantity::units(1), now));
    }
    let skip = bench.count();
    let (told, _) = bench.read(Feed::Orders, &begin).await;
    let told = orders(told);
    assert_eq!(told.len(), 100);
    let matrix =
        told.iter().find(|order| order.lines[0].variant.as_ref().unwrap().as_str() == tee.to_string()).unwrap();
    assert!(matrix.lines[0].listing.as_ref().unwrap().as_str().starts_with("matrix:"), "{matrix:?}");
    // The sales, what was given back of their lines, what their items are; the shipments.
    let wanted = ["GET /Sale.json", "GET /SaleLine.json", "GET /Item.json", "GET /ShipTo.json"];
    assert_eq!(bench.calls(skip), wanted);
}
