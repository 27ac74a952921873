//! What a side is told next of what it is owed: how much, at which location, or nothing at all.
//!
//! Pure. Taking away goes to the first location that still has some, in the connection's order; what it has not is taken
//! from the next one in the next round, so a count is never pushed below zero for the sake of another. Adding goes to
//! the main location.

use crate::domain::{Link, LocationId, Quantity, VariantId};

use super::ledger::{self, Offer};

/// One write: a count at a location, from what was last seen there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    pub location: LocationId,
    pub from: Quantity,
    pub to: Quantity,
}

impl Telling {
    pub fn by(&self) -> Quantity {
        self.to - self.from
    }
}

/// Whether anything of a link may be written by itself: nobody paused it, and no fall is held.
pub fn may_be_told(link: &Link) -> bool {
    !link.paused && link.members.iter().all(|member| member.held.is_none())
}

/// What a side is to be told, or `None`: it is owed nothing, or nothing can be written. `places`: the locations in use,
/// in their order, with what was last seen there (`None`: not counted there).
pub fn telling(
    link: &Link,
    variant: VariantId,
    offer: Offer,
    places: &[(&LocationId, Option<Quantity>)],
) -> Option<Telling> {
    if !may_be_told(link) {
        return None;
    }
    let owed = ledger::owed(link, variant, offer)?;
    let mut counted = places.iter().filter_map(|(location, level)| Some((*location, (*level)?)));
    let (location, from) = match owed {
        Quantity::ZERO => return None,
        less if less.is_negative() => counted.find(|(_, level)| level.is_positive())?,
        _ => counted.next()?,
    };
    let to = from + ledger::writable(from, owed);
    Some(Telling { location: location.clone(), from, to })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{ConnectionId, HeldDrop, LinkId, LinkMember, ListingId, RemoteId, Timestamp};

    fn place(number: usize) -> LocationId {
        LocationId(RemoteId::new(format!("p{number}")).unwrap())
    }

    fn link(available: i64, base: i64) -> Link {
        let member = |number: u64, base| {
            LinkMember::new(
                ConnectionId(number as u32),
                ListingId(number),
                VariantId(number),
                Some(Quantity::units(base)),
            )
        };
        Link {
            id: LinkId(1),
            members: vec![member(0, available), member(1, base)],
            available: Some(Quantity::units(available)),
            paused: false,
            made_at: Timestamp(0),
        }
    }

    fn told(link: &Link, levels: &[Option<i64>]) -> Option<(usize, i64, i64)> {
        let names: Vec<LocationId> = (0..levels.len()).map(place).collect();
        let places: Vec<_> = names.iter().zip(levels).map(|(p, level)| (p, level.map(Quantity::units))).collect();
        let telling = telling(link, VariantId(1), Offer::EVERYTHING, &places)?;
        let at = names.iter().position(|name| *name == telling.location)?;
        Some((at, telling.from.whole()?, telling.to.whole()?))
    }

    #[test]
    fn less_is_taken_where_there_is_some_and_more_goes_to_the_main_place() {
        assert_eq!(told(&link(7, 10), &[Some(6), Some(4)]), Some((0, 6, 3)));
        assert_eq!(told(&link(2, 10), &[Some(6), Some(4)]), Some((0, 6, 0)), "the rest follows");
        assert_eq!(told(&link(2, 4), &[Some(0), Some(4)]), Some((1, 4, 2)));
        assert_eq!(told(&link(12, 10), &[Some(0), Some(10)]), Some((0, 0, 2)));
        assert_eq!(told(&link(12, 10), &[None, Some(10)]), Some((1, 10, 12)), "where it is counted");
        assert_eq!(told(&link(10, 10), &[Some(6), Some(4)]), None);
        assert_eq!(told(&link(3, 5), &[Some(0), Some(-1)]), None, "nowhere to take it from");
        assert_eq!(told(&link(3, 5), &[None]), None);
    }

    #[test]
    fn what_is_paused_or_held_is_left_alone() {
        let owed = link(7, 10);
        assert!(told(&owed, &[Some(10)]).is_some());
        assert_eq!(told(&Link { paused: true, ..owed.clone() }, &[Some(10)]), None);
        let mut held = owed;
        held.members[0].held = Some(HeldDrop { from: Quantity::units(20), to: Quantity::ZERO, since: Timestamp(0) });
        assert_eq!(told(&held, &[Some(10)]), None, "whichever side it is held on");
    }

    proptest! {
        /// Round after round, a side comes to what it is to show, or to nothing anywhere; no place is pushed below zero.
        #[test]
        fn rounds_come_to_an_end(
            available in -20..200i64, levels in prop::collection::vec(prop::option::of(-5..40i64), 1..5),
        ) {
            let mut levels = levels;
            let base: i64 = levels.iter().flatten().sum();
            let mut link = link(available, base);
            for round in 0.. {
                let Some((at, from, to)) = told(&link, &levels) else { break };
                prop_assert!(round <= levels.len(), "one round for each place, and one more");
                prop_assert_eq!(levels[at], Some(from));
                prop_assert!(to >= 0 || to > from);
                prop_assert_ne!(from, to);
                levels[at] = Some(to);
                ledger::told(&mut link, VariantId(1), Quantity::units(to - from));
            }
            let shown: i64 = levels.iter().flatten().sum();
            let counted = levels.iter().flatten().count() > 0;
            let left = ledger::owed(&link, VariantId(1), Offer::EVERYTHING).unwrap();
            if counted && left != Quantity::ZERO {
                prop_assert!(left.is_negative() && levels.iter().flatten().all(|level| *level <= 0));
            } else if counted && available >= 0 {
                prop_assert_eq!(shown, available);
            }
        }
    }
}
