//! Where a product stands between its shops.

use serde::{Deserialize, Serialize};

/// Where a product stands, the most pressing first: what a list shows of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// A person has to decide: a drop that no order explains, an edit on the side that is not of record.
    Conflict,
    /// A write was refused, or nobody can tell what became of it. It is tried again; the reason stands beside it.
    Failing,
    /// A person paused it.
    Paused,
    /// What the sides show is not what they should, and they have not been told yet; or one of them is not counted, and
    /// cannot be told.
    OutOfSync {
        price: bool,
        quantity: bool,
    },
    /// Units of it are in open orders; the sides agree.
    InOrders,
    InSync,
    /// Not linked, or not counted: shown only, nothing is kept in step.
    Base,
}

impl SyncState {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Conflict => "Conflict",
            Self::Failing => "Failing",
            Self::Paused => "Paused",
            Self::OutOfSync { price: true, quantity: true } => "Out of sync: price, quantity",
            Self::OutOfSync { price: true, quantity: false } => "Out of sync: price",
            Self::OutOfSync { .. } => "Out of sync: quantity",
            Self::InOrders => "In orders",
            Self::InSync => "In sync",
            Self::Base => "Base",
        }
    }

    /// The same in at most eight columns.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Failing => "failing",
            Self::Paused => "paused",
            Self::OutOfSync { price: true, quantity: true } => "≠ pr+qty",
            Self::OutOfSync { price: true, quantity: false } => "≠ price",
            Self::OutOfSync { .. } => "≠ qty",
            Self::InOrders => "ordered",
            Self::InSync => "in sync",
            Self::Base => "base",
        }
    }
}
