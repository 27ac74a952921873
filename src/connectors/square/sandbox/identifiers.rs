//! Square's identifiers of the shop model's numbers, both ways. Opaque to everybody else.
//!
//! Products, variants and pictures carry their number; categories, options and values exist by name only, so theirs is
//! a hash of the name (Square compares those names without case).

use crate::domain::{Quantity, Timestamp};

pub fn item_id(number: u64) -> String {
    format!("IT{number:022}")
}

pub fn variation_id(number: u64) -> String {
    format!("VA{number:022}")
}

pub fn image_id(product: u64, index: usize) -> String {
    format!("IM{product:018}{index:04}")
}

pub fn location_id(number: u64) -> String {
    format!("L{number:012}")
}

pub fn category_id(name: &str) -> String {
    hashed("CA", &[name])
}

pub fn option_id(name: &str) -> String {
    hashed("OP", &[name])
}

pub fn value_id(option: &str, value: &str) -> String {
    hashed("OV", &[option, value])
}

fn hashed(prefix: &str, names: &[&str]) -> String {
    let joined = names.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>().join("\0");
    let hash = blake3::hash(joined.as_bytes()).to_hex().to_uppercase();
    format!("{prefix}{}", hash.get(..22).unwrap_or_default())
}

pub fn order_id(number: u64) -> String {
    format!("OR{number:022}")
}

/// A refund is an order of its own.
pub fn return_order_id(number: u64) -> String {
    format!("RT{number:022}")
}

pub fn order_number(id: &str) -> Option<u64> {
    id.strip_prefix("OR")?.parse().ok()
}

pub fn return_number(id: &str) -> Option<u64> {
    id.strip_prefix("RT")?.parse().ok()
}

pub fn item_number(id: &str) -> Option<u64> {
    id.strip_prefix("IT")?.parse().ok()
}

pub fn variation_number(id: &str) -> Option<u64> {
    id.strip_prefix("VA")?.parse().ok()
}

pub fn location_number(id: &str) -> Option<u64> {
    id.strip_prefix('L')?.parse().ok()
}

/// Product and place of a picture.
pub fn image_place(id: &str) -> Option<(u64, usize)> {
    let digits = id.strip_prefix("IM")?;
    Some((digits.get(..18)?.parse().ok()?, digits.get(18..)?.parse().ok()?))
}

/// Square's timestamps have three decimals.
pub fn moment(at: Timestamp) -> String {
    let text = at.rfc3339();
    let whole = text.split(['.', 'Z']).next().unwrap_or_default();
    format!("{whole}.{:03}Z", at.0.rem_euclid(1000))
}

pub fn quantity(quantity: Quantity) -> String {
    quantity.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_lead_back() {
        assert_eq!(item_number(&item_id(17)), Some(17));
        assert_eq!(variation_number(&variation_id(18)), Some(18));
        assert_eq!(location_number(&location_id(3)), Some(3));
        assert_eq!(image_place(&image_id(17, 2)), Some((17, 2)));
        assert_eq!(item_number(&variation_id(18)), None);
        assert_eq!(option_id("Colour"), option_id("COLOUR"));
        assert_ne!(value_id("Colour", "Red"), value_id("Size", "Red"));
        assert_eq!(moment(Timestamp(1_500)), "1970-01-01T00:00:01.500Z");
        assert_eq!(moment(Timestamp(2_000)), "1970-01-01T00:00:02.000Z");
    }
}
