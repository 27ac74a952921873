//! Fields of a product that is there, brought to new values.
//!
//! `PUT` changes what is sent and nothing else (recorded: only `description` sent, everything else as it was). Everything
//! for one item goes in one call; where R-Series refuses that, its parts are sent again one by one. The answer shows the
//! item as it is after, and is compared with what was wanted.
//!
//! Whether a matrix hands its title, brand and category on to its items is documented for their making only ("Items in
//! the matrix get the description: …"). So the items are read after the matrix was changed, and those that lag behind are
//! changed themselves, in the call that brings whatever else is changed of them. An item that the merchant called by
//! another name keeps it.

use serde_json::{Value, json};

use crate::domain::{Field, FieldChange, FieldValue, Listing, Text};
use crate::platform::{EditOutcome, PlatformError, WriteError};

use super::body::{self, Fields};
use super::calls::{Call, refusal};
use super::change::{Piece, Plan, differs};
use super::convert::item_name;
use super::profile::{NAME, PROFILE};
use super::shelf::{Present, Shelf};
use super::terms;
use super::wire::{self, Item};

/// One outcome for each change, in order.
pub async fn edit(shelf: &Shelf, known: &Listing, changes: &[FieldChange]) -> Result<Vec<EditOutcome>, WriteError> {
    let mut outcomes: Vec<EditOutcome> = changes
        .iter()
        .map(|change| match PROFILE.edits.contains(&change.field) {
            true => EditOutcome::Applied,
            false => {
                let why = format!("R-Series has no {} that can be written", change.field.label());
                EditOutcome::Rejected(refusal(why))
            }
        })
        .collect();
    if outcomes.iter().all(|outcome| *outcome != EditOutcome::Applied) {
        return Ok(outcomes);
    }
    let present = shelf.present(&known.remote).await.map_err(WriteError::NotApplied)?;
    let Some(present) = present else {
        let what = known.title.to_string();
        return Err(WriteError::NotApplied(PlatformError::NotFound { platform: NAME, what }));
    };
    let mut plan = Plan::default();
    for (position, change) in changes.iter().enumerate() {
        if outcomes.get(position) != Some(&EditOutcome::Applied) {
            continue;
        }
        let put = match (change.field, &change.to) {
            (Field::Brand | Field::Category, FieldValue::Maybe(wanted)) => {
                refer(shelf, &mut plan, &present, position, change.field, wanted.as_ref()).await?
            }
            _ => plan.put(known, &present, position, change),
        };
        if let Err(why) = put {
            set(&mut outcomes, position, EditOutcome::Rejected(refusal(why)));
        }
    }
    let mut begun = false;
    let sent = send(shelf, known, &present, plan, &mut outcomes, &mut begun).await;
    sent.map_err(|why| why.after(begun))?;
    Ok(outcomes)
}

/// The inner error is a plain sentence about this one change. What is made for it (a brand, a category) is no change of
/// the product yet.
async fn refer(
    shelf: &Shelf,
    plan: &mut Plan,
    present: &Present,
    position: usize,
    field: Field,
    wanted: Option<&Text>,
) -> Result<Result<(), String>, WriteError> {
    let found = match (field, wanted) {
        (_, None) => Ok(terms::NONE.to_owned()),
        (Field::Brand, Some(name)) => terms::manufacturer(shelf, name).await,
        (_, Some(path)) => terms::category(shelf, path).await,
    };
    let name = if field == Field::Brand { "manufacturerID" } else { "categoryID" };
    match found {
        Ok(id) => {
            plan.everywhere(present, position, name, json!(id));
            Ok(Ok(()))
        }
        Err(WriteError::NotApplied(PlatformError::Refused { why, .. })) => Ok(Err(why)),
        Err(why) => Err(why),
    }
}

async fn send(
    shelf: &Shelf,
    known: &Listing,
    present: &Present,
    mut plan: Plan,
    outcomes: &mut [EditOutcome],
    begun: &mut bool,
) -> Result<(), WriteError> {
    if let Some(id) = present.matrix.as_ref().and_then(|matrix| matrix.id.id())
        && !plan.matrix.is_empty()
    {
        bring(shelf, "ItemMatrix", id, &plan.matrix, outcomes, begun).await?;
    }
    // What the matrix refused is not brought to its items.
    let is_done = |position: usize| outcomes.get(position) == Some(&EditOutcome::Applied);
    plan.title = plan.title.take().filter(|(position, _)| is_done(*position));
    plan.shared.retain(|piece| is_done(piece.position));
    if let Some(matrix) = present.matrix.as_ref()
        && (plan.title.is_some() || !plan.shared.is_empty())
    {
        let id = matrix.id.id().unwrap_or_default();
        let items = shelf.items_of(id).await.map_err(WriteError::NotApplied)?;
        let before = matrix.description.text().map(Text::new);
        for item in &items {
            let pieces = lagging(known, before.as_ref(), &plan, item);
            if let (Some(id), false) = (item.id.id(), pieces.is_empty()) {
                plan.items.entry(id.to_owned()).or_default().extend(pieces);
            }
        }
    }
    for (id, pieces) in &plan.items {
        bring(shelf, "Item", id, pieces, outcomes, begun).await?;
    }
    Ok(())
}

/// What an item of a matrix has not taken over from it. `before`: the title that the matrix had; an earlier try may have
/// changed it already, and then the one that we knew is what its items are called by.
fn lagging(known: &Listing, before: Option<&Text>, plan: &Plan, item: &Item) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let variant = known.variants.iter().find(|variant| Some(variant.remote.as_str()) == item.id.id());
    if let (Some((position, title)), Some(variant)) = (&plan.title, variant) {
        let called = |title: &Text| item_name(title, variant.options.iter().map(|option| option.value.as_str()));
        let is_called = |title: &Text| item.description.text().map(Text::new) == Some(Text::new(&called(title)));
        if called(title) != item.description.text().unwrap_or_default()
            && (is_called(&known.title) || before.is_some_and(is_called))
        {
            let fields = Fields::from_iter([("description".to_owned(), json!(called(title)))]);
            pieces.push(Piece { position: *position, fields });
        }
    }
    for piece in &plan.shared {
        let there = |name: &str| match name {
            "manufacturerID" => item.manufacturer_id.text(),
            _ => item.category_id.text(),
        };
        let is_there = |(name, value): (&String, &Value)| there(name) == wire::as_text(value).as_deref();
        if !piece.fields.iter().all(is_there) {
            pieces.push(piece.clone());
        }
    }
    pieces
}

/// All pieces in one call, or one by one where that is refused.
async fn bring(
    shelf: &Shelf,
    thing: &'static str,
    id: &str,
    pieces: &[Piece],
    outcomes: &mut [EditOutcome],
    begun: &mut bool,
) -> Result<(), WriteError> {
    let mut merged = Fields::new();
    pieces.iter().for_each(|piece| body::merge(&mut merged, &piece.fields));
    if merged.is_empty() {
        return Ok(());
    }
    match update(shelf, thing, id, merged).await {
        Ok(kept) => {
            *begun = true;
            take(outcomes, pieces, &kept);
        }
        Err(WriteError::NotApplied(PlatformError::Refused { .. })) if pieces.len() > 1 => {
            for piece in pieces {
                match update(shelf, thing, id, piece.fields.clone()).await {
                    Ok(kept) => {
                        *begun = true;
                        take(outcomes, std::slice::from_ref(piece), &kept);
                    }
                    Err(why) => reject(outcomes, [piece.position], why)?,
                }
            }
        }
        Err(why) => reject(outcomes, pieces.iter().map(|piece| piece.position), why)?,
    }
    Ok(())
}

/// The thing as it is after, raw.
async fn update(shelf: &Shelf, thing: &'static str, id: &str, fields: Fields) -> Result<Value, WriteError> {
    let texts = fields.contains_key("ItemECommerce");
    let call = Call::update(thing, id, Value::Object(fields));
    // Else the answer does not show it.
    let call = if texts { call.relations(&["ItemECommerce"]) } else { call };
    let mut answer = shelf.calls.write(call).await?;
    let kept = wire::rows(&mut answer, thing).into_iter().next();
    kept.ok_or_else(|| WriteError::Unknown(shelf.unexpected(&format!("an answer without its {thing}"))))
}

fn take(outcomes: &mut [EditOutcome], pieces: &[Piece], kept: &Value) {
    for piece in pieces {
        if let Some(why) = differs(&piece.fields, kept) {
            set(outcomes, piece.position, EditOutcome::Rejected(refusal(why)));
        }
    }
}

/// A refusal of these changes; what is about the connection, or leaves all open, is about the whole.
fn reject(
    outcomes: &mut [EditOutcome],
    positions: impl IntoIterator<Item = usize>,
    why: WriteError,
) -> Result<(), WriteError> {
    match why {
        WriteError::NotApplied(cause) if !cause.passes() && !matches!(cause, PlatformError::Unauthorised { .. }) => {
            for position in positions {
                set(outcomes, position, EditOutcome::Rejected(cause.clone()));
            }
            Ok(())
        }
        other => Err(other),
    }
}

fn set(outcomes: &mut [EditOutcome], position: usize, outcome: EditOutcome) {
    if let Some(place) = outcomes.get_mut(position) {
        *place = outcome;
    }
}
