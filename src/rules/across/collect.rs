//! Two passes: over the products with variants, and over the single items that may be variants of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::domain::{ConnectionId, KnownListing, ListingId, MatchKey, Money, Status, Text, VariantId};
use crate::rules::CatalogueView;
use crate::rules::filter::folded;
use crate::rules::matching::{Digest, Tie, digest, read_key, tie};

/// So many words of an item's title can be in front of its options, or behind them.
const MOST_WORDS: usize = 24;
/// In a title of so many words the product's may stand anywhere.
const SHORT: usize = 8;

/// The products with variants, by what may lead to them.
#[derive(Default)]
pub struct Products {
    pub ids: Vec<ListingId>,
    /// The product of a title; `None` where several have it.
    titles: HashMap<Digest, Option<u32>>,
    /// Digest, product, variant's place; sorted.
    keys: [Vec<(Digest, u32, u32)>; 2],
}

/// The keys that variants have.
const KINDS: [MatchKey; 2] = [MatchKey::Barcode, MatchKey::Sku];

/// A single item that something leads to.
pub struct Item {
    pub listing: ListingId,
    pub variant: VariantId,
    pub title: Text,
    pub brand: Option<Text>,
    pub price: Option<Money>,
    pub active: bool,
    pub tie: Tie,
}

/// Something that leads from an item to a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    pub product: u32,
    pub item: u32,
    /// With the variant's place; a title may name any of them.
    pub by: Lead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lead {
    Key(MatchKey, u32),
    Title,
}

/// The words of a title as they are compared.
fn words(title: &str) -> Vec<String> {
    let folded = folded(title);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn title_digest(words: &[String], buffer: &mut Vec<u8>) -> Digest {
    buffer.clear();
    for word in words {
        buffer.extend_from_slice(word.as_bytes());
        buffer.push(b' ');
    }
    digest(buffer)
}

pub fn products(
    catalogue: &dyn CatalogueView,
    here: ConnectionId,
    there: ConnectionId,
    skip: &dyn Fn(ListingId) -> bool,
) -> Products {
    let mut products = Products::default();
    let mut buffer = Vec::new();
    catalogue.each_listing(here, &mut |known| {
        let open = |variant: &VariantId| !matches!(tie(catalogue, *variant, there), Tie::There { .. });
        let wanted = !known.gone
            && known.listing.status == Status::Active
            && known.listing.structure.is_variable()
            && known.variants.iter().any(open)
            && !skip(known.id);
        if !wanted {
            return;
        }
        let Ok(place) = u32::try_from(products.ids.len()) else { return };
        products.ids.push(known.id);
        let words = words(&known.listing.title);
        if !words.is_empty() && words.len() <= MOST_WORDS {
            match products.titles.entry(title_digest(&words, &mut buffer)) {
                Entry::Occupied(mut known) => {
                    known.insert(None);
                }
                Entry::Vacant(free) => {
                    free.insert(Some(place));
                }
            }
        }
        for (variant, at) in known.listing.variants.iter().zip(0u32..) {
            for ((kind, text), keys) in KINDS.into_iter().zip([&variant.barcode, &variant.sku]).zip(&mut products.keys)
            {
                if text.as_ref().is_some_and(|text| read_key(kind, text, &mut buffer)) {
                    keys.push((digest(&buffer), place, at));
                }
            }
        }
    });
    products.keys.iter_mut().for_each(|keys| keys.sort_unstable());
    products
}

impl Products {
    /// The one variant that has a key.
    fn holder(&self, kind: usize, key: Digest) -> Option<(u32, u32)> {
        let keys = &self.keys[kind];
        let from = keys.partition_point(|(known, ..)| *known < key);
        match keys.get(from..)? {
            [(first, product, variant), rest @ ..]
                if *first == key && rest.first().is_none_or(|next| next.0 != key) =>
            {
                Some((*product, *variant))
            }
            _ => None,
        }
    }
}

/// The items that something leads to, and the hits sorted by product.
pub fn items(
    catalogue: &dyn CatalogueView,
    here: ConnectionId,
    there: ConnectionId,
    products: &Products,
) -> (Vec<Item>, Vec<Hit>) {
    let (mut items, mut hits) = (Vec::new(), Vec::new());
    if products.ids.is_empty() {
        return (items, hits);
    }
    let mut buffer = Vec::new();
    catalogue.each_listing(there, &mut |known| {
        if known.gone || known.listing.structure.is_variable() {
            return;
        }
        let (Ok(item), [variant]) = (u32::try_from(items.len()), known.variants.as_slice()) else { return };
        let before = hits.len();
        leads(known, item, products, &mut buffer, &mut hits);
        if hits.len() > before {
            items.push(Item {
                listing: known.id,
                variant: *variant,
                title: known.listing.title.clone(),
                brand: known.listing.brand.clone(),
                price: known.listing.variants.first().and_then(|variant| variant.price),
                active: known.listing.status == Status::Active,
                tie: tie(catalogue, *variant, here),
            });
        }
    });
    hits.sort_unstable();
    hits.dedup();
    (items, hits)
}

fn leads(known: &KnownListing, item: u32, products: &Products, buffer: &mut Vec<u8>, hits: &mut Vec<Hit>) {
    let Some(variant) = known.listing.variants.first() else { return };
    for (at, (kind, text)) in KINDS.into_iter().zip([&variant.barcode, &variant.sku]).enumerate() {
        if text.as_ref().is_some_and(|text| read_key(kind, text, buffer))
            && let Some((product, variant)) = products.holder(at, digest(buffer))
        {
            hits.push(Hit { product, item, by: Lead::Key(kind, variant) });
        }
    }
    let words = words(&known.listing.title);
    let mut ask = |part: &[String]| {
        if let Some(Some(product)) = products.titles.get(&title_digest(part, buffer)) {
            hits.push(Hit { product: *product, item, by: Lead::Title });
        }
    };
    // What is left over are the options: behind the product's title, in front of it, and in a short title around it.
    for many in 1..words.len().min(MOST_WORDS + 1) {
        let last = words.len() - many;
        ask(&words[..many]);
        ask(&words[last..]);
        if words.len() <= SHORT {
            (1..last).for_each(|from| ask(&words[from..from + many]));
        }
    }
}
