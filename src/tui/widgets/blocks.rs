//! Things of several lines each, below each other: from the first one that leaves the chosen one in sight.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::reader::{Manner, aloud};
use crate::tui::theme::Theme;

use super::{highlight, put_line};

/// Draws them; the first line of the chosen one in reverse.
pub fn blocks(buffer: &mut Canvas, area: Rect, blocks: &[Vec<Line<'static>>], chosen: usize, theme: Theme) {
    buffer.tell_or_draw(
        |buffer| {
            let lines = blocks.get(chosen).into_iter().flatten().map(|line| aloud(&line.to_string()));
            let words: Vec<String> = lines.filter(|words| !words.is_empty()).collect();
            buffer.row(chosen as u64, blocks.len() as u64, |buffer| buffer.say(Manner::Plain, words.join("; ")));
        },
        |buffer| drawn(buffer, area, blocks, chosen, theme),
    );
}

fn drawn(buffer: &mut Canvas, area: Rect, blocks: &[Vec<Line<'static>>], chosen: usize, theme: Theme) {
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
