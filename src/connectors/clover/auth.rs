//! What a call to Clover proves itself with.
//!
//! Two ways in: a merchant API token from the dashboard, which does not end, or a login with an app of one's own (OAuth
//! v2). The login's access token lives minutes to a day (its end is told as an epoch time and never assumed), and each
//! refresh token works once. The static token wins where both are given.
//!
//! Source: Clover, "Generate a test API token", "High-trust app: auth code flow", "Refresh access tokens".

use std::sync::Arc;

use crate::domain::{Login, LoginAddress, LoginBody, Rotation, Timestamp};
use crate::http::segment;
use crate::login::{self, LoginDesk};
use crate::platform::{Clock, CredentialField, PlatformError};
use crate::secrets::{Credentials, Secret};

use super::profile::NAME;

pub(super) const TOKEN: &str = "token";
pub(super) const MERCHANT: &str = "merchant";

pub(super) static CREDENTIALS: &[CredentialField] = &[
    // Typed beside a token; a login brings it along.
    CredentialField { name: MERCHANT, label: "Merchant ID (13 characters)", secret: false, required: true },
    CredentialField { name: TOKEN, label: "Merchant API token", secret: true, required: false },
    CredentialField { name: login::CLIENT, label: "App ID, to log in instead", secret: false, required: false },
    CredentialField { name: login::SECRET, label: "App secret, to log in instead", secret: true, required: false },
];

pub(super) static LOGIN: Login = Login {
    authorize: LoginAddress { host: Some("https://www.clover.com"), path: "/oauth/v2/authorize" },
    // A merchant of one region is unknown in the others.
    regions: &[
        ("https://api.eu.clover.com", "https://www.eu.clover.com"),
        ("https://api.la.clover.com", "https://www.la.clover.com"),
        ("https://apisandbox.dev.clover.com", "https://sandbox.dev.clover.com"),
    ],
    // Below the connection's own address, since each region changes its own codes: api.clover.com, api.eu.clover.com.
    token: LoginAddress { host: None, path: "/oauth/v2/token" },
    refresh: LoginAddress { host: None, path: "/oauth/v2/refresh" },
    // Permissions are set with the app.
    scopes: "",
    // With the app's secret; PKCE is Clover's way for apps that can keep none.
    pkce: false,
    body: LoginBody::Json,
    extra: &[],
    brings: &[("merchant_id", MERCHANT)],
    rotation: Rotation::Once,
    redirect: "http://127.0.0.1:8917/callback",
    // Not documented; the usual ten minutes.
    code_lives: 600,
};

/// Permissions that the connector uses, by Clover's names, each with the calls that need it.
pub(super) const MERCHANT_R: &str = "MERCHANT_R"; // merchant, properties
pub(super) const INVENTORY_R: &str = "INVENTORY_R"; // items, groups, stocks
pub(super) const INVENTORY_W: &str = "INVENTORY_W"; // every change
pub(super) const ORDERS_R: &str = "ORDERS_R"; // orders
pub(super) const PAYMENTS_R: &str = "PAYMENTS_R"; // refunds

pub(super) enum Keys {
    Static(Secret),
    Login(Box<login::Keys>),
}

impl Keys {
    pub(super) fn of(
        credentials: &Credentials,
        desk: Option<LoginDesk>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, PlatformError> {
        if let Some(token) = field(credentials, TOKEN) {
            // Whatever is no header value would fail later with a message that may quote it.
            if !token.reveal().bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(refused("the token has blanks or other characters in it that no token has"));
            }
            return Ok(Self::Static(token));
        }
        let keys = desk.and_then(|desk| login::Keys::of(NAME, &LOGIN, desk, clock, credentials));
        keys.map(|keys| Self::Login(Box::new(keys)))
            .ok_or_else(|| refused("no key was given: it takes a merchant API token, or a login"))
    }

    pub(super) async fn token(&self) -> Result<Secret, PlatformError> {
        match self {
            Self::Static(token) => Ok(token.clone()),
            Self::Login(keys) => keys.token().await,
        }
    }

    /// As the contract's.
    pub(super) fn ends(&self) -> Option<Timestamp> {
        match self {
            Self::Static(_) => None,
            Self::Login(keys) => keys.ends(),
        }
    }

    /// `true` if another token can be had.
    pub(super) async fn forget(&self, refused: &Secret) -> bool {
        match self {
            Self::Static(_) => false,
            Self::Login(keys) => keys.forget(refused).await,
        }
    }
}

/// The path below which everything of this merchant lies.
pub(super) fn root(credentials: &Credentials) -> Result<(String, String), PlatformError> {
    let merchant = field(credentials, MERCHANT).ok_or_else(|| {
        refused("no merchant ID was given; it stands in the address of the dashboard, after /m/ or /merchants/")
    })?;
    let merchant = merchant.reveal().trim().to_owned();
    if merchant.len() > 40 || !merchant.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(refused("the merchant ID is 13 letters and digits, as in the address of the dashboard"));
    }
    Ok((format!("/v3/merchants/{}", segment(&merchant)), merchant))
}

fn field(credentials: &Credentials, name: &str) -> Option<Secret> {
    credentials.get(name).filter(|value| !value.reveal().trim().is_empty()).cloned()
}

fn refused(why: &str) -> PlatformError {
    PlatformError::Unauthorised { platform: NAME, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::SystemClock;

    fn given(pairs: &[(&str, &str)]) -> Credentials {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect()
    }

    #[test]
    fn what_lacks_is_told_without_the_key() {
        let keys = |pairs: &[(&str, &str)]| Keys::of(&given(pairs), None, Arc::new(SystemClock));
        assert!(matches!(keys(&[(TOKEN, "abc-123")]), Ok(Keys::Static(_))));
        let why = keys(&[(TOKEN, "abc canary")]).err().unwrap().to_string();
        assert!(!why.contains("canary"), "{why}");
        assert!(keys(&[]).err().unwrap().to_string().contains("login"));
    }

    #[test]
    fn each_region_has_its_page_and_changes_its_own_codes() {
        for (base, page) in [
            ("https://api.clover.com", "https://www.clover.com"),
            ("https://api.eu.clover.com", "https://www.eu.clover.com"),
            ("https://api.la.clover.com/", "https://www.la.clover.com"),
            ("https://apisandbox.dev.clover.com", "https://sandbox.dev.clover.com"),
            ("http://127.0.0.1:8101", "http://127.0.0.1:8101"),
        ] {
            let base = crate::domain::BaseUrl::new(base, false).unwrap();
            let begun = login::begin(&LOGIN, &base, "app", None, &[7; 64]);
            assert!(begun.url.starts_with(&format!("{page}/oauth/v2/authorize?")), "{base}: {}", begun.url);
            for call in [LOGIN.token, LOGIN.refresh] {
                assert_eq!(login::host(call, &base), base);
            }
        }
    }

    #[test]
    fn a_merchant_cannot_be_another_path() {
        assert_eq!(root(&given(&[(MERCHANT, "9ABCDEF123456")])).unwrap().0, "/v3/merchants/9ABCDEF123456");
        for wrong in ["", "../x", "a/b", "a b"] {
            assert!(root(&given(&[(MERCHANT, wrong)])).is_err(), "{wrong:?}");
        }
    }
}
