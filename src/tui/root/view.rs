//! How the whole screen is put together: head, pane, popups, toasts, hints.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::keys::{Action, Place};
use crate::tui::head;
use crate::tui::reader::Manner;
use crate::tui::widgets::put_wrapped;
use crate::tui::wish::{Asker, Pane};
use crate::tui::world::{Attachment, SMALLEST};

use super::Root;

impl Root {
    pub fn view(&self, buffer: &mut Canvas) {
        let world = &self.world;
        let screen = world.screen;
        if world.too_small() {
            let (width, height) = SMALLEST;
            let key = world.key(Place::Everywhere, Action::Quit);
            let text = format!(
                "counterpart needs {width} × {height} cells, this window has {} × {}. Make it larger; {key} leaves",
                screen.width, screen.height
            );
            put_wrapped(buffer, screen, &text, world.theme.plain());
            world.theme.finish(buffer);
            return;
        }
        buffer.silently(|buffer| self.view_head(buffer));
        let body = world.body();
        buffer.layer(Asker::Pane(self.shown), self.shown.title());
        match self.shown {
            Pane::Products => self.products.view(body, buffer, world),
            Pane::Report => self.report.view(body, buffer, world),
            Pane::Jobs => self.jobs.view(body, buffer, world),
            Pane::Journal => self.journal.view(body, buffer, world),
        }
        self.popups.view(body, buffer, world);
        let question = matches!(self.popups.place(), Some(Place::Choice | Place::Plan));
        if let Some(number) = self.counting() {
            buffer.say(Manner::Result, format!("{number} times, with the next key that moves"));
        }
        buffer.silently(|buffer| {
            self.toasts.view(body, question, buffer, world);
            match self.counting() {
                Some(number) => head::counting(world.foot(), buffer, number, world),
                None => {
                    head::hints(world.foot(), buffer, self.place(), &|action| self.lacks(action), world);
                }
            }
        });
        if buffer.is_heard() {
            self.call(buffer);
        }
        world.theme.finish(buffer);
    }

    /// The head for who looks at it.
    fn view_head(&self, buffer: &mut Canvas) {
        let world = &self.world;
        let head = world.head();
        let line = |at: u16| Rect { y: head.y + at, height: 1, ..head };
        head::header(line(0), buffer, world);
        head::tabs(line(1), buffer, self.shown, self.products.everything(), world);
        let mut at = 2;
        if !world.attached() && !matches!(world.attachment, Attachment::Attaching) {
            head::banner(line(at), buffer, world);
            at += 1;
        }
        if at < head.height {
            let rule = "─".repeat(usize::from(head.width));
            crate::tui::widgets::put(buffer, head.x, head.y + at, &rule, head.width, world.theme.quiet());
        }
    }

    /// Who listens is told what came, and what the head and the hint bar show when he asks for it.
    fn call(&self, buffer: &mut Canvas) {
        if let Some(lost) = head::lost(&self.world) {
            buffer.lost(lost);
        }
        for call in self.toasts.calls() {
            buffer.call(call);
        }
        let lacks = |action| self.lacks(action);
        for aside in head::aloud(&self.world).into_iter().chain([head::keys_aloud(self.place(), &lacks, &self.world)]) {
            buffer.aside(aside);
        }
    }

    /// Whether a key of the place means nothing just now.
    pub(super) fn lacks(&self, action: Action) -> bool {
        match self.popups.place() {
            Some(_) => self.popups.lacks(action),
            None => self.shown == Pane::Report && self.report.lacks(action),
        }
    }
}
