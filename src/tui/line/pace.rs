//! When the next frame may be sent: as fast as the line carries, and no faster.
//!
//! Behind a slow line lie buffers of megabytes; what is written into them is seen minutes later. So each frame ends with
//! a question that every terminal answers when it has drawn what came before it, and the answers say what the line
//! carries: as many frames are on their way as keep it busy, and not one more, so that the newest state is never behind
//! a queue of old ones. Keys are applied meanwhile; what lies between is left out.
//!
//! A terminal that never answered is never waited for.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// "How are you?" (DSR 5), answered with `CSI 0 n`.
pub const QUESTION: &[u8] = b"\x1b[5n";

/// Frames that a terminal may leave unanswered before it is not asked any more.
const UNANSWERED: u32 = 8;
/// An answer is waited for so long, and for this many bytes a second longer.
const PATIENCE: Duration = Duration::from_secs(3);
const SLOWEST: u64 = 600;
/// Answers come late by chance, too.
const CHANCE: Duration = Duration::from_millis(10);
/// More is never on its way.
const MOST: usize = 1 << 16;

#[derive(Debug, Clone, Copy)]
struct Sent {
    at: Instant,
    bytes: usize,
    /// Nothing else was on its way.
    alone: bool,
}

/// What the line was seen to carry; nothing is known of one from which no answer came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Speed {
    /// Of the quickest answer of late.
    pub round_trip: Option<Duration>,
    /// Bytes a second, where a large frame took longer than a small one.
    pub rate: Option<u64>,
}

/// Lines on which a person feels what is sent.
const SLOW_ROUND_TRIP: Duration = Duration::from_millis(120);
const SLOW_RATE: u64 = 64 * 1_024;
/// A frame that says something of the rate.
const LARGE: usize = 1_500;

impl Speed {
    pub fn is_slow(self) -> bool {
        self.round_trip.is_some_and(|took| took > SLOW_ROUND_TRIP) || self.rate.is_some_and(|rate| rate < SLOW_RATE)
    }

    /// How long so many bytes are on their way, as far as that is known.
    pub fn takes(self, bytes: usize) -> Option<Duration> {
        let carried = Duration::from_millis((bytes as u64).saturating_mul(1_000) / self.rate?.max(1));
        Some(carried + self.round_trip.unwrap_or_default() / 2)
    }
}

#[derive(Debug, Default)]
pub struct Pace {
    /// Frames without their answer, the oldest first.
    under_way: VecDeque<Sent>,
    /// It has answered, and goes on answering.
    answers: bool,
    unanswered: u32,
    /// The quickest answer of late: a frame on a line that was free.
    quickest: Option<Duration>,
    /// The last large frame on a line that was free, and how long its answer took.
    large: Option<(usize, Duration)>,
    /// So many bytes may be on their way when the next frame is sent.
    allowed: usize,
    /// A frame had to wait since more was allowed last.
    held: bool,
}

impl Pace {
    /// Whether the next frame is to ask.
    pub fn asks(&self) -> bool {
        self.answers || self.unanswered < UNANSWERED
    }

    /// A frame of so many bytes was sent, with the question if it is to ask.
    pub fn sent(&mut self, now: Instant, bytes: usize) {
        if !self.answers {
            if self.unanswered >= UNANSWERED {
                return;
            }
            self.unanswered += 1;
        }
        self.under_way.push_back(Sent { at: now, bytes, alone: self.under_way.is_empty() });
    }

    /// The terminal has answered.
    pub fn answered(&mut self, now: Instant) {
        (self.answers, self.unanswered) = (true, 0);
        let Some(sent) = self.under_way.pop_front() else { return };
        let took = now.saturating_duration_since(sent.at);
        if sent.alone && sent.bytes >= LARGE {
            self.large = Some((sent.bytes, took));
        }
        let Some(known) = self.quickest else {
            self.quickest = Some(took);
            return;
        };
        let quickest = match took.checked_sub(known) {
            // Lines change; but only a frame that had nothing before it can tell.
            Some(more) if sent.alone => known + more / 8,
            Some(_) => known,
            None => took,
        };
        self.quickest = Some(quickest);
        if took > quickest + quickest / 4 + CHANCE {
            self.allowed /= 2;
        } else if self.held && took <= quickest + quickest / 8 + CHANCE {
            self.allowed = (self.allowed + sent.bytes).min(MOST);
            self.held = false;
        }
    }

    pub fn speed(&self) -> Speed {
        let rate = self.large.zip(self.quickest).and_then(|((bytes, took), quickest)| {
            // What differs by chance says nothing.
            let longer = took.checked_sub(quickest).filter(|longer| *longer > CHANCE)?;
            u64::try_from(bytes as u128 * 1_000_000 / longer.as_micros().max(1)).ok()
        });
        Speed { round_trip: self.quickest, rate }
    }

    /// Until when a frame waits if no answer comes; `None` if it may be sent now.
    pub fn holds(&mut self, now: Instant) -> Option<Instant> {
        if !self.answers {
            return None;
        }
        let oldest = self.under_way.front()?;
        let bytes: usize = self.under_way.iter().map(|sent| sent.bytes).sum();
        let until = oldest.at + PATIENCE + Duration::from_millis(bytes as u64 * 1_000 / SLOWEST);
        if now >= until {
            // It was taken away from us, or never did what it promised. It is asked on, and waited for when it answers.
            *self = Self::default();
            return None;
        }
        self.held |= bytes > self.allowed;
        (bytes > self.allowed).then_some(until)
    }

    /// What is on its way is for nobody any more: the terminal was given away meanwhile.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line that carries so many bytes a second, with half of a round trip in each direction.
    struct Line {
        rate: u64,
        half: Duration,
        free_at: Instant,
        answers: VecDeque<Instant>,
        /// When which state stood on the screen.
        seen: Vec<(Instant, u64)>,
    }

    impl Line {
        fn send(&mut self, now: Instant, bytes: usize, state: u64) {
            let begin = self.free_at.max(now);
            self.free_at = begin + Duration::from_micros(bytes as u64 * 1_000_000 / self.rate);
            self.seen.push((self.free_at + self.half, state));
            self.answers.push_back(self.free_at + self.half * 2);
        }
    }

    /// A key held for some seconds at 30 a second: how long after the last one the last state stands, as felt by who
    /// holds it, and how many frames there were.
    fn held(rate: u64, round_trip: u64, bytes: usize, seconds: u64) -> (Duration, usize) {
        let begin = Instant::now();
        let half = Duration::from_millis(round_trip / 2);
        let mut line = Line { rate, half, free_at: begin, answers: VecDeque::new(), seen: Vec::new() };
        let mut pace = Pace::default();
        // The first screen, long before.
        line.send(begin, 4_000, 0);
        pace.sent(begin, 4_000);
        let start = begin + Duration::from_secs(60);
        let last_key = start + Duration::from_millis(seconds * 1_000);
        let (mut state, mut drawn) = (0, 0);
        for step in 0..(seconds + 60) * 1_000 {
            let now = start + Duration::from_millis(step);
            while line.answers.front().is_some_and(|at| *at <= now) {
                let at = line.answers.pop_front().unwrap();
                pace.answered(at);
            }
            // A key pressed arrives half a round trip later.
            let pressed = (step.saturating_sub(round_trip / 2) / 33).min(seconds * 1_000 / 33);
            state = state.max(pressed);
            if state > drawn && pace.holds(now).is_none() {
                line.send(now, bytes, state);
                pace.sent(now, bytes);
                drawn = state;
            }
        }
        let stands = line.seen.last().unwrap().0;
        (stands.saturating_duration_since(last_key), line.seen.len())
    }

    #[test]
    fn after_a_held_key_the_screen_soon_stands() {
        // (bytes a second, bytes of a frame)
        for (rate, bytes) in [(8_000, 340), (8_000, 90), (1_200, 340), (1_200, 90), (8_000, 5_500), (1_200, 5_500)] {
            let (lag, frames) = held(rate, 300, bytes, 4);
            let frame = Duration::from_micros(bytes as u64 * 1_000_000 / rate);
            let round_trip = Duration::from_millis(300);
            // The frame that is on its way, then the last one; large frames are sent one by one.
            assert!(lag <= frame * 2 + round_trip * 2, "{lag:?} at {rate} with {bytes}: a frame takes {frame:?}");
            // The line is used: at least half of what it could carry meanwhile.
            let carried = (4_000 / (frame.as_millis() as usize).max(33)).max(1);
            assert!(frames * 2 >= carried, "only {frames} frames at {rate} with {bytes}, of {carried}");
        }
    }

    #[test]
    fn a_quick_line_is_not_held_up() {
        let (lag, frames) = held(10_000_000, 0, 340, 4);
        assert!(lag <= Duration::from_millis(40), "{lag:?}");
        assert!(frames >= 118, "{frames} frames for 121 keys");
    }

    #[test]
    fn what_a_line_carries_is_known_after_a_large_frame_and_a_small_one() {
        let seen = |rate: u64, round_trip: u64| {
            let begin = Instant::now();
            let half = Duration::from_millis(round_trip / 2);
            let mut line = Line { rate, half, free_at: begin, answers: VecDeque::new(), seen: Vec::new() };
            let mut pace = Pace::default();
            for (nth, bytes) in [4_000, 340, 4_000, 90].into_iter().enumerate() {
                let now = begin + Duration::from_secs(60 * nth as u64);
                line.send(now, bytes, 0);
                pace.sent(now, bytes);
                pace.answered(line.answers.pop_front().unwrap());
            }
            pace.speed()
        };
        let slow = seen(8_000, 300);
        assert!((7_500..9_000).contains(&slow.rate.unwrap()), "{slow:?}");
        assert!(slow.is_slow() && slow.takes(80_000).unwrap().as_secs().abs_diff(10) <= 1);
        assert!(seen(1_200, 0).is_slow(), "quick to answer, and slow all the same");
        let far = seen(10_000_000, 300);
        assert!(far.is_slow() && far.rate.is_none(), "{far:?}");
        let near = seen(10_000_000, 0);
        assert!(!near.is_slow() && near.takes(80_000).is_none(), "{near:?}");
        assert_eq!(Pace::default().speed(), Speed::default());
        assert!(!Speed::default().is_slow());
    }

    #[test]
    fn who_never_answers_is_never_waited_for_and_no_longer_asked() {
        let mut pace = Pace::default();
        let now = Instant::now();
        for _ in 0..20 {
            assert_eq!(pace.holds(now), None);
            pace.sent(now, 340);
        }
        assert!(!pace.asks());
    }

    #[test]
    fn an_answer_that_never_comes_holds_up_for_seconds_only() {
        let mut pace = Pace::default();
        let now = Instant::now();
        pace.sent(now, 340);
        pace.answered(now + Duration::from_millis(300));
        for frame in 0..5 {
            pace.sent(now + Duration::from_millis(400 + frame), 340);
        }
        let until = pace.holds(now + Duration::from_secs(1)).unwrap();
        assert!(until < now + Duration::from_secs(8));
        assert_eq!(pace.holds(until), None);
        assert!(pace.asks());
    }
}
