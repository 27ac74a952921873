//! What a step is to do, as it is stored. It never changes once it is planned; the step's state lies beside it.

use serde::{Deserialize, Serialize};

use super::field::{FieldValueV1, field_at, field_place};
use super::link::{LinkMemberV1, LinkMemberV2, available_of};
use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{
    ConnectionId, Creation, Effect, IdempotencyKey, LinkId, LinkMember, ListingId, LocationId, PlannedStep, Quantity,
    RemoteId, StepIndex, Target, Text, VariantId,
};
use crate::store::trouble::Outcome;

#[derive(Serialize, Deserialize)]
struct PlannedV1<'a> {
    #[serde(borrow)]
    effect: EffectV1<'a>,
    subject: &'a str,
    reason: &'a str,
    after: Option<u32>,
}

#[derive(Serialize, Deserialize)]
enum EffectV1<'a> {
    Link {
        members: Vec<LinkMemberV1>,
    },
    Create {
        source: u64,
        connection: u32,
        draft: bool,
        quantities: Vec<Option<i64>>,
        mark: &'a str,
    },
    SetQuantity {
        connection: u32,
        target: TargetV1,
        location: &'a str,
        from: Option<i64>,
        to: i64,
    },
    LinkAt {
        members: Vec<LinkMemberV2>,
        available: Option<i64>,
    },
    Unlink {
        link: u64,
    },
    Trust {
        link: u64,
        variant: u64,
    },
    Adjust {
        link: u64,
        by: i64,
        reason: &'a str,
    },
    #[serde(borrow)]
    SetField(SetFieldV1<'a>),
    AddVariant {
        connection: u32,
        listing: u64,
        source: u64,
        variant: u64,
    },
    Delete {
        connection: u32,
        listing: u64,
    },
}

#[derive(Serialize, Deserialize)]
struct SetFieldV1<'a> {
    connection: u32,
    listing: u64,
    variant: Option<u64>,
    /// The field's place in `Field::ALL`.
    field: u8,
    #[serde(borrow)]
    from: FieldValueV1<'a>,
    #[serde(borrow)]
    to: FieldValueV1<'a>,
}

#[derive(Serialize, Deserialize)]
enum TargetV1 {
    Known { listing: u64, variant: u64 },
    CreatedBy { step: u32, position: u32 },
}

impl Stored for PlannedStep {
    const NOUN: &'static str = "planned step";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let effect = match &self.effect {
            Effect::Link { members, available } => EffectV1::LinkAt {
                members: members.iter().map(LinkMemberV2::from).collect(),
                available: available.map(Quantity::raw),
            },
            Effect::Unlink { link } => EffectV1::Unlink { link: link.0 },
            Effect::Trust { link, variant } => EffectV1::Trust { link: link.0, variant: variant.0 },
            Effect::Adjust { link, by, reason } => EffectV1::Adjust { link: link.0, by: by.raw(), reason },
            Effect::SetField { connection, listing, variant, field, from, to } => EffectV1::SetField(SetFieldV1 {
                connection: connection.0,
                listing: listing.0,
                variant: variant.map(|variant| variant.0),
                field: field_place(*field),
                from: FieldValueV1::of(from)?,
                to: FieldValueV1::of(to)?,
            }),
            Effect::AddVariant { connection, listing, source, variant } => EffectV1::AddVariant {
                connection: connection.0,
                listing: listing.0,
                source: source.0,
                variant: variant.0,
            },
            Effect::Delete { connection, listing } => EffectV1::Delete { connection: connection.0, listing: listing.0 },
            Effect::Create(Creation { source, connection, draft, quantities, mark }) => EffectV1::Create {
                source: source.0,
                connection: connection.0,
                draft: *draft,
                quantities: quantities.iter().map(|quantity| quantity.map(Quantity::raw)).collect(),
                mark: &mark.0,
            },
            Effect::SetQuantity { connection, target, location, from, to } => EffectV1::SetQuantity {
                connection: connection.0,
                target: match *target {
                    Target::Known { listing, variant } => TargetV1::Known { listing: listing.0, variant: variant.0 },
                    Target::CreatedBy { step, position } => TargetV1::CreatedBy { step: step.0, position },
                },
                location: location.0.as_str(),
                from: from.map(Quantity::raw),
                to: to.raw(),
            },
        };
        let after = self.after.map(|step| step.0);
        encode_form(&PlannedV1 { effect, subject: &self.subject, reason: &self.reason, after }, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let form: PlannedV1<'_> = decode_form(body)?;
        let effect = match form.effect {
            EffectV1::Link { members } => Effect::Link {
                available: available_of(&members),
                members: members.into_iter().map(LinkMember::from).collect(),
            },
            EffectV1::LinkAt { members, available } => Effect::Link {
                members: members.into_iter().map(LinkMemberV2::read).collect::<Result<_, _>>()?,
                available: available.map(Quantity::from_raw),
            },
            EffectV1::Create { source, connection, draft, quantities, mark } => Effect::Create(Creation {
                source: ListingId(source),
                connection: ConnectionId(connection),
                draft,
                quantities: quantities.into_iter().map(|quantity| quantity.map(Quantity::from_raw)).collect(),
                mark: IdempotencyKey(mark.to_owned()),
            }),
            EffectV1::SetQuantity { connection, target, location, from, to } => Effect::SetQuantity {
                connection: ConnectionId(connection),
                target: match target {
                    TargetV1::Known { listing, variant } => {
                        Target::Known { listing: ListingId(listing), variant: VariantId(variant) }
                    }
                    TargetV1::CreatedBy { step, position } => Target::CreatedBy { step: StepIndex(step), position },
                },
                location: LocationId(RemoteId::new(location)?),
                from: from.map(Quantity::from_raw),
                to: Quantity::from_raw(to),
            },
            EffectV1::Unlink { link } => Effect::Unlink { link: LinkId(link) },
            EffectV1::Trust { link, variant } => Effect::Trust { link: LinkId(link), variant: VariantId(variant) },
            EffectV1::Adjust { link, by, reason } => {
                Effect::Adjust { link: LinkId(link), by: Quantity::from_raw(by), reason: reason.to_owned() }
            }
            EffectV1::SetField(SetFieldV1 { connection, listing, variant, field, from, to }) => Effect::SetField {
                connection: ConnectionId(connection),
                listing: ListingId(listing),
                variant: variant.map(VariantId),
                field: field_at(field)?,
                from: from.read()?,
                to: to.read()?,
            },
            EffectV1::AddVariant { connection, listing, source, variant } => Effect::AddVariant {
                connection: ConnectionId(connection),
                listing: ListingId(listing),
                source: ListingId(source),
                variant: VariantId(variant),
            },
            EffectV1::Delete { connection, listing } => {
                Effect::Delete { connection: ConnectionId(connection), listing: ListingId(listing) }
            }
        };
        Ok(Self {
            effect,
            subject: Text::new(form.subject),
            reason: form.reason.to_owned(),
            after: form.after.map(StepIndex),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden;
    use crate::domain::{Effect, PlannedStep, Quantity};
    use crate::store::samples;

    #[test]
    fn links_as_they_were_first_planned_are_read_for_ever() {
        let first =
            "01000201074601c0843dbf9a0c02095a01c0843dbf9a0c0754656120706f740e504f53206973207072696d6172790052aa2f8f";
        let step: PlannedStep = super::super::open(&golden::bytes(first)).unwrap();
        let Effect::Link { members, available } = step.effect else { panic!("{step:?}") };
        assert_eq!(available, Some(Quantity::units(4)), "five, less the one that was owed");
        assert_eq!(members.iter().map(|member| member.base).collect::<Vec<_>>(), [Some(Quantity::units(5)); 2]);
    }

    #[test]
    fn version_1_stays_as_it_is() {
        let steps = samples::planned_steps();
        assert_eq!(steps.len(), GOLDEN.len());
        for (step, bytes) in steps.iter().zip(GOLDEN) {
            golden::check(step, bytes);
        }
    }

    /// In the order of [`samples::planned_steps`].
    const GOLDEN: [&str; 18] = [
        "01030201074601c0843d000202070cf0a2040180aed6f7bf6880b5180180aed6f7bf68c0cf240280aed6f7bf680180aed6f7bf6880aed6f7bf680002095a01c0843d01c0843dc09a0c80aed6f7bf680202070cf0a2040180aed6f7bf6880b5180180aed6f7bf68c0cf240280aed6f7bf680180aed6f7bf6880aed6f7bf680001c0843d0754656120706f740e504f53206973207072696d61727900d9824679",
        "0101070201020180be9201002030313233343536373839616263646566303132333435363738396162636465660754656120706f740e504f53206973207072696d6172790044144079",
        "01020200095a024c3101c0b955a0cb98010754656120706f740e504f53206973207072696d6172790100234c4a4b",
        "010202010101024c3101c0b955a0cb98010754656120706f740e504f53206973207072696d61727901019c37de72",
        "0104040754656120706f740e504f53206973207072696d61727900c2d30f13",
        "0105045a0754656120706f740e504f53206973207072696d6172790046231b4d",
        "010604bfcf240662726f6b656e0754656120706f740e504f53206973207072696d61727900b0f40e75",
        "01080209075a0754656120706f740e504f53206973207072696d61727900a01b990c",
        "010902090754656120706f740e504f53206973207072696d61727900fc49d107",
        "0107020900000003546561000754656120706f740754656120706f740e504f53206973207072696d61727900e3507fb5",
        "01070209015a04010001010454502d310754656120706f740e504f53206973207072696d61727900011e6ff9",
        "01070209015a02020002018c1f4555520754656120706f740e504f53206973207072696d617279002179ce90",
        "010702090009030003011768747470733a2f2f782e6578616d706c652f312e6a70670754656120706f740e504f53206973207072696d61727900163f5359",
        "01070209015a0a04000401d0f0330754656120706f740e504f53206973207072696d61727900226e67f4",
        "01070209015a0b0500050190a10fa0fe0af8ba090754656120706f740e504f53206973207072696d61727900291709bb",
        "01070209000c060006010754656120706f740e504f53206973207072696d617279001eceb874",
        "01070209000c060106020754656120706f740e504f53206973207072696d617279000c63d92f",
        "0107020900080700070101530754656120706f740e504f53206973207072696d6172790059551ec0",
    ];
}
