//! Who has which key, on both sides: one open hash table per kind of key.
//!
//! Sixteen bytes a key. Nearly every key stands on one listing of a side, and then its place is in the slot itself; where
//! several share a key, they stand in an ordered set beside the table, so that a million that share one are no slower
//! to keep than a million that do not. A digest only leads to a slot: that the slot is of the same key is for the caller
//! to say, who compares the keys themselves.

use std::collections::BTreeSet;

use crate::domain::ListingId;

use super::keys::Digest;
use super::rows::Place;

/// A listing that has a key. Active ones come first, then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    pub inactive: bool,
    pub id: ListingId,
    pub place: Place,
}

/// The holders of one side, packed: nobody, one listing, or a crowd by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Packed(u32);

const CROWD: u32 = 1 << 31;
const INACTIVE: u32 = 1 << 30;

impl Packed {
    const NOBODY: Self = Self(u32::MAX);

    fn one(place: Place, inactive: bool) -> Self {
        Self(place | if inactive { INACTIVE } else { 0 })
    }

    fn crowd(self) -> Option<usize> {
        (self != Self::NOBODY && self.0 & CROWD != 0).then_some((self.0 & !CROWD) as usize)
    }
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    digest: Digest,
    holders: [Packed; 2],
}

impl Slot {
    const EMPTY: Self = Self { digest: 0, holders: [Packed::NOBODY; 2] };

    fn is_empty(&self) -> bool {
        self.holders == Self::EMPTY.holders
    }
}

/// The listings of one side that share one key.
#[derive(Debug, Clone, Copy)]
pub enum Sharers<'t> {
    Nobody,
    One { place: Place, inactive: bool },
    Several(&'t BTreeSet<Holder>),
}

impl<'t> Sharers<'t> {
    /// The one active listing that has the key; `None` if there is none or several. Inactive ones do not count: to
    /// archive the duplicate is how a shop cleans up (the seeds say so).
    pub fn only(self) -> Option<Place> {
        match self {
            Self::Nobody | Self::One { inactive: true, .. } => None,
            Self::One { place, inactive: false } => Some(place),
            Self::Several(_) => {
                let mut active = self.active();
                active.next().filter(|_| active.next().is_none())
            }
        }
    }

    pub fn several_active(self) -> bool {
        self.active().nth(1).is_some()
    }

    pub fn is_empty(self) -> bool {
        matches!(self, Self::Nobody)
    }

    pub fn count(self) -> usize {
        match self {
            Self::Nobody => 0,
            Self::One { .. } => 1,
            Self::Several(crowd) => crowd.len(),
        }
    }

    /// Active ones first, then by number.
    pub fn places(self) -> impl Iterator<Item = Place> + 't {
        self.holders().map(|(place, _)| place)
    }

    pub fn active(self) -> impl Iterator<Item = Place> + 't {
        self.holders().take_while(|(_, inactive)| !inactive).map(|(place, _)| place)
    }

    fn holders(self) -> impl Iterator<Item = (Place, bool)> + 't {
        let (one, several) = match self {
            Self::Nobody => (None, None),
            Self::One { place, inactive } => (Some((place, inactive)), None),
            Self::Several(crowd) => (None, Some(crowd.iter().map(|holder| (holder.place, holder.inactive)))),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }
}

#[derive(Debug, Clone, Default)]
pub struct Table {
    /// A power of two, or nothing.
    slots: Vec<Slot>,
    used: usize,
    crowds: Vec<BTreeSet<Holder>>,
    spare: Vec<u32>,
}

/// Asks whether a listing, by side and place, has the key that is looked for.
pub trait Asks {
    /// Whether it has to be asked at all.
    const ASKS: bool = true;

    fn has_key(&mut self, side: usize, place: Place) -> bool;
}

/// Digests are taken for the keys: for tables whose finds are checked by whoever looks.
pub struct Unasked;

impl Asks for Unasked {
    const ASKS: bool = false;

    fn has_key(&mut self, _: usize, _: Place) -> bool {
        true
    }
}

impl Table {
    /// The holders of a key on both sides.
    pub fn find(&self, digest: Digest, asks: &mut impl Asks) -> [Sharers<'_>; 2] {
        match self.slot(digest, asks) {
            Ok(at) => self.sharers(&self.slots[at]),
            Err(_) => [Sharers::Nobody; 2],
        }
    }

    /// The holders of every key.
    pub fn all(&self) -> impl Iterator<Item = [Sharers<'_>; 2]> {
        self.slots.iter().filter(|slot| !slot.is_empty()).map(|slot| self.sharers(slot))
    }

    /// Bytes that it takes up, crowds by estimate.
    pub fn size(&self) -> usize {
        let crowded: usize = self.crowds.iter().map(BTreeSet::len).sum();
        self.slots.capacity() * size_of::<Slot>() + crowded * 2 * size_of::<Holder>()
    }

    /// `id` tells the number of a listing of this side.
    pub fn add(
        &mut self,
        digest: Digest,
        side: usize,
        holder: Holder,
        asks: &mut impl Asks,
        id: impl Fn(Place) -> ListingId,
    ) {
        if self.used * 5 >= self.slots.len() * 4 {
            self.grow();
        }
        let at = match self.slot(digest, asks) {
            Ok(at) => at,
            Err(at) => {
                self.used += 1;
                self.slots[at].digest = digest;
                at
            }
        };
        let packed = self.slots[at].holders[side];
        if let Some(crowd) = packed.crowd() {
            self.crowds[crowd].insert(holder);
            return;
        }
        self.slots[at].holders[side] = match one(packed) {
            Sharers::One { place, inactive } if place != holder.place => {
                let crowd = BTreeSet::from([Holder { inactive, id: id(place), place }, holder]);
                let number = self.spare.pop().unwrap_or(self.crowds.len() as u32);
                match self.crowds.get_mut(number as usize) {
                    Some(spare) => *spare = crowd,
                    None => self.crowds.push(crowd),
                }
                Packed(number | CROWD)
            }
            _ => Packed::one(holder.place, holder.inactive),
        };
    }

    /// The holder must be as it was when it was added.
    pub fn remove(&mut self, digest: Digest, side: usize, holder: Holder, asks: &mut impl Asks) {
        let Ok(at) = self.slot(digest, asks) else { return };
        let packed = self.slots[at].holders[side];
        match packed.crowd() {
            Some(number) => {
                let crowd = &mut self.crowds[number];
                crowd.remove(&holder);
                if let (Some(last), true) = (crowd.first().copied(), crowd.len() == 1) {
                    crowd.clear();
                    self.spare.push(number as u32);
                    self.slots[at].holders[side] = Packed::one(last.place, last.inactive);
                }
            }
            None if packed == Packed::one(holder.place, holder.inactive) => {
                self.slots[at].holders[side] = Packed::NOBODY;
                if self.slots[at].is_empty() {
                    self.close_gap(at);
                }
            }
            None => {}
        }
    }

    fn sharers(&self, slot: &Slot) -> [Sharers<'_>; 2] {
        slot.holders.map(|packed| match packed.crowd() {
            Some(number) => Sharers::Several(&self.crowds[number]),
            None => one(packed),
        })
    }

    /// Where a key is, or else where it would be put.
    fn slot<A: Asks>(&self, digest: Digest, asks: &mut A) -> Result<usize, usize> {
        if self.slots.is_empty() {
            return Err(0);
        }
        let mut at = self.home(digest);
        loop {
            let slot = &self.slots[at];
            if slot.is_empty() {
                return Err(at);
            }
            if slot.digest == digest {
                if !A::ASKS {
                    return Ok(at);
                }
                let any = self
                    .sharers(slot)
                    .into_iter()
                    .zip(0..)
                    .find_map(|(sharers, side)| sharers.places().next().map(|place| (side, place)));
                if any.is_some_and(|(side, place)| asks.has_key(side, place)) {
                    return Ok(at);
                }
            }
            at = self.next(at);
        }
    }

    /// By the high bits: whoever comes in the order of digests walks through the table from end to end.
    fn home(&self, digest: Digest) -> usize {
        digest.checked_shr(64 - self.slots.len().trailing_zeros()).unwrap_or(0) as usize
    }

    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    /// Room for so many keys in all, and for some that come later.
    pub fn make_room(&mut self, keys: usize) {
        let slots = (keys + keys / 2).next_power_of_two().max(16);
        if slots > self.slots.len() {
            self.grow_to(slots);
        }
    }

    fn grow(&mut self) {
        self.grow_to((self.slots.len() * 2).max(16));
    }

    fn grow_to(&mut self, slots: usize) {
        let bigger = vec![Slot::EMPTY; slots];
        for slot in std::mem::replace(&mut self.slots, bigger) {
            if !slot.is_empty() {
                let mut at = self.home(slot.digest);
                while !self.slots[at].is_empty() {
                    at = self.next(at);
                }
                self.slots[at] = slot;
            }
        }
    }

    /// Moves those that stand behind an emptied slot only because it was taken.
    fn close_gap(&mut self, mut gap: usize) {
        self.used -= 1;
        let mut at = self.next(gap);
        while !self.slots[at].is_empty() {
            let home = self.home(self.slots[at].digest);
            // Whether the way from home to here leads over the gap.
            let mask = self.slots.len() - 1;
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(gap) & mask) {
                self.slots[gap] = self.slots[at];
                gap = at;
            }
            at = self.next(at);
        }
        self.slots[gap] = Slot::EMPTY;
    }
}

/// Of holders that are no crowd.
fn one(packed: Packed) -> Sharers<'static> {
    if packed == Packed::NOBODY {
        return Sharers::Nobody;
    }
    Sharers::One { place: packed.0 & !INACTIVE, inactive: packed.0 & INACTIVE != 0 }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    /// Listing `n` has the key `n % 7`, and all digests are one of two.
    struct Is(u32);

    impl Asks for Is {
        fn has_key(&mut self, _: usize, place: Place) -> bool {
            place % 7 == self.0
        }
    }

    proptest! {
        /// Digests that collide, listings that come and go: the table tells what plain sets tell.
        #[test]
        fn a_table_is_a_map_of_sets(edits in proptest::collection::vec((0u32..40, 0usize..2, any::<bool>(), any::<bool>()), 0..120)) {
            let mut table = Table::default();
            let mut plain: BTreeMap<(u32, usize), BTreeSet<Holder>> = BTreeMap::new();
            for (place, side, inactive, in_or_out) in edits {
                let holder = Holder { inactive, id: ListingId(u64::from(100 - place)), place };
                let key = place % 7;
                let digest = u64::from(key % 2);
                let set = plain.entry((key, side)).or_default();
                if set.iter().any(|known| known.place == place && known.inactive != inactive) {
                    continue;
                }
                if in_or_out {
                    set.insert(holder);
                    table.add(digest, side, holder, &mut Is(key), |place| ListingId(u64::from(100 - place)));
                } else {
                    set.remove(&holder);
                    table.remove(digest, side, holder, &mut Is(key));
                }
                for key in 0..7 {
                    let found = table.find(u64::from(key % 2), &mut Is(key));
                    for (side, found) in found.into_iter().enumerate() {
                        let expected: Vec<_> = plain.get(&(key, side)).into_iter().flatten().collect();
                        let places: Vec<Place> = expected.iter().map(|holder| holder.place).collect();
                        let active: Vec<Place> =
                            expected.iter().filter(|holder| !holder.inactive).map(|holder| holder.place).collect();
                        prop_assert_eq!(found.places().collect::<Vec<_>>(), places.clone());
                        prop_assert_eq!(found.active().collect::<Vec<_>>(), active.clone());
                        prop_assert_eq!(found.only(), (active.len() == 1).then(|| active[0]));
                        prop_assert_eq!(found.several_active(), active.len() > 1);
                        prop_assert_eq!((found.count(), found.is_empty()), (places.len(), places.is_empty()));
                    }
                }
            }
            let kept = plain.values().map(BTreeSet::len).sum::<usize>();
            prop_assert_eq!(table.all().flatten().map(Sharers::count).sum::<usize>(), kept);
        }
    }
}
