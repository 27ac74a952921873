//! What happened to a product: a line for each change, with its cause.

use serde::{Deserialize, Serialize};

use super::{ConnectionId, Field, JobId, ListingId, Text, Timestamp, VariantId};

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// A side's count, over the locations in use.
    Quantity,
    Field(Field),
    /// An order was placed, changed, shipped or cancelled.
    Order,
    Linked,
    Unlinked,
    Created,
    Deleted,
    /// Something needs a person: a drop that no order explains, an edit on the side that is not of record.
    Conflict,
    /// A person decided a conflict.
    Settled,
    /// Syncing was paused or goes on, or its settings changed.
    Settings,
}

/// Why it changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Cause {
    /// Seen there; nobody told us why.
    Poll,
    /// Seen there, and explained by this order.
    Order { number: Text },
    /// We wrote it.
    Job { job: JobId },
    /// A person said so here, for this reason (may be blank).
    Person { reason: String },
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRecord {
    pub at: Timestamp,
    pub what: Happening,
    /// The product's title, with the variant's options where it is one of several.
    pub subject: Text,
    pub sku: Option<Text>,
    pub listing: Option<ListingId>,
    pub variant: Option<VariantId>,
    /// Where it changed; `None`: here.
    pub connection: Option<ConnectionId>,
    pub old: Option<String>,
    pub new: Option<String>,
    pub cause: Cause,
}
