//! Orders, and what each has done to the stock.
//!
//! WooCommerce takes an order's pieces off the stock when it becomes processing, on-hold or completed, and puts them
//! back when it becomes cancelled or pending; failed, refunded and every status of a plugin do neither
//! (wc-stock-functions.php). So the status alone does not tell. What does is the line's own note of how much it still
//! has off the stock (`_reduced_stock`, WooCommerce 3.5 and later): a refund that puts back lowers it, a cancellation
//! removes it, a line that is not counted never had it.
//!
//! There is no partial shipment: an order is handed over when it is completed. Pieces refunded before that moment never
//! were; those refunded after it came back.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Cursor, LocationId, Order, OrderLine, OrderState, Quantity, RemoteId, Text, Timestamp};
use crate::platform::{Change, Next, Page, PlatformError};

use super::catalogue::Catalogue;
use super::convert::{remote_id, timestamp};
use super::feed::read_all;
use super::pages::{List, Phase, Place, walk};
use super::profile::PAGE;
use super::wire::orders::{Line, Refund, Sale};
use super::wire::{Loose, meta};

/// Nothing about customers: only what stock depends on.
const FIELDS: &str =
    "id,number,status,version,date_created_gmt,date_modified_gmt,date_completed_gmt,line_items,refunds";
const REFUND_FIELDS: &str = "id,date_created_gmt,line_items";

/// What an order line has off the stock now.
const REDUCED: &str = "_reduced_stock";
/// On a refund's line: the order's line.
const REFUNDED_LINE: &str = "_refunded_item_id";

/// From the beginning: those that are open. Later: every order that changed, those in the trash too, since one that is
/// thrown away leaves the other list without a word.
pub(super) async fn orders(catalogue: &Catalogue, from: &Cursor) -> Result<Page, PlatformError> {
    let place = Place::at(from, Phase::Orders);
    let status = match (place.phase, place.since) {
        (Phase::TrashedOrders, _) => "trash",
        (_, None) => "processing,on-hold",
        (_, Some(_)) => "any",
    };
    let list = List { path: "/orders", fields: FIELDS, status };
    let walked = walk(&catalogue.calls, &list, &place).await?;
    let mut changes = Vec::new();
    let sales: Vec<Sale> = read_all(&walked.items, &mut changes);
    for sale in &sales {
        let Some(refunds) = refunds(catalogue, sale).await? else { continue };
        changes.push(match order(sale, &refunds, &catalogue.location.id) {
            Ok(order) => Change::Order(Box::new(order)),
            Err(why) => Change::Unreadable { remote: sale.id.text().unwrap_or("?").to_owned(), why },
        });
    }
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None if place.since.is_some() && place.phase == Phase::Orders => {
            Next::More(walked.ended.in_phase(Phase::TrashedOrders).cursor())
        }
        None => Next::Done(walked.ended.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

/// The refunds of an order with their lines, which the order itself does not show. `None`: the order is gone.
async fn refunds(catalogue: &Catalogue, sale: &Sale) -> Result<Option<Vec<Refund>>, PlatformError> {
    let mut refunds: Vec<Refund> = Vec::new();
    // A refund that was deleted leaves an entry without an id.
    let listed = sale.refunds.iter().filter(|refund| refund.id.number().is_some()).count();
    let Some(id) = sale.id.number().filter(|_| listed > 0) else { return Ok(Some(refunds)) };
    for page in 1..=listed.div_ceil(PAGE) {
        let request = catalogue
            .calls
            .get(&format!("/orders/{id}/refunds"))
            .query("per_page", PAGE)
            .query("page", page)
            .query("_fields", REFUND_FIELDS);
        let answer = catalogue.calls.read(request, &[404]).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let items: Vec<Value> = catalogue.calls.json(&answer)?;
        refunds.extend(items.iter().filter_map(|item| Refund::deserialize(item).ok()));
    }
    Ok(Some(refunds))
}

/// The error is a plain sentence about this one order.
pub(super) fn order(sale: &Sale, refunds: &[Refund], shop: &LocationId) -> Result<Order, String> {
    let remote = remote_id(&sale.id)?;
    let updated_at = timestamp(&sale.date_modified_gmt);
    let placed_at = timestamp(&sale.date_created_gmt).or(updated_at).ok_or("it does not say when it was placed")?;
    let status = sale.status.text().unwrap_or_default();
    // Written by an old version: then the status is all there is.
    let is_noted = notes_what_it_takes(&sale.version) || sale.line_items.iter().any(|line| reduced(line).is_some());
    let taken: Vec<Quantity> = sale.line_items.iter().map(|line| taken(line, status, is_noted)).collect();
    let completed_at = timestamp(&sale.date_completed_gmt);
    let state = state(status, completed_at.is_some(), taken.iter().any(|taken| taken.is_positive()));
    let mut lines = Vec::with_capacity(sale.line_items.len());
    for (line, taken) in sale.line_items.iter().zip(taken) {
        let ordered = quantity(line)?;
        let handed_over = state == OrderState::Closed;
        let never_sent = match state {
            OrderState::Pending => Quantity::ZERO,
            OrderState::Open => refunded(line, refunds, None),
            OrderState::Closed => completed_at.map_or(Quantity::ZERO, |at| refunded(line, refunds, Some(at))),
            OrderState::Cancelled => ordered,
        };
        let dropped = never_sent.min(ordered);
        let back = if state == OrderState::Pending { Quantity::ZERO } else { ordered - taken };
        lines.push(OrderLine {
            remote: remote_id(&line.id).map_err(|_| "one of its lines has no usable id")?,
            listing: id(&line.product_id),
            // A variation's line names both.
            variant: id(&line.variation_id).or_else(|| id(&line.product_id)),
            location: Some(shop.clone()),
            ordered,
            fulfilled: if handed_over { ordered - dropped } else { Quantity::ZERO },
            dropped,
            restocked: if back.is_negative() { Quantity::ZERO } else { back },
        });
    }
    let number = sale.number.text().or(sale.id.text()).unwrap_or_default();
    let updated_at = updated_at.unwrap_or(placed_at);
    Ok(Order { remote, number: Text::new(&format!("#{number}")), state, placed_at, updated_at, lines })
}

/// Statuses of plugins count by what they did: one that has taken pieces off the stock is open until it says otherwise.
fn state(status: &str, was_completed: bool, has_taken: bool) -> OrderState {
    match status {
        "completed" => OrderState::Closed,
        "refunded" if was_completed => OrderState::Closed,
        // Given back before anything was sent.
        "refunded" => OrderState::Cancelled,
        "cancelled" | "trash" => OrderState::Cancelled,
        // Nothing will be sent, and what was taken before it failed stays taken.
        "failed" if has_taken => OrderState::Cancelled,
        "processing" | "on-hold" => OrderState::Open,
        _ if has_taken => OrderState::Open,
        _ => OrderState::Pending,
    }
}

/// What the line has off the stock now.
fn taken(line: &Line, status: &str, is_noted: bool) -> Quantity {
    let noted = reduced(line).filter(|taken| taken.is_positive()).unwrap_or_default();
    let by_status = matches!(status, "processing" | "on-hold" | "completed" | "refunded");
    match (is_noted, by_status) {
        (true, _) => noted,
        (false, true) => quantity(line).unwrap_or_default(),
        (false, false) => Quantity::ZERO,
    }
}

fn reduced(line: &Line) -> Option<Quantity> {
    meta(&line.meta_data, REDUCED)?.parse().ok()
}

/// Never negative: what comes back is a refund's line, not an order's.
fn quantity(line: &Line) -> Result<Quantity, String> {
    let quantity: Option<Quantity> = line.quantity.text().map_or(Some(Quantity::ZERO), |raw| raw.parse().ok());
    let quantity = quantity.ok_or("one of its lines has a quantity that cannot be read")?;
    Ok(if quantity.is_negative() { Quantity::ZERO } else { quantity })
}

/// How much of a line was refunded, at all or before a moment.
fn refunded(line: &Line, refunds: &[Refund], before: Option<Timestamp>) -> Quantity {
    let in_time = |refund: &&Refund| match (before, timestamp(&refund.date_created_gmt)) {
        (Some(before), Some(at)) => at < before,
        (None, _) => true,
        (Some(_), None) => false,
    };
    let is_of_line = |refunded: &&Line| {
        let of = meta(&refunded.meta_data, REFUNDED_LINE);
        of.is_some() && of == line.id.text()
    };
    let lines = refunds.iter().filter(in_time).flat_map(|refund| refund.line_items.iter().filter(is_of_line));
    // Refunds count downwards.
    Quantity::sum(
        lines
            .filter_map(|line| line.quantity.text()?.parse::<Quantity>().ok())
            .map(|gone| if gone.is_negative() { -gone } else { gone }),
    )
}

/// Since 3.5.
fn notes_what_it_takes(version: &Loose) -> bool {
    let Some(version) = version.text() else { return true };
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (3, 5)
}

/// 0 for what is not in the catalogue (any more).
fn id(raw: &Loose) -> Option<RemoteId> {
    remote_id(raw).ok()
}
