//! What people order: pause, go on, cancel, try again, clear away.

use std::sync::Arc;

use crate::domain::{Effect, Job, JobId, JobKind, JobState, LinkId, Step, StepIndex, StepState, Timestamp, VariantId};
use crate::protocol::{JobOrder, Problem, Reply};
use crate::store::Entry;

use super::super::books::{Books, target};
use super::super::problem;
use super::super::steps::no_job;
use super::super::truth::{Known, Truth};
use super::board::all_steps;
use super::run::{CANCELLED, LOOKED_UP, Run};
use crate::rules::ledger;

pub async fn order(truth: &Arc<Truth>, job: JobId, order: JobOrder) -> Result<Reply, Problem> {
    match order {
        JobOrder::Pause => pause(truth, job).await?,
        JobOrder::Resume => resume(truth, job).await?,
        JobOrder::Cancel => cancel(truth, job).await?,
        JobOrder::RetryFailed => retry(truth, job).await?,
        JobOrder::Forget => forget(truth, job).await?,
    }
    truth.ordered();
    Ok(Reply::Done)
}

fn known_job(truth: &Truth, job: JobId) -> Result<Job, Problem> {
    truth.read(|known| known.board.run(job).map(|run| run.job.clone())).ok_or_else(|| no_job(job))
}

fn ended(job: &Job) -> Problem {
    let what = if job.state == JobState::Cancelled { "was cancelled" } else { "is done" };
    let id = job.id;
    let failed = job.progress.failed + job.progress.parked > 0;
    let hint = match failed {
        true => format!(
            "its failed steps can be tried again: `counterpart jobs retry {id}`, or the key for it in the Jobs pane"
        ),
        false => format!("`counterpart jobs show {id}` shows what it did"),
    };
    problem::usage(format!("{} {what} already", job.title), &hint)
}

async fn pause(truth: &Arc<Truth>, id: JobId) -> Result<(), Problem> {
    let pen = truth.pen().await;
    let job = known_job(truth, id)?;
    match job.state {
        JobState::Paused => Ok(()),
        JobState::Done | JobState::Cancelled => Err(ended(&job)),
        JobState::Queued | JobState::Running => {
            pen.commit(vec![Entry::JobKept(Job { state: JobState::Paused, ..job })]).await
        }
    }
}

async fn resume(truth: &Arc<Truth>, id: JobId) -> Result<(), Problem> {
    let pen = truth.pen().await;
    let job = known_job(truth, id)?;
    match job.state {
        JobState::Queued | JobState::Running => Ok(()),
        JobState::Done | JobState::Cancelled => Err(ended(&job)),
        JobState::Paused => {
            let state = if job.started_at.is_some() { JobState::Running } else { JobState::Queued };
            let note = job.note.clone().filter(|note| note.starts_with(LOOKED_UP));
            pen.commit(vec![Entry::JobKept(Job { state, note, ..job })]).await
        }
    }
}

/// Nothing more is sent. What was sent and has no answer is still found out: the job ends when that is known.
async fn cancel(truth: &Arc<Truth>, id: JobId) -> Result<(), Problem> {
    let pen = truth.pen().await;
    let now = truth.now();
    let job = known_job(truth, id)?;
    if job.state.ended() {
        return Err(ended(&job));
    }
    let entries = truth.read(|known| {
        let Some(run) = known.board.run(id) else { return Vec::new() };
        if matches!(job.kind, JobKind::Import { .. }) {
            return vec![Entry::JobKept(Job { state: JobState::Cancelled, ended_at: Some(now), note: None, ..job })];
        }
        let planned = run.steps().iter().filter(|step| step.state == StepState::Planned);
        let skipped = |step: &Step| (step.index, StepState::Skipped { why: CANCELLED.to_owned() });
        let mut entries = run.entries(planned.map(skipped).collect(), now);
        if let Some(Entry::JobKept(kept)) = entries.last_mut()
            && !kept.state.ended()
        {
            kept.state = JobState::Running;
            kept.note = Some(LOOKED_UP.to_owned());
        }
        entries
    });
    pen.commit(entries).await
}

/// Failed and parked steps, and those that waited for them, are planned again. A creation is looked for first, and a
/// count whose last write nobody can tell of is brought to the primary system's again.
async fn retry(truth: &Arc<Truth>, id: JobId) -> Result<(), Problem> {
    let job = known_job(truth, id)?;
    if let JobKind::Import { .. } = job.kind {
        return Err(problem::usage("an import has no steps to try again", "import the connection again"));
    }
    let pen = truth.pen().await;
    let now = truth.now();
    let job = known_job(truth, id)?;
    // An ended job's steps lie in the store only; nothing moves them while the pen is held.
    if job.state.ended() {
        let stored = all_steps(&truth.store, &job).await.map_err(problem::store)?;
        truth.remember(crate::protocol::Topic::Jobs, |known| {
            if let Some(run) = known.board.run_mut(id) {
                run.load(stored, Vec::new());
            }
        });
    }
    let entries = truth.read(|known| {
        let run = known.board.run(id)?;
        let moves = again(run);
        if moves.is_empty() {
            return None;
        }
        let mut entries = lose(known, run, &moves, now);
        entries.extend(run.entries(moves, now));
        if let Some(Entry::JobKept(kept)) = entries.last_mut() {
            (kept.state, kept.ended_at, kept.note) = (JobState::Running, None, None);
        }
        Some(entries)
    });
    match entries {
        Some(entries) => pen.commit(entries).await,
        None => {
            // Back to where its steps lie: `keep` drops them for an ended job.
            truth.remember(crate::protocol::Topic::Jobs, |known| {
                if let Some(run) = known.board.run_mut(id) {
                    run.keep(job.clone());
                }
            });
            Err(problem::usage(format!("{} has no failed steps", job.title), "nothing to do"))
        }
    }
}

fn again(run: &Run) -> Vec<(StepIndex, StepState)> {
    let mut moves: Vec<(StepIndex, StepState)> = Vec::new();
    let mut revived: Vec<StepIndex> = Vec::new();
    for step in run.steps() {
        let troubled = matches!(step.state, StepState::Rejected { .. } | StepState::Parked { .. });
        let waited = matches!(&step.state, StepState::Skipped { why } if why != CANCELLED)
            && step.planned.after.is_some_and(|after| revived.contains(&after));
        if !troubled && !waited {
            continue;
        }
        revived.push(step.index);
        let state = match &step.planned.effect {
            // It may have been made in part: looked for at once, whatever the fence.
            Effect::Create(_) if troubled => StepState::Unknown { generation: 0, count: None, since: Timestamp(0) },
            _ => StepState::Planned,
        };
        moves.push((step.index, state));
    }
    moves
}

/// Parked counts are founded anew: nobody can tell what their side was told.
fn lose(known: &Known, run: &Run, moves: &[(StepIndex, StepState)], now: Timestamp) -> Vec<Entry> {
    let mut books = Books::open(known, now);
    let steps = moves.iter().filter_map(|(index, _)| run.step(*index));
    let parked = steps.filter(|step| matches!(step.state, StepState::Parked { .. }));
    let variants: Vec<VariantId> = parked.filter_map(|step| target(known, run, step)).map(|(_, v)| v).collect();
    for variant in variants {
        let frozen: Option<LinkId> = books.is_frozen(variant).then_some(LinkId(0));
        if let (None, Some(link)) = (frozen, books.change(variant)) {
            ledger::lose(link, variant);
        }
    }
    books.entries()
}

async fn forget(truth: &Arc<Truth>, id: JobId) -> Result<(), Problem> {
    let pen = truth.pen().await;
    let job = known_job(truth, id)?;
    if !job.state.ended() {
        return Err(problem::usage(format!("{} has not ended", job.title), "cancel it first"));
    }
    pen.commit(vec![Entry::JobForgotten(id)]).await
}
