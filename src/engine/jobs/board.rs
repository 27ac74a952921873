//! All jobs in memory, and who has what to do next.

use std::collections::{BTreeMap, HashSet};

use crate::domain::{
    ConnectionId, Effect, Job, JobId, JobKind, JobState, ListingId, Profile, Step, StepIndex, StepState, Timestamp,
    VariantId,
};
use crate::platform::StockWrite;
use crate::store::{Entry, Loaded, Store, StoreError};

use super::edits::edit_of;
use super::run::{Batch, Place, Run, known_target};

/// How many steps are taken from the store at a time.
pub const STEPS_AT_ONCE: usize = 1000;

/// How many local steps are journalled in one commit.
const LINKS_AT_ONCE: usize = 500;

/// How far the search for steps that are ready goes into those that wait.
const LOOK_AHEAD: usize = 5000;

/// How many listings are made side by side at the most, whatever the platform allows.
const CREATIONS_AT_ONCE: usize = 4;

/// How many fields or variants of one listing are written in one go.
const EDITS_AT_ONCE: usize = 250;

/// What a worker has to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    Links {
        job: JobId,
        steps: Vec<Step>,
    },
    Create {
        job: JobId,
        steps: Vec<Step>,
    },
    Quantities {
        job: JobId,
        steps: Vec<Step>,
    },
    /// Edits of one listing, in one manner.
    Edit {
        job: JobId,
        steps: Vec<Step>,
    },
    /// The same, without an answer.
    FindOutEdit {
        job: JobId,
        steps: Vec<Step>,
    },
    /// A batch without an answer.
    FindOutBatch {
        job: JobId,
        batch: Batch,
    },
    /// A creation without an answer. `early`: the fence has not passed, so that only what is found counts.
    FindOutCreation {
        job: JobId,
        step: Step,
        early: bool,
    },
    /// Nothing before then: this job has attempts without an answer, and a late one could still arrive.
    Until {
        job: JobId,
        then: Timestamp,
    },
    Nothing,
}

#[derive(Debug, Default)]
pub struct Board {
    runs: BTreeMap<JobId, Run>,
}

impl Board {
    pub async fn load(store: &Store, loaded: &Loaded) -> Result<Self, StoreError> {
        let mut board = Self::default();
        for job in &loaded.jobs {
            let mut run = Run::new(job.clone());
            if !job.state.ended() {
                let batches = loaded.batches.iter().filter(|(of, _, _)| *of == job.id);
                let batches =
                    batches.map(|(_, steps, generation)| Batch { steps: steps.clone(), generation: *generation });
                run.load(all_steps(store, job).await?, batches.collect());
            }
            board.runs.insert(job.id, run);
        }
        Ok(board)
    }

    pub fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::JobPlanned { job, steps, .. } => {
                let id = job.id;
                let mut run = Run::new(job);
                run.load(steps, Vec::new());
                self.runs.insert(id, run);
            }
            Entry::JobKept(job) => {
                if let Some(run) = self.runs.get_mut(&job.id) {
                    run.keep(job);
                }
            }
            Entry::StepMoved { job, step, state } => {
                if let Some(run) = self.runs.get_mut(&job) {
                    run.moved(step, state);
                }
            }
            Entry::BatchSent { job, steps, generation } => {
                if let Some(run) = self.runs.get_mut(&job) {
                    run.sent(steps, generation);
                }
            }
            Entry::JobForgotten(job) => {
                self.runs.remove(&job);
            }
            Entry::ConnectionKept(_)
            | Entry::ConnectionRemoved(_)
            | Entry::ListingSeen(_)
            | Entry::LevelSeen { .. }
            | Entry::ListingGone { .. }
            | Entry::CursorMoved { .. }
            | Entry::Swept { .. }
            | Entry::LinkKept(_)
            | Entry::LinkRemoved { .. }
            | Entry::SettingsKept { .. }
            | Entry::FieldRulesKept(_)
            | Entry::OrderSeen(_)
            | Entry::OrdersForgotten { .. }
            | Entry::Noted(_)
            | Entry::DriftEstimated { .. }
            | Entry::PairRejected(_)
            | Entry::PairAllowed { .. } => {}
        }
    }

    pub fn run(&self, job: JobId) -> Option<&Run> {
        self.runs.get(&job)
    }

    pub fn run_mut(&mut self, job: JobId) -> Option<&mut Run> {
        self.runs.get_mut(&job)
    }

    /// Oldest first.
    pub fn runs(&self) -> impl DoubleEndedIterator<Item = &Run> {
        self.runs.values()
    }

    /// Whether a step of any job is about this count and has not ended.
    pub fn is_to_be_written(&self, variant: VariantId) -> bool {
        self.runs.values().any(|run| run.writes(variant))
    }

    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// The import of a connection that is to run now: the oldest that has not ended and is not paused.
    pub fn next_import(&self, connection: ConnectionId) -> Option<&Job> {
        self.runs.values().map(|run| &run.job).find(|job| {
            matches!(job.state, JobState::Queued | JobState::Running)
                && matches!(job.kind, JobKind::Import { connection: of, .. } if of == connection)
        })
    }

    /// What happens here only.
    pub fn next_here(&self) -> Work {
        for run in self.moving() {
            let ready = run.planned_at(Place::Here).filter(|step| run.is_ready(step));
            let steps: Vec<Step> = ready.take(LINKS_AT_ONCE).cloned().collect();
            if !steps.is_empty() {
                return Work::Links { job: run.job.id, steps };
            }
        }
        Work::Nothing
    }

    /// What a connection's worker has to do: first find out what became of attempts without an answer (also of
    /// paused jobs: nothing else may touch those counts before that), then what is planned, in the jobs' order.
    /// `frozen`: counts whose link has an attempt under way somewhere; nothing is written to them before that has ended.
    pub fn next_at(&self, place: Place, profile: &Profile, now: Timestamp, frozen: HashSet<VariantId>) -> Work {
        let mut later: Option<(Timestamp, JobId)> = None;
        for run in self.runs.values().filter(|run| !run.job.state.ended()) {
            match unanswered(run, place, profile, now) {
                Work::Nothing => {}
                Work::Until { job, then } => later = Some(later.map_or((then, job), |known| known.min((then, job)))),
                work => return work,
            }
        }
        let mut untouchable = self.untouchable(place);
        untouchable.extend(frozen);
        let perhaps_made = self.perhaps_made(place);
        for run in self.moving() {
            let work = planned(run, place, profile, &untouchable, &perhaps_made);
            if work != Work::Nothing {
                return work;
            }
        }
        // A wrong count sells what is not there, a wrong title does not: counts never wait for a long list of edits.
        let edited = self.being_edited(place);
        for run in self.moving() {
            let work = edits(run, place, &edited);
            if work != Work::Nothing {
                return work;
            }
        }
        later.map_or(Work::Nothing, |(then, job)| Work::Until { job, then })
    }

    fn moving(&self) -> impl Iterator<Item = &Run> {
        self.runs.values().filter(|run| matches!(run.job.state, JobState::Queued | JobState::Running))
    }

    /// What may have been copied there, by whatever job: it is not copied again before that is known. Then the second
    /// job finds it linked.
    fn perhaps_made(&self, place: Place) -> HashSet<ListingId> {
        self.runs.values().flat_map(|run| run.open_at(place)).filter_map(source_of).collect()
    }

    /// Listings with an edit whose outcome nobody knows.
    fn being_edited(&self, place: Place) -> HashSet<ListingId> {
        let open = self.runs.values().flat_map(|run| run.open_at(place));
        open.filter_map(|step| edit_of(&step.planned.effect)).map(|(listing, _)| listing).collect()
    }

    /// Variants with an attempt whose outcome nobody knows.
    fn untouchable(&self, place: Place) -> HashSet<VariantId> {
        let open = self.runs.values().flat_map(|run| run.open_at(place));
        open.filter_map(|step| known_target(&step.planned)).collect()
    }
}

/// All steps of a job.
pub async fn all_steps(store: &Store, job: &Job) -> Result<Vec<Step>, StoreError> {
    let mut steps = Vec::new();
    if matches!(job.kind, JobKind::Import { .. }) {
        return Ok(steps);
    }
    loop {
        let from = StepIndex(u32::try_from(steps.len()).unwrap_or(u32::MAX));
        let more = store.steps(job.id, from, STEPS_AT_ONCE).await?;
        if more.is_empty() {
            return Ok(steps);
        }
        steps.extend(more);
    }
}

fn source_of(step: &Step) -> Option<ListingId> {
    match &step.planned.effect {
        Effect::Create(creation) => Some(creation.source),
        _ => None,
    }
}

/// When the fence around an attempt has passed; a key makes it needless, since the same call can be sent again.
fn due(step: &Step, write: Option<StockWrite>, profile: &Profile) -> Timestamp {
    let fenced = !write.is_some_and(StockWrite::has_key);
    match &step.state {
        StepState::Unknown { since, .. } if fenced => {
            since.plus_seconds(i64::try_from(profile.fence.as_secs()).unwrap_or(i64::MAX))
        }
        _ => Timestamp(i64::MIN),
    }
}

fn unanswered(run: &Run, place: Place, profile: &Profile, now: Timestamp) -> Work {
    let mut later: Option<Timestamp> = None;
    let mut wait = |due: Timestamp| later = Some(later.map_or(due, |known| known.min(due)));
    for step in run.open_at(place) {
        match &step.planned.effect {
            Effect::Create(creation) => {
                // What a creation made can be recognised at any time; that it made nothing only behind the fence. One
                // of several variants may be half made, and to look for it completes it: not while more may arrive.
                let fence = due(step, None, profile);
                let look = if creation.quantities.len() == 1 { run.early_look(step.index).min(fence) } else { fence };
                if look <= now {
                    return Work::FindOutCreation { job: run.job.id, step: step.clone(), early: fence > now };
                }
                wait(look);
            }
            Effect::SetQuantity { .. } => {
                let batch = run.batches().iter().find(|batch| batch.steps.contains(&step.index));
                match due(step, Some(profile.stock_write).filter(|_| run.is_repeatable(step.index)), profile) {
                    then if then <= now => {
                        let alone = || Batch { steps: vec![step.index], generation: generation(step) };
                        let batch = batch.cloned().unwrap_or_else(alone);
                        return Work::FindOutBatch { job: run.job.id, batch };
                    }
                    then => wait(then),
                }
            }
            effect => {
                let Some(edit) = edit_of(effect) else { continue };
                match due(step, None, profile) {
                    then if then <= now => {
                        let same = |other: &&Step| edit_of(&other.planned.effect) == Some(edit);
                        let passed = |other: &&Step| due(other, None, profile) <= now;
                        let steps = run.open_at(place).filter(same).filter(passed).take(EDITS_AT_ONCE);
                        return Work::FindOutEdit { job: run.job.id, steps: steps.cloned().collect() };
                    }
                    then => wait(then),
                }
            }
        }
    }
    later.map_or(Work::Nothing, |then| Work::Until { job: run.job.id, then })
}

fn generation(step: &Step) -> u32 {
    match &step.state {
        StepState::InFlight { generation, .. } | StepState::Unknown { generation, .. } => *generation,
        _ => 0,
    }
}

/// The edits of the first listing that has any, as far as they are of one manner.
fn edits(run: &Run, place: Place, edited: &HashSet<ListingId>) -> Work {
    let mut first = None;
    let mut steps = Vec::new();
    for step in run.planned_at(place).take(LOOK_AHEAD) {
        let Some(edit) = edit_of(&step.planned.effect) else { continue };
        if edited.contains(&edit.0) || !run.is_ready(step) || *first.get_or_insert(edit) != edit {
            continue;
        }
        steps.push(step.clone());
        if steps.len() >= EDITS_AT_ONCE {
            break;
        }
    }
    if steps.is_empty() { Work::Nothing } else { Work::Edit { job: run.job.id, steps } }
}

fn planned(
    run: &Run,
    place: Place,
    profile: &Profile,
    untouchable: &HashSet<VariantId>,
    perhaps_made: &HashSet<ListingId>,
) -> Work {
    let mut creations = Vec::new();
    let mut quantities = Vec::new();
    let mut variants = HashSet::new();
    let side_by_side = (profile.budget.concurrent as usize).clamp(1, CREATIONS_AT_ONCE);
    for step in run.planned_at(place).take(LOOK_AHEAD) {
        if !run.is_ready(step) {
            continue;
        }
        match &step.planned.effect {
            Effect::Create(creation) if perhaps_made.contains(&creation.source) => {}
            Effect::Create(_) => creations.push(step.clone()),
            Effect::SetQuantity { .. } => {
                let free = known_target(&step.planned).is_none_or(|v| !untouchable.contains(&v) && variants.insert(v));
                if free {
                    quantities.push(step.clone());
                }
            }
            _ => {}
        }
        // Creations go first: what follows them becomes ready, and goes out in full batches.
        if creations.len() >= side_by_side {
            break;
        }
        if creations.is_empty() && quantities.len() >= profile.stock_batch.max(1) {
            break;
        }
    }
    let job = run.job.id;
    if !creations.is_empty() {
        return Work::Create { job, steps: creations };
    }
    quantities.truncate(profile.stock_batch.max(1));
    if quantities.is_empty() { Work::Nothing } else { Work::Quantities { job, steps: quantities } }
}
