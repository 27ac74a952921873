//! Looking products up, and what is known of the shop.
//!
//! A family has no call of its own in this version: its members are found by the name that they share, which no other
//! family may have. Where many families are wanted at once, a walk through the whole catalogue costs fewer calls.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::Mutex as AsyncMutex;

use crate::domain::{Currency, LocationId, Text};
use crate::http::segment;
use crate::platform::PlatformError;

use super::calls::Calls;
use super::convert::{Facts, Levels};
use super::measures::Tax;
use super::profile::{INVENTORY_PAGE, LEVELS_MOST, LEVELS_PAGE, PAGE, PROFILE};
use super::run::Run;
use super::terms::Terms;
use super::wire::{Data, Level, Outlet, Product, Retailer, Versioned};

/// Above so many single look-ups a walk through everything is cheaper in most shops.
const LOOK_UPS_MOST: usize = 40;

pub struct Catalogue {
    pub calls: Calls,
    /// The shop's currency, as the connection knows it.
    currency: Option<Currency>,
    facts: AsyncMutex<Option<Facts>>,
    /// The run of the listings feed that is under way. Held while a page is read: a run has one reader.
    pub run: AsyncMutex<Option<Run>>,
    /// Brands, categories and attributes, as far as looked up.
    pub terms: AsyncMutex<Terms>,
    /// The family of each product that was ever seen; `None` for one that is not there. A std mutex: nothing is awaited
    /// while it is held.
    roots: Mutex<HashMap<String, Option<String>>>,
}

impl Catalogue {
    pub fn new(calls: Calls, currency: Option<Currency>) -> Self {
        Self {
            calls,
            currency,
            facts: AsyncMutex::new(None),
            run: AsyncMutex::new(None),
            terms: AsyncMutex::new(Terms::default()),
            roots: Mutex::new(HashMap::new()),
        }
    }

    pub fn unexpected(&self, why: &str) -> PlatformError {
        self.calls.http().unexpected(why)
    }

    /// Asked for once. A key that may not see the retailer can see the outlets, which say the same for each of them.
    pub async fn facts(&self) -> Result<Facts, PlatformError> {
        let mut known = self.facts.lock().await;
        if let Some(facts) = &*known {
            return Ok(facts.clone());
        }
        let base = self.calls.http().base_url().to_string();
        let (code, exclusive) = match self.retailer().await {
            Ok(retailer) => (retailer.currency.code.text().map(str::to_owned), retailer.tax_exclusive.is(true)),
            Err(PlatformError::Unauthorised { .. } | PlatformError::NotFound { .. }) => {
                let outlets = self.outlets().await?;
                let exclusive = |outlet: &Outlet| outlet.display_prices.text() == Some("exclusive");
                let code = outlets.iter().find_map(|outlet| outlet.currency.text().map(str::to_owned));
                (code, !outlets.is_empty() && outlets.iter().all(exclusive))
            }
            Err(why) => return Err(why),
        };
        let told = code.as_deref().and_then(|code| Currency::new(code).ok());
        let currency = self.currency.or(told).ok_or_else(|| self.unexpected("the shop does not say its currency"))?;
        let tax = if exclusive { Tax::Exclusive } else { Tax::Inclusive };
        let facts = Facts { currency, tax, base };
        *known = Some(facts.clone());
        Ok(facts)
    }

    pub async fn retailer(&self) -> Result<Retailer, PlatformError> {
        let Data { data } = self.calls.read_json(self.calls.get("/retailer")).await?;
        Ok(data)
    }

    /// Those that are not deleted.
    pub async fn outlets(&self) -> Result<Vec<Outlet>, PlatformError> {
        let mut outlets: Vec<Outlet> = Vec::new();
        let mut after = 0;
        loop {
            let request = self.calls.get("/outlets").query("after", after).query("page_size", PAGE);
            let page: Versioned = self.calls.read_json(request).await?;
            if page.data.is_empty() {
                break;
            }
            outlets.extend(page.data.into_iter().filter_map(|raw| serde_json::from_value::<Outlet>(raw).ok()));
            // A list without versions is whole.
            match page.version.max.integer().filter(|max| *max > after) {
                Some(max) => after = max,
                None => break,
            }
        }
        outlets.retain(|outlet| outlet.deleted_at.text().is_none());
        Ok(outlets)
    }

    /// Products that changed after this version, deleted ones among them, oldest change first; with the version to go
    /// on from. An empty list is the end, and nothing else is.
    pub async fn products_after(&self, after: i64) -> Result<(Vec<Value>, i64), PlatformError> {
        let request = self.calls.get("/products").query("after", after).query("page_size", PAGE).query("deleted", true);
        let page: Versioned = self.calls.read_json(request).await?;
        if page.data.is_empty() {
            return Ok((Vec::new(), after));
        }
        self.learn(page.data.iter().filter_map(|raw| {
            let id = raw["id"].as_str()?;
            Some((id, raw["variant_parent_id"].as_str().filter(|parent| !parent.is_empty()).unwrap_or(id)))
        }));
        match next(&page) {
            Some(max) if max > after => Ok((page.data, max)),
            _ => Err(self.unexpected("a page of products without a version to go on from")),
        }
    }

    /// One product; `None` if there is none of this identifier (any more).
    pub async fn product(&self, id: &str) -> Result<Option<Product>, PlatformError> {
        let request = self.calls.get(&format!("/products/{}", segment(id)));
        let Some(answer) = self.calls.find(request).await? else { return Ok(None) };
        let Data { data: product }: Data<Product> = answer.json().map_err(|why| self.unexpected(&why))?;
        if product.id() != Some(id) {
            return Err(self.unexpected("another product than the one that was asked for"));
        }
        self.learn(product.root().map(|root| (id, root)));
        Ok(Some(product))
    }

    /// All that share a name, or that have a SKU, deleted ones left out. Other parameters are ignored there.
    pub async fn named(&self, parameter: &str, value: &str) -> Result<Vec<Product>, PlatformError> {
        let page: Versioned = self.calls.read_json(self.calls.get("/products").query(parameter, value)).await?;
        let products = page.data.into_iter().map(serde_json::from_value::<Product>);
        let products: Result<Vec<Product>, _> = products.collect();
        let mut products = products.map_err(|why| self.unexpected(&format!("a product that cannot be read: {why}")))?;
        products.retain(|product| !product.is_deleted());
        self.learn(products.iter().filter_map(|product| Some((product.id()?, product.root()?))));
        Ok(products)
    }

    /// A whole family as it is now; empty if nothing of it is left. `name` is what it was called last.
    pub async fn family(&self, root: &str, name: Option<&str>) -> Result<Vec<Product>, PlatformError> {
        let mut name = name.filter(|name| !name.is_empty()).map(str::to_owned);
        let mut searched = false;
        for _ in 0..4 {
            if let Some(name) = name.take() {
                let mut members = self.named("name", &name).await?;
                members.retain(|member| member.root() == Some(root));
                if !members.is_empty() {
                    return Ok(members);
                }
            }
            match self.product(root).await? {
                Some(product) if !product.is_deleted() && !product.has_family() => return Ok(vec![product]),
                Some(product) if !product.is_deleted() => name = product.name.text().map(str::to_owned),
                // The parent is gone; its children may not be.
                _ if !searched => {
                    searched = true;
                    name = self.name_of_a_child(root).await?;
                }
                _ => return Ok(Vec::new()),
            }
            if name.is_none() {
                return Ok(Vec::new());
            }
        }
        Err(self.unexpected("a family that is not found by its own name"))
    }

    async fn name_of_a_child(&self, root: &str) -> Result<Option<String>, PlatformError> {
        let request = self.calls.get("/search").query("type", "products").query("variant_parent_id", root);
        let found: Data<Vec<Product>> = self.calls.read_json(request.query("page_size", 1)).await?;
        let alive = found.data.iter().find(|child| child.root() == Some(root) && !child.is_deleted());
        Ok(alive.and_then(|child| child.name.text()).map(str::to_owned))
    }

    /// Families by identifier and last known name: each as it is now, empty if it is gone.
    pub async fn families(
        &self,
        wanted: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, Vec<Product>>, PlatformError> {
        let mut found = BTreeMap::new();
        if wanted.len() <= LOOK_UPS_MOST {
            for (root, name) in wanted {
                found.insert(root.clone(), self.family(root, Some(name)).await?);
            }
            return Ok(found);
        }
        let mut members: BTreeMap<String, BTreeMap<String, Product>> =
            wanted.keys().map(|root| (root.clone(), BTreeMap::new())).collect();
        let mut after = 0;
        loop {
            let (page, next) = self.products_after(after).await?;
            if page.is_empty() {
                break;
            }
            for product in page.into_iter().filter_map(|raw| serde_json::from_value::<Product>(raw).ok()) {
                let (Some(id), Some(family)) =
                    (product.id().map(str::to_owned), product.root().and_then(|root| members.get_mut(root)))
                else {
                    continue;
                };
                match product.is_deleted() {
                    true => drop(family.remove(&id)),
                    false => drop(family.insert(id, product)),
                }
            }
            after = next;
        }
        Ok(members.into_iter().map(|(root, family)| (root, family.into_values().collect())).collect())
    }

    /// Counts of these products, at these outlets only or at all.
    pub async fn levels_of(&self, ids: &[&str], outlets: &[&LocationId]) -> Result<Levels, PlatformError> {
        let mut levels = Levels::default();
        for some in ids.chunks(LEVELS_MOST) {
            let mut offset = 0;
            loop {
                let mut body = json!({
                    "product_ids": some, "include_inactive": true, "include_composites": false,
                    "group_variants": false, "offset": offset, "size": LEVELS_PAGE, "sort_direction": "asc",
                    "sort_type": "created_at",
                });
                if !outlets.is_empty() {
                    body["location_ids"] = outlets.iter().map(|outlet| outlet.0.as_str()).collect();
                }
                let rows: Vec<Level> = self.calls.read_json(self.calls.post("/inventory_levels", body)).await?;
                let count = rows.len();
                self.take(&mut levels, &rows)?;
                offset += count;
                if count < LEVELS_PAGE {
                    break;
                }
            }
        }
        Ok(levels)
    }

    /// Counts that moved after this version, with the version to go on from; no rows are the end.
    pub async fn inventory_after(&self, after: i64) -> Result<(Vec<Level>, i64), PlatformError> {
        // The order has to be said: it is descending if it is not, and then a walk by "after" leaves gaps.
        let body = json!({"after": after, "size": INVENTORY_PAGE, "sort_direction": "asc", "include_deleted": false});
        let rows: Vec<Level> = self.calls.read_json(self.calls.post("/inventory", body)).await?;
        if rows.is_empty() {
            return Ok((rows, after));
        }
        match rows.iter().filter_map(|row| row.version.integer()).max() {
            Some(max) if max > after => Ok((rows, max)),
            _ => Err(self.unexpected("a page of counts without a version to go on from")),
        }
    }

    /// All counts, with the highest version among them.
    pub async fn all_levels(&self) -> Result<(Levels, i64), PlatformError> {
        let mut levels = Levels::default();
        let mut after = 0;
        loop {
            let (rows, next) = self.inventory_after(after).await?;
            if rows.is_empty() {
                return Ok((levels, after));
            }
            self.take(&mut levels, &rows)?;
            after = next;
        }
    }

    fn take(&self, levels: &mut Levels, rows: &[Level]) -> Result<(), PlatformError> {
        rows.iter().try_for_each(|row| levels.take(row)).map_err(|why| self.unexpected(&why))
    }

    fn learn<'a>(&self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let mut roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        roots.extend(pairs.into_iter().map(|(id, root)| (id.to_owned(), Some(root.to_owned()))));
    }

    /// The families of these products; a product that is nowhere has none.
    pub async fn roots_of(&self, ids: &BTreeSet<String>) -> Result<HashMap<String, String>, PlatformError> {
        let unknown: Vec<String> = {
            let roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
            ids.iter().filter(|id| !roots.contains_key(*id)).cloned().collect()
        };
        if unknown.len() > LOOK_UPS_MOST {
            let mut after = 0;
            loop {
                let (page, next) = self.products_after(after).await?;
                if page.is_empty() {
                    break;
                }
                after = next;
            }
        } else {
            for id in &unknown {
                self.product(id).await?;
            }
        }
        let mut roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        for id in unknown {
            roots.entry(id).or_insert(None);
        }
        Ok(ids.iter().filter_map(|id| Some((id.clone(), roots.get(id)?.clone()?))).collect())
    }
}

/// The highest version of a page: said by the page, else found in its items.
pub fn next(page: &Versioned) -> Option<i64> {
    let in_items = || page.data.iter().filter_map(|item| item["version"].as_i64()).max();
    page.version.max.integer().or_else(in_items)
}

pub fn refused(why: impl Into<String>) -> PlatformError {
    PlatformError::Refused { platform: PROFILE.name, why: why.into() }
}

/// Names are the same without regard to case.
pub fn same(known: &str, name: &str) -> bool {
    Text::new(known).to_lowercase() == Text::new(name).to_lowercase()
}
