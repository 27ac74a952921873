//! One account on one platform, and where it lives.

use serde::{Deserialize, Serialize};

use super::{ConnectionId, Currency, LocationId, PlatformId, Text, Timestamp};

/// Which half of the shop a system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Tills and back offices.
    InStore,
    /// Web shops and marketplaces.
    Online,
}

impl Side {
    pub const fn other(self) -> Self {
        match self {
            Self::InStore => Self::Online,
            Self::Online => Self::InStore,
        }
    }

    /// As the screens say it: `POS`, `eCommerce`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::InStore => "POS",
            Self::Online => "eCommerce",
        }
    }
}

/// An address that requests may go to: http or https, no user, no query, no fragment, no trailing slash.
/// Plain http is accepted for loopback only, unless the connection was made with `--allow-http`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BaseUrl(String);

impl BaseUrl {
    pub fn new(raw: &str, allow_http: bool) -> Result<Self, String> {
        let url = url::Url::parse(raw.trim()).map_err(|why| format!("{raw:?} is not a web address: {why}"))?;
        let loopback = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => return Err(format!("{raw:?} names no host")),
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback || allow_http => {}
            "http" => {
                return Err(format!(
                    "{raw:?} would send the key unencrypted; use https, or --allow-http if the network is yours"
                ));
            }
            other => return Err(format!("{other}: is not supported, use https://")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a user or password must not stand in the address".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("{raw:?} must end with the path, without ? or #"));
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place that holds stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    pub id: LocationId,
    pub name: Text,
    pub active: bool,
}

/// An account, without its secrets: those lie behind `secrets.rs` under the connection's number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    pub id: ConnectionId,
    pub platform: PlatformId,
    pub side: Side,
    /// What people call it; the shop's name unless the user said otherwise. Unique.
    pub name: Text,
    pub base_url: BaseUrl,
    /// A PEM file with further roots to trust, for shops behind an authority of their own.
    pub ca_file: Option<String>,
    pub currency: Currency,
    /// Locations whose stock counts. The first is the one that is written to. Never empty once connected.
    pub locations: Vec<Location>,
    pub connected_at: Timestamp,
}

impl Connection {
    /// The location that quantity writes go to.
    pub fn main_location(&self) -> Option<&LocationId> {
        self.locations.first().map(|location| &location.id)
    }

    pub fn counts(&self, location: &LocationId) -> bool {
        self.locations.iter().any(|used| used.id == *location)
    }
}

/// What the header says of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ConnectionState {
    /// Not called yet since the engine started.
    Unknown,
    Online,
    Offline {
        since: Timestamp,
        why: String,
    },
    NeedsLogin {
        why: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_travel_encrypted_or_not_at_all() {
        assert_eq!(BaseUrl::new("https://shop.example/", false).unwrap().as_str(), "https://shop.example");
        assert!(BaseUrl::new("http://127.0.0.1:8080/x", false).is_ok());
        assert!(BaseUrl::new("http://shop.example", false).is_err());
        assert!(BaseUrl::new("http://shop.example", true).is_ok());
        for bad in ["ftp://x", "https://u:p@x", "https://x/?a=b", "shop", "https://"] {
            assert!(BaseUrl::new(bad, true).is_err(), "{bad}");
        }
    }
}
