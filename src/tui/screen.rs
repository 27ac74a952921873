//! The one place where drawing becomes bytes: what changed since the last frame, in one synchronized frame.
//!
//! It holds the two buffers itself, so that scrolling by the terminal and pacing by its answers can come in here without
//! anything else knowing. Nothing is written when nothing changed.

use std::io;

use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Terminals that do not know the mode ignore it.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
const CLEAR: &[u8] = b"\x1b[0m\x1b[2J";

#[derive(Debug)]
pub struct Screen {
    shown: Buffer,
    /// What the terminal shows is not known: everything is drawn anew.
    unknown: bool,
}

impl Default for Screen {
    fn default() -> Self {
        Self { shown: Buffer::empty(Rect::ZERO), unknown: true }
    }
}

impl Screen {
    /// Somebody else wrote to the terminal.
    pub fn forget(&mut self) {
        self.unknown = true;
    }

    /// The bytes that make the terminal show `next`; none if it does already.
    pub fn frame(&mut self, next: Buffer) -> io::Result<Vec<u8>> {
        let clear = self.unknown || self.shown.area != next.area;
        if clear {
            self.shown = Buffer::empty(next.area);
        }
        let changes = self.shown.diff(&next);
        if changes.is_empty() && !clear {
            return Ok(Vec::new());
        }
        let mut bytes = BEGIN.to_vec();
        if clear {
            bytes.extend_from_slice(CLEAR);
        }
        CrosstermBackend::new(&mut bytes).draw(changes.into_iter())?;
        bytes.extend_from_slice(END);
        self.shown = next;
        self.unknown = false;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    #[test]
    fn a_frame_holds_what_changed_and_nothing_else() {
        let area = Rect::new(0, 0, 20, 2);
        let mut screen = Screen::default();
        let mut buffer = Buffer::empty(area);
        buffer.set_string(0, 0, "Teapot", Style::new());
        let first = String::from_utf8(screen.frame(buffer.clone()).unwrap()).unwrap();
        assert!(first.starts_with("\u{1b}[?2026h") && first.ends_with("\u{1b}[?2026l"), "{first:?}");
        assert!(first.contains("Teapot"));
        assert!(screen.frame(buffer.clone()).unwrap().is_empty());

        buffer.set_string(0, 0, "Teapod", Style::new());
        let second = String::from_utf8(screen.frame(buffer.clone()).unwrap()).unwrap();
        assert!(second.contains('d') && !second.contains("Teapo"), "{second:?}");

        screen.forget();
        assert!(String::from_utf8(screen.frame(buffer).unwrap()).unwrap().contains("Teapod"));
    }
}
