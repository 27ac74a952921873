//! The box around a popup.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::tui::theme::Theme;

use super::put;

/// An area of at most this size in the middle of another.
pub fn middle(within: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(within.width), height.min(within.height));
    Rect { x: within.x + (within.width - width) / 2, y: within.y + (within.height - height) / 2, width, height }
}

/// Takes away what an area shows, and returns as much of it as there is.
pub fn cleared(buffer: &mut Canvas, area: Rect) -> Rect {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
    // Half a wide character must not stay behind at the left edge.
    if area.x > buffer.area.x {
        for y in area.top()..area.bottom() {
            if let Some(cell) = buffer.cell_mut((area.x - 1, y))
                && super::text::width(cell.symbol()) > 1
            {
                cell.set_symbol(" ");
            }
        }
    }
    area
}

/// Clears an area, draws a box with a title around it, and returns what is inside, one blank from the sides.
pub fn framed(buffer: &mut Canvas, area: Rect, title: &str, theme: Theme) -> Rect {
    let area = cleared(buffer, area);
    if area.width < 4 || area.height < 2 {
        return area;
    }
    buffer.titled(title);
    buffer.silently(|buffer| drawn(buffer, area, title, theme));
    inside(area)
}

/// What is inside of a box in this place, one blank from the sides.
pub fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

fn drawn(buffer: &mut Canvas, area: Rect, title: &str, theme: Theme) {
    let style = theme.accent();
    let line = "─".repeat(usize::from(area.width - 2));
    put(buffer, area.x, area.y, &format!("┌{line}┐"), area.width, style);
    put(buffer, area.x, area.bottom() - 1, &format!("└{line}┘"), area.width, style);
    for y in area.top() + 1..area.bottom() - 1 {
        put(buffer, area.x, y, "│", 1, style);
        put(buffer, area.right() - 1, y, "│", 1, style);
    }
    if !title.is_empty() {
        let most = area.width.saturating_sub(6);
        let x = put(buffer, area.x + 2, area.y, " ", 1, style);
        let x = put(buffer, x, area.y, title, most, theme.strong());
        put(buffer, x, area.y, " ", 1, style);
    }
}
