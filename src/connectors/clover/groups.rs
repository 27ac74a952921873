//! What a group is made of: attributes, their options, items, and which option each item carries.
//!
//! Clover's way of five calls (guides, "Managing items and item groups"): the group, each attribute, each option, each
//! item, and all the ties between options and items together. Everything here is made only where it lacks, so that a
//! product that was made in part can be completed.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Text, Variant};
use crate::http::segment;
use crate::platform::{PlatformError, WriteError};

use super::calls::refusal;
use super::pages::{self, List};
use super::profile::{CODE_MOST, OPTION_MOST, PAGE};
use super::shelf::Shelf;
use super::wire::{Choice, Item, Named};

/// Ties in one call; no limit is documented for it.
const TIES: usize = 100;

/// An attribute of a group with its options, as identifier and name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    pub id: String,
    pub name: Text,
    pub choices: Vec<(String, Text)>,
}

/// The attributes of a group with all their options.
pub(super) async fn labels(shelf: &Shelf, group: &str) -> Result<Vec<Label>, PlatformError> {
    let mut labels = Vec::new();
    for attribute in shelf.all_attributes().await? {
        if attribute.item_group.as_ref().is_none_or(|of| of.id != group) {
            continue;
        }
        let path = format!("/attributes/{}/options", segment(&attribute.id));
        let elements = pages::all(&shelf.calls, &List::of(path, PAGE)).await?;
        let choices = elements.iter().filter_map(|element| Choice::deserialize(element).ok());
        labels.push(Label {
            choices: choices.map(|choice| (choice.id, Text::new(&choice.name.unwrap_or_default()))).collect(),
            name: Text::new(&attribute.name.unwrap_or_default()),
            id: attribute.id,
        });
    }
    Ok(labels)
}

pub(super) fn same(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

/// The attribute of this name; made where it lacks. `made` is set where something was.
pub(super) async fn attribute<'a>(
    shelf: &Shelf,
    group: &str,
    labels: &'a mut Vec<Label>,
    name: &Text,
    made: &mut bool,
) -> Result<&'a mut Label, WriteError> {
    let place = match labels.iter().position(|label| same(&label.name, name)) {
        Some(place) => place,
        None => {
            check_length(name)?;
            let body = json!({"itemGroup": {"id": group}, "name": name.as_str()});
            let attribute: Named = shelf.calls.write_json(shelf.calls.post("/attributes", body)).await?;
            *made = true;
            shelf.learn(&attribute.id, name).await;
            labels.push(Label { id: attribute.id, name: name.clone(), choices: Vec::new() });
            labels.len() - 1
        }
    };
    labels.get_mut(place).ok_or_else(|| WriteError::NotApplied(refusal("an attribute was lost on the way")))
}

/// The identifier of an attribute's option; made where it lacks.
pub(super) async fn choice(
    shelf: &Shelf,
    label: &mut Label,
    value: &Text,
    made: &mut bool,
) -> Result<String, WriteError> {
    if let Some((id, _)) = label.choices.iter().find(|(_, known)| same(known, value)) {
        return Ok(id.clone());
    }
    check_length(value)?;
    let path = format!("/attributes/{}/options", segment(&label.id));
    let choice: Named = shelf.calls.write_json(shelf.calls.post(&path, json!({"name": value.as_str()}))).await?;
    *made = true;
    label.choices.push((choice.id.clone(), value.clone()));
    Ok(choice.id)
}

/// Ties options to items, as (option, item). The answer says nothing, also where nothing came of it: to be read after.
pub(super) async fn tie(shelf: &Shelf, ties: &[(String, String)], made: &mut bool) -> Result<(), WriteError> {
    for some in ties.chunks(TIES) {
        let pair = |(option, item): &(String, String)| json!({"option": {"id": option}, "item": {"id": item}});
        let body = json!({"elements": some.iter().map(pair).collect::<Vec<_>>()});
        shelf.calls.write(shelf.calls.post("/option_items", body)).await?;
        *made = true;
    }
    Ok(())
}

pub(super) async fn item(shelf: &Shelf, body: Map<String, Value>) -> Result<Item, WriteError> {
    shelf.calls.write_json(shelf.calls.post("/items", Value::Object(body))).await
}

/// The keys and the price of a variant, as an item has them.
pub(super) fn article(name: &str, variant: &Variant, on_sale: bool) -> Result<Map<String, Value>, PlatformError> {
    let mut body = Map::new();
    body.insert("name".to_owned(), json!(name));
    put_price(&mut body, variant.price.map(|price| price.minor), true);
    for (field, value) in [("sku", &variant.sku), ("code", &variant.barcode)] {
        if let Some(value) = value {
            check_code(value)?;
            body.insert(field.to_owned(), json!(value.as_str()));
        }
    }
    if !on_sale {
        body.insert("available".to_owned(), json!(false));
    }
    Ok(body)
}

/// `None`: the till asks for it. `anew`: the kind of price is not known to be a fixed one.
pub(super) fn put_price(body: &mut Map<String, Value>, minor: Option<i64>, anew: bool) {
    body.insert("price".to_owned(), json!(minor.unwrap_or(0)));
    match minor {
        None => drop(body.insert("priceType".to_owned(), json!("VARIABLE"))),
        Some(_) if anew => drop(body.insert("priceType".to_owned(), json!("FIXED"))),
        Some(_) => {}
    }
}

pub(super) fn check_code(value: &str) -> Result<(), PlatformError> {
    match value.chars().count() {
        0..=CODE_MOST => Ok(()),
        has => Err(refusal(format!("{value} has {has} characters, and Clover takes {CODE_MOST}"))),
    }
}

fn check_length(value: &Text) -> Result<(), WriteError> {
    match value.chars().count() {
        1..=OPTION_MOST => Ok(()),
        0 => Err(WriteError::NotApplied(refusal("an option has no name, and Clover tells variants apart by them"))),
        has => Err(WriteError::NotApplied(refusal(format!(
            "{value} has {has} characters, and Clover takes {OPTION_MOST}"
        )))),
    }
}
