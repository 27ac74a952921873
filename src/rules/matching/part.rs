//! A part of a table: open addressing among the keys whose digests begin with the same bits.
//!
//! Homes are in the order of the digests, so that a part that is made at once is written from its first slot to its last.

use super::crowd::Sharer;
use super::keys::Digest;

/// A part with more slots than this is halved and not made larger.
pub const MOST_SLOTS: usize = 8192;

/// The holders of one side, packed: nobody, one listing, or a crowd by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed(u32);

const CROWD: u32 = 1 << 31;

impl Packed {
    pub const NOBODY: Self = Self(u32::MAX);

    pub fn one(sharer: Sharer) -> Self {
        Self(sharer.bits())
    }

    pub fn in_crowd(number: u32) -> Self {
        Self(number | CROWD)
    }

    pub fn crowd(self) -> Option<usize> {
        (self != Self::NOBODY && self.0 & CROWD != 0).then_some((self.0 & !CROWD) as usize)
    }

    pub fn sharer(self) -> Option<Sharer> {
        (self.0 & CROWD == 0).then_some(Sharer::from_bits(self.0))
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Slot {
    pub digest: Digest,
    pub holders: [Packed; 2],
}

impl Slot {
    const EMPTY: Self = Self { digest: 0, holders: [Packed::NOBODY; 2] };

    pub fn is_empty(&self) -> bool {
        self.holders == Self::EMPTY.holders
    }
}

/// Never without an empty slot.
#[derive(Debug, Clone)]
pub struct Part {
    /// How many first bits all its digests have in common.
    pub bits: u32,
    pub slots: Vec<Slot>,
    used: usize,
}

impl Part {
    /// Room for so many keys, and for some that come later.
    pub fn with_room(bits: u32, keys: usize) -> Self {
        Self::of_slots(bits, (keys + keys / 2).max(16))
    }

    fn of_slots(bits: u32, slots: usize) -> Self {
        Self { bits, slots: vec![Slot::EMPTY; slots], used: 0 }
    }

    pub fn size(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>() + size_of::<Self>()
    }

    pub fn is_full(&self) -> bool {
        self.used * 5 >= self.slots.len() * 4
    }

    /// Where the way to a digest begins.
    pub fn home(&self, digest: Digest) -> usize {
        ((u128::from(digest << self.bits) * self.slots.len() as u128) >> 64) as usize
    }

    pub fn after(&self, at: usize) -> usize {
        if at + 1 == self.slots.len() { 0 } else { at + 1 }
    }

    /// An empty slot for a digest, which the caller fills.
    pub fn claim(&mut self, digest: Digest) -> usize {
        let at = self.free(self.home(digest));
        self.slots[at].digest = digest;
        self.used += 1;
        at
    }

    fn free(&self, from: usize) -> usize {
        let mut at = from;
        while !self.slots[at].is_empty() {
            at = self.after(at);
        }
        at
    }

    /// For slots that come in the order of their digests, into a part that has nothing else: `next` is 0, then what the
    /// last one returned.
    pub fn append(&mut self, slot: Slot, next: usize) -> usize {
        // All before `next` as far back as the home of this one is taken.
        let at = self.home(slot.digest).max(next);
        let at = if at < self.slots.len() { at } else { self.free(0) };
        self.slots[at] = slot;
        self.used += 1;
        next.max(at + 1)
    }

    pub fn double(&mut self) {
        let old = std::mem::replace(self, Self::of_slots(self.bits, self.slots.len() * 2));
        old.slots.into_iter().for_each(|slot| self.put(slot));
    }

    /// Keeps the digests whose next bit is 0; the others are in the part that is returned.
    pub fn halve(&mut self) -> Self {
        let bits = self.bits + 1;
        let is_later = |slot: &Slot| slot.digest >> (64 - bits) & 1 == 1;
        let many = self.slots.iter().filter(|slot| !slot.is_empty() && is_later(slot)).count();
        let [mut later, earlier] = [many, self.used - many].map(|keys| Self::with_room(bits, keys));
        for slot in std::mem::replace(self, earlier).slots {
            if is_later(&slot) {
                later.put(slot);
            } else {
                self.put(slot);
            }
        }
        later
    }

    fn put(&mut self, slot: Slot) {
        if !slot.is_empty() {
            let at = self.claim(slot.digest);
            self.slots[at] = slot;
        }
    }

    /// Moves those that stand behind an emptied slot only because it was taken.
    pub fn close_gap(&mut self, mut gap: usize) {
        self.used -= 1;
        let slots = self.slots.len();
        let way = |from: usize, to: usize| if to < from { to + slots - from } else { to - from };
        let mut at = self.after(gap);
        while !self.slots[at].is_empty() {
            // Whether the way from home to here leads over the gap.
            if way(self.home(self.slots[at].digest), at) >= way(gap, at) {
                self.slots[gap] = self.slots[at];
                gap = at;
            }
            at = self.after(at);
        }
        self.slots[gap] = Slot::EMPTY;
    }
}
