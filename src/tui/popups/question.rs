//! Something to decide. The focus stands on the answer that changes least.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::keys::{Action, Place};
use crate::tui::reader::Manner;
use crate::tui::widgets::{chosen_button, framed, highlight, middle, put, put_wrapped, text};
use crate::tui::wish::{Message, Question, Wish};
use crate::tui::world::World;

use super::Popup;

#[derive(Debug)]
pub struct State {
    question: Question,
    focus: usize,
}

impl State {
    pub fn new(question: Question) -> Self {
        Self { question, focus: 0 }
    }

    fn give(&self, answer: usize) -> Vec<Wish> {
        self.question.answers.get(answer).map(|(_, wishes)| wishes.clone()).unwrap_or_default()
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Choice
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        let action = match message {
            Message::Action(action) => action,
            Message::Key(_)
            | Message::Paste(_)
            | Message::Answer { .. }
            | Message::Changed(_)
            | Message::Attached
            | Message::Told(_) => return Vec::new(),
        };
        let last = self.question.answers.len().saturating_sub(1);
        match action {
            Action::Up => self.focus = self.focus.saturating_sub(1),
            Action::Down => self.focus = (self.focus + 1).min(last),
            Action::First => self.focus = 0,
            Action::Last => self.focus = last,
            Action::Open | Action::Toggle => return self.give(self.focus),
            Action::Confirm => return self.question.yes.map(|yes| self.give(yes)).unwrap_or_default(),
            Action::Back => return vec![Wish::Close],
            action => {
                if let Some(focus) = chosen_button(self.focus, self.question.answers.len(), action) {
                    self.focus = focus;
                }
            }
        }
        Vec::new()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let width = area.width.saturating_sub(4).min(72);
        let wrapped: Vec<String> =
            self.question.text.iter().flat_map(|text| text::wrapped(text, width.saturating_sub(4))).collect();
        let height = u16::try_from(wrapped.len() + self.question.answers.len()).unwrap_or(u16::MAX).saturating_add(3);
        let inner = framed(buffer, middle(area, width, height), &self.question.title, theme);
        buffer.tell_or_draw(|buffer| self.tell(buffer, world), |buffer| self.drawn(&wrapped, inner, buffer, world));
    }
}

impl State {
    /// For who listens: the question, all answers, and the one that has the focus.
    fn tell(&self, buffer: &mut Canvas, world: &World) {
        buffer.say_all(Manner::Plain, &self.question.text);
        let answers = self.question.answers.len();
        for (at, (label, _)) in self.question.answers.iter().enumerate() {
            let key = match self.question.yes {
                Some(yes) if yes == at => format!(", also {}", world.key(Place::Choice, Action::Confirm)),
                _ => String::new(),
            };
            let words = format!("answer {} of {answers}: {label}{key}", at + 1);
            if at == self.focus {
                buffer.focus(words.clone());
            }
            buffer.say(Manner::Plain, words);
        }
    }

    fn drawn(&self, wrapped: &[String], inner: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let answers = u16::try_from(self.question.answers.len()).unwrap_or(0);
        // The answers must be seen, whatever the text.
        let room = inner.height.saturating_sub(answers + 1);
        let y = put_wrapped(buffer, Rect { height: room, ..inner }, &wrapped.join("\n"), theme.plain());
        let y = (y + 1).min(inner.bottom().saturating_sub(answers));
        for (at, (label, _)) in self.question.answers.iter().enumerate() {
            let line = Rect { y: y + u16::try_from(at).unwrap_or(0), height: 1, ..inner };
            if line.y >= inner.bottom() {
                break;
            }
            let key = match self.question.yes {
                Some(yes) if yes == at => format!("  ({})", world.key(Place::Choice, Action::Confirm)),
                _ => String::new(),
            };
            put(buffer, line.x, line.y, &format!("[ {label} ]{key}"), line.width, theme.strong());
            if at == self.focus {
                highlight(buffer, line, theme.cursor());
            }
        }
    }
}
