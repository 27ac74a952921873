//! The store behind the calls: what is known of it, and its products read whole.
//!
//! Products come with variants and pictures in one call (options and modifiers are not asked for: with them a page is
//! cut to ten); the counts of a page come with one more.

use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Currency, Listing};
use crate::http::Request;
use crate::platform::PlatformError;

use super::calls::Calls;
use super::convert::{self, Facts, Names, Tracking, text};
use super::counts::{self, By, Counts};
use super::findings;
use super::measures;
use super::profile::ASKED;
use super::told::Told;
use super::wire::{Listed, Product, Term};

/// Brands and categories of one page.
const TERMS: u64 = 250;

pub(super) struct Shop {
    pub calls: Calls,
    /// As it was told at the start; else the store says.
    currency: Option<Currency>,
    /// Std mutexes: nothing is awaited while one is held.
    facts: Mutex<Option<Facts>>,
    names: Mutex<Names>,
    pub told: Mutex<Told>,
}

/// A product as a listing, or why it is none, by its identifier.
pub(super) type Converted = (String, Result<Listing, String>);

impl Shop {
    pub(super) fn new(calls: Calls, currency: Option<Currency>) -> Self {
        let (facts, names, told) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { calls, currency, facts, names, told }
    }

    pub(super) async fn facts(&self) -> Result<Facts, PlatformError> {
        if let Some(known) = self.facts.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Ok(known);
        }
        self.facts_now().await
    }

    /// As they are set now: before a weight is written, since a figure in the wrong unit would be wrong a thousandfold.
    pub(super) async fn facts_now(&self) -> Result<Facts, PlatformError> {
        let store = findings::store(&self.calls).await?;
        let currency = match self.currency {
            Some(currency) => currency,
            None => findings::currency(&self.calls, &store)?,
        };
        let address = store.secure_url.text().filter(|address| address.starts_with("http"));
        let facts = Facts {
            currency,
            units: measures::units(&store.weight_units, &store.dimension_units),
            address: address.map(|address| address.trim_end_matches('/').to_owned()),
            default_channel: store.default_channel_id.number(),
        };
        *self.facts.lock().unwrap_or_else(PoisonError::into_inner) = Some(facts.clone());
        Ok(facts)
    }

    /// A question for whole products.
    pub(super) fn whole_products(&self) -> Request {
        self.calls.get("/catalog/products").query("include", "variants,images")
    }

    /// These products as they are now; those that are gone are missing.
    pub(super) async fn products(&self, ids: &[u64]) -> Result<Vec<Value>, PlatformError> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(ASKED) {
            let request = self.whole_products().query("id:in", counts::joined(ids)).query("limit", ASKED);
            let (listed, _) = self.calls.read_json::<Listed>(request).await?;
            found.extend(listed.data);
        }
        Ok(found)
    }

    /// With their counts.
    pub(super) async fn listings(&self, raw: &[Value]) -> Result<(Vec<Converted>, Counts), PlatformError> {
        let products: Vec<Product> = raw.iter().filter_map(|raw| Product::deserialize(raw).ok()).collect();
        let counted = |product: &&Product| Tracking::of(&product.inventory_tracking) != Tracking::None;
        let ids: Vec<u64> = products.iter().filter(counted).filter_map(|product| product.id.number()).collect();
        let counts = counts::read(&self.calls, By::Product, &ids).await?;
        let listings = self.converted(&products, &counts).await?;
        Ok((listings, counts))
    }

    /// With counts that are known already.
    pub(super) async fn converted(
        &self,
        products: &[Product],
        counts: &Counts,
    ) -> Result<Vec<Converted>, PlatformError> {
        if products.is_empty() {
            return Ok(Vec::new());
        }
        let facts = self.facts().await?;
        let names = self.names(products).await?;
        let convert = |product: &Product| {
            let remote = product.id.text().unwrap_or("?").to_owned();
            (remote, convert::listing(product, counts, &facts, &names))
        };
        Ok(products.iter().map(convert).collect())
    }

    /// The number of products.
    pub(super) async fn count(&self) -> Result<Option<u64>, PlatformError> {
        let request = self.calls.get("/catalog/products").query("limit", 1).query("include_fields", "name");
        let (listed, _) = self.calls.read_json::<Listed>(request).await?;
        let total = listed.meta.pagination.total.whole();
        Ok(total.and_then(|total| u64::try_from(total).ok()))
    }

    /// The names that these products need. Those that are not known yet are asked for: all at once where many are, so
    /// that a first import does not ask for each page again.
    async fn names(&self, products: &[Product]) -> Result<Names, PlatformError> {
        let known = self.names.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let wanted = |ids: &mut Vec<u64>| {
            ids.sort_unstable();
            ids.dedup();
        };
        let mut brands: Vec<u64> = products.iter().filter_map(|product| product.brand_id.number()).collect();
        brands.retain(|id| !known.brands.contains_key(id));
        wanted(&mut brands);
        let first = |product: &Product| product.categories.iter().find_map(super::wire::Loose::number);
        let mut categories: Vec<u64> = products.iter().filter_map(first).collect();
        categories.retain(|id| !known.categories.contains_key(id));
        wanted(&mut categories);
        if brands.is_empty() && categories.is_empty() {
            return Ok(known);
        }
        let brands = self.terms("/catalog/brands", "id:in", &brands).await?;
        let categories = self.terms("/catalog/trees/categories", "category_id:in", &categories).await?;
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.brands.extend(brands);
        names.categories.extend(categories);
        Ok(names.clone())
    }

    async fn terms(
        &self,
        path: &str,
        parameter: &str,
        ids: &[u64],
    ) -> Result<Vec<(u64, crate::domain::Text)>, PlatformError> {
        let mut found = Vec::new();
        for ids in ids.chunks(TERMS as usize) {
            let request = self.calls.get(path).query(parameter, counts::joined(ids)).query("limit", TERMS);
            let (listed, _) = self.calls.read_json::<Listed>(request).await?;
            let terms = listed.data.iter().filter_map(|raw| Term::deserialize(raw).ok());
            found.extend(terms.filter_map(|term| Some((term.id.number()?, text(&term.name)?))));
        }
        Ok(found)
    }

    /// A brand was renamed or a category moved: the next question learns it anew.
    pub(super) fn forget_names(&self) {
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = Names::default();
    }
}
