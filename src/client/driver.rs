//! The one task that owns the stream: passes questions and answers, and finds the way back after a loss.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::bytes::Bytes;
use tokio_util::codec::{Framed, LengthDelimitedCodec};

use crate::config::Home;
use crate::protocol::{
    ClientFrame, Event, Hello, LARGEST_FRAME, PROTOCOL, Problem, ProblemKind, Reply, Request, ServerFrame,
};

use super::start;
use super::{State, gone, problem};

/// Anything that carries bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

pub type Wire = Box<dyn Stream>;
pub type Framing = Framed<Wire, LengthDelimitedCodec>;

/// How long an engine may take to say hello.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pauses between two looks for an engine that is gone; the last one for ever.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

pub struct Question {
    pub request: Request,
    pub answer: oneshot::Sender<Result<Reply, Problem>>,
}

/// Where to look for the engine after a loss.
pub struct Again {
    pub home: Home,
    /// Whether one may be started.
    pub start: bool,
}

pub struct Driver {
    pub asked: mpsc::Receiver<Question>,
    pub events: broadcast::Sender<Event>,
    pub state: watch::Sender<State>,
    pub again: Option<Again>,
}

/// Says hello; the engine's version.
pub async fn greet(stream: Wire) -> Result<(Framing, String), Problem> {
    let codec = LengthDelimitedCodec::builder().max_frame_length(LARGEST_FRAME).new_codec();
    let mut framing = Framed::new(stream, codec);
    let hello = Hello { protocol: PROTOCOL, version: env!("CARGO_PKG_VERSION").to_owned() };
    let silent = || {
        let hint = "what listens there may be another version or no engine: end its process, then start again";
        problem(ProblemKind::Store, "the engine does not answer", hint)
    };
    // One that refuses us may have closed already; what it said is still there to be read.
    let _ = send(&mut framing, &ClientFrame::Hello(hello)).await;
    let answer = tokio::time::timeout(PATIENCE, framing.next()).await.map_err(|_| silent())?;
    let Some(Ok(bytes)) = answer else { return Err(silent()) };
    match serde_json::from_slice::<ServerFrame>(&bytes) {
        Ok(ServerFrame::Hello(hello)) if hello.protocol == PROTOCOL => Ok((framing, hello.version)),
        Ok(ServerFrame::Refused(problem)) => Err(problem),
        Ok(ServerFrame::Hello(hello)) => Err(problem(
            ProblemKind::Store,
            format!("the engine that runs is version {} and does not understand this terminal", hello.version),
            "end it with the version that started it (`counterpart stop`), then start again",
        )),
        Ok(ServerFrame::Answer { .. } | ServerFrame::Event(_)) | Err(_) => Err(silent()),
    }
}

async fn send(framing: &mut Framing, frame: &ClientFrame) -> std::io::Result<()> {
    framing.send(Bytes::from(serde_json::to_vec(frame)?)).await
}

/// Why the stream was left.
enum Left {
    /// Nobody asks any more.
    Unused,
    Lost {
        why: String,
        told: bool,
    },
}

impl Driver {
    /// Until nobody asks any more, or the engine is lost for good.
    pub async fn run(mut self, mut framing: Framing) {
        loop {
            let (why, told) = match self.attached(framing).await {
                Left::Unused => return,
                Left::Lost { why, told } => (why, told),
            };
            match self.come_back(why, told).await {
                Some(fresh) => framing = fresh,
                None => return,
            }
        }
    }

    async fn attached(&mut self, mut framing: Framing) -> Left {
        let mut number = 0;
        let mut open: BTreeMap<u64, oneshot::Sender<Result<Reply, Problem>>> = BTreeMap::new();
        let mut stopping = None;
        loop {
            tokio::select! {
                question = self.asked.recv() => {
                    let Some(Question { request, answer }) = question else { return Left::Unused };
                    number += 1;
                    let frame = ClientFrame::Ask { number, request };
                    open.insert(number, answer);
                    if let Err(why) = send(&mut framing, &frame).await {
                        if why.kind() == std::io::ErrorKind::InvalidInput {
                            let message = "the question is too large to be sent";
                            let told = problem(ProblemKind::Usage, message, "choose fewer items at once");
                            if let Some(answer) = open.remove(&number) {
                                let _ = answer.send(Err(told));
                            }
                        } else {
                            return self.lost(open, stopping);
                        }
                    }
                }
                frame = framing.next() => {
                    let Some(Ok(bytes)) = frame else { return self.lost(open, stopping) };
                    match serde_json::from_slice::<ServerFrame>(&bytes) {
                        Ok(ServerFrame::Answer { number, answer }) => {
                            if let Some(waiting) = open.remove(&number) {
                                // Whoever asked may have gone.
                                let _ = waiting.send(answer);
                            }
                        }
                        Ok(ServerFrame::Event(event)) => {
                            if let Event::Stopping { why } = &event {
                                stopping = Some(why.clone());
                            }
                            let _ = self.events.send(event);
                        }
                        Ok(ServerFrame::Refused(problem)) => stopping = Some(problem.message),
                        Ok(ServerFrame::Hello(_)) => {}
                        Err(why) => {
                            tracing::error!(%why, "the engine said what cannot be read");
                            return self.lost(open, stopping);
                        }
                    }
                }
            }
        }
    }

    /// Nobody's question stays without an answer.
    fn lost(&self, open: BTreeMap<u64, oneshot::Sender<Result<Reply, Problem>>>, stopping: Option<String>) -> Left {
        for answer in open.into_values() {
            let _ = answer.send(Err(gone("the engine went away before it answered")));
        }
        let told = stopping.is_some();
        Left::Lost { why: stopping.unwrap_or_else(|| "the engine went away without a word".to_owned()), told }
    }

    /// Looks for the engine until it is there again. One that was told to end is not started again by us; one that
    /// went without a word is.
    async fn come_back(&mut self, why: String, told: bool) -> Option<Framing> {
        let Some(Again { home, start }) = &self.again else {
            self.state.send_replace(State::Lost { why });
            return None;
        };
        let (home, start) = (home.clone(), *start && !told);
        self.state.send_replace(State::Reconnecting { why: why.clone() });
        let mut tries = 0;
        loop {
            let pause = PAUSES.get(tries).copied().unwrap_or(Duration::from_secs(5));
            tries += 1;
            let sleep = tokio::time::sleep(pause);
            tokio::pin!(sleep);
            loop {
                tokio::select! {
                    () = &mut sleep => break,
                    question = self.asked.recv() => match question {
                        // The screen stays usable: it hears at once that the answer will not come.
                        Some(question) => {
                            let _ = question.answer.send(Err(gone(&format!("the engine is away: {why}"))));
                        }
                        None => return None,
                    },
                }
            }
            let stream = match start::connect(&home).await {
                Ok(stream) => Some(stream),
                Err(_) if start => start::start(&home).await.ok(),
                Err(_) => None,
            };
            let Some(stream) = stream else { continue };
            match greet(Box::new(stream)).await {
                Ok((framing, engine)) => {
                    self.state.send_replace(State::Attached { engine });
                    let _ = self.events.send(Event::Missed);
                    return Some(framing);
                }
                Err(problem) => {
                    self.state.send_replace(State::Reconnecting { why: problem.message });
                }
            }
        }
    }
}
