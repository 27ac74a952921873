//! Fields of a product that is there, brought to new values: all of them in one call. What was refused together is sent
//! again change by change.

use serde_json::{Value, json};

use crate::domain::{Currency, Field, FieldChange, FieldValue, Listing, Status, Text};
use crate::http::Request;
use crate::platform::{PlatformError, WriteError};

use super::super::calls::{Also, is_success};
use super::super::edit::{Outcomes, Placed, markup};
use super::super::measures::{money, number, pair, weight_unit};
use super::super::shop::Shop;
use super::super::wire::{Loose, variant_of};
use super::whole::{Changed, Whole, update};
use super::wire::MediaItem;

pub(in super::super) async fn write(
    shop: &Shop,
    known: &Listing,
    changes: &[Placed<'_>],
    outcomes: &mut Outcomes,
) -> Result<(), WriteError> {
    let currency = shop.currency().await.map_err(WriteError::NotApplied)?;
    let brands = brands(shop, changes, outcomes).await?;
    let mut rounds: Vec<Vec<Placed<'_>>> = vec![changes.to_vec()];
    while let Some(round) = rounds.pop() {
        let apply = |whole: &mut Whole| {
            let mut impossible = Vec::new();
            let terms = Terms { currency, brands: &brands, round: &round };
            for placed in &round {
                if let Err(why) = terms.apply(whole, placed.1) {
                    impossible.push((placed.0, why));
                }
            }
            impossible
        };
        let (changed, impossible) = match update(shop, known.remote.as_str(), apply).await {
            Ok(done) => done,
            // It went: so said of each change.
            Err(WriteError::NotApplied(gone @ PlatformError::NotFound { .. })) => {
                outcomes.reject(&round, &gone);
                continue;
            }
            Err(error) => return Err(error),
        };
        let sent: Vec<Placed<'_>> =
            round.into_iter().filter(|(at, _)| impossible.iter().all(|(position, _)| position != at)).collect();
        impossible.into_iter().for_each(|(position, why)| outcomes.refuse(position, why));
        match changed {
            Changed::Done => outcomes.applied(&sent),
            Changed::Refused(error) if sent.len() <= 1 => outcomes.reject(&sent, &error),
            Changed::Refused(_) => rounds.extend(sent.into_iter().rev().map(|placed| vec![placed])),
        }
    }
    Ok(())
}

/// Identifiers of the brands that are asked for, made where there are none (spec, brands/get-or-create). Making one
/// twice makes one.
async fn brands(
    shop: &Shop,
    changes: &[Placed<'_>],
    outcomes: &mut Outcomes,
) -> Result<Vec<(Text, Value)>, WriteError> {
    let mut found = Vec::new();
    for (position, change) in changes {
        let (Field::Brand, FieldValue::Maybe(Some(name))) = (change.field, &change.to) else { continue };
        let body = json!({"brandName": name.as_str()});
        let request = Request::post("/stores/v3/brands/get-or-create").json(body);
        let answer = shop.calls.write(request, Also::Refusals).await?;
        if !is_success(&answer) {
            outcomes.refuse(*position, shop.calls.refusal(&answer).to_string());
            continue;
        }
        let told: Value = shop.calls.json(&answer).map_err(WriteError::Unknown)?;
        if let Some(id) = told.pointer("/brand/id").filter(|id| id.is_string()) {
            found.push((name.clone(), id.clone()));
        }
    }
    Ok(found)
}

struct Terms<'a> {
    currency: Currency,
    brands: &'a [(Text, Value)],
    round: &'a [Placed<'a>],
}

impl Terms<'_> {
    /// Puts one change into what is sent. The error is why it cannot be.
    fn apply(&self, whole: &mut Whole, change: &FieldChange) -> Result<(), String> {
        match (change.field, &change.to) {
            (Field::Title, FieldValue::Text(title)) => whole.set("name", json!(title.as_str())),
            (Field::Description, FieldValue::Text(text)) => whole.set("plainDescription", json!(markup(text))),
            (Field::Active, FieldValue::Status(status)) => {
                whole.set("visible", json!(*status == Status::Active));
            }
            (Field::Brand, FieldValue::Maybe(None)) => whole.set("brand", Value::Null),
            (Field::Brand, FieldValue::Maybe(Some(name))) => {
                let id = self.brands.iter().find(|(known, _)| known == name).map(|(_, id)| id);
                let id = id.ok_or_else(|| format!("Wix has no brand {name} and did not make one"))?;
                whole.set("brand", json!({"id": id}));
            }
            (Field::Images, FieldValue::Images(wanted)) => {
                let items = pictures(&whole.now, wanted);
                whole.set("media", json!({"itemsInfo": {"items": items}}));
            }
            (Field::Sku, FieldValue::Maybe(sku)) => put(variant(whole, change)?, "sku", sku.as_ref()),
            (Field::Barcode, FieldValue::Maybe(barcode)) => put(variant(whole, change)?, "barcode", barcode.as_ref()),
            (Field::Price | Field::CompareAtPrice, _) => self.price(whole, change)?,
            (Field::Weight, FieldValue::Weight(weight)) => {
                let place = "/physicalProperties/weightMeasurementUnitInfo/weightMeasurementUnit";
                let unit = whole.now.pointer(place).map(Loose::from).unwrap_or_default();
                let unit = weight_unit(&unit).ok_or("Wix does not say in which unit it weighs")?;
                let written = weight.map(|weight| number(&unit.write(weight))).transpose()?.unwrap_or(json!(0));
                let variant = variant(whole, change)?;
                if !variant["physicalProperties"].is_object() {
                    variant["physicalProperties"] = json!({});
                }
                variant["physicalProperties"]["weight"] = written;
            }
            (field, _) => return Err(format!("Wix cannot be told another {}", field.label())),
        }
        Ok(())
    }

    /// The two prices of a variant hang together: both are decided by what is asked for and, else, by what is there.
    fn price(&self, whole: &mut Whole, change: &FieldChange) -> Result<(), String> {
        let asked = |field: Field| {
            let same = |placed: &&Placed<'_>| placed.1.field == field && placed.1.variant == change.variant;
            self.round.iter().find(same).and_then(|placed| match &placed.1.to {
                FieldValue::Money(money) => Some(*money),
                _ => None,
            })
        };
        let variant = variant(whole, change)?;
        let there = |name: &str| {
            let raw = variant.pointer(&format!("/price/{name}/amount")).map(Loose::from).unwrap_or_default();
            money(&raw, self.currency)
        };
        let price = asked(Field::Price).unwrap_or_else(|| there("actualPrice"));
        let compare_at = asked(Field::CompareAtPrice);
        let now = there("compareAtPrice").filter(|price| price.minor > 0);
        let mut both = pair(price, compare_at.unwrap_or(now), compare_at.is_some(), self.currency);
        if both.is_err() && change.field == Field::Price {
            // The price alone may be good.
            both = pair(price, now, false, self.currency);
        }
        let (price, compare_at) = both?;
        let mut amounts = json!({"actualPrice": {"amount": price.amount()}});
        if let Some(compare_at) = compare_at {
            amounts["compareAtPrice"] = json!({"amount": compare_at.amount()});
        }
        variant["price"] = amounts;
        Ok(())
    }
}

/// The variant that a change is of, among those that will be sent; the only one of a product without options.
fn variant<'a>(whole: &'a mut Whole, change: &FieldChange) -> Result<&'a mut Value, String> {
    let wanted = change.variant.as_ref().and_then(variant_of).map(str::to_owned);
    let variants = whole.variants();
    let is_it = |variant: &&mut Value| {
        variant.get("id").and_then(Value::as_str).is_some_and(|id| Some(id) == wanted.as_deref())
    };
    let label = change.field.label();
    variants.iter_mut().find(is_it).ok_or_else(|| format!("the {label} belongs to a variant that is not there"))
}

fn put(variant: &mut Value, name: &str, text: Option<&Text>) {
    match text {
        Some(text) => variant[name] = json!(text.as_str()),
        // Blank is refused (spec: minLength 1); a variant is replaced as a whole, so what is left out goes.
        None => {
            if let Some(fields) = variant.as_object_mut() {
                fields.remove(name);
            }
        }
    }
}

/// Those that are there stay the same files; the others are fetched from their addresses.
fn pictures(now: &Value, wanted: &[String]) -> Vec<Value> {
    let there: Vec<MediaItem> =
        super::super::wire::items(now.pointer("/media/itemsInfo/items").unwrap_or(&Value::Null));
    let item = |address: &String| {
        let known = there.iter().find(|item| item.address() == Some(address));
        match known.and_then(|item| item.id.text()) {
            Some(id) => json!({"id": id}),
            None => json!({"url": address}),
        }
    };
    wanted.iter().map(item).collect()
}
