//! What can go wrong between us and a platform, as far as anybody has to act differently.

use std::time::Duration;

/// A failed call that changed nothing there. Messages are plain sentences without secrets; `hint` says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// No connection, name not found, TLS refused, or the answer did not come in time.
    #[error("{platform} cannot be reached at {host}: {why}")]
    Unreachable { platform: &'static str, host: String, why: String },
    /// The key is wrong, expired, or lacks a permission.
    #[error("{platform} refused the key: {why}")]
    Unauthorised { platform: &'static str, why: String },
    /// Too many calls. Not applied.
    #[error("{platform} asks to slow down")]
    Throttled { platform: &'static str, retry_after: Option<Duration> },
    /// 5xx: the platform has a problem of its own.
    #[error("{platform} has a problem of its own: {why}")]
    Broken { platform: &'static str, why: String },
    /// The answer is not what the documentation says: malformed JSON, a missing field, an HTML page, another version.
    #[error("{platform} answered something unexpected: {why}")]
    Unexpected { platform: &'static str, why: String },
    /// A redirect. Not followed, since the key must not travel to another host.
    #[error("{platform} wants to send us to {to}; the key was not sent there")]
    Redirected { platform: &'static str, to: String },
    /// The thing is not there (any more).
    #[error("{platform} has no {what}")]
    NotFound { platform: &'static str, what: String },
    /// The platform understood and said no.
    #[error("{platform} refused: {why}")]
    Refused { platform: &'static str, why: String },
}

impl PlatformError {
    /// What a 4xx means where the platform follows HTTP's own words, with its sentence.
    pub fn of_status(platform: &'static str, status: u16, why: String) -> Self {
        match status {
            401 | 403 => Self::Unauthorised { platform, why },
            404 | 410 => Self::NotFound { platform, what: why },
            _ => Self::Refused { platform, why },
        }
    }

    /// Whether the same call may work later without anybody doing anything.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Throttled { .. } | Self::Broken { .. })
    }

    /// What a person can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unreachable { .. } => {
                "check the network and the address; it is tried again by itself, browsing goes on from the store".into()
            }
            Self::Unauthorised { .. } => {
                "run `counterpart connect` again with the same name, with a new key or to log in again".into()
            }
            Self::Throttled { .. } => "nothing to do; the job goes on when the platform allows".into(),
            Self::Broken { .. } => "nothing to do; it is tried again with growing pauses".into(),
            Self::Unexpected { .. } => {
                "check that the address is the shop's API and not a login page or a proxy; else report it".into()
            }
            Self::Redirected { to, .. } => {
                format!("if {to} is the shop's right address, connect with it as --base-url")
            }
            Self::NotFound { .. } => {
                "it was deleted or moved on the platform; run an import to see the present state".into()
            }
            Self::Refused { .. } => "change what the message names, then retry the failed steps".into(),
        }
    }
}

/// A failed write. What matters is whether it may have been applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Certainly not applied.
    #[error(transparent)]
    NotApplied(PlatformError),
    /// Nobody can tell: time-out, cut connection, a 5xx without documented meaning, an unreadable answer.
    #[error("no answer that tells whether it was done: {0}")]
    Unknown(PlatformError),
}

impl WriteError {
    /// The same after something was done already: what certainly did not happen leaves the whole unfinished, and nobody
    /// can say that nothing was applied.
    pub fn after(self, begun: bool) -> Self {
        match self {
            Self::NotApplied(cause) if begun => Self::Unknown(cause),
            other => other,
        }
    }

    pub fn cause(&self) -> &PlatformError {
        match self {
            Self::NotApplied(cause) | Self::Unknown(cause) => cause,
        }
    }
}
