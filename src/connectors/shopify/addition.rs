//! Adding variants to a product that is there, and putting a product away.
//!
//! `productVariantsBulkCreate` makes variants and leaves the others alone. Shopify has no key for it, so the product is
//! read before: what has the same option values is there already. A call whose answer is lost is repeated in the same
//! way, and where two such calls overtake each other Shopify refuses the second, since no two variants of a product may
//! have the same option values.
//!
//! A deletion archives: Shopify cannot bring back what was deleted, and says so; an archived product is out of sale in
//! every channel and comes back with one click, with its variants, pictures and numbers.

use serde_json::{Value, json};

use crate::domain::{Listing, RemoteId, Status, Stock, Structure, Text, Variant};
use crate::platform::{PlatformError, WriteError};

use super::calls::refusal;
use super::connector::Shopify;
use super::convert::{status_word, weight_input};
use super::documents::{ADD_VARIANTS, MOST_ITEMS, variants_write_cost};
use super::edit::is_gone;
use super::profile::NAME;
use super::wire::{OnlyUserErrors, UserError};

impl Shopify {
    pub(super) async fn extend(&self, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
        let now = self.read_one(&known.remote).await.map_err(WriteError::NotApplied)?;
        let missing = missing(&now, variants).map_err(|why| WriteError::NotApplied(refused(why)))?;
        if missing.is_empty() {
            return Ok(now);
        }
        for inputs in missing.chunks(MOST_ITEMS as usize) {
            let variables = json!({ "id": known.remote.as_str(), "variants": inputs });
            let cost = variants_write_cost(inputs.len());
            let mut answer = self.caller.write(ADD_VARIANTS, variables, cost).await?;
            let added: OnlyUserErrors = answer.field("productVariantsBulkCreate").map_err(WriteError::Unknown)?;
            if added.user_errors.iter().any(is_gone) {
                return Err(WriteError::NotApplied(gone(&known.remote)));
            }
            if !added.user_errors.iter().all(is_there) {
                return Err(WriteError::NotApplied(refusal(&added.user_errors)));
            }
        }
        let now = self.read_one(&known.remote).await.map_err(WriteError::Unknown)?;
        match self::missing(&now, variants) {
            Ok(missing) if missing.is_empty() => Ok(now),
            // One that is there already makes Shopify refuse its whole call; the next try sends the others alone.
            _ => {
                let why = "it does not show all the variants yet".to_owned();
                Err(WriteError::Unknown(PlatformError::Broken { platform: NAME, why }))
            }
        }
    }

    pub(super) async fn put_away(&self, listing: &RemoteId) -> Result<(), WriteError> {
        let product = json!({ "id": listing.as_str(), "status": status_word(Status::Archived) });
        let errors = self.send_update(product).await?;
        if errors.iter().all(is_gone) { Ok(()) } else { Err(WriteError::NotApplied(refusal(&errors))) }
    }

    /// The product past the search, whose index lags behind what was just written.
    async fn read_one(&self, id: &RemoteId) -> Result<Listing, PlatformError> {
        let cost = self.documents.by_id_cost(1);
        let mut answer = self.caller.read(&self.documents.by_id, json!({ "ids": [id.as_str()] }), cost).await?;
        let mut nodes: Vec<Value> = answer.field("nodes")?;
        match nodes.pop().filter(|node| !node.is_null()) {
            Some(product) => self.whole_directly(product).await,
            None => Err(gone(id)),
        }
    }
}

fn refused(why: impl Into<String>) -> PlatformError {
    PlatformError::Refused { platform: NAME, why: why.into() }
}

fn gone(id: &RemoteId) -> PlatformError {
    PlatformError::NotFound { platform: NAME, what: id.to_string() }
}

fn is_there(error: &UserError) -> bool {
    matches!(error.code.as_deref(), Some("VARIANT_ALREADY_EXISTS" | "VARIANT_ALREADY_EXISTS_CHANGE_OPTION_VALUE"))
}

/// The inputs of those variants that the product does not have.
fn missing(now: &Listing, variants: &[Variant]) -> Result<Vec<Value>, String> {
    let Structure::Variable { options } = &now.structure else {
        return Err(format!(
            "{:?} has no options there, so it cannot have a further variant; give it options in Shopify first",
            now.title.as_str()
        ));
    };
    let mut known: Vec<Vec<String>> = now.variants.iter().map(|variant| values(variant, options).0).collect();
    let mut inputs = Vec::new();
    for variant in variants {
        let (key, values) = values(variant, options);
        if values.len() != options.len() || values.iter().any(|value| value.is_empty()) {
            return Err(format!(
                "the variant {:?} does not have a value for each of {}",
                variant.option_label(),
                options.iter().map(Text::as_str).collect::<Vec<_>>().join(", ")
            ));
        }
        if known.contains(&key) {
            continue;
        }
        known.push(key);
        inputs.push(input(variant, options, &values)?);
    }
    Ok(inputs)
}

/// The variant's value of each of the product's options: by the option's name, and where the names are others, by
/// their order. First as they are compared: Shopify takes `red` and `Red` for the same.
fn values<'a>(variant: &'a Variant, options: &[Text]) -> (Vec<String>, Vec<&'a str>) {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let by_name: Option<Vec<&str>> = options
        .iter()
        .map(|name| variant.options.iter().find(|o| same(&o.option, name)).map(|o| o.value.as_str()))
        .collect();
    let values = by_name.unwrap_or_else(|| variant.options.iter().map(|o| o.value.as_str()).collect());
    (values.iter().map(|value| value.to_lowercase()).collect(), values)
}

/// Without quantities. It is counted unless the source says that nobody counts it.
fn input(variant: &Variant, options: &[Text], values: &[&str]) -> Result<Value, String> {
    let Some(price) = variant.price else {
        return Err("a variant without a price would be for free there; give it a price first".to_owned());
    };
    let chosen = options.iter().zip(values);
    let chosen: Vec<Value> = chosen.map(|(option, value)| json!({ "optionName": &**option, "name": value })).collect();
    let mut item = json!({ "tracked": !matches!(variant.stock, Stock::Untracked) });
    if let Some(sku) = &variant.sku {
        item["sku"] = json!(sku.as_str());
    }
    if variant.weight.is_some() {
        item["measurement"] = json!({ "weight": weight_input(variant.weight) });
    }
    let mut input = json!({ "optionValues": chosen, "price": price.amount(), "inventoryItem": item });
    if let Some(barcode) = &variant.barcode {
        input["barcode"] = json!(barcode.as_str());
    }
    if let Some(before) = variant.compare_at {
        input["compareAtPrice"] = json!(before.amount());
    }
    Ok(input)
}
