//! Buttons in a row: `[ Cool, do it! ]`.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::keys::Action;
use crate::tui::reader::Manner;
use crate::tui::theme::Theme;

use super::{put, text};

/// Draws buttons from left to right, wrapping; the focused one in reverse. Returns the line after them.
pub fn buttons(buffer: &mut Canvas, area: Rect, labels: &[String], focus: Option<usize>, theme: Theme) -> u16 {
    buffer
        .tell_or_draw(|buffer| tell_buttons(buffer, labels, focus), |buffer| drawn(buffer, area, labels, focus, theme))
}

/// For who listens.
pub fn tell_buttons(buffer: &mut Canvas, labels: &[String], focus: Option<usize>) {
    buffer.say(Manner::Plain, format!("buttons: {}", labels.join(", ")));
    if let Some((at, label)) = focus.and_then(|at| Some((at, labels.get(at)?))) {
        buffer.focus(format!("button {label}, {} of {}", at + 1, labels.len()));
    }
}

fn drawn(buffer: &mut Canvas, area: Rect, labels: &[String], focus: Option<usize>, theme: Theme) -> u16 {
    let (mut x, mut y) = (area.x, area.y);
    for (at, label) in labels.iter().enumerate() {
        let shown = format!("[ {label} ]");
        let width = text::width(&shown);
        if x > area.x && x + width > area.right() {
            x = area.x;
            y += 1;
        }
        if y >= area.bottom() {
            break;
        }
        let style = if focus == Some(at) { theme.strong().patch(theme.cursor()) } else { theme.strong() };
        x = put(buffer, x, y, &shown, area.right().saturating_sub(x), style) + 2;
    }
    y + 1
}

/// Which button has the focus after an action, if the action is about that.
pub fn chosen_button(focus: usize, count: usize, action: Action) -> Option<usize> {
    let last = count.saturating_sub(1);
    match action {
        Action::Left | Action::PreviousPane | Action::PreviousField => Some(focus.saturating_sub(1)),
        Action::Right | Action::NextPane | Action::NextField => Some((focus + 1).min(last)),
        _ => None,
    }
}
