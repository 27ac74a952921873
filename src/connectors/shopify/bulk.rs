//! The first import of a large shop, in one export that Shopify makes ready ("bulk operation").
//!
//! The export is begun, looked after until it is done, and then read part by part: a line for each product, the lines of
//! its variants and pictures below it (`groupObjects`), each with its parent's identifier (JSONL). The stored place is
//! the export's identifier and how far its file was read, always at the beginning of a product, so an import that was
//! stopped goes on there; Shopify keeps the file for seven days.
//!
//! Nothing depends on it: where the export cannot be begun (another one is running, the key may not), fails, takes too
//! long or cannot be read, the products are paged as in a small shop, from the first one on. Repeats do no harm. An
//! export that nobody reads any more ends by itself.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::Extent;
use crate::platform::{Next, Page, PlatformError};

use super::connector::Shopify;
use super::documents::{BEGIN_EXPORT, BEGIN_EXPORT_COST, EXPORT, EXPORT_COST, PICTURES};
use super::feed::{Place, Stage};
use super::profile::BULK_FROM;
use super::wire;

/// Between two looks whether it is done.
const PAUSE: Duration = Duration::from_secs(5);
/// Two hours of looking.
const MOST_LOOKS: u32 = 1440;
/// How much of the file is read for one page: about a thousand products.
const PART: usize = 1024 * 1024;
/// A product of 2,048 variants has some 2 MB.
const MOST_PART: usize = 16 * 1024 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Begun {
    bulk_operation: Option<wire::Id>,
    #[serde(default)]
    user_errors: Vec<wire::UserError>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Export {
    status: String,
    error_code: Option<String>,
    url: Option<String>,
    #[serde(default)]
    object_count: Value,
}

/// A product with its lines: where it begins in the part that was read.
struct Product {
    at: usize,
    node: Value,
    variants: Vec<Value>,
    pictures: Vec<Value>,
}

impl Shopify {
    /// The beginning of a first import.
    pub(super) async fn first_products(&self, mut place: Place) -> Result<Page, PlatformError> {
        match self.begin_export(&mut place).await? {
            Some(id) => Ok(Page { changes: Vec::new(), next: place.more(Stage::Export { id, from: 0, looks: 0 })? }),
            None => self.products_by_number(place, 0).await,
        }
    }

    /// The export's identifier; `None` where paging is as good, or all there is.
    async fn begin_export(&self, place: &mut Place) -> Result<Option<String>, PlatformError> {
        if self.product_count().await?.is_none_or(|(count, _)| count < BULK_FROM) {
            return Ok(None);
        }
        let variables = json!({ "query": self.documents.export });
        let mut answer = match self.caller.write(BEGIN_EXPORT, variables, BEGIN_EXPORT_COST).await {
            Ok(answer) => answer,
            // It may have begun; then nobody reads it, and it ends by itself.
            Err(why) => {
                tracing::info!(why = %why.cause(), "no export could be begun, the products are paged");
                return Ok(None);
            }
        };
        let begun: Begun = answer.field("bulkOperationRunQuery")?;
        if let Some(error) = begun.user_errors.first() {
            tracing::info!(why = error.message, "Shopify makes no export now, the products are paged");
            return Ok(None);
        }
        place.set_mark(&answer);
        Ok(begun.bulk_operation.map(|operation| operation.id))
    }

    /// One look, or one part of the file.
    pub(super) async fn exported(
        &self,
        place: Place,
        id: String,
        from: u64,
        looks: u32,
    ) -> Result<Page, PlatformError> {
        let mut answer = self.caller.read(EXPORT, json!({ "id": id }), EXPORT_COST).await?;
        let export: Option<Export> = answer.field("bulkOperation")?;
        let Some(export) = export else { return self.paged_instead(place, "it is not known any more").await };
        match (export.status.as_str(), export.url) {
            ("CREATED" | "RUNNING", _) if looks < MOST_LOOKS => {
                self.caller.clock.sleep(PAUSE).await;
                Ok(Page { changes: Vec::new(), next: place.more(Stage::Export { id, from, looks: looks + 1 })? })
            }
            ("COMPLETED", Some(url)) => self.read_export(place, id, &url, from).await,
            // Shopify makes no file where there is nothing to put into it.
            ("COMPLETED", None) if is_zero(&export.object_count) => {
                Ok(Page { changes: Vec::new(), next: place.done()? })
            }
            (status, _) => {
                let why = export.error_code.unwrap_or_else(|| status.to_owned());
                self.paged_instead(place, &why).await
            }
        }
    }

    async fn paged_instead(&self, place: Place, why: &str) -> Result<Page, PlatformError> {
        tracing::info!(why, "the export came to nothing, the products are paged");
        self.products_by_number(place, 0).await
    }

    async fn read_export(&self, place: Place, id: String, url: &str, from: u64) -> Result<Page, PlatformError> {
        let mut most = PART;
        loop {
            let file = match self.caller.http.fetch(url, Extent::Part { from, most }).await {
                Ok(file) => file,
                // The line, and not the file: the place stands, and it is tried again from there.
                Err(why) if why.passes() => return Err(why),
                Err(why) => return self.paged_instead(place, &why.to_string()).await,
            };
            let is_end = match file.length {
                Some(length) => from + file.body.len() as u64 >= length,
                None => file.body.len() < most,
            };
            let Ok(mut products) = products_in(&file.body, is_end) else {
                return self.paged_instead(place, "its file cannot be read").await;
            };
            let next = match products.len() {
                _ if is_end => place.clone().done()?,
                // The last one may go on in the next part.
                2.. => {
                    let begins = products.pop().map_or(0, |last| last.at as u64);
                    place.clone().more(Stage::Export { id: id.clone(), from: from + begins, looks: 0 })?
                }
                _ if most < MOST_PART => {
                    most *= 4;
                    continue;
                }
                _ => return self.paged_instead(place, "one product fills its file").await,
            };
            let changes = self.seen(products.into_iter().map(whole).collect()).await?;
            debug_assert!(matches!(next, Next::Done(_)) || !changes.is_empty());
            return Ok(Page { changes, next });
        }
    }
}

/// `UnsignedInt64` comes as text.
fn is_zero(count: &Value) -> bool {
    count.as_str().map_or(count.as_u64() == Some(0), |text| text == "0")
}

/// The products of a part that begins at the beginning of one. A line that is cut off at the end is left out, unless
/// this is the end of the file.
fn products_in(part: &[u8], is_end: bool) -> Result<Vec<Product>, String> {
    let mut products: Vec<Product> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut at = 0;
    for line in part.split_inclusive(|byte| *byte == b'\n') {
        let begins = at;
        at += line.len();
        if !line.ends_with(b"\n") && !is_end {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let node: Value = serde_json::from_slice(line).map_err(|why| why.to_string())?;
        let id = node["id"].as_str().unwrap_or_default();
        match node["__parentId"].as_str() {
            None => {
                places.insert(id.to_owned(), products.len());
                products.push(Product { at: begins, node, variants: Vec::new(), pictures: Vec::new() });
            }
            Some(parent) => {
                let product = places.get(parent).and_then(|place| products.get_mut(*place));
                let product = product.ok_or_else(|| format!("{parent} does not stand above what is its own"))?;
                let list = if id.contains("/ProductVariant/") { &mut product.variants } else { &mut product.pictures };
                list.push(node);
            }
        }
    }
    Ok(products)
}

/// As a list of products has it.
fn whole(product: Product) -> Value {
    let Product { mut node, variants, mut pictures, .. } = product;
    pictures.truncate(PICTURES as usize);
    node["variants"] = json!({ "nodes": variants });
    node["media"] = json!({ "nodes": pictures });
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"id":"gid://shopify/Product/1"}
{"id":"gid://shopify/ProductVariant/11","__parentId":"gid://shopify/Product/1"}
{"id":"gid://shopify/MediaImage/12","image":{"url":"https://x"},"__parentId":"gid://shopify/Product/1"}
{"id":"gid://shopify/Product/2"}
{"id":"gid://shopify/ProductVariant/21","__parentId":"gid://shopify/Product/2"}
{"id":"gid://shopify/ProductVariant/22","__parentId":"gid://shopify/Product/2"}
"#;

    #[test]
    fn wherever_a_part_ends_nothing_is_lost() {
        let shape = |products: &[Product]| -> Vec<(usize, usize)> {
            products.iter().map(|product| (product.variants.len(), product.pictures.len())).collect()
        };
        assert_eq!(shape(&products_in(FILE.as_bytes(), true).unwrap()), [(1, 1), (2, 0)]);
        assert_eq!(shape(&products_in(FILE.trim_end().as_bytes(), true).unwrap()), [(1, 1), (2, 0)]);
        for end in 0..FILE.len() {
            let mut first = products_in(&FILE.as_bytes()[..end], false).unwrap();
            let Some(last) = first.pop() else { continue };
            let rest = products_in(&FILE.as_bytes()[last.at..], true).unwrap();
            first.extend(rest);
            assert_eq!(shape(&first), [(1, 1), (2, 0)], "cut at {end}");
        }
        let orphan = r#"{"id":"gid://shopify/ProductVariant/21","__parentId":"gid://shopify/Product/2"}"#;
        assert!(products_in(orphan.as_bytes(), true).is_err());
        assert!(products_in(b"<html>", true).is_err());
    }
}
