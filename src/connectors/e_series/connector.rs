//! One E-Series shop. Each call's way is in a file of its own; here is only which is which.

use async_trait::async_trait;

use crate::connectors::Account;
use crate::domain::{Creation, Cursor, Feed, FieldChange, IdempotencyKey, Listing, Location, RemoteId, Variant};
use crate::platform::{
    Connector, Created, EditOutcome, Findings, LevelRead, Next, Page, PlatformError, Profile, QuantityOutcome,
    QuantityWrite, RateUse, StockAddress, WriteError,
};

use super::convert::number;
use super::profile::PROFILE;
use super::shelf::Shelf;
use super::{creation, edit, feed, findings, orders, stock, variants};

pub(super) struct ESeries {
    pub(super) shelf: Shelf,
}

impl ESeries {
    /// Calls nobody yet.
    pub(super) fn new(account: &Account) -> Result<Self, PlatformError> {
        Ok(Self { shelf: Shelf::new(account)? })
    }
}

#[async_trait]
impl Connector for ESeries {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn clock_ahead(&self) -> Option<i64> {
        self.shelf.calls.http().server_skew()
    }

    fn rate_use(&self) -> Option<RateUse> {
        Some(self.shelf.calls.http().rate_use())
    }

    async fn test(&self) -> Result<Findings, PlatformError> {
        findings::findings(&self.shelf).await
    }

    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        match feed {
            Feed::Listings => feed::listings(&self.shelf, from).await,
            Feed::Orders => orders::orders(&self.shelf, from).await,
            // The profile says that there is none.
            Feed::Stock => Ok(Page { changes: Vec::new(), next: Next::Done(from.clone()) }),
        }
    }

    async fn count(&self) -> Result<Option<u64>, PlatformError> {
        feed::count(&self.shelf).await
    }

    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        self.shelf.listings(ids).await
    }

    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        stock::levels(&self.shelf, addresses).await
    }

    /// There is one location only, so `location` says nothing new.
    async fn create(&self, creation: &Creation, source: &Listing, _: &Location) -> Result<Created, WriteError> {
        creation::create(&self.shelf, creation, source).await
    }

    async fn find_created(&self, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError> {
        creation::find(&self.shelf, creation, source).await
    }

    /// Differences have no key there, so the key is not sent: a write whose outcome is unknown is looked up by value.
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

    /// All combinations go with it. That it is gone already counts as done; the API knows no way back.
    async fn delete(&self, listing: &RemoteId) -> Result<(), WriteError> {
        let Some(id) = number(listing) else { return Ok(()) };
        match self.shelf.calls.write(self.shelf.calls.delete(&format!("/products/{id}"))).await {
            Ok(_) | Err(WriteError::NotApplied(PlatformError::NotFound { .. })) => Ok(()),
            Err(why) => Err(why),
        }
    }
}
