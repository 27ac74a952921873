//! Histories of an engine among simulated shops: one seed is one history, and can be replayed.
//!
//! `SEED=7 cargo test --test simulator replay -- --ignored --nocapture` tells one, line by line.
//! `HISTORIES=100000 cargo test --profile simulator --test simulator many -- --ignored --nocapture` runs many.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod checker;
mod connector;
mod counter;
mod customers;
mod faults;
mod ground;
mod guards;
mod history;
mod many;
mod mirror;
mod person;
mod planted;
mod profiles;
mod races;
mod shop;
mod trace;
mod world;
