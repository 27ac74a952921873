//! The terminal over canned answers, in a real terminal, to be looked at:
//! `cargo test --lib tui::tests::look -- --ignored --nocapture`

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use crate::config::Preferences;
use crate::platform::{Clock, SystemClock};
use crate::protocol::{Problem, Reply, Request};
use crate::tui::{Engine, FromEngine, Options, run};
use crate::wardrobe::Dress;

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
    let ascii = std::env::var_os("COUNTERPART_LOOK_ASCII").is_some();
    let dress = Dress { preferences: Preferences { ascii, ..Preferences::default() }, ..Dress::default() };
    let options = Options { dress, wardrobe: None, jobs_go_on: true, browser: false };
    if std::env::var_os("COUNTERPART_LOOK_LOST").is_some() {
        tell.try_send(FromEngine::Lost { why: "its process ended".to_owned() }).unwrap();
    }
    runtime.block_on(run(engine, told, options)).unwrap();
    drop(tell);
}

/// The same in a terminal of its own, until a task of it panics: what is left must be a terminal to work in, with the
/// message on it.
#[test]
fn a_panic_gives_the_terminal_back() {
    use std::io::{Read, Write};
    use std::num::NonZero;

    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    let (rows, cols) = (200, 100);
    let pty = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "tui::tests::look::canned", "--nocapture"]);
    for (name, value) in [("COUNTERPART_LOOK_PANIC", "1"), ("TERM", "xterm-256color"), ("RUST_BACKTRACE", "0")] {
        command.env(name, value);
    }
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let (mut output, mut keys) = (pty.master.try_clone_reader().unwrap(), pty.master.take_writer().unwrap());
    let mut terminal = vt100::Parser::new(NonZero::new(rows).unwrap(), NonZero::new(cols).unwrap(), 0);
    let (mut bytes, mut pressed) = ([0; 4_096], false);
    while let Ok(count @ 1..) = output.read(&mut bytes) {
        terminal.process(&bytes[..count]);
        if !pressed && terminal.screen().contents().contains("Link Report") {
            // Jobs are asked for, which is what breaks.
            keys.write_all(b"3").unwrap();
            pressed = true;
        }
    }
    assert!(!child.wait().unwrap().success());
    let screen = terminal.screen();
    let left = (screen.alternate_screen(), screen.hide_cursor(), screen.bracketed_paste());
    assert_eq!(left, (false, false, false), "{}", screen.contents());
    assert!(screen.contents().contains("as asked for"), "{}", screen.contents());
}
