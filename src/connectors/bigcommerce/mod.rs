//! BigCommerce, REST API v3 (catalogue, inventory, locations) with v2 (orders, store).
//!
//! `connector.rs` is the contract; `calls.rs` the way of a call (key in `auth.rs`, rate windows in `window.rs`);
//! `shop.rs` knows the shop's units and names and reads products whole; `place.rs` is the cursor; `feed.rs` tells
//! listings and levels, `told.rs` remembers which levels were told; `counts.rs` reads stock, `stock.rs` changes it and
//! waits until it shows; `refusal.rs` reads which items of a batch were refused; `orders.rs` reads orders; `creation.rs`,
//! `body.rs` and `search.rs` make products and find them again; `edit.rs`, `change.rs`, `pictures.rs` and `terms.rs`
//! bring fields to new values, `variants.rs` adds variants, `removal.rs` deletes; `wire.rs`, `convert.rs`, `prices.rs`
//! and `measures.rs` turn JSON into the words of the house; `sandbox` is a shop that speaks the same.
//!
//! Price lists, modifiers, customer groups and channel listings are never touched.

mod auth;
mod body;
mod calls;
mod change;
mod connector;
mod convert;
mod counts;
mod creation;
mod edit;
mod feed;
mod findings;
mod measures;
mod orders;
mod pictures;
mod place;
mod prices;
mod profile;
mod refusal;
mod removal;
mod sandbox;
mod search;
mod shop;
mod stock;
mod terms;
mod told;
mod variants;
mod window;
mod wire;

use std::sync::Arc;

use super::Platform;

pub static PLATFORM: Platform = Platform {
    profile: &profile::PROFILE,
    connect: |account| Ok(Arc::new(connector::BigCommerce::new(account)?)),
    explain: calls::explain,
    imitate: || Box::new(sandbox::Sandbox::new()),
    // The export's columns are chosen by each merchant in a template; there is no one form to read.
    read_export: |_, _| None,
};

#[cfg(test)]
mod tests;
