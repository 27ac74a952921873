//! Jobs: plans being applied. What waits, who does it, what became of it, and what a person can order.
//!
//! `board.rs` is the state in memory, a projection of the journal; `run.rs` one job on it. `queue.rs` holds the workers:
//! one for each connection, so there is never more than one attempt under way on a listing and location, and one for
//! what happens here only. `quantities.rs` (with `aim.rs`
//! and `decide.rs`), `creations.rs`, `edits.rs` (fields, with `written.rs`; with `further.rs` for variants and `removals.rs`) and `links.rs`
//! do the steps; `unknown.rs` finds out what became of attempts without an answer, `evidence.rs` gathers what there is to go by; `orders.rs` is what people order.

pub mod aim;
pub mod board;
pub mod creations;
pub mod decide;
pub mod edits;
pub mod evidence;
pub mod further;
pub mod here;
pub mod links;
pub mod orders;
pub mod quantities;
pub mod queue;
pub mod recover;
pub mod removals;
pub mod run;
pub mod unknown;
pub mod waiting;
pub mod written;
