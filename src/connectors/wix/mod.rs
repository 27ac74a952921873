//! Wix Stores: catalogue V3 or V1, whichever the site has, with the orders of Wix eCommerce.
//!
//! `connector.rs` is the contract; `calls.rs` the way of a call (key in `auth.rs`); `shop.rs` knows which catalogue the
//! site has, its currency and its locations; `place.rs` is the cursor, `walk.rs` the way through a list that changes
//! while it is read; `orders.rs` is for both catalogues; `edit.rs` judges changes before any call and collects what
//! became of them; `wire.rs` and `measures.rs` read what both write. `v3` and `v1` are the two catalogues with the same
//! file names; a site has one of them, and moves from V1 to V3 one day without asking. `sandbox` is a site that speaks
//! both, told apart by the site's identifier.
//!
//! Categories, collections, modifiers, subscriptions and everything that is not Wix Stores' are never touched.

mod auth;
mod calls;
mod connector;
mod edit;
mod findings;
mod measures;
mod orders;
mod place;
mod profile;
mod sandbox;
mod shop;
mod v1;
mod v3;
mod walk;
mod wire;

use std::sync::Arc;

use super::Platform;

pub static PLATFORM: Platform = Platform {
    profile: &profile::PROFILE,
    connect: |account| Ok(Arc::new(connector::Wix::new(account)?)),
    explain: calls::explain,
    imitate: || Box::new(sandbox::Sandbox::new()),
    // Wix documents the columns of its export by screenshots only, and has changed them with the catalogue.
    read_export: |_, _| None,
};

#[cfg(test)]
mod tests;
