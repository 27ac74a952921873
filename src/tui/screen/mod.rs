//! The one place where drawing becomes bytes: what changed since the last frame, in one synchronized frame.
//!
//! | file | what lives there |
//! |---|---|
//! | `sheet.rs` | a screen, as it is compared |
//! | `pen.rs` | the cursor and the attributes, and the shortest way from one to another |
//! | `changes.rs` | rows that changed |
//! | `scroll.rs` | rows that moved |
//!
//! Nothing is written when nothing changed. Over a slow line every byte is waited for, and the drawing library's own way
//! writes a list anew that moved by a row, and spells each colour three times as long as a terminal needs it.

mod changes;
#[cfg(test)]
mod emulated;
mod pen;
mod scroll;
mod sheet;
#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;

#[cfg(test)]
pub use emulated::Emulated;
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
}

impl Screen {
    pub const fn new() -> Self {
        Self { shown: None }
    }

    /// Somebody else wrote to the terminal.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// The bytes that make the terminal show `next`; none if it does already.
    pub fn frame(&mut self, next: &Buffer) -> Vec<u8> {
        let next = Sheet::of(next);
        let known = self.shown.take().filter(|shown| (shown.width, shown.height) == (next.width, next.height));
        let mut bytes = BEGIN.to_vec();
        match known {
            Some(shown) if shown == next => bytes.clear(),
            Some(shown) => {
                bytes.extend_from_slice(&shortest(&shown, &next));
                bytes.extend_from_slice(END);
            }
            None => {
                bytes.extend_from_slice(CLEAR);
                let mut pen = Pen::new(next.width);
                changes::draw(&mut pen, &Sheet::erased(next.width, next.height), &next);
                bytes.extend_from_slice(&pen.finish());
                bytes.extend_from_slice(END);
            }
        }
        self.shown = Some(next);
        bytes
    }
}

/// From one screen to another: with rows moved by the terminal, or without, whichever is less to send.
fn shortest(shown: &Sheet, next: &Sheet) -> Vec<u8> {
    let plainly = {
        let mut pen = Pen::new(next.width);
        changes::draw(&mut pen, shown, next);
        pen.finish()
    };
    let scrolled = scroll::candidates(shown, next).into_iter().map(|scroll| {
        let (mut pen, mut moved) = (Pen::new(next.width), shown.clone());
        scroll.draw(&mut pen, &mut moved);
        changes::draw(&mut pen, &moved, next);
        pen.finish()
    });
    [plainly].into_iter().chain(scrolled).min_by_key(Vec::len).unwrap_or_default()
}
