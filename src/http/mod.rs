//! Every call to a platform goes through here: rate budget, time-outs, size caps, retries of reads, redaction.
//!
//! The only folder that says reqwest. Writes are never retried here: whether a lost write is sent again is decided by
//! the engine, which has journalled it.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{BaseUrl, Timestamp};
use crate::platform::{Budget, Clock, PlatformError, WriteError};
use crate::secrets::Secret;

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

/// One connection's client: all its calls share the rate budget. Clones share it too.
#[derive(Clone)]
pub struct Http {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Empty,
    Json(serde_json::Value),
    Form(Vec<(String, String)>),
}

/// A call. The path is relative to the base URL and begins with a slash.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub method: Method,
    pub path: String,
    /// Not yet percent-encoded.
    pub query: Vec<(String, String)>,
    pub headers: Vec<(&'static str, String)>,
    /// Marked sensitive, and redacted everywhere: `("Authorization", "Bearer …")`.
    pub secret_headers: Vec<(&'static str, Secret)>,
    pub body: Body,
    /// Units of the rate budget.
    pub cost: u32,
    /// Statuses beside 2xx that the caller wants to see instead of an error.
    pub accept: &'static [u16],
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// When the call was sent, by our clock.
    pub sent_at: Timestamp,
}

/// What a platform's headers or body say of the rate budget.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LimitReading {
    /// Units that may be used now.
    pub available: Option<u32>,
    /// Size of the bucket.
    pub burst: Option<u32>,
    /// Thousandths of a unit that come back per second.
    pub per_second_milli: Option<u32>,
    /// Nothing may be sent for so long.
    pub pause: Option<Duration>,
}
