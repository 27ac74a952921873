//! Fields of a product that is there, brought to new values.
//!
//! A PUT changes what it names and leaves the rest, except that lists are taken to be replaced whole: so attributes and
//! categories are read before, and sent with what was there. All fields of the product go in one call, and those of each
//! combination in one more; many combinations go in a batch, which may be done twice without harm. Where a call is
//! refused, its parts are sent again one by one, so that one bad value does not hold up the others.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::domain::{Field, FieldChange, FieldValue, Listing, Money, RemoteId, Status, Structure, Text};
use crate::platform::{EditOutcome, PlatformError, WriteError};

use super::batch::{self, Ended, Part};
use super::body::escaped;
use super::calls::{gone, refusal};
use super::category;
use super::convert::{BRAND, Facts, UPC, number};
use super::measures::{money, number as json_number, sides};
use super::pictures;
use super::profile::{BATCH, PROFILE};
use super::shelf::{Shelf, combination};
use super::wire::{Attribute, Product, Scalar};

/// Combinations that are changed one by one; more go in a batch.
const FEW: usize = 3;

/// Fields that go together, and whose changes they are.
#[derive(Debug, Clone, Default)]
struct Piece {
    positions: Vec<usize>,
    fields: Map<String, Value>,
}

/// What is to be sent, by combination; `None` is the product itself.
type Pieces = BTreeMap<Option<u64>, Vec<Piece>>;

/// One outcome for each change, in order.
pub(super) async fn edit(
    shelf: &Shelf,
    known: &Listing,
    changes: &[FieldChange],
) -> Result<Vec<EditOutcome>, WriteError> {
    let mut outcomes: Vec<EditOutcome> = changes.iter().map(without_a_call).collect();
    let open: Vec<usize> = (0..changes.len()).filter(|at| outcomes[*at] == EditOutcome::Applied).collect();
    if open.is_empty() {
        return Ok(outcomes);
    }
    let id = number(&known.remote).ok_or_else(|| WriteError::NotApplied(gone(known.title.to_string())))?;
    let looks = |field| matches!(field, Field::Brand | Field::Barcode | Field::Category | Field::Images);
    let now = match open.iter().any(|at| looks(changes[*at].field)) {
        true => {
            let found = shelf.product(id).await.map_err(WriteError::NotApplied)?;
            found.ok_or_else(|| WriteError::NotApplied(gone(known.title.to_string())))?
        }
        false => Product::default(),
    };
    let measures = |field| matches!(field, Field::Weight | Field::Dimensions);
    let facts = match open.iter().any(|at| measures(changes[*at].field)) {
        true => shelf.facts_now().await,
        false => shelf.facts().await,
    };
    let facts = facts.map_err(WriteError::NotApplied)?;
    let mut begun = false;
    let mut pieces = Pieces::new();
    let mut attributes: BTreeMap<Option<u64>, (Vec<usize>, Vec<Attribute>)> = BTreeMap::new();
    let mut images = None;
    for at in open {
        let change = &changes[at];
        let target = match target(known, change) {
            Ok(target) => target,
            Err(why) => {
                outcomes[at] = EditOutcome::Rejected(refusal(why));
                continue;
            }
        };
        let fields = match (change.field, &change.to) {
            (Field::Images, FieldValue::Images(wanted)) => {
                images = Some((at, wanted));
                continue;
            }
            (Field::Brand | Field::Barcode, FieldValue::Maybe(value)) => {
                let (positions, list) =
                    attributes.entry(target).or_insert_with(|| (Vec::new(), attributes_of(&now, target)));
                set_attribute(list, if change.field == Field::Brand { BRAND } else { UPC }, value.as_ref());
                positions.push(at);
                continue;
            }
            (Field::Category, FieldValue::Maybe(name)) => {
                category::change(shelf, &now, name.as_ref(), &mut begun).await.map(Ok)
            }
            _ => Ok(plain(change, &facts)),
        };
        match fields? {
            Ok(fields) => pieces.entry(target).or_default().push(Piece { positions: vec![at], fields }),
            Err(why) => outcomes[at] = EditOutcome::Rejected(refusal(why)),
        }
    }
    for (target, (positions, list)) in attributes {
        let sent: Vec<Value> = list.iter().map(attribute_body).collect();
        let fields = Map::from_iter([("attributes".to_owned(), json!(sent))]);
        pieces.entry(target).or_default().push(Piece { positions, fields });
    }
    send(shelf, id, pieces, &mut outcomes, &mut begun).await.map_err(|why| why.after(begun))?;
    if let Some((at, wanted)) = images {
        match pictures::replace(shelf, id, &now, wanted, &mut begun).await {
            Ok(()) => {}
            Err(WriteError::NotApplied(why @ PlatformError::Refused { .. })) => {
                outcomes[at] = EditOutcome::Rejected(why)
            }
            Err(why) => return Err(why.after(begun)),
        }
    }
    Ok(outcomes)
}

/// What needs no call to be refused; else `Applied`, to be found out.
fn without_a_call(change: &FieldChange) -> EditOutcome {
    let why = match (&change.to, change.field) {
        (_, field) if !PROFILE.edits.contains(&field) => {
            format!("{}: E-Series takes it as a further variant only", field.label())
        }
        (FieldValue::Text(text), Field::Title) if text.is_empty() => "a product needs a name".to_owned(),
        (FieldValue::Money(None), Field::Price) => "a product needs a price there".to_owned(),
        _ => return EditOutcome::Applied,
    };
    EditOutcome::Rejected(refusal(why))
}

/// The combination that a change is about; `None` for the product itself.
fn target(known: &Listing, change: &FieldChange) -> Result<Option<u64>, String> {
    if !change.field.is_per_variant() {
        return Ok(None);
    }
    let missing = || format!("the {} belongs to a variant that is not there", change.field.label());
    let is_its = |remote: &RemoteId| known.variants.iter().any(|variant| variant.remote == *remote);
    match (&known.structure, &change.variant) {
        (Structure::Simple, None) => Ok(None),
        (Structure::Simple, Some(remote)) if is_its(remote) => Ok(None),
        (Structure::Variable { .. }, Some(remote)) if is_its(remote) => number(remote).map(Some).ok_or_else(missing),
        _ => Err(missing()),
    }
}

/// Fields that need no look at what is there.
fn plain(change: &FieldChange, facts: &Facts) -> Result<Map<String, Value>, String> {
    let (name, value) = match (change.field, &change.to) {
        (Field::Title, FieldValue::Text(text)) => ("name", json!(text.as_str())),
        (Field::Description, FieldValue::Text(text)) => ("description", json!(escaped(text))),
        (Field::Price, FieldValue::Money(Some(price))) => ("price", priced(*price, facts)?),
        // 0 is E-Series' word for none.
        (Field::CompareAtPrice, FieldValue::Money(None)) => ("compareToPrice", json!(0)),
        (Field::CompareAtPrice, FieldValue::Money(Some(price))) => ("compareToPrice", priced(*price, facts)?),
        (Field::Sku, FieldValue::Maybe(sku)) => ("sku", json!(sku.as_ref().map_or("", Text::as_str))),
        (Field::Weight, FieldValue::Weight(None)) => ("weight", json!(0)),
        (Field::Weight, FieldValue::Weight(Some(weight))) => {
            ("weight", json_number(&facts.units.write_weight(*weight)?))
        }
        (Field::Dimensions, FieldValue::Dimensions(None)) => {
            ("dimensions", json!({"length": 0, "width": 0, "height": 0}))
        }
        (Field::Dimensions, FieldValue::Dimensions(Some(size))) => {
            ("dimensions", sides(facts.units.write_dimensions(*size)?))
        }
        (Field::Active, FieldValue::Status(status)) => ("enabled", json!(*status == Status::Active)),
        (field, _) => return Err(format!("that is no value for the {}", field.label())),
    };
    Ok(Map::from_iter([(name.to_owned(), value)]))
}

fn priced(price: Money, facts: &Facts) -> Result<Value, String> {
    match price.currency == facts.currency && price.minor >= 0 {
        true => Ok(money(price)),
        false if price.minor < 0 => Err("a price cannot be below nothing".to_owned()),
        false => Err(format!("the shop's prices are in {}, and this one is in {}", facts.currency, price.currency)),
    }
}

fn attributes_of(now: &Product, target: Option<u64>) -> Vec<Attribute> {
    match target {
        None => now.attributes.clone(),
        Some(id) => combination(now, id).map(|own| own.attributes.clone()).unwrap_or_default(),
    }
}

/// A blank value takes it off, whether lists are replaced or merged there.
fn set_attribute(list: &mut Vec<Attribute>, kind: &str, value: Option<&Text>) {
    let value = Scalar::from(&json!(value.map_or("", Text::as_str)));
    match list.iter_mut().find(|known| known.kind.text() == Some(kind)) {
        Some(known) => known.value = value,
        None if value.text().is_none() => {}
        None => list.push(Attribute { kind: Scalar::from(&json!(kind)), value, ..Attribute::default() }),
    }
}

/// By its number where it has one; a new one by its alias.
fn attribute_body(attribute: &Attribute) -> Value {
    let mut body = Map::new();
    match attribute.id.number() {
        Some(id) => {
            body.insert("id".into(), json!(id));
            body.extend(attribute.name.text().map(|name| ("name".to_owned(), json!(name))));
            body.extend(attribute.show.text().map(|show| ("show".to_owned(), json!(show))));
        }
        None => {
            body.extend(attribute.kind.text().map(|kind| ("alias".to_owned(), json!(kind))));
        }
    }
    body.insert("value".into(), json!(attribute.value.text().unwrap_or_default()));
    Value::Object(body)
}

fn path(product: u64, target: Option<u64>) -> String {
    match target {
        None => format!("/products/{product}"),
        Some(combination) => format!("/products/{product}/combinations/{combination}"),
    }
}

fn merged(pieces: &[Piece]) -> Value {
    Value::Object(pieces.iter().flat_map(|piece| piece.fields.clone()).collect())
}

async fn send(
    shelf: &Shelf,
    product: u64,
    mut pieces: Pieces,
    outcomes: &mut [EditOutcome],
    begun: &mut bool,
) -> Result<(), WriteError> {
    if pieces.keys().flatten().count() > FEW {
        let many: Vec<(Option<u64>, Vec<Piece>)> = pieces.extract_if(.., |target, _| target.is_some()).collect();
        send_many(shelf, product, &many, outcomes, begun).await?;
    }
    for (target, pieces) in pieces {
        let path = path(product, target);
        match shelf.calls.write(shelf.calls.put(&path, merged(&pieces))).await {
            Ok(_) => *begun = true,
            Err(WriteError::NotApplied(PlatformError::Refused { .. })) if pieces.len() > 1 => {
                for piece in &pieces {
                    let sent = shelf.calls.write(shelf.calls.put(&path, merged(std::slice::from_ref(piece)))).await;
                    settle(sent.map(drop), &piece.positions, outcomes, begun)?;
                }
            }
            other => {
                let positions: Vec<usize> = pieces.iter().flat_map(|piece| piece.positions.clone()).collect();
                settle(other.map(drop), &positions, outcomes, begun)?;
            }
        }
    }
    Ok(())
}

async fn send_many(
    shelf: &Shelf,
    product: u64,
    many: &[(Option<u64>, Vec<Piece>)],
    outcomes: &mut [EditOutcome],
    begun: &mut bool,
) -> Result<(), WriteError> {
    for some in many.chunks(BATCH) {
        let parts: Vec<Part> = some
            .iter()
            .map(|(target, pieces)| Part { method: "PUT", path: path(product, *target), body: merged(pieces) })
            .collect();
        let ends = batch::run(shelf, &parts).await?;
        for ((_, pieces), end) in some.iter().zip(ends) {
            let positions: Vec<usize> = pieces.iter().flat_map(|piece| piece.positions.clone()).collect();
            let sent = match end {
                Ended::Done(_) => Ok(()),
                Ended::Refused(cause) => Err(WriteError::NotApplied(cause)),
                Ended::Unknown(cause) => Err(WriteError::Unknown(cause)),
            };
            settle(sent, &positions, outcomes, begun)?;
        }
    }
    Ok(())
}

/// Notes what became of these changes; passes on what is not about them.
fn settle(
    sent: Result<(), WriteError>,
    positions: &[usize],
    outcomes: &mut [EditOutcome],
    begun: &mut bool,
) -> Result<(), WriteError> {
    match sent {
        Ok(()) => {
            *begun = true;
            Ok(())
        }
        Err(WriteError::NotApplied(cause @ (PlatformError::Refused { .. } | PlatformError::NotFound { .. }))) => {
            for position in positions {
                if let Some(outcome) = outcomes.get_mut(*position) {
                    *outcome = EditOutcome::Rejected(cause.clone());
                }
            }
            Ok(())
        }
        Err(why) => Err(why),
    }
}
