//! Reading products: by version, by name or SKU, one, and searched for.

use serde_json::{Value, json};

use crate::sandbox::{Incoming, Shop};

use super::identifiers::{self, Kind};
use super::versions::Versions;
use super::{Answer, Fault, Shape, number, present};

/// What comes at once, whatever is asked for: the real figure is not documented.
const MOST: usize = 500;
const DEFAULT: usize = 100;

pub struct View<'a> {
    pub shop: &'a Shop,
    pub versions: &'a Versions,
    pub shape: Shape,
    pub tax_exclusive: bool,
}

/// `{"data", "version": {"min", "max"}}`, null for an empty list.
pub fn versioned(data: Vec<(i64, Value)>) -> Value {
    let (min, max) = (data.first().map(|first| first.0), data.last().map(|last| last.0));
    let data: Vec<Value> = data.into_iter().map(|(_, shown)| shown).collect();
    json!({"data": data, "version": {"min": min, "max": max}})
}

pub fn page_size(request: &Incoming) -> usize {
    let asked = number(request, "page_size").and_then(|asked| usize::try_from(asked).ok());
    asked.filter(|asked| *asked > 0).unwrap_or(DEFAULT).min(MOST)
}

impl View<'_> {
    fn show(&self, variant: u64) -> Option<Value> {
        let (number, place) = self.shop.find_variant(variant)?;
        let product = self.shop.products.get(&number)?;
        let version = self.versions.products.version(variant);
        Some(present::product(self.shop, product, place, version, self.shape, self.tax_exclusive))
    }

    pub fn list(&self, request: &Incoming) -> Value {
        // "all other query params are ignored"
        let name = request.query("name").or_else(|| request.query("family_name"));
        if name.is_some() || request.query("sku").is_some() {
            let sku = request.query("sku");
            let mut found = Vec::new();
            for product in self.shop.products.values().filter(|product| name.is_none_or(|name| product.title == name)) {
                for variant in &product.variants {
                    let by_code = |sku: &str| present::codes(variant).iter().any(|code| code["code"] == *sku);
                    if sku.is_none_or(|sku| variant.sku == sku || by_code(sku)) {
                        found.extend(
                            Some(self.versions.products.version(variant.number)).zip(self.show(variant.number)),
                        );
                    }
                }
            }
            found.sort_by_key(|(version, _)| *version);
            return versioned(found);
        }
        let deleted = request.query("deleted") == Some("true");
        let after = number(request, "after").unwrap_or(0);
        let before = number(request, "before").unwrap_or(i64::MAX);
        let all = self.versions.products.between(after, before).filter_map(|(version, variant)| {
            let gone = || {
                let known = self.versions.deleted.get(&variant).filter(|_| deleted)?;
                Some(present::tombstone(variant, known, version))
            };
            Some((version, self.show(variant).or_else(gone)?))
        });
        versioned(all.take(page_size(request)).collect())
    }

    pub fn one(&self, id: &str) -> Answer {
        let found = identifiers::number(Kind::Product, id).and_then(|variant| self.show(variant));
        found.map(|product| (200, json!({"data": product}))).ok_or_else(|| Fault::not_found("Product"))
    }

    pub fn search(&self, request: &Incoming) -> Value {
        let variants = self.shop.products.values().flat_map(|product| {
            let parent = product.variants.first().map_or(0, |first| first.number);
            product.variants.iter().map(move |variant| (parent, variant))
        });
        let wanted = |parent: u64, variant: &crate::sandbox::ShopVariant| {
            // Lower-cased there: a SKU with capitals finds nothing.
            request.query("sku").is_none_or(|sku| variant.sku.to_lowercase() == sku)
                && request
                    .query("variant_parent_id")
                    .is_none_or(|id| parent != variant.number && identifiers::uuid(Kind::Product, parent) == id)
        };
        let offset = number(request, "offset").and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0);
        let found = variants.filter(|(parent, variant)| wanted(*parent, variant)).skip(offset).take(page_size(request));
        json!({"data": found.filter_map(|(_, variant)| self.show(variant.number)).collect::<Vec<_>>()})
    }
}
