//! Lightspeed Retail R-Series, API V3: the till side. See `profile.rs` for what it is like and `docs.md` for how a
//! merchant connects it.
//!
//! A product with variants is an item matrix there: each variant is an item of its own that belongs to the matrix and has
//! up to three attributes, whose names stand in an attribute set. All numbers are strings, and a list of one is no list.
//!
//! `connector.rs` is the contract; `calls.rs` the way of a call (login in `auth.rs`, what it costs in `cost.rs`, how
//! many a second in `pace.rs`). `wire.rs` is the JSON of the platform; `convert.rs`, `prices.rs` and `sale.rs` turn it
//! into our words (pure). `lists.rs` walks pages, `shelf.rs` looks items and matrices up, `feed.rs` reads on, `stock.rs`
//! counts, `orders.rs` tells what customers did. `creation.rs` with `body.rs` makes products, `terms.rs` finds or makes
//! what they refer to, `edit.rs` with `change.rs` and `variants.rs` change what is there, `findings.rs` tests a
//! connection. `sandbox` imitates the other end.

mod auth;
mod body;
mod calls;
mod change;
mod connector;
mod convert;
mod cost;
mod creation;
mod edit;
mod feed;
mod findings;
mod lists;
mod orders;
mod pace;
mod prices;
mod profile;
mod sale;
mod sandbox;
mod shelf;
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
    imitate: || Box::new(sandbox::Sandbox::default()),
    // The columns of its item export are documented nowhere that could be cited.
    read_export: |_, _| None,
};
