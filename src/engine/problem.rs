//! Failures in the form in which they are told.

use crate::platform::PlatformError;
use crate::protocol::{Problem, ProblemKind};
use crate::secrets::SecretError;
use crate::store::StoreError;

pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem { kind: ProblemKind::Usage, message: message.into(), hint: Some(hint.into()) }
}

pub fn failure(message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem { kind: ProblemKind::Failure, message: message.into(), hint: Some(hint.into()) }
}

/// A fault of our own, which should not happen and is told nevertheless.
pub fn broken(message: impl Into<String>) -> Problem {
    failure(message, "start the engine again; nothing that was acknowledged is lost")
}

pub fn platform(error: &PlatformError) -> Problem {
    Problem { kind: ProblemKind::Platform, message: error.to_string(), hint: Some(error.hint()) }
}

pub fn store(error: StoreError) -> Problem {
    let hint = match &error {
        StoreError::InUse { .. } => "attach to the engine that runs already, or end it first",
        StoreError::Unusable { .. } => {
            "do what the message says; else check that the folder exists, is yours and is not read-only"
        }
        StoreError::Newer { .. } => "use the newer version of the program with this store",
        StoreError::Full { .. } => "make room on the disk; what waits goes on by itself",
        StoreError::Stopped { .. } => "start the engine again; nothing that was acknowledged is lost",
    };
    Problem { kind: ProblemKind::Store, message: error.to_string(), hint: Some(hint.to_owned()) }
}

pub fn secret(error: &SecretError) -> Problem {
    let text = error.to_string();
    let (message, hint) = match text.split_once("\nhint: ") {
        Some((message, hint)) => (message.to_owned(), Some(hint.to_owned())),
        None => (text, None),
    };
    // As when the engine starts: what keeps us from our own files is one kind of trouble.
    Problem { kind: ProblemKind::Store, message, hint }
}
