//! The way of a call to the site: address, key, site, and what an error body means.
//!
//! Wix documents no header about its limits, so a 429 is left to `http`, which pauses and asks again.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::clean;
use crate::http::{Answer, Http, Request};
use crate::platform::{PlatformError, WriteError};

use super::auth::Key;
use super::profile::PROFILE;

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

    /// A call that changes nothing (whatever its method: lists are asked for with POST). `also` are statuses to be
    /// returned instead of an error.
    pub(super) async fn read(&self, request: Request, also: Also) -> Result<Answer, PlatformError> {
        self.http.read(self.signed(request, also)).await
    }

    /// A call that changes something: sent once.
    pub(super) async fn write(&self, request: Request, also: Also) -> Result<Answer, WriteError> {
        self.http.write(self.signed(request, also)).await
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
        request
            .header("Accept", "application/json")
            .header("wix-site-id", &self.key.site)
            .secret_header("Authorization", self.key.key.clone())
    }
}

/// Statuses beside 2xx that a caller wants to see. A closed set, since `http` takes what is `'static`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Also {
    Nothing,
    /// It may be gone.
    Missing,
    /// The key may lack the permission.
    Forbidden,
    /// Wix may understand and say no: wrong data, gone, another revision, a condition that is not met.
    Refusals,
}

impl Also {
    const fn statuses(self) -> &'static [u16] {
        match self {
            Self::Nothing => &[],
            Self::Missing => &[404],
            Self::Forbidden => &[403],
            Self::Refusals => &[400, 404, 409, 412, 422, 428],
        }
    }
}

pub(super) const fn is_success(answer: &Answer) -> bool {
    matches!(answer.status, 200..=299)
}

pub(super) fn refused(why: impl Into<String>) -> PlatformError {
    PlatformError::Refused { platform: PROFILE.name, why: why.into() }
}

pub(super) fn gone(what: impl Into<String>) -> PlatformError {
    PlatformError::NotFound { platform: PROFILE.name, what: what.into() }
}

/// Nothing was done.
pub(super) fn not_done(why: impl Into<String>) -> WriteError {
    WriteError::NotApplied(refused(why))
}

/// Nobody can tell whether it was done.
pub(super) fn unexplained(why: impl Into<String>) -> WriteError {
    WriteError::Unknown(PlatformError::Unexpected { platform: PROFILE.name, why: why.into() })
}

/// It was done, or a part of it: only the report about it failed.
pub(super) fn unknown(error: WriteError) -> WriteError {
    WriteError::Unknown(error.cause().clone())
}

/// Wix's own code for what went wrong: `SKU_ALREADY_EXIST_ERROR`.
pub(super) fn code(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = body.pointer("/details/applicationError/code").and_then(Value::as_str);
    code.unwrap_or_default().to_owned()
}

/// The thing was changed since it was read: a revision that is not the present one. Wix answers 409; which code it
/// writes is not documented, so the word decides where the status does not.
pub(super) fn is_conflict(answer: &Answer) -> bool {
    let code = code(answer);
    let of_revision = code.contains("REVISION") || code.contains("CONFLICT");
    of_revision || (answer.status == 409 && !code.contains("ALREADY") && !code.contains("DUPLICATE"))
}

/// The platform's own sentence: `{message, details: {applicationError: {code, description}}}`, or
/// `{details: {validationError: {fieldViolations: [{field, description}]}}}`.
pub(super) fn explain(_status: u16, body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(clean).filter(|text| !text.is_empty());
    let violations = body.pointer("/details/validationError/fieldViolations").and_then(Value::as_array);
    let violation = |one: &Value| {
        let why = text(one.get("description"))?;
        Some(text(one.get("field")).map_or_else(|| why.clone(), |field| format!("{field}: {why}")))
    };
    let violations: Vec<String> = violations.into_iter().flatten().filter_map(violation).take(3).collect();
    if !violations.is_empty() {
        return Some(violations.join("; "));
    }
    let application = body.pointer("/details/applicationError");
    let told = text(application.and_then(|error| error.get("description"))).or_else(|| text(body.get("message")));
    let code = text(application.and_then(|error| error.get("code")));
    match (told, code) {
        (Some(told), Some(code)) if !told.contains(&code) => Some(format!("{told} ({code})")),
        (Some(told), _) => Some(told),
        (None, code) => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use serde_json::json;

    #[test]
    fn both_forms_of_refusals_are_understood() {
        let told = |body: Value| explain(400, body.to_string().as_bytes()).unwrap_or_default();
        let application = json!({"message": "x", "details": {"applicationError": {"code": "SKU_ALREADY_EXIST_ERROR", "description": "SKU is taken"}}});
        assert_eq!(told(application), "SKU is taken (SKU_ALREADY_EXIST_ERROR)");
        let validation = json!({"message": "product.name has size 81", "details": {"validationError": {"fieldViolations": [{"field": "product.name", "description": "has size 81"}]}}});
        assert_eq!(told(validation), "product.name: has size 81");
        assert_eq!(told(json!({"message": "Forbidden"})), "Forbidden");
        assert_eq!(explain(500, b"<html>"), None);
    }

    #[test]
    fn a_taken_key_is_no_conflict() {
        let answer = |status, code: &str| Answer {
            status,
            headers: Vec::new(),
            body: json!({"details": {"applicationError": {"code": code}}}).to_string().into_bytes(),
            sent_at: Timestamp(0),
        };
        assert!(is_conflict(&answer(409, "INVALID_REVISION")) && is_conflict(&answer(400, "INVALID_REVISION")));
        assert!(is_conflict(&answer(409, "")));
        assert!(!is_conflict(&answer(409, "SKU_ALREADY_EXIST_ERROR")) && !is_conflict(&answer(400, "")));
    }
}
