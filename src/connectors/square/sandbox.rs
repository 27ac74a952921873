//! A Square account to try the program on: Square's HTTP over the shop model.
//!
//! What it imitates: bearer auth, `Square-Version`, catalogue (list, search, retrieve, upsert, delete, info), locations,
//! merchant, token status, inventory counts and changes in the stock model of 2026-07-15, orders with their returns
//! (reading), cursors that expire after five minutes, idempotency keys, object versions, full-object replacement, error
//! bodies.
//!
//! What it does not: two catalogue writes at once, which Square answers with 429 (requests are answered one after the
//! other here); orders that are written through the API; versions before 2026-07-15, whose stock model is another.
//! Square publishes no rate limit: here it is a bucket of 20 calls that refills with 10 a second, without headers.

mod catalog;
mod cursor;
mod identifiers;
mod inventory;
mod labels;
mod moved;
mod orders;
mod pictures;
mod render;
mod replace;
mod upsert;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Failure, Imitation, Incoming, Outgoing, Shop};

use super::auth;
use super::profile::PROFILE;
use identifiers::location_id;
use inventory::Recorded;
use labels::Labels;

pub use labels::PLAIN_VARIATIONS;

const TOKEN: &str = "EAAA-counterpart-sandbox-square";
const MERCHANT: &str = "SANDBOXMERCHANT";
/// The first version with the stock model that is imitated.
const OLDEST_VERSION: &str = "2026-07-15";
const BUCKET: i64 = 20;
const PER_SECOND: i64 = 10;

/// Says no, in Square's shape.
#[derive(Debug, Clone, PartialEq)]
struct Fault {
    status: u16,
    category: &'static str,
    code: &'static str,
    detail: String,
    field: Option<String>,
}

impl Fault {
    fn new(status: u16, category: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, category, code, detail: detail.into(), field: None }
    }

    /// 400, the request's own fault.
    fn invalid(code: &'static str, detail: impl Into<String>, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(400, "INVALID_REQUEST_ERROR", code, detail) }
    }

    fn missing(field: &str) -> Self {
        Self::invalid("MISSING_REQUIRED_PARAMETER", "Missing required parameter.", field)
    }

    fn not_found(detail: impl Into<String>, field: impl Into<String>) -> Self {
        Self { status: 404, ..Self::invalid("NOT_FOUND", detail, field) }
    }

    fn outgoing(&self) -> Outgoing {
        let mut error = json!({"category": self.category, "code": self.code, "detail": self.detail});
        if let Some(field) = &self.field {
            error["field"] = json!(field);
        }
        Outgoing::json(self.status, &json!({"errors": [error]}))
    }
}

type Answer = Result<Value, Fault>;

/// The imitation, with what Square keeps beside the shop itself.
#[derive(Debug, Default)]
pub struct SquareSandbox {
    /// Thousandths of a call that are left in the bucket, and when that was so.
    bucket: Option<(i64, Timestamp)>,
    /// By idempotency key: a hash of the request, and the answer.
    replays: HashMap<String, (blake3::Hash, Value)>,
    /// Inventory changes made through the API, oldest first.
    history: Vec<Recorded>,
    /// Categories and options that were made and are on no item yet.
    labels: Labels,
}

pub fn imitate() -> Box<dyn Imitation> {
    Box::new(SquareSandbox::default())
}

impl Imitation for SquareSandbox {
    fn platform(&self) -> &'static str {
        PROFILE.id
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        vec![(auth::TOKEN, TOKEN.to_owned())]
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let version = request.header("square-version").unwrap_or(PROFILE.api_version).to_owned();
        let outgoing = match self.admit(request, &version, now).and_then(|()| self.route(shop, request, now)) {
            Ok(body) => Outgoing::json(200, &body),
            Err(fault) => fault.outgoing(),
        };
        // Square names the version that it answered in, with every answer. Its Date is what a client sets its clock by.
        outgoing.header("square-version", version).header("date", http_date(now))
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        match failure {
            Failure::Throttled => throttled(),
            Failure::Broken => Fault::new(
                500,
                "API_ERROR",
                "INTERNAL_SERVER_ERROR",
                "An internal error has occurred, and the API was unable to service your request.",
            ),
        }
        .outgoing()
        .header("square-version", PROFILE.api_version)
        .header("date", http_date(now))
    }
}

fn throttled() -> Fault {
    Fault::new(429, "RATE_LIMIT_ERROR", "RATE_LIMITED", "This request was rate limited. Please retry later.")
}

fn http_date(now: Timestamp) -> String {
    let since = Duration::from_millis(u64::try_from(now.0).unwrap_or_default());
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + since)
}

/// `2026-09-16`
fn is_date(version: &str) -> bool {
    let shape =
        |(place, byte): (usize, u8)| if place == 4 || place == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    version.len() == 10 && version.bytes().enumerate().all(shape)
}

impl SquareSandbox {
    fn admit(&mut self, request: &Incoming, version: &str, now: Timestamp) -> Result<(), Fault> {
        let (left, since) = self.bucket.unwrap_or((BUCKET * 1000, now));
        let refilled = now.0.saturating_sub(since.0).max(0).saturating_mul(PER_SECOND).saturating_add(left);
        let left = refilled.min(BUCKET * 1000) - 1000;
        self.bucket = Some((left.max(0), now));
        if left < 0 {
            return Err(throttled());
        }
        if request.header("authorization") != Some(format!("Bearer {TOKEN}").as_str()) {
            let detail = "This request could not be authorized.";
            return Err(Fault::new(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED", detail));
        }
        let wrong = |code, detail: String| Fault::new(400, "INVALID_REQUEST_ERROR", code, detail);
        if !is_date(version) {
            let detail = "The Square-Version header is not a date such as 2026-09-16.".to_owned();
            return Err(wrong("INVALID_SQUARE_VERSION_FORMAT", detail));
        }
        if version < OLDEST_VERSION {
            let detail = format!("This account speaks {OLDEST_VERSION} and later.");
            return Err(wrong("API_VERSION_INCOMPATIBLE", detail));
        }
        Ok(())
    }

    fn route(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answer {
        if (request.method.as_str(), request.path.as_str()) == ("POST", "/v2/catalog/images") {
            let (words, hash) = pictures::read(request)?;
            return self.once(shop, request, &words, |_, shop, key| pictures::create(shop, &words, &hash, key, now));
        }
        let body = body(request)?;
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/v2/locations") => Ok(locations(shop)),
            ("GET", "/v2/merchants/me") => Ok(json!({"merchant": merchant(shop)})),
            ("POST", "/oauth2/token/status") => {
                Ok(json!({"scopes": auth::NEEDED, "client_id": "sandbox-sq0idb-counterpart", "merchant_id": MERCHANT}))
            }
            ("GET", "/v2/catalog/info") => Ok(catalog::info()),
            ("GET", "/v2/catalog/list") => catalog::list(shop, &self.labels, request, now),
            ("POST", "/v2/catalog/search") => catalog::search(shop, &self.labels, &body, now),
            ("POST", "/v2/catalog/batch-retrieve") => catalog::batch_retrieve(shop, &self.labels, &body),
            ("POST", "/v2/catalog/batch-upsert") => {
                self.once(shop, request, &body, |own, shop, key| upsert::batches(own, shop, &body, key, now))
            }
            ("POST", "/v2/catalog/object") => {
                self.once(shop, request, &body, |own, shop, key| upsert::object(own, shop, &body, key, now))
            }
            ("GET", path) if path.starts_with("/v2/catalog/object/") => {
                catalog::retrieve(shop, &self.labels, last_segment(path), request)
            }
            ("DELETE", path) if path.starts_with("/v2/catalog/object/") => {
                catalog::delete(shop, last_segment(path), now)
            }
            ("POST", "/v2/inventory/counts/batch-retrieve") => inventory::counts(shop, &body, now),
            ("POST", "/v2/inventory/changes/batch-retrieve") => inventory::changes(shop, &self.history, &body, now),
            ("POST", "/v2/inventory/changes/batch-create") => self.once(shop, request, &body, |own, shop, key| {
                inventory::batch_create(&mut own.history, shop, &body, key, now)
            }),
            ("POST", "/v2/orders/search") => orders::search(shop, &body, now),
            ("POST", "/v2/orders/batch-retrieve") => orders::batch_retrieve(shop, &body),
            _ => Err(Fault::new(404, "INVALID_REQUEST_ERROR", "NOT_FOUND", "API endpoint for URL path is not found.")),
        }
    }

    /// Runs a write at most once for each idempotency key: the same request again gets the same answer, another one
    /// under the same key is refused. Only what succeeded is remembered.
    fn once(
        &mut self,
        shop: &mut Shop,
        request: &Incoming,
        body: &Value,
        write: impl FnOnce(&mut Self, &mut Shop, &str) -> Answer,
    ) -> Answer {
        let key = body["idempotency_key"].as_str().unwrap_or_default();
        if key.is_empty() {
            return Err(Fault::missing("idempotency_key"));
        }
        if key.chars().count() > 128 {
            return Err(Fault::invalid(
                "VALUE_TOO_LONG",
                "Field must not be greater than 128 in length.",
                "idempotency_key",
            ));
        }
        let asked = blake3::hash(format!("{}\n{body}", request.path).as_bytes());
        match self.replays.get(key) {
            Some((known, answer)) if *known == asked => return Ok(answer.clone()),
            Some(_) => {
                let detail = "The idempotency key can only be retried with the same request data.";
                return Err(Fault::invalid("IDEMPOTENCY_KEY_REUSED", detail, "idempotency_key"));
            }
            None => {}
        }
        let answer = write(self, shop, key)?;
        self.replays.insert(key.to_owned(), (asked, answer.clone()));
        Ok(answer)
    }
}

fn body(request: &Incoming) -> Answer {
    if request.body.is_empty() {
        return Ok(json!({}));
    }
    let wrong = || Fault::new(400, "INVALID_REQUEST_ERROR", "EXPECTED_JSON_BODY", "Expected a JSON body.");
    request.json().filter(Value::is_object).ok_or_else(wrong)
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn locations(shop: &Shop) -> Value {
    let mut sorted: Vec<_> = shop.locations.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let list = sorted.into_iter().map(|location| {
        json!({
            "id": location_id(location.number),
            "name": location.name,
            "status": "ACTIVE",
            "currency": shop.currency.code(),
            "country": "US",
            "language_code": "en-US",
            "timezone": "America/New_York",
            "merchant_id": MERCHANT,
            "business_name": shop.name,
            "type": "PHYSICAL",
            "created_at": "2024-01-02T09:00:00Z",
        })
    });
    json!({"locations": list.collect::<Vec<_>>()})
}

fn merchant(shop: &Shop) -> Value {
    json!({
        "id": MERCHANT,
        "business_name": shop.name,
        "country": "US",
        "language_code": "en-US",
        "currency": shop.currency.code(),
        "status": "ACTIVE",
        "main_location_id": shop.locations.first().map(|location| location_id(location.number)),
        "created_at": "2024-01-02T09:00:00Z",
    })
}
