//! Adding variants to a group that is there: an item each, with its options, keys and price, and no count.
//!
//! An item that an earlier try made and could not tie to its options any more is known by its name, and completed.

use crate::domain::{Listing, Status, Text, Variant};
use crate::platform::{PlatformError, WriteError};

use super::calls::refusal;
use super::convert::{Subject, item_name};
use super::groups::{self, Label, same};
use super::profile::NAME;
use super::shelf::{Missing, Shelf};
use super::wire::Item;

pub(super) async fn add(shelf: &Shelf, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
    let Subject::Group(group) = Subject::of(&known.remote) else {
        let why = "it is a single item in Clover, and only an item group can have variants; make it one there";
        return Err(WriteError::NotApplied(refusal(why)));
    };
    let items = shelf.items_of(group).await.map_err(WriteError::NotApplied)?;
    let items = items.map_err(|why| WriteError::NotApplied(refusal(why)))?;
    if items.is_empty() {
        let what = format!("item group {group}");
        return Err(WriteError::NotApplied(PlatformError::NotFound { platform: NAME, what }));
    }
    let mut labels = groups::labels(shelf, group).await.map_err(WriteError::NotApplied)?;
    check(&labels, variants).map_err(|why| WriteError::NotApplied(refusal(why)))?;
    let mut begun = false;
    let added = add_missing(shelf, known, group, &items, &mut labels, variants, &mut begun).await;
    added.map_err(|why| why.after(begun))?;
    match shelf.group_listing(group).await {
        Ok(Ok(listing)) => Ok(listing),
        Ok(Err(Missing::Gone)) => Err(WriteError::Unknown(shelf.calls.http().unexpected("the group is gone"))),
        Ok(Err(Missing::Unreadable(why))) => Err(WriteError::Unknown(shelf.calls.http().unexpected(&why))),
        Err(why) if begun => Err(WriteError::Unknown(why)),
        Err(why) => Err(WriteError::NotApplied(why)),
    }
}

async fn add_missing(
    shelf: &Shelf,
    known: &Listing,
    group: &str,
    items: &[Item],
    labels: &mut [Label],
    variants: &[Variant],
    begun: &mut bool,
) -> Result<(), WriteError> {
    let mut ties = Vec::new();
    let mut there: Vec<Vec<String>> = items.iter().map(|item| choices_of(item, labels)).collect();
    for variant in variants {
        let values = values(labels, variant);
        let key: Vec<String> = values.iter().map(|value| value.to_lowercase()).collect();
        if there.contains(&key) {
            continue;
        }
        let mut choices = Vec::with_capacity(values.len());
        for (label, value) in labels.iter_mut().zip(&values) {
            choices.push(groups::choice(shelf, label, value, begun).await?);
        }
        let name = item_name(&known.title, values.iter().map(Text::as_str));
        let half_made = items.iter().find(|item| item.options.0.is_empty() && item.name.as_deref() == Some(&name));
        let item = match half_made {
            Some(item) => item.id.clone(),
            None => {
                let on_sale = known.status == Status::Active;
                let mut body = groups::article(&name, variant, on_sale).map_err(WriteError::NotApplied)?;
                body.insert("itemGroup".to_owned(), serde_json::json!({"id": group}));
                let item = groups::item(shelf, body).await?;
                *begun = true;
                item.id
            }
        };
        ties.extend(choices.into_iter().map(|choice| (choice, item.clone())));
        there.push(key);
    }
    groups::tie(shelf, &ties, begun).await
}

/// An item's values, in the order of the attributes, in lower case; blank where it has none.
fn choices_of(item: &Item, labels: &[Label]) -> Vec<String> {
    let value = |label: &Label| {
        let is_its = |choice: &&super::wire::Choice| choice.attribute.as_ref().is_some_and(|of| of.id == label.id);
        let choice = item.options.0.iter().find(is_its).and_then(|choice| choice.name.as_deref());
        choice.map(|name| Text::new(name).to_lowercase()).unwrap_or_default()
    };
    labels.iter().map(value).collect()
}

fn values(labels: &[Label], variant: &Variant) -> Vec<Text> {
    let value = |label: &Label| {
        let option = variant.options.iter().find(|option| same(&option.option, &label.name));
        option.map(|option| option.value.clone()).unwrap_or_default()
    };
    labels.iter().map(value).collect()
}

fn check(labels: &[Label], variants: &[Variant]) -> Result<(), String> {
    if labels.is_empty() {
        return Err("the item group has no attributes in Clover by which variants could be told apart".to_owned());
    }
    for variant in variants {
        let unknown = variant.options.iter().find(|value| !labels.iter().any(|label| same(&label.name, &value.option)));
        if let Some(value) = unknown {
            return Err(format!("the item group has no attribute {} in Clover; add it there first", value.option));
        }
        if let Some(label) = labels.iter().zip(values(labels, variant)).find(|(_, value)| value.is_empty()) {
            return Err(format!(
                "a variant has no {}, which the item group in Clover tells its items apart by",
                label.0.name
            ));
        }
        for (field, value) in [("SKU", &variant.sku), ("barcode", &variant.barcode)] {
            if let Some(Err(why)) = value.as_ref().map(|value| groups::check_code(value)) {
                return Err(format!("the {field}: {why}"));
            }
        }
    }
    Ok(())
}
