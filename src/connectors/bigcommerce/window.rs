//! The rate window: so many calls in so many milliseconds, shared by all apps of the store.
//!
//! The headers of each answer say what is left; when that is less than may be under way, nothing is sent until the
//! window ends. A 429 without these headers comes from the platform itself being overloaded (its rate limit guide),
//! and is given more time.

use std::time::Duration;

use crate::http::{Answer, LimitReading};

use super::profile::CONCURRENT;

/// After a 429 that does not say when the window ends.
const OVERLOAD: Duration = Duration::from_secs(30);

/// `None`: the answer says nothing of it (a page of something in between).
pub(super) fn reading(answer: &Answer) -> Option<LimitReading> {
    let number = |name: &str| answer.header(name)?.trim().parse::<u64>().ok();
    let left = number("x-rate-limit-requests-left")?;
    let quota = number("x-rate-limit-requests-quota");
    let window = number("x-rate-limit-time-window-ms").filter(|window| *window > 0);
    let reset = Duration::from_millis(number("x-rate-limit-time-reset-ms").or(window).unwrap_or(0));
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Some(LimitReading {
        available: Some(small(left)),
        burst: quota.map(small),
        per_second_milli: quota.zip(window).map(|(quota, window)| small(quota.saturating_mul(1_000_000) / window)),
        // Those that are under way are not counted in what is left.
        pause: (left <= u64::from(CONCURRENT)).then_some(reset),
    })
}

/// What a 429 means: its reading, and how long to be silent.
pub(super) fn throttled(answer: &Answer) -> (LimitReading, Duration) {
    match reading(answer) {
        Some(reading) => {
            let pause = reading.pause.unwrap_or(OVERLOAD).max(Duration::from_millis(1));
            (LimitReading { available: Some(0), pause: Some(pause), ..reading }, pause)
        }
        None => (LimitReading { available: Some(0), pause: Some(OVERLOAD), ..LimitReading::default() }, OVERLOAD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn answer(headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answer { status: 429, headers, body: Vec::new(), sent_at: Timestamp(0) }
    }

    fn window<'a>(left: &'a str, reset: &'a str) -> [(&'static str, &'a str); 4] {
        [
            ("x-rate-limit-time-window-ms", "30000"),
            ("x-rate-limit-time-reset-ms", reset),
            ("x-rate-limit-requests-quota", "150"),
            ("x-rate-limit-requests-left", left),
        ]
    }

    #[test]
    fn a_window_that_is_used_up_is_waited_out() {
        let much = reading(&answer(&window("100", "15000"))).unwrap();
        assert_eq!((much.available, much.burst, much.per_second_milli), (Some(100), Some(150), Some(5_000)));
        assert_eq!(much.pause, None);
        assert_eq!(reading(&answer(&window("3", "15000"))).unwrap().pause, Some(Duration::from_secs(15)));
    }

    #[test]
    fn a_refusal_without_headers_is_overload_and_waits_longer() {
        assert_eq!(throttled(&answer(&window("0", "900"))).1, Duration::from_millis(900));
        let (told, pause) = throttled(&answer(&[("content-type", "text/html")]));
        assert_eq!((pause, told.pause), (OVERLOAD, Some(OVERLOAD)));
    }
}
