//! A listing as matching looks at it: borrowed from a listing, or read out of packed rows.

use crate::domain::{Listing, ListingId, Money, Structure, VariantId};

/// How a variant is linked, as far as one other connection is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    Free,
    /// Linked, but not to the connection that is compared.
    Elsewhere,
    /// Linked to this variant there.
    There {
        listing: ListingId,
        variant: VariantId,
    },
}

/// What tells variants apart.
#[derive(Debug, Clone, Default)]
pub struct Article<'a> {
    pub sku: Option<&'a str>,
    pub barcode: Option<&'a str>,
    pub price: Option<Money>,
    /// Name and value.
    pub options: Vec<(&'a str, &'a str)>,
}

/// What is for sale under one title.
#[derive(Debug, Clone, Default)]
pub struct Goods<'a> {
    pub variable: bool,
    /// The structure's options; empty for a simple listing.
    pub option_names: Vec<&'a str>,
    pub articles: Vec<Article<'a>>,
}

impl<'a> Goods<'a> {
    pub fn of(listing: &'a Listing) -> Self {
        let option_names = match &listing.structure {
            Structure::Simple => Vec::new(),
            Structure::Variable { options } => options.iter().map(|name| name.as_str()).collect(),
        };
        let articles = listing.variants.iter().map(|variant| Article {
            sku: variant.sku.as_deref(),
            barcode: variant.barcode.as_deref(),
            price: variant.price,
            options: variant.options.iter().map(|option| (option.option.as_str(), option.value.as_str())).collect(),
        });
        Self { variable: listing.structure.is_variable(), option_names, articles: articles.collect() }
    }
}

/// What a single item is offered for, and who makes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offer<'a> {
    pub price: Option<Money>,
    pub brand: Option<&'a str>,
}

/// A whole listing, read out of its row.
#[derive(Debug, Clone, Default)]
pub struct Entry<'a> {
    pub title: &'a str,
    pub brand: Option<&'a str>,
    pub goods: Goods<'a>,
    /// Our numbers of the variants and how each is linked, in their order.
    pub members: Vec<(VariantId, Tie)>,
}

impl Entry<'_> {
    pub fn is_linked(&self, position: usize) -> bool {
        self.members.get(position).is_some_and(|(_, tie)| *tie != Tie::Free)
    }

    /// Where the variant at this place is linked to on the other side.
    pub fn partner(&self, position: usize) -> Option<(ListingId, VariantId)> {
        match self.members.get(position)?.1 {
            Tie::There { listing, variant } => Some((listing, variant)),
            Tie::Free | Tie::Elsewhere => None,
        }
    }

    /// The first listing on the other side that a variant is linked to.
    pub fn first_partner(&self) -> Option<ListingId> {
        (0..self.members.len()).find_map(|position| self.partner(position)).map(|(listing, _)| listing)
    }
}
