//! Suggestions: which of the records that exact keys did not match are probably one product.
//!
//! Plain records in, pairs with a probability out; one record is in one pair at most. Nothing is learned from known
//! pairs and nothing is fetched: how rare a word is, how far apart prices are, how much a model number means, all that
//! is taken from the two catalogues themselves. A suggestion is for a person to decide on and never links by itself.
//!
//! The way: read both sides ([`catalogue`]), find the few records worth comparing ([`nearest`]), lay them side by side
//! ([`alignment`]), weigh what speaks for and against ([`evidence`]), and balance the pairs against each other
//! ([`balance`]). The cost grows about as the number of records.

mod alignment;
mod balance;
mod catalogue;
mod certainty;
mod custom;
#[cfg(test)]
mod dirt;
mod evidence;
mod explanation;
mod lexicon;
mod nearest;
#[cfg(test)]
mod quality;
pub mod sentence;
mod sisters;
mod terms;
#[cfg(test)]
mod tests;
pub mod titles;
mod vocabulary;
mod words;

pub use evidence::{ASPECTS, Aspect};
pub use explanation::Part;

use alignment::Alignment;
use balance::{Edge, probabilities};
use catalogue::Catalogues;
use certainty::is_sure;
use custom::{Custom, Lesson};
use evidence::weigh;
use nearest::{Index, Scratch};

const SIDES: usize = 2;

/// What is known of a record. Everything may be empty.
#[derive(Debug, Clone, Default)]
pub struct Record<'a> {
    pub title: &'a str,
    pub description: &'a str,
    pub brand: &'a str,
    pub category: &'a str,
    pub price: Option<Price<'a>>,
    /// The values of its options (`Red`, `13`).
    pub options: Vec<&'a str>,
    /// Addresses or names of its pictures' files.
    pub images: Vec<&'a str>,
    /// SKUs and model numbers.
    pub codes: Vec<&'a str>,
    /// How many variants it has; 0 where that is not known.
    pub variants: usize,
}

/// An amount in the smallest unit of a currency; currencies are compared as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price<'a> {
    pub minor: i64,
    pub currency: &'a str,
}

/// How much a suggestion can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Below [`THRESHOLD`]; not shown unless asked for.
    Possible,
    /// More likely one product than not.
    Likely,
    /// Of a hundred of these at most one is wrong.
    Sure,
}

/// Two records that are probably one product.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// Places in the two slices.
    pub left: usize,
    pub right: usize,
    /// The probability that they are one, 0..1.
    pub score: f32,
    pub class: Class,
    /// What speaks for it and against, the most telling first.
    pub parts: Vec<Part>,
}

/// From this probability on, a suggestion is shown.
pub const THRESHOLD: f32 = 0.5;
/// Below this probability there is nothing to suggest.
const WORTH_TELLING: f32 = 0.05;

/// What a search for suggestions keeps to.
pub struct Limits<'a> {
    /// Pairs of places that are none, whatever speaks for them: a person said so, or they are built otherwise.
    pub excluded: &'a dyn Fn(usize, usize) -> bool,
    /// Asked now and then: nobody wants the result any more.
    pub ended: &'a dyn Fn() -> bool,
    /// So many of the next best are told for a record beside the one it is suggested with.
    pub others: usize,
}

/// One-to-one suggestions, the most probable first. Exchanging the two slices exchanges the sides of the result; the
/// order within a slice changes nothing, except which of several records without any difference is taken.
pub fn suggestions(left: &[Record<'_>], right: &[Record<'_>]) -> Vec<Suggestion> {
    let limits = Limits { excluded: &|_, _| false, ended: &|| false, others: 0 };
    let mut found = Vec::new();
    find(left, right, &limits, |suggestion, _| found.push(suggestion));
    found
}

/// The same, told one by one so that nobody has to hold them all: the one-to-one suggestions with `true`, then the next
/// best of their records with `false`, each kind from the most probable down. `false` if it was ended before.
pub fn find(
    left: &[Record<'_>],
    right: &[Record<'_>],
    limits: &Limits<'_>,
    mut tell: impl FnMut(Suggestion, bool),
) -> bool {
    let catalogues = Catalogues::read([left, right]);
    let indexes = [Index::new(&catalogues, 0), Index::new(&catalogues, 1)];
    let Some(pairs) = pairs(&catalogues, &indexes, limits) else { return false };
    let first = weighed(&catalogues, &Custom::default(), &pairs);
    if (limits.ended)() {
        return false;
    }
    let mut custom = custom::learned(&catalogues, &lessons(&catalogues, &first));
    drop(first);
    let edges = weighed(&catalogues, &custom, &pairs);
    drop(pairs);
    if (limits.ended)() {
        return false;
    }
    custom.prior = custom::prior(&catalogues, &indexes, &custom, &edges);
    let scores = probabilities(&edges, [left.len(), right.len()], custom.prior);
    let (chosen, others) = assigned(&catalogues, &edges, &scores, limits.others);
    for (places, is_chosen) in [(chosen, true), (others, false)] {
        for place in places {
            let place = place as usize;
            tell(told(&catalogues, &custom, &edges[place], scores[place]), is_chosen);
        }
    }
    true
}

/// Places of edges. Each record once: the most probable pairs first, and of equals the one that comes first by content.
/// Then those that are among the `others` best of a record beside it.
fn assigned(catalogues: &Catalogues, edges: &[Edge], scores: &[f32], others: usize) -> (Vec<u32>, Vec<u32>) {
    let mut order: Vec<u32> =
        (0..edges.len() as u32).filter(|place| scores[*place as usize] >= WORTH_TELLING).collect();
    let rank = |edge: &Edge| {
        let ranks = [catalogues.sides[0][edge.left as usize].rank, catalogues.sides[1][edge.right as usize].rank];
        (ranks[0].abs_diff(ranks[1]), ranks[0].min(ranks[1]))
    };
    order.sort_unstable_by(|a, b| {
        let (a, b) = (*a as usize, *b as usize);
        scores[b].total_cmp(&scores[a]).then_with(|| rank(&edges[a]).cmp(&rank(&edges[b])))
    });
    let mut taken = [vec![false; catalogues.sides[0].len()], vec![false; catalogues.sides[1].len()]];
    let mut chosen = Vec::new();
    order.retain(|place| {
        let edge = &edges[*place as usize];
        let (left, right) = (edge.left as usize, edge.right as usize);
        let free = !taken[0][left] && !taken[1][right];
        if free {
            taken[0][left] = true;
            taken[1][right] = true;
            chosen.push(*place);
        }
        !free
    });
    let mut named = [vec![0; catalogues.sides[0].len()], vec![0; catalogues.sides[1].len()]];
    order.retain(|place| {
        let edge = &edges[*place as usize];
        let mut among = false;
        for (named, place) in named.iter_mut().zip([edge.left, edge.right]) {
            let count = &mut named[place as usize];
            among |= *count < others;
            *count += 1;
        }
        among
    });
    (chosen, order)
}

fn told(catalogues: &Catalogues, custom: &Custom, edge: &Edge, score: f32) -> Suggestion {
    let (left, right) = (edge.left as usize, edge.right as usize);
    let (one, other) = (&catalogues.sides[0][left], &catalogues.sides[1][right]);
    let mut aligned = Alignment::default();
    aligned.of(catalogues, one, other);
    let evidence = weigh(catalogues, custom, one, other, &aligned);
    let class = if score < THRESHOLD {
        Class::Possible
    } else if is_sure(catalogues, (one, other), score, &evidence, &aligned) {
        Class::Sure
    } else {
        Class::Likely
    };
    Suggestion { left, right, score, class, parts: explanation::parts(catalogues, &evidence, &aligned) }
}

/// The evidence on each pair.
fn weighed(catalogues: &Catalogues, custom: &Custom, pairs: &[(u32, u32)]) -> Vec<Edge> {
    let mut aligned = Alignment::default();
    let edge = |(left, right): &(u32, u32)| {
        let (one, other) = (&catalogues.sides[0][*left as usize], &catalogues.sides[1][*right as usize]);
        aligned.of(catalogues, one, other);
        let evidence = weigh(catalogues, custom, one, other, &aligned).iter().sum();
        Edge { left: *left, right: *right, evidence }
    };
    pairs.iter().map(edge).collect()
}

/// The best sum of evidence that each record of a side has found.
fn best(edges: &[Edge], side: usize, records: usize) -> Vec<f32> {
    let mut best = vec![f32::MIN; records];
    for edge in edges {
        let place = [edge.left, edge.right][side] as usize;
        best[place] = best[place].max(edge.evidence);
    }
    best
}

/// The pairs that are best for both of their records.
fn lessons(catalogues: &Catalogues, edges: &[Edge]) -> Vec<Lesson> {
    let bests = [0, 1].map(|side| best(edges, side, catalogues.sides[side].len()));
    let mut aligned = Alignment::default();
    let both = |edge: &&Edge| {
        edge.evidence >= 0.0
            && edge.evidence >= bests[0][edge.left as usize]
            && edge.evidence >= bests[1][edge.right as usize]
    };
    let lesson = |edge: &Edge| {
        let (one, other) = (&catalogues.sides[0][edge.left as usize], &catalogues.sides[1][edge.right as usize]);
        aligned.of(catalogues, one, other);
        let evidence = weigh(catalogues, &Custom::default(), one, other, &aligned);
        Lesson { left: edge.left, right: edge.right, evidence }
    };
    edges.iter().filter(both).map(lesson).collect()
}

/// The pairs worth comparing, as places, ordered by content.
fn pairs(catalogues: &Catalogues, indexes: &[Index<'_>; SIDES], limits: &Limits<'_>) -> Option<Vec<(u32, u32)>> {
    const ASKS_EVERY: usize = 512;
    let mut scratch = Scratch::default();
    let mut found = Vec::new();
    let mut pairs = Vec::new();
    for side in 0..SIDES {
        for (place, facts) in catalogues.sides[side].iter().enumerate() {
            if place % ASKS_EVERY == 0 && (limits.ended)() {
                return None;
            }
            indexes[1 - side].nearest(facts, &mut scratch, &mut found);
            let pair = |other: &u32| if side == 0 { (place as u32, *other) } else { (*other, place as u32) };
            let may = |(left, right): &(u32, u32)| !(limits.excluded)(*left as usize, *right as usize);
            pairs.extend(found.iter().map(pair).filter(may));
        }
        scratch = Scratch::default();
    }
    let rank = |(left, right): &(u32, u32)| {
        (catalogues.sides[0][*left as usize].rank, catalogues.sides[1][*right as usize].rank)
    };
    pairs.sort_unstable_by_key(rank);
    pairs.dedup();
    Some(pairs)
}
