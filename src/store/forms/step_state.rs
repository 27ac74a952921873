//! Where a step stands, as it is stored: a record of its own, since it alone changes.

use serde::{Deserialize, Serialize};

use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{Quantity, StepState, Timestamp};
use crate::store::trouble::Outcome;

#[derive(Serialize, Deserialize)]
enum StepStateV1<'a> {
    Planned,
    InFlight { generation: u32, read_before: Option<i64> },
    Confirmed { read_back: Option<i64>, at: i64 },
    Rejected { message: &'a str, hint: &'a str, at: i64 },
    Unknown { generation: u32, read_before: Option<i64>, since: i64 },
    Parked { message: &'a str, hint: &'a str, at: i64 },
    Skipped { why: &'a str },
}

impl Stored for StepState {
    const NOUN: &'static str = "step state";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let form = match self {
            Self::Planned => StepStateV1::Planned,
            Self::InFlight { generation, read_before } => {
                StepStateV1::InFlight { generation: *generation, read_before: read_before.map(Quantity::raw) }
            }
            Self::Confirmed { read_back, at } => {
                StepStateV1::Confirmed { read_back: read_back.map(Quantity::raw), at: at.0 }
            }
            Self::Rejected { message, hint, at } => StepStateV1::Rejected { message, hint, at: at.0 },
            Self::Unknown { generation, read_before, since } => StepStateV1::Unknown {
                generation: *generation,
                read_before: read_before.map(Quantity::raw),
                since: since.0,
            },
            Self::Parked { message, hint, at } => StepStateV1::Parked { message, hint, at: at.0 },
            Self::Skipped { why } => StepStateV1::Skipped { why },
        };
        encode_form(&form, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        Ok(match decode_form(body)? {
            StepStateV1::Planned => Self::Planned,
            StepStateV1::InFlight { generation, read_before } => {
                Self::InFlight { generation, read_before: read_before.map(Quantity::from_raw) }
            }
            StepStateV1::Confirmed { read_back, at } => {
                Self::Confirmed { read_back: read_back.map(Quantity::from_raw), at: Timestamp(at) }
            }
            StepStateV1::Rejected { message, hint, at } => {
                Self::Rejected { message: message.to_owned(), hint: hint.to_owned(), at: Timestamp(at) }
            }
            StepStateV1::Unknown { generation, read_before, since } => {
                Self::Unknown { generation, read_before: read_before.map(Quantity::from_raw), since: Timestamp(since) }
            }
            StepStateV1::Parked { message, hint, at } => {
                Self::Parked { message: message.to_owned(), hint: hint.to_owned(), at: Timestamp(at) }
            }
            StepStateV1::Skipped { why } => Self::Skipped { why: why.to_owned() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden;
    use crate::store::samples;

    #[test]
    fn version_1_stays_as_it_is() {
        let states = samples::step_states();
        let bytes = [
            "0100be23c258",
            "01010101c0cf24aaf05594",
            "01020180ea3080aed6f7bf686929dfc9",
            "01031074686520534b552069732074616b656e096368616e676520697480aed6f7bf68e409edf1",
            "0104020080aed6f7bf681bb8a651",
            "01051074686520534b552069732074616b656e096368616e676520697480aed6f7bf6850efe02a",
            "01060963616e63656c6c6564e0842ceb",
        ];
        for (state, bytes) in states.iter().zip(bytes) {
            golden::check(state, bytes);
        }
    }
}
