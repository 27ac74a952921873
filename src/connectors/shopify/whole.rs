//! Products with all their variants.
//!
//! A page of products carries the first variant of each: for most products that is all. The variants of the others
//! are read together, many products in one call, by Shopify's search. Its index may lag behind, so their number is
//! compared with the product's own count, and a product that does not come out even is read directly.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{Listing, RemoteId};
use crate::platform::PlatformError;

use super::calls::unexpected;
use super::connector::Shopify;
use super::convert;
use super::wire;

/// A product that was read, or what it is called and why it could not be.
pub(super) type Read = Result<Listing, Unread>;

pub(super) struct Unread {
    pub remote: String,
    pub why: String,
}

impl Shopify {
    /// Reads products as they come in a list. Entries that are `null` are left out.
    pub(super) async fn whole(&self, nodes: Vec<Value>) -> Result<Vec<Read>, PlatformError> {
        let reading = self.reading().await?;
        let mut products = Vec::new();
        for node in nodes.into_iter().filter(|node| !node.is_null()) {
            let remote = node["id"].as_str().unwrap_or("a product without identifier").to_owned();
            products.push(serde_json::from_value::<wire::Product>(node).map_err(|why| Unread {
                remote,
                why: format!("Shopify describes it in a way that is not understood: {why}"),
            }));
        }
        let lacking: Vec<&wire::Product> = products.iter().flatten().filter(|product| is_part(product)).collect();
        let mut found = self.variants_of(&lacking).await?;
        let mut listings = Vec::with_capacity(products.len());
        for product in products {
            let product = match product {
                Ok(product) => product,
                Err(unread) => {
                    listings.push(Err(unread));
                    continue;
                }
            };
            let variants = match found.remove(&product.id) {
                Some(variants) if product.variants_count.as_ref().is_some_and(|c| c.count == variants.len()) => {
                    Ok(variants)
                }
                Some(_) => self.variants_directly(&product.id).await?,
                None if is_part(&product) => self.variants_directly(&product.id).await?,
                None => Ok(product.variants.nodes.clone()),
            };
            let listing = variants.and_then(|variants| convert::listing(&product, variants, &reading));
            listings.push(listing.map_err(|why| Unread { remote: product.id, why }));
        }
        Ok(listings)
    }

    pub(super) async fn by_id(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        let mut listings = Vec::with_capacity(ids.len());
        for ids in ids.chunks(self.documents.listings_page() as usize) {
            let raw: Vec<&str> = ids.iter().map(RemoteId::as_str).collect();
            let cost = self.documents.by_id_cost(u32::try_from(ids.len()).unwrap_or(u32::MAX));
            let mut answer = self.caller.read(&self.documents.by_id, json!({ "ids": raw }), cost).await?;
            let nodes: Vec<Value> = answer.field("nodes")?;
            for read in self.whole(nodes).await? {
                listings.push(read.map_err(|unread| unexpected(format!("{}: {}", unread.remote, unread.why)))?);
            }
        }
        Ok(listings)
    }

    /// The variants of these products by search, by product. Whoever holds a variant that cannot be read is left out,
    /// and thereby read directly, which tells why.
    async fn variants_of(
        &self,
        products: &[&wire::Product],
    ) -> Result<BTreeMap<String, Vec<wire::Variant>>, PlatformError> {
        let mut found: BTreeMap<String, Vec<wire::Variant>> = BTreeMap::new();
        if products.is_empty() {
            return Ok(found);
        }
        let numbers: Vec<&str> = products.iter().filter_map(|product| number(&product.id)).collect();
        let mut after = 0;
        loop {
            // By identifier and not by cursor: a list may be paged to its 25,000th item only.
            let query = format!("product_ids:{} id:>{after}", numbers.join(","));
            let variables = json!({ "first": self.documents.variants_page(), "query": query });
            let cost = self.documents.variants_cost();
            let mut answer = self.caller.read(&self.documents.variants, variables, cost).await?;
            let page: wire::RawPage = answer.field("productVariants")?;
            let before = after;
            for node in page.nodes {
                after = node["id"].as_str().and_then(number).and_then(|n| n.parse().ok()).unwrap_or(after).max(after);
                let Ok(variant) = serde_json::from_value::<wire::Variant>(node) else { continue };
                if let Some(product) = &variant.product {
                    found.entry(product.id.clone()).or_default().push(variant);
                }
            }
            if !page.page_info.has_next_page || after == before {
                return Ok(found);
            }
        }
    }

    /// The variants of one product, past the search. The inner error is about the product alone.
    pub(super) async fn variants_directly(
        &self,
        product: &str,
    ) -> Result<Result<Vec<wire::Variant>, String>, PlatformError> {
        let mut variants = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let first = self.documents.variants_of_one_page();
            let variables = json!({ "id": product, "first": first, "after": after });
            let cost = self.documents.variants_of_one_cost();
            let mut answer = self.caller.read(&self.documents.variants_of_one, variables, cost).await?;
            let found: Option<Value> = answer.field("product")?;
            let Some(mut found) = found else { return Ok(Err("it was deleted while it was read".to_owned())) };
            let page: wire::RawPage = serde_json::from_value(found["variants"].take())
                .map_err(|why| unexpected(format!("the variants of {product} cannot be read: {why}")))?;
            for node in page.nodes {
                match serde_json::from_value(node) {
                    Ok(variant) => variants.push(variant),
                    Err(why) => {
                        return Ok(Err(format!("Shopify describes a variant in a way that is not understood: {why}")));
                    }
                }
            }
            match page.page_info.end_cursor.filter(|_| page.page_info.has_next_page) {
                Some(cursor) if variants.len() <= Listing::MOST_VARIANTS => after = Some(cursor),
                _ => return Ok(Ok(variants)),
            }
        }
    }
}

/// Whether there are more variants than the ones that came along.
fn is_part(product: &wire::Product) -> bool {
    product.variants_count.as_ref().is_none_or(|count| count.count > product.variants.nodes.len())
}

/// `123` of `gid://shopify/Product/123`.
pub(super) fn number(id: &str) -> Option<&str> {
    let number = id.rsplit('/').next()?.split('?').next()?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}
