//! How long to pause before a read is tried again: growing, jittered, and never shorter than the platform asks for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::Timestamp;

/// Tries of one read, the first included.
pub(super) const MOST_TRIES: u32 = 5;
/// All pauses of one read together. Beyond that the engine waits, and shows that it does.
pub(super) const MOST_PAUSING: Duration = Duration::from_secs(60);

const FIRST_PAUSE_MILLIS: u64 = 500;
const LONGEST_PAUSE_MILLIS: u64 = 16_000;

/// The pauses of one read.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    tries: u32,
    spent: Duration,
}

impl Pauses {
    /// The pause after one more failure; `None` when it is time to give up. Exponential with full jitter, which spreads
    /// many clients best (Brooker, "Exponential Backoff And Jitter"); on top of what the platform asked for.
    pub(super) fn next(&mut self, asked: Option<Duration>, random: &mut fastrand::Rng) -> Option<Duration> {
        self.tries += 1;
        if self.tries >= MOST_TRIES {
            return None;
        }
        let most = (FIRST_PAUSE_MILLIS << (self.tries - 1)).min(LONGEST_PAUSE_MILLIS);
        let pause = match asked {
            Some(asked) => asked.saturating_add(Duration::from_millis(random.u64(0..=FIRST_PAUSE_MILLIS))),
            None => Duration::from_millis(random.u64(0..=most)),
        };
        self.spent = self.spent.saturating_add(pause);
        (self.spent <= MOST_PAUSING).then_some(pause)
    }
}

/// `Retry-After` in both forms (RFC 9110, 10.2.3): seconds, or a date. A date is counted from the server's own `Date`
/// where there is one, so that a clock that is wrong on one side does no harm.
pub(super) fn retry_after(value: &str, server_date: Option<&str>, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    // Not in the RFC, and sent all the same: "0.5".
    if let Some((whole, fraction)) = value.split_once('.') {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits(whole) && digits(fraction) {
            return whole.parse().ok().map(|seconds: u64| Duration::from_secs(seconds.saturating_add(1)));
        }
    }
    let until = http_date(value)?;
    let from = server_date.and_then(http_date).unwrap_or(now);
    Some(Duration::from_millis(u64::try_from(until.0.saturating_sub(from.0)).unwrap_or(0)))
}

/// The moment in a `Date` header.
pub(super) fn http_date(value: &str) -> Option<Timestamp> {
    let moment: SystemTime = httpdate::parse_http_date(value.trim()).ok()?;
    let since = moment.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pauses_are_few_bounded_and_never_too_short(
            seed in any::<u64>(),
            asked in prop::collection::vec(prop::option::of(0u64..90), 10),
        ) {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut pauses = Pauses::default();
            let mut total = Duration::ZERO;
            let mut tries = 1;
            for asked in asked {
                let asked = asked.map(Duration::from_secs);
                let Some(pause) = pauses.next(asked, &mut random) else { break };
                prop_assert!(pause >= asked.unwrap_or_default());
                total += pause;
                tries += 1;
            }
            prop_assert!(tries <= MOST_TRIES && total <= MOST_PAUSING);
        }

        #[test]
        fn no_header_panics(value in ".{0,40}") {
            let _ = retry_after(&value, Some(&value), Timestamp(0));
        }
    }

    #[test]
    fn both_forms_are_read() {
        let now = Timestamp::parse("2026-11-21T19:00:00Z").unwrap();
        let date = "Sat, 21 Nov 2026 19:00:30 GMT";
        assert_eq!(retry_after("7", None, now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("0.5", None, now), Some(Duration::from_secs(1)));
        assert_eq!(retry_after(date, None, now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after(date, Some("Sat, 21 Nov 2026 19:00:20 GMT"), now), Some(Duration::from_secs(10)));
        assert_eq!(retry_after(date, Some("Sat, 21 Nov 2026 19:01:20 GMT"), now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", None, now), None);
        assert_eq!(retry_after("-1", None, now), None);
    }
}
