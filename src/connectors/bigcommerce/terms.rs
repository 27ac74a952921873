//! Categories by name. Brands need no look-up: `brand_name` finds or makes them.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::Text;
use crate::platform::{PlatformError, WriteError};

use super::calls::{Also, refused, unexplained};
use super::convert::text;
use super::shop::Shop;
use super::wire::{Listed, Term};

/// Characters of a category's name.
const NAME: usize = 50;

/// The number of the store's category of this name.
pub(super) async fn known_category(shop: &Shop, name: &Text) -> Result<Option<u64>, PlatformError> {
    let request = shop.calls.get("/catalog/trees/categories").query("name", name.as_str()).query("limit", 250);
    let (listed, _) = shop.calls.read_json::<Listed>(request).await?;
    let terms = listed.data.iter().filter_map(|raw| Term::deserialize(raw).ok());
    let same = |term: &Term| text(&term.name).is_some_and(|known| known.to_lowercase() == name.to_lowercase());
    Ok(terms.filter(same).find_map(|term| term.id.number()))
}

/// The same, made where there is none.
pub(super) async fn category(shop: &Shop, name: &Text) -> Result<u64, WriteError> {
    if let Some(known) = known_category(shop, name).await.map_err(WriteError::NotApplied)? {
        return Ok(known);
    }
    if name.chars().count() > NAME {
        return Err(WriteError::NotApplied(refused(format!("a category's name has at most {NAME} characters there"))));
    }
    let (trees, _) =
        shop.calls.read_json::<Listed>(shop.calls.get("/catalog/trees")).await.map_err(WriteError::NotApplied)?;
    let tree = trees.data.iter().find_map(|raw| Term::deserialize(raw).ok()?.id.number()).unwrap_or(1);
    let body = json!([{"name": name.as_str(), "tree_id": tree, "parent_id": 0, "is_visible": true}]);
    let answer = shop.calls.write(shop.calls.post("/catalog/trees/categories", body), Also::Refusals).await?;
    if !(200..300).contains(&answer.status) {
        return Err(WriteError::NotApplied(shop.calls.refusal(&answer)));
    }
    let listed: Value = shop.calls.json(&answer).map_err(WriteError::Unknown)?;
    let made = listed.get("data").and_then(Value::as_array).and_then(|list| list.first());
    let made = made.and_then(|raw| Term::deserialize(raw).ok()?.id.number());
    made.ok_or_else(|| unexplained("the answer to a new category has no id"))
}
