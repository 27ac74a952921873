//! The way of a call: the version in the path, the key, what the answers say of the rate limit, and what an error body
//! means. The User-Agent that X-Series demands is put on by `http`, for every platform.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::{Timestamp, clean};
use crate::http::{Answer, Http, LimitReading, Request};
use crate::platform::{Clock, PlatformError, WriteError};
use crate::secrets::Secret;

use super::auth::{Key, bearer};
use super::profile::{BURST, CALLS_BESIDE, PROFILE, SPARE, VERSION, WINDOW};

pub struct Calls {
    http: Http,
    key: Key,
    clock: Arc<dyn Clock>,
}

impl Calls {
    pub fn new(http: Http, key: Key, clock: Arc<dyn Clock>) -> Self {
        Self { http, key, clock }
    }

    pub fn http(&self) -> &Http {
        &self.http
    }

    /// `path` begins with a slash: `/products`.
    pub fn get(&self, path: &str) -> Request {
        Request::get(format!("/api/{VERSION}{path}"))
    }

    pub fn post(&self, path: &str, body: Value) -> Request {
        Request::post(format!("/api/{VERSION}{path}")).json(body)
    }

    pub fn put(&self, path: &str, body: Value) -> Request {
        Request::put(format!("/api/{VERSION}{path}")).json(body)
    }

    pub fn delete(&self, path: &str) -> Request {
        Request::delete(format!("/api/{VERSION}{path}"))
    }

    pub fn login_ends(&self) -> Option<Timestamp> {
        self.key.ends()
    }

    /// The platform's time, by its last answer.
    pub fn server_now(&self) -> Timestamp {
        Timestamp(self.clock.now().0.saturating_add(self.http.server_skew().unwrap_or(0)))
    }

    /// A call that changes nothing (some of them are POSTs here).
    pub async fn read(&self, request: Request) -> Result<Answer, PlatformError> {
        self.read_or(request, &[401]).await
    }

    /// As [`Calls::read`]; `None` if it is not there.
    pub async fn find(&self, request: Request) -> Result<Option<Answer>, PlatformError> {
        let answer = self.read_or(request, &[401, 404]).await?;
        Ok(Some(answer).filter(|answer| answer.status != 404))
    }

    async fn read_or(&self, request: Request, accept: &'static [u16]) -> Result<Answer, PlatformError> {
        let mut again = true;
        loop {
            let token = self.key.token().await?;
            let answer = self.http.read(signed(&request, &token, accept)).await?;
            self.observe(&answer);
            if answer.status != 401 {
                return Ok(answer);
            }
            if !(std::mem::take(&mut again) && self.key.forget(&token).await) {
                return Err(refusal(&answer, &token));
            }
        }
    }

    /// A call that changes something. A 401 is definite, so a renewed key may be tried with it.
    pub async fn write(&self, request: Request) -> Result<Answer, WriteError> {
        let mut again = true;
        loop {
            let token = self.key.token().await.map_err(WriteError::NotApplied)?;
            let answer = self.http.write(signed(&request, &token, &[401])).await?;
            self.observe(&answer);
            if answer.status != 401 {
                return Ok(answer);
            }
            if !(std::mem::take(&mut again) && self.key.forget(&token).await) {
                return Err(WriteError::NotApplied(refusal(&answer, &token)));
            }
        }
    }

    pub async fn read_json<T: DeserializeOwned>(&self, request: Request) -> Result<T, PlatformError> {
        let answer = self.read(request).await?;
        answer.json().map_err(|why| self.http.unexpected(&why))
    }

    pub async fn write_json<T: DeserializeOwned>(&self, request: Request) -> Result<T, WriteError> {
        let answer = self.write(request).await?;
        answer.json().map_err(|why| WriteError::Unknown(self.http.unexpected(&why)))
    }

    fn observe(&self, answer: &Answer) {
        let number = |name: &str| answer.header(name).and_then(|value| value.trim().parse::<u32>().ok());
        let reading = reading(number("x-ratelimit-limit"), number("x-ratelimit-remaining"));
        if reading != LimitReading::default() {
            self.http.observe(reading);
        }
    }
}

fn signed(request: &Request, token: &Secret, accept: &'static [u16]) -> Request {
    request.clone().header("Accept", "application/json").secret_header("Authorization", bearer(token)).accept(accept)
}

/// The limit tells the number of registers, and thereby the rate. What is left of the window is only believed when it
/// is nothing: the window is five minutes long, and a bucket that were filled with what is left would be emptied at
/// once and then starve.
pub(super) fn reading(limit: Option<u32>, remaining: Option<u32>) -> LimitReading {
    let mut reading = LimitReading { available: remaining.filter(|left| *left == 0), ..LimitReading::default() };
    if let Some(limit) = limit.filter(|limit| *limit > CALLS_BESIDE) {
        let spread = limit - BURST - SPARE;
        reading.burst = Some(BURST);
        reading.per_second_milli = Some(spread.saturating_mul(1000) / WINDOW);
    }
    reading
}

fn refusal(answer: &Answer, token: &Secret) -> PlatformError {
    let told = explain(answer.status, &answer.body).unwrap_or_else(|| format!("status {}", answer.status));
    PlatformError::Unauthorised { platform: PROFILE.name, why: told.replace(token.reveal(), "***") }
}

/// X-Series documents no shape of errors. Seen are `{"error", "message"}`, `{"error": {"message"}}` and
/// `{"errors": {"field": ["…"]}}`.
pub fn explain(_status: u16, body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let mut told: Vec<String> = Vec::new();
    for name in ["error", "message", "errors", "details"] {
        collect(&body[name], &mut told);
    }
    told.retain(|sentence| !sentence.is_empty());
    told.dedup();
    told.truncate(5);
    (!told.is_empty()).then(|| told.join(": "))
}

fn collect(value: &Value, told: &mut Vec<String>) {
    match value {
        Value::String(text) => told.push(clean(text)),
        Value::Array(all) => all.iter().for_each(|one| collect(one, told)),
        Value::Object(all) => {
            for (name, one) in all {
                match one {
                    Value::String(text) if name != "message" => told.push(clean(&format!("{name}: {text}"))),
                    one => collect(one, told),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_tells_the_registers() {
        let one = reading(Some(350), Some(340));
        assert_eq!((one.burst, one.per_second_milli, one.available), (Some(20), Some(1083), None));
        let five = reading(Some(1550), Some(0));
        assert_eq!((five.per_second_milli, five.available), (Some(5083), Some(0)));
        assert_eq!(reading(None, None), LimitReading::default());
        assert_eq!(reading(Some(50), None).per_second_milli, None, "a limit that cannot be");
    }

    #[test]
    fn errors_of_any_shape_are_a_sentence() {
        let told = |body: &str| explain(422, body.as_bytes());
        assert_eq!(
            told(r#"{"error":"Too Many Requests","message":"Rate limiting enforced"}"#).as_deref(),
            Some("Too Many Requests: Rate limiting enforced")
        );
        assert_eq!(told(r#"{"errors":{"name":["is taken"]}}"#).as_deref(), Some("is taken"));
        assert_eq!(told(r#"{"error":{"message":"no"}}"#).as_deref(), Some("no"));
        assert_eq!(told("<html>"), None);
    }
}
