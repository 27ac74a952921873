//! Tests of what is special about X-Series, over real sockets against its sandbox.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod counting;
mod examples;
mod fixtures;
mod login;
mod making;
mod reading;
mod selling;
