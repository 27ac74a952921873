//! How fast a count falls: the rate that the estimate of overwritten units is made with.
//!
//! Pure. What orders tell is only a part of it where staff edit counts, or where a till of somebody else sells from the
//! same shelf; so every fall that is seen counts, whatever caused it. Two rates are kept, one of the last minutes and one
//! of the last days, and the larger holds: an item that sells now loses units now, and one that sold all week is not
//! forgotten for a quiet minute.

use crate::domain::{Quantity, Timestamp};

/// Over how long the two rates look back, in seconds.
const MINUTES: f64 = 600.0;
const DAYS: f64 = 3.0 * 24.0 * 3600.0;

/// The falls of one count, as two sums that fade with time. An estimate for people: not money, not a count.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pulse {
    at: Timestamp,
    lately: f64,
    long: f64,
}

impl Pulse {
    /// It was seen to fall by so much.
    pub fn fell(&mut self, by: Quantity, now: Timestamp) {
        self.fade(now);
        let units = by.raw().max(0) as f64 / Quantity::units(1).raw() as f64;
        self.lately += units;
        self.long += units;
    }

    /// Units in a second. `since`: for how many seconds it is watched; a rate over longer than that would be too low.
    pub fn per_second(mut self, now: Timestamp, since: u64) -> f64 {
        self.fade(now);
        let since = (since as f64).max(MINUTES);
        (self.lately / MINUTES).max(self.long / since.min(DAYS))
    }

    /// A clock that was set back fades nothing.
    fn fade(&mut self, now: Timestamp) {
        let passed = now.seconds_since(self.at) as f64;
        self.lately *= (-passed / MINUTES).exp();
        self.long *= (-passed / DAYS).exp();
        self.at = self.at.max(now);
    }
}

/// How many units may have been lost by a write that took `millis` from reading to answer, of a count that falls by so
/// much in a second: 1 − exp(−λW), in millionths, rounded up.
pub fn drift(per_second: f64, millis: u64) -> u64 {
    let expected = per_second * (millis as f64 / 1000.0);
    (-(-expected).exp_m1() * 1_000_000.0).ceil().clamp(0.0, 1_000_000.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    /// One unit every `pause` seconds for `length` seconds.
    fn selling(pause: i64, length: i64) -> Pulse {
        let mut pulse = Pulse::default();
        for moment in 0..length / pause {
            pulse.fell(Quantity::units(1), at(moment * pause));
        }
        pulse
    }

    #[test]
    fn what_falls_steadily_has_its_rate() {
        for pause in [10, 60, 3600] {
            let length = 20 * 24 * 3600;
            let rate = selling(pause, length).per_second(at(length), 20 * 24 * 3600) * pause as f64;
            assert!((0.85..1.2).contains(&rate), "every {pause} s: {rate}");
        }
    }

    #[test]
    fn an_hour_of_trade_is_no_quiet_day() {
        // Nine in ninety seconds, right after it was connected.
        let rate = selling(10, 90).per_second(at(90), 90) * 600.0;
        assert!((8.0..9.1).contains(&rate), "{rate}");
        // A quiet hour later it is what the days say.
        let rate = selling(10, 90).per_second(at(3690), 24 * 3600) * 24.0 * 3600.0;
        assert!((8.0..10.0).contains(&rate), "{rate}");
        assert_eq!(Pulse::default().per_second(at(5), 9), 0.0);
        assert_eq!((drift(0.0, 60_000), drift(1.0 / 60.0, 60_000)), (0, 632_121));
    }
}
