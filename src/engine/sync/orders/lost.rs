//! Orders that no count has shown yet: the counts are read afresh, and what was lost in a race is made good for.
//!
//! Also where a sale is passed on soonest: an order tells of it before the feed of counts does. And where orders are
//! forgotten that ended long ago.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{ConnectionId, ListingId, LocationId, Quantity, Stock, Timestamp, VariantId};
use crate::platform::{LevelRead, SharedConnector, StockAddress};
use crate::protocol::Problem;
use crate::rules::{CatalogueView, ledger, reckoning};
use crate::store::Entry;

use super::super::super::books::Books;
use super::super::super::jobs::aim::address;
use super::super::super::jobs::waiting::Trouble;
use super::super::super::truth::{Known, Truth};
use super::seen::line;

/// Counts in one reading.
const AT_ONCE: usize = 50;

/// A count that is wanted.
struct Wanted {
    listing: ListingId,
    variant: VariantId,
    address: StockAddress,
}

/// A count that was read.
type Read = (ListingId, VariantId, LocationId, LevelRead);

/// Reads the counts of everything of which orders are known that no count has shown, and settles what comes of it.
/// `known`: all orders that were placed before this moment of ours are known.
pub async fn settle(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    connector: &SharedConnector,
    known: Timestamp,
) -> Result<(), Trouble> {
    forget(truth, connection).await?;
    let heard = truth.read(|there| there.theirs(connection, known)).plus_seconds(-reckoning::MARGIN);
    let wanted = truth.read(|known| wanted(known, connection, truth.now()));
    for group in wanted.chunks(AT_ONCE) {
        let addresses: Vec<StockAddress> = group.iter().map(|wanted| wanted.address.clone()).collect();
        let asked = truth.tick();
        let began = truth.read(|known| known.theirs(connection, truth.now()));
        let levels = connector.levels(&addresses).await;
        truth.called(connection, &levels);
        let levels = match levels {
            Ok(levels) => levels,
            // The feed of counts tells in time, and the next look asks again.
            Err(error) => return Trouble::of(error).map_or_else(|_| Ok(()), Err),
        };
        if levels.len() != group.len() {
            return Ok(());
        }
        let read = group.iter().zip(levels);
        let read: Vec<Read> =
            read.map(|(of, level)| (of.listing, of.variant, of.address.location.clone(), level)).collect();
        let pen = truth.pen().await;
        let now = truth.now();
        let entries = truth.read(|known| outcome(known, connection, &read, asked, (began, heard), now));
        pen.commit(entries).await?;
    }
    Ok(())
}

fn wanted(known: &Known, connection: ConnectionId, now: Timestamp) -> Vec<Wanted> {
    let catalogue = known.catalogue.now();
    let Some(there) = catalogue.connection(connection) else { return Vec::new() };
    let books = Books::open(known, now);
    let mut wanted = Vec::new();
    for variant in known.orders.unseen(connection) {
        let member = catalogue.link_of(variant).and_then(|link| ledger::member(link, variant));
        let Some(member) = member.filter(|_| !books.is_frozen(variant)) else { continue };
        let stock = catalogue.listing(member.listing).and_then(|known| known.variant(variant)).map(|v| &v.stock);
        for location in there.locations.iter().filter(|l| stock.is_some_and(|stock| stock.at(&l.id).is_some())) {
            if let Some(address) = address(catalogue, member.listing, variant, &location.id) {
                wanted.push(Wanted { listing: member.listing, variant, address });
            }
        }
    }
    wanted
}

fn outcome(
    known: &Known,
    connection: ConnectionId,
    read: &[Read],
    asked: u64,
    (began, heard): (Timestamp, Timestamp),
    now: Timestamp,
) -> Vec<Entry> {
    let catalogue = known.catalogue.now();
    let Some(there) = catalogue.connection(connection) else { return Vec::new() };
    let mut books = Books::open(known, now);
    let mut entries = Vec::new();
    let mut stocks: BTreeMap<VariantId, (ListingId, Stock)> = BTreeMap::new();
    for (listing, variant, location, level) in read {
        let stock = catalogue.listing(*listing).and_then(|known| known.variant(*variant)).map(|shown| &shown.stock);
        let overtaken = known.written.get(variant).is_some_and(|written| *written > asked);
        let Some(stock) = stock.filter(|_| !overtaken && !books.is_frozen(*variant)) else { continue };
        let LevelRead::Counted(quantity) = level else { continue };
        let (_, seen) = stocks.entry(*variant).or_insert_with(|| (*listing, stock.clone()));
        if stock.at(location) != Some(*quantity) {
            seen.see_level(location.clone(), Some(*quantity));
            let (listing, variant, location) = (*listing, *variant, location.clone());
            entries.push(Entry::LevelSeen { listing, variant, location, quantity: Some(*quantity), at: now });
        }
    }
    for (variant, (listing, stock)) in stocks {
        books.observe(variant, stock.total(|location| there.counts(location)));
        let Some(link) = books.change(variant) else { continue };
        if ledger::member(link, variant).is_some_and(|member| member.held.is_some()) {
            continue;
        }
        let before = link.available;
        let placed = ledger::member(link, variant).map(|member| reckoning::suspects(&member.unmatched));
        let lost = reckoning::repair(link, variant, began, heard);
        let after = link.available;
        if lost != Quantity::ZERO {
            let at = placed.unwrap_or_default().first().copied().unwrap_or(began);
            let cause = known.orders.cause(&known.catalogue, listing, variant, at);
            let cause = cause.unwrap_or(crate::domain::Cause::Poll);
            let words = |available: Option<Quantity>| available.map(|available| format!("{available} available"));
            let new = words(after).map(|new| format!("{new}: {lost} overwritten there, taken off everywhere"));
            entries.extend(line(known, (listing, variant), connection, (words(before), new), cause, now));
        }
    }
    entries.extend(books.entries());
    entries
}

/// Orders that ended long ago are not kept.
async fn forget(truth: &Arc<Truth>, connection: ConnectionId) -> Result<(), Problem> {
    let old = |known: &Known| known.orders.forgettable(connection, known.theirs(connection, truth.now()));
    if truth.read(|known| old(known).is_empty()) {
        return Ok(());
    }
    let pen = truth.pen().await;
    let orders = truth.read(old);
    pen.commit(vec![Entry::OrdersForgotten { connection, orders }]).await
}
