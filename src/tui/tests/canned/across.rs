//! Products of the canned till whose variants are single items in the web shop.

use crate::domain::{ListingId, MatchKey, Side, Text, VariantId};
use crate::protocol::{AcrossLine, AcrossVariant, AcrossView, ListingBrief, PairChoice};

use super::report::brief;

/// Of each product so many, the last of which leads nowhere.
const SIZES: [&str; 4] = ["Small", "Medium", "Large", "Extra large"];

pub fn lines(view: &AcrossView) -> Vec<AcrossLine> {
    let products = (0..12).map(product);
    let found = products.filter(|(title, _)| title.to_lowercase().contains(&view.search.to_lowercase()));
    found.flat_map(|(_, lines)| lines).collect()
}

fn product(number: u64) -> (String, Vec<AcrossLine>) {
    let product = ListingBrief { variants: SIZES.len() as u32, ..brief(number * 3, Side::InStore) };
    let title = product.title.to_string();
    let variants: Vec<AcrossVariant> = (0..SIZES.len()).map(|place| variant(&product, number, place)).collect();
    let head = AcrossLine::Product {
        product: Box::new(product),
        connection: "Web outlet".to_owned(),
        sentence: "1 product with 4 variants ↔ 3 single items: 2 match, 1 is linked, 1 does not".to_owned(),
        choices: variants.iter().filter_map(|variant| variant.choice).collect(),
    };
    let variants = variants.into_iter().map(|variant| AcrossLine::Variant(Box::new(variant)));
    (title, std::iter::once(head).chain(variants).collect())
}

fn variant(product: &ListingBrief, number: u64, place: usize) -> AcrossVariant {
    let id = number * 10 + place as u64;
    let item = ListingBrief {
        listing: ListingId(500 + id),
        title: Text::new(&format!("{} - {}", product.title, SIZES[place])),
        variants: 1,
        ..brief(id, Side::Online)
    };
    let choice = PairChoice {
        in_store: (product.listing, VariantId(id)),
        online: (item.listing, VariantId(500 + id)),
        primary: Side::InStore,
    };
    let (item, matched, sentence) = match place {
        0 => (Some(item), vec![MatchKey::Sku], "Same SKU".to_owned()),
        1 => (Some(item), Vec::new(), format!("The title names its options: {}", SIZES[1])),
        2 => (Some(item), Vec::new(), "It is linked".to_owned()),
        _ => (None, Vec::new(), "Nothing on Web outlet has its SKU or barcode, or names its options".to_owned()),
    };
    AcrossVariant {
        variant: VariantId(id),
        label: Text::new(SIZES[place]),
        item,
        matched,
        linked: place == 2,
        sentence,
        choice: (place < 2).then_some(choice),
    }
}
