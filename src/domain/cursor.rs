//! Where a change feed was left.

use serde::{Deserialize, Serialize};

/// What a feed tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feed {
    /// Whole listings, with their stock levels.
    Listings,
    /// Stock levels alone, where a platform moves them without touching the listing.
    Stock,
    /// Orders, with what was shipped, cancelled, refunded and put back.
    Orders,
}

/// A connector's own note of where to go on; opaque to everybody else, stored as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cursor {
    /// Everything, from the beginning.
    Start,
    /// From here. At most 2,000 bytes.
    At(String),
}
