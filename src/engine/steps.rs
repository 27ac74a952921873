//! Jobs and steps as rows for people: words for states, old and new values, what went wrong and what to do.

use crate::domain::{
    Effect, Job, JobId, JobState, PlannedStep, Progress, Quantity, Step, StepIndex, StepState, Target, Timestamp,
};
use crate::protocol::{JobRow, PlanStepRow, Problem, Reply, StepFilter, StepRow, Window};
use crate::rules::CatalogueView;

use super::catalogue::Snapshot;
use super::jobs::board::STEPS_AT_ONCE;
use super::jobs::run::Run;
use super::problem;
use super::sync::asking;
use super::truth::{Known, Truth};
use super::view::MOST_ROWS;

pub fn plan_row(catalogue: &Snapshot, index: StepIndex, step: &PlannedStep) -> PlanStepRow {
    let name = |id| catalogue.connection(id).map_or_else(|| format!("{id}"), |known| known.name.to_string());
    let (place, what, old, new) = match &step.effect {
        Effect::Link { members, .. } => {
            let names: Vec<String> = members.iter().map(|member| name(member.connection)).collect();
            ("counterpart".to_owned(), "link", None, Some(names.join(" ⇄ ")))
        }
        Effect::Create(creation) => {
            let what = if creation.draft { "create as draft" } else { "create" };
            let known: Vec<Quantity> = creation.quantities.iter().filter_map(|quantity| *quantity).collect();
            let new = (!known.is_empty()).then(|| Quantity::sum(known).to_string());
            (name(creation.connection), what, None, new)
        }
        Effect::SetQuantity { connection, target, from, to, .. } => {
            let old = match (from, target) {
                (Some(from), _) => Some(from.to_string()),
                (None, Target::CreatedBy { .. }) => Some("new".to_owned()),
                (None, Target::Known { .. }) => Some("?".to_owned()),
            };
            (name(*connection), "set quantity", old, Some(to.to_string()))
        }
        Effect::Unlink { link } => {
            let members = catalogue.link(*link).map(|link| link.members.clone()).unwrap_or_default();
            let names: Vec<String> = members.iter().map(|member| name(member.connection)).collect();
            ("counterpart".to_owned(), "unlink", Some(names.join(" ⇄ ")), None)
        }
        Effect::Trust { link, variant } => {
            let link = catalogue.link(*link);
            let member = link.and_then(|link| link.members.iter().find(|member| member.variant == *variant));
            let there = member.map(|member| name(member.connection));
            let old = link.and_then(|link| link.available).map(|available| available.to_string());
            let new = member.and_then(|member| member.base).map(|base| base.to_string());
            let what = "take as right";
            (there.unwrap_or_else(|| "counterpart".to_owned()), what, old, new)
        }
        Effect::Adjust { link, by, .. } => {
            let available = catalogue.link(*link).and_then(|link| link.available);
            let new = available.map(|available| (available + *by).to_string());
            ("counterpart".to_owned(), "adjust stock", available.map(|known| known.to_string()), new)
        }
        Effect::SetField { connection, field, from, to, .. } => {
            let what = format!("set {}", field.label());
            return PlanStepRow {
                index,
                place: name(*connection),
                what,
                subject: step.subject.clone(),
                old: Some(from.to_string()),
                new: Some(to.to_string()),
                reason: step.reason.clone(),
            };
        }
        Effect::AddVariant { connection, .. } => (name(*connection), "add variant", None, None),
        Effect::Delete { connection, .. } => (name(*connection), "delete", None, None),
    };
    PlanStepRow {
        index,
        place,
        what: what.to_owned(),
        subject: step.subject.clone(),
        old,
        new,
        reason: step.reason.clone(),
    }
}

fn step_row(catalogue: &Snapshot, step: &Step) -> StepRow {
    let mut row = plan_row(catalogue, step.index, &step.planned);
    let (state, message, hint) = match &step.state {
        StepState::Planned => ("waiting", None, None),
        StepState::InFlight { .. } => ("under way", None, None),
        StepState::Confirmed { read_back, .. } => {
            // What is there now, where the counts moved between plan and write.
            if let (Some(now), Effect::SetQuantity { .. }) = (read_back, &step.planned.effect) {
                row.new = Some(now.to_string());
            }
            ("done", None, None)
        }
        StepState::Rejected { message, hint, .. } => ("failed", Some(message.clone()), Some(hint.clone())),
        StepState::Unknown { .. } => (
            "looking up",
            Some("there was no answer that tells whether it was done".to_owned()),
            Some("nothing to do; it is looked up before anything else happens to it".to_owned()),
        ),
        StepState::Parked { message, hint, .. } => ("needs you", Some(message.clone()), Some(hint.clone())),
        StepState::Skipped { why } => ("skipped", Some(why.clone()), None),
    };
    StepRow { step: row, state: state.to_owned(), message, hint }
}

fn shows(filter: StepFilter, state: &StepState) -> bool {
    match filter {
        StepFilter::All => true,
        StepFilter::Troubled => matches!(state, StepState::Rejected { .. } | StepState::Parked { .. }),
        StepFilter::Waiting => !state.ended(),
    }
}

/// A window on a job's steps, from memory while it runs and from the store afterwards.
pub async fn steps(truth: &Truth, job: JobId, filter: StepFilter, window: Window) -> Result<Reply, Problem> {
    let skip = usize::try_from(window.offset).unwrap_or(usize::MAX);
    let limit = window.limit.min(MOST_ROWS) as usize;
    let running = truth.read(|known| {
        let run = known.board.run(job)?;
        if !run.is_loaded() {
            return Some(None);
        }
        let all = run.steps().iter().filter(|step| shows(filter, &step.state));
        let total = all.clone().count() as u64;
        let now = |step: &Step| match asking::present(known, run, step) {
            // What a question would write now, and not what it was when it was asked.
            Some(planned) => step_row(known.catalogue.now(), &Step { planned, ..step.clone() }),
            None => step_row(known.catalogue.now(), step),
        };
        let rows = all.skip(skip).take(limit).map(now).collect();
        Some(Some(Reply::Steps { total, offset: window.offset, rows }))
    });
    match running {
        None => Err(no_job(job)),
        Some(Some(reply)) => Ok(reply),
        Some(None) => stored(truth, job, filter, window.offset, skip, limit).await,
    }
}

async fn stored(
    truth: &Truth,
    job: JobId,
    filter: StepFilter,
    offset: u64,
    skip: usize,
    limit: usize,
) -> Result<Reply, Problem> {
    let (mut total, mut from, mut rows) = (0usize, 0u32, Vec::new());
    loop {
        let steps = truth.store.steps(job, StepIndex(from), STEPS_AT_ONCE).await.map_err(problem::store)?;
        let Some(last) = steps.last() else { break };
        from = last.index.0 + 1;
        truth.read(|known| {
            for step in steps.iter().filter(|step| shows(filter, &step.state)) {
                if total >= skip && rows.len() < limit {
                    rows.push(step_row(known.catalogue.now(), step));
                }
                total += 1;
            }
        });
    }
    Ok(Reply::Steps { total: total as u64, offset, rows })
}

pub fn no_job(job: JobId) -> Problem {
    problem::usage(format!("there is no job {job}"), "see which there are with `counterpart jobs`")
}

fn job_row(run: &Run, now: Timestamp) -> JobRow {
    // While it waits for something, the rate of a moment ago promises nothing.
    let moving = run.job.state == JobState::Running && run.waiting.is_none();
    let per_minute = run.per_minute().filter(|_| moving);
    let eta_seconds = per_minute
        .filter(|rate| *rate > 0)
        .and_then(|rate| Some(left(&run.job.progress)?.saturating_mul(60).div_ceil(rate)));
    let note = run.waiting.clone().filter(|_| !run.job.state.ended()).or_else(|| run.job.note.clone());
    JobRow { job: Job { note, ..run.job.clone() }, per_minute, eta_seconds, throughput: run.throughput(now) }
}

fn left(progress: &Progress) -> Option<u64> {
    let ended = progress.done + progress.failed + progress.parked + progress.skipped;
    progress.total.map(|total| total.saturating_sub(ended))
}

/// Newest first.
pub fn jobs(truth: &Truth, window: Window) -> Reply {
    truth.gauges.stir();
    let now = truth.now();
    truth.read(|known| {
        let skip = usize::try_from(window.offset).unwrap_or(usize::MAX);
        let rows = known.board.runs().rev().skip(skip).take(window.limit.min(MOST_ROWS) as usize);
        let rows = rows.map(|run| job_row(run, now)).collect();
        Reply::Jobs { total: known.board.len() as u64, offset: window.offset, rows }
    })
}

pub fn job(truth: &Truth, job: JobId) -> Result<Reply, Problem> {
    truth.gauges.stir();
    let now = truth.now();
    truth.read(|known| known.board.run(job).map(|run| Reply::Job(job_row(run, now)))).ok_or_else(|| no_job(job))
}

/// (running, waiting, ended with trouble)
pub fn counts(known: &Known) -> (u64, u64, u64) {
    let count = |which: &dyn Fn(&Job) -> bool| known.board.runs().filter(|run| which(&run.job)).count() as u64;
    (
        count(&|job| job.state == JobState::Running),
        count(&|job| matches!(job.state, JobState::Queued | JobState::Paused)),
        count(&|job| job.state.ended() && (job.progress.failed > 0 || job.progress.parked > 0)),
    )
}
