//! How much of a collection is at hand, and when it is put aside.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::store::Spare;

use super::cellar::Cellar;
use super::leaf::{Filed, Leaf};

/// Records in the cellar for each thing there is, after which it is made anew.
const WORN: u64 = 3;

/// So many things may be at hand: a listing takes a kilobyte or two.
pub const AT_HAND: usize = 4096;

/// Records that a cellar may have in any case.
const LEAST: u64 = 1 << 16;

/// Clones share the cellar, and count together what they have at hand.
#[derive(Debug, Clone)]
pub struct Keeper {
    cellar: Arc<Cellar>,
    /// How many are at hand, about.
    at_hand: Arc<AtomicUsize>,
    most: usize,
}

/// Leaves that may be shared with somebody else, who keeps what he has.
pub trait Leaves<T> {
    /// Changes those that are wanted.
    fn each(&mut self, wanted: impl Fn(&Leaf<T>) -> bool, act: impl FnMut(&mut Leaf<T>));
}

/// Whether most of a cellar is of no use any more. `count`: records that are; `least`: so many it may have in any case.
pub fn is_worn(cellar: &Cellar, count: u64, least: u64) -> bool {
    cellar.written() > WORN * count + least
}

impl Default for Keeper {
    fn default() -> Self {
        Self { cellar: Arc::default(), at_hand: Arc::default(), most: AT_HAND }
    }
}

impl Keeper {
    /// `spare`: where what is put aside goes; without one it stays in memory, packed. `most`: so many may be at hand.
    pub fn new(spare: Option<Spare>, most: usize) -> Self {
        Self { cellar: Arc::new(Cellar::new(spare)), most, ..Self::default() }
    }

    pub fn cellar(&self) -> &Cellar {
        &self.cellar
    }

    /// Counts one more at hand, if it was not.
    pub fn count(&self, read: bool) {
        if read {
            self.at_hand.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Puts aside what is at hand, if that has become too much. `count`: of all there are.
    pub fn tidy<T: Filed>(&mut self, leaves: &mut impl Leaves<T>, count: u64) {
        if self.at_hand.load(Ordering::Relaxed) <= self.most {
            return;
        }
        let mut bytes = Vec::new();
        leaves.each(Leaf::has_at_hand, |leaf| leaf.tidy(&self.cellar, &mut bytes));
        self.at_hand.store(0, Ordering::Relaxed);
        if !is_worn(&self.cellar, count, LEAST) {
            return;
        }
        // One with nothing in it but what is of use. Pictures taken before go on with the old one.
        let fresh = self.cellar.another();
        leaves.each(|_| true, |leaf| leaf.move_to(&self.cellar, &fresh, &mut bytes));
        self.cellar = Arc::new(fresh);
    }
}
