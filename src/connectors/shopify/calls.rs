//! One call of the GraphQL endpoint: the key, the version, the cost, and the errors that come with status 200.
//!
//! A read that is throttled is sent again here, a bounded number of times; a write never is, except where the shop
//! refused an old token, which it does before it looks at the request.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::domain::{Timestamp, clean};
use crate::http::{Answer, Http, LimitReading, Request};
use crate::platform::{Clock, PlatformError, WriteError};

use super::auth::{Keys, refused};
use super::profile::{API_VERSION, NAME};
use super::wire::{Cost, Envelope, GraphqlError, UserError};

/// How often a read is sent while the shop answers that the points are used up.
const MOST_TRIES: u32 = 6;

pub(super) struct Caller {
    pub http: Http,
    pub clock: Arc<dyn Clock>,
    keys: Keys,
    path: String,
}

/// The data of an answer, and the shop's own time when it was asked (ours, where it told none).
pub(super) struct Answered {
    pub data: Value,
    pub asked_at: Timestamp,
}

impl Answered {
    /// One field of the data.
    pub fn field<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, PlatformError> {
        let value = self.data.get_mut(name).map(Value::take).unwrap_or_default();
        serde_json::from_value(value).map_err(|why| unexpected(format!("its field {name} cannot be read: {why}")))
    }
}

/// Why an answer with status 200 is none.
struct Failed {
    error: PlatformError,
    /// Certainly nothing was changed there.
    not_applied: bool,
}

impl Caller {
    pub fn new(http: Http, clock: Arc<dyn Clock>, keys: Keys) -> Self {
        Self { http, clock, keys, path: format!("/admin/api/{API_VERSION}/graphql.json") }
    }

    pub async fn read(&self, document: &str, variables: Value, cost: u32) -> Result<Answered, PlatformError> {
        let mut tries = 0;
        loop {
            let token = self.keys.token(&self.http).await?;
            let mut answer =
                self.http.read(self.request(document, &variables, cost).secret_header(HEADER, token.clone())).await?;
            if answer.status == 401 && self.keys.forget(&token).await {
                let token = self.keys.token(&self.http).await?;
                answer = self.http.read(self.request(document, &variables, cost).secret_header(HEADER, token)).await?;
            }
            tries += 1;
            match self.judge(&answer) {
                Ok(data) => return Ok(Answered { data, asked_at: self.their_time(&answer) }),
                Err(Failed { error: PlatformError::Throttled { retry_after, .. }, .. }) if tries < MOST_TRIES => {
                    self.clock.sleep(retry_after.unwrap_or(Duration::from_secs(1 << tries.min(4)))).await;
                }
                Err(failed) => return Err(failed.error),
            }
        }
    }

    pub async fn write(&self, document: &str, variables: Value, cost: u32) -> Result<Answered, WriteError> {
        let token = self.keys.token(&self.http).await.map_err(WriteError::NotApplied)?;
        let request = self.request(document, &variables, cost);
        let mut answer = self.http.write(request.clone().secret_header(HEADER, token.clone())).await?;
        if answer.status == 401 && self.keys.forget(&token).await {
            let token = self.keys.token(&self.http).await.map_err(WriteError::NotApplied)?;
            answer = self.http.write(request.secret_header(HEADER, token)).await?;
        }
        match self.judge(&answer) {
            Ok(data) => Ok(Answered { data, asked_at: self.their_time(&answer) }),
            Err(Failed { error, not_applied: true }) => Err(WriteError::NotApplied(error)),
            Err(Failed { error, not_applied: false }) => Err(WriteError::Unknown(error)),
        }
    }

    fn request(&self, document: &str, variables: &Value, cost: u32) -> Request {
        Request::post(self.path.as_str())
            .header("Accept", "application/json")
            .json(json!({ "query": document, "variables": variables }))
            .cost(cost)
            .accept(&[401])
    }

    fn their_time(&self, answer: &Answer) -> Timestamp {
        Timestamp(answer.sent_at.0.saturating_add(self.http.server_skew().unwrap_or(0)))
    }

    fn judge(&self, answer: &Answer) -> Result<Value, Failed> {
        if answer.status == 401 {
            let why = explain(401, &answer.body).unwrap_or_else(|| "it is not valid (any more)".to_owned());
            return Err(Failed { error: refused(why), not_applied: true });
        }
        let maybe_applied = |error| Failed { error, not_applied: false };
        if let Some(other) = answer.header("x-shopify-api-version").filter(|version| *version != API_VERSION) {
            let why = format!(
                "it answers with API version {}, this counterpart speaks {API_VERSION}; a newer counterpart is needed",
                clean(other)
            );
            return Err(maybe_applied(unexpected(why)));
        }
        let envelope: Envelope = answer.json().map_err(|why| maybe_applied(self.http.unexpected(&why)))?;
        let cost = envelope.extensions.and_then(|extensions| extensions.cost);
        if let Some(cost) = &cost {
            self.observe(cost);
        }
        match (envelope.errors, envelope.data) {
            (None | Some(Value::Null), Some(data)) if !data.is_null() => Ok(data),
            (None | Some(Value::Null), _) => {
                Err(maybe_applied(unexpected("it has neither data nor errors".to_owned())))
            }
            (Some(errors), _) => Err(sort_out(errors, cost.as_ref())),
        }
    }

    fn observe(&self, cost: &Cost) {
        if let Some(status) = &cost.throttle_status {
            self.http.observe(LimitReading {
                available: points(status.currently_available),
                burst: points(status.maximum_available),
                per_second_milli: points(status.restore_rate * 1000.0),
                pause: None,
            });
        }
    }
}

const HEADER: &str = "X-Shopify-Access-Token";

/// Points come with a decimal point. They steer pauses only, so the fraction does not matter.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped before the cast
fn points(raw: f64) -> Option<u32> {
    raw.is_finite().then(|| raw.clamp(0.0, f64::from(u32::MAX)) as u32)
}

/// What the list of `errors` means. Codes: Shopify, "GraphQL Admin API", status and error codes.
fn sort_out(errors: Value, cost: Option<&Cost>) -> Failed {
    let errors: Vec<GraphqlError> = match errors {
        Value::String(message) => vec![GraphqlError { message, ..GraphqlError::default() }],
        list => serde_json::from_value(list).unwrap_or_default(),
    };
    let code_of = |error: &GraphqlError| error.extensions.code.clone().unwrap_or_default();
    let is = |code: &str| errors.iter().any(|error| code_of(error) == code);
    let said = errors.first().map_or_else(|| "an unnamed error".to_owned(), |error| clean(&error.message));
    if is("THROTTLED") {
        let error = PlatformError::Throttled { platform: NAME, retry_after: cost.and_then(until_enough) };
        return Failed { error, not_applied: true };
    }
    if let Some(denied) = errors.iter().find(|error| code_of(error) == "ACCESS_DENIED") {
        let why = match &denied.extensions.required_access {
            Some(access) => format!("it lacks a permission: {}", clean(access)),
            None => clean(&denied.message),
        };
        return Failed { error: refused(why), not_applied: true };
    }
    if is("MAX_COST_EXCEEDED") || is("SHOP_INACTIVE") {
        return Failed { error: PlatformError::Refused { platform: NAME, why: said }, not_applied: true };
    }
    if is("INTERNAL_SERVER_ERROR") {
        return Failed { error: PlatformError::Broken { platform: NAME, why: said }, not_applied: false };
    }
    // Without a path it is about the document or its variables, which are checked before anything is done.
    let not_applied = errors.iter().all(|error| error.path.is_none());
    Failed { error: unexpected(said), not_applied }
}

/// How long until the points that were asked for are there.
fn until_enough(cost: &Cost) -> Option<Duration> {
    let status = cost.throttle_status.as_ref()?;
    let lacking = (cost.requested_query_cost? - status.currently_available).max(0.0);
    let seconds = lacking / status.restore_rate.max(1.0);
    Duration::try_from_secs_f64(seconds.clamp(0.1, 60.0)).ok()
}

pub(super) fn unexpected(why: String) -> PlatformError {
    PlatformError::Unexpected { platform: NAME, why }
}

/// A mutation's own errors as one refusal. With any of them, nothing was done.
pub(super) fn refusal(errors: &[UserError]) -> PlatformError {
    let sentences: Vec<String> = errors.iter().map(|error| clean(&error.message)).collect();
    PlatformError::Refused { platform: NAME, why: sentences.join("; ") }
}

/// Takes Shopify's sentence out of an error body: `errors` as text, list or fields, or OAuth's `error_description`.
pub(super) fn explain(_status: u16, body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let sentence = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => list.iter().find_map(|e| e.as_str().or_else(|| e["message"].as_str())).map(str::to_owned),
        Value::Object(fields) => fields.iter().next().map(|(field, why)| match why {
            Value::String(why) => format!("{field}: {why}"),
            other => format!("{field}: {other}"),
        }),
        _ => None,
    };
    ["errors", "error_description", "error"].into_iter().find_map(|name| sentence(&body[name])).map(|text| clean(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shops_own_sentence_is_found_in_every_shape() {
        let explained = |body: Value| explain(400, body.to_string().as_bytes());
        assert_eq!(explained(json!({ "errors": "Not Found" })).as_deref(), Some("Not Found"));
        assert_eq!(explained(json!({ "errors": [{ "message": "no" }] })).as_deref(), Some("no"));
        assert_eq!(explained(json!({ "errors": { "query": "missing" } })).as_deref(), Some("query: missing"));
        assert_eq!(explained(json!({ "error": "x", "error_description": "y" })).as_deref(), Some("y"));
        assert_eq!(explained(json!([1])), None);
        assert_eq!(explain(502, b"<html>"), None);
    }

    #[test]
    fn errors_say_whether_something_may_have_been_done() {
        let failed = |errors: Value| sort_out(errors, None);
        let throttled = failed(json!([{ "message": "Throttled", "extensions": { "code": "THROTTLED" } }]));
        assert!(throttled.not_applied && matches!(throttled.error, PlatformError::Throttled { .. }));
        let denied = failed(json!([{ "message": "Access denied", "path": ["x"],
            "extensions": { "code": "ACCESS_DENIED", "requiredAccess": "`write_products` access scope." } }]));
        assert!(denied.not_applied && denied.error.to_string().contains("write_products"), "{}", denied.error);
        let broken =
            failed(json!([{ "message": "Internal error", "extensions": { "code": "INTERNAL_SERVER_ERROR" } }]));
        assert!(!broken.not_applied && broken.error.passes());
        assert!(failed(json!([{ "message": "Field 'titel' doesn't exist on type 'Product'" }])).not_applied);
        assert!(!failed(json!([{ "message": "?", "path": ["productSet"] }])).not_applied);
    }

    #[test]
    fn the_pause_follows_from_the_points() {
        let cost: Cost = serde_json::from_value(json!({ "requestedQueryCost": 900, "throttleStatus":
            { "maximumAvailable": 2000.0, "currentlyAvailable": 400, "restoreRate": 100.0 } }))
        .unwrap();
        assert_eq!(until_enough(&cost), Some(Duration::from_secs(5)));
    }
}
