//! How fast to call: what the headers say of the bucket, and the second limiter, which counts calls in each second.
//!
//! The bucket of drips is the rate budget of `http`. Beside it "a secondary burst rate limit … operates on 1-second fixed
//! windows", whatever the calls cost; it is kept here, by never sending more within any second than fit into one window.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::domain::Timestamp;
use crate::http::LimitReading;
use crate::platform::Clock;

use super::profile::{CALLS_A_SECOND, TENTHS};

/// Calls that are left unused: two may arrive closer together than they were sent.
const SPARE: u32 = 2;
const WINDOW: i64 = 1000;

pub struct Pace {
    clock: Arc<dyn Clock>,
    /// A std mutex: nothing is awaited while it is held.
    inside: Mutex<Inside>,
}

struct Inside {
    most: u32,
    sent: VecDeque<Timestamp>,
}

impl Pace {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, inside: Mutex::new(Inside { most: CALLS_A_SECOND, sent: VecDeque::new() }) }
    }

    /// Waits until one more call fits.
    pub async fn wait(&self) {
        while let Some(left) = self.take() {
            self.clock.sleep(left).await;
        }
    }

    /// One more was sent without waiting: what is spare is for it.
    pub fn note(&self) {
        let now = self.clock.now();
        self.inside.lock().unwrap_or_else(PoisonError::into_inner).sent.push_back(now);
    }

    /// Takes a place; the time to wait where there is none.
    fn take(&self) -> Option<Duration> {
        let now = self.clock.now();
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not stop us for longer than a window.
        inside.sent.retain(|at| (0..WINDOW).contains(&(now.0 - at.0)));
        let most = inside.most.saturating_sub(SPARE).max(1) as usize;
        if inside.sent.len() < most {
            inside.sent.push_back(now);
            return None;
        }
        let oldest = inside.sent.front().copied().unwrap_or(now);
        let left = WINDOW - (now.0 - oldest.0);
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(1).max(1)))
    }

    /// `X-LS-API-Burst-Level: 18/20`: calls of this second, and how many there may be. There may be more than ours: those
    /// of a connector before us (a test of the connection), and what was tried again below.
    pub fn observe(&self, level: Option<&str>) {
        let Some((used, most)) = level.and_then(|level| level.split_once('/')) else { return };
        let (Ok(used), Ok(most)) = (used.trim().parse::<usize>(), most.trim().parse::<u32>()) else { return };
        let now = self.clock.now();
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.most = most.max(1);
        let ours = inside.sent.iter().filter(|at| (0..WINDOW).contains(&(now.0 - at.0))).count();
        let others = used.min(most as usize).saturating_sub(ours);
        inside.sent.extend(std::iter::repeat_n(now, others));
    }
}

/// `X-LS-API-Bucket-Level: 12.351366519926/90` and `X-LS-API-Drip-Rate: 1.5`. The level says how full the bucket is, and
/// full is when nothing more fits in.
pub fn reading(level: Option<&str>, drip: Option<&str>) -> LimitReading {
    let mut reading = LimitReading::default();
    if let Some((used, size)) = level.and_then(|level| level.split_once('/'))
        && let (Some(used), Some(size)) = (tenths(used, true), tenths(size, false))
    {
        reading.burst = Some(size).filter(|size| *size > 0);
        reading.available = Some(size.saturating_sub(used));
    }
    let rate = drip.and_then(|drip| tenths(drip, false)).filter(|tenths| *tenths > 0);
    reading.per_second_milli = rate.map(|tenths| tenths.saturating_mul(1000));
    reading
}

/// A decimal in tenths; `up`: what is left counts as one more.
fn tenths(raw: &str, up: bool) -> Option<u32> {
    let (whole, rest) = raw.trim().split_once('.').unwrap_or((raw.trim(), ""));
    if !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let first = rest.bytes().next().map_or(0, |digit| u32::from(digit - b'0'));
    let more = up && rest.bytes().skip(1).any(|digit| digit != b'0');
    whole.checked_mul(TENTHS)?.checked_add(first + u32::from(more))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::ManualClock;

    #[test]
    fn recorded_headers_are_read() {
        let one = reading(Some("12.351366519926/90"), Some("1"));
        assert_eq!((one.burst, one.available, one.per_second_milli), (Some(900), Some(900 - 124), Some(10_000)));
        let three = reading(Some("1/110"), Some("2.5"));
        assert_eq!((three.burst, three.available, three.per_second_milli), (Some(1100), Some(1090), Some(25_000)));
        assert_eq!(reading(Some("92.57/90"), None).available, Some(0), "the first call over the edge is let through");
        assert_eq!(reading(Some("full"), Some("often")), LimitReading::default());
        assert_eq!(reading(None, None), LimitReading::default());
    }

    #[tokio::test]
    async fn no_second_holds_more_calls_than_are_allowed() {
        let clock = Arc::new(ManualClock::starting_at(Timestamp(500)));
        let pace = Pace::new(clock.clone());
        pace.observe(Some("0/7"));
        let mut sent = Vec::new();
        for _ in 0..23 {
            pace.wait().await;
            sent.push(clock.now().0);
            clock.advance(Duration::from_millis(30));
        }
        for from in &sent {
            assert!(sent.iter().filter(|at| (*from..*from + 1000).contains(*at)).count() <= 5, "{sent:?}");
        }
        assert!(*sent.last().unwrap() < 500 + 23 * 1000 / 5, "no slower than that: {sent:?}");
    }

    #[tokio::test]
    async fn calls_of_others_in_the_same_second_count_too() {
        let clock = Arc::new(ManualClock::starting_at(Timestamp(0)));
        let pace = Pace::new(clock.clone());
        pace.wait().await;
        pace.observe(Some("15/20"));
        for _ in 0..3 {
            pace.wait().await;
            assert_eq!(clock.now(), Timestamp(0));
        }
        pace.wait().await;
        assert_eq!(clock.now(), Timestamp(1000));
        pace.observe(Some("strange"));
        pace.observe(None);
    }
}
