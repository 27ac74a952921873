//! The way of a call: the account in the path, the key, what it costs, what the answer says of the limits, and what an
//! error body means.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::OnceCell;

use crate::connectors::Account;
use crate::domain::{Timestamp, clean};
use crate::http::{Answer, Http, Method, Request, segment};
use crate::login::Keys;
use crate::platform::{Clock, PlatformError, WriteError};
use crate::secrets::Secret;

use super::auth::{self, bearer};
use super::cost;
use super::pace::{Pace, reading};
use super::profile::{NAME, VERSION};
use super::wire::{self, AccountFacts};

pub struct Calls {
    http: Http,
    keys: Keys,
    pace: Pace,
    clock: Arc<dyn Clock>,
    account: OnceCell<AccountFacts>,
}

/// A call on one of the account's things, before the account is known.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    /// `Item`
    thing: &'static str,
    /// `None`: all of them, or a new one.
    id: Option<String>,
    query: Vec<(String, String)>,
    body: Option<Value>,
    cost: u32,
    prompt: bool,
}

impl Call {
    fn new(method: Method, thing: &'static str, id: Option<&str>) -> Self {
        let id = id.map(str::to_owned);
        Self { method, thing, id, query: Vec::new(), body: None, cost: cost::read(&[], false), prompt: false }
    }

    /// Several, in pages.
    pub fn list(thing: &'static str) -> Self {
        Self::new(Method::Get, thing, None)
    }

    pub fn one(thing: &'static str, id: &str) -> Self {
        Self::new(Method::Get, thing, Some(id))
    }

    pub fn create(thing: &'static str, body: Value) -> Self {
        let cost = cost::write(thing, &body);
        Self { body: Some(body), cost, ..Self::new(Method::Post, thing, None) }
    }

    pub fn update(thing: &'static str, id: &str, body: Value) -> Self {
        let cost = cost::write(thing, &body);
        Self { body: Some(body), cost, ..Self::new(Method::Put, thing, Some(id)) }
    }

    pub fn archive(thing: &'static str, id: &str) -> Self {
        Self::new(Method::Delete, thing, Some(id))
    }

    #[must_use]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// One of these values; at most [`super::profile::IN_MOST`].
    #[must_use]
    pub fn any_of<'a>(self, name: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        let values: Vec<&str> = values.into_iter().collect();
        self.query(name, format!("IN,[{}]", values.join(",")))
    }

    #[must_use]
    pub fn since(self, name: &str, since: Timestamp) -> Self {
        self.query(name, format!(">=,{}", wire::moment(since)))
    }

    /// Related records that come along.
    #[must_use]
    pub fn relations(mut self, names: &[&str]) -> Self {
        let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        self.query.push(("load_relations".to_owned(), format!("[{}]", quoted.join(","))));
        self.cost += cost::read(names, self.id.is_none()) - cost::read(&[], false);
        self
    }

    /// The same list at another place of it, by the query that R-Series gave.
    #[must_use]
    pub fn at(mut self, query: &str) -> Self {
        self.query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        self
    }

    /// It follows on a reading and undoes what happens in between: room for it is left over.
    #[must_use]
    pub const fn promptly(mut self) -> Self {
        self.prompt = true;
        self
    }

    pub fn thing(&self) -> &'static str {
        self.thing
    }

    fn request(&self, account: &str) -> Request {
        let id = self.id.as_ref().map_or_else(String::new, |id| format!("/{}", segment(id)));
        let path = format!("/API/{VERSION}/Account/{}/{}{id}.json", segment(account), self.thing);
        let mut request = Request::new(self.method, path).cost(self.cost);
        request.query = self.query.clone();
        if let Some(body) = &self.body {
            request = request.json(body.clone());
        }
        if self.prompt { request.prompt() } else { request }
    }
}

impl Calls {
    /// Calls nobody yet.
    pub fn new(account: &Account) -> Result<Self, PlatformError> {
        let keys = auth::keys(&account.credentials, account.login.clone(), account.clock.clone())?;
        let (http, clock) = (account.http.clone(), account.clock.clone());
        Ok(Self { http, keys, pace: Pace::new(clock.clone()), clock, account: OnceCell::new() })
    }

    pub fn http(&self) -> &Http {
        &self.http
    }

    pub fn login_ends(&self) -> Option<Timestamp> {
        self.keys.ends()
    }

    /// What the token allows, as far as it says so.
    pub async fn scopes(&self) -> Result<Option<Vec<String>>, PlatformError> {
        Ok(auth::scopes(&self.keys.token().await?))
    }

    /// When an answer was made, by the platform's clock, or by ours where it does not say.
    pub fn made_at(&self, answer: &Answer) -> (Timestamp, bool) {
        let date = answer.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
        let date = date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
        match date.and_then(|since| i64::try_from(since.as_millis()).ok()) {
            Some(theirs) => (Timestamp(theirs), true),
            None => (answer.sent_at, false),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The account that the token is of.
    pub async fn account(&self) -> Result<&AccountFacts, PlatformError> {
        let read = || async {
            let request = Request::get(format!("/API/{VERSION}/Account.json")).cost(cost::read(&[], false));
            let answer = self.read_request(request, &[401]).await?;
            let body: Value = answer.json().map_err(|why| self.http.unexpected(&why))?;
            wire::account(&body).ok_or_else(|| self.http.unexpected("an account without a number"))
        };
        self.account.get_or_try_init(read).await
    }

    /// The account with all that is told of it.
    pub async fn whole_account(&self) -> Result<Value, PlatformError> {
        let id = segment(&self.account().await?.id);
        let request = Request::get(format!("/API/{VERSION}/Account/{id}.json")).cost(cost::read(&[], false));
        let answer = self.read_request(request, &[401]).await?;
        answer.json().map_err(|why| self.http.unexpected(&why))
    }

    /// A call that changes nothing there.
    pub async fn read(&self, call: Call) -> Result<(Value, Answer), PlatformError> {
        let request = call.request(&self.account().await?.id);
        let answer = self.read_request(request, &[401]).await?;
        let body = answer.json().map_err(|why| self.http.unexpected(&why))?;
        Ok((body, answer))
    }

    /// As [`Calls::read`]; `None` if it is not there.
    pub async fn find(&self, call: Call) -> Result<Option<Value>, PlatformError> {
        let request = call.request(&self.account().await?.id);
        let answer = self.read_request(request, &[401, 404]).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        answer.json().map(Some).map_err(|why| self.http.unexpected(&why))
    }

    async fn read_request(&self, request: Request, accept: &'static [u16]) -> Result<Answer, PlatformError> {
        let mut again = true;
        loop {
            let token = self.keys.token().await?;
            self.pace.wait().await;
            let answer = self.http.read(signed(&request, &token, accept)).await?;
            self.observe(&answer);
            if answer.status != 401 {
                return Ok(answer);
            }
            if !(std::mem::take(&mut again) && self.keys.forget(&token).await) {
                return Err(refused_key(&answer, &token));
            }
        }
    }

    /// A call that changes something, and what it answers: the thing as it is afterwards. Sent once; a 401 is definite,
    /// so that the same with another token may follow.
    pub async fn write(&self, call: Call) -> Result<Value, WriteError> {
        let request = call.request(&self.account().await.map_err(WriteError::NotApplied)?.id);
        let mut again = true;
        loop {
            let token = self.keys.token().await.map_err(WriteError::NotApplied)?;
            match call.prompt {
                true => self.pace.note(),
                false => self.pace.wait().await,
            }
            let answer = self.http.write(signed(&request, &token, &[401])).await?;
            self.observe(&answer);
            if answer.status != 401 {
                return answer.json().map_err(|why| WriteError::Unknown(self.http.unexpected(&why)));
            }
            if !(std::mem::take(&mut again) && self.keys.forget(&token).await) {
                return Err(WriteError::NotApplied(refused_key(&answer, &token)));
            }
        }
    }

    fn observe(&self, answer: &Answer) {
        self.pace.observe(answer.header("x-ls-api-burst-level"));
        self.http.observe(reading(answer.header("x-ls-api-bucket-level"), answer.header("x-ls-api-drip-rate")));
    }
}

fn signed(request: &Request, token: &Secret, accept: &'static [u16]) -> Request {
    request.clone().header("Accept", "application/json").secret_header("Authorization", bearer(token)).accept(accept)
}

fn refused_key(answer: &Answer, token: &Secret) -> PlatformError {
    let told = explain(answer.status, &answer.body).unwrap_or_else(|| format!("status {}", answer.status));
    PlatformError::Unauthorised { platform: NAME, why: told.replace(token.reveal(), "***") }
}

/// `{"httpCode": "400", "httpMessage": "Bad Request", "message": "…", "errorClass": "Exception"}`, of the API (with the
/// content type of a page); `{"error": "access_denied", "error_description": "…", "hint": "…"}`, of the login.
pub fn explain(status: u16, body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(clean).filter(|text| !text.is_empty());
    let told = text("message").or_else(|| match (text("error_description"), text("hint")) {
        (Some(told), Some(hint)) => Some(format!("{told} {hint}")),
        (told, hint) => told.or(hint).or_else(|| text("error")),
    });
    match status {
        403 => Some(format!(
            "{} (the login lacks a scope for it, or the employee who said yes lacks the right)",
            told.unwrap_or_else(|| "forbidden".to_owned())
        )),
        _ => told.or_else(|| text("httpMessage")),
    }
}

/// Says no for a reason of our own, before or instead of a call.
pub fn refusal(why: impl Into<String>) -> PlatformError {
    PlatformError::Refused { platform: NAME, why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn recorded_errors_become_sentences() {
        let told = |status, body: &str| explain(status, body.as_bytes());
        let recorded = r#"{"httpCode":"400","httpMessage":"Bad Request","message":"Item not created. An Item must have a description.","errorClass":"Exception"}"#;
        assert_eq!(told(400, recorded).unwrap(), "Item not created. An Item must have a description.");
        let denied = r#"{"error":"access_denied","error_description":"The resource owner or authorization server denied the request.","hint":"Access token has been revoked"}"#;
        assert!(told(401, denied).unwrap().ends_with("Access token has been revoked"));
        assert!(told(403, "{}").unwrap().contains("scope"));
        assert_eq!(told(502, "<html>"), None);
    }

    #[test]
    fn a_call_is_as_documented() {
        let call = Call::list("Item").query("sort", "timeStamp").relations(&["ItemShops", "Category"]);
        let call = call.since("timeStamp", Timestamp(1_767_225_600_900)).any_of("itemMatrixID", ["1", "2"]);
        let request = call.request("83050");
        assert_eq!(request.path, "/API/V3/Account/83050/Item.json");
        assert_eq!(request.cost, 16);
        let query: Vec<(&str, &str)> = request.query.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            query,
            [
                ("sort", "timeStamp"),
                ("load_relations", r#"["ItemShops","Category"]"#),
                ("timeStamp", ">=,2026-01-01T00:00:00+00:00"),
                ("itemMatrixID", "IN,[1,2]"),
            ]
        );
        let next = Call::list("Item").relations(&["ItemShops"]).at("limit=100&after=WzEwMF0%3D").request("1");
        assert_eq!((next.cost, next.query.len(), next.query[1].1.as_str()), (14, 2, "WzEwMF0="));
        let body = json!({"ItemShops": {"ItemShop": [{"shopID": "1", "qoh": "3"}]}});
        assert_eq!(Call::update("Item", "7", body.clone()).request("1").cost, 15);
        let prompt = Call::update("Item", "../7", body).promptly().request("1");
        assert_eq!((prompt.cost, prompt.prompt), (15, true));
        assert_eq!(prompt.path, "/API/V3/Account/1/Item/..%2F7.json");
    }
}
