//! What the engine says unasked, and what went wrong: shown, kept, and told to somebody who looks elsewhere.

use crate::domain::clean;
use crate::protocol::{Event, NoticeLevel, Topic};
use crate::tui::wish::{Effect, Notice, Pane};
use crate::tui::world::Trouble;

use super::Root;

/// Kept at most, the oldest give way.
const TROUBLES: usize = 200;
impl Root {
    /// Shown now, and kept.
    pub(super) fn trouble(&mut self, notice: Notice) {
        let notice = cleaned(notice);
        self.toasts.add(notice.clone(), self.world.now);
        let troubles = &mut self.world.troubles;
        let times = match troubles.iter().position(|known| known.notice == notice) {
            Some(at) => troubles.remove(at).times.saturating_add(1),
            None => 1,
        };
        troubles.push(Trouble { notice, at: self.world.now, times });
        if troubles.len() > TROUBLES {
            troubles.remove(0);
        }
    }

    pub(super) fn announced(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Changed { topic, revision: _ } => self.changed(&[topic]),
            Event::Missed => {
                self.changed(&[Topic::Products, Topic::Report, Topic::Jobs, Topic::Connections, Topic::History])
            }
            Event::Notice { level, text, hint, job } => {
                let alert = self.alert(level, &text, job.is_some());
                let notice = Notice { level, text, hint };
                match level {
                    NoticeLevel::Info | NoticeLevel::Success => self.toasts.add(cleaned(notice), self.world.now),
                    NoticeLevel::Warning | NoticeLevel::Error => self.trouble(notice),
                }
                alert.into_iter().collect()
            }
            Event::Stopping { why } => {
                let text = format!("The engine ends: {}. Jobs go on at its next start", clean(&why));
                self.toasts.add(Notice { level: NoticeLevel::Warning, text, hint: None }, self.world.now);
                Vec::new()
            }
        }
    }

    /// What is worth calling somebody for who looks elsewhere.
    fn alert(&self, level: NoticeLevel, text: &str, of_job: bool) -> Option<Effect> {
        let bad = matches!(level, NoticeLevel::Warning | NoticeLevel::Error);
        let worth_it = bad || (of_job && self.shown != Pane::Jobs);
        let (bell, desktop) = (self.world.preferences.bell, self.world.preferences.desktop);
        let text = desktop.then(|| format!("counterpart: {}", clean(text)));
        (worth_it && (bell || desktop)).then_some(Effect::Alert { bell, text })
    }
}

/// Words from the engine may quote a platform.
pub(super) fn cleaned(notice: Notice) -> Notice {
    Notice { text: clean(&notice.text), hint: notice.hint.map(|hint| clean(&hint)), ..notice }
}
