//! Who asks: the proofs that WooCommerce accepts, and its words when there is none.
//!
//! Over https (told by `X-Forwarded-Proto`, as a proxy in front of WordPress does): Basic, or the keys as query
//! parameters. Over plain http: one-legged OAuth 1.0a only; a Basic header is not even looked at.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::connectors::woocommerce::auth::{CONSUMER_KEY, CONSUMER_SECRET, signature};
use crate::domain::Timestamp;
use crate::sandbox::Incoming;

use super::problem::{Problem, authentication, cannot};

pub(super) const KEY: &str = "ck_5a0d6c1f4e3b29788d7c6b5a49382716f5e4d3c2";
pub(super) const SECRET: &str = "cs_1f2e3d4c5b6a79880918273645546372819fa0b1";

/// How old or new a timestamp may be, in seconds.
const WINDOW: i64 = 15 * 60;

#[derive(Debug, Default)]
pub(super) struct Door {
    pub read_only: bool,
    /// Nonces of the last fifteen minutes.
    nonces: BTreeSet<(i64, String)>,
}

impl Door {
    pub(super) fn check(&mut self, request: &Incoming, now: Timestamp) -> Result<(), Problem> {
        let is_https = request.header("x-forwarded-proto") == Some("https");
        if !(is_https && basic(request)?) {
            self.one_legged(request, now)?;
        }
        if self.read_only && request.method != "GET" {
            return Err(authentication("The API key provided does not have write permissions."));
        }
        Ok(())
    }

    fn one_legged(&mut self, request: &Incoming, now: Timestamp) -> Result<(), Problem> {
        let names =
            ["oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method"];
        let missing: Vec<&str> =
            names.into_iter().filter(|name| request.query(name).is_none_or(str::is_empty)).collect();
        if missing.len() == names.len() {
            return Err(nobody(request));
        }
        if !missing.is_empty() {
            let message = format!("Missing OAuth parameters {}", missing.join(", "));
            return Err(Problem::new(401, "woocommerce_rest_authentication_missing_parameter", &message));
        }
        if request.query("oauth_consumer_key") != Some(KEY) {
            return Err(authentication("Consumer key is invalid."));
        }
        if request.query("oauth_signature_method") != Some("HMAC-SHA256") {
            return Err(authentication("Invalid signature - signature method is invalid."));
        }
        let address = format!("http://{}{}", request.header("host").unwrap_or_default(), request.path);
        let signed: Vec<(String, String)> =
            request.query.iter().filter(|(name, _)| name != "oauth_signature").cloned().collect();
        let expected = signature(&request.method, &address, &signed, SECRET);
        if request.query("oauth_signature") != Some(expected.as_str()) {
            return Err(authentication("Invalid signature - provided signature does not match."));
        }
        self.fresh(request, now)
    }

    fn fresh(&mut self, request: &Incoming, now: Timestamp) -> Result<(), Problem> {
        let now = now.0.div_euclid(1000);
        let stamp = request.query("oauth_timestamp").and_then(|stamp| stamp.parse::<i64>().ok()).unwrap_or(0);
        if (stamp - now).abs() > WINDOW {
            return Err(authentication("Invalid timestamp."));
        }
        self.nonces.retain(|(stamp, _)| *stamp >= now - WINDOW);
        let nonce = request.query("oauth_nonce").unwrap_or_default().to_owned();
        if self.nonces.iter().any(|(_, used)| *used == nonce) {
            return Err(authentication("Invalid nonce - nonce has already been used."));
        }
        self.nonces.insert((stamp, nonce));
        Ok(())
    }
}

/// `Ok(false)`: no key that WooCommerce knows; it then tries OAuth, as the real one does.
fn basic(request: &Incoming) -> Result<bool, Problem> {
    let header = || {
        let encoded = request.header("authorization")?.strip_prefix("Basic ")?;
        let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        text.split_once(':').map(|(key, secret)| (key.to_owned(), secret.to_owned()))
    };
    let query = || Some((request.query(CONSUMER_KEY)?.to_owned(), request.query(CONSUMER_SECRET)?.to_owned()));
    match query().or_else(header) {
        Some((key, secret)) if key == KEY && secret == SECRET => Ok(true),
        Some((key, _)) if key == KEY => Err(authentication("Consumer secret is invalid.")),
        Some(_) | None => Ok(false),
    }
}

fn nobody(request: &Incoming) -> Problem {
    match request.method.as_str() {
        "GET" => cannot("view", "Sorry, you cannot list resources."),
        "DELETE" => cannot("delete", "Sorry, you are not allowed to delete this resource."),
        _ if request.path.ends_with("/batch") => {
            cannot("batch", "Sorry, you are not allowed to batch manipulate this resource.")
        }
        _ => cannot("create", "Sorry, you are not allowed to create resources."),
    }
}
