//! The terminal's only async file: keys, answers, events, time and signals in; frames and questions out.
//!
//! All that is decided is decided in [`Root`], which knows nothing of this. Keys are applied at once, however many there
//! are; a frame is drawn when all that has come is applied, and only if something on it changed.

use std::future::Future;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use crossterm::event::{self, EventStream};
use futures_util::StreamExt;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use crate::domain::Timestamp;
use crate::keys::Keymap;
use crate::platform::{Clock, SystemClock};
use crate::protocol::{Event, NoticeLevel, Problem, Reply, Request};

use super::keyboard;
use super::root::{Incoming, Root};
use super::screen::Screen;
use super::theme::Theme;
use super::tty::{self, Tty};
use super::wish::{Effect, Notice, Tag};

/// Who answers questions. Each gets exactly one answer, a [`Problem`] if the engine is gone.
pub trait Engine: Send + Sync + 'static {
    fn ask(&self, request: Request) -> impl Future<Output = Result<Reply, Problem>> + Send;
}

/// What comes unasked.
#[derive(Debug, Clone, PartialEq)]
pub enum FromEngine {
    /// It is there. Said once at the start, and after each loss.
    Attached,
    /// It is gone, and being looked for.
    Lost {
        why: String,
    },
    Event(Event),
}

#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Our own signs in ASCII, for terminals that cannot draw lines.
    pub ascii: bool,
    /// What went wrong before the screen was there, mistakes in the keymap above all: (what, what to do).
    pub troubles: Vec<(String, Option<String>)>,
    /// Jobs go on when this terminal is left; not so in a demo, whose engine ends with it.
    pub jobs_go_on: bool,
}

/// Quiet time after a resize before everything is drawn anew: window managers send many.
const SETTLED: Duration = Duration::from_millis(30);
/// How long a frame waits for rows that are on their way; less than an eye sees.
const PATIENCE: Duration = Duration::from_millis(25);
/// More than this many things are not applied before the next frame.
const AT_ONCE: usize = 1_000;

/// Runs the terminal until somebody leaves it. The terminal is put back on every way out, a panic included.
pub async fn run<E: Engine>(
    engine: Arc<E>,
    incoming: mpsc::Receiver<FromEngine>,
    keymap: Keymap,
    options: Options,
) -> anyhow::Result<()> {
    tty::check()?;
    let tty = Tty::take().context("the terminal could not be taken over")?;
    tty.restore_on_panic();
    let mut session = Session::new(engine, incoming, keymap, &options, tty)?;
    let outcome = session.live().await;
    session.tty.restore();
    session.keyboard.abort();
    session.asked.shutdown().await;
    let jobs = session.root.jobs_under_way();
    if outcome.is_ok() && options.jobs_go_on && jobs > 0 {
        let words = if jobs == 1 { "1 job goes on" } else { &format!("{jobs} jobs go on") };
        eprintln!("{words} in the background; `counterpart jobs` shows how far");
    }
    outcome
}

struct Session<E> {
    engine: Arc<E>,
    incoming: mpsc::Receiver<FromEngine>,
    root: Root,
    screen: Screen,
    tty: Tty,
    asked: JoinSet<(Tag, Result<Reply, Problem>)>,
    clock: SystemClock,
    keys: mpsc::Receiver<std::io::Result<event::Event>>,
    /// Fills `keys`; ended with the session.
    keyboard: JoinHandle<()>,
    continued: Signal,
    /// No frame before this.
    not_before: tokio::time::Instant,
    /// Until when a frame waits for an answer.
    patience_ends: Option<tokio::time::Instant>,
    /// When the frame that waits is to be drawn.
    due: Option<tokio::time::Instant>,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    Leave,
}

impl<E: Engine> Session<E> {
    fn new(
        engine: Arc<E>,
        incoming: mpsc::Receiver<FromEngine>,
        keymap: Keymap,
        options: &Options,
        tty: Tty,
    ) -> anyhow::Result<Self> {
        let clock = SystemClock;
        let (width, height) = crossterm::terminal::size().context("the terminal does not tell its size")?;
        let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let theme = Theme { colour, ascii: options.ascii };
        let mut root = Root::new(keymap, theme, Rect::new(0, 0, width, height), clock.now());
        for (text, hint) in &options.troubles {
            root.begin_with(Notice { level: NoticeLevel::Warning, text: text.clone(), hint: hint.clone() });
        }
        let (press, keys) = mpsc::channel(AT_ONCE);
        Ok(Self {
            engine,
            incoming,
            root,
            screen: Screen::default(),
            tty,
            asked: JoinSet::new(),
            clock,
            keys,
            keyboard: tokio::spawn(watch(press)),
            continued: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            not_before: tokio::time::Instant::now(),
            patience_ends: None,
            due: None,
        })
    }

    async fn live(&mut self) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let mut engine_gone = false;
        self.draw()?;
        loop {
            let until = self.until(self.root.wake());
            let wake = tokio::time::sleep(until);
            let due = self.due;
            let first = tokio::select! {
                event = self.keys.recv() => match event {
                    Some(Ok(event)) => keyboard::read(event),
                    // The terminal vanished: that is a way to leave.
                    Some(Err(_)) | None => return Ok(()),
                },
                Some(answered) = self.asked.join_next() => {
                    let (tag, answer) = answered.context("a question to the engine broke off")?;
                    Some(Incoming::Reply { tag, answer })
                }
                told = self.incoming.recv(), if !engine_gone => match told {
                    Some(told) => Some(heard(told)),
                    None => {
                        engine_gone = true;
                        Some(Incoming::Lost { why: "it ended".to_owned() })
                    }
                },
                _ = terminate.recv() => return Ok(()),
                _ = hang_up.recv() => return Ok(()),
                _ = self.continued.recv() => {
                    self.come_back()?;
                    None
                }
                () = wake => Some(Incoming::Tick),
                () = tokio::time::sleep_until(due.unwrap_or(self.not_before)), if due.is_some() => None,
            };
            let mut next = first;
            for _ in 0..AT_ONCE {
                if let Some(incoming) = next.take()
                    && self.apply(incoming).await? == Then::Leave
                {
                    return Ok(());
                }
                next = self.waiting()?;
                if next.is_none() {
                    break;
                }
            }
            if let Some(incoming) = next
                && self.apply(incoming).await? == Then::Leave
            {
                return Ok(());
            }
            self.draw_if_due()?;
        }
    }

    /// How long to sleep until then; at least a little, so that a clock that jumps cannot make us spin.
    fn until(&self, wake: Timestamp) -> Duration {
        let milliseconds = wake.0.saturating_sub(self.clock.now().0);
        Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0).max(10))
    }

    /// What has come already.
    fn waiting(&mut self) -> anyhow::Result<Option<Incoming>> {
        while let Ok(Ok(event)) = self.keys.try_recv() {
            let read = keyboard::read(event);
            if read.is_some() {
                return Ok(read);
            }
        }
        if let Some(answered) = self.asked.try_join_next() {
            let (tag, answer) = answered.context("a question to the engine broke off")?;
            return Ok(Some(Incoming::Reply { tag, answer }));
        }
        Ok(self.incoming.try_recv().ok().map(heard))
    }

    async fn apply(&mut self, incoming: Incoming) -> anyhow::Result<Then> {
        if matches!(incoming, Incoming::Resize { .. }) {
            self.not_before = tokio::time::Instant::now() + SETTLED;
        }
        for effect in self.root.update(self.clock.now(), incoming) {
            match effect {
                Effect::Ask { tag, request } => {
                    let engine = Arc::clone(&self.engine);
                    self.asked.spawn(async move { (tag, engine.ask(request).await) });
                }
                Effect::Copy(text) => self.copy(&text)?,
                Effect::Redraw => self.screen.forget(),
                Effect::Suspend => self.suspend().await?,
                Effect::Leave => return Ok(Then::Leave),
            }
        }
        Ok(Then::GoOn)
    }

    /// Asks the terminal to put text into its clipboard (OSC 52), which is where the person sits, at whatever end of
    /// an SSH line. A terminal that does not know this ignores it.
    fn copy(&self, text: &str) -> anyhow::Result<()> {
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
        let mut out = std::io::stdout().lock();
        let written = write!(out, "\x1b]52;c;{encoded}\x07").and_then(|()| out.flush());
        written.context("the terminal cannot be written to")
    }

    /// Gives the terminal back and stops, as `Ctrl-Z` does everywhere. The whole process group is stopped, since a
    /// program that started us waits in it. Where nobody could say `fg`, the system ignores this, and we come back.
    async fn suspend(&mut self) -> anyhow::Result<()> {
        self.tty.restore();
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP).context("cannot stop")?;
        // When we are stopped, time stands still for us until we are continued.
        let _ = tokio::time::timeout(Duration::from_millis(200), self.continued.recv()).await;
        self.come_back()
    }

    /// Takes the terminal again; its size and what it shows may be others.
    fn come_back(&mut self) -> anyhow::Result<()> {
        self.tty.set().context("the terminal could not be taken over again")?;
        self.screen.forget();
        let (width, height) = crossterm::terminal::size().context("the terminal does not tell its size")?;
        // Nothing is asked of a resize but to be known.
        for effect in self.root.update(self.clock.now(), Incoming::Resize { width, height }) {
            if let Effect::Ask { tag, request } = effect {
                let engine = Arc::clone(&self.engine);
                self.asked.spawn(async move { (tag, engine.ask(request).await) });
            }
        }
        Ok(())
    }

    /// Draws, unless it is better to wait: for the end of a resize, or for an answer that should come at once.
    fn draw_if_due(&mut self) -> anyhow::Result<()> {
        let now = tokio::time::Instant::now();
        if !self.root.expects() {
            self.patience_ends = None;
        } else if self.patience_ends.is_none() {
            self.patience_ends = Some(now + PATIENCE);
        }
        let due = self.patience_ends.unwrap_or(self.not_before).max(self.not_before);
        if now >= due {
            return self.draw();
        }
        self.due = Some(due);
        Ok(())
    }

    fn draw(&mut self) -> anyhow::Result<()> {
        self.due = None;
        let mut buffer = Buffer::empty(self.root.screen());
        self.root.view(&mut buffer);
        let bytes = self.screen.frame(buffer)?;
        if !bytes.is_empty() {
            let mut out = std::io::stdout().lock();
            out.write_all(&bytes).and_then(|()| out.flush()).context("the terminal cannot be written to")?;
        }
        Ok(())
    }
}

/// Passes on what the terminal sends. The stream wakes only who asked it first, so one task alone asks it.
async fn watch(press: mpsc::Sender<std::io::Result<event::Event>>) {
    let mut events = EventStream::new();
    while let Some(event) = events.next().await {
        if press.send(event).await.is_err() {
            return;
        }
    }
}

fn heard(told: FromEngine) -> Incoming {
    match told {
        FromEngine::Attached => Incoming::Attached,
        FromEngine::Lost { why } => Incoming::Lost { why },
        FromEngine::Event(event) => Incoming::Event(event),
    }
}
