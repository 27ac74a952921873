//! Looking for what carries a creation's mark. The mark cannot be searched for, so the candidates are the products of
//! the same name, those with the source's SKU, then the newest. A candidate counts only by its mark.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Creation, Listing};
use crate::platform::PlatformError;

use super::super::profile::PAGE;
use super::super::shop::Shop;
use super::body::MARK;
use super::read;
use super::wire::Product;

pub(super) async fn marked(
    shop: &Shop,
    creation: &Creation,
    source: &Listing,
) -> Result<Option<Product>, PlatformError> {
    let newest = json!([{"numericId": "desc"}]);
    let mut questions = vec![(json!({"name": source.title.as_str()}), Value::Null)];
    // A filter by SKU looks at a product's own.
    let sku = source.variants.first().and_then(|variant| variant.sku.as_ref());
    if let Some(sku) = sku.filter(|_| !source.structure.is_variable()) {
        questions.push((json!({"sku": sku.as_str()}), Value::Null));
    }
    questions.push((json!({}), newest));
    for (filter, sort) in questions {
        let raw = read::raw(shop, &filter, &sort, PAGE).await?;
        let mut found = raw.iter().filter_map(|raw| Product::deserialize(raw).ok());
        if let Some(ours) = found.find(|candidate| is_marked(candidate, creation)) {
            return Ok(Some(ours));
        }
    }
    Ok(None)
}

pub(super) fn is_marked(candidate: &Product, creation: &Creation) -> bool {
    candidate
        .seo_data
        .tags
        .iter()
        .any(|tag| tag.props.name.text() == Some(MARK) && tag.props.content.text() == Some(creation.mark.0.as_str()))
}
