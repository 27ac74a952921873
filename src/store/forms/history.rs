//! A line of the history as it is stored: there are many, so it is short.

use serde::{Deserialize, Serialize};

use super::field::{field_at, field_place};
use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{Cause, ConnectionId, Happening, HistoryRecord, JobId, ListingId, Text, Timestamp, VariantId};
use crate::store::trouble::Outcome;

#[derive(Serialize, Deserialize)]
struct HistoryV1<'a> {
    at: i64,
    what: HappeningV1,
    subject: &'a str,
    sku: Option<&'a str>,
    listing: Option<u64>,
    variant: Option<u64>,
    connection: Option<u32>,
    old: Option<&'a str>,
    new: Option<&'a str>,
    #[serde(borrow)]
    cause: CauseV1<'a>,
}

#[derive(Serialize, Deserialize)]
enum HappeningV1 {
    Quantity,
    /// The field's place in `Field::ALL`.
    Field(u8),
    Order,
    Linked,
    Unlinked,
    Created,
    Deleted,
    Conflict,
    Settled,
    Settings,
}

#[derive(Serialize, Deserialize)]
enum CauseV1<'a> {
    Poll,
    Order(&'a str),
    Job(u64),
    Person(&'a str),
}

impl Stored for HistoryRecord {
    const NOUN: &'static str = "line of history";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let form = HistoryV1 {
            at: self.at.0,
            what: match self.what {
                Happening::Quantity => HappeningV1::Quantity,
                Happening::Field(field) => HappeningV1::Field(field_place(field)),
                Happening::Order => HappeningV1::Order,
                Happening::Linked => HappeningV1::Linked,
                Happening::Unlinked => HappeningV1::Unlinked,
                Happening::Created => HappeningV1::Created,
                Happening::Deleted => HappeningV1::Deleted,
                Happening::Conflict => HappeningV1::Conflict,
                Happening::Settled => HappeningV1::Settled,
                Happening::Settings => HappeningV1::Settings,
            },
            subject: &self.subject,
            sku: self.sku.as_deref(),
            listing: self.listing.map(|listing| listing.0),
            variant: self.variant.map(|variant| variant.0),
            connection: self.connection.map(|connection| connection.0),
            old: self.old.as_deref(),
            new: self.new.as_deref(),
            cause: match &self.cause {
                Cause::Poll => CauseV1::Poll,
                Cause::Order { number } => CauseV1::Order(number),
                Cause::Job { job } => CauseV1::Job(job.0),
                Cause::Person { reason } => CauseV1::Person(reason),
            },
        };
        encode_form(&form, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let form: HistoryV1<'_> = decode_form(body)?;
        Ok(Self {
            at: Timestamp(form.at),
            what: match form.what {
                HappeningV1::Quantity => Happening::Quantity,
                HappeningV1::Field(place) => Happening::Field(field_at(place)?),
                HappeningV1::Order => Happening::Order,
                HappeningV1::Linked => Happening::Linked,
                HappeningV1::Unlinked => Happening::Unlinked,
                HappeningV1::Created => Happening::Created,
                HappeningV1::Deleted => Happening::Deleted,
                HappeningV1::Conflict => Happening::Conflict,
                HappeningV1::Settled => Happening::Settled,
                HappeningV1::Settings => Happening::Settings,
            },
            subject: Text::new(form.subject),
            sku: form.sku.map(Text::new),
            listing: form.listing.map(ListingId),
            variant: form.variant.map(VariantId),
            connection: form.connection.map(ConnectionId),
            old: form.old.map(str::to_owned),
            new: form.new.map(str::to_owned),
            cause: match form.cause {
                CauseV1::Poll => Cause::Poll,
                CauseV1::Order(number) => Cause::Order { number: Text::new(number) },
                CauseV1::Job(job) => Cause::Job { job: JobId(job) },
                CauseV1::Person(reason) => Cause::Person { reason: reason.to_owned() },
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden::check;
    use crate::store::samples;

    #[test]
    fn version_1_stays_as_it_is() {
        let records = samples::history();
        let bytes = [
            "0180aed6f7bf68000b54656120706f7420e88cb6010454502d310109015a010201013701013500ca9dbce3",
            "0180aed6f7bf6801020b54656120706f7420e88cb6010454502d310109015a0102010137010135010523313030318e555949",
            "0180aed6f7bf68020b54656120706f7420e88cb6010454502d310109015a0102010137010135020555cfe986",
            "0180aed6f7bf68030b54656120706f7420e88cb6010454502d310109015a0102010137010135030a73746f636b2074616b65e46f1155",
            "0180aed6f7bf68040b54656120706f7420e88cb6010454502d310109015a010201013701013500e0873692",
            "0180aed6f7bf68050b54656120706f7420e88cb6010454502d310109015a0102010137010135004a82ec63",
            "0180aed6f7bf68060b54656120706f7420e88cb6010454502d310109015a010201013701013500f58af3aa",
            "0180aed6f7bf68070b54656120706f7420e88cb6010454502d310109015a0102010137010135005f8f295b",
            "0180aed6f7bf68080b54656120706f7420e88cb6010454502d310109015a0102010137010135009ea9a800",
            "0180aed6f7bf68090b54656120706f7420e88cb6000000000000006106fbd4",
        ];
        assert_eq!(records.len(), bytes.len());
        for (record, bytes) in records.iter().zip(bytes) {
            check(record, bytes);
        }
    }
}
