//! The contract between the engine and a platform: what a connector must say and do.
//!
//! Names no platform. A connector is a folder in `connectors/` that implements [`Connector`] and describes itself in a
//! [`Profile`]; everything that decides by platform decides by what stands in the profile.

mod change;
mod clock;
mod error;
mod write;

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{
    Creation, Currency, Cursor, Feed, FieldChange, IdempotencyKey, Listing, Location, RemoteId, Text, Timestamp,
    Variant,
};

pub use crate::domain::{
    Budget, CallCosts, CredentialField, Deletion, FieldNote, Guarantee, Limit, Login, LoginAddress, LoginBody, Profile,
    QuantityKind, RateUse, Rotation, StockWrite,
};
pub use change::{Change, Next, Page, StockChange};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{PlatformError, WriteError};
pub use write::{
    Created, CreatedVariant, EditOutcome, LevelRead, QuantityChange, QuantityOutcome, QuantityWrite, StockAddress,
};

/// What a test of a connection found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    pub shop_name: Text,
    pub currency: Currency,
    /// All of them, the platform's default first; at least one.
    pub locations: Vec<Location>,
    /// What the key allows, in the platform's words.
    pub permissions: Vec<String>,
    /// What the key lacks of what we need; empty if all is well.
    pub missing_permissions: Vec<String>,
    /// Things the merchant should know: inventory tracking off, an unexpected API version.
    pub warnings: Vec<String>,
}

/// One account on one platform. Cheap to share; all calls go through the connection's one HTTP client, which keeps the
/// rate budget. Dropping a future cancels the call; a write that was cut off so counts as unknown.
#[async_trait]
pub trait Connector: Send + Sync {
    fn profile(&self) -> &'static Profile;

    /// By how many milliseconds the platform's clock is ahead of ours (below zero: behind), as its last answer told;
    /// `None` before that. Its orders and changes are dated by that clock.
    fn clock_ahead(&self) -> Option<i64> {
        None
    }

    /// When the login ends if nobody logs in again; `None` where it renews itself or does not end. Calls nobody.
    fn login_ends(&self) -> Option<Timestamp> {
        None
    }

    /// What was used of the rate budget within the last minute, and whether the platform wants silence, as the client
    /// knows it through which all calls go; `None` where nobody counts. Calls nobody.
    fn rate_use(&self) -> Option<RateUse> {
        None
    }

    /// Calls the platform and says what is there. Writes nothing.
    async fn test(&self) -> Result<Findings, PlatformError>;

    /// One page of a feed. From [`Cursor::Start`]: everything that exists now. From where an earlier run ended: what
    /// changed since, with overlap (repeats are fine, gaps are not). Items that cannot be read are reported in the
    /// page, one by one, and do not stop it.
    ///
    /// The cursor with which a run of [`Feed::Listings`] ended is also a place to begin [`Feed::Stock`] from: every
    /// level that moved since that run began comes after it.
    ///
    /// [`Feed::Orders`] from [`Cursor::Start`] shows the orders that are open now, and from there on every order that
    /// was placed or changed (shipped, cancelled, refunded, put back), whole each time. Asked for only where the
    /// profile has `order_feed`. The cursor is the platform's time or number, never this machine's.
    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError>;

    /// How many listings there are, where one cheap call can tell; for the progress bar.
    async fn count(&self) -> Result<Option<u64>, PlatformError>;

    /// These listings as they are right now, in any order; those that no longer exist are missing in the answer.
    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError>;

    /// Stock as it is right now, straight from the source, at one location. One answer for each address, in order.
    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError>;

    /// Counts for which this gives the same word are set by the same call. Where counts can only be set, whatever they
    /// are, the engine reads and writes such counts together and no others: what is sold between reading and writing
    /// is overwritten, so there is one call in between and not many.
    fn stock_call(&self, _of: &StockAddress) -> String {
        String::new()
    }

    /// Makes a copy of `source`. One call or as few as the platform allows; the same `creation.mark` never makes two.
    ///
    /// Quantities are set on the way if the profile says `create_sets_stock`, at `location`; else not at all.
    async fn create(&self, creation: &Creation, source: &Listing, location: &Location) -> Result<Created, WriteError>;

    /// Looks for what an earlier [`Connector::create`] with this mark may have made (by mark, SKU, title), also when
    /// it was made in part only. `Ok(None)` is a definite no. A product of several variants that was made in part is
    /// completed on the way, so this is asked only when nothing sent before can still arrive; for a single variant it
    /// reads only, and can be asked at any time.
    async fn find_created(&self, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError>;

    /// Writes a batch (at most `profile().stock_batch`) in as few calls as the platform allows. The answer has one
    /// outcome for each write, in order. An `Err` is about the whole batch.
    ///
    /// The same key with the same writes is safe to send again only where the profile's [`StockWrite`] has a key.
    async fn write_quantities(
        &self,
        writes: &[QuantityWrite],
        key: &IdempotencyKey,
    ) -> Result<Vec<QuantityOutcome>, WriteError>;

    /// Brings fields of one listing to the given values, in as few calls as the platform allows, and touches nothing
    /// else: what the platform keeps and we do not know stays. `known` is the listing as we last saw it. One outcome
    /// for each change, in order; a field that is not among `profile().edits` is rejected without a call. Safe to
    /// repeat.
    async fn edit(&self, known: &Listing, changes: &[FieldChange]) -> Result<Vec<EditOutcome>, WriteError>;

    /// Adds variants to a listing that is there, with their options, keys and prices, and no quantities. Variants whose
    /// option values are there already are left as they are, so it is safe to repeat. Gives the listing as it is now.
    /// Asked for only where the profile has `adds_variants`.
    async fn add_variants(&self, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError>;

    /// Deletes or archives a listing, as the profile's `deletion` says. That it is not there any more counts as done.
    async fn delete(&self, listing: &RemoteId) -> Result<(), WriteError>;
}

/// A shared connector.
pub type SharedConnector = Arc<dyn Connector>;
