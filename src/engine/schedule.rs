//! Imports by the clock: what changed every few minutes, everything once a day.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Connection, ConnectionId, Job, JobKind, JobState, Timestamp};
use crate::protocol::Problem;
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::connections::{new_import, read_at};
use super::truth::{Known, Truth};

/// How often connections are read without anybody asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poll {
    /// What changed since the last time.
    pub changes: Duration,
    /// Everything, which also finds what was deleted.
    pub everything: Duration,
}

impl Default for Poll {
    fn default() -> Self {
        Self { changes: Duration::from_secs(180), everything: Duration::from_secs(24 * 3600) }
    }
}

/// Starts imports when they are due, until the engine stops.
pub async fn run(truth: Arc<Truth>, poll: Poll) {
    let mut stopping = truth.stopping();
    let look = poll.changes.min(Duration::from_secs(30)).max(Duration::from_secs(1));
    loop {
        tokio::select! {
            biased;
            () = stopping.wait_for(|stopping| *stopping) => return,
            () = truth.clock.sleep(look) => {}
        }
        if let Err(problem) = start_due(&truth, poll).await {
            tracing::warn!(message = problem.message, "an import by the clock was not started");
        }
    }
}

async fn start_due(truth: &Arc<Truth>, poll: Poll) -> Result<(), Problem> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    let due: Vec<(Connection, bool)> = truth.read(|known| {
        let all = known.catalogue.now().connections().into_iter();
        all.filter_map(|connection| Some((connection.clone(), due(known, connection.id, poll, now)?))).collect()
    });
    let mut entries = Vec::new();
    for (connection, full) in due {
        // A tidy list: yesterday's uneventful updates are no news.
        entries.extend(truth.read(|known| uneventful(known, connection.id)));
        let job = new_import(truth, pen.job(), &connection, full);
        entries.push(Entry::JobPlanned { job, steps: Vec::new(), refusals: Vec::new() });
    }
    pen.commit(entries).await
}

/// Whether an import is due, and whether it is one of everything.
fn due(known: &Known, id: ConnectionId, poll: Poll, now: Timestamp) -> Option<bool> {
    let importing = known.board.runs().any(|run| {
        !run.job.state.ended() && matches!(run.job.kind, JobKind::Import { connection, .. } if connection == id)
    });
    // Before the first import came to its end there is nothing to keep up with.
    let read = read_at(known, id).filter(|_| !importing)?;
    let swept = known.standing.get(&id)?.swept?;
    let last_try = known.board.runs().filter_map(|run| match run.job.kind {
        JobKind::Import { connection, .. } if connection == id => run.job.ended_at,
        _ => None,
    });
    let last = last_try.max().map_or(read, |ended| ended.max(read));
    if now.seconds_since(swept) >= poll.everything.as_secs() {
        Some(true)
    } else if now.seconds_since(last) >= poll.changes.as_secs() {
        Some(false)
    } else {
        None
    }
}

fn uneventful(known: &Known, id: ConnectionId) -> Vec<Entry> {
    let done = |job: &&Job| {
        job.state == JobState::Done
            && job.progress.failed == 0
            && matches!(job.kind, JobKind::Import { connection, full: false } if connection == id)
    };
    known.board.runs().map(|run| &run.job).filter(done).map(|job| Entry::JobForgotten(job.id)).collect()
}
