//! Writes that failed and that nobody has made good since: why a product is shown as failing.
//!
//! A projection of the steps of all jobs that are not cleared away. A write that succeeds ends the failures of what it
//! was about; so does anything else that brings about what was wanted (see `rules::status::still_fails`).

use std::collections::{BTreeMap, HashMap};

use crate::domain::{Effect, FieldValue, JobId, ListingId, PlannedStep, Step, StepIndex, StepState, Target};
use crate::rules::status::{FailedWrite, still_fails};

use super::books::{made_by, target};
use super::catalogue::Snapshot;
use super::jobs::run::Run;
use super::truth::Known;

#[derive(Debug)]
struct Failure {
    write: FailedWrite,
    message: String,
}

#[derive(Debug, Default)]
pub struct Failures {
    of_listing: HashMap<ListingId, BTreeMap<(JobId, StepIndex), Failure>>,
    listing_of: BTreeMap<(JobId, StepIndex), ListingId>,
}

impl Failures {
    /// Takes in how a step ended. `known`: before the entry. Gives the listings whose standing may have changed.
    pub fn moved(
        &mut self,
        job: JobId,
        step: StepIndex,
        subject: Option<(ListingId, FailedWrite)>,
        state: &StepState,
    ) -> Vec<ListingId> {
        let mut touched: Vec<ListingId> = self.remove((job, step)).into_iter().collect();
        let Some((listing, write)) = subject else { return touched };
        match state {
            StepState::Rejected { message, .. } | StepState::Parked { message, .. } => {
                let failure = Failure { write, message: message.clone() };
                self.of_listing.entry(listing).or_default().insert((job, step), failure);
                self.listing_of.insert((job, step), listing);
                touched.push(listing);
            }
            StepState::Confirmed { .. } => {
                let same = |(_, failure): &(&(JobId, StepIndex), &Failure)| is_about_the_same(&failure.write, &write);
                let mended = self.of_listing.get(&listing).into_iter().flatten().filter(same);
                let mended: Vec<_> = mended.map(|(place, _)| *place).collect();
                for place in mended {
                    touched.extend(self.remove(place));
                }
            }
            StepState::Planned | StepState::InFlight { .. } | StepState::Unknown { .. } | StepState::Skipped { .. } => {
            }
        }
        touched
    }

    /// A job was cleared away.
    pub fn forget(&mut self, job: JobId) -> Vec<ListingId> {
        let places = self.listing_of.range((job, StepIndex(0))..=(job, StepIndex(u32::MAX)));
        let places: Vec<_> = places.map(|(place, _)| *place).collect();
        places.into_iter().filter_map(|place| self.remove(place)).collect()
    }

    fn remove(&mut self, place: (JobId, StepIndex)) -> Option<ListingId> {
        let listing = self.listing_of.remove(&place)?;
        if let Some(failures) = self.of_listing.get_mut(&listing) {
            failures.remove(&place);
            if failures.is_empty() {
                self.of_listing.remove(&listing);
            }
        }
        Some(listing)
    }

    /// Why a listing fails, if it does: its latest failure that still matters.
    pub fn why(&self, catalogue: &Snapshot, listing: ListingId) -> Option<&str> {
        let failures = self.of_listing.get(&listing)?;
        let standing = failures.values().rev().find(|failure| still_fails(catalogue, &failure.write))?;
        Some(&standing.message)
    }
}

/// What a step is about, and where that shows; `None` for what happens here only.
pub fn subject(known: &Known, run: &Run, step: &Step) -> Option<(ListingId, FailedWrite)> {
    match &step.planned.effect {
        Effect::SetQuantity { .. } => {
            let (listing, variant) = target(known, run, step)?;
            Some((listing, FailedWrite::Quantity(variant)))
        }
        _ => subject_of(&step.planned),
    }
}

/// The same for a step whose job has ended and lies in the store, with all of its steps.
pub fn recalled(catalogue: &Snapshot, steps: &[Step], step: &Step) -> Option<(ListingId, FailedWrite)> {
    match &step.planned.effect {
        Effect::SetQuantity { connection, target: Target::CreatedBy { step: of, position }, .. } => {
            let made = steps.iter().find(|step| step.index == *of)?;
            let (listing, variant) = made_by(catalogue, &made.planned.effect, *position, *connection)?;
            Some((listing, FailedWrite::Quantity(variant)))
        }
        _ => subject_of(&step.planned),
    }
}

fn subject_of(planned: &PlannedStep) -> Option<(ListingId, FailedWrite)> {
    match &planned.effect {
        Effect::SetQuantity { target: Target::Known { listing, variant }, .. } => {
            Some((*listing, FailedWrite::Quantity(*variant)))
        }
        Effect::SetField { listing, variant, field, to, .. } => {
            let to = if let FieldValue::Money(to) = to { *to } else { None };
            Some((*listing, FailedWrite::Field { listing: *listing, variant: *variant, field: *field, to }))
        }
        Effect::Create(creation) => {
            Some((creation.source, FailedWrite::Copy { source: creation.source, connection: creation.connection }))
        }
        Effect::AddVariant { listing, .. } | Effect::Delete { listing, .. } => {
            Some((*listing, FailedWrite::Other(*listing)))
        }
        Effect::SetQuantity { .. }
        | Effect::Link { .. }
        | Effect::Unlink { .. }
        | Effect::Trust { .. }
        | Effect::Adjust { .. } => None,
    }
}

fn is_about_the_same(one: &FailedWrite, other: &FailedWrite) -> bool {
    match (one, other) {
        (
            FailedWrite::Field { listing, variant, field, .. },
            FailedWrite::Field { listing: of, variant: also, field: same, .. },
        ) => (listing, variant, field) == (of, also, same),
        (one, other) => one == other,
    }
}
