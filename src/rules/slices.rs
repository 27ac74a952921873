//! How much happened lately, in slices of a few seconds: the memory behind a rate's gauge and a job's sparkline.
//!
//! Pure and small: it is told the time and holds a minute. A slice is long, so that what is drawn of it changes seldom.

use std::collections::VecDeque;

use crate::domain::Timestamp;

/// The length of a slice, in milliseconds. Slices begin where the clock shows a multiple of it.
pub const SLICE: i64 = 5_000;

/// How many of them are looked back at: a minute.
pub const SLICES: usize = 12;

/// One more is kept than is looked back at: the present slice is not over yet.
const KEPT: usize = SLICES + 1;

/// Counts of the last slices. Before the first count there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slices {
    /// The newest slice's number since 1970.
    newest: i64,
    /// The oldest first.
    counts: VecDeque<u32>,
}

impl Slices {
    /// So many more happened. Zero begins the record, where it has not begun.
    pub fn add(&mut self, count: u32, now: Timestamp) {
        self.reach(now);
        if let Some(last) = self.counts.back_mut() {
            *last = last.saturating_add(count);
        }
    }

    /// All that happened within the last minute, the present slice included.
    pub fn total(&self, now: Timestamp) -> u32 {
        let seen = SLICES.saturating_sub(self.gap(now));
        self.counts.iter().rev().take(seen).fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// What happened in each slice of the last minute that is over, the oldest first; none from before the first count.
    pub fn whole(&self, now: Timestamp) -> Vec<u32> {
        if self.counts.is_empty() {
            return Vec::new();
        }
        let mut counts: Vec<u32> = self.counts.iter().copied().chain(std::iter::repeat_n(0, self.gap(now))).collect();
        // The present one is not over.
        counts.pop();
        counts.drain(..counts.len().saturating_sub(SLICES));
        counts
    }

    /// Slices that have begun since the last count, and no more than matter. A clock that was set back shows none.
    fn gap(&self, now: Timestamp) -> usize {
        let passed = number(now).saturating_sub(self.newest).max(0);
        usize::try_from(passed).unwrap_or(KEPT).min(KEPT)
    }

    fn reach(&mut self, now: Timestamp) {
        if self.counts.is_empty() {
            self.counts.push_back(0);
        } else {
            self.counts.extend(std::iter::repeat_n(0, self.gap(now)));
            self.counts.drain(..self.counts.len().saturating_sub(KEPT));
        }
        // A clock that was set back is counted on from where it is now.
        self.newest = number(now);
    }
}

fn number(now: Timestamp) -> i64 {
    now.0.div_euclid(SLICE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    #[test]
    fn a_minute_is_remembered_and_no_more() {
        let mut slices = Slices::default();
        assert_eq!((slices.total(at(0)), slices.whole(at(500))), (0, vec![]));
        slices.add(0, at(100));
        slices.add(7, at(104));
        slices.add(2, at(113));
        assert_eq!(slices.whole(at(114)), [7, 0], "the present slice is not over");
        assert_eq!(slices.whole(at(115)), [7, 0, 2]);
        assert_eq!(slices.whole(at(130)), [7, 0, 2, 0, 0, 0]);
        assert_eq!((slices.total(at(114)), slices.total(at(159)), slices.total(at(160))), (9, 9, 2));
        assert_eq!((slices.total(at(169)), slices.total(at(170))), (2, 0));
        assert_eq!(slices.whole(at(100_000)), [0; SLICES]);
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nothing() {
        let mut slices = Slices::default();
        slices.add(3, at(3_600));
        assert_eq!((slices.total(at(0)), slices.whole(at(0))), (3, vec![]));
        slices.add(1, at(0));
        assert_eq!((slices.total(at(1)), slices.total(at(60))), (4, 0), "it goes on from where the clock is");
    }

    proptest! {
        /// Against the plain list of what happened.
        #[test]
        fn nothing_is_lost_and_nothing_is_counted_twice(
            happened in prop::collection::vec((0..20_000_i64, 0..9_u32), 1..60),
            later in 0..90_000_i64,
        ) {
            let (mut now, mut all, mut slices) = (1_700_000_000_123, Vec::new(), Slices::default());
            for (passed, count) in happened {
                now += passed;
                slices.add(count, Timestamp(now));
                all.push((number(Timestamp(now)), count));
                prop_assert!(slices.counts.len() <= KEPT);
            }
            let now = Timestamp(now + later);
            let counted = |slice: i64| all.iter().filter(|(of, _)| *of == slice).map(|(_, count)| count).sum::<u32>();
            let present = number(now);
            let first = all[0].0.max(present - SLICES as i64);
            prop_assert_eq!(slices.whole(now), (first..present).map(counted).collect::<Vec<_>>());
            let minute = (present - SLICES as i64 + 1..=present).map(counted).sum::<u32>();
            prop_assert_eq!(slices.total(now), minute);
        }
    }
}
