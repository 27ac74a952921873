//! Time as something that is passed in.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::Timestamp;

/// Where time comes from. Everything above `domain` and `rules` that needs it takes one of these.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
    async fn sleep(&self, duration: Duration);
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A clock that only moves when somebody sleeps: a day of waiting passes at once, and its length can be asked for.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    pub fn starting_at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    pub fn advance(&self, duration: Duration) {
        // A std mutex: nothing is awaited while it is held, and a poisoned clock still tells the time.
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        now.0 = now.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX));
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn sleep(&self, duration: Duration) {
        self.advance(duration);
        tokio::task::yield_now().await;
    }
}
