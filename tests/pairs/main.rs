//! Every till with every online store that the registry has, over the real engine and their sandboxes over sockets: both
//! are connected and read, what is on both sides is linked, what one side lacks is pushed to it, and from then on a sale
//! on either side reaches the other. Each pair is a test of its own; a platform that joins the registry joins here.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bench;
mod catalogue;
mod day;
mod login;
mod runner;
mod shop;

use std::process::ExitCode;

use counterpart::connectors::{self, Platform};
use counterpart::domain::Side;

fn main() -> ExitCode {
    let of = |side| connectors::all().iter().copied().filter(move |platform| platform.profile.side == side);
    let pairs = of(Side::InStore).flat_map(|till| of(Side::Online).map(move |store| (till, store)));
    let tests = pairs.map(|(till, store)| (name(till, store), move || day::run(till, store)));
    runner::run(tests.collect())
}

/// `square_and_shopify`
fn name(till: &Platform, store: &Platform) -> String {
    format!("{}_and_{}", till.profile.id, store.profile.id).replace('-', "_")
}
