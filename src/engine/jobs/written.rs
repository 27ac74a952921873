//! One field that a step writes, and what follows from its having been written: what both sides agree on, what is known
//! of the listing, a line of the history.

use crate::domain::{
    Cause, Effect, Field, FieldChange, FieldValue, Happening, HistoryRecord, KnownListing, Listing, ListingId,
    RemoteId, Step, StepIndex, Timestamp, VariantId,
};
use crate::rules::CatalogueView;
use crate::rules::fields::{Agreed, face, pairs, put, same, value, watched};
use crate::store::Entry;

use super::super::sync::fields::MENDED;
use super::super::sync::follow::Links;
use super::super::truth::Known;
use super::run::Run;

/// One field that a step writes.
#[derive(Clone)]
pub struct Writing {
    pub index: StepIndex,
    pub variant: Option<VariantId>,
    pub remote: Option<RemoteId>,
    pub field: Field,
    pub from: FieldValue,
    pub to: FieldValue,
    pub mended: bool,
}

impl Writing {
    pub fn of(step: &Step, known: &KnownListing) -> Option<Self> {
        let Effect::SetField { variant, field, from, to, .. } = &step.planned.effect else { return None };
        let remote = match variant {
            Some(number) => Some(known.variant(*number)?.remote.clone()),
            None => None,
        };
        let (from, to) = (from.clone(), to.clone());
        let mended = step.planned.reason == MENDED;
        Some(Self { index: step.index, variant: *variant, remote, field: *field, from, to, mended })
    }

    pub fn shown(&self, listing: &Listing) -> Option<FieldValue> {
        let variant = listing.variants.iter().find(|variant| Some(&variant.remote) == self.remote.as_ref());
        value(self.field, listing, variant)
    }

    pub fn change(&self) -> FieldChange {
        FieldChange { variant: self.remote.clone(), field: self.field, to: self.to.clone() }
    }
}

/// Whether the side of record shows another value by now than the one that was planned from it.
pub fn is_outdated(known: &Known, listing: ListingId, writing: &Writing) -> bool {
    let catalogue = known.catalogue.now();
    let rules = &known.rules;
    let all = pairs(catalogue, rules, listing);
    let mut followed = all.iter().flat_map(|pair| watched(rules, pair)).filter(|watched| {
        (watched.other, watched.other_variant, watched.field) == (listing, writing.variant, writing.field)
    });
    !writing.mended
        && followed.any(|watched| {
            let record =
                catalogue.kept(watched.record).and_then(|kept| kept.face(writing.field, watched.record_variant));
            record.is_some_and(|record| record.own != face(writing.field, &writing.to).own)
        })
}

/// What we know with the values that we wrote, where it could not be read back or something newer came meanwhile.
pub fn patched(known: &Known, mut whole: KnownListing, applied: &[Writing]) -> Option<Entry> {
    let kept = known.catalogue.now().kept(whole.id)?;
    if kept.known.gone {
        return None;
    }
    let mut changed = false;
    for writing in applied {
        let place = whole.listing.variants.iter().position(|variant| Some(&variant.remote) == writing.remote.as_ref());
        let variant = place.and_then(|place| whole.listing.variants.get(place));
        let there = value(writing.field, &whole.listing, variant);
        if there.is_some_and(|there| !same(writing.field, &there, &writing.to)) {
            changed |= put(&mut whole.listing, place, writing.field, &writing.to);
        }
    }
    changed.then(|| Entry::ListingSeen(Box::new(whole)))
}

/// What both sides of these fields agree on from now on. `shown`: the listing as it was read after the write; without
/// it nobody knows yet what the platform made of it.
pub fn agreed(known: &Known, listing: ListingId, written: &[Writing], shown: Option<&Listing>) -> Vec<Entry> {
    let catalogue = known.catalogue.now();
    let rules = &known.rules;
    let all = pairs(catalogue, rules, listing);
    let mut links = Links::default();
    for writing in written {
        let wanted = face(writing.field, &writing.to);
        let there = shown.and_then(|shown| writing.shown(shown)).map(|value| face(writing.field, &value));
        // Pictures are fetched and converted after the answer; until their number is right, they are not what stays.
        let own = there.filter(|there| !there.weak || there.meaning == wanted.meaning).map_or(0, |there| there.own);
        let spot = (listing, writing.variant, writing.field);
        for watched in all.iter().flat_map(|pair| watched(rules, pair)) {
            let face = |listing, variant| catalogue.kept(listing)?.face(watched.field, variant);
            if (watched.other, watched.other_variant, watched.field) == spot {
                let record = face(watched.record, watched.record_variant).map_or(wanted.own, |record| record.own);
                // Of a person's own edit the record knows nothing; else it is what it showed when this was planned.
                let record = if writing.mended { record } else { wanted.own };
                links.agree(known, watched.link, watched.keeper, watched.field, Agreed { record, own });
            } else if (watched.record, watched.record_variant, watched.field) == spot {
                // The side of record took over what this one shows: they are one. The others follow by themselves.
                let other = face(watched.other, watched.other_variant);
                if let Some(other) = other.filter(|other| other.own == wanted.own && own != 0) {
                    let agreed = Agreed { record: own, own: other.own };
                    links.agree(known, watched.link, watched.keeper, watched.field, agreed);
                }
            }
        }
    }
    links.entries()
}

pub fn noted(known: &Known, run: &Run, listing: ListingId, writing: &Writing, now: Timestamp) -> Option<Entry> {
    let there = known.catalogue.now().listing(listing)?;
    let step = run.step(writing.index)?;
    let variant = writing.variant.and_then(|number| there.variant(number));
    Some(Entry::Noted(Box::new(HistoryRecord {
        at: now,
        what: Happening::Field(writing.field),
        subject: step.planned.subject.clone(),
        sku: variant.or(there.listing.variants.first()).and_then(|variant| variant.sku.clone()),
        listing: Some(listing),
        variant: writing.variant,
        connection: Some(there.connection),
        old: Some(writing.from.to_string()),
        new: Some(writing.to.to_string()),
        cause: Cause::Job { job: run.job.id },
    })))
}
