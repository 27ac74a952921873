//! Making an item, and finding one that was made.
//!
//! An item goes over in one batch-upsert (all or nothing) under the creation's mark as idempotency key; its quantities
//! follow in a second call under a key derived from it. If the second is refused the item stands, and the answer says
//! so; if nobody knows or it would pass, the whole creation is unknown, and looking for it completes it.
//!
//! Square keeps no searchable key of ours, so what was made is looked for by name and by SKU, and recognised by the mark
//! in its variations' `user_data` (see `creation.rs`). Looking writes nothing but quantities that lack.

use serde_json::{Value, json};

use crate::domain::{Creation, IdempotencyKey, Listing, LocationId, Quantity, RemoteId, Stock, Text};
use crate::http::LimitReading;
use crate::platform::{Created, CreatedVariant, PlatformError, WriteError};

use super::connector::Square;
use super::convert;
use super::creation::{self, Draft, Labels};
use super::feed::goes_on;
use super::pictures::MOST_PICTURES;
use super::profile::{CHANGES_MOST, PROFILE};
use super::stock::physical_count;
use super::wire;

/// Values in one set query.
const SET_MOST: usize = 250;
/// How long nothing is sent after Square said that it was too much.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

/// What became of an attempt to make an item.
enum Made {
    Now(wire::UpsertAnswer, Draft),
    /// An earlier try had made it.
    Before(Box<Created>),
}

/// What Square said to an upsert.
pub enum Upserted {
    Done(wire::UpsertAnswer),
    /// Certainly nothing was made.
    Refused(PlatformError),
    /// The key was used before, with another body.
    KeyKnown(PlatformError),
}

impl Square {
    pub(super) async fn create_item(
        &self,
        creation: &Creation,
        source: &Listing,
        location: &LocationId,
    ) -> Result<Created, WriteError> {
        let (answer, draft, mut around) = {
            // One catalogue write at a time per seller: others are answered with 429.
            let mut labels = self.catalogue.lock().await;
            match self.upsert(creation, source, &mut labels).await? {
                Made::Now(answer, draft) => {
                    (answer, draft, labels.as_ref().map(Labels::surroundings).unwrap_or_default())
                }
                Made::Before(created) => return Ok(*created),
            }
        };
        let unclear = |why: &str| WriteError::Unknown(self.http.unexpected(why));
        let item = answer.objects.iter().find(|object| object["type"] == "ITEM").cloned();
        let item = item.ok_or_else(|| unclear("the new item is missing in the answer"))?;
        let item =
            serde_json::from_value(item).map_err(|why| unclear(&format!("the new item cannot be read: {why}")))?;
        let variants = variants_by_mark(creation, source, &item);
        let variants = variants.ok_or_else(|| unclear("the answer does not name all that was made"))?;
        let mut notes = draft.notes;
        let counted = self.first_counts_or_note(creation, &variants, location, &|_| false).await;
        let (stock_set, why) = counted.map_err(WriteError::Unknown)?;
        notes.extend(why);
        if stock_set {
            let counts = first_counts(creation, &variants).into_iter();
            around.counts =
                counts.map(|(id, quantity)| ((id.into(), location.0.as_str().to_owned()), quantity)).collect();
        }
        let mut pictures = Vec::new();
        if !source.images.is_empty() {
            let (taken, lacking) = self.pictures(&item.id, creation, &source.images).await;
            pictures = taken;
            notes.extend(lacking);
        }
        match convert::listing(&item, &around, &self.locations) {
            Ok(Some(listing)) => {
                Ok(Created { listing: Listing { images: pictures, ..listing }, variants, stock_set, notes })
            }
            Ok(None) => Err(unclear("the new item is at none of the locations in use")),
            Err(why) => Err(unclear(&why)),
        }
    }

    /// Sends the item, and again only where Square said that nothing was made: options and categories were not as we
    /// knew them, or the mark was used as key for another body and nothing came of that.
    async fn upsert(
        &self,
        creation: &Creation,
        source: &Listing,
        cached: &mut Option<Labels>,
    ) -> Result<Made, WriteError> {
        // Nothing to read anew where no labels are used, or they are read now.
        let mut refreshed = cached.is_none() || !creation::needs_labels(source);
        let mut key_by_body = false;
        let mut refused: Option<(Draft, PlatformError)> = None;
        loop {
            let labels = match creation::needs_labels(source) {
                true => self.labels(cached).await.map_err(WriteError::NotApplied)?,
                false => Labels::default(),
            };
            let draft = creation::draft(creation, source, &labels);
            if let Some((_, why)) = refused.take_if(|(before, _)| before.objects == draft.objects) {
                return Err(WriteError::NotApplied(why));
            }
            let mark = &creation.mark;
            let key = if key_by_body { creation::key_for_body(mark, &draft.objects) } else { mark.clone() };
            match self.send_upsert(&key, &draft.objects).await {
                Ok(Upserted::Done(answer)) => {
                    if let Some(labels) = cached {
                        answer.objects.iter().for_each(|object| labels.take(object));
                    }
                    return Ok(Made::Now(answer, draft));
                }
                Ok(Upserted::KeyKnown(_)) if !key_by_body => {
                    let before = self.find_item(creation, source).await.map_err(WriteError::Unknown)?;
                    if let Some(created) = before {
                        return Ok(Made::Before(Box::new(created)));
                    }
                    key_by_body = true;
                }
                Ok(Upserted::KeyKnown(why)) => return Err(WriteError::Unknown(why)),
                Ok(Upserted::Refused(why)) => {
                    *cached = None;
                    if refreshed {
                        return Err(WriteError::NotApplied(why));
                    }
                    refreshed = true;
                    key_by_body = true;
                    refused = Some((draft, why));
                }
                Err(why) => {
                    *cached = None;
                    return Err(why);
                }
            }
        }
    }

    /// The catalogue's options and categories, read once and kept up from our own writes.
    pub(super) async fn labels(&self, cached: &mut Option<Labels>) -> Result<Labels, PlatformError> {
        if cached.is_none() {
            let mut labels = Labels::default();
            self.all_labels().await?.iter().for_each(|object| labels.take(object));
            *cached = Some(labels);
        }
        Ok(cached.clone().unwrap_or_default())
    }

    /// Sends whole objects, all or nothing.
    pub(super) async fn send_upsert(&self, key: &IdempotencyKey, objects: &[Value]) -> Result<Upserted, WriteError> {
        let request = self.post("/v2/catalog/batch-upsert", creation::upsert(key, objects));
        let answer = self.http.write(request.accept(&[400, 409, 429])).await?;
        if answer.status == 429 {
            self.http.observe(LimitReading { pause: Some(PAUSE), ..LimitReading::default() });
            let throttled = PlatformError::Throttled { platform: PROFILE.name, retry_after: Some(PAUSE) };
            // Square's support: "some portion of the batch upsert request is successfully completing" under a 429.
            return Err(match objects.len() {
                1 => WriteError::NotApplied(throttled),
                _ => WriteError::Unknown(throttled),
            });
        }
        let errors = wire::errors(&answer.body);
        let why = self.refused(&errors, answer.status);
        if answer.status >= 300 {
            let known = errors.iter().any(|error| error.code == "IDEMPOTENCY_KEY_REUSED");
            return Ok(if known { Upserted::KeyKnown(why) } else { Upserted::Refused(why) });
        }
        let done: wire::UpsertAnswer = answer.json().map_err(|why| WriteError::Unknown(self.http.unexpected(&why)))?;
        // Our one batch is all or nothing: with errors and without objects nothing was made.
        if done.objects.is_empty() && !done.errors.is_empty() {
            return Ok(Upserted::Refused(why));
        }
        Ok(Upserted::Done(done))
    }

    /// Sets the first counts. `Err` for what passes: the item is there, and whoever looks for it sets what lacks. What
    /// does not pass is told with the item: whether all are in place, and if not, why.
    async fn first_counts_or_note(
        &self,
        creation: &Creation,
        variants: &[CreatedVariant],
        location: &LocationId,
        counted: &(dyn Fn(&RemoteId) -> bool + Sync),
    ) -> Result<(bool, Option<String>), PlatformError> {
        match self.set_first_counts(creation, variants, location, counted).await {
            Ok(()) => Ok((true, None)),
            Err(why) if why.cause().passes() => Err(why.cause().clone()),
            Err(WriteError::Unknown(why @ PlatformError::Unexpected { .. })) => Err(why),
            Err(why) => Ok((false, Some(format!("the quantities are not set yet: {}", why.cause())))),
        }
    }

    /// The first counts of a new item, as physical counts: they also make a 0 a known 0. What is counted already is left
    /// alone, since it may have been sold from.
    async fn set_first_counts(
        &self,
        creation: &Creation,
        variants: &[CreatedVariant],
        location: &LocationId,
        counted: &(dyn Fn(&RemoteId) -> bool + Sync),
    ) -> Result<(), WriteError> {
        let wanted = first_counts(creation, variants);
        if wanted.is_empty() {
            return Ok(());
        }
        let at = self.stamp().await.map_err(WriteError::NotApplied)?;
        // A call is all or nothing, so its variants are all counted or none of them is.
        let calls = wanted.chunks(CHANGES_MOST).enumerate();
        for (number, wanted) in calls.filter(|(_, wanted)| !wanted.iter().all(|(id, _)| counted(id))) {
            let key = IdempotencyKey(format!("{}-stock-{number}", creation.mark));
            let changes: Vec<Value> = wanted
                .iter()
                .map(|(id, quantity)| physical_count(id.as_str(), location, *quantity, &key, at))
                .collect();
            self.send_changes(&changes, &key).await?;
        }
        Ok(())
    }

    pub(super) async fn find_item(
        &self,
        creation: &Creation,
        source: &Listing,
    ) -> Result<Option<Created>, PlatformError> {
        let mut found = self.item_by_name(creation, source).await?;
        if found.is_none() {
            found = self.item_by_sku(creation, source).await?;
        }
        let Some(item) = found else { return Ok(None) };
        let Some(variants) = variants_by_mark(creation, source, &item) else {
            let why = format!("the copy of {} is there, but variants of it were taken out since", source.title);
            return Err(PlatformError::Refused { platform: PROFILE.name, why });
        };
        let id = RemoteId::new(item.id.clone()).map_err(|why| self.http.unexpected(&why))?;
        let listing = self.made_listing(&id, source).await?;
        let is_counted = |id: &RemoteId| counted(&listing, id);
        if first_counts(creation, &variants).iter().all(|(id, _)| is_counted(id)) {
            let notes = lacks_pictures(&listing, source).into_iter().collect();
            return Ok(Some(Created { listing, variants, stock_set: true, notes }));
        }
        let Some(location) = self.locations.first() else {
            return Ok(Some(Created { listing, variants, stock_set: false, notes: Vec::new() }));
        };
        let (stock_set, why) = self.first_counts_or_note(creation, &variants, location, &is_counted).await?;
        let listing = self.made_listing(&id, source).await?;
        let notes = why.into_iter().chain(lacks_pictures(&listing, source)).collect();
        Ok(Some(Created { listing, variants, stock_set, notes }))
    }

    async fn made_listing(&self, id: &RemoteId, source: &Listing) -> Result<Listing, PlatformError> {
        let listing = self.listings_by_id(std::slice::from_ref(id)).await?.into_iter().next();
        listing.ok_or_else(|| {
            let why = format!("the copy of {} is there, but at none of the locations in use", source.title);
            PlatformError::Refused { platform: PROFILE.name, why }
        })
    }

    async fn item_by_name(
        &self,
        creation: &Creation,
        source: &Listing,
    ) -> Result<Option<wire::CatalogObject>, PlatformError> {
        let query = json!({"exact_query": {"attribute_name": "name", "attribute_value": source.title}});
        self.first_marked("ITEM", query, creation).await
    }

    /// For an item that was renamed since.
    async fn item_by_sku(
        &self,
        creation: &Creation,
        source: &Listing,
    ) -> Result<Option<wire::CatalogObject>, PlatformError> {
        let skus: Vec<&Text> = source.variants.iter().filter_map(|variant| variant.sku.as_ref()).collect();
        for skus in skus.chunks(SET_MOST) {
            let query = json!({"set_query": {"attribute_name": "sku", "attribute_values": skus}});
            let Some(variation) = self.first_marked("ITEM_VARIATION", query, creation).await? else { continue };
            let Some(item) = variation.item_variation_data.and_then(|data| data.item_id) else { continue };
            let (objects, _) = self.retrieve(&[item], 1, false).await?;
            return Ok(wire::objects(objects).flatten().find(|object| object.is_deleted != Some(true)));
        }
        Ok(None)
    }

    /// The first object of a search that carries the creation's mark.
    async fn first_marked(
        &self,
        kind: &str,
        query: Value,
        creation: &Creation,
    ) -> Result<Option<wire::CatalogObject>, PlatformError> {
        let mut body = json!({"object_types": [kind], "query": query, "limit": 100});
        loop {
            let (page, _) =
                self.http.read_json::<wire::CatalogPage>(self.post("/v2/catalog/search", body.clone())).await?;
            if let Some(object) = wire::objects(page.objects).flatten().find(|object| is_marked(object, creation)) {
                return Ok(Some(object));
            }
            if !goes_on(&mut body, page.cursor) {
                return Ok(None);
            }
        }
    }
}

/// What was found again may have been made without its pictures.
fn lacks_pictures(listing: &Listing, source: &Listing) -> Option<String> {
    let lacking = source.images.len().min(MOST_PICTURES).saturating_sub(listing.images.len());
    (lacking > 0).then(|| format!("{lacking} of its pictures were not copied: add them there by hand"))
}

/// A new variation has no count of its own accord: where there is one, ours arrived.
fn counted(listing: &Listing, id: &RemoteId) -> bool {
    let variant = listing.variants.iter().find(|variant| variant.remote == *id);
    variant.is_some_and(|variant| matches!(&variant.stock, Stock::Tracked(_)))
}

fn user_data(variation: &wire::CatalogObject) -> Option<&str> {
    variation.item_variation_data.as_ref()?.user_data.as_deref()
}

/// Whether a variation, or any of an item's, carries the creation's mark.
fn is_marked(object: &wire::CatalogObject, creation: &Creation) -> bool {
    let mut variations = object.item_data.iter().flat_map(|item| item.variations.iter().flatten()).chain([object]);
    variations.any(|variation| user_data(variation).is_some_and(|data| creation::is_mark(data, creation)))
}

/// The item's variations by the source's variants, as the marks say; `None` if one lacks.
fn variants_by_mark(creation: &Creation, source: &Listing, item: &wire::CatalogObject) -> Option<Vec<CreatedVariant>> {
    let variations: Vec<_> = item.item_data.as_ref()?.variations.iter().flatten().collect();
    let by_position = |position: usize| {
        let mark = creation::mark(creation, position);
        let variation = variations.iter().find(|variation| user_data(variation) == Some(mark.as_str()))?;
        Some(CreatedVariant { position, remote: RemoteId::new(variation.id.clone()).ok()?, inventory: None })
    };
    (0..source.variants.len()).map(by_position).collect()
}

/// The quantities that a creation sets, by variation.
fn first_counts(creation: &Creation, variants: &[CreatedVariant]) -> Vec<(RemoteId, Quantity)> {
    let wanted = variants.iter().filter_map(|variant| {
        let quantity = creation.quantities.get(variant.position).copied().flatten()?;
        Some((variant.remote.clone(), quantity))
    });
    wanted.collect()
}
