//! Fields of a product that is there, brought to new values: what is judged before any call, for both catalogues, and
//! what became of each change.

use crate::domain::{Field, FieldChange, FieldValue, Listing, Status, Text};
use crate::platform::{EditOutcome, PlatformError, WriteError};

use super::calls::{refused, unknown};
use super::profile::{NAME, PICTURES, PROFILE, SKU, WORD};
use super::shop::{Catalogue, Shop};
use super::{v1, v3};

/// A change with its place in the caller's list.
pub(super) type Placed<'a> = (usize, &'a FieldChange);

/// What the answers say so far, in the order of the changes.
pub(super) struct Outcomes {
    each: Vec<Option<EditOutcome>>,
    /// Something was written: what fails from here on leaves it open what is there now.
    pub done: bool,
}

impl Outcomes {
    fn new(count: usize) -> Self {
        Self { each: vec![None; count], done: false }
    }

    pub(super) fn applied(&mut self, changes: &[Placed<'_>]) {
        self.done = true;
        changes.iter().for_each(|(position, _)| self.set(*position, EditOutcome::Applied));
    }

    pub(super) fn refuse(&mut self, position: usize, why: impl Into<String>) {
        self.set(position, EditOutcome::Rejected(refused(why)));
    }

    pub(super) fn reject(&mut self, changes: &[Placed<'_>], error: &PlatformError) {
        changes.iter().for_each(|(position, _)| self.set(*position, EditOutcome::Rejected(error.clone())));
    }

    fn set(&mut self, position: usize, outcome: EditOutcome) {
        if let Some(place) = self.each.get_mut(position) {
            *place = Some(outcome);
        }
    }

    fn finish(self) -> Vec<EditOutcome> {
        let missing = || EditOutcome::Rejected(refused("no outcome was recorded for it"));
        self.each.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect()
    }
}

/// One outcome for each change, in order.
pub(super) async fn edit(
    shop: &Shop,
    known: &Listing,
    changes: &[FieldChange],
) -> Result<Vec<EditOutcome>, WriteError> {
    let mut outcomes = Outcomes::new(changes.len());
    let mut possible: Vec<Placed<'_>> = Vec::new();
    for (position, change) in changes.iter().enumerate() {
        match check(change) {
            Ok(()) => possible.push((position, change)),
            Err(why) => outcomes.refuse(position, why),
        }
    }
    if possible.is_empty() {
        return Ok(outcomes.finish());
    }
    let catalogue = shop.catalogue().await.map_err(WriteError::NotApplied)?;
    let written = match catalogue {
        Catalogue::V3 => v3::edit::write(shop, known, &possible, &mut outcomes).await,
        Catalogue::V1 => v1::edit::write(shop, known, &possible, &mut outcomes).await,
    };
    // A part of it is done, and the rest would be if it were sent again.
    written.map_err(|error| if outcomes.done { unknown(error) } else { error })?;
    Ok(outcomes.finish())
}

/// What Wix would refuse in any case is refused without a call.
fn check(change: &FieldChange) -> Result<(), String> {
    let field = change.field;
    if !PROFILE.edits.contains(&field) {
        return Err(format!("Wix cannot be told other {}", field.label()));
    }
    match (field, &change.to) {
        (Field::Title, FieldValue::Text(title)) => name(title),
        (Field::Description, FieldValue::Text(_)) => Ok(()),
        (Field::Price | Field::CompareAtPrice, FieldValue::Money(_)) => Ok(()),
        (Field::Sku | Field::Barcode, FieldValue::Maybe(text)) => within(field.label(), text.as_ref(), SKU),
        (Field::Brand, FieldValue::Maybe(text)) => within("brand", text.as_ref(), WORD),
        (Field::Weight, FieldValue::Weight(_)) => Ok(()),
        (Field::Active, FieldValue::Status(Status::Active | Status::Draft | Status::Archived)) => Ok(()),
        (Field::Images, FieldValue::Images(images)) if images.len() > PICTURES => {
            Err(format!("Wix shows at most {PICTURES} pictures, and these are {}", images.len()))
        }
        (Field::Images, FieldValue::Images(_)) => Ok(()),
        (field, _) => Err(format!("this is no {}", field.label())),
    }
}

/// A name is never cut: the merchant decides how it is shortened.
pub(super) fn name(title: &Text) -> Result<(), String> {
    match title.chars().count() {
        0 => Err("a product needs a title".to_owned()),
        length if length > NAME => {
            Err(format!("the title has {length} characters, and Wix takes at most {NAME}; shorten it first"))
        }
        _ => Ok(()),
    }
}

pub(super) fn within(what: &str, text: Option<&Text>, most: usize) -> Result<(), String> {
    let length = text.map_or(0, |text| text.chars().count());
    match text {
        Some(text) if length > most => {
            Err(format!("the {what} {text} has {length} characters, and Wix takes at most {most}"))
        }
        _ => Ok(()),
    }
}

/// As markup that reads as this text.
pub(super) fn markup(text: &Text) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<p>{text}</p>")
}
