//! The Link Report pane: what can be linked, page by page or as a whole, and why the rest cannot.

mod choices;
mod state;
#[cfg(test)]
mod tests;
mod view;

pub use state::State;
