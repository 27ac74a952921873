//! A few listings that have numbers beside each other: what every view looks at, and the way to the rest.
//!
//! What is searched lies in one piece ([`Texts`]). All else is read from the cellar when somebody asks, and stays at hand
//! until the cabinet is tidied.

use std::sync::Arc;

use crate::domain::ConnectionId;

use super::cellar::Cellar;
use super::kept::Kept;
use super::leaf::{LEAF, Leaf, bit};
use super::texts::Texts;

/// From here on variants are not counted here.
const MANY: u8 = u8::MAX;

/// A spot in it is a number below [`LEAF`].
#[derive(Debug, Clone)]
pub struct Drawer {
    pub leaf: Leaf<Kept>,
    /// Deleted on the platform; a bit for each spot.
    gone: u64,
    /// Those that its listings are of; few.
    connections: Vec<ConnectionId>,
    /// By spot: a place in `connections`.
    connection: [u8; LEAF],
    /// By spot: how many variants, [`MANY`] for that many or more.
    variants: [u8; LEAF],
    pub texts: Texts,
}

impl Default for Drawer {
    fn default() -> Self {
        Self {
            leaf: Leaf::default(),
            gone: 0,
            connections: Vec::new(),
            connection: [0; LEAF],
            variants: [0; LEAF],
            texts: Texts::default(),
        }
    }
}

impl Drawer {
    pub const fn is_gone(&self, spot: usize) -> bool {
        self.gone & bit(spot) != 0
    }

    pub fn connection(&self, spot: usize) -> Option<ConnectionId> {
        self.leaf.holds(spot).then(|| self.connections.get(usize::from(self.connection[spot])).copied()).flatten()
    }

    /// `None` where there are more than are counted here.
    pub fn variants(&self, spot: usize) -> Option<usize> {
        Some(self.variants[spot]).filter(|count| *count < MANY).map(usize::from)
    }

    /// Puts a listing here, whatever was here. Whether nothing of this spot was at hand.
    /// `texts`: where the texts of this drawer lie, if they do not lie here.
    pub fn put(&mut self, spot: usize, kept: Kept, text: &str, texts: &Cellar) -> bool {
        let known = &kept.known;
        let place = self.connections.iter().position(|connection| *connection == known.connection);
        let place = place.unwrap_or_else(|| {
            self.connections.push(known.connection);
            self.connections.len() - 1
        });
        // Connections that left count too; there are no more of them than listings ever had spots here.
        self.connection[spot] = u8::try_from(place).unwrap_or(u8::MAX);
        self.variants[spot] = u8::try_from(known.variants.len()).unwrap_or(MANY);
        self.texts.set(spot, Some(text), texts);
        self.set_gone(spot, known.gone);
        self.leaf.put(spot, Arc::new(kept))
    }

    fn set_gone(&mut self, spot: usize, gone: bool) {
        if gone { self.gone |= bit(spot) } else { self.gone &= !bit(spot) }
    }

    pub fn take_out(&mut self, spot: usize, texts: &Cellar) {
        self.texts.set(spot, None, texts);
        self.gone &= !bit(spot);
        self.leaf.take_out(spot);
    }

    /// Changes a listing, but for what is searched and counted of it. Whether it was not at hand.
    pub fn change(&mut self, spot: usize, cellar: &Cellar, change: impl FnOnce(&mut Kept)) -> Option<bool> {
        let mut gone = self.is_gone(spot);
        let read = self.leaf.change(spot, cellar, |kept| {
            change(kept);
            gone = kept.known.gone;
        });
        self.set_gone(spot, gone);
        read
    }
}
