//! Shopify, by its GraphQL Admin API.
//!
//! `profile.rs` says what it is like, `documents.rs` what is asked, `calls.rs` how, `auth.rs` with which key. `wire.rs`
//! are the answers, `convert.rs` makes our words of them. `connector.rs` answers the contract with the help of `feed.rs`
//! (what changed), `bulk.rs` (the first import of a large shop), `orders.rs`, `whole.rs` (products with all variants), `creation.rs`, `edit.rs`, `addition.rs` and
//! `stock.rs`. `export.rs` reads the shop's
//! own CSV file, `sandbox/` is an imitation to try all this on.

mod addition;
mod auth;
mod bulk;
mod calls;
mod connector;
mod convert;
mod creation;
mod documents;
mod edit;
mod export;
mod feed;
mod orders;
mod profile;
mod sandbox;
mod stock;
#[cfg(test)]
mod tests;
mod whole;
mod wire;

use super::Platform;

pub static PLATFORM: Platform = Platform {
    profile: &profile::PROFILE,
    connect: connector::connect,
    explain: calls::explain,
    imitate: || Box::new(sandbox::Admin::new()),
    read_export: export::read,
};
