//! WooCommerce, REST API `wc/v3`.
//!
//! `connector.rs` is the contract; `calls.rs` the way of a call (proof in `auth.rs`); `feed.rs`, `orders.rs`, `pages.rs`
//! and `catalogue.rs` read; `stock.rs` counts; `creation.rs`, `body.rs` and `search.rs` make products and find them
//! again; `edit.rs`, `change.rs` and `terms.rs` bring fields to new values, `variants.rs` adds variants, `removal.rs`
//! puts products into the trash; `wire.rs`, `convert.rs`, `prices.rs` and `measures.rs` turn the shop's JSON into the
//! words of the house; `sandbox` is a shop that speaks the same.

mod auth;
mod body;
mod calls;
mod catalogue;
mod change;
mod connector;
mod convert;
mod creation;
mod edit;
mod export;
mod feed;
mod findings;
mod measures;
mod orders;
mod pages;
mod prices;
mod profile;
mod removal;
mod sandbox;
mod search;
mod stock;
mod terms;
mod variants;
mod wire;

use std::sync::Arc;

use super::Platform;

pub static PLATFORM: Platform = Platform {
    profile: &profile::PROFILE,
    connect: |account| Ok(Arc::new(connector::WooCommerce::new(account)?)),
    explain: calls::explain,
    imitate: || Box::new(sandbox::Sandbox::new()),
    read_export: export::read_export,
};

#[cfg(test)]
mod tests;
