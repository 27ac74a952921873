//! A plan being applied, or an import.

use serde::{Deserialize, Serialize};

use super::{ConnectionId, JobId, PlannedStep, Quantity, StepIndex, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobKind {
    Link,
    Unlink,
    Push,
    /// What the ledger owes a connection, told by itself.
    Sync {
        connection: ConnectionId,
    },
    /// A person says which side is right.
    Synchronize,
    /// A person corrects the stock.
    Adjust,
    /// Fields are written: by rules, or because a person mends them.
    Edit,
    /// What another job did is taken back, where it is still ours.
    Undo {
        job: JobId,
    },
    /// Reads a connection's catalogue; has no steps, its progress counts listings.
    Import {
        connection: ConnectionId,
        full: bool,
    },
}

impl JobKind {
    /// `Link`: what the button says.
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Link => "Link",
            Self::Unlink => "Unlink",
            Self::Push => "Push",
            Self::Sync { .. } => "Sync",
            Self::Synchronize => "Synchronize",
            Self::Adjust => "Adjust",
            Self::Edit => "Change",
            Self::Undo { .. } => "Undo",
            Self::Import { .. } => "Read",
        }
    }

    /// What it is about, one of them: `item`, `product`.
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Link | Self::Unlink | Self::Undo { .. } => "item",
            Self::Push | Self::Sync { .. } | Self::Synchronize | Self::Adjust | Self::Edit | Self::Import { .. } => {
                "product"
            }
        }
    }
}

/// Only ever moves forward, but for `Paused` and `Running`, which alternate, and a retry of what failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Queued,
    Running,
    Paused,
    /// Everything that could be done is done; some steps may have failed.
    Done,
    Cancelled,
}

impl JobState {
    pub const fn ended(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Steps confirmed, or listings read.
    pub done: u64,
    /// Steps rejected.
    pub failed: u64,
    /// Steps whose outcome nobody can tell; they wait for a person.
    pub parked: u64,
    /// Steps not needed any more: cancelled, or what they waited for failed.
    pub skipped: u64,
    /// `None` while an import does not know how many there are.
    pub total: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub id: JobId,
    pub kind: JobKind,
    pub title: String,
    pub state: JobState,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub progress: Progress,
    /// What it waits for, or why it is paused: `Square is offline, next try in 40 s`.
    pub note: Option<String>,
}

/// A write of a count as it was sent: what was read right before it, and what was to be added. The same key stands for
/// the same write, so it is never reckoned anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountSent {
    pub read: Quantity,
    pub by: Quantity,
}

/// Where one step stands. See DESIGN: planned → journalled (in flight) → confirmed, rejected or unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepState {
    Planned,
    /// Journalled, and perhaps sent. `generation` counts the intents; the key follows from it.
    /// `count`: of a quantity only.
    InFlight {
        generation: u32,
        count: Option<CountSent>,
    },
    /// Done, with what was read back or is known from the answer.
    Confirmed {
        read_back: Option<Quantity>,
        at: Timestamp,
    },
    /// The platform said no. `message` is a plain sentence, `hint` what to do.
    Rejected {
        message: String,
        hint: String,
        at: Timestamp,
    },
    /// Sent, and nobody knows whether it arrived. It is looked up before anything else happens.
    Unknown {
        generation: u32,
        count: Option<CountSent>,
        since: Timestamp,
    },
    /// Looked up without an answer; waits for a person.
    Parked {
        message: String,
        hint: String,
        at: Timestamp,
    },
    Skipped {
        why: String,
    },
}

impl StepState {
    pub const fn ended(&self) -> bool {
        match self {
            Self::Planned | Self::InFlight { .. } | Self::Unknown { .. } => false,
            Self::Confirmed { .. } | Self::Rejected { .. } | Self::Parked { .. } | Self::Skipped { .. } => true,
        }
    }
}

/// A step of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub index: StepIndex,
    pub planned: PlannedStep,
    pub state: StepState,
}
