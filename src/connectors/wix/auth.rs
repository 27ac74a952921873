//! An API key of the account's owner, and the site that it is used for.
//!
//! The key goes out as it is in `Authorization`, as a secret header, and is named nowhere else; the site goes into
//! `wix-site-id`. `wix-account-id` is never sent: the two exclude each other. The key does not end.

use crate::platform::PlatformError;
use crate::secrets::{Credentials, Secret};

use super::profile::PROFILE;

pub(super) const SITE_ID: &str = "site_id";
pub(super) const API_KEY: &str = "api_key";

#[derive(Debug)]
pub(super) struct Key {
    pub key: Secret,
    pub site: String,
}

impl Key {
    pub(super) fn from(credentials: &Credentials) -> Result<Self, PlatformError> {
        let refused = |why: &str| PlatformError::Unauthorised { platform: PROFILE.name, why: why.to_owned() };
        let given = |name| credentials.get(name).map(Secret::reveal).unwrap_or_default().trim();
        let (key, site) = (given(API_KEY), site_of(given(SITE_ID)));
        if key.is_empty() {
            return Err(refused("no API key was given"));
        }
        // Whatever is no header value would fail later with a message that may quote it.
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refused("the API key has blanks or other characters in it that no key has"));
        }
        if site.is_empty() || !site.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refused("no site ID was given: it is the part after /dashboard/ in the dashboard's address"));
        }
        Ok(Self { key: Secret::new(key), site: site.to_owned() })
    }
}

/// People paste the whole address: `https://manage.wix.com/dashboard/<site id>/home`.
fn site_of(given: &str) -> &str {
    match given.split_once("/dashboard/") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
        None => given.trim_matches('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(site: &str, key: &str) -> Credentials {
        [(SITE_ID, site), (API_KEY, key)]
            .map(|(name, value)| (name.to_owned(), Secret::new(value)))
            .into_iter()
            .collect()
    }

    #[test]
    fn the_site_is_taken_from_a_pasted_address_too() {
        let site = "3c482edc-8dfc-4681-aa87-3d6b36c231a2";
        for given in [site.to_owned(), format!("https://manage.wix.com/dashboard/{site}/home?x=1")] {
            assert_eq!(Key::from(&credentials(&given, "IST.x")).unwrap().site, site, "{given}");
        }
        assert!(Key::from(&credentials("", "k")).is_err() && Key::from(&credentials(site, "a b")).is_err());
    }
}
