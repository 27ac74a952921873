//! Adding variants to a family that is there.
//!
//! "Add Single Variant" is a call of API 2.1, which takes the family's name and the new variant. The date-based versions
//! are to have all that the older ones had, and their reference names no such call; there a product with the family's
//! name is the only way that the guides leave. So the former is tried first, and where it is not understood (an ended
//! version is answered by another one without a word) the latter; and what came of it is looked at in either case.

use serde_json::{Value, json};

use crate::domain::{Listing, Structure, Variant};
use crate::http::Request;
use crate::platform::{PlatformError, WriteError};

use super::body;
use super::catalogue::{Catalogue, refused, same};
use super::convert;
use super::profile::VARIANTS_MOST;
use super::terms;
use super::wire::Product;

pub async fn add(catalogue: &Catalogue, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
    let facts = catalogue.facts().await.map_err(WriteError::NotApplied)?;
    let before = members(catalogue, known).await.map_err(WriteError::NotApplied)?;
    if before.is_empty() {
        let what = format!("product {} (any more)", known.remote);
        return Err(WriteError::NotApplied(PlatformError::NotFound { platform: super::profile::PROFILE.name, what }));
    }
    let now = convert::listing(&before, &convert::Levels::default(), &facts)
        .map_err(|why| WriteError::NotApplied(catalogue.unexpected(&why)))?;
    let Structure::Variable { options } = &now.structure else {
        let why = "the product has no variants, and X-Series cannot turn it into one that has; make a new one";
        return Err(WriteError::NotApplied(refused(why)));
    };
    let missing: Vec<Variant> = variants
        .iter()
        .filter(|variant| !now.variants.iter().any(|there| labels_agree(there, variant)))
        .cloned()
        .collect();
    if now.variants.len() + missing.len() > VARIANTS_MOST {
        let why =
            format!("the family would have more than {VARIANTS_MOST} variants, which is the most that it can have");
        return Err(WriteError::NotApplied(refused(why)));
    }
    let attributes = terms::attributes(catalogue, options).await.map_err(WriteError::NotApplied)?;
    let mut added = 0;
    for variant in &missing {
        // In the order of the family's own options.
        let mut variant = variant.clone();
        variant.options = options
            .iter()
            .filter_map(|name| variant.options.iter().find(|option| same(&option.option, name)).cloned())
            .collect();
        if variant.options.len() != options.len() {
            let why = format!("the variant {} does not have the options of the family", variant.option_label());
            return Err(of_many(added, WriteError::NotApplied(refused(why))));
        }
        add_one(catalogue, &now, &variant, &attributes, &facts).await.map_err(|why| of_many(added, why))?;
        added += 1;
    }
    let sent = |why| if added == 0 { WriteError::NotApplied(why) } else { WriteError::Unknown(why) };
    let after = members(catalogue, known).await.map_err(sent)?;
    let ids: Vec<&str> = after.iter().filter(|member| member.is_tracked()).filter_map(Product::id).collect();
    let levels = catalogue.levels_of(&ids, &[]).await.map_err(sent)?;
    let listing = convert::listing(&after, &levels, &facts).map_err(|why| sent(catalogue.unexpected(&why)))?;
    match missing.iter().find(|variant| !listing.variants.iter().any(|there| labels_agree(there, variant))) {
        None => Ok(listing),
        Some(lost) => Err(WriteError::Unknown(
            catalogue.unexpected(&format!("the variant {} was taken, and is not in the family", lost.option_label())),
        )),
    }
}

async fn members(catalogue: &Catalogue, known: &Listing) -> Result<Vec<Product>, PlatformError> {
    catalogue.family(known.remote.as_str(), Some(&known.title)).await
}

/// Once something was added, a later refusal is no "not applied" of the whole.
fn of_many(added: usize, why: WriteError) -> WriteError {
    match why {
        WriteError::NotApplied(cause) if added > 0 => WriteError::Unknown(cause),
        why => why,
    }
}

fn labels_agree(there: &Variant, wanted: &Variant) -> bool {
    let has = |option: &crate::domain::OptionValue| {
        there.options.iter().any(|own| same(&own.option, &option.option) && same(&own.value, &option.value))
    };
    there.options.len() == wanted.options.len() && wanted.options.iter().all(has)
}

async fn add_one(
    catalogue: &Catalogue,
    family: &Listing,
    variant: &Variant,
    attributes: &[String],
    facts: &convert::Facts,
) -> Result<(), WriteError> {
    // What is left out is seen by comparing; nobody reads notes here.
    let mut details = body::details(variant, facts, &mut Vec::new());
    let plain = details.clone();
    // The codes are the only place for the SKU in this form.
    details.remove("sku");
    details.insert("variant_attribute_values".into(), body::chosen(variant, attributes, "attribute_value"));
    let single = json!({"common": {"name": family.title}, "details": details});
    let calls = &catalogue.calls;
    let refusal = match calls.write(Request::post("/api/2.1/products").json(single)).await {
        Ok(_) => return Ok(()),
        Err(WriteError::NotApplied(PlatformError::NotFound { .. })) => None,
        Err(WriteError::NotApplied(why @ PlatformError::Refused { .. })) => Some(why),
        Err(why) => return Err(why),
    };
    let mut own = plain;
    own.insert("variant_definitions".into(), body::chosen(variant, attributes, "value"));
    let whole = json!({"name": family.title, "variants": [Value::Object(own)]});
    match calls.write(calls.post("/products", whole)).await {
        Ok(_) => Ok(()),
        // The first refusal is about the call that fits best.
        Err(WriteError::NotApplied(why)) => Err(WriteError::NotApplied(refusal.unwrap_or(why))),
        Err(why) => Err(why),
    }
}
