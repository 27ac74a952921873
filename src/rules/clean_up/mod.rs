//! The clean-up list: what is wrong inside one connection, and what the other side could not take.
//!
//! A catalogue is gone through once, listing by listing, and of each only digests of its keys and the folded title stay
//! in memory until those that are the same are found by sorting. What is found is small ([`Finding`]); the row with its
//! sentence and its mend is made of the listing as it is when the row is shown ([`Findings::row`]). A million products
//! with one title are one finding with a count and a few examples.
//!
//! Digests of 64 bits decide what is the same: that two different keys among millions share one is less likely than once
//! in ten million lists, and nothing is written by this list: a row shows what it is about.
//!
//! | file | what lives there |
//! |---|---|
//! | `collect.rs` | one pass over a connection: keys, and what is wrong with one listing alone |
//! | `near.rs` | titles that are nearly the same |
//! | `barcode.rs`, `plain.rs`, `limits.rs` | what is wrong with a barcode, a text, a size; and what it should be |
//! | `row.rs` | sentence and mend |
//!
//! Archived products are left out: nobody sells them, and to archive is how most of this is mended.

mod barcode;
mod collect;
mod limits;
mod near;
mod plain;
mod row;

#[cfg(test)]
mod odd_catalogues;
#[cfg(test)]
mod tests;

use crate::domain::{ConnectionId, Field, FieldValue, Flaw, KnownListing, ListingId, Profile, Status, Text, VariantId};

use super::CatalogueView;

pub use near::Nearness;
pub(super) use plain::from_windows_1252;
pub use row::Row;

/// So many listings of a group are named.
pub const EXAMPLES: usize = 12;

/// A connection of the other side, whose limits count.
#[derive(Debug, Clone)]
pub struct OtherSide {
    pub connection: ConnectionId,
    pub name: Text,
    pub profile: &'static Profile,
}

/// Something that is wrong. `about` is understood by [`Findings::row`] alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    pub flaw: Flaw,
    /// The first one that it is about.
    pub listing: ListingId,
    about: u32,
}

/// Variants, or listings, that share something.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    count: u32,
    /// With the variant's place. Different listings first, in the catalogue's order.
    examples: Vec<(ListingId, u32)>,
}

/// All that is wrong in one connection.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    pub all: Vec<Finding>,
    groups: Vec<Group>,
    near: Vec<(ListingId, Nearness)>,
}

/// A field to be written, as [`crate::domain::Effect::SetField`] does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub listing: ListingId,
    pub variant: Option<VariantId>,
    pub field: Field,
    pub to: FieldValue,
}

/// Goes through a connection. `others`: the connections on the other side.
pub fn look(catalogue: &dyn CatalogueView, connection: ConnectionId, others: &[OtherSide]) -> Findings {
    collect::collect(catalogue, connection, others)
}

/// Whether a listing is looked at.
fn counts(known: &KnownListing) -> bool {
    !known.gone && known.listing.status != Status::Archived
}
