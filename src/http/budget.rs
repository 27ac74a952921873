//! The rate budget as pure arithmetic: a bucket that refills, and pauses that the platform asked for.
//!
//! Counts in millionths of a unit, so that a rate in thousandths per second and a time in milliseconds multiply
//! without rounding. It is told the time and never asks for it.
//!
//! Beside the bucket stands what was used of late: a bucket says what is left this very moment and trembles, people want
//! to know how much of what is allowed they use.

use std::time::Duration;

use crate::domain::{RateUse, Timestamp};
use crate::platform::Budget;
use crate::rules::slices::Slices;

/// What a platform's headers or body say of the rate budget.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LimitReading {
    /// Units that may be used now.
    pub available: Option<u32>,
    /// Size of the bucket.
    pub burst: Option<u32>,
    /// Thousandths of a unit that come back per second.
    pub per_second_milli: Option<u32>,
    /// Nothing may be sent for so long.
    pub pause: Option<Duration>,
}

/// The answer to a wish to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// Send; the units are taken.
    Go,
    /// Ask again after so long: the bucket is too empty.
    Refilling(Duration),
    /// Ask again after so long: the platform wants silence.
    Paused(Duration),
}

const UNIT: i64 = 1_000_000;

#[derive(Debug, Clone)]
pub(super) struct Bucket {
    burst: u32,
    /// Thousandths of a unit per second, which is the same as millionths per millisecond.
    per_second_milli: u32,
    /// Millionths. Negative after a call that costs more than the bucket holds.
    level: i64,
    /// The moment that `level` is of.
    counted_at: Timestamp,
    /// Millionths taken by calls without an answer yet; the platform may not have counted them.
    in_flight: i64,
    pause: Option<Pause>,
    calls: Slices,
    used: Slices,
    waits: Slices,
}

#[derive(Debug, Clone, Copy)]
struct Pause {
    until: Timestamp,
    /// As asked for. If more than that seems to be left, the clock was set back.
    length: Duration,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(budget: &Budget, now: Timestamp) -> Self {
        let burst = budget.burst.max(1);
        Self {
            burst,
            per_second_milli: budget.per_second_milli.max(1),
            level: i64::from(burst) * UNIT,
            counted_at: now,
            in_flight: 0,
            pause: None,
            calls: Slices::default(),
            used: Slices::default(),
            waits: Slices::default(),
        }
    }

    /// Takes `cost` units if they are there and `left_over` remain. A call that wants more than the whole bucket goes
    /// when the bucket is full, and the ones after it wait the longer.
    pub(super) fn take(&mut self, cost: u32, left_over: u32, now: Timestamp) -> Leave {
        self.refill(now);
        if let Some(left) = self.paused_for(now) {
            return Leave::Paused(left);
        }
        let wanted = cost.saturating_add(left_over).min(self.burst);
        let missing = i64::from(wanted) * UNIT - self.level;
        if missing > 0 {
            return Leave::Refilling(millis(missing.unsigned_abs().div_ceil(u64::from(self.per_second_milli))));
        }
        self.level -= i64::from(cost) * UNIT;
        self.in_flight += i64::from(cost) * UNIT;
        self.calls.add(1, now);
        self.used.add(cost, now);
        Leave::Go
    }

    /// A call that took `cost` has its answer, or will never have one.
    pub(super) fn finish(&mut self, cost: u32) {
        self.in_flight = (self.in_flight - i64::from(cost) * UNIT).max(0);
    }

    /// The platform's own figures win over ours; calls in flight count as not yet in its figures.
    pub(super) fn observe(&mut self, reading: &LimitReading, now: Timestamp) {
        self.refill(now);
        if let Some(burst) = reading.burst {
            self.burst = burst.max(1);
        }
        if let Some(rate) = reading.per_second_milli {
            self.per_second_milli = rate.max(1);
        }
        if let Some(available) = reading.available {
            self.level = i64::from(available) * UNIT - self.in_flight;
        }
        self.level = self.level.min(self.most());
        if let Some(length) = reading.pause {
            self.pause(length, now);
        }
    }

    /// Nothing goes out for so long. The longer of two pauses holds.
    pub(super) fn pause(&mut self, length: Duration, now: Timestamp) {
        let left = self.paused_for(now);
        if length.is_zero() || left.is_some_and(|left| left >= length) {
            return;
        }
        // Several calls that are refused together make one pause.
        self.waits.add(u32::from(left.is_none()), now);
        self.pause = Some(Pause { until: Timestamp(now.0.saturating_add(whole_millis(length))), length });
    }

    /// The platform said that we were too fast: what we thought was there is not.
    pub(super) fn drain(&mut self, now: Timestamp) {
        self.refill(now);
        self.level = self.level.min(0);
    }

    pub(super) fn paused_for(&mut self, now: Timestamp) -> Option<Duration> {
        let pause = self.pause.as_mut()?;
        let left = pause.until.0.saturating_sub(now.0);
        if left <= 0 {
            self.pause = None;
            return None;
        }
        if left > whole_millis(pause.length) {
            pause.until = Timestamp(now.0.saturating_add(whole_millis(pause.length)));
        }
        Some(millis(left.unsigned_abs()).min(pause.length))
    }

    /// What was used of it within the last minute, and whether nothing may be sent now.
    pub(super) fn rate_use(&mut self, now: Timestamp) -> RateUse {
        let left = self.paused_for(now);
        RateUse {
            calls: self.calls.total(now),
            used: self.used.total(now),
            allowed: u32::try_from(u64::from(self.per_second_milli) * 60 / 1000).unwrap_or(u32::MAX),
            waits: self.waits.total(now),
            until: left.map(|left| Timestamp(now.0.saturating_add(whole_millis(left)))),
        }
    }

    pub(super) fn figures(&self) -> (u32, u32) {
        (self.burst, self.per_second_milli)
    }

    fn refill(&mut self, now: Timestamp) {
        // A clock that was set back gives nothing, and counts on from where it is now.
        let passed = now.0.saturating_sub(self.counted_at.0).max(0);
        let gained = passed.saturating_mul(i64::from(self.per_second_milli));
        self.level = self.level.saturating_add(gained).min(self.most());
        self.counted_at = now;
    }

    fn most(&self) -> i64 {
        i64::from(self.burst) * UNIT
    }
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count.max(1))
}

fn whole_millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn budget(burst: u32, per_second_milli: u32) -> Budget {
        Budget { burst, per_second_milli, concurrent: 4, source: "test" }
    }

    /// Works off calls of these costs as fast as the bucket allows; `idle` is a rest before each. Times of leaving.
    fn work(bucket: &mut Bucket, calls: &[(u32, u64)]) -> Vec<(i64, u32)> {
        let mut now = 0i64;
        let mut sent = Vec::new();
        for (cost, idle) in calls {
            now += i64::try_from(*idle).unwrap();
            loop {
                match bucket.take(*cost, 0, Timestamp(now)) {
                    Leave::Go => break,
                    Leave::Refilling(wait) | Leave::Paused(wait) => now += whole_millis(wait),
                }
            }
            bucket.finish(*cost);
            sent.push((now, *cost));
        }
        sent
    }

    proptest! {
        #[test]
        fn no_window_holds_more_than_is_allowed(
            burst in 1u32..60,
            rate in 100u32..80_000,
            calls in prop::collection::vec((1u32..40, 0u64..3_000), 1..80),
        ) {
            let calls: Vec<_> = calls.into_iter().map(|(cost, idle)| (cost.min(burst), idle)).collect();
            let sent = work(&mut Bucket::new(&budget(burst, rate), Timestamp(0)), &calls);
            for (first, (from, _)) in sent.iter().enumerate() {
                let mut used = 0i64;
                for (at, cost) in &sent[first..] {
                    used += i64::from(*cost) * UNIT;
                    prop_assert!(used <= i64::from(burst) * UNIT + (at - from) * i64::from(rate));
                }
            }
        }

        #[test]
        fn nine_tenths_of_the_rate_are_used(burst in 1u32..60, rate in 100u32..80_000, cost in 1u32..30) {
            let cost = cost.min(burst);
            let sent = work(&mut Bucket::new(&budget(burst, rate), Timestamp(0)), &vec![(cost, 0); 200]);
            let used = sent.iter().map(|(_, cost)| i64::from(*cost) * UNIT).sum::<i64>();
            let allowed = i64::from(burst) * UNIT + sent.last().unwrap().0 * i64::from(rate);
            prop_assert!(used * 10 >= allowed * 9, "{used} of {allowed}");
        }

        #[test]
        fn a_pause_is_kept_whatever_the_clock_does(pause in 1u64..100_000, jumps in prop::collection::vec(-500_000i64..500_000, 0..9)) {
            let mut bucket = Bucket::new(&budget(10, 1_000), Timestamp(0));
            bucket.pause(Duration::from_millis(pause), Timestamp(0));
            let mut now = 0;
            for jump in jumps {
                now += jump;
                if let Leave::Paused(left) = bucket.take(1, 0, Timestamp(now)) {
                    prop_assert!(left <= Duration::from_millis(pause));
                }
            }
        }
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_lengthen_a_pause() {
        let mut bucket = Bucket::new(&budget(10, 1_000), Timestamp(3_600_000));
        bucket.pause(Duration::from_secs(5), Timestamp(3_600_000));
        assert_eq!(bucket.take(1, 0, Timestamp(1_000)), Leave::Paused(Duration::from_secs(5)));
        assert_eq!(bucket.take(1, 0, Timestamp(6_000)), Leave::Go);
    }

    #[test]
    fn what_the_platform_says_wins() {
        let mut bucket = Bucket::new(&budget(40, 2_000), Timestamp(0));
        assert_eq!(bucket.take(10, 0, Timestamp(0)), Leave::Go);
        assert_eq!(bucket.take(10, 0, Timestamp(0)), Leave::Go);
        bucket.finish(10);
        bucket.observe(&LimitReading { available: Some(12), ..Default::default() }, Timestamp(0));
        // 12, less the 10 in flight: two are left, and five more at two a second are 2.5 s away from seven.
        assert_eq!(bucket.take(7, 0, Timestamp(0)), Leave::Refilling(Duration::from_millis(2_500)));
        bucket.observe(
            &LimitReading { burst: Some(2_000), per_second_milli: Some(100_000), available: Some(900), pause: None },
            Timestamp(0),
        );
        assert_eq!(bucket.figures(), (2_000, 100_000));
        assert_eq!(bucket.take(890, 0, Timestamp(0)), Leave::Go);
        bucket.pause(Duration::from_secs(3), Timestamp(0));
        bucket.pause(Duration::from_secs(1), Timestamp(0));
        assert_eq!(bucket.take(1, 0, Timestamp(2_000)), Leave::Paused(Duration::from_secs(1)));
        assert_eq!(bucket.take(1, 0, Timestamp(3_000)), Leave::Go);
    }

    #[test]
    fn what_is_used_rises_with_each_call_and_is_forgotten_after_a_minute() {
        let mut bucket = Bucket::new(&budget(20, 2_000), Timestamp(0));
        assert_eq!(bucket.rate_use(Timestamp(0)), RateUse { allowed: 120, ..RateUse::default() });
        for call in 1..=4 {
            assert_eq!(bucket.take(3, 0, Timestamp(1_000)), Leave::Go);
            assert_eq!(
                (bucket.rate_use(Timestamp(1_000)).calls, bucket.rate_use(Timestamp(1_000)).used),
                (call, 3 * call)
            );
        }
        assert!(
            matches!(bucket.take(20, 0, Timestamp(1_000)), Leave::Refilling(_)),
            "what was not sent is not counted"
        );
        assert_eq!(bucket.rate_use(Timestamp(59_000)).used, 12);
        assert!(bucket.rate_use(Timestamp(61_000)).is_at_rest());
        bucket.observe(&LimitReading { per_second_milli: Some(4_000), ..Default::default() }, Timestamp(61_000));
        assert_eq!(bucket.rate_use(Timestamp(61_000)).allowed, 240, "the platform's own figures win");
    }

    #[test]
    fn a_pause_is_told_until_it_ends_and_remembered_for_a_minute() {
        let mut bucket = Bucket::new(&budget(20, 2_000), Timestamp(0));
        bucket.pause(Duration::from_secs(8), Timestamp(0));
        bucket.pause(Duration::from_secs(8), Timestamp(10));
        bucket.pause(Duration::from_secs(2), Timestamp(20));
        let told =
            |bucket: &mut Bucket, now| (bucket.rate_use(Timestamp(now)).waits, bucket.rate_use(Timestamp(now)).until);
        assert_eq!(told(&mut bucket, 5_000), (1, Some(Timestamp(8_010))), "calls that are refused together are one");
        assert_eq!(told(&mut bucket, 8_010), (1, None));
        bucket.pause(Duration::from_secs(1), Timestamp(9_000));
        assert_eq!(told(&mut bucket, 30_000), (2, None));
        assert_eq!(told(&mut bucket, 70_000), (0, None));
    }

    #[test]
    fn a_call_larger_than_the_bucket_goes_when_it_is_full() {
        let mut bucket = Bucket::new(&budget(10, 1_000), Timestamp(0));
        assert_eq!(bucket.take(25, 0, Timestamp(0)), Leave::Go);
        assert_eq!(bucket.take(1, 0, Timestamp(0)), Leave::Refilling(Duration::from_secs(16)));
    }
}
