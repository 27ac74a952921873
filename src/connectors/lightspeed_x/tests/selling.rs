//! Sales of both forms as orders: states, returns, exchanges, the beginning of the feed.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::domain::{Cursor, Feed, Order, OrderState, Quantity};
use crate::platform::Change;

use super::super::sale::{order, order_state, sells};
use super::super::wire::Sale;
use super::fixtures::{Till, simple};

fn sale(fields: Value) -> Sale {
    serde_json::from_value(fields).unwrap()
}

#[test]
fn both_forms_say_the_same() {
    let cases: [(&str, &str, &[&str], OrderState); 9] = [
        ("SAVED", "parked", &[], OrderState::Pending),
        ("ONACCOUNT", "pending", &["onaccount"], OrderState::Closed),
        ("LAYBY", "pending", &["layby"], OrderState::Open),
        ("AWAITING_DISPATCH", "pending", &["delivery"], OrderState::Pending),
        ("AWAITING_PICKUP", "pending", &["pickup"], OrderState::Pending),
        ("SERVICE", "pending", &["service"], OrderState::Pending),
        ("DISPATCHED_CLOSED", "closed", &["delivery"], OrderState::Closed),
        ("CLOSED", "closed", &[], OrderState::Closed),
        ("VOIDED", "voided", &[], OrderState::Cancelled),
    ];
    for (status, state, attributes, wanted) in cases {
        assert_eq!(order_state(&sale(json!({"status": status}))), Ok(wanted), "{status}");
        assert_eq!(order_state(&sale(json!({"state": state, "attributes": attributes}))), Ok(wanted), "{state}");
    }
    let account_for_pickup = sale(json!({"state": "pending", "attributes": ["onaccount", "pickup"]}));
    assert_eq!(order_state(&account_for_pickup), Ok(OrderState::Open), "taken, and still there");
    assert_eq!(
        order_state(&sale(json!({"state": "closed", "deleted_at": "2026-01-01T00:00:00Z"}))),
        Ok(OrderState::Cancelled)
    );
    assert!(order_state(&sale(json!({"state": "folded"}))).is_err());
}

fn roots() -> HashMap<String, String> {
    HashMap::from([("red".into(), "tee".into()), ("mug".into(), "mug".into())])
}

fn first() -> Sale {
    sale(json!({
        "id": "s1", "invoice_number": "1036", "state": "closed", "date": "2026-11-20T10:00:00+00:00",
        "updated_at": "2026-11-20T10:00:00+00:00", "source": {"outlet_id": "o1"},
        "return": {"is_return": false, "return_sale_ids": ["s2"]},
        "line_items": [
            {"id": "l1", "product": {"id": "red"}, "quantity": "2"}, {"id": "l2", "product": {"id": "mug"}, "quantity": 1},
            {"id": "l3", "product": {"id": "discount"}, "quantity": 1},
        ],
    }))
}

fn flat_return(status: &str) -> Sale {
    sale(json!({
        "id": "s2", "status": status, "return_for": "s1", "sale_date": "2026-11-21T10:00:00+00:00",
        "updated_at": "2026-11-21T10:00:00+00:00",
        "line_items": [{"product_id": "red", "quantity": -1, "is_return": true}, {"product_id": "mug", "quantity": 3}],
    }))
}

fn told(order: &Order, variant: &str) -> (Quantity, Quantity) {
    let line = order.lines.iter().find(|line| line.variant.as_ref().is_some_and(|v| v.as_str() == variant)).unwrap();
    (line.ordered, line.restocked)
}

#[test]
fn a_return_is_a_part_of_the_sale_that_it_gives_back() {
    let units = Quantity::units;
    let (first, back) = (first(), flat_return("CLOSED"));
    let whole = order(&first, &[&back], &roots()).unwrap();
    assert_eq!((told(&whole, "red"), told(&whole, "mug")), ((units(2), units(1)), (units(1), units(0))));
    assert_eq!(whole.lines[0].listing.as_ref().unwrap().as_str(), "tee", "the family");
    assert_eq!(whole.lines[2].listing, None, "a discount is nowhere in the catalogue");
    assert_eq!(whole.updated_at, crate::domain::Timestamp::parse("2026-11-21T10:00:00Z").unwrap());
    // While it is parked, nothing is back; and it is more than was sold, the rest is told by itself.
    let parked = order(&first, &[&flat_return("SAVED")], &roots()).unwrap();
    assert_eq!(told(&parked, "red"), (units(2), units(0)));
    let thrice = order(&first, &[&back, &back, &back], &roots()).unwrap();
    assert_eq!(Quantity::sum(thrice.lines.iter().map(|line| line.restocked)), units(3));
    // What the exchange sells is an order of its own.
    assert!(sells(&back));
    let exchanged = order(&back, &[], &roots()).unwrap();
    assert_eq!((exchanged.lines.len(), told(&exchanged, "mug")), (1, (units(3), units(0))));
}

#[test]
fn a_return_without_a_receipt_explains_what_it_put_back() {
    let back = sale(json!({
        "id": "s9", "state": "closed", "date": "2026-11-20T10:00:00+00:00", "return": {"is_return": true},
        "line_items": [{"product": {"id": "mug"}, "quantity": -2}],
    }));
    let order = order(&back, &[], &roots()).unwrap();
    assert_eq!(order.taken(&order.lines[0]), Quantity::units(-2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_beginning_costs_few_calls_however_long_the_history_is() {
    let till = Till::open(vec![simple("Mug", "M", 5000)]).await;
    let mug = till.server.shop().look(|shop| shop.products.values().next().unwrap().variants[0].number);
    till.alter(|shop, now| {
        for _ in 0..2000 {
            shop.sell(mug, 1, Quantity::units(1), now);
        }
        shop.place_order(&[(mug, 1, Quantity::units(2))], now);
        for _ in 0..50 {
            shop.sell(mug, 1, Quantity::units(1), now);
        }
    });
    till.requests();
    let (changes, end) = till.read(Feed::Orders, &Cursor::Start).await;
    let open =
        changes.iter().filter(|change| matches!(change, Change::Order(order) if order.state == OrderState::Open));
    assert_eq!(open.count(), 1);
    let calls = till.requests().len();
    assert!(calls <= 6, "{calls} calls");
    till.clock.advance(std::time::Duration::from_secs(60));
    till.alter(|shop, now| {
        let old = *shop.orders.keys().next().unwrap();
        let line = shop.orders[&old].lines[0].number;
        assert!(shop.refund_order(old, &[(line, Quantity::units(1))], true, now));
    });
    let (changes, _) = till.read(Feed::Orders, &end).await;
    let [Change::Order(order)] = &changes[..] else { panic!("{changes:#?}") };
    assert_eq!(order.lines[0].restocked, Quantity::units(1), "a return of a sale that was long over");
}
