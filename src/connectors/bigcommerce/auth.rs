//! The key of a store-level API account: a token that never ends, and the store it is for.
//!
//! The token goes out as a secret header and is named nowhere else. Its scopes are fixed when it is made.

use crate::http::segment;
use crate::platform::PlatformError;
use crate::secrets::{Credentials, Secret};

use super::profile::PROFILE;

pub(super) const STORE_HASH: &str = "store_hash";
pub(super) const ACCESS_TOKEN: &str = "access_token";

/// The scopes that the connector needs, by the names of the control panel.
pub(super) const PRODUCTS: &str = "Products: modify";
pub(super) const INVENTORY: &str = "Store Inventory: modify";
pub(super) const LOCATIONS: &str = "Store Locations: read-only";
pub(super) const ORDERS: &str = "Orders: read-only";
pub(super) const INFORMATION: &str = "Information & Settings: read-only";

#[derive(Debug)]
pub(super) struct Key {
    pub token: Secret,
    /// `/stores/abc123`: what stands before the API's version in every path.
    pub root: String,
}

impl Key {
    pub(super) fn from(credentials: &Credentials) -> Result<Self, PlatformError> {
        let refused = |why: &str| PlatformError::Unauthorised { platform: PROFILE.name, why: why.to_owned() };
        let given = |name| credentials.get(name).map(Secret::reveal).unwrap_or_default().trim();
        let (token, store) = (given(ACCESS_TOKEN), store_of(given(STORE_HASH)));
        if token.is_empty() {
            return Err(refused("no access token was given"));
        }
        // Whatever is no header value would fail later with a message that may quote it.
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refused("the access token has blanks or other characters in it that no token has"));
        }
        if store.is_empty() {
            return Err(refused("no store hash was given: it is the part after /stores/ in the API path"));
        }
        Ok(Self { token: Secret::new(token), root: format!("/stores/{}", segment(store)) })
    }
}

/// The control panel shows the whole API path (`https://api.bigcommerce.com/stores/abc123/v3/`), and people paste it.
fn store_of(given: &str) -> &str {
    match given.split_once("/stores/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or_default(),
        None => given.trim_matches('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(store: &str, token: &str) -> Credentials {
        [(STORE_HASH, store), (ACCESS_TOKEN, token)]
            .map(|(name, value)| (name.to_owned(), Secret::new(value)))
            .into_iter()
            .collect()
    }

    #[test]
    fn the_store_is_taken_from_a_pasted_path_too() {
        for store in ["abc123", "https://api.bigcommerce.com/stores/abc123/v3/", "/stores/abc123"] {
            assert_eq!(Key::from(&credentials(store, "t")).unwrap().root, "/stores/abc123", "{store}");
        }
        assert_eq!(Key::from(&credentials("../admin", "t")).unwrap().root, "/stores/..%2Fadmin");
        assert!(Key::from(&credentials("", "t")).is_err() && Key::from(&credentials("abc", "a b")).is_err());
    }
}
