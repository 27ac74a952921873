//! The terminal over canned answers, in a real terminal, to be looked at:
//! `cargo test --lib tui::tests::look -- --ignored --nocapture`

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use crate::keys::Keymap;
use crate::platform::{Clock, SystemClock};
use crate::protocol::{Problem, Reply, Request};
use crate::tui::{Engine, FromEngine, Options, run};

use super::canned::Canned;

struct Still(Mutex<Canned>);

impl Engine for Still {
    async fn ask(&self, request: Request) -> Result<Reply, Problem> {
        let panics = std::env::var_os("COUNTERPART_LOOK_PANIC").is_some();
        assert!(!panics || !matches!(request, Request::Jobs { .. }), "as asked for");
        self.0.lock().unwrap().answer(&request)
    }
}

#[test]
#[ignore = "draws on the terminal and waits for keys"]
fn canned() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let now = SystemClock.now();
    let canned =
        if std::env::var_os("COUNTERPART_LOOK_EMPTY").is_some() { Canned::empty(now) } else { Canned::new(now) };
    let engine = Arc::new(Still(Mutex::new(canned)));
    let (tell, told) = mpsc::channel(16);
    tell.try_send(FromEngine::Attached).unwrap();
    let options =
        Options { ascii: std::env::var_os("COUNTERPART_LOOK_ASCII").is_some(), troubles: Vec::new(), jobs_go_on: true };
    if std::env::var_os("COUNTERPART_LOOK_LOST").is_some() {
        tell.try_send(FromEngine::Lost { why: "its process ended".to_owned() }).unwrap();
    }
    runtime.block_on(run(engine, told, Keymap::built_in(), options)).unwrap();
    drop(tell);
}
