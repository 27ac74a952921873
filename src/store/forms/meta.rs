//! The small records: who the store is, how far the numbers have come, cursors, sweeps and batches.

use serde::{Deserialize, Serialize};

use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{ConnectionId, Cursor, Feed, StepIndex, Timestamp};
use crate::store::trouble::Outcome;

/// 16 random bytes, made with the store. The journal's first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Identity(pub(in crate::store) [u8; 16]);

/// One more than the highest number ever given, for each kind. Numbers are never given twice, not even after their thing
/// is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(in crate::store) struct Numbers {
    pub(in crate::store) connection: u32,
    pub(in crate::store) listing: u64,
    pub(in crate::store) variant: u64,
    pub(in crate::store) link: u64,
    pub(in crate::store) job: u64,
}

/// Where a feed was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct CursorRecord {
    pub(in crate::store) connection: ConnectionId,
    pub(in crate::store) feed: Feed,
    pub(in crate::store) cursor: Cursor,
    pub(in crate::store) at: Timestamp,
}

/// When the last full sweep of a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct SweptRecord {
    pub(in crate::store) connection: ConnectionId,
    pub(in crate::store) at: Timestamp,
}

/// Steps that were sent under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct BatchRecord {
    pub(in crate::store) steps: Vec<StepIndex>,
    pub(in crate::store) generation: u32,
}

#[derive(Serialize, Deserialize)]
struct CursorV1<'a> {
    connection: u32,
    feed: FeedV1,
    /// `None`: from the start.
    cursor: Option<&'a str>,
    at: i64,
}

#[derive(Serialize, Deserialize)]
pub(super) enum FeedV1 {
    Listings,
    Stock,
    Orders,
}

impl From<Feed> for FeedV1 {
    fn from(feed: Feed) -> Self {
        match feed {
            Feed::Listings => Self::Listings,
            Feed::Stock => Self::Stock,
            Feed::Orders => Self::Orders,
        }
    }
}

impl From<FeedV1> for Feed {
    fn from(form: FeedV1) -> Self {
        match form {
            FeedV1::Listings => Self::Listings,
            FeedV1::Stock => Self::Stock,
            FeedV1::Orders => Self::Orders,
        }
    }
}

impl Stored for Identity {
    const NOUN: &'static str = "identity";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        encode_form(&self.0, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version == 1 { Ok(Self(decode_form(body)?)) } else { unknown_version(version) }
    }
}

impl Stored for Numbers {
    const NOUN: &'static str = "row of numbers";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        encode_form(self, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version == 1 { Ok(decode_form(body)?) } else { unknown_version(version) }
    }
}

impl Stored for CursorRecord {
    const NOUN: &'static str = "cursor";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let cursor = match &self.cursor {
            Cursor::Start => None,
            Cursor::At(place) => Some(place.as_str()),
        };
        encode_form(&CursorV1 { connection: self.connection.0, feed: self.feed.into(), cursor, at: self.at.0 }, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let form: CursorV1<'_> = decode_form(body)?;
        Ok(Self {
            connection: ConnectionId(form.connection),
            feed: form.feed.into(),
            cursor: form.cursor.map_or(Cursor::Start, |place| Cursor::At(place.to_owned())),
            at: Timestamp(form.at),
        })
    }
}

impl Stored for SweptRecord {
    const NOUN: &'static str = "sweep";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        encode_form(&(self.connection.0, self.at.0), bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let (connection, at) = decode_form(body)?;
        Ok(Self { connection: ConnectionId(connection), at: Timestamp(at) })
    }
}

impl Stored for BatchRecord {
    const NOUN: &'static str = "batch";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let steps: Vec<u32> = self.steps.iter().map(|step| step.0).collect();
        encode_form(&(steps, self.generation), bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let (steps, generation): (Vec<u32>, u32) = decode_form(body)?;
        Ok(Self { steps: steps.into_iter().map(StepIndex).collect(), generation })
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden::check;
    use super::*;

    #[test]
    fn version_1_stays_as_it_is() {
        check(&Identity([7; 16]), "0107070707070707070707070707070707d21debc2");
        check(
            &Numbers { connection: 3, listing: 500, variant: 900, link: 4, job: 70_000 },
            "0103f403840704f0a2048b4bf7e9",
        );
        let at = Timestamp(1_795_287_600_123);
        let connection = ConnectionId(2);
        check(
            &CursorRecord { connection, feed: Feed::Stock, cursor: Cursor::At("next=7".to_owned()), at },
            "01020101066e6578743d37f6afd6f7bf6839dff934",
        );
        check(
            &CursorRecord { connection, feed: Feed::Listings, cursor: Cursor::Start, at },
            "01020000f6afd6f7bf6880018280",
        );
        check(&SweptRecord { connection, at }, "0102f6afd6f7bf6890e42b9c");
        check(&BatchRecord { steps: vec![StepIndex(0), StepIndex(300)], generation: 2 }, "010200ac0202cc86040c");
    }
}
