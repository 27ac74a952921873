//! How things look: the terminal's own 16 colours, bold, dim and reverse. Never a painted background.
//!
//! A colour only underlines what a word or a sign says already, so that `NO_COLOR`, a black-and-white printout and a
//! colour-blind reader lose nothing.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use crate::domain::Side;
use crate::protocol::NoticeLevel;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Off with `NO_COLOR`: attributes stay, colours go.
    pub colour: bool,
    /// For terminals that cannot draw lines and arrows.
    pub ascii: bool,
    /// The cursor of a list is its row's beginning only: a fraction of the bytes, for slow lines.
    pub slim: bool,
}

impl Theme {
    const fn coloured(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    pub const fn plain(self) -> Style {
        Style::new()
    }

    /// What is there to be found, not to be read first.
    pub const fn quiet(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    pub const fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// A key in a hint.
    pub const fn key(self) -> Style {
        self.coloured(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    /// Borders and headings of what has the keys.
    pub const fn accent(self) -> Style {
        self.coloured(Color::Cyan)
    }

    pub const fn heading(self) -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED).add_modifier(Modifier::DIM)
    }

    pub const fn good(self) -> Style {
        self.coloured(Color::Green)
    }

    pub const fn warning(self) -> Style {
        self.coloured(Color::Yellow)
    }

    pub const fn bad(self) -> Style {
        self.coloured(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// The sign of a link.
    pub const fn link(self) -> Style {
        self.coloured(Color::LightBlue).add_modifier(Modifier::BOLD)
    }

    pub const fn side(self, side: Side) -> Style {
        match side {
            Side::InStore => self.coloured(Color::Magenta),
            Side::Online => self.coloured(Color::Cyan),
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
