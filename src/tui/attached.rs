//! The terminal over a client of the engine: what comes unasked becomes one stream.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::run::{Engine, FromEngine, Options, run};
use crate::client::{Client, Events, State};
use crate::protocol::{Event, NoticeLevel, Problem, Reply, Request};

impl Engine for Client {
    async fn ask(&self, request: Request) -> Result<Reply, Problem> {
        Client::ask(self, request).await
    }
}

/// Runs the terminal until somebody leaves it, then lets go of the engine.
pub async fn run_attached(client: Client, options: Options) -> anyhow::Result<()> {
    let (tell, incoming) = mpsc::channel(256);
    let listening = tokio::spawn(listen(client.events(), client.state(), client.version_note(), tell));
    let outcome = run(Arc::new(client.clone()), incoming, options).await;
    listening.abort();
    // Only to see it gone: it was cut off, or had ended.
    let _ = listening.await;
    client.close().await;
    outcome
}

/// Ends when nobody listens any more.
async fn listen(
    mut events: Events,
    mut state: watch::Receiver<State>,
    version_note: Option<String>,
    tell: mpsc::Sender<FromEngine>,
) {
    let mut words = vec![stands(&state.borrow_and_update())];
    words.extend(
        version_note
            .map(|text| FromEngine::Event(Event::Notice { level: NoticeLevel::Warning, text, hint: None, job: None })),
    );
    for word in words {
        if tell.send(word).await.is_err() {
            return;
        }
    }
    let mut watched = true;
    loop {
        let word = tokio::select! {
            changed = state.changed(), if watched => match changed {
                Ok(()) => stands(&state.borrow_and_update()),
                Err(_) => {
                    watched = false;
                    continue;
                }
            },
            event = events.next() => match event {
                Some(event) => FromEngine::Event(event),
                None => return,
            },
        };
        if tell.send(word).await.is_err() {
            return;
        }
    }
}

fn stands(state: &State) -> FromEngine {
    match state {
        State::Attached { .. } => FromEngine::Attached,
        State::Reconnecting { why } | State::Lost { why } => FromEngine::Lost { why: why.clone() },
    }
}
