//! The link report: what could be linked, and why the rest could not.

use serde::{Deserialize, Serialize};

use super::{ConnectionId, ListingId, Money, Text, Timestamp, VariantId};

/// What two listings have in common. In order of strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchKey {
    Barcode,
    Sku,
    Title,
}

impl MatchKey {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Barcode => "barcode",
            Self::Sku => "SKU",
            Self::Title => "title",
        }
    }
}

/// One variant here and its counterpart there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VariantPair {
    pub in_store: VariantId,
    pub online: VariantId,
}

/// Two listings that can be linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    pub in_store: ListingId,
    pub online: ListingId,
    /// Everything that matched, strongest first; never empty.
    pub matched: Vec<MatchKey>,
    /// Every variant that is not linked yet with its one counterpart; never empty.
    pub pairs: Vec<VariantPair>,
}

/// A listing that cannot be linked now, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoCandidate {
    pub listing: ListingId,
    /// Never empty; the most useful first.
    pub reasons: Vec<Reason>,
}

/// Why a listing has no candidate. Machine-readable; [`crate::rules`] gives each its sentence.
/// `ours` is the value of the listing that asks, `theirs` of the nearest listing on the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// Titles agree, but that alone needs the same price.
    PriceDiffers { other: ListingId, ours: Option<Money>, theirs: Option<Money> },
    /// Titles agree, but that alone needs the same brand (both blank counts as the same).
    BrandDiffers { other: ListingId, ours: Option<Text>, theirs: Option<Text> },
    /// One is a single article, the other has variants.
    StructureDiffers { other: ListingId, ours_variable: bool },
    /// These variants of ours have no counterpart by options, SKU or barcode.
    VariantsDiffer { other: ListingId, without: Vec<Text> },
    /// The key stands on several listings, so it does not tell which one is meant.
    DuplicateKey { key: MatchKey, value: Text, listings: Vec<ListingId> },
    /// Two variants inside the listing are the same.
    DuplicateVariant { listing: ListingId, label: Text },
    /// Not active here.
    Inactive,
    /// The other one is not active.
    OtherInactive { other: ListingId },
    /// The other one is linked to something else already.
    OtherLinked { other: ListingId },
    /// All variants of ours have their counterparts, but these of the other one have none here.
    OtherHasMore { other: ListingId, without: Vec<Text> },
    /// The other one is matched with a listing of our side by a stronger key.
    OtherMatched { other: ListingId, by: MatchKey, with: ListingId },
    /// The variants of `of` (ours or the nearest one) lead to several listings: each has the key of some of them.
    SeveralCounterparts { key: MatchKey, of: ListingId, listings: Vec<ListingId> },
    /// Linked to the other one, but for these variants of ours.
    PartlyLinked { other: ListingId, without: Vec<Text> },
    /// The keys differ in punctuation or special characters only.
    SpecialCharacter { other: ListingId, key: MatchKey, ours: Text, theirs: Text },
    /// The keys are spelled nearly the same: this many characters more, less or others.
    SpellingNear { other: ListingId, key: MatchKey, ours: Text, theirs: Text, distance: u8 },
    /// The barcode has the length of a GTIN, but its last digit is wrong: it would have to be `check_digit`.
    InvalidBarcode { value: Text, check_digit: u8 },
    /// The listing has no SKU and no barcode, and its title is nowhere on the other side.
    NoKey,
    /// Nothing on the other side has this barcode, SKU or title.
    NoCounterpart,
    /// Everything fits, but a person said that they are not one.
    Rejected { other: ListingId },
}

/// How much a suggestion can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likelihood {
    /// Less likely one product than not.
    Possible,
    Likely,
    /// Of a hundred of these at most one is wrong.
    Sure,
}

impl Likelihood {
    /// The most trustworthy first.
    pub const ALL: [Self; 3] = [Self::Sure, Self::Likely, Self::Possible];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Sure => "sure",
        }
    }
}

/// Two listings that a person said are not one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rejection {
    pub in_store: ListingId,
    pub online: ListingId,
    /// Where the two are; the rejection goes with either.
    pub till: ConnectionId,
    pub shop: ConnectionId,
    pub at: Timestamp,
}
