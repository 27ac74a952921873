//! The way from the platforms' identifiers to our numbers.
//!
//! Only fingerprints are kept, of which several identifiers may share one: whoever asks looks at each listing that is
//! named, and takes the one that has the identifier. That needs six bytes for each instead of a hundred.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::domain::{ConnectionId, KnownListing, ListingId, RemoteId};

/// The three name spaces of a platform's identifiers: they may hold the same text for different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Listing,
    Variant,
    Inventory,
}

/// Identifiers are spread over so many cases, each in order.
const CASES: usize = 1024;

/// Fingerprints of all identifiers, and the listings that have them.
#[derive(Debug, Default)]
pub struct Remotes {
    /// None before the first.
    cases: Vec<Case>,
}

/// By fingerprint, then by listing.
#[derive(Debug, Default, Clone)]
struct Case {
    prints: Vec<u16>,
    /// Numbers of listings: four thousand million are beyond any shop's life, and further ones are not found by their
    /// identifiers here.
    listings: Vec<u32>,
}

/// The case, and the fingerprint in it.
fn print(kind: Kind, connection: ConnectionId, remote: &RemoteId) -> (usize, u16) {
    let mut hasher = DefaultHasher::new();
    (kind, connection, remote.as_str()).hash(&mut hasher);
    let hash = hasher.finish();
    ((hash >> 48) as usize % CASES, hash as u16)
}

impl Remotes {
    /// Listings of which one may have this identifier.
    pub fn named(
        &self,
        kind: Kind,
        connection: ConnectionId,
        remote: &RemoteId,
    ) -> impl Iterator<Item = ListingId> + '_ {
        let (place, print) = print(kind, connection, remote);
        self.cases.get(place).into_iter().flat_map(move |one| one.with(print)).map(|listing| ListingId(listing.into()))
    }

    /// Notes all identifiers of a listing.
    pub fn learn(&mut self, known: &KnownListing) {
        if self.cases.is_empty() {
            self.cases = vec![Case::default(); CASES];
        }
        each(known, |place, print, listing| self.cases[place].put(print, listing));
    }

    /// Forgets those of a listing as it was learnt.
    pub fn forget(&mut self, known: &KnownListing) {
        if !self.cases.is_empty() {
            each(known, |place, print, listing| self.cases[place].take(print, listing));
        }
    }
}

fn each(known: &KnownListing, mut act: impl FnMut(usize, u16, u32)) {
    let Ok(listing) = u32::try_from(known.id.0) else { return };
    let mut one = |kind, remote: &RemoteId| {
        let (place, print) = print(kind, known.connection, remote);
        act(place, print, listing);
    };
    one(Kind::Listing, &known.listing.remote);
    for variant in &known.listing.variants {
        one(Kind::Variant, &variant.remote);
        if let Some(inventory) = &variant.inventory {
            one(Kind::Inventory, inventory);
        }
    }
}

impl Case {
    fn with(&self, print: u16) -> impl Iterator<Item = u32> + '_ {
        let first = self.prints.partition_point(|other| *other < print);
        let alike = self.prints[first..].iter().take_while(move |other| **other == print).count();
        self.listings[first..first + alike].iter().copied()
    }

    /// Where a listing with this fingerprint is, or would be.
    fn find(&self, print: u16, listing: u32) -> Result<usize, usize> {
        let first = self.prints.partition_point(|other| *other < print);
        let alike = self.prints[first..].iter().take_while(|other| **other == print).count();
        let found = self.listings[first..first + alike].binary_search(&listing);
        found.map(|place| first + place).map_err(|place| first + place)
    }

    fn put(&mut self, print: u16, listing: u32) {
        if let Err(place) = self.find(print, listing) {
            if self.prints.len() == self.prints.capacity() {
                // Doubling would leave half of the room empty.
                let more = 8 + self.prints.len() / 8;
                self.prints.reserve_exact(more);
                self.listings.reserve_exact(more);
            }
            self.prints.insert(place, print);
            self.listings.insert(place, listing);
        }
    }

    fn take(&mut self, print: u16, listing: u32) {
        if let Ok(place) = self.find(print, listing) {
            self.prints.remove(place);
            self.listings.remove(place);
        }
    }
}
