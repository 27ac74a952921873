//! How soon a connection is looked at again: seconds after something moved, minutes when it is quiet, and never so often
//! that people's own jobs would have to wait for it.

use std::time::Duration;

use crate::domain::{Budget, Interval};

/// How soon and how late a connection is looked at that is kept in step continuously.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub soonest: Duration,
    pub latest: Duration,
}

/// What the next look depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    pub every: Interval,
    /// Since something last moved there; `None`: nothing since the engine started.
    pub quiet: Option<Duration>,
    /// Calls of one look.
    pub calls: u32,
    pub budget: Budget,
    /// A job that a person ordered is under way there.
    pub busy: bool,
}

/// Of the allowed rate, looking takes at most one in so many calls.
const SHARE: u64 = 5;

/// How much longer the pauses are while a person's job is under way.
const BUSY: u32 = 4;

/// Quiet for so long, and the pause is a quarter of it.
const QUARTER: u32 = 4;

/// The pause before the next look, from the end of the last one.
pub fn pause(facts: &Facts, bounds: Bounds) -> Duration {
    let wanted = match facts.every {
        Interval::Minutes(minutes) => return Duration::from_secs(60 * u64::from(minutes.max(1))),
        Interval::Continuous => {
            let quiet = facts.quiet.map_or(bounds.latest, |quiet| quiet / QUARTER);
            quiet.clamp(bounds.soonest, bounds.latest.max(bounds.soonest))
        }
    };
    let wanted = if facts.busy { wanted.saturating_mul(BUSY) } else { wanted };
    wanted.max(affordable(facts))
}

/// The shortest pause that leaves most of the rate to others.
fn affordable(facts: &Facts) -> Duration {
    match u64::from(facts.budget.per_second_milli) {
        0 => Duration::ZERO,
        rate => Duration::from_millis((u64::from(facts.calls) * SHARE).saturating_mul(1_000_000).div_ceil(rate)),
    }
}

/// The pause after `failures` looks in a row that failed: from 5 seconds to 15 minutes, for ever.
pub fn after_failure(failures: u32) -> Duration {
    const FIRST: u64 = 5;
    const LAST: u64 = 900;
    Duration::from_secs((FIRST << failures.saturating_sub(1).min(20)).min(LAST))
}

/// The pause before what a platform refused is tried again for the `tries`-th time: from 5 minutes to 6 hours, for ever.
pub fn after_refusal(tries: u32) -> Duration {
    const FIRST: u64 = 300;
    const LAST: u64 = 6 * 3600;
    Duration::from_secs((FIRST << tries.saturating_sub(1).min(20)).min(LAST))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: Bounds = Bounds { soonest: Duration::from_secs(5), latest: Duration::from_secs(180) };

    fn facts(quiet: Option<u64>) -> Facts {
        let budget = Budget { burst: 10, per_second_milli: 2000, concurrent: 1, source: "imagined" };
        Facts { every: Interval::Continuous, quiet: quiet.map(Duration::from_secs), calls: 2, budget, busy: false }
    }

    #[test]
    fn soon_after_something_moved_and_later_when_it_is_quiet() {
        let seconds = |quiet| pause(&facts(quiet), BOUNDS).as_secs();
        assert_eq!((seconds(Some(0)), seconds(Some(60)), seconds(Some(3600)), seconds(None)), (5, 15, 180, 180));
        let busy = Facts { busy: true, ..facts(Some(0)) };
        assert_eq!(pause(&busy, BOUNDS), Duration::from_secs(20));
    }

    #[test]
    fn people_who_want_a_schedule_get_it() {
        let facts = Facts { every: Interval::Minutes(15), ..facts(Some(0)) };
        assert_eq!(pause(&facts, BOUNDS), Duration::from_secs(900));
    }

    #[test]
    fn failures_are_waited_out_longer_and_longer() {
        let waits: Vec<u64> = (1..12).map(|failures| after_failure(failures).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]);
        let waits: Vec<u64> = (1..9).map(|tries| after_refusal(tries).as_secs() / 60).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 360]);
    }

    proptest! {
        /// Whatever is asked for, looking leaves most of the rate to people's jobs.
        #[test]
        fn looking_never_takes_more_than_its_share(
            quiet in prop::option::of(0..100_000u64), calls in 1..50u32, rate in 1..50_000u32, busy: bool,
        ) {
            let budget = Budget { burst: 1, per_second_milli: rate, concurrent: 1, source: "imagined" };
            let facts = Facts { calls, budget, busy, ..facts(quiet) };
            let pause = pause(&facts, BOUNDS);
            let allowed = u128::from(rate) * pause.as_millis() / 1_000_000;
            prop_assert!(u128::from(calls) * u128::from(SHARE) <= allowed + 1);
            prop_assert!(pause >= BOUNDS.soonest);
        }

        #[test]
        fn the_longer_it_is_quiet_the_longer_the_pause(quiet in 0..10_000u64, more in 0..10_000u64) {
            prop_assert!(pause(&facts(Some(quiet)), BOUNDS) <= pause(&facts(Some(quiet + more)), BOUNDS));
            prop_assert!(after_failure(quiet as u32) <= after_failure((quiet + more) as u32));
        }
    }
}
