//! How the whole screen is put together: head, pane, popups, toasts, hints.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::keys::{Action, Place};
use crate::tui::head;
use crate::tui::widgets::put_wrapped;
use crate::tui::wish::Pane;
use crate::tui::world::{Attachment, SMALLEST};

use super::Root;

impl Root {
    pub fn view(&self, buffer: &mut Buffer) {
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
        let body = world.body();
        match self.shown {
            Pane::Products => self.products.view(body, buffer, world),
            Pane::Report => self.report.view(body, buffer, world),
            Pane::Jobs => self.jobs.view(body, buffer, world),
            Pane::Journal => self.journal.view(body, buffer, world),
        }
        self.popups.view(body, buffer, world);
        let question = matches!(self.popups.place(), Some(Place::Choice | Place::Plan));
        self.toasts.view(body, question, buffer, world);
        match self.counting() {
            Some(number) => head::counting(world.foot(), buffer, number, world),
            None => {
                head::hints(world.foot(), buffer, self.place(), &|action| self.lacks(action), world);
            }
        }
        world.theme.finish(buffer);
    }

    /// Whether a key of the place means nothing just now.
    pub(super) fn lacks(&self, action: Action) -> bool {
        match self.popups.place() {
            Some(_) => self.popups.lacks(action),
            None => self.shown == Pane::Report && self.report.lacks(action),
        }
    }
}
