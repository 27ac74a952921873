//! The category of a product's items: found or made by name, tied, and the one before untied.
//!
//! Ties are calls of their own that answer nothing, also where nothing came of them; so the items are read after.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::Text;
use crate::platform::{PlatformError, WriteError};

use super::calls::refusal;
use super::pages::{self, List};
use super::profile::{NAME_MOST, PAGE};
use super::shelf::Shelf;
use super::wire::{Item, Named};

/// Ties in one call; no limit is documented for it.
const TIES: usize = 100;

/// Brings all items to this one category, or to none. `begun` is set once something was changed.
pub(super) async fn set(
    shelf: &Shelf,
    items: &[Item],
    wanted: Option<&Text>,
    begun: &mut bool,
) -> Result<(), WriteError> {
    let is_wanted = |category: &Named| category.name.as_deref().map(Text::new).as_ref() == wanted;
    let others = |item: &Item| -> Vec<String> {
        item.categories.0.iter().filter(|category| !is_wanted(category)).map(|category| category.id.clone()).collect()
    };
    if let Some(item) = items.iter().find(|item| others(item).len() > 1) {
        let name = Text::new(item.name.as_deref().unwrap_or(&item.id));
        let why = format!("{name} is in several categories in Clover, and which of them to replace is not ours to say");
        return Err(WriteError::NotApplied(refusal(why)));
    }
    let lacking: Vec<&Item> = items.iter().filter(|item| !item.categories.0.iter().any(is_wanted)).collect();
    if let Some(wanted) = wanted.filter(|_| !lacking.is_empty()) {
        let category = named(shelf, wanted, begun).await?;
        let ties: Vec<(String, String)> = lacking.iter().map(|item| (category.clone(), item.id.clone())).collect();
        tie(shelf, &ties, false, begun).await?;
    }
    let old = items.iter().flat_map(|item| others(item).into_iter().map(|category| (category, item.id.clone())));
    tie(shelf, &old.collect::<Vec<_>>(), true, begun).await?;
    // One stands for all: they were tied by the same calls.
    let Some(first) = items.first() else { return Ok(()) };
    match shelf.item(&first.id).await {
        Ok(Some(now)) if super::convert::category(&now).as_ref() == wanted => Ok(()),
        Ok(_) => Err(WriteError::NotApplied(refusal("Clover took the category without a word and did not keep it"))),
        Err(why) if *begun => Err(WriteError::Unknown(why)),
        Err(why) => Err(WriteError::NotApplied(why)),
    }
}

/// The identifier of the category of this name; made where it lacks.
async fn named(shelf: &Shelf, name: &Text, begun: &mut bool) -> Result<String, WriteError> {
    if name.chars().count() > NAME_MOST {
        let why = format!("the category {name} is longer than the {NAME_MOST} characters that Clover takes");
        return Err(WriteError::NotApplied(refusal(why)));
    }
    let read: Result<Vec<Value>, PlatformError> = pages::all(&shelf.calls, &List::of("/categories", PAGE)).await;
    let known = read.map_err(WriteError::NotApplied)?;
    let is_named = |category: &Named| category.name.as_deref().map(Text::new).as_ref() == Some(name);
    let mut known = known.iter().filter_map(|element| Named::deserialize(element).ok());
    if let Some(category) = known.find(is_named) {
        return Ok(category.id);
    }
    let body = json!({"name": name.as_str()});
    let made: Named = shelf.calls.write_json(shelf.calls.post("/categories", body)).await?;
    *begun = true;
    Ok(made.id)
}

/// As (category, item).
async fn tie(shelf: &Shelf, ties: &[(String, String)], delete: bool, begun: &mut bool) -> Result<(), WriteError> {
    for some in ties.chunks(TIES) {
        let pair = |(category, item): &(String, String)| json!({"category": {"id": category}, "item": {"id": item}});
        let body = json!({"elements": some.iter().map(pair).collect::<Vec<_>>()});
        let request = shelf.calls.post("/category_items", body);
        let request = if delete { request.query("delete", true) } else { request };
        shelf.calls.write(request).await?;
        *begun = true;
    }
    Ok(())
}
