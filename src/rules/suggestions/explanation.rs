//! Why two records are suggested: the pieces of evidence, with the words they rest on.

use super::alignment::Alignment;
use super::catalogue::Catalogues;
use super::evidence::{ASPECTS, Aspect, Evidence};
use super::terms::Kind;
use super::vocabulary::TermId;

/// A piece of evidence and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub aspect: Aspect,
    /// How much it says, in natural logarithms of odds: above zero for the pair, below against it.
    pub says: f32,
    /// What both have, the most telling first; empty where the aspect has no words (price, picture).
    pub shared: Vec<String>,
    /// What only the left one has, and only the right one.
    pub apart: [Vec<String>; 2],
}

/// So many words are told of each list.
const MOST_WORDS: usize = 6;
/// What says less is not worth a line.
const LEAST: f32 = 0.05;

/// The pieces of evidence that say something, the most telling first.
pub fn parts(catalogues: &Catalogues, evidence: &Evidence, aligned: &Alignment) -> Vec<Part> {
    let telling = ASPECTS.into_iter().filter(|aspect| evidence[*aspect as usize].abs() >= LEAST);
    let part = |aspect: Aspect| {
        let of = |terms: Vec<TermId>| shown(catalogues, aspect, terms);
        let spelled = aligned.near.iter().map(|(mine, _, _)| *mine);
        let told = aligned.told.iter().flatten().copied();
        let shared = of(aligned.shared.iter().copied().chain(spelled).chain(told).collect());
        let apart = [0, 1].map(|side| of(aligned.left[side].iter().map(|(term, _)| *term).collect()));
        Part { aspect, says: evidence[aspect as usize], shared, apart }
    };
    let mut parts: Vec<Part> = telling.map(part).collect();
    parts.sort_by(|a, b| b.says.abs().total_cmp(&a.says.abs()).then(a.aspect.cmp(&b.aspect)));
    parts
}

/// The terms that an aspect rests on, rarest first.
fn shown(catalogues: &Catalogues, aspect: Aspect, mut terms: Vec<TermId>) -> Vec<String> {
    let words = &catalogues.words;
    let Some(kind) = kind(aspect) else { return Vec::new() };
    terms.retain(|term| words.kind(*term) == kind);
    terms.sort_unstable_by(|a, b| words.weight(*b).total_cmp(&words.weight(*a)).then(a.cmp(b)));
    terms.truncate(MOST_WORDS);
    terms.into_iter().map(|term| words.shown(term).to_owned()).collect()
}

/// The kind of term that an aspect looks at.
fn kind(aspect: Aspect) -> Option<Kind> {
    match aspect {
        Aspect::Words | Aspect::Version => Some(Kind::Word),
        Aspect::ModelNumber => Some(Kind::Code),
        Aspect::Measure => Some(Kind::Measure),
        Aspect::Number => Some(Kind::Number),
        Aspect::Colour => Some(Kind::Colour),
        Aspect::Size => Some(Kind::Size),
        Aspect::Brand | Aspect::Price | Aspect::Picture | Aspect::Category | Aspect::Variants => None,
    }
}
