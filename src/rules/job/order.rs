//! What a person may order a job to do, and where a job stands by its steps.

use crate::domain::{Job, JobState, Progress, StepState};

/// What a person orders. The same words as in the protocol, which rules do not import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    Pause,
    Resume,
    Cancel,
    RetryFailed,
    Forget,
}

/// What an order comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordered {
    /// The job has this state from now on.
    Becomes(JobState),
    /// Planned steps are skipped and the job is cancelled at once: nothing is under way.
    CancelsNow,
    /// Planned steps are skipped now; the job is cancelled when the attempts under way are known to have ended. No
    /// attempt is left behind without a look at what became of it.
    CancelsWhenSettled,
    /// Rejected, parked and therefore skipped steps are planned again, and the job has this state.
    Retries(JobState),
    /// The job and its steps are cleared away.
    Forgets,
}

/// What an order does to a job, or why it cannot be followed, as a sentence.
/// `under_way`: steps that are in flight or unknown.
pub fn order(job: &Job, order: Order, under_way: u64) -> Result<Ordered, String> {
    use JobState::{Cancelled, Done, Paused, Queued, Running};
    let title = &job.title;
    match (order, job.state) {
        (Order::Pause, Queued | Running) => Ok(Ordered::Becomes(Paused)),
        (Order::Pause, Paused) => Err(format!("“{title}” is paused already; resume it to go on")),
        (Order::Resume, Paused) => Ok(Ordered::Becomes(Running)),
        (Order::Resume, Queued | Running) => Err(format!("“{title}” is not paused; it goes on by itself")),
        (Order::Cancel, Queued | Running | Paused) if under_way == 0 => Ok(Ordered::CancelsNow),
        (Order::Cancel, Queued | Running | Paused) => Ok(Ordered::CancelsWhenSettled),
        (Order::RetryFailed, Queued | Running | Paused | Done) if job.progress.failed + job.progress.parked == 0 => {
            Err(format!("nothing of “{title}” has failed; there is nothing to retry"))
        }
        (Order::RetryFailed, Done) => Ok(Ordered::Retries(Queued)),
        (Order::RetryFailed, state @ (Queued | Running | Paused)) => Ok(Ordered::Retries(state)),
        (Order::RetryFailed, Cancelled) => {
            Err(format!("“{title}” was cancelled and stays so; choose the items again to make a new job"))
        }
        (Order::Forget, Done | Cancelled) => Ok(Ordered::Forgets),
        (Order::Forget, Queued | Running | Paused) => {
            Err(format!("“{title}” has not ended; cancel it first, then clear it away"))
        }
        (Order::Pause | Order::Resume | Order::Cancel, Done) => {
            Err(format!("“{title}” is done already; there is nothing left to stop or to go on with"))
        }
        (Order::Pause | Order::Resume | Order::Cancel, Cancelled) => {
            Err(format!("“{title}” was cancelled already; choose the items again to make a new job"))
        }
    }
}

/// How far a job has come.
pub fn progress<'a>(steps: impl IntoIterator<Item = &'a StepState>) -> Progress {
    let mut progress = Progress::default();
    let mut total = 0;
    for state in steps {
        total += 1;
        match state {
            StepState::Planned | StepState::InFlight { .. } | StepState::Unknown { .. } => {}
            StepState::Confirmed { .. } => progress.done += 1,
            StepState::Rejected { .. } => progress.failed += 1,
            StepState::Parked { .. } => progress.parked += 1,
            StepState::Skipped { .. } => progress.skipped += 1,
        }
    }
    progress.total = Some(total);
    progress
}

/// The state in which a job ends by its progress, or `None` while there is something left to do.
/// `cancelled`: a person has cancelled it.
pub fn settled(progress: &Progress, cancelled: bool) -> Option<JobState> {
    let ended = progress.done + progress.failed + progress.parked + progress.skipped;
    let over = progress.total.is_some_and(|total| ended >= total);
    over.then_some(if cancelled { JobState::Cancelled } else { JobState::Done })
}
