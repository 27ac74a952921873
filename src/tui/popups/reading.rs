//! A popup that is only read: lines in a box, scrolled, closed by the keys that opened it or lead back.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::keys::Action;
use crate::tui::reader::Manner;
use crate::tui::theme::Theme;
use crate::tui::widgets::{Scroll, framed, middle, put, put_line, text};
use crate::tui::wish::{Message, Wish};

/// Scrolls, or closes on one of these actions.
pub fn update(scroll: &mut Scroll, message: &Message, closing: &[Action]) -> Vec<Wish> {
    match message {
        Message::Action(action) if closing.contains(action) => vec![Wish::Close],
        Message::Action(action) => {
            scroll.step(*action);
            Vec::new()
        }
        Message::Key(_)
        | Message::Paste(_)
        | Message::Answer { .. }
        | Message::Changed(_)
        | Message::Attached
        | Message::Told(_) => Vec::new(),
    }
}

/// Draws a box so wide and as high as its lines, in the middle of `area`.
pub fn view(
    scroll: &Scroll,
    title: &str,
    lines: &[Line<'_>],
    width: u16,
    area: Rect,
    buffer: &mut Canvas,
    theme: Theme,
) {
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let place = middle(area, width, height);
    let inner = framed(buffer, place, title, theme);
    buffer.tell_or_draw(
        |buffer| buffer.say_all(Manner::Plain, text::unwrapped(lines, inner.width)),
        |buffer| drawn(scroll, lines, inner, place.intersection(area), buffer, theme),
    );
}

/// The lines that fit, and on the frame how many there are.
fn drawn(scroll: &Scroll, lines: &[Line<'_>], inner: Rect, place: Rect, buffer: &mut Canvas, theme: Theme) {
    let top = scroll.top(lines.len(), inner.height);
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(top)) {
        put_line(buffer, inner.x, y, line, inner.width);
    }
    if let Some(shown) = scroll.shown() {
        // On the frame, so that it takes no line away.
        let hint = format!(" {shown}, ↑ ↓ scroll ");
        let wide = text::width(&hint);
        let y = place.bottom().saturating_sub(1);
        put(buffer, inner.right().saturating_sub(wide), y, &hint, wide, theme.strong());
    }
}
