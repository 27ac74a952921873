//! Products in the order of their titles, kept in order with each change.
//!
//! Only numbers are held: the titles themselves are read where they are searched. So whoever changes a title takes its
//! product out before, and puts it in again afterwards: while a title is another one than the order was made with, no
//! other product would be found either.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::domain::ListingId;

use super::super::cabinet::title;
use super::super::catalogue::Snapshot;
use super::super::ranks::in_order;
use super::super::search::Found;

/// A run that gets longer is cut in two.
const LONGEST: usize = 1024;

/// Runs that are made together are so long: some products come later.
const FULL: usize = LONGEST / 4 * 3;

/// Products by title, then by number.
#[derive(Debug, Default)]
pub struct Titles {
    /// None is empty.
    runs: Vec<Vec<u32>>,
}

fn text_of(catalogue: &Snapshot, product: u32) -> Cow<'_, str> {
    catalogue.text(ListingId(product.into())).unwrap_or_default()
}

impl Titles {
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = u32> + '_ {
        self.runs.iter().flatten().copied()
    }

    pub fn len(&self) -> usize {
        self.runs.iter().map(Vec::len).sum()
    }

    /// The products from place `from` on.
    pub fn from(&self, mut from: usize) -> impl Iterator<Item = u32> + '_ {
        let mut runs = self.runs.iter();
        let first = runs.by_ref().find(|run| {
            let here = from < run.len();
            if !here {
                from -= run.len();
            }
            here
        });
        let first = first.and_then(|run| run.get(from..)).unwrap_or_default();
        first.iter().chain(runs.flatten()).copied()
    }

    /// The same, backwards: place 0 is the last one.
    pub fn back_from(&self, mut from: usize) -> impl Iterator<Item = u32> + '_ {
        let mut runs = self.runs.iter().rev();
        let first = runs.by_ref().find(|run| {
            let here = from < run.len();
            if !here {
                from -= run.len();
            }
            here
        });
        let first = first.map_or(&[][..], |run| &run[..run.len() - from]);
        first.iter().rev().chain(runs.flat_map(|run| run.iter().rev())).copied()
    }

    /// The run that a product is in, or belongs in, and its place there.
    fn find(&self, catalogue: &Snapshot, product: u32) -> (usize, Result<usize, usize>) {
        let text = text_of(catalogue, product);
        let key = (title(&text), product);
        let order = |other: u32| (title(&text_of(catalogue, other)), other).cmp(&key);
        let after =
            self.runs.partition_point(|run| run.first().is_some_and(|first| order(*first) != Ordering::Greater));
        let run = after.saturating_sub(1);
        let place = self.runs.get(run).map_or(Err(0), |run| run.binary_search_by(|other| order(*other)));
        (run, place)
    }

    pub fn insert(&mut self, catalogue: &Snapshot, product: u32) {
        let (run, Err(place)) = self.find(catalogue, product) else { return };
        if self.runs.is_empty() {
            self.runs.push(Vec::new());
        }
        self.runs[run].insert(place, product);
        if self.runs[run].len() > LONGEST {
            let mut second = self.runs[run].split_off(LONGEST / 2);
            second.reserve_exact(LONGEST / 4);
            self.runs[run].shrink_to(FULL);
            self.runs.insert(run + 1, second);
        }
    }

    pub fn remove(&mut self, catalogue: &Snapshot, product: u32) {
        if let (run, Ok(place)) = self.find(catalogue, product) {
            self.runs[run].remove(place);
            if self.runs[run].is_empty() {
                self.runs.remove(run);
            }
        }
    }

    /// Takes out all that are not wanted.
    pub fn retain(&mut self, mut wanted: impl FnMut(u32) -> bool) {
        self.runs.iter_mut().for_each(|run| run.retain(|product| wanted(*product)));
        self.runs.retain(|run| !run.is_empty());
    }

    /// Puts many in at once.
    pub fn extend(&mut self, catalogue: &Snapshot, products: impl Iterator<Item = u32>) {
        let all: Found = self.iter().chain(products).collect();
        self.runs.clear();
        let mut run = Vec::with_capacity(FULL);
        in_order(
            catalogue,
            |text| Some(title(text)),
            |product| all.holds(product),
            |product, _| {
                run.push(product);
                if run.len() == FULL {
                    self.runs.push(std::mem::replace(&mut run, Vec::with_capacity(FULL)));
                }
            },
        );
        run.shrink_to_fit();
        self.runs.extend(Some(run).filter(|run| !run.is_empty()));
    }
}
