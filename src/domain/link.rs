//! The statement that variants on different connections are one.

use serde::{Deserialize, Serialize};

use super::{ConnectionId, LinkId, ListingId, Quantity, Timestamp, VariantId};

/// One variant in a link, with its side of the quantity ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkMember {
    pub connection: ConnectionId,
    pub listing: ListingId,
    pub variant: VariantId,
    /// What this side held when we last agreed with it; `None` while its count is unknown.
    pub base: Option<Quantity>,
    /// What it has yet to be told, relative to `base`.
    pub owed: Quantity,
}

/// At most one live link per variant. Several online stores may hang on one link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub id: LinkId,
    /// At least two, of different connections.
    pub members: Vec<LinkMember>,
    pub made_at: Timestamp,
}
