//! One BigCommerce store. Each call's way is in a file of its own; here is only which is which.

use std::sync::Arc;

use async_trait::async_trait;

use crate::connectors::Account;
use crate::domain::{Creation, Cursor, Feed, FieldChange, IdempotencyKey, Listing, Location, RemoteId, Variant};
use crate::platform::{
    Clock, Connector, Created, EditOutcome, Findings, LevelRead, Page, PlatformError, Profile, QuantityOutcome,
    QuantityWrite, RateUse, StockAddress, WriteError,
};

use super::auth::Key;
use super::calls::Calls;
use super::convert::number;
use super::profile::PROFILE;
use super::shop::Shop;
use super::{counts, creation, edit, feed, findings, orders, removal, stock, variants};

pub(super) struct BigCommerce {
    pub(super) shop: Shop,
    clock: Arc<dyn Clock>,
}

impl BigCommerce {
    /// Calls nobody yet.
    pub(super) fn new(account: Account) -> Result<Self, PlatformError> {
        let key = Key::from(&account.credentials)?;
        let shop = Shop::new(Calls::new(account.http, key), account.currency);
        Ok(Self { shop, clock: account.clock })
    }
}

#[async_trait]
impl Connector for BigCommerce {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn clock_ahead(&self) -> Option<i64> {
        self.shop.calls.http().server_skew()
    }

    fn rate_use(&self) -> Option<RateUse> {
        Some(self.shop.calls.http().rate_use())
    }

    async fn test(&self) -> Result<Findings, PlatformError> {
        findings::findings(&self.shop.calls).await
    }

    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        match feed {
            Feed::Listings => feed::listings(&self.shop, from).await,
            Feed::Stock => feed::stock(&self.shop, from).await,
            Feed::Orders => orders::orders(&self.shop.calls, from).await,
        }
    }

    async fn count(&self) -> Result<Option<u64>, PlatformError> {
        self.shop.count().await
    }

    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        let numbers: Vec<u64> = ids.iter().filter_map(number).collect();
        let raw = self.shop.products(&numbers).await?;
        let (found, _) = self.shop.listings(&raw).await?;
        Ok(found.into_iter().filter_map(|(_, listing)| listing.ok()).collect())
    }

    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        counts::levels(&self.shop.calls, addresses).await
    }

    /// Quantities go by the inventory alone, so `location` is not needed here.
    async fn create(&self, creation: &Creation, source: &Listing, _: &Location) -> Result<Created, WriteError> {
        creation::create(&self.shop, creation, source).await
    }

    async fn find_created(&self, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError> {
        creation::find_created(&self.shop, creation, source).await
    }

    /// BigCommerce has no keys, so the key is not sent: a write whose outcome is unknown is looked up by value.
    async fn write_quantities(
        &self,
        writes: &[QuantityWrite],
        _: &IdempotencyKey,
    ) -> Result<Vec<QuantityOutcome>, WriteError> {
        stock::write(&self.shop.calls, self.clock.as_ref(), writes).await
    }

    async fn edit(&self, known: &Listing, changes: &[FieldChange]) -> Result<Vec<EditOutcome>, WriteError> {
        edit::edit(&self.shop, known, changes).await
    }

    async fn add_variants(&self, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
        variants::add(&self.shop, known, variants).await
    }

    async fn delete(&self, listing: &RemoteId) -> Result<(), WriteError> {
        removal::delete(&self.shop.calls, listing).await
    }
}
