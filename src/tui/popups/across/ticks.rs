//! The pairs of a variant and a single item that are ticked.

use std::collections::BTreeMap;

use crate::domain::{Side, VariantId};
use crate::protocol::PairChoice;

/// By their two variants, so that a tick stays when the list is made anew.
#[derive(Debug, Default)]
pub struct Ticks(BTreeMap<(VariantId, VariantId), PairChoice>);

/// How much of what a line offers is ticked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ticked {
    /// Nothing of it can be.
    Never,
    None,
    Some,
    All,
}

impl Ticked {
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Never => "   ",
            Self::None => "[ ]",
            Self::Some => "[-]",
            Self::All => "[x]",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Never => "cannot be ticked",
            Self::None => "not ticked",
            Self::Some => "partly ticked",
            Self::All => "ticked",
        }
    }
}

const fn key(choice: &PairChoice) -> (VariantId, VariantId) {
    (choice.in_store.1, choice.online.1)
}

impl Ticks {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn of(&self, choices: &[PairChoice]) -> Ticked {
        let ticked = choices.iter().filter(|choice| self.0.contains_key(&key(choice))).count();
        match ticked {
            _ if choices.is_empty() => Ticked::Never,
            0 => Ticked::None,
            all if all == choices.len() => Ticked::All,
            _ => Ticked::Some,
        }
    }

    pub fn tick(&mut self, choices: &[PairChoice]) {
        self.0.extend(choices.iter().map(|choice| (key(choice), *choice)));
    }

    /// Ticks them, or unticks them if all are ticked.
    pub fn toggle(&mut self, choices: &[PairChoice]) {
        if self.of(choices) == Ticked::All {
            for choice in choices {
                self.0.remove(&key(choice));
            }
        } else {
            self.tick(choices);
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn all(&self) -> Vec<PairChoice> {
        self.0.values().copied().collect()
    }
}

/// The same pairs with another side whose quantities are right.
pub fn with_primary(pairs: &[PairChoice], primary: Side) -> Vec<PairChoice> {
    pairs.iter().map(|pair| PairChoice { primary, ..*pair }).collect()
}
