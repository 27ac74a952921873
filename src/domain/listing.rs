//! A product as one connection has it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    ConnectionId, Dimensions, ListingId, LocationId, Money, Quantity, RemoteId, Text, Timestamp, VariantId, Weight,
};

/// Whether customers can buy it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Active,
    Draft,
    Archived,
}

impl Status {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Draft => "draft",
            Self::Archived => "archived",
        }
    }
}

/// Whether a listing is one article or a choice of variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Structure {
    /// Exactly one variant, without options.
    Simple,
    /// Variants told apart by these options, in the platform's order (`Colour`, `Size`).
    Variable { options: Vec<Text> },
}

impl Structure {
    pub const fn is_variable(&self) -> bool {
        matches!(self, Self::Variable { .. })
    }
}

/// What a connection knows of a variant's stock. A missing, untracked or unmapped count is *unknown*, never 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stock {
    /// Counted, per location. A location that is not in the map has no known count.
    Tracked(BTreeMap<LocationId, Quantity>),
    /// The platform sells it without counting.
    Untracked,
    /// Counted, we suppose, but no count was to be had.
    Unknown,
}

impl Stock {
    /// The sum over the locations that `counts` accepts, or `None` if no such location has a known count.
    pub fn total(&self, counts: impl Fn(&LocationId) -> bool) -> Option<Quantity> {
        match self {
            Self::Tracked(levels) => {
                let mut used =
                    levels.iter().filter(|(location, _)| counts(location)).map(|(_, level)| *level).peekable();
                used.peek().is_some().then(|| Quantity::sum(used))
            }
            Self::Untracked | Self::Unknown => None,
        }
    }

    /// Takes in one level that was seen. `None`: not counted there any more; once no location is left that is counted,
    /// the variant is untracked.
    pub fn see_level(&mut self, location: LocationId, level: Option<Quantity>) {
        match (&mut *self, level) {
            (Self::Tracked(levels), Some(level)) => {
                levels.insert(location, level);
            }
            (Self::Untracked | Self::Unknown, Some(level)) => {
                *self = Self::Tracked(BTreeMap::from([(location, level)]));
            }
            (Self::Tracked(levels), None) => {
                levels.remove(&location);
                if levels.is_empty() {
                    *self = Self::Untracked;
                }
            }
            (Self::Untracked | Self::Unknown, None) => *self = Self::Untracked,
        }
    }

    pub fn at(&self, location: &LocationId) -> Option<Quantity> {
        match self {
            Self::Tracked(levels) => levels.get(location).copied(),
            Self::Untracked | Self::Unknown => None,
        }
    }
}

/// One value of one option: `Colour` = `Red`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OptionValue {
    pub option: Text,
    pub value: Text,
}

/// What can be sold and counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub remote: RemoteId,
    /// The identifier that stock calls take, where it is another than `remote` (Shopify's inventory item).
    pub inventory: Option<RemoteId>,
    /// In the order of the structure's options; empty for a simple listing.
    pub options: Vec<OptionValue>,
    pub sku: Option<Text>,
    /// UPC, EAN or any GTIN, as the platform has it; not validated here.
    pub barcode: Option<Text>,
    pub price: Option<Money>,
    /// The crossed-out price beside it.
    pub compare_at: Option<Money>,
    pub weight: Option<Weight>,
    pub dimensions: Option<Dimensions>,
    pub stock: Stock,
}

impl Variant {
    /// `Red / 13`; empty for a simple listing.
    pub fn option_label(&self) -> String {
        self.options.iter().map(|option| option.value.as_str()).collect::<Vec<_>>().join(" / ")
    }
}

/// A product as one connection has it: one or more variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub remote: RemoteId,
    pub title: Text,
    /// Plain text; markup has been taken out by the connector.
    pub description: Text,
    pub brand: Option<Text>,
    pub category: Option<Text>,
    pub status: Status,
    pub structure: Structure,
    /// Never empty. At most [`Listing::MOST_VARIANTS`].
    pub variants: Vec<Variant>,
    /// Addresses of the pictures, the first is the main one.
    pub images: Vec<String>,
    /// The product's page, for a person to open.
    pub page: Option<String>,
    /// The platform's own time of the last change.
    pub updated_at: Option<Timestamp>,
}

impl Listing {
    /// More than any platform allows (Shopify: 2048); a listing with more is reported and left out.
    pub const MOST_VARIANTS: usize = 10_000;

    /// The sum over all variants with a known count; `None` if none is known.
    pub fn total(&self, counts: impl Fn(&LocationId) -> bool + Copy) -> Option<Quantity> {
        let mut known = self.variants.iter().filter_map(|variant| variant.stock.total(counts)).peekable();
        known.peek().is_some().then(|| Quantity::sum(known))
    }
}

/// A listing as we know it: with our numbers, and when it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownListing {
    pub id: ListingId,
    pub connection: ConnectionId,
    /// Our numbers of `listing.variants`, in the same order. A remote variant keeps its number as long as it exists.
    pub variants: Vec<VariantId>,
    pub listing: Listing,
    /// Deleted on the platform; kept, so that it can be told what became of it.
    pub gone: bool,
    /// When a feed or a look-up last showed it.
    pub seen_at: Timestamp,
}

impl KnownListing {
    /// The variants with our numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (VariantId, &Variant)> {
        self.variants.iter().copied().zip(&self.listing.variants)
    }

    /// Takes in a level that was seen outside a whole look at the listing. `false` if it has no such variant.
    pub fn see_level(
        &mut self,
        variant: VariantId,
        location: LocationId,
        level: Option<Quantity>,
        at: Timestamp,
    ) -> bool {
        let Some(place) = self.variants.iter().position(|number| *number == variant) else { return false };
        let Some(variant) = self.listing.variants.get_mut(place) else { return false };
        variant.stock.see_level(location, level);
        self.seen_at = self.seen_at.max(at);
        true
    }

    pub fn variant(&self, id: VariantId) -> Option<&Variant> {
        self.numbered().find(|(number, _)| *number == id).map(|(_, variant)| variant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_count_is_unknown_and_not_zero() {
        let here = LocationId(RemoteId::new("here").unwrap());
        let there = LocationId(RemoteId::new("there").unwrap());
        let stock = Stock::Tracked(BTreeMap::from([(here.clone(), Quantity::ZERO)]));
        assert_eq!(stock.total(|l| *l == here), Some(Quantity::ZERO));
        assert_eq!(stock.total(|l| *l == there), None);
        assert_eq!(Stock::Untracked.total(|_| true), None);
    }

    #[test]
    fn levels_come_and_go() {
        let here = LocationId(RemoteId::new("here").unwrap());
        let there = LocationId(RemoteId::new("there").unwrap());
        let mut stock = Stock::Unknown;
        stock.see_level(here.clone(), Some(Quantity::units(3)));
        stock.see_level(there.clone(), Some(Quantity::ZERO));
        stock.see_level(here.clone(), None);
        assert_eq!(stock, Stock::Tracked(BTreeMap::from([(there.clone(), Quantity::ZERO)])));
        stock.see_level(there, None);
        assert_eq!(stock, Stock::Untracked);
    }
}
