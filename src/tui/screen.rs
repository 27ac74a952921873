//! The one place where drawing becomes bytes: what changed since the last frame, in one synchronized frame.
//!
//! It holds the two buffers itself, so that scrolling by the terminal and pacing by its answers can come in here without
//! anything else knowing. Nothing is written when nothing changed. It writes the bytes itself, too: over a slow line a
//! row is mostly its colours, and the drawing library spells each of them three times as long as a terminal needs it.

use std::io::{self, Write};

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

/// Terminals that do not know the mode ignore it.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
const CLEAR: &[u8] = b"\x1b[0m\x1b[2J";
/// Colours and attributes off.
const PLAIN: &[u8] = b"\x1b[m";

/// The cells, each at its place. Begins and ends with plain attributes.
fn write_cells(bytes: &mut Vec<u8>, cells: &[(u16, u16, &Cell)]) -> io::Result<()> {
    let mut style = Vec::new();
    let mut next = None;
    for (x, y, cell) in cells {
        // Terminals differ in how wide they draw some letters, so that only a neighbour follows without a word.
        if next != Some((*x, *y)) {
            write!(bytes, "\x1b[{};{}H", y + 1, x + 1)?;
        }
        next = Some((x + 1, *y));
        let wanted = codes(cell);
        if wanted != style {
            match (style.is_empty(), wanted.is_empty()) {
                (_, true) => bytes.extend_from_slice(PLAIN),
                (true, false) => write!(bytes, "\x1b[{}m", wanted.join(";"))?,
                (false, false) => write!(bytes, "\x1b[0;{}m", wanted.join(";"))?,
            }
            style = wanted;
        }
        bytes.extend_from_slice(cell.symbol().as_bytes());
    }
    if !style.is_empty() {
        bytes.extend_from_slice(PLAIN);
    }
    Ok(())
}

/// The numbers that make plain text look like this cell (ECMA-48, 8.3.117).
fn codes(cell: &Cell) -> Vec<String> {
    const ATTRIBUTES: [(Modifier, u8); 9] = [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::SLOW_BLINK, 5),
        (Modifier::RAPID_BLINK, 6),
        (Modifier::REVERSED, 7),
        (Modifier::HIDDEN, 8),
        (Modifier::CROSSED_OUT, 9),
    ];
    let attributes = ATTRIBUTES.iter().filter(|(attribute, _)| cell.modifier.contains(*attribute));
    let attributes = attributes.map(|(_, code)| code.to_string());
    attributes.chain(colour(cell.fg, 0)).chain(colour(cell.bg, 10)).collect()
}

/// A colour's number: as letters, or as ground, which is ten more.
fn colour(colour: Color, ground: u8) -> Option<String> {
    let number = match colour {
        Color::Reset => return None,
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
        Color::Indexed(number) => return Some(format!("{};5;{number}", 38 + ground)),
        Color::Rgb(red, green, blue) => return Some(format!("{};2;{red};{green};{blue}", 38 + ground)),
    };
    Some((number + ground).to_string())
}

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
        write_cells(&mut bytes, &changes)?;
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
    fn a_style_is_said_once_and_taken_back() {
        let area = Rect::new(0, 0, 12, 2);
        let mut screen = Screen::default();
        screen.frame(Buffer::empty(area)).unwrap();
        let mut buffer = Buffer::empty(area);
        buffer.set_string(1, 1, "ab", Style::new().dim());
        buffer.set_string(3, 1, "c", Style::new().magenta().bold());
        buffer.set_string(4, 1, "d", Style::new());
        buffer.set_string(7, 1, "茶x", Style::new().on_light_blue());
        let frame = String::from_utf8(screen.frame(buffer).unwrap()).unwrap();
        let wanted = "\u{1b}[2;2H\u{1b}[2mab\u{1b}[0;1;35mc\u{1b}[md\u{1b}[2;8H\u{1b}[104m茶\u{1b}[2;10Hx\u{1b}[m";
        assert_eq!(frame, format!("\u{1b}[?2026h{wanted}\u{1b}[?2026l"));
    }

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
