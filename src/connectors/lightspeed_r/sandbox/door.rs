//! Who asks: a login's token; and the login's own calls.
//!
//! Access tokens are JSON Web Tokens with scopes and an end inside; a refresh gives a new pair, and "once the new access
//! token is used to authenticate a request, the old refresh token will be revoked", with the old access token. At most
//! five refreshes a minute. A token that was not seen before counts if it is one of ours: so a sandbox that was started
//! anew knows those of yesterday.

use std::collections::{HashMap, HashSet, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::connectors::lightspeed_r::auth::{LOGIN, NEEDED};
use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing};

use super::{ACCOUNT, Answered, Problem};

pub const CLIENT_ID: &str = "224de8f0counterpart";
/// Of a client that has one; a publicly distributed one does without.
pub const CLIENT_SECRET: &str = "9d1c0e5aa3c74c06counterpart";
/// Seconds that an access token lives; the docs say an hour, and half of one.
pub const LIVES: i64 = 1800;
const CODE_LIVES: i64 = 60;
const REFRESHES: usize = 5;
/// Far away: of the token that a tester is given.
const NEVER: i64 = 4_102_444_800;

struct Code {
    challenge: String,
    scope: String,
    ends: Timestamp,
}

#[derive(Default)]
pub struct Door {
    pub lacks: Vec<&'static str>,
    next: u64,
    codes: HashMap<String, Code>,
    dead: HashSet<String>,
    /// What dies when this access token is used first.
    buries: HashMap<String, Vec<String>>,
    /// The access token that came with a refresh token, and their scope.
    beside: HashMap<String, (String, String)>,
    refreshes: VecDeque<Timestamp>,
}

/// In the form of the login's server.
fn denied(status: u16, error: &'static str, hint: &str) -> Problem {
    let mut problem = Problem::new(status, hint);
    problem.error = Some(error);
    problem
}

impl Door {
    /// What a tester is given: a token that does not end, and a refresh token that goes on working.
    pub fn given(&self) -> (String, String) {
        (token(0, &self.scopes(&NEEDED.join(" ")), NEVER), refresh_token(0))
    }

    fn scopes(&self, asked: &str) -> String {
        asked.split_whitespace().filter(|scope| !self.lacks.contains(scope)).collect::<Vec<_>>().join(" ")
    }

    /// `None`: not a call of the login.
    pub fn login(&mut self, request: &Incoming, now: Timestamp) -> Option<Answered> {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", path) if path == LOGIN.authorize.path => Some(self.authorize(request, now)),
            ("POST", path) if path == LOGIN.token.path => Some(self.token(request, now)),
            (_, path) if path == LOGIN.token.path => Some(Err(denied(
                405,
                "invalid_request",
                "The request method must be POST when requesting an access token",
            ))),
            _ => None,
        }
    }

    /// The merchant says yes at once.
    fn authorize(&mut self, request: &Incoming, now: Timestamp) -> Answered {
        let value = |name: &str| request.query(name).unwrap_or_default();
        if value("client_id") != CLIENT_ID {
            return Err(denied(400, "invalid_client", "Client authentication failed"));
        }
        let scope = value("scope");
        let known = |scope: &str| scope == "employee:all" || NEEDED.contains(&scope);
        if scope.is_empty() || !scope.split_whitespace().all(known) {
            return Err(denied(400, "invalid_scope", "Specify a scope in the request"));
        }
        // "required for all publicly distributed clients"
        if value("code_challenge").is_empty() || value("code_challenge_method") != "S256" {
            return Err(denied(400, "invalid_request", "Code challenge must be provided for public clients"));
        }
        self.next += 1;
        let code = format!("def50200code{:06}", self.next);
        let (challenge, scope) = (value("code_challenge").to_owned(), self.scopes(scope));
        self.codes.insert(code.clone(), Code { challenge, scope, ends: now.plus_seconds(CODE_LIVES) });
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("code", &code).append_pair("state", value("state"));
        // The registered one; a parameter is not documented.
        let target = format!("{}?{}", LOGIN.redirect, query.finish());
        Ok(Outgoing { status: 302, headers: Vec::new(), body: Vec::new() }.header("location", target))
    }

    fn token(&mut self, request: &Incoming, now: Timestamp) -> Answered {
        let body = request.json().ok_or_else(|| denied(400, "invalid_request", "Check the `grant_type` parameter"))?;
        let field = |name: &str| body[name].as_str().unwrap_or_default();
        let proven = field("client_secret").is_empty() || field("client_secret") == CLIENT_SECRET;
        if field("client_id") != CLIENT_ID || !proven {
            return Err(denied(401, "invalid_client", "Client authentication failed"));
        }
        match field("grant_type") {
            "authorization_code" => {
                let wrong = || denied(400, "invalid_grant", "Authorization code has expired");
                let code = self.codes.remove(field("code")).filter(|code| now < code.ends).ok_or_else(wrong)?;
                let hash = ring::digest::digest(&ring::digest::SHA256, field("code_verifier").as_bytes());
                if URL_SAFE_NO_PAD.encode(hash.as_ref()) != code.challenge {
                    return Err(denied(400, "invalid_grant", "Failed to verify `code_verifier`."));
                }
                Ok(self.grant(&code.scope, Vec::new(), now))
            }
            "refresh_token" => self.renew(field("refresh_token"), now),
            _ => Err(denied(400, "unsupported_grant_type", "Check that all required parameters have been provided")),
        }
    }

    fn renew(&mut self, old: &str, now: Timestamp) -> Answered {
        while self.refreshes.front().is_some_and(|at| now.0 - at.0 >= 60_000) {
            self.refreshes.pop_front();
        }
        if self.refreshes.len() >= REFRESHES {
            let mut problem = denied(429, "rate_limited", "Too many refresh token grants");
            problem.headers = vec![("Retry-After", "60".to_owned())];
            return Err(problem);
        }
        self.refreshes.push_back(now);
        let number = old.rsplit_once('-').and_then(|(_, number)| number.parse::<u64>().ok());
        let ours = number.filter(|number| refresh_token(*number) == old && !self.dead.contains(old));
        let number = ours.ok_or_else(|| denied(400, "invalid_grant", "Token has been revoked"))?;
        let (access, scope) = self.beside.get(old).cloned().unwrap_or_else(|| (String::new(), NEEDED.join(" ")));
        let scope = self.scopes(&scope);
        let buries = if number == 0 { Vec::new() } else { vec![old.to_owned(), access] };
        Ok(self.grant(&scope, buries, now))
    }

    fn grant(&mut self, scope: &str, buries: Vec<String>, now: Timestamp) -> Outgoing {
        self.next += 1;
        let access = token(self.next, scope, now.0 / 1000 + LIVES);
        let refresh = refresh_token(self.next);
        self.buries.insert(access.clone(), buries);
        self.beside.insert(refresh.clone(), (access.clone(), scope.to_owned()));
        Outgoing::json(
            200,
            &json!({"token_type": "Bearer", "expires_in": LIVES, "access_token": access, "refresh_token": refresh}),
        )
    }

    /// Lets a call of the API in, with the scopes of its token.
    pub fn check(&mut self, request: &Incoming, now: Timestamp) -> Result<Vec<String>, Problem> {
        let sent = request.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        let payload = payload(sent).filter(|_| !self.dead.contains(sent));
        let payload = payload.ok_or_else(|| denied(401, "access_denied", "Access token has been revoked"))?;
        if now.0 / 1000 >= payload["exp"].as_i64().unwrap_or(0) {
            return Err(denied(401, "access_denied", "Access token could not be verified"));
        }
        self.dead.extend(self.buries.remove(sent).into_iter().flatten());
        let scope = payload["scope"].as_str().unwrap_or_default();
        Ok(scope.split_whitespace().map(str::to_owned).collect())
    }
}

fn signature(signed: &str) -> String {
    blake3::hash(format!("counterpart sandbox {signed}").as_bytes()).to_hex().as_str()[..24].to_owned()
}

fn token(number: u64, scope: &str, ends: i64) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(json!({"typ": "JWT", "alg": "RS256", "kid": "RT_OAUTH2_2024_07_08"}));
    let payload = part(json!({"jti": format!("6d771{number:06}"), "iss": "https://cloud.lightspeedapp.com",
        "aud": CLIENT_ID, "sub": "12", "acct": ACCOUNT, "scope": scope, "exp": ends}));
    let signed = format!("{header}.{payload}");
    format!("{signed}.{}", signature(&signed))
}

fn payload(token: &str) -> Option<Value> {
    let (signed, proof) = token.rsplit_once('.')?;
    if proof != signature(signed) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?).ok()
}

fn refresh_token(number: u64) -> String {
    format!("def502{}-{number}", signature(&format!("refresh {number}")))
}
