//! A few listings that have numbers beside each other: what every view looks at, and the way to the rest.
//!
//! What is searched lies in one piece, title, SKUs and barcodes, so that a search runs over it without a stop. All else is
//! read from the cellar when somebody asks, and stays at hand until the cabinet is tidied.

use std::sync::Arc;

use crate::domain::ConnectionId;

use super::cellar::Cellar;
use super::kept::Kept;
use super::leaf::{LEAF, Leaf, bit};

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
    /// The searched texts, one after the other, each with a line break at its end.
    text: Box<str>,
    /// By spot: where its text ends.
    ends: [u32; LEAF],
}

impl Default for Drawer {
    fn default() -> Self {
        Self {
            leaf: Leaf::default(),
            gone: 0,
            connections: Vec::new(),
            connection: [0; LEAF],
            variants: [0; LEAF],
            text: Box::default(),
            ends: [0; LEAF],
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

    /// Title, SKUs and barcodes as they are searched, a line for each; see [`super::kept::searched`].
    pub fn text(&self, spot: usize) -> &str {
        let start = spot.checked_sub(1).map_or(0, |before| self.ends[before]) as usize;
        let text = self.text.get(start..self.ends[spot] as usize).unwrap_or_default();
        text.strip_suffix('\n').unwrap_or(text)
    }

    /// The texts of all, and where each ends.
    pub const fn texts(&self) -> (&str, &[u32; LEAF]) {
        (&self.text, &self.ends)
    }

    fn set_text(&mut self, spot: usize, text: Option<&str>) {
        let start = spot.checked_sub(1).map_or(0, |before| self.ends[before]) as usize;
        let end = self.ends[spot] as usize;
        let whole = &self.text[start..end];
        if whole.strip_suffix('\n') == text {
            return;
        }
        let length = text.map_or(0, |text| text.len() + 1);
        let mut fresh = String::with_capacity(self.text.len() - whole.len() + length);
        fresh.push_str(&self.text[..start]);
        if let Some(text) = text {
            fresh.push_str(text);
            fresh.push('\n');
        }
        fresh.push_str(&self.text[end..]);
        self.text = fresh.into_boxed_str();
        for later in &mut self.ends[spot..] {
            // Four thousand million bytes in 64 listings: no platform takes a hundredth of that.
            *later = u32::try_from(*later as usize - (end - start) + length).unwrap_or(u32::MAX);
        }
    }

    /// Puts a listing here, whatever was here. Whether nothing of this spot was at hand.
    pub fn put(&mut self, spot: usize, kept: Kept, text: &str) -> bool {
        let known = &kept.known;
        let place = self.connections.iter().position(|connection| *connection == known.connection);
        let place = place.unwrap_or_else(|| {
            self.connections.push(known.connection);
            self.connections.len() - 1
        });
        // Connections that left count too; there are no more of them than listings ever had spots here.
        self.connection[spot] = u8::try_from(place).unwrap_or(u8::MAX);
        self.variants[spot] = u8::try_from(known.variants.len()).unwrap_or(MANY);
        self.set_text(spot, Some(text));
        self.set_gone(spot, known.gone);
        self.leaf.put(spot, Arc::new(kept))
    }

    fn set_gone(&mut self, spot: usize, gone: bool) {
        if gone { self.gone |= bit(spot) } else { self.gone &= !bit(spot) }
    }

    pub fn take_out(&mut self, spot: usize) {
        self.set_text(spot, None);
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
