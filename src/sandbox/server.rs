//! A shop's HTTP server on a socket of this machine: real lines, so that they can really be cut.
//!
//! The imitation decides what is answered; this file collects the request, lets the faults happen, and keeps the log.
//! Below `/_sandbox/` lies the control endpoint, see `control.rs`, and below `/_pictures/` what products look like, see
//! `pictures.rs`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::domain::Timestamp;
use crate::platform::Clock;

use super::faults::{Fault, Faults};
use super::shop::Shop;
use super::{Failure, Imitation, Incoming, Outgoing, Tally, control, pictures};

const MOST_BODY_BYTES: usize = 32 * 1024 * 1024;
/// Requests that the log remembers.
const MOST_SEEN: usize = 100_000;
/// How long an open connection may take to end by itself.
const FAREWELL: Duration = Duration::from_secs(1);

/// One request in the log. Those to the control endpoint are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    pub at: Timestamp,
    pub method: String,
    pub path: String,
    /// `None` where no answer was sent.
    pub status: Option<u16>,
    /// What went wrong on purpose.
    pub fault: Option<String>,
}

/// What one server is about. Everything is in one lock: a request sees a shop at rest.
pub(super) struct Premises {
    pub(super) imitation: Box<dyn Imitation>,
    pub(super) shop: Shop,
    pub(super) faults: Faults,
    pub(super) seen: VecDeque<Seen>,
}

/// A handle on a running server's shop, to look at it or to change it like a merchant at the till.
#[derive(Clone)]
pub struct SharedShop(Arc<Mutex<Premises>>);

impl SharedShop {
    pub fn look<T>(&self, look: impl FnOnce(&Shop) -> T) -> T {
        look(&self.premises().shop)
    }

    pub fn alter<T>(&self, alter: impl FnOnce(&mut Shop) -> T) -> T {
        alter(&mut self.premises().shop)
    }

    /// The requests so far, the oldest first; at most the last 100,000.
    pub fn requests(&self) -> Vec<Seen> {
        self.premises().seen.iter().cloned().collect()
    }

    /// Other faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.premises().faults = faults;
    }

    /// A std mutex: nothing is awaited while it is held. Poisoned means that an imitation panicked in the middle of a
    /// request; the shop is as a crashed platform would leave it, and goes on.
    pub(super) fn premises(&self) -> MutexGuard<'_, Premises> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running server. Stops when dropped; [`ShopServer::shutdown`] also waits for its end.
pub struct ShopServer {
    address: SocketAddr,
    shared: SharedShop,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl ShopServer {
    /// Listens on `address` (port 0 takes any free one) and answers until it is stopped.
    pub async fn start(
        imitation: Box<dyn Imitation>,
        shop: Shop,
        faults: Faults,
        clock: Arc<dyn Clock>,
        address: SocketAddr,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = SharedShop(Arc::new(Mutex::new(Premises { imitation, shop, faults, seen: VecDeque::new() })));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(listener, shared.clone(), clock, stopped));
        Ok(Self { address, shared, stop, task: Some(task) })
    }

    /// `http://127.0.0.1:8101`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn shop(&self) -> SharedShop {
        self.shared.clone()
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.shared.requests()
    }

    pub fn set_faults(&self, faults: Faults) {
        self.shared.set_faults(faults);
    }

    /// As the imitation's.
    pub fn tally(&self) -> Option<Tally> {
        self.shared.premises().imitation.tally()
    }

    /// Stops listening, lets open answers end (for a second at most), and returns when all is quiet.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take() {
            // The only error is a panic of the task, which has been reported where it happened.
            let _ = task.await;
        }
    }
}

impl Drop for ShopServer {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            // The connections are in a set that the task owns, and end with it.
            task.abort();
        }
    }
}

async fn accept(listener: TcpListener, shared: SharedShop, clock: Arc<dyn Clock>, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = told_to_stop(&mut stopped) => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, shared.clone(), clock.clone(), stopped.clone()));
                }
                Err(why) => {
                    // Out of file descriptors, mostly: give the open connections time to end.
                    tracing::warn!(%why, "the sandbox cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    let farewell = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        connections.shutdown().await;
    }
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // An error means that the server's handle is gone, which says the same.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn serve(stream: TcpStream, shared: SharedShop, clock: Arc<dyn Clock>, mut stopped: watch::Receiver<bool>) {
    // Answers are small and waited for; without this each would be held back for the acknowledgement.
    let _ = stream.set_nodelay(true);
    // What is applied late outlives the answer that nobody waits for, but not the connection's task.
    let late = Arc::new(tokio::sync::Mutex::new(JoinSet::new()));
    let service = service_fn(|request| answer(request, shared.clone(), clock.clone(), late.clone()));
    {
        let mut connection =
            std::pin::pin!(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = told_to_stop(&mut stopped) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(why) = ended {
            tracing::debug!(%why, "a connection to the sandbox ended");
        }
    }
    let mut late = late.lock().await;
    while late.join_next().await.is_some() {}
}

/// Closes the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("cut on purpose")]
struct Cut;

type Answered = Result<hyper::Response<BoxBody<Bytes, Cut>>, Cut>;

async fn answer(
    request: hyper::Request<hyper::body::Incoming>,
    shared: SharedShop,
    clock: Arc<dyn Clock>,
    late: Arc<tokio::sync::Mutex<JoinSet<Option<Outgoing>>>>,
) -> Answered {
    let Some(mut incoming) = collect(request).await else {
        return Ok(respond(Outgoing { status: 413, headers: Vec::new(), body: b"too large".to_vec() }));
    };
    if let Some(rest) = incoming.path.strip_prefix("/_sandbox/") {
        let rest = rest.to_owned();
        return Ok(respond(control::answer(&shared, &rest, &incoming, clock.now())));
    }
    pictures::take_over(&mut incoming);
    let fault = shared.premises().faults.next(&incoming);
    match fault {
        Some(Fault::Late(time)) => {
            // In a task of its own: hyper drops this future when the client hangs up.
            let (done, result) = tokio::sync::oneshot::channel();
            late.lock().await.spawn(async move {
                tokio::time::sleep(time).await;
                let outgoing = apply(&shared, &incoming, Some(Fault::Late(time)), clock.now());
                done.send(outgoing).err().flatten()
            });
            result.await.ok().flatten().map(respond).ok_or(Cut)
        }
        Some(Fault::Slow(time)) => {
            let outgoing = apply(&shared, &incoming, Some(Fault::Slow(time)), clock.now());
            tokio::time::sleep(time).await;
            outgoing.map(respond).ok_or(Cut)
        }
        Some(Fault::CutInside) => {
            let outgoing = apply(&shared, &incoming, Some(Fault::CutInside), clock.now());
            outgoing.map(respond_in_half).ok_or(Cut)
        }
        other => apply(&shared, &incoming, other, clock.now()).map(respond).ok_or(Cut),
    }
}

/// Does what the request asks for, as far as the fault lets it, and writes it down. `None`: no answer is sent.
fn apply(shared: &SharedShop, incoming: &Incoming, fault: Option<Fault>, now: Timestamp) -> Option<Outgoing> {
    let mut premises = shared.premises();
    let Premises { imitation, shop, seen, .. } = &mut *premises;
    let mut really = || pictures::answer(incoming).unwrap_or_else(|| imitation.answer(shop, incoming, now));
    let outgoing = match &fault {
        None | Some(Fault::Slow(_) | Fault::Late(_) | Fault::CutInside) => Some(really()),
        Some(Fault::CutBefore) => None,
        Some(Fault::CutAfter) => {
            really();
            None
        }
        Some(Fault::Malformed) => {
            let mut outgoing = really();
            outgoing.body.truncate(outgoing.body.len() / 2);
            Some(outgoing)
        }
        Some(Fault::Throttled) => Some(imitation.failure(Failure::Throttled, now)),
        Some(Fault::Broken) => Some(imitation.failure(Failure::Broken, now)),
        Some(Fault::Page) => Some(Outgoing {
            status: 200,
            headers: vec![("content-type".into(), "text/html; charset=utf-8".into())],
            body: b"<!DOCTYPE html><html><head><title>Back soon</title></head><body>Back soon</body></html>".to_vec(),
        }),
        Some(Fault::Redirect(to)) => {
            Some(Outgoing { status: 302, headers: vec![("location".into(), to.clone())], body: Vec::new() })
        }
    };
    if seen.len() == MOST_SEEN {
        seen.pop_front();
    }
    seen.push_back(Seen {
        at: now,
        method: incoming.method.clone(),
        path: incoming.path.clone(),
        status: outgoing.as_ref().map(|outgoing| outgoing.status),
        fault: fault.map(|fault| fault.to_string()),
    });
    outgoing
}

/// `None` for a body over the cap or one that broke off.
async fn collect(request: hyper::Request<hyper::body::Incoming>) -> Option<Incoming> {
    let (head, body) = request.into_parts();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let body = Limited::new(body, MOST_BODY_BYTES).collect().await.ok()?.to_bytes().to_vec();
    Some(Incoming {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body,
    })
}

fn respond(outgoing: Outgoing) -> hyper::Response<BoxBody<Bytes, Cut>> {
    let never = |never: Infallible| match never {};
    head(&outgoing, Full::new(Bytes::from(outgoing.body.clone())).map_err(never).boxed())
}

/// Promises the whole body and breaks off after half of it.
fn respond_in_half(outgoing: Outgoing) -> hyper::Response<BoxBody<Bytes, Cut>> {
    let half = Bytes::copy_from_slice(outgoing.body.get(..outgoing.body.len() / 2).unwrap_or_default());
    let frames = futures_util::stream::unfold(Some(half), |half| async {
        match half {
            Some(half) => Some((Ok(Frame::data(half)), None)),
            None => {
                // Hyper sends what it has when nothing more is ready; without this the half would never leave.
                tokio::task::yield_now().await;
                Some((Err(Cut), None))
            }
        }
    });
    let length = outgoing.body.len().to_string();
    head(&outgoing.header("content-length", length), BodyExt::boxed(StreamBody::new(frames)))
}

fn head(outgoing: &Outgoing, body: BoxBody<Bytes, Cut>) -> hyper::Response<BoxBody<Bytes, Cut>> {
    let mut response = hyper::Response::new(body);
    *response.status_mut() = hyper::StatusCode::from_u16(outgoing.status).unwrap_or(hyper::StatusCode::BAD_GATEWAY);
    for (name, value) in &outgoing.headers {
        let name = hyper::header::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, hyper::header::HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
