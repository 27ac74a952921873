//! One Clover merchant. Each call's way is in a file of its own; here is only which is which.

use async_trait::async_trait;

use crate::connectors::Account;
use crate::domain::{
    Creation, Cursor, Feed, FieldChange, IdempotencyKey, Listing, Location, RemoteId, Timestamp, Variant,
};
use crate::platform::{
    Connector, Created, EditOutcome, Findings, LevelRead, Page, PlatformError, Profile, QuantityOutcome, QuantityWrite,
    RateUse, StockAddress, WriteError,
};

use super::profile::PROFILE;
use super::shelf::Shelf;
use super::{creation, edit, feed, findings, orders, removal, stock, variants};

pub(super) struct Clover {
    pub(super) shelf: Shelf,
}

impl Clover {
    /// Calls nobody yet.
    pub(super) fn new(account: Account) -> Result<Self, PlatformError> {
        Ok(Self { shelf: Shelf::new(&account)? })
    }
}

#[async_trait]
impl Connector for Clover {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn clock_ahead(&self) -> Option<i64> {
        self.shelf.calls.http().server_skew()
    }

    fn login_ends(&self) -> Option<Timestamp> {
        self.shelf.calls.login_ends()
    }

    fn rate_use(&self) -> Option<RateUse> {
        Some(self.shelf.calls.http().rate_use())
    }

    async fn test(&self) -> Result<Findings, PlatformError> {
        findings::findings(&self.shelf.calls, self.shelf.location().clone()).await
    }

    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        match feed {
            Feed::Listings => feed::listings(&self.shelf, from).await,
            Feed::Stock => feed::stocks(&self.shelf, from).await,
            Feed::Orders => orders::orders(&self.shelf, from).await,
        }
    }

    /// Clover has no call that counts.
    async fn count(&self) -> Result<Option<u64>, PlatformError> {
        Ok(None)
    }

    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        self.shelf.listings(ids).await
    }

    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        stock::levels(&self.shelf, addresses).await
    }

    /// There is one location only, so `location` says nothing new. Quantities are written afterwards.
    async fn create(&self, creation: &Creation, source: &Listing, _: &Location) -> Result<Created, WriteError> {
        creation::create(&self.shelf, creation, source).await
    }

    async fn find_created(&self, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError> {
        creation::find(&self.shelf, creation, source).await
    }

    /// Clover has no keys, so the key is not sent: a write whose outcome is unknown is looked up by value.
    async fn write_quantities(
        &self,
        writes: &[QuantityWrite],
        _: &IdempotencyKey,
    ) -> Result<Vec<QuantityOutcome>, WriteError> {
        stock::write(&self.shelf, writes).await
    }

    async fn edit(&self, known: &Listing, changes: &[FieldChange]) -> Result<Vec<EditOutcome>, WriteError> {
        edit::edit(&self.shelf, known, changes).await
    }

    async fn add_variants(&self, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
        variants::add(&self.shelf, known, variants).await
    }

    async fn delete(&self, listing: &RemoteId) -> Result<(), WriteError> {
        removal::delete(&self.shelf, listing).await
    }
}
