//! Reading a file that lies elsewhere than the platform's API: an export that it made ready, a product's picture.
//!
//! The address comes from outside, so it is a stranger's: no key and no header of ours but the User-Agent goes there,
//! only https and only to names of the public internet (a shop must not make us call the machines next door), no
//! redirect is followed, and no more is read than the caller wants. What lies below the connection's own base URL may be
//! read as well: a sandbox has everything there. It takes nothing from the platform's rate budget.

use std::net::IpAddr;
use std::sync::PoisonError;

use reqwest::header::RANGE;
use url::{Host, Url};

use crate::platform::PlatformError;

use super::client::Http;
use super::retry::Pauses;
use super::transport;

/// A file, or the part of it that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// `image/png`, in lower case and without parameters; empty where nobody said.
    pub kind: String,
    pub body: Vec<u8>,
    /// How long the whole of it is, where that was told.
    pub length: Option<u64>,
}

/// How much of a file to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it; more than `most` bytes are an error.
    Whole { most: usize },
    /// So many bytes from this one on, or what there is of them.
    Part { from: u64, most: usize },
}

/// Why a file was not read, and whether it may be there the next time.
struct Failed {
    error: PlatformError,
    again: bool,
}

impl Http {
    /// Reads a file. Tried again like [`Http::read`].
    pub async fn fetch(&self, address: &str, extent: Extent) -> Result<File, PlatformError> {
        let url = self.checked(address)?;
        let mut pauses = Pauses::default();
        loop {
            let failed = match self.fetch_once(&url, extent).await {
                Ok(file) => return Ok(file),
                Err(failed) => failed,
            };
            let pause = {
                let mut random = self.inner().random.lock().unwrap_or_else(PoisonError::into_inner);
                pauses.next(None, &mut random)
            };
            match pause.filter(|_| failed.again) {
                Some(pause) => self.inner().clock.sleep(pause).await,
                None => return Err(failed.error),
            }
        }
    }

    fn checked(&self, address: &str) -> Result<Url, PlatformError> {
        let refuse = |why: &str| PlatformError::Refused { platform: self.platform(), why: why.to_owned() };
        let url = Url::parse(address).map_err(|_| refuse("the file's address is none"))?;
        let is_ours = Url::parse(self.base_url().as_str()).is_ok_and(|base| base.origin() == url.origin());
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("the file's address holds a password"));
        }
        if is_ours || (url.scheme() == "https" && url.host().is_some_and(|host| is_public(&host))) {
            return Ok(url);
        }
        Err(refuse("the file's address is not one of the public internet that begins with https"))
    }

    async fn fetch_once(&self, url: &Url, extent: Extent) -> Result<File, Failed> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let platform = self.platform();
        let unreachable = |why: String| PlatformError::Unreachable { platform, host: host.clone(), why };
        let mut call = self.inner().transport.reads().get(url.clone());
        if let Extent::Part { from, most } = extent {
            let last = from.saturating_add(most as u64).saturating_sub(1);
            call = call.header(RANGE, format!("bytes={from}-{last}"));
        }
        let response = call
            .send()
            .await
            .map_err(|why| Failed { again: true, error: unreachable(transport::chain(&why.without_url())) })?;
        let status = response.status().as_u16();
        let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let kind = header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let of = header("content-range").and_then(|range| range.rsplit('/').next()?.parse().ok());
        let length = of.or_else(|| header("content-length").and_then(|length| length.parse().ok()));
        let failed = |why: String, again| Failed { error: PlatformError::Unexpected { platform, why }, again };
        let most = match (extent, status) {
            (Extent::Whole { most }, 200) => most,
            (Extent::Part { most, .. }, 206) => most,
            // A server that knows no parts sends the whole.
            (Extent::Part { from: 0, most }, 200) => most,
            // Nothing is left from there on.
            (Extent::Part { .. }, 416) => return Ok(File { kind, body: Vec::new(), length }),
            (_, 300..=399) => return Err(failed(format!("{host} sends us on to another address for the file"), false)),
            (_, 404 | 410) => {
                let what = format!("file at {host}: it is not there (any more)");
                return Err(Failed { error: PlatformError::NotFound { platform, what }, again: false });
            }
            (_, 429 | 500..=599) => return Err(failed(format!("{host} answered {status} for the file"), true)),
            _ => return Err(failed(format!("{host} answered {status} for the file"), false)),
        };
        match transport::body(response, most).await {
            transport::Body::Whole(body) => Ok(File { kind, body, length }),
            transport::Body::TooLarge => Err(failed(format!("the file at {host} has more than {most} bytes"), false)),
            transport::Body::Cut(why) => {
                Err(Failed { error: unreachable(transport::chain(&why.without_url())), again: true })
            }
        }
    }
}

/// Whether a host may be somebody else's than ours. What a name leads to is for the resolver to say; names that are
/// never public are refused.
fn is_public(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let inner = ["localhost", "local", "internal", "lan", "home", "intranet"];
            name.contains('.') && !inner.iter().any(|end| name == *end || name.ends_with(&format!(".{end}")))
        }
        Host::Ipv4(ip) => is_public_address(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => is_public_address(IpAddr::V6(*ip)),
    }
}

fn is_public_address(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            let shared = first == 100 && (64..128).contains(&second);
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || ip.is_broadcast())
                && !ip.is_multicast()
                && !shared
        }
        IpAddr::V6(ip) => {
            let first = ip.segments()[0];
            let inner = first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80;
            let four = ip.to_ipv4_mapped().is_none_or(|four| is_public_address(IpAddr::V4(four)));
            !(ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() || inner) && four
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_makes_us_call_the_machines_next_door() {
        let public = |address: &str| Url::parse(address).unwrap().host().is_some_and(|host| is_public(&host));
        for good in ["https://cdn.example.com/a.png", "https://8.8.8.8/", "https://[2001:4860:4860::8888]/"] {
            assert!(public(good), "{good}");
        }
        for bad in [
            "https://localhost/",
            "https://printer/",
            "https://nas.local/",
            "https://db.internal/",
            "https://127.0.0.1/",
            "https://10.1.2.3/",
            "https://192.168.1.1/",
            "https://172.16.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://[::1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[::ffff:10.0.0.1]/",
        ] {
            assert!(!public(bad), "{bad}");
        }
    }
}
