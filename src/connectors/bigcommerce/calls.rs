//! The way of a call to the store: address, key, rate window, and what an error body means.
//!
//! A 429 is accepted here and not left to `http`, since BigCommerce says in headers of its own how long to wait.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::clean;
use crate::http::{Answer, Http, Method, Request};
use crate::platform::{PlatformError, WriteError};

use super::auth::Key;
use super::profile::PROFILE;
use super::window;

/// Tries of a read that is told to slow down.
const TRIES: u32 = 5;

pub(super) struct Calls {
    http: Http,
    key: Key,
}

impl Calls {
    pub(super) fn new(http: Http, key: Key) -> Self {
        Self { http, key }
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// A call of version 3; `path` begins with a slash (`/catalog/products`).
    pub(super) fn v3(&self, method: Method, path: &str) -> Request {
        Request::new(method, format!("{}/v3{path}", self.key.root)).header("Accept", "application/json")
    }

    pub(super) fn get(&self, path: &str) -> Request {
        self.v3(Method::Get, path)
    }

    pub(super) fn put(&self, path: &str, body: Value) -> Request {
        self.v3(Method::Put, path).json(body)
    }

    pub(super) fn post(&self, path: &str, body: Value) -> Request {
        self.v3(Method::Post, path).json(body)
    }

    /// A read of version 2, which has orders and the store itself.
    pub(super) fn get_v2(&self, path: &str) -> Request {
        // Without this header version 2 answers XML.
        Request::get(format!("{}/v2{path}", self.key.root)).header("Accept", "application/json")
    }

    /// A call that changes nothing. `also` are statuses to be returned instead of an error.
    pub(super) async fn read(&self, request: Request, also: Also) -> Result<Answer, PlatformError> {
        let mut tries = 0;
        loop {
            let answer = self.http.read(self.signed(request.clone(), also)).await?;
            if answer.status != 429 {
                self.observe(&answer);
                return Ok(answer);
            }
            tries += 1;
            let error = self.throttled(&answer);
            if tries >= TRIES {
                return Err(error);
            }
            // The gate in front of every call keeps the pause.
        }
    }

    /// A call that changes something: sent once.
    pub(super) async fn write(&self, request: Request, also: Also) -> Result<Answer, WriteError> {
        let answer = self.http.write(self.signed(request, also)).await?;
        if answer.status == 429 {
            return Err(WriteError::NotApplied(self.throttled(&answer)));
        }
        self.observe(&answer);
        Ok(answer)
    }

    pub(super) async fn read_json<T: DeserializeOwned>(&self, request: Request) -> Result<(T, Answer), PlatformError> {
        let answer = self.read(request, Also::Nothing).await?;
        Ok((self.json(&answer)?, answer))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, PlatformError> {
        answer.json().map_err(|why| self.http.unexpected(&why))
    }

    /// What an error answer means, for a person.
    pub(super) fn refusal(&self, answer: &Answer) -> PlatformError {
        let why = explain(answer.status, &answer.body).unwrap_or_else(|| format!("status {}", answer.status));
        PlatformError::of_status(PROFILE.name, answer.status, why)
    }

    fn signed(&self, mut request: Request, also: Also) -> Request {
        request.accept = also.statuses();
        request.secret_header("X-Auth-Token", self.key.token.clone())
    }

    fn observe(&self, answer: &Answer) {
        if let Some(reading) = window::reading(answer) {
            self.http.observe(reading);
        }
    }

    fn throttled(&self, answer: &Answer) -> PlatformError {
        let (reading, pause) = window::throttled(answer);
        self.http.observe(reading);
        PlatformError::Throttled { platform: PROFILE.name, retry_after: Some(pause) }
    }
}

/// Statuses beside 2xx that a caller wants to see. A closed set, since `http` takes what is `'static`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Also {
    Nothing,
    /// It may be gone.
    Missing,
    /// The key may lack the scope.
    Forbidden,
    /// The platform may understand and say no: a conflict, wrong data, too much of it, gone.
    Refusals,
    /// A question whether the key may write, which cannot be carried out.
    Probe,
}

impl Also {
    const fn statuses(self) -> &'static [u16] {
        match self {
            Self::Nothing => &[429],
            Self::Missing => &[404, 429],
            Self::Forbidden => &[403, 429],
            Self::Refusals => &[400, 404, 409, 413, 422, 429],
            Self::Probe => &[400, 403, 404, 409, 413, 422, 429],
        }
    }
}

pub(super) fn refused(why: impl Into<String>) -> PlatformError {
    PlatformError::Refused { platform: PROFILE.name, why: why.into() }
}

/// Nothing was done.
pub(super) fn not_done(why: impl Into<String>) -> WriteError {
    WriteError::NotApplied(refused(why))
}

/// Nobody can tell whether it was done.
pub(super) fn unexplained(why: impl Into<String>) -> WriteError {
    WriteError::Unknown(PlatformError::Unexpected { platform: PROFILE.name, why: why.into() })
}

/// The platform's own sentence. Version 3: `{status, title, type, errors: {field: sentence}}`, in a 207 one level
/// deeper; batches of variants: `{batch_errors: […]}`; version 2: `[{status, message, details}]`.
pub(super) fn explain(_status: u16, body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    sentence(&body)
}

pub(super) fn sentence(problem: &Value) -> Option<String> {
    if let Some(list) = problem.as_array().or_else(|| problem.get("batch_errors").and_then(Value::as_array)) {
        let all: Vec<String> = list.iter().filter_map(sentence).take(3).collect();
        return (!all.is_empty()).then(|| all.join("; "));
    }
    let text = |name: &str| problem.get(name).and_then(Value::as_str).map(clean).filter(|text| !text.is_empty());
    let title = text("title").or_else(|| text("message")).or_else(|| text("error"));
    let errors = problem.get("errors");
    if let Some(inner) = errors.filter(|inner| inner.get("title").is_some()) {
        return sentence(inner);
    }
    let details: Vec<String> = match errors {
        Some(Value::Object(errors)) => errors
            .iter()
            .filter_map(|(field, why)| why.as_str().map(|why| format!("{}: {}", clean(field), clean(why))))
            .take(3)
            .collect(),
        Some(Value::Array(errors)) => errors.iter().filter_map(sentence).take(3).collect(),
        _ => Vec::new(),
    };
    match (title, details.is_empty()) {
        (Some(title), true) => Some(title),
        (Some(title), false) => Some(format!("{title} ({})", details.join("; "))),
        (None, false) => Some(details.join("; ")),
        (None, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_forms_of_refusals_are_understood() {
        let told = |body: Value| sentence(&body).unwrap_or_default();
        assert_eq!(
            told(json!({"status": 409, "title": "The product name is a duplicate"})),
            "The product name is a duplicate"
        );
        assert_eq!(
            told(json!({"status": 422, "title": "JSON data is invalid", "errors": {"name": "too long"}})),
            "JSON data is invalid (name: too long)"
        );
        assert_eq!(
            told(json!([{"status": 404, "message": "The requested resource was not found."}])),
            "The requested resource was not found."
        );
        assert_eq!(
            told(json!({"data": {}, "errors": {"status": 207, "title": "Saving the stock failed"}})),
            "Saving the stock failed"
        );
        assert_eq!(told(json!({"batch_errors": [{"title": "SKU taken", "errors": {}}]})), "SKU taken");
        assert_eq!(sentence(&json!({"data": []})), None);
    }
}
