//! Fields of a product that is there, brought to new values.
//!
//! Everything of the product goes in one call, everything of its variants in batches of fifty (a SKU, which those do not
//! take, in a call of the variant's own). Only what is to change is sent, so that all the rest stays. What was refused
//! together is sent again piece by piece. A 207 says that something was not saved, and not always what: then the product
//! is read again and compared.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Field, FieldChange, FieldValue, Listing};
use crate::http::{Answer, Request};
use crate::platform::{EditOutcome, PlatformError, WriteError};

use super::calls::{Also, refused};
use super::change::{self, Piece, PriceChange, Target};
use super::convert::number;
use super::creation::partly;
use super::pictures;
use super::prices::Prices;
use super::profile::{PROFILE, VARIANT_BATCH};
use super::shop::Shop;
use super::wire::Product;

/// What the answers say so far, in the order of the changes.
struct Outcomes(Vec<Option<EditOutcome>>);

impl Outcomes {
    fn set(&mut self, positions: &[usize], outcome: &EditOutcome) {
        for position in positions {
            if let Some(place) = self.0.get_mut(*position) {
                *place = Some(outcome.clone());
            }
        }
    }

    fn refuse(&mut self, position: usize, why: String) {
        self.set(&[position], &EditOutcome::Rejected(refused(why)));
    }

    fn finish(self) -> Vec<EditOutcome> {
        let missing = || EditOutcome::Rejected(refused("no outcome was recorded for it"));
        self.0.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect()
    }
}

/// One outcome for each change, in order.
pub(super) async fn edit(
    shop: &Shop,
    known: &Listing,
    changes: &[FieldChange],
) -> Result<Vec<EditOutcome>, WriteError> {
    let mut outcomes = Outcomes(vec![None; changes.len()]);
    let mut possible = Vec::new();
    for (position, change) in changes.iter().enumerate() {
        match PROFILE.edits.contains(&change.field) {
            true => possible.push((position, change)),
            false => outcomes.refuse(position, format!("BigCommerce cannot be told other {}", change.field.label())),
        }
    }
    let Some(id) = number(&known.remote).filter(|_| !possible.is_empty()) else {
        return Ok(outcomes.finish());
    };
    let mut done = false;
    let written = write(shop, known, id, &possible, &mut outcomes, &mut done).await;
    // A part of it is done, and the rest would be if it were sent again.
    written.map_err(|error| if done { WriteError::Unknown(error.cause().clone()) } else { error })?;
    Ok(outcomes.finish())
}

async fn write(
    shop: &Shop,
    known: &Listing,
    id: u64,
    changes: &[(usize, &FieldChange)],
    outcomes: &mut Outcomes,
    done: &mut bool,
) -> Result<(), WriteError> {
    let has = |fields: &[Field]| changes.iter().any(|(_, change)| fields.contains(&change.field));
    let measured = has(&[Field::Weight, Field::Dimensions]);
    let facts = if measured { shop.facts_now().await } else { shop.facts().await };
    let facts = facts.map_err(WriteError::NotApplied)?;
    // Prices are two that hang together, and what is known may be old: so they are read again, as are the things that
    // depend on what is there.
    let now = match has(&[Field::Price, Field::CompareAtPrice, Field::Category, Field::Active]) {
        true => Some(present(shop, id).await.map_err(WriteError::NotApplied)?),
        false => None,
    };
    let mut pieces: Vec<Piece> = Vec::new();
    let mut prices: BTreeMap<Target, PriceChange> = BTreeMap::new();
    let mut images = Vec::new();
    for (position, change) in changes {
        let target = match change::target(known, change) {
            Ok(target) => target,
            Err(why) => {
                outcomes.refuse(*position, why);
                continue;
            }
        };
        match (change.field, &change.to) {
            (Field::Price | Field::CompareAtPrice, _) => {
                if let Err(why) = prices.entry(target).or_default().take(*position, change, &facts) {
                    outcomes.refuse(*position, why);
                }
            }
            (Field::Images, FieldValue::Images(wanted)) => images.push((*position, wanted)),
            _ => match change::body(shop, &facts, target, now.as_ref(), change).await {
                Ok(body) => pieces.push(Piece { target, positions: vec![*position], body }),
                Err(WriteError::NotApplied(PlatformError::Refused { why, .. })) => outcomes.refuse(*position, why),
                Err(error) => return Err(error),
            },
        }
    }
    for (target, change) in prices {
        let (piece, impossible) = change.piece(target, prices_of(known, now.as_ref(), target, facts.currency));
        pieces.extend(piece);
        impossible.into_iter().for_each(|(position, why)| outcomes.refuse(position, why));
    }
    let sent: Vec<(usize, &FieldChange)> =
        changes.iter().filter(|(position, _)| pieces.iter().any(|p| p.positions.contains(position))).copied().collect();
    let mut partial = None;
    for round in batches(id, pieces) {
        send(shop, round, outcomes, done, &mut partial).await?;
    }
    for (position, wanted) in images {
        let outcome = pictures::replace(shop, id, wanted, done).await?;
        outcomes.set(&[position], &outcome);
    }
    if has(&[Field::Brand, Field::Category]) {
        shop.forget_names();
    }
    match partial {
        Some(told) => compare(shop, id, &sent, &told, outcomes).await,
        None => Ok(()),
    }
}

/// Pieces that go in one call.
struct Round {
    product: u64,
    pieces: Vec<Piece>,
}

fn batches(product: u64, pieces: Vec<Piece>) -> Vec<Round> {
    let (own, of_variants): (Vec<Piece>, Vec<Piece>) =
        pieces.into_iter().partition(|piece| piece.target == Target::Product);
    let mut by_target: BTreeMap<Target, Vec<Piece>> = BTreeMap::new();
    for piece in of_variants {
        by_target.entry(piece.target).or_default().push(piece);
    }
    // A batch of variants takes neither SKU nor GTIN (product-variants_catalog.v3.yml, PUT /catalog/variants).
    let needs_own = |pieces: &Vec<Piece>| {
        pieces.iter().any(|piece| piece.body.contains_key("sku") || piece.body.contains_key("gtin"))
    };
    let (alone, together): (Vec<Vec<Piece>>, Vec<Vec<Piece>>) = by_target.into_values().partition(needs_own);
    let mut rounds = Vec::new();
    if !own.is_empty() {
        rounds.push(Round { product, pieces: own });
    }
    rounds.extend(alone.into_iter().map(|pieces| Round { product, pieces }));
    let chunks = together.chunks(VARIANT_BATCH).map(|some| some.concat());
    rounds.extend(chunks.map(|pieces| Round { product, pieces }));
    rounds
}

fn request(shop: &Shop, round: &Round) -> Request {
    let mut bodies: BTreeMap<Target, Map<String, Value>> = BTreeMap::new();
    for piece in &round.pieces {
        bodies.entry(piece.target).or_default().extend(piece.body.clone());
    }
    let product = round.product;
    let mut only = bodies.iter();
    match (only.next(), only.next()) {
        (Some((Target::Product, body)), _) => shop.calls.put(&format!("/catalog/products/{product}"), json!(body)),
        (Some((Target::Variant(id), body)), None) => {
            shop.calls.put(&format!("/catalog/products/{product}/variants/{id}"), json!(body))
        }
        _ => {
            let with_id = bodies.into_iter().map(|(target, mut body)| {
                if let Target::Variant(id) = target {
                    body.insert("id".to_owned(), json!(id));
                }
                Value::Object(body)
            });
            shop.calls.put("/catalog/variants", with_id.collect())
        }
    }
}

async fn send(
    shop: &Shop,
    round: Round,
    outcomes: &mut Outcomes,
    done: &mut bool,
    partial: &mut Option<String>,
) -> Result<(), WriteError> {
    let mut open = vec![round];
    while let Some(round) = open.pop() {
        let answer = shop.calls.write(request(shop, &round), Also::Refusals).await?;
        if (200..300).contains(&answer.status) {
            *done = true;
            note_partial(&answer, partial);
            round.pieces.iter().for_each(|piece| outcomes.set(&piece.positions, &EditOutcome::Applied));
            continue;
        }
        let gone = matches!(answer.status, 404 | 410);
        if round.pieces.len() > 1 && !gone {
            let product = round.product;
            open.extend(round.pieces.into_iter().rev().map(|piece| Round { product, pieces: vec![piece] }));
            continue;
        }
        let outcome = EditOutcome::Rejected(shop.calls.refusal(&answer));
        round.pieces.iter().for_each(|piece| outcomes.set(&piece.positions, &outcome));
    }
    Ok(())
}

fn note_partial(answer: &Answer, partial: &mut Option<String>) {
    if answer.status == 207 {
        *partial = Some(partly(answer));
    }
}

/// After a 207: what does not show the new value was not saved.
async fn compare(
    shop: &Shop,
    id: u64,
    sent: &[(usize, &FieldChange)],
    told: &str,
    outcomes: &mut Outcomes,
) -> Result<(), WriteError> {
    let raw = shop.products(&[id]).await.map_err(WriteError::Unknown)?;
    let (mut found, _) = shop.listings(&raw).await.map_err(WriteError::Unknown)?;
    let Some((_, Ok(listing))) = found.pop() else { return Ok(()) };
    for (position, change) in sent {
        let variant = match &change.variant {
            Some(remote) => listing.variants.iter().find(|variant| variant.remote == *remote),
            None => listing.variants.first(),
        };
        let shown = match (change.field, variant) {
            (Field::Title, _) => FieldValue::Text(listing.title.clone()),
            (Field::Description, _) => FieldValue::Text(listing.description.clone()),
            (Field::Brand, _) => FieldValue::Maybe(listing.brand.clone()),
            (Field::Category, _) => FieldValue::Maybe(listing.category.clone()),
            (Field::Active, _) => FieldValue::Status(listing.status),
            (Field::Price, Some(variant)) => FieldValue::Money(variant.price),
            (Field::CompareAtPrice, Some(variant)) => FieldValue::Money(variant.compare_at),
            (Field::Sku, Some(variant)) => FieldValue::Maybe(variant.sku.clone()),
            (Field::Barcode, Some(variant)) => FieldValue::Maybe(variant.barcode.clone()),
            (Field::Weight, Some(variant)) => FieldValue::Weight(variant.weight),
            (Field::Dimensions, Some(variant)) => FieldValue::Dimensions(variant.dimensions),
            _ => continue,
        };
        if shown != change.to {
            outcomes.refuse(*position, told.to_owned());
        }
    }
    Ok(())
}

async fn present(shop: &Shop, id: u64) -> Result<Product, PlatformError> {
    let raw = shop.products(&[id]).await?;
    let product = raw.first().and_then(|raw| Product::deserialize(raw).ok());
    let what = format!("product {id} any more");
    product.ok_or(PlatformError::NotFound { platform: PROFILE.name, what })
}

fn prices_of(known: &Listing, now: Option<&Product>, target: Target, currency: crate::domain::Currency) -> Prices {
    let fresh = now.and_then(|product| match target {
        Target::Product => Some(Prices::of_product(product, currency)),
        Target::Variant(id) => {
            let variant = product.variants.iter().find(|variant| variant.id.number() == Some(id))?;
            Some(Prices::of_variant(variant, product, currency))
        }
    });
    let wanted = match target {
        Target::Product => known.variants.first(),
        Target::Variant(id) => known.variants.iter().find(|variant| number(&variant.remote) == Some(id)),
    };
    fresh.unwrap_or_else(|| Prices {
        price: wanted.and_then(|variant| variant.price),
        compare_at: wanted.and_then(|variant| variant.compare_at),
    })
}
