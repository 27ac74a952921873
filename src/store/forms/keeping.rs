//! How connections are kept in step: settings, rules between two of them, the estimated drift, and what a person said
//! is not one product, as they are stored.

use serde::{Deserialize, Serialize};

use super::field::{DirectionV1, field_at, field_place};
use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{
    AutoPush, ConnectionId, FieldRules, Interval, ListingId, MassChange, Quantity, Rejection, SyncSettings, Timestamp,
    UnexplainedDrop,
};
use crate::store::trouble::Outcome;

/// A connection's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct SettingsRecord {
    pub(in crate::store) connection: ConnectionId,
    pub(in crate::store) settings: SyncSettings,
}

/// What may have been lost on a connection, in millionths of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct DriftRecord {
    pub(in crate::store) connection: ConnectionId,
    pub(in crate::store) millionths: u64,
}

#[derive(Serialize, Deserialize)]
struct SettingsV1 {
    connection: u32,
    automatic: bool,
    every: IntervalV1,
    auto_push: AutoPushV1,
    share: u8,
    buffer: i64,
    unexplained: UnexplainedV1,
    master: bool,
}

/// With when a person is asked: share, least.
#[derive(Serialize, Deserialize)]
struct SettingsV2(SettingsV1, u8, u32);

#[derive(Serialize, Deserialize)]
enum IntervalV1 {
    Continuous,
    Minutes(u16),
}

#[derive(Serialize, Deserialize)]
enum AutoPushV1 {
    Off,
    Published,
    Draft,
}

#[derive(Serialize, Deserialize)]
enum UnexplainedV1 {
    PassOn,
    HoldFrom(i64),
}

#[derive(Serialize, Deserialize)]
struct RulesV1 {
    in_store: u32,
    online: u32,
    quantity: bool,
    /// (field, direction)
    fields: Vec<(u8, DirectionV1)>,
    deletes: DirectionV1,
}

impl Stored for SettingsRecord {
    const NOUN: &'static str = "row of settings";
    const VERSION: u8 = 2;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let SyncSettings { automatic, every, auto_push, share, buffer, unexplained, master, asks } = &self.settings;
        let form = SettingsV1 {
            connection: self.connection.0,
            automatic: *automatic,
            every: match every {
                Interval::Continuous => IntervalV1::Continuous,
                Interval::Minutes(minutes) => IntervalV1::Minutes(*minutes),
            },
            auto_push: match auto_push {
                AutoPush::Off => AutoPushV1::Off,
                AutoPush::Published => AutoPushV1::Published,
                AutoPush::Draft => AutoPushV1::Draft,
            },
            share: *share,
            buffer: buffer.raw(),
            unexplained: match unexplained {
                UnexplainedDrop::PassOn => UnexplainedV1::PassOn,
                UnexplainedDrop::HoldFrom(least) => UnexplainedV1::HoldFrom(least.raw()),
            },
            master: *master,
        };
        encode_form(&SettingsV2(form, asks.share, asks.least), bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        let (form, asks) = match version {
            1 => (decode_form::<SettingsV1>(body)?, MassChange::STANDARD),
            2 => {
                let SettingsV2(form, share, least) = decode_form(body)?;
                (form, MassChange { share, least })
            }
            other => return unknown_version(other),
        };
        let settings = SyncSettings {
            automatic: form.automatic,
            every: match form.every {
                IntervalV1::Continuous => Interval::Continuous,
                IntervalV1::Minutes(minutes) => Interval::Minutes(minutes),
            },
            auto_push: match form.auto_push {
                AutoPushV1::Off => AutoPush::Off,
                AutoPushV1::Published => AutoPush::Published,
                AutoPushV1::Draft => AutoPush::Draft,
            },
            share: form.share,
            buffer: Quantity::from_raw(form.buffer),
            unexplained: match form.unexplained {
                UnexplainedV1::PassOn => UnexplainedDrop::PassOn,
                UnexplainedV1::HoldFrom(least) => UnexplainedDrop::HoldFrom(Quantity::from_raw(least)),
            },
            master: form.master,
            asks,
        };
        Ok(Self { connection: ConnectionId(form.connection), settings })
    }
}

impl Stored for FieldRules {
    const NOUN: &'static str = "row of rules";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let form = RulesV1 {
            in_store: self.in_store.0,
            online: self.online.0,
            quantity: self.quantity,
            fields: self.fields.iter().map(|(field, to)| (field_place(*field), (*to).into())).collect(),
            deletes: self.deletes.into(),
        };
        encode_form(&form, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let form: RulesV1 = decode_form(body)?;
        let fields = form.fields.into_iter().map(|(field, to)| Ok((field_at(field)?, to.into())));
        Ok(Self {
            in_store: ConnectionId(form.in_store),
            online: ConnectionId(form.online),
            quantity: form.quantity,
            fields: fields.collect::<Result<_, String>>()?,
            deletes: form.deletes.into(),
        })
    }
}

impl Stored for DriftRecord {
    const NOUN: &'static str = "estimate of drift";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        encode_form(&(self.connection.0, self.millionths), bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let (connection, millionths) = decode_form(body)?;
        Ok(Self { connection: ConnectionId(connection), millionths })
    }
}

impl Stored for Rejection {
    const NOUN: &'static str = "rejected pair";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let Self { in_store, online, till, shop, at } = self;
        encode_form(&(in_store.0, online.0, till.0, shop.0, at.0), bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let (in_store, online, till, shop, at) = decode_form(body)?;
        Ok(Self {
            in_store: ListingId(in_store),
            online: ListingId(online),
            till: ConnectionId(till),
            shop: ConnectionId(shop),
            at: Timestamp(at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden::check;
    use super::*;
    use crate::store::samples;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<char> = text.chars().collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
    }

    #[test]
    fn versions_stay_as_they_are() {
        let connection = ConnectionId(2);
        let [plain, other] = samples::settings();
        // As version 1 wrote it: a person is asked as it was then.
        let old = hex("010201000064000001e65c63d6");
        let found = super::super::open::<SettingsRecord>(&old).ok().map(|record| record.settings);
        assert_eq!(found, Some(plain.clone()));
        check(&SettingsRecord { connection, settings: plain }, "0202010000640000010a14dfd7f752");
        check(&SettingsRecord { connection, settings: other }, "020200010f0232c0cf240180897a00190740031bdb");
        check(&samples::rules(1, 2), "0101020003000102020c0001a2030cce");
        check(&DriftRecord { connection, millionths: 1_250_000 }, "0102d0a54c0166d870");
        check(&samples::rejection(7, 9), "010709010280aed6f7bf689b3f64fd");
    }
}
