//! Lightspeed Retail X-Series (formerly Vend): the till side. See `profile.rs` for what it is like and `docs.md` for
//! how a merchant connects it.
//!
//! `connector.rs` is the contract; `calls.rs` the way of a call (key and login in `auth.rs`). `wire.rs` is the JSON of
//! the platform; `convert.rs`, `measures.rs` and `sale.rs` turn it into our words (pure). `catalogue.rs` looks products
//! up and knows the shop's facts, `feed.rs` reads on with the memory of `run.rs`, `stock.rs` counts, `orders.rs` tells
//! what customers did. `creation.rs` with `body.rs` makes products, `terms.rs` finds or makes what they refer to,
//! `edit.rs` and `variants.rs` change what is there, `findings.rs` tests a connection. `sandbox` imitates the other end.

mod auth;
mod body;
mod calls;
mod catalogue;
mod connector;
mod convert;
mod creation;
mod edit;
mod feed;
mod findings;
mod measures;
mod orders;
mod profile;
mod run;
mod sale;
mod sandbox;
mod stock;
mod terms;
#[cfg(test)]
mod tests;
mod variants;
mod wire;

use super::Platform;

pub static PLATFORM: Platform = Platform {
    profile: &profile::PROFILE,
    connect: connector::connect,
    explain: calls::explain,
    imitate: sandbox::imitate,
    // The product export's columns are documented nowhere that could be cited.
    read_export: |_, _| None,
};
