//! Decisions, pure: no I/O, no clock, no randomness, no platform names. Data in, data out.
//!
//! What the rules know of a catalogue comes through [`CatalogueView`], so that they run on the engine's index and on a
//! test's vectors alike.

pub mod across;
pub mod arithmetic;
pub mod clean_up;
pub mod drops;
pub mod estimate;
pub mod exchange;
pub mod fields;
pub mod filter;
pub mod gauge;
pub mod guard;
pub mod job;
pub mod ledger;
pub mod matching;
pub mod numbers;
pub mod orders;
pub mod owing;
pub mod pace;
pub mod plan;
pub mod presets;
pub mod pulse;
pub mod reckoning;
pub mod sentences;
pub mod slices;
pub mod status;
pub mod suggestions;

#[cfg(test)]
mod shelf;

use crate::domain::{Connection, ConnectionId, KnownListing, Link, ListingId, SyncSettings, VariantId};

/// Read access to what is known.
pub trait CatalogueView {
    fn connection(&self, id: ConnectionId) -> Option<&Connection>;
    fn connections(&self) -> Vec<&Connection>;
    fn listing(&self, id: ListingId) -> Option<&KnownListing>;
    /// All listings of a connection that are not gone.
    fn listings_of<'a>(&'a self, connection: ConnectionId) -> Box<dyn Iterator<Item = &'a KnownListing> + 'a>;
    /// Shows each of them once, in the same order. A catalogue that holds most of what it knows elsewhere need not keep
    /// all of it at hand for that, as it must for [`CatalogueView::listings_of`]: the way to go through a whole shop.
    fn each_listing(&self, connection: ConnectionId, visit: &mut dyn FnMut(&KnownListing)) {
        self.listings_of(connection).for_each(visit);
    }
    /// How a connection is kept in step.
    fn settings(&self, id: ConnectionId) -> SyncSettings;
    /// The live link of a variant.
    fn link_of(&self, variant: VariantId) -> Option<&Link>;
}
