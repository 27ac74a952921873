//! What the engine has journalled, taken in apart from it.

use std::collections::{BTreeMap, BTreeSet};

use counterpart::domain::{
    ConnectionId, Effect, IdempotencyKey, Job, JobId, Link, LinkId, ListingId, Step, StepIndex, StepState,
    SyncSettings, Target, VariantId,
};
use counterpart::rules::ledger::{self, Offer};
use counterpart::store::Entry;

pub struct KnownJob {
    pub job: Job,
    pub steps: Vec<Step>,
}

/// Steps that were sent under one key.
#[derive(Debug, Clone)]
pub struct Sent {
    pub job: JobId,
    pub steps: Vec<StepIndex>,
    pub generation: u32,
}

#[derive(Default)]
pub struct Mirror {
    identity: [u8; 16],
    pub variants: BTreeMap<VariantId, (usize, String)>,
    pub numbers: BTreeMap<(usize, String), VariantId>,
    listings: BTreeMap<ListingId, Vec<VariantId>>,
    pub gone: BTreeSet<ListingId>,
    pub links: BTreeMap<LinkId, Link>,
    pub link_of: BTreeMap<VariantId, LinkId>,
    pub jobs: BTreeMap<JobId, KnownJob>,
    pub keys: BTreeMap<String, Sent>,
    key_of: BTreeMap<(JobId, StepIndex, u32), String>,
    /// Steps that were sent and have not come to an end.
    pub open: BTreeSet<(JobId, StepIndex)>,
    pub settings: BTreeMap<ConnectionId, SyncSettings>,
    /// What the engine estimates to have been lost, in millionths of a unit.
    pub drift: BTreeMap<ConnectionId, u64>,
    /// Counts whose telling a person called off.
    pub declined: BTreeSet<VariantId>,
    /// What was wrong with the entries themselves.
    pub complaints: Vec<String>,
}

/// The shop of a connection: they are connected in order.
pub const fn shop_of(connection: ConnectionId) -> usize {
    connection.0 as usize - 1
}

pub const fn connection_of(shop: usize) -> ConnectionId {
    ConnectionId(shop as u32 + 1)
}

impl Mirror {
    pub fn new(identity: [u8; 16]) -> Self {
        Self { identity, ..Self::default() }
    }

    pub fn take(&mut self, entry: &Entry) {
        match entry {
            Entry::ListingSeen(known) => {
                let shop = shop_of(known.connection);
                for (number, variant) in known.numbered() {
                    let id = variant.remote.as_str().to_owned();
                    if let Some(other) = self.numbers.insert((shop, id.clone()), number)
                        && other != number
                    {
                        self.complaints.push(format!("{id} is {other} and {number}"));
                    }
                    self.variants.insert(number, (shop, id));
                }
                self.listings.insert(known.id, known.variants.clone());
                self.gone.remove(&known.id);
            }
            Entry::ListingGone { listing, .. } => {
                self.gone.insert(*listing);
            }
            Entry::LinkKept(link) => {
                self.unlink(link.id);
                for member in &link.members {
                    if let Some(other) = self.link_of.insert(member.variant, link.id) {
                        self.complaints.push(format!("I5: {} is in links {other} and {}", member.variant, link.id));
                    }
                }
                self.links.insert(link.id, link.clone());
            }
            Entry::LinkRemoved { link, .. } => self.unlink(*link),
            Entry::JobPlanned { job, steps, .. } => {
                self.jobs.insert(job.id, KnownJob { job: job.clone(), steps: steps.clone() });
            }
            Entry::JobKept(job) => {
                let Some(known) = self.jobs.get_mut(&job.id) else {
                    self.complaints.push(format!("{} is kept and was never planned", job.id));
                    return;
                };
                let (before, progress) = (known.job.state, known.job.progress);
                known.job = job.clone();
                let none_failed = progress.failed + progress.parked == 0;
                let revived = before.ended() && !job.state.ended();
                // A person may have failed steps tried again, those of a cancelled job as well.
                if revived && none_failed {
                    self.complaints.push(format!("I13: {} went from {before:?} to {:?}", job.id, job.state));
                }
            }
            Entry::StepMoved { job, step, state } => self.moved(*job, *step, state),
            Entry::BatchSent { job, steps, generation } => {
                let first = steps.first().copied().unwrap_or(StepIndex(0));
                let key = IdempotencyKey::of(&self.identity, *job, first, *generation).0;
                for step in steps {
                    self.key_of.insert((*job, *step, *generation), key.clone());
                }
                let sent = Sent { job: *job, steps: steps.clone(), generation: *generation };
                if self.keys.insert(key, sent).is_some() {
                    self.complaints.push(format!("I4: {job} uses a key twice, generation {generation}"));
                }
            }
            Entry::JobForgotten(job) => {
                self.jobs.remove(job);
            }
            Entry::SettingsKept { connection, settings } => {
                self.settings.insert(*connection, settings.clone());
            }
            Entry::ConnectionKept(_)
            | Entry::ConnectionRemoved(_)
            | Entry::LevelSeen { .. }
            | Entry::CursorMoved { .. }
            | Entry::Swept { .. }
            | Entry::FieldRulesKept(_)
            | Entry::OrderSeen(_)
            | Entry::OrdersForgotten { .. }
            | Entry::PairRejected(_)
            | Entry::PairAllowed { .. }
            | Entry::Noted(_) => {}
            Entry::DriftEstimated { connection, millionths } => {
                self.drift.insert(*connection, *millionths);
            }
        }
    }

    fn unlink(&mut self, id: LinkId) {
        if let Some(old) = self.links.remove(&id) {
            for member in &old.members {
                self.link_of.remove(&member.variant);
            }
        }
    }

    fn moved(&mut self, job: JobId, step: StepIndex, state: &StepState) {
        let known = self.jobs.get_mut(&job).and_then(|known| known.steps.get_mut(step.0 as usize));
        let Some(known) = known else {
            self.complaints.push(format!("{job} {step} moved and is not known"));
            return;
        };
        known.state = state.clone();
        if matches!(state, StepState::Skipped { why } if why == "the job was cancelled")
            && let Some(variant) = self.aim(job, step)
        {
            self.declined.insert(variant);
        }
        if matches!(state, StepState::InFlight { .. } | StepState::Unknown { .. }) {
            self.open.insert((job, step));
        } else {
            self.open.remove(&(job, step));
        }
    }

    pub fn step(&self, job: JobId, step: StepIndex) -> Option<&Step> {
        self.jobs.get(&job)?.steps.get(step.0 as usize)
    }

    /// The key under which a step that is under way was sent.
    pub fn key(&self, job: JobId, step: StepIndex) -> Option<&str> {
        let (StepState::InFlight { generation, .. } | StepState::Unknown { generation, .. }) =
            &self.step(job, step)?.state
        else {
            return None;
        };
        self.key_of.get(&(job, step, *generation)).map(String::as_str)
    }

    /// The variant whose count a step writes.
    pub fn aim(&self, job: JobId, step: StepIndex) -> Option<VariantId> {
        let Effect::SetQuantity { target, connection, .. } = &self.step(job, step)?.planned.effect else {
            return None;
        };
        match target {
            Target::Known { variant, .. } => Some(*variant),
            Target::CreatedBy { step, position } => {
                let Effect::Create(creation) = &self.step(job, *step)?.planned.effect else { return None };
                let source = self.listings.get(&creation.source)?.get(*position as usize)?;
                let link = self.links.get(self.link_of.get(source)?)?;
                link.members.iter().find(|member| member.connection == *connection).map(|member| member.variant)
            }
        }
    }

    pub fn link(&self, variant: VariantId) -> Option<&Link> {
        self.links.get(self.link_of.get(&variant)?)
    }

    pub fn offer(&self, shop: usize) -> Offer {
        self.settings.get(&connection_of(shop)).map_or(Offer::EVERYTHING, Offer::of)
    }

    pub fn base(link: &Link, variant: VariantId) -> Option<i64> {
        ledger::member(link, variant)?.base?.whole()
    }
}
