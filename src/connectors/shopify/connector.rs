//! The connector: what it is made from, and the calls that need no file of their own.
//!
//! `feed.rs` reads what changed, `orders.rs` what was ordered, `whole.rs` makes products whole, `creation.rs` makes
//! products there, `edit.rs` and `addition.rs` change them, `stock.rs` reads and writes counts. All of them call through [`Caller`], and only through it.

use async_trait::async_trait;
use serde_json::json;
use tokio::sync::OnceCell;

use crate::connectors::Account;
use crate::domain::{
    Creation, Currency, Cursor, Feed, FieldChange, IdempotencyKey, Listing, Location, LocationId, RemoteId, Text,
    Variant,
};
use crate::platform::{
    Connector, Created, EditOutcome, Findings, LevelRead, Page, PlatformError, Profile, QuantityOutcome, QuantityWrite,
    RateUse, SharedConnector, StockAddress, WriteError,
};

use super::auth::{Keys, refused};
use super::calls::{Caller, unexpected};
use super::convert::Reading;
use super::documents::{COUNT, COUNT_COST, Documents, SCOPES, SCOPES_COST, TEST, TEST_COST};
use super::profile::PROFILE;
use super::wire;

/// All of them: the search leaves out everything but `active` if no status is named (schema, filter `status`).
pub(super) const EVERY_STATUS: &str = "status:active,draft,archived,unlisted";

/// Without these nothing works.
const NEEDED: [&str; 6] =
    ["read_products", "write_products", "read_inventory", "write_inventory", "read_locations", "read_orders"];
/// Without these a pushed product has to be put into the online store by hand.
const FOR_PUBLISHING: [&str; 2] = ["read_publications", "write_publications"];

/// Without it only the orders of the last 60 days are shown (schema, `Order`).
const FOR_OLD_ORDERS: &str = "read_all_orders";

pub(super) struct Shopify {
    pub caller: Caller,
    pub documents: Documents,
    pub locations: Vec<LocationId>,
    known_currency: Option<Currency>,
    asked_currency: OnceCell<Currency>,
    /// Whether the definition of our mark is there; asked once.
    pub mark_defined: OnceCell<()>,
    /// The online store's publication, if the key may see it; asked once.
    pub online_store: OnceCell<Result<String, String>>,
}

pub(super) fn connect(account: Account) -> Result<SharedConnector, PlatformError> {
    Ok(std::sync::Arc::new(Shopify::new(account)?))
}

impl Shopify {
    pub fn new(account: Account) -> Result<Self, PlatformError> {
        let Account { http, credentials, clock, locations, currency, .. } = account;
        let keys = Keys::new(&credentials, clock.clone())?;
        let locations: Vec<LocationId> = locations.into_iter().map(|location| location.id).collect();
        Ok(Self {
            caller: Caller::new(http, clock, keys),
            documents: Documents::new(&locations),
            locations,
            known_currency: currency,
            asked_currency: OnceCell::new(),
            mark_defined: OnceCell::new(),
            online_store: OnceCell::new(),
        })
    }

    /// The shop's currency; prices come without it.
    pub async fn reading(&self) -> Result<Reading<'_>, PlatformError> {
        let currency = match self.known_currency {
            Some(known) => known,
            None => *self.asked_currency.get_or_try_init(|| async { Ok(self.shop().await?.1) }).await?,
        };
        Ok(Reading { currency, locations: &self.locations })
    }

    async fn shop(&self) -> Result<(wire::TestAnswer, Currency), PlatformError> {
        let mut answer = self.caller.read(TEST, json!({}), TEST_COST).await?;
        let shop: wire::TestAnswer = serde_json::from_value(answer.data.take())
            .map_err(|why| unexpected(format!("what it says of the shop cannot be read: {why}")))?;
        let currency = Currency::new(&shop.shop.currency_code).map_err(|why| unexpected(why.to_string()))?;
        Ok((shop, currency))
    }

    /// How many products there are, and whether there are not more.
    pub async fn product_count(&self) -> Result<Option<(u64, bool)>, PlatformError> {
        #[derive(serde::Deserialize)]
        struct Count {
            count: u64,
            precision: String,
        }
        let mut answer = self.caller.read(COUNT, json!({ "query": EVERY_STATUS }), COUNT_COST).await?;
        let count: Option<Count> = answer.field("productsCount")?;
        Ok(count.map(|count| (count.count, count.precision == "EXACT")))
    }

    async fn permissions(&self) -> Result<Vec<String>, PlatformError> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Installation {
            access_scopes: Vec<wire::Scope>,
        }
        let mut answer = self.caller.read(SCOPES, json!({}), SCOPES_COST).await?;
        let installation: Installation = answer.field("currentAppInstallation")?;
        Ok(installation.access_scopes.into_iter().map(|scope| Text::new(&scope.handle).as_str().to_owned()).collect())
    }
}

/// Those of `wanted` that are not granted. The right to write a thing brings the right to read it.
fn lacking(granted: &[String], wanted: &[&str]) -> Vec<String> {
    let has = |scope: &str| granted.iter().any(|known| known == scope);
    let lacks = |scope: &&str| {
        let implied = scope.strip_prefix("read_").is_some_and(|thing| has(&format!("write_{thing}")));
        !has(scope) && !implied
    };
    wanted.iter().copied().filter(lacks).map(str::to_owned).collect()
}

#[async_trait]
impl Connector for Shopify {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn clock_ahead(&self) -> Option<i64> {
        self.caller.http.server_skew()
    }

    fn rate_use(&self) -> Option<RateUse> {
        Some(self.caller.http.rate_use())
    }

    async fn test(&self) -> Result<Findings, PlatformError> {
        let permissions = self.permissions().await?;
        let missing_permissions = lacking(&permissions, &NEEDED);
        if missing_permissions.iter().any(|scope| scope == "read_locations") {
            // Shopify would refuse the rest of the test as a whole.
            return Err(refused(format!("it lacks the permissions {}", missing_permissions.join(", "))));
        }
        let (answer, currency) = self.shop().await?;
        let mut locations = Vec::new();
        for node in answer.locations.nodes {
            let id = RemoteId::new(node.id).map_err(unexpected)?;
            locations.push(Location { id: LocationId(id), name: Text::new(&node.name), active: node.is_active });
        }
        if let Some(primary) = answer.location {
            locations.sort_by_key(|location| location.id.0.as_str() != primary.id);
        }
        if locations.is_empty() {
            return Err(unexpected("it shows no location; every shop has one".to_owned()));
        }
        let mut warnings = Vec::new();
        if !lacking(&permissions, &FOR_PUBLISHING).is_empty() {
            warnings.push(
                "without the permissions read_publications and write_publications, products that are pushed here \
                 stay hidden until you add them to the Online Store channel"
                    .to_owned(),
            );
        }
        if !lacking(&permissions, &[FOR_OLD_ORDERS]).is_empty() {
            warnings.push(
                "without the permission read_all_orders, orders that are older than 60 days are not seen: what is \
                 still to be shipped of them does not count as booked"
                    .to_owned(),
            );
        }
        let limits = answer.shop.resource_limits;
        if PROFILE.variant_limit.most.is_some_and(|most| limits.max_product_variants < most) {
            warnings.push(format!(
                "this shop takes {} variants and {} options a product",
                limits.max_product_variants, limits.max_product_options
            ));
        }
        let shop_name = Text::new(&answer.shop.name);
        Ok(Findings { shop_name, currency, locations, permissions, missing_permissions, warnings })
    }

    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        match feed {
            Feed::Listings => self.listing_changes(from).await,
            Feed::Orders => self.order_changes(from).await,
            Feed::Stock => self.stock_changes(from).await,
        }
    }

    async fn count(&self) -> Result<Option<u64>, PlatformError> {
        // Beyond 25,000 it only says "at least".
        Ok(self.product_count().await?.filter(|(_, is_exact)| *is_exact).map(|(count, _)| count))
    }

    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        self.by_id(ids).await
    }

    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        self.read_levels(addresses).await
    }

    async fn create(&self, creation: &Creation, source: &Listing, location: &Location) -> Result<Created, WriteError> {
        self.make(creation, source, location).await
    }

    async fn find_created(&self, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError> {
        self.find(creation, source).await
    }

    async fn write_quantities(
        &self,
        writes: &[QuantityWrite],
        key: &IdempotencyKey,
    ) -> Result<Vec<QuantityOutcome>, WriteError> {
        self.adjust(writes, key).await
    }

    async fn edit(&self, known: &Listing, changes: &[FieldChange]) -> Result<Vec<EditOutcome>, WriteError> {
        self.change_fields(known, changes).await
    }

    async fn add_variants(&self, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
        self.extend(known, variants).await
    }

    async fn delete(&self, listing: &RemoteId) -> Result<(), WriteError> {
        self.put_away(listing).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_implies_reading() {
        let granted = ["write_products", "read_inventory", "read_locations"].map(str::to_owned);
        assert_eq!(lacking(&granted, &NEEDED), ["write_inventory", "read_orders"]);
        assert!(lacking(&["write_orders".to_owned()], &["read_orders"]).is_empty());
    }
}
