//! Fingerprints of what stands in a field.
//!
//! Deciding needs no values: two fingerprints of what is there now, and two of what was there when both sides were last
//! one. A fingerprint has 32 bits; that a change goes unseen because both values share one happens once in four
//! thousand million edits.

use crate::domain::{Currency, Field, FieldValue, Status};

/// What a side shows of a field, as far as deciding needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Face {
    /// Another one means that this side changed. Never 0.
    pub own: u32,
    /// The same on both sides if they mean the same.
    pub meaning: u32,
    /// `meaning` can be the same by chance, as the number of pictures: it counts only where nothing better is known.
    pub weak: bool,
    /// Values of another kind cannot be compared: the currency of a price. 0: any.
    pub kind: u32,
    pub blank: bool,
}

/// Texts count without double and outer blanks. Drafts and archived products are the same: nobody can buy them.
/// Pictures have addresses of their own on every platform, so across platforms only their number can be compared; on
/// one side the end of each address tells, without the host and what follows `?`, which change by themselves.
pub fn face(field: Field, value: &FieldValue) -> Face {
    let plain = |blank: bool, parts: &[&str]| {
        let own = print(field, parts);
        Face { own, meaning: own, weak: false, kind: 0, blank }
    };
    match value {
        FieldValue::Text(text) | FieldValue::Maybe(Some(text)) => {
            let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
            plain(folded.is_empty(), &[&folded])
        }
        FieldValue::Maybe(None) => plain(true, &[""]),
        FieldValue::Money(None) => plain(true, &[]),
        FieldValue::Money(Some(money)) => {
            let own = plain(false, &[&money.minor.to_string(), money.currency.code()]);
            Face { kind: currency(money.currency), ..own }
        }
        FieldValue::Images(images) => {
            let ends: Vec<&str> = images.iter().map(|address| end_of(address)).collect();
            let own = print(field, &ends);
            let meaning = print(field, &[&images.len().to_string()]);
            Face { own, meaning, weak: true, kind: 0, blank: images.is_empty() }
        }
        FieldValue::Weight(weight) => {
            plain(weight.is_none(), &[&weight.map_or_else(String::new, |weight| weight.0.to_string())])
        }
        FieldValue::Dimensions(None) => plain(true, &[]),
        FieldValue::Dimensions(Some(size)) => {
            plain(false, &[&size.length.to_string(), &size.width.to_string(), &size.height.to_string()])
        }
        FieldValue::Status(status) => plain(false, &[if *status == Status::Active { "on" } else { "off" }]),
        FieldValue::Options(options) => {
            let mut labels: Vec<String> = options.iter().map(|label| crate::rules::filter::folded(label)).collect();
            labels.sort_unstable();
            plain(options.is_empty(), &labels.iter().map(String::as_str).collect::<Vec<_>>())
        }
    }
}

/// `products/mug.jpg`: the last two parts of the path. The name alone is `original.jpg` for every picture of some shops.
fn end_of(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let mut slashes = path.rmatch_indices('/').map(|(place, _)| place);
    let cut = slashes.nth(1).map_or(0, |place| place + 1);
    &path[cut..]
}

fn currency(currency: Currency) -> u32 {
    print(Field::Price, &["currency", currency.code()])
}

fn print(field: Field, parts: &[&str]) -> u32 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(field.label().as_bytes());
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut first = [0; 4];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..4]);
    u32::from_le_bytes(first).max(1)
}

/// What both sides held when they were last one: kept with the member that follows, not with the side of record, since
/// several stores may follow one till and each of them agrees by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// The side of record's [`Face::own`]. For options: the highest number of its variants.
    pub record: u32,
    /// This side's [`Face::own`]; 0: written, and the platform has not shown yet what it made of it.
    pub own: u32,
}

impl Agreed {
    pub const fn of(record: Face, own: Face) -> Self {
        Self { record: record.own, own: own.own }
    }

    /// As it stands in `LinkMember::agreed`.
    pub const fn packed(self) -> u64 {
        (self.record as u64) << 32 | self.own as u64
    }

    pub const fn unpacked(packed: u64) -> Self {
        Self { record: (packed >> 32) as u32, own: (packed & 0xFFFF_FFFF) as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Money, Text};

    fn text(raw: &str) -> Face {
        face(Field::Title, &FieldValue::Text(Text::new(raw)))
    }

    fn images(addresses: &[&str]) -> Face {
        face(Field::Images, &FieldValue::Images(addresses.iter().map(|a| (*a).to_owned()).collect()))
    }

    #[test]
    fn blanks_do_not_make_a_difference_and_letters_do() {
        assert_eq!(text("Tea  pot"), text(" Tea pot "));
        assert_ne!(text("Tea pot").own, text("tea pot").own);
        assert!(text("").blank);
    }

    #[test]
    fn pictures_are_told_apart_by_the_ends_of_their_addresses() {
        let before = images(&["https://a.example/files/9/mug.jpg?v=1"]);
        assert_eq!(before.own, images(&["https://b.example/x/files/9/mug.jpg?v=2"]).own);
        assert_ne!(before.own, images(&["https://a.example/files/8/mug.jpg"]).own);
        assert_eq!(before.meaning, images(&["https://else.example/other.png"]).meaning, "one picture each");
        assert_ne!(
            images(&["a/b.jpg", "c/d.jpg"]).own,
            images(&["c/d.jpg", "a/b.jpg"]).own,
            "the first is the main one"
        );
    }

    #[test]
    fn prices_of_two_currencies_are_of_two_kinds() {
        let price = |code| {
            let money = Money::new(1000, Currency::new(code).unwrap());
            face(Field::Price, &FieldValue::Money(Some(money)))
        };
        assert_ne!(price("EUR").kind, price("USD").kind);
        assert!(face(Field::Price, &FieldValue::Money(None)).blank);
    }

    #[test]
    fn nobody_can_buy_a_draft_nor_what_is_archived() {
        let status = |status| face(Field::Active, &FieldValue::Status(status));
        assert_eq!(status(Status::Draft), status(Status::Archived));
        assert_ne!(status(Status::Draft), status(Status::Active));
    }

    #[test]
    fn what_was_agreed_packs_and_unpacks() {
        let agreed = Agreed { record: 0xDEAD_BEEF, own: 7 };
        assert_eq!(Agreed::unpacked(agreed.packed()), agreed);
    }
}
