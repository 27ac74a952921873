//! Clover, REST API v3: the till side. `profile.rs` says what it is like, `docs.md` how a merchant connects it.
//!
//! A product with variants is an item group there: each variant is an item of its own that belongs to the group and
//! carries one option of each of the group's attributes. `wire.rs` is Clover's JSON, `convert.rs` turns items into
//! listings (both pure); `calls.rs` is the way of a call (proof in `auth.rs`), `pages.rs` walks lists that have neither
//! a next link nor a total, `shelf.rs` reads items and groups by identifier, `feed.rs` and `orders.rs` read on,
//! `stock.rs` counts, `creation.rs` makes products and finds them again, `groups.rs` makes attributes, options and what
//! hangs on them, `edit.rs` and `category.rs` bring fields to new values, `variants.rs` adds variants, `removal.rs`
//! deletes; `sandbox` imitates the other end.

mod auth;
mod calls;
mod category;
mod connector;
mod convert;
mod creation;
mod edit;
mod feed;
mod findings;
mod groups;
mod orders;
mod pages;
mod profile;
mod removal;
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
    connect: |account| Ok(Arc::new(connector::Clover::new(account)?)),
    explain: calls::explain,
    imitate: || Box::new(sandbox::Sandbox::default()),
    // The dashboard exports a workbook (.xlsx), and documents no columns of a CSV.
    read_export: |_, _| None,
};
