//! Making a product, and finding what an earlier try has made.
//!
//! A simple product is one call. A variable one is the parent, then its variations, hundred per call; so it can be left
//! half made. WooCommerce has no idempotency keys. What the engine can rely on instead:
//!
//! - Everything that is made carries the creation's mark, each variation with its position behind it.
//! - [`create`] makes no look-up of its own, and always begins anew. When its outcome was unknown, [`find_created`]
//!   comes first: that is the engine's rule.
//! - [`find_created`] answers only with what is whole. Half of a product is completed there and then: the intent is
//!   journalled, the mark says what is missing, and a step that is still unknown survives any crash. (Remembering the
//!   half until the next [`create`] would not.)
//! - A definite refusal leaves nothing behind: what this creation has made until then is deleted. Only if that fails
//!   too is the outcome unknown.

use serde_json::{Value, json};

use crate::domain::{Creation, Listing, Units};
use crate::http::{Answer, Request};
use crate::platform::{Created, CreatedVariant, PlatformError, WriteError};

use super::body::{Bodies, bodies};
use super::calls::problem;
use super::catalogue::Catalogue;
use super::convert;
use super::profile::{BATCH, PROFILE};
use super::search;
use super::stock::sentence;
use super::wire::{Batch, ManageStock, Product, Variation};

pub(super) async fn create(
    catalogue: &Catalogue,
    creation: &Creation,
    source: &Listing,
) -> Result<Created, WriteError> {
    let units = units(catalogue, source).await.map_err(WriteError::NotApplied)?;
    let mut bodies = bodies(creation, source, &units).map_err(refused)?;
    match parent(catalogue, creation, source, &mut bodies).await? {
        Parent::Made(product) => complete(catalogue, creation, source, bodies, &product, Vec::new()).await,
        Parent::MadeEarlier(created) => Ok(*created),
    }
}

/// `Ok(None)`: nothing of it is there.
pub(super) async fn find_created(
    catalogue: &Catalogue,
    creation: &Creation,
    source: &Listing,
) -> Result<Option<Created>, PlatformError> {
    let Some(id) = search::marked(catalogue, creation, source).await? else { return Ok(None) };
    let Some((product, variations)) = search::part(catalogue, id).await? else { return Ok(None) };
    let units = units(catalogue, source).await?;
    let bodies =
        bodies(creation, source, &units).map_err(|why| PlatformError::Refused { platform: PROFILE.name, why })?;
    // Notes were for the call that made it.
    let bodies = Bodies { notes: Vec::new(), ..bodies };
    match complete(catalogue, creation, source, bodies, &product, variations).await {
        Ok(created) => Ok(Some(created)),
        // It could not be completed, and what there was is deleted. The next creation will say why.
        Err(WriteError::NotApplied(_)) => Ok(None),
        Err(WriteError::Unknown(cause)) => Err(cause),
    }
}

/// The shop's units, if the source has anything to say in them.
async fn units(catalogue: &Catalogue, source: &Listing) -> Result<Units, PlatformError> {
    match source.variants.iter().any(|variant| variant.weight.is_some() || variant.dimensions.is_some()) {
        true => catalogue.units_now().await,
        false => Ok(Units::default()),
    }
}

/// Adds the variations that are missing, and tells of the whole. `NotApplied` says that nothing is left of the product.
async fn complete(
    catalogue: &Catalogue,
    creation: &Creation,
    source: &Listing,
    bodies: Bodies,
    product: &Product,
    mut variations: Vec<Variation>,
) -> Result<Created, WriteError> {
    let id = product.id.number().ok_or_else(|| unexplained("the answer to a creation has no id"))?;
    for missing in missing_positions(creation, &bodies, &variations).chunks(BATCH) {
        let some: Vec<&Value> = missing.iter().filter_map(|position| bodies.variations.get(*position)).collect();
        match add_variations(catalogue, id, &some).await {
            Ok(made) => variations.extend(made),
            Err(WriteError::Unknown(cause)) => return Err(WriteError::Unknown(cause)),
            // It will pass: then the look-up goes on where this stopped.
            Err(WriteError::NotApplied(cause)) if cause.passes() => return Err(WriteError::Unknown(cause)),
            Err(WriteError::NotApplied(cause)) => return Err(take_back(catalogue, id, cause).await),
        }
    }
    whole(catalogue, creation, source, product, &variations, bodies.notes).await
}

enum Parent {
    Made(Box<Product>),
    /// The SKU was taken, by our own earlier try.
    MadeEarlier(Box<Created>),
}

/// Makes the product itself.
async fn parent(
    catalogue: &Catalogue,
    creation: &Creation,
    source: &Listing,
    bodies: &mut Bodies,
) -> Result<Parent, WriteError> {
    let calls = &catalogue.calls;
    let mut answer = calls.write(calls.post("/products", bodies.product.clone()), &[400]).await?;
    if answer.status == 400 && is_about_pictures(&answer) {
        // Definite: pictures are fetched before anything is saved, and one that cannot be had fails the whole product.
        // A product without pictures is of more use than none, and the merchant is told.
        bodies.notes.push(format!("the pictures were refused: {}", sentence(&problem(&answer.body))));
        if let Some(product) = bodies.product.as_object_mut() {
            product.remove("images");
        }
        answer = calls.write(calls.post("/products", bodies.product.clone()), &[400]).await?;
    }
    if answer.status != 400 {
        let product: Product = calls.json(&answer).map_err(WriteError::Unknown)?;
        return Ok(Parent::Made(Box::new(product)));
    }
    if is_about_sku(&answer) {
        // Taken, perhaps by a try of ours that nobody knows of: a lock on the SKU outlives a request that was cut off.
        let earlier = Box::pin(find_created(catalogue, creation, source)).await;
        if let Some(created) = earlier.map_err(WriteError::Unknown)? {
            return Ok(Parent::MadeEarlier(Box::new(created)));
        }
        let holder = problem(&answer.body).data.resource_id;
        let holder = holder.text().map(|id| format!(" by product {id}")).unwrap_or_default();
        let told = sentence(&problem(&answer.body));
        return Err(refused(format!("the SKU is taken{holder}, perhaps in the trash: {told}")));
    }
    Err(WriteError::NotApplied(calls.refusal(&answer)))
}

/// Adds one batch of variations. All or an error; `NotApplied` says that at least one was refused for good, and others
/// of the batch may be there.
async fn add_variations(catalogue: &Catalogue, parent: u64, some: &[&Value]) -> Result<Vec<Variation>, WriteError> {
    let calls = &catalogue.calls;
    let request: Request = calls.post(&format!("/products/{parent}/variations/batch"), json!({"create": some}));
    let answer = calls.write(request, &[400]).await?;
    if answer.status == 400 {
        return Err(WriteError::NotApplied(calls.refusal(&answer)));
    }
    let batch: Batch = calls.json(&answer).map_err(WriteError::Unknown)?;
    if let Some(problem) = batch.create.iter().find_map(|variation| variation.error.as_ref()) {
        return Err(refused(format!("a variation was refused: {}", sentence(problem))));
    }
    if batch.create.len() != some.len() || batch.create.iter().any(|variation| variation.id.number().is_none()) {
        return Err(unexplained("the answer to a batch does not tell of every variation"));
    }
    Ok(batch.create)
}

/// Deletes what this creation has made, so that nothing half is left in the shop.
async fn take_back(catalogue: &Catalogue, parent: u64, cause: PlatformError) -> WriteError {
    let calls = &catalogue.calls;
    match calls.write(calls.delete(&format!("/products/{parent}")), &[404]).await {
        Ok(_) => WriteError::NotApplied(cause),
        Err(_) => WriteError::Unknown(cause),
    }
}

fn missing_positions(creation: &Creation, bodies: &Bodies, there: &[Variation]) -> Vec<usize> {
    let there = search::positions(creation, there);
    (0..bodies.variations.len()).filter(|position| !there.contains_key(position)).collect()
}

/// The answer for a product that has all its variations.
async fn whole(
    catalogue: &Catalogue,
    creation: &Creation,
    source: &Listing,
    product: &Product,
    variations: &[Variation],
    mut notes: Vec<String>,
) -> Result<Created, WriteError> {
    // It is made; only the report about it can fail from here on.
    let measured = convert::is_measured(std::slice::from_ref(product), variations);
    let facts = catalogue.facts(measured).await.map_err(WriteError::Unknown)?;
    let listing = convert::listing(product, variations, &facts).map_err(|why| unexplained(&why))?;
    let by_position = search::positions(creation, variations);
    let mut created = Vec::with_capacity(source.variants.len());
    let mut stock_set = true;
    for position in 0..source.variants.len() {
        let (id, manages, quantity) = match by_position.get(&position) {
            Some(variation) => (&variation.id, variation.manages(), &variation.stock_quantity),
            None if !source.structure.is_variable() => (&product.id, product.manages(), &product.stock_quantity),
            None => return Err(unexplained("a variation is missing in what was made")),
        };
        if let Some(wanted) = creation.quantities.get(position).copied().flatten() {
            stock_set &= manages == ManageStock::Itself && convert::counted(quantity) == Some(wanted);
        }
        let remote = convert::remote_id(id).map_err(|why| unexplained(&why))?;
        created.push(CreatedVariant { position, remote, inventory: None });
    }
    if !stock_set {
        notes.push(
            "not every quantity is as it was sent: check that stock management is switched on for the shop".to_owned(),
        );
    }
    Ok(Created { listing, variants: created, stock_set, notes })
}

fn is_about_pictures(answer: &Answer) -> bool {
    problem(&answer.body).code.text().is_some_and(|code| code.contains("image"))
}

/// `product_invalid_sku`, and the lock on SKUs that are being saved or lie in the trash
/// (`woocommerce_rest_product_not_created`, issues 57312, 51412, 62616).
fn is_about_sku(answer: &Answer) -> bool {
    let problem = problem(&answer.body);
    let message = problem.message.text().unwrap_or_default().to_owned();
    match problem.code.text() {
        Some("product_invalid_sku") => true,
        Some("woocommerce_rest_product_not_created") => message.contains("SKU"),
        _ => false,
    }
}

fn refused(why: String) -> WriteError {
    WriteError::NotApplied(PlatformError::Refused { platform: PROFILE.name, why })
}

fn unexplained(why: &str) -> WriteError {
    WriteError::Unknown(PlatformError::Unexpected { platform: PROFILE.name, why: why.to_owned() })
}
