//! The Jobs pane: every job, how far it is, and what can be ordered of it.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::domain::{JobId, Timestamp};
use crate::keys::{Action, Place};
use crate::protocol::{JobOrder, JobRow, Problem, Reply, Request, Topic};
use crate::tui::job;
use crate::tui::pointer::Pointer;
use crate::tui::rows::{Pointed, Rows, Slot};
use crate::tui::widgets::{self, list, put_right, put_wrapped};
use crate::tui::wish::{About, Message, Opening, Told, Wish};
use crate::tui::words;
use crate::tui::world::World;

#[derive(Debug)]
pub struct State {
    rows: Rows<(), JobRow>,
    /// Orders are sent one after the other, in the order given.
    orders: VecDeque<(JobId, JobOrder)>,
    sending: Slot,
}

impl Default for State {
    fn default() -> Self {
        Self { rows: Rows::new(()).calm_for(CALM), orders: VecDeque::new(), sending: Slot::default() }
    }
}

/// Progress is looked at once a second: over a slow line more of it is in the way of the keys.
const CALM: i64 = 1_000;

fn list_height(body: Rect) -> u16 {
    body.height.saturating_sub(1)
}

impl State {
    pub fn place(&self) -> Place {
        Place::Jobs
    }

    /// Pressed on the cursor's row it opens that.
    pub fn point(&mut self, pointer: Pointer, world: &World) -> Vec<Wish> {
        match self.rows.point(pointer) {
            Pointed::Again => self.update(Message::Action(Action::Open), world),
            Pointed::From(_) | Pointed::Released | Pointed::Nothing => Vec::new(),
        }
    }

    pub fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Action(action) => self.act(action),
            Message::Key(_) | Message::Paste(_) => Vec::new(),
            Message::Answer { about, number, answer } => self.answered(about, number, answer, world),
            Message::Changed(Topic::Jobs) => {
                self.rows.changed();
                Vec::new()
            }
            Message::Changed(Topic::Products | Topic::Report | Topic::Connections | Topic::History | Topic::Rates) => {
                Vec::new()
            }
            Message::Attached => {
                self.rows.forget();
                self.sending.forget();
                Vec::new()
            }
            Message::Told(Told::Order(job, order)) => {
                self.orders.push_back((job, order));
                Vec::new()
            }
            Message::Told(
                Told::Pushed
                | Told::RejectTicked
                | Told::RejectChosen
                | Told::Linked
                | Told::WholeReport(_)
                | Told::EverythingFound(_)
                | Told::Untick
                | Told::Toggle(_)
                | Told::HistoryOf(_),
            ) => Vec::new(),
        }
    }

    fn act(&mut self, action: Action) -> Vec<Wish> {
        if self.rows.step(action) {
            return Vec::new();
        }
        let Some(row) = self.rows.chosen() else { return Vec::new() };
        if action == Action::Open {
            return vec![Wish::Open(Opening::Steps(row.job.id))];
        }
        job::ordered(action, &row.job).unwrap_or_default()
    }

    pub fn needs(&mut self, world: &World, shown: bool) -> Vec<Wish> {
        let mut wishes = Vec::new();
        self.rows.set_height(list_height(world.body()) / job::LINES);
        if !world.attached() {
            return wishes;
        }
        if shown && let Some((number, (), window)) = self.rows.needs(world.now) {
            wishes.push(Wish::Ask { about: About::Rows, number, request: Request::Jobs { window } });
        }
        if let Some((job, order)) = self.orders.front().copied()
            && let Some(number) = self.sending.ask()
        {
            wishes.push(Wish::Ask { about: About::Order, number, request: Request::Order { job, order } });
        }
        wishes
    }

    pub fn expects(&self) -> bool {
        self.rows.expects()
    }

    pub fn wake(&self) -> Option<Timestamp> {
        self.rows.wake()
    }

    fn answered(&mut self, about: About, number: u64, answer: Result<Reply, Problem>, world: &World) -> Vec<Wish> {
        match about {
            About::Rows => match answer {
                Ok(Reply::Jobs { total, offset, rows }) => {
                    self.rows.answer(number, total, offset, rows);
                    Vec::new()
                }
                answer if self.rows.failed(number, world.now) => {
                    Wish::unanswered("The jobs could not be read", &answer)
                }
                Ok(_) | Err(_) => Vec::new(),
            },
            About::Order if self.sending.take(number) => {
                self.orders.pop_front();
                self.rows.changed();
                match answer {
                    Ok(Reply::Done | Reply::Started { .. } | Reply::Job(_)) => Vec::new(),
                    answer => Wish::unanswered("The job did not take the order", &answer),
                }
            }
            About::Order => Vec::new(),
            _ => Wish::unanswered("That did not work", &answer),
        }
    }

    pub fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        if area.height < 2 {
            return;
        }
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: list_height(area), ..area };
        if self.rows.total() == 0 {
            let key = |action| world.key(Place::Jobs, action);
            let text = if self.rows.is_read() {
                format!(
                    "No jobs yet. What you push from Products ({}) or link from the Link Report ({}) becomes a job; {} \
                     reads all shops, which is one too.",
                    key(Action::ShowProducts),
                    key(Action::ShowReport),
                    key(Action::Import)
                )
            } else if world.attached() {
                "Reading…".to_owned()
            } else {
                "Nothing to show until the engine is there".to_owned()
            };
            put_wrapped(buffer, widgets::middle(inner, 70, 4), &text, theme.plain());
        }
        list(buffer, inner, job::LINES, &self.rows, theme, |buffer, area, _, row| job::draw(buffer, area, row, world));
        let last = Rect { y: area.bottom() - 1, height: 1, ..area };
        if self.rows.total() > 0 {
            let place = format!("job {} of {} ", words::count(self.rows.cursor() + 1), words::count(self.rows.total()));
            buffer.silently(|buffer| put_right(buffer, last, &Line::styled(place, theme.quiet())));
        }
    }
}
