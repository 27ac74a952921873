//! What passes: a sentence for some seconds, at the lower right. An equal one is not shown twice.
//!
//! It never lies over a pane's last line, which says what is ticked, and it gives way to whoever works on: the next key
//! takes away what could be read by then. What went wrong is kept elsewhere.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::domain::Timestamp;
use crate::keys::{Action, Place};
use crate::protocol::NoticeLevel;

use super::widgets::{framed, put_wrapped, text};
use super::wish::Notice;
use super::world::World;

/// So many at once; the oldest gives way.
const MOST: usize = 3;
/// On a screen that is lower than this, the newest alone is drawn.
const LOW: u16 = 18;

#[derive(Debug)]
struct Toast {
    notice: Notice,
    /// From here on the next key takes it away.
    read: Timestamp,
    /// It goes by itself.
    until: Timestamp,
}

#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
}

impl Toasts {
    pub fn add(&mut self, notice: Notice, now: Timestamp) {
        if self.shown.iter().any(|toast| toast.notice == notice) {
            return;
        }
        let (read, gone) = match notice.level {
            NoticeLevel::Info | NoticeLevel::Success => (1, 5),
            NoticeLevel::Warning | NoticeLevel::Error => (4, 10),
        };
        if self.shown.len() >= MOST {
            self.shown.remove(0);
        }
        self.shown.push(Toast { notice, read: now.plus_seconds(read), until: now.plus_seconds(gone) });
    }

    /// Somebody works on.
    pub fn pressed(&mut self, now: Timestamp) {
        self.shown.retain(|toast| now < toast.read);
    }

    /// Takes away those whose time is over.
    pub fn age(&mut self, now: Timestamp) {
        self.shown.retain(|toast| now < toast.until);
    }

    /// When the next one goes.
    pub fn wake(&self) -> Option<Timestamp> {
        self.shown.iter().map(|toast| toast.until).min()
    }

    /// Of what went wrong only the newest is drawn, however much it is: the rest is in the list of troubles.
    fn drawn(&self) -> Vec<(&Notice, usize)> {
        let bad = |toast: &&Toast| matches!(toast.notice.level, NoticeLevel::Warning | NoticeLevel::Error);
        let others = self.shown.iter().filter(bad).count().saturating_sub(1);
        let newest = self.shown.iter().rev().find(bad).map(|toast| (&toast.notice, others));
        let good = self.shown.iter().rev().filter(|toast| !bad(toast)).map(|toast| (&toast.notice, 0));
        newest.into_iter().chain(good).collect()
    }

    /// All of them, for who listens.
    pub fn calls(&self) -> impl Iterator<Item = String> {
        self.shown.iter().map(|toast| {
            let Notice { level, text, hint } = &toast.notice;
            let word = match level {
                NoticeLevel::Info | NoticeLevel::Success => "",
                NoticeLevel::Warning => "Careful: ",
                NoticeLevel::Error => "Trouble: ",
            };
            let hint = hint.iter().map(|hint| format!("; what helps: {hint}"));
            format!("{word}{text}{}", hint.collect::<String>())
        })
    }

    /// At the bottom, or at the top where a question has the middle.
    pub fn view(&self, area: Rect, at_top: bool, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let area = Rect { height: area.height.saturating_sub(1), ..area };
        let (mut top, mut bottom) = (area.y, area.bottom());
        // A question is read before anything else: two of them would reach into it.
        let most = if at_top || area.height < LOW { 1 } else { MOST };
        for (notice, others) in self.drawn().into_iter().take(most) {
            let most = area.width.saturating_sub(6).min(56);
            let mut lines = text::wrapped(&notice.text, most);
            let words = lines.len();
            lines.extend(notice.hint.iter().flat_map(|hint| text::wrapped(&format!("→ {hint}"), most)));
            let title = title(notice.level, others, world);
            let widest = lines.iter().map(|line| text::width(line)).max().unwrap_or(0);
            let width = widest.max((text::width(&title) + 2).min(most)) + 4;
            let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
            if height > bottom.saturating_sub(top) {
                break;
            }
            let y = if at_top { top } else { bottom - height };
            let place = Rect { x: area.right().saturating_sub(width + 1), y, width, height };
            let inner = framed(buffer, place, &title, theme);
            let style = theme.notice(notice.level);
            for (at, line) in lines.iter().enumerate() {
                let row = Rect { y: inner.y + u16::try_from(at).unwrap_or(0), height: 1, ..inner };
                put_wrapped(buffer, row, line, if at < words { style } else { theme.plain() });
            }
            if at_top {
                top += height;
            } else {
                bottom -= height;
            }
        }
    }
}

/// Nothing is said by colour alone.
fn title(level: NoticeLevel, others: usize, world: &World) -> String {
    let word = match level {
        NoticeLevel::Info | NoticeLevel::Success => return String::new(),
        NoticeLevel::Warning => "careful",
        NoticeLevel::Error => "trouble",
    };
    match others {
        0 => word.to_owned(),
        others => format!("{word}, and {others} more: {}", world.key(Place::Everywhere, Action::Troubles)),
    }
}
