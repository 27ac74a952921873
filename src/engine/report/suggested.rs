//! Suggestions in little room: a few numbers for each, and what speaks for it packed one after the other.

use serde::{Deserialize, Serialize};

use crate::domain::{Likelihood, ListingId};
use crate::rules::suggestions::{ASPECTS, Aspect, Class, Suggestion};

/// All suggestions of a report.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggested {
    /// First those that are suggested, the most probable first; then the next best of their listings.
    rows: Vec<Row>,
    chosen: u32,
    said: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub in_store: ListingId,
    pub online: ListingId,
    pub class: Likelihood,
    /// In hundredths of a per cent.
    score: u16,
    chosen: bool,
    /// Where its evidence begins.
    at: u64,
}

impl Row {
    /// The probability that the two are one; never quite 0 or 100, which nobody can promise.
    pub fn percent(self) -> u8 {
        u8::try_from((u32::from(self.score) + 50) / 100).unwrap_or(99).clamp(1, 99)
    }

    pub fn pair(self) -> (ListingId, ListingId) {
        (self.in_store, self.online)
    }
}

/// A piece of evidence as it lies there: which aspect, by its place in [`ASPECTS`], whether it speaks for the pair, what
/// both say, and what only one of them does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    aspect: u8,
    pub speaks_for: bool,
    pub shared: Vec<String>,
    pub apart: [Vec<String>; 2],
}

impl Evidence {
    pub fn aspect(&self) -> Aspect {
        ASPECTS.get(usize::from(self.aspect)).copied().unwrap_or(Aspect::Words)
    }
}

impl Suggested {
    pub fn add(&mut self, in_store: ListingId, online: ListingId, suggestion: &Suggestion, chosen: bool) {
        let class = match suggestion.class {
            Class::Possible => Likelihood::Possible,
            Class::Likely => Likelihood::Likely,
            Class::Sure => Likelihood::Sure,
        };
        let evidence = suggestion.parts.iter().map(|part| Evidence {
            aspect: ASPECTS.iter().position(|aspect| *aspect == part.aspect).unwrap_or(0) as u8,
            speaks_for: part.says > 0.0,
            shared: part.shared.clone(),
            apart: part.apart.clone(),
        });
        let at = self.said.len() as u64;
        let said = std::mem::take(&mut self.said);
        // Appending to memory cannot fail.
        self.said = postcard::to_extend(&evidence.collect::<Vec<_>>(), said).unwrap_or_default();
        let score = (suggestion.score * 10_000.0).clamp(0.0, 10_000.0) as u16;
        self.rows.push(Row { in_store, online, class, score, chosen, at });
    }

    /// Brings the suggestions for several shops into one order.
    pub fn settle(&mut self) {
        self.rows.sort_by_key(|row| (!row.chosen, std::cmp::Reverse(row.score)));
        self.chosen = self.rows.partition_point(|row| row.chosen) as u32;
        self.rows.shrink_to_fit();
        self.said.shrink_to_fit();
    }

    /// What is suggested: of two connections, each listing once.
    pub fn chosen(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().take(self.chosen as usize)
    }

    pub fn row(&self, place: usize) -> Option<&Row> {
        self.rows.get(place)
    }

    /// Everything that is like a listing, the most probable first.
    pub fn of(&self, listing: ListingId) -> Vec<Row> {
        let mut found: Vec<Row> =
            self.rows.iter().filter(|row| row.in_store == listing || row.online == listing).copied().collect();
        found.sort_by_key(|row| std::cmp::Reverse(row.score));
        found
    }

    /// Whether two listings were found to be like one another.
    pub fn pairs(&self) -> impl Iterator<Item = (ListingId, ListingId)> + '_ {
        self.rows.iter().map(|row| row.pair())
    }

    pub fn evidence(&self, row: &Row) -> Vec<Evidence> {
        let from = usize::try_from(row.at).unwrap_or(usize::MAX);
        let said = self.said.get(from..).unwrap_or_default();
        postcard::take_from_bytes(said).map(|(evidence, _)| evidence).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::suggestions::{Record, suggestions};

    fn record(title: &str) -> Record<'_> {
        Record { title, ..Record::default() }
    }

    #[test]
    fn what_was_suggested_comes_back_with_its_evidence_the_most_probable_first() {
        let left = [record("Perfect Porcelain Teapot"), record("Red Garden Hose 20 m")];
        let right = [record("Garden Hose, red, 20 m"), record("Perfect Porcelain Teapot")];
        let found = suggestions(&left, &right);
        assert_eq!(found.len(), 2);
        let mut suggested = Suggested::default();
        // As if they were of two shops: in whatever order they come.
        for suggestion in found.iter().rev() {
            let id = |place: usize, side: u64| ListingId(10 * place as u64 + side);
            suggested.add(id(suggestion.left, 1), id(suggestion.right, 2), suggestion, true);
        }
        suggested.settle();
        let scores: Vec<u16> = suggested.chosen().map(|row| row.score).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b));
        for suggestion in &found {
            let id = |place: usize, side: u64| ListingId(10 * place as u64 + side);
            let pair = (id(suggestion.left, 1), id(suggestion.right, 2));
            let row = suggested.chosen().find(|row| row.pair() == pair).unwrap();
            let evidence = suggested.evidence(row);
            assert_eq!(evidence.len(), suggestion.parts.len());
            assert_eq!(evidence[0].aspect(), suggestion.parts[0].aspect);
            assert_eq!(evidence[0].shared, suggestion.parts[0].shared);
        }
        assert_eq!(suggested.of(ListingId(1)).len(), 1);
    }
}
