//! Shops kept in step: who is owed what, which orders explain it, which fields follow whom, and what a person decides.

pub mod adjust;
pub mod afresh;
pub mod asking;
pub mod conflicts;
pub mod copies;
pub mod deletions;
pub mod desk;
pub mod disputes;
pub mod explain;
pub mod explained;
pub mod fields;
pub mod follow;
pub mod history;
pub mod look;
pub mod memory;
pub mod orders;
pub mod owing;
pub mod poll;
pub mod rejoin;
pub mod settings;
pub mod steps;
pub mod sweep;
pub mod undo;
pub mod writing;
