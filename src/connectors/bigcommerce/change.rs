//! What an edit sends for each field.

use serde_json::{Map, Value, json};

use crate::domain::{Field, FieldChange, FieldValue, Listing, Status, Text};
use crate::platform::WriteError;

use super::body::escaped;
use super::calls::not_done;
use super::convert::{Facts, number};
use super::measures::{decimal, sides};
use super::prices::{Prices, Wanted};
use super::profile::BARCODE;
use super::shop::Shop;
use super::terms;
use super::wire::Product;

/// What is changed: the product itself, or one of its variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Product,
    Variant(u64),
}

/// What is sent and judged together: mostly one change; the two prices are one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub target: Target,
    /// In the caller's list.
    pub positions: Vec<usize>,
    pub body: Map<String, Value>,
}

/// Where a change of a variant's own field goes; a product without options has them itself.
pub(super) fn target(known: &Listing, change: &FieldChange) -> Result<Target, String> {
    if !change.field.is_per_variant() || !known.structure.is_variable() {
        return Ok(Target::Product);
    }
    let variant = change.variant.as_ref().and_then(|remote| known.variants.iter().find(|v| v.remote == *remote));
    let id = variant.and_then(|variant| number(&variant.remote));
    id.map(Target::Variant)
        .ok_or_else(|| format!("the {} belongs to a variant that is not there", change.field.label()))
}

/// The body of a change that is neither a price nor a picture. `now`: the product, where a change depends on it.
pub(super) async fn body(
    shop: &Shop,
    facts: &Facts,
    target: Target,
    now: Option<&Product>,
    change: &FieldChange,
) -> Result<Map<String, Value>, WriteError> {
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    match (change.field, &change.to) {
        (Field::Title, FieldValue::Text(title)) if title.is_empty() => return Err(not_done("a product needs a title")),
        (Field::Title, FieldValue::Text(title)) => set("name", json!(title.as_str())),
        (Field::Description, FieldValue::Text(text)) => set("description", json!(escaped(text))),
        (Field::Sku, FieldValue::Maybe(None)) if target != Target::Product => {
            return Err(not_done("BigCommerce wants a SKU for each variant"));
        }
        (Field::Sku, FieldValue::Maybe(sku)) => set("sku", json!(sku.as_ref().map_or("", Text::as_str))),
        (Field::Barcode, FieldValue::Maybe(Some(barcode))) if barcode.chars().count() > BARCODE => {
            return Err(not_done(format!("the barcode {barcode} is longer than {BARCODE} characters")));
        }
        (Field::Barcode, FieldValue::Maybe(Some(barcode))) => set("upc", json!(barcode.as_str())),
        (Field::Barcode, FieldValue::Maybe(None)) => {
            // The second one is read where the first is blank.
            set("upc", json!(""));
            set("gtin", json!(""));
        }
        // Finds or makes it; what no brand is, says the number 0.
        (Field::Brand, FieldValue::Maybe(Some(brand))) => set("brand_name", json!(brand.as_str())),
        (Field::Brand, FieldValue::Maybe(None)) => set("brand_id", json!(0)),
        (Field::Category, FieldValue::Maybe(name)) => {
            let there = now.map_or(0, |now| now.categories.len());
            if there > 1 {
                return Err(not_done(format!("it is in {there} categories there, so none of them is changed")));
            }
            match name {
                Some(name) => set("categories", json!([terms::category(shop, name).await?])),
                None => set("categories", json!([])),
            }
        }
        (Field::Weight, FieldValue::Weight(weight)) => {
            let none = if target == Target::Product { json!(0) } else { Value::Null };
            let written = |weight| facts.units.write_weight(weight).and_then(|text| decimal(&text));
            set("weight", weight.map_or(Ok(none), written).map_err(not_done)?);
        }
        (Field::Dimensions, FieldValue::Dimensions(dimensions)) => {
            let none = if target == Target::Product { json!(0) } else { Value::Null };
            let none = || Ok([none.clone(), none.clone(), none.clone()]);
            let written = dimensions.map_or_else(none, |all| sides(&facts.units.write_dimensions(all)?));
            let [length, width, height] = written.map_err(not_done)?;
            set("depth", length);
            set("width", width);
            set("height", height);
        }
        (Field::Active, FieldValue::Status(status)) => {
            let is_active = *status == Status::Active;
            set("is_visible", json!(is_active));
            // Both keep customers from buying it.
            if is_active && now.and_then(|now| now.availability.text()) == Some("disabled") {
                set("availability", json!("available"));
            }
        }
        (field, _) => return Err(not_done(format!("BigCommerce cannot be told another {}", field.label()))),
    }
    Ok(body)
}

/// The two prices of one target, which are sent together.
#[derive(Debug, Clone, Default)]
pub(super) struct PriceChange {
    pub wanted: Wanted,
    pub price_at: Option<usize>,
    pub compare_at: Option<usize>,
}

impl PriceChange {
    pub(super) fn take(&mut self, position: usize, change: &FieldChange, facts: &Facts) -> Result<(), String> {
        let FieldValue::Money(money) = &change.to else {
            return Err(format!("a {} is an amount of money", change.field.label()));
        };
        if let Some(money) = money {
            if money.currency != facts.currency {
                let ours = facts.currency;
                return Err(format!("the store's prices are in {ours}, and this one is in {}", money.currency));
            }
            if money.minor < 0 {
                return Err("a price cannot be below nothing".to_owned());
            }
        }
        if change.field == Field::Price {
            self.wanted.price = Some(*money);
            self.price_at = Some(position);
        } else {
            self.wanted.compare_at = Some(*money);
            self.compare_at = Some(position);
        }
        Ok(())
    }

    /// The piece, and what turned out to be impossible.
    pub(super) fn piece(mut self, target: Target, now: Prices) -> (Option<Piece>, Vec<(usize, String)>) {
        let mut refused = Vec::new();
        let mut body = self.wanted.body(now);
        if let (Err(why), Some(position), Some(_)) = (&body, self.compare_at, self.price_at) {
            // The price alone may be good.
            refused.push((position, why.clone()));
            self.compare_at = None;
            self.wanted.compare_at = None;
            body = self.wanted.body(now);
        }
        let positions: Vec<usize> = [self.price_at, self.compare_at].into_iter().flatten().collect();
        match body {
            Ok(body) => (Some(Piece { target, positions, body }), refused),
            Err(why) => {
                refused.extend(positions.into_iter().map(|position| (position, why.clone())));
                (None, refused)
            }
        }
    }
}
