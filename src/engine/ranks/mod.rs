//! The order of listings by a part of what is searched, such as their titles, for whoever sorts many of them.
//!
//! The texts of a large catalogue do not lie in memory, so comparing two listings by them costs two looks. Here they are
//! gone through once, from end to end, and a number for each listing is what remains.

mod keyed;
mod runs;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::domain::ListingId;

use super::cabinet::title;
use super::catalogue::Snapshot;
use super::search::Found;

use runs::{RUN, Runs};

pub use keyed::stable_by;

/// Not ranked, or without that part.
const NONE: u32 = u32::MAX;

/// By the listing's number.
#[derive(Debug, Default)]
pub struct Ranks(Vec<u32>);

/// All wanted listings that have a part, in the order of it; those with the same part in the order of their numbers.
pub fn in_order(
    catalogue: &Snapshot,
    part: fn(&str) -> Option<&str>,
    wanted: impl Fn(u32) -> bool,
    act: impl FnMut(u32, &[u8]),
) {
    let mut runs = Runs::new(catalogue.empty_cellar(), RUN);
    catalogue.each_text(|listing, text| {
        let Some(listing) = u32::try_from(listing.0).ok().filter(|listing| wanted(*listing)) else { return };
        if let Some(text) = std::str::from_utf8(text).ok().and_then(part) {
            runs.add(listing, text.as_bytes());
        }
    });
    runs.each(act);
}

/// Merges what is in order already, from the least on: `take` has each once, and gives what comes after it in its row.
fn merge<T: Ord>(heads: impl Iterator<Item = T>, mut take: impl FnMut(T) -> Option<T>) {
    let mut heads: BinaryHeap<_> = heads.map(Reverse).collect();
    while let Some(Reverse(head)) = heads.pop() {
        heads.extend(take(head).map(Reverse));
    }
}

impl Ranks {
    /// Ranks the wanted listings by a part of their texts; those with the same part have the same rank.
    pub fn of(catalogue: &Snapshot, part: fn(&str) -> Option<&str>, wanted: impl Fn(u32) -> bool) -> Self {
        let mut ranks = Vec::new();
        let (mut rank, mut before) = (NONE, Vec::new());
        in_order(catalogue, part, wanted, |listing, text| {
            if rank == NONE || before != text {
                rank = rank.wrapping_add(1);
                before.clear();
                before.extend_from_slice(text);
            }
            let place = listing as usize;
            if ranks.len() <= place {
                ranks.resize(place + 1, NONE);
            }
            ranks[place] = rank;
        });
        Self(ranks)
    }

    /// These listings by their titles.
    pub fn titles(catalogue: &Snapshot, listings: impl Iterator<Item = ListingId>) -> Self {
        let wanted: Found = listings.filter_map(|listing| u32::try_from(listing.0).ok()).collect();
        Self::of(catalogue, |text| Some(title(text)), |listing| wanted.holds(listing))
    }

    /// `None` if it was not ranked, or has no such part.
    pub fn get(&self, listing: ListingId) -> Option<u32> {
        let place = usize::try_from(listing.0).ok()?;
        self.0.get(place).copied().filter(|rank| *rank != NONE)
    }
}
