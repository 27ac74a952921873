//! Which fields of which item or matrix an edit comes to. Calls nobody.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{Field, FieldChange, FieldValue, Listing, Status, Text};

use super::body::{self, Fields};
use super::convert::status;
use super::prices::{self, Level};
use super::profile::PROFILE;
use super::shelf::Present;
use super::wire::{self, Item};

/// Fields of one thing that go together, and whose change they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub position: usize,
    pub fields: Fields,
}

/// What is to be sent.
#[derive(Debug, Default)]
pub struct Plan {
    /// To the matrix, where there is one.
    pub matrix: Vec<Piece>,
    /// To items, by number.
    pub items: BTreeMap<String, Vec<Piece>>,
    /// A new title of a matrix, which its items are called by.
    pub title: Option<(usize, Text)>,
    /// Fields of the matrix that its items have to have too.
    pub shared: Vec<Piece>,
}

impl Plan {
    /// A field of the product itself: of its matrix, or of its one item.
    pub fn product(&mut self, present: &Present, position: usize, name: &str, value: Value) {
        let piece = Piece { position, fields: Fields::from_iter([(name.to_owned(), value)]) };
        match (&present.matrix, present.items.first().and_then(|item| item.id.id())) {
            (Some(_), _) => self.matrix.push(piece),
            (None, Some(id)) => self.items.entry(id.to_owned()).or_default().push(piece),
            (None, None) => {}
        }
    }

    /// As [`Plan::product`], and of each of its items.
    pub fn everywhere(&mut self, present: &Present, position: usize, name: &str, value: Value) {
        if present.matrix.is_some() {
            let fields = Fields::from_iter([(name.to_owned(), value.clone())]);
            self.shared.push(Piece { position, fields });
        }
        self.product(present, position, name, value);
    }

    /// The error is a plain sentence about this one change. Brand and category are looked up elsewhere.
    pub fn put(
        &mut self,
        known: &Listing,
        present: &Present,
        position: usize,
        change: &FieldChange,
    ) -> Result<(), String> {
        match (change.field, &change.to) {
            (field, _) if !PROFILE.edits.contains(&field) => {
                return Err(format!("R-Series has no {} that can be written", field.label()));
            }
            (Field::Title, FieldValue::Text(title)) if title.is_empty() => {
                return Err("a product has to have a title".to_owned());
            }
            (Field::Title, FieldValue::Text(title)) => {
                self.product(present, position, "description", json!(title.as_str()));
                self.title = present.matrix.is_some().then(|| (position, title.clone()));
            }
            (Field::Description, FieldValue::Text(text)) => {
                self.product(present, position, "ItemECommerce", body::long_description(text));
            }
            (Field::Active, FieldValue::Status(wanted)) => self.put_status(present, position, *wanted),
            (Field::Price, FieldValue::Money(None)) => return Err("an item in R-Series always has a price".to_owned()),
            (Field::Price | Field::CompareAtPrice, FieldValue::Money(price)) => {
                let level = if change.field == Field::Price { Level::Default } else { Level::Msrp };
                let item = item_of(known, present, change)?;
                let entry = prices::entry(Some(item), level, *price);
                self.item(item, position, [("Prices".to_owned(), json!({ "ItemPrice": [entry] }))]);
            }
            (Field::Sku, FieldValue::Maybe(sku)) => {
                let item = item_of(known, present, change)?;
                if sku.is_none() && item.custom_sku.text().is_none() {
                    return Err("an item in R-Series always has its system SKU".to_owned());
                }
                self.item(item, position, [("customSku".to_owned(), json!(sku.as_deref().unwrap_or_default()))]);
            }
            (Field::Barcode, FieldValue::Maybe(code)) => {
                let item = item_of(known, present, change)?;
                self.item(item, position, code_fields(item, code.as_ref())?);
            }
            (field, to) => return Err(format!("{to} is no {}", field.label())),
        }
        Ok(())
    }

    fn item(&mut self, item: &Item, position: usize, fields: impl IntoIterator<Item = (String, Value)>) {
        if let Some(id) = item.id.id() {
            let piece = Piece { position, fields: Fields::from_iter(fields) };
            self.items.entry(id.to_owned()).or_default().push(piece);
        }
    }

    /// A product of which one item is published is on sale: which of the others are is the merchant's choice.
    fn put_status(&mut self, present: &Present, position: usize, wanted: Status) {
        let on_sale = wanted == Status::Active;
        if on_sale && present.items.iter().any(|item| status(item) == Status::Active) {
            return;
        }
        for item in present.items.iter().filter(|item| (status(item) == Status::Active) != on_sale) {
            let word = if on_sale { "true" } else { "false" };
            self.item(item, position, [("publishToEcom".to_owned(), json!(word))]);
        }
    }
}

fn item_of<'a>(known: &Listing, present: &'a Present, change: &FieldChange) -> Result<&'a Item, String> {
    let variant = change.variant.as_ref().ok_or("it is not said of which variant")?;
    let item = present.items.iter().find(|item| item.id.id() == Some(variant.as_str()));
    item.ok_or_else(|| format!("{} has no such variant in R-Series any more", known.title))
}

/// The code that is shown is the one that is changed, and the other stays; to have none, both go.
fn code_fields(item: &Item, code: Option<&Text>) -> Result<Fields, String> {
    let put = |field: &str, value: &str| (field.to_owned(), json!(value));
    let Some(code) = code else {
        let there = [("upc", &item.upc), ("ean", &item.ean)];
        return Ok(there
            .into_iter()
            .filter(|(_, code)| code.text().is_some())
            .map(|(field, _)| put(field, ""))
            .collect());
    };
    let fits = body::code_field(code)?;
    let field = match (item.upc.text(), item.ean.text()) {
        (Some(_), _) => "upc",
        (None, Some(_)) => "ean",
        (None, None) => fits,
    };
    Ok(Fields::from_iter([put(field, code)]))
}

/// What was sent and is not there afterwards, as a plain sentence. What the answer does not show says nothing.
pub fn differs(sent: &Fields, kept: &Value) -> Option<String> {
    sent.iter().find_map(|(name, wanted)| {
        let there = kept.get(name)?;
        match name.as_str() {
            "Prices" => price_differs(wanted, there),
            "ItemECommerce" => {
                let text = |of: &Value| of.get("longDescription").and_then(wire::as_text);
                let there = text(there)?;
                (Some(there) != text(wanted)).then(|| "R-Series kept another long description".to_owned())
            }
            _ => {
                let there = wire::as_text(there)?;
                let same = wire::as_text(wanted).is_some_and(|wanted| Text::new(&wanted) == Text::new(&there));
                (!same).then(|| format!("R-Series kept {} as {name}", crate::domain::clean(&there)))
            }
        }
    })
}

fn price_differs(wanted: &Value, there: &Value) -> Option<String> {
    let there: wire::Prices = serde::Deserialize::deserialize(there).ok()?;
    let wanted: wire::Prices = serde::Deserialize::deserialize(wanted).ok()?;
    wanted.all.0.iter().find_map(|wanted| {
        let kept = there.all.0.iter().find(|price| price.level == wanted.level)?;
        // In ten-thousandths: 19.9 is 19.90.
        let exact = |price: &wire::ItemPrice| prices::minor(price.amount.text()?, 4);
        (exact(kept) != exact(wanted)).then(|| {
            format!("R-Series kept {} as the price", crate::domain::clean(kept.amount.text().unwrap_or_default()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(upc: &str, ean: &str) -> Item {
        serde_json::from_value(json!({"itemID": "7", "upc": upc, "ean": ean})).unwrap()
    }

    #[test]
    fn the_code_that_is_shown_is_the_one_that_is_changed() {
        let of = |upc: &str, ean: &str, code: Option<&str>| {
            let code = code.map(Text::new);
            code_fields(&item(upc, ean), code.as_ref()).map(|fields| Value::Object(fields).to_string())
        };
        let code = Some("4006381333931");
        assert_eq!(of("", "", code).unwrap(), r#"{"ean":"4006381333931"}"#);
        assert_eq!(of("614121182479", "", code).unwrap(), r#"{"upc":"4006381333931"}"#);
        assert_eq!(of("", "4006381333948", Some("614121182479")).unwrap(), r#"{"ean":"614121182479"}"#);
        assert_eq!(of("614121182479", "4006381333948", None).unwrap(), r#"{"upc":"","ean":""}"#);
        assert_eq!(of("", "", None).unwrap(), "{}");
        assert!(of("", "", Some("123")).is_err());
    }

    #[test]
    fn what_was_kept_differently_is_told() {
        let sent = |value: Value| value.as_object().cloned().unwrap();
        let kept = json!({"customSku": "A", "publishToEcom": "true", "Prices": {"ItemPrice": [
            {"amount": "19.9", "useTypeID": "1", "useType": "Default"}, {"amount": "0", "useTypeID": "2"}]}});
        let price = |amount: &str| sent(json!({"Prices": {"ItemPrice": [{"amount": amount, "useTypeID": "1"}]}}));
        assert_eq!(differs(&price("19.90"), &kept), None);
        assert!(differs(&price("20.00"), &kept).unwrap().contains("19.9"));
        assert_eq!(differs(&sent(json!({"customSku": "A", "publishToEcom": "true"})), &kept), None);
        assert!(differs(&sent(json!({"customSku": "ABC"})), &kept).is_some());
        assert_eq!(differs(&sent(json!({"ItemECommerce": {"longDescription": "x"}})), &kept), None, "not shown");
    }
}
