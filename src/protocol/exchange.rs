//! Variants linked one by one: groups across structures, and rows of a file that a person wrote or edited.

use serde::{Deserialize, Serialize};

use crate::domain::{ListingId, MatchKey, Side, Text, VariantId};

pub use crate::domain::{NamedVariant, PairRow};

use super::{ListingBrief, PlanSummary};

/// Which groups.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AcrossView {
    /// As in a search of products: of the product, or of one of its single items.
    pub search: String,
}

/// A product with variants, and the single items of the other side that its variants are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AcrossRow {
    /// The one with variants.
    pub product: ListingBrief,
    /// Where the single items are.
    pub connection: String,
    /// `1 product with 6 variants ↔ 6 single items: 5 match, 1 does not`
    pub sentence: String,
    pub variants: Vec<AcrossVariant>,
}

/// A line of the list in which each product stands above its variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum AcrossLine {
    Product {
        product: Box<ListingBrief>,
        /// Where the single items are.
        connection: String,
        /// As in [`AcrossRow`].
        sentence: String,
        /// Of all its variants.
        choices: Vec<PairChoice>,
    },
    Variant(Box<AcrossVariant>),
}

/// One variant of the product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AcrossVariant {
    pub variant: VariantId,
    /// `Red / 13`
    pub label: Text,
    /// What it is.
    pub item: Option<ListingBrief>,
    /// By a key, or, with none, by the options in the item's title.
    pub matched: Vec<MatchKey>,
    pub linked: bool,
    /// `Same SKU`, `The title names its options: Red, 13`, or why there is none, in a plain sentence.
    pub sentence: String,
    /// Ready to be planned; `primary` is the person's to change.
    pub choice: Option<PairChoice>,
}

/// Two variants that are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairChoice {
    pub in_store: (ListingId, VariantId),
    pub online: (ListingId, VariantId),
    pub primary: Side,
}

/// A row that cannot be done as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedLine {
    pub line: u64,
    /// What the row says, in short.
    pub row: String,
    /// Why, with what to do.
    pub reason: String,
}

/// What became of the rows: each is in the plan, linked already, or rejected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowsRead {
    /// `None`: nothing of it is to be done.
    pub plan: Option<PlanSummary>,
    /// Rows in the plan.
    pub planned: u64,
    /// Rows that say what is linked already.
    pub linked: u64,
    /// In the order of the file.
    pub rejected: Vec<RejectedLine>,
}
