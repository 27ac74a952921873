//! The one place where drawing becomes bytes: what changed since the last frame, in one synchronized frame.
//!
//! | file | what lives there |
//! |---|---|
//! | `sheet.rs` | a screen, as it is compared |
//! | `pen.rs` | the cursor and the attributes, and the shortest way from one to another |
//! | `changes.rs` | rows that changed |
//! | `scroll.rs` | rows that moved |
//! | `hung.rs` | pictures that hang over the cells |
//!
//! Nothing is written when nothing changed. Over a slow line every byte is waited for, and the drawing library's own way
//! writes a list anew that moved by a row, and spells each colour three times as long as a terminal needs it.

mod changes;
#[cfg(test)]
mod emulated;
mod hung;
mod pen;
mod scroll;
mod sheet;
#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;

#[cfg(test)]
pub use emulated::Emulated;
pub use hung::Hanging;
use hung::Hung;
use pen::Pen;
use sheet::Sheet;

/// Terminals that do not know the mode ignore it.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
const CLEAR: &[u8] = b"\x1b[m\x1b[2J";

#[derive(Debug)]
pub struct Screen {
    /// What the terminal shows; `None` if that is not known, and everything is to be drawn anew.
    shown: Option<Sheet>,
    hung: Hung,
}

impl Screen {
    pub fn new() -> Self {
        Self { shown: None, hung: Hung::default() }
    }

    /// Whether the terminal may hold pictures, which it is to be told when it is given back.
    pub fn has_sent_pictures(&self) -> bool {
        self.hung.any()
    }

    /// Somebody else wrote to the terminal.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// The bytes that make the terminal show `next` with its pictures; none if it does already.
    pub fn frame(&mut self, next: &Buffer, pictures: &[Hanging]) -> Vec<u8> {
        let bare = Hung::bare(next, pictures);
        let next = hung::marked(Sheet::of(next), next, pictures);
        let known = self.shown.take().filter(|shown| (shown.width, shown.height) == (next.width, next.height));
        let mut bytes = BEGIN.to_vec();
        match known {
            Some(shown) if shown == next && self.hung.shows(&bare) => bytes.clear(),
            Some(shown) => {
                let scrolls = self.hung.is_empty() && bare.is_empty();
                bytes.extend_from_slice(&self.hung.take_down(&bare, pictures));
                bytes.extend_from_slice(&if scrolls { shortest(&shown, &next) } else { plainly(&shown, &next) });
                bytes.extend_from_slice(&self.hung.hang(bare));
                bytes.extend_from_slice(END);
            }
            None => {
                bytes.extend_from_slice(&self.hung.forget());
                bytes.extend_from_slice(CLEAR);
                let mut pen = Pen::new(next.width);
                changes::draw(&mut pen, &Sheet::erased(next.width, next.height), &next);
                bytes.extend_from_slice(&pen.finish());
                bytes.extend_from_slice(&self.hung.hang(bare));
                bytes.extend_from_slice(END);
            }
        }
        self.shown = Some(next);
        bytes
    }
}

/// From one screen to another: with rows moved by the terminal, or without, whichever is less to send.
fn shortest(shown: &Sheet, next: &Sheet) -> Vec<u8> {
    let scrolled = scroll::candidates(shown, next).into_iter().map(|scroll| {
        let (mut pen, mut moved) = (Pen::new(next.width), shown.clone());
        scroll.draw(&mut pen, &mut moved);
        changes::draw(&mut pen, &moved, next);
        pen.finish()
    });
    [plainly(shown, next)].into_iter().chain(scrolled).min_by_key(Vec::len).unwrap_or_default()
}

/// Without rows moved.
fn plainly(shown: &Sheet, next: &Sheet) -> Vec<u8> {
    let mut pen = Pen::new(next.width);
    changes::draw(&mut pen, shown, next);
    pen.finish()
}
