//! A plan before it is confirmed: what it is about, what it costs, every write, and everything refused with its reason.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::domain::{JobKind, Timestamp};
use crate::keys::{Action, Place};
use crate::protocol::{NoticeLevel, PlanStepRow, PlanSummary, Problem, RefusalRow, Reply, Request};
use crate::tui::rows::{Rows, Slot};
use crate::tui::theme::Theme;
use crate::tui::widgets::{
    Column, Columns, buttons, chosen_button, framed, list, middle, piece, put, put_line, put_right, put_wrapped, text,
};
use crate::tui::wish::{About, Message, Pane, Told, Wish};
use crate::tui::words::{count, counted, duration};
use crate::tui::world::World;

use super::Popup;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Showing {
    Summary,
    Writes,
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Button {
    Look,
    Apply,
    Cancel,
}

#[derive(Debug)]
pub struct State {
    summary: PlanSummary,
    showing: Showing,
    focus: usize,
    steps: Rows<(), PlanStepRow>,
    refusals: Rows<(), RefusalRow>,
    apply: Slot,
}

impl State {
    pub fn new(summary: PlanSummary) -> Self {
        Self {
            summary,
            showing: Showing::Summary,
            focus: 0,
            steps: Rows::new(()),
            refusals: Rows::new(()),
            apply: Slot::default(),
        }
    }

    /// A plan without writes cannot be applied.
    fn buttons(&self) -> &'static [Button] {
        if self.summary.steps > 0 {
            &[Button::Look, Button::Apply, Button::Cancel]
        } else {
            &[Button::Look, Button::Cancel]
        }
    }

    /// The seeds' button, with the number.
    fn label(&self, button: Button) -> String {
        match button {
            Button::Look => "Look inside".to_owned(),
            Button::Cancel => "Cancel".to_owned(),
            Button::Apply => {
                let verb = match self.summary.kind {
                    JobKind::Link => "Link",
                    JobKind::Push => "Push",
                    JobKind::Import { .. } => "Read",
                };
                format!("Cool, do it! {verb} {}", self.things())
            }
        }
    }

    /// `35 products`, `100 items`
    fn things(&self) -> String {
        let thing = match self.summary.kind {
            JobKind::Link => "item",
            JobKind::Push | JobKind::Import { .. } => "product",
        };
        counted(self.summary.items, thing)
    }

    fn apply(&mut self) -> Vec<Wish> {
        if self.summary.steps == 0 {
            return vec![Wish::toast(NoticeLevel::Info, "There is nothing to do in this plan")];
        }
        let Some(number) = self.apply.ask() else { return Vec::new() };
        vec![Wish::Ask { about: About::Apply, number, request: Request::Apply { plan: self.summary.plan } }]
    }

    /// Away with the plan. The engine forgets it; nobody waits for its word on that.
    fn cancel(&self) -> Vec<Wish> {
        if self.apply.is_open() {
            return vec![Wish::toast(NoticeLevel::Info, "The job is being started, one moment")];
        }
        let request = Request::DropPlan { plan: self.summary.plan };
        vec![Wish::Ask { about: About::Drop, number: 1, request }, Wish::Close]
    }

    fn look(&mut self) {
        self.showing = if self.summary.steps > 0 { Showing::Writes } else { Showing::Refused };
    }

    fn act(&mut self, action: Action) -> Vec<Wish> {
        if action == Action::Confirm {
            return self.apply();
        }
        match self.showing {
            Showing::Summary => match action {
                Action::Open | Action::Toggle => match self.buttons().get(self.focus) {
                    Some(Button::Look) => self.look(),
                    Some(Button::Apply) => return self.apply(),
                    Some(Button::Cancel) | None => return self.cancel(),
                },
                Action::NextFilter => self.look(),
                Action::Back => return self.cancel(),
                Action::Up => self.focus = self.focus.saturating_sub(1),
                Action::Down => self.focus = (self.focus + 1).min(self.buttons().len() - 1),
                action => {
                    if let Some(focus) = chosen_button(self.focus, self.buttons().len(), action) {
                        self.focus = focus;
                    }
                }
            },
            Showing::Writes | Showing::Refused => match action {
                Action::Back => self.showing = Showing::Summary,
                Action::NextFilter | Action::PreviousFilter | Action::NextPane | Action::PreviousPane => {
                    self.showing = if self.showing == Showing::Writes { Showing::Refused } else { Showing::Writes };
                }
                action => {
                    let _ = if self.showing == Showing::Writes {
                        self.steps.step(action)
                    } else {
                        self.refusals.step(action)
                    };
                }
            },
        }
        Vec::new()
    }

    fn answered(&mut self, about: About, number: u64, answer: Result<Reply, Problem>, world: &World) -> Vec<Wish> {
        match about {
            About::Rows => match answer {
                Ok(Reply::PlanSteps { total, offset, rows }) => {
                    self.steps.answer(number, total, offset, rows);
                    Vec::new()
                }
                answer if self.steps.failed(number, world.now) => {
                    Wish::unanswered("The plan's writes could not be read", &answer)
                }
                Ok(_) | Err(_) => Vec::new(),
            },
            About::Refusals => match answer {
                Ok(Reply::PlanRefusals { total, offset, rows }) => {
                    self.refusals.answer(number, total, offset, rows);
                    Vec::new()
                }
                answer if self.refusals.failed(number, world.now) => {
                    Wish::unanswered("The refusals could not be read", &answer)
                }
                Ok(_) | Err(_) => Vec::new(),
            },
            About::Apply if self.apply.take(number) => match answer {
                Ok(Reply::Started { .. }) => self.started(world),
                answer => Wish::unanswered("The plan could not be started", &answer),
            },
            About::Apply => Vec::new(),
            _ => Wish::unanswered("That did not work", &answer),
        }
    }

    fn started(&self, world: &World) -> Vec<Wish> {
        let (pane, told) = match self.summary.kind {
            JobKind::Link => (Pane::Report, Told::Linked),
            JobKind::Push | JobKind::Import { .. } => (Pane::Products, Told::Pushed),
        };
        let key = world.key(Place::Everywhere, Action::ShowJobs);
        let text = format!("Started: {}. {key} shows how far it is", self.summary.title);
        vec![Wish::Close, Wish::Tell(pane, told), Wish::toast(NoticeLevel::Success, text)]
    }

    fn rows_area(area: Rect) -> Rect {
        Rect { y: area.y + 2, height: area.height.saturating_sub(6), ..area }
    }
}

/// `12 → 7`, `→ 7`, or nothing.
pub(super) fn change(step: &PlanStepRow) -> String {
    match (&step.old, &step.new) {
        (Some(old), Some(new)) => format!("{old} → {new}"),
        (None, Some(new)) => format!("→ {new}"),
        (Some(old), None) => format!("{old} →"),
        (None, None) => String::new(),
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Plan
    }

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Action(action) => self.act(action),
            Message::Answer { about, number, answer } => self.answered(about, number, answer, world),
            Message::Attached => {
                self.steps.forget();
                self.refusals.forget();
                self.apply.forget();
                Vec::new()
            }
            Message::Key(_) | Message::Paste(_) | Message::Changed(_) | Message::Told(_) => Vec::new(),
        }
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        let body = world.body();
        let height = Self::rows_area(Rect { height: body.height.saturating_sub(2), ..body }).height;
        let plan = self.summary.plan;
        if !world.attached() {
            return Vec::new();
        }
        let asked = match self.showing {
            Showing::Summary => None,
            Showing::Writes => {
                self.steps.set_height(height);
                let next = self.steps.needs(world.now);
                next.map(|(number, (), window)| (About::Rows, number, Request::PlanSteps { plan, window }))
            }
            Showing::Refused => {
                self.refusals.set_height(height / 2);
                let next = self.refusals.needs(world.now);
                next.map(|(number, (), window)| (About::Refusals, number, Request::PlanRefusals { plan, window }))
            }
        };
        asked.map(|(about, number, request)| Wish::Ask { about, number, request }).into_iter().collect()
    }

    fn expects(&self) -> bool {
        self.steps.expects() || self.refusals.expects() || self.apply.is_open()
    }

    fn wake(&self) -> Option<Timestamp> {
        match self.showing {
            Showing::Summary => None,
            Showing::Writes => self.steps.wake(),
            Showing::Refused => self.refusals.wake(),
        }
    }

    fn view(&self, area: Rect, buffer: &mut Buffer, world: &World) {
        match self.showing {
            Showing::Summary => self.view_summary(area, buffer, world),
            Showing::Writes | Showing::Refused => self.view_inside(area, buffer, world),
        }
    }
}

impl State {
    fn view_summary(&self, area: Rect, buffer: &mut Buffer, world: &World) {
        let theme = world.theme;
        let summary = &self.summary;
        let width = area.width.min(84);
        let mut lines: Vec<(String, Style)> = Vec::new();
        let mut add = |words: &str, style: Style| {
            lines.extend(text::wrapped(words, width.saturating_sub(4)).into_iter().map(|line| (line, style)));
        };
        match summary.steps {
            0 => add("Nothing can be done of what was asked.", theme.strong()),
            steps => add(&format!("{}, in {}.", self.things(), counted(steps, "write")), theme.strong()),
        }
        if summary.refused > 0 {
            let words = format!("{} refused, each with its reason: look inside.", counted(summary.refused, "item"));
            add(&words, theme.warning());
        }
        add("", theme.plain());
        for cost in summary.costs.iter().filter(|cost| cost.calls > 0) {
            let calls = counted(cost.calls, "call");
            let time = duration(cost.seconds.max(1));
            add(&format!("{}: {calls}, about {time}", cost.connection), theme.plain());
        }
        if summary.steps > 0 {
            let time = duration(summary.seconds.max(1));
            let words = format!(
                "Ready in about {time}, at the shops' own rate limits. You can go on meanwhile, and leave: jobs go on."
            );
            add(&words, theme.quiet());
        }
        if self.apply.is_open() {
            add("Starting…", theme.accent());
        }
        let labels: Vec<String> = self.buttons().iter().map(|button| self.label(*button)).collect();
        // Two borders, a blank, the buttons, the word on them.
        let wide = labels.iter().map(|label| text::width(label) + 6).sum::<u16>() > width.saturating_sub(2);
        let below = 2 + u16::from(wide);
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(3 + below);
        let inner = framed(buffer, middle(area, width, height), &summary.title, theme);
        // The buttons must be seen, whatever the text.
        let first = inner.bottom().saturating_sub(below).max(inner.y);
        for (y, (line, style)) in (inner.y..first).zip(&lines) {
            put(buffer, inner.x, y, line, inner.width, *style);
        }
        let rest = |y: u16| Rect { y, height: inner.bottom().saturating_sub(y), ..inner };
        let after = buttons(buffer, rest(first), &labels, Some(self.focus), theme);
        if summary.steps > 0 {
            let yes = world.key(Place::Plan, Action::Confirm);
            let words = format!("Enter presses the marked button; {yes} does it at once");
            put_wrapped(buffer, rest(after), &words, theme.quiet());
        }
    }

    fn view_inside(&self, area: Rect, buffer: &mut Buffer, world: &World) {
        let theme = world.theme;
        let inner = framed(buffer, area, &self.summary.title, theme);
        let tab = |name: String, showing: Showing| match self.showing == showing {
            true => piece(format!("[{name}]"), theme.strong()),
            false => piece(format!(" {name} "), theme.quiet()),
        };
        let key = |action| world.key(Place::Plan, action);
        let pieces = vec![
            piece(format!("{} ", key(Action::NextFilter)), theme.key()),
            tab(counted(self.summary.steps, "write"), Showing::Writes),
            tab(format!("{} refused", count(self.summary.refused)), Showing::Refused),
        ];
        put_line(buffer, inner.x, inner.y, &Line::from(pieces), inner.width);
        let rows = Self::rows_area(inner);
        let below = Rect { y: rows.bottom(), height: inner.bottom().saturating_sub(rows.bottom()), ..inner };
        // What the columns have no room for, of the row under the cursor.
        let words = Rect { height: below.height.saturating_sub(1), ..below };
        let place = |cursor: u64, total: u64| match total {
            0 => String::new(),
            total => format!("{} of {}", count(cursor + 1), count(total)),
        };
        let first = Rect { height: 1, ..inner };
        if self.showing == Showing::Writes {
            put_right(buffer, first, &Line::styled(place(self.steps.cursor(), self.steps.total()), theme.quiet()));
            let columns = columns(rows.width);
            columns.head(buffer, Rect { y: rows.y - 1, height: 1, ..rows }, theme);
            list(buffer, rows, 1, &self.steps, theme, |buffer, area, _, row| {
                columns.row(buffer, area, |column| cell(column, row, theme));
            });
            if let Some(step) = self.steps.chosen() {
                put_wrapped(buffer, words, &step.reason, theme.plain());
            }
        } else {
            put_right(
                buffer,
                first,
                &Line::styled(place(self.refusals.cursor(), self.refusals.total()), theme.quiet()),
            );
            if self.summary.refused == 0 {
                put(buffer, rows.x, rows.y, "Nothing is refused", rows.width, theme.plain());
            }
            list(buffer, rows, 2, &self.refusals, theme, |buffer, area, _, row| {
                put(buffer, area.x, area.y, &row.subject, area.width, theme.strong());
                let reasons: Vec<&str> = row.reasons.iter().map(|(_, sentence)| sentence.as_str()).collect();
                let width = area.width.saturating_sub(2);
                put(buffer, area.x + 2, area.y + 1, &reasons.join("; "), width, theme.warning());
            });
            if let Some(row) = self.refusals.chosen() {
                let reasons: Vec<&str> = row.reasons.iter().map(|(_, sentence)| sentence.as_str()).collect();
                put_wrapped(buffer, words, &reasons.join("\n"), theme.plain());
            }
        }
        if below.height > 0 {
            let line = Rect { y: below.bottom() - 1, height: 1, ..below };
            let words =
                format!("{}: {}   {}: back", key(Action::Confirm), self.label(Button::Apply), key(Action::Back));
            if self.summary.steps > 0 {
                put(buffer, line.x, line.y, &words, line.width, theme.quiet());
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum What {
    Place,
    Does,
    Subject,
    Change,
    Reason,
}

fn columns(width: u16) -> Columns<What> {
    let wide = width >= 100;
    let columns = vec![
        Column::fixed(What::Place, "Where", if wide { 18 } else { 14 }),
        Column::fixed(What::Does, "What", 16),
        Column::flexible(What::Subject, "Product", 16),
        Column::fixed(What::Change, "Old → new", if wide { 18 } else { 13 }),
        Column::fixed(What::Reason, "Why", 28).spare(1),
    ];
    Columns::fit(columns, width, if wide { 2 } else { 1 })
}

fn cell<'a>(column: &Column<What>, step: &'a PlanStepRow, theme: Theme) -> (Cow<'a, str>, Style) {
    match column.what {
        What::Place => (step.place.as_str().into(), theme.quiet()),
        What::Does => (step.what.as_str().into(), theme.plain()),
        What::Subject => (step.subject.as_str().into(), theme.plain()),
        What::Change => (change(step).into(), theme.strong()),
        What::Reason => (step.reason.as_str().into(), theme.quiet()),
    }
}
