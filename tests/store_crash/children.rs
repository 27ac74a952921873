//! The processes that are killed.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use counterpart::domain::Timestamp;
use counterpart::store::{Habit, Options, Store};

use crate::bench;

const ROLE: &str = "COUNTERPART_STORE_CRASH_ROLE";
const FOLDER: &str = "COUNTERPART_STORE_CRASH_FOLDER";
const LEAVE_OUT: &str = "COUNTERPART_STORE_CRASH_LEAVE_OUT";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Four writers, until it is killed. Prints `ack <writer> <number>` for each commit that was acknowledged.
    Write,
    /// Says `ready`, waits for a line, opens the store and ends at once, without closing anything.
    Open,
    /// The same with one commit, and `ack` after it.
    Commit,
}

/// A role in a process that has not begun yet.
pub fn start(role: Role, folder: &Path, leave_out: Option<Habit>) -> Child {
    let name = match role {
        Role::Write => "write",
        Role::Open => "open",
        Role::Commit => "commit",
    };
    let leave_out = match leave_out {
        Some(Habit::SyncAfterFlush) => "H1",
        Some(Habit::SyncAfterOpen) => "H3",
        Some(other) => panic!("no child leaves out {other:?}"),
        None => "",
    };
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(ROLE, name)
        .env(FOLDER, folder)
        .env(LEAVE_OUT, leave_out)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

impl Role {
    pub fn of_environment() -> Option<Self> {
        match std::env::var(ROLE).ok()?.as_str() {
            "write" => Some(Self::Write),
            "open" => Some(Self::Open),
            "commit" => Some(Self::Commit),
            other => panic!("no such role: {other}"),
        }
    }

    pub fn play(self) {
        let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
        let leave_out = match std::env::var(LEAVE_OUT).as_deref() {
            Ok("H1") => Some(Habit::SyncAfterFlush),
            Ok("H3") => Some(Habit::SyncAfterOpen),
            _ => None,
        };
        let options = Options { leave_out, ..bench::options() };
        if self != Self::Write {
            say("ready");
            std::io::stdin().lock().read_line(&mut String::new()).unwrap();
        }
        let (store, _) = Store::open_with(&folder, &options).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        match self {
            Self::Open => {}
            Self::Commit => {
                runtime.block_on(store.commit(Timestamp(1), bench::entries_of(0, 1_000_000))).unwrap();
                say("ack");
            }
            Self::Write => runtime.block_on(write_for_ever(&store)),
        }
        std::process::exit(0);
    }
}

async fn write_for_ever(store: &Store) {
    let next = bench::next_numbers(&store.load().await.unwrap());
    let writers = (0..bench::WRITERS).zip(next).map(|(writer, mut number)| async move {
        loop {
            let entries = bench::entries_of(writer, number);
            store.commit(Timestamp(i64::from(number)), entries).await.unwrap();
            say(&format!("ack {writer} {number}"));
            number += 1;
        }
    });
    futures_util::future::join_all(writers).await;
}

/// In one write, so that a kill leaves whole lines.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush()).unwrap();
}
