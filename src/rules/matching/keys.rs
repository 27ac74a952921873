//! What listings are compared by: the normal forms of barcodes, SKUs and titles, and short digests of them.
//!
//! A key is written into a buffer that is used again and again, because there are millions of them. The digest finds,
//! the key decides: whoever finds by a digest compares the keys before believing it. Only a full report, which has all
//! keys before it at once, takes two digests for the key.

use crate::domain::{KnownListing, MatchKey, Text};

use super::folding::fold;

/// The kinds of keys, strongest first; `kind as usize` is the place in here.
pub const KINDS: [MatchKey; 3] = [MatchKey::Barcode, MatchKey::Sku, MatchKey::Title];

/// 64 bits of a key.
pub type Digest = u64;

/// Stands before the eight bytes of a GTIN's number; no text has this byte, as no UTF-8 has.
const GTIN: u8 = 0xff;

/// Puts the key that a field's text makes into the buffer; `false` if it makes none.
pub fn read(kind: MatchKey, raw: &str, key: &mut Vec<u8>) -> bool {
    match kind {
        MatchKey::Barcode => barcode(raw, key),
        MatchKey::Sku => identifier(raw, key),
        // A title may be made of signs alone (`♥`), but not of nothing.
        MatchKey::Title => {
            fold(raw, key);
            !key.is_empty()
        }
    }
}

/// Signs alone (`-`, `.`) fill an empty field and identify nothing.
fn identifier(raw: &str, key: &mut Vec<u8>) -> bool {
    fold(raw, key);
    key.iter().any(u8::is_ascii_alphanumeric)
        || (!key.is_ascii() && std::str::from_utf8(key).is_ok_and(|text| text.chars().any(char::is_alphanumeric)))
}

/// Digits, with blanks or dashes between them, whose check digit is right are a GTIN, also when a spreadsheet has eaten
/// leading zeros; everything else is compared as text. No key for zeros alone and for `-`: these say that there is no
/// barcode. The six-digit short form (UPC-E) is not expanded: tills report the full one.
fn barcode(raw: &str, key: &mut Vec<u8>) -> bool {
    if !identifier(raw, key) {
        return false;
    }
    let digits = || key.iter().copied().filter(|byte| !matches!(byte, b' ' | b'-'));
    if digits().all(|digit| digit == b'0') {
        return false;
    }
    if let Some(number) = gtin(digits()) {
        key.clear();
        key.push(GTIN);
        key.extend(number.to_le_bytes());
    }
    true
}

/// The number of a GTIN of 8 to 14 digits, or of 7 and more where leading zeros are missing; `None` if it is none.
/// GTIN-8, -12, -13 and -14 are one number space (GS1 General Specifications, 7.9): leading zeros do not count.
fn gtin(digits: impl Iterator<Item = u8>) -> Option<u64> {
    let (number, count) = number(digits)?;
    ((7..=14).contains(&count) && check_digit(number / 10) == (number % 10) as u8).then_some(number)
}

/// A number and of how many digits it was written; `None` if it is none, or too long for a GTIN.
fn number(digits: impl Iterator<Item = u8>) -> Option<(u64, usize)> {
    let (mut number, mut count) = (0, 0);
    for digit in digits {
        if !digit.is_ascii_digit() || count == 14 {
            return None;
        }
        number = number * 10 + u64::from(digit - b'0');
        count += 1;
    }
    Some((number, count))
}

/// From the right, the digits before the check digit weigh 3 and 1 in turn; with the check digit, the sum is a multiple
/// of ten. Zeros in front weigh nothing, which is what makes the lengths one number space.
const fn check_digit(mut body: u64) -> u8 {
    let mut sum = 0;
    let mut weight = 3;
    while body > 0 {
        sum += body % 10 * weight;
        weight = 4 - weight;
        body /= 10;
    }
    ((10 - sum % 10) % 10) as u8
}

/// The check digit that a barcode would need, if it has the length of a GTIN and a wrong one. Shorter and longer numbers,
/// and all with letters, are a shop's own.
pub fn check_digit_missed(raw: &str) -> Option<u8> {
    let mut key = Vec::new();
    fold(raw, &mut key);
    let (number, count) = number(key.iter().copied().filter(|byte| !matches!(byte, b' ' | b'-')))?;
    let right = check_digit(number / 10);
    ((count == 8 || (12..=14).contains(&count)) && number > 0 && u64::from(right) != number % 10).then_some(right)
}

/// The digest of what is not a key; see [`Digesting`].
pub fn digest(bytes: &[u8]) -> Digest {
    Digesting::default().twin(bytes).digest
}

/// How a comparison makes digests of its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Digesting {
    /// Another one makes other digests of all keys.
    pub salt: u64,
    /// Bits that are left out: none but in tests, which let digests collide.
    pub blind: Digest,
}

/// Two digests of one key that know nothing of each other. The first one finds. Both together tell keys apart where
/// millions are compared at once: 96 bits, which two different ones among five million keys share in one of 10^16 reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twin {
    pub digest: Digest,
    pub check: u32,
}

impl Digesting {
    pub fn twin(self, key: &[u8]) -> Twin {
        let mut mixer = self.mixer(key.len());
        let (words, rest) = key.as_chunks::<8>();
        for word in words {
            mixer.mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        mixer.end(u64::from_le_bytes(last))
    }

    /// For a key of so many bytes, which is to be mixed in word by word.
    pub fn mixer(self, length: usize) -> Mixer {
        let state = |factor: u64| factor ^ self.salt.rotate_left(32) ^ length as u64;
        Mixer { states: [state(FACTORS[0]), state(FACTORS[2])], blind: self.blind }
    }

    /// Of the key that a GTIN's number makes.
    pub fn gtin(self, number: u64) -> Twin {
        let mut mixer = self.mixer(1 + size_of::<u64>());
        mixer.mix(number << 8 | u64::from(GTIN));
        mixer.end(number >> 56)
    }
}

const FACTORS: [u64; 4] = [0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db, 0x8ebc_6af0_9c88_c6e3, 0x5899_65cc_7537_4cc3];

/// Mixes eight bytes at a time by multiplication, as wyhash does, in two ways at once. Not secret and not stored anywhere.
#[derive(Debug, Clone, Copy)]
pub struct Mixer {
    states: [u64; 2],
    blind: Digest,
}

impl Mixer {
    #[inline]
    pub fn mix(&mut self, word: u64) {
        self.states = [mixed(self.states[0] ^ word, FACTORS[1]), mixed(self.states[1] ^ word, FACTORS[3])];
    }

    /// The bytes that did not fill a word, with zeros after them; without any, a word of zeros.
    #[inline]
    pub fn end(mut self, last: u64) -> Twin {
        self.mix(last);
        let [digest, check] = [mixed(self.states[0], FACTORS[0]), mixed(self.states[1], FACTORS[2])];
        Twin { digest: digest & !self.blind, check: check as u32 }
    }
}

#[inline]
fn mixed(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    (product as u64) ^ (product >> 64) as u64
}

/// The digests of all keys of a kind that a listing has, with the text that each was made from; in the order of its
/// variants, repeats left out.
pub fn digests(kind: MatchKey, known: &KnownListing) -> Vec<(Digest, &Text)> {
    let variants = known.listing.variants.iter();
    let raws: Vec<&Text> = match kind {
        MatchKey::Title => vec![&known.listing.title],
        MatchKey::Sku => variants.filter_map(|variant| variant.sku.as_ref()).collect(),
        MatchKey::Barcode => variants.filter_map(|variant| variant.barcode.as_ref()).collect(),
    };
    let (mut key, mut seen) = (Vec::new(), std::collections::HashSet::new());
    let mut keyed = Vec::with_capacity(raws.len());
    for raw in raws {
        if read(kind, raw, &mut key) && seen.insert(digest(&key)) {
            keyed.push((digest(&key), raw));
        }
    }
    keyed
}

#[cfg(test)]
mod tests {
    use super::super::reference::keys as reference;
    use super::*;
    use proptest::prelude::*;

    /// The key as the slow way writes it.
    fn expected(kind: MatchKey, raw: &str) -> Option<Vec<u8>> {
        let key = match kind {
            MatchKey::Barcode => reference::barcode(raw),
            MatchKey::Sku => reference::sku(raw),
            MatchKey::Title => reference::title(raw),
        };
        key.map(|key| match key {
            reference::Key::Gtin(number) => [&[GTIN], number.to_le_bytes().as_slice()].concat(),
            reference::Key::Text(text) => text.into_bytes(),
        })
    }

    fn agree(raw: &str) {
        let mut key = b"what was there before".to_vec();
        for kind in KINDS {
            let found = read(kind, raw, &mut key).then(|| key.clone());
            assert_eq!(found, expected(kind, raw), "{kind:?} {raw:?}");
        }
        let _ = check_digit_missed(raw);
    }

    #[test]
    fn odd_texts_make_the_keys_they_should() {
        for raw in
            ["", " ", "-", "0", "♥", "&", "&amp;", "&#x41;", "&nbsp;", "00-00", "Ａ", "שלום עולם", "مرحبا 12", "١٢٣"]
        {
            agree(raw);
        }
        agree(&"Tea ".repeat(2500));
        agree(&"é\u{301}".repeat(5000));
        agree(&"9".repeat(10_000));
        agree(&"&amp;".repeat(2000));
    }

    #[test]
    fn a_wrong_check_digit_is_told_with_the_right_one() {
        assert_eq!(check_digit_missed("036000291453"), Some(2));
        assert_eq!(check_digit_missed("0-36000-29145-9"), Some(2));
        assert_eq!(check_digit_missed("96385070"), Some(4));
        for fine in ["036000291452", "", "-", "0", "00000000", "1234567", "40063813339X1", "A-1", "123456789012345678"]
        {
            assert_eq!(check_digit_missed(fine), None, "{fine}");
        }
    }

    #[test]
    fn digests_of_short_texts_differ() {
        let mut seen = std::collections::HashSet::new();
        for number in 0..20_000u32 {
            assert!(seen.insert(digest(number.to_string().as_bytes())));
            assert!(seen.insert(digest(format!("SKU-{number:09}").as_bytes())));
        }
        assert_ne!(digest(b""), digest(b"\0"));
        assert_ne!(digest(b"\0"), digest(b"\0\0"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn any_text_makes_the_key_it_should(raw in any::<String>()) {
            agree(&raw);
        }

        #[test]
        fn texts_of_catalogues_make_the_keys_they_should(raw in "([ -~]|[ -&;a-z#0-9]|[À-ž]|[а-яА-Я’“™€\u{a0}…–]){0,24}") {
            agree(&raw);
        }

        #[test]
        fn barcodes_make_the_keys_they_should(raw in "[0-9 -]{0,16}|[0-9]{6,15}|[0-9xX]{8,14}") {
            agree(&raw);
        }
    }
}
