//! The line to the terminal: what it sends and what it is sent, each by a thread of its own.
//!
//! | file | what lives there |
//! |---|---|
//! | `reading.rs` | from bytes to keys, pastes and answers |
//! | `codes.rs` | the numbers in control sequences, as keys |
//! | `pace.rs` | when the next frame may be sent |
//!
//! Threads, because a terminal cannot be waited for in any other way everywhere: it may be a device that no event queue
//! takes, and one that takes nothing for minutes (`Ctrl-S`, a dead line) must hold up nobody.

mod codes;
mod pace;
mod reading;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::mpsc;

pub use pace::{Pace, QUESTION, Speed};
pub use reading::Input;
use reading::Reading;

/// What comes from the line.
#[derive(Debug)]
pub enum Heard {
    Input(Input),
    /// What was to be written is.
    Written,
    /// The terminal is gone.
    Gone,
}

/// So much may be heard and not yet listened to; then the terminal waits.
const UNHEARD: usize = 1_000;

#[derive(Debug)]
pub struct Line {
    heard: mpsc::Receiver<Heard>,
    /// Heard while something else was waited for.
    kept: VecDeque<Heard>,
    to_write: std::sync::mpsc::Sender<Vec<u8>>,
    /// Given to the writer and not yet written.
    writing: usize,
    /// Its end is seen by the reader, which then ends too.
    stop: UnixStream,
    reader: thread::JoinHandle<()>,
    writer: thread::JoinHandle<()>,
}

impl Line {
    /// Listens to the terminal from here on. `marked`: it marks what is pasted.
    pub fn open(marked: bool) -> io::Result<Self> {
        let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let (tell, heard) = mpsc::channel(UNHEARD);
        let (to_write, written) = std::sync::mpsc::channel();
        let (stop, stopped) = UnixStream::pair()?;
        let tell_of_writing = tell.clone();
        let writer = thread::Builder::new().name("terminal output".to_owned()).spawn(move || {
            write(output, &written, &tell_of_writing);
        })?;
        let reader = thread::Builder::new().name("terminal input".to_owned()).spawn(move || {
            // Whoever cannot hear any more has ended, and needs no word of it.
            let reading = if marked { Reading::default() } else { Reading::unmarked() };
            let _ = read(input, reading, &stopped, &tell);
            let _ = tell.blocking_send(Heard::Gone);
        })?;
        Ok(Self { heard, kept: VecDeque::new(), to_write, writing: 0, stop, reader, writer })
    }

    /// Sends bytes, after those that were given before. Does not wait.
    pub fn write(&mut self, bytes: Vec<u8>) {
        // A writer that is gone has said so.
        if self.to_write.send(bytes).is_ok() {
            self.writing += 1;
        }
    }

    pub fn is_writing(&self) -> bool {
        self.writing > 0
    }

    /// The next that comes; [`Heard::Gone`] when nothing will.
    pub async fn listen(&mut self) -> Heard {
        if let Some(kept) = self.kept.pop_front() {
            return kept;
        }
        let heard = self.heard.recv().await.unwrap_or(Heard::Gone);
        self.note(&heard);
        heard
    }

    /// What has come already.
    pub fn heard(&mut self) -> Option<Heard> {
        if let Some(kept) = self.kept.pop_front() {
            return Some(kept);
        }
        let heard = self.heard.try_recv().ok()?;
        self.note(&heard);
        Some(heard)
    }

    fn note(&mut self, heard: &Heard) {
        if matches!(heard, Heard::Written) {
            self.writing = self.writing.saturating_sub(1);
        }
    }

    /// Waits until all is written, but not longer than this: then what the terminal has not taken is thrown away.
    pub async fn settle(&mut self, patience: Duration) {
        let until = tokio::time::Instant::now() + patience;
        while self.writing > 0 {
            match tokio::time::timeout_at(until, self.heard.recv()).await {
                Ok(Some(Heard::Gone) | None) => return,
                Ok(Some(heard)) => {
                    self.note(&heard);
                    self.kept.extend((!matches!(heard, Heard::Written)).then_some(heard));
                }
                Err(_) => {
                    // What fails here fails because the terminal is gone.
                    let _ = rustix::termios::tcflush(io::stdout(), rustix::termios::QueueSelector::OFlush);
                    return;
                }
            }
        }
    }

    /// Listens and writes no more. A writer whose terminal takes nothing is left behind: it ends with the program.
    pub fn close(self) {
        let Self { heard, to_write, writing, stop, reader, writer, .. } = self;
        drop((heard, to_write, stop));
        // A thread that broke has told so as every panic does.
        let _ = reader.join();
        if writing == 0 {
            let _ = writer.join();
        }
    }
}

/// Reads until the terminal is gone or nobody listens any more.
fn read(mut input: File, mut reading: Reading, stopped: &UnixStream, tell: &mpsc::Sender<Heard>) -> io::Result<()> {
    let mut bytes = [0; 4_096];
    loop {
        let waits = reading.waits().and_then(|waits| Timespec::try_from(waits).ok());
        let mut both = [PollFd::new(&input, PollFlags::IN), PollFd::new(stopped, PollFlags::IN)];
        let ready = match poll(&mut both, waits.as_ref()) {
            Ok(ready) => ready,
            Err(rustix::io::Errno::INTR) => continue,
            Err(why) => return Err(why.into()),
        };
        let [from_terminal, from_us] = both.map(|one| !one.revents().is_empty());
        if from_us {
            return Ok(());
        }
        let inputs = match (ready, from_terminal) {
            (0, _) => reading.quiet(),
            (_, true) => match input.read(&mut bytes) {
                Ok(0) => return Ok(()),
                Ok(count) => reading.feed(bytes.get(..count).unwrap_or_default()),
                Err(why) if matches!(why.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => continue,
                // As a terminal does that was hung up.
                Err(_) => return Ok(()),
            },
            _ => continue,
        };
        for input in inputs {
            tell.blocking_send(Heard::Input(input)).map_err(io::Error::other)?;
        }
    }
}

/// Writes what is given until nobody gives any more, or the terminal is gone.
fn write(mut output: File, given: &std::sync::mpsc::Receiver<Vec<u8>>, tell: &mpsc::Sender<Heard>) {
    while let Ok(bytes) = given.recv() {
        let heard = match output.write_all(&bytes) {
            Ok(()) => Heard::Written,
            Err(_) => Heard::Gone,
        };
        let gone = matches!(heard, Heard::Gone);
        if tell.blocking_send(heard).is_err() || gone {
            return;
        }
    }
}
