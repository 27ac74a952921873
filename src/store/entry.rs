//! What is journalled: everything observed, decided and written.

use crate::domain::{
    Connection, ConnectionId, Cursor, Feed, FieldRules, HistoryRecord, Job, JobId, KnownListing, KnownOrder, Link,
    LinkId, ListingId, LocationId, Quantity, Refusal, Rejection, RemoteId, Step, StepIndex, StepState, SyncSettings,
    Timestamp, VariantId,
};

/// One fact. Stored forms are versioned and separate (`forms.rs`); this is what the engine says.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A connection was made or changed.
    ConnectionKept(Connection),
    /// With its listings, cursors and links' members.
    ConnectionRemoved(ConnectionId),
    /// A listing as a feed or an answer showed it; replaces what was known.
    ListingSeen(Box<KnownListing>),
    /// The levels of one variant changed; the rest of the listing is as it was. `None`: no longer counted.
    LevelSeen {
        listing: ListingId,
        variant: VariantId,
        location: LocationId,
        quantity: Option<Quantity>,
        at: Timestamp,
    },
    /// Deleted on the platform.
    ListingGone {
        listing: ListingId,
        at: Timestamp,
    },
    /// A feed was read up to here.
    CursorMoved {
        connection: ConnectionId,
        feed: Feed,
        cursor: Cursor,
        at: Timestamp,
    },
    /// A full sweep of the catalogue ended.
    Swept {
        connection: ConnectionId,
        at: Timestamp,
    },
    /// A link was made, or its ledger moved.
    LinkKept(Link),
    LinkRemoved {
        link: LinkId,
        why: String,
    },
    /// A job, its steps in order, and what was refused. In one transaction, before anybody is told of the job.
    JobPlanned {
        job: Job,
        steps: Vec<Step>,
        refusals: Vec<Refusal>,
    },
    /// A job's state, progress or note changed.
    JobKept(Job),
    /// A step moved.
    StepMoved {
        job: JobId,
        step: StepIndex,
        state: StepState,
    },
    /// A batch is about to be sent: these steps under this one key. Written before the socket is touched.
    BatchSent {
        job: JobId,
        steps: Vec<StepIndex>,
        generation: u32,
    },
    /// An ended job and its steps were cleared away by a person.
    JobForgotten(JobId),
    /// How a connection is kept in step, from now on.
    SettingsKept {
        connection: ConnectionId,
        settings: SyncSettings,
    },
    /// What is kept in step between two connections, from now on.
    FieldRulesKept(FieldRules),
    /// An order as a feed showed it; replaces what was known.
    OrderSeen(Box<KnownOrder>),
    /// Orders that ended long ago are not needed any more.
    OrdersForgotten {
        connection: ConnectionId,
        orders: Vec<RemoteId>,
    },
    /// A line of the history. What it tells of stands in other entries of the same commit.
    Noted(Box<HistoryRecord>),
    /// How many units may have been lost on a connection whose counts can only be set, by the formula: in millionths of
    /// a unit, since the connection was made.
    DriftEstimated {
        connection: ConnectionId,
        millionths: u64,
    },
    /// A person said that two listings are not one product.
    PairRejected(Rejection),
    /// That was taken back.
    PairAllowed {
        in_store: ListingId,
        online: ListingId,
    },
}
