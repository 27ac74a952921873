//! How frames reach somebody: drawn for who looks, or told line by line for who listens. Bytes for the terminal.

use ratatui::layout::Rect;

use crate::domain::Timestamp;
use crate::keys::{Action, Keymap, Place};

use super::canvas::Canvas;
use super::reader::{self, Again, Facts, Teller, keys_aloud};
use super::root::Root;
use super::screen::Screen;

#[derive(Debug)]
pub enum Face {
    Drawn(Screen),
    Told(Box<Told>),
}

#[derive(Debug)]
pub struct Told {
    teller: Teller,
    /// Somebody did something since the last frame.
    acted: bool,
    again: Option<Again>,
    /// To be said after everything else.
    last: Vec<String>,
}

impl Face {
    pub fn drawn() -> Self {
        Self::Drawn(Screen::new())
    }

    /// On a terminal so wide.
    pub fn told(width: u16, keymap: &Keymap) -> Self {
        let teller = Teller::new(width, greeting(keymap, reader::is_dumb()));
        Self::Told(Box::new(Told { teller, acted: false, again: None, last: Vec::new() }))
    }

    pub fn is_told(&self) -> bool {
        matches!(self, Self::Told(_))
    }

    /// Whether the terminal may hold pictures, which it is to be told when it is given back.
    pub fn has_sent_pictures(&self) -> bool {
        matches!(self, Self::Drawn(screen) if screen.has_sent_pictures())
    }

    /// What is drawn on: as large as the terminal, or as what is told needs it.
    pub fn page(&self, width: u16, height: u16) -> Rect {
        if self.is_told() { reader::PAGE } else { Rect::new(0, 0, width, height) }
    }

    /// The terminal's width changed. Says whether somebody else must know it, too.
    pub fn resize(&mut self, width: u16) -> bool {
        match self {
            Self::Drawn(_) => true,
            Self::Told(told) => {
                told.teller.set_width(width);
                false
            }
        }
    }

    /// Somebody else wrote to the terminal.
    pub fn forget(&mut self) {
        match self {
            Self::Drawn(screen) => screen.forget(),
            Self::Told(told) => told.teller.forget(),
        }
    }

    /// Somebody did something.
    pub fn acted(&mut self) {
        if let Self::Told(told) = self {
            told.acted = true;
        }
    }

    /// Somebody wants to hear it again. Who looks gets a new drawing.
    pub fn again(&mut self, again: Again) {
        match self {
            Self::Drawn(screen) => screen.forget(),
            Self::Told(told) => told.again = Some(again),
        }
    }

    /// Something for who listens that is nowhere on the page.
    pub fn say(&mut self, words: String) {
        if let Self::Told(told) = self {
            told.last.push(words);
        }
    }

    /// What is to be sent so that the terminal shows or has said what is now; none if it does already.
    pub fn frame(&mut self, root: &Root, now: Timestamp) -> Vec<u8> {
        match self {
            Self::Drawn(screen) => {
                let mut canvas = Canvas::drawn(root.screen());
                root.view(&mut canvas);
                screen.frame(&canvas, canvas.pictures())
            }
            Self::Told(told) => {
                let mut canvas = Canvas::told(root.screen());
                root.view(&mut canvas);
                let acted = std::mem::take(&mut told.acted);
                let facts = Facts { now, acted, awaits: root.expects(), again: told.again.take() };
                let mut lines = told.teller.tell(&canvas.into_scene(), facts);
                lines.extend(told.last.drain(..).flat_map(|words| told.teller.lines(&words)));
                lines.iter().flat_map(|line| line.bytes().chain(*b"\r\n")).collect()
            }
        }
    }
}

/// What to know before anything else.
fn greeting(keymap: &Keymap, dumb: bool) -> Vec<String> {
    let key = |action| keymap.hint(Place::Everywhere, action).map(|key| keys_aloud(&key)).unwrap_or_default();
    let why = if dumb { ", because TERM says that this terminal is dumb" } else { "" };
    vec![
        format!("counterpart says everything line by line{why}"),
        format!(
            "{} says where you are, {} says everything once more, {} lists the keys, {} leaves",
            key(Action::Where),
            key(Action::Redraw),
            key(Action::Help),
            key(Action::Quit)
        ),
    ]
}
