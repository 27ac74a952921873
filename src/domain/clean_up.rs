//! What can be wrong with a catalogue before it is compared with another one.

use serde::{Deserialize, Serialize};

/// A kind of disorder inside one connection, or against what the other side can take. Machine-readable;
/// `rules::clean_up` gives each its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Several products have the same title and the same options.
    Duplicate,
    /// Two titles are nearly the same: a typing error, other signs, or the same words in another order.
    NearDuplicate,
    /// One SKU stands on several variants.
    SharedSku,
    /// One barcode stands on several variants.
    SharedBarcode,
    /// Two variants of a product have the same options.
    DuplicateVariant,
    /// A variant has no SKU.
    MissingSku,
    /// A barcode that no scanner reads so: letters, a wrong check digit, digits that were lost.
    InvalidBarcode,
    /// Characters that look like others, or that a wrong encoding left behind, in a title or a SKU.
    SpecialCharacter,
    /// More than the platform on the other side takes: variants, options, or characters of a title or a SKU.
    OverLimit,
}

impl Flaw {
    /// In the order of lists.
    pub const ALL: [Self; 9] = [
        Self::Duplicate,
        Self::NearDuplicate,
        Self::SharedSku,
        Self::SharedBarcode,
        Self::DuplicateVariant,
        Self::MissingSku,
        Self::InvalidBarcode,
        Self::SpecialCharacter,
        Self::OverLimit,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::NearDuplicate => "near duplicate",
            Self::SharedSku => "shared SKU",
            Self::SharedBarcode => "shared barcode",
            Self::DuplicateVariant => "duplicate variant",
            Self::MissingSku => "missing SKU",
            Self::InvalidBarcode => "invalid barcode",
            Self::SpecialCharacter => "special character",
            Self::OverLimit => "over a limit",
        }
    }

    /// As the command line takes it: `shared-sku`.
    pub fn word(self) -> String {
        self.label().to_lowercase().replace(' ', "-")
    }
}
