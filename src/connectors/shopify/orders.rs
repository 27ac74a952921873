//! Orders: what changed among them, and each one whole.
//!
//! From the start the open ones are walked by number, later runs ask for what was updated since, both as in `feed.rs`.
//! A list carries the first lines of each order and whether anything was refunded; most orders need no more. Further
//! lines, refunds and shipments are read for those that have them.
//!
//! What an order takes off the stock does not follow from the names of Shopify's figures alone. `unfulfilledQuantity`
//! goes below zero where something that was shipped is refunded, so for refunded orders the shipments are counted.
//! Test orders take stock like others, so they are told like others.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{Cursor, LocationId, Order, OrderLine, OrderState, Quantity, RemoteId, Text, Timestamp};
use crate::platform::{Change, Page, PlatformError};

use super::calls::{Answered, unexpected};
use super::connector::Shopify;
use super::documents::{
    MOST_ITEMS, ORDER_LINES, ORDER_LINES_COST, ORDER_LINES_PAGE, ORDER_PARTS, ORDER_PARTS_COST, ORDERS, ORDERS_COST,
    ORDERS_PAGE, PART_LINES, PARTS_PAGE, part_lines_cost,
};
use super::feed::{MOST_BY_CURSOR, Place, Stage, number_in, seconds};
use super::wire::{self, Line, PageOf, Part};

/// What refunds and shipments say of one line, in pieces.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    shipped: i64,
    /// Refunded before it was shipped.
    cancelled: i64,
    /// Refunded after it came back.
    returned: i64,
    restocked: i64,
}

type Tallies = BTreeMap<String, Tally>;

impl Shopify {
    pub(super) async fn order_changes(&self, from: &Cursor) -> Result<Page, PlatformError> {
        let place = Place::read(from)?;
        match (place.since, place.stage.clone()) {
            (_, Stage::Numbers { last }) => self.open_orders(place, last).await,
            (None, _) => self.open_orders(place, 0).await,
            (Some(since), Stage::Updated { after, seen }) => self.updated_orders(place, since, Some(after), seen).await,
            (Some(since), _) => self.updated_orders(place, since, None, 0).await,
        }
    }

    /// An order that closes while the others are read is not missed: the next run tells of it.
    async fn open_orders(&self, mut place: Place, last: u64) -> Result<Page, PlatformError> {
        let query = format!("status:open id:>{last}");
        let (page, answer) = self.order_page(&query, "ID", None).await?;
        place.set_mark(&answer);
        let reached = page.nodes.iter().filter_map(number_in).max().unwrap_or(last);
        let more = page.page_info.has_next_page && reached > last;
        let mut changes = self.orders(page.nodes).await?;
        // There, an order stays open until it is archived, however long ago it was shipped.
        changes.retain(|change| match change {
            Change::Order(order) => matches!(order.state, OrderState::Open | OrderState::Pending),
            _ => true,
        });
        let next = if more { place.more(Stage::Numbers { last: reached })? } else { place.done()? };
        Ok(Page { changes, next })
    }

    async fn updated_orders(
        &self,
        mut place: Place,
        since: Timestamp,
        after: Option<String>,
        seen: u64,
    ) -> Result<Page, PlatformError> {
        let query = format!("updated_at:>='{}'", seconds(since));
        let (page, answer) = self.order_page(&query, "UPDATED_AT", after).await?;
        place.set_mark(&answer);
        let seen = seen + page.nodes.len() as u64;
        let latest = page.nodes.iter().filter_map(|n| Timestamp::parse(n["updatedAt"].as_str()?)).max();
        let next = match page.page_info.end_cursor.filter(|_| page.page_info.has_next_page) {
            // Begin anew at the last one's time, rather than run into the end of the list.
            Some(_) if seen >= MOST_BY_CURSOR && latest.is_some_and(|latest| latest > since) => {
                place.since = latest;
                place.more(Stage::Begin)?
            }
            Some(after) => place.more(Stage::Updated { after, seen })?,
            None => place.done()?,
        };
        Ok(Page { changes: self.orders(page.nodes).await?, next })
    }

    async fn order_page(
        &self,
        query: &str,
        sort_key: &str,
        after: Option<String>,
    ) -> Result<(wire::RawPage, Answered), PlatformError> {
        let variables = json!({ "first": ORDERS_PAGE, "after": after, "query": query, "sortKey": sort_key });
        let mut answer = self.caller.read(ORDERS, variables, ORDERS_COST).await?;
        let page = answer.field("orders")?;
        Ok((page, answer))
    }

    async fn orders(&self, nodes: Vec<Value>) -> Result<Vec<Change>, PlatformError> {
        let mut changes = Vec::with_capacity(nodes.len());
        for node in nodes {
            let remote = node["id"].as_str().unwrap_or("an order without identifier").to_owned();
            let raw = serde_json::from_value::<wire::Order>(node)
                .map_err(|why| format!("Shopify describes it in a way that is not understood: {why}"));
            let read = match raw {
                Ok(mut raw) => {
                    self.rest_of_lines(&mut raw).await?;
                    let tallies = if raw.refunds.is_empty() { None } else { Some(self.tallies(&raw.id).await?) };
                    order(&raw, tallies.as_ref())
                }
                Err(why) => Err(why),
            };
            changes.push(match read {
                Ok(order) => Change::Order(Box::new(order)),
                Err(why) => Change::Unreadable { remote, why },
            });
        }
        Ok(changes)
    }

    async fn rest_of_lines(&self, order: &mut wire::Order) -> Result<(), PlatformError> {
        while order.line_items.page_info.has_next_page {
            let after = order.line_items.page_info.end_cursor.clone();
            let variables = json!({ "id": order.id, "first": ORDER_LINES_PAGE, "after": after });
            let mut answer = self.caller.read(ORDER_LINES, variables, ORDER_LINES_COST).await?;
            let found: Option<Value> = answer.field("order")?;
            // Deleted meanwhile: what is known of it is all there is.
            let Some(mut found) = found else { break };
            let page: PageOf<Line> = serde_json::from_value(found["lineItems"].take())
                .map_err(|why| unexpected(format!("the lines of order {} cannot be read: {why}", order.name)))?;
            order.line_items.page_info = page.page_info;
            order.line_items.nodes.extend(page.nodes);
        }
        Ok(())
    }

    /// What its refunds and shipments say, by line.
    async fn tallies(&self, order: &str) -> Result<Tallies, PlatformError> {
        let mut answer = self.caller.read(ORDER_PARTS, json!({ "id": order }), ORDER_PARTS_COST).await?;
        let mut tallies = Tallies::new();
        let Some(parts) = answer.field::<Option<wire::OrderParts>>("order")? else { return Ok(tallies) };
        // Those that were called off or went wrong carry nothing.
        let shipped = parts.fulfillments.iter().filter(|one| matches!(&*one.status, "SUCCESS" | "OPEN" | "PENDING"));
        let shipped: Vec<&str> = shipped.map(|one| &*one.id).collect();
        let refunds: Vec<&str> = parts.refunds.iter().map(|refund| &*refund.id).collect();
        for ids in [refunds, shipped].iter().flat_map(|ids| ids.chunks(PARTS_PAGE as usize)) {
            for part in self.part_lines(ids, PARTS_PAGE, None).await? {
                self.count_part(part, &mut tallies).await?;
            }
        }
        Ok(tallies)
    }

    async fn count_part(&self, mut part: Part, tallies: &mut Tallies) -> Result<(), PlatformError> {
        loop {
            let rest = count(&part, tallies);
            let Some(after) = rest else { return Ok(()) };
            let Some(next) = self.part_lines(&[&*part.id], MOST_ITEMS, Some(after)).await?.pop() else { return Ok(()) };
            part = next;
        }
    }

    async fn part_lines(&self, ids: &[&str], lines: u32, after: Option<String>) -> Result<Vec<Part>, PlatformError> {
        let cost = part_lines_cost(u32::try_from(ids.len()).unwrap_or(PARTS_PAGE), lines);
        let variables = json!({ "ids": ids, "first": lines, "after": after });
        let mut answer = self.caller.read(PART_LINES, variables, cost).await?;
        let parts: Vec<Option<Part>> = answer.field("nodes")?;
        Ok(parts.into_iter().flatten().collect())
    }
}

/// Counts the lines of a refund or a shipment; where to go on if there are more.
fn count(part: &Part, tallies: &mut Tallies) -> Option<String> {
    for line in part.sent.iter().flat_map(|page| &page.nodes) {
        tallies.entry(line.line_item.id.clone()).or_default().shipped += line.amount.unwrap_or(0);
    }
    for line in part.refunded.iter().flat_map(|page| &page.nodes) {
        let tally = tallies.entry(line.line_item.id.clone()).or_default();
        let amount = line.amount.unwrap_or(0);
        match line.restock_type.as_deref() {
            Some("CANCEL") => tally.cancelled += amount,
            Some("RETURN") => tally.returned += amount,
            _ => {}
        }
        if line.restocked {
            tally.restocked += amount;
        }
    }
    let page = part.sent.as_ref().or(part.refunded.as_ref())?;
    page.page_info.end_cursor.clone().filter(|_| page.page_info.has_next_page)
}

/// The order in our words. `tallies` are given if anything of it was refunded.
fn order(raw: &wire::Order, tallies: Option<&Tallies>) -> Result<Order, String> {
    let moment = |text: &str, what: &str| {
        Timestamp::parse(text).ok_or_else(|| format!("when it was {what} is no moment: {text:?}"))
    };
    let location = raw.retail_location.as_ref().map(|place| RemoteId::new(place.id.as_str()).map(LocationId));
    let location = location.transpose()?;
    let mut lines = Vec::with_capacity(raw.line_items.nodes.len());
    for item in &raw.line_items.nodes {
        // No tally of a line: nothing of it was refunded, in an order of which something else was.
        let tally = tallies.map(|tallies| tallies.get(&item.id).copied().unwrap_or_default());
        let (fulfilled, dropped) = split(item, tally);
        let mut line = OrderLine {
            remote: RemoteId::new(item.id.as_str())?,
            listing: item.product.as_ref().map(|product| RemoteId::new(product.id.as_str())).transpose()?,
            variant: item.variant.as_ref().map(|variant| RemoteId::new(variant.id.as_str())).transpose()?,
            location: location.clone(),
            ordered: Quantity::units(item.quantity.max(0)),
            fulfilled: Quantity::units(fulfilled),
            dropped: Quantity::units(dropped),
            restocked: Quantity::units(tally.map_or(0, |tally| tally.restocked)),
        };
        if raw.cancelled_at.is_some() && !raw.confirmed {
            // Nothing was ever taken for it, so nothing is missing.
            (line.dropped, line.restocked) = (line.ordered - line.fulfilled, line.ordered);
        }
        lines.push(line);
    }
    let sent = lines.iter().any(|line| line.fulfilled.is_positive());
    let state = match (&raw.cancelled_at, raw.confirmed) {
        (Some(_), _) if sent => OrderState::Closed,
        (Some(_), _) => OrderState::Cancelled,
        (None, false) => OrderState::Pending,
        (None, true) if lines.iter().any(|line| line.open().is_positive()) => OrderState::Open,
        (None, true) if sent || lines.is_empty() => OrderState::Closed,
        (None, true) => OrderState::Cancelled,
    };
    let number = if raw.test { format!("{} (test)", raw.name) } else { raw.name.clone() };
    Ok(Order {
        remote: RemoteId::new(raw.id.as_str())?,
        number: Text::new(&number),
        state,
        placed_at: moment(&raw.created_at, "placed")?,
        updated_at: moment(&raw.updated_at, "updated")?,
        lines,
    })
}

/// How many were shipped, and how many never will be.
fn split(line: &Line, tally: Option<Tally>) -> (i64, i64) {
    let ordered = line.quantity.max(0);
    let removed = (ordered - line.current_quantity).clamp(0, ordered);
    let unfulfilled = line.unfulfilled_quantity.max(0);
    let Some(tally) = tally else {
        return ((line.current_quantity - unfulfilled).clamp(0, ordered - removed), removed);
    };
    let fulfilled = tally.shipped.max(line.current_quantity - unfulfilled).clamp(0, ordered);
    // Of what was refunded without being put back, nobody says whether it had been shipped.
    let most = (removed - tally.returned).clamp(0, ordered - fulfilled);
    let least = tally.cancelled.clamp(0, most);
    (fulfilled, (ordered - fulfilled - unfulfilled).clamp(least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(extra: Value) -> wire::Order {
        let mut whole = json!({
            "id": "gid://shopify/Order/1", "name": "#1001", "createdAt": "2026-11-21T08:00:00Z",
            "updatedAt": "2026-11-21T09:00:00Z", "cancelledAt": null, "test": false, "confirmed": true,
            "retailLocation": null, "refunds": [],
            "lineItems": { "pageInfo": { "hasNextPage": false }, "nodes": [
                { "id": "gid://shopify/LineItem/1", "quantity": 4, "currentQuantity": 4, "unfulfilledQuantity": 4,
                  "product": { "id": "gid://shopify/Product/7" }, "variant": { "id": "gid://shopify/ProductVariant/8" } },
            ] }
        });
        for (name, value) in extra.as_object().unwrap() {
            whole[name] = value.clone();
        }
        serde_json::from_value(whole).unwrap()
    }

    fn line(quantity: i64, current: i64, unfulfilled: i64) -> Line {
        serde_json::from_value(json!({ "id": "x", "quantity": quantity, "currentQuantity": current,
            "unfulfilledQuantity": unfulfilled, "product": null, "variant": null }))
        .unwrap()
    }

    #[test]
    fn states_follow_from_what_is_taken_and_what_is_sent() {
        let state = |extra: Value| order(&raw(extra), None).unwrap().state;
        assert_eq!(state(json!({})), OrderState::Open);
        assert_eq!(state(json!({ "confirmed": false })), OrderState::Pending);
        assert_eq!(state(json!({ "cancelledAt": "2026-11-21T09:00:00Z" })), OrderState::Cancelled);
        let sent = json!({ "pageInfo": { "hasNextPage": false }, "nodes": [
            { "id": "l", "quantity": 4, "currentQuantity": 4, "unfulfilledQuantity": 0, "product": null, "variant": null }] });
        assert_eq!(state(json!({ "lineItems": sent })), OrderState::Closed);
        let order = order(&raw(json!({ "test": true, "retailLocation": { "id": "gid://shopify/Location/3" } })), None);
        let order = order.unwrap();
        assert_eq!(order.number.as_str(), "#1001 (test)");
        assert_eq!(order.lines[0].location.as_ref().unwrap().0.as_str(), "gid://shopify/Location/3");
        assert_eq!(order.booked(&order.lines[0]), Quantity::units(4));
    }

    #[test]
    fn a_pending_order_that_is_cancelled_took_nothing() {
        let order = order(&raw(json!({ "confirmed": false, "cancelledAt": "2026-11-21T09:00:00Z" })), None).unwrap();
        assert_eq!((order.state, order.taken(&order.lines[0])), (OrderState::Cancelled, Quantity::ZERO));
    }

    #[test]
    fn what_was_shipped_and_what_was_dropped_is_told_apart() {
        // Nothing refunded: 3 of 4 shipped; 1 of 4 edited away.
        assert_eq!(split(&line(4, 4, 1), None), (3, 0));
        assert_eq!(split(&line(4, 3, 3), None), (0, 1));
        let tally = |shipped, cancelled, returned| Some(Tally { shipped, cancelled, returned, restocked: 0 });
        // Shipped and given back: as the documentation reads, and as it is answered.
        assert_eq!(split(&line(1, 0, 0), tally(1, 0, 1)), (1, 0));
        assert_eq!(split(&line(1, 0, -1), tally(1, 0, 1)), (1, 0));
        // 2 of 3 shipped, 1 came back, 1 is still to be sent; both ways to count it.
        assert_eq!(split(&line(3, 2, 1), tally(2, 0, 1)), (2, 0));
        assert_eq!(split(&line(3, 2, 0), tally(2, 0, 1)), (2, 0));
        // 1 shipped, 2 cancelled before.
        assert_eq!(split(&line(3, 1, 0), tally(1, 2, 0)), (1, 2));
        // Refunded without putting back: not shipped; shipped and lost on the way.
        assert_eq!(split(&line(2, 0, 0), tally(0, 0, 0)), (0, 2));
        assert_eq!(split(&line(2, 0, 0), tally(2, 0, 0)), (2, 0));
        // Figures that make no sense stay within what was ordered.
        assert_eq!(split(&line(2, 5, -9), tally(7, 7, 7)), (2, 0));
    }

    #[test]
    fn an_odd_order_is_named() {
        assert!(order(&raw(json!({ "updatedAt": "soon" })), None).unwrap_err().contains("soon"));
    }
}
