//! Clover's identifiers of the shop model's numbers, both ways: thirteen letters and digits. Attributes, options and
//! categories exist by name only, so theirs are hashes.

pub fn item(number: u64) -> String {
    format!("T{number:012}")
}

pub fn group(number: u64) -> String {
    format!("G{number:012}")
}

pub fn order(number: u64) -> String {
    format!("R{number:012}")
}

pub fn refund(number: u64) -> String {
    format!("F{number:012}")
}

/// One piece of an order's line.
pub fn line(number: u64, piece: u64) -> String {
    format!("L{number:08}{piece:04}")
}

pub fn attribute(group: u64, name: &str) -> String {
    hashed('A', &[&group.to_string(), name])
}

pub fn option(group: u64, attribute: &str, value: &str) -> String {
    hashed('P', &[&group.to_string(), attribute, value])
}

pub fn category(name: &str) -> String {
    hashed('C', &[name])
}

fn hashed(kind: char, names: &[&str]) -> String {
    let hash = blake3::hash(names.join("\0").as_bytes()).to_hex().to_uppercase();
    format!("{kind}{}", hash.get(..12).unwrap_or_default())
}

pub fn item_number(id: &str) -> Option<u64> {
    id.strip_prefix('T')?.parse().ok()
}

pub fn group_number(id: &str) -> Option<u64> {
    id.strip_prefix('G')?.parse().ok()
}

pub fn order_number(id: &str) -> Option<u64> {
    id.strip_prefix('R')?.parse().ok()
}
