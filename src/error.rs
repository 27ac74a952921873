//! Exit codes, and the form in which a failure is told on the command line.

/// What the shell sees. Documented in the README; a code never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Success = 0,
    /// Something failed; the message says what.
    Failure = 1,
    /// The command line was wrong.
    Usage = 2,
    /// The plan or the job had items that were refused or failed; the rest is done.
    Partial = 3,
    /// A platform could not be reached or refused the key.
    Platform = 4,
    /// The store or the engine could not be used.
    Store = 5,
}

/// A failure with its advice: `error:` says what, `hint:` says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
    pub hint: Option<String>,
}

impl Failure {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
