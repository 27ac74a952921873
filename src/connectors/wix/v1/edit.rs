//! Fields of a product that is there, brought to new values: everything of the product in one call, everything of its
//! variants in another. What was refused together is sent again change by change. V1 has no revisions: of two who change
//! the same field, the later one wins.

use serde_json::{Map, Value, json};

use crate::domain::{Currency, Field, FieldChange, FieldValue, Listing, Money, Status, Text};
use crate::http::{Answer, Request, segment};
use crate::platform::WriteError;

use super::super::calls::{Also, gone, is_success};
use super::super::edit::{Outcomes, Placed, markup};
use super::super::measures::{money, number, pair};
use super::super::shop::Shop;
use super::super::wire::variant_of;
use super::body::discounted;
use super::convert::is_variable;
use super::creation::add_pictures;
use super::read;
use super::wire::Product;

/// What one call changes.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Product(Map<String, Value>),
    /// A variant's own identifier and what is different of it.
    Variant(String, Map<String, Value>),
    NoBrand,
}

pub(in super::super) async fn write(
    shop: &Shop,
    known: &Listing,
    changes: &[Placed<'_>],
    outcomes: &mut Outcomes,
) -> Result<(), WriteError> {
    let id = known.remote.as_str();
    let currency = shop.currency().await.map_err(WriteError::NotApplied)?;
    // Prices hang on discounts, and where a field stands hangs on whether variants are managed.
    let Some(now) = read::one(shop, id).await.map_err(WriteError::NotApplied)? else {
        outcomes.reject(changes, &gone(format!("product {id} any more")));
        return Ok(());
    };
    let mut pieces: Vec<(Placed<'_>, Piece)> = Vec::new();
    let mut images = None;
    for placed in changes {
        match (placed.1.field, &placed.1.to) {
            (Field::Images, FieldValue::Images(wanted)) => images = Some((*placed, wanted)),
            _ => match piece(&now, placed.1, changes, currency) {
                Ok(piece) => pieces.push((*placed, piece)),
                Err(why) => outcomes.refuse(placed.0, why),
            },
        }
    }
    let of_product = |(_, piece): &(Placed<'_>, Piece)| matches!(piece, Piece::Product(_));
    let of_variant = |(_, piece): &(Placed<'_>, Piece)| matches!(piece, Piece::Variant(..));
    let rounds = [
        pieces.iter().filter(|piece| of_product(piece)).cloned().collect::<Vec<_>>(),
        pieces.iter().filter(|piece| of_variant(piece)).cloned().collect(),
        pieces.iter().filter(|piece| !of_product(piece) && !of_variant(piece)).cloned().collect(),
    ];
    for round in rounds.into_iter().filter(|round| !round.is_empty()) {
        send_round(shop, id, round, outcomes).await?;
    }
    if let Some((placed, wanted)) = images {
        replace_pictures(shop, id, &now, wanted, placed, outcomes).await?;
    }
    Ok(())
}

async fn send_round(
    shop: &Shop,
    id: &str,
    round: Vec<(Placed<'_>, Piece)>,
    outcomes: &mut Outcomes,
) -> Result<(), WriteError> {
    let mut open = vec![round];
    while let Some(round) = open.pop() {
        let pieces: Vec<&Piece> = round.iter().map(|(_, piece)| piece).collect();
        let answer = send(shop, id, &pieces).await?;
        let changes: Vec<Placed<'_>> = round.iter().map(|(placed, _)| *placed).collect();
        if is_success(&answer) {
            outcomes.applied(&changes);
        } else if round.len() > 1 && answer.status != 404 {
            open.extend(round.into_iter().rev().map(|one| vec![one]));
        } else {
            outcomes.reject(&changes, &shop.calls.refusal(&answer));
        }
    }
    Ok(())
}

async fn send(shop: &Shop, id: &str, pieces: &[&Piece]) -> Result<Answer, WriteError> {
    let path = format!("/stores/v1/products/{}", segment(id));
    let mut product = Map::new();
    let mut variants: Vec<(&str, Map<String, Value>)> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Product(fields) => product.extend(fields.clone()),
            Piece::Variant(own, fields) => match variants.iter_mut().find(|(known, _)| known == own) {
                Some((_, known)) => known.extend(fields.clone()),
                None => variants.push((own, fields.clone())),
            },
            Piece::NoBrand => {}
        }
    }
    let request = if !product.is_empty() {
        Request::patch(path).json(json!({"product": product}))
    } else if !variants.is_empty() {
        let bodies = variants.into_iter().map(|(own, mut fields)| {
            fields.insert("variantIds".to_owned(), json!([own]));
            Value::Object(fields)
        });
        Request::patch(format!("{path}/variants")).json(json!({"id": id, "variants": bodies.collect::<Vec<_>>()}))
    } else {
        Request::post(format!("{path}/remove-brand")).json(json!({"id": id}))
    };
    let answer = shop.calls.write(request, Also::Refusals).await?;
    if is_success(&answer) {
        // An answer that breaks off does not tell what was done.
        let _: Value = shop.calls.json(&answer).map_err(WriteError::Unknown)?;
    }
    Ok(answer)
}

fn piece(now: &Product, change: &FieldChange, all: &[Placed<'_>], currency: Currency) -> Result<Piece, String> {
    let of_product = |name: &str, value: Value| Piece::Product(Map::from_iter([(name.to_owned(), value)]));
    Ok(match (change.field, &change.to) {
        (Field::Title, FieldValue::Text(title)) => of_product("name", json!(title.as_str())),
        (Field::Description, FieldValue::Text(text)) => of_product("description", json!(markup(text))),
        (Field::Active, FieldValue::Status(status)) => of_product("visible", json!(*status == Status::Active)),
        (Field::Brand, FieldValue::Maybe(Some(brand))) => of_product("brand", json!(brand.as_str())),
        (Field::Brand, FieldValue::Maybe(None)) => Piece::NoBrand,
        (Field::Sku, FieldValue::Maybe(sku)) => {
            let sku = json!(sku.as_ref().map_or("", Text::as_str));
            match is_variable(now) {
                true => Piece::Variant(own(now, change)?, Map::from_iter([("sku".to_owned(), sku)])),
                false => of_product("sku", sku),
            }
        }
        (Field::Price | Field::CompareAtPrice, FieldValue::Money(wanted)) => {
            price(now, change, *wanted, all, currency)?
        }
        (Field::Barcode, _) => return Err("the site's catalogue (V1) has no barcodes".to_owned()),
        (Field::Weight, _) => {
            return Err("the site's catalogue (V1) does not say in which unit it weighs".to_owned());
        }
        (field, _) => return Err(format!("Wix cannot be told another {}", field.label())),
    })
}

/// The variant that a change is of.
fn own(now: &Product, change: &FieldChange) -> Result<String, String> {
    let wanted = change.variant.as_ref().and_then(variant_of);
    let there = now.variants.iter().any(|variant| variant.id.text().is_some() && variant.id.text() == wanted);
    let missing = || format!("the {} belongs to a variant that is not there", change.field.label());
    wanted.filter(|_| there).map(str::to_owned).ok_or_else(missing)
}

/// A product's two prices are one price and a discount; a variant has a price alone, and the product's discount.
fn price(
    now: &Product,
    change: &FieldChange,
    wanted: Option<Money>,
    all: &[Placed<'_>],
    currency: Currency,
) -> Result<Piece, String> {
    if is_variable(now) {
        if now.discount.is_given() {
            return Err("the product has a discount in Wix for all its variants; end it there first".to_owned());
        }
        if change.field == Field::CompareAtPrice {
            return Err("the site's catalogue (V1) has no compare-at price for a variant".to_owned());
        }
        let (price, _) = pair(wanted, None, false, currency)?;
        let fields = Map::from_iter([("price".to_owned(), number(&price.amount())?)]);
        return Ok(Piece::Variant(own(now, change)?, fields));
    }
    let asked = |field: Field| {
        all.iter().find(|placed| placed.1.field == field).and_then(|placed| match &placed.1.to {
            FieldValue::Money(money) => Some(*money),
            _ => None,
        })
    };
    let (full, less) = (money(&now.price_data.price, currency), money(&now.price_data.discounted_price, currency));
    let there = less.or(full);
    let crossed = full.filter(|full| there.is_some_and(|there| there.minor < full.minor));
    let compare_at = asked(Field::CompareAtPrice);
    let wanted = asked(Field::Price).unwrap_or(there);
    let mut both = pair(wanted, compare_at.unwrap_or(crossed), compare_at.is_some(), currency);
    if both.is_err() && change.field == Field::Price {
        // The price alone may be good.
        both = pair(wanted, crossed, false, currency);
    }
    let (price, compare_at) = both?;
    discounted(price, compare_at).map(Piece::Product)
}

/// Those that are there and wanted, in this order, stay; else all go and the wanted ones are fetched.
async fn replace_pictures(
    shop: &Shop,
    id: &str,
    now: &Product,
    wanted: &[String],
    placed: Placed<'_>,
    outcomes: &mut Outcomes,
) -> Result<(), WriteError> {
    let there: Vec<&str> = now.media.items.iter().filter_map(|item| item.image.url.text()).collect();
    if there == wanted.iter().map(String::as_str).collect::<Vec<_>>() {
        outcomes.applied(&[placed]);
        return Ok(());
    }
    let is_wanted = |address: &str| wanted.iter().any(|one| one == address);
    let missing: Vec<String> = wanted.iter().filter(|one| !there.contains(&one.as_str())).cloned().collect();
    let kept = there.iter().filter(|address| is_wanted(address)).map(|address| (*address).to_owned());
    let appended: Vec<String> = kept.chain(missing.iter().cloned()).collect();
    // New ones come last. Where that gives another order, all are fetched anew.
    let in_order = appended == wanted;
    let added = if in_order { missing } else { wanted.to_vec() };
    // The new ones first, so that a refusal leaves the old ones.
    if let Some(why) = add_pictures(shop, id, &added).await? {
        outcomes.refuse(placed.0, why);
        return Ok(());
    }
    outcomes.done = true;
    let unwanted = now.media.items.iter().filter(|item| !in_order || !item.image.url.text().is_some_and(is_wanted));
    let unwanted: Vec<&str> = unwanted.filter_map(|item| item.id.text()).collect();
    if !unwanted.is_empty() {
        let path = format!("/stores/v1/products/{}/media/delete", segment(id));
        let request = Request::post(path).json(json!({"id": id, "mediaIds": unwanted}));
        let answer = shop.calls.write(request, Also::Refusals).await?;
        if !is_success(&answer) {
            outcomes.reject(&[placed], &shop.calls.refusal(&answer));
            return Ok(());
        }
    }
    outcomes.applied(&[placed]);
    Ok(())
}
