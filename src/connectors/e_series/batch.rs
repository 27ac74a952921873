//! Many calls in one: a batch is taken in, given a ticket, and done by the shop in its own time.
//!
//! It saves calls where a product has many combinations. Its `deduplicationKey` makes it the one write here that can be
//! sent twice: for an hour the same key answers with the same ticket and does nothing again. So a batch whose answer was
//! lost is sent once more, and its ticket tells what became of it. A later try of the same parts has another key: the old
//! ticket would only say again that they failed.
//!
//! After a 5xx the shop itself sends a part again, up to five times. So only what may be done twice belongs here: values
//! that are set, and combinations, of which the shop takes each set of options once. Never a difference of stock.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::platform::{PlatformError, WriteError};

use super::calls::explain;
use super::profile::NAME;
use super::shelf::Shelf;
use super::wire::Scalar;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A batch of hundred is over in seconds; one that takes longer than this stands in line behind somebody else's.
const LONGEST: Duration = Duration::from_secs(150);

/// One call of a batch. The path lies below the shop's own.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub method: &'static str,
    pub path: String,
    pub body: Value,
}

/// What became of one part.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ended {
    Done(Value),
    /// Certainly not done; the cause says whether it may be later.
    Refused(PlatformError),
    /// Nobody can tell.
    Unknown(PlatformError),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Taken {
    ticket: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Progress {
    status: Scalar,
    responses: Vec<Response>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Response {
    id: Scalar,
    status: Scalar,
    http_status_code: Scalar,
    escaped_http_body: Scalar,
}

/// One end for each part, in order.
pub(super) async fn run(shelf: &Shelf, parts: &[Part]) -> Result<Vec<Ended>, WriteError> {
    let key = key(&shelf.moment(), parts);
    let mut ticket = post(shelf, parts, &key).await;
    if matches!(ticket, Err(WriteError::Unknown(_))) {
        ticket = post(shelf, parts, &key).await.map_err(still_unknown);
    }
    let ticket = ticket?;
    let progress = finished(shelf, &ticket).await.map_err(WriteError::Unknown)?;
    let end = |position: usize| {
        let name = position.to_string();
        progress.responses.iter().find(|response| response.id.text() == Some(name.as_str())).map_or_else(
            || Ended::Unknown(shelf.calls.unexpected("the answer to a batch says nothing of one of its parts")),
            |response| ended(shelf, response),
        )
    };
    Ok((0..parts.len()).map(end).collect())
}

/// That the second try was refused says nothing of the first.
fn still_unknown(second: WriteError) -> WriteError {
    WriteError::Unknown(second.cause().clone())
}

async fn post(shelf: &Shelf, parts: &[Part], key: &str) -> Result<String, WriteError> {
    let body: Vec<Value> = parts
        .iter()
        .enumerate()
        .map(|(id, part)| json!({"id": id.to_string(), "method": part.method, "path": part.path, "body": part.body}))
        .collect();
    let request = shelf
        .calls
        .post("/batch", Value::Array(body))
        // Left out, the first failure would stop the rest.
        .query("stopOnFirstFailure", false)
        .query("allowParallelMode", false)
        .query("deduplicationKey", key);
    let taken: Taken = shelf.calls.write_json(request).await?;
    let ticket = taken.ticket.text().map(str::to_owned);
    ticket.ok_or_else(|| WriteError::Unknown(shelf.calls.unexpected("a batch was taken in without a ticket")))
}

async fn finished(shelf: &Shelf, ticket: &str) -> Result<Progress, PlatformError> {
    let mut waited = Duration::ZERO;
    let mut pause = FIRST_PAUSE;
    loop {
        let request = shelf.calls.get("/batch").query("ticket", ticket).query("escapedJson", true);
        let (progress, _) = shelf.calls.read_json::<Progress>(request).await?;
        if progress.status.text() == Some("COMPLETED") {
            return Ok(progress);
        }
        if waited >= LONGEST {
            return Err(shelf.calls.unexpected("a batch that is not over after minutes"));
        }
        shelf.clock.sleep(pause).await;
        waited += pause;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn ended(shelf: &Shelf, response: &Response) -> Ended {
    let status = response.http_status_code.whole().and_then(|status| u16::try_from(status).ok()).unwrap_or(0);
    let body = response.escaped_http_body.text().unwrap_or_default();
    match (response.status.text(), status) {
        (Some("NOT_EXECUTED"), _) => {
            Ended::Refused(PlatformError::Broken { platform: NAME, why: "a part of a batch was left out".to_owned() })
        }
        (_, 200..=299) => Ended::Done(serde_json::from_str(body).unwrap_or_default()),
        (_, 429) => Ended::Refused(PlatformError::Throttled { platform: NAME, retry_after: None }),
        (_, 400..=407 | 409..=499) => {
            let why = explain(status, body.as_bytes()).unwrap_or_else(|| format!("status {status}"));
            Ended::Refused(PlatformError::of_status(NAME, status, why))
        }
        _ => Ended::Unknown(shelf.calls.unexpected("a part of a batch failed without saying whether it was done")),
    }
}

/// A key for this try of these parts, in the form of a UUID.
fn key(moment: &str, parts: &[Part]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(moment.as_bytes());
    for part in parts {
        hasher.update(part.path.as_bytes());
        hasher.update(part.body.to_string().as_bytes());
    }
    let digits = hasher.finalize().to_hex();
    crate::domain::IdempotencyKey(digits.as_str()[..32].to_owned()).as_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_a_try_and_its_parts() {
        let part = |body| Part { method: "PUT", path: "/products/1/combinations/2".into(), body };
        let one = key("a", &[part(json!({"price": 1}))]);
        assert_eq!(one, key("a", &[part(json!({"price": 1}))]));
        assert_ne!(one, key("a", &[part(json!({"price": 2}))]));
        assert_ne!(one, key("b", &[part(json!({"price": 1}))]));
        assert_eq!(one.len(), 36);
    }
}
