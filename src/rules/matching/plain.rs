//! Digests of plain texts, eight bytes at a time and without writing the key anywhere.
//!
//! Nearly all barcodes and SKUs and most titles are ASCII without anything to decode, to compose or to leave out: their
//! folded form is their lower case. A full report reads millions of them, and this is what most of its time would go
//! into. Whatever else a text has in it makes it odd, and [`super::keys::read`] has to say what its key is; for the others
//! the tests hold the two together.

use crate::domain::MatchKey;

use super::keys::{Digesting, Twin};

/// Where a text lies in the bytes of its rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Field {
    pub start: usize,
    pub length: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    Key(Twin),
    /// The text makes no key.
    Nothing,
    /// Not plain.
    Odd,
}

/// The digests of the key that a field's text makes.
#[inline]
pub fn read(kind: MatchKey, bytes: &[u8], field: Field, digesting: Digesting) -> Plain {
    if field.length == 0 {
        return Plain::Nothing;
    }
    match kind {
        MatchKey::Title => {
            let (twin, signs) = text(bytes, field, digesting);
            if signs.odd { Plain::Odd } else { Plain::Key(twin) }
        }
        MatchKey::Sku => match text(bytes, field, digesting) {
            (_, Signs { odd: true, .. }) => Plain::Odd,
            (_, Signs { letters: false, digits: false, .. }) => Plain::Nothing,
            (twin, _) => Plain::Key(twin),
        },
        MatchKey::Barcode => barcode(bytes, field, digesting),
    }
}

#[inline]
fn barcode(bytes: &[u8], field: Field, digesting: Digesting) -> Plain {
    match number(bytes, field) {
        Some((0, _)) => return Plain::Nothing,
        Some((number, true)) if (7..=14).contains(&field.length) => return Plain::Key(digesting.gtin(number)),
        Some(_) => return Plain::Key(text(bytes, field, digesting).0),
        None => {}
    }
    match text(bytes, field, digesting) {
        // With letters it is no number, whatever blanks and dashes are between them.
        (twin, Signs { odd: false, letters: true, .. }) => Plain::Key(twin),
        _ => Plain::Odd,
    }
}

/// Each byte of a word the same.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

const HIGH: u64 = all(0x80);

/// The eight bytes from there on; after the last one zeros.
#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.first_chunk::<8>() {
        Some(word) => u64::from_le_bytes(*word),
        None => {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            u64::from_le_bytes(word)
        }
    }
}

/// What a text has in it.
struct Signs {
    odd: bool,
    letters: bool,
    digits: bool,
}

/// Marks in the high bits of eight bytes, gathered over a text.
struct Marks {
    odd: u64,
    letters: u64,
    digits: u64,
    /// Whether the last byte was a blank, in the lowest bit.
    blank: u64,
}

impl Marks {
    /// Eight bytes in lower case. Sums never carry into the next byte: where a byte is not below 0x80 the text is odd
    /// anyway, and what comes out does not matter.
    #[inline]
    fn lower(&mut self, word: u64) -> u64 {
        let from = |word: u64, first: u8| word.wrapping_add(all(0x80 - first));
        let blanks = !(word ^ all(b' ')).wrapping_add(all(0x7f)) & HIGH;
        let ands = !(word ^ all(b'&')).wrapping_add(all(0x7f)) & HIGH;
        let doubled = blanks & (blanks << 8 | self.blank << 7);
        self.blank = blanks >> 63;
        // Not ASCII, controls, 0x7f, the beginning of an entity, a blank after a blank.
        self.odd |= word & HIGH | !from(word, b' ') & HIGH | from(word, 0x7f) & HIGH | ands | doubled;
        let upper = from(word, b'A') & !from(word, b'Z' + 1) & HIGH;
        let lower = word | upper >> 2;
        self.letters |= from(lower, b'a') & !from(lower, b'z' + 1) & HIGH;
        self.digits |= from(lower, b'0') & !from(lower, b'9' + 1) & HIGH;
        lower
    }
}

/// The digests of a text that is not odd, which is never empty.
#[inline]
fn text(bytes: &[u8], field: Field, digesting: Digesting) -> (Twin, Signs) {
    let mut mixer = digesting.mixer(field.length);
    // A blank in front is one too many as well.
    let mut marks = Marks { odd: 0, letters: 0, digits: 0, blank: 1 };
    let end = field.start + field.length;
    let mut at = field.start;
    while at + 8 <= end {
        mixer.mix(marks.lower(word(bytes, at)));
        at += 8;
    }
    let kept = (1u64 << (8 * (end - at))) - 1;
    // What is behind the end must not be odd nor anything else.
    let last = marks.lower(word(bytes, at) & kept | all(b'_') & !kept);
    let trailing = bytes.get(end - 1) == Some(&b' ');
    let signs = Signs { odd: marks.odd != 0 || trailing, letters: marks.letters != 0, digits: marks.digits != 0 };
    (mixer.end(last & kept), signs)
}

/// The number that up to sixteen digits write, and whether the last of them is the check digit of a GTIN.
#[inline]
fn number(bytes: &[u8], field: Field) -> Option<(u64, bool)> {
    if field.length > 16 {
        return None;
    }
    let raw = u128::from(word(bytes, field.start)) | u128::from(word(bytes, field.start + 8)) << 64;
    // To the right, with zeros before them.
    let gap = 128 - 8 * field.length as u32;
    let zeros = (u128::from(all(b'0')) << 64 | u128::from(all(b'0'))).checked_shr(128 - gap).unwrap_or(0);
    let digits = raw << gap | zeros;
    let halves = [digits as u64, (digits >> 64) as u64];
    let is_digits = |half: u64| {
        let tens = half & all(0xf0);
        let above = half.wrapping_add(all(0x06)) & all(0xf0);
        tens == all(0x30) && above == all(0x30)
    };
    if !halves.iter().all(|half| is_digits(*half)) {
        return None;
    }
    let [first, last] = halves.map(|half| half & all(0x0f));
    let number = eight_digits(first) * 100_000_000 + eight_digits(last);
    // From the right, digits weigh 1 and 3 in turn; of a GTIN the sum is a multiple of ten.
    const EVERY_OTHER: u64 = 0x00ff_00ff_00ff_00ff;
    let sums = [first, last].map(|half| (half >> 8 & EVERY_OTHER) + 3 * (half & EVERY_OTHER));
    let sum = (sums[0] + sums[1]).wrapping_mul(0x0001_0001_0001_0001) >> 48;
    Some((number, sum.is_multiple_of(10)))
}

/// Of eight bytes below ten, the first one the most: two, four and eight of them are put together at a time.
#[inline]
fn eight_digits(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(10 << 8 | 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000 << 32 | 1) >> 32
}

#[cfg(test)]
mod tests {
    use super::super::keys::{self, KINDS};
    use super::*;
    use proptest::prelude::*;

    /// In the midst of other bytes and at their end, the digests are those of the key; only what is not plain is odd.
    fn agree(raw: &str, may_be_odd: bool) {
        let digesting = Digesting { salt: 7, blind: 0 };
        let mut key = Vec::new();
        for kind in KINDS {
            let expected = keys::read(kind, raw, &mut key).then(|| digesting.twin(&key));
            for after in ["", " ", "12345678", "ÄÄÄÄÄÄÄÄ"] {
                let bytes = ["&", raw, after].concat();
                let field = Field { start: 1, length: raw.len() };
                match read(kind, bytes.as_bytes(), field, digesting) {
                    Plain::Key(twin) => assert_eq!(Some(twin), expected, "{kind:?} {raw:?}"),
                    Plain::Nothing => assert_eq!(None, expected, "{kind:?} {raw:?}"),
                    Plain::Odd => assert!(may_be_odd, "{kind:?} {raw:?}"),
                }
            }
        }
    }

    #[test]
    fn texts_as_most_are_do_not_take_the_long_way() {
        for raw in
            ["ABC-000123", "0036000291452", "036000291453", "T-Shirt \"Rosa\" [XL] (100% ~cotton)", "x", "A B C D E F"]
        {
            agree(raw, false);
        }
        for length in 1..40 {
            agree(&"Zebra'z{@`|9/:;[]}!#<=>?".repeat(2)[..length], false);
        }
        agree(&"Tee Pot ".repeat(2500)[..19_999], false);
    }

    #[test]
    fn every_byte_at_every_place() {
        for byte in (0..0x80).map(char::from) {
            for before in 0..9 {
                for after in 0..9 {
                    agree(&format!("{}{byte}{}", &"1234a 67b"[..before], &"987 5z21C"[..after]), true);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn any_text(raw in any::<String>()) {
            agree(&raw, true);
        }

        #[test]
        fn texts_of_catalogues(raw in "([ -~]|[a-z0-9 &-]|[éß™]){0,24}") {
            agree(&raw, true);
        }

        #[test]
        fn barcodes(raw in "[0-9]{1,17}|[0-9 -]{0,16}|0{0,16}[1-9][0-9]{0,8}") {
            agree(&raw, true);
        }
    }
}
