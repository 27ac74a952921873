//! From sales to orders. Pure.
//!
//! A sale has a state and attributes (2026-07), or one status that says both (before). What its pieces do to stock is
//! documented for some of them only, and read so:
//!
//! | sale | stock | order |
//! |---|---|---|
//! | parked | untouched | pending |
//! | pending, on account | "will reduce the inventory"; the goods leave at once | closed; open if they are to be picked up or delivered |
//! | pending, layby | as on account, and the goods stay until all is paid | open |
//! | pending for pickup or delivery alone, service, others | moved when it is fulfilled ("Triggers inventory movements") | pending until then |
//! | closed | decreased | closed |
//! | voided, deleted | "all the line items will be returned into inventory" | cancelled |
//!
//! Should the pickups and deliveries of a shop lower its stock at once after all, the fall is seen in the counts as any
//! other, and only its reason is told later. A return is a sale of its own with negative quantities that names the
//! first one; here it is a part of that.

use std::collections::HashMap;

use crate::domain::{LocationId, Order, OrderLine, OrderState, Quantity, RemoteId, Text, Timestamp};

use super::wire::{Sale, SaleLine};

/// State and attributes, from either form.
fn state(sale: &Sale) -> (String, Vec<String>) {
    if let Some(state) = sale.state.text() {
        let attributes = sale.attributes.iter().filter_map(|attribute| attribute.text().map(str::to_lowercase));
        return (state.to_lowercase(), attributes.collect());
    }
    // "States and attributes mapping"
    let status = sale.status.text().unwrap_or_default().to_ascii_uppercase();
    let (state, attribute) = match status.as_str() {
        "SAVED" => ("parked", ""),
        "ONACCOUNT" => ("pending", "onaccount"),
        "LAYBY" => ("pending", "layby"),
        "AWAITING_DISPATCH" => ("pending", "delivery"),
        "AWAITING_PICKUP" => ("pending", "pickup"),
        "SERVICE" => ("pending", "service"),
        "OPEN" => ("pending", ""),
        "VOIDED" => ("voided", ""),
        "CLOSED" | "ONACCOUNT_CLOSED" | "LAYBY_CLOSED" | "DISPATCHED_CLOSED" | "PICKED_UP_CLOSED"
        | "SERVICE_CLOSED" => ("closed", ""),
        _ => ("", ""),
    };
    (state.to_owned(), vec![attribute.to_owned()])
}

pub fn order_state(sale: &Sale) -> Result<OrderState, String> {
    if sale.deleted_at.text().is_some() {
        return Ok(OrderState::Cancelled);
    }
    let (state, attributes) = state(sale);
    let has = |wanted: &str| attributes.iter().any(|attribute| attribute == wanted);
    Ok(match state.as_str() {
        "parked" => OrderState::Pending,
        "closed" => OrderState::Closed,
        "voided" => OrderState::Cancelled,
        "pending" if has("layby") => OrderState::Open,
        "pending" if has("onaccount") && (has("pickup") || has("delivery")) => OrderState::Open,
        "pending" if has("onaccount") => OrderState::Closed,
        "pending" => OrderState::Pending,
        _ => return Err(format!("a sale in a state that is not known: {}", crate::domain::clean(&state))),
    })
}

/// What a return put back: product and pieces. Nothing while it is parked, or if it was voided.
fn put_back(sale: &Sale) -> Vec<(String, Quantity)> {
    if !matches!(order_state(sale), Ok(OrderState::Closed | OrderState::Open)) {
        return Vec::new();
    }
    let back = |line: &SaleLine| Some((line.product()?.to_owned(), -line.quantity.quantity()?));
    sale.line_items.iter().filter_map(back).filter(|(_, quantity)| quantity.is_positive()).collect()
}

/// Whether a return also sells something, as an exchange does.
pub fn sells(sale: &Sale) -> bool {
    sale.line_items.iter().any(|line| line.quantity.quantity().is_some_and(Quantity::is_positive))
}

/// A sale with the returns of it. `roots` are the families of the products in it.
pub fn order(sale: &Sale, returns: &[&Sale], roots: &HashMap<String, String>) -> Result<Order, String> {
    let id = sale.id.text().ok_or("a sale without an identifier")?;
    let state = order_state(sale)?;
    let outlet = sale.source.outlet_id.text().or_else(|| sale.outlet_id.text());
    let location = outlet.map(RemoteId::new).transpose()?.map(LocationId);
    let mut lines = Vec::new();
    for (place, line) in sale.line_items.iter().enumerate() {
        // A return that is also a sale is told twice: what it gives back with the first sale, what it sells here.
        let quantity = line.quantity.quantity().ok_or("a line without a quantity")?;
        if quantity.is_negative() && sale.original().is_some() {
            continue;
        }
        let key = line.id.text().map_or_else(|| format!("{id}-{place}"), str::to_owned);
        let mut told = empty_line(&key, line.product(), location.clone(), roots)?;
        if quantity.is_negative() {
            told.restocked = -quantity;
        } else {
            told.ordered = quantity;
            match state {
                OrderState::Closed => told.fulfilled = quantity,
                OrderState::Cancelled => {
                    told.dropped = quantity;
                    // A line that stayed confirmed is not said to have come back.
                    let stayed = line.status.text().is_some_and(|status| status.eq_ignore_ascii_case("confirmed"));
                    told.restocked = if stayed { Quantity::ZERO } else { quantity };
                }
                OrderState::Pending | OrderState::Open => {}
            }
        }
        lines.push(told);
    }
    for (at, (product, quantity)) in returns.iter().flat_map(|sale| put_back(sale)).enumerate() {
        give_back(&mut lines, state, &product, quantity, &format!("{id}-return-{at}"), location.clone(), roots)?;
    }
    let when = |raw: Option<&str>| raw.and_then(Timestamp::parse);
    let placed_at = when(sale.date.text().or_else(|| sale.sale_date.text())).or_else(|| when(sale.created_at.text()));
    let placed_at = placed_at.ok_or("a sale without a date")?;
    let updated = std::iter::once(sale).chain(returns.iter().copied()).filter_map(|sale| when(sale.updated_at.text()));
    let number = sale.invoice_number.text().or_else(|| sale.receipt_number.text()).unwrap_or(id);
    Ok(Order {
        remote: RemoteId::new(id)?,
        number: Text::new(number),
        state,
        placed_at,
        updated_at: updated.max().unwrap_or(placed_at),
        lines,
    })
}

fn empty_line(
    key: &str,
    product: Option<&str>,
    location: Option<LocationId>,
    roots: &HashMap<String, String>,
) -> Result<OrderLine, String> {
    // A product that is nowhere in the catalogue (a discount, a gift card) has no family.
    let known = product.and_then(|product| Some((roots.get(product)?, product)));
    let (listing, variant) = match known {
        Some((root, product)) => (Some(RemoteId::new(root.as_str())?), Some(RemoteId::new(product)?)),
        None => (None, None),
    };
    Ok(OrderLine {
        remote: RemoteId::new(key)?,
        listing,
        variant,
        location,
        ordered: Quantity::ZERO,
        fulfilled: Quantity::ZERO,
        dropped: Quantity::ZERO,
        restocked: Quantity::ZERO,
    })
}

/// Puts a returned quantity on the lines that it was sold with; what is more than that becomes a line of its own.
fn give_back(
    lines: &mut Vec<OrderLine>,
    state: OrderState,
    product: &str,
    quantity: Quantity,
    key: &str,
    location: Option<LocationId>,
    roots: &HashMap<String, String>,
) -> Result<(), String> {
    let mut left = quantity;
    let same = |line: &&mut OrderLine| line.variant.as_ref().is_some_and(|variant| variant.as_str() == product);
    for line in lines.iter_mut().filter(same) {
        let here = left.min(line.ordered - line.restocked);
        if !here.is_positive() {
            continue;
        }
        line.restocked += here;
        if state == OrderState::Open {
            line.dropped += here;
        }
        left = left - here;
    }
    if left.is_positive() && roots.contains_key(product) {
        let mut line = empty_line(key, Some(product), location, roots)?;
        line.restocked = left;
        lines.push(line);
    }
    Ok(())
}
