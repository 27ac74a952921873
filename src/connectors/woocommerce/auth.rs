//! How a request proves who sends it.
//!
//! Over https: Basic authorisation with consumer key and secret. Some hosts take that header away before WooCommerce
//! sees it; then, and only then, the two go as query parameters (documented for that case; they end up in the shop's
//! access log, which is why this is not the first choice). Over plain http: OAuth 1.0a without a token ("one-legged"),
//! HMAC-SHA256, which sends neither secret; WooCommerce accepts nothing else there.
//!
//! Source: WooCommerce REST API documentation, "Authentication"; class-wc-rest-authentication.php; RFC 5849, section
//! 3.4.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::domain::{BaseUrl, Timestamp};
use crate::http::Request;
use crate::platform::PlatformError;
use crate::secrets::{Credentials, Secret};

use super::profile::PROFILE;

pub(super) const CONSUMER_KEY: &str = "consumer_key";
pub(super) const CONSUMER_SECRET: &str = "consumer_secret";

/// A pair of keys as WooCommerce gives it: `ck_…` and `cs_…`.
pub(super) struct Keys {
    key: Secret,
    secret: Secret,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Basic,
    Query,
    OneLegged,
}

impl Scheme {
    /// What to begin with.
    pub(super) fn for_address(base: &BaseUrl) -> Self {
        if base.as_str().starts_with("http://") { Self::OneLegged } else { Self::Basic }
    }
}

impl Keys {
    pub(super) fn from(credentials: &Credentials) -> Result<Self, PlatformError> {
        let field = |name: &str| {
            let missing = || unauthorised(format!("no {name} was given"));
            credentials.get(name).filter(|value| !value.reveal().is_empty()).cloned().ok_or_else(missing)
        };
        Ok(Self { key: field(CONSUMER_KEY)?, secret: field(CONSUMER_SECRET)? })
    }

    /// Says what cannot be a pair of keys. A pair pasted the wrong way round is the commonest mistake, and the shop's
    /// own message does not name it.
    pub(super) fn check_shape(&self) -> Result<(), PlatformError> {
        for (name, value, prefix) in [(CONSUMER_KEY, &self.key, "ck_"), (CONSUMER_SECRET, &self.secret, "cs_")] {
            if !value.reveal().starts_with(prefix) {
                return Err(unauthorised(format!("the {name} must begin with {prefix}")));
            }
        }
        Ok(())
    }

    /// The request with its proof. Each call makes a new one: a nonce serves once.
    pub(super) fn sign(&self, request: Request, scheme: Scheme, base: &BaseUrl, now: Timestamp) -> Request {
        match scheme {
            Scheme::Basic => {
                let pair = STANDARD.encode(format!("{}:{}", self.key.reveal(), self.secret.reveal()));
                request.secret_header("Authorization", Secret::new(format!("Basic {pair}")))
            }
            Scheme::Query => {
                request.query(CONSUMER_KEY, self.key.reveal()).query(CONSUMER_SECRET, self.secret.reveal())
            }
            // The nonce need not be secret, only new (RFC 5849, 3.3).
            Scheme::OneLegged => self.sign_one_legged(request, base, now, &format!("{:032x}", fastrand::u128(..))),
        }
    }

    fn sign_one_legged(&self, mut request: Request, base: &BaseUrl, now: Timestamp, nonce: &str) -> Request {
        let address = format!("{}{}", base.as_str(), request.path);
        request = request
            .query("oauth_consumer_key", self.key.reveal())
            .query("oauth_nonce", nonce)
            .query("oauth_signature_method", "HMAC-SHA256")
            .query("oauth_timestamp", now.0.div_euclid(1000));
        let signature = signature(request.method.name(), &address, &request.query, self.secret.reveal());
        request.query("oauth_signature", signature)
    }

    /// Takes both keys out of a text that came from the shop.
    pub(super) fn redact(&self, text: &str) -> String {
        text.replace(self.secret.reveal(), "***").replace(self.key.reveal(), "***")
    }
}

fn unauthorised(why: String) -> PlatformError {
    PlatformError::Unauthorised { platform: PROFILE.name, why }
}

/// The signature of RFC 5849, 3.4.2, with SHA-256 and without a token. `address` is without query.
pub(super) fn signature(method: &str, address: &str, parameters: &[(String, String)], secret: &str) -> String {
    let mut pairs: Vec<(String, String)> =
        parameters.iter().map(|(name, value)| (percent_encoded(name), percent_encoded(value))).collect();
    pairs.sort();
    let joined = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let text = format!("{method}&{}&{}", percent_encoded(address), percent_encoded(&joined));
    let key = hmac::Key::new(hmac::HMAC_SHA256, format!("{secret}&").as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

/// Percent-encoding as OAuth wants it: everything but RFC 3986's unreserved characters.
fn percent_encoded(raw: &str) -> String {
    let mut encoded = String::with_capacity(raw.len());
    for byte in raw.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;

    fn keys() -> Keys {
        let credentials = Credentials::from([
            (CONSUMER_KEY.to_owned(), Secret::new("ck_0123456789abcdef")),
            (CONSUMER_SECRET.to_owned(), Secret::new("cs_fedcba9876543210")),
        ]);
        Keys::from(&credentials).unwrap()
    }

    fn query<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
        request.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Computed independently, with Python's hmac and urllib.
    #[test]
    fn a_known_signature() {
        let base = BaseUrl::new("http://shop.example", true).unwrap();
        let request = Request::get("/wp-json/wc/v3/products")
            .query("per_page", 100)
            .query("search", "Tea & Co 50% \"grün\"")
            .query("_fields", "id,name");
        let now = Timestamp(1_795_287_600_999);
        let signed = keys().sign_one_legged(request, &base, now, "5f2b8c1d9e3a47b6a1c0d4e8f7091a2b");
        assert_eq!(query(&signed, "oauth_timestamp"), Some("1795287600"));
        assert_eq!(query(&signed, "oauth_signature"), Some("DpRWtnF5pKuCu3eG3TJRXk9H3YPdQ3Jqj0cjQIUNWVg="));
    }

    #[test]
    fn plain_http_never_carries_the_secret() {
        let base = BaseUrl::new("http://127.0.0.1:8080/shop", false).unwrap();
        assert_eq!(Scheme::for_address(&base), Scheme::OneLegged);
        let first = keys().sign(Request::new(Method::Post, "/wp-json/x"), Scheme::OneLegged, &base, Timestamp(0));
        let second = keys().sign(Request::new(Method::Post, "/wp-json/x"), Scheme::OneLegged, &base, Timestamp(0));
        assert!(!format!("{first:?}").contains("cs_fedcba"));
        assert_ne!(query(&first, "oauth_nonce"), query(&second, "oauth_nonce"));
    }

    #[test]
    fn https_begins_with_a_header() {
        let base = BaseUrl::new("https://shop.example", false).unwrap();
        assert_eq!(Scheme::for_address(&base), Scheme::Basic);
        let signed = keys().sign(Request::get("/wp-json/x"), Scheme::Basic, &base, Timestamp(0));
        assert!(signed.query.is_empty());
        assert_eq!(signed.secret_headers.len(), 1);
        assert!(!format!("{signed:?}").contains("ck_"));
    }

    #[test]
    fn keys_the_wrong_way_round_are_told() {
        let credentials = Credentials::from([
            (CONSUMER_KEY.to_owned(), Secret::new("cs_1")),
            (CONSUMER_SECRET.to_owned(), Secret::new("ck_1")),
        ]);
        let why = Keys::from(&credentials).unwrap().check_shape().unwrap_err();
        assert!(why.to_string().contains("must begin with ck_"), "{why}");
    }
}
