//! Error bodies: `{status, title, type, errors}` as `application/problem+json` says, with the documented sentences where
//! there are any.

use serde_json::{Map, Value, json};

use crate::sandbox::Outgoing;

pub(super) const TYPE: &str = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes";

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    pub status: u16,
    pub title: String,
    pub errors: Map<String, Value>,
}

impl Problem {
    pub(super) fn new(status: u16, title: impl Into<String>) -> Self {
        Self { status, title: title.into(), errors: Map::new() }
    }

    pub(super) fn with(mut self, field: &str, why: &str) -> Self {
        self.errors.insert(field.to_owned(), json!(why));
        self
    }

    pub(super) fn body(&self) -> Value {
        let mut body = json!({"status": self.status, "title": self.title, "type": TYPE});
        if !matches!(self.status, 401 | 403 | 404 | 429) {
            body["errors"] = Value::Object(self.errors.clone());
        }
        body
    }

    pub(super) fn outgoing(&self) -> Outgoing {
        Outgoing::json(self.status, &self.body())
    }
}

pub(super) fn not_found() -> Problem {
    Problem::new(404, "The requested resource was not found.")
}

pub(super) fn too_many() -> Problem {
    Problem::new(429, "Too many requests.")
}

pub(super) fn invalid(field: &str, why: &str) -> Problem {
    Problem::new(422, "JSON data is missing or invalid").with(field, why)
}

/// A number in a path.
pub(super) fn number(raw: &str) -> Result<u64, Problem> {
    raw.parse().map_err(|_| not_found())
}
