//! E-Series' JSON, read leniently: every scalar may be missing or of another type, and what is indispensable is decided in
//! `convert.rs`. Names: Ecwid's own client (FetchedProduct, FetchedVariation, FetchedOrder).

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::Timestamp;

/// A scalar of any JSON type, as text. Blank, `null`, lists and objects are nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Scalar(Option<String>);

impl Scalar {
    pub(super) fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// As an identifier: a whole number above 0.
    pub(super) fn number(&self) -> Option<u64> {
        self.text()?.parse().ok().filter(|number| *number > 0)
    }

    pub(super) fn whole(&self) -> Option<i64> {
        self.text()?.parse().ok()
    }

    pub(super) fn is(&self, wanted: bool) -> bool {
        self.text() == Some(if wanted { "true" } else { "false" })
    }
}

impl From<&Value> for Scalar {
    fn from(value: &Value) -> Self {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(yes) => yes.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        };
        Self((!text.is_empty()).then_some(text))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::from(&value))
    }
}

/// A list, or `null` for an empty one. One element that cannot be read refuses the whole: half of a product's
/// combinations would be worse than none.
fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(Vec::new()),
        items => serde_json::from_value(items).map_err(D::Error::custom),
    }
}

/// An object, or `null` for an empty one.
fn object<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(T::default()),
        value => serde_json::from_value(value).map_err(D::Error::custom),
    }
}

/// One page of a list, its items raw, so that one bad item does not hide the others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Found {
    pub total: Scalar,
    #[serde(deserialize_with = "list")]
    pub items: Vec<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Product {
    pub id: Scalar,
    pub name: Scalar,
    /// HTML.
    pub description: Scalar,
    pub sku: Scalar,
    pub enabled: Scalar,
    pub url: Scalar,
    pub quantity: Scalar,
    pub unlimited: Scalar,
    /// Outlet → count, in shops that a Lightspeed till feeds.
    #[serde(deserialize_with = "object")]
    pub location_inventory: BTreeMap<String, Scalar>,
    pub price: Scalar,
    pub compare_to_price: Scalar,
    pub weight: Scalar,
    #[serde(deserialize_with = "object")]
    pub dimensions: Sides,
    pub update_timestamp: Scalar,
    pub updated: Scalar,
    #[serde(deserialize_with = "list")]
    pub category_ids: Vec<Scalar>,
    pub default_category_id: Scalar,
    #[serde(deserialize_with = "list")]
    pub categories: Vec<Named>,
    #[serde(deserialize_with = "list")]
    pub attributes: Vec<Attribute>,
    #[serde(deserialize_with = "list")]
    pub options: Vec<Choices>,
    #[serde(deserialize_with = "list")]
    pub combinations: Vec<Combination>,
    #[serde(deserialize_with = "object")]
    pub media: Media,
    pub external_reference_id: Scalar,
}

/// A variation. What is missing is as in its product.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Combination {
    pub id: Scalar,
    #[serde(deserialize_with = "list")]
    pub options: Vec<Chosen>,
    pub sku: Scalar,
    pub quantity: Scalar,
    pub unlimited: Scalar,
    #[serde(deserialize_with = "object")]
    pub location_inventory: BTreeMap<String, Scalar>,
    pub price: Scalar,
    pub compare_to_price: Scalar,
    pub weight: Scalar,
    #[serde(deserialize_with = "object")]
    pub dimensions: Sides,
    #[serde(deserialize_with = "list")]
    pub attributes: Vec<Attribute>,
    pub external_reference_id: Scalar,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sides {
    pub length: Scalar,
    pub width: Scalar,
    pub height: Scalar,
}

impl Sides {
    pub(super) fn all(&self) -> [Option<&str>; 3] {
        [&self.length, &self.width, &self.height].map(Scalar::text)
    }
}

/// A category, an option.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub id: Scalar,
    pub name: Scalar,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Attribute {
    pub id: Scalar,
    pub name: Scalar,
    pub value: Scalar,
    /// `UPC`, `BRAND`, `CUSTOM`, …
    #[serde(rename = "type")]
    pub kind: Scalar,
    pub show: Scalar,
}

/// An option of a product, with what can be chosen.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choices {
    pub name: Scalar,
    #[serde(deserialize_with = "list")]
    pub choices: Vec<Choice>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Choice {
    pub text: Scalar,
    pub price_modifier: Scalar,
    pub price_modifier_type: Scalar,
}

/// What a combination has chosen.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    pub name: Scalar,
    pub value: Scalar,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Media {
    #[serde(deserialize_with = "list")]
    pub images: Vec<Image>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Image {
    #[serde(rename = "isMain")]
    pub is_main: Scalar,
    #[serde(rename = "orderBy")]
    pub order_by: Scalar,
    #[serde(rename = "imageOriginalUrl")]
    pub original: Scalar,
    #[serde(rename = "image1500pxUrl")]
    pub large: Scalar,
}

/// The answer to something that was made.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Made {
    pub id: Scalar,
}

/// The answer to an adjustment.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Adjusted {
    pub update_count: Scalar,
    pub warning: Scalar,
}

/// An order; only what stock depends on, nothing about customers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Sale {
    pub id: Scalar,
    pub internal_id: Scalar,
    pub payment_status: Scalar,
    pub fulfillment_status: Scalar,
    pub create_timestamp: Scalar,
    pub create_date: Scalar,
    pub update_timestamp: Scalar,
    pub update_date: Scalar,
    #[serde(deserialize_with = "list")]
    pub items: Vec<Line>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Line {
    pub id: Scalar,
    pub product_id: Scalar,
    pub combination_id: Scalar,
    pub quantity: Scalar,
}

/// `/profile`: who the shop is and in what it counts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Shop {
    #[serde(deserialize_with = "object")]
    pub general_info: GeneralInfo,
    #[serde(deserialize_with = "object")]
    pub settings: Settings,
    #[serde(deserialize_with = "object")]
    pub company: Company,
    #[serde(deserialize_with = "object")]
    pub formats_and_units: Formats,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct GeneralInfo {
    pub store_id: Scalar,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Settings {
    pub closed: Scalar,
    pub store_name: Scalar,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Company {
    pub company_name: Scalar,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Formats {
    pub currency: Scalar,
    pub weight_unit: Scalar,
    pub dimensions_unit: Scalar,
}

/// `2024-09-04 07:20:11 +0000`, or seconds since 1970 where they are given.
pub(super) fn moment(seconds: &Scalar, date: &Scalar) -> Option<Timestamp> {
    if let Some(seconds) = seconds.whole() {
        return Some(Timestamp(seconds.saturating_mul(1000)));
    }
    let raw = date.text()?;
    let mut parts = raw.split_ascii_whitespace();
    let (day, time, offset) = (parts.next()?, parts.next()?, parts.next().unwrap_or("+0000"));
    let (hours, minutes) = offset.split_at_checked(3)?;
    Timestamp::parse(&format!("{day}T{time}{hours}:{minutes}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dates_with_a_blank_are_understood() {
        let nothing = Scalar::default();
        let date = Scalar::from(&json!("2014-10-19 18:56:21 +0400"));
        assert_eq!(moment(&nothing, &date).unwrap().rfc3339(), "2014-10-19T14:56:21Z");
        assert_eq!(moment(&Scalar::from(&json!(1_454_493_662)), &nothing), Some(Timestamp(1_454_493_662_000)));
        assert_eq!(moment(&nothing, &Scalar::from(&json!("soon"))), None);
    }

    #[test]
    fn nothing_missing_refuses_a_product_and_a_bad_combination_does() {
        assert!(serde_json::from_value::<Product>(json!({"id": 1, "media": null, "dimensions": {}})).is_ok());
        assert!(serde_json::from_value::<Product>(json!({"id": 1, "combinations": [3]})).is_err());
    }
}
