//! What the engine announces. Carries no rows, and may be lost.

use serde::{Deserialize, Serialize};

use crate::domain::JobId;

/// What an event is about: whoever shows it asks again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    Products,
    Report,
    Jobs,
    Connections,
    History,
    /// How much of the platforms' rates is used. In [`Request::Status`](super::Request::Status).
    Rates,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeLevel {
    Info,
    Success,
    Warning,
    Error,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// At most a few times per second for each topic.
    Changed { topic: Topic, revision: u64 },
    /// A sentence for a person: `Link report ready: 412 candidates`.
    Notice { level: NoticeLevel, text: String, hint: Option<String>, job: Option<JobId> },
    /// This terminal was too slow and events were dropped: ask for everything shown.
    Missed,
    /// The engine ends. Jobs go on at its next start.
    Stopping { why: String },
}
