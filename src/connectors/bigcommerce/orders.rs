//! Orders, and what each has done to the stock.
//!
//! Orders are version 2's. Their lines come with them (`consignments.line_items`), so that no order needs a call of its
//! own; where the list does not bring them, the order is asked for them.
//!
//! An order that is Incomplete (0) is a checkout that was left, and takes nothing: it is not told. Every other one has
//! taken its pieces. Whether a cancellation or a refund put them back depends on a setting and on a tick of whoever did
//! it, and stands nowhere in the API (refunds by API never do); so nothing is told as put back, and the count itself
//! says what came.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Cursor, Order, OrderLine, OrderState, Quantity, RemoteId, Text};
use crate::http::Request;
use crate::platform::{Change, Next, Page, PlatformError};

use super::calls::{Also, Calls};
use super::convert::{remote_id, timestamp, whole_product};
use super::place::{Phase, Place, moment};
use super::profile::ORDER_PAGE;
use super::wire::{Loose, Sale, SaleLine, items};

const INCOMPLETE: i64 = 0;
/// Statuses under which something may still have to be sent: pending, partially shipped, awaiting payment, pickup,
/// shipment or fulfilment, to be verified, disputed, partially refunded.
const OPEN: [u64; 9] = [1, 3, 7, 8, 9, 11, 12, 13, 14];
/// Orders' lines of one page, where they are asked for.
const LINES: u64 = 250;

/// From the beginning: those that are open, status by status. Later: every order that changed.
pub(super) async fn orders(calls: &Calls, from: &Cursor) -> Result<Page, PlatformError> {
    let mut here = Place::at(from, Phase::Orders, ORDER_PAGE);
    let request = question(calls, &here);
    let answer = calls.read(request, Also::Nothing).await?;
    here.began(&answer);
    // An empty list is 204 without a body.
    let raw: Vec<Value> = if answer.body.is_empty() { Vec::new() } else { calls.json(&answer)? };
    let mut changes = Vec::new();
    for raw in &raw {
        let sale = Sale::deserialize(raw).unwrap_or_default();
        if sale.status_id.whole().unwrap_or(INCOMPLETE) == INCOMPLETE && sale.id.number().is_some() {
            continue;
        }
        let Some(lines) = lines(calls, &sale).await? else { continue };
        changes.push(match order(&sale, &lines) {
            Ok(order) => Change::Order(Box::new(order)),
            Err(why) => Change::Unreadable { remote: sale.id.text().unwrap_or("?").to_owned(), why },
        });
    }
    let last = raw.iter().filter_map(|raw| Loose::from(raw.get("id")?).number()).max();
    let is_full = (raw.len() as u64) >= here.limit;
    let next = match last.filter(|last| is_full && *last > here.last) {
        Some(last) => Next::More(Place { last, ..here }.cursor()),
        None if here.since.is_none() && here.list + 1 < OPEN.len() => {
            Next::More(Place { last: 0, list: here.list + 1, ..here }.cursor())
        }
        None => Next::Done(here.next_run(ORDER_PAGE, 0).cursor()),
    };
    Ok(Page { changes, next })
}

fn question(calls: &Calls, here: &Place) -> Request {
    let request = calls
        .get_v2("/orders")
        .query("limit", here.limit)
        .query("sort", "id:asc")
        .query("min_id", here.last + 1)
        .query("include", "consignments.line_items")
        .query("consignment_structure", "object");
    match (here.since, OPEN.get(here.list)) {
        (Some(since), _) => request.query("min_date_modified", moment(since)),
        (None, Some(status)) => request.query("status_id", status),
        (None, None) => request,
    }
}

/// `None`: the order is gone.
async fn lines(calls: &Calls, sale: &Sale) -> Result<Option<Vec<SaleLine>>, PlatformError> {
    if let Some(lines) = lines_in(&sale.consignments) {
        return Ok(Some(lines));
    }
    let Some(id) = sale.id.number() else { return Ok(Some(Vec::new())) };
    let mut all = Vec::new();
    for page in 1.. {
        let request = calls.get_v2(&format!("/orders/{id}/products")).query("limit", LINES).query("page", page);
        let answer = calls.read(request, Also::Missing).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let some: Vec<Value> = if answer.body.is_empty() { Vec::new() } else { calls.json(&answer)? };
        let is_last = (some.len() as u64) < LINES;
        all.extend(items(Value::Array(some)));
        if is_last {
            break;
        }
    }
    Ok(Some(all))
}

/// `None` where the list brought references instead of lines.
fn lines_in(consignments: &Value) -> Option<Vec<SaleLine>> {
    let consignments = consignments.as_object().filter(|consignments| !consignments.contains_key("resource"))?;
    let of = |group: &Value| group.as_array().cloned().unwrap_or_default();
    let groups = ["shipping", "pickups", "downloads"].iter().filter_map(|name| consignments.get(*name)).flat_map(of);
    let gifts = consignments.get("email").and_then(|email| email.get("gift_certificates")).map(of).unwrap_or_default();
    let mut lines = Vec::new();
    for consignment in groups.chain(gifts) {
        for line in consignment.get("line_items")?.as_array()? {
            // A reference has an address and no quantity.
            line.get("quantity")?;
            lines.push(SaleLine::deserialize(line).ok()?);
        }
    }
    Some(lines)
}

/// The error is a plain sentence about this one order.
pub(super) fn order(sale: &Sale, lines: &[SaleLine]) -> Result<Order, String> {
    let remote = remote_id(&sale.id)?;
    let moment = |raw: &Loose| raw.text().and_then(timestamp);
    let updated_at = moment(&sale.date_modified);
    let placed_at = moment(&sale.date_created).or(updated_at).ok_or("it does not say when it was placed")?;
    let read = lines.iter().map(Line::read).collect::<Result<Vec<_>, String>>()?;
    let state = state(sale.status_id.whole().unwrap_or(INCOMPLETE), &read);
    let lines =
        lines.iter().zip(&read).map(|(wire, line)| line.told(wire, state)).collect::<Result<Vec<_>, String>>()?;
    let number = Text::new(&format!("#{}", remote.as_str()));
    Ok(Order { remote, number, state, placed_at, updated_at: updated_at.unwrap_or(placed_at), lines })
}

/// Refunds and shipments may both have happened: then the lines decide, not the name of the status.
fn state(status: i64, lines: &[Line]) -> OrderState {
    let is_open = lines.iter().any(|line| line.ordered > line.shipped + line.refunded);
    let was_sent = lines.iter().any(|line| line.shipped.is_positive());
    match status {
        INCOMPLETE => OrderState::Pending,
        // Shipped, completed.
        2 | 10 => OrderState::Closed,
        // Refunded in full.
        4 if was_sent => OrderState::Closed,
        // Cancelled, declined.
        4..=6 => OrderState::Cancelled,
        14 if !is_open && was_sent => OrderState::Closed,
        14 if !is_open => OrderState::Cancelled,
        // Statuses that BigCommerce may add are open until they say otherwise.
        _ => OrderState::Open,
    }
}

#[derive(Debug, Clone, Copy)]
struct Line {
    ordered: Quantity,
    shipped: Quantity,
    refunded: Quantity,
}

impl Line {
    fn read(wire: &SaleLine) -> Result<Self, String> {
        let quantity = |raw: &Loose| {
            let read: Option<Quantity> = raw.text().map_or(Some(Quantity::ZERO), |raw| raw.parse().ok());
            let read = read.ok_or("one of its lines has a quantity that cannot be read")?;
            Ok::<_, String>(if read.is_negative() { Quantity::ZERO } else { read })
        };
        let (shipped, refunded) = (quantity(&wire.quantity_shipped)?, quantity(&wire.quantity_refunded)?);
        Ok(Self { ordered: quantity(&wire.quantity)?, shipped, refunded })
    }

    fn told(self, wire: &SaleLine, state: OrderState) -> Result<OrderLine, String> {
        let unsent = self.ordered - self.shipped.min(self.ordered);
        // First of what was not sent: a refund does not say.
        let dropped = match state {
            OrderState::Pending => Quantity::ZERO,
            OrderState::Cancelled => unsent,
            OrderState::Open | OrderState::Closed => self.refunded.min(unsent),
        };
        let fulfilled = match state {
            // Completed without a shipment: handed over all the same.
            OrderState::Closed => self.ordered - dropped,
            _ => self.shipped.min(self.ordered),
        };
        let id = |raw: &Loose| raw.number().and_then(|id| RemoteId::new(id.to_string()).ok());
        Ok(OrderLine {
            remote: remote_id(&wire.id).map_err(|_| "one of its lines has no usable id")?,
            listing: id(&wire.product_id),
            // Orders of products without options may name no variant: then it is the product's only one.
            variant: id(&wire.variant_id).or_else(|| whole_product(wire.product_id.number()?).ok()),
            // Said for pickups alone.
            location: None,
            ordered: self.ordered,
            fulfilled,
            dropped,
            restocked: Quantity::ZERO,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(status: i64, lines: Value) -> Order {
        let sale: Sale = serde_json::from_value(json!({
            "id": 100, "status_id": status, "date_created": "Wed, 10 Jan 2018 21:05:30 +0000",
            "date_modified": "Wed, 05 Dec 2018 20:16:55 +0000"
        }))
        .unwrap();
        order(&sale, &items(lines)).unwrap()
    }

    fn line(ordered: u64, shipped: u64, refunded: u64) -> Value {
        json!([{"id": 1, "product_id": 7, "variant_id": 70, "quantity": ordered, "quantity_shipped": shipped, "quantity_refunded": refunded}])
    }

    #[test]
    fn lines_decide_where_a_status_hides_what_is_open() {
        let booked = |order: Order| order.booked(&order.lines[0]);
        let partly = told(14, line(4, 0, 1));
        assert_eq!((partly.state, booked(partly)), (OrderState::Open, Quantity::units(3)));
        assert_eq!(told(14, line(4, 4, 1)).state, OrderState::Closed);
        assert_eq!(told(14, line(4, 0, 4)).state, OrderState::Cancelled);
        assert_eq!(told(4, line(4, 0, 4)).state, OrderState::Cancelled, "given back before it was sent");
        assert_eq!(told(4, line(4, 4, 4)).state, OrderState::Closed);
        let by_hand = told(10, line(4, 0, 0));
        assert_eq!((by_hand.state, by_hand.lines[0].fulfilled), (OrderState::Closed, Quantity::units(4)));
        assert_eq!(told(99, line(4, 1, 0)).state, OrderState::Open, "a status of tomorrow");
    }

    #[test]
    fn a_line_without_a_variant_is_of_the_whole_product() {
        let lines = json!([{"id": 1, "product_id": 7, "variant_id": null, "quantity": 1}, {"id": 2, "product_id": 0, "quantity": 1}]);
        let order = told(11, lines);
        assert_eq!(order.lines[0].variant, Some(whole_product(7).unwrap()));
        assert_eq!((&order.lines[1].listing, &order.lines[1].variant), (&None, &None), "not in the catalogue");
    }

    #[test]
    fn references_are_no_lines() {
        assert!(lines_in(&json!({"url": "https://x", "resource": "/orders/1/consignments"})).is_none());
        let references = json!({"shipping": [{"line_items": [{"url": "https://x", "resource": "/y"}]}]});
        assert!(lines_in(&references).is_none());
        let whole =
            json!({"shipping": [{"line_items": line(2, 0, 0)}], "pickups": [], "email": {"gift_certificates": []}});
        assert_eq!(lines_in(&whole).unwrap().len(), 1);
        assert_eq!(lines_in(&json!({"shipping": []})).map(|lines| lines.len()), Some(0));
    }
}
