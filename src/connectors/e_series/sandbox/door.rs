//! Who asks, and how often.

use std::collections::VecDeque;

use serde_json::json;

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing, Tally};

use super::Problem;

pub(in super::super) const STORE_ID: &str = "15695068";
pub(super) const SECRET: &str = "secret_5hVbTaD4dQfKxw9zPyMrZ8nE2cUgLs7J";
const PUBLIC: &str = "public_Xk2mWq7RtYb4NvHd9sJpLc6FzGa3UeT8";

/// Calls of one token in a minute.
const PER_MINUTE: usize = 600;

#[derive(Debug, Default)]
pub(super) struct Door {
    pub is_free: bool,
    pub lacks: Vec<&'static str>,
    /// When the calls of the last minute came.
    recent: VecDeque<Timestamp>,
    /// Nobody is let in before this.
    shut: Option<Timestamp>,
    tally: Tally,
}

impl Door {
    /// The path below the shop's own.
    pub(super) fn check(&self, request: &Incoming) -> Result<String, Problem> {
        let given = request.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
        match given {
            Some(SECRET) => {}
            Some(PUBLIC) if request.method == "GET" => {}
            Some(PUBLIC) => return Err(Problem::new(403, "Access token doesn't have the required scope")),
            _ => return Err(Problem::new(403, "Access token is invalid or was revoked")),
        }
        let below = request.path.strip_prefix("/api/v3").unwrap_or(&request.path);
        let path = below.strip_prefix(&format!("/{STORE_ID}")).filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| Problem::new(404, "Store not found"))?;
        if self.is_free {
            return Err(Problem::new(402, "API is not available on the store's plan"));
        }
        if self.lacks.iter().any(|lacking| path.starts_with(lacking)) {
            return Err(Problem::new(403, "Access token doesn't have the required scope"));
        }
        Ok(path.to_owned())
    }

    pub(super) fn tally(&self) -> Tally {
        Tally { per_second: PER_MINUTE as u64 * 1000 / 60, ..self.tally }
    }

    pub(super) fn admit(&mut self, now: Timestamp) -> Result<(), Outgoing> {
        if let Some(until) = self.shut {
            if now < until {
                // Going on asking makes it longer.
                let until = until.plus_seconds(5);
                self.shut = Some(until);
                self.tally.refused += 1;
                return Err(throttled(seconds(now, until)));
            }
            self.shut = None;
        }
        while self.recent.front().is_some_and(|at| now.0.saturating_sub(at.0) >= 60_000) {
            self.recent.pop_front();
        }
        if let Some(first) = self.recent.front().filter(|_| self.recent.len() >= PER_MINUTE) {
            let until = first.plus_seconds(60);
            self.shut = Some(until);
            self.tally.refused += 1;
            return Err(throttled(seconds(now, until)));
        }
        self.recent.push_back(now);
        self.tally.used += 1000;
        Ok(())
    }
}

fn seconds(now: Timestamp, until: Timestamp) -> i64 {
    (until.0 - now.0 + 999) / 1000
}

pub(super) fn throttled(seconds: i64) -> Outgoing {
    Outgoing::json(429, &json!({"errorMessage": "Too many requests"})).header("Retry-After", seconds)
}
