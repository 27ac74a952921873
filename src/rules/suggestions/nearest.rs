//! Which records are worth comparing: for each record, the few of the other side that share the most rare terms.
//!
//! An inverted index finds them, at a cost per record that does not grow with the catalogue: a term that many listings
//! share is looked up only around the place where the record's own title would stand among theirs (a sorted
//! neighbourhood), and pairs of such terms, which are rarer than each of them, are looked up as well. So a hundred
//! thousand equal titles cost no more than as many different ones.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::catalogue::{Catalogues, Facts};
use super::terms::Kind;
use super::vocabulary::TermId;

/// A list of postings up to this length is read in full.
const SHORT_LIST: usize = 192;
/// Of a longer one, so many on each side of the record's own place.
const NEIGHBOURS: usize = 16;
/// So many postings are looked at for one record.
const MOST_POSTINGS: usize = 3000;
/// So many records are compared in full with one record.
pub const KEPT: usize = 12;
/// Pairs are made of so many of the rarest among the frequent terms.
const PAIRED: usize = 6;
/// A model number in a description finds records, unless it is in many.
const RARE_CODE: u32 = 20;

/// The records of one side by the terms they hold.
pub struct Index<'a> {
    catalogues: &'a Catalogues,
    side: usize,
    /// Places of the records, sorted by content.
    order: Vec<u32>,
    ranks: Vec<u32>,
    /// For each term, where its postings begin; postings are positions in `order`, rising.
    begins: Vec<u32>,
    postings: Vec<u32>,
    pairs: Vec<(u64, u32)>,
    /// The sum of the weights of each record, by position.
    sums: Vec<f32>,
}

/// Working memory of a search.
#[derive(Default)]
pub struct Scratch {
    shared: Vec<f32>,
    touched: Vec<u32>,
    terms: Vec<(TermId, f32)>,
    best: Vec<(f32, u32)>,
}

impl<'a> Index<'a> {
    pub fn new(catalogues: &'a Catalogues, side: usize) -> Self {
        let records = &catalogues.sides[side];
        let mut order: Vec<u32> = (0..records.len() as u32).collect();
        order.sort_unstable_by_key(|place| records[*place as usize].rank);
        let ranks = order.iter().map(|place| records[*place as usize].rank).collect();
        let sums = order.iter().map(|place| sum(catalogues, &records[*place as usize])).collect();
        let mut index = Self {
            catalogues,
            side,
            order,
            ranks,
            begins: vec![0; catalogues.words.len() + 1],
            postings: Vec::new(),
            pairs: Vec::new(),
            sums,
        };
        index.fill();
        index
    }

    fn fill(&mut self) {
        let records = &self.catalogues.sides[self.side];
        for facts in records {
            findable(self.catalogues, facts, |term, _| self.begins[term as usize + 1] += 1);
        }
        for term in 1..self.begins.len() {
            self.begins[term] += self.begins[term - 1];
        }
        let mut next = self.begins.clone();
        self.postings = vec![0; next.last().copied().unwrap_or(0) as usize];
        for (position, place) in self.order.iter().enumerate() {
            findable(self.catalogues, &records[*place as usize], |term, _| {
                self.postings[next[term as usize] as usize] = position as u32;
                next[term as usize] += 1;
            });
        }
        let mut pairs = Vec::new();
        for (position, place) in self.order.iter().enumerate() {
            self.frequent_pairs(&records[*place as usize], |key| pairs.push((key, position as u32)));
        }
        pairs.sort_unstable();
        self.pairs = pairs;
    }

    fn list(&self, term: TermId) -> &[u32] {
        &self.postings[self.begins[term as usize] as usize..self.begins[term as usize + 1] as usize]
    }

    /// Digests of the pairs of frequent terms, and of all terms together where any is frequent.
    fn frequent_pairs(&self, facts: &Facts, mut each: impl FnMut(u64)) {
        let mut frequent: Vec<(usize, TermId)> = facts
            .terms
            .iter()
            .map(|said| (self.list(said.term).len(), said.term))
            .filter(|(listings, _)| *listings > SHORT_LIST)
            .collect();
        if frequent.is_empty() {
            return;
        }
        frequent.sort_unstable();
        frequent.truncate(PAIRED);
        frequent.sort_unstable_by_key(|(_, term)| *term);
        for (place, (_, one)) in frequent.iter().enumerate() {
            for (_, other) in &frequent[place + 1..] {
                each(digest(&(*one, *other)));
            }
        }
        let all: Vec<TermId> = facts.terms.iter().filter(|said| !said.aside).map(|said| said.term).collect();
        each(digest(&all));
    }

    /// The records nearest to `facts`, as places, the nearest first; itself left out.
    pub fn nearest(&self, facts: &Facts, scratch: &mut Scratch, found: &mut Vec<u32>) {
        found.clear();
        let words = &self.catalogues.words;
        scratch.shared.resize(self.order.len(), 0.0);
        scratch.terms.clear();
        findable(self.catalogues, facts, |term, weight| {
            scratch.terms.push((term, weight));
            for (_, other, credit) in words.near(term) {
                scratch.terms.push((*other, weight * credit));
            }
        });
        scratch.terms.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let here = self.ranks.partition_point(|rank| *rank < facts.rank);
        let mut looked = 0;
        for (term, weight) in &scratch.terms {
            let list = window(self.list(*term), here, |position| *position);
            looked += list.len();
            for position in list {
                credit(&mut scratch.shared, &mut scratch.touched, *position, *weight);
            }
            if looked > MOST_POSTINGS {
                break;
            }
        }
        let (shared, touched) = (&mut scratch.shared, &mut scratch.touched);
        self.frequent_pairs(facts, |key| {
            let from = self.pairs.partition_point(|pair| pair.0 < key);
            let many = self.pairs[from..].partition_point(|pair| pair.0 == key);
            for (_, position) in window(&self.pairs[from..from + many], here, |pair| pair.1) {
                credit(shared, touched, *position, 0.5);
            }
        });
        let own = sum(self.catalogues, facts);
        scratch.best.clear();
        for position in scratch.touched.drain(..) {
            let shared = std::mem::take(&mut scratch.shared[position as usize]);
            if self.ranks[position as usize] != facts.rank {
                let both = (own * self.sums[position as usize]).sqrt().max(0.1);
                scratch.best.push((shared / both, position));
            }
        }
        // Equals: the one that stands nearer, so that a tie is broken by content and not by chance.
        let order = |a: &(f32, u32), b: &(f32, u32)| {
            let far = |position: u32| (position as usize).abs_diff(here);
            b.0.total_cmp(&a.0).then(far(a.1).cmp(&far(b.1))).then(a.1.cmp(&b.1))
        };
        if scratch.best.len() > KEPT {
            scratch.best.select_nth_unstable_by(KEPT, order);
            scratch.best.truncate(KEPT);
        }
        scratch.best.sort_unstable_by(order);
        found.extend(scratch.best.iter().map(|(_, position)| self.order[*position as usize]));
    }
}

fn credit(shared: &mut [f32], touched: &mut Vec<u32>, position: u32, weight: f32) {
    let sum = &mut shared[position as usize];
    if *sum == 0.0 {
        touched.push(position);
    }
    *sum += weight;
}

/// A list, or of a long one the neighbourhood of `here`.
fn window<T>(list: &[T], here: usize, position: impl Fn(&T) -> u32) -> &[T] {
    if list.len() <= SHORT_LIST {
        return list;
    }
    let middle = list.partition_point(|posting| (position(posting) as usize) < here);
    let from = middle.saturating_sub(NEIGHBOURS);
    &list[from..(middle + NEIGHBOURS).min(list.len())]
}

/// What a record can be found by: its terms, and the model numbers in its description.
fn findable(catalogues: &Catalogues, facts: &Facts, mut each: impl FnMut(TermId, f32)) {
    let words = &catalogues.words;
    for said in &facts.terms {
        each(said.term, words.weight(said.term));
    }
    for term in &facts.background {
        let entry = words.entry(*term);
        if entry.kind == Kind::Code && entry.listings[0] + entry.listings[1] <= RARE_CODE {
            each(*term, entry.weight * 0.7);
        }
    }
}

fn sum(catalogues: &Catalogues, facts: &Facts) -> f32 {
    facts.terms.iter().map(|said| catalogues.words.weight(said.term) * if said.aside { 0.3 } else { 1.0 }).sum()
}

fn digest<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
