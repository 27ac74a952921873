//! What a call to E-Series proves itself with: the shop's number in the path, and a token that does not end.
//!
//! Source: reference, "Get access tokens": a custom app's `secret_…` token, sent as a bearer token.

use crate::http::segment;
use crate::platform::{CredentialField, PlatformError};
use crate::secrets::{Credentials, Secret};

use super::profile::NAME;

pub(super) const STORE: &str = "store_id";
pub(super) const TOKEN: &str = "token";

pub(super) static CREDENTIALS: &[CredentialField] = &[
    CredentialField { name: STORE, label: "Store ID (a number)", secret: false, required: true },
    CredentialField { name: TOKEN, label: "Secret token (secret_…)", secret: true, required: true },
];

/// Scopes that the connector uses, each with the calls that need it (reference, "Access scopes").
pub(super) const READ_PROFILE: &str = "read_store_profile"; // profile
pub(super) const READ_CATALOG: &str = "read_catalog"; // products, categories
pub(super) const UPDATE_CATALOG: &str = "update_catalog"; // every change
pub(super) const READ_ORDERS: &str = "read_orders"; // orders

/// The secret token, ready for its header.
pub(super) fn bearer(credentials: &Credentials) -> Result<Secret, PlatformError> {
    let token = field(credentials, TOKEN).ok_or_else(|| refused("no token was given; it begins with secret_"))?;
    // Whatever is no header value would fail later with a message that may quote it.
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refused("the token has blanks or other characters in it that no token has"));
    }
    if token.starts_with("public_") {
        return Err(refused(
            "this is the public token, which cannot change anything; take the one that begins with secret_",
        ));
    }
    Ok(Secret::new(format!("Bearer {token}")))
}

/// `/15695068`
pub(super) fn root(credentials: &Credentials) -> Result<String, PlatformError> {
    let store = field(credentials, STORE)
        .ok_or_else(|| refused("no store ID was given; it stands at the bottom of every page of the control panel"))?;
    if store.len() > 40 || !store.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(refused("the store ID is a number; it stands at the bottom of every page of the control panel"));
    }
    Ok(format!("/{}", segment(&store)))
}

fn field(credentials: &Credentials, name: &str) -> Option<String> {
    let value = credentials.get(name)?.reveal().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

fn refused(why: &str) -> PlatformError {
    PlatformError::Unauthorised { platform: NAME, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> Credentials {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect()
    }

    #[test]
    fn what_lacks_is_told_without_the_token() {
        assert_eq!(bearer(&given(&[(TOKEN, " secret_abc ")])).unwrap().reveal(), "Bearer secret_abc");
        for wrong in ["public_canary", "secret canary"] {
            let why = bearer(&given(&[(TOKEN, wrong)])).err().unwrap().to_string();
            assert!(!why.contains("canary"), "{why}");
        }
        assert!(bearer(&given(&[])).err().unwrap().to_string().contains("secret_"));
    }

    #[test]
    fn a_store_cannot_be_another_path() {
        assert_eq!(root(&given(&[(STORE, "15695068")])).unwrap(), "/15695068");
        for wrong in ["", "../1", "1/2", "1 2"] {
            assert!(root(&given(&[(STORE, wrong)])).is_err(), "{wrong:?}");
        }
    }
}
