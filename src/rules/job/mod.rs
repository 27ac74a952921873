//! How a job and its steps may move. The only place that knows it; the engine asks here before it journals a move.
//!
//! A step: planned → in flight → confirmed, rejected or unknown; unknown → looked up → confirmed, planned or parked.
//! An ended step or job stays ended, but for a person's retry.

mod order;
mod pause;
mod probe;
mod step;

#[cfg(test)]
mod tests;

pub use order::{Order, Ordered, order, progress, settled};
pub use pause::pause_before;
pub use probe::{Evidence, Finding, Sighting, fence_is_over, judge};
pub use step::{Event, NotPossible, step};
