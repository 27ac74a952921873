//! The statement that variants on different connections are one, with the ledger of their quantities.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ConnectionId, Field, HeldDrop, LinkId, ListingId, Quantity, Timestamp, VariantId};

/// One variant in a link, with its side of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkMember {
    pub connection: ConnectionId,
    pub listing: ListingId,
    pub variant: VariantId,
    /// What this side held when we last agreed with it; `None` while its count is unknown. What it is *owed* follows
    /// from this, the link's `available`, and the connection's share and buffer: see `rules::ledger`.
    pub base: Option<Quantity>,
    /// A fall that no order explains; while it is there, nothing of this link is written.
    pub held: Option<HeldDrop>,
    /// For each field that is kept in step: what both sides held when they were last one. Packed: the high half is the
    /// fingerprint of the side of record, the low half this side's own, 0 while the platform has not shown what it made
    /// of a write. Kept with the member that follows only: see `rules::fields::Agreed`.
    pub agreed: BTreeMap<Field, u64>,
    /// What its count and its orders still have to tell each other.
    pub unmatched: Unmatched,
}

/// Falls of a side's count and orders placed there, as far as neither has been matched with the other yet: see
/// `rules::reckoning`. All moments are by the platform's clock. Empty nearly always.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Unmatched {
    /// When the count was seen to fall by this much, and no order explains it so far.
    pub falls: Vec<(Timestamp, Quantity)>,
    /// When an order took this much, and the count was not seen to fall by it so far.
    pub takings: Vec<(Timestamp, Quantity)>,
    /// Writes that set the count whatever it was: from the reading before to the answer, `None` until there is one.
    /// An order placed in between may have been overwritten.
    pub races: Vec<(Timestamp, Option<Timestamp>)>,
}

impl LinkMember {
    pub const fn new(connection: ConnectionId, listing: ListingId, variant: VariantId, base: Option<Quantity>) -> Self {
        Self { connection, listing, variant, base, held: None, agreed: BTreeMap::new(), unmatched: Unmatched::NOTHING }
    }
}

impl Unmatched {
    pub const NOTHING: Self = Self { falls: Vec::new(), takings: Vec::new(), races: Vec::new() };
}

/// At most one live link per variant. Several online stores may hang on one link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub id: LinkId,
    /// At least two, of different connections.
    pub members: Vec<LinkMember>,
    /// What can be sold, wherever it is sold: the truth of the ledger, negative when more was sold than there was.
    /// `None` while no side's count is known.
    pub available: Option<Quantity>,
    /// A person paused it: it is read, and nothing of it is written.
    pub paused: bool,
    pub made_at: Timestamp,
}
