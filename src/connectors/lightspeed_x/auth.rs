//! What an X-Series key is, and how a merchant logs in.
//!
//! Two ways: a personal token (Plus plan), or OAuth 2 through the page of the merchant's own app. Either is sent as a
//! bearer token. The secret goes into the request as a secret header and is named nowhere else.

use std::sync::Arc;

use crate::domain::{BaseUrl, LoginBody, Rotation, Timestamp};
use crate::login::{Keys, LoginDesk};
use crate::platform::{Clock, CredentialField, Login, LoginAddress, PlatformError};
use crate::secrets::{Credentials, Secret};

use super::profile::PROFILE;

pub const TOKEN: &str = "token";
pub const DOMAIN_PREFIX: &str = "domain_prefix";

pub static CREDENTIALS: &[CredentialField] = &[
    CredentialField { name: TOKEN, label: "Personal token (Plus plan)", secret: true, required: false },
    CredentialField { name: "client_id", label: "or: the app's client ID", secret: false, required: false },
    CredentialField { name: "client_secret", label: "and the app's client secret", secret: true, required: false },
    // No secret, and therefore to be named here: whatever came with a login and is not is kept out of all messages.
    CredentialField {
        name: DOMAIN_PREFIX,
        label: "and the shop's name in its address (a login brings it)",
        secret: false,
        required: false,
    },
];

/// Scopes that the connector uses, by X-Series' names, each with the calls that need it.
pub const NEEDED: [&str; 8] = [
    "products:read",      // products, brands, categories, attributes
    "products:write",     // making and changing them
    "inventory:read",     // inventory, inventory_levels
    "inventory:write",    // stock_adjustments
    "sales:read",         // sales
    "outlets:read",       // outlets
    "retailer:read",      // retailer
    "payment_types:read", // retailer wants it besides ("Requires: retailer:read payment_types:read")
];

/// X-Series documentation, Authorization; Scopes (mandatory since 2026-06-01).
pub static LOGIN: Login = Login {
    authorize: LoginAddress { host: Some("https://secure.retail.lightspeed.app"), path: "/connect" },
    regions: &[],
    // At the shop's own address.
    token: LoginAddress { host: None, path: "/api/1.0/token" },
    refresh: LoginAddress { host: None, path: "/api/1.0/token" },
    scopes: "products:read products:write inventory:read inventory:write sales:read outlets:read retailer:read \
             payment_types:read",
    pkce: false,
    body: LoginBody::Form,
    extra: &[],
    brings: &[(DOMAIN_PREFIX, DOMAIN_PREFIX)],
    // "each refresh gives a new refresh token and revokes the old access token"
    rotation: Rotation::Once,
    redirect: "http://127.0.0.1:8917/callback",
    // Not documented; the shortest that others use.
    code_lives: 60,
};

/// What a call is sent with.
pub enum Key {
    Personal(Secret),
    Login(Box<Keys>),
}

impl Key {
    /// The personal token wins where both are given. Calls nobody.
    pub fn of(
        credentials: &Credentials,
        desk: Option<LoginDesk>,
        clock: Arc<dyn Clock>,
        base: &BaseUrl,
    ) -> Result<Self, PlatformError> {
        if let Some(token) = credentials.get(TOKEN).filter(|token| !token.reveal().is_empty()) {
            return Ok(Self::Personal(sendable(token)?));
        }
        if let Some(prefix) = credentials.get(DOMAIN_PREFIX) {
            same_shop(prefix.reveal(), base)?;
        }
        let login = desk.and_then(|desk| Keys::of(PROFILE.name, &LOGIN, desk, clock, credentials));
        match login {
            Some(keys) => Ok(Self::Login(Box::new(keys))),
            None => Err(refused("no key was given: it takes a personal token, or a login with an app's client ID")),
        }
    }

    pub async fn token(&self) -> Result<Secret, PlatformError> {
        match self {
            Self::Personal(token) => Ok(token.clone()),
            Self::Login(keys) => keys.token().await,
        }
    }

    /// As the contract's.
    pub fn ends(&self) -> Option<Timestamp> {
        match self {
            Self::Personal(_) => None,
            Self::Login(keys) => keys.ends(),
        }
    }

    /// The platform refused this token; `true` if another can be had.
    pub async fn forget(&self, refused: &Secret) -> bool {
        match self {
            Self::Personal(_) => false,
            Self::Login(keys) => keys.forget(refused).await,
        }
    }
}

/// Whatever is no header value would fail later with a message that may quote it.
fn sendable(token: &Secret) -> Result<Secret, PlatformError> {
    match token.reveal().bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(token.clone()),
        false => Err(refused("the token has blanks or other characters in it that no token has")),
    }
}

/// A login is one shop's, and the page lets the merchant choose which: the address has to be that shop's.
fn same_shop(prefix: &str, base: &BaseUrl) -> Result<(), PlatformError> {
    let host =
        url::Url::parse(base.as_str()).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let Some(known) = host.strip_suffix(".retail.lightspeed.app") else { return Ok(()) };
    if prefix.is_empty() || known.eq_ignore_ascii_case(prefix) {
        return Ok(());
    }
    Err(refused(&format!(
        "the login is of the shop {}, and the address is that of {}; connect with the address of the one you mean",
        crate::domain::clean(prefix),
        crate::domain::clean(known)
    )))
}

fn refused(why: &str) -> PlatformError {
    PlatformError::Unauthorised { platform: PROFILE.name, why: why.to_owned() }
}

/// The value of the `Authorization` header.
pub fn bearer(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.reveal()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::SystemClock;

    fn key(fields: &[(&str, &str)], base: &str) -> Result<Key, PlatformError> {
        let credentials = fields.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
        Key::of(&credentials, None, Arc::new(SystemClock), &BaseUrl::new(base, false).unwrap())
    }

    #[test]
    fn a_token_is_taken_or_refused_in_a_sentence() {
        let base = "https://clay.retail.lightspeed.app";
        assert!(
            matches!(key(&[(TOKEN, " lsxs_pt_x \n")], base), Ok(Key::Personal(token)) if token.reveal() == "lsxs_pt_x")
        );
        let why = key(&[(TOKEN, "lsxs two")], base).err().unwrap().to_string();
        assert!(!why.contains("lsxs"), "{why}");
        assert!(key(&[("client_id", "app")], base).is_err(), "nobody logged in yet");
    }

    #[test]
    fn a_login_of_another_shop_is_told() {
        let fields = [(DOMAIN_PREFIX, "clay"), ("refresh_token", "r")];
        let why = key(&fields, "https://hill.retail.lightspeed.app").err().unwrap().to_string();
        assert!(why.contains("of the shop clay"), "{why}");
        let other = key(&fields, "https://Clay.retail.lightspeed.app").err().unwrap().to_string();
        assert!(!other.contains("of the shop"), "{other}");
    }

    #[test]
    fn all_scopes_are_asked_for() {
        let asked: Vec<&str> = LOGIN.scopes.split(' ').collect();
        assert_eq!(asked, NEEDED);
    }
}
