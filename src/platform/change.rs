//! What a change feed delivers.

use crate::domain::{Cursor, Listing, LocationId, Order, Quantity, RemoteId};

/// One item of a feed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The listing as it is now, whole, with levels as far as the feed knows them.
    Seen(Box<Listing>),
    /// Deleted on the platform.
    Gone(RemoteId),
    /// Only a stock level.
    Stock(StockChange),
    /// An order as it is now, whole.
    Order(Box<Order>),
    /// An item that could not be read: which, and why, in a plain sentence. The rest of the page is good.
    Unreadable { remote: String, why: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockChange {
    /// The listing, where the feed names it; else the variant's identifier has to do.
    pub listing: Option<RemoteId>,
    /// The variant's `remote`, or its `inventory` identifier: whichever the platform's stock calls use.
    pub variant: RemoteId,
    pub location: LocationId,
    /// `None`: no longer counted.
    pub quantity: Option<Quantity>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub changes: Vec<Change>,
    pub next: Next,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// There is more now: ask again from here.
    More(Cursor),
    /// That was all; the next run starts from here.
    Done(Cursor),
}
