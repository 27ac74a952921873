//! Orders: a line item for every piece, lists that are cut, refunds that move no time.

use super::*;
use crate::connectors::clover::orders::order;
use crate::connectors::clover::wire::Sale;
use crate::domain::{Order, OrderState};
use serde_json::{Value, json};

fn orders(changes: Vec<Change>) -> Vec<Order> {
    let order = |change| match change {
        Change::Order(order) => Some(*order),
        _ => None,
    };
    changes.into_iter().filter_map(order).collect()
}

fn read(fields: Value) -> Order {
    let mut sale = json!({"id": "ORDER00000001", "createdTime": 1000, "modifiedTime": 2000,
        "lineItems": {"elements": [
            {"id": "L1", "item": {"id": "A"}}, {"id": "L2", "item": {"id": "A"}}, {"id": "L3", "item": {"id": "B"}}]}});
    fields.as_object().unwrap().iter().for_each(|(name, value)| sale[name] = value.clone());
    let sale: Sale = serde_json::from_value(sale).unwrap();
    order(&sale, &BTreeMap::new(), &here()).unwrap()
}

#[test]
fn pieces_are_counted_and_weights_are_weighed() {
    let told = read(json!({"paymentState": "PAID"}));
    assert_eq!(told.state, OrderState::Closed, "paid at the counter is handed over");
    let counts: Vec<Quantity> = told.lines.iter().map(|line| line.ordered).collect();
    assert_eq!(counts, [Quantity::units(2), Quantity::units(1)]);
    let weighed = json!({"elements": [
        {"id": "L1", "item": {"id": "A"}, "unitQty": 2500, "unitName": "oz"},
        {"id": "L2", "item": {"id": "B"}, "unitQty": 1000},
        {"id": "L3", "item": {"id": "C"}, "unitQty": 0}]});
    let told = read(json!({"paymentState": "PAID", "lineItems": weighed}));
    let counts: Vec<String> = told.lines.iter().map(|line| line.ordered.to_string()).collect();
    assert_eq!(counts, ["2.5", "1", "1"], "thousandths count only where it is sold by a unit");
}

#[test]
fn states_follow_the_payment_and_the_fulfilment() {
    let info = json!({"fulfillmentType": "PICKUP"});
    let of = |fields: Value| read(fields).state;
    assert_eq!(of(json!({"paymentState": "OPEN", "state": "open"})), OrderState::Pending);
    assert_eq!(of(json!({"paymentState": "PARTIALLY_PAID"})), OrderState::Pending);
    assert_eq!(of(json!({"state": "locked"})), OrderState::Closed);
    assert_eq!(of(json!({"paymentState": "PAID", "fulfillmentInfo": info})), OrderState::Open);
    let event =
        |kind: &str| json!({"paymentState": "PAID", "orderFulfillmentEvent": {"id": "COMPLETE", "eventType": kind}});
    assert_eq!(of(event("IN_PROGRESS")), OrderState::Open);
    assert_eq!(of(event("FULFILLED")), OrderState::Closed);
    assert_eq!(of(json!({"paymentState": "REFUNDED", "fulfillmentInfo": info})), OrderState::Cancelled);
    assert_eq!(of(json!({"paymentState": "REFUNDED"})), OrderState::Closed, "it came back after it was handed over");
    let deleted = read(json!({"paymentState": "OPEN", "deletedTimestamp": 5}));
    assert_eq!(deleted.state, OrderState::Cancelled);
    assert!(deleted.lines.iter().all(|line| deleted.taken(line) == Quantity::ZERO), "it was never paid");
}

#[test]
fn a_refunded_piece_of_an_open_order_will_not_be_handed_over() {
    let open = json!({"paymentState": "PARTIALLY_REFUNDED", "fulfillmentInfo": {"fulfillmentType": "PICKUP"},
        "refunds": {"elements": [{"lineItems": {"elements": [{"id": "L2"}]}}, {"voided": true, "lineItems": [{"id": "L3"}]}]}});
    let told = read(open);
    let booked: Vec<Quantity> = told.lines.iter().map(|line| told.booked(line)).collect();
    assert_eq!(booked, [Quantity::units(1), Quantity::units(1)]);
    assert!(told.lines.iter().all(|line| line.restocked == Quantity::ZERO), "Clover does not say what was put back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_of_more_pieces_than_a_list_shows_is_told_whole() {
    let bench = Bench::open(vec![mug("Mug", 500), mug("Cup", 500)]).await;
    let (_, begin) = bench.read(Feed::Orders, &Cursor::Start).await;
    bench.later();
    bench.alter(|shop, now| {
        let variants: Vec<u64> = shop.products.values().map(|product| product.variants[0].number).collect();
        let lines = [(variants[0], 1, Quantity::units(150)), (variants[1], 1, Quantity::units(3))];
        shop.place_order(&lines, now).unwrap();
    });
    let before = bench.count();
    let told = orders(bench.read(Feed::Orders, &begin).await.0);
    let counts: Vec<Quantity> = told[0].lines.iter().map(|line| line.ordered).collect();
    assert_eq!(counts, [Quantity::units(150), Quantity::units(3)]);
    assert!(bench.calls(before).iter().any(|call| call.ends_with("/line_items")), "{:?}", bench.calls(before));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_is_found_though_it_moves_no_order() {
    let bench = Bench::open(vec![mug("Mug", 50)]).await;
    let number = bench.alter(|shop, now| {
        let variant = shop.products.values().next().unwrap().variants[0].number;
        shop.place_order(&[(variant, 1, Quantity::units(4))], now).unwrap()
    });
    bench.later();
    let (_, begin) = bench.read(Feed::Orders, &Cursor::Start).await;
    bench.later();
    bench.alter(|shop, now| {
        let line = shop.orders[&number].lines[0].number;
        assert!(shop.refund_order(number, &[(line, Quantity::units(1))], true, now));
    });
    let (changes, _) = bench.read(Feed::Orders, &begin).await;
    let told = orders(changes);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].booked(&told[0].lines[0]), Quantity::units(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_are_told_without_the_permission_for_refunds() {
    let sandbox = Sandbox::default().lacking(crate::connectors::clover::auth::PAYMENTS_R);
    let bench = Bench::with(sandbox, vec![mug("Mug", 50)]).await;
    let (_, begin) = bench.read(Feed::Orders, &Cursor::Start).await;
    bench.later();
    bench.alter(|shop, now| {
        let variant = shop.products.values().next().unwrap().variants[0].number;
        shop.place_order(&[(variant, 1, Quantity::units(4))], now).unwrap()
    });
    assert_eq!(orders(bench.read(Feed::Orders, &begin).await.0).len(), 1);
    let found = bench.till.test().await.unwrap();
    assert_eq!(found.missing_permissions, ["PAYMENTS_R"]);
}
