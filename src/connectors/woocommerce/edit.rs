//! Fields of a product that is there, brought to new values.
//!
//! Everything for one product goes in one update, everything for its variations in one batch. Batches are POSTs, also
//! for a single product: some hosts answer 501 to every PUT. WooCommerce refuses an update as a whole when one property
//! is wrong, so what was refused together is sent again piece by piece. And it drops in silence what its version does
//! not know; so the answer, which shows the product after the save, is compared with what was wanted.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Field, FieldChange, FieldValue, Listing};
use crate::platform::{EditOutcome, PlatformError, WriteError};

use super::catalogue::{Catalogue, number};
use super::change::{Piece, Plan, kept};
use super::convert::ShopFacts;
use super::profile::{BATCH, PROFILE};
use super::stock::sentence;
use super::terms;
use super::wire::{Problem, Product};

/// What is changed: the product itself, or one of its variations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Product(u64),
    Variation { parent: u64, id: u64 },
}

impl Target {
    fn id(self) -> u64 {
        match self {
            Self::Product(id) | Self::Variation { id, .. } => id,
        }
    }

    fn path(self) -> String {
        match self {
            Self::Product(_) => "/products/batch".to_owned(),
            Self::Variation { parent, .. } => format!("/products/{parent}/variations/batch"),
        }
    }
}

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

    fn finish(self) -> Vec<EditOutcome> {
        let missing = || rejected("no outcome was recorded for it".to_owned());
        self.0.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect()
    }
}

/// One update: some pieces for one target.
type Update = (Target, Vec<Piece>);

/// One outcome for each change, in order.
pub(super) async fn edit(
    catalogue: &Catalogue,
    known: &Listing,
    changes: &[FieldChange],
) -> Result<Vec<EditOutcome>, WriteError> {
    let mut outcomes = Outcomes(vec![None; changes.len()]);
    let Some(parent) = number(&known.remote) else {
        return Ok(changes.iter().map(|_| rejected("its identifier is none of WooCommerce's".to_owned())).collect());
    };
    let fields: Vec<Field> = changes.iter().map(|change| change.field).collect();
    if !fields.iter().any(|field| PROFILE.edits.contains(field)) {
        let refused = |field: &Field| rejected(format!("WooCommerce cannot be told other {}", field.label()));
        return Ok(fields.iter().map(refused).collect());
    }
    let measured = fields.iter().any(|field| matches!(field, Field::Weight | Field::Dimensions));
    let mut facts = catalogue.facts(false).await.map_err(WriteError::NotApplied)?;
    if measured {
        facts.units = catalogue.units_now().await.map_err(WriteError::NotApplied)?;
    }
    let looks = |field: &Field| matches!(field, Field::Brand | Field::Category | Field::Images | Field::Active);
    let now = match fields.iter().any(looks) {
        true => Some(present(catalogue, parent).await.map_err(WriteError::NotApplied)?),
        false => None,
    };
    let mut plan = Plan::new(known, parent, &facts);
    for (position, change) in changes.iter().enumerate() {
        let put = match (&change.field, &now) {
            (field, Some(now)) if looks(field) => plan.put_whole(catalogue, now, position, change).await?,
            _ => plan.put(position, change),
        };
        if let Err(why) = put {
            outcomes.set(&[position], &rejected(why));
        }
    }
    let (pieces, refused) = plan.pieces();
    for (position, why) in refused {
        outcomes.set(&[position], &rejected(why));
    }
    let mut together: BTreeMap<Target, Vec<Piece>> = BTreeMap::new();
    for (target, piece) in pieces {
        // Nothing to do: it is so already.
        if piece.body.is_empty() {
            outcomes.set(&piece.positions, &EditOutcome::Applied);
        } else {
            together.entry(target).or_default().push(piece);
        }
    }
    let mut sent = false;
    let again = round(catalogue, &facts, together.into_iter().collect(), &mut outcomes, &mut sent, true).await?;
    round(catalogue, &facts, again, &mut outcomes, &mut sent, false).await?;
    Ok(outcomes.finish())
}

/// Sends these updates, and notes what came of them. What is worth sending again, alone or corrected, is returned if
/// this is the `first` round.
async fn round(
    catalogue: &Catalogue,
    facts: &ShopFacts,
    updates: Vec<Update>,
    outcomes: &mut Outcomes,
    sent: &mut bool,
    first: bool,
) -> Result<Vec<Update>, WriteError> {
    let mut by_path: BTreeMap<String, Vec<Update>> = BTreeMap::new();
    for update in updates {
        by_path.entry(update.0.path()).or_default().push(update);
    }
    let mut again = Vec::new();
    for (path, updates) in by_path {
        for updates in updates.chunks(BATCH) {
            let answers = match send(catalogue, &path, updates).await {
                Ok(answers) => answers,
                Err(WriteError::Unknown(cause)) => return Err(WriteError::Unknown(cause)),
                Err(WriteError::NotApplied(cause)) if !*sent => return Err(WriteError::NotApplied(cause)),
                // A part of it is done, and the rest would be if it were sent again.
                Err(WriteError::NotApplied(cause)) if cause.passes() => return Err(WriteError::Unknown(cause)),
                Err(WriteError::NotApplied(cause)) => {
                    for piece in updates.iter().flat_map(|(_, pieces)| pieces) {
                        outcomes.set(&piece.positions, &EditOutcome::Rejected(cause.clone()));
                    }
                    continue;
                }
            };
            *sent = true;
            for ((target, pieces), answer) in updates.iter().zip(&answers) {
                let retry = judge(catalogue, facts, *target, pieces, answer, outcomes, first).await;
                again.extend(retry.into_iter().map(|piece| (*target, vec![piece])));
            }
        }
    }
    Ok(again)
}

/// Notes what an answer says of the pieces; those to be sent again are returned.
async fn judge(
    catalogue: &Catalogue,
    facts: &ShopFacts,
    target: Target,
    pieces: &[Piece],
    answer: &Value,
    outcomes: &mut Outcomes,
    first: bool,
) -> Vec<Piece> {
    if let Some(problem) = answer.get("error") {
        if first && pieces.len() > 1 {
            return pieces.to_vec();
        }
        let problem = Problem::deserialize(problem).unwrap_or_default();
        let outcome = EditOutcome::Rejected(refusal(target, &problem));
        pieces.iter().for_each(|piece| outcomes.set(&piece.positions, &outcome));
        return Vec::new();
    }
    let now = Product::deserialize(answer).unwrap_or_default();
    if now.status.text() == Some("trash") {
        let what = format!("product {} any more: it lies in the trash", target.id());
        let outcome = EditOutcome::Rejected(PlatformError::NotFound { platform: PROFILE.name, what });
        pieces.iter().for_each(|piece| outcomes.set(&piece.positions, &outcome));
        return Vec::new();
    }
    let mut again = Vec::new();
    for piece in pieces {
        let mut wrong = None;
        for ((field, wanted), position) in piece.wanted.iter().zip(&piece.positions) {
            match kept(*field, wanted, &now, facts) {
                Ok(()) => outcomes.set(&[*position], &EditOutcome::Applied),
                Err(why) => {
                    outcomes.set(&[*position], &rejected(why));
                    wrong = Some(());
                }
            }
            if let (Field::Images, FieldValue::Images(wanted)) = (field, wanted) {
                note_pictures(catalogue, target, &now, wanted).await;
            }
        }
        // The prices were not what we thought they were: once more, from what the answer shows.
        again.extend(wrong.filter(|()| first).and_then(|()| piece.for_prices(&now, facts)));
    }
    again
}

/// Remembers which picture came from where. If that fails, the next edit fetches them anew, and nothing else is lost.
async fn note_pictures(catalogue: &Catalogue, target: Target, now: &Product, wanted: &[String]) {
    if now.images.len() != wanted.len() {
        return;
    }
    let calls = &catalogue.calls;
    let update = json!({"id": target.id(), "meta_data": terms::pictures_note(now, wanted)});
    drop(calls.write(calls.post(&target.path(), json!({"update": [update]})), &[400]).await);
}

/// One answer for each update, in order: the thing after the save, or `{id, error}`.
async fn send(catalogue: &Catalogue, path: &str, updates: &[Update]) -> Result<Vec<Value>, WriteError> {
    let calls = &catalogue.calls;
    let body = |(target, pieces): &Update| {
        let mut body = Map::from_iter([("id".to_owned(), json!(target.id()))]);
        pieces.iter().for_each(|piece| body.extend(piece.body.clone()));
        Value::Object(body)
    };
    let request = calls.post(path, json!({"update": updates.iter().map(body).collect::<Vec<_>>()}));
    let answer = calls.write(request, &[404]).await?;
    if answer.status == 404 {
        return Err(WriteError::NotApplied(calls.refusal(&answer)));
    }
    let whole: Value = calls.json(&answer).map_err(WriteError::Unknown)?;
    let answers = whole.get("update").and_then(Value::as_array).cloned().unwrap_or_default();
    if answers.len() != updates.len() {
        let why = "the answer to a batch does not tell of every update".to_owned();
        return Err(WriteError::Unknown(PlatformError::Unexpected { platform: PROFILE.name, why }));
    }
    Ok(answers)
}

/// The product as it is now, with what an edit must not lose.
pub(super) async fn present(catalogue: &Catalogue, id: u64) -> Result<Product, PlatformError> {
    let request = catalogue
        .calls
        .get(&format!("/products/{id}"))
        .query("_fields", "id,type,status,attributes,brands,categories,images,meta_data");
    let answer = catalogue.calls.read(request, &[404]).await?;
    if answer.status == 404 {
        return Err(catalogue.calls.refusal(&answer));
    }
    let product: Product = catalogue.calls.json(&answer)?;
    if product.status.text() == Some("trash") {
        let what = format!("product {id} any more: it lies in the trash");
        return Err(PlatformError::NotFound { platform: PROFILE.name, what });
    }
    Ok(product)
}

fn refusal(target: Target, problem: &Problem) -> PlatformError {
    match problem.code.text() {
        Some(code) if code.ends_with("_invalid_id") => {
            PlatformError::NotFound { platform: PROFILE.name, what: format!("product {}", target.id()) }
        }
        _ => PlatformError::Refused { platform: PROFILE.name, why: sentence(problem) },
    }
}

fn rejected(why: String) -> EditOutcome {
    EditOutcome::Rejected(PlatformError::Refused { platform: PROFILE.name, why })
}
