//! The Square account: what it takes to call it, and the parts of the contract that are one call.
//!
//! The state is small: the catalogue lock (Square takes one catalogue write at a time per seller and answers others with
//! 429), what is known of options and categories under that lock, and when counts were last read. Nothing here retries a
//! write; a resend happens only where Square said in so many words that nothing was applied.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::Mutex as AsyncMutex;

use crate::connectors::Account;
use crate::domain::{
    Creation, Currency, Cursor, Feed, FieldChange, IdempotencyKey, Listing, Location, LocationId, RemoteId, Text,
    Timestamp, Variant,
};
use crate::http::{Answer, Http, Method, Request};
use crate::platform::{
    Clock, Connector, Created, EditOutcome, Findings, LevelRead, Page, PlatformError, Profile, QuantityOutcome,
    QuantityWrite, RateUse, SharedConnector, StockAddress, WriteError,
};
use crate::secrets::Secret;

use super::auth;
use super::creation::Labels;
use super::profile::PROFILE;
use super::wire;

pub struct Square {
    pub(super) http: Http,
    authorisation: Secret,
    pub(super) clock: Arc<dyn Clock>,
    /// The locations in use, the one written to first.
    pub(super) locations: Vec<LocationId>,
    /// Held during a catalogue write; what is in it is what the catalogue's options and categories were last.
    pub(super) catalogue: AsyncMutex<Option<Labels>>,
    /// When a count was last read, by variation and location, in Square's time. A std mutex: nothing is awaited in it.
    pub(super) read_at: Mutex<HashMap<(String, String), Timestamp>>,
}

pub fn connect(account: Account) -> Result<SharedConnector, PlatformError> {
    Ok(Arc::new(Square {
        authorisation: auth::authorisation(&account.credentials)?,
        http: account.http,
        clock: account.clock,
        locations: account.locations.into_iter().map(|location| location.id).collect(),
        catalogue: AsyncMutex::new(None),
        read_at: Mutex::new(HashMap::new()),
    }))
}

impl Square {
    pub(super) fn request(&self, method: Method, path: &str) -> Request {
        Request::new(method, path)
            .header("Square-Version", PROFILE.api_version)
            .header("Accept", "application/json")
            .secret_header("Authorization", self.authorisation.clone())
    }

    pub(super) fn post(&self, path: &str, body: Value) -> Request {
        self.request(Method::Post, path).json(body)
    }

    /// Square's own refusal as an error.
    pub(super) fn refused(&self, errors: &[wire::Error], status: u16) -> PlatformError {
        let why = wire::join(errors).unwrap_or_else(|| format!("status {status}"));
        PlatformError::Refused { platform: PROFILE.name, why }
    }

    /// Square's time now, by the `Date` of its answers: changes that are stamped in its future are refused, and a
    /// machine's clock may be wrong. Asks Square once if nothing was asked before.
    pub(super) async fn server_now(&self) -> Result<Timestamp, PlatformError> {
        if self.http.server_skew().is_none() {
            self.ask_time().await?;
        }
        let skew = self.http.server_skew().unwrap_or(0);
        Ok(Timestamp(self.clock.now().0.saturating_add(skew)))
    }

    /// Any answer tells the time; this is a short one.
    pub(super) async fn ask_time(&self) -> Result<(), PlatformError> {
        self.http.read(self.request(Method::Get, "/v2/catalog/info")).await.map(drop)
    }

    pub(super) fn location_ids(&self) -> Vec<&str> {
        self.locations.iter().map(|location| location.0.as_str()).collect()
    }

    async fn findings(&self) -> Result<Findings, PlatformError> {
        let status = self.request(Method::Post, "/oauth2/token/status").json(json!({}));
        // Test accounts may refuse this call ("a valid production authorization credential"); the key still works.
        let status = self.http.read_json::<wire::TokenStatus>(status.accept(&[404])).await;
        let (merchant, answer) =
            self.http.read_json::<wire::MerchantAnswer>(self.request(Method::Get, "/v2/merchants/me")).await?;
        let (locations, _) = self.http.read_json::<wire::Locations>(self.request(Method::Get, "/v2/locations")).await?;
        let merchant = merchant.merchant.ok_or_else(|| self.http.unexpected("the merchant is missing"))?;
        let mut warnings: Vec<String> = version_warning(&answer).into_iter().collect();
        let (permissions, missing_permissions) =
            match status {
                Ok((status, _)) => {
                    warnings.extend(status.expires_at.filter(|at| !at.is_empty()).map(|at| {
                        format!("this key ends on {}; make a new one before and connect again", Text::new(&at))
                    }));
                    match status.scopes {
                        Some(scopes) => (scopes.iter().map(|s| Text::new(s).into()).collect(), auth::missing(&scopes)),
                        None => (Vec::new(), Vec::new()),
                    }
                }
                Err(why) => {
                    warnings.push(format!("Square did not say what the key allows: {why}"));
                    (Vec::new(), Vec::new())
                }
            };
        let mut sorted = locations.locations;
        let main = merchant.main_location_id.unwrap_or_default();
        sorted.sort_by_key(|location| location.id != main);
        let first = sorted.first().ok_or_else(|| self.http.unexpected("the account has no locations"))?;
        let code = first.currency.clone().or(merchant.currency).unwrap_or_default();
        let currency = Currency::new(&code).map_err(|why| self.http.unexpected(&why.to_string()))?;
        let other = sorted.iter().find(|l| l.currency.as_deref().is_some_and(|theirs| theirs != currency.code()));
        warnings
            .extend(other.map(|location| {
                format!("{} sells in another currency than {currency}: leave it out", named(location))
            }));
        let locations = sorted.iter().map(|location| {
            let id = RemoteId::new(location.id.clone()).map_err(|why| self.http.unexpected(&why))?;
            let active = location.status.as_deref() != Some("INACTIVE");
            Ok(Location { id: LocationId(id), name: named(location), active })
        });
        Ok(Findings {
            shop_name: merchant.business_name.as_deref().and_then(Text::some).unwrap_or_else(|| named(first)),
            currency,
            locations: locations.collect::<Result<_, PlatformError>>()?,
            permissions,
            missing_permissions,
            warnings,
        })
    }
}

fn named(location: &wire::Location) -> Text {
    location.name.as_deref().and_then(Text::some).unwrap_or_else(|| Text::new(&location.id))
}

/// Square names the version that it answered in; another one than ours means that fields may have moved.
fn version_warning(answer: &Answer) -> Option<String> {
    let theirs = answer.header("square-version").filter(|theirs| *theirs != PROFILE.api_version)?;
    let theirs = Text::new(theirs);
    Some(format!(
        "Square answered in version {theirs} instead of {}; look for a newer counterpart",
        PROFILE.api_version
    ))
}

#[async_trait]
impl Connector for Square {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn clock_ahead(&self) -> Option<i64> {
        self.http.server_skew()
    }

    fn rate_use(&self) -> Option<RateUse> {
        Some(self.http.rate_use())
    }

    async fn test(&self) -> Result<Findings, PlatformError> {
        self.findings().await
    }

    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        match feed {
            Feed::Listings => self.listings_page(from).await,
            Feed::Orders => self.orders_page(from).await,
            Feed::Stock => self.stock_page(from).await,
        }
    }

    /// Square has no call that counts.
    async fn count(&self) -> Result<Option<u64>, PlatformError> {
        Ok(None)
    }

    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        self.listings_by_id(ids).await
    }

    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        self.levels_at(addresses).await
    }

    async fn create(&self, creation: &Creation, source: &Listing, location: &Location) -> Result<Created, WriteError> {
        self.create_item(creation, source, &location.id).await
    }

    async fn find_created(&self, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError> {
        self.find_item(creation, source).await
    }

    async fn write_quantities(
        &self,
        writes: &[QuantityWrite],
        key: &IdempotencyKey,
    ) -> Result<Vec<QuantityOutcome>, WriteError> {
        self.write_changes(writes, key).await
    }

    async fn edit(&self, known: &Listing, changes: &[FieldChange]) -> Result<Vec<EditOutcome>, WriteError> {
        self.edit_item(known, changes).await
    }

    async fn add_variants(&self, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
        self.add_variations(known, variants).await
    }

    async fn delete(&self, listing: &RemoteId) -> Result<(), WriteError> {
        self.archive_item(listing).await
    }
}
