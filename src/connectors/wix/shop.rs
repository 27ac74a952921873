//! The site behind the calls: which catalogue it has, its currency, its locations.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::{Currency, Location, LocationId, RemoteId, Text};
use crate::http::Request;
use crate::platform::PlatformError;

use super::calls::{Also, Calls, is_success, refused};
use super::profile::PAGE;
use super::wire::Loose;

/// Which catalogue a site has: never both, and never V1 again after V3 (docs, catalogue versioning).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Catalogue {
    V1,
    V3,
}

/// A place where V3 counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoresLocation {
    /// Of Wix Stores, as inventory items name it.
    pub id: String,
    /// Of the business, as lines of orders may name it.
    pub business: Option<String>,
    pub name: String,
    pub is_default: bool,
}

/// Product, variant and location of a count.
pub(super) type Spot = (String, String, String);

/// What a reading showed of a count: its own identifier, and what is needed to begin counting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownItem {
    pub id: String,
    pub revision: Option<String>,
    pub is_untracked: bool,
}

/// Spots that are remembered; more than any one job touches between a reading and its writing.
const MOST_SPOTS: usize = 20_000;

pub(super) struct Shop {
    pub calls: Calls,
    /// As it was told at the start; else the site says.
    currency: Mutex<Option<Currency>>,
    catalogue: Mutex<Option<Catalogue>>,
    locations: Mutex<Option<Vec<StoresLocation>>>,
    /// V3's own identifiers of counts, learned when they were read.
    items: Mutex<HashMap<Spot, KnownItem>>,
}

/// Nothing is awaited while one of these is held, and a poisoned one still holds what is known.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shop {
    pub(super) fn new(calls: Calls, currency: Option<Currency>) -> Self {
        Self {
            calls,
            currency: Mutex::new(currency),
            catalogue: Mutex::default(),
            locations: Mutex::default(),
            items: Mutex::default(),
        }
    }

    /// Asked once; again after [`Shop::forget_catalogue`].
    pub(super) async fn catalogue(&self) -> Result<Catalogue, PlatformError> {
        let known = *lock(&self.catalogue);
        match known {
            Some(known) => Ok(known),
            None => self.catalogue_now().await,
        }
    }

    pub(super) async fn catalogue_now(&self) -> Result<Catalogue, PlatformError> {
        let (said, _) = self.calls.read_json::<Value>(Request::get("/stores/v3/provision/version")).await?;
        let found = match said.get("catalogVersion").and_then(Value::as_str) {
            Some("V3_CATALOG") => Catalogue::V3,
            Some("V1_CATALOG") => Catalogue::V1,
            Some("STORES_NOT_INSTALLED") => {
                return Err(refused("Wix Stores is not installed on this site; add it in the site's dashboard"));
            }
            _ => return Err(self.calls.http().unexpected("the catalogue's version is neither V1 nor V3")),
        };
        *lock(&self.catalogue) = Some(found);
        Ok(found)
    }

    /// The site may have moved from V1 to V3: what was refused may have been asked of the wrong catalogue.
    pub(super) fn forget_catalogue(&self) {
        *lock(&self.catalogue) = None;
        *lock(&self.locations) = None;
        lock(&self.items).clear();
    }

    /// What was found out some time ago.
    #[cfg(test)]
    pub(super) fn assume(&self, catalogue: Catalogue) {
        *lock(&self.catalogue) = Some(catalogue);
    }

    /// `None`: the key may not ask.
    pub(super) async fn properties(&self) -> Result<Option<Value>, PlatformError> {
        let answer = self.calls.read(Request::get("/site-properties/v4/properties"), Also::Forbidden).await?;
        if !is_success(&answer) {
            return Ok(None);
        }
        let body: Value = self.calls.json(&answer)?;
        Ok(Some(body.get("properties").cloned().unwrap_or_default()))
    }

    pub(super) async fn currency(&self) -> Result<Currency, PlatformError> {
        let known = *lock(&self.currency);
        if let Some(known) = known {
            return Ok(known);
        }
        let properties = self.properties().await?;
        self.currency_of(properties.as_ref()).await
    }

    /// From the site's properties; where the key may not see them, from any product.
    pub(super) async fn currency_of(&self, properties: Option<&Value>) -> Result<Currency, PlatformError> {
        let told = properties.and_then(|all| all.get("paymentCurrency")).map(Loose::from).unwrap_or_default();
        let code = match told.text() {
            Some(code) => code.to_owned(),
            None => self.currency_of_a_product().await?.ok_or_else(|| PlatformError::Unauthorised {
                platform: super::profile::PROFILE.name,
                why: "the key may not read the site's properties, and there is no product to learn the currency from"
                    .to_owned(),
            })?,
        };
        let unexpected = |why| self.calls.http().unexpected(&format!("the site's currency is {why}"));
        let currency = Currency::new(&code).map_err(unexpected)?;
        *lock(&self.currency) = Some(currency);
        Ok(currency)
    }

    async fn currency_of_a_product(&self) -> Result<Option<String>, PlatformError> {
        let (request, place) = match self.catalogue().await? {
            Catalogue::V3 => {
                let body = json!({"query": {"cursorPaging": {"limit": 1}}, "fields": ["CURRENCY"]});
                (Request::post("/stores/v3/products/query").json(body), "/products/0/currency")
            }
            Catalogue::V1 => {
                let body = json!({"query": {"paging": {"limit": 1}}, "includeHiddenProducts": true});
                (Request::post("/stores-reader/v1/products/query").json(body), "/products/0/priceData/currency")
            }
        };
        let (listed, _) = self.calls.read_json::<Value>(request).await?;
        Ok(listed.pointer(place).map(Loose::from).and_then(|code| code.text().map(str::to_owned)))
    }

    /// V3's places, the default first. Learned once, and anew when the connection is tested.
    pub(super) async fn locations(&self) -> Result<Vec<StoresLocation>, PlatformError> {
        let known = lock(&self.locations).clone();
        match known {
            Some(known) => Ok(known),
            None => self.locations_now().await,
        }
    }

    pub(super) async fn locations_now(&self) -> Result<Vec<StoresLocation>, PlatformError> {
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut paging = json!({"limit": PAGE});
            if let Some(cursor) = &cursor {
                paging["cursor"] = json!(cursor);
            }
            let body = json!({"query": {"cursorPaging": paging}});
            let request = Request::post("/stores/v3/locations/query").json(body);
            let (listed, _) = self.calls.read_json::<Value>(request).await?;
            let some = listed.get("storesLocations").and_then(Value::as_array).cloned().unwrap_or_default();
            found.extend(some.iter().filter_map(|raw| {
                let text = |name: &str| raw.get(name).map(Loose::from).and_then(|raw| raw.text().map(str::to_owned));
                Some(StoresLocation {
                    id: text("id")?,
                    business: text("wixLocationId"),
                    name: text("name").unwrap_or_else(|| "location".to_owned()),
                    is_default: raw.get("defaultLocation").and_then(Value::as_bool) == Some(true),
                })
            }));
            let next = listed.pointer("/pagingMetadata/cursors/next").map(Loose::from).unwrap_or_default();
            cursor = next.text().map(str::to_owned).filter(|_| some.len() >= PAGE);
            if cursor.is_none() {
                break;
            }
        }
        found.sort_by_key(|location: &StoresLocation| !location.is_default);
        *lock(&self.locations) = Some(found.clone());
        Ok(found)
    }

    pub(super) fn remember(&self, items: impl IntoIterator<Item = (Spot, KnownItem)>) {
        let mut known = lock(&self.items);
        if known.len() > MOST_SPOTS {
            known.clear();
        }
        known.extend(items);
    }

    pub(super) fn remembered(&self, spot: &Spot) -> Option<KnownItem> {
        lock(&self.items).get(spot).cloned()
    }

    pub(super) fn forget(&self, spot: &Spot) {
        lock(&self.items).remove(spot);
    }
}

/// V1 has one place, and no name for it.
pub(super) const THE_STORE: &str = "store";

pub(super) fn location_id(raw: &str) -> Result<LocationId, String> {
    RemoteId::new(raw).map(LocationId)
}

/// As the engine knows places.
pub(super) fn location(id: &str, name: &str) -> Option<Location> {
    Some(Location { id: location_id(id).ok()?, name: Text::new(name), active: true })
}
