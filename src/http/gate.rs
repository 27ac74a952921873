//! The door that every call passes: at most so many at once, in the order of asking, within the rate budget.

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
    clock: Arc<dyn Clock>,
}

/// Leave to send one call; given back when dropped.
pub(super) struct Ticket<'gate> {
    gate: &'gate Gate,
    cost: u32,
    _place: Option<SemaphorePermit<'gate>>,
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
            clock,
        }
    }

    /// Waits for a place and for the units. `Err` is how long the platform wants silence, if that is too long to wait.
    /// Cancelling takes nothing.
    pub(super) async fn enter(&self, cost: u32) -> Result<Ticket<'_>, Duration> {
        // Fails only for a closed semaphore, and nobody closes it.
        let place = self.places.acquire().await.ok();
        let _turn = self.turn.lock().await;
        loop {
            let leave = self.bucket().take(cost, self.clock.now());
            match leave {
                Leave::Go => return Ok(Ticket { gate: self, cost, _place: place }),
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
}
