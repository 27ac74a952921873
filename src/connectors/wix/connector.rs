//! One site of Wix. Each call's way is in a file of its own, for each catalogue; here is only which is which.

use async_trait::async_trait;

use crate::connectors::Account;
use crate::domain::{
    Creation, Currency, Cursor, Feed, FieldChange, IdempotencyKey, Listing, Location, RemoteId, Variant,
};
use crate::platform::{
    Connector, Created, EditOutcome, Findings, LevelRead, Page, PlatformError, Profile, QuantityOutcome, QuantityWrite,
    RateUse, StockAddress, WriteError,
};

use super::auth::Key;
use super::calls::Calls;
use super::profile::PROFILE;
use super::shop::{Catalogue, Shop};
use super::{edit, findings, orders, v1, v3};

pub(super) struct Wix {
    pub(super) shop: Shop,
}

impl Wix {
    /// Calls nobody yet.
    pub(super) fn new(account: Account) -> Result<Self, PlatformError> {
        let key = Key::from(&account.credentials)?;
        let currency: Option<Currency> = account.currency;
        Ok(Self { shop: Shop::new(Calls::new(account.http, key), currency) })
    }

    /// A refusal may mean that the site has moved to the other catalogue: the next call asks which it has.
    fn doubt<T>(&self, done: Result<T, PlatformError>) -> Result<T, PlatformError> {
        if let Err(PlatformError::Refused { .. } | PlatformError::NotFound { .. }) = &done {
            self.shop.forget_catalogue();
        }
        done
    }

    fn doubt_write<T>(&self, done: Result<T, WriteError>) -> Result<T, WriteError> {
        if let Err(WriteError::NotApplied(PlatformError::Refused { .. } | PlatformError::NotFound { .. })) = &done {
            self.shop.forget_catalogue();
        }
        done
    }

    async fn catalogue_for_writing(&self) -> Result<Catalogue, WriteError> {
        self.shop.catalogue().await.map_err(WriteError::NotApplied)
    }

    async fn page(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        // A full sweep of a catalogue that is not there any more could look like an empty store: so it asks first.
        let catalogue = match from {
            Cursor::Start => self.shop.catalogue_now().await?,
            Cursor::At(_) => self.shop.catalogue().await?,
        };
        match (feed, catalogue) {
            (Feed::Listings, Catalogue::V3) => v3::feed::listings(&self.shop, from).await,
            (Feed::Listings, Catalogue::V1) => v1::feed::listings(&self.shop, from).await,
            (Feed::Stock, Catalogue::V3) => v3::feed::stock(&self.shop, from).await,
            (Feed::Stock, Catalogue::V1) => v1::feed::stock(&self.shop, from).await,
            (Feed::Orders, catalogue) => orders::orders(&self.shop, catalogue, from).await,
        }
    }
}

#[async_trait]
impl Connector for Wix {
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
        findings::findings(&self.shop).await
    }

    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        self.doubt(self.page(feed, from).await)
    }

    async fn count(&self) -> Result<Option<u64>, PlatformError> {
        match self.shop.catalogue().await? {
            Catalogue::V3 => v3::read::count(&self.shop).await,
            Catalogue::V1 => v1::read::count(&self.shop).await,
        }
    }

    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        let found = match self.shop.catalogue().await? {
            Catalogue::V3 => v3::read::listings(&self.shop, ids).await,
            Catalogue::V1 => v1::read::listings(&self.shop, ids).await,
        };
        self.doubt(found)
    }

    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        let found = match self.shop.catalogue().await? {
            Catalogue::V3 => v3::stock::levels(&self.shop, addresses).await,
            Catalogue::V1 => v1::stock::levels(&self.shop, addresses).await,
        };
        self.doubt(found)
    }

    async fn create(&self, creation: &Creation, source: &Listing, location: &Location) -> Result<Created, WriteError> {
        let made = match self.catalogue_for_writing().await? {
            Catalogue::V3 => v3::creation::create(&self.shop, creation, source, location).await,
            Catalogue::V1 => v1::creation::create(&self.shop, creation, source).await,
        };
        self.doubt_write(made)
    }

    async fn find_created(&self, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError> {
        let found = match self.shop.catalogue().await? {
            Catalogue::V3 => v3::creation::find_created(&self.shop, creation, source).await,
            Catalogue::V1 => v1::creation::find_created(&self.shop, creation, source).await,
        };
        self.doubt(found)
    }

    /// Wix has no keys, so the key is not sent: a write whose outcome is unknown is looked up by value.
    async fn write_quantities(
        &self,
        writes: &[QuantityWrite],
        _: &IdempotencyKey,
    ) -> Result<Vec<QuantityOutcome>, WriteError> {
        let done = match self.catalogue_for_writing().await? {
            Catalogue::V3 => v3::stock::write(&self.shop, writes).await,
            Catalogue::V1 => v1::stock::write(&self.shop, writes).await,
        };
        self.doubt_write(done)
    }

    async fn edit(&self, known: &Listing, changes: &[FieldChange]) -> Result<Vec<EditOutcome>, WriteError> {
        self.doubt_write(edit::edit(&self.shop, known, changes).await)
    }

    async fn add_variants(&self, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
        let done = match self.catalogue_for_writing().await? {
            Catalogue::V3 => v3::variants::add(&self.shop, known, variants).await,
            Catalogue::V1 => v1::variants::add(&self.shop, known, variants).await,
        };
        self.doubt_write(done)
    }

    async fn delete(&self, listing: &RemoteId) -> Result<(), WriteError> {
        match self.catalogue_for_writing().await? {
            Catalogue::V3 => v3::removal::delete(&self.shop, listing).await,
            Catalogue::V1 => v1::removal::delete(&self.shop, listing).await,
        }
    }
}
