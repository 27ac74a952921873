//! The order of listings by a part of what is searched, such as their titles, for whoever sorts many of them.
//!
//! The texts of a large catalogue do not lie in memory, so comparing two listings by them costs two looks. Here they are
//! gone through once, from end to end, and a number for each listing is what remains.

use crate::domain::ListingId;

use super::cabinet::title;
use super::catalogue::Snapshot;
use super::search::Found;

/// Not ranked, or without that part.
const NONE: u32 = u32::MAX;

/// By the listing's number.
#[derive(Debug, Default)]
pub struct Ranks(Vec<u32>);

/// A text among others that lie in one piece; its first bytes decide most comparisons.
struct Part {
    first: u64,
    start: usize,
    length: u32,
    listing: u32,
}

/// The first bytes of a text as a number that is ordered as they are.
fn first_bytes(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text[..length]);
    u64::from_be_bytes(bytes)
}

impl Ranks {
    /// Ranks the wanted listings by a part of their texts; those with the same part have the same rank.
    pub fn of(catalogue: &Snapshot, part: fn(&str) -> Option<&str>, wanted: impl Fn(u32) -> bool) -> Self {
        let (mut texts, mut parts) = (Vec::<u8>::new(), Vec::<Part>::new());
        catalogue.each_text(|listing, text| {
            let Some(listing) = u32::try_from(listing.0).ok().filter(|listing| wanted(*listing)) else { return };
            let Some(text) = std::str::from_utf8(text).ok().and_then(part) else { return };
            let (start, length) = (texts.len(), u32::try_from(text.len()).unwrap_or(u32::MAX));
            texts.extend_from_slice(text.as_bytes());
            parts.push(Part { first: first_bytes(text.as_bytes()), start, length, listing });
        });
        let text = |part: &Part| texts.get(part.start..part.start + part.length as usize).unwrap_or_default();
        parts.sort_unstable_by(|one, other| one.first.cmp(&other.first).then_with(|| text(one).cmp(text(other))));
        let mut ranks = Vec::new();
        for (rank, same) in (0..).zip(parts.chunk_by(|one, next| text(one) == text(next))) {
            for part in same {
                let place = part.listing as usize;
                if ranks.len() <= place {
                    ranks.resize(place + 1, NONE);
                }
                ranks[place] = rank;
            }
        }
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
