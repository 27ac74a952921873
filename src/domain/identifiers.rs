//! Identifiers as newtypes, so that a listing's number cannot stand where a variant's should.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number_identifier {
    ($(#[$doc:meta])* $name:ident($inner:ty), $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

number_identifier!(
    /// One account on one platform, numbered by us in the order of connecting.
    ConnectionId(u32), "c"
);
number_identifier!(
    /// One product of one connection. Ours; given at the first sight of a remote identifier and never reused.
    ListingId(u64), "l"
);
number_identifier!(
    /// One variant of one listing. Ours, never reused.
    VariantId(u64), "v"
);
number_identifier!(
    /// One link between variants of different connections.
    LinkId(u64), "k"
);
number_identifier!(
    /// One job. Also its place in the queue: jobs run in this order on one connection.
    JobId(u64), "j"
);
number_identifier!(
    /// A step's place in its job's plan, from 0.
    StepIndex(u32), "s"
);

/// The name of a platform as the registry of connectors knows it: `square`, `shopify`.
///
/// Data, not a match arm: nothing outside a connector's folder may decide by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlatformId(pub String);

impl fmt::Display for PlatformId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A platform's own identifier of a thing. 1 to 255 visible ASCII characters: it ends up in paths and logs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct RemoteId(String);

impl RemoteId {
    /// Refuses what no platform documents: empty, over 255 bytes, or with blanks, controls or non-ASCII in it.
    pub fn new(raw: impl Into<String>) -> Result<Self, String> {
        let raw = raw.into();
        if raw.is_empty() || raw.len() > 255 || !raw.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(format!("not an identifier: {:?}", raw.chars().take(40).collect::<String>()));
        }
        Ok(Self(raw))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RemoteId {
    type Error = String;
    fn try_from(raw: String) -> Result<Self, String> {
        Self::new(raw)
    }
}

impl From<RemoteId> for String {
    fn from(id: RemoteId) -> String {
        id.0
    }
}

impl fmt::Display for RemoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An outlet, shop or warehouse inside a connection, by the platform's identifier.
/// Platforms without locations have one, named by the connector (`shop`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocationId(pub RemoteId);

impl fmt::Display for LocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one intent for ever: the same for every retry of it, different for every new intent.
/// 32 lower-case hexadecimal digits, which fits the shortest documented limit (45, Square payments).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(pub String);

impl IdempotencyKey {
    /// `blake3(job, first step, generation)`: a function of what is journalled, so that a restart finds the same key.
    pub fn of(store: &[u8], job: JobId, step: StepIndex, generation: u32) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(store);
        hasher.update(&job.0.to_le_bytes());
        hasher.update(&step.0.to_le_bytes());
        hasher.update(&generation.to_le_bytes());
        Self(hasher.finalize().to_hex().as_str()[..32].to_owned())
    }

    /// The same digits in the 8-4-4-4-12 form, for platforms that want a UUID.
    pub fn as_uuid(&self) -> String {
        let digits = &self.0;
        match (digits.get(..8), digits.get(8..12), digits.get(12..16), digits.get(16..20), digits.get(20..)) {
            (Some(a), Some(b), Some(c), Some(d), Some(e)) => format!("{a}-{b}-{c}-{d}-{e}"),
            _ => digits.clone(),
        }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
