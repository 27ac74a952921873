//! The keys of a full report before they are in the tables: all at once, packed, and sorted a few thousand at a time.

use super::crowd::Sharer;
use super::keys::{Digest, KINDS, Twin};
use super::rows::Place;
use super::sides::Here;

/// Which listing has which key: both digests, the side, and the listing as a [`Sharer`]. In one number, so that to
/// compare two is one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry(u128);

const ONLINE: u32 = 1 << 31;

impl Entry {
    pub fn new(twin: Twin, here: Here, sharer: Sharer) -> Self {
        let side = if here == Here::Online { ONLINE } else { 0 };
        Self(u128::from(twin.digest) << 64 | u128::from(twin.check) << 32 | u128::from(side | sharer.bits()))
    }

    pub fn digest(self) -> Digest {
        (self.0 >> 64) as Digest
    }

    pub fn is_online(self) -> bool {
        self.0 as u32 & ONLINE != 0
    }

    pub fn sharer(self) -> Sharer {
        Sharer::from_bits(self.0 as u32 & !ONLINE)
    }

    /// Whether it is the same key.
    pub fn shares(&self, other: &Self) -> bool {
        (self.0 ^ other.0) >> 32 == 0
    }
}

/// Entries in one bucket, about: few enough that they stay in the cache while they are sorted.
const USUAL: usize = 4096;
/// More buckets than this are themselves too many to write to at once.
const MOST_BITS: u32 = 10;

/// For each kind of key a row of buckets, by the first bits of the digests.
pub struct Entries {
    bits: u32,
    buckets: [Vec<Vec<Entry>>; KINDS.len()],
}

impl Entries {
    /// For so many listings.
    pub fn new(listings: usize) -> Self {
        let bits = (listings / USUAL).next_power_of_two().trailing_zeros().min(MOST_BITS);
        // Digests spread evenly, but not quite.
        let usual = (listings >> bits) + (listings >> bits) / 16 + 16;
        let buckets = || (0..1 << bits).map(|_| Vec::with_capacity(usual)).collect();
        Self { bits, buckets: [buckets(), buckets(), buckets()] }
    }

    /// Of how many first bits a bucket has the same.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    #[inline]
    pub fn push(&mut self, kind: usize, twin: Twin, here: Here, sharer: Sharer) {
        let bucket = twin.digest.checked_shr(64 - self.bits).unwrap_or(0) as usize;
        self.buckets[kind][bucket].push(Entry::new(twin, here, sharer));
    }

    /// The buckets of a kind, in the order of digests.
    pub fn take(&mut self, kind: usize) -> impl Iterator<Item = Vec<Entry>> + use<> {
        std::mem::take(&mut self.buckets[kind]).into_iter()
    }
}

/// The entries of one key, those in store and those online.
pub fn by_side(group: &[Entry]) -> [&[Entry]; 2] {
    let (in_store, online) = group.split_at(group.partition_point(|entry| !entry.is_online()));
    [in_store, online]
}

/// The one active listing among them, as [`super::table::Sharers::only`] has it.
pub fn only(entries: &[Entry]) -> Option<Place> {
    match entries {
        [one, rest @ ..] if one.sharer().is_active() && !has_active(rest) => Some(one.sharer().place()),
        _ => None,
    }
}

/// Active ones come first.
pub fn has_active(entries: &[Entry]) -> bool {
    entries.first().is_some_and(|entry| entry.sharer().is_active())
}
