//! The engine's door: a Unix socket for fronts of the same user, or any stream for one front.
//!
//! `front.rs` is one attached front, `socket.rs` the socket and its folder. Nothing here knows what is asked.

mod front;
mod socket;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use crate::config::Home;
use crate::engine::{Engine, Options, Shops};
use crate::platform::Clock;
use crate::protocol::{Problem, ProblemKind};
use crate::secrets::{SecretError, SecretStore};
use crate::store::{Opened, Store, StoreError};

/// How long fronts may take to read their last words.
const FAREWELL: Duration = Duration::from_secs(3);

/// How long an engine may take to let go of the store after it took its socket away.
const LETTING_GO: Duration = Duration::from_secs(5);

/// Serves one front over a stream until either side ends.
pub async fn serve_stream<S>(engine: Engine, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    front::serve(engine, stream).await;
}

/// Opens the store, listens on [`Home::socket`], and serves until SIGTERM, SIGINT or a front's shutdown. `ready` is
/// called once with the socket when fronts can attach.
pub async fn serve(
    home: &Home,
    shops: Arc<dyn Shops>,
    clock: Arc<dyn Clock>,
    options: Options,
    ready: impl FnOnce(&Path),
) -> Result<(), Problem> {
    // Whatever is made from here on is ours alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let signals = Signals::listen()?;
    let (store, opened) = open(home).await?;
    let secrets = SecretStore::open(&home.secrets()).map_err(|why| secret_problem(&why))?;
    let engine = Engine::start(store, opened, secrets, shops, clock, options).await?;
    let served = listen(home, &engine, signals, ready).await;
    engine.stop().await;
    served
}

/// Opens the store. One that another engine is just letting go of is waited for.
async fn open(home: &Home) -> Result<(Store, Opened), Problem> {
    let begin = tokio::time::Instant::now();
    loop {
        let folder = home.store();
        // The store's lock is the engine's lock: who has it may remove a socket that another one left behind.
        let opened = tokio::task::spawn_blocking(move || Store::open(&folder)).await;
        let opened =
            opened.map_err(|why| failure(format!("the store could not be opened: {why}"), "look at the log"))?;
        match opened {
            Ok(opened) => return Ok(opened),
            // An engine that ends has taken its socket away already; one that listens goes on.
            Err(StoreError::InUse { .. })
                if begin.elapsed() < LETTING_GO && tokio::net::UnixStream::connect(home.socket()).await.is_err() =>
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(why) => return Err(store_problem(&why)),
        }
    }
}

async fn listen(home: &Home, engine: &Engine, mut signals: Signals, ready: impl FnOnce(&Path)) -> Result<(), Problem> {
    let socket = socket::Socket::bind(&home.socket()).map_err(|why| failure(why.message, &why.hint))?;
    let mut fronts = JoinSet::new();
    ready(socket.path());
    tracing::info!(socket = %socket.path().display(), "fronts can attach");
    loop {
        tokio::select! {
            stream = socket.accept() => match stream {
                Ok(stream) => {
                    fronts.spawn(front::serve(engine.clone(), stream));
                }
                Err(why) => {
                    // Out of file handles, most likely: others may end meanwhile.
                    tracing::warn!(%why, "a front could not attach");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            },
            Some(ended) = fronts.join_next() => {
                if let Err(why) = ended {
                    tracing::error!(%why, "a front's task broke off");
                }
            }
            () = engine.wants_end() => break,
            why = signals.received() => {
                tracing::info!(why, "the engine ends");
                break;
            }
        }
    }
    // No new ones: who comes now finds no engine, and starts one when our store is free.
    drop(socket);
    engine.clone().stop().await;
    let ended = async { while fronts.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, ended).await.is_err() {
        fronts.shutdown().await;
    }
    Ok(())
}

struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    /// A closed terminal is no reason to end: jobs go on.
    hang_up: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self, Problem> {
        let on =
            |kind| signal(kind).map_err(|why| failure(format!("signals cannot be listened to: {why}"), "start again"));
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
            hang_up: on(SignalKind::hangup())?,
        })
    }

    async fn received(&mut self) -> &'static str {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return "SIGTERM",
                _ = self.interrupt.recv() => return "SIGINT",
                _ = self.hang_up.recv() => {}
            }
        }
    }
}

fn failure(message: impl Into<String>, hint: &str) -> Problem {
    Problem { kind: ProblemKind::Store, message: message.into(), hint: Some(hint.to_owned()) }
}

/// Secrets that cannot be used, as told to whoever starts an engine.
pub fn secret_problem(why: &SecretError) -> Problem {
    let text = why.to_string();
    let (message, hint) = text.split_once("\nhint: ").unwrap_or((&text, "mend that and start again"));
    failure(message, hint)
}

/// A store that cannot be used, as told to whoever starts an engine.
pub fn store_problem(why: &StoreError) -> Problem {
    let hint = match why {
        StoreError::InUse { .. } => {
            "an engine or a demo runs there already: `counterpart` attaches to an engine, `counterpart stop` ends it"
        }
        // What to do depends on the cause, and stands beside it.
        StoreError::Unusable { .. } => "nothing was changed; mend that and start again",
        StoreError::Newer { .. } => "use the newer version of the program with this store",
        StoreError::Full { .. } => "make room on the disk and start again",
        StoreError::Stopped { .. } => "start again; nothing that was acknowledged is lost",
    };
    Problem { kind: ProblemKind::Store, message: why.to_string(), hint: Some(hint.to_owned()) }
}
