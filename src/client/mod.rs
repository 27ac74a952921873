//! A front's way to the engine: attach, start it if it is not there, ask, listen, and come back after a loss.
//!
//! `driver.rs` owns the stream; `start.rs` starts the engine in the background. Clones share one connection.

mod driver;
mod start;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::config::Home;
use crate::protocol::{Event, Problem, ProblemKind, Reply, Request};

use driver::{Driver, Question, Wire};

/// How a front stands to the engine. Drawn in the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// `engine`: its version; another one than ours is worth a word, see [`Client::version_note`].
    Attached { engine: String },
    /// It is gone and being looked for; `why` is a sentence.
    Reconnecting { why: String },
    /// It is gone, and nobody looks for it any more.
    Lost { why: String },
}

/// A connection with the engine.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    questions: mpsc::Sender<Question>,
    events: broadcast::Sender<Event>,
    state: watch::Receiver<State>,
    driver: Mutex<Option<JoinHandle<()>>>,
}

/// Events as they come. One that could not be kept up with becomes [`Event::Missed`].
pub struct Events(broadcast::Receiver<Event>);

impl Events {
    /// `None`: the client is gone.
    pub async fn next(&mut self) -> Option<Event> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Event::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

impl Client {
    /// Over a stream that is there. When it ends, so does the connection: there is no other way back.
    pub async fn over<S>(stream: S) -> Result<Self, Problem>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (wire, engine) = driver::greet(Box::new(stream) as Wire).await?;
        Ok(Self::driven(wire, engine, None))
    }

    /// To the engine of this home. If none is there and `start` is set, one is started in the background; after a loss
    /// it is looked for again.
    pub async fn attach(home: &Home, start: bool) -> Result<Self, Problem> {
        let stream = match start::connect(home).await {
            Ok(stream) => stream,
            Err(start::NoWay::Closed(problem)) => return Err(problem),
            Err(start::NoWay::Nobody) if start => start::start(home).await?,
            Err(start::NoWay::Nobody) => {
                return Err(problem(
                    ProblemKind::Store,
                    format!("no engine is running for {}", home.state.display()),
                    "start one with `counterpart` or `counterpart serve`",
                ));
            }
        };
        let (wire, engine) = driver::greet(Box::new(stream)).await?;
        Ok(Self::driven(wire, engine, Some(driver::Again { home: home.clone(), start })))
    }

    /// To the engine of this home if one runs; none is started.
    pub async fn attach_if_there(home: &Home) -> Result<Option<Self>, Problem> {
        match start::connect(home).await {
            Ok(_) => Self::attach(home, false).await.map(Some),
            Err(start::NoWay::Nobody) => Ok(None),
            Err(start::NoWay::Closed(problem)) => Err(problem),
        }
    }

    fn driven(wire: driver::Framing, engine: String, again: Option<driver::Again>) -> Self {
        let (questions, asked) = mpsc::channel(64);
        let events = broadcast::Sender::new(256);
        let (say, state) = watch::channel(State::Attached { engine });
        let driver = Driver { asked, events: events.clone(), state: say, again };
        let driver = Mutex::new(Some(tokio::spawn(driver.run(wire))));
        Self { shared: Arc::new(Shared { questions, events, state, driver }) }
    }

    /// Asks, and waits for the answer. A question that was under way when the engine was lost is answered with a
    /// problem: nobody can tell whether it was done.
    pub async fn ask(&self, request: Request) -> Result<Reply, Problem> {
        let (answer, answered) = oneshot::channel();
        if self.shared.questions.send(Question { request, answer }).await.is_err() {
            return Err(gone("the connection with the engine has ended"));
        }
        answered.await.unwrap_or_else(|_| Err(gone("the engine went away before it answered")))
    }

    /// From now on. After a loss and a return there is one [`Event::Missed`].
    pub fn events(&self) -> Events {
        Events(self.shared.events.subscribe())
    }

    /// How we stand to the engine; a receiver wakes when that changes.
    pub fn state(&self) -> watch::Receiver<State> {
        self.shared.state.clone()
    }

    /// What to say if the engine is of another version than this front.
    pub fn version_note(&self) -> Option<String> {
        let own = env!("CARGO_PKG_VERSION");
        match &*self.shared.state.borrow() {
            State::Attached { engine } if engine != own => Some(format!(
                "the engine that runs is version {engine}, this terminal is {own}; `counterpart stop` ends it, and the next start uses {own}"
            )),
            State::Attached { .. } | State::Reconnecting { .. } | State::Lost { .. } => None,
        }
    }

    /// Lets go of the engine, which goes on. Clones that are left get a problem for whatever they ask.
    pub async fn close(self) {
        let driver = self.shared.driver.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(driver) = driver {
            driver.abort();
            let _ = driver.await;
        }
    }
}

fn problem(kind: ProblemKind, message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem { kind, message: message.into(), hint: Some(hint.into()) }
}

fn gone(message: &str) -> Problem {
    problem(ProblemKind::Store, message, "jobs go on with the engine; ask again when it is back")
}
