//! Orders: what they took off the stock, what came back, and that none is missed.

use serde_json::{Value, json};

use crate::connectors::woocommerce::orders::order;
use crate::connectors::woocommerce::wire::orders::{Refund, Sale};
use crate::domain::{Order, OrderLine, OrderState};

use super::*;

impl Bench {
    async fn orders(&self, from: &Cursor) -> (Vec<Order>, Cursor) {
        let (changes, next) = self.read(Feed::Orders, from).await;
        let orders = changes.into_iter().map(|change| match change {
            Change::Order(order) => *order,
            other => panic!("{other:?}"),
        });
        (orders.collect(), next)
    }

    async fn only_order(&self, from: &Cursor) -> (Order, Cursor) {
        let (mut orders, next) = self.orders(from).await;
        assert_eq!(orders.len(), 1, "{orders:#?}");
        (orders.remove(0), next)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Shop, crate::domain::Timestamp) -> T) -> T {
        let now = self.clock.now();
        self.server.shop().alter(|shop| change(shop, now))
    }

    /// A customer buys so many of the first variant.
    fn buy(&self, title: &str, quantity: i64) -> u64 {
        let product = self.number(title);
        self.change(|shop, now| {
            let variant = shop.products[&product].variants[0].number;
            shop.place_order(&[(variant, 1, Quantity::units(quantity))], now).unwrap()
        })
    }
}

/// Ordered, fulfilled, dropped, restocked.
fn figures(line: &OrderLine) -> [i64; 4] {
    [line.ordered, line.fulfilled, line.dropped, line.restocked].map(|quantity| quantity.whole().unwrap())
}

/// The worked example: 50 apples, 4 ordered: 50/4/46; handed over: 46/0/46.
#[tokio::test]
async fn fifty_apples() {
    let mut apples = mug(1);
    apples.variants[0].levels.insert(1, Quantity::units(50));
    let bench = Bench::open(vec![apples]).await;
    let id = bench.number("Mug 001");
    let number = bench.buy("Mug 001", 4);
    let (open, next) = bench.only_order(&Cursor::Start).await;
    assert_eq!((open.state, open.number.as_str()), (OrderState::Open, "#1001"));
    let line = &open.lines[0];
    assert_eq!(
        (line.listing.as_ref().unwrap().as_str(), line.variant.clone()),
        (id.to_string().as_str(), line.listing.clone())
    );
    assert_eq!(
        (figures(line), open.booked(line), open.taken(line)),
        ([4, 0, 0, 0], Quantity::units(4), Quantity::units(4))
    );
    bench.an_hour_later();
    bench.change(|shop, now| assert!(shop.fulfil_order(number, &[], now)));
    let (closed, next) = bench.only_order(&next).await;
    let line = &closed.lines[0];
    assert_eq!((closed.state, figures(line), closed.booked(line)), (OrderState::Closed, [4, 4, 0, 0], Quantity::ZERO));
    // A return that is put back.
    bench.an_hour_later();
    let of = line.remote.as_str().parse().unwrap();
    bench.change(|shop, now| assert!(shop.refund_order(number, &[(of, Quantity::units(1))], true, now)));
    let (returned, next) = bench.only_order(&next).await;
    assert_eq!((returned.state, figures(&returned.lines[0])), (OrderState::Closed, [4, 4, 0, 1]));
    // Once more, as runs overlap; then there is nothing new.
    bench.an_hour_later();
    let (again, next) = bench.only_order(&next).await;
    assert_eq!(again, returned);
    bench.an_hour_later();
    assert_eq!(bench.orders(&next).await.0, []);
}

#[tokio::test]
async fn what_is_given_back_before_it_is_sent_is_dropped() {
    let bench = Bench::open(vec![mug(1), shirt(2)]).await;
    let number = bench.buy("Shirt 002", 5);
    let (open, next) = bench.only_order(&Cursor::Start).await;
    let parent = bench.number("Shirt 002").to_string();
    assert_eq!(open.lines[0].listing.as_ref().unwrap().as_str(), parent);
    assert_ne!(open.lines[0].variant, open.lines[0].listing);
    bench.an_hour_later();
    let line = open.lines[0].remote.as_str().parse().unwrap();
    bench.change(|shop, now| {
        assert!(shop.refund_order(number, &[(line, Quantity::units(1))], true, now));
        assert!(shop.refund_order(number, &[(line, Quantity::units(1))], false, now));
    });
    let (fewer, next) = bench.only_order(&next).await;
    assert_eq!((fewer.state, figures(&fewer.lines[0])), (OrderState::Open, [5, 0, 2, 1]));
    bench.an_hour_later();
    bench.change(|shop, now| assert!(shop.fulfil_order(number, &[], now)));
    let (sent, _) = bench.only_order(&next).await;
    assert_eq!((sent.state, figures(&sent.lines[0])), (OrderState::Closed, [5, 3, 2, 1]));
    let level = bench.server.shop().look(|shop| {
        let (product, place) =
            shop.find_variant(sent.lines[0].variant.as_ref().unwrap().as_str().parse().unwrap()).unwrap();
        shop.products[&product].variants[place].levels[&1]
    });
    assert_eq!(Quantity::units(2) - sent.taken(&sent.lines[0]), level, "what it took is what is missing");
}

#[tokio::test]
async fn cancelled_is_put_back_and_pending_takes_nothing() {
    let bench = Bench::open(vec![mug(1)]).await;
    let number = bench.buy("Mug 001", 2);
    let mug = bench.number("Mug 001");
    let (_, next) = bench.only_order(&Cursor::Start).await;
    bench.an_hour_later();
    let pending = bench.change(|shop, now| {
        assert!(shop.cancel_order(number, true, now));
        let variant = shop.products[&mug].variants[0].number;
        shop.place_pending_order(&[(variant, 1, Quantity::units(3))], now).unwrap()
    });
    let (orders, next) = bench.orders(&next).await;
    assert_eq!(orders.len(), 2);
    assert_eq!((orders[0].state, figures(&orders[0].lines[0])), (OrderState::Cancelled, [2, 0, 2, 2]));
    assert_eq!((orders[1].state, figures(&orders[1].lines[0])), (OrderState::Pending, [3, 0, 0, 0]));
    assert_eq!(orders[1].taken(&orders[1].lines[0]), Quantity::ZERO);
    bench.an_hour_later();
    bench.change(|shop, now| assert!(shop.accept_order(pending, now)));
    let (orders, _) = bench.orders(&next).await;
    let accepted = orders.into_iter().find(|order| order.remote.as_str() == pending.to_string()).unwrap();
    assert_eq!((accepted.state, accepted.taken(&accepted.lines[0])), (OrderState::Open, Quantity::units(3)));
    // From the beginning, only what is open.
    let (open, _) = bench.only_order(&Cursor::Start).await;
    assert_eq!(open, accepted);
}

/// What is not counted loses nothing when it is sold.
#[tokio::test]
async fn the_uncounted_takes_nothing() {
    let bench = Bench::open(vec![product("Voucher", &[], vec![article("V", &[], None)])]).await;
    bench.buy("Voucher", 1);
    let (order, _) = bench.only_order(&Cursor::Start).await;
    assert_eq!((order.state, order.taken(&order.lines[0])), (OrderState::Open, Quantity::ZERO));
}

#[tokio::test]
async fn no_order_is_missed_while_others_change() {
    let bench = Bench::open(vec![mug(1)]).await;
    let numbers: Vec<u64> = (0..250).map(|_| bench.buy("Mug 001", 1)).collect();
    let mut cursor = Cursor::Start;
    let mut seen: BTreeMap<String, Order> = BTreeMap::new();
    let mut pages = 0;
    let end = loop {
        let page = bench.shop.changes(Feed::Orders, &cursor).await.unwrap();
        for change in page.changes {
            let Change::Order(order) = change else { panic!("{change:?}") };
            seen.insert(order.remote.to_string(), *order);
        }
        pages += 1;
        // Some of the list's beginning are sent, and leave it; new ones come.
        let some = &numbers[(pages - 1) * 40..pages * 40];
        bench.change(|shop, now| some.iter().for_each(|number| assert!(shop.fulfil_order(*number, &[], now))));
        bench.buy("Mug 001", 1);
        match page.next {
            Next::More(next) => cursor = next,
            Next::Done(next) => break next,
        }
    };
    for order in bench.orders(&end).await.0 {
        seen.insert(order.remote.to_string(), order);
    }
    let there = bench.server.shop().look(|shop| shop.orders.clone());
    for order in there.values() {
        let known = seen.get(&order.number.to_string()).unwrap_or_else(|| panic!("{} was missed", order.number));
        let is_closed = order.state == crate::sandbox::ShopOrderState::Closed;
        assert_eq!(known.state == OrderState::Closed, is_closed, "{}", order.number);
    }
    assert!(pages >= 3, "{pages}");
}

fn read(sale: Value, refunds: Value) -> Result<Order, String> {
    let sale: Sale = serde_json::from_value(sale).unwrap();
    let refunds: Vec<Refund> = serde_json::from_value(refunds).unwrap();
    order(&sale, &refunds, &location())
}

fn sale(status: &str, version: &str, reduced: Option<&str>) -> Value {
    let meta = reduced.map(|value| json!({"key": "_reduced_stock", "value": value}));
    json!({
        "id": 9, "number": "9", "status": status, "version": version, "date_created_gmt": "2026-11-21T19:00:00",
        "date_modified_gmt": "2026-11-21T19:05:00",
        "line_items": [{"id": 1, "product_id": 7, "variation_id": 0, "quantity": 3, "meta_data": [meta]}]
    })
}

#[test]
fn the_line_says_what_it_took_whatever_the_status() {
    let told = |status: &str, reduced: Option<&str>| {
        let order = read(sale(status, "9.1.0", reduced), json!([])).unwrap();
        (order.state, order.taken(&order.lines[0]).whole().unwrap(), order.booked(&order.lines[0]).whole().unwrap())
    };
    assert_eq!(told("processing", Some("3")), (OrderState::Open, 3, 3));
    assert_eq!(told("on-hold", Some("3")), (OrderState::Open, 3, 3));
    assert_eq!(told("processing", None), (OrderState::Open, 0, 3), "not counted");
    assert_eq!(told("pending", None), (OrderState::Pending, 0, 0));
    assert_eq!(told("checkout-draft", None), (OrderState::Pending, 0, 0));
    assert_eq!(told("failed", None), (OrderState::Pending, 0, 0));
    assert_eq!(told("failed", Some("3")), (OrderState::Cancelled, 3, 0), "failing puts nothing back");
    assert_eq!(told("cancelled", None), (OrderState::Cancelled, 0, 0));
    assert_eq!(told("trash", Some("3")), (OrderState::Cancelled, 3, 0), "throwing away puts nothing back");
    assert_eq!(told("awaiting-shipment", Some("3")), (OrderState::Open, 3, 3), "a plugin's status");
    assert_eq!(told("refunded", Some("0")), (OrderState::Cancelled, 0, 0), "before it was sent");
    assert_eq!(told("refunded", Some("3")), (OrderState::Cancelled, 3, 0));
}

#[test]
fn old_versions_are_taken_at_their_status() {
    let taken = |status: &str, version: &str| {
        let order = read(sale(status, version, None), json!([])).unwrap();
        order.taken(&order.lines[0])
    };
    assert_eq!(taken("processing", "3.4.7"), Quantity::units(3));
    assert_eq!(taken("completed", "2.6"), Quantity::units(3));
    assert_eq!(taken("cancelled", "3.4.7"), Quantity::ZERO);
    assert_eq!(taken("processing", "3.5.0"), Quantity::ZERO);
}

#[test]
fn an_order_that_cannot_be_read_says_why() {
    let without = |name: &str| {
        let mut sale = sale("processing", "9.1.0", Some("3"));
        sale.as_object_mut().unwrap().remove(name);
        sale
    };
    assert!(read(without("id"), json!([])).unwrap_err().contains("no usable id"));
    let mut timeless = without("date_created_gmt");
    assert_eq!(read(timeless.clone(), json!([])).unwrap().placed_at.rfc3339(), "2026-11-21T19:05:00Z");
    timeless["date_modified_gmt"] = Value::Null;
    assert!(read(timeless, json!([])).unwrap_err().contains("when it was placed"));
    let mut odd = sale("processing", "9.1.0", None);
    odd["line_items"][0]["quantity"] = json!("a few");
    assert!(read(odd, json!([])).unwrap_err().contains("quantity"));
}
