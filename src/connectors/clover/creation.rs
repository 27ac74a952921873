//! Making a product, and finding what an earlier try has made.
//!
//! Clover has no idempotency keys and no field for a note of ours. What there is: every item has an alternate name, lists
//! can be filtered by it, and few shops use it. So each item that is made carries the creation's mark there, with its
//! position behind it. A group has nothing but its name; one of the product's name without a single item in it is taken
//! for what a broken try has left.
//!
//! [`create`] makes no look-up of its own: when its outcome was unknown, [`find`] comes first. [`find`] answers only with
//! what is whole, and completes what is not. A definite refusal leaves nothing behind: what was made until then is
//! deleted, and only if that fails too is the outcome unknown.

use std::collections::BTreeMap;

use serde_json::json;

use crate::domain::{Creation, Listing, RemoteId, Structure, Text, Variant};
use crate::http::segment;
use crate::platform::{Created, CreatedVariant, PlatformError, WriteError};

use super::calls::refusal;
use super::convert::{self, item_name};
use super::groups::{self, Label};
use super::pages::{self, List};
use super::profile::PAGE;
use super::shelf::{Missing, Shelf, WHOLE, read_item};
use super::wire::{Item, Named};

const NO_ITEMS: &[Item] = &[];

/// The alternate name of the item at this position of the source.
pub(super) fn mark(creation: &Creation, position: usize) -> String {
    format!("counterpart-{}-{position}", creation.mark)
}

fn position(creation: &Creation, item: &Item) -> Option<usize> {
    let rest = item.alternate_name.as_deref()?.strip_prefix("counterpart-")?.strip_prefix(creation.mark.0.as_str())?;
    rest.strip_prefix('-')?.parse().ok()
}

pub(super) async fn create(shelf: &Shelf, creation: &Creation, source: &Listing) -> Result<Created, WriteError> {
    match (&source.structure, &source.variants[..]) {
        (Structure::Simple, [variant]) => {
            let mut body = groups::article(&source.title, variant, !creation.draft).map_err(WriteError::NotApplied)?;
            body.insert("alternateName".to_owned(), json!(mark(creation, 0)));
            let item = groups::item(shelf, body).await?;
            made_simple(shelf, &item, notes(source)).await.map_err(WriteError::Unknown)
        }
        _ => {
            let body = json!({"name": source.title.as_str()});
            let group: Named = shelf.calls.write_json(shelf.calls.post("/item_groups", body)).await?;
            let mut created = complete(shelf, creation, source, &group.id, Vec::new(), NO_ITEMS).await?;
            created.notes = notes(source);
            Ok(created)
        }
    }
}

/// `Ok(None)`: nothing of it is there. For a single item this reads only.
pub(super) async fn find(
    shelf: &Shelf,
    creation: &Creation,
    source: &Listing,
) -> Result<Option<Created>, PlatformError> {
    let first = mark(creation, 0);
    let list = List::of("/items", PAGE).filter(format!("alternateName={first}")).expand(WHOLE);
    let mut found = None;
    for element in pages::all(&shelf.calls, &list).await? {
        let item = read_item(&element).map_err(|why| shelf.calls.http().unexpected(&why))?;
        if !item.is_deleted() && item.alternate_name.as_deref() == Some(first.as_str()) {
            found = Some(item);
        }
    }
    if !source.structure.is_variable() {
        return match found {
            Some(item) => made_simple(shelf, &item, Vec::new()).await.map(Some),
            None => Ok(None),
        };
    }
    let group = match found.as_ref().and_then(Item::group) {
        Some(group) => Some(group.to_owned()),
        None => group_by_name(shelf, creation, source).await?,
    };
    let Some(group) = group else { return Ok(None) };
    let items = shelf.items_of(&group).await?.map_err(|why| shelf.calls.http().unexpected(&why))?;
    let labels = groups::labels(shelf, &group).await?;
    match complete(shelf, creation, source, &group, labels, &items).await {
        Ok(created) => Ok(Some(created)),
        // It could not be completed, and what there was is deleted. The next creation will say why.
        Err(WriteError::NotApplied(_)) => Ok(None),
        Err(WriteError::Unknown(cause)) => Err(cause),
    }
}

/// A group of the product's name that carries the mark on any item, or has no item at all.
async fn group_by_name(shelf: &Shelf, creation: &Creation, source: &Listing) -> Result<Option<String>, PlatformError> {
    for group in shelf.groups().await? {
        if group.name.as_deref().is_none_or(|name| Text::new(name) != source.title) {
            continue;
        }
        let items = shelf.items_of(&group.id).await?.map_err(|why| shelf.calls.http().unexpected(&why))?;
        if items.is_empty() || items.iter().any(|item| position(creation, item).is_some()) {
            return Ok(Some(group.id));
        }
    }
    Ok(None)
}

/// Adds what is missing of a group, and tells of the whole. `NotApplied` says that nothing is left of the product.
async fn complete(
    shelf: &Shelf,
    creation: &Creation,
    source: &Listing,
    group: &str,
    labels: Vec<Label>,
    there: &[Item],
) -> Result<Created, WriteError> {
    let mut made = Vec::new();
    match fill(shelf, creation, source, group, labels, there, &mut made).await {
        Ok(()) => whole(shelf, creation, source, group).await.map_err(WriteError::Unknown),
        // It will pass: then the look-up goes on where this stopped.
        Err(WriteError::NotApplied(cause)) if cause.passes() => Err(WriteError::Unknown(cause)),
        Err(WriteError::NotApplied(cause)) => {
            made.extend(there.iter().map(|item| item.id.clone()));
            Err(take_back(shelf, group, &made, cause).await)
        }
        Err(unknown) => Err(unknown),
    }
}

async fn fill(
    shelf: &Shelf,
    creation: &Creation,
    source: &Listing,
    group: &str,
    mut labels: Vec<Label>,
    there: &[Item],
    made: &mut Vec<String>,
) -> Result<(), WriteError> {
    let there: BTreeMap<usize, &Item> =
        there.iter().filter_map(|item| Some((position(creation, item)?, item))).collect();
    let mut ties = Vec::new();
    let mut ignored = false;
    for (position, variant) in source.variants.iter().enumerate() {
        let mut choices = Vec::with_capacity(variant.options.len());
        for option in &variant.options {
            let label = groups::attribute(shelf, group, &mut labels, &option.option, &mut ignored).await?;
            choices.push(groups::choice(shelf, label, &option.value, &mut ignored).await?);
        }
        let (item, has): (String, Vec<&str>) = match there.get(&position) {
            Some(item) => (item.id.clone(), item.options.0.iter().map(|choice| choice.id.as_str()).collect()),
            None => {
                let item = make_item(shelf, creation, source, variant, group, position).await?;
                made.push(item.id.clone());
                (item.id, Vec::new())
            }
        };
        let missing = choices.into_iter().filter(|choice| !has.contains(&choice.as_str()));
        ties.extend(missing.map(|choice| (choice, item.clone())));
    }
    groups::tie(shelf, &ties, &mut ignored).await
}

async fn make_item(
    shelf: &Shelf,
    creation: &Creation,
    source: &Listing,
    variant: &Variant,
    group: &str,
    position: usize,
) -> Result<Item, WriteError> {
    let name = item_name(&source.title, variant.options.iter().map(|option| option.value.as_str()));
    let mut body = groups::article(&name, variant, !creation.draft).map_err(WriteError::NotApplied)?;
    body.insert("itemGroup".to_owned(), json!({"id": group}));
    body.insert("alternateName".to_owned(), json!(mark(creation, position)));
    groups::item(shelf, body).await
}

/// Deletes what this creation has made, so that nothing half is left.
async fn take_back(shelf: &Shelf, group: &str, items: &[String], cause: PlatformError) -> WriteError {
    let items = items.iter().map(|item| format!("/items/{}", segment(item)));
    for path in items.chain([format!("/item_groups/{}", segment(group))]) {
        match shelf.calls.write(shelf.calls.delete(&path)).await {
            Ok(_) | Err(WriteError::NotApplied(PlatformError::NotFound { .. })) => {}
            Err(_) => return WriteError::Unknown(cause),
        }
    }
    WriteError::NotApplied(cause)
}

async fn made_simple(shelf: &Shelf, item: &Item, notes: Vec<String>) -> Result<Created, PlatformError> {
    let listing = convert::simple(item, &shelf.facts().await?).map_err(|why| shelf.calls.http().unexpected(&why))?;
    let remote = listing.remote.clone();
    let variants = vec![CreatedVariant { position: 0, remote, inventory: None }];
    Ok(Created { listing, variants, stock_set: false, notes })
}

/// Read as it is now: the answers to ties say nothing.
async fn whole(shelf: &Shelf, creation: &Creation, source: &Listing, group: &str) -> Result<Created, PlatformError> {
    let unclear = |why: String| shelf.calls.http().unexpected(&why);
    let items = shelf.items_of(group).await?.map_err(unclear)?;
    let listing = match shelf.listing_of(group, Some(&source.title), &items).await? {
        Ok(listing) => listing,
        Err(Missing::Unreadable(why)) => return Err(unclear(why)),
        Err(Missing::Gone) => return Err(unclear("the new group has no items".to_owned())),
    };
    let by_position: BTreeMap<usize, &Item> =
        items.iter().filter_map(|item| Some((position(creation, item)?, item))).collect();
    let mut variants = Vec::with_capacity(source.variants.len());
    for (position, variant) in source.variants.iter().enumerate() {
        let Some(item) = by_position.get(&position) else {
            return Err(refusal(format!(
                "the copy of {} is there, but variants of it were taken out since",
                source.title
            )));
        };
        if item.options.0.len() < variant.options.len() {
            return Err(unclear(format!("item {} did not get its options", item.id)));
        }
        let remote = RemoteId::new(item.id.clone()).map_err(unclear)?;
        variants.push(CreatedVariant { position, remote, inventory: None });
    }
    Ok(Created { listing, variants, stock_set: false, notes: Vec::new() })
}

/// What Clover has no place for.
fn notes(source: &Listing) -> Vec<String> {
    let lost = [
        ("the description", !source.description.is_empty()),
        ("the pictures", !source.images.is_empty()),
        ("the brand", source.brand.is_some()),
    ];
    let lost: Vec<&str> = lost.into_iter().filter(|(_, there)| *there).map(|(what, _)| what).collect();
    match lost.is_empty() {
        true => Vec::new(),
        false => vec![format!("Clover's inventory has no place for {}", lost.join(", "))],
    }
}
