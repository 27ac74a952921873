//! The Link Report pane: what can be linked, what is probably one product, and why the rest cannot be linked; page by
//! page or as a whole.
//!
//! `state.rs` takes messages, `filters.rs` knows which rows are shown, `deciding.rs` links and rejects, `choices.rs`
//! holds what is ticked; `view.rs` draws, with `table.rs` for the list and `beneath.rs` for the row under the cursor.

mod beneath;
mod choices;
mod deciding;
mod filters;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod view;

pub use state::State;
