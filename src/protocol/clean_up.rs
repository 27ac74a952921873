//! The clean-up list on its way between a front and the engine.

use serde::{Deserialize, Serialize};

use crate::domain::{ConnectionId, Flaw, Timestamp};

use super::{ListingBrief, Mend};

/// Which part of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CleanUpView {
    /// `None`: of all connections.
    pub connection: Option<ConnectionId>,
    /// `None`: everything that is wrong.
    pub flaw: Option<Flaw>,
    /// Only what can be mended by an edit that is known.
    #[serde(default)]
    pub mendable: bool,
    /// As in a search of products.
    pub search: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CleanUpRow {
    pub flaw: Flaw,
    /// The connection's name.
    pub connection: String,
    /// The first listing that it is about.
    pub listing: ListingBrief,
    /// Of several that share something: the first ones.
    pub examples: Vec<ListingBrief>,
    /// How many products, or variants, it is about.
    pub count: u64,
    /// `The barcode, “4006381333932”, is mistyped: …`
    pub sentence: String,
    /// `Scan it again; if the other digits are right, it is 4006381333931`
    pub mend: String,
    /// The mend, where it is an edit of fields: for [`super::Request::PlanMend`].
    pub edits: Vec<Mend>,
}

/// What the whole list has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CleanUpCounts {
    pub made_at: Timestamp,
    /// The catalogue changed since; asking for the first rows makes it anew.
    pub stale: bool,
    /// Of the connection that was asked for, in the order of [`Flaw::ALL`].
    pub flaws: Vec<(Flaw, u64)>,
}
