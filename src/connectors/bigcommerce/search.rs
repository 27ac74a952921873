//! Looking for what carries a creation's mark.
//!
//! The mark cannot be searched for. So the candidates are the product of the same name (names are unique), those with
//! the source's SKUs, then the newest. A candidate counts only by its mark.

use serde::Deserialize;

use crate::domain::{Creation, Listing};
use crate::platform::PlatformError;

use super::body::MARK;
use super::profile::{ASKED, PAGE};
use super::shop::Shop;
use super::wire::{Listed, Product, Variant};

/// Variants' SKUs are asked for one by one.
const MOST_SKUS: usize = 3;

pub(super) async fn marked(shop: &Shop, creation: &Creation, source: &Listing) -> Result<Option<u64>, PlatformError> {
    for question in questions(source) {
        if let Some(found) = ask(shop, creation, &question).await? {
            return Ok(Some(found));
        }
    }
    // A filter for products looks at their own SKUs only, and a variant's is its own.
    for sku in skus(source).into_iter().take(MOST_SKUS).filter(|_| source.structure.is_variable()) {
        let request = shop.calls.get("/catalog/variants").query("sku", sku).query("limit", 1);
        let (listed, _) = shop.calls.read_json::<Listed>(request).await?;
        let holder = listed.data.first().and_then(|raw| Variant::deserialize(raw).ok()?.product_id.number());
        if let Some(holder) = holder
            && let Some(found) = ask(shop, creation, &[("id:in".to_owned(), holder.to_string())]).await?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

async fn ask(shop: &Shop, creation: &Creation, question: &[(String, String)]) -> Result<Option<u64>, PlatformError> {
    let mut request =
        shop.calls.get("/catalog/products").query("include_fields", "search_keywords").query("limit", PAGE);
    request.query.extend(question.iter().cloned());
    let (listed, _) = shop.calls.read_json::<Listed>(request).await?;
    let candidates = listed.data.iter().filter_map(|raw| Product::deserialize(raw).ok());
    let mut made = candidates.filter(|candidate| is_marked(candidate, creation));
    Ok(made.find_map(|candidate| candidate.id.number()))
}

fn is_marked(candidate: &Product, creation: &Creation) -> bool {
    let keywords = candidate.search_keywords.text().unwrap_or_default();
    keywords.split(',').any(|word| word.trim().strip_prefix(MARK) == Some(creation.mark.0.as_str()))
}

fn skus(source: &Listing) -> Vec<&str> {
    // A comma separates SKUs here, so one that holds a comma cannot be asked for.
    let skus = source.variants.iter().filter_map(|variant| variant.sku.as_ref()).map(|sku| sku.as_str());
    skus.filter(|sku| !sku.contains(',')).collect()
}

fn questions(source: &Listing) -> Vec<Vec<(String, String)>> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut questions = Vec::new();
    if !source.title.is_empty() {
        questions.push(vec![pair("name", &source.title)]);
    }
    let skus: Vec<&str> = skus(source).into_iter().take(ASKED).collect();
    if !skus.is_empty() && !source.structure.is_variable() {
        questions.push(vec![pair("sku:in", &skus.join(","))]);
    }
    questions.push(vec![pair("sort", "id"), pair("direction", "desc")]);
    questions
}
