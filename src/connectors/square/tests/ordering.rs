//! Orders: what was sold, sent, called off, given back and put back, against the shop's own record of it.

use super::*;
use crate::domain::{Order, OrderState};
use crate::sandbox::{ShopOrder, ShopOrderState};

/// Orders by number, as a reader of the feed knows them.
type Known = BTreeMap<String, Order>;

impl Bench {
    /// Reads on, and gives what the page told.
    async fn orders(&self, known: &mut Known, cursor: &mut Cursor) -> usize {
        let (changes, next) = self.read(Feed::Orders, cursor).await;
        *cursor = next;
        let told = changes.len();
        for change in changes {
            match change {
                Change::Order(order) => drop(known.insert(order.number.to_string(), *order)),
                other => panic!("{other:?}"),
            }
        }
        told
    }

    /// A variant's number, by SKU.
    fn variant(&self, sku: &str) -> u64 {
        let of = |shop: &Shop| {
            let mut variants = shop.products.values().flat_map(|product| &product.variants);
            variants.find(|variant| variant.sku == sku).unwrap().number
        };
        self.server.shop().look(of)
    }

    fn do_in_shop<T>(&self, doing: impl FnOnce(&mut Shop, Timestamp) -> T) -> T {
        let now = self.clock.now();
        self.server.shop().alter(|shop| doing(shop, now))
    }
}

fn units(count: i64) -> Quantity {
    Quantity::units(count)
}

/// (ordered, fulfilled, dropped, restocked) of each line.
fn lines(order: &Order) -> Vec<[Quantity; 4]> {
    order.lines.iter().map(|line| [line.ordered, line.fulfilled, line.dropped, line.restocked]).collect()
}

/// The shop's own record in our words. One that was never paid took nothing, which we tell as put back.
fn record(order: &ShopOrder) -> (OrderState, Vec<[Quantity; 4]>) {
    let never_paid = order.state == ShopOrderState::Cancelled && order.refunds.is_empty();
    let state = match order.state {
        ShopOrderState::Pending => OrderState::Pending,
        ShopOrderState::Open => OrderState::Open,
        ShopOrderState::Closed => OrderState::Closed,
        ShopOrderState::Cancelled => OrderState::Cancelled,
    };
    let of = |line: &crate::sandbox::ShopOrderLine| {
        let (dropped, restocked) =
            if never_paid { (line.ordered, line.ordered) } else { (line.dropped, line.restocked) };
        [line.ordered, line.fulfilled, dropped, restocked]
    };
    (state, order.lines.iter().map(of).collect())
}

#[tokio::test]
async fn fifty_apples_of_which_four_are_ordered_and_sent() {
    let bench = Bench::open(vec![simple("Apple", "A", 50)]).await;
    let apple = bench.variant("A");
    let (mut known, mut cursor) = (Known::new(), Cursor::Start);
    assert_eq!(bench.orders(&mut known, &mut cursor).await, 0);
    let number = bench.do_in_shop(|shop, now| shop.place_order(&[(apple, 1, units(4))], now).unwrap());
    bench.clock.advance(Duration::from_secs(60));
    bench.orders(&mut known, &mut cursor).await;
    let order = &known["#1001"];
    assert_eq!((order.state, order.booked(&order.lines[0])), (OrderState::Open, units(4)));
    let listing = bench.listing("Apple").await;
    assert_eq!(order.lines[0].listing.as_ref(), Some(&listing.remote));
    assert_eq!(order.lines[0].variant.as_ref(), Some(&listing.variants[0].remote));
    assert_eq!(order.lines[0].location.as_ref(), Some(&bench.location().id));
    assert_eq!(listing.variants[0].stock.total(|_| true), Some(units(46)));
    bench.do_in_shop(|shop, now| shop.fulfil_order(number, &[], now));
    bench.orders(&mut known, &mut cursor).await;
    let order = &known["#1001"];
    assert_eq!((order.state, order.booked(&order.lines[0])), (OrderState::Closed, units(0)));
    assert_eq!(
        (lines(order), order.taken(&order.lines[0])),
        (vec![[units(4), units(4), units(0), units(0)]], units(4))
    );
}

#[tokio::test]
async fn what_was_told_is_not_told_again_and_the_start_shows_what_is_open() {
    let bench = Bench::open(vec![simple("Apple", "A", 50)]).await;
    let apple = bench.variant("A");
    let open = bench.do_in_shop(|shop, now| {
        shop.sell(apple, 1, units(1), now);
        shop.place_order(&[(apple, 1, units(2))], now).unwrap()
    });
    bench.clock.advance(Duration::from_secs(86_400));
    let (mut known, mut cursor) = (Known::new(), Cursor::Start);
    assert_eq!(bench.orders(&mut known, &mut cursor).await, 1, "the sale over the counter is over");
    for _ in 0..3 {
        assert_eq!(bench.orders(&mut known, &mut cursor).await, 0);
        bench.clock.advance(Duration::from_secs(60));
    }
    bench.do_in_shop(|shop, now| shop.fulfil_order(open, &[], now));
    assert_eq!(bench.orders(&mut known, &mut cursor).await, 1);
    let calls = bench.http.calls();
    for _ in 0..3 {
        bench.clock.advance(Duration::from_secs(60));
        assert_eq!(bench.orders(&mut known, &mut cursor).await, 0);
    }
    assert_eq!(bench.http.calls() - calls, 3, "a quiet poll is one call");
}

#[tokio::test]
async fn returns_come_with_their_sale_however_old_it_is() {
    let bench = Bench::open(vec![simple("Apple", "A", 50), simple("Pear", "P", 50)]).await;
    let (apple, pear) = (bench.variant("A"), bench.variant("P"));
    let (mut known, mut cursor) = (Known::new(), Cursor::Start);
    bench.orders(&mut known, &mut cursor).await;
    let sale =
        bench.do_in_shop(|shop, now| shop.place_order(&[(apple, 1, units(5)), (pear, 1, units(2))], now).unwrap());
    bench.do_in_shop(|shop, now| shop.fulfil_order(sale, &[], now));
    bench.orders(&mut known, &mut cursor).await;
    let line = |place: usize| bench.server.shop().look(|shop| shop.orders[&sale].lines[place].number);
    for (days, place, count, restock) in [(10, 0, 1, true), (20, 0, 2, false), (5, 1, 2, true)] {
        bench.clock.advance(Duration::from_secs(days * 86_400));
        let line = line(place);
        bench.do_in_shop(|shop, now| {
            // Others go on buying and bringing back.
            let other = shop.sell(apple, 1, units(3), now).unwrap();
            let other_line = shop.orders[&other].lines[0].number;
            shop.refund_order(other, &[(other_line, units(1))], !restock, now.plus_seconds(-90));
            shop.refund_order(sale, &[(line, units(count))], restock, now);
        });
        bench.clock.advance(Duration::from_secs(30));
        bench.orders(&mut known, &mut cursor).await;
        assert_eq!(lines(&known["#1001"]), bench.server.shop().look(|shop| record(&shop.orders[&sale]).1));
    }
    assert_eq!(
        lines(&known["#1001"]),
        [[units(5), units(5), units(0), units(1)], [units(2), units(2), units(0), units(2)]]
    );
    assert_eq!(known["#1001"].state, OrderState::Closed);
    assert!(known.values().all(|order| order.number.starts_with('#')), "no return is an order of its own: {known:#?}");
}

#[tokio::test]
async fn whatever_customers_do_the_orders_are_the_shops() {
    for seed in 0..6 {
        let bench = Bench::open(vec![simple("Apple", "A", 500), simple("Pear", "P", 500)]).await;
        let variants = [bench.variant("A"), bench.variant("P")];
        let (mut known, mut cursor) = (Known::new(), Cursor::Start);
        let mut random = fastrand::Rng::with_seed(seed);
        bench.orders(&mut known, &mut cursor).await;
        for _ in 0..40 {
            bench.clock.advance(Duration::from_secs(random.u64(1..4000)));
            bench.do_in_shop(|shop, now| {
                let count = units(random.i64(1..5));
                let some: Vec<u64> = shop.orders.keys().copied().collect();
                let chosen = random.choice(&some).copied();
                let of = chosen.and_then(|order| random.choice(&shop.orders[&order].lines).map(|line| line.number));
                let restock = random.bool();
                match (random.u8(0..8), chosen, of) {
                    (0 | 1, ..) | (_, None, _) | (_, _, None) => {
                        let lines: Vec<_> = variants.iter().map(|variant| (*variant, 1, count)).collect();
                        shop.place_order(&lines[..random.usize(1..=2)], now);
                    }
                    (2, ..) => drop(shop.place_pending_order(&[(variants[0], 1, count)], now)),
                    (3, ..) => drop(shop.sell(variants[1], 1, count, now)),
                    (4, Some(order), _) => drop(shop.accept_order(order, now)),
                    (5, Some(order), Some(line)) => drop(shop.fulfil_order(order, &[(line, count)], now)),
                    (6, Some(order), _) => drop(shop.cancel_order(order, restock, now)),
                    (_, Some(order), Some(line)) => drop(shop.refund_order(order, &[(line, count)], restock, now)),
                }
            });
            if random.u8(0..3) == 0 {
                bench.orders(&mut known, &mut cursor).await;
            }
        }
        bench.clock.advance(Duration::from_secs(1));
        bench.orders(&mut known, &mut cursor).await;
        bench.server.shop().look(|shop| {
            assert_eq!(known.len(), shop.orders.len());
            for order in shop.orders.values() {
                let told = &known[&format!("#{}", order.name)];
                assert_eq!((told.state, lines(told)), record(order), "seed {seed}, order #{}: {order:#?}", order.name);
            }
        });
    }
}

#[tokio::test]
async fn pages_and_expired_cursors_lose_no_order() {
    let bench = Bench::open(vec![simple("Apple", "A", 5000)]).await;
    let apple = bench.variant("A");
    let (mut known, cursor) = (Known::new(), &mut Cursor::Start);
    bench.orders(&mut known, cursor).await;
    for _ in 0..1203 {
        bench.do_in_shop(|shop, now| shop.place_order(&[(apple, 1, units(1))], now));
        bench.clock.advance(Duration::from_secs(1));
    }
    let first = bench.connector.changes(Feed::Orders, cursor).await.unwrap();
    let Next::More(second) = first.next else { panic!("1,203 orders are three pages") };
    // Longer than a cursor lives: the run begins anew.
    bench.clock.advance(Duration::from_secs(600));
    let mut rest = second;
    bench.orders(&mut known, &mut rest).await;
    assert_eq!(known.len(), 1203);
    assert_eq!(bench.orders(&mut known, &mut rest).await, repeated(&bench));
    assert!(bench.orders(&mut known, &mut rest).await <= 1, "the last one, as a range begins with its beginning");
    assert_eq!(bench.orders(&mut known, &mut rest).await, 0, "and then no more");
}

/// What the overlap of five minutes holds more than a cursor can remember comes once more.
fn repeated(bench: &Bench) -> usize {
    let last = bench.server.shop().look(|shop| shop.orders.values().map(|order| order.updated_at).max().unwrap());
    bench.server.shop().look(|shop| shop.orders_since(last.plus_seconds(-300)).len())
}

#[tokio::test]
async fn one_bad_order_does_not_cost_the_others() {
    let spoil = |request: &Incoming, mut answer: Outgoing| {
        if request.path == "/v2/orders/search" {
            let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
            if let Some(first) = body["orders"].as_array_mut().and_then(|orders| orders.first_mut()) {
                first["line_items"][0]["quantity"] = json!("many");
            }
            answer.body = body.to_string().into_bytes();
        }
        answer
    };
    let bench = Bench::tampered(vec![simple("Apple", "A", 50)], Box::new(spoil)).await;
    let apple = bench.variant("A");
    bench.do_in_shop(|shop, now| {
        shop.place_order(&[(apple, 1, units(1))], now);
        shop.place_order(&[(apple, 1, units(2))], now);
    });
    let (changes, _) = bench.read(Feed::Orders, &Cursor::Start).await;
    let [Change::Unreadable { why, .. }, Change::Order(order)] = changes.as_slice() else {
        let [Change::Order(order), Change::Unreadable { why, .. }] = changes.as_slice() else { panic!("{changes:#?}") };
        assert!(why.contains("many") && order.lines[0].ordered == units(2), "{why}");
        return;
    };
    assert!(why.contains("many") && order.lines[0].ordered == units(2), "{why}");
}
