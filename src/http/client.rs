//! The way of one call: leave from the gate, the request, the answer or what went wrong.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use url::Url;

use crate::domain::{BaseUrl, RateUse, Timestamp};
use crate::platform::{Budget, Clock, PlatformError, WriteError};
use crate::secrets::Secret;

use super::HttpOptions;
use super::answer::Answer;
use super::budget::LimitReading;
use super::failure::{Failed, Witness};
use super::gate::Gate;
use super::multipart;
use super::outside::{Names, SystemNames};
use super::redact::Redaction;
use super::request::{Body, Request};
use super::retry::{Pauses, http_date};
use super::transport::{self, Transport};

/// After being told to slow down without being told for how long.
const PAUSE_AFTER_THROTTLING: Duration = Duration::from_secs(1);
const NO_SKEW: i64 = i64::MIN;

/// One connection's client: all its calls share the rate budget. Clones share it too.
#[derive(Clone)]
pub struct Http(Arc<Inner>);

pub(super) struct Inner {
    platform: &'static str,
    base_url: BaseUrl,
    host: String,
    pub(super) transport: Transport,
    gate: Gate,
    budget: Budget,
    pub(super) clock: Arc<dyn Clock>,
    timeout: Duration,
    redaction: RwLock<Redaction>,
    explain: fn(status: u16, body: &[u8]) -> Option<String>,
    pub(super) random: Mutex<fastrand::Rng>,
    calls: AtomicU64,
    /// Milliseconds that the platform's clock is ahead; `NO_SKEW` before the first answer.
    skew: AtomicI64,
    /// The `Date` of its last answer; `NO_SKEW` before the first.
    date: AtomicI64,
}

impl Http {
    /// Calls nobody yet. Fails if the certificates are not usable.
    pub fn new(options: HttpOptions) -> Result<Self, PlatformError> {
        Self::with_names(options, Arc::new(SystemNames))
    }

    /// `names`: who says where the names lead that strangers give.
    pub(super) fn with_names(options: HttpOptions, names: Arc<dyn Names>) -> Result<Self, PlatformError> {
        let HttpOptions { platform, base_url, ca_pem, budget, timeout, clock, secrets, explain, seed } = options;
        let host = Url::parse(base_url.as_str()).ok().and_then(|url| {
            let host = url.host_str()?.to_owned();
            Some(url.port().map_or(host.clone(), |port| format!("{host}:{port}")))
        });
        let host = host.unwrap_or_else(|| base_url.to_string());
        let transport = Transport::new(base_url.as_str(), ca_pem.as_deref(), timeout, names)
            .map_err(|why| PlatformError::Unreachable { platform, host: host.clone(), why })?;
        Ok(Self(Arc::new(Inner {
            platform,
            base_url,
            host,
            transport,
            gate: Gate::new(&budget, clock.clone()),
            budget,
            clock,
            timeout,
            redaction: RwLock::new(Redaction::of(&secrets)),
            explain,
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            calls: AtomicU64::new(0),
            skew: AtomicI64::new(NO_SKEW),
            date: AtomicI64::new(NO_SKEW),
        })))
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.0
    }

    /// A call that changes nothing there, whatever its method. Tried up to five times within a minute of pauses where
    /// the connection failed or broke off, for 408, 429 and 5xx.
    pub async fn read(&self, request: Request) -> Result<Answer, PlatformError> {
        let mut pauses = Pauses::default();
        loop {
            let failed = match self.0.send(&request, false).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            if !failed.again {
                return Err(failed.error);
            }
            let pause = {
                let mut random = self.0.random.lock().unwrap_or_else(PoisonError::into_inner);
                pauses.next(failed.retry_after, &mut random)
            };
            match pause {
                Some(pause) => self.0.clock.sleep(pause).await,
                None => return Err(failed.error),
            }
        }
    }

    /// A call that may change something there. Sent once, never again, neither by us nor by the layers below. The
    /// error says whether it may have been applied. Dropping the future leaves that open.
    pub async fn write(&self, request: Request) -> Result<Answer, WriteError> {
        self.0.send(&request, true).await.map_err(Failed::into_write)
    }

    /// [`Http::read`] for a JSON answer.
    pub async fn read_json<T: DeserializeOwned>(&self, request: Request) -> Result<(T, Answer), PlatformError> {
        let answer = self.read(request).await?;
        let body = answer.json().map_err(|why| self.unexpected(&why))?;
        Ok((body, answer))
    }

    /// [`Http::write`] for a JSON answer; one that cannot be read does not tell whether it was done.
    pub async fn write_json<T: DeserializeOwned>(&self, request: Request) -> Result<(T, Answer), WriteError> {
        let answer = self.write(request).await?;
        let body = answer.json().map_err(|why| WriteError::Unknown(self.unexpected(&why)))?;
        Ok((body, answer))
    }

    /// What an answer's headers or body said of the rate budget. To be called for each answer that says something.
    pub fn observe(&self, reading: LimitReading) {
        self.0.gate.bucket().observe(&reading, self.0.clock.now());
    }

    /// The rate budget as it is known now, for estimates.
    pub fn budget(&self) -> Budget {
        let (burst, per_second_milli) = self.0.gate.bucket().figures();
        Budget { burst, per_second_milli, ..self.0.budget }
    }

    /// What was used of the rate budget within the last minute, and whether nothing may be sent now. Calls nobody.
    pub fn rate_use(&self) -> RateUse {
        self.0.gate.bucket().rate_use(self.0.clock.now())
    }

    /// Calls sent so far, retries included.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// Keeps a secret that was not known at the start out of everything that is said.
    pub fn conceal(&self, secret: &Secret) {
        // A poisoned lock still holds every secret.
        self.0.redaction.write().unwrap_or_else(PoisonError::into_inner).add(secret);
    }

    /// How many milliseconds the platform's clock is ahead of ours (negative: behind), by the `Date` of its last
    /// answer, which has whole seconds. `None` before the first answer.
    pub fn server_skew(&self) -> Option<i64> {
        Some(self.0.skew.load(Ordering::Relaxed)).filter(|skew| *skew != NO_SKEW)
    }

    /// The `Date` of the platform's last answer: a moment that has certainly passed there, wherever our own clock has
    /// been put meanwhile. `None` before the first answer.
    pub fn server_date(&self) -> Option<Timestamp> {
        Some(self.0.date.load(Ordering::Relaxed)).filter(|date| *date != NO_SKEW).map(Timestamp)
    }

    pub fn base_url(&self) -> &BaseUrl {
        &self.0.base_url
    }

    /// The platform's name, for messages.
    pub fn platform(&self) -> &'static str {
        self.0.platform
    }

    /// [`PlatformError::Unexpected`], without secrets.
    pub fn unexpected(&self, why: &str) -> PlatformError {
        PlatformError::Unexpected { platform: self.0.platform, why: self.0.redaction().text(why, 500) }
    }

    /// The request for the page that an answer's `Link` header calls the next; `None` on the last one. Headers have to
    /// be put in again. An address elsewhere is refused: the key would go there.
    pub fn next_page(&self, answer: &Answer) -> Result<Option<Request>, PlatformError> {
        let Some(next) = answer.next_link() else { return Ok(None) };
        let base = Url::parse(self.0.base_url.as_str()).map_err(|_| self.unexpected("the base URL is not one"))?;
        let root = base.path().trim_end_matches('/');
        let inside = next.path().strip_prefix(root).filter(|path| path.starts_with('/'));
        let bare = next.username().is_empty() && next.password().is_none();
        match inside.filter(|_| bare && next.origin() == base.origin()) {
            Some(path) => {
                let mut request = Request::get(path);
                request.query = next.query_pairs().into_owned().collect();
                Ok(Some(request))
            }
            None => Err(self.unexpected("the next page is said to be at another address than the shop's")),
        }
    }
}

impl Inner {
    fn redaction(&self) -> Redaction {
        self.redaction.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn send(&self, request: &Request, is_write: bool) -> Result<Answer, Failed> {
        let call = self.prepare(request, is_write).map_err(Failed::before_sending)?;
        let leave = match request.prompt {
            true => self.gate.enter_promptly(request.cost).await,
            false => self.gate.enter(request.cost).await,
        };
        let _ticket = leave.map_err(|left| {
            let error = PlatformError::Throttled { platform: self.platform, retry_after: Some(left) };
            Failed::before_sending(error)
        })?;
        self.calls.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        let outcome = self.receive(request, call, is_write).await;
        self.trace(request, &outcome, started.elapsed());
        if let Err(failed) = &outcome {
            self.slow_down(failed);
        }
        outcome
    }

    async fn receive(&self, request: &Request, call: reqwest::Request, is_write: bool) -> Result<Answer, Failed> {
        let sent_at = self.clock.now();
        let (client, _) = self.transport.client(request.method, is_write);
        let response = client.execute(call).await.map_err(|why| self.witness(request).no_answer(why, false))?;
        let unreadable = |why: &str| {
            let error = self.witness(request).unexpected(why);
            Failed { error, not_applied: false, again: false, retry_after: None }
        };
        let status = response.status().as_u16();
        let headers = transport::headers(&response).ok_or_else(|| unreadable("headers of more than 64 KB"))?;
        let mut answer = Answer { status, headers, body: Vec::new(), sent_at };
        self.read_clock(&answer);
        if (200..300).contains(&status) || request.accept.contains(&status) {
            answer.body = match transport::body(response, transport::MOST_BODY_BYTES).await {
                transport::Body::Whole(body) => body,
                transport::Body::TooLarge => return Err(unreadable("an answer of more than 16 MB")),
                transport::Body::Cut(why) => return Err(self.witness(request).no_answer(why, true)),
            };
            // A proxy's or a shop's own page: whoever answered did not do what was asked, or does not say so.
            if (200..300).contains(&status) && !answer.body.trim_ascii().is_empty() && answer.is_html() {
                return Err(unreadable(&format!("an HTML page instead of JSON{}", answer.page_title())));
            }
            return Ok(answer);
        }
        answer.body = transport::beginning(response, transport::MOST_ERROR_BYTES).await;
        Err(self.witness(request).refusal(&answer))
    }

    fn prepare(&self, request: &Request, is_write: bool) -> Result<reqwest::Request, PlatformError> {
        let refuse = |why: &str| self.witness(request).unexpected(why);
        let (client, method) = self.transport.client(request.method, is_write);
        let mut call = client.request(
            method,
            self.address(request).ok_or_else(|| refuse("the request's path would leave the shop's address"))?,
        );
        for (name, value) in &request.headers {
            call = call.header(*name, value);
        }
        for (name, secret) in &request.secret_headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse("a header's name is not one"))?;
            let mut value = HeaderValue::from_str(secret.reveal())
                .map_err(|_| refuse("the key holds characters that no key has; enter it again"))?;
            value.set_sensitive(true);
            call = call.header(name, value);
        }
        call = match &request.body {
            Body::Empty => call,
            Body::Json(body) => call.header(CONTENT_TYPE, "application/json").body(body.to_string()),
            Body::Form(fields) => {
                let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                call.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(encoded)
            }
            Body::Parts(parts) => {
                let (kind, encoded) = multipart::encode(parts);
                call.header(CONTENT_TYPE, kind).body(encoded)
            }
        };
        call.build().map_err(|why| refuse(&transport::chain(&why.without_url())))
    }

    /// `None` for a path that does not stay below the base URL.
    fn address(&self, request: &Request) -> Option<Url> {
        let base = Url::parse(self.base_url.as_str()).ok()?;
        let mut address = Url::parse(&format!("{}{}", self.base_url, request.path)).ok()?;
        let root = base.path().trim_end_matches('/');
        let below = address.path().strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
        let plain = address.query().is_none() && address.fragment().is_none() && request.path.starts_with('/');
        if address.origin() != base.origin() || !below || !plain {
            return None;
        }
        if !request.query.is_empty() {
            address.query_pairs_mut().extend_pairs(&request.query);
        }
        Some(address)
    }

    fn witness<'a>(&'a self, request: &'a Request) -> Witness<'a> {
        Witness {
            platform: self.platform,
            host: &self.host,
            path: &request.path,
            redaction: self.redaction().with(&request.secret_headers),
            explain: self.explain,
            timeout: self.timeout,
            now: self.clock.now(),
        }
    }

    fn slow_down(&self, failed: &Failed) {
        let now = self.clock.now();
        let mut bucket = self.gate.bucket();
        if matches!(failed.error, PlatformError::Throttled { .. }) {
            bucket.drain(now);
            bucket.pause(failed.retry_after.unwrap_or(PAUSE_AFTER_THROTTLING), now);
        } else if let Some(asked) = failed.retry_after {
            bucket.pause(asked, now);
        }
    }

    fn read_clock(&self, answer: &Answer) {
        let Some(theirs) = answer.header("date").and_then(http_date) else { return };
        let now = self.clock.now();
        // Their second is cut off, and the answer was made somewhere between our sending and now.
        let ours = Timestamp(answer.sent_at.0 + (now.0 - answer.sent_at.0) / 2);
        self.date.store(theirs.0, Ordering::Relaxed);
        self.skew.store(theirs.0.saturating_add(500).saturating_sub(ours.0), Ordering::Relaxed);
    }

    fn trace(&self, request: &Request, outcome: &Result<Answer, Failed>, took: Duration) {
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let witness = self.witness(request);
        let result = match outcome {
            Ok(answer) => answer.status.to_string(),
            Err(failed) => failed.error.to_string(),
        };
        // The path without the query: some shops take keys there.
        tracing::debug!(
            platform = self.platform,
            method = request.method.name(),
            path = witness.redaction.text(&request.path, 200),
            result,
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "call"
        );
    }
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").field("platform", &self.0.platform).field("base_url", &self.0.base_url).finish()
    }
}
