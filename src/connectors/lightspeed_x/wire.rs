//! X-Series' JSON, read leniently: numbers that come as text at times, lists and objects that are null, fields that a
//! version has and another has not. Whatever is not of the expected kind is as if it were missing; what that means is
//! decided in `convert.rs` and `sale.rs`.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::Quantity;

/// A scalar in whatever form it came.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Loose(Option<Value>);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(Self((value.is_string() || value.is_number() || value.is_boolean()).then_some(value)))
    }
}

impl Loose {
    /// Text that is not blank.
    pub fn text(&self) -> Option<&str> {
        self.0.as_ref().and_then(Value::as_str).filter(|text| !text.trim().is_empty())
    }

    /// A whole number, never by way of a float: versions have more digits than a float holds.
    pub fn integer(&self) -> Option<i64> {
        match self.0.as_ref()? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub fn is(&self, wanted: bool) -> bool {
        match &self.0 {
            Some(Value::Bool(value)) => *value == wanted,
            Some(Value::String(text)) => text.eq_ignore_ascii_case(if wanted { "true" } else { "false" }),
            Some(Value::Number(number)) => number.as_i64() == Some(i64::from(wanted)),
            _ => false,
        }
    }

    /// A decimal number as text, with five decimals at most: X-Series keeps no more.
    pub fn decimal(&self) -> Option<String> {
        match self.0.as_ref()? {
            Value::Number(number) if number.is_f64() => {
                number.as_f64().filter(|value| value.is_finite()).map(|value| format!("{value:.5}"))
            }
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    pub fn quantity(&self) -> Option<Quantity> {
        self.decimal()?.parse().ok()
    }
}

/// Null is an empty list, and an item that cannot be read is left out.
fn list<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let Value::Array(items) = value else { return Ok(Vec::new()) };
    Ok(items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect())
}

/// Null, or anything but an object, is nothing.
fn object<'de, D: Deserializer<'de>, T: Default + serde::de::DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(if value.is_object() { serde_json::from_value(value).unwrap_or_default() } else { T::default() })
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Product {
    pub id: Loose,
    pub name: Loose,
    pub description: Loose,
    pub handle: Loose,
    pub sku: Loose,
    pub active: Loose,
    pub is_active: Loose,
    pub has_inventory: Loose,
    pub is_composite: Loose,
    pub has_variants: Loose,
    pub variant_parent_id: Loose,
    pub variant_name: Loose,
    #[serde(deserialize_with = "list")]
    pub variant_options: Vec<VariantOption>,
    pub price_including_tax: Loose,
    pub price_excluding_tax: Loose,
    #[serde(deserialize_with = "list")]
    pub product_codes: Vec<Code>,
    #[serde(deserialize_with = "object")]
    pub brand: Named,
    /// What categories were called before; still filled.
    #[serde(rename = "type", deserialize_with = "object")]
    pub kind: Named,
    #[serde(deserialize_with = "object")]
    pub product_category: Named,
    #[serde(deserialize_with = "list")]
    pub images: Vec<Image>,
    #[serde(rename = "skuImages", deserialize_with = "list")]
    pub sku_images: Vec<Image>,
    pub weight: Loose,
    pub weight_unit: Loose,
    pub length: Loose,
    pub width: Loose,
    pub height: Loose,
    pub dimensions_unit: Loose,
    pub created_at: Loose,
    pub updated_at: Loose,
    pub deleted_at: Loose,
    pub version: Loose,
}

impl Product {
    pub fn id(&self) -> Option<&str> {
        self.id.text()
    }

    /// The identifier that stands for the family: the parent's, or its own.
    pub fn root(&self) -> Option<&str> {
        self.variant_parent_id.text().or_else(|| self.id())
    }

    /// Whether it may have siblings.
    pub fn has_family(&self) -> bool {
        self.has_variants.is(true) || self.variant_parent_id.text().is_some()
    }

    pub fn is_deleted(&self) -> bool {
        self.deleted_at.text().is_some()
    }

    /// Sold at the till. Versions differ in the name, and both have been seen together.
    pub fn is_active(&self) -> bool {
        !(self.is_active.is(false) || self.active.is(false))
    }

    /// Whether its own count is kept. That of a composite is reckoned from its parts.
    pub fn is_tracked(&self) -> bool {
        self.has_inventory.is(true) && !self.is_composite.is(true)
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct VariantOption {
    pub id: Loose,
    pub name: Loose,
    pub value: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Code {
    pub id: Loose,
    #[serde(rename = "type")]
    pub kind: Loose,
    pub code: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    pub id: Loose,
    pub name: Loose,
    pub deleted_at: Loose,
    pub leaf_category: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Image {
    pub url: Loose,
    #[serde(deserialize_with = "object")]
    pub sizes: Sizes,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Sizes {
    pub original: Loose,
}

/// A list with versions. Its items are kept as they came, so that one that cannot be read does not hide the others.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Versioned {
    pub data: Vec<Value>,
    #[serde(deserialize_with = "object")]
    pub version: Range,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Range {
    pub max: Loose,
}

/// A list, or a single thing, in `data`.
#[derive(Debug, Deserialize)]
pub struct Data<T> {
    pub data: T,
}

/// A row of `/inventory` or of `/inventory_levels`, whose fields are called otherwise here and there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Level {
    pub product_id: Loose,
    pub outlet_id: Loose,
    pub location_id: Loose,
    pub current_inventory_level: Loose,
    pub inventory_level: Loose,
    pub deleted_at: Loose,
    pub version: Loose,
}

impl Level {
    pub fn place(&self) -> Option<&str> {
        self.outlet_id.text().or_else(|| self.location_id.text())
    }

    pub fn quantity(&self) -> Option<Quantity> {
        self.current_inventory_level.quantity().or_else(|| self.inventory_level.quantity())
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Retailer {
    pub name: Loose,
    pub domain_prefix: Loose,
    pub tax_exclusive: Loose,
    #[serde(deserialize_with = "object")]
    pub currency: CurrencyCode,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CurrencyCode {
    pub code: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Outlet {
    pub id: Loose,
    pub name: Loose,
    pub currency: Loose,
    pub display_prices: Loose,
    pub deleted_at: Loose,
}

/// A sale in the form of 2026-07, or in the flat one of the versions before it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Sale {
    pub id: Loose,
    pub invoice_number: Loose,
    pub receipt_number: Loose,
    pub state: Loose,
    pub status: Loose,
    #[serde(deserialize_with = "list")]
    pub attributes: Vec<Loose>,
    #[serde(rename = "return", deserialize_with = "object")]
    pub returned: SaleReturn,
    pub return_for: Loose,
    #[serde(deserialize_with = "object")]
    pub source: SaleSource,
    pub outlet_id: Loose,
    pub date: Loose,
    pub sale_date: Loose,
    pub created_at: Loose,
    pub updated_at: Loose,
    pub deleted_at: Loose,
    #[serde(deserialize_with = "list")]
    pub line_items: Vec<SaleLine>,
    #[serde(rename = "_metadata", deserialize_with = "object")]
    pub metadata: SaleMetadata,
    pub version: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SaleReturn {
    pub is_return: Loose,
    pub original_sale_id: Loose,
    #[serde(deserialize_with = "list")]
    pub return_sale_ids: Vec<Loose>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SaleSource {
    pub outlet_id: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SaleMetadata {
    pub version: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SaleLine {
    pub id: Loose,
    #[serde(deserialize_with = "object")]
    pub product: LineProduct,
    pub product_id: Loose,
    pub quantity: Loose,
    pub status: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct LineProduct {
    pub id: Loose,
}

impl SaleLine {
    pub fn product(&self) -> Option<&str> {
        self.product.id.text().or_else(|| self.product_id.text())
    }
}

impl Sale {
    pub fn version(&self) -> Option<i64> {
        self.metadata.version.integer().or_else(|| self.version.integer())
    }

    /// The sale that it gives back, if it is a return of one.
    pub fn original(&self) -> Option<&str> {
        self.returned.original_sale_id.text().or_else(|| self.return_for.text())
    }
}
