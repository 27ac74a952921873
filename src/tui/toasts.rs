//! What passes: a sentence for some seconds, at the lower right. An equal one is not shown twice.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::Timestamp;
use crate::protocol::NoticeLevel;

use super::widgets::{framed, put_wrapped, text};
use super::wish::Notice;
use super::world::World;

/// So many at once; the oldest gives way.
const MOST: usize = 3;

#[derive(Debug, Default)]
pub struct Toasts {
    /// With the time when each goes.
    shown: Vec<(Notice, Timestamp)>,
}

impl Toasts {
    pub fn add(&mut self, notice: Notice, now: Timestamp) {
        if self.shown.iter().any(|(shown, _)| *shown == notice) {
            return;
        }
        let seconds = match notice.level {
            NoticeLevel::Info | NoticeLevel::Success => 5,
            NoticeLevel::Warning | NoticeLevel::Error => 10,
        };
        if self.shown.len() >= MOST {
            self.shown.remove(0);
        }
        self.shown.push((notice, now.plus_seconds(seconds)));
    }

    /// Takes away those whose time is over.
    pub fn age(&mut self, now: Timestamp) {
        self.shown.retain(|(_, until)| now < *until);
    }

    /// When the next one goes.
    pub fn wake(&self) -> Option<Timestamp> {
        self.shown.iter().map(|(_, until)| *until).min()
    }

    pub fn view(&self, area: Rect, buffer: &mut Buffer, world: &World) {
        let theme = world.theme;
        let mut bottom = area.bottom();
        for (notice, _) in self.shown.iter().rev() {
            let most = area.width.saturating_sub(6).min(56);
            let mut lines = text::wrapped(&notice.text, most);
            let words = lines.len();
            lines.extend(notice.hint.iter().flat_map(|hint| text::wrapped(&format!("→ {hint}"), most)));
            let width = lines.iter().map(|line| text::width(line)).max().unwrap_or(0) + 4;
            let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
            if height > bottom.saturating_sub(area.y) {
                break;
            }
            let place = Rect { x: area.right().saturating_sub(width + 1), y: bottom - height, width, height };
            let inner = framed(buffer, place, title(notice.level), theme);
            let style = theme.notice(notice.level);
            for (at, line) in lines.iter().enumerate() {
                let row = Rect { y: inner.y + u16::try_from(at).unwrap_or(0), height: 1, ..inner };
                put_wrapped(buffer, row, line, if at < words { style } else { theme.plain() });
            }
            bottom -= height;
        }
    }
}

/// Nothing is said by colour alone.
fn title(level: NoticeLevel) -> &'static str {
    match level {
        NoticeLevel::Info | NoticeLevel::Success => "",
        NoticeLevel::Warning => "careful",
        NoticeLevel::Error => "trouble",
    }
}
