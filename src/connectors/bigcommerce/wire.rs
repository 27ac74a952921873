//! BigCommerce's JSON, read leniently.
//!
//! Documented types are a hint only: version 2 writes numbers as strings, apps write what they like. So every scalar is
//! [`Loose`] and every list drops what it cannot read; whether something indispensable is missing is decided in
//! `convert.rs`, item by item.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A scalar of any JSON type, as text. Blank, `null`, `false`, lists and objects are nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Loose(Option<String>);

impl Loose {
    pub(super) fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// As an identifier: a whole number above 0.
    pub(super) fn number(&self) -> Option<u64> {
        self.text()?.parse().ok().filter(|number| *number > 0)
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
    Ok(items(Value::deserialize(deserializer)?))
}

pub(super) fn items<T: DeserializeOwned>(value: Value) -> Vec<T> {
    let Value::Array(items) = value else { return Vec::new() };
    items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect()
}

/// `{data, meta}` of version 3, one page of a list.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Listed {
    pub data: Vec<Value>,
    #[serde(default)]
    pub meta: Meta,
}

/// `{data, meta}` of version 3, one thing.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Single<T> {
    pub data: T,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meta {
    pub pagination: Pagination,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pagination {
    pub total: Loose,
    pub current_page: Loose,
    pub total_pages: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Product {
    pub id: Loose,
    pub name: Loose,
    pub sku: Loose,
    pub description: Loose,
    pub weight: Loose,
    pub width: Loose,
    pub depth: Loose,
    pub height: Loose,
    pub price: Loose,
    pub sale_price: Loose,
    pub brand_id: Loose,
    #[serde(deserialize_with = "list")]
    pub categories: Vec<Loose>,
    pub upc: Loose,
    pub gtin: Loose,
    pub is_visible: Loose,
    pub availability: Loose,
    /// `none`, `product` or `variant`.
    pub inventory_tracking: Loose,
    pub search_keywords: Loose,
    pub date_modified: Loose,
    pub base_variant_id: Loose,
    pub custom_url: CustomUrl,
    #[serde(deserialize_with = "list")]
    pub variants: Vec<Variant>,
    #[serde(deserialize_with = "list")]
    pub images: Vec<Image>,
    /// Only where it was asked for.
    pub channels: Option<Vec<Loose>>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct CustomUrl {
    pub url: Loose,
}

impl<'de> Deserialize<'de> for CustomUrl {
    /// Mostly an object, and `null` for a product without a page.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(Self { url: value.get("url").map(Loose::from).unwrap_or_default() })
    }
}

/// Blank in a variant means: as the product has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Variant {
    pub id: Loose,
    pub product_id: Loose,
    pub sku: Loose,
    pub price: Loose,
    pub sale_price: Loose,
    pub weight: Loose,
    pub width: Loose,
    pub depth: Loose,
    pub height: Loose,
    pub upc: Loose,
    pub gtin: Loose,
    #[serde(deserialize_with = "list")]
    pub option_values: Vec<OptionValue>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct OptionValue {
    pub id: Loose,
    pub option_id: Loose,
    pub label: Loose,
    pub option_display_name: Loose,
}

/// An option of a product, with the values that variants can have.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProductOption {
    pub id: Loose,
    pub display_name: Loose,
    #[serde(deserialize_with = "list")]
    pub option_values: Vec<OptionValue>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Image {
    pub id: Loose,
    pub is_thumbnail: Loose,
    pub sort_order: Loose,
    pub image_file: Loose,
    pub image_url: Loose,
    pub url_zoom: Loose,
    pub url_standard: Loose,
}

/// A brand, or a category of a tree.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Term {
    #[serde(alias = "category_id")]
    pub id: Loose,
    pub name: Loose,
}

/// What the inventory says of a variant. `locations` has those places where it has one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct InventoryItem {
    pub identity: Identity,
    #[serde(deserialize_with = "list")]
    pub locations: Vec<LocationLevel>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Identity {
    pub variant_id: Loose,
    pub product_id: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct LocationLevel {
    pub location_id: Loose,
    pub total_inventory_onhand: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    pub id: Loose,
    pub label: Loose,
    pub code: Loose,
    pub enabled: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Store {
    pub name: Loose,
    pub secure_url: Loose,
    pub currency: Loose,
    pub weight_units: Loose,
    pub dimension_units: Loose,
    pub plan_name: Loose,
    pub status: Loose,
    pub default_channel_id: Loose,
}

/// An order of version 2, without anything about the customer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sale {
    pub id: Loose,
    pub status_id: Loose,
    pub date_created: Loose,
    pub date_modified: Loose,
    pub consignments: Value,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct SaleLine {
    pub id: Loose,
    pub product_id: Loose,
    pub variant_id: Loose,
    pub quantity: Loose,
    pub quantity_shipped: Loose,
    pub quantity_refunded: Loose,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_of_any_type_are_read() {
        let product: Product = serde_json::from_value(json!({
            "id": "12", "sku": 123, "price": 17.5, "categories": [3, "4", {}], "is_visible": false, "custom_url": null,
            "variants": {"no": "list"}, "images": [{"id": 3, "url_zoom": "https://x/y.jpg"}, 7], "brand_id": 0
        }))
        .unwrap();
        assert_eq!(
            (product.id.number(), product.sku.text(), product.price.text()),
            (Some(12), Some("123"), Some("17.5"))
        );
        assert_eq!((product.images.len(), product.variants.len()), (1, 0));
        assert!(!product.is_visible.yes() && product.brand_id.number().is_none());
        assert_eq!(Loose::from(&json!(-3.0)).whole(), Some(-3));
        assert_eq!(Loose::from(&json!("2.5")).whole(), None);
    }
}
