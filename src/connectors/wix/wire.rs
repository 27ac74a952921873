//! Wix's JSON, read leniently: what both catalogues and the orders have alike.
//!
//! Fields are left out where nobody asked for them, blank or null where nothing is known, and prices are text here and
//! numbers there. So every scalar is [`Loose`] and every list drops what it cannot read; whether something
//! indispensable is missing is decided where it is needed, item by item.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::{RemoteId, Text, Timestamp};

/// A scalar of any JSON type, as text. Blank, `null`, `false`, lists and objects are nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Loose(Option<String>);

impl Loose {
    pub(super) fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// A whole number, of whatever sign.
    pub(super) fn whole(&self) -> Option<i64> {
        let text = self.text()?;
        let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
        whole.parse().ok().filter(|_| rest.bytes().all(|byte| byte == b'0'))
    }

    pub(super) fn yes(&self) -> bool {
        matches!(self.text(), Some("1" | "true"))
    }

    pub(super) fn time(&self) -> Option<Timestamp> {
        self.text().and_then(Timestamp::parse)
    }

    pub(super) fn clean(&self) -> Option<Text> {
        self.text().and_then(Text::some)
    }
}

impl From<&Value> for Loose {
    fn from(value: &Value) -> Self {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(true) => "true".to_owned(),
            Value::Bool(false) | Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        };
        Self((!text.is_empty()).then_some(text))
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::from(&value))
    }
}

/// A list; items of another shape are left out, and so is what is no list.
pub(super) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(items(&Value::deserialize(deserializer)?))
}

pub(super) fn items<T: DeserializeOwned>(value: &Value) -> Vec<T> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| T::deserialize(item).ok()).collect()
}

/// A part that may be missing, null or of another shape: then all of it is unknown.
pub(super) fn part<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(T::deserialize(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// A variant's identifier is its own within its product only (spec, read-only variants: "not guaranteed to be unique
/// across products"; the only variant of V1's products is the same zeros everywhere). So ours names both.
pub(super) fn variant_remote(product: &str, variant: &str) -> Result<RemoteId, String> {
    RemoteId::new(format!("{product}.{variant}"))
}

/// The only variant of a product without options, where nobody says which it is: orders may not.
pub(super) fn only_variant(product: &str) -> Result<RemoteId, String> {
    RemoteId::new(format!("{product}.only"))
}

/// Wix's own identifier of a variant.
pub(super) fn variant_of(remote: &RemoteId) -> Option<&str> {
    remote.as_str().split_once('.').map(|(_, variant)| variant).filter(|variant| !variant.is_empty())
}

/// An order of eCommerce, without anything about the customer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Sale {
    pub id: Loose,
    pub number: Loose,
    pub status: Loose,
    pub fulfillment_status: Loose,
    pub created_date: Loose,
    pub updated_date: Loose,
    pub purchased_date: Loose,
    #[serde(deserialize_with = "list")]
    pub line_items: Vec<SaleLine>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SaleLine {
    pub id: Loose,
    #[serde(deserialize_with = "part")]
    pub catalog_reference: Reference,
    pub quantity: Loose,
    pub refund_quantity: Loose,
    pub restock_quantity: Loose,
    #[serde(deserialize_with = "list")]
    pub locations: Vec<LineLocation>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Reference {
    pub catalog_item_id: Loose,
    pub app_id: Loose,
    #[serde(deserialize_with = "part")]
    pub options: ReferenceOptions,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ReferenceOptions {
    pub variant_id: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct LineLocation {
    pub id: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Fulfilled {
    pub order_id: Loose,
    #[serde(deserialize_with = "list")]
    pub fulfillments: Vec<Fulfilment>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Fulfilment {
    #[serde(deserialize_with = "list")]
    pub line_items: Vec<FulfilledLine>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct FulfilledLine {
    pub id: Loose,
    pub quantity: Loose,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_odd_in_an_order_is_left_out_and_the_rest_is_read() {
        let sale: Sale = serde_json::from_value(json!({
            "id": "o", "number": 1001, "lineItems": [7, {"id": "l", "quantity": 2, "catalogReference": null, "locations": {}}]
        }))
        .unwrap();
        assert_eq!((sale.number.text(), sale.line_items.len()), (Some("1001"), 1));
        assert_eq!(sale.line_items[0].quantity.whole(), Some(2));
    }

    #[test]
    fn a_variant_is_named_with_its_product() {
        let remote = variant_remote("p", "v").unwrap();
        assert_eq!((remote.as_str(), variant_of(&remote)), ("p.v", Some("v")));
        assert_ne!(remote, variant_remote("q", "v").unwrap());
    }
}
