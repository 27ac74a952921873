//! The way of a call: address, proof, and what an error body means.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::connectors::Account;
use crate::domain::clean;
use crate::http::{Answer, Http, Method, Request};
use crate::platform::{PlatformError, WriteError};
use crate::secrets::Secret;

use super::auth;
use super::profile::NAME;

pub(super) struct Calls {
    http: Http,
    token: Secret,
    /// `/api/v3/15695068`, or `/15695068` where the base URL has the rest.
    root: String,
}

impl Calls {
    pub(super) fn new(account: &Account) -> Result<Self, PlatformError> {
        let http = account.http.clone();
        // Some paste the host alone, and mean the same.
        let is_bare = http.base_url().as_str().trim_end_matches('/').ends_with("ecwid.com");
        let api = if is_bare { "/api/v3" } else { "" };
        let root = format!("{api}{}", auth::root(&account.credentials)?);
        Ok(Self { http, token: auth::bearer(&account.credentials)?, root })
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// `path` begins with a slash, and lies below the shop's own.
    fn request(&self, method: Method, path: &str) -> Request {
        Request::new(method, format!("{}{path}", self.root))
            .header("Accept", "application/json")
            .secret_header("Authorization", self.token.clone())
    }

    pub(super) fn get(&self, path: &str) -> Request {
        self.request(Method::Get, path)
    }

    pub(super) fn post(&self, path: &str, body: Value) -> Request {
        self.request(Method::Post, path).json(body)
    }

    /// Without a body: everything stands in the query.
    pub(super) fn post_bare(&self, path: &str) -> Request {
        self.request(Method::Post, path)
    }

    pub(super) fn put(&self, path: &str, body: Value) -> Request {
        self.request(Method::Put, path).json(body)
    }

    pub(super) fn delete(&self, path: &str) -> Request {
        self.request(Method::Delete, path)
    }

    pub(super) async fn read_json<T: DeserializeOwned>(&self, request: Request) -> Result<(T, Answer), PlatformError> {
        let (body, answer) = self.http.read_json(request).await?;
        Ok((body, answer))
    }

    /// `None`: it is not there.
    pub(super) async fn find<T: DeserializeOwned>(&self, request: Request) -> Result<Option<T>, PlatformError> {
        match self.read_json(request).await {
            Ok((found, _)) => Ok(Some(found)),
            Err(PlatformError::NotFound { .. }) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// A call that changes something: sent once.
    pub(super) async fn write(&self, request: Request) -> Result<Answer, WriteError> {
        self.http.write(request).await
    }

    /// The answer to a change; one that cannot be read does not tell whether it was done.
    pub(super) async fn write_json<T: DeserializeOwned>(&self, request: Request) -> Result<T, WriteError> {
        let (body, _) = self.http.write_json(request).await?;
        Ok(body)
    }

    pub(super) fn unexpected(&self, why: &str) -> PlatformError {
        self.http.unexpected(why)
    }
}

/// `{"errorMessage": …, "errorCode": …}`, or the older `{"error_message": …}`. At times the sentence stands in the status
/// line alone, and the body is empty; then the status has to do.
pub(super) fn explain(status: u16, body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(clean).filter(|text| !text.is_empty());
    let told = text("errorMessage").or_else(|| text("error_message")).or_else(|| text("errorCode"));
    let meaning = match status {
        402 => "the shop's plan does not allow this: the free plan has no API, and each plan has its most products",
        403 => "the token is wrong or was withdrawn, or lacks a permission",
        409 => "another product or combination has this already, such as the SKU",
        _ => return told,
    };
    Some(told.map_or_else(|| meaning.to_owned(), |told| format!("{told}; {meaning}")))
}

/// Says no for a reason of our own, before or instead of a call.
pub(super) fn refusal(why: impl Into<String>) -> PlatformError {
    PlatformError::Refused { platform: NAME, why: why.into() }
}

pub(super) fn refused(why: impl Into<String>) -> WriteError {
    WriteError::NotApplied(refusal(why))
}

pub(super) fn gone(what: impl Into<String>) -> PlatformError {
    PlatformError::NotFound { platform: NAME, what: what.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_error_bodies_become_sentences_and_so_does_none() {
        let told = |status, body: &str| explain(status, body.as_bytes());
        assert_eq!(told(400, r#"{"errorMessage":"Bad SKU","errorCode":"X"}"#).unwrap(), "Bad SKU");
        assert_eq!(told(400, r#"{"error_message":"Can't create batch"}"#).unwrap(), "Can't create batch");
        assert!(told(402, "").unwrap().contains("free plan"));
        assert!(told(409, r#"{"errorMessage":"Taken"}"#).unwrap().starts_with("Taken; another product"));
        assert_eq!(told(500, "<html>"), None);
    }
}
