//! OAuth 2 for every platform that wants it. Names none: what differs is a [`Login`](crate::domain::Login) in the profile.
//!
//! `page.rs` makes the address a merchant opens and reads what comes back; `tokens.rs` reads a token endpoint's answer;
//! `keys.rs` hands out an access token that is still good, and changes it in time. Tokens live in the file of secrets
//! under the names of [`FIELDS`], never in the store.

#[cfg(test)]
mod imitation;
mod keys;
mod page;
mod tokens;

use std::sync::Arc;

use crate::domain::{BaseUrl, Budget, LoginAddress};
use crate::http::Http;
use crate::platform::PlatformError;
use crate::secrets::Keyring;

pub use keys::Keys;
pub use page::{Begun, Returned, begin, returned};
pub use tokens::{Tokens, exchange};

/// No token endpoint says what it allows, and nobody needs more.
pub const BUDGET: Budget = Budget { burst: 5, per_second_milli: 200, concurrent: 1, source: "ours" };

/// The names under which a login's keys are kept, besides those that a merchant types.
pub const FIELDS: [&str; 3] = [ACCESS, REFRESH, ENDS];
/// A credential of the profile: the app's identifier.
pub const CLIENT: &str = "client_id";
/// A credential of the profile, where the app has one.
pub const SECRET: &str = "client_secret";
pub(crate) const ACCESS: &str = "access_token";
pub(crate) const REFRESH: &str = "refresh_token";
/// When the access token ends, in seconds since 1970.
pub(crate) const ENDS: &str = "access_token_ends";

/// Where tokens are changed, and where they are kept.
#[derive(Clone)]
pub struct LoginDesk {
    /// A client of its own: the token endpoint has another host, and another limit, than the API.
    pub http: Http,
    pub keyring: Arc<dyn Keyring>,
}

/// Fresh random bytes for [`begin`].
pub fn random() -> Result<[u8; 64], PlatformError> {
    let mut bytes = [0; 64];
    let filled = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    filled.map(|()| bytes).map_err(|_| PlatformError::Unexpected {
        platform: "this machine",
        why: "it gives no random numbers, and a login must not do without".to_owned(),
    })
}

/// The base URL of a call of the login. A connection to this machine (a sandbox) has everything under its own.
pub fn host(address: LoginAddress, base: &BaseUrl) -> BaseUrl {
    let local = url::Url::parse(base.as_str()).ok().is_some_and(|url| match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    });
    match address.host {
        Some(host) if !local => BaseUrl::new(host, false).unwrap_or_else(|_| base.clone()),
        _ => base.clone(),
    }
}
