//! One R-Series account. Each call's way is in a file of its own; here is only which is which.

use std::sync::Arc;

use async_trait::async_trait;

use crate::connectors::Account;
use crate::domain::{
    Creation, Cursor, Feed, FieldChange, IdempotencyKey, Listing, Location, RemoteId, Timestamp, Variant,
};
use crate::platform::{
    Connector, Created, EditOutcome, Findings, LevelRead, Page, PlatformError, Profile, QuantityOutcome, QuantityWrite,
    RateUse, SharedConnector, StockAddress, WriteError,
};

use super::calls::Call;
use super::convert::Subject;
use super::profile::PROFILE;
use super::shelf::Shelf;
use super::{creation, edit, feed, findings, orders, stock, variants};

pub struct RSeries {
    pub shelf: Shelf,
}

/// Calls nobody yet.
pub fn connect(account: Account) -> Result<SharedConnector, PlatformError> {
    Ok(Arc::new(RSeries { shelf: Shelf::new(&account)? }))
}

#[async_trait]
impl Connector for RSeries {
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
        findings::findings(&self.shelf).await
    }

    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        match feed {
            Feed::Listings => feed::listings(&self.shelf, from).await,
            Feed::Stock => feed::stock(&self.shelf, from).await,
            Feed::Orders => orders::orders(&self.shelf, from).await,
        }
    }

    /// A count costs as much as ten calls, and it would take two: of items without a matrix, and of matrices.
    async fn count(&self) -> Result<Option<u64>, PlatformError> {
        Ok(None)
    }

    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        self.shelf.listings(ids).await
    }

    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        stock::levels(&self.shelf, addresses).await
    }

    /// Quantities are written afterwards, so `location` says nothing here.
    async fn create(&self, creation: &Creation, source: &Listing, _: &Location) -> Result<Created, WriteError> {
        creation::create(&self.shelf, creation, source).await
    }

    async fn find_created(&self, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError> {
        creation::find(&self.shelf, creation, source).await
    }

    /// R-Series has no keys, so the key is not sent: a write whose outcome is unknown is looked up by value.
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

    /// Archives, since nothing is deleted there: "The item's inventory will be zeroed out", and "all items in the matrix
    /// will also be archived".
    async fn delete(&self, listing: &RemoteId) -> Result<(), WriteError> {
        let call = match Subject::of(listing) {
            Subject::Item(id) => Call::archive("Item", id),
            Subject::Matrix(id) => Call::archive("ItemMatrix", id),
        };
        match self.shelf.calls.write(call).await {
            Ok(_) | Err(WriteError::NotApplied(PlatformError::NotFound { .. })) => Ok(()),
            Err(why) => Err(why),
        }
    }
}
