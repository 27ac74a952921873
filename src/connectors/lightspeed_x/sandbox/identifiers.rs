//! The shop model's numbers as X-Series' identifiers, which are UUIDs.

/// What a number is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Product = 1,
    Outlet = 2,
    Sale = 3,
    Line = 4,
    Return = 5,
    Register = 6,
    Adjustment = 7,
}

pub fn uuid(kind: Kind, number: u64) -> String {
    format!("0a1b000{}-0000-11e9-8000-{number:012}", kind as u8)
}

pub fn number(kind: Kind, id: &str) -> Option<u64> {
    let number = id.rsplit('-').next()?.parse().ok()?;
    (id == uuid(kind, number)).then_some(number)
}

/// The identifier of something that has a name only.
pub fn named(kind: &str, name: &str) -> String {
    let hash = blake3::hash(format!("{kind}:{name}").as_bytes()).to_hex();
    let part = |from: usize, to: usize| hash.as_str().get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}
