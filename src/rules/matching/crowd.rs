//! The listings of one side that share one key, where they are several.
//!
//! Four bytes a listing, in parts of a bounded length: two that share a SKU take up next to nothing, and among a million
//! with one title a listing is put in or taken out by moving a few thousand bytes.

use crate::domain::ListingId;

use super::rows::Place;

/// A listing that has a key. Active ones come first, then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    pub inactive: bool,
    pub id: ListingId,
    pub place: Place,
}

/// A place, and in the bit above all places whether the listing there is inactive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sharer(u32);

impl Sharer {
    const INACTIVE: u32 = 1 << 30;

    pub fn new(place: Place, inactive: bool) -> Self {
        Self(place | if inactive { Self::INACTIVE } else { 0 })
    }

    /// As [`Self::bits`] told it.
    pub fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Of 31 bits, in the order of active and inactive ones, then of places.
    pub fn bits(self) -> u32 {
        self.0
    }

    pub fn place(self) -> Place {
        self.0 & !Self::INACTIVE
    }

    pub fn is_active(self) -> bool {
        self.0 & Self::INACTIVE == 0
    }

    fn rank(self, id: &impl Fn(Place) -> ListingId) -> (bool, ListingId) {
        (!self.is_active(), id(self.place()))
    }
}

impl From<Holder> for Sharer {
    fn from(holder: Holder) -> Self {
        Self::new(holder.place, holder.inactive)
    }
}

/// Listings in one part at the most.
const MOST: usize = 2048;

/// In the order of [`Holder`].
#[derive(Debug, Clone)]
pub enum Crowd {
    Few(Vec<Sharer>),
    Many(Box<Many>),
}

/// None of the parts is empty.
#[derive(Debug, Clone)]
pub struct Many {
    parts: Vec<Vec<Sharer>>,
    count: usize,
}

impl Default for Crowd {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Crowd {
    /// In the right order already.
    pub fn of(sharers: impl ExactSizeIterator<Item = Sharer>) -> Self {
        let count = sharers.len();
        if count <= MOST {
            return Self::Few(sharers.collect());
        }
        let mut parts: Vec<Vec<Sharer>> = Vec::with_capacity(count / (MOST / 2) + 1);
        for sharer in sharers {
            match parts.last_mut() {
                Some(last) if last.len() < MOST / 2 => last.push(sharer),
                _ => {
                    let mut part = Vec::with_capacity(MOST / 2);
                    part.push(sharer);
                    parts.push(part);
                }
            }
        }
        Self::Many(Box::new(Many { parts, count }))
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Few(all) => all.len(),
            Self::Many(many) => many.count,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Sharer> + '_ {
        self.parts().iter().flatten().copied()
    }

    /// Bytes beside its own.
    pub fn size(&self) -> usize {
        self.parts().iter().map(|part| part.capacity() * size_of::<Sharer>() + size_of::<Vec<Sharer>>()).sum()
    }

    fn parts(&self) -> &[Vec<Sharer>] {
        match self {
            Self::Few(all) => std::slice::from_ref(all),
            Self::Many(many) => &many.parts,
        }
    }

    /// In which part a listing is or belongs, and where in there.
    fn find(&self, holder: Holder, id: &impl Fn(Place) -> ListingId) -> (usize, Result<usize, usize>) {
        let rank = (holder.inactive, holder.id);
        let begins = |part: &Vec<Sharer>| part.first().is_some_and(|first| first.rank(id) <= rank);
        let part = self.parts().partition_point(begins).saturating_sub(1);
        (part, self.parts()[part].binary_search_by(|sharer| sharer.rank(id).cmp(&rank)))
    }

    /// `id` tells the number of a listing of this side.
    pub fn insert(&mut self, holder: Holder, id: impl Fn(Place) -> ListingId) {
        let (part, Err(at)) = self.find(holder, &id) else { return };
        match self {
            Self::Few(all) => {
                all.insert(at, holder.into());
                if all.len() > MOST {
                    let later = all.split_off(MOST / 2);
                    let (parts, count) = (vec![std::mem::take(all), later], MOST + 1);
                    *self = Self::Many(Box::new(Many { parts, count }));
                }
            }
            Self::Many(many) => {
                many.count += 1;
                many.parts[part].insert(at, holder.into());
                if many.parts[part].len() > MOST {
                    let later = many.parts[part].split_off(MOST / 2);
                    many.parts.insert(part + 1, later);
                }
            }
        }
    }

    /// The holder must be as it was when it was put in.
    pub fn remove(&mut self, holder: Holder, id: impl Fn(Place) -> ListingId) {
        let (part, Ok(at)) = self.find(holder, &id) else { return };
        match self {
            Self::Few(all) => {
                all.remove(at);
            }
            Self::Many(many) => {
                many.count -= 1;
                many.parts[part].remove(at);
                if many.parts[part].is_empty() && many.parts.len() > 1 {
                    many.parts.remove(part);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Thousands come and go in all orders, and it is the set that a plain set is.
    #[test]
    fn a_crowd_is_an_ordered_set() {
        let many = 3 * MOST as u32;
        let id = |place: Place| ListingId(u64::from(place % 1000) * 10_000 + u64::from(place));
        let holder = |place: Place| Holder { inactive: place.is_multiple_of(5), id: id(place), place };
        let (mut crowd, mut plain) = (Crowd::default(), BTreeSet::new());
        let agree = |crowd: &Crowd, plain: &BTreeSet<Holder>| {
            assert_eq!(crowd.len(), plain.len());
            assert!(crowd.iter().eq(plain.iter().map(|holder| Sharer::from(*holder))));
        };
        for step in 0..many {
            let place = step * 7919 % many;
            crowd.insert(holder(place), id);
            crowd.insert(holder(place), id);
            plain.insert(holder(place));
        }
        agree(&crowd, &plain);
        let bulk = Crowd::of(plain.iter().map(|holder| Sharer::from(*holder)).collect::<Vec<_>>().into_iter());
        agree(&bulk, &plain);
        for mut crowd in [crowd, bulk] {
            let mut plain = plain.clone();
            for step in 0..many - 1 {
                let place = step * 6271 % many;
                crowd.remove(holder(place), id);
                crowd.remove(holder(place), id);
                plain.remove(&holder(place));
                if step.is_multiple_of(997) || step > many - 5 {
                    agree(&crowd, &plain);
                }
            }
            assert_eq!(crowd.len(), 1);
        }
    }
}
