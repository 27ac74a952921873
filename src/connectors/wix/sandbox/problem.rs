//! Error bodies: `{message, details: {applicationError: {code, description, data}}}`, and the form of what fails
//! validation before it comes to that.

use serde_json::{Value, json};

use crate::sandbox::Outgoing;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    pub status: u16,
    body: Value,
}

impl Problem {
    pub(super) fn outgoing(&self) -> Outgoing {
        Outgoing::json(self.status, &self.body)
    }
}

/// Wix understood, and the rules of the shop say no.
pub(super) fn refused(status: u16, code: &str, description: &str) -> Problem {
    let error = json!({"code": code, "description": description, "data": {}});
    Problem { status, body: json!({"message": description, "details": {"applicationError": error}}) }
}

/// A field is not as its declaration says.
pub(super) fn invalid(field: &str, why: &str) -> Problem {
    let violation = json!({"field": field, "description": why, "violatedRule": "OTHER", "data": {}});
    let details = json!({"validationError": {"fieldViolations": [violation]}});
    Problem { status: 400, body: json!({"message": format!("{field} {why}"), "details": details}) }
}

pub(super) fn not_found(what: &str) -> Problem {
    refused(404, "NOT_FOUND", &format!("{what} was not found"))
}

pub(super) fn bare(status: u16, message: &str) -> Problem {
    Problem { status, body: json!({"message": message, "details": {}}) }
}

/// What an item of a batch says, where the others go on.
pub(super) fn item_error(code: &str, description: &str) -> Value {
    json!({"code": code, "description": description, "data": {}})
}
