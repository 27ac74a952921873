//! A link and its members as they are stored.

use serde::{Deserialize, Serialize};

use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{ConnectionId, Link, LinkId, LinkMember, ListingId, Quantity, Timestamp, VariantId};
use crate::store::trouble::Outcome;

#[derive(Serialize, Deserialize)]
struct LinkV1 {
    id: u64,
    members: Vec<LinkMemberV1>,
    made_at: i64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LinkMemberV1 {
    connection: u32,
    listing: u64,
    variant: u64,
    base: Option<i64>,
    owed: i64,
}

impl From<&LinkMember> for LinkMemberV1 {
    fn from(member: &LinkMember) -> Self {
        Self {
            connection: member.connection.0,
            listing: member.listing.0,
            variant: member.variant.0,
            base: member.base.map(Quantity::raw),
            owed: member.owed.raw(),
        }
    }
}

impl From<LinkMemberV1> for LinkMember {
    fn from(form: LinkMemberV1) -> Self {
        Self {
            connection: ConnectionId(form.connection),
            listing: ListingId(form.listing),
            variant: VariantId(form.variant),
            base: form.base.map(Quantity::from_raw),
            owed: Quantity::from_raw(form.owed),
        }
    }
}

impl Stored for Link {
    const NOUN: &'static str = "link";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let members = self.members.iter().map(LinkMemberV1::from).collect();
        encode_form(&LinkV1 { id: self.id.0, members, made_at: self.made_at.0 }, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let form: LinkV1 = decode_form(body)?;
        Ok(Self {
            id: LinkId(form.id),
            members: form.members.into_iter().map(LinkMember::from).collect(),
            made_at: Timestamp(form.made_at),
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn version_1_stays_as_it_is() {
        super::super::golden::check(
            &crate::store::samples::link(4, &[(1, 7), (2, 9)]),
            "01040201074601c0843dbf9a0c02095a01c0843dbf9a0c80aed6f7bf6887992fea",
        );
    }
}
