//! The words for a group and for each of its variants.

use crate::domain::{KnownListing, ListingId, MatchKey, Money};
use crate::rules::CatalogueView;
use crate::rules::matching::label;

use super::{Group, Match, Outcome, Why};

/// `1 product with 6 variants ↔ 6 single items: 5 match, 1 does not`
pub fn sentence(group: &Group) -> String {
    let all = group.variants.len();
    let (matching, linked) = (group.matches().count(), group.linked());
    let without = all - matching - linked;
    let mut parts = Vec::new();
    if linked > 0 {
        parts.push(if linked == 1 { "1 is linked".to_owned() } else { format!("{linked} are linked") });
    }
    if matching > 0 {
        parts.push(if matching == 1 { "1 matches".to_owned() } else { format!("{matching} match") });
    }
    if without > 0 {
        parts.push(if without == 1 { "1 does not".to_owned() } else { format!("{without} do not") });
    }
    let counted = |number: usize, one: &str| if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") };
    format!(
        "1 product with {} ↔ {}: {}",
        counted(all, "variant"),
        counted(matching + linked, "single item"),
        parts.join(", ")
    )
}

/// Why a variant is an item, or why it is none and what to do.
pub fn variant_sentence(
    catalogue: &dyn CatalogueView,
    product: &KnownListing,
    place: usize,
    outcome: &Outcome,
) -> String {
    let named = |id: &ListingId| {
        let title = catalogue.listing(*id).map(|known| known.listing.title.to_string()).unwrap_or_default();
        format!("“{title}” ({id})")
    };
    match outcome {
        Outcome::Linked(other) => format!("Linked to {}", named(other)),
        Outcome::Match(found) => matched(product, place, found),
        Outcome::None(Why::Nothing) => {
            "No single item has its barcode, its SKU, or its options in the title: give the item the same SKU"
                .to_owned()
        }
        Outcome::None(Why::Several(items)) => {
            let items: Vec<String> = items.iter().map(named).collect();
            format!("Several items fit it, so none is meant: {}; archive the duplicates", items.join(", "))
        }
        Outcome::None(Why::Shared(item)) => {
            format!("{} fits several variants: give it the SKU of the one that it is", named(item))
        }
        Outcome::None(Why::Inactive(item)) => {
            format!("{} would match, but is a draft or archived: publish it", named(item))
        }
        Outcome::None(Why::Taken(item)) => format!("{} would match, but is linked to another product", named(item)),
        Outcome::None(Why::Brand { item, theirs }) => {
            let text = |brand: Option<&str>| brand.map_or_else(|| "none".to_owned(), |brand| format!("“{brand}”"));
            format!(
                "The title of {} names it, but the brand differs: {} here, {} there; give both the same SKU or brand",
                named(item),
                text(product.listing.brand.as_deref()),
                text(theirs.as_deref())
            )
        }
    }
}

fn matched(product: &KnownListing, place: usize, found: &Match) -> String {
    let keys: Vec<&str> = found.by.iter().map(|key: &MatchKey| key.label()).collect();
    let how = if keys.is_empty() {
        format!("The item's title names it: {}", label(&product.listing, place))
    } else {
        format!("Same {}", keys.join(" and "))
    };
    let price = |price: Option<Money>| price.map_or_else(|| "none".to_owned(), |price| price.to_string());
    match found.prices {
        None => how,
        Some((ours, theirs)) => format!("{how}; the price differs: {} here, {} there", price(ours), price(theirs)),
    }
}
