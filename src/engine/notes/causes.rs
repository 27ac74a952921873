//! Which job did what a commit tells of: a step's effect and its confirmation stand in the same commit.

use std::collections::HashMap;

use crate::domain::{Cause, ConnectionId, Effect, Field, JobId, LinkId, ListingId, Quantity, StepState, VariantId};
use crate::store::Entry;

use super::super::books::target;
use super::super::truth::Known;

/// What steps that a commit confirms have done.
#[derive(Default)]
pub struct Causes {
    /// With how much was added to the count, as far as it is known.
    counts: HashMap<VariantId, (JobId, Option<Quantity>)>,
    /// Variants of links that were made.
    linked: HashMap<VariantId, JobId>,
    /// Links that were changed as a whole: ended, adjusted, trusted anew.
    links: HashMap<LinkId, JobId>,
    made: HashMap<ConnectionId, JobId>,
    fields: HashMap<(ListingId, Option<VariantId>, Field), JobId>,
    added: HashMap<ListingId, JobId>,
    deleted: HashMap<ListingId, JobId>,
}

impl Causes {
    pub fn of(known: &Known, entries: &[Entry]) -> Self {
        let mut causes = Self::default();
        for entry in entries {
            let Entry::StepMoved { job, step, state: StepState::Confirmed { .. } } = entry else { continue };
            causes.take(known, *job, *step);
        }
        causes
    }

    fn take(&mut self, known: &Known, job: JobId, index: crate::domain::StepIndex) {
        let Some(run) = known.board.run(job) else { return };
        let Some(step) = run.step(index) else { return };
        match &step.planned.effect {
            Effect::Link { members, .. } => self.linked.extend(members.iter().map(|member| (member.variant, job))),
            Effect::Unlink { link } | Effect::Trust { link, .. } | Effect::Adjust { link, .. } => {
                self.links.insert(*link, job);
            }
            Effect::Create(creation) => {
                self.made.insert(creation.connection, job);
            }
            Effect::SetQuantity { .. } => {
                let Some((_, variant)) = target(known, run, step) else { return };
                // A step that found nothing to do was never under way.
                let sent = match &step.state {
                    StepState::InFlight { count, .. } | StepState::Unknown { count, .. } => count,
                    _ => return,
                };
                let by = sent.map(|sent| sent.by);
                self.counts.insert(variant, (job, by));
            }
            Effect::SetField { listing, variant, field, .. } => {
                self.fields.insert((*listing, *variant, *field), job);
            }
            Effect::AddVariant { listing, variant, .. } => {
                self.added.insert(*listing, job);
                self.linked.insert(*variant, job);
            }
            Effect::Delete { listing, .. } => {
                self.deleted.insert(*listing, job);
            }
        }
    }

    /// The job that wrote this count, with how much it added.
    pub fn count(&self, variant: VariantId) -> Option<(JobId, Option<Quantity>)> {
        self.counts.get(&variant).copied()
    }

    pub fn linked(&self, variants: impl IntoIterator<Item = VariantId>) -> Option<JobId> {
        variants.into_iter().find_map(|variant| self.linked.get(&variant).copied())
    }

    pub fn link(&self, link: LinkId) -> Option<JobId> {
        self.links.get(&link).copied()
    }

    pub fn made(&self, connection: ConnectionId) -> Option<JobId> {
        self.made.get(&connection).copied()
    }

    pub fn field(&self, listing: ListingId, variant: Option<VariantId>, field: Field) -> Option<JobId> {
        let added = self.added.get(&listing).filter(|_| field == Field::Options);
        self.fields.get(&(listing, variant, field)).or(added).copied()
    }

    pub fn deleted(&self, listing: ListingId) -> Option<JobId> {
        self.deleted.get(&listing).copied()
    }
}

pub fn cause(job: Option<JobId>) -> Cause {
    job.map_or(Cause::Poll, |job| Cause::Job { job })
}
