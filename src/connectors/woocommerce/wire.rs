//! WooCommerce's JSON, as shops really send it.
//!
//! The documented types are a hint only: plugins and PHP turn numbers into strings, `false` into nothing, lists into
//! objects. So every scalar is [`Loose`] and every list drops what it cannot read; whether something indispensable is
//! missing is decided in `convert.rs`, item by item.

pub(super) mod orders;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::prices::Tag;

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

    /// As PHP means truth: `true`, `1`, `"yes"`.
    pub(super) fn yes(&self) -> bool {
        matches!(self.text(), Some("1" | "true" | "yes"))
    }
}

impl From<&Value> for Loose {
    fn from(value: &Value) -> Self {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(true) => "1".to_owned(),
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

/// A list, or PHP's idea of one (`{"1": …}`, `""`, `null`); items of another shape are left out.
fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let items = match Value::deserialize(deserializer)? {
        Value::Array(items) => items,
        Value::Object(items) => items.into_iter().map(|(_, item)| item).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    Ok(items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect())
}

/// Who counts the stock of a product or variation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ManageStock {
    Itself,
    /// The string `"parent"`: the count is the parent product's, and shared with the sisters.
    Parent,
    Nobody,
}

/// A product, or a variation in the form that `/products?sku=` gives it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Product {
    pub id: Loose,
    pub parent_id: Loose,
    pub name: Loose,
    #[serde(rename = "type")]
    pub kind: Loose,
    pub status: Loose,
    pub permalink: Loose,
    pub description: Loose,
    pub short_description: Loose,
    pub sku: Loose,
    pub global_unique_id: Loose,
    pub price: Loose,
    pub regular_price: Loose,
    pub sale_price: Loose,
    pub on_sale: Loose,
    pub weight: Loose,
    #[serde(deserialize_with = "size")]
    pub dimensions: Size,
    pub manage_stock: Loose,
    pub stock_quantity: Loose,
    pub date_modified_gmt: Loose,
    #[serde(deserialize_with = "list")]
    pub categories: Vec<Term>,
    #[serde(deserialize_with = "list")]
    pub brands: Vec<Term>,
    #[serde(deserialize_with = "list")]
    pub images: Vec<Image>,
    #[serde(deserialize_with = "list")]
    pub attributes: Vec<Attribute>,
    /// Numbers; some plugins put whole variations here.
    #[serde(deserialize_with = "list")]
    pub variations: Vec<Value>,
    #[serde(deserialize_with = "list")]
    pub meta_data: Vec<Meta>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Variation {
    pub id: Loose,
    /// Only `/variations` (10.3 and later) tells.
    pub parent_id: Loose,
    pub sku: Loose,
    pub global_unique_id: Loose,
    pub price: Loose,
    pub regular_price: Loose,
    pub sale_price: Loose,
    pub on_sale: Loose,
    pub weight: Loose,
    #[serde(deserialize_with = "size")]
    pub dimensions: Size,
    pub manage_stock: Loose,
    pub stock_quantity: Loose,
    pub date_modified_gmt: Loose,
    #[serde(deserialize_with = "list")]
    pub attributes: Vec<Attribute>,
    #[serde(deserialize_with = "list")]
    pub meta_data: Vec<Meta>,
    /// In the answers of a batch: why this one was refused.
    pub error: Option<Problem>,
}

/// In the shop's unit of length.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Size {
    pub length: Loose,
    pub width: Loose,
    pub height: Loose,
}

impl Size {
    /// Length, width, height.
    pub(super) fn sides(&self) -> [Option<&str>; 3] {
        [&self.length, &self.width, &self.height].map(Loose::text)
    }

    pub(super) fn is_blank(&self) -> bool {
        self.sides().iter().all(Option::is_none)
    }
}

/// An object, and at times `""` or a list.
fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Term {
    pub id: Loose,
    pub name: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Image {
    /// 0 for the placeholder that old versions put where there is no picture.
    pub id: Loose,
    pub src: Loose,
}

/// An attribute of a product (with `options`), or of a variation (with `option`).
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Attribute {
    /// 0 for an attribute of this product alone.
    pub id: Loose,
    pub name: Loose,
    pub position: Loose,
    pub variation: Loose,
    pub visible: Loose,
    #[serde(deserialize_with = "list")]
    pub options: Vec<Loose>,
    pub option: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meta {
    pub key: Loose,
    pub value: Loose,
}

/// `{code, message, data: {status}}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    /// WordPress.com's proxy says `error`.
    #[serde(alias = "error")]
    pub code: Loose,
    pub message: Loose,
    pub data: ProblemData,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ProblemData {
    /// The product that has the SKU already.
    pub resource_id: Loose,
}

impl<'de> Deserialize<'de> for ProblemData {
    /// Mostly an object, and at times `null`, `""` or a list.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(Self { resource_id: value.get("resource_id").map(Loose::from).unwrap_or_default() })
    }
}

/// One setting of the shop.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Setting {
    pub id: Loose,
    pub value: Loose,
}

/// The answer of a batch: for each operation, in order, the thing as it is now or `{id, error}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Batch {
    #[serde(deserialize_with = "list")]
    pub create: Vec<Variation>,
    #[serde(deserialize_with = "list")]
    pub update: Vec<Variation>,
}

impl Product {
    pub(super) fn manages(&self) -> ManageStock {
        manages(&self.manage_stock)
    }

    /// Also `variable-subscription` and whatever else extends the variable product.
    pub(super) fn is_variable(&self) -> bool {
        self.kind.text().is_some_and(|kind| kind.starts_with("variable"))
    }

    pub(super) fn is_variation(&self) -> bool {
        self.kind.text().is_some_and(|kind| kind == "variation" || kind.ends_with("_variation"))
    }

    /// Grouped products have members, external ones are sold elsewhere: neither has a stock of its own.
    pub(super) fn has_no_stock(&self) -> bool {
        matches!(self.kind.text(), Some("grouped" | "external"))
    }

    pub(super) fn tag(&self) -> Tag<'_> {
        let Self { price, regular_price, sale_price, on_sale, .. } = self;
        Tag { price, regular_price, sale_price, on_sale }
    }

    pub(super) fn variation_ids(&self) -> Vec<u64> {
        let id = |value: &Value| Loose::from(value.get("id").unwrap_or(value)).number();
        self.variations.iter().filter_map(id).collect()
    }
}

impl Variation {
    pub(super) fn tag(&self) -> Tag<'_> {
        let Self { price, regular_price, sale_price, on_sale, .. } = self;
        Tag { price, regular_price, sale_price, on_sale }
    }

    pub(super) fn manages(&self) -> ManageStock {
        manages(&self.manage_stock)
    }
}

fn manages(raw: &Loose) -> ManageStock {
    match raw.text() {
        Some("parent") => ManageStock::Parent,
        _ if raw.yes() => ManageStock::Itself,
        _ => ManageStock::Nobody,
    }
}

/// The value of a meta field.
pub(super) fn meta<'a>(data: &'a [Meta], key: &str) -> Option<&'a str> {
    data.iter().find(|meta| meta.key.text() == Some(key)).and_then(|meta| meta.value.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_of_any_type_are_read() {
        let product: Product = serde_json::from_value(json!({
            "id": "12", "sku": 123, "price": 17.5, "stock_quantity": "", "manage_stock": "parent", "name": null,
            "categories": "", "images": {"1": {"id": 3, "src": "https://x/y.jpg"}, "2": 7},
            "variations": [5, "6", {"id": 7}, null]
        }))
        .unwrap();
        assert_eq!(product.id.number(), Some(12));
        assert_eq!(product.sku.text(), Some("123"));
        assert_eq!(product.price.text(), Some("17.5"));
        assert_eq!(product.stock_quantity, Loose::default());
        assert_eq!(product.manages(), ManageStock::Parent);
        assert_eq!(product.images.len(), 1);
        assert_eq!(product.variation_ids(), [5, 6, 7]);
    }

    #[test]
    fn a_problem_is_read_whatever_its_data() {
        for data in [json!(null), json!(""), json!([]), json!({"status": 400, "resource_id": "9"})] {
            let problem: Problem = serde_json::from_value(json!({"code": "x", "message": "y", "data": data})).unwrap();
            assert_eq!(problem.code.text(), Some("x"));
        }
    }
}
