//! Everything of a connection is read again: an import by the clock, and the imports that are in its way.

use std::sync::Arc;

use crate::domain::{ConnectionId, JobKind, JobState};
use crate::protocol::Problem;
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::super::connections::new_import;
use super::super::truth::{Known, Truth};

/// Whether an import is reading, or was paused by a person. One that waits for an answer is not in the way.
pub fn imports(known: &Known, connection: ConnectionId) -> bool {
    known.board.runs().map(|run| &run.job).any(|job| {
        let here = matches!(job.kind, JobKind::Import { connection: of, .. } if of == connection);
        let reads = matches!(job.state, JobState::Queued | JobState::Running)
            || (job.state == JobState::Paused && job.note.is_none());
        here && reads
    })
}

/// Whether an import waits for an answer already.
pub fn asks(known: &Known, connection: ConnectionId) -> bool {
    known
        .board
        .runs()
        .map(|run| &run.job)
        .any(|job| !job.state.ended() && matches!(job.kind, JobKind::Import { connection: of, .. } if of == connection))
}

/// Starts a full import, and clears away what the earlier ones by the clock have left.
pub async fn sweep(truth: &Arc<Truth>, connection: ConnectionId) -> Result<(), Problem> {
    let mut pen = truth.pen().await;
    let there = truth.read(|known| known.catalogue.now().connection(connection).cloned());
    let Some(there) = there.filter(|_| !truth.read(|known| asks(known, connection))) else { return Ok(()) };
    let mut entries: Vec<Entry> = truth.read(|known| {
        let done = known.board.runs().map(|run| &run.job).filter(|job| {
            job.state == JobState::Done
                && job.progress.failed == 0
                && matches!(job.kind, JobKind::Import { connection: of, .. } if of == connection)
        });
        done.map(|job| Entry::JobForgotten(job.id)).collect()
    });
    let job = new_import(truth, pen.job(), &there, true);
    entries.push(Entry::JobPlanned { job, steps: Vec::new(), refusals: Vec::new() });
    pen.commit(entries).await
}
