//! What somebody's hands do: keys, numbers before keys, a pointer.

use crate::tui::canvas::Canvas;

use crate::keys::{Action, Key, Place};
use crate::tui::count::{self, Count};
use crate::tui::head;
use crate::tui::pointer::{Did, NOTCH, Pointer};
use crate::tui::wish::{Asker, Effect, Message, Pane};

use super::Root;

impl Root {
    pub(super) fn press(&mut self, key: Key) -> Vec<Effect> {
        self.toasts.pressed(self.world.now);
        let before = self.count.take();
        let place = self.place();
        let action = self.world.keymap.action(place, key);
        let counts =
            self.popups.is_empty() && !matches!(place, Place::Typing | Place::Letter) && !self.world.too_small();
        if let Some(digit) = count::digit(key).filter(|_| counts) {
            let now = self.world.now;
            if let Some(more) = before.and_then(|before| before.more(digit, now)) {
                self.shown = more.from();
                self.count = Some(more);
                return Vec::new();
            }
            self.count = Some(Count::begin(digit, self.shown, action.map(|_| now)));
        }
        match (action, before.and_then(Count::number)) {
            // One step back: only the number is given up.
            (Some(Action::Back), Some(_)) => Vec::new(),
            (Some(action), Some(number)) => {
                count::counted(action, number).into_iter().flat_map(|action| self.act(action)).collect()
            }
            (Some(action), None) => self.act(action),
            (None, _) => self.tell_top(Message::Key(key)),
        }
    }

    /// The number that counts the next key, to be shown.
    pub(super) fn counting(&self) -> Option<u32> {
        self.count.and_then(Count::number)
    }

    pub(super) fn point(&mut self, pointer: Pointer) -> Vec<Effect> {
        if self.world.too_small() {
            return Vec::new();
        }
        let (head, foot) = (self.world.head(), self.world.foot());
        match pointer.did {
            Did::Press if pointer.y == head.y + 1 => {
                let row = ratatui::layout::Rect { y: pointer.y, height: 1, ..head };
                let tabs =
                    head::tabs(row, &mut Canvas::drawn(row), self.shown, self.products.everything(), &self.world);
                if let Some((pane, _)) = tabs.into_iter().find(|(_, cells)| cells.contains(&pointer.x)) {
                    self.show(pane);
                }
                Vec::new()
            }
            Did::Press if pointer.y == foot.y => {
                let (place, mut scratch) = (self.place(), Canvas::drawn(foot));
                let lacks = |action| self.lacks(action);
                let hints = head::hints(foot, &mut scratch, place, &lacks, &self.world);
                let found = hints.into_iter().find(|(_, cells)| cells.contains(&pointer.x));
                found.map(|(action, _)| self.act(action)).unwrap_or_default()
            }
            Did::WheelDown | Did::WheelUp if !self.popups.is_empty() => {
                let action = if pointer.did == Did::WheelDown { Action::Down } else { Action::Up };
                (0..NOTCH).flat_map(|_| self.tell_top(Message::Action(action))).collect()
            }
            _ if !self.popups.is_empty() => Vec::new(),
            _ => {
                let wishes = match self.shown {
                    Pane::Products => self.products.point(pointer, &self.world),
                    Pane::Report => self.report.point(pointer, &self.world),
                    Pane::Jobs => self.jobs.point(pointer, &self.world),
                    Pane::Journal => self.journal.point(pointer, &self.world),
                };
                self.carry(Asker::Pane(self.shown), wishes)
            }
        }
    }
}
