//! Inside a job: its steps, what became of each, and what to do where one failed.

use std::borrow::Cow;

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::domain::{JobId, Timestamp};
use crate::keys::{Action, Place};
use crate::protocol::{JobRow, Problem, Reply, Request, StepFilter, StepRow, Topic};
use crate::tui::job;
use crate::tui::reader::Manner;
use crate::tui::rows::{Rows, Slot};
use crate::tui::theme::Theme;
use crate::tui::widgets::{Column, Columns, framed, list, piece, put, put_line, put_right, put_wrapped};
use crate::tui::wish::{About, Message, Wish};
use crate::tui::words;
use crate::tui::world::World;

use super::Popup;

const FILTERS: [StepFilter; 3] = [StepFilter::All, StepFilter::Troubled, StepFilter::Waiting];

#[derive(Debug)]
pub struct State {
    id: JobId,
    job: Option<JobRow>,
    asked_at: Timestamp,
    wanted: bool,
    slot: Slot,
    rows: Rows<StepFilter, StepRow>,
}

/// The same calm as the lists have.
const CALM: i64 = 500;

impl State {
    pub fn new(id: JobId) -> Self {
        Self {
            id,
            job: None,
            asked_at: Timestamp(i64::MIN),
            wanted: true,
            slot: Slot::default(),
            rows: Rows::new(StepFilter::All),
        }
    }

    fn turn_filter(&mut self, by: usize) {
        let at = FILTERS.iter().position(|filter| filter == self.rows.view()).unwrap_or(0);
        self.rows.show(FILTERS.get((at + by) % FILTERS.len()).copied().unwrap_or_default());
    }

    fn answered(&mut self, about: About, number: u64, answer: Result<Reply, Problem>, world: &World) -> Vec<Wish> {
        match about {
            About::Rows => match answer {
                Ok(Reply::Steps { total, offset, rows }) => {
                    self.rows.answer(number, total, offset, rows);
                    Vec::new()
                }
                answer if self.rows.failed(number, world.now) => {
                    Wish::unanswered("The steps could not be read", &answer)
                }
                Ok(_) | Err(_) => Vec::new(),
            },
            About::Detail if self.slot.take(number) => match answer {
                Ok(Reply::Job(row)) => {
                    self.job = Some(row);
                    Vec::new()
                }
                answer => Wish::unanswered("The job could not be read", &answer),
            },
            About::Detail => Vec::new(),
            _ => Wish::unanswered("That did not work", &answer),
        }
    }

    /// The box's inside: job, filter, list, and below it the words on the step under the cursor.
    fn areas(area: Rect) -> (Rect, Rect, Rect, Rect) {
        // (lines of the job, of the words below); the filter and the titles take one line each.
        let (job, details) = match area.height {
            0..8 => (1, 0),
            8..12 => (2, 2),
            12..16 => (3, 3),
            _ => (3, 5),
        };
        let list = area.height.saturating_sub(job + 2 + details);
        let part = |y: u16, height: u16| {
            let y = (area.y + y).min(area.bottom());
            Rect { y, height: height.min(area.bottom() - y), ..area }
        };
        (part(0, job.min(2)), part(job, 1), part(job + 2, list), part(job + 2 + list, details))
    }

    fn inside(body: Rect) -> Rect {
        Rect {
            x: body.x + 2,
            y: body.y + 1,
            width: body.width.saturating_sub(4),
            height: body.height.saturating_sub(2),
        }
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Steps
    }

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Action(action) => {
                if self.rows.step(action) {
                    return Vec::new();
                }
                match action {
                    Action::Back => return vec![Wish::Close],
                    Action::NextFilter => self.turn_filter(1),
                    Action::PreviousFilter => self.turn_filter(FILTERS.len() - 1),
                    action => {
                        return self.job.as_ref().and_then(|row| job::ordered(action, &row.job)).unwrap_or_default();
                    }
                }
            }
            Message::Answer { about, number, answer } => return self.answered(about, number, answer, world),
            Message::Changed(Topic::Jobs) => {
                self.rows.changed();
                self.wanted = true;
            }
            Message::Attached => {
                self.rows.forget();
                self.slot.forget();
                self.wanted = true;
            }
            Message::Changed(Topic::Products | Topic::Report | Topic::Connections | Topic::History | Topic::Rates)
            | Message::Key(_)
            | Message::Paste(_)
            | Message::Told(_) => {}
        }
        Vec::new()
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        let (_, _, list, _) = Self::areas(Self::inside(world.body()));
        self.rows.set_height(list.height);
        let mut wishes = Vec::new();
        if !world.attached() {
            return wishes;
        }
        if let Some((number, filter, window)) = self.rows.needs(world.now) {
            let request = Request::Steps { job: self.id, filter, window };
            wishes.push(Wish::Ask { about: About::Rows, number, request });
        }
        if self.wanted
            && world.now.0 >= self.asked_at.0.saturating_add(CALM)
            && let Some(number) = self.slot.ask()
        {
            self.wanted = false;
            self.asked_at = world.now;
            wishes.push(Wish::Ask { about: About::Detail, number, request: Request::Job { job: self.id } });
        }
        wishes
    }

    fn expects(&self) -> bool {
        self.rows.expects() || (self.job.is_none() && self.slot.is_open())
    }

    fn wake(&self) -> Option<Timestamp> {
        let job = (self.wanted && !self.slot.is_open()).then_some(Timestamp(self.asked_at.0.saturating_add(CALM)));
        job.into_iter().chain(self.rows.wake()).min()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let inner = framed(buffer, area, "Inside a job", theme);
        let (head, filter, rows, details) = Self::areas(inner);
        if let Some(row) = &self.job {
            job::draw(buffer, head, row, world);
        }
        let mut pieces = vec![piece(format!("{} ", world.key(Place::Steps, Action::NextFilter)), theme.key())];
        for (kind, name) in FILTERS.iter().zip(["all", "in trouble", "waiting"]) {
            pieces.push(match kind == self.rows.view() {
                true => piece(format!("[{name}]"), theme.strong()),
                false => piece(format!(" {name} "), theme.quiet()),
            });
        }
        let kinds = FILTERS.iter().zip(["all steps", "steps in trouble", "steps that wait"]);
        for (_, name) in kinds.filter(|(kind, _)| *kind == self.rows.view()) {
            let key = world.key(Place::Steps, Action::NextFilter);
            buffer.say(Manner::Plain, format!("shown: {name}; {key} shows others"));
        }
        buffer.silently(|buffer| put_line(buffer, filter.x, filter.y, &Line::from(pieces), filter.width));
        if self.rows.total() > 0 {
            let place = format!("{} of {}", words::count(self.rows.cursor() + 1), words::count(self.rows.total()));
            buffer.silently(|buffer| put_right(buffer, filter, &Line::styled(place, theme.quiet())));
        }
        let columns = columns(rows.width);
        columns.head(buffer, Rect { y: rows.y.saturating_sub(1), height: 1, ..rows }, theme);
        if self.rows.total() == 0 && rows.height > 0 {
            let text = match self.rows.view() {
                _ if !self.rows.is_current() => "Reading…",
                StepFilter::All => "This job has no steps: it reads a shop's products",
                StepFilter::Troubled => "Nothing is in trouble: no step failed, and none needs you",
                StepFilter::Waiting => "Nothing waits",
            };
            put(buffer, rows.x, rows.y, text, rows.width, theme.plain());
        }
        list(buffer, rows, 1, &self.rows, theme, |buffer, area, _, row| {
            columns.row(buffer, area, |column| cell(column, row, theme));
        });
        if let Some(row) = self.rows.chosen().filter(|_| details.height > 0) {
            let rest = |y: u16| Rect { y, height: details.bottom().saturating_sub(y), ..details };
            buffer.of_row(|buffer| {
                put(
                    buffer,
                    details.x,
                    details.y,
                    &"─".repeat(usize::from(details.width)),
                    details.width,
                    theme.quiet(),
                );
                let mut y = details.y + 1;
                if let Some(message) = &row.message {
                    y = put_wrapped(buffer, rest(y), message, theme.bad());
                }
                if let Some(hint) = &row.hint {
                    y = put_wrapped(buffer, rest(y), &format!("→ {hint}"), theme.good());
                }
                put_wrapped(buffer, rest(y), &super::plan::words(&row.step), theme.quiet());
            });
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum What {
    State,
    Place,
    Does,
    Subject,
    Change,
}

fn columns(width: u16) -> Columns<What> {
    let wide = width >= 90;
    let columns = vec![
        Column::fixed(What::State, "State", 10).plain(),
        Column::fixed(What::Place, "Where", if wide { 18 } else { 12 }).spare(1),
        Column::fixed(What::Does, "What", if wide { 16 } else { 12 }).plain(),
        Column::flexible(What::Subject, "Product", 12).plain(),
        Column::fixed(What::Change, "Old → new", if wide { 18 } else { 13 }).plain(),
    ];
    Columns::fit(columns, width, if wide { 2 } else { 1 })
}

fn cell<'a>(column: &Column<What>, row: &'a StepRow, theme: Theme) -> (Cow<'a, str>, Style) {
    let step = &row.step;
    match column.what {
        What::State => {
            let style = match row.state.as_str() {
                "done" => theme.good(),
                "failed" | "needs you" => theme.bad(),
                "under way" | "looking up" => theme.accent(),
                _ => theme.quiet(),
            };
            (row.state.as_str().into(), style)
        }
        What::Place => (step.place.as_str().into(), theme.quiet()),
        What::Does => (step.what.as_str().into(), theme.plain()),
        What::Subject => (step.subject.as_str().into(), theme.plain()),
        What::Change => (super::plan::change(step).into(), theme.plain()),
    }
}
