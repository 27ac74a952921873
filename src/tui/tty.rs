//! The terminal's modes: set once, and put back on every way out.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::queue;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};

use crate::error::{Exit, Failure};

use super::{pictures, pointer};

/// Pastes marked as such, and not any more.
const PASTES_MARKED: &[u8] = b"\x1b[?2004h";
const PASTES_PLAIN: &[u8] = b"\x1b[?2004l";
/// The title is put aside, and taken back.
const TITLE_KEPT: &[u8] = b"\x1b[22;2t";
const TITLE_BACK: &[u8] = b"\x1b[23;2t";

/// Refuses where there is nobody to be shown something or told, and says what works there.
pub fn check() -> Result<(), Failure> {
    if io::stdout().is_terminal() && io::stdin().is_terminal() {
        return Ok(());
    }
    let hint = "the command line works everywhere: counterpart products, report, link, push, jobs; --help lists all";
    let message = "the screen needs a terminal that can draw, and this is none: input or output is redirected";
    Err(Failure::new(Exit::Usage, message).hint(hint))
}

/// How wide and high a cell is, in points, where the terminal's driver knows it.
pub fn cell() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    Some((size.width.checked_div(size.columns)?, size.height.checked_div(size.rows)?)).filter(|(w, h)| *w > 0 && *h > 0)
}

/// Puts the terminal back when dropped.
#[derive(Debug)]
pub struct Tty {
    set: Arc<AtomicBool>,
    /// The terminal may hold pictures, which are to be thrown away.
    pictured: Arc<AtomicBool>,
    /// Nothing is ever sent but what is told: no screen of our own, no modes.
    plain: bool,
    /// The terminal tells of its mouse.
    pointer: AtomicBool,
}

impl Tty {
    pub fn take(plain: bool) -> io::Result<Self> {
        let (set, pictured) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let tty = Self { set, pictured, plain, pointer: AtomicBool::new(false) };
        tty.set()?;
        Ok(tty)
    }

    /// Raw mode, and to draw on it a screen of our own, no cursor but ours, pastes marked as such.
    pub fn set(&self) -> io::Result<()> {
        self.set.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        if self.plain {
            return Ok(());
        }
        let mut out = io::stdout();
        queue!(out, EnterAlternateScreen, Hide)?;
        out.write_all(PASTES_MARKED)?;
        out.write_all(TITLE_KEPT)?;
        if self.pointer.load(Ordering::SeqCst) {
            out.write_all(pointer::TOLD)?;
        }
        out.flush()
    }

    /// What is to be sent so that the terminal tells of its mouse, or does not any more; `None` if it is so already.
    pub fn tell_of_pointer(&self, wanted: bool) -> Option<&'static [u8]> {
        let before = self.pointer.swap(wanted, Ordering::SeqCst);
        (before != wanted).then_some(if wanted { pointer::TOLD } else { pointer::UNTOLD })
    }

    /// Pictures were sent.
    pub fn holds_pictures(&self) {
        self.pictured.store(true, Ordering::SeqCst);
    }

    /// Not so after a panic, of whatever task: nothing may be drawn then.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// As it was. Does nothing the second time.
    pub fn restore(&self) {
        restore(&self.set, &self.pictured, self.plain);
    }

    /// A panic's message comes after the screen is put back, or nobody could read it.
    pub fn restore_on_panic(&self) {
        let (set, pictured, plain) = (Arc::clone(&self.set), Arc::clone(&self.pictured), self.plain);
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore(&set, &pictured, plain);
            before(panic);
        }));
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        self.restore();
    }
}

/// The one way back. What fails here fails because the terminal is gone, and then there is nothing to put back.
fn restore(set: &AtomicBool, pictured: &AtomicBool, plain: bool) {
    if !set.swap(false, Ordering::SeqCst) {
        return;
    }
    if plain {
        let _ = disable_raw_mode();
        return;
    }
    let mut out = io::stdout();
    if pictured.load(Ordering::SeqCst) {
        // Nor may a picture be finished.
        let _ = out.write_all(pictures::GONE);
    }
    // The frame that was being written may not be finished.
    let _ = out.write_all(b"\x1b[r\x1b[?2026l\x1b[0m").and_then(|()| out.write_all(PASTES_PLAIN));
    let _ = out.write_all(pointer::UNTOLD).and_then(|()| out.write_all(TITLE_BACK));
    let _ = queue!(out, Show, LeaveAlternateScreen);
    let _ = out.flush();
    let _ = disable_raw_mode();
}
