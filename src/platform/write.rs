//! What is written to a platform, and what comes back.

use crate::domain::{Listing, LocationId, Quantity, RemoteId};

use super::error::PlatformError;

/// Where a count is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StockAddress {
    pub listing: RemoteId,
    pub variant: RemoteId,
    /// The variant's own identifier for stock calls, where the platform has one.
    pub inventory: Option<RemoteId>,
    pub location: LocationId,
}

/// A count read from the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelRead {
    Counted(Quantity),
    /// Exists, and is not counted.
    Untracked,
    /// The variant, or its place at this location, does not exist.
    Gone,
}

/// What to do to a count. The engine chooses by the profile's `StockWrite`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantityChange {
    /// Add `by` (may be negative). `expected` is what the count was read as: platforms that can compare do.
    Adjust { by: Quantity, expected: Quantity },
    /// Make it `to`. `expected` as above.
    Set { to: Quantity, expected: Quantity },
}

impl QuantityChange {
    /// What the count is afterwards if nobody else touched it.
    pub fn target(&self) -> Quantity {
        match *self {
            Self::Adjust { by, expected } => expected + by,
            Self::Set { to, .. } => to,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantityWrite {
    pub address: StockAddress,
    pub change: QuantityChange,
}

/// What became of one write of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuantityOutcome {
    /// Done; the count afterwards, where the answer tells.
    Applied { now: Option<Quantity> },
    /// Not applied: the count was not the expected one any more. Read again, decide again.
    Stale,
    /// Not applied, and why.
    Rejected(PlatformError),
    /// Not applied, and nothing is wrong with it: it stood in a batch that the platform refused as a whole for the sake
    /// of others. Send it again in a new batch with a new key; the old key is spent.
    NotTried,
}

/// What became of one field of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditOutcome {
    Applied,
    /// Not applied, and why.
    Rejected(PlatformError),
}

/// A variant of a listing that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedVariant {
    /// The source's variant, by its position.
    pub position: usize,
    pub remote: RemoteId,
    pub inventory: Option<RemoteId>,
}

/// A listing that was made (now, or by an earlier try).
#[derive(Debug, Clone, PartialEq)]
pub struct Created {
    /// As the platform shows it now.
    pub listing: Listing,
    /// One for each variant of the source, in its order.
    pub variants: Vec<CreatedVariant>,
    /// Whether the quantities of the creation are in place.
    pub stock_set: bool,
    /// What did not go over, in plain sentences: `the pictures were refused: too large`.
    pub notes: Vec<String>,
}
