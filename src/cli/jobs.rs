//! `jobs`: what runs, what ran, and what to do about it.

use super::arguments::{JobVerb, JobsArguments};
use super::follow::{follow, outcome, rows as job_rows};
use super::front::{Front, job_number};
use super::output::{Table, age, duration, print_json, remark};
use crate::domain::{JobId, JobState};
use crate::error::{Exit, Failure};
use crate::protocol::{JobOrder, JobRow, Reply, Request, StepFilter, StepRow};
use crate::rules::gauge;

pub async fn run(front: &Front, arguments: &JobsArguments) -> Result<Exit, Failure> {
    let (verb, job) = match (arguments.verb, &arguments.job) {
        (None | Some(JobVerb::List), _) => return list(front).await,
        (Some(verb), Some(job)) => (verb, job_number(job)?),
        (Some(verb), None) => {
            let name = verb.name();
            return Err(Failure::new(Exit::Usage, format!("`jobs {name}` needs the number of a job"))
                .hint(format!("`counterpart jobs` lists them; then `counterpart jobs {name} j3`")));
        }
    };
    let (order, done) = match verb {
        JobVerb::List => return list(front).await,
        JobVerb::Show => return show(front, job, arguments.troubled).await,
        JobVerb::Wait => return follow(front, &[job]).await,
        JobVerb::Pause => (JobOrder::Pause, "is paused"),
        JobVerb::Resume => (JobOrder::Resume, "goes on"),
        JobVerb::Cancel => (JobOrder::Cancel, "is cancelled; what is done stays done"),
        JobVerb::Retry => (JobOrder::RetryFailed, "tries its failed steps again"),
        JobVerb::Forget => (JobOrder::Forget, "is cleared away"),
    };
    front.does(Request::Order { job, order }, &format!("job {job} {done}")).await
}

async fn list(front: &Front) -> Result<Exit, Failure> {
    let jobs = |reply| match reply {
        Reply::Jobs { total, rows, .. } => Ok((total, rows)),
        other => Err(Box::new(other)),
    };
    let rows: Vec<JobRow> = front.all_rows(|window| Request::Jobs { window }, jobs).await?;
    if front.json {
        print_json(&rows)?;
        return Ok(Exit::Success);
    }
    let now = front.status().await?.now;
    let mut table = Table::new(&[
        ("ID", false),
        ("JOB", false),
        ("STATE", false),
        ("PROGRESS", false),
        ("PACE", false),
        ("LEFT", true),
        ("STARTED", false),
        ("NOTE", false),
    ]);
    for row in &rows {
        table.row(vec![
            row.job.id.to_string(),
            row.job.title.clone(),
            state(row.job.state).to_owned(),
            outcome(&row.job.progress)
                + &row.job.progress.total.map(|total| format!(" of {total}")).unwrap_or_default(),
            pace(row),
            row.eta_seconds.map(duration).unwrap_or_default(),
            age(now.seconds_since(row.job.started_at.unwrap_or(row.job.created_at))),
            row.job.note.clone().unwrap_or_default(),
        ]);
    }
    if rows.is_empty() {
        remark("no jobs yet");
        return Ok(Exit::Success);
    }
    table.print()?;
    Ok(Exit::Success)
}

async fn show(front: &Front, job: JobId, troubled: bool) -> Result<Exit, Failure> {
    for row in job_rows(front, &[job]).await? {
        let note = row.job.note.map(|note| format!(" ({note})")).unwrap_or_default();
        remark(&format!("{}: {}, {}{note}", row.job.title, state(row.job.state), outcome(&row.job.progress)));
    }
    let filter = if troubled { StepFilter::Troubled } else { StepFilter::All };
    let steps = |reply| match reply {
        Reply::Steps { total, rows, .. } => Ok((total, rows)),
        other => Err(Box::new(other)),
    };
    let rows: Vec<StepRow> = front.all_rows(|window| Request::Steps { job, filter, window }, steps).await?;
    if front.json {
        print_json(&rows)?;
        return Ok(Exit::Success);
    }
    if rows.is_empty() {
        remark(if troubled { "no step failed or needs you" } else { "the job has no steps of its own" });
        return Ok(Exit::Success);
    }
    let mut table = Table::new(&[
        ("STEP", true),
        ("WHERE", false),
        ("WHAT", false),
        ("PRODUCT", false),
        ("OLD", true),
        ("NEW", true),
        ("STATE", false),
        ("MESSAGE", false),
    ]);
    for row in rows {
        let message = [row.message, row.hint.map(|hint| format!("hint: {hint}"))]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("; ");
        table.row(vec![
            row.step.index.0.to_string(),
            row.step.place,
            row.step.what,
            row.step.subject.to_string(),
            row.step.old.unwrap_or_default(),
            row.step.new.unwrap_or_default(),
            row.state,
            message,
        ]);
    }
    table.print()?;
    Ok(Exit::Success)
}

/// How it went in the last minute, and how fast it goes: `▂▅█▃ 45/min`
fn pace(row: &JobRow) -> String {
    let parts = [
        gauge::sparkline(&row.throughput, false),
        row.per_minute.map(|rate| format!("{rate}/min")).unwrap_or_default(),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn state(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::Paused => "paused",
        JobState::Done => "done",
        JobState::Cancelled => "cancelled",
    }
}
