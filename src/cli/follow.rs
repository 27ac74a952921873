//! Watching jobs until they end.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use super::front::{Front, unexpected};
use super::output::{duration, print_json, remark};
use crate::domain::{JobId, JobState, Progress};
use crate::error::{Exit, Failure};
use crate::protocol::{JobRow, Reply, Request, StepFilter, Window};

/// Between two looks. Events would be quicker, but may be lost; a look cannot.
const PAUSE: Duration = Duration::from_millis(250);

/// Looks in vain before an engine that went away is given up; it is started again meanwhile.
const PATIENCE: u32 = 120;

/// Shows the progress on stderr and prints the jobs' end state. Ctrl-C leaves the jobs running.
pub async fn follow(front: &Front, jobs: &[JobId]) -> Result<Exit, Failure> {
    let (rows, exit) = watch(front, jobs).await?;
    if front.json {
        print_json(&rows)?;
    }
    Ok(exit)
}

/// The jobs as they are now.
pub async fn rows(front: &Front, jobs: &[JobId]) -> Result<Vec<JobRow>, Failure> {
    let mut rows = Vec::new();
    for job in jobs {
        match front.ask(Request::Job { job: *job }).await? {
            Reply::Job(row) => rows.push(row),
            other => return Err(unexpected(&other)),
        }
    }
    Ok(rows)
}

/// Shows the progress on stderr until the jobs have ended, and says there how they did. Prints no data.
pub async fn watch(front: &Front, jobs: &[JobId]) -> Result<(Vec<JobRow>, Exit), Failure> {
    let live = io::stderr().is_terminal();
    let mut last = String::new();
    let mut in_vain = 0;
    loop {
        let rows = match rows(front, jobs).await {
            Ok(rows) => rows,
            // Jobs outlive their engine, and so does whoever waits for them.
            Err(away) if away.exit == Exit::Store && in_vain < PATIENCE => {
                if in_vain == 0 {
                    remark(&format!("{}; waiting for it", away.message));
                }
                in_vain += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Err(why) => return Err(why),
        };
        in_vain = 0;
        let line = rows.iter().map(line).collect::<Vec<_>>().join(" · ");
        if live && line != last {
            let _ = write!(io::stderr().lock(), "\r\x1b[K{line}");
            last = line;
        }
        if rows.iter().all(|row| row.job.state.ended()) {
            if live {
                let _ = writeln!(io::stderr().lock());
            }
            let exit = ended(front, &rows).await?;
            return Ok((rows, exit));
        }
        if let Some(paused) = rows.iter().find(|row| row.job.state == JobState::Paused) {
            if live {
                let _ = writeln!(io::stderr().lock());
            }
            let why = paused.job.note.clone().unwrap_or_else(|| "somebody paused it".to_owned());
            return Err(Failure::new(Exit::Partial, format!("job {} is paused: {why}", paused.job.id))
                .hint(format!("`counterpart jobs resume {}`", paused.job.id)));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn ended(front: &Front, rows: &[JobRow]) -> Result<Exit, Failure> {
    for row in rows {
        let cancelled = if row.job.state == JobState::Cancelled { ", the rest was cancelled" } else { "" };
        remark(&format!("{}: {}{cancelled}", row.job.title, outcome(&row.job.progress)));
    }
    let mut exit = Exit::Success;
    for row in rows {
        let Progress { failed, parked, .. } = row.job.progress;
        if failed + parked > 0 || row.job.state == JobState::Cancelled {
            exit = Exit::Partial;
        }
        if failed + parked > 0 {
            let window = Window { offset: 0, limit: 20 };
            let request = Request::Steps { job: row.job.id, filter: StepFilter::Troubled, window };
            if let Reply::Steps { rows: steps, .. } = front.ask(request).await? {
                for step in steps {
                    remark(&format!("  {}: {}", step.step.subject, step.message.unwrap_or_default()));
                    if let Some(hint) = step.hint {
                        remark(&format!("    hint: {hint}"));
                    }
                }
            }
            remark(&format!("`counterpart jobs show {} --troubled` lists them all", row.job.id));
        }
    }
    Ok(exit)
}

/// `98 done, 2 failed`
pub fn outcome(progress: &Progress) -> String {
    let parts = [
        (progress.done, "done"),
        (progress.failed, "failed"),
        (progress.parked, "need you"),
        (progress.skipped, "skipped"),
    ];
    let told: Vec<String> =
        parts.iter().filter(|(n, what)| *n > 0 || *what == "done").map(|(n, what)| format!("{n} {what}")).collect();
    told.join(", ")
}

fn line(row: &JobRow) -> String {
    let progress = &row.job.progress;
    let ended = progress.done + progress.failed + progress.parked + progress.skipped;
    let total = progress.total.map(|total| format!("/{total}")).unwrap_or_default();
    let eta = row.eta_seconds.map(|seconds| format!(", {} left", duration(seconds))).unwrap_or_default();
    let note = row.job.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
    format!("{} {ended}{total}{eta}{note}", row.job.id)
}
