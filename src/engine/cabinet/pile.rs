//! Things by number, the most of them put aside; for what is neither searched nor counted. See [`super::Cabinet`].

use std::sync::Arc;

use crate::store::Spare;

use super::keeper::{Keeper, Leaves};
use super::leaf::{Filed, LEAF, Leaf};

/// Clones are still pictures, and cheap.
#[derive(Debug, Clone)]
pub struct Pile<T> {
    /// By number, divided by [`LEAF`].
    leaves: Arc<Vec<Option<Arc<Leaf<T>>>>>,
    keeper: Keeper,
    count: u64,
}

impl<T> Default for Pile<T> {
    fn default() -> Self {
        Self { leaves: Arc::default(), keeper: Keeper::default(), count: 0 }
    }
}

impl<T: Filed> Leaves<T> for Arc<Vec<Option<Arc<Leaf<T>>>>> {
    fn each(&mut self, wanted: impl Fn(&Leaf<T>) -> bool, mut act: impl FnMut(&mut Leaf<T>)) {
        for leaf in Self::make_mut(self).iter_mut().flatten().filter(|leaf| wanted(leaf)) {
            act(Arc::make_mut(leaf));
        }
    }
}

/// The leaf that something is in, and its spot there.
pub fn place(number: u64) -> (usize, usize) {
    // A number beyond all leaves is in none.
    (usize::try_from(number / LEAF as u64).unwrap_or(usize::MAX), (number % LEAF as u64) as usize)
}

/// A leaf to be written to, made if there is none.
pub fn leaf_mut<L: Clone + Default>(leaves: &mut Arc<Vec<Option<Arc<L>>>>, place: usize) -> &mut L {
    let leaves = Arc::make_mut(leaves);
    if leaves.len() <= place {
        leaves.resize(place + 1, None);
    }
    Arc::make_mut(leaves[place].get_or_insert_default())
}

impl<T: Filed> Pile<T> {
    pub fn new(spare: Option<Spare>, most_at_hand: usize) -> Self {
        Self { keeper: Keeper::new(spare, most_at_hand), ..Self::default() }
    }

    fn leaf(&self, number: u64) -> Option<(&Leaf<T>, usize)> {
        let (leaf, spot) = place(number);
        let leaf = self.leaves.get(leaf)?.as_deref()?;
        leaf.holds(spot).then_some((leaf, spot))
    }

    pub fn get(&self, number: u64) -> Option<&Arc<T>> {
        let (leaf, spot) = self.leaf(number)?;
        let (one, read) = leaf.get(spot, self.keeper.cellar())?;
        self.keeper.count(read);
        Some(one)
    }

    /// All in order; what was not at hand is not afterwards.
    pub fn all(&self) -> impl Iterator<Item = Arc<T>> + '_ {
        let leaves = self.leaves.iter().flatten();
        leaves.flat_map(|leaf| leaf.spots().filter_map(|spot| leaf.look(spot, self.keeper.cellar())))
    }

    pub fn put(&mut self, number: u64, one: Arc<T>) {
        self.count += u64::from(self.leaf(number).is_none());
        let (at, spot) = place(number);
        let read = leaf_mut(&mut self.leaves, at).put(spot, one);
        self.keeper.count(read);
    }

    pub fn take_out(&mut self, number: u64) -> Option<Arc<T>> {
        let (leaf, spot) = self.leaf(number)?;
        let one = leaf.look(spot, self.keeper.cellar());
        self.count -= 1;
        let (at, spot) = place(number);
        let leaf = leaf_mut(&mut self.leaves, at);
        leaf.take_out(spot);
        if leaf.is_empty() {
            Arc::make_mut(&mut self.leaves)[at] = None;
        }
        one
    }

    /// Puts aside what is at hand, if that has become too much.
    pub fn tidy(&mut self) {
        self.keeper.tidy(&mut self.leaves, self.count);
    }
}
