//! A value that wakes those who wait for it to change, in the order in which they began to wait.
//!
//! Like `tokio::sync::watch`, which wakes in an order drawn by lot: here the same history of events always comes to the
//! same history of the engine, and a simulator can replay it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

#[derive(Debug)]
struct Shared<T> {
    /// The value, and how often it was changed. A std mutex: nothing is awaited while it is held.
    now: Mutex<(T, u64)>,
    changed: Notify,
}

impl<T> Shared<T> {
    fn now(&self) -> MutexGuard<'_, (T, u64)> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that changes the value.
#[derive(Debug)]
pub struct Signal<T>(Arc<Shared<T>>);

/// An end that waits.
#[derive(Debug)]
pub struct Waiter<T> {
    shared: Arc<Shared<T>>,
    seen: u64,
}

impl<T> Signal<T> {
    pub fn new(value: T) -> Self {
        Self(Arc::new(Shared { now: Mutex::new((value, 0)), changed: Notify::new() }))
    }

    /// A waiter that has seen the present value.
    pub fn subscribe(&self) -> Waiter<T> {
        let seen = self.0.now().1;
        Waiter { shared: self.0.clone(), seen }
    }

    pub fn modify(&self, change: impl FnOnce(&mut T)) {
        {
            let mut now = self.0.now();
            change(&mut now.0);
            now.1 += 1;
        }
        self.0.changed.notify_waiters();
    }

    pub fn set(&self, value: T) {
        self.modify(|now| *now = value);
    }
}

impl<T: Copy> Signal<T> {
    pub fn get(&self) -> T {
        self.0.now().0
    }
}

impl<T> Waiter<T> {
    /// What was changed up to now is seen.
    pub fn mark_unchanged(&mut self) {
        self.seen = self.shared.now().1;
    }

    /// Returns when the value was changed since it was last seen; at once if it was already. Whoever stops waiting has
    /// lost nothing.
    pub async fn changed(&mut self) {
        let shared = self.shared.clone();
        loop {
            let notified = shared.changed.notified();
            tokio::pin!(notified);
            // In the queue before the look: a change in between wakes us.
            notified.as_mut().enable();
            let count = shared.now().1;
            if count != self.seen {
                self.seen = count;
                return;
            }
            notified.await;
        }
    }

    /// Returns when the value is so; at once if it is already.
    pub async fn wait_for(&mut self, mut so: impl FnMut(&T) -> bool) {
        loop {
            {
                let now = self.shared.now();
                if so(&now.0) {
                    self.seen = now.1;
                    return;
                }
                self.seen = now.1;
            }
            self.changed().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_change_is_never_missed() {
        let signal = Signal::new(0);
        let mut waiter = signal.subscribe();
        assert!(waiter.changed().now_or_never().is_none());
        signal.set(1);
        signal.set(2);
        waiter.changed().await;
        assert!(waiter.changed().now_or_never().is_none(), "two changes wake once");
        signal.modify(|value| *value += 1);
        waiter.mark_unchanged();
        assert!(waiter.changed().now_or_never().is_none());
        let later = tokio::spawn(async move {
            waiter.wait_for(|value| *value == 5).await;
        });
        tokio::task::yield_now().await;
        signal.set(4);
        signal.set(5);
        later.await.unwrap();
        assert_eq!(signal.get(), 5);
    }

    #[tokio::test]
    async fn all_are_woken_in_the_order_in_which_they_wait() {
        let signal = Arc::new(Signal::new(false));
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for number in 0..20 {
            let (mut waiter, order) = (signal.subscribe(), order.clone());
            tasks.push(tokio::spawn(async move {
                waiter.wait_for(|so| *so).await;
                order.lock().unwrap().push(number);
            }));
        }
        tokio::task::yield_now().await;
        signal.set(true);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
    }
}
