//! The link report: made in the background from a still picture, kept with its revision, shown in windows.
//!
//! | file | what lives there |
//! |---|---|
//! | `report.rs` | the report, the one that is kept, and when a new one is made |
//! | `report/making.rs` | exact matching, then suggestions among what it left over |
//! | `report/records.rs` | what suggestions look at, read from the store in portions |
//! | `report/suggested.rs` | suggestions in little room |
//! | `report/rejected.rs` | what a person said is not one product |
//! | `report/selected.rs` | what a selection of rows means: pairs of variants to link, pairs to reject |
//! | `report/views.rs`, `report/rows.rs` | which rows a view shows, counts, and the rows |
//! | `report/mends.rs` | edits that take a reason away |
//! | `report/explained.rs` | all that is known of one listing |
//! | `report/shelved.rs` | the report over a restart |
//!
//! What a person rejects does not change a report: whoever shows it leaves those pairs out, so that taking a rejection
//! back costs nothing.

mod explained;
mod making;
mod mends;
mod records;
mod rejected;
mod rows;
mod selected;
mod shelved;
mod suggested;
mod views;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::task::JoinSet;

use crate::domain::{Candidate, MatchKey, NoCandidate, ReasonKind, Side, Timestamp};
use crate::protocol::{Problem, Reply, Topic};
use crate::rules::CatalogueView;

use super::problem;
use super::truth::Truth;
use suggested::Suggested;

pub use explained::explain;
pub use rejected::{Rejected, allow, reject};
pub use rows::brief;
pub use selected::{Choosing, Seen, chosen};
pub use shelved::recall;
pub use views::{summary, window};

/// A finished report.
#[derive(Debug, Default)]
pub struct Report {
    pub number: u64,
    pub made_at: Timestamp,
    /// Of what matching looks at. Set late where a report was kept over a restart: [`UNKNOWN`] until then.
    pub revision: AtomicU64,
    /// Shared by the report before its suggestions are there and the one after.
    pub candidates: Arc<Vec<Candidate>>,
    pub without: Arc<Vec<NoCandidate>>,
    pub suggested: Suggested,
    pub compared: Vec<String>,
    pub notes: Vec<String>,
    pub counts: Counts,
}

/// The revision of a report of which nobody knows whether it is still true.
const UNKNOWN: u64 = u64::MAX;

/// What was found of which kind when the report was made.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Counts {
    pub matched: Vec<(MatchKey, u64)>,
    pub reasons: Vec<(ReasonKind, u64)>,
}

impl Counts {
    fn of(candidates: &[Candidate], without: &[NoCandidate]) -> Self {
        let keys = [MatchKey::Barcode, MatchKey::Sku, MatchKey::Title];
        let agreed = |key| candidates.iter().filter(|candidate| candidate.matched.contains(&key)).count() as u64;
        let mut reasons = vec![0u64; ReasonKind::ALL.len()];
        for item in without {
            let kinds: HashSet<ReasonKind> = item.reasons.iter().map(|reason| reason.kind()).collect();
            kinds.into_iter().for_each(|kind| reasons[kind as usize] += 1);
        }
        let there = |(_, count): &(_, u64)| *count > 0;
        Self {
            matched: keys.map(|key| (key, agreed(key))).into_iter().filter(|(_, count)| *count > 0).collect(),
            reasons: ReasonKind::ALL.iter().copied().zip(reasons).filter(there).collect(),
        }
    }
}

#[derive(Default)]
pub struct Reports {
    last: RwLock<Option<Arc<Report>>>,
    running: AtomicBool,
    count: AtomicU64,
    /// The one that is being made, so that stopping can wait for it.
    task: Mutex<JoinSet<()>>,
}

impl Reports {
    pub fn last(&self) -> Option<Arc<Report>> {
        self.last.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, report: Arc<Report>) {
        *self.last.write().unwrap_or_else(PoisonError::into_inner) = Some(report);
    }

    /// A number that no other report of this process has.
    fn number(&self) -> u64 {
        self.count.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::SeqCst)
    }

    /// Among the tasks that [`Reports::finish`] waits for.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work);
    }

    /// Waits for the report that is being made; the engine is stopping, so that it ends soon.
    pub async fn finish(&self) {
        let mut tasks = std::mem::take(&mut *self.task.lock().unwrap_or_else(PoisonError::into_inner));
        while tasks.join_next().await.is_some() {}
    }
}

/// Starts to make the report anew; one at a time.
pub fn refresh(truth: &Arc<Truth>) -> Result<Reply, Problem> {
    let snapshot = truth.snapshot();
    let sides: HashSet<Side> = snapshot.connections().iter().map(|connection| connection.side).collect();
    if sides.len() < 2 {
        let message = "a link report needs a connection on each side: a till and an online store";
        return Err(problem::usage(message, "connect the missing one: `counterpart connect <platform>`"));
    }
    if truth.reports.running.swap(true, Ordering::SeqCst) {
        return Ok(Reply::Done);
    }
    truth.announcer.changed(&[Topic::Report]);
    let making = truth.clone();
    truth.reports.spawn(async move {
        making::make(&making, snapshot).await;
        making.reports.running.store(false, Ordering::SeqCst);
        making.announcer.changed(&[Topic::Report]);
    });
    Ok(Reply::Done)
}
