//! The door that every call passes: at most so many at once, in the order of asking, within the rate budget.
//!
//! A call that is *prompt* follows on a reading and undoes what happens in between (a count that can only be set): for
//! it one place and its units are always left over, and it waits behind nobody. Each follows a call that stood in line,
//! so the others are not starved.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::platform::{Budget, Clock};

use super::budget::{Bucket, Leave};

/// A pause that is longer than this is not waited for but told to the caller, who has better things to do.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

pub(super) struct Gate {
    /// A std mutex: nothing is awaited while it is held, and a poisoned bucket still counts.
    bucket: Mutex<Bucket>,
    /// Held while waiting for the bucket, so that the calls leave in the order in which they came and a dear call is
    /// not overtaken for ever by cheap ones.
    turn: tokio::sync::Mutex<()>,
    places: Semaphore,
    /// As many as there are places; from the first prompt call on one less, where there are several.
    ordinary: Semaphore,
    /// Whether the last place is kept for prompt calls.
    kept: AtomicBool,
    /// Units that calls in line leave over for a prompt one, where the bucket has room for it: what the dearest one
    /// until now has cost, and none before the first.
    reserve: AtomicU32,
    clock: Arc<dyn Clock>,
}

/// Leave to send one call; given back when dropped.
pub(super) struct Ticket<'gate> {
    gate: &'gate Gate,
    cost: u32,
    _place: Option<SemaphorePermit<'gate>>,
    _ordinary: Option<SemaphorePermit<'gate>>,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.gate.bucket().finish(self.cost);
    }
}

impl Gate {
    pub(super) fn new(budget: &Budget, clock: Arc<dyn Clock>) -> Self {
        Self {
            bucket: Mutex::new(Bucket::new(budget, clock.now())),
            turn: tokio::sync::Mutex::new(()),
            places: Semaphore::new(budget.concurrent.max(1) as usize),
            ordinary: Semaphore::new(budget.concurrent.max(1) as usize),
            kept: AtomicBool::new(budget.concurrent <= 1),
            reserve: AtomicU32::new(0),
            clock,
        }
    }

    /// Waits for a place and for the units. `Err` is how long the platform wants silence, if that is too long to wait.
    /// Cancelling takes nothing.
    pub(super) async fn enter(&self, cost: u32) -> Result<Ticket<'_>, Duration> {
        // Fails only for a closed semaphore, and nobody closes it.
        let ordinary = self.ordinary.acquire().await.ok();
        let place = self.places.acquire().await.ok();
        let _turn = self.turn.lock().await;
        self.units(cost, self.reserve.load(Ordering::Relaxed)).await?;
        Ok(Ticket { gate: self, cost, _place: place, _ordinary: ordinary })
    }

    /// As [`Gate::enter`], ahead of everybody who stands in line.
    pub(super) async fn enter_promptly(&self, cost: u32) -> Result<Ticket<'_>, Duration> {
        self.reserve.fetch_max(cost, Ordering::Relaxed);
        // Where all places are taken right now, the next prompt call keeps one.
        if !self.kept.load(Ordering::Relaxed)
            && let Ok(place) = self.ordinary.try_acquire()
            && !self.kept.swap(true, Ordering::Relaxed)
        {
            place.forget();
        }
        let place = self.places.acquire().await.ok();
        self.units(cost, 0).await?;
        Ok(Ticket { gate: self, cost, _place: place, _ordinary: None })
    }

    async fn units(&self, cost: u32, left_over: u32) -> Result<(), Duration> {
        loop {
            let leave = self.bucket().take(cost, left_over, self.clock.now());
            match leave {
                Leave::Go => return Ok(()),
                Leave::Paused(left) if left > LONGEST_PAUSE => return Err(left),
                Leave::Paused(left) | Leave::Refilling(left) => self.clock.sleep(left).await,
            }
        }
    }

    pub(super) fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::platform::ManualClock;

    #[tokio::test]
    async fn waiting_happens_on_the_clock_that_was_given() {
        let clock = Arc::new(ManualClock::starting_at(Timestamp(0)));
        let budget = Budget { burst: 2, per_second_milli: 500, concurrent: 3, source: "test" };
        let gate = Gate::new(&budget, clock.clone());
        for _ in 0..5 {
            drop(gate.enter(1).await.ok());
        }
        assert_eq!(clock.now(), Timestamp(6_000));
        gate.bucket().pause(Duration::from_secs(30), clock.now());
        assert!(gate.enter(1).await.is_ok());
        assert_eq!(clock.now(), Timestamp(36_000));
        gate.bucket().pause(Duration::from_secs(3_600), clock.now());
        assert_eq!(gate.enter(1).await.err(), Some(Duration::from_secs(3_600)));
    }

    #[tokio::test]
    async fn no_more_at_once_than_allowed() {
        let clock = Arc::new(ManualClock::starting_at(Timestamp(0)));
        let budget = Budget { burst: 100, per_second_milli: 1_000, concurrent: 2, source: "test" };
        let gate = Gate::new(&budget, clock);
        let first = gate.enter(1).await.ok();
        let second = gate.enter(1).await.ok();
        let mut third = std::pin::pin!(gate.enter(1));
        assert!(futures_util::future::FutureExt::now_or_never(third.as_mut()).is_none());
        drop(first);
        assert!(third.await.is_ok());
        drop(second);
    }

    #[tokio::test]
    async fn what_a_prompt_call_costs_is_left_over_for_it() {
        let clock = Arc::new(ManualClock::starting_at(Timestamp(0)));
        let budget = Budget { burst: 90, per_second_milli: 10_000, concurrent: 2, source: "test" };
        let gate = Gate::new(&budget, clock.clone());
        drop(gate.enter_promptly(15).await.ok());
        for _ in 0..20 {
            drop(gate.enter(14).await.ok());
            let read = clock.now();
            drop(gate.enter_promptly(15).await.ok());
            assert_eq!(clock.now(), read);
        }
        assert!(clock.now() > Timestamp(20_000), "the rate is kept");
    }

    /// What happens between the reading of a count and its writing, while other calls of the connection want all of
    /// the budget: how long the longest moment was, in milliseconds, and how many of the others got in.
    async fn windows(prompt: bool) -> (i64, usize) {
        let clock = Arc::new(ManualClock::starting_at(Timestamp(0)));
        let budget = Budget { burst: 8, per_second_milli: 4_000, concurrent: 2, source: "test" };
        let gate = Gate::new(&budget, clock.clone());
        let left = Mutex::new(Vec::new());
        let note = |what: &'static str| left.lock().unwrap().push((clock.now().0, what));
        let others = async {
            for _ in 0..200 {
                let ticket = gate.enter(1).await.ok();
                note("other");
                clock.sleep(Duration::from_millis(20)).await;
                drop(ticket);
            }
        };
        let pairs = async {
            for _ in 0..40 {
                for what in ["read", "write"] {
                    let ticket = match (what, prompt) {
                        ("write", true) => gate.enter_promptly(1).await.ok(),
                        _ => gate.enter(1).await.ok(),
                    };
                    note(what);
                    clock.sleep(Duration::from_millis(20)).await;
                    drop(ticket);
                }
            }
        };
        tokio::join!(others, pairs);
        let left = left.into_inner().unwrap();
        let (mut longest, mut between, mut read) = (0, 0, None);
        for (at, what) in left {
            match (what, read) {
                ("read", _) => read = Some((at, 0)),
                ("other", Some((since, others))) => read = Some((since, others + 1)),
                ("write", Some((since, others))) => {
                    longest = longest.max(at - since);
                    between = between.max(others);
                    read = None;
                }
                _ => {}
            }
        }
        (longest, between)
    }

    #[tokio::test]
    async fn nothing_waits_between_a_reading_and_the_write_that_follows() {
        let (before, others) = windows(false).await;
        let (after, left) = windows(true).await;
        println!(
            "between reading and writing at most: {before} ms with {others} calls; prompt: {after} ms with {left}"
        );
        assert!(before >= 250 && others >= 1, "{before} ms, {others} calls");
        // One call of its own, and one of another that was under way.
        assert!(after <= 60 && left <= 1, "{after} ms, {left} calls");
    }
}
