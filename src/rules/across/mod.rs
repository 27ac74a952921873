//! Across structures: a product with variants on one side, single items on the other, told as one group and linkable
//! variant by variant.
//!
//! A variant and an item belong together by barcode or SKU, else by the title: `Perfect T-Shirt - Red / 13` is the variant
//! of `Perfect T-Shirt` whose option values are red and 13, in any order. All that leads anywhere must lead to one item,
//! and the item to one variant; where not, nobody is right, and the variant says why.
//!
//! The products with variants are gone through first and only digests of their keys and titles are kept; then the items,
//! each asking for its own keys and for the titles that its own holds. A title that several products have tells none of
//! them, so an item meets few products whatever the catalogue looks like.
//!
//! Nothing here is a candidate of the link report, and nothing is linked by itself.

mod collect;
mod settle;
mod told;

#[cfg(test)]
mod tests;

use crate::domain::{ConnectionId, ListingId, MatchKey, Money, Text, VariantId};

use super::CatalogueView;

pub use told::{sentence, variant_sentence};

/// A product with variants and what its variants are on another connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub product: ListingId,
    /// Where the single items are.
    pub there: ConnectionId,
    /// All of the product's, in its order.
    pub variants: Vec<(VariantId, Outcome)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Linked to this item, or whatever else it is over there, already.
    Linked(ListingId),
    Match(Match),
    None(Why),
}

/// A variant that is an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    pub item: ListingId,
    pub item_variant: VariantId,
    /// The keys that are the same; empty: the item's title names the product and the options.
    pub by: Vec<MatchKey>,
    /// Where the prices differ: the variant's and the item's.
    pub prices: Option<(Option<Money>, Option<Money>)>,
}

/// Why a variant is no item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Nothing leads anywhere.
    Nothing,
    /// Several items fit it.
    Several(Vec<ListingId>),
    /// The item fits several variants.
    Shared(ListingId),
    /// The item is a draft or archived.
    Inactive(ListingId),
    /// The item is linked to another variant.
    Taken(ListingId),
    /// The title names it, but the brand is another one.
    Brand { item: ListingId, theirs: Option<Text> },
}

impl Group {
    pub fn matches(&self) -> impl Iterator<Item = (VariantId, &Match)> {
        self.variants.iter().filter_map(|(variant, outcome)| match outcome {
            Outcome::Match(found) => Some((*variant, found)),
            Outcome::Linked(_) | Outcome::None(_) => None,
        })
    }

    pub fn linked(&self) -> usize {
        self.variants.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Linked(_))).count()
    }
}

/// The groups of products with variants on `here` and single items on `there`, in the order of the products. `skip`:
/// products that have their counterpart already.
pub fn groups(
    catalogue: &dyn CatalogueView,
    here: ConnectionId,
    there: ConnectionId,
    skip: &dyn Fn(ListingId) -> bool,
) -> Vec<Group> {
    let products = collect::products(catalogue, here, there, skip);
    let (items, hits) = collect::items(catalogue, here, there, &products);
    settle::settle(catalogue, there, &products, &items, hits)
}
