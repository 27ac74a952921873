//! How a merchant logs in, and what the token says of itself.
//!
//! R-Series knows no key but that of a login: the authorisation code with PKCE, tokens that live an hour or half of one,
//! and refresh tokens that change. "Once the new access token is used to authenticate a request, the old refresh token
//! will be revoked" (since 2026-01-15), so a refresh whose answer was lost is sent again and nothing is lost. A refresh
//! token that somebody got in another way (the docs show one) is taken as well.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::domain::{LoginBody, Rotation};
use crate::login::{self, Keys, LoginDesk};
use crate::platform::{Clock, CredentialField, Login, LoginAddress, PlatformError};
use crate::secrets::{Credentials, Secret};

use super::profile::NAME;

pub static CREDENTIALS: &[CredentialField] = &[
    CredentialField { name: login::CLIENT, label: "Client ID of your API client", secret: false, required: true },
    CredentialField {
        name: login::SECRET,
        label: "Client secret (blank for a publicly distributed client)",
        secret: true,
        required: false,
    },
    CredentialField {
        name: login::REFRESH,
        label: "Refresh token, if you have one already (else blank, and log in)",
        secret: true,
        required: false,
    },
];

/// Scopes that the connector uses (docs, Access Scopes), each with what needs it.
pub const NEEDED: [&str; 7] = [
    "employee:inventory",     // items, matrices, counts
    "employee:product_edit",  // making and changing products
    "employee:product_cost",  // the docs want it for ItemMatrix and ItemShop
    "employee:categories",    // categories that lack
    "employee:manufacturers", // brands that lack
    "employee:register_read", // sales
    "employee:customers",     // ShipTo: which sales wait to be shipped
];

pub static LOGIN: Login = Login {
    authorize: LoginAddress { host: Some("https://cloud.lightspeedapp.com"), path: "/auth/oauth/authorize" },
    regions: &[],
    token: LoginAddress { host: Some("https://cloud.lightspeedapp.com"), path: "/auth/oauth/token" },
    refresh: LoginAddress { host: Some("https://cloud.lightspeedapp.com"), path: "/auth/oauth/token" },
    scopes: "employee:inventory employee:product_edit employee:product_cost employee:categories \
             employee:manufacturers employee:register_read employee:customers",
    // "required for all publicly distributed clients, recommended for all clients"
    pkce: true,
    body: LoginBody::Json,
    extra: &[],
    brings: &[],
    rotation: Rotation::UntilFirstUse,
    // "The redirect URI must use HTTPS … you can use https://localhost for testing": nobody answers there, and the
    // merchant pastes the address.
    redirect: "https://localhost",
    // "The temporary token is only valid for 60 seconds."
    code_lives: 60,
};

/// The keys of a connection. Calls nobody.
pub fn keys(credentials: &Credentials, desk: Option<LoginDesk>, clock: Arc<dyn Clock>) -> Result<Keys, PlatformError> {
    let keys = desk.and_then(|desk| Keys::of(NAME, &LOGIN, desk, clock, credentials));
    keys.ok_or_else(|| PlatformError::Unauthorised {
        platform: NAME,
        why: "nobody has logged in yet; R-Series has no other key".to_owned(),
    })
}

/// The value of the `Authorization` header.
pub fn bearer(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.reveal()))
}

/// The scopes that stand in the token, a signed JSON Web Token; `None` if it is none, as those before 2024. The signature
/// is not checked: what R-Series makes of its own token is for R-Series to say.
pub fn scopes(token: &Secret) -> Option<Vec<String>> {
    let payload = token.reveal().split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let payload: Value = serde_json::from_slice(&payload).ok()?;
    Some(payload.get("scope")?.as_str()?.split_whitespace().map(str::to_owned).collect())
}

/// Those of ours that were not granted. `employee:all` and the wider scope of the same right hold the narrower ones.
pub fn missing(granted: &[String]) -> Vec<String> {
    let has = |scope: &str| granted.iter().any(|known| known == scope);
    let holds = |scope: &str| has("employee:all") || has(scope) || scope.strip_suffix("_read").is_some_and(has);
    NEEDED.into_iter().filter(|scope| !holds(scope)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_scopes_are_asked_for() {
        assert_eq!(LOGIN.scopes.split(' ').collect::<Vec<_>>(), NEEDED);
    }

    #[test]
    fn the_token_tells_what_it_may() {
        // The payload of the docs' sample.
        let payload = URL_SAFE_NO_PAD.encode(
            r#"{"jti":"6d771","sub":"12","acct":"5","scope":"employee:register employee:inventory","exp":1720465733.16}"#,
        );
        let granted = scopes(&Secret::new(format!("e30.{payload}.sig"))).unwrap();
        assert_eq!(granted, ["employee:register", "employee:inventory"]);
        let lacking = missing(&granted);
        assert!(!lacking.iter().any(|scope| scope == "employee:inventory" || scope == "employee:register_read"));
        assert!(lacking.iter().any(|scope| scope == "employee:categories"));
        assert_eq!(missing(&["employee:all".to_owned()]), Vec::<String>::new());
        assert_eq!(scopes(&Secret::new("an-old-opaque-token")), None);
    }
}
