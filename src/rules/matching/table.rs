//! Who has which key, on both sides: one hash table per kind of key.
//!
//! Sixteen bytes a key. Nearly every key stands on one listing of a side, and then its place is in the slot itself; where
//! several share a key, they stand in a crowd beside the table, so that a million that share one are no slower to keep
//! than a million that do not. A digest only leads to a slot: that the slot is of the same key is for the caller to say,
//! who compares the keys themselves.
//!
//! The slots are cut into parts by the first bits of the digests. A part that is full grows or is halved by itself: no
//! single change of a catalogue pays for moving a million keys.

use crate::domain::ListingId;

use super::crowd::{Crowd, Holder, Sharer};
use super::keys::Digest;
use super::part::{MOST_SLOTS, Packed, Part, Slot};
use super::rows::Place;

/// The listings of one side that share one key.
#[derive(Debug, Clone, Copy)]
pub enum Sharers<'t> {
    Nobody,
    One(Sharer),
    Several(&'t Crowd),
}

impl<'t> Sharers<'t> {
    /// The one active listing that has the key; `None` if there is none or several. Inactive ones do not count: to
    /// archive the duplicate is how a shop cleans up (the seeds say so).
    pub fn only(self) -> Option<Place> {
        let mut active = self.active();
        active.next().filter(|_| active.next().is_none())
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
            Self::One(_) => 1,
            Self::Several(crowd) => crowd.len(),
        }
    }

    /// Active ones first, then by number.
    pub fn places(self) -> impl Iterator<Item = Place> + 't {
        self.all().map(Sharer::place)
    }

    pub fn active(self) -> impl Iterator<Item = Place> + 't {
        self.all().take_while(|sharer| sharer.is_active()).map(Sharer::place)
    }

    fn all(self) -> impl Iterator<Item = Sharer> + 't {
        let (one, several) = match self {
            Self::Nobody => (None, None),
            Self::One(sharer) => (Some(sharer), None),
            Self::Several(crowd) => (None, Some(crowd.iter())),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }
}

/// The first bits of digests by which parts are told apart, at the most.
const DEEPEST: u32 = 16;

#[derive(Debug, Clone, Default)]
pub struct Table {
    /// By so many first bits of a digest the directory tells in which part it is. A part of fewer bits stands there
    /// several times.
    bits: u32,
    directory: Vec<u32>,
    parts: Vec<Part>,
    crowds: Vec<Crowd>,
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
            Ok((part, at)) => self.sharers(&self.parts[part].slots[at]),
            Err(_) => [Sharers::Nobody; 2],
        }
    }

    /// The holders of every key.
    #[cfg(test)]
    pub fn all(&self) -> impl Iterator<Item = [Sharers<'_>; 2]> {
        let slots = self.parts.iter().flat_map(|part| &part.slots);
        slots.filter(|slot| !slot.is_empty()).map(|slot| self.sharers(slot))
    }

    /// Bytes that it takes up.
    pub fn size(&self) -> usize {
        self.parts.iter().map(Part::size).sum::<usize>()
            + self.directory.capacity() * size_of::<u32>()
            + self.crowds.iter().map(|crowd| crowd.size() + size_of::<Crowd>()).sum::<usize>()
    }

    /// An empty table that is filled by [`Self::fill`], part by part.
    pub fn in_parts(bits: u32) -> Self {
        Self { bits, directory: (0..1 << bits).collect(), ..Self::default() }
    }

    /// The next part at once. `keys` in the order of their digests, so many of them; those that have a key in the order
    /// of [`Holder`].
    pub fn fill<S: ExactSizeIterator<Item = Sharer>>(
        &mut self,
        count: usize,
        keys: impl Iterator<Item = (Digest, [S; 2])>,
    ) {
        let mut part = Part::with_room(self.bits, count);
        let mut next = 0;
        for (digest, sides) in keys {
            let holders = sides.map(|mut sharers| match sharers.len() {
                0 => Packed::NOBODY,
                1 => sharers.next().map_or(Packed::NOBODY, Packed::one),
                _ => self.crowded(Crowd::of(sharers)),
            });
            next = part.append(Slot { digest, holders }, next);
        }
        self.parts.push(part);
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
        let (part, at) = match self.slot(digest, asks) {
            Ok(known) => known,
            Err(_) => self.new_slot(digest),
        };
        let packed = self.parts[part].slots[at].holders[side];
        if let Some(crowd) = packed.crowd() {
            self.crowds[crowd].insert(holder, id);
            return;
        }
        self.parts[part].slots[at].holders[side] = match packed.sharer() {
            Some(sharer) if sharer.place() != holder.place => {
                let mut crowd = Crowd::of([sharer].into_iter());
                crowd.insert(holder, id);
                self.crowded(crowd)
            }
            _ => Packed::one(holder.into()),
        };
    }

    /// The holder must be as it was when it was added.
    pub fn remove(
        &mut self,
        digest: Digest,
        side: usize,
        holder: Holder,
        asks: &mut impl Asks,
        id: impl Fn(Place) -> ListingId,
    ) {
        let Ok((part, at)) = self.slot(digest, asks) else { return };
        let slot = &mut self.parts[part].slots[at];
        let packed = slot.holders[side];
        match packed.crowd() {
            Some(number) => {
                let crowd = &mut self.crowds[number];
                crowd.remove(holder, id);
                let last = crowd.iter().next();
                if let (Some(last), 1) = (last, crowd.len()) {
                    *crowd = Crowd::default();
                    self.spare.push(number as u32);
                    slot.holders[side] = Packed::one(last);
                }
            }
            None if packed == Packed::one(holder.into()) => {
                slot.holders[side] = Packed::NOBODY;
                if slot.is_empty() {
                    self.parts[part].close_gap(at);
                }
            }
            None => {}
        }
    }

    fn crowded(&mut self, crowd: Crowd) -> Packed {
        let number = self.spare.pop().unwrap_or(self.crowds.len() as u32);
        match self.crowds.get_mut(number as usize) {
            Some(spare) => *spare = crowd,
            None => self.crowds.push(crowd),
        }
        Packed::in_crowd(number)
    }

    fn sharers(&self, slot: &Slot) -> [Sharers<'_>; 2] {
        slot.holders.map(|packed| match (packed.crowd(), packed.sharer()) {
            (Some(number), _) => Sharers::Several(&self.crowds[number]),
            (None, Some(sharer)) => Sharers::One(sharer),
            (None, None) => Sharers::Nobody,
        })
    }

    fn part_of(&self, digest: Digest) -> Option<usize> {
        let place = digest.checked_shr(64 - self.bits).unwrap_or(0) as usize;
        self.directory.get(place).map(|part| *part as usize)
    }

    /// Part and slot of a key, if it has one.
    fn slot<A: Asks>(&self, digest: Digest, asks: &mut A) -> Result<(usize, usize), Unknown> {
        let number = self.part_of(digest).ok_or(Unknown)?;
        let part = &self.parts[number];
        let mut at = part.home(digest);
        loop {
            let slot = &part.slots[at];
            if slot.is_empty() {
                return Err(Unknown);
            }
            if slot.digest == digest {
                if !A::ASKS {
                    return Ok((number, at));
                }
                let any = self
                    .sharers(slot)
                    .into_iter()
                    .zip(0..)
                    .find_map(|(sharers, side)| sharers.places().next().map(|place| (side, place)));
                if any.is_some_and(|(side, place)| asks.has_key(side, place)) {
                    return Ok((number, at));
                }
            }
            at = part.after(at);
        }
    }

    /// A slot for a key that has none yet.
    fn new_slot(&mut self, digest: Digest) -> (usize, usize) {
        loop {
            match self.part_of(digest) {
                Some(part) if !self.parts[part].is_full() => return (part, self.parts[part].claim(digest)),
                Some(part) => self.grow(part, digest),
                None => {
                    self.directory = vec![0];
                    self.parts = vec![Part::with_room(0, 0)];
                }
            }
        }
    }

    /// Makes room in a part that is full, where a digest belongs that leads there.
    fn grow(&mut self, number: usize, digest: Digest) {
        let part = &mut self.parts[number];
        if part.slots.len() < MOST_SLOTS || part.bits == DEEPEST {
            part.double();
            return;
        }
        if part.bits == self.bits {
            self.directory = self.directory.iter().flat_map(|part| [*part; 2]).collect();
            self.bits += 1;
        }
        let later = part.halve();
        let spread = self.bits - later.bits;
        let first = ((digest >> (64 - later.bits)) | 1) << spread;
        let new = self.parts.len() as u32;
        self.parts.push(later);
        for place in first..first + (1 << spread) {
            self.directory[place as usize] = new;
        }
    }
}

/// That a key stands on no listing.
struct Unknown;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

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
                    table.remove(digest, side, holder, &mut Is(key), |place| ListingId(u64::from(100 - place)));
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

    /// Keys of one listing each, by the tens of thousands; some with digests that begin alike.
    #[test]
    fn a_table_grows_part_by_part() {
        let mut digests: Vec<Digest> = (1..40_000u64)
            .map(|key| key.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .map(|mixed| if mixed.is_multiple_of(200) { mixed >> 30 } else { mixed })
            .collect();
        digests.sort_unstable();
        let holder = |place: Place| Holder { inactive: false, id: ListingId(u64::from(place)), place };
        let id = |place| ListingId(u64::from(place));
        let mut grown = Table::default();
        for (place, digest) in (0..).zip(&digests) {
            grown.add(*digest, 0, holder(place), &mut Unasked, id);
        }
        assert!(grown.parts.len() > 4 && grown.parts.iter().all(|part| part.slots.len() < 2 * MOST_SLOTS));
        let mut filled = Table::in_parts(3);
        for first in 0..8 {
            let keys = (0..).zip(&digests).filter(|(_, digest)| **digest >> 61 == first);
            let count = keys.clone().count();
            filled.fill(
                count,
                keys.map(|(place, digest)| {
                    (*digest, [vec![Sharer::new(place, false)], vec![]].map(std::vec::Vec::into_iter))
                }),
            );
        }
        for table in [&mut grown, &mut filled] {
            let places = 0..digests.len() as Place;
            for place in places.clone() {
                assert_eq!(table.find(digests[place as usize], &mut Unasked)[0].only(), Some(place));
            }
            for place in places.clone().filter(|place| !place.is_multiple_of(3)) {
                table.remove(digests[place as usize], 0, holder(place), &mut Unasked, id);
            }
            for place in places {
                let found = table.find(digests[place as usize], &mut Unasked)[0].only();
                assert_eq!(found, place.is_multiple_of(3).then_some(place));
            }
        }
    }
}
