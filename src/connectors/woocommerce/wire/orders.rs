//! Orders and refunds as shops send them.

use serde::Deserialize;

use super::{Loose, Meta, list};

/// An order; only what stock depends on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Sale {
    pub id: Loose,
    pub number: Loose,
    /// One of WooCommerce's own, or of a plugin's.
    pub status: Loose,
    /// Of WooCommerce, when it was last saved.
    pub version: Loose,
    pub date_created_gmt: Loose,
    pub date_modified_gmt: Loose,
    pub date_completed_gmt: Loose,
    #[serde(deserialize_with = "list")]
    pub line_items: Vec<Line>,
    /// Without their lines.
    #[serde(deserialize_with = "list")]
    pub refunds: Vec<Refund>,
}

/// A line of an order, or of a refund; there the quantity is negative.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Line {
    pub id: Loose,
    pub product_id: Loose,
    pub variation_id: Loose,
    pub quantity: Loose,
    #[serde(deserialize_with = "list")]
    pub meta_data: Vec<Meta>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Refund {
    pub id: Loose,
    pub date_created_gmt: Loose,
    #[serde(deserialize_with = "list")]
    pub line_items: Vec<Line>,
}
