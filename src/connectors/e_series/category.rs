//! Categories by name: found, or made.

use serde_json::{Map, Value, json};

use crate::domain::Text;
use crate::platform::WriteError;

use super::convert::{self, same};
use super::shelf::Shelf;
use super::wire::{Made, Product, Scalar};

/// What brings a product into a category, as fields of the product. The one it is shown in changes; its others stay.
pub(super) async fn change(
    shelf: &Shelf,
    now: &Product,
    name: Option<&Text>,
    begun: &mut bool,
) -> Result<Map<String, Value>, WriteError> {
    let old = convert::category(now);
    let wanted = match name {
        Some(name) => Some(id(shelf, name, begun).await?),
        None => None,
    };
    let others = now.category_ids.iter().filter_map(Scalar::number);
    let others = others.filter(|id| Some(*id) != old && Some(*id) != wanted);
    let all: Vec<u64> = wanted.into_iter().chain(others).collect();
    // With the last one gone another becomes the one that it is shown in.
    let main = wanted.or(all.first().copied()).unwrap_or(0);
    Ok(Map::from_iter([("categoryIds".to_owned(), json!(all)), ("defaultCategoryId".to_owned(), json!(main))]))
}

/// The first of this name, whatever its case; made where there is none.
async fn id(shelf: &Shelf, name: &Text, begun: &mut bool) -> Result<u64, WriteError> {
    let all = shelf.all_categories().await.map_err(|why| WriteError::NotApplied(why).after(*begun))?;
    if let Some((id, _)) = all.iter().find(|(_, known)| same(known, name)) {
        shelf.learn(*id, name).await;
        return Ok(*id);
    }
    let made: Made = shelf.calls.write_json(shelf.calls.post("/categories", json!({"name": name.as_str()}))).await?;
    *begun = true;
    let unclear = || WriteError::Unknown(shelf.calls.unexpected("the answer to a new category has no id"));
    let id = made.id.number().ok_or_else(unclear)?;
    shelf.learn(id, name).await;
    Ok(id)
}
