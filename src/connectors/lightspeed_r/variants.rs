//! Adding variants to a matrix that is there: an item each, with its attributes, keys and price, and no count.

use serde_json::{Value, json};

use crate::domain::{Listing, Status, Variant};
use crate::platform::{PlatformError, WriteError};

use super::body;
use super::calls::{Call, refusal};
use super::convert::item_name;
use super::profile::NAME;
use super::shelf::{Present, Shelf};
use super::terms::Slots;
use super::wire::{Item, Matrix};

pub async fn add(shelf: &Shelf, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
    let present = shelf.present(&known.remote).await.map_err(WriteError::NotApplied)?;
    let Some(present) = present else {
        let what = known.title.to_string();
        return Err(WriteError::NotApplied(PlatformError::NotFound { platform: NAME, what }));
    };
    let Some(matrix) = &present.matrix else {
        let why = "it is a single item in R-Series, and only an item matrix can have variants; make it one there";
        return Err(WriteError::NotApplied(refusal(why)));
    };
    let mut begun = false;
    add_missing(shelf, known, &present, matrix, variants, &mut begun).await.map_err(|why| why.after(begun))?;
    let unread = |why| if begun { WriteError::Unknown(why) } else { WriteError::NotApplied(why) };
    match shelf.present(&known.remote).await.map_err(unread)? {
        Some(now) => shelf.listing_of(&now).await.map_err(unread),
        None => Err(unread(shelf.unexpected("the matrix is gone"))),
    }
}

async fn add_missing(
    shelf: &Shelf,
    known: &Listing,
    present: &Present,
    matrix: &Matrix,
    variants: &[Variant],
    begun: &mut bool,
) -> Result<(), WriteError> {
    let of_items = || present.items.iter().find_map(|item| item.attributes.0.as_ref()?.set.id());
    let set = matrix.set.id().or_else(of_items).unwrap_or_default();
    let set = shelf.set(set).await.map_err(WriteError::NotApplied)?;
    let slots = set.as_ref().and_then(Slots::of).ok_or_else(|| {
        let why = "the item matrix has no attributes in R-Series by which variants could be told apart";
        WriteError::NotApplied(refusal(why))
    })?;
    let mut there: Vec<Vec<String>> = present.items.iter().map(|item| key(item, &slots)).collect();
    for variant in variants {
        let wanted = slots.key(&variant.options);
        if there.contains(&wanted) {
            continue;
        }
        let attributes = slots.attributes(&variant.options).map_err(|why| WriteError::NotApplied(refusal(why)))?;
        if let Some(code) = &variant.barcode {
            body::code_field(code).map_err(|why| WriteError::NotApplied(refusal(why)))?;
        }
        let name = item_name(&known.title, variant.options.iter().map(|option| option.value.as_str()));
        let mut fields = body::article(&name, variant, known.status == Status::Active, &mut Vec::new());
        // Counts of elsewhere say nothing of here.
        fields.insert("itemType".to_owned(), json!("default"));
        fields.insert("itemMatrixID".to_owned(), json!(matrix.id.id()));
        fields.insert("ItemAttributes".to_owned(), attributes);
        let first = present.items.first();
        let manufacturer = matrix.manufacturer_id.id().or_else(|| first?.manufacturer_id.id());
        let category = matrix.category_id.id().or_else(|| first?.category_id.id());
        for (name, id) in [("manufacturerID", manufacturer), ("categoryID", category)] {
            if let Some(id) = id {
                fields.insert(name.to_owned(), json!(id));
            }
        }
        let answer = shelf.calls.write(Call::create("Item", Value::Object(fields))).await?;
        *begun = true;
        let _: Item = shelf.answered(answer, "Item").map_err(WriteError::Unknown)?;
        there.push(wanted);
    }
    Ok(())
}

/// An item's values in the order of the slots, in lower case.
fn key(item: &Item, slots: &Slots) -> Vec<String> {
    let value = |slot| item.attributes.0.as_ref().and_then(|attributes| attributes.slot(slot));
    slots
        .slots()
        .map(|slot| value(slot).map(|text| crate::domain::Text::new(text).to_lowercase()).unwrap_or_default())
        .collect()
}
