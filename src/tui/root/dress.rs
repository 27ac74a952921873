//! How the terminal is to be: settings and keys as the files have them, the mouse, the title.

use crate::protocol::NoticeLevel;
use crate::tui::theme::Theme;
use crate::tui::wish::Notice;
use crate::tui::world::Attachment;
use crate::wardrobe::Dress;

use super::Root;

impl Root {
    pub(super) fn tell_mistakes(&mut self, mistakes: Vec<(String, Option<String>)>) {
        for (text, hint) in mistakes {
            self.trouble(Notice { level: NoticeLevel::Warning, text, hint });
        }
    }

    /// The files were changed while this is open.
    pub(super) fn dress(&mut self, dress: Dress) {
        let Dress { keymap, preferences, arrangement, mistakes } = dress;
        self.world.theme = Theme::of(&preferences, self.brightness, self.no_colour);
        (self.world.keymap, self.world.preferences) = (keymap, preferences);
        self.world.arrangement = arrangement;
        if mistakes.is_empty() {
            let text = "Your settings and keys were read again".to_owned();
            self.toasts.add(Notice { level: NoticeLevel::Info, text, hint: None }, self.world.now);
        }
        self.tell_mistakes(mistakes);
    }

    /// Whether the terminal is to tell of its mouse.
    pub fn wants_pointer(&self) -> bool {
        self.world.preferences.mouse
    }

    /// What the terminal's title is to say, if it is to say something.
    pub fn title(&self) -> Option<String> {
        let status = self.world.status.as_ref();
        let numbers = status.map(|status| [(status.jobs_running, "running"), (status.jobs_troubled, "in trouble")]);
        let words = numbers.into_iter().flatten().filter(|(number, _)| *number > 0);
        let mut words: Vec<String> = words.map(|(number, word)| format!("{number} {word}")).collect();
        if !self.world.attached() && !matches!(self.world.attachment, Attachment::Attaching) {
            words.push("no engine".to_owned());
        }
        words.push("counterpart".to_owned());
        self.world.preferences.title.then(|| words.join(" · "))
    }
}
