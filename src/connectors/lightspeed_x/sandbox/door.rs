//! Who may come in, how often, and how a merchant logs in.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde_json::json;

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing, Tally};

use super::super::auth;
use super::super::profile::{CALLS_BESIDE, WINDOW};
use super::Fault;

/// The personal token.
pub const TOKEN: &str = "lsxs_pt_counterpart-sandbox";
/// The app that may be logged in with.
pub const CLIENT: &str = "counterpart-sandbox-app";
pub const SECRET: &str = "counterpart-sandbox-secret";
pub const PREFIX: &str = "harbour";
/// Seconds that an access token lives.
const LIFE: i64 = 86_400;
/// Calls of the token endpoint in a minute. It has a limit of its own, and its figure is not published.
const TOKENS_A_MINUTE: usize = 10;

#[derive(Debug)]
pub struct Door {
    pub registers: u32,
    /// When calls came, in the last five minutes.
    calls: VecDeque<Timestamp>,
    token_calls: VecDeque<Timestamp>,
    /// Codes that were given, with the redirect and the scopes.
    codes: HashMap<String, (String, String)>,
    /// Access token, its end, refresh token, scopes.
    login: Option<(String, Timestamp, String, String)>,
    given: u64,
    tally: Tally,
}

impl Default for Door {
    fn default() -> Self {
        Self {
            registers: 1,
            calls: VecDeque::new(),
            token_calls: VecDeque::new(),
            codes: HashMap::new(),
            login: None,
            given: 0,
            tally: Tally::default(),
        }
    }
}

pub fn http_date(now: Timestamp) -> String {
    let since = Duration::from_millis(u64::try_from(now.0).unwrap_or_default());
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + since)
}

/// "Too Many Requests", with a date.
pub fn throttled(until: Timestamp) -> Outgoing {
    let fault = Fault::new(429, "Too Many Requests", "Rate limiting enforced");
    fault.outgoing().header("retry-after", http_date(until))
}

impl Door {
    fn limit(&self) -> usize {
        (WINDOW * self.registers + CALLS_BESIDE) as usize
    }

    pub fn tally(&self) -> Tally {
        Tally { per_second: self.limit() as u64 * 1000 / u64::from(WINDOW), ..self.tally }
    }

    fn forget_before(calls: &mut VecDeque<Timestamp>, seconds: u32, now: Timestamp) {
        let before = now.plus_seconds(-i64::from(seconds));
        while calls.front().is_some_and(|at| *at <= before) {
            calls.pop_front();
        }
    }

    pub fn admit(&mut self, request: &Incoming, now: Timestamp) -> Result<(), Outgoing> {
        if request.header("user-agent").is_none_or(str::is_empty) {
            return Err(Fault::new(403, "Forbidden", "A User-Agent is required").outgoing());
        }
        Self::forget_before(&mut self.calls, WINDOW, now);
        if self.calls.len() >= self.limit() {
            let oldest = self.calls.front().copied().unwrap_or(now);
            self.tally.refused += 1;
            // A date has whole seconds: the next one.
            return Err(throttled(oldest.plus_seconds(i64::from(WINDOW) + 1)));
        }
        self.calls.push_back(now);
        self.tally.used += 1000;
        let sent = request.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        if sent == TOKEN {
            return Ok(());
        }
        let unauthorised = || Fault::new(401, "Unauthorized", "The access token is invalid or has expired").outgoing();
        let (token, ends, _, scopes) = self.login.as_ref().ok_or_else(unauthorised)?;
        if sent != token || now >= *ends {
            return Err(unauthorised());
        }
        match needed(request).filter(|needed| !scopes.split(' ').any(|scope| scope == *needed)) {
            Some(lacking) => Err(Fault::new(403, "Forbidden", format!("The scope {lacking} is required")).outgoing()),
            None => Ok(()),
        }
    }

    pub fn with_limits(&self, outgoing: Outgoing, _: Timestamp) -> Outgoing {
        let left = self.limit().saturating_sub(self.calls.len());
        outgoing.header("x-ratelimit-limit", self.limit()).header("x-ratelimit-remaining", left)
    }

    /// The page and the token endpoint; `None` for all other addresses.
    pub fn login(&mut self, request: &Incoming, now: Timestamp) -> Option<Outgoing> {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/connect") => Some(self.page(request)),
            ("POST", "/api/1.0/token") => Some(self.token(request, now)),
            _ => None,
        }
    }

    /// The merchant says yes at once.
    fn page(&mut self, request: &Incoming) -> Outgoing {
        let value = |name: &str| request.query(name).unwrap_or_default().to_owned();
        let redirect = value("redirect_uri");
        if value("response_type") != "code" || value("client_id") != CLIENT || redirect.is_empty() {
            return Fault::new(400, "invalid_request", "client_id, redirect_uri and response_type are required")
                .outgoing();
        }
        let mut answer = url::form_urlencoded::Serializer::new(String::new());
        let scope = value("scope");
        if scope.trim().is_empty() {
            // Mandatory since 2026-06-01.
            answer.append_pair("error", "invalid_scope").append_pair("error_description", "The scope is required");
        } else {
            self.given += 1;
            let code = format!("code-{}", self.given);
            answer.append_pair("code", &code).append_pair("domain_prefix", PREFIX).append_pair("user_id", "1");
            self.codes.insert(code, (redirect.clone(), scope));
        }
        answer.append_pair("state", &value("state"));
        let joint = if redirect.contains('?') { '&' } else { '?' };
        Outgoing::json(302, &json!({})).header("location", format!("{redirect}{joint}{}", answer.finish()))
    }

    fn token(&mut self, request: &Incoming, now: Timestamp) -> Outgoing {
        Self::forget_before(&mut self.token_calls, 60, now);
        if self.token_calls.len() >= TOKENS_A_MINUTE {
            let oldest = self.token_calls.front().copied().unwrap_or(now);
            let reset = oldest.plus_seconds(60).0.div_euclid(1000) + 1;
            let fault = Fault::new(429, "Too Many Requests", "Rate limiting enforced").outgoing();
            return fault.header("x-ratelimit-reset", reset);
        }
        self.token_calls.push_back(now);
        let fields: HashMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        if field("client_id") != CLIENT || field("client_secret") != SECRET {
            return Fault::new(401, "invalid_client", "Client authentication failed").outgoing();
        }
        let scopes = match field("grant_type") {
            "authorization_code" => match self.codes.remove(field("code")) {
                Some((redirect, scopes)) if redirect == field("redirect_uri") => scopes,
                _ => return Fault::new(400, "invalid_grant", "The authorization code is invalid").outgoing(),
            },
            "refresh_token" => match self.login.take() {
                // The old access token ends here, and the old refresh token with it.
                Some((_, _, refresh, scopes)) if refresh == field("refresh_token") => scopes,
                known => {
                    self.login = known;
                    return Fault::new(400, "invalid_grant", "The refresh token is invalid").outgoing();
                }
            },
            _ => return Fault::new(400, "unsupported_grant_type", "The grant type is not supported").outgoing(),
        };
        self.given += 1;
        let (access, refresh) = (format!("access-{}", self.given), format!("refresh-{}", self.given));
        let ends = now.plus_seconds(LIFE);
        self.login = Some((access.clone(), ends, refresh.clone(), scopes.clone()));
        Outgoing::json(
            200,
            &json!({
                "access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": LIFE,
                "expires": ends.0.div_euclid(1000), "domain_prefix": PREFIX, "scope": scopes,
            }),
        )
    }
}

/// "Requires: `products:read` scope", for each call.
fn needed(request: &Incoming) -> Option<&'static str> {
    let mut parts = request.path.split('/').skip(3);
    let thing = parts.next().unwrap_or_default();
    let reads = request.method == "GET";
    let name = match thing {
        "products" | "brands" | "product_categories" | "variant_attributes" if reads => "products:read",
        "products" | "brands" | "product_categories" | "variant_attributes" => "products:write",
        "inventory" | "inventory_levels" => "inventory:read",
        "stock_adjustments" => "inventory:write",
        "sales" => "sales:read",
        "search" if request.query("type") == Some("sales") => "sales:read",
        "search" => "products:read",
        "outlets" => "outlets:read",
        "retailer" => "retailer:read",
        _ => return None,
    };
    debug_assert!(auth::NEEDED.contains(&name));
    Some(name)
}
