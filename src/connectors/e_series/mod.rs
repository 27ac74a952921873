//! Lightspeed eCom E-Series, whose API is Ecwid's REST v3: a web shop. `profile.rs` says what it is like, `docs.md` how a
//! merchant connects it.
//!
//! A product with variants is a product with options there, and one combination for each variant; what a combination
//! leaves out it has from its product. `wire.rs` is the shop's JSON, `convert.rs` and `measures.rs` turn it into listings
//! (all pure); `calls.rs` is the way of a call (proof in `auth.rs`), `batch.rs` that of many in one, `pages.rs` walks
//! lists that change meanwhile, `shelf.rs` reads products by identifier and what they share, `feed.rs` and `orders.rs`
//! read on, `stock.rs` counts, `creation.rs` and `body.rs` make products and find them again, `edit.rs`, `category.rs` and
//! `pictures.rs` bring fields to new values, `variants.rs` adds variants; `sandbox` imitates the other end.

mod auth;
mod batch;
mod body;
mod calls;
mod category;
mod connector;
mod convert;
mod creation;
mod edit;
mod feed;
mod findings;
mod measures;
mod orders;
mod pages;
mod pictures;
mod profile;
mod sandbox;
mod shelf;
mod stock;
#[cfg(test)]
mod tests;
mod variants;
mod wire;

use std::sync::Arc;

use super::Platform;

pub static PLATFORM: Platform = Platform {
    profile: &profile::PROFILE,
    connect: |account| Ok(Arc::new(connector::ESeries::new(&account)?)),
    explain: calls::explain,
    imitate: || Box::new(sandbox::Sandbox::default()),
    // There is a CSV export, but its columns follow the merchant's choice of fields and are documented nowhere.
    read_export: |_, _| None,
};
