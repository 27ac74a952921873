//! What speaks for two records being one product, and what against: each piece by itself, in natural logarithms of
//! odds, so that pieces add up.
//!
//! The weights are reasoned, not learned from known pairs. Two questions are kept apart: how likely the same words are
//! found together by chance, which rarity answers, and how likely they belong to a sister product (the same in another
//! size or colour), which only what tells sisters apart can answer: model numbers, measures, colours, sizes.

use super::alignment::Alignment;
use super::catalogue::{Catalogues, Facts};
use super::custom::Custom;
use super::terms::Kind;
use super::vocabulary::TermId;

/// A piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    Words,
    ModelNumber,
    Measure,
    Number,
    Colour,
    Size,
    Brand,
    Price,
    Picture,
    Category,
    /// A word that the shops' own titles tell versions apart by.
    Version,
    /// How many variants each has.
    Variants,
}

/// In the order of their numbers.
pub const ASPECTS: [Aspect; 12] = [
    Aspect::Words,
    Aspect::ModelNumber,
    Aspect::Measure,
    Aspect::Number,
    Aspect::Colour,
    Aspect::Size,
    Aspect::Brand,
    Aspect::Price,
    Aspect::Picture,
    Aspect::Category,
    Aspect::Version,
    Aspect::Variants,
];

/// For each aspect, what it says.
pub type Evidence = [f32; ASPECTS.len()];

/// All evidence about two aligned records.
pub fn weigh(catalogues: &Catalogues, custom: &Custom, one: &Facts, other: &Facts, aligned: &Alignment) -> Evidence {
    let mut evidence = Evidence::default();
    evidence[Aspect::Words as usize] = words(catalogues, aligned);
    evidence[Aspect::ModelNumber as usize] = model_number(catalogues, custom, aligned);
    evidence[Aspect::Measure as usize] = measure(catalogues, aligned);
    evidence[Aspect::Number as usize] = differing(catalogues, aligned, Kind::Number, 0.3, -2.0);
    evidence[Aspect::Colour as usize] = differing(catalogues, aligned, Kind::Colour, 0.4, -2.7);
    evidence[Aspect::Size as usize] = differing(catalogues, aligned, Kind::Size, 0.3, -2.7);
    evidence[Aspect::Brand as usize] = brand(catalogues, custom, one, other);
    evidence[Aspect::Price as usize] = price(custom, one, other);
    evidence[Aspect::Picture as usize] = picture(one, other);
    evidence[Aspect::Category as usize] = category(one, other);
    evidence[Aspect::Version as usize] = version(catalogues, aligned);
    evidence[Aspect::Variants as usize] = variants(one, other);
    sisters(&mut evidence);
    evidence
}

/// Sisters share words and price: where something tells them apart, that much of both speaks for a sister as well as
/// for the product itself, and counts for neither.
fn sisters(evidence: &mut Evidence) {
    const MOST_WORDS: f32 = 1.5;
    let apart = [Aspect::Measure, Aspect::Number, Aspect::Colour, Aspect::Size, Aspect::Version];
    if apart.into_iter().any(|aspect| evidence[aspect as usize] < -1.5) {
        let words = &mut evidence[Aspect::Words as usize];
        *words = words.min(MOST_WORDS);
        let price = &mut evidence[Aspect::Price as usize];
        *price = price.min(0.0);
    }
}

/// How much of the titles, by rarity, is found on the other side. Words that only one of them has are verbosity; words
/// of both that the other lacks are two names for two things.
fn words(catalogues: &Catalogues, aligned: &Alignment) -> f32 {
    // Rare words count more than in proportion: they are the product's own name.
    let weight = |term: &TermId| {
        let weight = catalogues.words.weight(*term);
        weight * weight.sqrt()
    };
    let mut shared: f32 = aligned.shared.iter().map(weight).sum();
    let near = aligned.near.iter().map(|(mine, theirs, credit)| credit * 0.5 * (weight(mine) + weight(theirs)));
    shared += near.sum::<f32>();
    let mut left = [0.0f32; 2];
    let mut told = [0.0f32; 2];
    for side in 0..2 {
        told[side] = aligned.told[side].iter().map(weight).sum();
        let lacking = aligned.left[side].iter().map(|(term, aside)| weight(term) * if *aside { 0.2 } else { 1.0 });
        left[side] = 0.3 * told[side] + lacking.sum::<f32>();
    }
    shared += 0.35 * (told[0] + told[1]);
    let (opposed, more) = (left[0].min(left[1]), (left[0] - left[1]).abs());
    let alike = shared / (shared + 1.2 * opposed + 0.3 * more).max(0.01);
    // How much rarer than one listing in all the shared words are.
    let plain: f32 = aligned.shared.iter().map(|term| catalogues.words.weight(*term)).sum();
    let by_chance = (plain / ((catalogues.all() + 2) as f32).ln() - 1.0).clamp(-1.0, 1.0);
    let steep = if alike < 0.5 { 14.0 } else { 8.0 };
    steep * (alike - 0.5) + 1.5 * by_chance
}

fn model_number(catalogues: &Catalogues, custom: &Custom, aligned: &Alignment) -> f32 {
    let words = &catalogues.words;
    let rarity = |term: &TermId| words.entry(*term).listings.iter().copied().max().unwrap_or(1).max(1);
    let agreed = aligned
        .shared
        .iter()
        .chain(aligned.told.iter().flatten())
        .filter(|term| words.kind(**term) == Kind::Code)
        .map(rarity)
        .min();
    let near = aligned.nearly_agree(catalogues, Kind::Code);
    let mut against = 0.0f32;
    for mine in aligned.left_of(catalogues, 0, Kind::Code) {
        for theirs in aligned.left_of(catalogues, 1, Kind::Code) {
            against = against.max(differ(&words.entry(mine).text, &words.entry(theirs).text));
        }
    }
    match (agreed, near) {
        (Some(1), _) => 3.0 - 0.4 * against,
        (Some(2..=3), _) => 2.0 - 0.6 * against,
        (Some(4..=20), _) => 0.8 - custom.codes_agree * against,
        (None, true) => 1.5 - 0.5 * against,
        _ => -custom.codes_agree * against,
    }
}

/// How much two model numbers that differ say against: those of sisters look alike.
fn differ(mine: &str, theirs: &str) -> f32 {
    let front = mine.bytes().zip(theirs.bytes()).take_while(|(a, b)| a == b).count();
    if front >= 2 && mine.len().abs_diff(theirs.len()) <= 2 { 4.0 } else { 2.5 }
}

/// Measures in the same unit that differ are two products; `5.9 in` and `6 in` are not.
fn measure(catalogues: &Catalogues, aligned: &Alignment) -> f32 {
    let measure = |term: TermId| catalogues.words.entry(term).measure;
    let agree = aligned.agree(catalogues, Kind::Measure);
    let mut against = 0.0f32;
    for mine in aligned.left_of(catalogues, 0, Kind::Measure).filter_map(measure) {
        for theirs in aligned.left_of(catalogues, 1, Kind::Measure).filter_map(measure) {
            if mine.unit == theirs.unit {
                let near = (mine.amount / theirs.amount).ln().abs() < 0.04;
                against = against.max(if near { 0.0 } else { 2.5 });
            }
        }
    }
    if against > 0.0 {
        -against
    } else if agree {
        0.5
    } else {
        0.0
    }
}

/// Numbers, colours or sizes that are left over on both sides.
fn differing(catalogues: &Catalogues, aligned: &Alignment, kind: Kind, for_it: f32, against: f32) -> f32 {
    let left = |side| aligned.left_of(catalogues, side, kind).next().is_some();
    let agree = aligned.agree(catalogues, kind);
    match (left(0) && left(1), agree) {
        (true, true) => against * 0.6,
        (true, false) => against,
        (false, true) => for_it,
        (false, false) => 0.0,
    }
}

/// A word on each side that a shop has in the place of the other: once may be chance, several times is a version.
fn version(catalogues: &Catalogues, aligned: &Alignment) -> f32 {
    let mut slots = 0;
    for mine in aligned.left_of(catalogues, 0, Kind::Word) {
        for theirs in aligned.left_of(catalogues, 1, Kind::Word) {
            slots = slots.max(catalogues.sisters.slots(mine, theirs));
        }
    }
    match slots {
        0 => 0.0,
        1 => -1.0,
        _ => -2.7,
    }
}

/// Products with other variants cannot be linked whole, though they may be one: shops add a size now and then.
fn variants(one: &Facts, other: &Facts) -> f32 {
    match (one.variants, other.variants) {
        (0..=1, _) | (_, 0..=1) => 0.0,
        (ours, theirs) if ours == theirs => 0.3,
        _ => -1.5,
    }
}

fn brand(catalogues: &Catalogues, custom: &Custom, one: &Facts, other: &Facts) -> f32 {
    if one.brand.is_empty() || other.brand.is_empty() {
        return 0.0;
    }
    let says = |facts: &Facts, term: &TermId| {
        facts.terms.binary_search_by_key(term, |said| said.term).is_ok() || facts.background.binary_search(term).is_ok()
    };
    let found = one.brand.iter().any(|term| says(other, term)) || other.brand.iter().any(|term| says(one, term));
    let spelled = one
        .brand
        .iter()
        .any(|term| catalogues.words.near(*term).iter().any(|(_, near, _)| other.brand.binary_search(near).is_ok()));
    if found || spelled { 0.4 } else { -2.0 * custom.brands_agree }
}

/// The prices of one product are mostly close, and now and then far apart: a narrow peak on a fat tail. Those of
/// others spread widely, though sisters often cost the same.
fn price(custom: &Custom, one: &Facts, other: &Facts) -> f32 {
    let Some(apart) = price_apart(one, other).map(|apart| (apart - custom.price_shift).abs()) else { return 0.0 };
    let peak = |width: f64| (-apart / width).exp() / (2.0 * width);
    let (same, any) = (0.7 * peak(0.08) + 0.3 * peak(0.6), 0.15 * peak(0.08) + 0.85 * peak(0.8));
    ((same / any).ln() as f32).max(-2.0)
}

/// The logarithm of their price over ours; `None` unless both are known in one currency.
pub fn price_apart(one: &Facts, other: &Facts) -> Option<f64> {
    let (mine, theirs) = (one.price?, other.price?);
    (mine.currency == theirs.currency).then_some(theirs.logarithm - mine.logarithm)
}

fn picture(one: &Facts, other: &Facts) -> f32 {
    if one.pictures.iter().any(|picture| other.pictures.binary_search(picture).is_ok()) { 1.5 } else { 0.0 }
}

fn category(one: &Facts, other: &Facts) -> f32 {
    if one.category.is_empty() || other.category.is_empty() {
        return 0.0;
    }
    if one.category.iter().any(|term| other.category.binary_search(term).is_ok()) { 0.3 } else { -0.2 }
}
