//! Making a product, and finding what an earlier try has made.
//!
//! A simple product is one call, and a look at it. One with variants is the product, then its combinations: few of them
//! one by one, many in a batch. So it can be left half made. There is no idempotency key for a product; what there is:
//! everything that is made carries the creation's mark as its external reference, which can be searched for.
//!
//! [`create`] makes no look-up of its own: when its outcome was unknown, [`find`] comes first. [`find`] answers only with
//! what is whole, and completes what is not. A definite refusal leaves nothing behind: what was made until then is
//! deleted, and only if that fails too is the outcome unknown. Pictures come last, and are no reason to refuse a product.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::{Creation, Listing, Stock};
use crate::platform::{Created, CreatedVariant, PlatformError, WriteError};

use super::batch::{self, Ended, Part};
use super::body;
use super::calls::{refusal, refused};
use super::convert;
use super::pictures;
use super::profile::BATCH;
use super::shelf::Shelf;
use super::wire::{Combination, Found, Made, Product, Scalar};

/// Combinations that are made one by one; more go in a batch, which is three calls at least.
const FEW: usize = 3;

pub(super) async fn create(shelf: &Shelf, creation: &Creation, source: &Listing) -> Result<Created, WriteError> {
    let facts = shelf.facts_now().await.map_err(WriteError::NotApplied)?;
    let product = body::product(creation, source, &facts).map_err(refused)?;
    // All of it is looked at before the first call.
    combinations(creation, source, &facts, &[]).map_err(refused)?;
    let made: Made = shelf.calls.write_json(shelf.calls.post("/products", product)).await?;
    let unclear = || WriteError::Unknown(shelf.calls.unexpected("the answer to a creation has no id"));
    let id = made.id.number().ok_or_else(unclear)?;
    let mut notes = Vec::new();
    complete(shelf, creation, source, id, &[]).await?;
    notes.extend(pictures::add(shelf, id, &source.images).await);
    let mut created = whole(shelf, creation, source, id).await.map_err(WriteError::Unknown)?;
    created.notes.extend(notes);
    Ok(created)
}

/// `Ok(None)`: nothing of it is there. For a single variant this reads only.
pub(super) async fn find(
    shelf: &Shelf,
    creation: &Creation,
    source: &Listing,
) -> Result<Option<Created>, PlatformError> {
    let Some(id) = marked(shelf, creation, source).await? else { return Ok(None) };
    let Some(product) = shelf.product(id).await? else { return Ok(None) };
    let mut notes = Vec::new();
    if source.structure.is_variable() {
        match complete(shelf, creation, source, id, &product.combinations).await {
            Ok(()) => {}
            // It could not be completed, and what there was is deleted. The next creation will say why.
            Err(WriteError::NotApplied(_)) => return Ok(None),
            Err(WriteError::Unknown(cause)) => return Err(cause),
        }
        if product.media.images.is_empty() {
            notes = pictures::add(shelf, id, &source.images).await;
        }
    } else if product.media.images.len() < source.images.len() {
        notes.push("not all pictures arrived; add the missing ones in E-Series".to_owned());
    }
    let mut created = whole(shelf, creation, source, id).await?;
    created.notes.extend(notes);
    Ok(Some(created))
}

/// The product that this creation has made, whole or in part. Should the search for the reference lag behind, the search
/// for a SKU or the list of the newest may not.
async fn marked(shelf: &Shelf, creation: &Creation, source: &Listing) -> Result<Option<u64>, PlatformError> {
    let mark = body::mark(creation, None);
    let mut questions = vec![("externalReferenceId", mark.clone())];
    let sku = source.variants.iter().find_map(|variant| variant.sku.as_ref());
    questions.extend(sku.map(|sku| ("sku", sku.to_string())));
    questions.push(("sortBy", "ADDED_TIME_DESC".to_owned()));
    for (name, value) in questions {
        let request = shelf
            .calls
            .get("/products")
            .query(name, value)
            .query("limit", super::profile::PAGE)
            .query("responseFields", "total,items(id,externalReferenceId)");
        let (found, _) = shelf.calls.read_json::<Found>(request).await?;
        let carries = |item: &&Value| item.get("externalReferenceId").and_then(Value::as_str) == Some(mark.as_str());
        let id = found.items.iter().find(carries).and_then(|item| Scalar::from(item.get("id")?).number());
        if id.is_some() {
            return Ok(id);
        }
    }
    Ok(None)
}

/// The combinations that are missing, as parts of a batch without their product.
fn combinations(
    creation: &Creation,
    source: &Listing,
    facts: &convert::Facts,
    there: &[Combination],
) -> Result<Vec<Value>, String> {
    if !source.structure.is_variable() {
        return Ok(Vec::new());
    }
    let there = by_position(creation, there);
    let missing = (0..source.variants.len()).filter(|position| !there.contains_key(position));
    missing.map(|position| body::combination(creation, source, position, facts)).collect()
}

fn by_position<'a>(creation: &Creation, all: &'a [Combination]) -> BTreeMap<usize, &'a Combination> {
    let position = |one: &Combination| body::position(creation, one.external_reference_id.text());
    all.iter().filter_map(|one| Some((position(one)?, one))).collect()
}

/// Adds the combinations that are missing. `NotApplied` says that nothing is left of the product.
///
/// An earlier batch may go on meanwhile, and take the place of combinations that are sent here. So a refusal is taken for
/// one only if something is missing after it.
async fn complete(
    shelf: &Shelf,
    creation: &Creation,
    source: &Listing,
    id: u64,
    there: &[Combination],
) -> Result<(), WriteError> {
    let facts = shelf.facts().await.map_err(WriteError::Unknown)?;
    let missing = combinations(creation, source, &facts, there).map_err(refused)?;
    let path = format!("/products/{id}/combinations");
    let cause = match make(shelf, &path, missing).await {
        Ok(()) => return Ok(()),
        Err(WriteError::Unknown(cause)) => return Err(WriteError::Unknown(cause)),
        // It will pass: then the look-up goes on where this stopped.
        Err(WriteError::NotApplied(cause)) if cause.passes() => return Err(WriteError::Unknown(cause)),
        Err(WriteError::NotApplied(cause)) => cause,
    };
    let now = shelf.product(id).await.map_err(WriteError::Unknown)?;
    match now.map(|now| combinations(creation, source, &facts, &now.combinations)) {
        Some(Ok(missing)) if missing.is_empty() => Ok(()),
        _ => Err(take_back(shelf, id, cause).await),
    }
}

/// Makes combinations of one product. `NotApplied` says that at least one was refused for good; others may be there.
pub(super) async fn make(shelf: &Shelf, path: &str, bodies: Vec<Value>) -> Result<(), WriteError> {
    if bodies.len() <= FEW {
        for body in bodies {
            shelf.calls.write(shelf.calls.post(path, body)).await?;
        }
        return Ok(());
    }
    for some in bodies.chunks(BATCH) {
        let part = |body: &Value| Part { method: "POST", path: path.to_owned(), body: body.clone() };
        let parts: Vec<Part> = some.iter().map(part).collect();
        let mut refused: Option<PlatformError> = None;
        for end in batch::run(shelf, &parts).await? {
            match end {
                Ended::Done(_) => {}
                Ended::Unknown(cause) => return Err(WriteError::Unknown(cause)),
                // One for good says more than one that passes.
                Ended::Refused(cause) if refused.as_ref().is_none_or(PlatformError::passes) => refused = Some(cause),
                Ended::Refused(_) => {}
            }
        }
        if let Some(cause) = refused {
            return Err(WriteError::NotApplied(cause));
        }
    }
    Ok(())
}

/// Deletes what this creation has made, so that nothing half is left in the shop.
async fn take_back(shelf: &Shelf, id: u64, cause: PlatformError) -> WriteError {
    match shelf.calls.write(shelf.calls.delete(&format!("/products/{id}"))).await {
        Ok(_) | Err(WriteError::NotApplied(PlatformError::NotFound { .. })) => WriteError::NotApplied(cause),
        Err(_) => WriteError::Unknown(cause),
    }
}

/// Read as it is now: the answers to creations have a number and nothing else.
async fn whole(shelf: &Shelf, creation: &Creation, source: &Listing, id: u64) -> Result<Created, PlatformError> {
    let product: Product = shelf.product(id).await?.ok_or_else(|| shelf.calls.unexpected("the new product is gone"))?;
    let listing = shelf.listing_of(&product).await?.map_err(|why| shelf.calls.unexpected(&why))?;
    let by_position = by_position(creation, &product.combinations);
    let mut variants = Vec::with_capacity(source.variants.len());
    for position in 0..source.variants.len() {
        let remote = match by_position.get(&position) {
            Some(combination) => convert::remote(&combination.id).map_err(|why| shelf.calls.unexpected(&why))?,
            None if !source.structure.is_variable() => listing.remote.clone(),
            None => {
                return Err(refusal(format!(
                    "the copy of {} is there, but variants of it were taken out since",
                    source.title
                )));
            }
        };
        variants.push(CreatedVariant { position, remote, inventory: None });
    }
    let is_set = |variant: &CreatedVariant| {
        let Some(wanted) = creation.quantities.get(variant.position).copied().flatten() else { return true };
        let made = listing.variants.iter().find(|known| known.remote == variant.remote);
        made.is_some_and(|made| match &made.stock {
            Stock::Tracked(levels) => levels.values().any(|level| *level == wanted),
            Stock::Untracked | Stock::Unknown => false,
        })
    };
    let stock_set = variants.iter().all(is_set);
    let notes = match stock_set {
        true => Vec::new(),
        false => vec!["not every quantity is as it was sent".to_owned()],
    };
    Ok(Created { listing, variants, stock_set, notes })
}
