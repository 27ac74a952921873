//! Square: the till side. See `profile.rs` for what it is like and `docs.md` for how a merchant connects it.
//!
//! `wire.rs` is Square's JSON, `convert.rs` and `creation.rs` the two directions between it and our words (pure),
//! `connector.rs` the account, with `feed.rs` (reading on), `stock.rs` (counts), `orders.rs` (what customers did),
//! `making.rs` (new items) and `edits.rs` (items that are there); `sandbox.rs` imitates the other end.

mod auth;
mod connector;
mod convert;
mod creation;
mod edits;
mod export;
mod feed;
mod making;
mod orders;
mod pictures;
mod profile;
mod sandbox;
mod stock;
#[cfg(test)]
mod tests;
mod wire;

use super::Platform;

pub static PLATFORM: Platform = Platform {
    profile: &profile::PROFILE,
    connect: connector::connect,
    explain: wire::explain,
    imitate: sandbox::imitate,
    read_export: export::read_export,
};
