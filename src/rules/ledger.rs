//! The ledger of a link: what can be sold, what each side held when we last agreed with it, and what it has yet to be told.
//!
//! Pure. The link's `available` is the truth; a side's `base` is what it held when we last agreed. What a side is *owed*
//! is what it is to show (all that is available, or the share of it that its settings offer) less its base. A member
//! whose base is not known takes no part: unknown is never written and never counted. A member that is to be brought to
//! the truth for the first time (a fresh link, a copy just made, a write whose outcome nobody knows) has no base
//! either: it is [`found`] on the count that is read right before the write, so the primary system is right when the
//! link is made, and whatever is sold later on either side counts.

use crate::domain::{Link, LinkMember, Quantity, SyncSettings, Unmatched, VariantId};

/// How much of what is available a side shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// 1 to 100 per cent, rounded down to whole pieces where it is not all.
    pub share: u8,
    /// Taken off after the share.
    pub buffer: Quantity,
}

impl Offer {
    pub const EVERYTHING: Self = Self { share: 100, buffer: Quantity::ZERO };

    pub const fn of(settings: &SyncSettings) -> Self {
        Self { share: settings.share, buffer: settings.buffer }
    }

    /// What a side with this offer shows of what is available; never below zero.
    pub fn shown(self, available: Quantity) -> Quantity {
        let shared = if self.share >= 100 { available } else { available.share(self.share) };
        let shown = shared - self.buffer;
        if shown.is_negative() { Quantity::ZERO } else { shown }
    }
}

/// What a side has yet to be told. `None` while its count or the link's is unknown.
///
/// More sold than there was: a side that still shows some goes to zero; one that counts below zero by itself is left.
pub fn owed(link: &Link, variant: VariantId, offer: Offer) -> Option<Quantity> {
    let base = member(link, variant)?.base?;
    let available = link.available?;
    if available.is_negative() {
        return Some(if base.is_positive() { -base } else { Quantity::ZERO });
    }
    Some(offer.shown(available) - base)
}

/// A side was seen to hold `total`: what changed there since we last agreed changes what is available.
/// Seeing the same again changes nothing, and so does our own write coming back. Gives the change.
pub fn observe(link: &mut Link, variant: VariantId, total: Quantity) -> Quantity {
    let Some(base) = member(link, variant).and_then(|member| member.base) else { return Quantity::ZERO };
    let delta = total - base;
    if delta != Quantity::ZERO {
        if let Some(member) = member_mut(link, variant) {
            member.base = Some(total);
        }
        link.available = link.available.map(|available| available + delta);
    }
    delta
}

/// A side whose base is not known is seen to hold `total`, and from now on is owed what it lacks to the truth.
/// `None`: no other side's count is known, so nothing can be said. Already founded: as [`observe`].
pub fn found(link: &mut Link, variant: VariantId, total: Quantity) -> Option<()> {
    if member(link, variant)?.base.is_some() {
        observe(link, variant, total);
        return Some(());
    }
    link.available?;
    member_mut(link, variant)?.base = Some(total);
    Some(())
}

/// A write of `delta` to a side is certain to have been applied.
pub fn told(link: &mut Link, variant: VariantId, delta: Quantity) {
    if let Some(member) = member_mut(link, variant) {
        member.base = member.base.map(|base| base + delta);
    }
}

/// Nobody knows what a side holds in relation to what it was told: it is founded anew before it is written again.
/// If it was the last one whose count was known, nothing is known of what is available.
pub fn lose(link: &mut Link, variant: VariantId) {
    if let Some(member) = member_mut(link, variant) {
        member.base = None;
        member.held = None;
        member.unmatched = Unmatched::NOTHING;
    }
    if link.members.iter().all(|member| member.base.is_none()) {
        link.available = None;
    }
}

/// A person says that what a side holds is wrong: nothing was sold there, and it is owed what it lacks.
pub fn restore(link: &mut Link, variant: VariantId, total: Quantity) {
    if let Some(member) = member_mut(link, variant).filter(|member| member.base.is_some()) {
        member.base = Some(total);
        member.held = None;
    }
}

/// Units that were received, counted or lost, and that no side shows yet: every side is told.
pub fn adjust(link: &mut Link, by: Quantity) {
    link.available = link.available.map(|available| available + by);
}

/// The count of this side is right as it stands: what is available follows it, and all others are founded anew. A fall
/// that was held there is right too. `seen`: what it shows, which counts where nothing was agreed on with it, as when it
/// was not counted for a while. `None`: its count is not known.
pub fn trust(link: &mut Link, variant: VariantId, seen: Option<Quantity>, offer: Offer) -> Option<()> {
    let trusted = member_mut(link, variant)?;
    let base = trusted.base.or(seen)?;
    // A side that shows a part says nothing about the whole.
    if offer != Offer::EVERYTHING {
        return None;
    }
    let base = trusted.held.take().map_or(base, |held| held.to);
    trusted.base = Some(base);
    link.available = Some(base);
    for member in link.members.iter_mut().filter(|member| member.variant != variant) {
        member.base = None;
        member.held = None;
        member.unmatched = Unmatched::NOTHING;
    }
    Some(())
}

/// How much of `owed` can be written to a count of `read`: a count is never pushed below zero. The rest stays owed,
/// so a clamped count does not come back as a sale.
pub fn writable(read: Quantity, owed: Quantity) -> Quantity {
    let target = read + owed;
    if !owed.is_negative() || !target.is_negative() {
        return owed;
    }
    if read.is_positive() { -read } else { Quantity::ZERO }
}

pub fn member(link: &Link, variant: VariantId) -> Option<&LinkMember> {
    link.members.iter().find(|member| member.variant == variant)
}

pub fn member_mut(link: &mut Link, variant: VariantId) -> Option<&mut LinkMember> {
    link.members.iter_mut().find(|member| member.variant == variant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ConnectionId, LinkId, ListingId, Timestamp};
    use proptest::prelude::*;

    fn link(bases: &[Option<i64>]) -> Link {
        let member = |(index, base): (usize, &Option<i64>)| {
            let base = base.map(Quantity::units);
            LinkMember::new(ConnectionId(index as u32), ListingId(index as u64), VariantId(index as u64), base)
        };
        let members: Vec<_> = bases.iter().enumerate().map(member).collect();
        let available = members.iter().find_map(|member| member.base);
        Link { id: LinkId(1), members, available, paused: false, made_at: Timestamp(0) }
    }

    /// What may happen to a pair of counts: a sale or a receipt on a side, a look at a side, a write to a side.
    #[derive(Debug, Clone)]
    enum Happening {
        Moves(usize, i64),
        Look(usize),
        Write(usize),
    }

    fn happening() -> impl Strategy<Value = Happening> {
        prop_oneof![
            (0..3usize, -4..5i64).prop_map(|(side, by)| Happening::Moves(side, by)),
            (0..3usize).prop_map(Happening::Look),
            (0..3usize).prop_map(Happening::Write),
        ]
    }

    proptest! {
        /// Rule 1: units are conserved, whatever the order of sales, looks and writes on three sides.
        #[test]
        fn units_are_conserved(start in 50..100i64, what in prop::collection::vec(happening(), 0..60)) {
            let mut link = link(&[Some(start), Some(start), Some(start)]);
            let mut shops = [start; 3].map(Quantity::units);
            let mut moved = 0;
            let write = |link: &mut Link, shops: &mut [Quantity; 3], side: usize| {
                let variant = VariantId(side as u64);
                observe(link, variant, shops[side]);
                let owed = owed(link, variant, Offer::EVERYTHING).unwrap_or_default();
                let delta = writable(shops[side], owed);
                shops[side] += delta;
                told(link, variant, delta);
            };
            for happening in what {
                match happening {
                    Happening::Moves(side, by) => {
                        shops[side] += Quantity::units(by);
                        moved += by;
                    }
                    Happening::Look(side) => {
                        observe(&mut link, VariantId(side as u64), shops[side]);
                    }
                    Happening::Write(side) => write(&mut link, &mut shops, side),
                }
                // What nobody has seen yet is the only difference between the ledger and the world.
                let unseen: Vec<_> =
                    link.members.iter().zip(&shops).map(|(m, shop)| *shop - m.base.unwrap_or_default()).collect();
                let known = link.available.unwrap_or_default() + Quantity::sum(unseen);
                prop_assert_eq!(known, Quantity::units(start + moved));
            }
            for (side, count) in (0..).zip(shops) { observe(&mut link, VariantId(side), count); }
            // Enough was in stock that nothing had to be held back.
            prop_assume!(start + moved >= 0 && shops.iter().all(|s| !s.is_negative()));
            for side in 0..3 { write(&mut link, &mut shops, side); }
            prop_assert_eq!(shops, [Quantity::units(start + moved); 3]);
        }

        #[test]
        fn a_write_never_pushes_a_count_below_zero(read in -50..50i64, owed in -80..80i64) {
            let (read, owed) = (Quantity::units(read), Quantity::units(owed));
            let written = writable(read, owed);
            prop_assert!(!written.is_negative() || !(read + written).is_negative());
            prop_assert!(written == owed || owed.is_negative());
            prop_assert!(written <= Quantity::ZERO || written == owed);
        }
    }

    #[test]
    fn a_fresh_member_is_brought_to_the_truth_of_the_others() {
        let mut link = link(&[Some(12), None]);
        observe(&mut link, VariantId(0), Quantity::units(11));
        assert_eq!(found(&mut link, VariantId(1), Quantity::units(7)), Some(()));
        assert_eq!(owed(&link, VariantId(1), Offer::EVERYTHING), Some(Quantity::units(4)));
        assert_eq!(owed(&link, VariantId(0), Offer::EVERYTHING), Some(Quantity::ZERO));
    }

    #[test]
    fn without_a_known_count_nothing_is_owed() {
        let mut link = link(&[None, None]);
        assert_eq!(found(&mut link, VariantId(1), Quantity::units(7)), None);
        assert_eq!(link.members[1].base, None);
    }

    #[test]
    fn a_side_shows_its_share_less_its_buffer() {
        let mut link = link(&[Some(100), Some(47)]);
        let offer = Offer { share: 50, buffer: Quantity::units(3) };
        assert_eq!(owed(&link, VariantId(1), offer), Some(Quantity::ZERO));
        observe(&mut link, VariantId(0), Quantity::units(99));
        assert_eq!(owed(&link, VariantId(1), offer), Some(Quantity::units(-1)), "half of 99 is 49 whole pieces");
        observe(&mut link, VariantId(0), Quantity::units(4));
        assert_eq!(owed(&link, VariantId(1), offer), Some(Quantity::units(-47)), "the buffer is all there is");
    }

    #[test]
    fn what_was_sold_twice_stays_on_the_books() {
        let mut link = link(&[Some(1), Some(1)]);
        observe(&mut link, VariantId(0), Quantity::ZERO);
        observe(&mut link, VariantId(1), Quantity::ZERO);
        assert_eq!(link.available, Some(Quantity::units(-1)));
        assert_eq!(owed(&link, VariantId(0), Offer::EVERYTHING), Some(Quantity::ZERO));
        observe(&mut link, VariantId(0), Quantity::units(5));
        assert_eq!(owed(&link, VariantId(1), Offer::EVERYTHING), Some(Quantity::units(4)));
        assert_eq!(owed(&link, VariantId(0), Offer::EVERYTHING), Some(Quantity::units(-1)));
    }

    #[test]
    fn a_side_that_is_trusted_makes_the_others_start_anew() {
        let mut link = link(&[Some(12), Some(7)]);
        assert_eq!(trust(&mut link, VariantId(1), None, Offer::EVERYTHING), Some(()));
        assert_eq!((link.available, link.members[0].base), (Some(Quantity::units(7)), None));
        assert_eq!(found(&mut link, VariantId(0), Quantity::units(11)), Some(()));
        assert_eq!(owed(&link, VariantId(0), Offer::EVERYTHING), Some(Quantity::units(-4)));
    }

    #[test]
    fn a_side_that_counts_again_can_be_trusted_with_what_it_shows() {
        let mut link = link(&[None, Some(7)]);
        assert_eq!(trust(&mut link, VariantId(0), None, Offer::EVERYTHING), None, "nobody knows what it holds");
        assert_eq!(trust(&mut link, VariantId(0), Some(Quantity::units(5)), Offer::EVERYTHING), Some(()));
        assert_eq!((link.available, link.members[1].base), (Some(Quantity::units(5)), None));
        assert_eq!(link.members[0].base, Some(Quantity::units(5)));
    }
}
