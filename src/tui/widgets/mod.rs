//! Pieces that panes and popups are drawn of. They know the theme and nothing of the product's data.

mod bar;
mod blocks;
mod button;
mod columns;
mod entry;
mod frame;
mod list;
mod scroll;
pub mod text;

use std::borrow::Cow;

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

pub use bar::bar;
pub use blocks::blocks;
pub use button::{buttons, chosen_button, tell_buttons};
pub use columns::{Column, Columns, arranged, offered};
pub use entry::Entry;
pub use frame::{cleared, framed, inside, middle};
pub use list::list;
pub use scroll::Scroll;

/// Writes text into one line of the buffer, cut with `…`. Returns the column after it.
pub fn put(buffer: &mut Canvas, x: u16, y: u16, text: &str, most: u16, style: Style) -> u16 {
    let area = buffer.area;
    if x >= area.right() || y >= area.bottom() || y < area.y {
        return x;
    }
    let most = most.min(area.right() - x);
    buffer.written(x, y, text);
    let text = text::cut(text, most);
    buffer.set_stringn(x, y, text, usize::from(most), style).0
}

/// Writes styled text into one line, without `…`: for text that is made to fit.
pub fn put_line(buffer: &mut Canvas, x: u16, y: u16, line: &Line<'_>, most: u16) -> u16 {
    let area = buffer.area;
    if x >= area.right() || y >= area.bottom() || y < area.y {
        return x;
    }
    if buffer.is_heard() {
        buffer.written(x, y, &line.to_string());
    }
    buffer.set_line(x, y, line, most.min(area.right() - x)).0
}

/// The same, at the right end of an area's first line.
pub fn put_right(buffer: &mut Canvas, area: Rect, line: &Line<'_>) {
    let width = u16::try_from(line.width()).unwrap_or(u16::MAX).min(area.width);
    put_line(buffer, area.right() - width, area.y, line, width);
}

/// A paragraph, wrapped; returns the line after it.
pub fn put_wrapped(buffer: &mut Canvas, area: Rect, text: &str, style: Style) -> u16 {
    if area.height > 0 {
        buffer.written(area.x, area.y, text);
    }
    buffer.silently(|buffer| {
        let mut y = area.y;
        for line in text::wrapped(text, area.width) {
            if y >= area.bottom() {
                break;
            }
            put(buffer, area.x, y, &line, area.width, style);
            y += 1;
        }
        y
    })
}

/// `text` with a style, for lines made of pieces.
pub fn piece<'a>(text: impl Into<Cow<'a, str>>, style: Style) -> Span<'a> {
    Span::styled(text, style)
}

/// Lays the cursor over a row.
pub fn highlight(buffer: &mut Canvas, area: Rect, style: Style) {
    let area = area.intersection(buffer.area);
    buffer.set_style(area, style);
}
