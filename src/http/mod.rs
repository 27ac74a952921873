//! Every call to a platform goes through here: rate budget, time-outs, size caps, retries of reads, redaction.
//!
//! The only folder that says reqwest. Writes are never retried here: whether a lost write is sent again is decided by
//! the engine, which has journalled it. `fetch.rs` reads files that lie elsewhere, without any key,
//! `outside.rs` says where that may be, and `picture.rs` which of them are pictures.
//!
//! `client.rs` is the way of one call; it asks `gate.rs` (and the pure `budget.rs`) for leave, `transport.rs` for the
//! answer, `failure.rs` for what went wrong, `retry.rs` for how long to pause, and `redact.rs` before anything is said.

mod answer;
mod budget;
mod client;
mod failure;
mod fetch;
mod gate;
mod multipart;
mod outside;
mod picture;
mod redact;
mod request;
mod retry;
#[cfg(test)]
mod tests;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::BaseUrl;
use crate::platform::{Budget, Clock};
use crate::secrets::Secret;

pub use answer::Answer;
pub use budget::LimitReading;
pub use client::Http;
pub use fetch::{Extent, File};
pub use multipart::{Part, decode as read_parts};
pub use picture::PictureKind;
pub use request::{Body, Method, Request, segment};

/// How a connection's client is made.
pub struct HttpOptions {
    /// The platform's name, for messages.
    pub platform: &'static str,
    pub base_url: BaseUrl,
    /// Further roots to trust, as PEM.
    pub ca_pem: Option<Vec<u8>>,
    pub budget: Budget,
    pub timeout: Duration,
    pub clock: Arc<dyn Clock>,
    /// Everything that must not appear in a log or an error.
    pub secrets: Vec<Secret>,
    /// Takes the platform's own sentence out of an error body.
    pub explain: fn(status: u16, body: &[u8]) -> Option<String>,
    /// Seeds the jitter of the pauses.
    pub seed: u64,
}
