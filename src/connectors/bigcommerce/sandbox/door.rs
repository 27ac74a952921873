//! Who asks, and how often: one token, one store, and a window of calls.

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing, Tally};

use super::problem::{self, Problem};

pub(super) const HASH: &str = "h4rb0urh1l";
pub(super) const TOKEN: &str = "s7r0ngb4sinxk3lp2wq9zv6tyh8cmd1";

/// Of the Standard and Plus plans.
const QUOTA: u64 = 150;
const WINDOW_MILLIS: i64 = 30_000;

#[derive(Debug)]
pub(super) struct Door {
    pub quota: u64,
    /// Beginnings of paths that the key lacks the scope for.
    pub forbidden: Vec<(&'static str, &'static str)>,
    began: Timestamp,
    used: u64,
    tally: Tally,
}

impl Default for Door {
    fn default() -> Self {
        Self { quota: QUOTA, forbidden: Vec::new(), began: Timestamp(i64::MIN / 2), used: 0, tally: Tally::default() }
    }
}

impl Door {
    pub(super) fn tally(&self) -> Tally {
        Tally { per_second: self.quota * 1_000_000 / WINDOW_MILLIS.unsigned_abs(), ..self.tally }
    }

    /// Counts the call.
    pub(super) fn admit(&mut self, now: Timestamp) -> Result<(), Problem> {
        if now.0 - self.began.0 >= WINDOW_MILLIS {
            self.began = now;
            self.used = 0;
        }
        if self.used >= self.quota {
            self.tally.refused += 1;
            return Err(problem::too_many());
        }
        self.used += 1;
        self.tally.used += 1000;
        Ok(())
    }

    pub(super) fn headers(&self, answer: Outgoing, now: Timestamp) -> Outgoing {
        let reset = WINDOW_MILLIS - (now.0 - self.began.0).clamp(0, WINDOW_MILLIS);
        window(answer, self.quota, self.quota.saturating_sub(self.used), reset)
    }

    /// The path from the version on, for those who may.
    pub(super) fn check<'a>(&self, request: &'a Incoming) -> Result<&'a str, Problem> {
        if request.header("x-auth-token") != Some(TOKEN) {
            return Err(Problem::new(401, "Unauthorized"));
        }
        let path = request.path.strip_prefix("/stores/").and_then(|path| path.strip_prefix(HASH));
        let path = path.filter(|path| path.starts_with('/')).ok_or_else(problem::not_found)?;
        let forbidden = |(method, start): &(&str, &str)| request.method == *method && path.starts_with(start);
        if self.forbidden.iter().any(forbidden) {
            return Err(Problem::new(403, "You don't have a required scope to access the endpoint"));
        }
        Ok(path)
    }
}

pub(super) fn window(answer: Outgoing, quota: u64, left: u64, reset_millis: i64) -> Outgoing {
    answer
        .header("x-rate-limit-time-window-ms", WINDOW_MILLIS)
        .header("x-rate-limit-time-reset-ms", reset_millis)
        .header("x-rate-limit-requests-quota", quota)
        .header("x-rate-limit-requests-left", left)
}
