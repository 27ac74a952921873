//! What a look left open, read once more and straight from the source.
//!
//! A page that was asked for before a write of ours had ended may show a count from before the write or from after it,
//! so it does not count where it differs from what the write said. But it may also show what somebody else did in that
//! very moment, and a feed shows nothing twice. So such counts and fields are asked for again, and the page has not been
//! read before they are known: until then the feed's place stays where it was, also over the end of the process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{ConnectionId, ListingId, LocationId, RemoteId, VariantId};
use crate::platform::{Change, LevelRead, PlatformError, SharedConnector, StockAddress, StockChange};

use super::super::intake;
use super::super::jobs::aim::address;
use super::super::jobs::waiting::Trouble;
use super::super::truth::Truth;

/// Counts, or listings, in one reading.
const AT_ONCE: usize = 50;

/// What is to be read again.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Open {
    pub counts: BTreeSet<(ListingId, VariantId, LocationId)>,
    pub listings: BTreeSet<RemoteId>,
}

impl Open {
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.listings.is_empty()
    }

    pub fn extend(&mut self, other: Self) {
        self.counts.extend(other.counts);
        self.listings.extend(other.listings);
    }
}

/// What writes have left open, by connection: the next look there asks again. Not journalled: a sweep tells it too.
pub type Doubted = BTreeMap<ConnectionId, Open>;

/// Reads what is open, as changes like those of a page; with the moment they were asked for (see `Truth::tick`).
pub async fn read(
    truth: &Truth,
    connection: ConnectionId,
    connector: &SharedConnector,
    open: &Open,
) -> Result<(Vec<Change>, u64), PlatformError> {
    let asked = truth.tick();
    let mut changes = Vec::new();
    let listings: Vec<RemoteId> = open.listings.iter().cloned().collect();
    for group in listings.chunks(AT_ONCE) {
        let found = connector.listings(group).await;
        truth.called(connection, &found);
        changes.extend(found?.into_iter().map(|listing| Change::Seen(Box::new(listing))));
    }
    let addresses: Vec<StockAddress> = truth.read(|known| {
        let catalogue = known.catalogue.now();
        let counts = open.counts.iter();
        counts.filter_map(|(listing, variant, location)| address(catalogue, *listing, *variant, location)).collect()
    });
    for group in addresses.chunks(AT_ONCE) {
        let levels = connector.levels(group).await;
        truth.called(connection, &levels);
        changes.extend(group.iter().zip(levels?).filter_map(|(address, level)| {
            let LevelRead::Counted(quantity) = level else { return None };
            let StockAddress { listing, variant, inventory, location } = address.clone();
            let variant = inventory.unwrap_or(variant);
            let change = StockChange { listing: Some(listing), variant, location, quantity: Some(quantity) };
            Some(Change::Stock(change))
        }));
    }
    Ok((changes, asked))
}

/// Reads what writes have left open at a connection.
pub async fn settle(truth: &Arc<Truth>, connection: ConnectionId, connector: &SharedConnector) -> Result<(), Trouble> {
    loop {
        let open = truth.keep_in_mind(|known| known.doubted.remove(&connection));
        let Some(open) = open.filter(|open| !open.is_empty()) else { return Ok(()) };
        let (changes, asked) = match read(truth, connection, connector, &open).await {
            Ok(read) => read,
            Err(error) => {
                doubt(truth, connection, open);
                // One that does not pass is about these items: a sweep tells.
                return Trouble::of(error).map_or_else(|_| Ok(()), Err);
            }
        };
        let mut pen = truth.pen().await;
        let now = truth.now();
        let taken = truth.read(|known| intake::page(known, &mut pen, connection, changes, asked, now));
        pen.commit(taken.entries).await?;
        doubt(truth, connection, taken.open);
    }
}

/// The next look is to ask for these again.
fn doubt(truth: &Truth, connection: ConnectionId, open: Open) {
    if !open.is_empty() {
        truth.keep_in_mind(|known| known.doubted.entry(connection).or_default().extend(open));
    }
}
