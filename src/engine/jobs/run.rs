//! One job in memory: its steps, which of them wait for whom, and how fast it moves.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::domain::{
    ConnectionId, Effect, Job, JobState, PlannedStep, Progress, Step, StepIndex, StepState, Target, Timestamp,
    VariantId,
};
use crate::rules::slices::{SLICE, Slices};
use crate::store::Entry;

/// Why the steps of a cancelled job are skipped. Also how a cancelled job is recognised after a restart.
pub const CANCELLED: &str = "the job was cancelled";

/// The note of a cancelled job that has attempts under way. If nothing was left to skip, it alone says so, also after a
/// restart.
pub const LOOKED_UP: &str = "cancelled; what was already sent is being looked up";

/// Who does a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The engine itself.
    Here,
    At(ConnectionId),
}

pub const fn place(step: &PlannedStep) -> Place {
    match &step.effect {
        Effect::Link { .. } | Effect::Unlink { .. } | Effect::Trust { .. } | Effect::Adjust { .. } => Place::Here,
        Effect::Create(creation) => Place::At(creation.connection),
        Effect::SetQuantity { connection, .. }
        | Effect::SetField { connection, .. }
        | Effect::AddVariant { connection, .. }
        | Effect::Delete { connection, .. } => Place::At(*connection),
    }
}

/// The count that a step is about, if it was there when the step was planned.
pub const fn known_target(step: &PlannedStep) -> Option<VariantId> {
    match &step.effect {
        Effect::SetQuantity { target: Target::Known { variant, .. }, .. } => Some(*variant),
        _ => None,
    }
}

/// Steps that were sent under one key and have not come to an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub steps: Vec<StepIndex>,
    pub generation: u32,
}

/// The window over which the rate is taken.
const SAMPLES: usize = 32;

#[derive(Debug)]
pub struct Run {
    pub job: Job,
    /// What it waits for right now. Not journalled: after a restart it is found out again.
    pub waiting: Option<String>,
    /// Paused because the platform refused the key: goes on when the connection is made again.
    pub wants_login: Option<ConnectionId>,
    /// `None` once the job has ended; the store has them.
    steps: Option<Vec<Step>>,
    planned: BTreeMap<Place, BTreeSet<StepIndex>>,
    open: BTreeMap<Place, BTreeSet<StepIndex>>,
    batches: Vec<Batch>,
    dependents: HashMap<StepIndex, Vec<StepIndex>>,
    /// The counts that steps are about which have not ended.
    writes: BTreeSet<(VariantId, StepIndex)>,
    cancelled: bool,
    /// Attempts without an answer that were looked for before the fence and not found: how often, and when they are
    /// looked for again. Not journalled.
    looked_for: BTreeMap<StepIndex, (u32, Timestamp)>,
    /// Attempts without an answer that cannot be repeated under their key: nobody looks before their fence has passed.
    /// Not journalled.
    unrepeatable: BTreeSet<StepIndex>,
    /// How often what was read for a step made no sense. Not journalled.
    puzzles: BTreeMap<StepIndex, u32>,
    samples: VecDeque<(Timestamp, u64)>,
    /// What ended since the engine started, slice by slice of time. Not journalled.
    slices: Slices,
    /// How much of the progress stands in the slices, or was there before them.
    sliced: u64,
}

impl Run {
    pub fn new(job: Job) -> Self {
        let cancelled = says_cancelled(&job);
        Self {
            sliced: gone(&job.progress),
            job,
            waiting: None,
            wants_login: None,
            steps: None,
            planned: BTreeMap::new(),
            open: BTreeMap::new(),
            batches: Vec::new(),
            dependents: HashMap::new(),
            writes: BTreeSet::new(),
            cancelled,
            looked_for: BTreeMap::new(),
            unrepeatable: BTreeSet::new(),
            puzzles: BTreeMap::new(),
            samples: VecDeque::new(),
            slices: Slices::default(),
        }
    }

    /// Puts the steps into memory, as far as they have come.
    pub fn load(&mut self, steps: Vec<Step>, batches: Vec<Batch>) {
        self.planned.clear();
        self.open.clear();
        self.dependents.clear();
        self.writes.clear();
        self.cancelled = says_cancelled(&self.job);
        for step in &steps {
            if let Some(after) = step.planned.after {
                self.dependents.entry(after).or_default().push(step.index);
            }
        }
        let states: Vec<(StepIndex, Place, StepState)> =
            steps.iter().map(|step| (step.index, place(&step.planned), step.state.clone())).collect();
        self.steps = Some(steps);
        for (index, place, state) in states {
            self.file(index, place, &state);
        }
        self.batches = batches;
        self.close_batches();
    }

    pub fn is_loaded(&self) -> bool {
        self.steps.is_some()
    }

    pub fn steps(&self) -> &[Step] {
        self.steps.as_deref().unwrap_or_default()
    }

    pub fn step(&self, index: StepIndex) -> Option<&Step> {
        self.steps().get(index.0 as usize)
    }

    /// Whether a person cancelled it: what comes back as not applied is not tried again.
    pub const fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// Steps at a place that have not been sent, in their order.
    pub fn planned_at(&self, place: Place) -> impl Iterator<Item = &Step> {
        self.planned.get(&place).into_iter().flatten().filter_map(|index| self.step(*index))
    }

    /// Steps at a place that were sent and have not come to an end.
    pub fn open_at(&self, place: Place) -> impl Iterator<Item = &Step> {
        self.open.get(&place).into_iter().flatten().filter_map(|index| self.step(*index))
    }

    /// All steps that were sent and have not come to an end.
    pub fn all_open(&self) -> impl Iterator<Item = &Step> {
        self.open.values().flatten().filter_map(|index| self.step(*index))
    }

    /// Whether a step that has not ended is about this count.
    pub fn writes(&self, variant: VariantId) -> bool {
        self.writes.range((variant, StepIndex(0))..=(variant, StepIndex(u32::MAX))).next().is_some()
    }

    /// Whether it has something to do at a connection, or something that waits for it.
    pub fn touches(&self, connection: ConnectionId) -> bool {
        self.planned.values().chain(self.open.values()).flatten().filter_map(|index| self.step(*index)).any(|step| {
            match &step.planned.effect {
                Effect::Link { members, .. } => members.iter().any(|member| member.connection == connection),
                Effect::Create(creation) => creation.connection == connection,
                Effect::SetQuantity { connection: of, .. }
                | Effect::SetField { connection: of, .. }
                | Effect::AddVariant { connection: of, .. }
                | Effect::Delete { connection: of, .. } => *of == connection,
                Effect::Unlink { .. } | Effect::Trust { .. } | Effect::Adjust { .. } => false,
            }
        })
    }

    pub fn batches(&self) -> &[Batch] {
        &self.batches
    }

    pub fn dependents(&self, index: StepIndex) -> &[StepIndex] {
        self.dependents.get(&index).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether what the step waits for is done.
    pub fn is_ready(&self, step: &Step) -> bool {
        step.planned.after.is_none_or(|after| {
            self.step(after).is_some_and(|first| matches!(first.state, StepState::Confirmed { .. }))
        })
    }

    fn file(&mut self, index: StepIndex, place: Place, state: &StepState) {
        self.planned.entry(place).or_default().remove(&index);
        self.open.entry(place).or_default().remove(&index);
        if let Some(variant) = self.step(index).and_then(|step| known_target(&step.planned)) {
            match state.ended() {
                true => self.writes.remove(&(variant, index)),
                false => self.writes.insert((variant, index)),
            };
        }
        match state {
            StepState::Planned => {
                self.planned.entry(place).or_default().insert(index);
            }
            StepState::InFlight { .. } | StepState::Unknown { .. } => {
                self.open.entry(place).or_default().insert(index);
            }
            StepState::Skipped { why } => self.cancelled |= why == CANCELLED,
            StepState::Confirmed { .. } | StepState::Rejected { .. } | StepState::Parked { .. } => {}
        }
    }

    pub fn keep(&mut self, job: Job) {
        if job.state != self.job.state {
            self.waiting = None;
        }
        if job.state != JobState::Paused {
            self.wants_login = None;
        }
        self.cancelled |= says_cancelled(&job);
        self.job = job;
        let now = gone(&self.job.progress);
        // The rate is of what was done since the engine started: a pause before that says nothing.
        let at = self.job.ended_at.or(self.job.started_at).unwrap_or(self.job.created_at);
        if self.samples.is_empty() {
            self.samples.push_back((at, now));
        }
        if self.job.state.ended() {
            self.steps = None;
            self.planned.clear();
            self.open.clear();
            self.batches.clear();
            self.dependents.clear();
            self.writes.clear();
        }
    }

    pub fn moved(&mut self, index: StepIndex, state: StepState) {
        let Some(step) = self.steps.as_mut().and_then(|steps| steps.get_mut(index.0 as usize)) else { return };
        step.state = state.clone();
        self.looked_for.remove(&index);
        self.unrepeatable.remove(&index);
        let place = place(&step.planned);
        self.file(index, place, &state);
        if !matches!(state, StepState::InFlight { .. } | StepState::Unknown { .. }) {
            self.close_batches();
        }
    }

    /// The call that these steps went out with cannot be made again as it was.
    pub fn cannot_repeat(&mut self, steps: &[StepIndex]) {
        self.unrepeatable.extend(steps);
    }

    pub fn is_repeatable(&self, step: StepIndex) -> bool {
        !self.unrepeatable.contains(&step)
    }

    /// It was looked for early and is not there yet. The next looks are 2, 4, 8 … seconds later, until the fence.
    pub fn not_found_yet(&mut self, index: StepIndex, now: Timestamp) {
        let tries = self.looked_for.get(&index).map_or(1, |(tries, _)| tries.saturating_add(1).min(10));
        self.looked_for.insert(index, (tries, now.plus_seconds(1 << tries)));
    }

    /// When an attempt without an answer is to be looked for early; at once if it never was.
    pub fn early_look(&self, index: StepIndex) -> Timestamp {
        self.looked_for.get(&index).map_or(Timestamp(i64::MIN), |(_, next)| *next)
    }

    /// An answer to a question about this step made no sense; how often that happened before.
    pub fn puzzled(&mut self, index: StepIndex) -> u32 {
        let count = self.puzzles.entry(index).or_default();
        *count += 1;
        *count - 1
    }

    pub fn sent(&mut self, steps: Vec<StepIndex>, generation: u32) {
        self.batches.push(Batch { steps, generation });
    }

    fn close_batches(&mut self) {
        let batches = std::mem::take(&mut self.batches);
        self.batches = batches.into_iter().filter(|batch| self.is_open(batch)).collect();
    }

    fn is_open(&self, batch: &Batch) -> bool {
        batch.steps.iter().any(|index| match self.step(*index).map(|step| &step.state) {
            Some(StepState::InFlight { generation, .. } | StepState::Unknown { generation, .. }) => {
                *generation == batch.generation
            }
            // The entry about the batch comes before those about its steps.
            Some(StepState::Planned) => false,
            _ => false,
        })
    }

    /// Notes how far it is, for the rate.
    pub fn sample(&mut self, now: Timestamp) {
        self.samples.push_back((now, gone(&self.job.progress)));
        if self.samples.len() > SAMPLES {
            self.samples.pop_front();
        }
    }

    /// Notes what went on since it was kept before, in the slice of time that it is now, or that the job ended in.
    pub fn progressed(&mut self, now: Timestamp) {
        let gone = gone(&self.job.progress);
        let more = gone.saturating_sub(self.sliced);
        self.sliced = gone;
        if more > 0 || self.job.state == JobState::Running {
            self.slices.add(u32::try_from(more).unwrap_or(u32::MAX), self.job.ended_at.unwrap_or(now));
        }
    }

    /// What ended in each slice of the last minute, or of the job's last one.
    pub fn throughput(&self, now: Timestamp) -> Vec<u32> {
        // The slice in which it ended is over.
        self.slices.whole(self.job.ended_at.map_or(now, |ended| Timestamp(ended.0.saturating_add(SLICE))))
    }

    /// Steps or listings per minute over the last while.
    pub fn per_minute(&self) -> Option<u64> {
        let (first, last) = (self.samples.front()?, self.samples.back()?);
        let millis = u64::try_from(last.0.0.checked_sub(first.0.0)?).ok().filter(|millis| *millis >= 1000)?;
        Some((last.1.saturating_sub(first.1)).saturating_mul(60_000) / millis)
    }

    /// The entries that say that steps moved: those of the steps, of what waited for them in vain, and of the job.
    pub fn entries(&self, moves: Vec<(StepIndex, StepState)>, now: Timestamp) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut seen: HashMap<StepIndex, StepState> = HashMap::new();
        let mut progress = self.job.progress;
        let mut open: VecDeque<(StepIndex, StepState)> = moves.into();
        while let Some((index, state)) = open.pop_front() {
            let Some(step) = self.step(index) else { continue };
            let before = seen.get(&index).unwrap_or(&step.state);
            count(&mut progress, before, false);
            count(&mut progress, &state, true);
            if let Some(why) = in_vain(&state) {
                for dependent in self.dependents(index) {
                    let waits = self.step(*dependent).is_some_and(|step| step.state == StepState::Planned);
                    if waits && !seen.contains_key(dependent) {
                        open.push_back((*dependent, StepState::Skipped { why: why.to_owned() }));
                    }
                }
            }
            seen.insert(index, state.clone());
            entries.push(Entry::StepMoved { job: self.job.id, step: index, state });
        }
        let cancelled = self.cancelled
            || seen.values().any(|state| matches!(state, StepState::Skipped { why } if why == CANCELLED));
        entries.push(Entry::JobKept(self.after(progress, cancelled, now)));
        entries
    }

    fn after(&self, progress: Progress, cancelled: bool, now: Timestamp) -> Job {
        let mut job = Job { progress, ..self.job.clone() };
        let ended = progress.done + progress.failed + progress.parked + progress.skipped;
        if progress.total.is_some_and(|total| ended >= total) {
            job.state = if cancelled { JobState::Cancelled } else { JobState::Done };
            job.ended_at = Some(now);
            job.started_at = job.started_at.or(Some(now));
            job.note = job.note.and_then(|note| match note.strip_prefix(LOOKED_UP) {
                Some(rest) => Some(rest.trim_start_matches([' ', '·']).to_owned()).filter(|rest| !rest.is_empty()),
                None => Some(note),
            });
        } else if job.state == JobState::Queued {
            job.state = JobState::Running;
            job.started_at = Some(now);
        }
        job
    }
}

/// What a rate is of.
const fn gone(progress: &Progress) -> u64 {
    progress.done + progress.failed + progress.skipped
}

fn says_cancelled(job: &Job) -> bool {
    !job.state.ended() && job.note.as_ref().is_some_and(|note| note.starts_with(LOOKED_UP))
}

/// What a step that waited is told when the one before it ended so.
fn in_vain(state: &StepState) -> Option<&'static str> {
    match state {
        StepState::Rejected { .. } => Some("the step it waited for failed"),
        StepState::Parked { .. } => Some("the step it waited for needs you"),
        StepState::Skipped { why } if why == CANCELLED => Some(CANCELLED),
        StepState::Skipped { .. } => Some("the step it waited for is not needed any more"),
        StepState::Planned | StepState::InFlight { .. } | StepState::Confirmed { .. } | StepState::Unknown { .. } => {
            None
        }
    }
}

fn count(progress: &mut Progress, state: &StepState, up: bool) {
    let number = match state {
        StepState::Confirmed { .. } => &mut progress.done,
        StepState::Rejected { .. } => &mut progress.failed,
        StepState::Parked { .. } => &mut progress.parked,
        StepState::Skipped { .. } => &mut progress.skipped,
        StepState::Planned | StepState::InFlight { .. } | StepState::Unknown { .. } => return,
    };
    *number = if up { *number + 1 } else { number.saturating_sub(1) };
}
