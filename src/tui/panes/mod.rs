//! The three panes. Each holds its state, its decisions and its view; none knows another.

pub mod jobs;
pub mod journal;
pub mod products;
pub mod report;
