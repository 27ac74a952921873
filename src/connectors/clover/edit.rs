//! Fields of a product that is there, brought to new values.
//!
//! `POST /items/{id}` is a true partial update: what is not sent stays (a PUT would want the whole item). Everything for
//! one item goes in one call; where Clover refuses that, its parts are sent again one by one. The answer shows the item
//! as it is after, and is compared with what was wanted.
//!
//! The title of a product with variants is its group's name. Items that are called by the old title and their options get
//! the new one, since receipts show the item's name; a name that the merchant gave stays.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::domain::{Field, FieldChange, FieldValue, Listing, Status, Text};
use crate::http::segment;
use crate::platform::{EditOutcome, PlatformError, WriteError};

use super::calls::refusal;
use super::category;
use super::convert::{Subject, item_name, status};
use super::groups::{check_code, put_price};
use super::profile::{NAME, NAME_MOST, PROFILE};
use super::shelf::Shelf;
use super::wire::Item;

/// Fields of one item that go together, and whose change they are.
struct Piece {
    position: Option<usize>,
    fields: Map<String, Value>,
}

/// What is to be sent.
#[derive(Default)]
struct Plan {
    group_name: Option<(usize, Text)>,
    items: BTreeMap<String, Vec<Piece>>,
    category: Option<(usize, Option<Text>)>,
}

/// One outcome for each change, in order.
pub(super) async fn edit(
    shelf: &Shelf,
    known: &Listing,
    changes: &[FieldChange],
) -> Result<Vec<EditOutcome>, WriteError> {
    let mut outcomes = vec![EditOutcome::Applied; changes.len()];
    let looks = |field: Field| match field {
        Field::Active | Field::Category => true,
        Field::Title => known.structure.is_variable(),
        _ => false,
    };
    let items = match changes.iter().any(|change| looks(change.field)) {
        true => present(shelf, known).await.map_err(WriteError::NotApplied)?,
        false => Vec::new(),
    };
    let mut plan = Plan::default();
    for (position, change) in changes.iter().enumerate() {
        if let Err(why) = put(&mut plan, known, &items, position, change) {
            set(&mut outcomes, position, EditOutcome::Rejected(refusal(why)));
        }
    }
    let mut begun = false;
    send(shelf, known, plan, &items, &mut outcomes, &mut begun).await.map_err(|why| why.after(begun))?;
    Ok(outcomes)
}

/// The items of a listing as they are now.
async fn present(shelf: &Shelf, known: &Listing) -> Result<Vec<Item>, PlatformError> {
    let items = match Subject::of(&known.remote) {
        Subject::Group(group) => shelf.items_of(group).await?.map_err(refusal)?,
        Subject::Item(item) => shelf.item(item).await?.into_iter().collect(),
    };
    match items.is_empty() {
        true => Err(PlatformError::NotFound { platform: NAME, what: known.title.to_string() }),
        false => Ok(items),
    }
}

fn put(plan: &mut Plan, known: &Listing, items: &[Item], position: usize, change: &FieldChange) -> Result<(), String> {
    let variant = || change.variant.as_ref().map(ToString::to_string).ok_or("it is not said of which variant");
    match (change.field, &change.to) {
        (field, _) if !PROFILE.edits.contains(&field) => {
            return Err(format!("Clover's inventory has no {} that can be written", field.label()));
        }
        (Field::Title, FieldValue::Text(title)) => put_title(plan, known, items, position, title)?,
        (Field::Price, FieldValue::Money(money)) => {
            let of = known.variants.iter().find(|variant| Some(&variant.remote) == change.variant.as_ref());
            let mut fields = Map::new();
            put_price(&mut fields, money.map(|money| money.minor), of.is_none_or(|variant| variant.price.is_none()));
            plan.add(variant()?, Some(position), fields);
        }
        (Field::Sku | Field::Barcode, FieldValue::Maybe(text)) => {
            let text = text.as_deref().unwrap_or_default();
            check_code(text).map_err(|why| why.to_string())?;
            let name = if change.field == Field::Sku { "sku" } else { "code" };
            plan.add(variant()?, Some(position), Map::from_iter([(name.to_owned(), json!(text))]));
        }
        (Field::Active, FieldValue::Status(wanted)) => put_status(plan, items, position, *wanted),
        (Field::Category, FieldValue::Maybe(wanted)) => plan.category = Some((position, wanted.clone())),
        (field, to) => return Err(format!("{to} is no {}", field.label())),
    }
    Ok(())
}

fn put_title(plan: &mut Plan, known: &Listing, items: &[Item], position: usize, title: &Text) -> Result<(), String> {
    match title.chars().count() {
        0 => return Err("a product has to have a title".to_owned()),
        1..=NAME_MOST => {}
        has => return Err(format!("the title has {has} characters, and Clover takes {NAME_MOST}")),
    }
    if !known.structure.is_variable() {
        plan.add(
            known.remote.to_string(),
            Some(position),
            Map::from_iter([("name".to_owned(), json!(title.as_str()))]),
        );
        return Ok(());
    }
    plan.group_name = Some((position, title.clone()));
    for item in items {
        let Some(variant) = known.variants.iter().find(|variant| variant.remote.as_str() == item.id) else { continue };
        let called = |title: &str| item_name(title, variant.options.iter().map(|option| option.value.as_str()));
        if item.name.as_deref() == Some(called(&known.title).as_str()) {
            plan.add(item.id.clone(), None, Map::from_iter([("name".to_owned(), json!(called(title)))]));
        }
    }
    Ok(())
}

/// On sale: available and not hidden. Where Clover manages availability by the stock, `available` is not ours to say, and
/// the item is hidden instead.
fn put_status(plan: &mut Plan, items: &[Item], position: usize, wanted: Status) {
    let on_sale = wanted == Status::Active;
    // A product of which one item is on sale is on sale: which of the others are is the merchant's choice.
    if on_sale && items.iter().any(|item| status(item) == Status::Active) {
        return;
    }
    for item in items.iter().filter(|item| (status(item) == Status::Active) != on_sale) {
        let mut fields = Map::new();
        match item.auto_manage == Some(true) {
            true => drop(fields.insert("hidden".to_owned(), json!(!on_sale))),
            false => drop(fields.insert("available".to_owned(), json!(on_sale))),
        }
        if on_sale && item.hidden == Some(true) {
            fields.insert("hidden".to_owned(), json!(false));
        }
        plan.add(item.id.clone(), Some(position), fields);
    }
}

impl Plan {
    fn add(&mut self, item: String, position: Option<usize>, fields: Map<String, Value>) {
        self.items.entry(item).or_default().push(Piece { position, fields });
    }
}

async fn send(
    shelf: &Shelf,
    known: &Listing,
    plan: Plan,
    items: &[Item],
    outcomes: &mut [EditOutcome],
    begun: &mut bool,
) -> Result<(), WriteError> {
    if let (Some((position, name)), Subject::Group(group)) = (plan.group_name, Subject::of(&known.remote)) {
        let path = format!("/item_groups/{}", segment(group));
        match shelf.calls.write(shelf.calls.post(&path, json!({"name": name.as_str()}))).await {
            Ok(_) => *begun = true,
            Err(why) => reject(outcomes, [Some(position)], why)?,
        }
    }
    for (id, pieces) in &plan.items {
        let merged = pieces.iter().flat_map(|piece| piece.fields.clone()).collect();
        match update(shelf, id, merged).await {
            Ok(kept) => {
                *begun = true;
                take(outcomes, pieces, &kept);
            }
            Err(WriteError::NotApplied(PlatformError::Refused { .. })) if pieces.len() > 1 => {
                for piece in pieces {
                    match update(shelf, id, piece.fields.clone()).await {
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
    }
    if let Some((position, wanted)) = plan.category {
        let done = category::set(shelf, items, wanted.as_ref(), begun).await;
        if let Err(why) = done {
            reject(outcomes, [Some(position)], why)?;
        }
    }
    Ok(())
}

/// The item as it is after, raw.
async fn update(shelf: &Shelf, id: &str, fields: Map<String, Value>) -> Result<Value, WriteError> {
    let path = format!("/items/{}", segment(id));
    shelf.calls.write_json(shelf.calls.post(&path, Value::Object(fields))).await
}

/// What was sent and is not there afterwards. A text that was taken out may be blank or missing; what the answer does not
/// show says nothing.
fn take(outcomes: &mut [EditOutcome], pieces: &[Piece], kept: &Value) {
    for piece in pieces {
        let differs = |(name, wanted): (&String, &Value)| match kept.get(name) {
            Some(there) if there == wanted => None,
            Some(Value::Null) if *wanted == json!("") => None,
            Some(there) => Some(format!("Clover kept {there} as {name}")),
            None => None,
        };
        if let (Some(position), Some(why)) = (piece.position, piece.fields.iter().find_map(differs)) {
            set(outcomes, position, EditOutcome::Rejected(refusal(why)));
        }
    }
}

/// A refusal of these changes; what is about the connection, or leaves all open, is about the whole.
fn reject(
    outcomes: &mut [EditOutcome],
    positions: impl IntoIterator<Item = Option<usize>>,
    why: WriteError,
) -> Result<(), WriteError> {
    match why {
        WriteError::NotApplied(cause) if !cause.passes() && !matches!(cause, PlatformError::Unauthorised { .. }) => {
            for position in positions.into_iter().flatten() {
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
