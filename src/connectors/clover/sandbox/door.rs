//! Who asks: a merchant's token, or one of a login; and the login's own calls.
//!
//! A refresh token works once. How Clover words its refusals there is not recorded; the statuses are the documented ones.

use serde_json::json;

use crate::connectors::clover::auth::{INVENTORY_R, INVENTORY_W, LOGIN, MERCHANT_R, ORDERS_R, PAYMENTS_R};
use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing};

use super::{Answered, Problem, body, done};

pub const MERCHANT_ID: &str = "9ABCDEF123456";
pub(super) const TOKEN: &str = "3f1c9e52-7a40-4d6b-9c1e-counterpart01";
pub const CLIENT_ID: &str = "C0UNTERPART00";
pub const CLIENT_SECRET: &str = "b1946ac9-2492-d234-7c62-35b4d2611184";
/// Seconds that an access token lives here; Clover says not to count on any figure.
const LIVES: i64 = 1800;
const REFRESH_LIVES: i64 = 365 * 86_400;

#[derive(Debug, Default)]
pub(super) struct Door {
    pub lacks: Vec<&'static str>,
    next: u64,
    /// Codes that were not used yet, and their ends.
    codes: Vec<(String, Timestamp)>,
    /// Refresh tokens that were not used yet.
    refresh: Vec<String>,
    /// Access tokens, and their ends.
    access: Vec<(String, Timestamp)>,
}

pub(super) fn refused() -> Problem {
    Problem::new(401, "401 Unauthorized")
}

impl Door {
    /// `None`: not a call of the login.
    pub(super) fn login(&mut self, request: &Incoming, now: Timestamp) -> Option<Answered> {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", path) if path == LOGIN.authorize.path => Some(self.authorize(request, now)),
            ("POST", path) if path == LOGIN.token.path => Some(self.exchange(request, now)),
            ("POST", path) if path == LOGIN.refresh.path => Some(self.renew(request, now)),
            _ => None,
        }
    }

    /// The merchant says yes at once.
    fn authorize(&mut self, request: &Incoming, now: Timestamp) -> Answered {
        if request.query("client_id") != Some(CLIENT_ID) {
            return Err(Problem::new(400, "Invalid client_id"));
        }
        let redirect = request.query("redirect_uri").unwrap_or(LOGIN.redirect);
        let code = self.fresh("code");
        self.codes.push((code.clone(), now.plus_seconds(600)));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("merchant_id", MERCHANT_ID).append_pair("client_id", CLIENT_ID).append_pair("code", &code);
        if let Some(state) = request.query("state") {
            query.append_pair("state", state);
        }
        let target = format!("{redirect}?{}", query.finish());
        Ok(Outgoing { status: 302, headers: Vec::new(), body: Vec::new() }.header("location", target))
    }

    fn exchange(&mut self, request: &Incoming, now: Timestamp) -> Answered {
        let body = body(request)?;
        if body["client_id"] != CLIENT_ID || body["client_secret"] != CLIENT_SECRET {
            return Err(refused());
        }
        let code = body["code"].as_str().unwrap_or_default();
        let known = self.codes.iter().position(|(known, ends)| known == code && now < *ends);
        let known = known.ok_or_else(|| Problem::new(400, "Failed to validate authentication code."))?;
        self.codes.remove(known);
        Ok(self.grant(now))
    }

    fn renew(&mut self, request: &Incoming, now: Timestamp) -> Answered {
        let body = body(request)?;
        if body["client_id"] != CLIENT_ID {
            return Err(refused());
        }
        let token = body["refresh_token"].as_str().unwrap_or_default();
        let known = self.refresh.iter().position(|known| known == token);
        self.refresh.remove(known.ok_or_else(|| Problem::new(401, "Invalid refresh token"))?);
        Ok(self.grant(now))
    }

    fn grant(&mut self, now: Timestamp) -> Outgoing {
        let (access, refresh) = (self.fresh("access"), self.fresh("refresh"));
        let ends = now.plus_seconds(LIVES);
        self.access.push((access.clone(), ends));
        self.refresh.push(refresh.clone());
        done(json!({
            "access_token": access,
            "access_token_expiration": ends.0 / 1000,
            "refresh_token": refresh,
            "refresh_token_expiration": now.plus_seconds(REFRESH_LIVES).0 / 1000,
        }))
    }

    fn fresh(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}-{:08}-counterpart", self.next)
    }

    pub(super) fn check(&self, request: &Incoming, now: Timestamp) -> Result<(), Problem> {
        let token =
            request.header("authorization").and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default();
        let known = token == TOKEN || self.access.iter().any(|(known, ends)| known == token && now < *ends);
        if !known {
            return Err(refused());
        }
        // The same answer for what the token may not do.
        match self.lacks.contains(&permission(request)) {
            true => Err(refused()),
            false => Ok(()),
        }
    }
}

fn permission(request: &Incoming) -> &'static str {
    let thing = request.path.split('/').nth(4).unwrap_or_default();
    match (thing, request.method.as_str()) {
        ("" | "properties", _) => MERCHANT_R,
        ("orders", _) => ORDERS_R,
        ("refunds", _) => PAYMENTS_R,
        (_, "GET") => INVENTORY_R,
        _ => INVENTORY_W,
    }
}
