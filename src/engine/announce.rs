//! What the terminals are told: that something changed, and sentences for people. No rows, and at most a few per
//! second for each topic; who gets one asks for the window it shows.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, broadcast};

use crate::domain::{Job, JobId, JobKind, JobState, Progress};
use crate::protocol::{Event, NoticeLevel, Topic};

use super::signal::Waiter;

/// How long changes are gathered before the next word about them. Pace for eyes, not for decisions: it follows the
/// machine's clock even where a test's clock stands still.
const PAUSE: Duration = Duration::from_millis(200);

/// Events that a slow receiver may lag behind before it is told that it missed some.
const QUEUE: usize = 256;

pub struct Announcer {
    events: broadcast::Sender<Event>,
    revisions: Mutex<Revisions>,
    wake: Notify,
}

#[derive(Default)]
struct Revisions {
    now: BTreeMap<Topic, u64>,
    untold: BTreeMap<Topic, u64>,
}

impl Announcer {
    pub fn new() -> Self {
        Self { events: broadcast::Sender::new(QUEUE), revisions: Mutex::default(), wake: Notify::new() }
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Whether anybody listens.
    pub fn is_heard(&self) -> bool {
        self.events.receiver_count() > 0
    }

    pub fn changed(&self, topics: &[Topic]) {
        if topics.is_empty() {
            return;
        }
        let mut revisions = self.revisions.lock().unwrap_or_else(PoisonError::into_inner);
        for topic in topics {
            let revision = revisions.now.entry(*topic).or_default();
            *revision += 1;
            let revision = *revision;
            revisions.untold.insert(*topic, revision);
        }
        drop(revisions);
        self.wake.notify_one();
    }

    pub fn notice(&self, level: NoticeLevel, text: impl Into<String>, hint: Option<String>, job: Option<JobId>) {
        self.send(Event::Notice { level, text: text.into(), hint, job });
    }

    /// Says how a job ended that writes and that somebody ordered; imports and what is told by itself speak for
    /// themselves.
    pub fn ended(&self, job: &Job) {
        if matches!(job.kind, JobKind::Import { .. } | JobKind::Sync { .. }) {
            return;
        }
        let Progress { done, failed, parked, skipped, .. } = job.progress;
        let parts = [(done, "done"), (failed, "failed"), (parked, "need you"), (skipped, "skipped")];
        let told = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        let told = told.collect::<Vec<_>>().join(", ");
        let troubled = failed + parked > 0;
        let (level, how) = match job.state {
            JobState::Cancelled => (NoticeLevel::Info, "cancelled"),
            _ if troubled => (NoticeLevel::Warning, "ended with trouble"),
            _ => (NoticeLevel::Success, "done"),
        };
        let hint = troubled.then(|| "look at the job's failed steps; each says what to do".to_owned());
        self.notice(level, format!("{}: {how} ({told})", job.title), hint, Some(job.id));
    }

    pub fn send(&self, event: Event) {
        // Nobody listening is no fault: a terminal that comes later asks for everything it shows.
        let _ = self.events.send(event);
    }

    fn tell(&self) {
        let untold = {
            let mut revisions = self.revisions.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut revisions.untold)
        };
        for (topic, revision) in untold {
            self.send(Event::Changed { topic, revision });
        }
    }

    /// Tells of changes until the engine stops.
    pub async fn run(&self, mut stopping: Waiter<bool>) {
        loop {
            tokio::select! {
                biased;
                () = stopping.wait_for(|stopping| *stopping) => break,
                () = self.wake.notified() => {}
            }
            self.tell();
            tokio::select! {
                biased;
                () = stopping.wait_for(|stopping| *stopping) => break,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
        self.tell();
    }
}
