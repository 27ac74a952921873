//! An order that a feed shows: what is new of it, for the journal, the history and the sides that it takes from.

use crate::domain::{
    Cause, ConnectionId, Happening, HistoryRecord, KnownOrder, ListingId, Order, Timestamp, VariantId,
};
use crate::rules::{CatalogueView, orders as rules};
use crate::store::Entry;

use super::super::super::books::Books;
use super::super::super::truth::Known;
use super::super::settings::subject;
use super::variant_of;

/// Takes in an order as a feed shows it; `before`: as it was known. Nothing if it says nothing new.
pub fn seen(
    known: &Known,
    books: &mut Books<'_>,
    connection: ConnectionId,
    before: Option<&Order>,
    order: Order,
    now: Timestamp,
) -> Vec<Entry> {
    if before.is_some_and(|before| rules::is_same(before, &order)) {
        return Vec::new();
    }
    // One that ended before we ever heard of it did all that it does before the counts were read.
    let theirs = known.theirs(connection, now);
    if before.is_none() && rules::is_forgettable(&order, theirs) {
        return Vec::new();
    }
    let mut entries = Vec::new();
    let moment = rules::moment(before, &order);
    let news = is_news(known, connection, before, &order);
    for change in rules::moves(before, &order) {
        let Some((listing, variant)) = variant_of(&known.catalogue, connection, change.line) else { continue };
        books.ordered(variant, moment, order.placed_at, change.takes);
        if news {
            let cause = Cause::Order { number: order.number.clone() };
            entries.extend(line(known, (listing, variant), connection, (change.old, change.new), cause, now));
        }
    }
    entries.push(Entry::OrderSeen(Box::new(KnownOrder { connection, order, seen_at: now })));
    entries
}

/// Whether it is worth a line: the orders that were there before we were are not.
fn is_news(known: &Known, connection: ConnectionId, before: Option<&Order>, order: &Order) -> bool {
    let since = known.catalogue.now().connection(connection).map(|there| known.theirs(connection, there.connected_at));
    before.is_some() || since.is_none_or(|since| order.updated_at >= since)
}

/// A line of the history about what is ordered of a variant.
pub fn line(
    known: &Known,
    (listing, variant): (ListingId, VariantId),
    connection: ConnectionId,
    (old, new): (Option<String>, Option<String>),
    cause: Cause,
    at: Timestamp,
) -> Option<Entry> {
    let there = known.catalogue.now().listing(listing)?;
    let shown = there.variant(variant)?;
    Some(Entry::Noted(Box::new(HistoryRecord {
        at,
        what: Happening::Order,
        subject: subject(&there.listing.title, shown.option_label()),
        sku: shown.sku.clone(),
        listing: Some(listing),
        variant: Some(variant),
        connection: Some(connection),
        old,
        new,
        cause,
    })))
}
