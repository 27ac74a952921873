//! The way from the platforms' identifiers to our numbers.
//!
//! Only fingerprints are kept, of which several identifiers may share one: whoever asks looks at each listing that is
//! named, and takes the one that has the identifier. That needs six bytes for each instead of a hundred. Those that were
//! learnt last are in memory, the others lie in a cellar. One that no listing has any more may still be named.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use crate::domain::{ConnectionId, KnownListing, ListingId, RemoteId};
use crate::store::Spare;

use super::cabinet::{Cellar, Place, lost};

/// The three name spaces of a platform's identifiers: they may hold the same text for different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Listing,
    Variant,
    Inventory,
}

/// Identifiers are spread over so many cases, each in order.
const CASES: usize = 4096;

/// So many runs a case may have in the cellar, before they are made one.
const RUNS: usize = 8;

/// Identifiers in memory, for each listing that may be at hand, before they are put into the cellar.
const FRESH: usize = 64;

/// Fingerprints of all identifiers, and the listings that have them.
#[derive(Debug, Default)]
pub struct Remotes {
    /// None before the first.
    cases: Vec<Case>,
    /// Those in memory, about, and how many may be.
    fresh: usize,
    most_fresh: usize,
    cellar: Cellar,
    /// How many runs each case has there, at the most.
    runs: usize,
}

#[derive(Debug, Default, Clone)]
struct Case {
    fresh: Prints,
    /// Where others lie, that were put aside together.
    runs: Vec<Place>,
}

/// By fingerprint, then by listing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Prints {
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
    /// `spare`: where those go that were not learnt lately; `at_hand`: so many listings are.
    pub fn new(spare: Option<Spare>, at_hand: usize) -> Self {
        Self { cellar: Cellar::new(spare), most_fresh: at_hand * FRESH, ..Self::default() }
    }

    /// Listings of which one may have this identifier.
    pub fn named(&self, kind: Kind, connection: ConnectionId, remote: &RemoteId) -> Vec<ListingId> {
        let (place, print) = print(kind, connection, remote);
        let Some(case) = self.cases.get(place) else { return Vec::new() };
        let mut named: Vec<u32> = case.fresh.with(print).collect();
        let mut bytes = Vec::new();
        for run in &case.runs {
            named.extend(read(&self.cellar, *run, &mut bytes).with(print));
        }
        named.sort_unstable();
        named.dedup();
        named.into_iter().map(|listing| ListingId(listing.into())).collect()
    }

    /// Notes all identifiers of a listing but for those that it had before.
    pub fn learn(&mut self, known: &KnownListing, before: Option<&KnownListing>) {
        if self.cases.is_empty() {
            self.cases = vec![Case::default(); CASES];
        }
        let mut had = Vec::new();
        if let Some(before) = before {
            each(before, |place, print, _| had.push((place, print)));
        }
        let Self { cases, fresh, .. } = self;
        each(known, |place, print, listing| {
            if !had.contains(&(place, print)) {
                *fresh += usize::from(cases[place].fresh.put(print, listing));
            }
        });
        if self.fresh > self.most_fresh {
            self.put_aside();
        }
    }

    /// Puts those in memory into the cellar, and makes one run of many.
    fn put_aside(&mut self) {
        let merge = self.runs >= RUNS;
        let cellar = if merge { self.cellar.another() } else { std::mem::take(&mut self.cellar) };
        let mut bytes = Vec::new();
        for case in &mut self.cases {
            let mut prints = std::mem::take(&mut case.fresh);
            if merge {
                for run in std::mem::take(&mut case.runs) {
                    prints.take_in(read(&self.cellar, run, &mut bytes));
                }
            }
            if prints.prints.is_empty() {
                continue;
            }
            match cellar.put(&prints.packed()) {
                Ok(place) => case.runs.push(place),
                Err(why) => {
                    tracing::warn!(%why, "part of the platforms' identifiers stays in memory");
                    case.fresh = prints;
                }
            }
        }
        self.cellar = cellar;
        self.runs = if merge { 1 } else { self.runs + 1 };
        self.fresh = 0;
    }
}

/// A run out of the cellar.
fn read<'b>(cellar: &Cellar, run: Place, bytes: &'b mut Vec<u8>) -> Run<'b> {
    if let Err(why) = cellar.read(run, bytes) {
        lost(why);
    }
    Run(bytes)
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

impl Prints {
    /// Where this one stands.
    fn alike(&self, print: u16) -> Range<usize> {
        let first = self.prints.partition_point(|other| *other < print);
        first..first + self.prints[first..].partition_point(|other| *other == print)
    }

    fn with(&self, print: u16) -> impl Iterator<Item = u32> + '_ {
        self.listings[self.alike(print)].iter().copied()
    }

    /// Whether it was not there.
    fn put(&mut self, print: u16, listing: u32) -> bool {
        let alike = self.alike(print);
        let found = self.listings[alike.clone()].binary_search(&listing);
        if let Err(place) = found {
            self.prints.insert(alike.start + place, print);
            self.listings.insert(alike.start + place, listing);
        }
        found.is_err()
    }

    fn take_in(&mut self, run: Run<'_>) {
        let ours = std::mem::take(self);
        let mut all: Vec<(u16, u32)> = ours.prints.into_iter().zip(ours.listings).chain(run.all()).collect();
        all.sort_unstable();
        all.dedup();
        (self.prints, self.listings) = all.into_iter().unzip();
    }

    /// Four bytes for each listing, then two for each fingerprint.
    fn packed(&self) -> Vec<u8> {
        let listings = self.listings.iter().flat_map(|listing| listing.to_le_bytes());
        listings.chain(self.prints.iter().flat_map(|print| print.to_le_bytes())).collect()
    }
}

/// As [`Prints::packed`] made it.
struct Run<'b>(&'b [u8]);

impl Run<'_> {
    fn all(&self) -> impl Iterator<Item = (u16, u32)> + '_ {
        let (listings, prints) = self.0.split_at(self.0.len() / 6 * 4);
        let listings = listings.as_chunks().0.iter().map(|listing| u32::from_le_bytes(*listing));
        prints.as_chunks().0.iter().map(|print| u16::from_le_bytes(*print)).zip(listings)
    }

    fn with(self, print: u16) -> Vec<u32> {
        self.all()
            .skip_while(|(other, _)| *other < print)
            .take_while(|(other, _)| *other == print)
            .map(|(_, l)| l)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::cabinet::sample_listing;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// With nearly none in memory: whatever was learnt last of a listing is found by each of its identifiers.
        #[test]
        fn what_was_learnt_is_named(steps in prop::collection::vec((0u64..40, 1usize..4), 1..120), on_disk in any::<bool>()) {
            let folder = tempfile::tempdir().unwrap();
            let mut remotes = Remotes::new(on_disk.then(|| Spare::at(folder.path())), 0);
            let mut learnt = std::collections::BTreeMap::new();
            for (id, variants) in steps {
                let listing = sample_listing(id, 1, "Mug", variants);
                remotes.learn(&listing, learnt.get(&id));
                learnt.insert(id, listing);
            }
            prop_assert!(remotes.runs <= RUNS);
            for known in learnt.values() {
                let mut all = Vec::new();
                let named = |kind, remote| remotes.named(kind, known.connection, remote);
                all.push(named(Kind::Listing, &known.listing.remote));
                for variant in &known.listing.variants {
                    all.push(named(Kind::Variant, &variant.remote));
                    all.extend(variant.inventory.iter().map(|remote| named(Kind::Inventory, remote)));
                }
                for found in all {
                    prop_assert!(found.contains(&known.id), "{found:?}");
                    prop_assert!(found.is_sorted() && found.len() < 4, "{found:?}");
                }
            }
            let nobody = RemoteId::new("nobody-has-this").unwrap();
            prop_assert_eq!(remotes.named(Kind::Listing, ConnectionId(1), &nobody), vec![]);
        }
    }
}
