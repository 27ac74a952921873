//! Exact matching: which listings can be linked, and why the others cannot. Rules: DESIGN, "Matching".
//!
//! Two active listings belong together when a barcode, a SKU or the title stands on exactly one active listing of each
//! side. The strongest kind of key that a listing shares decides alone: where its SKU leads to one listing and its
//! title to another, the title is not believed. A pair must then be fit to be linked; what is in the way is a
//! [`Reason`](crate::domain::Reason).
//!
//! What is compared are packed [`Rows`], one set for each side, and the [`Comparison`] that is made of them is kept: it
//! answers for any listing, and takes in changes one by one. The cost of a report is that of reading each listing once and
//! sorting its keys, whatever the catalogue looks like. Exchanging the two connections exchanges the sides of the result and
//! changes nothing else.
//!
//! [`rows`], [`arena`] and [`record`] hold the listings; [`folding`], [`keys`] and [`key_list`] make keys of them, and
//! [`plain`] their digests where a text is plain; [`table`] knows who has which, in [`part`]s and [`crowd`]s. [`making`]
//! sorts the [`entries`] of a full report; [`comparison`] and [`fit`] decide ([`by_hand`] where a person did), [`reasons`]
//! and [`hints`] explain, [`edit`] keeps it up to date.

mod arena;
mod by_hand;
mod comparison;
mod crowd;
mod edit;
mod entries;
mod fit;
mod folding;
mod goods;
mod hints;
mod key_list;
mod keys;
mod look_alike;
mod making;
mod part;
mod plain;
mod reasons;
mod record;
mod rows;
mod sides;
mod spelling;
mod standing;
mod table;
mod variants;

#[cfg(test)]
mod benchmark;
#[cfg(test)]
mod odd_catalogues;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod upkeep;

use crate::domain::{Candidate, ConnectionId, KnownListing, MatchKey, NoCandidate, VariantId};

use super::CatalogueView;
pub use by_hand::paired_by_hand;
pub use comparison::Comparison;
pub(super) use goods::Goods;
pub use goods::Tie;
pub(super) use keys::{Digest, check_digit_missed, digest, digests, read as read_key};
pub(super) use look_alike::{latin, loosen};
pub use rows::Rows;
pub use sides::Here;
pub(super) use spelling::{each_piece, each_piece_near, near as spelled_nearly};
pub use variants::label as variant_label;
pub(super) use variants::{duplicate_sku, duplicate_variant, label, pairing};

/// The report for one pair of connections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matches {
    /// Ordered by in-store listing.
    pub candidates: Vec<Candidate>,
    /// For every listing of either side that is neither linked nor a candidate; ordered by listing.
    pub without: Vec<NoCandidate>,
}

/// Compares all listings of an in-store connection with all of an online one.
///
/// A listing that is linked to other connections only can be a candidate here too (its link then grows), but is not
/// asked about in `without`. Two listings that are linked in part are a candidate for the rest of their variants.
pub fn matches(catalogue: &dyn CatalogueView, in_store: ConnectionId, online: ConnectionId) -> Matches {
    comparison(catalogue, in_store, online).matches()
}

/// The same as a report that is kept.
pub fn comparison(catalogue: &dyn CatalogueView, in_store: ConnectionId, online: ConnectionId) -> Comparison {
    let rows = |connection, other| {
        let mut rows = Rows::new();
        catalogue.each_listing(connection, &mut |known| {
            rows.push(known, |variant| tie(catalogue, variant, other));
        });
        rows
    };
    Comparison::new(rows(in_store, online), rows(online, in_store))
}

/// How a variant is linked, as far as a connection is concerned.
pub fn tie(catalogue: &dyn CatalogueView, variant: VariantId, there: ConnectionId) -> Tie {
    let Some(link) = catalogue.link_of(variant) else { return Tie::Free };
    match link.members.iter().find(|member| member.connection == there) {
        Some(member) => Tie::There { listing: member.listing, variant: member.variant },
        None => Tie::Elsewhere,
    }
}

/// Whether any variant of a listing is linked with a connection.
pub fn is_tied(catalogue: &dyn CatalogueView, known: &KnownListing, there: ConnectionId) -> bool {
    known.variants.iter().any(|variant| matches!(tie(catalogue, *variant, there), Tie::There { .. }))
}

/// The barcodes, SKUs and titles of a connection.
#[derive(Debug, Clone, Default)]
pub struct Keys(std::collections::HashSet<(MatchKey, Digest)>);

impl Keys {
    pub fn of(catalogue: &dyn CatalogueView, connection: ConnectionId) -> Self {
        let mut all = std::collections::HashSet::new();
        catalogue.each_listing(connection, &mut |known| {
            all.extend(keys::KINDS.into_iter().flat_map(|kind| keyed((kind, known))));
        });
        Self(all)
    }

    /// Whether a listing has one of them: it may be the same product, or come to be taken for it.
    pub fn shares(&self, known: &KnownListing) -> bool {
        keys::KINDS.into_iter().flat_map(|kind| keyed((kind, known))).any(|key| self.0.contains(&key))
    }
}

fn keyed((kind, known): (MatchKey, &KnownListing)) -> Vec<(MatchKey, Digest)> {
    digests(kind, known).into_iter().map(|(digest, _)| (kind, digest)).collect()
}
