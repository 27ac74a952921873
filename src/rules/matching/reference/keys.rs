//! The normal forms of barcodes, SKUs and titles, as texts.

use crate::domain::{KnownListing, MatchKey, Text, Variant};
use crate::rules::filter::folded;
use crate::rules::matching::look_alike::loosen;

/// A key in the form in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// GTIN-8, -12, -13 and -14 as one number space (GS1 General Specifications, 7.9): leading zeros do not count.
    Gtin(u64),
    /// Anything else, folded.
    Text(String),
}

/// 64 bits of a key. Two keys may share one, so whoever finds by it compares the keys before believing it.
pub type Digest = u64;

impl Key {
    pub fn digest(&self) -> Digest {
        let hash = match self {
            Self::Gtin(number) => blake3::hash(&number.to_le_bytes()),
            Self::Text(text) => blake3::hash(text.as_bytes()),
        };
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        Digest::from_le_bytes(first)
    }
}

pub use crate::rules::matching::keys::KINDS;

/// A barcode's key. Digits, with blanks or dashes between them, whose check digit is right are a GTIN, also when a
/// spreadsheet has eaten leading zeros; everything else is compared as text. No key for zeros alone and for `-`:
/// these say that there is no barcode. The six-digit short form (UPC-E) is not expanded: tills report the full one.
pub fn barcode(raw: &str) -> Option<Key> {
    let text = text_key(raw)?;
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    if digits.bytes().all(|b| b == b'0') {
        return None;
    }
    Some(gtin(&digits).map_or(Key::Text(text), Key::Gtin))
}

/// The number of a GTIN of 8 to 14 digits, or of 7 and more where leading zeros are missing; `None` if it is none.
fn gtin(digits: &str) -> Option<u64> {
    if !(7..=14).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // From the right, the check digit weighs 1, then 3 and 1 in turn; the sum of a GTIN is a multiple of ten.
    // Zeros in front weigh nothing, which is what makes the lengths one number space.
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 3 })
        .sum();
    (sum.is_multiple_of(10)).then(|| digits.parse().ok()).flatten()
}

pub fn sku(raw: &str) -> Option<Key> {
    text_key(raw).map(Key::Text)
}

/// A title may be made of signs alone (`♥`), but not of nothing.
pub fn title(raw: &str) -> Option<Key> {
    let text = folded(raw);
    (!text.is_empty()).then_some(Key::Text(text))
}

/// Signs alone (`-`, `.`) fill an empty field and identify nothing.
fn text_key(raw: &str) -> Option<String> {
    let text = folded(raw);
    text.chars().any(char::is_alphanumeric).then_some(text)
}

/// What is left when special characters are taken out; `None` if that is nothing.
pub fn loosened(raw: &str) -> Option<Vec<u8>> {
    let mut loose = Vec::new();
    loosen(raw, &mut loose).then_some(loose)
}

/// A variant's key of a kind; a title belongs to the listing and is no variant's.
pub fn of_variant(kind: MatchKey, variant: &Variant) -> Option<Key> {
    match kind {
        MatchKey::Barcode => variant.barcode.as_deref().and_then(barcode),
        MatchKey::Sku => variant.sku.as_deref().and_then(sku),
        MatchKey::Title => None,
    }
}

/// All keys of a kind that a listing has, with the text that each was made from; in the order of its variants,
/// repeats left out.
pub fn of_listing(kind: MatchKey, known: &KnownListing) -> Vec<(Key, &Text)> {
    if kind == MatchKey::Title {
        return title(&known.listing.title).map(|key| (key, &known.listing.title)).into_iter().collect();
    }
    let mut found: Vec<(Key, &Text)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for variant in &known.listing.variants {
        let raw = if kind == MatchKey::Barcode { &variant.barcode } else { &variant.sku };
        if let (Some(raw), Some(key)) = (raw, of_variant(kind, variant))
            && seen.insert(key.digest())
        {
            found.push((key, raw));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn gtins_of_all_lengths_are_one_number_space() {
        // The same article as UPC-A, EAN-13 and GTIN-14, with dashes, and after a spreadsheet.
        for same in
            ["036000291452", "0036000291452", "00036000291452", "0-36000-29145-2", "36000291452", "0 36000 291452"]
        {
            assert_eq!(barcode(same), Some(Key::Gtin(36_000_291_452)), "{same}");
        }
        assert_eq!(barcode("96385074"), Some(Key::Gtin(96_385_074)));
    }

    #[test]
    fn what_is_no_gtin_is_compared_as_text() {
        assert_eq!(barcode("036000291453"), Some(Key::Text("036000291453".into())));
        assert_eq!(barcode("X00-ABC"), barcode(" x00-abc "));
        assert_ne!(barcode("12345"), barcode("012345"));
        assert_eq!(barcode("123456789012345678"), Some(Key::Text("123456789012345678".into())));
        for nothing in ["", "-", "0", "0000000000000", "00-00"] {
            assert_eq!(barcode(nothing), None, "{nothing:?}");
        }
        assert_eq!(sku(" - "), None);
    }

    proptest! {
        /// Any number with its right check digit is the same GTIN in every length that holds it.
        #[test]
        fn check_digits_and_zeros(body in 100_000u64..10_000_000_000_000) {
            let sum: u64 = (0..13u32).map(|place| body / 10u64.pow(place) % 10 * if place % 2 == 0 { 3 } else { 1 }).sum();
            let number = body * 10 + (10 - sum % 10) % 10;
            for width in [8, 12, 13, 14] {
                let padded = format!("{number:0width$}");
                prop_assert_eq!(barcode(&padded), Some(Key::Gtin(number)));
                let dashed: String = padded.chars().flat_map(|c| ['-', c]).skip(1).collect();
                prop_assert_eq!(barcode(&dashed), Some(Key::Gtin(number)));
            }
            // A wrong check digit is caught.
            let wrong = format!("{:014}", number / 10 * 10 + (number + 1) % 10);
            prop_assert_eq!(barcode(&wrong), Some(Key::Text(wrong)));
        }
    }
}
