//! Rows of a file that a person wrote or edited: which product here is which product there.

use serde::{Deserialize, Serialize};

use super::Side;

/// Who a row of a file means; blank parts say nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NamedVariant {
    /// `l12`, `v34`, or the platform's own identifier of the product or the variant.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sku: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub barcode: String,
}

impl NamedVariant {
    pub fn is_blank(&self) -> bool {
        self.id.is_empty() && self.sku.is_empty() && self.barcode.is_empty()
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairRow {
    /// Where it stands in the file, from 1.
    pub line: u64,
    pub in_store: NamedVariant,
    pub online: NamedVariant,
    /// `None`: as the whole file's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<Side>,
}
