//! Whether a probable pair is sure. That asks for more than a high score, and for the same in every catalogue: the
//! scores are taken from two catalogues as they are, and where one of them lists only some sisters of a product, a
//! sister is the best that can be found.

use super::SIDES;
use super::alignment::Alignment;
use super::catalogue::{Catalogues, Facts};
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
/// A word in one title of fifty may name a version; one in many says what kind of thing it is.
const NAMES_A_VERSION: f32 = 4.0;

/// Enough evidence by itself, however many others have a counterpart; nothing of what tells sisters apart against it;
/// and nothing in one title alone that may make another thing of it.
pub fn is_sure(
    catalogues: &Catalogues,
    (one, other): (&Facts, &Facts),
    score: f32,
    evidence: &Evidence,
    aligned: &Alignment,
) -> bool {
    let number = evidence[Aspect::ModelNumber as usize];
    let words = evidence[Aspect::Words as usize];
    score >= 0.985
        && evidence.iter().sum::<f32>() >= 4.6
        && words >= if number >= FEW_HAVE_IT { 2.0 } else { 4.5 }
        && evidence[Aspect::Price as usize] > -1.0
        && TELLS_SISTERS_APART.iter().all(|aspect| evidence[*aspect as usize] > -0.2)
        && !in_another_order(one, other, aligned)
        // A model number that merely goes on (`PF14.1`, `PF14.1W`) is often a sister's.
        && !aligned.nearly_agree(catalogues, Kind::Code)
        && !left(aligned).any(|term| sells_it_otherwise(catalogues, term))
        && (number >= ONLY_THEY_HAVE_IT || !left(aligned).any(|term| may_be_a_version(catalogues, term)))
}

/// What only one of the titles says.
fn left(aligned: &Alignment) -> impl Iterator<Item = TermId> {
    (0..SIDES).flat_map(|side| aligned.left_in_title(side))
}

/// Both say the same colours, or model numbers, and each begins with another: of two numbers, the second is often that
/// of something it fits.
fn in_another_order(one: &Facts, other: &Facts, aligned: &Alignment) -> bool {
    one.first.iter().zip(&other.first).any(|(mine, theirs)| {
        let said_by_both = |term: &Option<TermId>| term.is_some_and(|term| aligned.shared.contains(&term));
        mine != theirs && said_by_both(mine) && said_by_both(theirs)
    })
}

/// The same product used, remade by others, in a set or by the dozen is another thing to sell; and a digit alone
/// numbers a version (`RX100`, `RX100 II`).
fn sells_it_otherwise(catalogues: &Catalogues, term: TermId) -> bool {
    let entry = catalogues.words.entry(term);
    match entry.kind {
        Kind::Word => lexicon::sells_otherwise(&entry.text),
        Kind::Number => entry.text.len() == 1,
        Kind::Measure => entry.measure.is_some_and(|found| found.unit == lexicon::PIECES && found.amount > 1.0),
        Kind::Code | Kind::Colour | Kind::Size => false,
    }
}

fn may_be_a_version(catalogues: &Catalogues, term: TermId) -> bool {
    catalogues.words.kind(term) != Kind::Word || catalogues.words.weight(term) > NAMES_A_VERSION
}
