//! One X-Series shop. Each call's way is in a file of its own; here is only which is which.

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

use super::auth::Key;
use super::calls::Calls;
use super::catalogue::Catalogue;
use super::profile::PROFILE;
use super::{creation, edit, feed, findings, orders, stock, variants};

struct XSeries {
    catalogue: Catalogue,
}

/// Calls nobody yet.
pub fn connect(account: Account) -> Result<SharedConnector, PlatformError> {
    let base = account.http.base_url().clone();
    let key = Key::of(&account.credentials, account.login, account.clock.clone(), &base)?;
    let calls = Calls::new(account.http, key, account.clock);
    Ok(Arc::new(XSeries { catalogue: Catalogue::new(calls, account.currency) }))
}

#[async_trait]
impl Connector for XSeries {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn clock_ahead(&self) -> Option<i64> {
        self.catalogue.calls.http().server_skew()
    }

    fn login_ends(&self) -> Option<Timestamp> {
        self.catalogue.calls.login_ends()
    }

    fn rate_use(&self) -> Option<RateUse> {
        Some(self.catalogue.calls.http().rate_use())
    }

    async fn test(&self) -> Result<Findings, PlatformError> {
        findings::findings(&self.catalogue).await
    }

    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        match feed {
            Feed::Listings => feed::listings(&self.catalogue, from).await,
            Feed::Orders => orders::orders(&self.catalogue, from).await,
            Feed::Stock => feed::stock(&self.catalogue, from).await,
        }
    }

    /// X-Series has no call that counts.
    async fn count(&self) -> Result<Option<u64>, PlatformError> {
        Ok(None)
    }

    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        feed::by_id(&self.catalogue, ids).await
    }

    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        stock::levels(&self.catalogue, addresses).await
    }

    async fn create(&self, creation: &Creation, source: &Listing, location: &Location) -> Result<Created, WriteError> {
        creation::create(&self.catalogue, creation, source, &location.id).await
    }

    async fn find_created(&self, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError> {
        creation::find_created(&self.catalogue, creation, source).await
    }

    /// X-Series knows no keys: a write whose outcome is unknown is looked up by value.
    async fn write_quantities(
        &self,
        writes: &[QuantityWrite],
        _: &IdempotencyKey,
    ) -> Result<Vec<QuantityOutcome>, WriteError> {
        stock::write(&self.catalogue, writes).await
    }

    async fn edit(&self, known: &Listing, changes: &[FieldChange]) -> Result<Vec<EditOutcome>, WriteError> {
        edit::edit(&self.catalogue, known, changes).await
    }

    async fn add_variants(&self, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
        variants::add(&self.catalogue, known, variants).await
    }

    /// The whole family.
    async fn delete(&self, listing: &RemoteId) -> Result<(), WriteError> {
        let calls = &self.catalogue.calls;
        let path = format!("/products/{}/all", crate::http::segment(listing.as_str()));
        match calls.write(calls.delete(&path)).await {
            Ok(_) | Err(WriteError::NotApplied(PlatformError::NotFound { .. })) => Ok(()),
            Err(why) => Err(why),
        }
    }
}
