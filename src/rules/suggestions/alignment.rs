//! Two records laid side by side: which terms they share, which one tells only in its description, which are left over.

use super::catalogue::{Catalogues, Facts};
use super::terms::Kind;
use super::vocabulary::TermId;

/// What two records have in common and what not. Sides as given to [`Alignment::of`].
#[derive(Debug, Default, Clone)]
pub struct Alignment {
    pub shared: Vec<TermId>,
    /// The same word in two spellings, and how much of a match that is.
    pub near: Vec<(TermId, TermId, f32)>,
    /// Terms of one title that the other record has in its description.
    pub told: [Vec<TermId>; 2],
    /// Terms without a counterpart; `true`: said aside.
    pub left: [Vec<(TermId, bool)>; 2],
}

impl Alignment {
    /// Lays two records side by side, in the memory of an earlier alignment.
    pub fn of(&mut self, catalogues: &Catalogues, one: &Facts, other: &Facts) {
        self.shared.clear();
        self.near.clear();
        for side in 0..2 {
            self.told[side].clear();
            self.left[side].clear();
        }
        let (mut a, mut b) = (0, 0);
        while a < one.terms.len() || b < other.terms.len() {
            match (one.terms.get(a), other.terms.get(b)) {
                (Some(mine), Some(theirs)) if mine.term == theirs.term => {
                    self.shared.push(mine.term);
                    a += 1;
                    b += 1;
                }
                (Some(mine), theirs) if theirs.is_none_or(|theirs| mine.term < theirs.term) => {
                    self.leave(0, mine.term, mine.aside, other);
                    a += 1;
                }
                (_, Some(theirs)) => {
                    self.leave(1, theirs.term, theirs.aside, one);
                    b += 1;
                }
                (Some(_) | None, None) => break,
            }
        }
        self.spell(catalogues);
    }

    fn leave(&mut self, side: usize, term: TermId, aside: bool, other: &Facts) {
        if other.background.binary_search(&term).is_ok() {
            self.told[side].push(term);
        } else {
            self.left[side].push((term, aside));
        }
    }

    /// Pairs off what is left by spelling; each term once.
    fn spell(&mut self, catalogues: &Catalogues) {
        let [mine, theirs] = &mut self.left;
        mine.retain(|(term, _)| {
            let links = catalogues.words.near(*term);
            let found = links.iter().find_map(|(_, near, credit)| {
                theirs.iter().position(|(other, _)| other == near).map(|place| (place, *near, *credit))
            });
            if let Some((place, near, credit)) = found {
                theirs.remove(place);
                self.near.push((*term, near, credit));
            }
            found.is_none()
        });
    }

    /// The left-over terms of a kind that were said in the title.
    pub fn left_of(&self, catalogues: &Catalogues, side: usize, kind: Kind) -> impl Iterator<Item = TermId> {
        self.left_in_title(side).filter(move |term| catalogues.words.kind(*term) == kind)
    }

    /// All left-over terms that were said in the title.
    pub fn left_in_title(&self, side: usize) -> impl Iterator<Item = TermId> {
        self.left[side].iter().filter(|(_, aside)| !aside).map(|(term, _)| *term)
    }

    /// Whether they agree on a term of this kind.
    pub fn agree(&self, catalogues: &Catalogues, kind: Kind) -> bool {
        let of_kind = |term: &TermId| catalogues.words.kind(*term) == kind;
        self.shared.iter().any(of_kind)
    }

    /// Whether they nearly agree on one: the same in two spellings.
    pub fn nearly_agree(&self, catalogues: &Catalogues, kind: Kind) -> bool {
        self.near.iter().any(|(mine, _, _)| catalogues.words.kind(*mine) == kind)
    }
}
