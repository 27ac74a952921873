//! The token endpoint: a code, or a refresh token, for tokens.

use serde_json::{Map, Value};

use crate::domain::{Login, LoginAddress, LoginBody, Timestamp};
use crate::http::{Http, Request};
use crate::platform::WriteError;
use crate::secrets::{Credentials, Secret};

use super::page::{Begun, Returned};
use super::{ACCESS, CLIENT, ENDS, REFRESH, SECRET};

/// What a token endpoint gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    pub access: Secret,
    /// `None`: the one that was used goes on.
    pub refresh: Option<Secret>,
    /// `None`: it was not said, and the token is used until it is refused.
    pub ends: Option<Timestamp>,
}

impl Tokens {
    /// As they are kept, by name.
    pub fn credentials(&self) -> Credentials {
        let mut all = Credentials::from([(ACCESS.to_owned(), self.access.clone())]);
        if let Some(refresh) = &self.refresh {
            all.insert(REFRESH.to_owned(), refresh.clone());
        }
        let ends = self.ends.map_or_else(String::new, |ends| (ends.0 / 1000).to_string());
        all.insert(ENDS.to_owned(), Secret::new(ends));
        all
    }
}

/// Reads an answer. `expires_in` counts from `now`; the other names hold a moment. A number tells itself which of the
/// two it is, since some platforms use one name for the other.
pub(super) fn read(body: &Value, now: Timestamp) -> Result<Tokens, String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let access = text("access_token").ok_or("an answer without access_token")?;
    let names = ["expires_in", "access_token_expiration", "expires_at", "expires"];
    let ends = names.into_iter().find_map(|name| end(body.get(name)?, now));
    Ok(Tokens { access: Secret::new(access), refresh: text("refresh_token").map(Secret::new), ends })
}

/// `None` for what is no end in the future: by a clock that is so far from ours the token would never be used, and it
/// is used until it is refused instead.
fn end(told: &Value, now: Timestamp) -> Option<Timestamp> {
    let number = match told {
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(number) => number,
            Err(_) => return Timestamp::parse(text).filter(|ends| *ends > now),
        },
        told => told.as_i64()?,
    };
    // No token lives for thirty years, and none that matters ended before 2001; seconds grow to milliseconds in 5138.
    let ends = match number {
        ..1_000_000_000 => now.plus_seconds(number),
        1_000_000_000..100_000_000_000 => Timestamp(number.saturating_mul(1000)),
        _ => Timestamp(number),
    };
    Some(ends).filter(|ends| *ends > now)
}

fn request(login: &Login, address: LoginAddress, fields: Vec<(&str, String)>) -> Request {
    let request = Request::post(address.path).header("Accept", "application/json");
    match login.body {
        LoginBody::Form => request.form(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        LoginBody::Json => {
            let object: Map<String, Value> =
                fields.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
            request.json(Value::Object(object))
        }
    }
}

fn client(credentials: &Credentials) -> Vec<(&'static str, String)> {
    [CLIENT, SECRET]
        .into_iter()
        .filter_map(|name| credentials.get(name).map(|value| (name, value.reveal().to_owned())))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// Changes a code for tokens. Sent once: a code works once.
pub async fn exchange(
    http: &Http,
    login: &Login,
    credentials: &Credentials,
    begun: &Begun,
    returned: &Returned,
    now: Timestamp,
) -> Result<Tokens, WriteError> {
    // An answer that says no may repeat what it refuses.
    http.conceal(&returned.code);
    if let Some(verifier) = &begun.verifier {
        http.conceal(verifier);
    }
    let mut fields = client(credentials);
    fields.push(("grant_type", "authorization_code".to_owned()));
    fields.push(("code", returned.code.reveal().to_owned()));
    fields.push(("redirect_uri", begun.redirect.clone()));
    if let Some(verifier) = &begun.verifier {
        fields.push(("code_verifier", verifier.reveal().to_owned()));
    }
    send(http, request(login, login.token, fields), now).await
}

/// Changes a refresh token for new tokens. Sent once: whether it is safe to send again depends on the rotation.
pub(super) async fn refresh(
    http: &Http,
    login: &Login,
    credentials: &Credentials,
    refresh: &Secret,
    now: Timestamp,
) -> Result<Tokens, WriteError> {
    http.conceal(refresh);
    let mut fields = client(credentials);
    fields.push(("grant_type", "refresh_token".to_owned()));
    fields.push((REFRESH, refresh.reveal().to_owned()));
    send(http, request(login, login.refresh, fields), now).await
}

async fn send(http: &Http, request: Request, now: Timestamp) -> Result<Tokens, WriteError> {
    let (body, _) = http.write_json::<Value>(request).await?;
    read(&body, now).map_err(|why| WriteError::Unknown(http.unexpected(&why)))
}

#[cfg(test)]
mod tests;
