//! Everything that went wrong since this terminal was opened; none is lost.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::keys::{Action, Place};
use crate::tui::widgets::{Scroll, piece, text};
use crate::tui::wish::{Message, Wish};
use crate::tui::words;
use crate::tui::world::World;

use super::Popup;
use super::reading;

#[derive(Debug, Default)]
pub struct State {
    scroll: Scroll,
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::List
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        reading::update(&mut self.scroll, &message, &[Action::Back, Action::Open, Action::Troubles])
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let width = area.width.saturating_sub(2).min(100);
        let room = width.saturating_sub(4);
        let mut lines: Vec<Line<'static>> = Vec::new();
        for trouble in world.troubles.iter().rev() {
            let style = theme.notice(trouble.notice.level);
            let times = if trouble.times > 1 { format!(", {} times", trouble.times) } else { String::new() };
            lines.push(Line::from(piece(format!("{}{times}", words::ago(world.now, trouble.at)), theme.quiet())));
            lines.extend(text::wrapped(&trouble.notice.text, room).into_iter().map(|line| Line::styled(line, style)));
            let hint = trouble.notice.hint.iter().flat_map(|hint| text::wrapped(&format!("→ {hint}"), room));
            lines.extend(hint.map(|line| Line::styled(line, theme.plain())));
            lines.push(Line::default());
        }
        lines.pop();
        if lines.is_empty() {
            lines.push(Line::from("Nothing went wrong so far"));
        }
        reading::view(&self.scroll, "Troubles", &lines, width, area, buffer, theme);
    }
}
