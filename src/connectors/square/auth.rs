//! What a Square key is sent as, and what it has to allow.
//!
//! One kind of key: the personal access token of the shop's own application, sent as a bearer token. It does not
//! expire. The secret goes into the request as a secret header and is named nowhere else.

use crate::platform::{CredentialField, PlatformError};
use crate::secrets::{Credentials, Secret};

use super::profile::PROFILE;

/// The name of the one credential.
pub const TOKEN: &str = "token";

pub static CREDENTIALS: &[CredentialField] =
    &[CredentialField { name: TOKEN, label: "Access token (production)", secret: true, required: true }];

/// Permissions that the connector uses, by Square's names, each with the calls that need it.
pub const NEEDED: [&str; 6] = [
    "MERCHANT_PROFILE_READ", // locations, merchants
    "ITEMS_READ",            // catalog search, batch-retrieve
    "ITEMS_WRITE",           // catalog batch-upsert
    "INVENTORY_READ",        // inventory counts and changes
    "INVENTORY_WRITE",       // inventory changes/batch-create
    "ORDERS_READ",           // orders/search
];

/// The value of the `Authorization` header.
pub fn authorisation(credentials: &Credentials) -> Result<Secret, PlatformError> {
    let token = credentials.get(TOKEN).map(Secret::reveal).unwrap_or_default();
    let refused = |why: &str| PlatformError::Unauthorised { platform: PROFILE.name, why: why.to_owned() };
    if token.is_empty() {
        return Err(refused("no access token was given"));
    }
    // Whatever is no header value would fail later with a message that may quote it.
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refused("the access token has blanks or other characters in it that no token has"));
    }
    Ok(Secret::new(format!("Bearer {token}")))
}

/// Which of the permissions we need are not among `granted`.
pub fn missing(granted: &[String]) -> Vec<String> {
    NEEDED.iter().filter(|needed| !granted.iter().any(|scope| scope == *needed)).map(|s| (*s).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_becomes_a_header_or_a_sentence() {
        let with = |value: &str| Credentials::from([(TOKEN.to_owned(), Secret::new(value))]);
        assert_eq!(authorisation(&with(" EAAA \n")).unwrap().reveal(), "Bearer EAAA");
        assert!(authorisation(&with("")).is_err());
        let why = authorisation(&with("EAAA two")).unwrap_err().to_string();
        assert!(!why.contains("EAAA"), "{why}");
        assert!(authorisation(&Credentials::new()).is_err());
    }

    #[test]
    fn what_lacks_is_named() {
        let granted = ["ITEMS_READ", "ITEMS_WRITE", "INVENTORY_READ", "PAYMENTS_READ"].map(String::from);
        assert_eq!(missing(&granted), ["MERCHANT_PROFILE_READ", "INVENTORY_WRITE", "ORDERS_READ"]);
    }
}
