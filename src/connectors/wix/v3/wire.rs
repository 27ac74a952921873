//! V3's JSON, read leniently (see `../wire.rs`).

use serde::Deserialize;

use super::super::wire::{Loose, list, part};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Product {
    pub id: Loose,
    pub revision: Loose,
    pub updated_date: Loose,
    pub name: Loose,
    pub handle: Loose,
    pub plain_description: Loose,
    pub visible: Loose,
    #[serde(deserialize_with = "part")]
    pub url: Url,
    #[serde(deserialize_with = "part")]
    pub brand: Named,
    #[serde(deserialize_with = "part")]
    pub media: Media,
    #[serde(deserialize_with = "list")]
    pub options: Vec<ProductOption>,
    #[serde(deserialize_with = "part")]
    pub physical_properties: ProductPhysical,
    /// Only where one product was asked for.
    #[serde(deserialize_with = "part")]
    pub variants_info: VariantsInfo,
    #[serde(deserialize_with = "part")]
    pub variant_summary: VariantSummary,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Url {
    pub url: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub id: Loose,
    pub name: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Media {
    #[serde(deserialize_with = "part")]
    pub items_info: MediaItems,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct MediaItems {
    #[serde(deserialize_with = "list")]
    pub items: Vec<MediaItem>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MediaItem {
    pub id: Loose,
    pub url: Loose,
    pub media_type: Loose,
    #[serde(deserialize_with = "part")]
    pub image: Url,
}

impl MediaItem {
    /// `None` for a video.
    pub(super) fn address(&self) -> Option<&str> {
        if self.media_type.text() == Some("VIDEO") {
            return None;
        }
        self.image.url.text().or(self.url.text())
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ProductOption {
    pub id: Loose,
    pub name: Loose,
    pub option_render_type: Loose,
    #[serde(deserialize_with = "part")]
    pub choices_settings: Choices,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choices {
    #[serde(deserialize_with = "list")]
    pub choices: Vec<Choice>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Choice {
    pub choice_id: Loose,
    pub name: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ProductPhysical {
    #[serde(deserialize_with = "part")]
    pub weight_measurement_unit_info: UnitInfo,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct UnitInfo {
    pub weight_measurement_unit: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct VariantsInfo {
    #[serde(deserialize_with = "list")]
    pub variants: Vec<Variant>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct VariantSummary {
    pub variant_count: Loose,
}

/// A variant of a product, or of the list of all variants, which writes a few things in another way.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Variant {
    id: Loose,
    variant_id: Loose,
    pub sku: Loose,
    pub barcode: Loose,
    #[serde(deserialize_with = "list", alias = "optionChoices")]
    pub choices: Vec<OptionChoice>,
    #[serde(deserialize_with = "part")]
    pub price: Price,
    #[serde(deserialize_with = "part")]
    pub physical_properties: VariantPhysical,
    #[serde(deserialize_with = "part")]
    pub product_data: ProductData,
}

impl Variant {
    /// In the list of all variants `id` is another thing, which goes away with 2026 (spec).
    pub(super) fn own_id(&self) -> Option<&str> {
        self.variant_id.text().or(self.id.text())
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct OptionChoice {
    #[serde(deserialize_with = "part")]
    pub option_choice_ids: ChoiceIds,
    #[serde(deserialize_with = "part")]
    pub option_choice_names: ChoiceNames,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ChoiceIds {
    pub option_id: Loose,
    pub choice_id: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ChoiceNames {
    pub option_name: Loose,
    pub choice_name: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Price {
    #[serde(deserialize_with = "part")]
    pub actual_price: Amount,
    #[serde(deserialize_with = "part")]
    pub compare_at_price: Amount,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Amount {
    pub amount: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct VariantPhysical {
    pub weight: Loose,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ProductData {
    pub product_id: Loose,
    pub revision: Loose,
}

/// A count: one variant at one location.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct InventoryItem {
    pub id: Loose,
    pub revision: Loose,
    pub product_id: Loose,
    pub variant_id: Loose,
    pub location_id: Loose,
    pub quantity: Loose,
    track_quantity: Option<bool>,
    in_stock: Option<bool>,
}

impl InventoryItem {
    /// `None`: sold without counting, or nobody tells.
    pub(super) fn level(&self) -> Option<i64> {
        // Either a quantity or a mere "in stock" stands there (spec); where the flag is left out, that decides.
        let counted = self.track_quantity.unwrap_or(self.in_stock.is_none());
        self.quantity.whole().filter(|_| counted)
    }

    /// Certainly not counted. A count that cannot be read is not this.
    pub(super) fn is_untracked(&self) -> bool {
        self.track_quantity == Some(false) || (self.track_quantity.is_none() && self.in_stock.is_some())
    }
}
