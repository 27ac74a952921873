//! Catalogue V1, the older one: products without revisions, all combinations of their options as variants, one place
//! that counts.
//!
//! `read.rs` reads products whole, `feed.rs` tells what changed, `stock.rs` reads and changes counts; `body.rs`,
//! `creation.rs` and `search.rs` make products and find them again; `edit.rs` changes fields, `variants.rs` adds
//! variants, `removal.rs` deletes; `wire.rs` and `convert.rs` turn JSON into the words of the house.
//!
//! Barcodes are not in it, and in which unit it weighs it does not say.

mod body;
mod convert;
pub(super) mod creation;
pub(super) mod edit;
pub(super) mod feed;
pub(super) mod read;
pub(super) mod removal;
mod search;
pub(super) mod stock;
pub(super) mod variants;
mod wire;
