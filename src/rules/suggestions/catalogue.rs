//! The two catalogues made ready: what every record says, as numbers of terms.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::sisters::Sisters;
use super::terms::{Joins, Kind, Term};
use super::vocabulary::{TermId, Vocabulary};
use super::words::{Run, front, plain, runs};
use super::{Record, SIDES};

/// So many runs of a title are its title; what follows is read like a description.
const TITLE_RUNS: usize = 48;
/// So many runs of a title are read at all.
const LONG_TITLE_RUNS: usize = 128;
/// So many runs of a description count.
const DESCRIPTION_RUNS: usize = 400;
const MOST_BACKGROUND: usize = 256;

/// What is told apart by its order: see [`Facts::first`].
const FIRST: [Kind; 2] = [Kind::Colour, Kind::Code];

/// What a record says.
#[derive(Debug, Default, Clone)]
pub struct Facts {
    /// The terms of title, options, brand and codes; sorted.
    pub terms: Box<[Said]>,
    /// The terms of description, category and pictures' names that the other side has in titles; sorted.
    pub background: Box<[TermId]>,
    /// The terms of the brand field; sorted.
    pub brand: Box<[TermId]>,
    pub category: Box<[TermId]>,
    /// Digests of the pictures' file names; sorted.
    pub pictures: Box<[u64]>,
    pub price: Option<Price>,
    /// The colour and the model number that the title says first: `White/Black` are not `Black/White` shoes.
    pub first: [Option<TermId>; 2],
    /// 0 where that is not known.
    pub variants: usize,
    /// Where it stands when all records of both sides are sorted by title and the rest.
    pub rank: u32,
}

/// A term of a record, and where it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    pub term: TermId,
    /// Only in the brand field or as a code, not in the title: its absence elsewhere tells little.
    pub aside: bool,
}

/// The logarithm of an amount, and its currency's digest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    pub logarithm: f64,
    pub currency: u64,
}

#[derive(Debug)]
pub struct Catalogues {
    pub words: Vocabulary,
    pub sides: [Vec<Facts>; SIDES],
    pub sisters: Sisters,
}

impl Catalogues {
    pub fn read(records: [&[Record<'_>]; SIDES]) -> Self {
        let mut joins = Joins::default();
        for record in records.iter().copied().flatten() {
            joins.learn(&runs(record.title, TITLE_RUNS));
            record.codes.iter().for_each(|code| joins.learn_code(&runs(code, 8)));
        }
        let mut words = Vocabulary::default();
        let mut sides = [0, 1].map(|side| titles(&mut words, &joins, records[side], side));
        let renumbered = words.settle(records[0].len() + records[1].len());
        for facts in sides.iter_mut().flatten() {
            facts.terms.iter_mut().for_each(|said| said.term = renumbered[said.term as usize]);
            facts.terms.sort_unstable();
            facts.brand.iter_mut().for_each(|term| *term = renumbered[*term as usize]);
            facts.first.iter_mut().flatten().for_each(|term| *term = renumbered[*term as usize]);
            facts.brand.sort_unstable();
        }
        for side in 0..SIDES {
            for (facts, record) in sides[side].iter_mut().zip(records[side]) {
                backgrounds(facts, &words, &joins, record, 1 - side);
            }
        }
        let sisters = Sisters::learned(&words, &sides);
        let mut catalogues = Self { words, sides, sisters };
        catalogues.rank(records);
        catalogues
    }

    pub fn all(&self) -> usize {
        self.sides[0].len() + self.sides[1].len()
    }

    /// Numbers all records by content, so that nothing hangs on the order in which they came.
    fn rank(&mut self, records: [&[Record<'_>]; SIDES]) {
        let mut order: Vec<(Key, usize, usize)> = Vec::with_capacity(self.all());
        for (side, records) in records.into_iter().enumerate() {
            order.extend(records.iter().enumerate().map(|(place, record)| (Key::of(record), side, place)));
        }
        order.sort_unstable();
        for (rank, (_, side, place)) in order.into_iter().enumerate() {
            self.sides[side][place].rank = rank as u32;
        }
    }
}

/// Sorts records of like titles next to each other, and those of like titles by price.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    title: Box<str>,
    price: i64,
    rest: u64,
}

impl Key {
    fn of(record: &Record<'_>) -> Self {
        let mut hasher = DefaultHasher::new();
        (record.title, record.description, record.brand, record.category).hash(&mut hasher);
        (&record.options, &record.codes, &record.images).hash(&mut hasher);
        record.price.map(|price| price.currency).hash(&mut hasher);
        let title = plain(front(record.title, 96)).into_boxed_str();
        Self { title, price: record.price.map_or(-1, |price| price.minor), rest: hasher.finish() }
    }
}

/// Titles, options, brands and codes: the terms that are counted.
fn titles(words: &mut Vocabulary, joins: &Joins, records: &[Record<'_>], side: usize) -> Vec<Facts> {
    let mut read = Vec::with_capacity(records.len());
    for record in records {
        let mut terms: Vec<Said> = Vec::new();
        let mut add = |words: &mut Vocabulary, term: Term, aside: bool| {
            let term = words.learn(term);
            if !terms.iter().any(|said| said.term == term) {
                words.count(term, side);
                terms.push(Said { term, aside });
            }
            term
        };
        let mut first = [None; 2];
        joins.terms(&runs(record.title, TITLE_RUNS), |term| {
            let place = FIRST.iter().position(|kind| *kind == term.kind);
            let number = add(words, term, false);
            if let Some(place) = place {
                first[place].get_or_insert(number);
            }
        });
        for option in record.options.iter().take(8) {
            joins.terms(&runs(option, 8), |term| {
                add(words, term, false);
            });
        }
        let mut brand = Vec::new();
        joins.terms(&runs(record.brand, 8), |term| brand.push(add(words, term, true)));
        for code in record.codes.iter().take(8) {
            let joined: String = runs(code, 8).into_iter().map(|run| run.text).collect();
            if let Some(term) = Term::of(&joined) {
                add(words, term, true);
            }
        }
        let price = record
            .price
            .filter(|price| price.minor > 0)
            .map(|price| Price { logarithm: (price.minor as f64).ln(), currency: digest(price.currency) });
        let mut pictures: Vec<u64> = record.images.iter().take(8).filter_map(|image| picture(image)).collect();
        pictures.sort_unstable();
        brand.sort_unstable();
        brand.dedup();
        let (terms, brand, pictures) = (terms.into(), brand.into(), pictures.into());
        read.push(Facts { terms, brand, pictures, price, first, variants: record.variants, ..Facts::default() });
    }
    read
}

/// Everything else: only what the other side says in its titles is worth keeping.
fn backgrounds(facts: &mut Facts, words: &Vocabulary, joins: &Joins, record: &Record<'_>, other: usize) {
    let known = |joins: &Joins, runs: &[Run], found: &mut Vec<TermId>| {
        joins.terms(runs, |term| {
            if let Some(number) = words.find(&term.text).filter(|number| words.entry(*number).listings[other] > 0)
                && found.len() < MOST_BACKGROUND
            {
                found.push(number);
            }
        });
    };
    let (mut background, mut category) = (Vec::new(), Vec::new());
    known(joins, &runs(record.description, DESCRIPTION_RUNS), &mut background);
    known(joins, &runs(record.category, 16), &mut category);
    if record.title.len() > TITLE_RUNS * 4 {
        let all = runs(record.title, LONG_TITLE_RUNS);
        known(joins, all.get(TITLE_RUNS..).unwrap_or_default(), &mut background);
    }
    for image in record.images.iter().take(8) {
        known(joins, &runs(stem(image), 16), &mut background);
    }
    background.extend(&category);
    background.sort_unstable();
    background.dedup();
    background.retain(|term| facts.terms.binary_search_by_key(term, |said| said.term).is_err());
    category.sort_unstable();
    category.dedup();
    facts.background = background.into();
    facts.category = category.into();
}

/// The name of a picture's file without folder, query and ending.
fn stem(image: &str) -> &str {
    let path = image.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// `None` for a name that says nothing (`1.jpg`, `image.png`).
fn picture(image: &str) -> Option<u64> {
    let stem = plain(front(stem(image), 200));
    (stem.chars().count() >= 5).then(|| digest(&stem))
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
