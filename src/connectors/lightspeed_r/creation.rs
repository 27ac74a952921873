//! Making a product, and finding what an earlier try has made.
//!
//! R-Series has no idempotency keys and no field for a note of ours. What there is: every item has a manufacturer's SKU,
//! which lists can be asked for, and which nobody else gives a copy. So each item that is made carries the creation's mark
//! there, with its position behind it. A matrix has nothing but its name; one of the product's name without a single item
//! in it is taken for what a broken try has left.
//!
//! [`create`] makes no look-up of its own: when its outcome was unknown, [`find`] comes first. [`find`] answers only with
//! what is whole, and completes what is not. A definite refusal leaves nothing behind: what was made until then is
//! archived, and only if that fails too is the outcome unknown.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{Creation, Listing, RemoteId, Structure, Text};
use crate::platform::{Created, CreatedVariant, PlatformError, WriteError};

use super::body::{self, Fields};
use super::calls::{Call, refusal};
use super::convert::item_name;
use super::lists;
use super::profile::ATTRIBUTES_MOST;
use super::shelf::{Shelf, readable};
use super::terms::{self, Slots};
use super::wire::{Item, Matrix};

/// How much of the mark is written: 80 bits, so that a short field holds it.
const MARK: usize = 20;

fn mark(creation: &Creation) -> String {
    format!("counterpart-{}-", creation.mark.0.get(..MARK).unwrap_or(&creation.mark.0))
}

fn position(creation: &Creation, item: &Item) -> Option<usize> {
    item.manufacturer_sku.text()?.strip_prefix(&mark(creation))?.parse().ok()
}

/// Numbers of what all items of a product refer to.
struct Terms {
    manufacturer: Option<String>,
    category: Option<String>,
    notes: Vec<String>,
}

impl Terms {
    async fn of(shelf: &Shelf, source: &Listing) -> Result<Self, WriteError> {
        let mut terms = Self { manufacturer: None, category: None, notes: Vec::new() };
        if let Some(brand) = &source.brand {
            terms.manufacturer = Some(terms::manufacturer(shelf, brand).await?);
        }
        if let Some(category) = &source.category {
            match terms::category(shelf, category).await {
                Ok(id) => terms.category = Some(id),
                // A name that cannot be one of R-Series' is no reason to do without the product.
                Err(WriteError::NotApplied(PlatformError::Refused { why, .. })) => {
                    terms.notes.push(format!("the category did not go over: {why}"));
                }
                Err(why) => return Err(why),
            }
        }
        Ok(terms)
    }

    fn put(&self, fields: &mut Fields) {
        for (name, id) in [("manufacturerID", &self.manufacturer), ("categoryID", &self.category)] {
            if let Some(id) = id {
                fields.insert(name.to_owned(), json!(id));
            }
        }
    }
}

pub async fn create(shelf: &Shelf, creation: &Creation, source: &Listing) -> Result<Created, WriteError> {
    let options = options(source).map_err(|why| WriteError::NotApplied(refusal(why)))?;
    let terms = Terms::of(shelf, source).await?;
    let mut notes = [body::lost(source), terms.notes.clone()].concat();
    if let (false, [variant]) = (source.structure.is_variable(), &source.variants[..]) {
        let mut fields = body::article(&source.title, variant, !creation.draft, &mut notes);
        fields.insert("manufacturerSku".to_owned(), json!(format!("{}0", mark(creation))));
        terms.put(&mut fields);
        describe(source, &mut fields);
        let item: Item = made(shelf, "Item", fields).await?;
        let id = item.id.id().unwrap_or_default().to_owned();
        return told(shelf, &id, BTreeMap::from([(0, id.clone())]), notes).await.map_err(WriteError::Unknown);
    }
    let slots = terms::slots(shelf, &options).await?;
    notes.extend(slots.note.clone());
    let mut fields = Fields::new();
    fields.insert("description".to_owned(), json!(source.title.as_str()));
    fields.insert("itemAttributeSetID".to_owned(), json!(slots.set));
    terms.put(&mut fields);
    describe(source, &mut fields);
    let matrix: Matrix = made(shelf, "ItemMatrix", fields).await?;
    let id = matrix.id.id().unwrap_or_default().to_owned();
    complete(shelf, creation, source, &Whole { matrix: id, slots, terms }, &[], notes).await
}

/// A matrix on its way.
struct Whole {
    matrix: String,
    slots: Slots,
    terms: Terms,
}

fn options(source: &Listing) -> Result<Vec<Text>, String> {
    let Structure::Variable { options } = &source.structure else { return Ok(Vec::new()) };
    match options.len() {
        1..=ATTRIBUTES_MOST => Ok(options.clone()),
        0 => Err("a product with variants has to have an option that tells them apart".to_owned()),
        has => Err(format!("the product has {has} options, and R-Series takes {ATTRIBUTES_MOST}")),
    }
}

fn describe(source: &Listing, fields: &mut Fields) {
    if !source.description.is_empty() {
        fields.insert("ItemECommerce".to_owned(), body::long_description(&source.description));
    }
}

async fn made<T: serde::de::DeserializeOwned>(
    shelf: &Shelf,
    thing: &'static str,
    fields: Fields,
) -> Result<T, WriteError> {
    let answer = shelf.calls.write(Call::create(thing, Value::Object(fields))).await?;
    shelf.answered(answer, thing).map_err(WriteError::Unknown)
}

/// `Ok(None)`: nothing of it is there. For a single item this reads only.
pub async fn find(shelf: &Shelf, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError> {
    if !source.structure.is_variable() {
        let list = Call::list("Item").query("manufacturerSku", format!("{}0", mark(creation)));
        let items: Vec<Item> = readable(lists::all(&shelf.calls, list).await?);
        let found = items.iter().find(|item| position(creation, item) == Some(0) && !item.is_archived());
        let Some(id) = found.and_then(|item| item.id.id()) else { return Ok(None) };
        return told(shelf, id, BTreeMap::from([(0, id.to_owned())]), Vec::new()).await.map(Some);
    }
    // "You can use the % character as a wild card."
    let list = Call::list("Item").query("manufacturerSku", format!("~,{}%", mark(creation)));
    let items: Vec<Item> = readable(lists::all(&shelf.calls, list).await?);
    let items: Vec<Item> = items.into_iter().filter(|item| position(creation, item).is_some()).collect();
    let matrix = match items.iter().find_map(|item| item.matrix.id()) {
        Some(matrix) => Some(matrix.to_owned()),
        None => empty_matrix(shelf, source).await?,
    };
    let Some(matrix) = matrix else { return Ok(None) };
    let completed = async {
        let options = options(source).map_err(|why| WriteError::NotApplied(refusal(why)))?;
        let terms = Terms::of(shelf, source).await?;
        let slots = set_of(shelf, &matrix, &options).await?;
        complete(shelf, creation, source, &Whole { matrix, slots, terms }, &items, Vec::new()).await
    };
    match completed.await {
        Ok(created) => Ok(Some(created)),
        // It could not be completed, and what there was is archived. The next creation will say why.
        Err(WriteError::NotApplied(why)) if !why.passes() => Ok(None),
        Err(WriteError::NotApplied(cause) | WriteError::Unknown(cause)) => Err(cause),
    }
}

/// A matrix of the product's name without items.
async fn empty_matrix(shelf: &Shelf, source: &Listing) -> Result<Option<String>, PlatformError> {
    let rows = terms::named(shelf, Call::list("ItemMatrix"), "description", &source.title).await?;
    for matrix in readable::<Matrix>(rows) {
        let is_it = matrix.description.text().map(Text::new).as_ref() == Some(&source.title);
        let Some(id) = matrix.id.id().filter(|_| is_it && !matrix.archived.is(true)) else { continue };
        let list = Call::list("Item").query("itemMatrixID", id).query("archived", true).query("limit", 1);
        let (mut body, _) = shelf.calls.read(list).await?;
        if super::wire::rows(&mut body, "Item").is_empty() {
            return Ok(Some(id.to_owned()));
        }
    }
    Ok(None)
}

/// The slots of the set that the matrix was made with.
async fn set_of(shelf: &Shelf, matrix: &str, options: &[Text]) -> Result<Slots, WriteError> {
    let matrix: Option<Matrix> = shelf.one("ItemMatrix", matrix, &[]).await.map_err(WriteError::NotApplied)?;
    let set = matrix.as_ref().and_then(|matrix| matrix.set.id()).unwrap_or_default();
    let set = shelf.set(set).await.map_err(WriteError::NotApplied)?;
    let slots = set.as_ref().and_then(Slots::of);
    let fits = |slots: &Slots| {
        let blank =
            options.iter().map(|option| crate::domain::OptionValue { option: option.clone(), value: Text::default() });
        slots.attributes(&blank.collect::<Vec<_>>()).is_ok()
    };
    match slots.filter(fits) {
        Some(slots) => Ok(slots),
        // One that stands for them.
        None => terms::slots(shelf, options).await,
    }
}

/// Adds what is missing of a matrix, and tells of the whole. `NotApplied` says that nothing is left of the product.
async fn complete(
    shelf: &Shelf,
    creation: &Creation,
    source: &Listing,
    whole: &Whole,
    there: &[Item],
    mut notes: Vec<String>,
) -> Result<Created, WriteError> {
    let mut ids: BTreeMap<usize, String> =
        there.iter().filter_map(|item| Some((position(creation, item)?, item.id.id()?.to_owned()))).collect();
    match fill(shelf, creation, source, whole, &mut ids, &mut notes).await {
        Ok(()) => {
            notes.dedup();
            let remote = format!("matrix:{}", whole.matrix);
            told(shelf, &remote, ids, notes).await.map_err(WriteError::Unknown)
        }
        // It will pass: then the look-up goes on where this stopped.
        Err(WriteError::NotApplied(cause)) if cause.passes() => Err(WriteError::Unknown(cause)),
        Err(WriteError::NotApplied(cause)) => {
            // "All items in the matrix will also be archived."
            match shelf.calls.write(Call::archive("ItemMatrix", &whole.matrix)).await {
                Ok(_) | Err(WriteError::NotApplied(PlatformError::NotFound { .. })) => {
                    Err(WriteError::NotApplied(cause))
                }
                Err(_) => Err(WriteError::Unknown(cause)),
            }
        }
        Err(unknown) => Err(unknown),
    }
}

async fn fill(
    shelf: &Shelf,
    creation: &Creation,
    source: &Listing,
    whole: &Whole,
    ids: &mut BTreeMap<usize, String>,
    notes: &mut Vec<String>,
) -> Result<(), WriteError> {
    for (position, variant) in source.variants.iter().enumerate() {
        if ids.contains_key(&position) {
            continue;
        }
        let name = item_name(&source.title, variant.options.iter().map(|option| option.value.as_str()));
        let mut fields = body::article(&name, variant, !creation.draft, notes);
        let attributes = whole.slots.attributes(&variant.options);
        let attributes = attributes.map_err(|why| WriteError::NotApplied(refusal(why)))?;
        fields.insert("itemMatrixID".to_owned(), json!(whole.matrix));
        fields.insert("ItemAttributes".to_owned(), attributes);
        fields.insert("manufacturerSku".to_owned(), json!(format!("{}{position}", mark(creation))));
        whole.terms.put(&mut fields);
        let item: Item = made(shelf, "Item", fields).await?;
        ids.insert(position, item.id.id().unwrap_or_default().to_owned());
    }
    Ok(())
}

/// What was made, read as it is now.
async fn told(
    shelf: &Shelf,
    remote: &str,
    ids: BTreeMap<usize, String>,
    notes: Vec<String>,
) -> Result<Created, PlatformError> {
    let unclear = |why: String| shelf.unexpected(&why);
    let remote = RemoteId::new(remote).map_err(unclear)?;
    let present = shelf.present(&remote).await?.ok_or_else(|| unclear("the new product is not there".to_owned()))?;
    let listing = shelf.listing_of(&present).await?;
    let mut variants = Vec::with_capacity(ids.len());
    for (position, id) in ids {
        let remote = RemoteId::new(id).map_err(unclear)?;
        if !listing.variants.iter().any(|variant| variant.remote == remote) {
            return Err(refusal(format!(
                "the copy of {} is there, but variants of it were taken out since",
                listing.title
            )));
        }
        variants.push(CreatedVariant { position, remote, inventory: None });
    }
    Ok(Created { listing, variants, stock_set: false, notes })
}
