//! Falls and orders that find each other, and a shop whose writes overwrite sales.

use proptest::prelude::*;

use super::*;

fn units(count: i64) -> Quantity {
    Quantity::units(count)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(1_795_287_600_000).plus_seconds(seconds)
}

#[test]
fn whichever_is_seen_first_finds_the_other() {
    let mut fall_first = Unmatched::default();
    assert_eq!(fell(&mut fall_first, at(10), units(4)), Quantity::ZERO);
    assert_eq!(took(&mut fall_first, at(5), units(4)), units(4));
    assert_eq!(fall_first, Unmatched::default());

    let mut order_first = Unmatched::default();
    assert_eq!(took(&mut order_first, at(5), units(4)), Quantity::ZERO);
    assert!(wants_look(&order_first));
    assert_eq!(explained(&order_first, units(12)), units(4));
    assert_eq!(fell(&mut order_first, at(10), units(12)), units(4));
    assert_eq!(order_first.falls, [(at(10), units(8))], "eight are nobody's");
}

#[test]
fn an_old_fall_does_not_explain_a_new_order() {
    let mut unmatched = Unmatched::default();
    fell(&mut unmatched, at(0), units(3));
    assert_eq!(took(&mut unmatched, at(TOLERANCE + 1), units(3)), Quantity::ZERO, "placed after that fall was seen");
    assert_eq!(fell(&mut unmatched, at(TOLERANCE + 9), units(3)), units(3));
    assert_eq!(unmatched.falls, [(at(0), units(3))]);
    fell(&mut unmatched, at(PATIENCE + 1), units(1));
    assert_eq!(unmatched.falls, [(at(PATIENCE + 1), units(1))], "after a day nobody comes any more");
}

#[test]
fn an_order_that_was_cancelled_before_anybody_looked_explains_nothing() {
    let mut unmatched = Unmatched::default();
    took(&mut unmatched, at(5), units(4));
    gave_back(&mut unmatched, at(5), units(4));
    assert_eq!(unmatched, Unmatched::default());
}

#[test]
fn an_order_in_a_race_without_a_fall_was_lost() {
    let mut unmatched = Unmatched::default();
    begin_race(&mut unmatched, at(10));
    end_race(&mut unmatched, Some(at(11)));
    took(&mut unmatched, at(10), units(1));
    assert!(wants_look(&unmatched));
    assert_eq!(settle(&mut unmatched, at(20), at(15)), units(1));
    assert_eq!(settle(&mut unmatched, at(30), at(25)), Quantity::ZERO, "once");

    // Outside of it, or with a fall, nothing was lost.
    took(&mut unmatched, at(40), units(1));
    assert_eq!(settle(&mut unmatched, at(50), at(45)), Quantity::ZERO);
    took(&mut unmatched, at(11), units(1));
    fell(&mut unmatched, at(60), units(1));
    assert_eq!(settle(&mut unmatched, at(60), at(55)), Quantity::ZERO);
}

#[test]
fn an_order_outside_the_race_has_the_first_claim_on_a_fall() {
    let mut unmatched = Unmatched::default();
    // The fall that the reading showed is of an order before it; the one in the race was overwritten.
    begin_race(&mut unmatched, at(10));
    fell(&mut unmatched, at(10), units(1));
    end_race(&mut unmatched, Some(at(11)));
    took(&mut unmatched, at(11), units(1));
    assert_eq!(explained(&unmatched, units(1)), Quantity::ZERO, "as far as is known, the fall is of this order");
    took(&mut unmatched, at(3), units(1));
    assert_eq!(settle(&mut unmatched, at(20), at(15)), units(1));
}

#[test]
fn a_fall_whose_order_is_yet_to_be_heard_of_hides_no_loss() {
    let mut unmatched = Unmatched::default();
    begin_race(&mut unmatched, at(10));
    end_race(&mut unmatched, Some(at(11)));
    took(&mut unmatched, at(11), units(1));
    // Somebody buys between the look at the orders, at 20, and the reading of the count.
    fell(&mut unmatched, at(22), units(1));
    assert_eq!(settle(&mut unmatched, at(21), at(20)), Quantity::ZERO, "the fall may be of the order in the race");
    assert!(wants_look(&unmatched));
    took(&mut unmatched, at(21), units(1));
    assert_eq!(settle(&mut unmatched, at(31), at(30)), units(1), "it was of another one");
    assert_eq!((unmatched.falls.len(), unmatched.takings.len()), (0, 0));
}

#[test]
fn a_rise_ends_all_suspicion() {
    let mut unmatched = Unmatched::default();
    begin_race(&mut unmatched, at(10));
    end_race(&mut unmatched, Some(at(11)));
    rose(&mut unmatched);
    took(&mut unmatched, at(11), units(1));
    assert_eq!(settle(&mut unmatched, at(20), at(15)), Quantity::ZERO, "it may be hidden in the rise");
    assert_eq!(unmatched, Unmatched::default());
}

#[test]
fn a_write_that_was_not_applied_is_no_race() {
    let mut unmatched = Unmatched::default();
    begin_race(&mut unmatched, at(10));
    end_race(&mut unmatched, None);
    assert_eq!(unmatched, Unmatched::default());
}

/// The table of the estimate: units lost in 1,000 writes, in millionths a write.
#[test]
fn the_estimate_is_the_formula() {
    let day = 86_400;
    assert_eq!(drift(1, day, 300), 4, "0.0035 in 1,000 writes, rounded up");
    assert_eq!(drift(10, day, 1000), 116);
    assert_eq!(drift(10, 3600, 5000), 13_793);
    assert_eq!(drift(1, 60, 60_000), 632_121);
    assert_eq!(drift(0, day, 60_000), 0);
    assert_eq!(drift(5, 0, 60_000), 0);
}

/// What may happen to a count that can only be set.
#[derive(Debug, Clone)]
enum Happening {
    Sale(i64),
    /// Counted or received by hand: no order tells of it.
    ByHand(i64),
    Cancel,
    Look,
    Orders,
    /// A write of `by`, with sales between the reading and the writing, and whether anything is read in between.
    Write {
        by: i64,
        sales: Vec<i64>,
    },
}

fn happening(by_hand: bool) -> impl Strategy<Value = Happening> {
    let hand = if by_hand { 2 } else { 0 };
    prop_oneof![
        3 => (1..4i64).prop_map(Happening::Sale),
        hand => (-6..7i64).prop_map(Happening::ByHand),
        1 => Just(Happening::Cancel),
        3 => Just(Happening::Look),
        3 => Just(Happening::Orders),
        3 => (-3..4i64, prop::collection::vec(1..3i64, 0..3)).prop_map(|(by, sales)| Happening::Write { by, sales }),
    ]
}

/// A shop with its orders, and what we make of it.
struct Shop {
    count: i64,
    seconds: i64,
    /// (placed, taken, what we know of it)
    orders: Vec<(Timestamp, i64, i64)>,
    base: i64,
    available: i64,
    /// What was really overwritten.
    overwritten: i64,
    lost: i64,
    unmatched: Unmatched,
}

impl Shop {
    fn new() -> Self {
        Self {
            count: 1000,
            seconds: 0,
            orders: Vec::new(),
            base: 1000,
            available: 1000,
            overwritten: 0,
            lost: 0,
            unmatched: Unmatched::default(),
        }
    }

    fn tick(&mut self, seconds: i64) -> Timestamp {
        self.seconds += seconds;
        at(self.seconds)
    }

    fn sale(&mut self, by: i64) {
        // Writes and sales of one moment are within the margin of each other; others are not.
        let placed = self.tick(10);
        self.orders.push((placed, by, 0));
        self.count -= by;
    }

    fn look(&mut self) {
        let now = self.tick(10);
        let delta = self.count - self.base;
        self.base = self.count;
        self.available += delta;
        if delta < 0 {
            fell(&mut self.unmatched, now, units(-delta));
        } else if delta > 0 {
            rose(&mut self.unmatched);
        }
    }

    fn read_orders(&mut self) {
        let known = self.tick(10);
        for (placed, taken, known) in &mut self.orders {
            let by = *taken - *known;
            *known = *taken;
            if by > 0 {
                took(&mut self.unmatched, *placed, units(by));
            } else if by < 0 {
                gave_back(&mut self.unmatched, *placed, units(-by));
            }
        }
        if wants_look(&self.unmatched) {
            let asked = self.tick(10);
            self.look();
            let lost = settle(&mut self.unmatched, asked, known).whole().unwrap();
            self.lost += lost;
            self.available -= lost;
        }
    }

    fn happens(&mut self, what: Happening) {
        match what {
            Happening::Sale(by) => self.sale(by),
            Happening::ByHand(by) => self.count += by,
            Happening::Cancel => {
                if let Some((_, taken, _)) = self.orders.iter_mut().rev().find(|(_, taken, _)| *taken > 0) {
                    self.count += std::mem::take(taken);
                }
            }
            Happening::Look => self.look(),
            Happening::Orders => self.read_orders(),
            Happening::Write { by, sales } => {
                let from = self.tick(10);
                self.look();
                begin_race(&mut self.unmatched, from);
                let target = self.count + by;
                for sale in sales {
                    self.sale(sale);
                    self.overwritten += sale;
                }
                self.count = target;
                self.base += by;
                self.available += by;
                let to = self.tick(10);
                end_race(&mut self.unmatched, Some(to));
            }
        }
    }
}

proptest! {
    /// With customers alone, every sale that a write overwrote is found and taken off, and nothing else is.
    #[test]
    fn what_was_overwritten_is_found(what in prop::collection::vec(happening(false), 0..60)) {
        // A cancellation raises the count: then what is missing stays with the estimate.
        let cancels = what.iter().any(|h| matches!(h, Happening::Cancel));
        // More races than are remembered between two readings of the orders stay with the estimate too.
        let writes = what.split(|h| matches!(h, Happening::Orders));
        let writes = writes.map(|part| part.iter().filter(|h| matches!(h, Happening::Write { .. })).count());
        prop_assume!(writes.max().unwrap_or(0) <= MOST_RACES);
        let mut shop = Shop::new();
        for happening in what { shop.happens(happening); }
        shop.look();
        shop.read_orders();
        shop.read_orders();
        shop.look();
        prop_assert!(shop.lost <= shop.overwritten);
        if !cancels {
            prop_assert_eq!(shop.lost, shop.overwritten);
            prop_assert_eq!(shop.available, shop.count - shop.lost);
        }
    }

    /// Whatever people count by hand meanwhile: never more is taken off than was lost.
    #[test]
    fn nothing_is_taken_off_on_a_guess(what in prop::collection::vec(happening(true), 0..60)) {
        let mut shop = Shop::new();
        for happening in what { shop.happens(happening); }
        shop.look();
        shop.read_orders();
        prop_assert!(shop.lost <= shop.overwritten, "{} of {}", shop.lost, shop.overwritten);
        prop_assert_eq!(shop.available, shop.base - shop.lost);
    }

    /// No quantity ever becomes negative in there, nothing grows without end, and no fall is explained beyond itself.
    #[test]
    fn what_waits_stays_small(what in prop::collection::vec(happening(true), 0..300)) {
        let mut shop = Shop::new();
        for happening in what {
            shop.happens(happening);
            let waiting = &shop.unmatched;
            prop_assert!(waiting.falls.iter().chain(&waiting.takings).all(|(_, by)| by.is_positive()));
            prop_assert!(waiting.falls.len() <= MOST && waiting.takings.len() <= MOST && waiting.races.len() <= MOST_RACES);
            prop_assert!(explained(waiting, units(5)) <= units(5));
        }
    }
}
