//! The bytes of one row: numbers of as many bytes as they need, texts with their length before them.

use crate::domain::{ListingId, VariantId};

use super::goods::Tie;
use super::plain::Field;

/// Appends to a record.
pub mod write {
    use super::Tie;

    /// Seven bits a byte, the lowest first; the high bit says that more follow.
    pub fn number(record: &mut Vec<u8>, mut number: u64) {
        while number >= 0x80 {
            record.push(number as u8 | 0x80);
            number >>= 7;
        }
        record.push(number as u8);
    }

    /// The sign in the lowest bit, so that small negative numbers stay short.
    pub fn signed(record: &mut Vec<u8>, signed: i64) {
        number(record, ((signed << 1) ^ (signed >> 63)) as u64);
    }

    pub fn text(record: &mut Vec<u8>, text: &str) {
        number(record, text.len() as u64);
        record.extend_from_slice(text.as_bytes());
    }

    /// One more than the length; 0 is no text.
    pub fn maybe_text(record: &mut Vec<u8>, text: Option<&str>) {
        match text {
            Some(text) => {
                number(record, text.len() as u64 + 1);
                record.extend_from_slice(text.as_bytes());
            }
            None => number(record, 0),
        }
    }

    pub fn tie(record: &mut Vec<u8>, tie: Tie) {
        match tie {
            Tie::Free => number(record, 0),
            Tie::Elsewhere => number(record, 1),
            Tie::There { listing, variant } => {
                number(record, 2);
                number(record, listing.0);
                number(record, variant.0);
            }
        }
    }
}

/// Reads a record from its start, in the order in which it was written.
pub struct Reader<'a> {
    arena: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(arena: &'a [u8], at: usize) -> Self {
        Self { arena, at }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub fn number(&mut self) -> u64 {
        // Nearly all take up one byte.
        match self.arena.get(self.at) {
            Some(byte) if byte & 0x80 == 0 => {
                self.at += 1;
                u64::from(*byte)
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> u64 {
        let (mut number, mut shift) = (0u64, 0);
        while let Some(byte) = self.arena.get(self.at) {
            self.at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 || shift > 63 {
                break;
            }
        }
        number
    }

    pub fn signed(&mut self) -> i64 {
        let number = self.number();
        (number >> 1) as i64 ^ -((number & 1) as i64)
    }

    fn taken(&mut self, length: usize) -> &'a str {
        let bytes = self.arena.get(self.at..self.at + length).unwrap_or_default();
        self.at += length;
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    pub fn text(&mut self) -> &'a str {
        let length = self.number() as usize;
        self.taken(length)
    }

    pub fn maybe_text(&mut self) -> Option<&'a str> {
        let length = self.number() as usize;
        (length > 0).then(|| self.taken(length - 1))
    }

    /// Where a text lies, which is passed over.
    #[inline]
    pub fn field(&mut self) -> Field {
        let length = self.number() as usize;
        self.at += length;
        Field { start: self.at - length, length }
    }

    /// The same of one that may not be there; then it is as long as nothing.
    #[inline]
    pub fn maybe_field(&mut self) -> Field {
        let length = (self.number() as usize).saturating_sub(1);
        self.at += length;
        Field { start: self.at - length, length }
    }

    pub fn tie(&mut self) -> Tie {
        match self.number() {
            0 => Tie::Free,
            1 => Tie::Elsewhere,
            _ => Tie::There { listing: ListingId(self.number()), variant: VariantId(self.number()) },
        }
    }

    pub fn skip_text(&mut self) {
        let length = self.number() as usize;
        self.at += length;
    }

    /// The part of a variant after its SKU and barcode.
    pub fn skip_rest_of_variant(&mut self) {
        self.skip_text();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(number: u64, signed: i64, text: String, maybe in proptest::option::of(any::<String>())) {
            let mut record = Vec::new();
            write::number(&mut record, number);
            write::signed(&mut record, signed);
            write::text(&mut record, &text);
            write::maybe_text(&mut record, maybe.as_deref());
            for tie in [Tie::Free, Tie::Elsewhere, Tie::There { listing: ListingId(number), variant: VariantId(7) }] {
                write::tie(&mut record, tie);
            }
            let mut reader = Reader::new(&record, 0);
            prop_assert_eq!((reader.number(), reader.signed()), (number, signed));
            prop_assert_eq!(reader.text(), text.as_str());
            prop_assert_eq!(reader.maybe_text(), maybe.as_deref());
            prop_assert_eq!((reader.tie(), reader.tie()), (Tie::Free, Tie::Elsewhere));
            prop_assert_eq!(reader.tie(), Tie::There { listing: ListingId(number), variant: VariantId(7) });
            prop_assert_eq!(reader.at(), record.len());
        }
    }
}
