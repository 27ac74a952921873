//! The Products pane: what both sides have, what is ticked, and the way to push it.

mod copying;
mod marks;
mod state;
#[cfg(test)]
mod tests;
mod ticks;
mod view;

pub use state::State;
