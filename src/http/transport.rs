//! The reqwest clients of a connection, and the reading of answers with caps on all that a stranger sends.
//!
//! There is no way to accept a certificate that cannot be verified: a shop behind an authority of its own names it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Response, tls};

use super::outside::{Names, Outward};
use super::request::Method;

pub(super) const MOST_HEADER_BYTES: usize = 64 * 1024;
/// After decompression.
pub(super) const MOST_BODY_BYTES: usize = 16 * 1024 * 1024;
/// What is looked at of an answer that says no. The rest is left unread.
pub(super) const MOST_ERROR_BYTES: usize = 64 * 1024;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Servers close idle connections after as little as two seconds (Node: 5 s, Apache: 5 s by default).
const WRITE_IDLE: Duration = Duration::from_secs(1);

/// One client for reads and one for writes.
///
/// A write on a connection that the server is just closing ends without an answer: nobody knows whether it was done,
/// and finding out is dear. Therefore writes have a pool of their own, in which no connection rests for longer than any
/// server's own patience, and HTTP/1.1 only, where a connection carries one call at a time and its end is about that
/// call alone. A third one, for files elsewhere, goes to the public internet only. None repeats anything by itself.
pub(super) struct Transport {
    reads: Client,
    writes: Client,
    /// For files at strangers' addresses; made when the first one is read.
    strangers: OnceLock<Client>,
    outward: Outward,
    extra: Vec<tls::Certificate>,
    timeout: Duration,
}

/// What came of sending.
pub(super) enum Body {
    Whole(Vec<u8>),
    /// Larger than the cap.
    TooLarge,
    /// The connection ended, stalled, or its compression was broken.
    Cut(reqwest::Error),
}

impl Transport {
    pub(super) fn new(
        base_url: &str,
        ca_pem: Option<&[u8]>,
        timeout: Duration,
        names: Arc<dyn Names>,
    ) -> Result<Self, String> {
        // Reqwest takes the process-wide default. That it is there already, since another connection came first, is
        // no failure.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let extra = match ca_pem {
            Some(pem) => tls::Certificate::from_pem_bundle(pem)
                .ok()
                .filter(|roots| !roots.is_empty())
                .ok_or("the file with further roots holds no certificate in PEM form")?,
            None => Vec::new(),
        };
        let reads = build(prepare(base_url, &extra, timeout))?;
        let writes = build(prepare(base_url, &extra, timeout).http1_only().pool_idle_timeout(WRITE_IDLE))?;
        Ok(Self { reads, writes, strangers: OnceLock::new(), outward: Outward::new(names), extra, timeout })
    }

    /// The client for a stranger's host.
    pub(super) fn strangers(&self, host: &str) -> Result<Client, String> {
        self.outward.suspect(host);
        if let Some(client) = self.strangers.get() {
            return Ok(client.clone());
        }
        let outward = Arc::new(self.outward.clone());
        // Always encrypted, however the shop itself is reached.
        let client = build(prepare("https:", &self.extra, self.timeout).dns_resolver(outward))?;
        Ok(self.strangers.get_or_init(|| client).clone())
    }

    pub(super) fn reads(&self) -> &Client {
        &self.reads
    }

    pub(super) fn client(&self, method: Method, is_write: bool) -> (&Client, reqwest::Method) {
        let method = match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        (if is_write { &self.writes } else { &self.reads }, method)
    }
}

fn build(builder: ClientBuilder) -> Result<Client, String> {
    builder.build().map_err(|why| {
        format!("the authorities that this machine trusts cannot be loaded ({})", chain(&why.without_url()))
    })
}

fn prepare(base_url: &str, extra: &[tls::Certificate], timeout: Duration) -> ClientBuilder {
    let builder = Client::builder()
        .user_agent(concat!("counterpart/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .tls_version_min(tls::Version::TLS_1_2)
        .http2_max_header_list_size(MOST_HEADER_BYTES as u32)
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .timeout(timeout);
    if base_url.starts_with("https:") {
        builder.tls_certs_merge(extra.iter().cloned())
    } else {
        // Unencrypted addresses are on this machine or in the merchant's own network: a proxy has no part in them, and
        // no roots have to be loaded, which a bare container may not even have.
        builder.no_proxy().tls_certs_only(extra.iter().cloned())
    }
}

/// The headers with names in lower case, or `None` if they are more than anybody needs.
pub(super) fn headers(response: &Response) -> Option<Vec<(String, String)>> {
    let size: usize = response.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let read = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    (size <= MOST_HEADER_BYTES)
        .then(|| response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), read(value))).collect())
}

/// Reads the body up to `most` bytes.
pub(super) async fn body(mut response: Response, most: usize) -> Body {
    let mut whole = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if whole.len() + chunk.len() > most => return Body::TooLarge,
            Ok(Some(chunk)) => whole.extend_from_slice(&chunk),
            Ok(None) => return Body::Whole(whole),
            Err(why) => return Body::Cut(why),
        }
    }
}

/// The beginning of an error's body, as far as it came.
pub(super) async fn beginning(mut response: Response, most: usize) -> Vec<u8> {
    let mut start = Vec::new();
    while start.len() < most {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        start.extend_from_slice(&chunk);
    }
    start.truncate(most);
    start
}

/// An error with all that caused it, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut parts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(why) = cause {
        let text = why.to_string();
        // Some errors repeat their cause in their own text.
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        cause = why.source();
    }
    parts.join(": ")
}
