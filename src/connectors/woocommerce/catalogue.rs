//! Products with their variations, in as few calls as the shop's version allows.
//!
//! WooCommerce 10.3 and later list variations across parents (`/variations`): hundred per call. Before, each parent has
//! its own list. Which it is, is found out by the first call that needs it, and remembered.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::domain::{Currency, Listing, Location, Units};
use crate::platform::PlatformError;

use super::calls::Calls;
use super::convert::{self, ShopFacts};
use super::findings;
use super::pages;
use super::profile::PAGE;
use super::wire::{Loose, Product, Variation};

/// Everything that a listing is made of. Left out is what costs the shop time: related products, formatted prices.
pub(super) const PRODUCT_FIELDS: &str = "id,name,type,status,permalink,description,short_description,sku,\
    global_unique_id,price,regular_price,sale_price,on_sale,weight,dimensions,manage_stock,stock_quantity,\
    date_modified_gmt,categories,brands,images,attributes,variations";

pub(super) const VARIATION_FIELDS: &str = "id,parent_id,sku,global_unique_id,price,regular_price,sale_price,on_sale,weight,\
    dimensions,manage_stock,stock_quantity,date_modified_gmt,attributes";

pub(super) struct Catalogue {
    pub calls: Calls,
    pub location: Location,
    /// Std mutexes: nothing is awaited while they are held.
    currency: Mutex<Option<Currency>>,
    has_all_variations: Mutex<Option<bool>>,
    units: Mutex<Option<Units>>,
}

impl Catalogue {
    pub(super) fn new(calls: Calls, location: Location, currency: Option<Currency>) -> Self {
        let (has_all_variations, units) = (Mutex::new(None), Mutex::new(None));
        Self { calls, location, currency: Mutex::new(currency), has_all_variations, units }
    }

    /// These products as they are now, without variations; those in the trash and the deleted are missing.
    pub(super) async fn products(&self, ids: &[u64]) -> Result<Vec<Product>, PlatformError> {
        self.products_with(ids, PRODUCT_FIELDS).await
    }

    pub(super) async fn products_with(&self, ids: &[u64], fields: &str) -> Result<Vec<Product>, PlatformError> {
        self.some(ids, "/products", fields).await
    }

    /// Each product with its variations, as a listing or the reason why it is none; with the id as the shop wrote it.
    pub(super) async fn whole(
        &self,
        products: Vec<Product>,
    ) -> Result<Vec<(String, Result<Listing, String>)>, PlatformError> {
        let mut variations = self.variations_of(&products, VARIATION_FIELDS).await?;
        let measured = convert::is_measured(&products, &[])
            || variations.values().any(|variations| convert::is_measured(&[], variations));
        let facts = self.facts(measured).await?;
        let with_variations = |product: Product| {
            let own = product.id.number().and_then(|id| variations.remove(&id)).unwrap_or_default();
            let id = product.id.text().unwrap_or("?").to_owned();
            (id, convert::listing(&product, &own, &facts))
        };
        Ok(products.into_iter().map(with_variations).collect())
    }

    /// The variations of those products that are variable, by parent, by ascending id.
    pub(super) async fn variations_of(
        &self,
        products: &[Product],
        fields: &str,
    ) -> Result<BTreeMap<u64, Vec<Variation>>, PlatformError> {
        let parents = products.iter().filter(|product| product.is_variable()).filter_map(|product| {
            let ids = product.variation_ids();
            // Above that it is left out anyway, and need not cost a hundred calls.
            product.id.number().filter(|_| !ids.is_empty() && ids.len() <= Listing::MOST_VARIANTS).map(|id| (id, ids))
        });
        let parents: BTreeMap<u64, Vec<u64>> = parents.collect();
        self.variations(&parents, fields).await
    }

    /// Some variations by parent, as they are now; the deleted are missing.
    pub(super) async fn variations(
        &self,
        wanted: &BTreeMap<u64, Vec<u64>>,
        fields: &str,
    ) -> Result<BTreeMap<u64, Vec<Variation>>, PlatformError> {
        let mut found: BTreeMap<u64, Vec<Variation>> = BTreeMap::new();
        if wanted.is_empty() {
            return Ok(found);
        }
        if self.has_all_variations().await? {
            let ids: Vec<u64> = wanted.values().flatten().copied().collect();
            for variation in self.some::<Variation>(&ids, "/variations", fields).await? {
                if let Some(parent) = variation.parent_id.number() {
                    found.entry(parent).or_default().push(variation);
                }
            }
        } else {
            for (parent, ids) in wanted {
                let path = format!("/products/{parent}/variations");
                found.insert(*parent, self.some(ids, &path, fields).await?);
            }
        }
        for variations in found.values_mut() {
            variations.sort_by_key(|variation| variation.id.number());
        }
        Ok(found)
    }

    /// Whether the shop lists variations across parents.
    pub(super) async fn has_all_variations(&self) -> Result<bool, PlatformError> {
        if let Some(known) = *self.has_all_variations.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(known);
        }
        let request = self.calls.get("/variations").query("per_page", 1).query("_fields", "id");
        let known = self.calls.read(request, &[404]).await?.status != 404;
        *self.has_all_variations.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(known)
    }

    /// The number of products, trash excluded.
    pub(super) async fn count(&self) -> Result<Option<u64>, PlatformError> {
        let request = self.calls.get("/products").query("per_page", 1).query("status", "any").query("_fields", "id");
        Ok(pages::total(&self.calls.read(request, &[]).await?))
    }

    /// `measured`: units are needed too.
    pub(super) async fn facts(&self, measured: bool) -> Result<ShopFacts, PlatformError> {
        let known = *self.currency.lock().unwrap_or_else(PoisonError::into_inner);
        let currency = match known {
            Some(currency) => currency,
            None => {
                let currency = findings::currency(&self.calls).await?;
                *self.currency.lock().unwrap_or_else(PoisonError::into_inner) = Some(currency);
                currency
            }
        };
        let known = *self.units.lock().unwrap_or_else(PoisonError::into_inner);
        let units = match known {
            Some(units) => units,
            None if measured => self.units_now().await?,
            None => Units::default(),
        };
        Ok(ShopFacts { currency, location: self.location.id.clone(), units })
    }

    /// The shop's units as they are set now: before something is written, since a figure in the wrong unit would be
    /// wrong a thousandfold.
    pub(super) async fn units_now(&self) -> Result<Units, PlatformError> {
        let units = findings::units(&self.calls).await?;
        *self.units.lock().unwrap_or_else(PoisonError::into_inner) = Some(units);
        Ok(units)
    }

    /// Things by id, hundred per call. A path that is gone (its product was deleted) holds nothing.
    async fn some<T: serde::de::DeserializeOwned>(
        &self,
        ids: &[u64],
        path: &str,
        fields: &str,
    ) -> Result<Vec<T>, PlatformError> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(PAGE) {
            let include = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
            let request = self
                .calls
                .get(path)
                .query("include", include)
                .query("per_page", PAGE)
                .query("status", "any")
                .query("_fields", fields);
            let answer = self.calls.read(request, &[404]).await?;
            if answer.status == 404 {
                if super::calls::problem(&answer.body).code.text() == Some("rest_no_route") {
                    return Err(self.calls.refusal(&answer));
                }
                continue;
            }
            let items: Vec<Value> = self.calls.json(&answer)?;
            found.extend(items.into_iter().filter_map(|item| serde_json::from_value(item).ok()));
        }
        Ok(found)
    }
}

/// The identifiers as numbers; what is none belongs to no product here.
pub(super) fn number(id: &crate::domain::RemoteId) -> Option<u64> {
    Loose::from(&Value::from(id.as_str())).number()
}
