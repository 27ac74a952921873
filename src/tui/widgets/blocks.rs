//! Things of several lines each, below each other: from the first one that leaves the chosen one in sight.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::theme::Theme;

use super::{highlight, put_line};

/// Draws them; the first line of the chosen one in reverse.
pub fn blocks(buffer: &mut Buffer, area: Rect, blocks: &[Vec<Line<'static>>], chosen: usize, theme: Theme) {
    let height = |from: usize| blocks.get(from..=chosen).unwrap_or_default().iter().map(Vec::len).sum::<usize>();
    let first = (0..chosen).find(|from| height(*from) <= usize::from(area.height)).unwrap_or(chosen);
    let shown = blocks.iter().enumerate().skip(first);
    let lines = shown.flat_map(|(at, block)| block.iter().enumerate().map(move |(number, line)| (at, number, line)));
    for (y, (at, number, line)) in (area.y..area.bottom()).zip(lines) {
        put_line(buffer, area.x, y, line, area.width);
        if at == chosen && number == 0 {
            highlight(buffer, Rect { y, height: 1, ..area }, theme.cursor());
        }
    }
}
