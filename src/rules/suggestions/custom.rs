//! What the two catalogues teach about themselves before anything is decided.
//!
//! Nobody has said which pairs are true, yet much can be learned: pairs that agree in everything else show how far
//! apart prices are (tax on one side only) and whether both shops use the makers' model numbers. And one catalogue
//! against itself shows how alike two products can be that are *not* one: what its listings find among their own is
//! what a listing without a counterpart would find on the other side.

use super::alignment::Alignment;
use super::balance::Edge;
use super::catalogue::Catalogues;
use super::evidence::{Aspect, Evidence, price_apart, weigh};
use super::nearest::{Index, Scratch};
use super::terms::Kind;

/// What a pair of catalogues is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Custom {
    /// How far apart, as a rule, the prices of one product are: the logarithm of theirs over ours.
    pub price_shift: f64,
    /// 0..1: how much a differing model number means. Where shops number by themselves, numbers differ always.
    pub codes_agree: f32,
    /// Likewise for two brand fields.
    pub brands_agree: f32,
    /// The logarithm of the odds that a listing has a counterpart at all.
    pub prior: f32,
}

impl Default for Custom {
    fn default() -> Self {
        Self { price_shift: 0.0, codes_agree: 0.8, brands_agree: 0.8, prior: 0.0 }
    }
}

/// Evidence from which a pair teaches.
const TEACHES: f32 = 3.5;
/// Fewer pairs teach nothing about prices.
const FEWEST: usize = 12;
/// What is believed beforehand counts as much as so many pairs.
const BELIEF: f32 = 10.0;
/// So many listings of a side are compared with their own side.
const SAMPLE: usize = 1500;
/// The catalogues may move the odds by so much, either way.
const MOST_PRIOR: f32 = 2.0;

/// A pair in the eyes of a teacher: the evidence with a first idea of the catalogues.
pub struct Lesson {
    pub left: u32,
    pub right: u32,
    pub evidence: Evidence,
}

/// Learns from the best pair of each record.
pub fn learned(catalogues: &Catalogues, best: &[Lesson]) -> Custom {
    let before = Custom::default();
    let mut custom = before;
    let mut aligned = Alignment::default();
    let mut prices = Vec::new();
    let (mut codes, mut brands) = ([BELIEF * before.codes_agree, BELIEF], [BELIEF * before.brands_agree, BELIEF]);
    for lesson in best {
        let (one, other) = (&catalogues.sides[0][lesson.left as usize], &catalogues.sides[1][lesson.right as usize]);
        let without = |aspect: Aspect| lesson.evidence.iter().sum::<f32>() - lesson.evidence[aspect as usize];
        if without(Aspect::Price) >= TEACHES {
            prices.extend(price_apart(one, other));
        }
        if without(Aspect::ModelNumber) >= TEACHES {
            aligned.of(catalogues, one, other);
            let left = |side| aligned.left_of(catalogues, side, Kind::Code).next().is_some();
            let agree = aligned.agree(catalogues, Kind::Code) || aligned.nearly_agree(catalogues, Kind::Code);
            if agree || (left(0) && left(1)) {
                codes[0] += f32::from(u8::from(agree));
                codes[1] += 1.0;
            }
        }
        let brand = lesson.evidence[Aspect::Brand as usize];
        if without(Aspect::Brand) >= TEACHES && brand != 0.0 {
            brands[0] += f32::from(u8::from(brand > 0.0));
            brands[1] += 1.0;
        }
    }
    if prices.len() >= FEWEST {
        prices.sort_unstable_by(f64::total_cmp);
        // The middle of the two middle ones, so that exchanging the sides changes the sign alone.
        custom.price_shift = 0.5 * (prices[(prices.len() - 1) / 2] + prices[prices.len() / 2]);
    }
    custom.codes_agree = codes[0] / codes[1];
    custom.brands_agree = brands[0] / brands[1];
    custom
}

/// The odds that a listing has a counterpart, from how many of the smaller side find something that
/// looks like one.
pub fn prior(catalogues: &Catalogues, indexes: &[Index<'_>; 2], custom: &Custom, edges: &[Edge]) -> f32 {
    let sizes = [catalogues.sides[0].len(), catalogues.sides[1].len()];
    // Both where both are as large: the sides must not matter.
    let (mut found, mut records, mut chance, mut seen) = (0.0, 0.0, 0.0, 0.0);
    for small in (0..2).filter(|side| sizes[*side] <= sizes[1 - side]) {
        let mut finds = vec![false; sizes[small]];
        for edge in edges.iter().filter(|edge| edge.evidence > 0.0) {
            finds[[edge.left, edge.right][small] as usize] = true;
        }
        found += finds.iter().filter(|finds| **finds).count() as f32;
        records += sizes[small] as f32;
        let (more_chance, more_seen) = among_their_own(catalogues, &indexes[1 - small], 1 - small, custom);
        chance += more_chance;
        seen += more_seen;
    }
    let share = (found + 1.0) / (records + 2.0);
    let by_chance = (chance + 1.0) / (seen + 4.0);
    let matched = ((share - by_chance) / (1.0 - by_chance)).clamp(0.05, 0.95);
    // A small catalogue says little about itself.
    let trust = records / (records + 30.0);
    ((matched / (1.0 - matched)).ln() * trust).clamp(-MOST_PRIOR, MOST_PRIOR)
}

/// How many of a sample find among their own side what looks like a counterpart, and the size of the sample.
fn among_their_own(catalogues: &Catalogues, index: &Index<'_>, side: usize, custom: &Custom) -> (f32, f32) {
    let records = &catalogues.sides[side];
    let mut order: Vec<u32> = (0..records.len() as u32).collect();
    order.sort_unstable_by_key(|place| records[*place as usize].rank);
    let step = records.len().div_ceil(SAMPLE).max(1);
    let (mut scratch, mut near, mut aligned) = (Scratch::default(), Vec::new(), Alignment::default());
    let (mut chance, mut seen) = (0.0, 0.0);
    let own = Custom { price_shift: 0.0, ..*custom };
    for place in order.into_iter().step_by(step) {
        let one = &records[place as usize];
        index.nearest(one, &mut scratch, &mut near);
        let best = near.iter().map(|other| {
            let other = &records[*other as usize];
            aligned.of(catalogues, one, other);
            let evidence = weigh(catalogues, &own, one, other, &aligned);
            (evidence.iter().sum::<f32>(), aligned.left.iter().all(Vec::is_empty))
        });
        // The same words on one side are one product listed twice, which says nothing about sisters.
        let best = best.filter(|(_, same)| !same).map(|(sum, _)| sum).fold(f32::MIN, f32::max);
        seen += 1.0;
        chance += f32::from(u8::from(best > 0.0));
    }
    (chance, seen)
}
