//! The ledger of a link: what each side held when we last agreed with it, and what it has yet to be told.
//!
//! Pure. A link's truth is `base + owed`, the same for every member whose base is known. A member whose base is not
//! known takes no part: unknown is never written and never counted. A member that is to be brought to the truth for
//! the first time (a fresh link, a copy just made, a write whose outcome nobody knows) has no base either: it is
//! [`found`] on the count that is read right before the write, so the primary system is right when the link is made,
//! and whatever is sold later on either side counts.

use crate::domain::{Link, LinkMember, Quantity, VariantId};

/// What every side would show if all were told everything; `None` if no side's count is known.
pub fn truth(link: &Link) -> Option<Quantity> {
    link.members.iter().find_map(|member| member.base.map(|base| base + member.owed))
}

/// A side was seen to hold `total`: what changed there since we last agreed is owed to the others.
/// Seeing the same again changes nothing, and so does our own write coming back.
pub fn observe(link: &mut Link, variant: VariantId, total: Quantity) {
    let Some(base) = member(link, variant).and_then(|member| member.base) else { return };
    let delta = total - base;
    if delta == Quantity::ZERO {
        return;
    }
    for member in &mut link.members {
        if member.variant == variant {
            member.base = Some(total);
        } else if member.base.is_some() {
            member.owed += delta;
        }
    }
}

/// A side whose base is not known is seen to hold `total`, and from now on is owed what it lacks to the truth.
/// `None`: no other side's count is known, so nothing can be said. Already founded: as [`observe`].
pub fn found(link: &mut Link, variant: VariantId, total: Quantity) -> Option<()> {
    if member(link, variant)?.base.is_some() {
        observe(link, variant, total);
        return Some(());
    }
    let truth = truth(link)?;
    let member = member_mut(link, variant)?;
    member.base = Some(total);
    member.owed = truth - total;
    Some(())
}

/// A write of `delta` to a side is certain to have been applied.
pub fn told(link: &mut Link, variant: VariantId, delta: Quantity) {
    if let Some(member) = member_mut(link, variant) {
        member.base = member.base.map(|base| base + delta);
        member.owed = member.owed - delta;
    }
}

/// Nobody knows what a side holds in relation to what it was told: it is founded anew before it is written again.
pub fn lose(link: &mut Link, variant: VariantId) {
    if let Some(member) = member_mut(link, variant) {
        member.base = None;
        member.owed = Quantity::ZERO;
    }
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

fn member_mut(link: &mut Link, variant: VariantId) -> Option<&mut LinkMember> {
    link.members.iter_mut().find(|member| member.variant == variant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ConnectionId, LinkId, ListingId, Timestamp};
    use proptest::prelude::*;

    fn link(bases: &[Option<i64>]) -> Link {
        let member = |(index, base): (usize, &Option<i64>)| LinkMember {
            connection: ConnectionId(index as u32),
            listing: ListingId(index as u64),
            variant: VariantId(index as u64),
            base: base.map(Quantity::units),
            owed: Quantity::ZERO,
        };
        Link { id: LinkId(1), members: bases.iter().enumerate().map(member).collect(), made_at: Timestamp(0) }
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
                let owed = member(link, variant).map(|m| m.owed).unwrap_or_default();
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
                    Happening::Look(side) => observe(&mut link, VariantId(side as u64), shops[side]),
                    Happening::Write(side) => write(&mut link, &mut shops, side),
                }
                let truths: Vec<_> = link.members.iter().map(|m| m.base.unwrap_or_default() + m.owed).collect();
                prop_assert!(truths.iter().all(|t| *t == truths[0]), "{truths:?}");
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
        assert_eq!(link.members[1].owed, Quantity::units(4));
        assert_eq!(link.members[0].owed, Quantity::ZERO);
    }

    #[test]
    fn without_a_known_count_nothing_is_owed() {
        let mut link = link(&[None, None]);
        assert_eq!(found(&mut link, VariantId(1), Quantity::units(7)), None);
        assert_eq!(link.members[1].base, None);
    }
}
