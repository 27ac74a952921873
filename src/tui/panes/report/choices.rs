//! What a person chose in a list of the report: perhaps everything at once, and single rows that say for themselves.
//! Candidates and suggestions have choices of their own, so that whoever ticks all candidates ticks no suggestion.
//!
//! A row is named by its two listings, so that a choice stays with it when the report is made anew. The report itself is
//! never held here: "everything" is one word to the engine, however long the report is.

use std::collections::BTreeMap;

use crate::domain::{ListingId, Side};
use crate::protocol::{LinkChoice, LinkSelection, ReportTab, ReportView};

/// One row's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    pub ticked: bool,
    /// Whose quantity is right.
    pub primary: Side,
}

/// The in-store listing and the online one.
pub type Pair = (ListingId, ListingId);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The list that they are of.
    tab: ReportTab,
    /// The whole report is ticked, with this side as the primary system.
    everything: Option<Side>,
    rows: BTreeMap<Pair, Choice>,
}

impl Choices {
    pub fn among(tab: ReportTab) -> Self {
        Self { tab, ..Self::default() }
    }

    pub fn of(&self, row: Pair) -> Choice {
        let rest = Choice { ticked: self.everything.is_some(), primary: self.everything.unwrap_or(Side::InStore) };
        self.rows.get(&row).copied().unwrap_or(rest)
    }

    pub fn everything(&self) -> Option<Side> {
        self.everything
    }

    fn set(&mut self, row: Pair, choice: Choice) {
        self.rows.remove(&row);
        // What is as it is without a word needs none.
        if self.of(row) != choice {
            self.rows.insert(row, choice);
        }
    }

    pub fn toggle(&mut self, row: Pair) {
        let choice = self.of(row);
        self.set(row, Choice { ticked: !choice.ticked, ..choice });
    }

    /// Ticks rows; with a side also makes it their primary system.
    pub fn tick(&mut self, rows: impl IntoIterator<Item = Pair>, primary: Option<Side>) {
        for row in rows {
            let primary = primary.unwrap_or(self.of(row).primary);
            self.set(row, Choice { ticked: true, primary });
        }
    }

    /// Ticks rows, or unticks them if all are ticked.
    pub fn toggle_all(&mut self, rows: &[Pair]) {
        let ticked = !rows.iter().all(|row| self.of(*row).ticked);
        for row in rows {
            let choice = self.of(*row);
            self.set(*row, Choice { ticked, ..choice });
        }
    }

    pub fn turn_primary(&mut self, row: Pair) {
        let choice = self.of(row);
        self.set(row, Choice { primary: choice.primary.other(), ..choice });
    }

    /// The whole report at once, whatever was chosen for its rows before.
    pub fn tick_everything(&mut self, primary: Side) {
        self.rows.clear();
        self.everything = Some(primary);
    }

    pub fn clear(&mut self) {
        *self = Self::among(self.tab);
    }

    /// How many rows are ticked, of a list with so many.
    pub fn count(&self, all: u64) -> u64 {
        let with = |ticked| self.rows.values().filter(|choice| choice.ticked == ticked).count() as u64;
        match self.everything {
            Some(_) => all.saturating_sub(with(false)),
            None => with(true),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.everything.is_none() && !self.rows.values().any(|choice| choice.ticked)
    }

    /// As the engine is told.
    pub fn selection(&self) -> LinkSelection {
        let said = self.rows.iter().filter(|(_, choice)| self.everything.is_some() || choice.ticked);
        LinkSelection {
            everything: self.everything.map(|side| (ReportView::of(self.tab), side)),
            choices: said
                .map(|((in_store, online), choice)| LinkChoice {
                    in_store: *in_store,
                    online: *online,
                    ticked: choice.ticked,
                    primary: choice.primary,
                })
                .collect(),
        }
    }
}
