//! Words that tell a shop's own products apart: `hardback` and `paperback`, `left` and `right`.
//!
//! No list says which they are; each catalogue does. Where one side has two listings whose titles are the same but for
//! one word, those two words stand in one slot. Words that share a slot in several titles are the names of versions,
//! and a pair of records that differs in just these is a pair of sisters, however much else they have in common.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::catalogue::Facts;
use super::terms::Kind;
use super::vocabulary::{TermId, Vocabulary};

/// Shorter titles say too little besides the word, longer ones are hardly ever the same.
const TERMS: std::ops::RangeInclusive<usize> = 2..=16;

/// More slots say no more.
const MOST: usize = 2;

/// For each word that stands in a slot, the numbers of its slots; sorted.
#[derive(Debug, Default)]
pub struct Sisters(HashMap<TermId, Box<[u32]>>);

impl Sisters {
    pub fn learned(words: &Vocabulary, sides: &[Vec<Facts>]) -> Self {
        let mut slots: HashMap<TermId, Vec<u32>> = HashMap::new();
        let mut number = 0;
        for records in sides {
            let mut places: Vec<(u64, TermId)> = records.iter().flat_map(|facts| places(words, facts)).collect();
            places.sort_unstable();
            places.dedup();
            for slot in places.chunk_by(|(one, _), (other, _)| one == other).filter(|slot| slot.len() > 1) {
                for (_, word) in slot {
                    slots.entry(*word).or_default().push(number);
                }
                number += 1;
            }
        }
        Self(slots.into_iter().map(|(word, slots)| (word, slots.into_boxed_slice())).collect())
    }

    /// In how many titles a shop has the one where it has the other too; [`MOST`] at most.
    pub fn slots(&self, one: TermId, other: TermId) -> usize {
        let (Some(one), Some(other)) = (self.0.get(&one), self.0.get(&other)) else { return 0 };
        let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
        short.iter().filter(|slot| long.binary_search(slot).is_ok()).take(MOST).count()
    }
}

fn digest(term: TermId) -> u64 {
    let mut hasher = DefaultHasher::new();
    term.hash(&mut hasher);
    hasher.finish()
}

/// Each word of a title, with a digest of all the others.
fn places(words: &Vocabulary, facts: &Facts) -> Vec<(u64, TermId)> {
    let said: Vec<TermId> = facts.terms.iter().filter(|said| !said.aside).map(|said| said.term).collect();
    if !TERMS.contains(&said.len()) {
        return Vec::new();
    }
    // A sum of digests, from which one word is easily taken away.
    let all = said.iter().fold(0u64, |all, term| all.wrapping_add(digest(*term)));
    let candidates = said.iter().filter(|term| words.kind(**term) == Kind::Word);
    candidates.map(|word| (all.wrapping_sub(digest(*word)), *word)).collect()
}
