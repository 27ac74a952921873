//! Heavy thinking where it holds nobody up.

use std::future::Future;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::JoinError;

/// In a runtime of one thread (a simulation of ours, never the program) there is no such place, and a second thread
/// would make the order of things a matter of chance.
fn is_alone() -> bool {
    Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread
}

/// Thinks, and gives what came of it; an error if it panicked.
pub fn aside<T: Send + 'static>(
    think: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T, JoinError>> {
    if is_alone() { tokio::spawn(async move { think() }) } else { tokio::task::spawn_blocking(think) }
}
