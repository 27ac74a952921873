//! The engine from outside: shops in memory, a real store, and what people ask.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod across;
mod bed;
mod crashes;
mod doors;
mod fake;
mod fields;
mod gauges;
mod guard;
mod history;
mod imports;
mod links;
mod login_line;
mod logins;
mod lost;
mod overlaps;
mod paged;
mod platforms;
mod pushes;
mod report;
mod stock;
mod sync;
mod undo;
mod views;
