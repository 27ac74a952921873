//! Which products are ticked. Ticks are numbers of products, not places in a list: they outlive every filter and sort.

use std::collections::BTreeSet;

use crate::domain::ProductId;
use crate::protocol::{ProductsView, Window};
use crate::tui::rows::Slot;

/// Products to a page, as the seeds have it.
pub const PAGE: u64 = 50;
/// Beyond so many rows the ticked ones are not counted among those that a filter shows.
const COUNTABLE: u64 = 20_000;

/// What is to happen with the numbers that the engine was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ticking {
    /// Tick all of them; untick them if all are ticked already.
    Page,
    All,
    Invert,
    /// The places `from..=to` of the whole view, where that is longer than one window.
    Range {
        from: u64,
        to: u64,
    },
    /// The numbers of exactly a range.
    Exactly,
}

#[derive(Debug, Default)]
pub struct Ticks {
    ticked: BTreeSet<ProductId>,
    /// How many of them the present filter does not show; `None` while that is not known.
    hidden: Option<u64>,
    counting: Slot,
    /// The view and revision that are being counted, or were.
    counted: Option<(ProductsView, u64)>,
    asking: Slot,
    ticking: Option<Ticking>,
}

impl Ticks {
    pub fn len(&self) -> u64 {
        self.ticked.len() as u64
    }

    pub fn is_empty(&self) -> bool {
        self.ticked.is_empty()
    }

    pub fn contains(&self, product: ProductId) -> bool {
        self.ticked.contains(&product)
    }

    pub fn all(&self) -> Vec<ProductId> {
        self.ticked.iter().copied().collect()
    }

    /// Of something that is shown, so the number of hidden ones stays.
    pub fn toggle(&mut self, product: ProductId) {
        if !self.ticked.remove(&product) {
            self.ticked.insert(product);
        }
    }

    pub fn clear(&mut self) {
        self.ticked.clear();
        self.hidden = Some(0);
        self.counted = None;
    }

    /// Ticks numbers that the filter shows.
    pub fn apply(&mut self, ticking: Ticking, products: &[ProductId]) {
        match ticking {
            Ticking::Page => {
                if products.iter().all(|product| self.contains(*product)) {
                    for product in products {
                        self.ticked.remove(product);
                    }
                } else {
                    self.ticked.extend(products);
                }
            }
            Ticking::All | Ticking::Exactly => self.ticked.extend(products),
            Ticking::Invert => products.iter().for_each(|product| self.toggle(*product)),
            Ticking::Range { from, to } => {
                let from = usize::try_from(from).unwrap_or(usize::MAX).min(products.len());
                let to = usize::try_from(to).unwrap_or(usize::MAX).saturating_add(1).min(products.len());
                self.ticked.extend(products.get(from..to.max(from)).unwrap_or_default());
            }
        }
    }

    /// The number of a question for numbers to tick; `None` while one is open.
    pub fn ask(&mut self, ticking: Ticking) -> Option<u64> {
        let number = self.asking.ask()?;
        self.ticking = Some(ticking);
        Some(number)
    }

    /// The answer to it.
    pub fn asked(&mut self, number: u64) -> Option<Ticking> {
        if !self.asking.take(number) {
            return None;
        }
        // The filter may be another one by now.
        self.counted = None;
        self.ticking.take()
    }

    /// The window of a range, or all numbers if it is longer than one.
    pub fn range(from: u64, to: u64) -> (Ticking, Option<Window>) {
        let length = to - from + 1;
        match u32::try_from(length) {
            Ok(limit) if limit <= 1_000 => (Ticking::Exactly, Some(Window { offset: from, limit })),
            _ => (Ticking::Range { from, to }, None),
        }
    }

    /// Whether the ticked products must be counted among those that a view shows; the number of the question.
    pub fn needs(&mut self, view: &ProductsView, revision: u64, total: u64) -> Option<u64> {
        let unfiltered = view.presence.is_none() && !view.hide_sold_out && view.search.trim().is_empty();
        if self.ticked.is_empty() || unfiltered {
            self.hidden = Some(0);
            self.counted = None;
            return None;
        }
        let wanted = (view.clone(), revision);
        if self.counted.as_ref() == Some(&wanted) {
            return None;
        }
        if total > COUNTABLE {
            self.hidden = None;
            self.counted = Some(wanted);
            return None;
        }
        let number = self.counting.ask()?;
        if self.counted.as_ref().is_none_or(|(counted, _)| counted != view) {
            self.hidden = None;
        }
        self.counted = Some(wanted);
        Some(number)
    }

    /// The numbers that the view shows; `None` if they could not be had.
    pub fn count(&mut self, number: u64, shown: Option<&[ProductId]>) -> bool {
        if !self.counting.take(number) {
            return false;
        }
        self.hidden = shown.map(|shown| {
            let shown = shown.iter().filter(|product| self.contains(**product)).count() as u64;
            self.len().saturating_sub(shown)
        });
        true
    }

    pub fn forget(&mut self) {
        self.asking.forget();
        self.counting.forget();
        self.ticking = None;
        self.counted = None;
    }

    /// `37 ticked, 5 not shown`
    pub fn sentence(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let ticked = format!("{} ticked", crate::tui::words::count(self.len()));
        Some(match self.hidden {
            Some(0) => ticked,
            Some(hidden) => format!("{ticked}, {} not shown", crate::tui::words::count(hidden)),
            None => format!("{ticked}, some perhaps not shown"),
        })
    }
}
