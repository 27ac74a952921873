//! A link and its members as they are stored.

use serde::{Deserialize, Serialize};

use super::field::{field_at, field_place};
use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{
    ConnectionId, HeldDrop, Link, LinkId, LinkMember, ListingId, Quantity, Timestamp, Unmatched, VariantId,
};
use crate::store::trouble::Outcome;

#[derive(Serialize, Deserialize)]
struct LinkV1 {
    id: u64,
    members: Vec<LinkMemberV1>,
    made_at: i64,
}

#[derive(Serialize, Deserialize)]
struct LinkV2 {
    id: u64,
    members: Vec<LinkMemberV2>,
    available: Option<i64>,
    paused: bool,
    made_at: i64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LinkMemberV2 {
    connection: u32,
    listing: u64,
    variant: u64,
    base: Option<i64>,
    /// (from, to, since)
    held: Option<(i64, i64, i64)>,
    /// (the field's place in `Field::ALL`, fingerprint)
    agreed: Vec<(u8, u64)>,
    /// (when, how many)
    falls: Vec<(i64, i64)>,
    takings: Vec<(i64, i64)>,
    /// (from, to)
    races: Vec<(i64, Option<i64>)>,
}

impl From<&LinkMember> for LinkMemberV2 {
    fn from(member: &LinkMember) -> Self {
        Self {
            connection: member.connection.0,
            listing: member.listing.0,
            variant: member.variant.0,
            base: member.base.map(Quantity::raw),
            held: member.held.as_ref().map(|held| (held.from.raw(), held.to.raw(), held.since.0)),
            agreed: member.agreed.iter().map(|(field, print)| (field_place(*field), *print)).collect(),
            falls: member.unmatched.falls.iter().map(|(at, by)| (at.0, by.raw())).collect(),
            takings: member.unmatched.takings.iter().map(|(at, by)| (at.0, by.raw())).collect(),
            races: member.unmatched.races.iter().map(|(from, to)| (from.0, to.map(|to| to.0))).collect(),
        }
    }
}

impl LinkMemberV2 {
    pub(super) fn read(self) -> Result<LinkMember, String> {
        let fields = self.agreed.into_iter().map(|(place, print)| Ok((field_at(place)?, print)));
        Ok(LinkMember {
            connection: ConnectionId(self.connection),
            listing: ListingId(self.listing),
            variant: VariantId(self.variant),
            base: self.base.map(Quantity::from_raw),
            held: self.held.map(|(from, to, since)| HeldDrop {
                from: Quantity::from_raw(from),
                to: Quantity::from_raw(to),
                since: Timestamp(since),
            }),
            agreed: fields.collect::<Result<_, String>>()?,
            unmatched: Unmatched {
                falls: self.falls.into_iter().map(|(at, by)| (Timestamp(at), Quantity::from_raw(by))).collect(),
                takings: self.takings.into_iter().map(|(at, by)| (Timestamp(at), Quantity::from_raw(by))).collect(),
                races: self.races.into_iter().map(|(from, to)| (Timestamp(from), to.map(Timestamp))).collect(),
            },
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct LinkMemberV1 {
    connection: u32,
    listing: u64,
    variant: u64,
    base: Option<i64>,
    owed: i64,
}

impl From<LinkMemberV1> for LinkMember {
    fn from(form: LinkMemberV1) -> Self {
        let base = form.base.map(Quantity::from_raw);
        Self::new(ConnectionId(form.connection), ListingId(form.listing), VariantId(form.variant), base)
    }
}

/// What version 1 kept beside each base says what is available: every side's base and what it was owed made the same.
pub(super) fn available_of(members: &[LinkMemberV1]) -> Option<Quantity> {
    members.iter().find_map(|member| Some(Quantity::from_raw(member.base?) + Quantity::from_raw(member.owed)))
}

impl Stored for Link {
    const NOUN: &'static str = "link";
    const VERSION: u8 = 2;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let form = LinkV2 {
            id: self.id.0,
            members: self.members.iter().map(LinkMemberV2::from).collect(),
            available: self.available.map(Quantity::raw),
            paused: self.paused,
            made_at: self.made_at.0,
        };
        encode_form(&form, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        match version {
            1 => {
                let form: LinkV1 = decode_form(body)?;
                Ok(Self {
                    id: LinkId(form.id),
                    available: available_of(&form.members),
                    members: form.members.into_iter().map(LinkMember::from).collect(),
                    paused: false,
                    made_at: Timestamp(form.made_at),
                })
            }
            2 => {
                let form: LinkV2 = decode_form(body)?;
                Ok(Self {
                    id: LinkId(form.id),
                    members: form.members.into_iter().map(LinkMemberV2::read).collect::<Result<_, _>>()?,
                    available: form.available.map(Quantity::from_raw),
                    paused: form.paused,
                    made_at: Timestamp(form.made_at),
                })
            }
            _ => unknown_version(version),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Quantity;

    #[test]
    fn version_1_is_read_for_ever() {
        let bytes = super::super::golden::bytes("01040201074601c0843dbf9a0c02095a01c0843dbf9a0c80aed6f7bf6887992fea");
        let link: crate::domain::Link = super::super::open(&bytes).unwrap();
        assert_eq!(link.members.iter().map(|member| member.base).collect::<Vec<_>>(), [Some(Quantity::units(5)); 2]);
        assert_eq!(link.available, Some(Quantity::units(4)), "five, less the one that was owed");
        assert!(!link.paused);
    }

    #[test]
    fn version_2_stays_as_it_is() {
        super::super::golden::check(
            &crate::store::samples::link(4, &[(1, 7), (2, 9)]),
            "02040201074601c0843d000202070cf0a2040180aed6f7bf6880b5180180aed6f7bf68c0cf240280aed6f7bf680180aed6f7bf6880aed6f7bf680002095a01c0843d01c0843dc09a0c80aed6f7bf680202070cf0a2040180aed6f7bf6880b5180180aed6f7bf68c0cf240280aed6f7bf680180aed6f7bf6880aed6f7bf68000180ea300180aed6f7bf68d468be7e",
        );
    }
}
