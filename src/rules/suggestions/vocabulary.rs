//! The terms of two catalogues, how rare each of them is, and which of them are one word spelled in two ways.
//!
//! Nothing is known beforehand: a word is rare where few listings of this very pair of catalogues have it. Numbers of
//! terms follow their alphabet, so that the order of the listings changes nothing.

use std::collections::HashMap;

use super::terms::{Kind, Measure, Term};

/// The number of a term.
pub type TermId = u32;

#[derive(Debug, Default)]
pub struct Vocabulary {
    numbers: HashMap<String, TermId>,
    entries: Vec<Entry>,
    /// Terms that are the same word in another spelling: (term, other, how much of a match, 0..1), sorted.
    near: Vec<(TermId, TermId, f32)>,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub text: String,
    /// As somebody wrote it; where there are several ways, the shortest.
    shown: Option<String>,
    pub kind: Kind,
    pub measure: Option<Measure>,
    /// How many listings of each side have it in their title.
    pub listings: [u32; 2],
    /// How much it tells: the logarithm of its rarity, times what its kind is worth.
    pub weight: f32,
}

/// An article's own number says more than a word that happens to be as rare; how often a colour or a size is written
/// out says more about the shop than about the product.
fn worth(kind: Kind) -> f32 {
    match kind {
        Kind::Code => 1.3,
        Kind::Word | Kind::Measure => 1.0,
        Kind::Number | Kind::Colour | Kind::Size => 0.8,
    }
}

/// A word with a letter too many or too few is nearly the same word.
const SPELLED_NEAR: f32 = 0.8;
/// A model number that goes on (`K72349` and `K72349US`): often the same article, sometimes another colour of it.
const GOES_ON: f32 = 0.7;
/// The same many digits with other letters around them (`TIV652160` and `TCD652160`): one number, two prefixes.
const SAME_DIGITS: f32 = 0.5;
const FEWEST_DIGITS: usize = 5;
/// Shorter words differ by a letter and are different words.
const SHORTEST_SPELLED: usize = 5;
const SHORTEST_CODE: usize = 5;
/// Longer words are not compared by spelling: they are no words.
const LONGEST_SPELLED: usize = 24;
/// So many words that differ by the same letter are a pattern, and no misspellings.
const MOST_ALIKE: usize = 24;

impl Vocabulary {
    pub fn learn(&mut self, term: Term) -> TermId {
        if let Some(number) = self.numbers.get(&term.text) {
            let known = &mut self.entries[*number as usize].shown;
            if let (Some(new), Some(old)) = (&term.shown, &known)
                && (new.len(), new) < (old.len(), old)
            {
                known.clone_from(&term.shown);
            }
            return *number;
        }
        let number = self.entries.len() as TermId;
        self.numbers.insert(term.text.clone(), number);
        let Term { text, kind, measure, shown } = term;
        self.entries.push(Entry { text, shown, kind, measure, listings: [0; 2], weight: 0.0 });
        number
    }

    pub fn count(&mut self, term: TermId, side: usize) {
        self.entries[term as usize].listings[side] += 1;
    }

    pub fn find(&self, text: &str) -> Option<TermId> {
        self.numbers.get(text).copied()
    }

    pub fn entry(&self, term: TermId) -> &Entry {
        &self.entries[term as usize]
    }

    /// A term as a person would write it.
    pub fn shown(&self, term: TermId) -> &str {
        let entry = self.entry(term);
        entry.shown.as_deref().unwrap_or(&entry.text)
    }

    pub fn weight(&self, term: TermId) -> f32 {
        self.entries[term as usize].weight
    }

    pub fn kind(&self, term: TermId) -> Kind {
        self.entries[term as usize].kind
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The other spellings of a term.
    pub fn near(&self, term: TermId) -> &[(TermId, TermId, f32)] {
        let from = self.near.partition_point(|link| link.0 < term);
        let to = from + self.near[from..].partition_point(|link| link.0 == term);
        &self.near[from..to]
    }

    /// Once everything is learned and counted: numbers by alphabet, weights, spellings. Gives the new numbers.
    pub fn settle(&mut self, listings: usize) -> Vec<TermId> {
        let mut order: Vec<TermId> = (0..self.entries.len() as TermId).collect();
        order.sort_unstable_by(|a, b| self.entries[*a as usize].text.cmp(&self.entries[*b as usize].text));
        let mut renumbered = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            renumbered[*old as usize] = new as TermId;
        }
        let mut old = std::mem::take(&mut self.entries);
        self.entries = order.iter().map(|number| std::mem::replace(&mut old[*number as usize], blank())).collect();
        for number in self.numbers.values_mut() {
            *number = renumbered[*number as usize];
        }
        for entry in &mut self.entries {
            let found = entry.listings[0] + entry.listings[1];
            entry.weight = worth(entry.kind) * ((listings + 1) as f32 / found.max(1) as f32).ln();
        }
        self.near = self.spellings();
        renumbered
    }

    /// Words that stand on one side only, with the words of the other side that differ from them by one letter; and
    /// model numbers that stand on one side only, with those that go on where they end.
    fn spellings(&self) -> Vec<(TermId, TermId, f32)> {
        let mut links = Vec::new();
        let mut keys: Vec<(u64, TermId)> = Vec::new();
        for (number, entry) in self.entries.iter().enumerate() {
            let length = entry.text.chars().count();
            if entry.kind == Kind::Word && (SHORTEST_SPELLED..=LONGEST_SPELLED).contains(&length) {
                shortened(&entry.text, |key| keys.push((key, number as TermId)));
            }
        }
        keys.sort_unstable();
        for group in keys.chunk_by(|a, b| a.0 == b.0).filter(|group| (2..=MOST_ALIKE).contains(&group.len())) {
            for (place, (_, left)) in group.iter().enumerate() {
                for (_, right) in &group[place + 1..] {
                    let (one, other) = (self.entry(*left), self.entry(*right));
                    if apart(one, other) && one_edit(&one.text, &other.text) {
                        links.push((*left, *right, SPELLED_NEAR));
                        links.push((*right, *left, SPELLED_NEAR));
                    }
                }
            }
        }
        for (number, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.kind == Kind::Code) {
            for (end, _) in entry.text.char_indices().rev().take(3) {
                let (front, rest) = entry.text.split_at(end);
                let other = self.find(front).filter(|_| front.len() >= SHORTEST_CODE && seam(front, rest));
                if let Some(other) = other.filter(|other| apart(entry, self.entry(*other))) {
                    links.push((number as TermId, other, GOES_ON));
                    links.push((other, number as TermId, GOES_ON));
                }
            }
        }
        self.same_digits(&mut links);
        links.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
        links.dedup_by_key(|link| (link.0, link.1));
        links
    }

    fn same_digits(&self, links: &mut Vec<(TermId, TermId, f32)>) {
        let codes = self.entries.iter().enumerate().filter(|(_, entry)| entry.kind == Kind::Code);
        let mut digits: Vec<(&str, TermId)> =
            codes.filter_map(|(number, entry)| Some((only_digits(&entry.text)?, number as TermId))).collect();
        digits.sort_unstable();
        for group in digits.chunk_by(|a, b| a.0 == b.0).filter(|group| (2..=MOST_ALIKE / 4).contains(&group.len())) {
            for (_, left) in group {
                for (_, right) in group.iter().filter(|(_, right)| right != left) {
                    if apart(self.entry(*left), self.entry(*right)) {
                        links.push((*left, *right, SAME_DIGITS));
                    }
                }
            }
        }
    }
}

/// The longest chain of digits, if it is long enough to be somebody's number.
fn only_digits(code: &str) -> Option<&str> {
    let chains = code.split(|sign: char| !sign.is_ascii_digit());
    chains.max_by_key(|chain| chain.len()).filter(|chain| chain.len() >= FEWEST_DIGITS)
}

fn blank() -> Entry {
    Entry { text: String::new(), shown: None, kind: Kind::Word, measure: None, listings: [0; 2], weight: 0.0 }
}

/// Whether one of them stands on one side only and the other on the other: where a side has both, as well as where
/// both are common, they are two words.
fn apart(one: &Entry, other: &Entry) -> bool {
    let meet = |a: usize, b: usize| one.listings[a] > 0 && other.listings[b] > 0;
    (one.listings.contains(&0) || other.listings.contains(&0)) && (meet(0, 1) || meet(1, 0))
}

/// A digit after a digit makes another number.
fn seam(front: &str, rest: &str) -> bool {
    let left = front.bytes().last().is_some_and(|byte| byte.is_ascii_digit());
    let right = rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let short_number = front.len() < 6 && front.bytes().all(|byte| byte.is_ascii_digit());
    !(left && right || short_number)
}

/// The word, and the word with each of its letters left out, as digests.
fn shortened(word: &str, mut each: impl FnMut(u64)) {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let digest = |skip: Option<usize>| {
        let mut hasher = DefaultHasher::new();
        for (place, letter) in word.chars().enumerate() {
            if Some(place) != skip {
                letter.hash(&mut hasher);
            }
        }
        hasher.finish()
    };
    each(digest(None));
    for place in 0..word.chars().count() {
        each(digest(Some(place)));
    }
}

/// Whether one letter more, less, other, or two swapped make one of the other.
pub fn one_edit(left: &str, right: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if a.len().abs_diff(b.len()) > 1 || a == b {
        return false;
    }
    let front = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[front..], &b[front..]);
    let back = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - back], &b[..b.len() - back]);
    match (a, b) {
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([x, y], [v, w]) => x == w && y == v,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Term {
        Term { text: text.into(), kind: Kind::Word, measure: None, shown: None }
    }

    #[test]
    fn one_edit_is_one_letter() {
        for (left, right) in
            [("turntable", "turntabel"), ("speaker", "speakers"), ("colour", "color"), ("cable", "gable")]
        {
            assert!(one_edit(left, right) && one_edit(right, left), "{left} {right}");
        }
        assert!(!one_edit("speaker", "speaker") && !one_edit("left", "right") && !one_edit("abc", "cba"));
    }

    #[test]
    fn a_misspelled_word_of_one_side_is_near_the_right_one_of_the_other() {
        let mut words = Vocabulary::default();
        for (text, counts) in [("turntable", [1, 3]), ("turntabel", [1, 0]), ("gable", [1, 1]), ("cable", [1, 1])] {
            let number = words.learn(word(text));
            words.entries[number as usize].listings = counts;
        }
        words.settle(8);
        let number = words.find("turntabel").unwrap();
        assert_eq!(words.near(number), [(number, words.find("turntable").unwrap(), SPELLED_NEAR)]);
        // Both sides know both words: they are two.
        assert!(words.near(words.find("gable").unwrap()).is_empty());
        // The rarer, the more it tells.
        assert!(words.weight(number) > words.weight(words.find("turntable").unwrap()));
    }
}
