//! Products by identifier, and what all of a shop's listings share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::RwLock;

use crate::connectors::Account;
use crate::domain::{Currency, Listing, LocationId, RemoteId, Text};
use crate::platform::{Clock, PlatformError};

use super::calls::Calls;
use super::convert::{self, Categories, Facts};
use super::measures;
use super::pages::{self, List, Order, Phase, Place, walk};
use super::wire::{Combination, Found, Named, Product, Scalar, Shop};

/// All that a listing is made of; the rest of a product is long.
pub(super) const FIELDS: &str = "id,name,description,sku,enabled,url,quantity,unlimited,locationInventory,price,compareToPrice,weight,dimensions,\
     updateTimestamp,updated,categoryIds,defaultCategoryId,categories,attributes,options,combinations,media,\
     externalReferenceId";
/// Products that are read one by one; for more the list is asked.
const FEW: usize = 2;
const MOST_PAGES: usize = 1000;

/// The shop's shelf: the calls, and what was learned by them.
pub(super) struct Shelf {
    pub calls: Calls,
    pub clock: Arc<dyn Clock>,
    location: LocationId,
    facts: RwLock<Option<Facts>>,
    /// Read again where a category is met that is not among them.
    categories: RwLock<Categories>,
    moments: AtomicU64,
}

impl Shelf {
    /// Calls nobody yet.
    pub(super) fn new(account: &Account) -> Result<Self, PlatformError> {
        let calls = Calls::new(account)?;
        // One stock without places; this is its name here.
        let location = RemoteId::new("shop").map_err(|why| calls.unexpected(&why))?;
        Ok(Self {
            calls,
            clock: account.clock.clone(),
            location: LocationId(location),
            facts: RwLock::default(),
            categories: RwLock::default(),
            moments: AtomicU64::new(0),
        })
    }

    /// A word that is said once only.
    pub(super) fn moment(&self) -> String {
        format!("{} {}", self.clock.now().0, self.moments.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn location(&self) -> &LocationId {
        &self.location
    }

    pub(super) async fn facts(&self) -> Result<Facts, PlatformError> {
        let known = self.facts.read().await.clone();
        match known {
            Some(facts) => Ok(facts),
            None => self.facts_now().await,
        }
    }

    /// Asks again: units can be changed in the settings, and a weight written in the wrong one would be a wrong weight.
    pub(super) async fn facts_now(&self) -> Result<Facts, PlatformError> {
        let (shop, _) = self.calls.read_json::<Shop>(self.calls.get("/profile")).await?;
        let facts = facts(&shop, self.location.clone()).map_err(|why| self.calls.unexpected(&why))?;
        *self.facts.write().await = Some(facts.clone());
        Ok(facts)
    }

    /// One product with these fields, or with everything; `None` if it is not there (any more).
    pub(super) async fn raw_product(&self, id: u64, fields: Option<&str>) -> Result<Option<Value>, PlatformError> {
        let mut request = self.calls.get(&format!("/products/{id}"));
        if let Some(fields) = fields {
            request = request.query("responseFields", fields);
        }
        self.calls.find(request).await
    }

    pub(super) async fn product(&self, id: u64) -> Result<Option<Product>, PlatformError> {
        match self.raw_product(id, Some(FIELDS)).await? {
            Some(raw) => read_product(&raw).map(Some).map_err(|why| self.calls.unexpected(&why)),
            None => Ok(None),
        }
    }

    /// Those that exist, raw. Few are read each by itself, straight from where it is kept.
    pub(super) async fn raw_products(&self, ids: &[u64], fields: &str) -> Result<Vec<Value>, PlatformError> {
        let mut found = Vec::with_capacity(ids.len());
        if ids.len() <= FEW {
            for id in ids {
                found.extend(self.raw_product(*id, Some(fields)).await?);
            }
            return Ok(found);
        }
        for some in ids.chunks(super::profile::PAGE as usize) {
            let list: Vec<String> = some.iter().map(u64::to_string).collect();
            let request = self
                .calls
                .get("/products")
                .query("productId", list.join(","))
                .query("limit", some.len())
                .query("responseFields", format!("total,items({fields})"));
            let (page, _) = self.calls.read_json::<Found>(request).await?;
            found.extend(page.items);
        }
        Ok(found)
    }

    /// The listing of a product as it was read; asks for names of categories where they are new.
    pub(super) async fn listing_of(&self, product: &Product) -> Result<Result<Listing, String>, PlatformError> {
        let facts = self.facts().await?;
        let categories = self.names_for(product).await?;
        Ok(convert::listing(product, &facts, &categories))
    }

    /// Those that exist. Leaving out one that cannot be read would say that it is gone.
    pub(super) async fn listings(&self, remotes: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        let ids: Vec<u64> = remotes.iter().filter_map(convert::number).collect();
        let mut found = Vec::with_capacity(ids.len());
        for raw in self.raw_products(&ids, FIELDS).await? {
            let unreadable = |why: &str| self.calls.unexpected(why);
            let product = read_product(&raw).map_err(|why| unreadable(&why))?;
            let id = product.id.text().unwrap_or("?").to_owned();
            let listing = self.listing_of(&product).await?;
            found.push(listing.map_err(|why| unreadable(&format!("product {id}: {why}")))?);
        }
        Ok(found)
    }

    /// The category's name: from the product itself where it says so (it does not always), else from the list.
    async fn names_for(&self, product: &Product) -> Result<Categories, PlatformError> {
        let Some(wanted) = convert::category(product) else { return Ok(Categories::new()) };
        let own = product.categories.iter().find(|category| category.id.number() == Some(wanted));
        if let Some(name) = own.and_then(|category| category.name.text()).and_then(Text::some) {
            return Ok(Categories::from([(wanted, name)]));
        }
        if let Some(name) = self.categories.read().await.get(&wanted) {
            return Ok(Categories::from([(wanted, name.clone())]));
        }
        let mut all = self.all_categories().await?;
        // One that is in no list (any more) is not asked for again.
        all.entry(wanted).or_default();
        let name = all.get(&wanted).cloned().filter(|name| !name.is_empty());
        *self.categories.write().await = all;
        Ok(name.map(|name| Categories::from([(wanted, name)])).unwrap_or_default())
    }

    /// Every category by its number, the hidden ones among them.
    pub(super) async fn all_categories(&self) -> Result<Categories, PlatformError> {
        let fields = "total,items(id,name)".to_owned();
        let query = vec![("hidden_categories", "true".to_owned()), ("responseFields", fields)];
        let list = List { path: "/categories", query, order: Order::Plain };
        let mut all = Categories::new();
        let mut place = Place::of_run(Phase::Products, None);
        for _ in 0..MOST_PAGES {
            let walked = walk(&self.calls, &list, &place).await?;
            for category in walked.items.iter().filter_map(|item| Named::deserialize(item).ok()) {
                if let (Some(id), Some(name)) = (category.id.number(), category.name.text().and_then(Text::some)) {
                    all.insert(id, name);
                }
            }
            match walked.next {
                Some(next) => place = next,
                None => return Ok(all),
            }
        }
        Err(self.calls.unexpected("a list that does not end"))
    }

    /// Takes in a category that was just made.
    pub(super) async fn learn(&self, id: u64, name: &Text) {
        self.categories.write().await.insert(id, name.clone());
    }
}

pub(super) fn facts(shop: &Shop, location: LocationId) -> Result<Facts, String> {
    let formats = &shop.formats_and_units;
    let currency = Currency::new(formats.currency.text().unwrap_or_default());
    let currency = currency.map_err(|why| format!("the shop's currency: {why}"))?;
    Ok(Facts { currency, units: measures::units(formats.weight_unit.text(), formats.dimensions_unit.text()), location })
}

/// The error names the product and quotes nothing of it.
pub(super) fn read_product(raw: &Value) -> Result<Product, String> {
    let unreadable =
        |_| format!("product {}: the answer about it is not readable", pages::id(raw).unwrap_or("?".into()));
    Product::deserialize(raw).map_err(unreadable)
}

/// The combination of this number.
pub(super) fn combination(product: &Product, id: u64) -> Option<&Combination> {
    product.combinations.iter().find(|combination| Scalar::number(&combination.id) == Some(id))
}
