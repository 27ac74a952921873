//! What the root wants done outside: asked, copied, opened, remembered.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Arrangement;
use crate::files::{self, Order};
use crate::platform::Clock;
use crate::protocol::{Event, NoticeLevel, Request};
use crate::tui::root::Incoming;
use crate::tui::wish::{Effect, Tag};
use crate::tui::{alert, reader};
use crate::wardrobe::Dress;

use super::{Engine, Session};

/// How often their time is looked at, at most.
const LOOK: Duration = Duration::from_secs(1);

impl<E: Engine> Session<E> {
    pub(super) fn ask(&mut self, tag: Tag, request: Request) {
        let engine = Arc::clone(&self.engine);
        self.asked.spawn(async move { Incoming::Reply { tag, answer: engine.ask(request).await } });
    }

    pub(super) fn file(&mut self, tag: Tag, order: Order) {
        let engine = Arc::clone(&self.engine);
        let ask = move |request| {
            let engine = Arc::clone(&engine);
            async move { engine.ask(request).await }
        };
        self.asked.spawn(async move { Incoming::Filed { tag, answer: files::carry_out(ask, order).await } });
    }

    pub(super) fn redressed(&mut self) -> Option<Dress> {
        let wardrobe = self.wardrobe.as_mut()?;
        let now = tokio::time::Instant::now();
        if now < self.looked_at + LOOK {
            return None;
        }
        self.looked_at = now;
        wardrobe.changed()
    }

    /// The terminal's mouse and title are as they are wanted.
    pub(super) fn tty_follows(&mut self) {
        if self.face.is_told() {
            return;
        }
        if let Some(bytes) = self.tty.tell_of_pointer(self.root.wants_pointer()) {
            self.line.write(bytes.to_vec());
        }
        let title = self.root.title();
        if title != self.title {
            self.line.write(alert::title(title.as_deref().unwrap_or_default()));
            self.title = title;
        }
    }

    /// Asks the terminal to put text into its clipboard (OSC 52), which is where the person sits, at whatever end of
    /// an SSH line. A terminal that does not know this ignores it.
    pub(super) fn copy(&mut self, text: &str) {
        if reader::is_dumb() {
            self.face.say(format!("This terminal has no clipboard that could be written to; the text is: {text}"));
            return;
        }
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
        self.line.write(format!("\x1b]52;c;{encoded}\x07").into_bytes());
    }

    /// The browser is on its own from here. Where none starts, the address is copied, and that is said.
    pub(super) fn browse(&mut self, address: &str) -> Vec<Effect> {
        let Err(why) = open::that_detached(address) else { return Vec::new() };
        self.copy(address);
        let text = format!("No browser could be started for {address}: {why}");
        self.warn(text, "the address is in your terminal's clipboard")
    }

    pub(super) fn keep(&mut self, arrangement: &Arrangement) -> Vec<Effect> {
        match self.wardrobe.as_mut().map_or(Ok(()), |wardrobe| wardrobe.keep(arrangement)) {
            Ok(()) => Vec::new(),
            Err(why) => self.warn(
                format!("The columns are not remembered: {why}"),
                "they count until you leave; let the folder be written to, and choose them once more",
            ),
        }
    }

    fn warn(&mut self, text: String, hint: &str) -> Vec<Effect> {
        let notice = Event::Notice { level: NoticeLevel::Warning, text, hint: Some(hint.to_owned()), job: None };
        self.root.update(self.clock.now(), Incoming::Event(notice))
    }
}
