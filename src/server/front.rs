//! One attached front: its questions in, answers and events out.
//!
//! Everything that goes out goes through one bounded queue. Answers wait for room in it, and no more questions are read
//! meanwhile; events do not wait: a front that is too slow for them gets one `Missed` when it has caught up.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinSet;
use tokio_util::bytes::{Bytes, BytesMut};
use tokio_util::codec::{Framed, LengthDelimitedCodec};

use crate::engine::Engine;
use crate::protocol::{
    ClientFrame, Event, Hello, LARGEST_FRAME, NoticeLevel, PROTOCOL, Problem, ProblemKind, ServerFrame,
};

/// Frames that wait for a slow front.
const QUEUE: usize = 64;

/// Questions of one front that are answered at the same time.
const ASKED_AT_ONCE: usize = 32;

/// How long a front may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn serve<S>(engine: Engine, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let codec = LengthDelimitedCodec::builder().max_frame_length(LARGEST_FRAME).new_codec();
    let mut framed = Framed::new(stream, codec);
    // Before the first word, so that nothing between is missed.
    let events = engine.events();
    match tokio::time::timeout(PATIENCE, greet(&mut framed)).await {
        Ok(true) => {}
        Ok(false) | Err(_) => return,
    }
    let (sink, stream) = framed.split();
    let (queue, waiting) = mpsc::channel(QUEUE);
    for text in engine.take_notes() {
        let notice = Event::Notice { level: NoticeLevel::Warning, text, hint: None, job: None };
        let _ = queue.try_send(ServerFrame::Event(notice));
    }
    let reading = async move {
        let mut asked = JoinSet::new();
        tokio::select! {
            () = read(stream, &engine, &queue, &mut asked) => {}
            () = forward(events, &queue) => {}
        }
        // What was read is still done, whoever waits for the answer. The writer ends when the queue is empty and
        // everybody has let go of it.
        while asked.join_next().await.is_some() {}
    };
    tokio::join!(write(sink, waiting), reading);
}

type Wire<S> = Framed<S, LengthDelimitedCodec>;

/// Says hello, or why not. Whether the front may go on.
async fn greet<S: AsyncRead + AsyncWrite + Unpin>(framed: &mut Wire<S>) -> bool {
    let hello = match framed.next().await {
        Some(Ok(bytes)) => serde_json::from_slice::<ClientFrame>(&bytes).ok(),
        Some(Err(_)) | None => return false,
    };
    let version = env!("CARGO_PKG_VERSION");
    let refusal = match hello {
        Some(ClientFrame::Hello(hello)) if hello.protocol == PROTOCOL => None,
        Some(ClientFrame::Hello(hello)) => Some(format!(
            "this terminal (version {}) and the running engine (version {version}) do not understand each other",
            hello.version
        )),
        Some(ClientFrame::Ask { .. }) | None => Some("what attached is no front of this program".to_owned()),
    };
    let frame = match refusal {
        None => ServerFrame::Hello(Hello { protocol: PROTOCOL, version: version.to_owned() }),
        Some(message) => {
            let hint = Some(
                "end the engine with the version that started it (`counterpart stop`), then start again".to_owned(),
            );
            let _ = send(framed, &ServerFrame::Refused(Problem { kind: ProblemKind::Store, message, hint })).await;
            return false;
        }
    };
    send(framed, &frame).await.is_ok()
}

async fn send<S>(sink: &mut S, frame: &ServerFrame) -> Result<(), std::io::Error>
where
    S: futures_util::Sink<Bytes, Error = std::io::Error> + Unpin,
{
    sink.send(Bytes::from(serde_json::to_vec(frame)?)).await
}

async fn write<S>(mut sink: S, mut waiting: mpsc::Receiver<ServerFrame>)
where
    S: futures_util::Sink<Bytes, Error = std::io::Error> + Unpin,
{
    while let Some(frame) = waiting.recv().await {
        let sent = match send(&mut sink, &frame).await {
            // Too large for a frame: the front that waits for it is told.
            Err(why) if why.kind() == std::io::ErrorKind::InvalidInput => match frame {
                ServerFrame::Answer { number, .. } => {
                    let message = "the answer is too large to be sent".to_owned();
                    let hint = Some("ask for a smaller window".to_owned());
                    let answer = Err(Problem { kind: ProblemKind::Failure, message, hint });
                    send(&mut sink, &ServerFrame::Answer { number, answer }).await
                }
                ServerFrame::Hello(_) | ServerFrame::Refused(_) | ServerFrame::Event(_) => Ok(()),
            },
            sent => sent,
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn read<S>(mut stream: S, engine: &Engine, queue: &mpsc::Sender<ServerFrame>, asked: &mut JoinSet<()>)
where
    S: futures_util::Stream<Item = Result<BytesMut, std::io::Error>> + Unpin,
{
    loop {
        while asked.len() >= ASKED_AT_ONCE {
            asked.join_next().await;
        }
        let frame = tokio::select! {
            frame = stream.next() => frame,
            Some(_) = asked.join_next() => continue,
        };
        let Some(Ok(bytes)) = frame else { return };
        match serde_json::from_slice::<ClientFrame>(&bytes) {
            Ok(ClientFrame::Ask { number, request }) => {
                let (engine, queue) = (engine.clone(), queue.clone());
                asked.spawn(async move {
                    let answer = engine.ask(request).await;
                    let _ = queue.send(ServerFrame::Answer { number, answer }).await;
                });
            }
            Ok(ClientFrame::Hello(_)) => {}
            Err(why) => {
                // What it asked for cannot be told, so no answer would reach whoever waits: the front starts over.
                // The parser's words might quote a secret; its place does not.
                tracing::warn!(line = why.line(), column = why.column(), "a front sent what cannot be read");
                return;
            }
        }
    }
}

/// Passes events on until the engine stops.
async fn forward(mut events: tokio::sync::broadcast::Receiver<Event>, queue: &mpsc::Sender<ServerFrame>) {
    let mut missed = false;
    loop {
        if missed {
            // Room for one more frame: the front has caught up so far, and hears that there was more.
            match queue.reserve().await {
                Ok(room) => room.send(ServerFrame::Event(Event::Missed)),
                Err(_) => return,
            }
            missed = false;
        }
        match events.recv().await {
            Ok(event @ Event::Stopping { .. }) => {
                let _ = queue.send(ServerFrame::Event(event)).await;
                return;
            }
            Ok(event) => match queue.try_send(ServerFrame::Event(event)) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => missed = true,
                Err(TrySendError::Closed(_)) => return,
            },
            Err(RecvError::Lagged(_)) => missed = true,
            Err(RecvError::Closed) => return,
        }
    }
}
