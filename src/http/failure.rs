//! What went wrong, in the words of the contract, and whether it may have been applied all the same.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use crate::domain::Timestamp;
use crate::platform::{PlatformError, WriteError};

use super::answer::Answer;
use super::redact::Redaction;
use super::retry::{http_date, retry_after};
use super::transport::chain;

/// Characters of a platform's own sentence that are shown.
const MOST_SENTENCE: usize = 500;
/// Characters of an error's body that are shown where there is no sentence in it.
const MOST_EXCERPT: usize = 200;
/// Bytes of an error's body that an excerpt is taken from.
const MOST_EXCERPT_BYTES: usize = 2048;

/// A failed call.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: PlatformError,
    /// The request certainly changed nothing there.
    pub(super) not_applied: bool,
    /// The same read may succeed if it is sent again.
    pub(super) again: bool,
    /// What the platform asked us to wait.
    pub(super) retry_after: Option<Duration>,
}

impl Failed {
    pub(super) fn before_sending(error: PlatformError) -> Self {
        Self { error, not_applied: true, again: false, retry_after: None }
    }

    pub(super) fn into_write(self) -> WriteError {
        if self.not_applied { WriteError::NotApplied(self.error) } else { WriteError::Unknown(self.error) }
    }
}

/// Who speaks, and what must not be said.
pub(super) struct Witness<'a> {
    pub(super) platform: &'static str,
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    pub(super) redaction: Redaction,
    pub(super) explain: fn(status: u16, body: &[u8]) -> Option<String>,
    pub(super) timeout: Duration,
    pub(super) now: Timestamp,
}

impl Witness<'_> {
    pub(super) fn unexpected(&self, why: &str) -> PlatformError {
        PlatformError::Unexpected { platform: self.platform, why: self.redaction.text(why, MOST_SENTENCE) }
    }

    /// No answer, or not a whole one.
    pub(super) fn no_answer(&self, error: reqwest::Error, in_body: bool) -> Failed {
        let error = error.without_url();
        let before = error.is_connect() || error.is_builder();
        let why = if in_body && !error.is_timeout() {
            "the answer broke off in the middle".to_owned()
        } else {
            self.redaction.text(&self.reason(&error), MOST_SENTENCE)
        };
        let host = self.host.to_owned();
        Failed {
            again: !error.is_builder(),
            not_applied: before,
            error: PlatformError::Unreachable { platform: self.platform, host, why },
            retry_after: None,
        }
    }

    /// A status that is neither 2xx nor one that the caller asked to see.
    pub(super) fn refusal(&self, answer: &Answer) -> Failed {
        let platform = self.platform;
        let status = answer.status;
        let why = self.sentence(answer);
        let asked = answer.header("retry-after").and_then(|value| retry_after(value, answer.header("date"), self.now));
        let asked =
            asked.or_else(|| answer.header("x-ratelimit-reset").and_then(|value| reset(value, answer, self.now)));
        let refused = |error| Failed { error, not_applied: true, again: false, retry_after: None };
        match status {
            300..=399 => Failed {
                error: self.redirected(answer),
                // 302 and 303 may mean "done, and now look there".
                not_applied: !matches!(status, 302..=304),
                again: false,
                retry_after: None,
            },
            401 | 403 => refused(PlatformError::Unauthorised { platform, why }),
            404 | 410 => {
                let what = format!("{} ({why})", self.redaction.text(self.path, MOST_EXCERPT));
                refused(PlatformError::NotFound { platform, what })
            }
            // Said by servers that tire of a slow request, and by gateways that tire of a slow server.
            408 => Failed {
                error: PlatformError::Unreachable { platform, host: self.host.to_owned(), why },
                not_applied: false,
                again: true,
                retry_after: asked,
            },
            429 => Failed {
                error: PlatformError::Throttled { platform, retry_after: asked },
                not_applied: true,
                again: true,
                retry_after: asked,
            },
            400..=499 => refused(PlatformError::Refused { platform, why }),
            500..=599 => Failed {
                error: PlatformError::Broken { platform, why },
                not_applied: false,
                again: true,
                retry_after: asked,
            },
            _ => Failed { error: self.unexpected(&why), not_applied: false, again: false, retry_after: None },
        }
    }

    fn redirected(&self, answer: &Answer) -> PlatformError {
        // The query is left out: single sign-on puts tickets there.
        let target = answer.header("location").unwrap_or("an address that it does not name");
        let target = target.split(['?', '#']).next().unwrap_or_default();
        PlatformError::Redirected { platform: self.platform, to: self.redaction.text(target, MOST_EXCERPT) }
    }

    /// The platform's own sentence, or as much of the body as helps, or the bare status.
    fn sentence(&self, answer: &Answer) -> String {
        let status = answer.status;
        if let Some(told) = (self.explain)(status, &answer.body) {
            let told = self.redaction.text(&told, MOST_SENTENCE);
            if !told.is_empty() {
                return told;
            }
        }
        if answer.is_html() {
            return self
                .redaction
                .text(&format!("status {status}, an HTML page{}", answer.page_title()), MOST_SENTENCE);
        }
        let start = answer.body.get(..MOST_EXCERPT_BYTES).unwrap_or(&answer.body);
        match self.redaction.text(&String::from_utf8_lossy(start), MOST_EXCERPT) {
            excerpt if excerpt.is_empty() => format!("status {status}"),
            excerpt => format!("status {status}: {excerpt}"),
        }
    }

    fn reason(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            return match error.is_connect() {
                true => "nobody answered the attempt to connect".to_owned(),
                false => format!("no answer within {} seconds", self.timeout.as_secs_f32()),
            };
        }
        if error.is_dns() {
            return "there is no such name on the net, or no net".to_owned();
        }
        let mut cause = error.source();
        while let Some(why) = cause {
            if let Some(known) = why.downcast_ref::<io::Error>().and_then(said_by_the_system) {
                return known;
            }
            cause = why.source();
        }
        match error.is_connect() {
            true => chain(error),
            false => format!("the connection ended without an answer ({})", chain(error)),
        }
    }
}

/// How long until the moment that some endpoints name, in seconds since 1970, where they send no `Retry-After`. Counted
/// from the server's own `Date` where there is one.
fn reset(value: &str, answer: &Answer, now: Timestamp) -> Option<Duration> {
    // Smaller numbers are seconds to wait elsewhere, or a count: not ours to guess.
    let until: i64 = value.trim().parse().ok().filter(|seconds| *seconds > 1_000_000_000)?;
    let from = answer.header("date").and_then(http_date).unwrap_or(now);
    let left = until.saturating_mul(1000).saturating_sub(from.0);
    Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
}

fn said_by_the_system(error: &io::Error) -> Option<String> {
    // Layers wrap each other's errors, and `source` steps over what is wrapped.
    if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>()) {
        return said_by_the_system(inner);
    }
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return Some(match tls {
            rustls::Error::InvalidCertificate(why) => format!("its certificate is not to be trusted ({why})"),
            other => format!("no encrypted connection came about ({other})"),
        });
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some("nothing answers at this address (connection refused)".to_owned()),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => {
            Some("the connection ended without an answer".to_owned())
        }
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => Some("there is no way there".to_owned()),
        _ => None,
    }
}
