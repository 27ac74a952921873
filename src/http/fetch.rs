//! Reading a file that lies elsewhere than the platform's API: an export that it made ready, a product's picture.
//!
//! The address comes from outside, so it is a stranger's: no key and no header of ours but the User-Agent goes there,
//! only https and only to names of the public internet that lead there (a shop must not make us call the machines next
//! door, see `outside.rs`), no redirect is followed, and no more is read than the caller wants. What lies below the
//! connection's own base URL may be read as well: a sandbox has everything there. It takes nothing from the platform's
//! rate budget.

use std::sync::PoisonError;

use reqwest::Client;
use reqwest::header::RANGE;
use url::Url;

use crate::platform::PlatformError;

use super::client::Http;
use super::outside::{Inward, is_public};
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
        let (url, is_ours) = self.checked(address)?;
        let client = self.file_client(&url, is_ours)?;
        let mut pauses = Pauses::default();
        loop {
            let failed = match self.fetch_once(&client, &url, extent).await {
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

    /// The address, and whether it lies below the connection's own.
    fn checked(&self, address: &str) -> Result<(Url, bool), PlatformError> {
        let refuse = |why: &str| PlatformError::Refused { platform: self.platform(), why: why.to_owned() };
        let url = Url::parse(address).map_err(|_| refuse("the file's address is none"))?;
        let is_ours = Url::parse(self.base_url().as_str()).is_ok_and(|base| base.origin() == url.origin());
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("the file's address holds a password"));
        }
        if is_ours || (url.scheme() == "https" && url.host().is_some_and(|host| is_public(&host))) {
            return Ok((url, is_ours));
        }
        Err(refuse("the file's address is not one of the public internet that begins with https"))
    }

    /// The connection's own address may lead anywhere: the merchant gave it.
    fn file_client(&self, url: &Url, is_ours: bool) -> Result<Client, PlatformError> {
        let transport = &self.inner().transport;
        if is_ours {
            return Ok(transport.reads().clone());
        }
        let host = url.host_str().unwrap_or_default();
        transport.strangers(host).map_err(|why| PlatformError::Unreachable {
            platform: self.platform(),
            host: host.to_owned(),
            why,
        })
    }

    async fn fetch_once(&self, client: &Client, url: &Url, extent: Extent) -> Result<File, Failed> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let platform = self.platform();
        let unreachable = |why: String| PlatformError::Unreachable { platform, host: host.clone(), why };
        let mut call = client.get(url.clone());
        if let Extent::Part { from, most } = extent {
            let last = from.saturating_add(most as u64).saturating_sub(1);
            call = call.header(RANGE, format!("bytes={from}-{last}"));
        }
        let response = call.send().await.map_err(|why| match Inward::is_cause_of(&why) {
            true => {
                let why = format!("the file at {host} is not read: {Inward}");
                Failed { error: PlatformError::Refused { platform, why }, again: false }
            }
            false => Failed { again: true, error: unreachable(transport::chain(&why.without_url())) },
        })?;
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
