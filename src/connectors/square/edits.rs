//! Writing to an item that is there: changed fields, further variations, archiving.
//!
//! Always the same way: the object as Square has it now, the change in it, all of it back. Square compares versions; if
//! somebody was quicker, the object is read again and it is tried once more. The key of a call is a hash of what is sent,
//! versions included, so the same call twice is one.
//!
//! Deleting is archiving: orders and counts go on referring to an archived item, and it can be brought back, while one
//! that is deleted never can.

mod additions;
mod objects;

use serde_json::{Value, json};

use crate::domain::{FieldChange, FieldValue, IdempotencyKey, Listing, Quantity, RemoteId, Stock, Variant};
use crate::platform::{EditOutcome, PlatformError, WriteError};

use super::connector::Square;
use super::creation::Labels;
use super::making::Upserted;
use super::profile::{CHANGES_MOST, PROFILE};
use super::stock::physical_count;
use objects::Why;

/// Times that a write is tried: once, and once more if somebody changed the object meanwhile.
const TRIES: usize = 2;

/// Square's word on an edit: what became of each change, or why nothing of it was done.
type Answered = Result<Vec<EditOutcome>, PlatformError>;

impl Square {
    pub(super) async fn edit_item(
        &self,
        known: &Listing,
        changes: &[FieldChange],
    ) -> Result<Vec<EditOutcome>, WriteError> {
        let writable: Vec<&FieldChange> =
            changes.iter().filter(|change| PROFILE.edits.contains(&change.field)).collect();
        let mut written = if writable.is_empty() {
            Vec::new()
        } else {
            let mut labels = self.catalogue.lock().await;
            match self.edit_together(&known.remote, &writable, &mut labels).await? {
                Ok(outcomes) => outcomes,
                Err(why) if writable.len() == 1 => vec![EditOutcome::Rejected(why)],
                // One of them is what Square does not like; the others shall not suffer for it.
                Err(_) => self.edit_one_by_one(&known.remote, &writable, &mut labels).await?,
            }
        }
        .into_iter();
        let outcome = |change: &FieldChange| {
            let written = if PROFILE.edits.contains(&change.field) { written.next() } else { None };
            written.unwrap_or_else(|| {
                let why = format!("{} cannot be written there", change.field.label());
                EditOutcome::Rejected(PlatformError::Refused { platform: PROFILE.name, why })
            })
        };
        Ok(changes.iter().map(outcome).collect())
    }

    async fn edit_one_by_one(
        &self,
        item: &RemoteId,
        changes: &[&FieldChange],
        labels: &mut Option<Labels>,
    ) -> Result<Vec<EditOutcome>, WriteError> {
        let mut outcomes = Vec::new();
        for change in changes {
            match self.edit_together(item, std::slice::from_ref(change), labels).await {
                Ok(Ok(outcome)) => outcomes.extend(outcome),
                Ok(Err(why)) | Err(WriteError::NotApplied(why)) => outcomes.push(EditOutcome::Rejected(why)),
                Err(unknown) => return Err(unknown),
            }
        }
        Ok(outcomes)
    }

    async fn edit_together(
        &self,
        item: &RemoteId,
        changes: &[&FieldChange],
        cached: &mut Option<Labels>,
    ) -> Result<Answered, WriteError> {
        let names_category = |change: &&FieldChange| matches!(change.to, FieldValue::Maybe(Some(_)));
        let by_name = changes.iter().any(|c| c.field == crate::domain::Field::Category && names_category(c));
        let main = self.locations.first().map(|location| location.0.as_str());
        let mut outcomes = Vec::new();
        let written = self
            .replace(item, cached, by_name, |object, labels| {
                let edited = objects::edit(object, changes, main, labels);
                outcomes = edited.outcomes;
                Ok(edited.objects)
            })
            .await?;
        let outcome = |outcome| match outcome {
            Ok(()) => EditOutcome::Applied,
            Err(Why::Gone(what)) => EditOutcome::Rejected(PlatformError::NotFound { platform: PROFILE.name, what }),
            Err(Why::Refused(why)) => EditOutcome::Rejected(PlatformError::Refused { platform: PROFILE.name, why }),
        };
        Ok(written.map(|()| outcomes.into_iter().map(outcome).collect()))
    }

    /// Reads an item, and writes what `change` makes of it, if anything. The inner error is Square's (or our own) no:
    /// nothing was written.
    async fn replace(
        &self,
        item: &RemoteId,
        cached: &mut Option<Labels>,
        needs_labels: bool,
        mut change: impl FnMut(&Value, &Labels) -> Result<Vec<Value>, String>,
    ) -> Result<Result<(), PlatformError>, WriteError> {
        let mut refused: Option<(Vec<Value>, PlatformError)> = None;
        for _ in 0..TRIES {
            let object = self.raw_item(item).await.map_err(WriteError::NotApplied)?;
            let labels = match needs_labels {
                true => self.labels(cached).await.map_err(WriteError::NotApplied)?,
                false => Labels::default(),
            };
            let objects = match change(&object, &labels) {
                Ok(objects) => objects,
                Err(why) => return Ok(Err(PlatformError::Refused { platform: PROFILE.name, why })),
            };
            // What was asked for stands there, or Square would only say the same again.
            if objects.is_empty() {
                return Ok(Ok(()));
            }
            if let Some((_, why)) = refused.take_if(|(before, _)| *before == objects) {
                return Ok(Err(why));
            }
            match self.send_upsert(&key_of(&objects), &objects).await? {
                Upserted::Done(answer) => {
                    if let Some(labels) = cached {
                        answer.objects.iter().for_each(|object| labels.take(object));
                    }
                    return Ok(Ok(()));
                }
                Upserted::Refused(why) | Upserted::KeyKnown(why) => {
                    *cached = None;
                    refused = Some((objects, why));
                }
            }
        }
        let why = refused.map(|(_, why)| why);
        Ok(Err(why.unwrap_or_else(|| self.http.unexpected("the write was not answered"))))
    }

    /// An item as Square has it, whole.
    async fn raw_item(&self, id: &RemoteId) -> Result<Value, PlatformError> {
        let (objects, _) = self.retrieve(&[id.as_str().to_owned()], 1, false).await?;
        let found = objects.into_iter().find(|object| object["type"] == "ITEM" && object["is_deleted"] != json!(true));
        found.ok_or_else(|| PlatformError::NotFound { platform: PROFILE.name, what: format!("item {id} any more") })
    }

    pub(super) async fn add_variations(&self, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
        {
            let mut labels = self.catalogue.lock().await;
            let add = |item: &Value, labels: &Labels| additions::additions(item, variants, labels);
            self.replace(&known.remote, &mut labels, true, add).await?.map_err(WriteError::NotApplied)?;
        }
        // From here on it is done, and doing it again does no harm.
        let unknown = |why| WriteError::Unknown(why);
        let listing = self.listing_now(&known.remote).await.map_err(unknown)?;
        if self.first_counts_of_added(&listing).await? {
            return self.listing_now(&known.remote).await.map_err(unknown);
        }
        Ok(listing)
    }

    async fn listing_now(&self, id: &RemoteId) -> Result<Listing, PlatformError> {
        let found = self.listings_by_id(std::slice::from_ref(id)).await?.into_iter().next();
        let what = || format!("item {id} at the locations in use");
        found.ok_or_else(|| PlatformError::NotFound { platform: PROFILE.name, what: what() })
    }

    /// A variation that was just made has a count of none, and Square does not know it before somebody says so. Only
    /// those that we added; a count that nobody took is not ours to invent.
    async fn first_counts_of_added(&self, listing: &Listing) -> Result<bool, WriteError> {
        let Some(location) = self.locations.first() else { return Ok(false) };
        let item = self.raw_item(&listing.remote).await.map_err(WriteError::Unknown)?;
        let variations = item["item_data"]["variations"].as_array().into_iter().flatten();
        let ours: Vec<&str> = variations
            .filter(|variation| variation["item_variation_data"]["user_data"] == additions::ADDED)
            .filter_map(|variation| variation["id"].as_str())
            .collect();
        let uncounted = listing.variants.iter().filter(|variant| variant.stock == Stock::Unknown);
        let wanted: Vec<&str> = uncounted.map(|v| v.remote.as_str()).filter(|id| ours.contains(id)).collect();
        for ids in wanted.chunks(CHANGES_MOST) {
            let key = key_of(&[json!(ids), json!("first counts")]);
            let at = self.stamp().await.map_err(WriteError::Unknown)?;
            let changes: Vec<Value> =
                ids.iter().map(|id| physical_count(id, location, Quantity::ZERO, &key, at)).collect();
            self.send_changes(&changes, &key).await.map_err(|why| WriteError::Unknown(why.cause().clone()))?;
        }
        Ok(!wanted.is_empty())
    }

    pub(super) async fn archive_item(&self, item: &RemoteId) -> Result<(), WriteError> {
        let mut labels = self.catalogue.lock().await;
        let archive = |object: &Value, _: &Labels| Ok(objects::archived(object).into_iter().collect());
        match self.replace(item, &mut labels, false, archive).await {
            Err(WriteError::NotApplied(PlatformError::NotFound { .. })) => Ok(()),
            Err(why) => Err(why),
            Ok(answer) => answer.map_err(WriteError::NotApplied),
        }
    }
}

/// The same for the same objects in the same versions, and for nothing else.
fn key_of(objects: &[Value]) -> IdempotencyKey {
    let hash = blake3::hash(Value::from(objects.to_vec()).to_string().as_bytes()).to_hex();
    IdempotencyKey(hash.as_str().get(..32).unwrap_or_default().to_owned())
}
