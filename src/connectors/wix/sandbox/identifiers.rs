//! Identifiers as Wix writes them (UUIDs), from the shop model's numbers and back; and numbers for things that the
//! model knows by name only.

use crate::sandbox::Register;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Product = 1,
    Variant = 2,
    Location = 3,
    Order = 4,
    Line = 5,
    Option = 6,
    Choice = 7,
    Item = 8,
    Brand = 9,
    Fulfilment = 10,
    /// A place of the business, to which a location of the store belongs.
    Business = 11,
}

pub(super) fn uuid(kind: Kind, number: u64) -> String {
    uuid_of(kind, 0, number)
}

/// `part`: a place within the thing of this number.
pub(super) fn uuid_of(kind: Kind, part: u64, number: u64) -> String {
    format!("{:08x}-{part:04x}-4000-8000-{number:012x}", kind as u32)
}

pub(super) fn number(kind: Kind, raw: &str) -> Option<u64> {
    parts(kind, raw).map(|(_, number)| number)
}

/// Part and number.
pub(super) fn parts(kind: Kind, raw: &str) -> Option<(u64, u64)> {
    let mut pieces = raw.split('-');
    let hex = |raw: Option<&str>| u64::from_str_radix(raw?, 16).ok();
    let kind_there = hex(pieces.next())?;
    let part = hex(pieces.next())?;
    let number = hex(pieces.nth(2))?;
    (kind_there == kind as u64).then_some((part, number))
}

#[derive(Debug, Default)]
pub(super) struct Registers {
    pub brands: Register,
    /// `product/option/value`
    pub choices: Register,
    pub pictures: Register,
}

impl Registers {
    pub(super) fn choice(&mut self, product: u64, place: usize, value: &str) -> String {
        uuid(Kind::Choice, self.choices.of(&format!("{product}/{place}/{value}")))
    }

    /// The value of a choice of this option.
    pub(super) fn value(&self, product: u64, place: usize, choice: &str) -> Option<String> {
        let named = self.choices.named(number(Kind::Choice, choice)?)?;
        named.strip_prefix(&format!("{product}/{place}/")).map(str::to_owned)
    }

    pub(super) fn picture(&mut self, address: &str) -> String {
        format!("5a4d0b_{}~mv2.png", self.pictures.of(address))
    }

    pub(super) fn address(&self, picture: &str) -> Option<String> {
        let number = picture.strip_prefix("5a4d0b_")?.strip_suffix("~mv2.png")?.parse().ok()?;
        self.pictures.named(number).map(str::to_owned)
    }
}
