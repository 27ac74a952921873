//! Every small world is played through: what is judged in it must be true in all worlds that look the same.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn units(count: i64) -> Quantity {
    Quantity::units(count)
}

/// In seconds, by the platform's clock: the reading before, the first and the last moment of a write, the look.
const READ: i64 = 100;
const LOOK: i64 = 200;
const BEFORE: i64 = 50;

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1000)
}

/// What really happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct World {
    delta: i64,
    /// When it was written, if it was.
    written: Option<i64>,
    /// When, and how much; in order. At the edges of a reading, whether it is in it already.
    orders: Vec<(i64, i64, bool)>,
}

impl World {
    /// Whether an order was taken off the count before the reading at `edge`.
    fn is_in(order: &(i64, i64, bool), edge: i64) -> bool {
        let (placed, _, early) = *order;
        if (placed - edge).abs() <= 1 { early } else { placed < edge }
    }

    fn sum(&self, which: impl Fn(&(i64, i64, bool)) -> bool) -> i64 {
        self.orders.iter().filter(|order| which(order)).map(|(_, by, _)| by).sum()
    }

    /// What orders took between the reading and the look, which is what available has to fall by.
    fn taken(&self) -> i64 {
        self.sum(|order| !Self::is_in(order, READ) && Self::is_in(order, LOOK))
    }

    fn shown(&self) -> i64 {
        match self.written {
            None => BEFORE - self.taken(),
            Some(moment) => {
                let after = |order: &(i64, i64, bool)| {
                    !Self::is_in(order, READ) && Self::is_in(order, LOOK) && order.0 > moment
                };
                BEFORE + self.delta - self.sum(after)
            }
        }
    }

    fn evidence(&self) -> Evidence {
        let count = units(self.shown());
        Evidence {
            before: units(BEFORE),
            target: units(BEFORE + self.delta),
            counted: true,
            read_by: at(READ),
            now: Sighting { from: at(LOOK), to: at(LOOK), count },
            orders: Some(self.orders.iter().map(|(placed, by, _)| (at(*placed), units(*by))).collect()),
            between: Vec::new(),
        }
    }
}

/// What can be seen of a world: what was to be added, the count, the orders.
type Seen = (i64, i64, Vec<(i64, i64)>);

/// All worlds with up to three orders of up to three pieces: on the edges of both readings, before a write, after it.
fn worlds() -> Vec<World> {
    let moments = [(READ - 1, true), (READ - 1, false), (READ + 1, true), (READ + 1, false), (120, true), (150, true)];
    let more = [(180, true), (LOOK - 1, true), (LOOK - 1, false), (LOOK + 1, true), (LOOK + 1, false)];
    let placed: Vec<(i64, i64, bool)> = moments
        .into_iter()
        .chain(more)
        .flat_map(|(moment, early)| (1..=3).map(move |by| (moment, by, early)))
        .collect();
    let mut several: BTreeSet<Vec<(i64, i64, bool)>> = BTreeSet::from([Vec::new()]);
    for round in 0..3 {
        let longer: Vec<_> = several.iter().filter(|orders| orders.len() == round).cloned().collect();
        for orders in longer {
            // One moment has one order, and what came first is counted first.
            for next in placed.iter().filter(|next| {
                orders.last().is_none_or(|last| last.0 < next.0 && ((next.0 - last.0) > 2 || last.2 || !next.2))
            }) {
                several.insert(orders.iter().copied().chain([*next]).collect());
            }
        }
    }
    let mut worlds = Vec::new();
    for orders in several {
        for delta in (-3..=3).filter(|delta| *delta != 0) {
            for written in [None, Some(98), Some(100), Some(110), Some(135), Some(165), Some(190)] {
                worlds.push(World { delta, written, orders: orders.clone() });
            }
        }
    }
    worlds
}

/// With all orders known, no verdict is ever wrong: in no world that shows the same does it mean something else. And
/// where the same is shown by worlds that differ in what can be sold, it is a person's to decide.
#[test]
fn no_verdict_is_wrong_while_the_orders_are_complete() {
    let mut alike: BTreeMap<Seen, Vec<World>> = BTreeMap::new();
    for world in worlds() {
        let orders = world.orders.iter().map(|(placed, by, _)| (*placed, *by)).collect();
        alike.entry((world.delta, world.shown(), orders)).or_default().push(world);
    }
    let mut told: BTreeMap<Finding, usize> = BTreeMap::new();
    for ((_, shown, _), worlds) in &alike {
        let finding = judge(&worlds[0].evidence());
        *told.entry(finding).or_default() += 1;
        let written = worlds.iter().any(|world| world.written.is_some());
        let untouched = worlds.iter().any(|world| world.written.is_none());
        for world in worlds {
            match finding {
                Finding::Applied => assert!(world.written.is_some(), "{world:?}"),
                Finding::NotApplied => assert!(world.written.is_none(), "{world:?}"),
                // The ledger takes off what the count lacks to what was read before: that is what was sold.
                Finding::SameEitherWay => assert_eq!(BEFORE - shown, world.taken(), "{world:?}"),
                Finding::Ambiguous => {}
                Finding::SendAgain | Finding::Found => panic!("{finding:?} is not for counts"),
            }
        }
        let takes: BTreeSet<i64> = worlds.iter().map(World::taken).collect();
        let open = written && untouched && takes.len() > 1;
        assert_eq!(finding == Finding::Ambiguous, open, "{finding:?}: {worlds:?}");
    }
    for finding in [Finding::Applied, Finding::NotApplied, Finding::SameEitherWay, Finding::Ambiguous] {
        assert!(told.get(&finding).is_some_and(|often| *often > 50), "{finding:?}: {told:?}");
    }
}

/// A copy that was not counted yet when its first count was written, which did not arrive; at some moment somebody began
/// to count it. Orders before that took nothing off, and whatever is shown does not pass for the write.
#[test]
fn what_was_not_counted_does_not_fall_with_an_order() {
    let mut told: BTreeMap<Finding, usize> = BTreeMap::new();
    for world in worlds().into_iter().filter(|world| world.written.is_none() && world.delta > 0) {
        for counted_from in [READ - 2, READ + 2, 130, 160, LOOK] {
            let later = |order: &(i64, i64, bool)| order.0 > counted_from && World::is_in(order, LOOK);
            let shown = units(-world.sum(later));
            let look = Sighting { count: shown, ..world.evidence().now };
            let (before, target) = (Quantity::ZERO, units(world.delta));
            let finding = judge(&Evidence { before, target, counted: false, now: look, ..world.evidence() });
            assert_ne!(finding, Finding::Applied, "{world:?}, counted from {counted_from}");
            *told.entry(finding).or_default() += 1;
        }
    }
    assert!(told[&Finding::NotApplied] > 50 && told[&Finding::Ambiguous] > 50, "{told:?}");
    // Two were ordered before anybody counted it, and the count begins at nothing.
    let begun = Evidence { counted: false, ..evidence(0, 2, 0, Some(&[(150, 2)])) };
    assert_eq!(judge(&begun), Finding::Ambiguous);
    assert_eq!(judge(&Evidence { counted: true, ..begun }), Finding::Applied);
    assert_eq!(judge(&Evidence { counted: false, ..evidence(0, 2, 2, Some(&[])) }), Finding::Applied);
    assert_eq!(judge(&Evidence { counted: false, ..evidence(0, 2, 0, Some(&[])) }), Finding::NotApplied);
}

fn evidence(before: i64, target: i64, now: i64, orders: Option<&[(i64, i64)]>) -> Evidence {
    Evidence {
        before: units(before),
        target: units(target),
        counted: true,
        read_by: at(READ),
        now: Sighting { from: at(LOOK), to: at(LOOK), count: units(now) },
        orders: orders.map(|orders| orders.iter().map(|(placed, by)| (at(*placed), units(*by))).collect()),
        between: Vec::new(),
    }
}

#[test]
fn a_sale_of_the_very_size_does_not_pass_for_the_write() {
    // Three less were to be written, and three were ordered.
    let sold = Some(&[(150, 3)][..]);
    assert_eq!(judge(&evidence(10, 7, 4, sold)), Finding::Applied);
    // Not written, or written over the sale: 7 are there and 4 can be sold, so three are owed either way.
    assert_eq!(judge(&evidence(10, 7, 7, sold)), Finding::SameEitherWay);
    // Three more were to be written and three were ordered: taken for not written, it would be written twice.
    assert_eq!(judge(&evidence(7, 10, 7, sold)), Finding::Applied);
    assert_eq!(judge(&evidence(7, 10, 4, sold)), Finding::NotApplied);
    // The sale was overwritten: it is known from its order, and the repair of races takes it off.
    assert_eq!(judge(&evidence(7, 10, 10, sold)), Finding::Applied);
    // Somebody changed it who left no order.
    assert_eq!(judge(&evidence(10, 7, 5, sold)), Finding::Ambiguous);
    assert_eq!(judge(&evidence(10, 7, 9, Some(&[]))), Finding::Ambiguous);
}

#[test]
fn what_nobody_can_tell_is_a_persons() {
    // Placed in the second of the reading: in it already and written since, or not, and nothing written.
    assert_eq!(judge(&evidence(10, 9, 9, Some(&[(READ, 1)]))), Finding::Ambiguous);
    // A count in between settles it: at nine again and again, and then at eight, is not what a write leaves.
    let seen = |seconds, count| Sighting { from: at(seconds), to: at(seconds), count: units(count) };
    let mut later = evidence(10, 9, 9, Some(&[(READ, 1)]));
    later.between = vec![seen(130, 10)];
    assert_eq!(judge(&later), Finding::Applied, "nothing was taken off by then, so the order is in the reading");
}

#[test]
fn without_orders_the_counts_are_all_there_is() {
    assert_eq!(judge(&evidence(10, 7, 7, None)), Finding::Applied);
    assert_eq!(judge(&evidence(10, 7, 10, None)), Finding::NotApplied);
    assert_eq!(judge(&evidence(10, 7, 6, None)), Finding::Ambiguous);
    assert_eq!(judge(&evidence(10, 10, 4, None)), Finding::Applied, "nothing was to be changed");
    let seen = |seconds, count| Sighting { from: at(seconds), to: at(seconds), count: units(count) };
    let between =
        |now, counts: &[Sighting]| judge(&Evidence { between: counts.to_vec(), ..evidence(10, 7, now, None) });
    assert_eq!(between(7, &[seen(120, 10), seen(150, 7)]), Finding::Applied, "it arrived late");
    assert_eq!(between(7, &[seen(120, 9), seen(150, 8)]), Finding::Ambiguous, "it was sold piece by piece");
    assert_eq!(between(10, &[seen(120, 10)]), Finding::NotApplied);
    assert_eq!(between(10, &[seen(120, 7)]), Finding::Ambiguous, "it was there, and somebody put it back");
}

proptest! {
    /// Whatever is told of any evidence at all: it never panics, and orders that did not happen in time change nothing.
    #[test]
    fn orders_after_the_look_say_nothing(
        before in 0i64..40, delta in -9i64..9, now in -5i64..50,
        orders in prop::collection::vec((READ + 5..LOOK - 5, 1i64..5), 0..12),
        late in prop::collection::vec((LOOK + 5..LOOK + 500, 1i64..5), 0..6),
    ) {
        let told = judge(&evidence(before, before + delta, now, Some(&orders)));
        let all: Vec<_> = orders.iter().chain(&late).copied().collect();
        prop_assert_eq!(told, judge(&evidence(before, before + delta, now, Some(&all))));
    }
}

/// Seventeen were to become six; two were ordered, and nine came back by hand: fifteen, as if nothing had been written.
#[test]
fn what_was_seen_of_a_write_is_not_talked_away() {
    let evidence = |between: Vec<Sighting>| Evidence {
        before: units(17),
        target: units(6),
        counted: true,
        read_by: at(READ),
        now: Sighting { from: at(LOOK), to: at(LOOK), count: units(15) },
        orders: Some(vec![(at(120), units(2))]),
        between,
    };
    let seen = |count| vec![Sighting { from: at(140), to: at(140), count: units(count) }];
    assert_eq!(judge(&evidence(Vec::new())), Finding::NotApplied);
    assert_eq!(judge(&evidence(seen(15))), Finding::NotApplied);
    assert_eq!(judge(&evidence(seen(17))), Finding::NotApplied, "a reader that lags");
    for count in [6, 4] {
        assert_eq!(judge(&evidence(seen(count))), Finding::Ambiguous, "{count} can only be the write's");
    }
}
