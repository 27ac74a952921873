//! V1's JSON, read leniently (see `../wire.rs`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::wire::{Loose, list, part};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Product {
    pub id: Loose,
    pub numeric_id: Loose,
    pub name: Loose,
    pub description: Loose,
    pub sku: Loose,
    pub visible: Loose,
    pub brand: Loose,
    #[serde(deserialize_with = "part")]
    pub price_data: PriceData,
    #[serde(deserialize_with = "part")]
    pub discount: Discount,
    #[serde(deserialize_with = "part")]
    pub stock: Stock,
    pub manage_variants: Loose,
    #[serde(deserialize_with = "list")]
    pub product_options: Vec<ProductOption>,
    #[serde(deserialize_with = "list")]
    pub variants: Vec<Variant>,
    #[serde(deserialize_with = "part")]
    pub media: Media,
    #[serde(deserialize_with = "part")]
    pub product_page_url: PageUrl,
    pub last_updated: Loose,
    #[serde(deserialize_with = "part")]
    pub seo_data: Seo,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PriceData {
    pub price: Loose,
    pub discounted_price: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Discount {
    #[serde(rename = "type")]
    pub kind: Loose,
    pub value: Loose,
}

impl Discount {
    pub(super) fn is_given(&self) -> bool {
        let named = matches!(self.kind.text(), Some("AMOUNT" | "PERCENT"));
        named && self.value.text().is_some_and(|value| value.bytes().any(|byte| matches!(byte, b'1'..=b'9')))
    }
}

/// Of a product (`trackInventory`) or of a variant (`trackQuantity`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Stock {
    #[serde(alias = "trackInventory")]
    pub track_quantity: Option<bool>,
    pub quantity: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProductOption {
    pub name: Loose,
    #[serde(deserialize_with = "list")]
    pub choices: Vec<Choice>,
}

/// `value` is what is shown as it is (a colour's code), `description` what people call it; variants name the latter.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    pub value: Loose,
    pub description: Loose,
}

impl Choice {
    pub(super) fn name(&self) -> Option<&str> {
        self.description.text().or(self.value.text())
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Variant {
    pub id: Loose,
    #[serde(deserialize_with = "part")]
    pub choices: BTreeMap<String, Loose>,
    #[serde(deserialize_with = "part")]
    pub variant: VariantData,
    #[serde(deserialize_with = "part")]
    pub stock: Stock,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct VariantData {
    #[serde(deserialize_with = "part")]
    pub price_data: PriceData,
    pub sku: Loose,
    pub visible: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Media {
    #[serde(deserialize_with = "list")]
    pub items: Vec<MediaItem>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MediaItem {
    pub id: Loose,
    pub media_type: Loose,
    #[serde(deserialize_with = "part")]
    pub image: Image,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Image {
    pub url: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct PageUrl {
    pub base: Loose,
    pub path: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Seo {
    #[serde(deserialize_with = "list")]
    pub tags: Vec<Tag>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tag {
    #[serde(deserialize_with = "part")]
    pub props: TagProps,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct TagProps {
    pub name: Loose,
    pub content: Loose,
}

/// The counts of a product.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct InventoryItem {
    pub numeric_id: Loose,
    pub product_id: Loose,
    pub track_quantity: Option<bool>,
    pub last_updated: Loose,
    #[serde(deserialize_with = "list")]
    pub variants: Vec<InventoryVariant>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct InventoryVariant {
    pub variant_id: Loose,
    pub quantity: Loose,
}
