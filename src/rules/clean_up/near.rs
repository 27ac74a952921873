//! Titles of one connection that are nearly the same, found without comparing each with each.
//!
//! Three ways of being near, each found by sorting digests or by looking pieces up: the same letters and digits with
//! other signs between them, the same words in another order, and a spelling one or two characters away (as in the hints
//! of the link report). What many titles share leads nowhere and is passed over, so a catalogue of titles that are all
//! alike costs no more than another one.

use crate::domain::MatchKey;
use crate::rules::matching::{Digest, digest, each_piece, each_piece_near, loosen, spelled_nearly};

/// How two titles are near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearness {
    /// The same letters and digits.
    Signs,
    /// The same words in another order.
    Order,
    /// This many characters more, less or others.
    Spelling(u8),
}

/// A piece of a spelling that more titles have than this leads nowhere.
const CROWDED: usize = 8;
/// Pairs that are told of one title.
const MOST_PAIRS: usize = 3;
/// Longer titles are not looked at for their spelling.
const LONGEST: usize = 300;
/// Words of a title whose order is looked at.
const MOST_WORDS: usize = 64;

/// Folded titles in one piece of memory.
#[derive(Debug, Default)]
pub struct Titles {
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Titles {
    /// Only its front of a title that is too long for any shop.
    pub fn push(&mut self, folded: &str) {
        self.text.push_str(folded);
        self.ends.push(self.text.len());
    }

    fn get(&self, place: u32) -> &str {
        let place = place as usize;
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(place).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }
}

/// Pairs of near titles, by their places; the later one first, in its order. `representatives`: one place for each
/// title, in order.
pub fn pairs(titles: &Titles, representatives: &[u32]) -> Vec<(u32, u32, Nearness)> {
    let mut found: Vec<(u32, u32, Nearness)> = Vec::new();
    same_signs(titles, representatives, &mut found);
    same_words(titles, representatives, &mut found);
    near_spellings(titles, representatives, &mut found);
    // The first way in which two are near is told; the sort is stable.
    found.sort_by_key(|(later, earlier, _)| (*later, *earlier));
    found.dedup_by_key(|(later, earlier, _)| (*later, *earlier));
    let (mut of, mut told) = (u32::MAX, 0);
    found.retain(|(later, ..)| {
        (of, told) = if *later == of { (of, told + 1) } else { (*later, 1) };
        told <= MOST_PAIRS
    });
    found
}

/// Each with the first that has the same digest and another title.
fn by_digest(mut keyed: Vec<(Digest, u32)>, how: Nearness, titles: &Titles, found: &mut Vec<(u32, u32, Nearness)>) {
    keyed.sort_unstable();
    for group in keyed.chunk_by(|one, other| one.0 == other.0) {
        let Some(((_, first), rest)) = group.split_first() else { continue };
        let others = rest.iter().filter(|(_, place)| titles.get(*place) != titles.get(*first));
        found.extend(others.map(|(_, place)| (*place, *first, how)));
    }
}

fn same_signs(titles: &Titles, representatives: &[u32], found: &mut Vec<(u32, u32, Nearness)>) {
    let mut buffer = Vec::new();
    let mut keyed = Vec::with_capacity(representatives.len());
    for place in representatives {
        if loosen(titles.get(*place), &mut buffer) {
            keyed.push((digest(&buffer), *place));
        }
    }
    by_digest(keyed, Nearness::Signs, titles, found);
}

fn same_words(titles: &Titles, representatives: &[u32], found: &mut Vec<(u32, u32, Nearness)>) {
    let mut keyed = Vec::with_capacity(representatives.len());
    let mut joined = String::new();
    for place in representatives {
        let title = titles.get(*place);
        let mut words: Vec<&str> =
            title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(MOST_WORDS + 1).collect();
        // One word has no other order, and of an essay the order is not the point.
        if words.len() < 2 || words.len() > MOST_WORDS {
            continue;
        }
        words.sort_unstable();
        joined.clear();
        for word in words {
            joined.push_str(word);
            joined.push(' ');
        }
        keyed.push((digest(joined.as_bytes()), *place));
    }
    by_digest(keyed, Nearness::Order, titles, found);
}

fn near_spellings(titles: &Titles, representatives: &[u32], found: &mut Vec<(u32, u32, Nearness)>) {
    let mut pieces = Pieces::default();
    let mut buffer = Vec::new();
    let mut chars: Vec<char> = Vec::new();
    let read = |place: u32, chars: &mut Vec<char>| {
        chars.clear();
        chars.extend(titles.get(place).chars().take(LONGEST + 1));
        chars.len() <= LONGEST
    };
    for place in representatives {
        if read(*place, &mut chars) {
            each_piece(MatchKey::Title, &chars, &mut buffer, |piece| pieces.keyed.push((piece, *place)));
        }
    }
    pieces.settle();
    let (mut other, mut candidates) = (Vec::new(), Vec::new());
    for place in representatives {
        if !read(*place, &mut chars) {
            continue;
        }
        candidates.clear();
        each_piece_near(MatchKey::Title, &chars, &mut buffer, |piece| {
            let holders = pieces.of(piece);
            if holders.len() <= CROWDED {
                // Each pair is met from both of its ends: the later one tells.
                candidates.extend(holders.iter().map(|(_, holder)| *holder).filter(|holder| holder < place));
            }
        });
        candidates.sort_unstable();
        candidates.dedup();
        for earlier in &candidates {
            if read(*earlier, &mut other)
                && let Some(edits) = spelled_nearly(MatchKey::Title, &chars, &other, || false)
            {
                found.push((*place, *earlier, Nearness::Spelling(edits)));
            }
        }
    }
}

/// Who has which piece: sorted, with the beginning of each run of leading bits.
#[derive(Default)]
struct Pieces {
    keyed: Vec<(Digest, u32)>,
    starts: Vec<u32>,
    shift: u32,
}

impl Pieces {
    fn settle(&mut self) {
        self.keyed.sort_unstable();
        self.keyed.dedup();
        let bits = (usize::BITS - self.keyed.len().leading_zeros()).clamp(4, 22);
        self.shift = Digest::BITS - bits;
        let mut starts = vec![0; (1 << bits) + 1];
        for (piece, _) in &self.keyed {
            starts[(piece >> self.shift) as usize + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        self.starts = starts;
    }

    fn of(&self, piece: Digest) -> &[(Digest, u32)] {
        let bucket = (piece >> self.shift) as usize;
        let place = |at: usize| self.starts.get(at).map_or(0, |start| *start as usize);
        let bucket = self.keyed.get(place(bucket)..place(bucket + 1)).unwrap_or_default();
        let from = bucket.partition_point(|(known, _)| *known < piece);
        let many = bucket[from..].partition_point(|(known, _)| *known == piece);
        &bucket[from..from + many]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::filter::folded;
    use proptest::prelude::*;

    fn near(all: &[&str]) -> Vec<(u32, u32, Nearness)> {
        let mut titles = Titles::default();
        all.iter().for_each(|title| titles.push(&folded(title)));
        pairs(&titles, &(0..all.len() as u32).collect::<Vec<_>>())
    }

    #[test]
    fn near_titles_are_told_with_how_they_are_near() {
        assert_eq!(near(&["Espresso Machine", "Espreso Machine"]), [(1, 0, Nearness::Spelling(1))]);
        assert_eq!(near(&["T-Shirt: Café", "T Shirt Cafe"]), [(1, 0, Nearness::Signs)]);
        assert_eq!(near(&["Red Perfect Tee", "Mug", "Perfect Tee, Red"]), [(2, 0, Nearness::Order)]);
        assert!(near(&["Perfect Tee S", "Perfect Tee M", "Shoe 8", "Shoe 9", "Shoe"]).is_empty());
        assert!(near(&[]).is_empty() && near(&[""]).is_empty() && near(&["", ""]).is_empty());
    }

    proptest! {
        /// What is told is near, and told once.
        #[test]
        fn pairs_are_pairs(all in proptest::collection::vec("(red|blue|perfect|tee|té|mug|machine|[a-c]{3,6})([ -](red|tee|machin|mugs?)){0,3}", 0..30)) {
            let mut all = all;
            all.sort();
            all.dedup();
            let names: Vec<&str> = all.iter().map(String::as_str).collect();
            let found = near(&names);
            for (later, earlier, _) in &found {
                prop_assert!(earlier < later);
                prop_assert_ne!(folded(names[*later as usize]), folded(names[*earlier as usize]));
            }
            let mut places: Vec<(u32, u32)> = found.iter().map(|(later, earlier, _)| (*later, *earlier)).collect();
            places.dedup();
            prop_assert_eq!(places.len(), found.len());
        }
    }
}
