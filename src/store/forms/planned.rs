//! What a step is to do, as it is stored. It never changes once it is planned; the step's state lies beside it.

use serde::{Deserialize, Serialize};

use super::link::{LinkMemberV1, LinkMemberV2, available_of};
use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{
    ConnectionId, Creation, Effect, IdempotencyKey, LinkMember, ListingId, LocationId, PlannedStep, Quantity, RemoteId,
    StepIndex, Target, Text, VariantId,
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
    Link { members: Vec<LinkMemberV1> },
    Create { source: u64, connection: u32, draft: bool, quantities: Vec<Option<i64>>, mark: &'a str },
    SetQuantity { connection: u32, target: TargetV1, location: &'a str, from: Option<i64>, to: i64 },
    LinkAt { members: Vec<LinkMemberV2>, available: Option<i64> },
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
            Effect::Unlink { .. }
            | Effect::Trust { .. }
            | Effect::Adjust { .. }
            | Effect::SetField { .. }
            | Effect::AddVariant { .. }
            | Effect::Delete { .. } => return Err("this effect has no stored form yet".to_owned()),
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
    use crate::store::samples;

    #[test]
    fn version_1_stays_as_it_is() {
        let [link, create, set, set_created] = samples::planned_steps();
        golden::check(
            &link,
            "01000201074601c0843dbf9a0c02095a01c0843dbf9a0c0754656120706f740e504f53206973207072696d6172790052aa2f8f",
        );
        golden::check(
            &create,
            "0101070201020180be9201002030313233343536373839616263646566303132333435363738396162636465660754656120706f740e504f53206973207072696d6172790044144079",
        );
        golden::check(
            &set,
            "01020200095a024c3101c0b955a0cb98010754656120706f740e504f53206973207072696d6172790100234c4a4b",
        );
        golden::check(
            &set_created,
            "010202010101024c3101c0b955a0cb98010754656120706f740e504f53206973207072696d61727901019c37de72",
        );
    }
}
