//! Changing single fields of a product that is there.
//!
//! `productUpdate` and `productVariantsBulkUpdate` touch what they are given and nothing else; `productSet`, which
//! replaces whole lists, is for creations alone. Each call is all or nothing: with any user error none of it was
//! saved. So the changes that the errors name are set aside, and the rest is sent once more.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::domain::{Field, FieldChange, FieldValue, Listing, Money, RemoteId, Status, clean};
use crate::platform::{EditOutcome, PlatformError, WriteError};

use super::calls::refusal;
use super::connector::Shopify;
use super::convert::{markup, status_word, weight_input};
use super::documents::{MOST_ITEMS, UPDATE, UPDATE_COST, UPDATE_VARIANTS, variants_write_cost};
use super::profile::{NAME, PROFILE};
use super::wire::{OnlyUserErrors, UserError};

/// Where a change goes, and what is sent.
struct Piece<'a> {
    /// Its place among the changes.
    place: usize,
    /// `None`: of the product.
    variant: Option<&'a RemoteId>,
    /// `["inventoryItem", "sku"]`
    path: &'static [&'static str],
    value: Value,
}

impl Shopify {
    pub(super) async fn change_fields(
        &self,
        known: &Listing,
        changes: &[FieldChange],
    ) -> Result<Vec<EditOutcome>, WriteError> {
        let mut outcomes = vec![EditOutcome::Applied; changes.len()];
        let (mut of_product, mut of_variants) = (Vec::new(), Vec::new());
        for (place, change) in changes.iter().enumerate() {
            match piece(place, change, known) {
                Ok(piece) if piece.variant.is_none() => of_product.push(piece),
                Ok(piece) => of_variants.push(piece),
                Err(why) => outcomes[place] = EditOutcome::Rejected(refused(why)),
            }
        }
        self.leave_unlisted(known, &mut of_product, &mut outcomes).await?;
        let mut before = self.update_product(&known.remote, of_product, &mut outcomes).await?;
        let mut groups: Vec<Vec<Piece>> = Vec::new();
        for variant in by_variant(of_variants) {
            match groups.last_mut() {
                Some(group) if variants_in(group) < MOST_ITEMS as usize => group.extend(variant),
                _ => groups.push(variant),
            }
        }
        for group in groups {
            before |= self.update_variants(&known.remote, group, before, &mut outcomes).await?;
        }
        Ok(outcomes)
    }

    /// `UNLISTED` counts as active. Written as `ACTIVE`, a product that is sold by its address alone would be shown to
    /// everybody, so what is active is left as it is.
    async fn leave_unlisted(
        &self,
        known: &Listing,
        pieces: &mut Vec<Piece<'_>>,
        outcomes: &mut [EditOutcome],
    ) -> Result<(), WriteError> {
        let to_active = |piece: &Piece| piece.path == ["status"] && piece.value == status_word(Status::Active);
        if known.status != Status::Active || !pieces.iter().any(to_active) {
            return Ok(());
        }
        let now = self.by_id(std::slice::from_ref(&known.remote)).await.map_err(WriteError::NotApplied)?;
        if now.first().is_some_and(|now| now.status == Status::Active) {
            pieces.retain(|piece| {
                if to_active(piece) {
                    outcomes[piece.place] = EditOutcome::Applied;
                }
                !to_active(piece)
            });
        }
        Ok(())
    }

    /// Gives whether anything was saved.
    async fn update_product(
        &self,
        product: &RemoteId,
        mut pieces: Vec<Piece<'_>>,
        outcomes: &mut [EditOutcome],
    ) -> Result<bool, WriteError> {
        while !pieces.is_empty() {
            let mut input = Map::from_iter([("id".to_owned(), json!(product.as_str()))]);
            for piece in &pieces {
                put(&mut input, piece.path, piece.value.clone());
            }
            let errors = self.send_update(Value::Object(input)).await?;
            if errors.is_empty() {
                return Ok(true);
            }
            set_aside(&mut pieces, &errors, product, &[], outcomes);
        }
        Ok(false)
    }

    /// `productUpdate`
    pub(super) async fn send_update(&self, product: Value) -> Result<Vec<UserError>, WriteError> {
        let mut answer = self.caller.write(UPDATE, json!({ "product": product }), UPDATE_COST).await?;
        let updated: OnlyUserErrors = answer.field("productUpdate").map_err(WriteError::Unknown)?;
        Ok(updated.user_errors)
    }

    /// As above. `before`: something of the same edit was saved already, so a failure is none of the whole edit.
    async fn update_variants(
        &self,
        product: &RemoteId,
        mut pieces: Vec<Piece<'_>>,
        before: bool,
        outcomes: &mut [EditOutcome],
    ) -> Result<bool, WriteError> {
        while !pieces.is_empty() {
            let mut sent: Vec<(&RemoteId, Map<String, Value>)> = Vec::new();
            for piece in &pieces {
                let Some(variant) = piece.variant else { continue };
                if sent.last().is_none_or(|(last, _)| *last != variant) {
                    sent.push((variant, Map::from_iter([("id".to_owned(), json!(variant.as_str()))])));
                }
                if let Some((_, input)) = sent.last_mut() {
                    put(input, piece.path, piece.value.clone());
                }
            }
            let (order, inputs): (Vec<&RemoteId>, Vec<Value>) =
                sent.into_iter().map(|(variant, input)| (variant, Value::Object(input))).unzip();
            let cost = variants_write_cost(inputs.len());
            let variables = json!({ "id": product.as_str(), "variants": inputs });
            let errors = match self.caller.write(UPDATE_VARIANTS, variables, cost).await {
                Ok(mut answer) => {
                    answer
                        .field::<OnlyUserErrors>("productVariantsBulkUpdate")
                        .map_err(WriteError::Unknown)?
                        .user_errors
                }
                // To do again what was done does no harm.
                Err(WriteError::NotApplied(why)) if before && why.passes() => return Err(WriteError::Unknown(why)),
                Err(WriteError::NotApplied(why)) if before => {
                    for piece in pieces {
                        outcomes[piece.place] = EditOutcome::Rejected(why.clone());
                    }
                    return Ok(false);
                }
                Err(other) => return Err(other),
            };
            if errors.is_empty() {
                return Ok(true);
            }
            set_aside(&mut pieces, &errors, product, &order, outcomes);
        }
        Ok(false)
    }
}

fn refused(why: impl Into<String>) -> PlatformError {
    PlatformError::Refused { platform: NAME, why: why.into() }
}

fn piece<'a>(place: usize, change: &'a FieldChange, known: &Listing) -> Result<Piece<'a>, String> {
    let field = change.field;
    if !PROFILE.edits.contains(&field) {
        return Err(format!("the field {} cannot be changed there", field.label()));
    }
    let variant = change.variant.as_ref();
    if field.is_per_variant() != variant.is_some() {
        return Err(format!("the field {} belongs to {}", field.label(), owner(field)));
    }
    let (path, value): (&'static [&'static str], Value) = match (field, &change.to) {
        (Field::Title, FieldValue::Text(title)) => (&["title"], json!(title.as_str())),
        (Field::Description, FieldValue::Text(text)) => (&["descriptionHtml"], json!(markup(text))),
        (Field::Brand, FieldValue::Maybe(brand)) => (&["vendor"], json!(brand.as_deref().unwrap_or_default())),
        (Field::Category, FieldValue::Maybe(word)) => (&["productType"], json!(word.as_deref().unwrap_or_default())),
        (Field::Active, FieldValue::Status(status)) => (&["status"], json!(status_word(*status))),
        (Field::Price, FieldValue::Money(Some(price))) => {
            (&["price"], json!(in_their_currency(price, known)?.amount()))
        }
        (Field::Price, FieldValue::Money(None)) => {
            return Err("a product without a price would be for free there; give it a price first".to_owned());
        }
        (Field::CompareAtPrice, FieldValue::Money(Some(price))) => {
            (&["compareAtPrice"], json!(in_their_currency(price, known)?.amount()))
        }
        (Field::CompareAtPrice, FieldValue::Money(None)) => (&["compareAtPrice"], Value::Null),
        (Field::Sku, FieldValue::Maybe(sku)) => (&["inventoryItem", "sku"], json!(sku.as_deref().unwrap_or_default())),
        (Field::Barcode, FieldValue::Maybe(code)) => (&["barcode"], json!(code.as_deref().unwrap_or_default())),
        (Field::Weight, FieldValue::Weight(weight)) => {
            (&["inventoryItem", "measurement", "weight"], weight_input(*weight))
        }
        _ => return Err(format!("{} is no {}", change.to, field.label())),
    };
    Ok(Piece { place, variant, path, value })
}

const fn owner(field: Field) -> &'static str {
    if field.is_per_variant() { "a variant, and none was named" } else { "the product, not to a variant" }
}

/// Prices there have no currency of their own: they are in the shop's.
fn in_their_currency<'a>(price: &'a Money, known: &Listing) -> Result<&'a Money, String> {
    let theirs = known.variants.iter().find_map(|variant| variant.price).map(|price| price.currency);
    match theirs {
        Some(theirs) if theirs != price.currency => {
            Err(format!("the shop counts in {theirs}, and {price} is none; change the price there by hand"))
        }
        _ => Ok(price),
    }
}

/// The pieces of each variant by themselves.
fn by_variant(pieces: Vec<Piece<'_>>) -> Vec<Vec<Piece<'_>>> {
    let mut grouped: BTreeMap<Option<&RemoteId>, Vec<Piece>> = BTreeMap::new();
    for piece in pieces {
        grouped.entry(piece.variant).or_default().push(piece);
    }
    grouped.into_values().collect()
}

fn variants_in(group: &[Piece]) -> usize {
    let mut known: Vec<_> = group.iter().map(|piece| piece.variant).collect();
    known.dedup();
    known.len()
}

fn put(input: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [] => {}
        [last] => drop(input.insert((*last).to_owned(), value)),
        [first, rest @ ..] => {
            let inner = input.entry((*first).to_owned()).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// Takes away the changes that the errors name; all of them where none is named, so that nothing is sent twice
/// unchanged. `order` are the variants as they were sent.
fn set_aside(
    pieces: &mut Vec<Piece<'_>>,
    errors: &[UserError],
    product: &RemoteId,
    order: &[&RemoteId],
    outcomes: &mut [EditOutcome],
) {
    let before = pieces.len();
    for error in errors {
        let path: Vec<&str> = error.field.iter().flatten().map(String::as_str).collect();
        let at = path.iter().position(|part| *part == "variants");
        let variant = at.and_then(|at| order.get(path.get(at + 1)?.parse::<usize>().ok()?).copied());
        let rest = at.map_or(&path[..], |at| path.get(at + 2..).unwrap_or_default());
        pieces.retain(|piece| {
            let of_field = rest.last().is_some_and(|last| piece.path.contains(last));
            let hit = match (variant, piece.variant) {
                // The variant as such, or one of its fields.
                (Some(named), Some(of)) => named == of && (of_field || rest.iter().all(|part| *part == "id")),
                _ => of_field,
            };
            if hit {
                let what = variant.unwrap_or(product);
                outcomes[piece.place] = EditOutcome::Rejected(why(error, what));
            }
            !hit
        });
    }
    if pieces.len() < before {
        return;
    }
    let gone = errors.iter().map(|error| why(error, product)).find(|why| matches!(why, PlatformError::NotFound { .. }));
    let why = gone.unwrap_or_else(|| refusal(errors));
    for piece in pieces.drain(..) {
        outcomes[piece.place] = EditOutcome::Rejected(why.clone());
    }
}

fn why(error: &UserError, what: &RemoteId) -> PlatformError {
    if is_gone(error) {
        return PlatformError::NotFound { platform: NAME, what: what.to_string() };
    }
    refused(clean(&error.message))
}

/// Whether an error says that the product or the variant is not there. `productUpdate` has no codes: there it is the
/// identifier that is wrong.
pub(super) fn is_gone(error: &UserError) -> bool {
    match error.code.as_deref() {
        Some(code) => matches!(code, "PRODUCT_DOES_NOT_EXIST" | "PRODUCT_VARIANT_DOES_NOT_EXIST"),
        None => error.field.as_ref().and_then(|path| path.last()).is_some_and(|last| last == "id"),
    }
}
