//! Whether a probable pair is sure. That asks for more than a high score, and for the same in every catalogue: the
//! scores are taken from two catalogues as they are, and where one of them lists only some sisters of a product, a
//! sister is the best that can be found.

use super::alignment::Alignment;
use super::catalogue::Catalogues;
use super::evidence::{Aspect, Evidence};
use super::lexicon;
use super::terms::Kind;
use super::vocabulary::TermId;

const TELLS_SISTERS_APART: [Aspect; 8] = [
    Aspect::ModelNumber,
    Aspect::Measure,
    Aspect::Number,
    Aspect::Colour,
    Aspect::Size,
    Aspect::Version,
    Aspect::Variants,
    Aspect::Brand,
];
/// What a model number says that few listings share, and one that nobody else has.
const FEW_HAVE_IT: f32 = 1.9;
const ONLY_THEY_HAVE_IT: f32 = 2.5;
/// A word in one title of fifty may name a version; one in every twentieth says what kind of thing it is.
const NAMES_A_VERSION: f32 = 4.0;

/// Enough evidence by itself, however many others have a counterpart; nothing of what tells sisters apart against it;
/// and nothing in one title alone that may make another thing of it.
pub fn is_sure(catalogues: &Catalogues, score: f32, evidence: &Evidence, aligned: &Alignment) -> bool {
    let number = evidence[Aspect::ModelNumber as usize];
    let words = evidence[Aspect::Words as usize];
    score >= 0.985
        && evidence.iter().sum::<f32>() >= 4.6
        && words >= if number >= FEW_HAVE_IT { 2.0 } else { 4.5 }
        && evidence[Aspect::Price as usize] > -1.0
        && TELLS_SISTERS_APART.iter().all(|aspect| evidence[*aspect as usize] > -0.2)
        && !number_goes_on(catalogues, aligned)
        && !left(aligned).any(|term| sells_it_otherwise(catalogues, term))
        && (number >= ONLY_THEY_HAVE_IT || !left(aligned).any(|term| may_be_a_version(catalogues, term)))
}

/// What only one of the titles says.
fn left(aligned: &Alignment) -> impl Iterator<Item = TermId> {
    aligned.left.iter().flatten().filter(|(_, aside)| !aside).map(|(term, _)| *term)
}

/// A model number that merely goes on (`PF14.1`, `PF14.1W`) is often a sister's.
fn number_goes_on(catalogues: &Catalogues, aligned: &Alignment) -> bool {
    aligned.near.iter().any(|(mine, _, _)| catalogues.words.kind(*mine) == Kind::Code)
}

/// The same product used, remade by others, in a set or by the dozen is another thing to sell.
fn sells_it_otherwise(catalogues: &Catalogues, term: TermId) -> bool {
    let entry = catalogues.words.entry(term);
    let several = entry.measure.is_some_and(|measure| measure.unit == lexicon::PIECES && measure.amount > 1.0);
    several || (entry.kind == Kind::Word && lexicon::sells_otherwise(&entry.text))
}

fn may_be_a_version(catalogues: &Catalogues, term: TermId) -> bool {
    catalogues.words.kind(term) != Kind::Word || catalogues.words.weight(term) > NAMES_A_VERSION
}
