//! A fall that nobody explains: passed on like a sale, or held until an order or a person explains it.
//!
//! Every lower number is a sale until it is large. A large one on a side whose orders can be read, and that no order
//! explains, is more often a mistake (an import gone wrong, a location unmapped) than forty customers: while it is held,
//! nothing of the link is written, neither lowered elsewhere nor raised here (rule 5 of DESIGN, "Rules that are never
//! broken").

use crate::domain::LocationId;
use crate::domain::{HeldDrop, LinkMember, Quantity, Stock, SyncSettings, Timestamp, UnexplainedDrop};

/// What becomes of a count that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It counts: what is available follows it.
    PassOn,
    /// The side's base stays where it was, and nothing of the link is written.
    Hold(HeldDrop),
}

/// Judges a side that is seen to hold `total`. `explained`: what orders that this side took since then account for.
///
/// Also judges again what is held already: an order that came later, or a count that was put right, lets it go.
pub fn judge(
    member: &LinkMember,
    total: Quantity,
    explained: Quantity,
    settings: &SyncSettings,
    now: Timestamp,
) -> Verdict {
    let (Some(base), UnexplainedDrop::HoldFrom(least), false) = (member.base, settings.unexplained, settings.master)
    else {
        return Verdict::PassOn;
    };
    let explained = if explained.is_negative() { Quantity::ZERO } else { explained };
    let unexplained = base - total - explained;
    if !unexplained.is_positive() || unexplained < least {
        return Verdict::PassOn;
    }
    let since = member.held.as_ref().map_or(now, |held| held.since);
    Verdict::Hold(HeldDrop { from: base, to: total, since })
}

/// Whether a side stopped counting at a place that counted: what is left says nothing about the whole any more, and a
/// missing count is never nothing.
pub fn lost_count(before: &Stock, after: &Stock, counts: impl Fn(&LocationId) -> bool) -> bool {
    match (before, after) {
        (Stock::Tracked(before), Stock::Tracked(after)) => {
            before.keys().any(|location| counts(location) && !after.contains_key(location))
        }
        (Stock::Tracked(before), Stock::Untracked) => before.keys().any(counts),
        // A feed that does not know says nothing.
        (Stock::Tracked(_), Stock::Unknown) | (Stock::Untracked | Stock::Unknown, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{ConnectionId, ListingId, RemoteId, VariantId};

    const THEN: Timestamp = Timestamp(1_000);
    const NOW: Timestamp = Timestamp(9_000);

    fn member(base: i64) -> LinkMember {
        LinkMember::new(ConnectionId(1), ListingId(1), VariantId(1), Some(Quantity::units(base)))
    }

    fn holds_from(least: i64) -> SyncSettings {
        SyncSettings {
            unexplained: UnexplainedDrop::HoldFrom(Quantity::units(least)),
            ..SyncSettings::standard(false, true)
        }
    }

    fn judged(base: i64, total: i64, explained: i64, settings: &SyncSettings) -> Verdict {
        judge(&member(base), Quantity::units(total), Quantity::units(explained), settings, NOW)
    }

    #[test]
    fn a_large_fall_is_held_until_it_is_explained() {
        let settings = SyncSettings::standard(false, true);
        assert_eq!(judged(40, 31, 0, &settings), Verdict::PassOn, "nine may be customers");
        let held = HeldDrop { from: Quantity::units(40), to: Quantity::units(30), since: NOW };
        assert_eq!(judged(40, 30, 0, &settings), Verdict::Hold(held));
        assert_eq!(judged(40, 30, 1, &settings), Verdict::PassOn, "nine of them are left unexplained");
        assert_eq!(judged(40, 0, 40, &settings), Verdict::PassOn);
    }

    #[test]
    fn a_till_is_always_believed() {
        assert_eq!(judged(40, 0, 0, &SyncSettings::standard(true, true)), Verdict::PassOn);
        assert_eq!(judged(40, 0, 0, &SyncSettings::standard(false, false)), Verdict::PassOn);
        let master = SyncSettings { master: true, ..holds_from(1) };
        assert_eq!(judged(40, 0, 0, &master), Verdict::PassOn);
    }

    #[test]
    fn what_is_held_keeps_its_beginning_and_follows_the_count() {
        let mut held = member(40);
        held.held = Some(HeldDrop { from: Quantity::units(40), to: Quantity::units(20), since: THEN });
        let again = judge(&held, Quantity::units(19), Quantity::ZERO, &holds_from(10), NOW);
        let expected = HeldDrop { from: Quantity::units(40), to: Quantity::units(19), since: THEN };
        assert_eq!(again, Verdict::Hold(expected));
        assert_eq!(judge(&held, Quantity::units(38), Quantity::ZERO, &holds_from(10), NOW), Verdict::PassOn);
    }

    #[test]
    fn a_count_that_ends_is_not_nothing() {
        let place = |name: &str| LocationId(RemoteId::new(name).unwrap());
        let levels = |levels: &[(&str, i64)]| {
            let levels = levels.iter().map(|(name, level)| (place(name), Quantity::units(*level)));
            Stock::Tracked(levels.collect::<BTreeMap<_, _>>())
        };
        let both = levels(&[("a", 5), ("b", 7)]);
        let only = levels(&[("a", 5)]);
        assert!(lost_count(&both, &only, |_| true));
        assert!(!lost_count(&both, &only, |location| *location == place("a")), "b does not count");
        assert!(lost_count(&only, &Stock::Untracked, |_| true));
        assert!(!lost_count(&only, &Stock::Unknown, |_| true), "a feed that is silent");
        assert!(!lost_count(&only, &both, |_| true));
        assert!(!lost_count(&both, &levels(&[("a", 0), ("b", 0)]), |_| true), "nothing is a count");
    }

    proptest! {
        /// Only falls are held, only large ones, and never more than orders leave unexplained.
        #[test]
        fn nothing_but_a_large_fall_is_held(
            base in -50..200i64, total in -50..200i64, explained in -5..200i64, least in 1..60i64,
        ) {
            let verdict = judged(base, total, explained, &holds_from(least));
            let unexplained = base - total - explained.max(0);
            prop_assert_eq!(matches!(verdict, Verdict::Hold(_)), unexplained >= least);
            if total >= base { prop_assert_eq!(verdict, Verdict::PassOn); }
        }
    }
}
