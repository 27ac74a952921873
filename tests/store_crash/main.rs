//! The store under kill -9: while it writes, and at every call with which it changes a file while it opens.
//!
//! The test binary starts itself again as the process that is killed; `child` below is what that one runs.

// The lints let tests unwrap, but do not see that all of this is one: helpers outside `#[test]` count as production.
#![allow(clippy::unwrap_used, clippy::panic)]

mod bench;
mod children;
mod kill_while_writing;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod file_calls;
#[cfg(target_os = "linux")]
mod full_disk;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod habits;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod kill_in_open;

/// Does nothing unless it was started by one of the tests, with a role in its environment.
#[test]
fn child() {
    if let Some(role) = children::Role::of_environment() {
        role.play();
    }
}
