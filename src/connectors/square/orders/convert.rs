//! From Square's sales and returns to our orders. Pure.
//!
//! Square keeps a return as an order of its own that names the sale; ours is one order with what came of each line. The
//! other way round, an order says nothing of stock: what was put back stands in the inventory's history only, and is
//! brought together with the returns here ([`assign`]).

use std::collections::HashMap;

use crate::domain::{LocationId, Order, OrderLine, OrderState, Quantity, RemoteId, Text, Timestamp};

use super::super::wire::Adjustment;
use super::wire;

/// How long before the return's own time its goods may be back on the shelf: tills have clocks of their own, and some of
/// what they write arrives late.
pub const TOLERANCE_SECONDS: i64 = 60 * 60;

/// Pieces of one sale that were given back in one go, or that a cancelled sale never needed.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenBack {
    /// The order that tells of it.
    pub told_by: String,
    /// The sale; none for goods that were bought who knows where.
    pub sale: Option<String>,
    pub at: Timestamp,
    pub location: Option<String>,
    /// Identifiers by which the inventory's history may refer to it.
    pub names: Vec<String>,
    /// No return, but a sale that was cancelled: its pieces may have been put back, if the history says so by name.
    pub cancelled: bool,
    pub lines: Vec<GivenLine>,
}

impl GivenBack {
    /// Whether both are the same event.
    pub fn is(&self, other: &Self) -> bool {
        (&self.told_by, &self.sale) == (&other.told_by, &other.sale)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct GivenLine {
    pub uid: String,
    pub sale_line: Option<String>,
    pub variation: Option<String>,
    pub quantity: Quantity,
    /// How many of them are back in stock.
    pub restocked: Quantity,
}

/// All that an order gives back, one for each sale.
pub fn given_back(order: &wire::Order) -> Result<Vec<GivenBack>, String> {
    let at = moment(order.created_at.as_deref(), "made")?;
    let refunds = order.refunds.iter().flatten().filter_map(|refund| refund.id.clone());
    let names: Vec<String> = refunds.chain([order.id.clone()]).collect();
    let read = order.returns().map(|given| {
        let lines = given.return_line_items.iter().flatten().enumerate().map(|(place, line)| {
            Ok(GivenLine {
                uid: line.uid.clone().unwrap_or_else(|| format!("return-{place}")),
                sale_line: line.source_line_item_uid.clone(),
                variation: line.catalog_object_id.clone(),
                quantity: quantity(line.quantity.as_deref())?,
                restocked: Quantity::ZERO,
            })
        });
        Ok(GivenBack {
            told_by: order.id.clone(),
            sale: given.source_order_id.clone().filter(|id| !id.is_empty()),
            at,
            location: order.location_id.clone(),
            names: names.iter().cloned().chain(given.source_order_id.clone()).collect(),
            cancelled: false,
            lines: lines.collect::<Result<_, String>>()?,
        })
    });
    read.collect()
}

/// What a paid order that was cancelled may have put back, beside its returns; nothing for other orders.
pub fn called_off(sale: &wire::Order, given: &[GivenBack]) -> Result<Option<GivenBack>, String> {
    if sale.state.as_deref() != Some("CANCELED") || !sale.has_payment() {
        return Ok(None);
    }
    let lines = sale.lines().enumerate().map(|(place, line)| {
        let uid = line_uid(line, place);
        let returned = Quantity::sum(given_of(given, &sale.id, &uid).map(|(_, line)| line.quantity));
        let left = quantity(line.quantity.as_deref())? - returned;
        let quantity = left.max(Quantity::ZERO);
        let variation = line.catalog_object_id.clone();
        Ok(GivenLine { sale_line: Some(uid.clone()), uid, variation, quantity, restocked: Quantity::ZERO })
    });
    Ok(Some(GivenBack {
        told_by: sale.id.clone(),
        sale: Some(sale.id.clone()),
        at: moment(sale.created_at.as_deref(), "made")?,
        location: sale.location_id.clone(),
        names: vec![sale.id.clone()],
        cancelled: true,
        lines: lines.collect::<Result<_, String>>()?,
    }))
}

/// Units that came back into stock, as the inventory's history has them.
#[derive(Debug, Clone, PartialEq)]
pub struct PutBack {
    pub variation: String,
    pub location: Option<String>,
    pub quantity: Quantity,
    pub at: Timestamp,
    /// The identifiers that it refers to; empty where the till wrote none.
    pub names: Vec<String>,
}

impl PutBack {
    /// `None` for any other adjustment. Without a name only what customers brought counts: everything else that comes
    /// into stock is a delivery or somebody's correction.
    pub fn of(adjustment: &Adjustment) -> Option<Self> {
        if adjustment.to_state.as_deref() != Some("IN_STOCK") {
            return None;
        }
        let names: Vec<String> =
            [&adjustment.transaction_id, &adjustment.refund_id].into_iter().flatten().cloned().collect();
        let from_customer =
            matches!(adjustment.from_state.as_deref(), Some("RETURNED_BY_CUSTOMER" | "UNLINKED_RETURN"));
        if names.is_empty() && !from_customer {
            return None;
        }
        let location = adjustment.to_location_id.clone().or_else(|| adjustment.location_id.clone());
        Some(Self {
            variation: adjustment.catalog_object_id.clone()?,
            location,
            quantity: adjustment.quantity.as_deref()?.parse().ok()?,
            at: Timestamp::parse(adjustment.occurred_at.as_deref()?)?,
            names,
        })
    }

    fn is_named_by(&self, given: &GivenBack) -> bool {
        self.names.iter().any(|name| given.names.contains(name))
    }

    fn may_be_of(&self, given: &GivenBack) -> bool {
        let here = given.location.is_none() || self.location.is_none() || given.location == self.location;
        here && !given.cancelled && self.names.is_empty() && given.at <= self.at.plus_seconds(TOLERANCE_SECONDS)
    }
}

/// Brings together what was given back and what was put back: by name where the history names one, else the return that
/// is nearest to it in time, since goods go back on the shelf right with the refund.
pub fn assign(put_back: Vec<PutBack>, given: &mut [GivenBack]) {
    let mut put_back = put_back;
    put_back.sort_by_key(|event| (event.names.is_empty(), event.at));
    for event in put_back {
        let fitting = given.iter().enumerate().filter(|(_, one)| event.is_named_by(one) || event.may_be_of(one));
        // Of a cancelled sale only what no return accounts for.
        let mut order: Vec<_> =
            fitting.map(|(place, one)| (one.cancelled, event.at.0.abs_diff(one.at.0), place)).collect();
        order.sort_unstable();
        let mut left = event.quantity;
        for (_, _, place) in order {
            let lines = given.get_mut(place).into_iter().flat_map(|one| &mut one.lines);
            for line in lines.filter(|line| line.variation.as_deref() == Some(&event.variation)) {
                let taken = left.min(line.quantity - line.restocked).max(Quantity::ZERO);
                line.restocked += taken;
                left = left - taken;
            }
        }
    }
}

/// Everything that was given back of one line of a sale.
fn given_of<'a>(
    given: &'a [GivenBack],
    sale: &'a str,
    uid: &'a str,
) -> impl Iterator<Item = (&'a GivenBack, &'a GivenLine)> {
    let of_sale = given.iter().filter(move |given| given.sale.as_deref() == Some(sale));
    let lines = of_sale.flat_map(|given| given.lines.iter().map(move |line| (given, line)));
    lines.filter(move |(_, line)| line.sale_line.as_deref() == Some(uid))
}

/// A sale with all that was given back of it. `items`: the item of each variation that is in the catalogue.
pub fn sale(order: &wire::Order, given: &[GivenBack], items: &HashMap<String, RemoteId>) -> Result<Order, String> {
    let state = match order.state.as_deref() {
        Some("CANCELED") => OrderState::Cancelled,
        Some("COMPLETED") => OrderState::Closed,
        Some("OPEN") if order.is_paid() => OrderState::Open,
        Some("OPEN" | "DRAFT") => OrderState::Pending,
        other => return Err(format!("the order has a state that is not known: {}", other.unwrap_or("none"))),
    };
    let lines: Vec<OrderLine> = order
        .lines()
        .enumerate()
        .map(|(place, line)| sale_line(order, state, line, place, given, items))
        .collect::<Result<_, String>>()?;
    // Square leaves an order open until somebody completes it, also when all of it was handed over.
    let over = state == OrderState::Open && !lines.iter().any(|line| line.open().is_positive());
    let changed = moment(order.updated_at.as_deref(), "changed")?;
    let returned = given.iter().filter(|given| given.sale.as_deref() == Some(&order.id)).map(|given| given.at);
    Ok(Order {
        remote: RemoteId::new(order.id.clone())?,
        number: number(order),
        state: if over { OrderState::Closed } else { state },
        placed_at: moment(order.created_at.as_deref(), "made")?,
        updated_at: returned.max().map_or(changed, |returned| returned.max(changed)),
        lines,
    })
}

fn sale_line(
    order: &wire::Order,
    state: OrderState,
    line: &wire::Line,
    place: usize,
    given: &[GivenBack],
    items: &HashMap<String, RemoteId>,
) -> Result<OrderLine, String> {
    let uid = line_uid(line, place);
    let ordered = quantity(line.quantity.as_deref())?;
    let sent = Sent::of(order, &uid, ordered)?;
    let given_back = || given_of(given, &order.id, &uid);
    let returned = Quantity::sum(given_back().filter(|(given, _)| !given.cancelled).map(|(_, line)| line.quantity));
    let restocked = Quantity::sum(given_back().map(|(_, line)| line.restocked)).min(ordered);
    let fulfilled = sent.completed.min(ordered);
    let left = ordered - fulfilled;
    let (fulfilled, dropped, restocked) = match state {
        OrderState::Pending => (Quantity::ZERO, Quantity::ZERO, Quantity::ZERO),
        // What is given back of an order under way is first what has not been handed over.
        OrderState::Open => {
            let called_off = sent.called_off.min((left - sent.under_way).max(Quantity::ZERO));
            (fulfilled, called_off.max(returned.min(left)), restocked)
        }
        OrderState::Closed => {
            let dropped = sent.called_off.min(left);
            (ordered - dropped, dropped, restocked)
        }
        // One that was never paid took nothing off the stock: all in all that is as if it had been put back.
        OrderState::Cancelled => (fulfilled, left, if order.has_payment() { restocked } else { ordered }),
    };
    let (listing, variant) = product(line.catalog_object_id.as_deref(), items)?;
    Ok(OrderLine {
        remote: RemoteId::new(uid)?,
        listing,
        variant,
        location: location(order)?,
        ordered,
        fulfilled,
        dropped,
        restocked,
    })
}

/// What became of a line by the order's fulfilments.
struct Sent {
    completed: Quantity,
    called_off: Quantity,
    under_way: Quantity,
}

impl Sent {
    fn of(order: &wire::Order, uid: &str, ordered: Quantity) -> Result<Self, String> {
        let mut sent = Self { completed: Quantity::ZERO, called_off: Quantity::ZERO, under_way: Quantity::ZERO };
        for fulfilment in order.fulfillments.iter().flatten() {
            let by_list = fulfilment.line_item_application.as_deref() == Some("ENTRY_LIST");
            let pieces = match &fulfilment.entries {
                Some(entries) if by_list || !entries.is_empty() => {
                    let of_line = entries.iter().filter(|entry| entry.line_item_uid.as_deref() == Some(uid));
                    let counted = of_line.map(|entry| quantity(entry.quantity.as_deref()));
                    Quantity::sum(counted.collect::<Result<Vec<_>, String>>()?)
                }
                _ => ordered,
            };
            match fulfilment.state.as_deref() {
                Some("COMPLETED") => sent.completed += pieces,
                Some("CANCELED" | "FAILED") => sent.called_off += pieces,
                _ => sent.under_way += pieces,
            }
        }
        Ok(sent)
    }
}

/// A return of goods whose sale is not known: nothing was ordered, and something may have come back.
pub fn unlinked(
    order: &wire::Order,
    given: &[GivenBack],
    items: &HashMap<String, RemoteId>,
) -> Result<Option<Order>, String> {
    let mut lines = Vec::new();
    let own = given.iter().filter(|given| given.told_by == order.id && given.sale.is_none());
    for line in own.flat_map(|given| &given.lines) {
        let (listing, variant) = product(line.variation.as_deref(), items)?;
        lines.push(OrderLine {
            remote: RemoteId::new(line.uid.clone())?,
            listing,
            variant,
            location: location(order)?,
            ordered: Quantity::ZERO,
            fulfilled: Quantity::ZERO,
            dropped: Quantity::ZERO,
            restocked: line.restocked,
        });
    }
    if lines.is_empty() {
        return Ok(None);
    }
    Ok(Some(Order {
        remote: RemoteId::new(order.id.clone())?,
        number: number(order),
        state: OrderState::Closed,
        placed_at: moment(order.created_at.as_deref(), "made")?,
        updated_at: moment(order.updated_at.as_deref(), "changed")?,
        lines,
    }))
}

/// The order's number in the shop that wrote it, the till's name for it, or as much of Square's as people can compare.
fn number(order: &wire::Order) -> Text {
    let told = [&order.reference_id, &order.ticket_name].into_iter().flatten().find_map(|name| Text::some(name));
    told.unwrap_or_else(|| Text::new(&format!("#{}", order.id.chars().take(6).collect::<String>())))
}

fn line_uid(line: &wire::Line, place: usize) -> String {
    line.uid.clone().filter(|uid| !uid.is_empty()).unwrap_or_else(|| format!("line-{place}"))
}

fn location(order: &wire::Order) -> Result<Option<LocationId>, String> {
    order.location_id.clone().map(|id| RemoteId::new(id).map(LocationId)).transpose()
}

/// Item and variation; nothing for what is in no catalogue.
fn product(
    variation: Option<&str>,
    items: &HashMap<String, RemoteId>,
) -> Result<(Option<RemoteId>, Option<RemoteId>), String> {
    let Some(variation) = variation.filter(|id| !id.is_empty()) else { return Ok((None, None)) };
    Ok((items.get(variation).cloned(), Some(RemoteId::new(variation)?)))
}

fn quantity(text: Option<&str>) -> Result<Quantity, String> {
    let quantity: Quantity = text.unwrap_or_default().parse().map_err(|why| format!("a line's quantity is {why}"))?;
    if quantity.is_negative() { Err(format!("a line's quantity is below zero: {quantity}")) } else { Ok(quantity) }
}

fn moment(text: Option<&str>, what: &str) -> Result<Timestamp, String> {
    text.and_then(Timestamp::parse).ok_or_else(|| format!("Square does not say when the order was {what}"))
}
