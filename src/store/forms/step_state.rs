//! Where a step stands, as it is stored: a record of its own, since it alone changes.

use serde::{Deserialize, Serialize};

use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{CountSent, Quantity, StepState, Timestamp};
use crate::store::trouble::Outcome;

/// Version 1, which knew only what was read: what was sent had to be reckoned, and is not known any more.
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

/// What was read, and what was to be added.
type CountV2 = (i64, i64);

#[derive(Serialize, Deserialize)]
enum StepStateV2<'a> {
    Planned,
    InFlight { generation: u32, count: Option<CountV2> },
    Confirmed { read_back: Option<i64>, at: i64 },
    Rejected { message: &'a str, hint: &'a str, at: i64 },
    Unknown { generation: u32, count: Option<CountV2>, since: i64 },
    Parked { message: &'a str, hint: &'a str, at: i64 },
    Skipped { why: &'a str },
}

impl<'a> From<StepStateV1<'a>> for StepStateV2<'a> {
    fn from(form: StepStateV1<'a>) -> Self {
        match form {
            StepStateV1::Planned => Self::Planned,
            StepStateV1::InFlight { generation, .. } => Self::InFlight { generation, count: None },
            StepStateV1::Confirmed { read_back, at } => Self::Confirmed { read_back, at },
            StepStateV1::Rejected { message, hint, at } => Self::Rejected { message, hint, at },
            StepStateV1::Unknown { generation, since, .. } => Self::Unknown { generation, count: None, since },
            StepStateV1::Parked { message, hint, at } => Self::Parked { message, hint, at },
            StepStateV1::Skipped { why } => Self::Skipped { why },
        }
    }
}

fn count_form(count: Option<CountSent>) -> Option<CountV2> {
    count.map(|count| (count.read.raw(), count.by.raw()))
}

fn count_of(form: Option<CountV2>) -> Option<CountSent> {
    form.map(|(read, by)| CountSent { read: Quantity::from_raw(read), by: Quantity::from_raw(by) })
}

impl Stored for StepState {
    const NOUN: &'static str = "step state";
    const VERSION: u8 = 2;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let form = match self {
            Self::Planned => StepStateV2::Planned,
            Self::InFlight { generation, count } => {
                StepStateV2::InFlight { generation: *generation, count: count_form(*count) }
            }
            Self::Confirmed { read_back, at } => {
                StepStateV2::Confirmed { read_back: read_back.map(Quantity::raw), at: at.0 }
            }
            Self::Rejected { message, hint, at } => StepStateV2::Rejected { message, hint, at: at.0 },
            Self::Unknown { generation, count, since } => {
                StepStateV2::Unknown { generation: *generation, count: count_form(*count), since: since.0 }
            }
            Self::Parked { message, hint, at } => StepStateV2::Parked { message, hint, at: at.0 },
            Self::Skipped { why } => StepStateV2::Skipped { why },
        };
        encode_form(&form, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        let form = match version {
            1 => decode_form::<StepStateV1<'_>>(body)?.into(),
            2 => decode_form(body)?,
            _ => return unknown_version(version),
        };
        Ok(match form {
            StepStateV2::Planned => Self::Planned,
            StepStateV2::InFlight { generation, count } => Self::InFlight { generation, count: count_of(count) },
            StepStateV2::Confirmed { read_back, at } => {
                Self::Confirmed { read_back: read_back.map(Quantity::from_raw), at: Timestamp(at) }
            }
            StepStateV2::Rejected { message, hint, at } => {
                Self::Rejected { message: message.to_owned(), hint: hint.to_owned(), at: Timestamp(at) }
            }
            StepStateV2::Unknown { generation, count, since } => {
                Self::Unknown { generation, count: count_of(count), since: Timestamp(since) }
            }
            StepStateV2::Parked { message, hint, at } => {
                Self::Parked { message: message.to_owned(), hint: hint.to_owned(), at: Timestamp(at) }
            }
            StepStateV2::Skipped { why } => Self::Skipped { why: why.to_owned() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden;
    use crate::domain::StepState;
    use crate::store::samples;

    #[test]
    fn version_1_is_read_without_what_was_sent() {
        let states = samples::step_states().map(|state| match state {
            StepState::InFlight { generation, .. } => StepState::InFlight { generation, count: None },
            state => state,
        });
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
            assert_eq!(&super::super::open::<StepState>(&golden::bytes(bytes)).unwrap(), state);
        }
    }

    #[test]
    fn version_2_stays_as_it_is() {
        let states = samples::step_states();
        let bytes = [
            "02007d70ef73",
            "02010101c0cf24bf9a0c63693e83",
            "02020180ea3080aed6f7bf6899fb41be",
            "02031074686520534b552069732074616b656e096368616e676520697480aed6f7bf68fd373e7a",
            "0204020080aed6f7bf68180391ba",
            "02051074686520534b552069732074616b656e096368616e676520697480aed6f7bf6849d133a1",
            "02060963616e63656c6c65641056b29c",
        ];
        for (state, bytes) in states.iter().zip(bytes) {
            golden::check(state, bytes);
        }
    }
}
