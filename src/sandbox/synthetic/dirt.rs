//! In what two shops' records of one article differ, and what is amiss in any catalogue.

use crate::domain::{Quantity, Status};
use crate::sandbox::{ShopProduct, ShopVariant};

use super::article::{Article, gtin};

/// In what the till's and the online store's record of one article differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quirk {
    /// In nothing but counts.
    Same,
    NoBarcodeOnline,
    NoSkuOnline,
    /// Neither side has keys; title, price and brand agree.
    TitleOnly,
    TitleOnlyOtherPrice,
    TitleOnlyOtherBrand,
    /// As `TitleOnly`, with capitals and blanks at will.
    TitleOtherCase,
    /// As `TitleOnly`, with other quotes, dashes or trademark signs.
    SpecialCharacters,
    /// The online title holds `&amp;`.
    Entities,
    /// Twelve digits at the till, the same thirteen with a 0 in front online.
    LeadingZero,
    /// The SKU in lower case or with blanks around it.
    SkuOtherForm,
    /// Variants on one side, a single article on the other.
    OtherStructure,
    /// The online store lacks variants (only where there are any).
    VariantMissing,
    /// `Color` for `Colour`, values in capitals (only where there are variants).
    OtherOptionNames,
    DraftOnline,
    ArchivedAtTill,
    /// The barcode agrees, the price does not.
    OtherPrice,
    /// No keys, and a title in other words.
    SimilarTitle,
    /// The till gave it the SKU of the article before.
    SkuTwice,
    /// The till has the article before once more in its place.
    ProductTwice,
    /// The online title tries to steer terminals.
    Escapes,
}

impl Quirk {
    /// Each with its share among a hundred.
    pub const ALL: [(Self, u32); 21] = [
        (Self::Same, 52),
        (Self::NoBarcodeOnline, 4),
        (Self::NoSkuOnline, 3),
        (Self::TitleOnly, 4),
        (Self::TitleOnlyOtherPrice, 2),
        (Self::TitleOnlyOtherBrand, 2),
        (Self::TitleOtherCase, 3),
        (Self::SpecialCharacters, 3),
        (Self::Entities, 2),
        (Self::LeadingZero, 3),
        (Self::SkuOtherForm, 2),
        (Self::OtherStructure, 3),
        (Self::VariantMissing, 2),
        (Self::OtherOptionNames, 1),
        (Self::DraftOnline, 3),
        (Self::ArchivedAtTill, 1),
        (Self::OtherPrice, 3),
        (Self::SimilarTitle, 2),
        (Self::SkuTwice, 2),
        (Self::ProductTwice, 2),
        (Self::Escapes, 1),
    ];

    pub(super) fn choose(random: &mut fastrand::Rng) -> Self {
        let hundred: u32 = Self::ALL.iter().map(|(_, share)| share).sum();
        let mut left = random.u32(..hundred);
        for (quirk, share) in Self::ALL {
            if left < share {
                return quirk;
            }
            left -= share;
        }
        Self::Same
    }

    /// Neither side has a SKU or a barcode.
    const fn has_no_keys(self) -> bool {
        matches!(
            self,
            Self::TitleOnly
                | Self::TitleOnlyOtherPrice
                | Self::TitleOnlyOtherBrand
                | Self::TitleOtherCase
                | Self::SpecialCharacters
                | Self::SimilarTitle
        )
    }
}

/// What the till made of it. `previous` is the article of the place before.
pub(super) fn at_till(quirk: Quirk, product: &mut ShopProduct, previous: &Article) {
    both(quirk, product);
    match quirk {
        Quirk::SpecialCharacters => product.title.push_str(" - \"Classic\" 5'"),
        Quirk::LeadingZero => each(product, |variant| {
            variant.barcode.remove(0);
        }),
        Quirk::ArchivedAtTill => product.status = Status::Archived,
        Quirk::SkuTwice => {
            let sku = previous.at_till().variants.swap_remove(0).sku;
            if let Some(first) = product.variants.first_mut() {
                first.sku = sku;
            }
        }
        Quirk::ProductTwice => *product = previous.at_till(),
        _ => {}
    }
}

/// What the online store made of it.
pub(super) fn online(quirk: Quirk, product: &mut ShopProduct, random: &mut fastrand::Rng) {
    both(quirk, product);
    match quirk {
        Quirk::NoBarcodeOnline => each(product, |variant| variant.barcode.clear()),
        Quirk::NoSkuOnline => each(product, |variant| variant.sku.clear()),
        Quirk::TitleOnlyOtherPrice | Quirk::OtherPrice => {
            let more = random.i64(1..30) * 10;
            each(product, |variant| variant.price = variant.price.map(|price| price + more));
        }
        Quirk::TitleOnlyOtherBrand => {
            product.brand = if random.bool() { String::new() } else { format!("{} Ltd", product.brand) };
        }
        Quirk::TitleOtherCase => {
            let title = if random.bool() { product.title.to_uppercase() } else { product.title.to_lowercase() };
            product.title = format!(" {} ", title.replacen(' ', "  ", 1));
        }
        Quirk::SpecialCharacters => product.title.push_str("™ – “Classic” 5′"),
        Quirk::Entities => product.title = product.title.replace('&', "&amp;"),
        Quirk::LeadingZero => {}
        Quirk::SkuOtherForm => each(product, |variant| {
            variant.sku = format!(" {} ", variant.sku.to_lowercase());
        }),
        Quirk::OtherStructure => change_structure(product),
        Quirk::VariantMissing => {
            let kept = (product.variants.len() / 2).max(1);
            product.variants.truncate(kept);
        }
        Quirk::OtherOptionNames => {
            for option in &mut product.options {
                *option = if option == "Colour" { "Color".to_owned() } else { option.to_uppercase() };
            }
            each(product, |variant| variant.values.iter_mut().for_each(|value| *value = value.to_uppercase()));
        }
        Quirk::DraftOnline => product.status = Status::Draft,
        Quirk::SimilarTitle => {
            let (first, rest) = product.title.split_once(' ').unwrap_or((&product.title, "new"));
            product.title = format!("{rest} by {first}");
        }
        Quirk::Escapes => {
            product.title = format!("\u{1b}[31m{}\u{1b}]0;sold\u{7}\u{202e}\u{200b}", product.title);
        }
        Quirk::Same | Quirk::TitleOnly | Quirk::ArchivedAtTill | Quirk::SkuTwice | Quirk::ProductTwice => {}
    }
}

/// What is the same in both records.
fn both(quirk: Quirk, product: &mut ShopProduct) {
    if quirk.has_no_keys() {
        each(product, |variant| {
            variant.sku.clear();
            variant.barcode.clear();
        });
    }
    match quirk {
        Quirk::Entities if !product.title.contains(" & ") => product.title.push_str(" & Case"),
        // American barcodes have twelve digits, which are thirteen with a 0 in front. No SKU, so that they must do.
        Quirk::LeadingZero => each(product, |variant| {
            variant.sku.clear();
            let digits = variant.barcode.get(2..12).and_then(|digits| digits.parse::<u64>().ok());
            variant.barcode = gtin(10_000_000_000 + digits.unwrap_or_default());
        }),
        _ => {}
    }
}

/// What is amiss in any catalogue: sold out, not counted, no price, drafts, missing SKUs.
pub(super) fn anywhere(product: &mut ShopProduct, random: &mut fastrand::Rng) {
    match random.u32(..100) {
        0..6 => each(product, |variant| variant.levels.values_mut().for_each(|level| *level = Quantity::ZERO)),
        6..10 => each(product, |variant| {
            variant.tracked = false;
            variant.levels.clear();
        }),
        10 => each(product, |variant| variant.price = None),
        11 if product.status == Status::Active => product.status = Status::Draft,
        _ => {}
    }
}

/// Variants become one article, one article becomes two variants.
fn change_structure(product: &mut ShopProduct) {
    if product.options.is_empty() {
        product.options = vec!["Pack".to_owned()];
        let mut other = product.variants.clone();
        for (variant, value) in product.variants.iter_mut().zip(["Single"]) {
            variant.values = vec![value.to_owned()];
        }
        for variant in &mut other {
            variant.values = vec!["Box of 10".to_owned()];
            variant.sku.push_str("-10");
            variant.barcode.clear();
            variant.price = variant.price.map(|price| price * 9);
        }
        product.variants.append(&mut other);
    } else {
        product.options.clear();
        product.variants.truncate(1);
        each(product, |variant| variant.values.clear());
    }
}

fn each(product: &mut ShopProduct, change: impl FnMut(&mut ShopVariant)) {
    product.variants.iter_mut().for_each(change);
}
