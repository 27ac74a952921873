//! The way of a call to the shop: address, proof, and what an error body means.
//!
//! Reads are tried again in `http`; each of those tries carries the same proof, and over plain http a proof serves
//! once. So "nonce has already been used" is answered here with a fresh one. Writes go out once; only a definite 401
//! (nothing was done) may be followed by the same write with the other kind of proof.

use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::clean;
use crate::http::{Answer, Http, Request};
use crate::platform::{Clock, PlatformError, WriteError};

use super::auth::{Keys, Scheme};
use super::profile::PROFILE;
use super::wire::Problem;

/// Tries with a fresh nonce.
const FRESH_NONCES: usize = 3;

pub(super) struct Calls {
    http: Http,
    keys: Keys,
    clock: Arc<dyn Clock>,
    /// What goes between base URL and `/products`.
    api: String,
    /// WordPress' own index, if it is below the base URL.
    index: Option<String>,
    /// A std mutex: nothing is awaited while it is held.
    scheme: Mutex<Scheme>,
}

impl Calls {
    /// As the contract's.
    pub(super) fn clock_ahead(&self) -> Option<i64> {
        self.http.server_skew()
    }

    pub(super) fn new(http: Http, keys: Keys, clock: Arc<dyn Clock>) -> Self {
        let base = http.base_url().as_str();
        // The address is the site's; those who paste more of it mean the same.
        let (api, index) = if base.ends_with("/wp-json/wc/v3") {
            ("", None)
        } else if base.ends_with("/wp-json") {
            ("/wc/v3", Some("/"))
        } else {
            ("/wp-json/wc/v3", Some("/wp-json/"))
        };
        let scheme = Mutex::new(Scheme::for_address(http.base_url()));
        Self { keys, clock, api: api.to_owned(), index: index.map(str::to_owned), scheme, http }
    }

    /// A read of the API; `path` begins with a slash (`/products`).
    pub(super) fn get(&self, path: &str) -> Request {
        // Page caches and content networks store GETs at times, keys or not (issue 17841 and others).
        Request::get(format!("{}{path}", self.api)).header("Cache-Control", "no-cache")
    }

    pub(super) fn post(&self, path: &str, body: Value) -> Request {
        Request::post(format!("{}{path}", self.api)).json(body)
    }

    pub(super) fn delete(&self, path: &str) -> Request {
        Request::delete(format!("{}{path}", self.api)).query("force", true)
    }

    /// Into the trash.
    pub(super) fn trash(&self, path: &str) -> Request {
        Request::delete(format!("{}{path}", self.api)).query("force", false)
    }

    /// WordPress' index, without a proof: for it WordPress would take a Basic header as one of its own passwords.
    pub(super) fn index(&self) -> Option<Request> {
        self.index.as_ref().map(|path| Request::get(path.clone()).query("_fields", "name,namespaces"))
    }

    /// Whether the keys look like keys at all.
    pub(super) fn check_keys(&self) -> Result<(), PlatformError> {
        self.keys.check_shape()
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// A call that changes nothing. `also` are statuses to be returned instead of an error; 401 never is.
    pub(super) async fn read(&self, request: Request, also: &'static [u16]) -> Result<Answer, PlatformError> {
        let mut nonces = 0;
        loop {
            let scheme = self.scheme();
            let signed = self.signed(request.clone(), scheme, also);
            let answer = self.http.read(signed).await?;
            if answer.status != 401 {
                return Ok(answer);
            }
            let problem = problem(&answer.body);
            if scheme == Scheme::OneLegged && is_used_nonce(&problem) && nonces < FRESH_NONCES {
                nonces += 1;
                continue;
            }
            if !self.other_proof(scheme, &problem) {
                return Err(self.refusal(&answer));
            }
        }
    }

    /// A call that changes something: sent once. A 401 is definite, so that another kind of proof may follow it.
    pub(super) async fn write(&self, request: Request, also: &'static [u16]) -> Result<Answer, WriteError> {
        loop {
            let scheme = self.scheme();
            let answer = self.http.write(self.signed(request.clone(), scheme, also)).await?;
            if answer.status != 401 {
                return Ok(answer);
            }
            if !self.other_proof(scheme, &problem(&answer.body)) {
                return Err(WriteError::NotApplied(self.refusal(&answer)));
            }
        }
    }

    pub(super) async fn read_json<T: DeserializeOwned>(&self, request: Request) -> Result<(T, Answer), PlatformError> {
        let answer = self.read(request, &[]).await?;
        Ok((self.json(&answer)?, answer))
    }

    /// The body, without the byte order mark that some themes put before everything.
    pub(super) fn json<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, PlatformError> {
        let without_mark = answer.body.strip_prefix(b"\xEF\xBB\xBF");
        if without_mark.unwrap_or(&answer.body).trim_ascii_start().starts_with(b"<br") {
            return Err(self.http.unexpected(
                "PHP warnings stand before the JSON; the shop's administrator should set WP_DEBUG_DISPLAY to false",
            ));
        }
        let read = match without_mark {
            Some(body) => Answer { body: body.to_vec(), headers: answer.headers.clone(), ..*answer }.json(),
            None => answer.json(),
        };
        read.map_err(|why| self.http.unexpected(&why))
    }

    /// What an error answer means, for a person.
    pub(super) fn refusal(&self, answer: &Answer) -> PlatformError {
        let why = explain(answer.status, &answer.body).unwrap_or_else(|| format!("status {}", answer.status));
        PlatformError::of_status(PROFILE.name, answer.status, self.keys.redact(&why))
    }

    fn scheme(&self) -> Scheme {
        *self.scheme.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signed(&self, mut request: Request, scheme: Scheme, also: &'static [u16]) -> Request {
        request.accept = with_401(also);
        self.keys.sign(request, scheme, self.http.base_url(), self.clock.now())
    }

    /// Whether to try again with the keys in the query: the host took the header away, so that WooCommerce saw nobody
    /// at all. A wrong key looks the same; then the second try fails too, and the scheme stays where it ended.
    fn other_proof(&self, scheme: Scheme, problem: &Problem) -> bool {
        let mut current = self.scheme.lock().unwrap_or_else(PoisonError::into_inner);
        match scheme {
            Scheme::Basic if is_nobody(problem) => {
                *current = Scheme::Query;
                true
            }
            Scheme::Query => {
                *current = Scheme::Basic;
                false
            }
            Scheme::Basic | Scheme::OneLegged => false,
        }
    }
}

/// The statuses that callers ask for, with 401. A closed set, since `http` takes what is `'static`.
fn with_401(also: &'static [u16]) -> &'static [u16] {
    match also {
        [] => &[401],
        [400] => &[400, 401],
        [404] => &[401, 404],
        [404, 410, 501] => &[401, 404, 410, 501],
        _ => &[400, 401, 403, 404],
    }
}

pub(super) fn problem(body: &[u8]) -> Problem {
    serde_json::from_slice(body).unwrap_or_default()
}

fn is_used_nonce(problem: &Problem) -> bool {
    problem.message.text().is_some_and(|message| message.contains("nonce"))
}

/// What WooCommerce says to somebody without a key: `woocommerce_rest_cannot_view` and its kin; old versions "Consumer
/// key is missing".
fn is_nobody(problem: &Problem) -> bool {
    let code = problem.code.text().unwrap_or_default();
    let message = problem.message.text().unwrap_or_default();
    code.starts_with("woocommerce_rest_cannot_") || code == "rest_forbidden" || message.contains("key is missing")
}

/// The shop's own sentence out of an error body, in plain words where its own are for programmers.
pub(super) fn explain(_status: u16, body: &[u8]) -> Option<String> {
    let problem: Problem = serde_json::from_slice(body).ok()?;
    let code = problem.code.text().unwrap_or_default();
    let message = problem.message.text().map(clean).unwrap_or_default();
    let told = match code {
        "rest_no_route" => {
            "there is no WooCommerce REST API at this address: in WordPress choose Settings → Permalinks, \
                            anything but Plain, and check that WooCommerce is active"
                .to_owned()
        }
        _ if code.starts_with("woocommerce_rest_cannot_") => format!(
            "the key is not known there, or its user may not do this ({message}); make a key with Read/Write for an \
             administrator or shop manager"
        ),
        _ if message.contains("Invalid timestamp") => {
            "this machine's clock and the shop's differ by more than 15 minutes; set the clock".to_owned()
        }
        _ if message.contains("write permissions") => {
            "the key may only read; make one with the permission Read/Write".to_owned()
        }
        _ if message.is_empty() && code.is_empty() => return None,
        _ if message.is_empty() => code.to_owned(),
        _ if code.is_empty() => message,
        _ => format!("{message} ({code})"),
    };
    Some(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BaseUrl;
    use crate::http::HttpOptions;
    use crate::platform::SystemClock;
    use crate::secrets::{Credentials, Secret};

    fn calls(base: &str) -> Calls {
        let clock = Arc::new(SystemClock);
        let credentials = Credentials::from([
            ("consumer_key".to_owned(), Secret::new("ck_canary")),
            ("consumer_secret".to_owned(), Secret::new("cs_canary")),
        ]);
        let http = Http::new(HttpOptions {
            platform: PROFILE.name,
            base_url: BaseUrl::new(base, false).unwrap(),
            ca_pem: None,
            budget: PROFILE.budget,
            timeout: PROFILE.timeout,
            clock: clock.clone(),
            secrets: Vec::new(),
            explain,
            seed: 1,
        })
        .unwrap();
        Calls::new(http, Keys::from(&credentials).unwrap(), clock)
    }

    fn refused(code: &str, message: &str) -> Problem {
        problem(serde_json::json!({"code": code, "message": message, "data": {"status": 401}}).to_string().as_bytes())
    }

    /// The keys go into the address only when the host took the header away, and not for good if that was not it.
    #[test]
    fn the_query_is_the_second_choice() {
        let calls = calls("https://shop.example");
        assert_eq!(calls.scheme(), Scheme::Basic);
        assert!(!calls.other_proof(Scheme::Basic, &refused("x", "Consumer secret is invalid.")));
        assert_eq!(calls.scheme(), Scheme::Basic);
        let nobody = refused("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.");
        assert!(calls.other_proof(Scheme::Basic, &nobody));
        assert_eq!(calls.scheme(), Scheme::Query);
        let signed = calls.signed(calls.get("/products"), calls.scheme(), &[]);
        assert!(signed.query.iter().any(|(name, _)| name == "consumer_secret") && signed.secret_headers.is_empty());
        assert!(!calls.other_proof(Scheme::Query, &nobody));
        assert_eq!(calls.scheme(), Scheme::Basic);
    }

    #[test]
    fn any_part_of_the_address_will_do() {
        for (base, path) in [
            ("https://shop.example", "/wp-json/wc/v3/products"),
            ("https://example.com/shop/", "/wp-json/wc/v3/products"),
            ("https://shop.example/wp-json", "/wc/v3/products"),
            ("https://shop.example/wp-json/wc/v3/", "/products"),
        ] {
            assert_eq!(calls(base).get("/products").path, path, "{base}");
        }
        assert_eq!(calls("https://shop.example/wp-json/wc/v3").index(), None);
    }

    #[test]
    fn errors_are_said_in_words_for_a_shop_owner() {
        let say = |code: &str, message: &str| {
            let body = serde_json::json!({"code": code, "message": message, "data": {"status": 401}}).to_string();
            explain(401, body.as_bytes()).unwrap_or_default()
        };
        assert!(say("rest_no_route", "No route was found").contains("Permalinks"));
        assert!(say("woocommerce_rest_authentication_error", "Invalid timestamp.").contains("clock"));
        assert!(say("x", "The API key provided does not have write permissions.").contains("Read/Write"));
        assert_eq!(
            say("product_invalid_sku", "Invalid or duplicated SKU."),
            "Invalid or duplicated SKU. (product_invalid_sku)"
        );
        assert_eq!(explain(502, b"<html>Bad gateway</html>"), None);
        assert_eq!(calls("https://shop.example").keys.redact("ck_canary and cs_canary"), "*** and ***");
    }
}
