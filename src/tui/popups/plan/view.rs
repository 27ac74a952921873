//! How a plan looks: its summary, and what is inside.

use std::borrow::Cow;

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::keys::{Action, Place};
use crate::protocol::PlanStepRow;
use crate::tui::reader::Manner;
use crate::tui::theme::Theme;
use crate::tui::widgets::{
    Column, Columns, buttons, framed, list, middle, piece, put, put_line, put_right, put_wrapped, text,
};
use crate::tui::words::{about, count, counted};
use crate::tui::world::World;

use super::{Button, Showing, State};

/// What a link does. Its members are the same two shops in every row, and told in [`words`].
const LINK: &str = "link";

/// `12 → 7`, `→ 7`, `→ linked`, or nothing.
pub fn change(step: &PlanStepRow) -> String {
    match (&step.old, &step.new) {
        _ if step.what == LINK => "→ linked".to_owned(),
        (Some(old), Some(new)) => format!("{old} → {new}"),
        (None, Some(new)) => format!("→ {new}"),
        (Some(old), None) => format!("{old} →"),
        (None, None) => String::new(),
    }
}

/// What the columns have no room for.
pub fn words(step: &PlanStepRow) -> String {
    match &step.new {
        Some(members) if step.what == LINK => format!("{members}: {}", step.reason),
        _ => step.reason.clone(),
    }
}

impl State {
    pub(super) fn view_summary(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let summary = &self.summary;
        let width = area.width.min(84);
        let mut lines: Vec<(String, Style)> = Vec::new();
        let mut add = |words: &str, style: Style| {
            lines.extend(text::wrapped(words, width.saturating_sub(4)).into_iter().map(|line| (line, style)));
        };
        match summary.steps {
            0 => {
                let words = "Nothing is left of what was chosen: it is done already, or gone meanwhile. Refresh, and \
                             choose again.";
                add(words, theme.strong());
            }
            steps => {
                let items = self.things(summary.items);
                add(&format!("{items}, in {}.", counted(steps, "write")), theme.strong());
            }
        }
        if summary.refused > 0 {
            let words = format!("{} refused, each with its reason: look inside.", self.things(summary.refused));
            add(&words, theme.warning());
        }
        for warning in &summary.warnings {
            add(&format!("! {warning}. Look inside first."), theme.warning());
        }
        if summary.steps > 0 {
            add("", theme.plain());
        }
        for cost in summary.costs.iter().filter(|cost| cost.calls > 0) {
            let calls = counted(cost.calls, "call");
            let time = about(cost.seconds);
            add(&format!("{}: {calls}, {time}", cost.connection), theme.plain());
        }
        if summary.steps > 0 {
            let time = about(summary.seconds);
            let words = format!(
                "Ready in {time}, at the shops' own rate limits. You can go on meanwhile, and leave: jobs go on."
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
        let inner = framed(buffer, middle(area, width, height), &self.title(), theme);
        // The buttons must be seen, whatever the text.
        let first = inner.bottom().saturating_sub(below).max(inner.y);
        let tell = |buffer: &mut Canvas| {
            let told: Vec<Line<'_>> = lines.iter().map(|(line, style)| Line::styled(line.as_str(), *style)).collect();
            buffer.say_all(Manner::Plain, text::unwrapped(&told, width.saturating_sub(4)));
        };
        buffer.tell_or_draw(tell, |buffer| {
            for (y, (line, style)) in (inner.y..first).zip(&lines) {
                put(buffer, inner.x, y, line, inner.width, *style);
            }
        });
        let rest = |y: u16| Rect { y, height: inner.bottom().saturating_sub(y), ..inner };
        let after = buttons(buffer, rest(first), &labels, Some(self.focus), theme);
        if summary.steps > 0 {
            let yes = world.key(Place::Plan, Action::Confirm);
            let words = format!("Enter presses the marked button; {yes} does it at once");
            put_wrapped(buffer, rest(after), &words, theme.quiet());
        }
    }

    pub(super) fn view_inside(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let inner = framed(buffer, area, &self.title(), theme);
        let tab = |name: String, showing: Showing| match self.showing == showing {
            true => piece(format!("[{name}]"), theme.strong()),
            false => piece(format!(" {name} "), theme.quiet()),
        };
        let key = |action| world.key(Place::Plan, action);
        let pieces = if self.is_void() {
            let words = format!("{} refused, each with its reason", self.things(self.summary.refused));
            vec![piece(words, theme.warning())]
        } else {
            vec![
                piece(format!("{} ", key(Action::NextFilter)), theme.key()),
                tab(counted(self.summary.steps, "write"), Showing::Writes),
                tab(format!("{} refused", count(self.summary.refused)), Showing::Refused),
            ]
        };
        buffer.tell_or_draw(
            |buffer| buffer.say(Manner::Plain, self.shown_in_words()),
            |buffer| put_line(buffer, inner.x, inner.y, &Line::from(pieces), inner.width),
        );
        let rows = Self::rows_area(inner);
        let below = Rect { y: rows.bottom(), height: inner.bottom().saturating_sub(rows.bottom()), ..inner };
        // What the columns have no room for, of the row under the cursor.
        let details = Rect { height: below.height.saturating_sub(1), ..below };
        let place = |cursor: u64, total: u64| match total {
            0 => String::new(),
            total => format!("{} of {}", count(cursor + 1), count(total)),
        };
        let first = Rect { height: 1, ..inner };
        if self.showing == Showing::Writes {
            let place = Line::styled(place(self.steps.cursor(), self.steps.total()), theme.quiet());
            buffer.silently(|buffer| put_right(buffer, first, &place));
            let columns = columns(rows.width);
            columns.head(buffer, Rect { y: rows.y - 1, height: 1, ..rows }, theme);
            list(buffer, rows, 1, &self.steps, theme, |buffer, area, _, row| {
                columns.row(buffer, area, |column| cell(column, row, theme));
            });
            // The last column says the rest of all but a link.
            if let Some(step) = self.steps.chosen().filter(|step| !buffer.is_heard() || step.what == LINK) {
                buffer.of_row(|buffer| put_wrapped(buffer, details, &words(step), theme.plain()));
            }
        } else {
            let place = Line::styled(place(self.refusals.cursor(), self.refusals.total()), theme.quiet());
            buffer.silently(|buffer| put_right(buffer, first, &place));
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
                // The row has said them.
                buffer.silently(|buffer| put_wrapped(buffer, details, &reasons.join("\n"), theme.plain()));
            }
        }
        if below.height > 0 {
            let line = Rect { y: below.bottom() - 1, height: 1, ..below };
            let words = match self.is_void() {
                true => format!("{}: back, to choose others", key(Action::Back)),
                false => format!(
                    "{}: {}   {}: to the buttons   {}: back",
                    key(Action::Confirm),
                    self.label(Button::Apply),
                    key(Action::Open),
                    key(Action::Back)
                ),
            };
            buffer.tell_or_draw(
                |buffer| buffer.say(Manner::Quiet, words.as_str()),
                |buffer| put(buffer, line.x, line.y, &words, line.width, theme.quiet()),
            );
        }
    }

    /// Which of the two lists is shown, for who listens.
    fn shown_in_words(&self) -> String {
        let refused = format!("{} refused, each with its reason", self.things(self.summary.refused));
        match self.showing {
            Showing::Writes if !self.is_void() => {
                format!("shown: {}; the other list: {refused}", counted(self.summary.steps, "write"))
            }
            Showing::Summary | Showing::Writes | Showing::Refused => format!("shown: {refused}"),
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
        Column::fixed(What::Does, "What", 16).plain(),
        Column::flexible(What::Subject, "Product", 16).plain(),
        Column::fixed(What::Change, "Old → new", if wide { 18 } else { 13 }).plain(),
        Column::fixed(What::Reason, "Why", 28).spare(1).plain(),
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
