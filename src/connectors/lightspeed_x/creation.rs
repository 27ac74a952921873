//! New products: made with one call, and found again.
//!
//! One call makes the whole family, with its counts. Its answer is identifiers only, so the family is read afterwards.
//! There is no key: whether a call whose answer was lost did its work is found out by the mark in the handle.

use serde_json::{Value, json};

use crate::domain::{Creation, Listing, LocationId, RemoteId, Structure, Variant};
use crate::http::segment;
use crate::platform::{Created, CreatedVariant, PlatformError, WriteError};

use super::body::{self, References, is_marked};
use super::catalogue::{Catalogue, refused, same};
use super::convert;
use super::profile::{ATTRIBUTES_MOST, VARIANTS_MOST};
use super::terms;
use super::variants;
use super::wire::Product;

pub async fn create(
    catalogue: &Catalogue,
    creation: &Creation,
    source: &Listing,
    location: &LocationId,
) -> Result<Created, WriteError> {
    check(source).map_err(WriteError::NotApplied)?;
    let facts = catalogue.facts().await.map_err(WriteError::NotApplied)?;
    let mut notes = Vec::new();
    let to = references(catalogue, source, &mut notes).await.map_err(WriteError::NotApplied)?;
    let (body, left_out) = body::product(creation, source, &to, &facts, location);
    notes.extend(left_out);
    let made: Value = match catalogue.calls.write_json(catalogue.calls.post("/products", body)).await {
        Ok(answer) => answer,
        Err(why) => {
            if matches!(why, WriteError::NotApplied(PlatformError::Refused { .. })) {
                terms::forget(catalogue).await;
            }
            return Err(why);
        }
    };
    let untracked = creation.quantities.iter().all(Option::is_none);
    let members = async {
        let members = made_members(catalogue, creation, source, &made).await?;
        let Some(first) = members.first().and_then(Product::id).filter(|_| untracked) else { return Ok(members) };
        // An unknown count is not written, and there it would be 0 from now on: so it is not counted.
        let off = json!({"common": {"track_inventory": false}});
        let path = format!("/products/{}", segment(first));
        match catalogue.calls.write(catalogue.calls.put(&path, off)).await {
            Ok(_) => made_members(catalogue, creation, source, &made).await,
            Err(why) => {
                notes.push(format!("Track inventory could not be switched off ({}); do it there", why.cause()));
                Ok(members)
            }
        }
    };
    let members = members.await.map_err(WriteError::Unknown)?;
    if !untracked && creation.quantities.iter().any(Option::is_none) {
        notes.push("X-Series counts all variants or none: those of unknown quantity stand at 0 now".to_owned());
    }
    let created = created(catalogue, source, &members, notes).await.map_err(WriteError::Unknown)?;
    created.ok_or_else(|| WriteError::Unknown(catalogue.unexpected("a new product without all of its variants")))
}

/// What is refused there anyway, without a call.
fn check(source: &Listing) -> Result<(), PlatformError> {
    if let Structure::Variable { options } = &source.structure {
        if options.len() > ATTRIBUTES_MOST {
            let count = options.len();
            return Err(refused(format!("{count} options; X-Series takes {ATTRIBUTES_MOST} at most")));
        }
        if source.variants.len() > VARIANTS_MOST {
            let count = source.variants.len();
            return Err(refused(format!("{count} variants; X-Series takes {VARIANTS_MOST} at most")));
        }
    }
    Ok(())
}

async fn references(
    catalogue: &Catalogue,
    source: &Listing,
    notes: &mut Vec<String>,
) -> Result<References, PlatformError> {
    let mut to = References::default();
    if let Some(name) = &source.brand {
        to.brand = Some(terms::brand(catalogue, name).await?);
    }
    if let Some(name) = &source.category {
        match terms::category(catalogue, name).await {
            Ok(id) => to.category = Some(id),
            Err(PlatformError::Refused { why, .. }) => notes.push(why),
            Err(why) => return Err(why),
        }
    }
    if let Structure::Variable { options } = &source.structure {
        to.attributes = terms::attributes(catalogue, options).await?;
    }
    Ok(to)
}

/// The family that a call just made: by its name, or, should the text have been changed there, by an identifier of the
/// answer.
async fn made_members(
    catalogue: &Catalogue,
    creation: &Creation,
    source: &Listing,
    made: &Value,
) -> Result<Vec<Product>, PlatformError> {
    let members = marked(catalogue, creation, "name", &source.title).await?;
    if !members.is_empty() {
        return Ok(members);
    }
    let data = &made["data"];
    let first = data.get(0).unwrap_or(data);
    let id = first.as_str().or_else(|| first["id"].as_str());
    let id = id.ok_or_else(|| catalogue.unexpected("a new product without an identifier"))?;
    let product =
        catalogue.product(id).await?.ok_or_else(|| catalogue.unexpected("a new product that is not there"))?;
    let root = product.root().unwrap_or(id).to_owned();
    catalogue.family(&root, product.name.text()).await
}

/// Products of this creation, among those that share a name or a SKU.
async fn marked(
    catalogue: &Catalogue,
    creation: &Creation,
    parameter: &str,
    value: &str,
) -> Result<Vec<Product>, PlatformError> {
    let mut found = catalogue.named(parameter, value).await?;
    found.retain(|product| is_marked(product.handle.text(), creation));
    Ok(found)
}

/// By name; and by the first SKU, should it have been renamed since.
pub async fn find_created(
    catalogue: &Catalogue,
    creation: &Creation,
    source: &Listing,
) -> Result<Option<Created>, PlatformError> {
    let mut members = marked(catalogue, creation, "name", &source.title).await?;
    if members.is_empty()
        && let Some(sku) = source.variants.iter().find_map(|variant| variant.sku.as_ref())
        && let Some(one) = marked(catalogue, creation, "sku", sku).await?.first()
        && let Some(root) = one.root()
    {
        members = catalogue.family(root, one.name.text()).await?;
    }
    if members.is_empty() {
        return Ok(None);
    }
    if let Some(found) = created(catalogue, source, &members, Vec::new()).await? {
        return Ok(Some(found));
    }
    // One call makes all of them, so this is not known to happen; it would be mended here.
    let facts = catalogue.facts().await?;
    let known =
        convert::listing(&members, &convert::Levels::default(), &facts).map_err(|why| catalogue.unexpected(&why))?;
    variants::add(catalogue, &known, &source.variants).await.map_err(|why| why.cause().clone())?;
    let members = catalogue.family(known.remote.as_str(), Some(&known.title)).await?;
    created(catalogue, source, &members, Vec::new()).await
}

/// `None` if a variant of the source is not among the members.
async fn created(
    catalogue: &Catalogue,
    source: &Listing,
    members: &[Product],
    notes: Vec<String>,
) -> Result<Option<Created>, PlatformError> {
    let facts = catalogue.facts().await?;
    let ids: Vec<&str> = members.iter().filter(|member| member.is_tracked()).filter_map(Product::id).collect();
    let levels = catalogue.levels_of(&ids, &[]).await?;
    let listing = convert::listing(members, &levels, &facts).map_err(|why| catalogue.unexpected(&why))?;
    let mut variants = Vec::new();
    for (position, variant) in source.variants.iter().enumerate() {
        let Some(remote) = twin(&listing, source, variant) else { return Ok(None) };
        variants.push(CreatedVariant { position, remote, inventory: None });
    }
    // The counts were in the call that made it.
    Ok(Some(Created { listing, variants, stock_set: true, notes }))
}

fn twin(listing: &Listing, source: &Listing, variant: &Variant) -> Option<RemoteId> {
    if !source.structure.is_variable() {
        return listing.variants.first().map(|only| only.remote.clone());
    }
    let found = listing.variants.iter().find(|known| {
        known.options.len() == variant.options.len()
            && variant.options.iter().all(|wanted| {
                known.options.iter().any(|own| same(&own.option, &wanted.option) && same(&own.value, &wanted.value))
            })
    });
    found.map(|known| known.remote.clone())
}
