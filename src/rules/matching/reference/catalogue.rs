//! One side of a comparison: its listings, how each stands, and who has which key.
//!
//! Lean, because a side may hold a million listings: a key costs sixteen bytes here, its text none.

use std::ops::Range;

use crate::domain::{ConnectionId, KnownListing, MatchKey, Status};
use crate::rules::CatalogueView;

use super::keys::{self, Digest, KINDS, Key};

/// Where a listing stands in the comparison with one other connection. In the order in which listings that share a key
/// are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Can be linked.
    Open,
    /// All its variants are linked, but none to the connection that is compared: it can be linked there as well.
    LinkedElsewhere,
    /// Some variants are linked to the other connection, others are not.
    PartlyLinked,
    /// All variants are linked to the other connection.
    Linked,
    /// Not linked, and not active.
    Inactive,
}

impl Standing {
    fn of(catalogue: &dyn CatalogueView, known: &KnownListing, other: ConnectionId) -> Self {
        let (mut there, mut elsewhere) = (0, 0);
        for variant in &known.variants {
            if let Some(link) = catalogue.link_of(*variant) {
                match link.members.iter().any(|member| member.connection == other) {
                    true => there += 1,
                    false => elsewhere += 1,
                }
            }
        }
        let all = known.variants.len();
        match known.listing.status {
            _ if there == all => Self::Linked,
            _ if there > 0 => Self::PartlyLinked,
            _ if elsewhere == all => Self::LinkedElsewhere,
            Status::Active => Self::Open,
            Status::Draft | Status::Archived => Self::Inactive,
        }
    }
}

/// A listing's place in its side.
pub type Place = u32;

/// Who has a key, by its digest. Listings that are active come first.
#[derive(Debug, Default)]
struct Holders(Vec<(Digest, bool, Place)>);

impl Holders {
    fn range(&self, digest: Digest) -> Range<usize> {
        let start = self.0.partition_point(|entry| entry.0 < digest);
        let length = self.0[start..].partition_point(|entry| entry.0 == digest);
        start..start + length
    }
}

/// The listings of one connection that are not gone, by number.
pub struct Half<'a> {
    pub listings: Vec<&'a KnownListing>,
    pub standing: Vec<Standing>,
    holders: [Holders; 3],
}

/// The listings that share one key.
#[derive(Clone, Copy)]
pub struct Sharers<'h>(&'h [(Digest, bool, Place)]);

impl<'h> Sharers<'h> {
    /// The one active listing that has the key; `None` if there is none or several. Inactive ones do not count: to
    /// archive the duplicate is how a shop cleans up (the seeds say so).
    pub fn only(self) -> Option<Place> {
        match self.0 {
            [(_, false, place)] | [(_, false, place), (_, true, _), ..] => Some(*place),
            _ => None,
        }
    }

    pub fn several_active(self) -> bool {
        matches!(self.0, [_, (_, false, _), ..])
    }

    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Active ones first, then by number.
    pub fn places(self) -> impl Iterator<Item = Place> + 'h {
        self.0.iter().map(|entry| entry.2)
    }

    pub fn active(self) -> impl Iterator<Item = Place> + 'h {
        self.0.iter().take_while(|entry| !entry.1).map(|entry| entry.2)
    }
}

impl<'a> Half<'a> {
    pub fn new(catalogue: &'a dyn CatalogueView, connection: ConnectionId, other: ConnectionId) -> Self {
        let mut listings: Vec<&KnownListing> = catalogue.listings_of(connection).filter(|known| !known.gone).collect();
        // The report does not depend on the order in which the catalogue tells.
        listings.sort_unstable_by_key(|known| known.id);
        let standing = listings.iter().map(|known| Standing::of(catalogue, known, other)).collect();
        let mut half = Self { listings, standing, holders: Default::default() };
        for (kind, holders) in KINDS.into_iter().zip(0..) {
            half.holders[holders] = half.index(kind);
        }
        half
    }

    fn index(&self, kind: MatchKey) -> Holders {
        let mut entries = Vec::with_capacity(self.listings.len());
        for (place, known) in (0..).zip(&self.listings) {
            let inactive = known.listing.status != Status::Active;
            entries.extend(keys::of_listing(kind, known).iter().map(|(key, _)| (key.digest(), inactive, place)));
        }
        entries.sort_unstable();
        entries.shrink_to_fit();
        Holders(entries)
    }

    pub fn known(&self, place: Place) -> &'a KnownListing {
        self.listings[place as usize]
    }

    pub fn standing(&self, place: Place) -> Standing {
        self.standing[place as usize]
    }

    pub fn is_active(&self, place: Place) -> bool {
        self.known(place).listing.status == Status::Active
    }

    /// Whether it may still be linked, as far as it alone decides.
    pub fn is_free(&self, place: Place) -> bool {
        matches!(self.standing(place), Standing::Open | Standing::LinkedElsewhere) && self.is_active(place)
    }

    pub fn sharers(&self, kind: MatchKey, key: &Key) -> Sharers<'_> {
        let holders = &self.holders[kind as usize];
        Sharers(&holders.0[holders.range(key.digest())])
    }

    pub fn places(&self) -> Range<Place> {
        0..Place::try_from(self.listings.len()).unwrap_or(Place::MAX)
    }
}
