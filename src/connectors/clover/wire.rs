//! Clover's JSON, read leniently: what is missing is missing, lists may be wrapped, and only what would be wrong to guess
//! (a price) refuses the element it stands in. Names and types: Clover SDK v3.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::{Quantity, Timestamp};

/// `{"elements": [...]}`, raw, so that one bad element does not hide the others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Page {
    pub elements: Vec<Value>,
}

/// A nested list, with what of it can be read. `{"elements": [...]}` or the bare list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let elements = match Value::deserialize(deserializer)? {
            Value::Array(elements) => elements,
            Value::Object(mut object) => match object.remove("elements") {
                Some(Value::Array(elements)) => elements,
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let read = |element| T::deserialize(element).map_err(D::Error::custom);
        elements.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Reference {
    pub id: String,
}

/// A category, an attribute, a group: what has a name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Named {
    pub id: String,
    #[serde(default)]
    pub name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attribute {
    pub id: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub item_group: Option<Reference>,
}

/// One value of an attribute.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Choice {
    pub id: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub attribute: Option<Reference>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    pub id: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub alternate_name: Option<String>,
    #[serde(default)]
    pub sku: Option<String>,
    #[serde(default)]
    pub code: Option<String>,
    /// Cents.
    #[serde(default, deserialize_with = "whole")]
    pub price: Option<i64>,
    #[serde(default)]
    pub price_type: Option<String>,
    #[serde(default)]
    pub hidden: Option<bool>,
    #[serde(default)]
    pub available: Option<bool>,
    #[serde(default)]
    pub auto_manage: Option<bool>,
    #[serde(default)]
    pub item_group: Option<Reference>,
    #[serde(default)]
    pub options: List<Choice>,
    #[serde(default)]
    pub categories: List<Named>,
    #[serde(default)]
    pub item_stock: Option<ItemStock>,
    #[serde(default, deserialize_with = "whole")]
    pub modified_time: Option<i64>,
    #[serde(default, deserialize_with = "whole")]
    pub deleted_time: Option<i64>,
    #[serde(default)]
    pub deleted: Option<bool>,
}

impl Item {
    pub(super) fn is_deleted(&self) -> bool {
        self.deleted == Some(true) || self.deleted_time.is_some_and(|at| at > 0)
    }

    pub(super) fn group(&self) -> Option<&str> {
        self.item_group.as_ref().map(|group| group.id.as_str()).filter(|id| !id.is_empty())
    }
}

/// `stockCount` stands beside `quantity`, rounded and often 0; it is not read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ItemStock {
    #[serde(default)]
    pub item: Option<Reference>,
    #[serde(default)]
    pub quantity: Value,
    #[serde(default, deserialize_with = "whole")]
    pub modified_time: Option<i64>,
}

impl ItemStock {
    /// `None`: never counted, or not readable. That is unknown, and never 0.
    pub(super) fn counted(&self) -> Option<Quantity> {
        quantity(&self.quantity)
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sale {
    pub id: String,
    /// What the till calls it, where numbers are given.
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub state: Option<String>,
    #[serde(default)]
    pub payment_state: Option<String>,
    #[serde(default, deserialize_with = "whole")]
    pub created_time: Option<i64>,
    #[serde(default, deserialize_with = "whole")]
    pub client_created_time: Option<i64>,
    #[serde(default, deserialize_with = "whole")]
    pub modified_time: Option<i64>,
    #[serde(default, deserialize_with = "whole")]
    pub deleted_timestamp: Option<i64>,
    #[serde(default)]
    pub line_items: List<Line>,
    #[serde(default)]
    pub refunds: List<Refund>,
    #[serde(default)]
    pub fulfillment_info: Value,
    #[serde(default)]
    pub order_fulfillment_event: Value,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    pub id: String,
    #[serde(default)]
    pub item: Option<Reference>,
    /// Thousandths; of what is sold by weight or measure alone.
    #[serde(default, deserialize_with = "whole")]
    pub unit_qty: Option<i64>,
    #[serde(default)]
    pub unit_name: Option<String>,
    #[serde(default)]
    pub refunded: Option<bool>,
    #[serde(default)]
    pub exchanged: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refund {
    #[serde(default)]
    pub order_ref: Option<Reference>,
    #[serde(default)]
    pub line_items: List<Reference>,
    #[serde(default)]
    pub voided: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Merchant {
    pub id: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub default_currency: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Properties {
    #[serde(default)]
    pub default_currency: Option<String>,
    #[serde(default)]
    pub track_stock: Option<bool>,
    #[serde(default)]
    pub update_stock: Option<bool>,
}

/// The identifier of a raw element; a stock has that of its item.
pub(super) fn id(element: &Value) -> Option<&str> {
    element.get("id").or_else(|| element.get("item")?.get("id")).and_then(Value::as_str).filter(|id| !id.is_empty())
}

pub(super) fn moment(at: Option<i64>) -> Option<Timestamp> {
    at.filter(|at| *at > 0).map(Timestamp)
}

/// Clover counts in binary floating point, so that a sum of tenths may come with a tail; it is cut to our five decimals.
pub(super) fn quantity(raw: &Value) -> Option<Quantity> {
    let text = match raw {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite() && number.abs() < 1e9)?;
        format!("{number:.5}").parse().ok()
    })
}

/// A quantity as a JSON number.
pub(super) fn number(quantity: Quantity) -> Value {
    serde_json::from_str(&quantity.to_string()).unwrap_or(Value::Null)
}

/// A whole number, also where it is written `1200.0` or `"1200"`.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let raw = Value::deserialize(deserializer)?;
    let text = match &raw {
        Value::Null => return Ok(None),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return Err(D::Error::custom("expected a whole number")),
    };
    let parsed = text.parse().or_else(|_| text.trim_end_matches('0').trim_end_matches('.').parse());
    parsed.map(Some).map_err(|_| D::Error::custom("expected a whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn counts_are_quantities_and_nothing_is_not_zero() {
        assert_eq!(quantity(&json!(160.5)), "160.5".parse().ok());
        assert_eq!(quantity(&json!(-3)), Some(Quantity::units(-3)));
        assert_eq!(quantity(&json!(5.0)), Some(Quantity::units(5)));
        assert_eq!(quantity(&json!(0.1 + 0.2)), "0.3".parse().ok());
        assert_eq!(quantity(&Value::Null), None);
        let never: ItemStock = serde_json::from_value(json!({"item": {"id": "A"}, "stockCount": 0})).unwrap();
        assert_eq!(never.counted(), None);
        assert_eq!(number("160.5".parse().unwrap()), json!(160.5));
        assert_eq!(number(Quantity::units(7)), json!(7));
    }

    #[test]
    fn lists_come_wrapped_or_bare_and_prices_are_not_guessed() {
        let item = |more: Value| {
            let mut item = json!({"id": "A", "price": 1200, "options": {"elements": [{"id": "O", "name": "Red"}]}});
            more.as_object().unwrap().iter().for_each(|(name, value)| item[name] = value.clone());
            serde_json::from_value::<Item>(item)
        };
        assert_eq!(item(json!({})).unwrap().options.0.len(), 1);
        assert_eq!(item(json!({"options": [{"id": "O"}, {"id": "P"}]})).unwrap().options.0.len(), 2);
        assert_eq!(item(json!({"options": null, "categories": {}})).unwrap().options.0.len(), 0);
        assert_eq!(item(json!({"price": "1200"})).unwrap().price, Some(1200));
        assert_eq!(item(json!({"price": 1200.0})).unwrap().price, Some(1200));
        assert!(item(json!({"price": 12.5})).is_err());
        assert!(item(json!({"deletedTime": 5})).unwrap().is_deleted());
        assert!(!item(json!({"deletedTime": 0})).unwrap().is_deleted());
    }
}
