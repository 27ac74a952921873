//! Catalogues that look like those of real shops, dirt included, as many products as wanted.
//!
//! Every product is a function of the seed and its place, so that a million of them need no memory but the one at hand,
//! and two processes make the same shops. Brands, people and picture addresses are invented.

mod article;
mod dirt;
mod words;

use super::shop::ShopProduct;
use article::Article;

pub use dirt::Quirk;

/// The stock lies at this location: the first one of a fresh [`super::Shop`].
pub const FIRST_LOCATION: u64 = 1;

/// Two catalogues of `count` products each, a till's and an online store's. About seven tenths of the products are on
/// both sides; at these places (the products of one place belong together) [`Synthetic::quirk`] says in what the two
/// differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Synthetic {
    seed: u64,
    count: u64,
}

impl Synthetic {
    pub const fn new(seed: u64, count: u64) -> Self {
        Self { seed, count }
    }

    /// In the order of places.
    pub fn till(self) -> impl Iterator<Item = ShopProduct> {
        (0..self.count).map(move |place| self.till_at(place))
    }

    /// In the order of places.
    pub fn online(self) -> impl Iterator<Item = ShopProduct> {
        (0..self.count).map(move |place| self.online_at(place))
    }

    /// In what the two products of a place differ; `None` where they have nothing to do with each other.
    pub fn quirk(self, place: u64) -> Option<Quirk> {
        let mut random = self.random(place, 1);
        let is_shared = random.u32(..100) < 70;
        is_shared.then(|| Quirk::choose(&mut random))
    }

    fn till_at(self, place: u64) -> ShopProduct {
        let article = self.article(place);
        let mut product = article.at_till();
        if let Some(quirk) = self.quirk(place) {
            let previous = self.article(place.checked_sub(1).unwrap_or(place));
            dirt::at_till(quirk, &mut product, &previous);
        }
        dirt::anywhere(&mut product, &mut self.random(place, 2));
        product
    }

    fn online_at(self, place: u64) -> ShopProduct {
        let Some(quirk) = self.quirk(place) else {
            // Behind all articles of the till.
            let mut product = self.article(self.count + place).online(&mut self.random(place, 3));
            dirt::anywhere(&mut product, &mut self.random(place, 4));
            return product;
        };
        let mut random = self.random(place, 3);
        let mut product = self.article(place).online(&mut random);
        dirt::online(quirk, &mut product, &mut random);
        dirt::anywhere(&mut product, &mut self.random(place, 4));
        product
    }

    fn article(self, number: u64) -> Article {
        Article::new(number, self.random(number, 0))
    }

    /// One source of chance for each place and purpose, so that no product depends on another.
    fn random(self, place: u64, purpose: u64) -> fastrand::Rng {
        let mixed = place.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.wrapping_mul(0xD1B5_4A32_D192_ED03);
        fastrand::Rng::with_seed(self.seed ^ mixed)
    }
}

/// Both catalogues at once, for counts that fit into memory (about two kilobytes for each product).
pub fn synthetic(seed: u64, count: u64) -> (Vec<ShopProduct>, Vec<ShopProduct>) {
    let both = Synthetic::new(seed, count);
    (both.till().collect(), both.online().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Currency, Quantity, Status, Text};
    use crate::sandbox::{Shop, ShopVariant, read_products, read_table, write_products};
    use std::collections::{HashMap, HashSet};

    const COUNT: u64 = 6_000;

    fn variants(products: &[ShopProduct]) -> impl Iterator<Item = &ShopVariant> {
        products.iter().flat_map(|product| &product.variants)
    }

    #[test]
    fn the_same_seed_is_the_same_catalogue() {
        assert_eq!(synthetic(1, 200), synthetic(1, 200));
        assert_ne!(synthetic(1, 200), synthetic(2, 200));
        // A product does not depend on how it was come by.
        let both = Synthetic::new(1, 200);
        assert_eq!(both.till().nth(150), both.till().collect::<Vec<_>>().get(150).cloned());
    }

    #[test]
    fn both_sides_are_full_and_seven_tenths_overlap() {
        let (till, online) = synthetic(7, COUNT);
        assert_eq!((till.len(), online.len()), (COUNT as usize, COUNT as usize));
        let shared = (0..COUNT).filter(|place| Synthetic::new(7, COUNT).quirk(*place).is_some()).count() as u64;
        assert!((COUNT * 67 / 100..COUNT * 73 / 100).contains(&shared), "{shared}");
        let codes: HashSet<&str> = variants(&till).map(|variant| variant.barcode.as_str()).collect();
        let common = variants(&online).filter(|v| !v.barcode.is_empty() && codes.contains(v.barcode.as_str())).count();
        assert!(common > variants(&online).count() / 2);
    }

    #[test]
    fn every_kind_of_dirt_is_there() {
        let both = Synthetic::new(7, COUNT);
        let quirks: HashSet<Quirk> = (0..COUNT).filter_map(|place| both.quirk(place)).collect();
        assert_eq!(quirks.len(), Quirk::ALL.len());
        let (till, online) = synthetic(7, COUNT);
        for (side, products) in [("till", &till), ("online", &online)] {
            let has = |what: &str, found: bool| assert!(found, "{side}: {what}");
            has("drafts or archived", products.iter().any(|product| product.status != Status::Active));
            has("missing SKUs", variants(products).any(|variant| variant.sku.is_empty()));
            has("untracked", variants(products).any(|variant| !variant.tracked));
            let levels = || variants(products).flat_map(|variant| variant.levels.values());
            has("sold out", levels().any(|level| *level == Quantity::ZERO));
            has("CJK", products.iter().any(|product| product.title.contains('茶')));
            has("emoji", products.iter().any(|product| product.title.contains('🎁')));
            has("no price", variants(products).any(|variant| variant.price.is_none()));
        }
        let decimals = variants(&till).flat_map(|variant| variant.levels.values());
        assert!(decimals.filter(|level| level.whole().is_none()).count() > 10);
        let mut skus: HashMap<&str, u32> = HashMap::new();
        for variant in variants(&till).filter(|variant| !variant.sku.is_empty()) {
            *skus.entry(&variant.sku).or_default() += 1;
        }
        assert!(skus.values().any(|count| *count > 1));
        assert!(online.iter().any(|product| product.title.contains("&amp;")));
        assert!(online.iter().any(|product| product.title.contains('\u{1b}')));
    }

    #[test]
    fn each_quirk_is_what_it_says() {
        let both = Synthetic::new(7, COUNT);
        let mut seen = HashSet::new();
        for (place, (till, online)) in (0..COUNT).zip(both.till().zip(both.online())) {
            let Some(quirk) = both.quirk(place) else { continue };
            seen.insert(quirk);
            let (here, there) = (&till.variants[0], &online.variants[0]);
            let no_keys = variants(std::slice::from_ref(&till))
                .chain(&online.variants)
                .all(|variant| variant.sku.is_empty() && variant.barcode.is_empty());
            let same_title = till.title == online.title;
            let before = both.article(place.saturating_sub(1)).at_till();
            let holds = match quirk {
                Quirk::Same => same_title && here.barcode == there.barcode && till.brand == online.brand,
                Quirk::NoBarcodeOnline => there.barcode.is_empty(),
                Quirk::NoSkuOnline => there.sku.is_empty() && here.barcode == there.barcode,
                Quirk::TitleOnly => no_keys && same_title && till.brand == online.brand,
                Quirk::TitleOnlyOtherPrice => no_keys && same_title && here.price != there.price,
                Quirk::TitleOnlyOtherBrand => no_keys && same_title && till.brand != online.brand,
                Quirk::TitleOtherCase => {
                    let folded = |title: &str| title.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
                    no_keys && folded(&till.title) == folded(&online.title)
                }
                Quirk::SpecialCharacters => no_keys && Text::new(&till.title) != Text::new(&online.title),
                Quirk::Entities => online.title.contains("&amp;") && till.title.contains(" & "),
                Quirk::LeadingZero => {
                    here.barcode.len() == 12 && there.barcode == format!("0{}", here.barcode) && here.sku.is_empty()
                }
                Quirk::SkuOtherForm => here.sku != there.sku && here.sku.eq_ignore_ascii_case(there.sku.trim()),
                Quirk::OtherStructure => till.options.is_empty() != online.options.is_empty(),
                Quirk::VariantMissing => till.variants.len() > online.variants.len() || till.options.is_empty(),
                Quirk::OtherOptionNames => till.options != online.options || till.options.is_empty(),
                Quirk::DraftOnline => online.status == Status::Draft,
                Quirk::ArchivedAtTill => till.status == Status::Archived,
                Quirk::OtherPrice => here.price != there.price && here.barcode == there.barcode,
                Quirk::SimilarTitle => no_keys && till.title != online.title,
                Quirk::SkuTwice => here.sku == before.variants[0].sku && till.title != before.title,
                Quirk::ProductTwice => till.title == before.title && online.title != before.title,
                Quirk::Escapes => online.title.contains('\u{1b}'),
            };
            assert!(holds, "{quirk:?} at {place}:\n{till:#?}\n{online:#?}");
        }
        assert_eq!(seen.len(), Quirk::ALL.len());
    }

    #[test]
    fn barcodes_are_valid_and_titles_tell_products_apart() {
        let (till, _) = synthetic(3, COUNT);
        for code in variants(&till).map(|variant| &variant.barcode).filter(|code| !code.is_empty()) {
            let digits = code.bytes().rev().map(|digit| u32::from(digit - b'0')).enumerate();
            let sum: u32 = digits.map(|(place, digit)| if place % 2 == 1 { digit * 3 } else { digit }).sum();
            assert_eq!(sum % 10, 0, "{code}");
        }
        let titles: HashSet<&str> = till.iter().map(|product| product.title.as_str()).collect();
        assert!(titles.len() * 100 > till.len() * 97, "{}", titles.len());
    }

    #[test]
    fn a_shop_takes_it_and_a_table_keeps_it() {
        let mut shop = Shop::new("Till", Currency::new("EUR").unwrap(), &["Here"]);
        assert_eq!(shop.locations[0].number, FIRST_LOCATION);
        let (till, online) = synthetic(9, 500);
        for products in [&till, &online] {
            let mut text = Vec::new();
            write_products(&mut text, products.iter(), shop.currency, &shop.locations).unwrap();
            let table = read_table(&text[..]).unwrap();
            assert_eq!(&read_products(&table, shop.currency, &shop.locations).unwrap(), products);
        }
        for product in till {
            shop.insert(product, crate::domain::Timestamp(1));
        }
        assert_eq!(shop.products.len(), 500);
    }
}
