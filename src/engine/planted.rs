//! Faults that a simulation plants into the engine, to show that it would see them. The program never sets one.

use std::sync::Arc;

use crate::store::Entry;

/// One thing done wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Planted {
    /// A write without an answer is sent again as if it had not been applied.
    BlindRetry,
    /// A confirmed write does not move what we agree on with its side.
    BaseNotMoved,
    /// Our own write coming back is taken for somebody else's change.
    EchoCounts,
    /// The intent is journalled when the answer is there.
    JournalAfterSend,
    /// A count that is not known is taken for none.
    UnknownIsZero,
    /// What could not be taken off a count of too few is taken for done.
    ClampForgotten,
    /// A creation without an answer is made again without a look.
    NoLookUp,
    /// What a feed showed before our last write counts.
    OldLookCounts,
    /// A drop that no order explains is passed on, and the side that fell brought back.
    HeldDropRaised,
    /// A write without an answer is looked up while it can still arrive.
    NoFence,
    /// The same intent is sent again under another key.
    OtherKey,
}

impl Planted {
    pub const ALL: [Self; 11] = [
        Self::BlindRetry,
        Self::BaseNotMoved,
        Self::EchoCounts,
        Self::JournalAfterSend,
        Self::UnknownIsZero,
        Self::ClampForgotten,
        Self::NoLookUp,
        Self::OldLookCounts,
        Self::HeldDropRaised,
        Self::NoFence,
        Self::OtherKey,
    ];
}

/// What is done with entries that are acknowledged.
type Hear = dyn Fn(&[Entry]) + Send + Sync;

/// Hears what the store has acknowledged, before anybody else does. Never set by the program.
#[derive(Clone)]
pub struct Listener(pub Arc<Hear>);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}
