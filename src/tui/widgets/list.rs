//! The rows of a list that are on the screen.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::tui::rows::Rows;
use crate::tui::theme::Theme;

use super::{highlight, put};

/// What a slim cursor covers: the box to tick, where there is one.
const SLIM: u16 = 3;

/// Draws the visible rows, each `lines` high, with the cursor's row in reverse, or its beginning. A row that is not here
/// yet is dots.
pub fn list<V: Clone + PartialEq, R>(
    buffer: &mut Canvas,
    area: Rect,
    lines: u16,
    rows: &Rows<V, R>,
    theme: Theme,
    draw: impl Fn(&mut Canvas, Rect, u64, &R),
) {
    rows.drawn_at(area.y, lines);
    for (y, place) in (area.y..).step_by(usize::from(lines.max(1))).zip(rows.visible()) {
        if y >= area.bottom() {
            break;
        }
        let row = Rect { y, height: lines.min(area.bottom() - y), ..area };
        match rows.get(place) {
            // Rows of another view are about to be replaced, and nobody is told of them.
            Some(value) if place == rows.cursor() && rows.is_current() => {
                buffer.row(place, rows.total(), |buffer| draw(buffer, row, place, value));
            }
            Some(value) => buffer.silently(|buffer| draw(buffer, row, place, value)),
            None => {
                buffer.silently(|buffer| put(buffer, row.x, row.y, "…", row.width, theme.quiet()));
            }
        }
        if place == rows.cursor() {
            let width = if theme.slim { SLIM.min(row.width) } else { row.width };
            highlight(buffer, Rect { width, ..row }, theme.cursor());
        }
    }
}
