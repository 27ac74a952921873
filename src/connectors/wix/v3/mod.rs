//! Catalogue V3: products with revisions, counts by variant and location.
//!
//! `read.rs` reads products whole, `feed.rs` tells what changed, `stock.rs` reads and changes counts; `body.rs` and
//! `creation.rs` make products and find them again; `edit.rs` with `whole.rs` changes fields and `variants.rs` adds
//! variants, both with the present revision; `removal.rs` deletes; `wire.rs` and `convert.rs` turn JSON into the words
//! of the house.

mod body;
mod convert;
pub(super) mod creation;
pub(super) mod edit;
pub(super) mod feed;
pub(super) mod read;
pub(super) mod removal;
pub(super) mod stock;
pub(super) mod variants;
mod whole;
mod wire;
