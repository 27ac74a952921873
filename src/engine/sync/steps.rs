//! Words for steps and history lines: which product, which connection.

use crate::domain::{ConnectionId, KnownListing, Profile, Text, VariantId};
use crate::rules::CatalogueView;

use super::super::truth::{Known, Truth};

/// The product's title, with the variant's options where it is one of several.
pub fn subject(known: &KnownListing, variant: Option<VariantId>) -> Text {
    let title = &known.listing.title;
    let label = variant.and_then(|number| known.variant(number)).map(|variant| variant.option_label());
    match label.filter(|label| !label.is_empty()) {
        Some(label) => Text::new(&format!("{title}, {label}")),
        None => title.clone(),
    }
}

/// The variant's SKU; the first one's where the listing is meant.
pub fn sku(known: &KnownListing, variant: Option<VariantId>) -> Option<Text> {
    match variant {
        Some(number) => known.variant(number)?.sku.clone(),
        None => known.listing.variants.first()?.sku.clone(),
    }
}

pub fn name(known: &Known, connection: ConnectionId) -> String {
    let there = known.catalogue.now().connection(connection);
    there.map_or_else(|| connection.to_string(), |there| there.name.to_string())
}

pub fn profile(truth: &Truth, known: &Known, connection: ConnectionId) -> Option<&'static Profile> {
    truth.shops.profile(&known.catalogue.now().connection(connection)?.platform.0)
}

/// A text for a title or a note, cut where it gets long.
pub fn short(text: &str) -> Text {
    if text.chars().count() <= 60 {
        return Text::new(text);
    }
    Text::new(&(text.chars().take(59).collect::<String>() + "…"))
}
