//! The states of a step and what moves it from one to the next.

use std::time::Duration;

use crate::domain::{CountSent, Quantity, StepState, Timestamp};

use super::probe::{Finding, fence_is_over};

/// What happened to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Its intent is journalled; from now on it may have been sent. `generation` is one more than the last intent's.
    Sent { generation: u32, count: Option<CountSent> },
    /// The platform said that it is done.
    Confirmed { read_back: Option<Quantity>, at: Timestamp },
    /// The platform said no.
    Rejected { message: String, hint: String, at: Timestamp },
    /// Certainly not applied, and nobody's fault: throttled, unreachable before sending, or the count was not the
    /// expected one any more. It is read and decided anew.
    NotApplied,
    /// Nobody can tell.
    Lost { at: Timestamp },
    /// It was looked up. `fence`: how long a late arrival can take (`Profile::fence`).
    Probed { finding: Finding, now: Option<Quantity>, at: Timestamp, fence: Duration, message: String, hint: String },
    /// Not needed any more: its job is cancelled, or the step that it waits for failed.
    Skipped { why: String },
    /// A person wants it tried again.
    Retried,
}

/// A move that the protocol does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a step that is {state} cannot become {event}; this is a fault of the program, please report it")]
pub struct NotPossible {
    pub state: &'static str,
    pub event: &'static str,
}

/// The state after an event. Errors leave the step as it was.
pub fn step(state: &StepState, event: Event) -> Result<StepState, NotPossible> {
    let not_possible = NotPossible { state: state_name(state), event: event_name(&event) };
    Ok(match (state, event) {
        (StepState::Planned, Event::Sent { generation, count }) => StepState::InFlight { generation, count },
        (StepState::Planned, Event::Skipped { why }) => StepState::Skipped { why },
        // Refused before anything was sent: the variant is gone, the creation step made no such variant.
        (StepState::Planned | StepState::InFlight { .. }, Event::Rejected { message, hint, at }) => {
            StepState::Rejected { message, hint, at }
        }
        // Planned → Confirmed: what happens here only (a link), or was found to be so already.
        (StepState::Planned | StepState::InFlight { .. }, Event::Confirmed { read_back, at }) => {
            StepState::Confirmed { read_back, at }
        }
        (StepState::InFlight { .. }, Event::NotApplied) => StepState::Planned,
        (StepState::InFlight { generation, count }, Event::Lost { at }) => {
            StepState::Unknown { generation: *generation, count: *count, since: at }
        }
        (StepState::Unknown { generation, count, since }, Event::Probed { finding, now, at, fence, message, hint }) => {
            match finding {
                // The same intent under the same key may be repeated at any time.
                Finding::SendAgain => StepState::InFlight { generation: *generation, count: *count },
                Finding::Found => StepState::Confirmed { read_back: now, at },
                // A late arrival could still land and change what the value seems to say.
                _ if !fence_is_over(*since, fence, at) => return Err(not_possible),
                Finding::Applied => StepState::Confirmed { read_back: now, at },
                Finding::NotApplied | Finding::SameEitherWay => StepState::Planned,
                Finding::Ambiguous => StepState::Parked { message, hint, at },
            }
        }
        // Skipped ones too: they waited for a step that is now tried again. (A cancelled job takes no retry.)
        (StepState::Rejected { .. } | StepState::Parked { .. } | StepState::Skipped { .. }, Event::Retried) => {
            StepState::Planned
        }
        _ => return Err(not_possible),
    })
}

fn state_name(state: &StepState) -> &'static str {
    match state {
        StepState::Planned => "planned",
        StepState::InFlight { .. } => "in flight",
        StepState::Confirmed { .. } => "confirmed",
        StepState::Rejected { .. } => "rejected",
        StepState::Unknown { .. } => "unknown",
        StepState::Parked { .. } => "parked",
        StepState::Skipped { .. } => "skipped",
    }
}

fn event_name(event: &Event) -> &'static str {
    match event {
        Event::Sent { .. } => "sent",
        Event::Confirmed { .. } => "confirmed",
        Event::Rejected { .. } => "rejected",
        Event::NotApplied => "not applied",
        Event::Lost { .. } => "lost",
        Event::Probed { .. } => "looked up (or not yet, while a late arrival could land)",
        Event::Skipped { .. } => "skipped",
        Event::Retried => "retried",
    }
}
