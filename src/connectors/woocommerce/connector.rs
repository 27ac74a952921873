//! One WooCommerce shop. Each call's way is in a file of its own; here is only which is which.

use async_trait::async_trait;

use crate::connectors::Account;
use crate::domain::{Creation, Cursor, Feed, FieldChange, IdempotencyKey, Listing, Location, RemoteId, Variant};
use crate::platform::{
    Connector, Created, EditOutcome, Findings, LevelRead, Page, PlatformError, Profile, QuantityOutcome, QuantityWrite,
    RateUse, StockAddress, WriteError,
};

use super::auth::Keys;
use super::calls::Calls;
use super::catalogue::{Catalogue, number};
use super::profile::PROFILE;
use super::{creation, edit, feed, findings, orders, removal, stock, variants};

pub(super) struct WooCommerce {
    pub(super) catalogue: Catalogue,
}

impl WooCommerce {
    /// Calls nobody yet.
    pub(super) fn new(account: Account) -> Result<Self, PlatformError> {
        let keys = Keys::from(&account.credentials)?;
        let calls = Calls::new(account.http, keys, account.clock);
        let catalogue = Catalogue::new(calls, findings::the_shop()?, account.currency);
        Ok(Self { catalogue })
    }
}

#[async_trait]
impl Connector for WooCommerce {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn clock_ahead(&self) -> Option<i64> {
        self.catalogue.calls.clock_ahead()
    }

    fn rate_use(&self) -> Option<RateUse> {
        Some(self.catalogue.calls.http().rate_use())
    }

    async fn test(&self) -> Result<Findings, PlatformError> {
        findings::findings(&self.catalogue.calls, self.catalogue.location.clone()).await
    }

    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        match feed {
            Feed::Listings => feed::listings(&self.catalogue, from).await,
            Feed::Orders => orders::orders(&self.catalogue, from).await,
            Feed::Stock => feed::stock(&self.catalogue, from).await,
        }
    }

    async fn count(&self) -> Result<Option<u64>, PlatformError> {
        self.catalogue.count().await
    }

    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        let numbers: Vec<u64> = ids.iter().filter_map(number).collect();
        let products = self.catalogue.products(&numbers).await?;
        let found = self.catalogue.whole(products).await?;
        Ok(found.into_iter().filter_map(|(_, listing)| listing.ok()).collect())
    }

    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        stock::levels(&self.catalogue, addresses).await
    }

    fn stock_call(&self, of: &StockAddress) -> String {
        stock::stock_call(of)
    }

    /// There is one location only, so `location` says nothing new.
    async fn create(&self, creation: &Creation, source: &Listing, _: &Location) -> Result<Created, WriteError> {
        creation::create(&self.catalogue, creation, source).await
    }

    async fn find_created(&self, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError> {
        creation::find_created(&self.catalogue, creation, source).await
    }

    /// WooCommerce has no keys, so the key is not sent: a write whose outcome is unknown is looked up by value.
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

    async fn delete(&self, listing: &RemoteId) -> Result<(), WriteError> {
        removal::delete(&self.catalogue, listing).await
    }
}
