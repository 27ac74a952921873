//! The fields that can be kept in step beside the quantity, and which side's word counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ConnectionId, Dimensions, Money, Quantity, Side, Status, Text, Weight};

/// A field of a listing, or of a variant of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Title,
    Description,
    Price,
    CompareAtPrice,
    Sku,
    Barcode,
    Brand,
    Category,
    /// Which variants there are, by their option values. What can be written is a further variant.
    Options,
    Images,
    Weight,
    Dimensions,
    /// Whether customers can buy it.
    Active,
}

impl Field {
    pub const ALL: [Self; 13] = [
        Self::Title,
        Self::Description,
        Self::Price,
        Self::CompareAtPrice,
        Self::Sku,
        Self::Barcode,
        Self::Brand,
        Self::Category,
        Self::Options,
        Self::Images,
        Self::Weight,
        Self::Dimensions,
        Self::Active,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Price => "price",
            Self::CompareAtPrice => "compare-at price",
            Self::Sku => "SKU",
            Self::Barcode => "barcode",
            Self::Brand => "brand",
            Self::Category => "category",
            Self::Options => "options",
            Self::Images => "images",
            Self::Weight => "weight",
            Self::Dimensions => "dimensions",
            Self::Active => "active",
        }
    }

    /// As the command line takes it: `compare-at-price`.
    pub fn word(self) -> String {
        self.label().to_lowercase().replace(' ', "-")
    }

    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.word() == word)
    }

    /// Whether each variant has its own; else the listing has one.
    pub const fn is_per_variant(self) -> bool {
        match self {
            Self::Price | Self::CompareAtPrice | Self::Sku | Self::Barcode | Self::Weight | Self::Dimensions => true,
            Self::Title
            | Self::Description
            | Self::Brand
            | Self::Category
            | Self::Options
            | Self::Images
            | Self::Active => false,
        }
    }
}

/// What stands in a field. The form fits the field: text for a title, a brand, a SKU; and so on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    /// Title, description; blank for none.
    Text(Text),
    /// SKU, barcode, brand, category.
    Maybe(Option<Text>),
    Money(Option<Money>),
    /// Addresses, the main picture first.
    Images(Vec<String>),
    Weight(Option<Weight>),
    Dimensions(Option<Dimensions>),
    Status(Status),
    /// The option values of each variant, `Red / 13`, in no order that matters.
    Options(Vec<Text>),
}

impl std::fmt::Display for FieldValue {
    /// As a person reads it; blank for none.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) | Self::Maybe(Some(text)) => f.write_str(text),
            Self::Money(Some(money)) => write!(f, "{money}"),
            Self::Images(images) if images.len() == 1 => f.write_str("1 image"),
            Self::Images(images) => write!(f, "{} images", images.len()),
            Self::Weight(Some(weight)) => write!(f, "{weight}"),
            Self::Dimensions(Some(dimensions)) => write!(f, "{dimensions}"),
            Self::Status(status) => f.write_str(status.label()),
            Self::Options(options) => f.write_str(&options.iter().map(Text::as_str).collect::<Vec<_>>().join(", ")),
            Self::Maybe(None) | Self::Money(None) | Self::Weight(None) | Self::Dimensions(None) => Ok(()),
        }
    }
}

/// Where a field's value goes. The other end is the system of record: its word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Off,
    /// POS → online: what stands at the till counts.
    ToOnline,
    /// Online → POS: what stands in the web shop counts.
    ToInStore,
}

impl Direction {
    /// The side whose word counts; `None` while the field is not kept in step.
    pub const fn record(self) -> Option<Side> {
        match self {
            Self::Off => None,
            Self::ToOnline => Some(Side::InStore),
            Self::ToInStore => Some(Side::Online),
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::ToOnline => "POS → online",
            Self::ToInStore => "online → POS",
        }
    }
}

/// What is kept in step between a till and a store. Until somebody says otherwise: quantities, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRules {
    pub in_store: ConnectionId,
    pub online: ConnectionId,
    /// Both ways, by the ledger. Off: neither side is told of the other's sales.
    pub quantity: bool,
    /// Fields that are not named are off.
    pub fields: BTreeMap<Field, Direction>,
    /// Whether a listing deleted on the side of record is deleted on the other one.
    pub deletes: Direction,
}

impl FieldRules {
    pub const fn standard(in_store: ConnectionId, online: ConnectionId) -> Self {
        Self { in_store, online, quantity: true, fields: BTreeMap::new(), deletes: Direction::Off }
    }

    pub fn direction(&self, field: Field) -> Direction {
        self.fields.get(&field).copied().unwrap_or_default()
    }
}

/// One field to be written, of the listing or of one of its variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The variant's remote identifier, for a field that each variant has.
    pub variant: Option<super::RemoteId>,
    pub field: Field,
    pub to: FieldValue,
}

/// A quantity that is held back until a person decides: it fell, and no order explains it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldDrop {
    /// What we last agreed on with that side.
    pub from: Quantity,
    /// What was seen there.
    pub to: Quantity,
    pub since: super::Timestamp,
}
