//! The way of a call: address, proof, one more try with a fresh token, and what an error body means.
//!
//! Clover answers 401 for a wrong key and for a missing permission alike. So a login's token is changed for another once;
//! if the fresh one is refused as well, it is a permission that lacks, and the token is not changed again for it: each
//! refresh spends a token that works once.
//!
//! Clover warns of deadlocks where one client sends changes side by side; they go one after the other here.

use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Mutex as AsyncMutex;

use crate::connectors::Account;
use crate::domain::{Timestamp, clean};
use crate::http::{Answer, Http, Method, Request};
use crate::platform::{PlatformError, WriteError};
use crate::secrets::Secret;

use super::auth::{self, Keys};
use super::profile::NAME;

pub(super) struct Calls {
    http: Http,
    keys: Keys,
    /// `/v3/merchants/9ABCDEF123456`
    root: String,
    merchant: String,
    writing: AsyncMutex<()>,
    /// A token that was refused though it was fresh: a permission lacks. A std mutex: nothing is awaited in it.
    unpermitted: Mutex<Option<Secret>>,
}

impl Calls {
    pub(super) fn new(account: &Account) -> Result<Self, PlatformError> {
        let (root, merchant) = auth::root(&account.credentials)?;
        let keys = Keys::of(&account.credentials, account.login.clone(), account.clock.clone())?;
        let http = account.http.clone();
        Ok(Self { http, keys, root, merchant, writing: AsyncMutex::new(()), unpermitted: Mutex::new(None) })
    }

    pub(super) fn merchant(&self) -> &str {
        &self.merchant
    }

    pub(super) fn login_ends(&self) -> Option<Timestamp> {
        self.keys.ends()
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// `path` begins with a slash, and lies below the merchant's own; blank for the merchant itself.
    fn request(&self, method: Method, path: &str) -> Request {
        Request::new(method, format!("{}{path}", self.root)).header("Accept", "application/json")
    }

    pub(super) fn get(&self, path: &str) -> Request {
        self.request(Method::Get, path)
    }

    pub(super) fn post(&self, path: &str, body: Value) -> Request {
        self.request(Method::Post, path).json(body)
    }

    pub(super) fn delete(&self, path: &str) -> Request {
        self.request(Method::Delete, path)
    }

    /// A call that changes nothing there.
    pub(super) async fn read(&self, request: Request) -> Result<Answer, PlatformError> {
        let token = self.keys.token().await?;
        match self.http.read(signed(&request, &token)).await {
            Err(PlatformError::Unauthorised { why, .. }) => {
                let fresh = self.another(&token, why).await?;
                let again = self.http.read(signed(&request, &fresh)).await;
                again.inspect_err(|why| self.note(why, &fresh))
            }
            other => other,
        }
    }

    /// A call that changes something: sent once. A 401 is definite, so that the same with another token may follow.
    pub(super) async fn write(&self, request: Request) -> Result<Answer, WriteError> {
        let _turn = self.writing.lock().await;
        let token = self.keys.token().await.map_err(WriteError::NotApplied)?;
        match self.http.write(signed(&request, &token)).await {
            Err(WriteError::NotApplied(PlatformError::Unauthorised { why, .. })) => {
                let fresh = self.another(&token, why).await.map_err(WriteError::NotApplied)?;
                let again = self.http.write(signed(&request, &fresh)).await;
                again.inspect_err(|why| self.note(why.cause(), &fresh))
            }
            other => other,
        }
    }

    pub(super) async fn read_json<T: DeserializeOwned>(&self, request: Request) -> Result<(T, Answer), PlatformError> {
        let answer = self.read(request).await?;
        let body = answer.json().map_err(|why| self.http.unexpected(&why))?;
        Ok((body, answer))
    }

    /// The answer to a change; one that cannot be read does not tell whether it was done.
    pub(super) async fn write_json<T: DeserializeOwned>(&self, request: Request) -> Result<T, WriteError> {
        let answer = self.write(request).await?;
        answer.json().map_err(|why| WriteError::Unknown(self.http.unexpected(&why)))
    }

    /// Another token than the one that was refused; the refusal itself where there is none, or none would help.
    async fn another(&self, refused: &Secret, why: String) -> Result<Secret, PlatformError> {
        let known = self.unpermitted.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(refused);
        if known || !self.keys.forget(refused).await {
            return Err(PlatformError::Unauthorised { platform: NAME, why });
        }
        self.keys.token().await
    }

    fn note(&self, why: &PlatformError, fresh: &Secret) {
        if matches!(why, PlatformError::Unauthorised { .. }) {
            *self.unpermitted.lock().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
        }
    }
}

fn signed(request: &Request, token: &Secret) -> Request {
    request.clone().secret_header("Authorization", Secret::new(format!("Bearer {}", token.reveal())))
}

/// `{"message": "Not Found", "details": "Order not found"}`
pub(super) fn explain(status: u16, body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(clean).filter(|text| !text.is_empty());
    let told = match (text("message"), text("details")) {
        (Some(message), Some(details)) if message != details => Some(format!("{message}: {details}")),
        (message, details) => message.or(details),
    };
    match status {
        401 => Some(format!(
            "{}; the token is wrong or ended, or lacks a permission (Clover says the same for all)",
            told.unwrap_or_else(|| "unauthorized".to_owned())
        )),
        _ => told,
    }
}

/// Says no for a reason of our own, before or instead of a call.
pub(super) fn refusal(why: impl Into<String>) -> PlatformError {
    PlatformError::Refused { platform: NAME, why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_errors_become_sentences() {
        let told = |status, body: &str| explain(status, body.as_bytes());
        assert_eq!(told(404, r#"{"message":"invalid ID"}"#).unwrap(), "invalid ID");
        let order = r#"{"message":"Not Found","details":"Order not found"}"#;
        assert_eq!(told(404, order).unwrap(), "Not Found: Order not found");
        assert!(told(401, r#"{"message":"401 Unauthorized"}"#).unwrap().contains("lacks a permission"));
        assert_eq!(told(500, "<html>"), None);
    }
}
