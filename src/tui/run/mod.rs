//! The terminal's only async room: keys, answers, events, time and signals in; frames and questions out.
//!
//! All that is decided is decided in [`Root`], which knows nothing of this. Keys are applied at once, however many there
//! are; a frame is drawn when all that has come is applied, only if something on it changed, and not before the line has
//! room for it.

mod errands;
mod frames;

use std::collections::VecDeque;
use std::future::Future;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::config::Choice;
use crate::domain::Timestamp;
use crate::platform::{Clock, SystemClock};
use crate::protocol::{Event, Problem, Reply, Request};
use crate::tui::alert;
use crate::tui::face::Face;
use crate::tui::line::{Heard, Input, Line, Pace};
use crate::tui::pictures::{self, Means};
use crate::tui::reader::{self, Again};
use crate::tui::root::{Incoming, Root};
use crate::tui::tty::{self, Tty};
use crate::tui::wish::Effect;
use crate::wardrobe::{Dress, Wardrobe};

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

#[derive(Default)]
pub struct Options {
    pub dress: Dress,
    /// Where the dress is from: looked at with a key, once a second at most, and told what is to be remembered.
    pub wardrobe: Option<Wardrobe>,
    /// Jobs go on when this terminal is left; not so in a demo, whose engine ends with it.
    pub jobs_go_on: bool,
    /// Who sits here can look at a browser of this machine.
    pub browser: bool,
}

/// Quiet time after a resize before everything is drawn anew: window managers send many.
const SETTLED: Duration = Duration::from_millis(30);
/// More than this many things are not applied before the next frame.
const AT_ONCE: usize = 1_000;
/// The last frame is waited for so long before the terminal is given back.
const LAST_FRAME: Duration = Duration::from_secs(1);

/// Runs the terminal until somebody leaves it. The terminal is put back on every way out, a panic included.
pub async fn run<E: Engine>(
    engine: Arc<E>,
    incoming: mpsc::Receiver<FromEngine>,
    options: Options,
) -> anyhow::Result<()> {
    tty::check()?;
    let jobs_go_on = options.jobs_go_on;
    let told = options.dress.preferences.reader || reader::is_dumb();
    let tty = Tty::take(told).context("the terminal could not be taken over")?;
    tty.restore_on_panic();
    let mut session = Session::new(engine, incoming, options, tty, told)?;
    let outcome = session.live().await;
    session.line.settle(LAST_FRAME).await;
    session.tty.restore();
    session.line.close();
    session.asked.shutdown().await;
    let jobs = session.root.jobs_under_way();
    if outcome.is_ok() && jobs_go_on && jobs > 0 {
        let words = if jobs == 1 { "1 job goes on" } else { &format!("{jobs} jobs go on") };
        // The terminal may be gone, and with it who could read this.
        let _ = writeln!(std::io::stderr(), "{words} in the background; `counterpart jobs` shows how far");
    }
    outcome
}

struct Session<E> {
    engine: Arc<E>,
    incoming: mpsc::Receiver<FromEngine>,
    root: Root,
    face: Face,
    tty: Tty,
    wardrobe: Option<Wardrobe>,
    looked_at: tokio::time::Instant,
    /// As the terminal has it.
    title: Option<String>,
    asked: JoinSet<Incoming>,
    clock: SystemClock,
    line: Line,
    pace: Pace,
    /// Something happened that the screen may show.
    happened: bool,
    continued: Signal,
    resized: Signal,
    /// No frame before this.
    not_before: tokio::time::Instant,
    /// When the last key was.
    pressed: Option<tokio::time::Instant>,
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
        options: Options,
        tty: Tty,
        told: bool,
    ) -> anyhow::Result<Self> {
        let clock = SystemClock;
        let (width, height) = size(told)?;
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let Options { dress, wardrobe, browser, .. } = options;
        let asks_background = dress.preferences.theme == Choice::Auto && !no_colour && !told;
        let face = if told { Face::told(width, &dress.keymap) } else { Face::drawn() };
        let root = Root::new(dress, no_colour, face.page(width, height), clock.now());
        let root = root.with_browser(browser).with_listener(told).with_means(Means::of_environment(tty::cell()));
        let mut line = Line::open(!told).context("the terminal cannot be listened to")?;
        if asks_background {
            line.write(alert::BACKGROUND.to_vec());
        }
        Ok(Self {
            engine,
            incoming,
            root,
            face,
            tty,
            asked: JoinSet::new(),
            clock,
            line,
            wardrobe,
            looked_at: tokio::time::Instant::now(),
            title: None,
            pace: Pace::default(),
            happened: true,
            continued: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            resized: signal(SignalKind::window_change())?,
            not_before: tokio::time::Instant::now(),
            pressed: None,
            patience_ends: None,
            due: None,
        })
    }

    async fn live(&mut self) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        // No key sends these while the terminal is raw, but somebody else may.
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut quit = signal(SignalKind::quit())?;
        let mut engine_gone = false;
        self.draw();
        loop {
            let until = self.until(self.root.wake());
            let wake = tokio::time::sleep(until);
            let due = self.due;
            let first = tokio::select! {
                heard = self.line.listen() => match self.understood(heard) {
                    Ok(incoming) => incoming,
                    Err(Gone) => return Ok(()),
                },
                Some(answered) = self.asked.join_next() => {
                    Some(answered.context("a question to the engine broke off")?)
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
                _ = interrupt.recv() => return Ok(()),
                _ = quit.recv() => return Ok(()),
                // Who hangs up also continues, so that what stopped can end. Then there is no terminal to take.
                _ = self.continued.recv() => match self.come_back() {
                    Ok(()) => None,
                    Err(_) => return Ok(()),
                },
                _ = self.resized.recv() => match self.measured() {
                    Ok(resized) => resized,
                    Err(_) => return Ok(()),
                },
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
                next = match self.waiting()? {
                    Ok(waiting) => waiting,
                    Err(Gone) => return Ok(()),
                };
                if next.is_none() {
                    break;
                }
            }
            if let Some(incoming) = next
                && self.apply(incoming).await? == Then::Leave
            {
                return Ok(());
            }
            anyhow::ensure!(self.tty.is_set(), "a part of the program broke, which is said above");
            self.draw_if_due();
        }
    }

    /// How long to sleep until then; at least a little, so that a clock that jumps cannot make us spin.
    fn until(&self, wake: Timestamp) -> Duration {
        let milliseconds = wake.0.saturating_sub(self.clock.now().0);
        Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0).max(10))
    }

    /// What the root is to know of it.
    fn understood(&mut self, heard: Heard) -> Result<Option<Incoming>, Gone> {
        match heard {
            Heard::Input(Input::Key(key)) => Ok(Some(Incoming::Key(key))),
            Heard::Input(Input::Paste(text)) => Ok(Some(Incoming::Paste(text))),
            Heard::Input(Input::Pointer(pointer)) => Ok(Some(Incoming::Pointer(pointer))),
            Heard::Input(Input::Background(brightness)) => Ok(Some(Incoming::Background(brightness))),
            Heard::Input(Input::Graphics(said)) => Ok(Some(Incoming::Graphics(said))),
            Heard::Input(Input::Ready) => {
                self.pace.answered(tokio::time::Instant::now());
                Ok(None)
            }
            Heard::Written => Ok(None),
            // The terminal vanished: that is a way to leave.
            Heard::Gone => Err(Gone),
        }
    }

    /// What has come already.
    fn waiting(&mut self) -> anyhow::Result<Result<Option<Incoming>, Gone>> {
        while let Some(heard) = self.line.heard() {
            match self.understood(heard) {
                Ok(None) => {}
                read => return Ok(read),
            }
        }
        if let Some(answered) = self.asked.try_join_next() {
            return Ok(Ok(Some(answered.context("a question to the engine broke off")?)));
        }
        Ok(Ok(self.incoming.try_recv().ok().map(heard)))
    }

    async fn apply(&mut self, incoming: Incoming) -> anyhow::Result<Then> {
        self.happened = true;
        if matches!(incoming, Incoming::Resize { .. }) {
            self.not_before = tokio::time::Instant::now() + SETTLED;
        }
        if matches!(incoming, Incoming::Key(_) | Incoming::Paste(_)) {
            self.acted();
        }
        let mut effects = VecDeque::new();
        if matches!(incoming, Incoming::Key(_))
            && let Some(dress) = self.redressed()
        {
            // Before the key, whose meaning may be another one now.
            effects.extend(self.root.update(self.clock.now(), Incoming::Dressed(Box::new(dress))));
        }
        self.root.set_speed(self.pace.speed());
        effects.extend(self.root.update(self.clock.now(), incoming));
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Ask { tag, request } => self.ask(tag, request),
                Effect::File { tag, order } => self.file(tag, order),
                Effect::Copy(text) => self.copy(&text),
                Effect::Browse(address) => effects.extend(self.browse(&address)),
                Effect::Keep(arrangement) => effects.extend(self.keep(&arrangement)),
                Effect::Alert { bell, text } => {
                    let shown = text.filter(|_| !reader::is_dumb());
                    self.line.write(alert::alert(bell, shown.as_deref()));
                }
                Effect::AskTerminal => self.line.write(pictures::QUESTION.to_vec()),
                Effect::Redraw => self.face.again(Again::Everything),
                Effect::Where => self.face.again(Again::Where),
                Effect::Suspend => self.suspend().await?,
                Effect::Leave => return Ok(Then::Leave),
            }
        }
        self.tty_follows();
        Ok(Then::GoOn)
    }

    /// Gives the terminal back and stops, as `Ctrl-Z` does everywhere. The whole process group is stopped, since a
    /// program that started us waits in it. Where nobody could say `fg`, the system ignores this, and we come back.
    async fn suspend(&mut self) -> anyhow::Result<()> {
        self.line.settle(LAST_FRAME).await;
        self.tty.restore();
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP).context("cannot stop")?;
        // When we are stopped, time stands still for us until we are continued.
        let _ = tokio::time::timeout(Duration::from_millis(200), self.continued.recv()).await;
        self.come_back()
    }

    /// Takes the terminal again; its size and what it shows may be others.
    fn come_back(&mut self) -> anyhow::Result<()> {
        self.tty.set().context("the terminal could not be taken over again")?;
        self.face.forget();
        self.title = None;
        self.pace.forget();
        self.happened = true;
        // Nothing is asked of a resize but to be known.
        if let Some(resized) = self.measured()? {
            for effect in self.root.update(self.clock.now(), resized) {
                if let Effect::Ask { tag, request } = effect {
                    self.ask(tag, request);
                }
            }
        }
        Ok(())
    }

    /// The terminal's size anew, if what is drawn depends on it.
    fn measured(&mut self) -> anyhow::Result<Option<Incoming>> {
        let (width, height) = size(self.face.is_told())?;
        Ok(self.face.resize(width).then_some(Incoming::Resize { width, height }))
    }
}

/// The terminal, and with it who sat there.
#[derive(Debug)]
struct Gone;

/// The terminal's. Lines can be told also where nobody says how long they may be.
fn size(told: bool) -> anyhow::Result<(u16, u16)> {
    const USUAL: (u16, u16) = (80, 24);
    match crossterm::terminal::size() {
        Ok((0, _)) | Err(_) if told => Ok(USUAL),
        size => size.context("the terminal does not tell its size"),
    }
}

fn heard(told: FromEngine) -> Incoming {
    match told {
        FromEngine::Attached => Incoming::Attached,
        FromEngine::Lost { why } => Incoming::Lost { why },
        FromEngine::Event(event) => Incoming::Event(event),
    }
}
