//! How things look: the terminal's own 16 colours, bold, dim and reverse. Never a painted background.
//!
//! A colour only underlines what a word or a sign says already, so that `NO_COLOR`, a black-and-white printout and a
//! colour-blind reader lose nothing.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use crate::config::{Choice, Preferences};
use crate::domain::Side;
use crate::protocol::NoticeLevel;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Off with `NO_COLOR`: attributes stay, colours go.
    pub colour: bool,
    pub tone: Tone,
    /// For terminals that cannot draw lines and arrows.
    pub ascii: bool,
    /// The cursor of a list is its row's beginning only: a fraction of the bytes, for slow lines.
    pub slim: bool,
}

impl Default for Theme {
    fn default() -> Self {
        Self { colour: true, tone: Tone::Dark, ascii: false, slim: false }
    }
}

/// What the terminal's background is like; which of the 16 colours can be read on it differs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Dark,
    Light,
    /// Whatever it is like: nothing dim, no colours, bold for what matters.
    Contrast,
}

impl Theme {
    /// `brightness` of the background, from 0 to 1,000, if the terminal said it.
    pub fn of(preferences: &Preferences, brightness: Option<u16>, no_colour: bool) -> Self {
        const HALF: u16 = 500;
        let tone = match preferences.theme {
            Choice::Light => Tone::Light,
            Choice::Contrast => Tone::Contrast,
            Choice::Auto if brightness.is_some_and(|brightness| brightness > HALF) => Tone::Light,
            Choice::Auto | Choice::Dark | Choice::None => Tone::Dark,
        };
        let colour = !no_colour && preferences.theme != Choice::None && tone != Tone::Contrast;
        Self { colour, tone, ascii: preferences.ascii, slim: preferences.slim }
    }

    /// The one that can be read on this background.
    const fn toned(self, dark: Color, light: Color) -> Style {
        match self.tone {
            Tone::Light => self.coloured(light),
            Tone::Dark | Tone::Contrast => self.coloured(dark),
        }
    }

    const fn coloured(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    pub const fn plain(self) -> Style {
        Style::new()
    }

    /// What is there to be found, not to be read first.
    pub const fn quiet(self) -> Style {
        match self.tone {
            Tone::Contrast => Style::new(),
            Tone::Dark | Tone::Light => Style::new().add_modifier(Modifier::DIM),
        }
    }

    pub const fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// A key in a hint.
    pub const fn key(self) -> Style {
        self.toned(Color::Cyan, Color::Blue).add_modifier(Modifier::BOLD)
    }

    /// Borders and headings of what has the keys.
    pub const fn accent(self) -> Style {
        self.toned(Color::Cyan, Color::Blue)
    }

    pub const fn heading(self) -> Style {
        self.quiet().add_modifier(Modifier::UNDERLINED)
    }

    pub const fn good(self) -> Style {
        self.coloured(Color::Green)
    }

    pub const fn warning(self) -> Style {
        match self.tone {
            // Yellow on white cannot be read; what is bad is bold as well.
            Tone::Light => self.coloured(Color::Red),
            Tone::Dark => self.coloured(Color::Yellow),
            Tone::Contrast => Style::new().add_modifier(Modifier::BOLD),
        }
    }

    pub const fn bad(self) -> Style {
        self.coloured(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// The sign of a link.
    pub const fn link(self) -> Style {
        self.toned(Color::LightBlue, Color::Blue).add_modifier(Modifier::BOLD)
    }

    pub const fn side(self, side: Side) -> Style {
        match side {
            Side::InStore => self.coloured(Color::Magenta),
            Side::Online => self.toned(Color::Cyan, Color::Blue),
        }
    }

    pub const fn notice(self, level: NoticeLevel) -> Style {
        match level {
            NoticeLevel::Info => self.accent(),
            NoticeLevel::Success => self.good(),
            NoticeLevel::Warning => self.warning(),
            NoticeLevel::Error => self.bad(),
        }
    }

    /// Laid over the row that the keys act on: reverse, in the terminal's own two colours.
    pub const fn cursor(self) -> Style {
        Style::new()
            .fg(Color::Reset)
            .bg(Color::Reset)
            .remove_modifier(Modifier::DIM)
            .remove_modifier(Modifier::UNDERLINED)
            .add_modifier(Modifier::REVERSED)
    }

    /// Replaces our own signs by ASCII ones, cell by cell, where the terminal asks for it.
    pub fn finish(self, buffer: &mut Buffer) {
        if !self.ascii {
            return;
        }
        for cell in &mut buffer.content {
            if let Some((_, plain)) = PLAIN.iter().find(|(sign, _)| *sign == cell.symbol()) {
                cell.set_symbol(plain);
            }
        }
    }
}

/// Our signs and what stands for them in ASCII. All are one cell wide.
const PLAIN: &[(&str, &str)] = &[
    ("─", "-"),
    ("│", "|"),
    ("┌", "+"),
    ("┐", "+"),
    ("└", "+"),
    ("┘", "+"),
    ("├", "+"),
    ("┤", "+"),
    ("…", "~"),
    ("⇄", "="),
    ("●", "*"),
    ("○", "o"),
    ("·", "-"),
    ("–", "-"),
    ("—", "-"),
    ("→", ">"),
    ("←", "<"),
    ("↑", "^"),
    ("↓", "v"),
    ("×", "x"),
    ("≠", "#"),
    ("−", "-"),
    ("“", "\""),
    ("”", "\""),
    ("½", "/"),
    ("█", "#"),
    ("░", "."),
];
