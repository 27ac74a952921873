//! One behaviour suite for all connectors, over real sockets against their sandboxes. Skips by capability only.
//!
//! Most of its time goes into the layers of HTTP and JSON, unoptimised: `cargo test --profile suite --test behaviour`
//! takes half of it. `COUNTERPART_PLATFORM=square` runs it for one platform.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[macro_use]
mod bench;
mod calls;
mod edits;
mod faults;
mod listings;
mod logins;
mod orders;
mod paging;
mod rates;
mod sizes;
