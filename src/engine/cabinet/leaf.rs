//! Things that have numbers beside each other: those at hand, and where the others lie.

use std::fmt::Display;
use std::sync::{Arc, OnceLock};

use super::cellar::{Cellar, Place};

/// Things in one leaf; a spot in it is a number below this.
pub const LEAF: usize = 64;

/// What can be put aside. The form is read by no other process, so it has no version.
pub trait Filed: Clone {
    fn pack(&self, bytes: Vec<u8>) -> Result<Vec<u8>, postcard::Error>;

    fn unpack(bytes: &[u8]) -> Result<Self, postcard::Error>;
}

type Slots<T> = Box<[OnceLock<Arc<T>>]>;

/// Clones share what is at hand at that moment.
#[derive(Debug, Clone)]
pub struct Leaf<T> {
    /// A bit for each spot.
    there: u64,
    /// Newer at hand than in the cellar, or not in the cellar at all.
    fresh: u64,
    places: [Option<Place>; LEAF],
    at_hand: OnceLock<Slots<T>>,
}

impl<T> Default for Leaf<T> {
    fn default() -> Self {
        Self { there: 0, fresh: 0, places: [None; LEAF], at_hand: OnceLock::new() }
    }
}

pub const fn bit(spot: usize) -> u64 {
    1 << spot
}

fn empty<T>() -> Slots<T> {
    (0..LEAF).map(|_| OnceLock::new()).collect()
}

impl<T: Filed> Leaf<T> {
    pub const fn holds(&self, spot: usize) -> bool {
        self.there & bit(spot) != 0
    }

    pub const fn is_empty(&self) -> bool {
        self.there == 0
    }

    /// The spots that hold something.
    pub fn spots(&self) -> impl Iterator<Item = usize> + use<T> {
        let mut left = self.there;
        std::iter::from_fn(move || {
            let spot = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            (spot < LEAF).then_some(spot)
        })
    }

    /// Puts something here, whatever was here. Whether nothing of this spot was at hand.
    pub fn put(&mut self, spot: usize, one: Arc<T>) -> bool {
        let read = self.at_hand(spot).is_none();
        self.there |= bit(spot);
        self.fresh |= bit(spot);
        if self.at_hand.get().is_none() {
            self.at_hand = OnceLock::from(empty());
        }
        if let Some(slots) = self.at_hand.get_mut() {
            slots[spot] = OnceLock::from(one);
        }
        read
    }

    pub fn take_out(&mut self, spot: usize) {
        self.there &= !bit(spot);
        self.fresh &= !bit(spot);
        self.places[spot] = None;
        if let Some(slots) = self.at_hand.get_mut() {
            slots[spot] = OnceLock::new();
        }
    }

    fn at_hand(&self, spot: usize) -> Option<&Arc<T>> {
        self.at_hand.get().and_then(|slots| slots[spot].get())
    }

    /// Reads something and keeps it at hand. The second is true if it was not.
    pub fn get(&self, spot: usize, cellar: &Cellar) -> Option<(&Arc<T>, bool)> {
        if !self.holds(spot) {
            return None;
        }
        if let Some(one) = self.at_hand(spot) {
            return Some((one, false));
        }
        let read = self.read(spot, cellar)?;
        let slots = self.at_hand.get_or_init(empty);
        Some((slots[spot].get_or_init(|| read), true))
    }

    /// Reads something, and keeps nothing of it.
    pub fn look(&self, spot: usize, cellar: &Cellar) -> Option<Arc<T>> {
        if !self.holds(spot) {
            return None;
        }
        self.at_hand(spot).cloned().or_else(|| self.read(spot, cellar))
    }

    fn read(&self, spot: usize, cellar: &Cellar) -> Option<Arc<T>> {
        let mut bytes = Vec::new();
        let read = cellar.read(self.places[spot]?, &mut bytes).map_err(|why| why.to_string());
        match read.and_then(|()| T::unpack(&bytes).map_err(|why| why.to_string())) {
            Ok(one) => Some(Arc::new(one)),
            Err(why) => lost(&why),
        }
    }

    /// Changes something. Whether it was not at hand; `None` if there is nothing here.
    pub fn change(&mut self, spot: usize, cellar: &Cellar, change: impl FnOnce(&mut T)) -> Option<bool> {
        let read = self.at_hand(spot).is_none();
        let mut one = self.look(spot, cellar)?;
        // The slot's own hold is let go of first, so that nothing is copied that nobody else has.
        if let Some(slots) = self.at_hand.get_mut() {
            slots[spot] = OnceLock::new();
        }
        change(Arc::make_mut(&mut one));
        self.put(spot, one);
        Some(read)
    }

    pub fn has_at_hand(&self) -> bool {
        self.at_hand.get().is_some()
    }

    /// Puts aside all that is at hand. What cannot be put aside stays.
    pub fn tidy(&mut self, cellar: &Cellar, bytes: &mut Vec<u8>) {
        let fresh = self.fresh;
        for spot in self.spots().filter(|spot| fresh & bit(*spot) != 0) {
            let Some(one) = self.at_hand(spot) else { continue };
            bytes.clear();
            let packed = one.pack(std::mem::take(bytes)).map_err(std::io::Error::other);
            let put = packed.and_then(|packed| {
                *bytes = packed;
                cellar.put(bytes)
            });
            match put {
                Ok(place) => {
                    self.places[spot] = Some(place);
                    self.fresh &= !bit(spot);
                }
                Err(why) => {
                    tracing::warn!(%why, "part of what is known stays in memory");
                    return;
                }
            }
        }
        self.at_hand = OnceLock::new();
    }

    /// Brings all to another cellar, when too much of this one is of no use any more.
    pub fn move_to(&mut self, from: &Cellar, to: &Cellar, bytes: &mut Vec<u8>) {
        for spot in self.spots() {
            if let Some(place) = self.places[spot] {
                let moved = from.read(place, bytes).and_then(|()| to.put(bytes));
                self.places[spot] = Some(moved.unwrap_or_else(|why| lost(why)));
            }
        }
    }
}

/// Ends the process. What cannot be read would be taken for something that never was, and shops would be written to for
/// that; all that was acknowledged is in the store.
pub fn lost(why: impl Display) -> ! {
    tracing::error!(%why, "the engine ends: what it had put aside in its spare file cannot be read; start it again");
    std::process::abort()
}
