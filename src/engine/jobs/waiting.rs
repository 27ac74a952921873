//! What stops a worker for a while, and how long it waits before it tries again: with growing pauses, for ever, and
//! never without saying so.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{ConnectionId, Job, JobId, JobKind, JobState, StepIndex};
use crate::platform::PlatformError;
use crate::protocol::{NoticeLevel, Problem, Topic};
use crate::store::Entry;

use super::super::truth::Truth;
use super::run::Run;

/// The longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(300);

/// How many answers that make no sense are put down to the way they took.
const PUZZLES: u32 = 4;

/// Why a worker cannot go on right now.
#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    /// It passes: offline, told to slow down, a 5xx.
    Passing(PlatformError),
    /// The key is refused, or the shop has moved: a person has to connect it anew.
    Login(PlatformError),
    /// Sent, and no answer that tells. What became of it is found out next.
    Unanswered(PlatformError),
    /// Every count had changed between reading and writing.
    Unsettled,
    /// Our own store or secrets.
    Ours(Problem),
}

impl Trouble {
    /// As [`Trouble::of`], for a call that only reads, on behalf of a step. An answer that makes no sense is most often
    /// one that was garbled on its way, so it is asked for again before a person is.
    pub fn of_reading(truth: &Truth, job: JobId, step: StepIndex, error: PlatformError) -> Result<Self, PlatformError> {
        let error = match Self::of(error) {
            Err(error @ PlatformError::Unexpected { .. }) => error,
            other => return other,
        };
        let before = truth.remember(Topic::Jobs, |known| known.board.run_mut(job).map(|run| run.puzzled(step)));
        if before.is_some_and(|before| before < PUZZLES) { Ok(Self::Passing(error)) } else { Err(error) }
    }

    /// What an error of a call means for the worker; `Err` gives back one that is about the call itself.
    pub fn of(error: PlatformError) -> Result<Self, PlatformError> {
        match error {
            error if error.passes() => Ok(Self::Passing(error)),
            error @ (PlatformError::Unauthorised { .. } | PlatformError::Redirected { .. }) => Ok(Self::Login(error)),
            error => Err(error),
        }
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::Ours(problem)
    }
}

/// How often it went wrong in a row.
#[derive(Debug, Default)]
pub struct Patience {
    tries: u32,
}

impl Patience {
    pub fn calm(&mut self) {
        self.tries = 0;
    }

    /// The next pause: what the platform asks for, else 2, 4, 8 … 300 seconds.
    pub fn pause(&mut self, error: Option<&PlatformError>) -> Duration {
        self.tries = (self.tries + 1).min(16);
        if let Some(PlatformError::Throttled { retry_after: Some(asked), .. }) = error {
            return (*asked).min(LONGEST);
        }
        Duration::from_secs(1 << self.tries.min(9)).min(LONGEST)
    }
}

/// Waits, but wakes when the engine stops or a person orders something.
pub async fn wait(truth: &Truth, pause: Duration) {
    let mut stopping = truth.stopping();
    let mut orders = truth.orders();
    tokio::select! {
        biased;
        () = stopping.wait_for(|stopping| *stopping) => {}
        () = orders.changed() => {}
        () = truth.clock.sleep(pause) => {}
    }
}

/// Says what is the matter, in the job's note, and waits as long as that is good for.
pub async fn sit_out(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    trouble: Trouble,
    patience: &mut Patience,
) {
    let (note, pause) = match trouble {
        Trouble::Login(error) => {
            truth.stands(connection, Some(&error));
            match pause_for_login(truth, connection, job, &error).await {
                Ok(true) => return,
                // It is paused or cancelled already, and what it has under way is looked up nevertheless: not at once
                // again with a key that is refused.
                Ok(false) => (format!("{error}; {}", error.hint()), patience.pause(None)),
                Err(problem) => (problem.message, patience.pause(None)),
            }
        }
        Trouble::Passing(error) => {
            truth.stands(connection, Some(&error));
            let pause = patience.pause(Some(&error));
            (format!("{error}; next try in {}", seconds(pause)), pause)
        }
        Trouble::Unanswered(error) => {
            truth.stands(connection, Some(&error));
            (
                format!("no answer that tells whether it was done ({error}); it is looked up"),
                patience.pause(Some(&error)),
            )
        }
        Trouble::Unsettled => {
            let pause = patience.pause(None);
            ("the counts are changing right now; they are read again".to_owned(), pause)
        }
        Trouble::Ours(problem) => {
            let pause = patience.pause(None);
            (format!("{}; next try in {}", problem.message, seconds(pause)), pause)
        }
    };
    tracing::info!(%job, %connection, note, "a worker waits");
    say(truth, job, Some(note));
    wait(truth, pause).await;
}

/// Puts up or takes down what a job waits for.
pub fn say(truth: &Truth, job: JobId, note: Option<String>) {
    let differs = truth.read(|known| known.board.run(job).is_some_and(|run| run.waiting != note));
    if differs {
        truth.remember(Topic::Jobs, |known| {
            if let Some(run) = known.board.run_mut(job) {
                run.waiting = note;
            }
        });
    }
}

/// Whether there was anything to pause. A cancelled job that looks up what it has sent stays a cancelled one, and what
/// is told by itself goes on by itself: the key may be good again tomorrow without anybody connecting anew.
async fn pause_for_login(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    error: &PlatformError,
) -> Result<bool, Problem> {
    let pen = truth.pen().await;
    let running = truth.read(|known| {
        let by_itself = |run: &Run| matches!(run.job.kind, JobKind::Sync { .. });
        let run = known.board.run(job).filter(|run| !run.is_cancelled() && !by_itself(run))?;
        Some(run.job.clone()).filter(|job| matches!(job.state, JobState::Queued | JobState::Running))
    });
    let Some(running) = running else { return Ok(false) };
    let hint = error.hint();
    let note = format!("{error}; {hint}");
    let title = running.title.clone();
    pen.commit(vec![Entry::JobKept(Job { state: JobState::Paused, note: Some(note), ..running })]).await?;
    truth.remember(Topic::Jobs, |known| {
        if let Some(run) = known.board.run_mut(job) {
            run.wants_login = Some(connection);
        }
    });
    truth.announcer.notice(NoticeLevel::Error, format!("{title} is paused: {error}"), Some(hint), Some(job));
    Ok(true)
}

/// `40 s`, `5 min`
pub fn seconds(pause: Duration) -> String {
    match pause.as_secs() {
        0 => "a moment".to_owned(),
        short if short < 120 => format!("{short} s"),
        long => format!("{} min", long / 60),
    }
}
