//! A short form: choices and lines of text, then two buttons. What it is about is the business of who shows it.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::keys::{Action, Code, Key};
use crate::protocol::Problem;
use crate::tui::reader::Manner;
use crate::tui::theme::Theme;
use crate::tui::widgets::{Entry, buttons, framed, highlight, middle, put, put_wrapped, tell_buttons, text};
use crate::tui::wish::Message;

/// What stands on one line.
#[derive(Debug)]
pub enum Field {
    /// One of several, turned with ← → or blank.
    Choice {
        options: Vec<String>,
        at: usize,
    },
    Text(Entry),
}

#[derive(Debug)]
pub struct Row {
    pub label: String,
    pub field: Field,
    /// Shown while the row has the focus.
    pub help: String,
}

impl Row {
    pub fn choice(label: &str, options: Vec<String>, at: usize, help: &str) -> Self {
        let at = at.min(options.len().saturating_sub(1));
        Self { label: label.to_owned(), field: Field::Choice { options, at }, help: help.to_owned() }
    }

    pub fn switch(label: &str, on: bool, help: &str) -> Self {
        Self::choice(label, vec!["off".to_owned(), "on".to_owned()], usize::from(on), help)
    }

    pub fn text(label: &str, text: &str, help: &str) -> Self {
        Self { label: label.to_owned(), field: Field::Text(Entry::new(text)), help: help.to_owned() }
    }
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Stay,
    Close,
    /// The first button was pressed.
    Done,
}

#[derive(Debug)]
pub struct Sheet {
    rows: Vec<Row>,
    /// What the first button says.
    done: String,
    focus: usize,
    /// What is wrong with what stands there; cleared by the next key.
    pub problem: Option<String>,
}

impl Sheet {
    pub fn new(rows: Vec<Row>, done: &str) -> Self {
        Self { rows, done: done.to_owned(), focus: 0, problem: None }
    }

    /// The chosen option of a row; 0 if it is no choice.
    pub fn chosen(&self, row: usize) -> usize {
        match self.rows.get(row).map(|row| &row.field) {
            Some(Field::Choice { at, .. }) => *at,
            Some(Field::Text(_)) | None => 0,
        }
    }

    /// Chooses an option of a row.
    pub fn choose(&mut self, row: usize, option: usize) {
        if let Some(Field::Choice { at, options }) = self.rows.get_mut(row).map(|row| &mut row.field) {
            *at = option.min(options.len().saturating_sub(1));
        }
    }

    pub fn is_on(&self, row: usize) -> bool {
        self.chosen(row) == 1
    }

    pub fn typed(&self, row: usize) -> &str {
        match self.rows.get(row).map(|row| &row.field) {
            Some(Field::Text(entry)) => entry.text().trim(),
            Some(Field::Choice { .. }) | None => "",
        }
    }

    /// Something is wrong with a row: it is said, and the row gets the focus.
    pub fn complain(&mut self, row: usize, problem: impl Into<String>) {
        self.focus = row;
        self.problem = Some(problem.into());
    }

    /// The same of what somebody else found wrong, with what to do.
    pub fn refuse(&mut self, row: usize, problem: Problem) {
        let hint = problem.hint.map(|hint| format!(": {hint}")).unwrap_or_default();
        self.complain(row, format!("{}{hint}", problem.message));
    }

    pub fn update(&mut self, message: &Message) -> Outcome {
        match message {
            Message::Action(action) => self.act(*action),
            Message::Key(key) => {
                self.problem = None;
                self.press(*key);
                Outcome::Stay
            }
            Message::Paste(pasted) => {
                if let Some(Row { field: Field::Text(entry), .. }) = self.rows.get_mut(self.focus) {
                    entry.paste(pasted);
                    self.problem = None;
                }
                Outcome::Stay
            }
            Message::Answer { .. } | Message::Changed(_) | Message::Attached | Message::Told(_) => Outcome::Stay,
        }
    }

    fn act(&mut self, action: Action) -> Outcome {
        let last = self.rows.len() + 1;
        match action {
            Action::Back => return Outcome::Close,
            Action::NextField | Action::Down => self.focus = (self.focus + 1).min(last),
            Action::PreviousField | Action::Up => self.focus = self.focus.saturating_sub(1),
            Action::Confirm | Action::Open if self.focus == self.rows.len() => return Outcome::Done,
            Action::Confirm | Action::Open if self.focus == last => return Outcome::Close,
            Action::Confirm | Action::Open => self.focus += 1,
            _ => {}
        }
        Outcome::Stay
    }

    fn press(&mut self, key: Key) {
        let buttons = self.rows.len();
        match self.rows.get_mut(self.focus).map(|row| &mut row.field) {
            Some(Field::Text(entry)) => {
                entry.press(key);
            }
            Some(Field::Choice { options, at }) => match key.code {
                Code::Right | Code::Character(' ' | 'l') => *at = (*at + 1) % options.len().max(1),
                Code::Left | Code::Character('h') => {
                    *at = (*at + options.len().saturating_sub(1)) % options.len().max(1)
                }
                _ => {}
            },
            None => match key.code {
                Code::Left => self.focus = buttons,
                Code::Right => self.focus = buttons + 1,
                _ => {}
            },
        }
    }

    /// Draws itself in the middle of `area`. `note`: what stands below while nothing is wrong.
    pub fn view(&self, title: &str, note: &str, area: Rect, buffer: &mut Canvas, theme: Theme) {
        let rows = u16::try_from(self.rows.len()).unwrap_or(u16::MAX);
        let height = rows.saturating_add(7).min(area.height);
        let inner = framed(buffer, middle(area, 76, height), title, theme);
        buffer.tell_or_draw(|buffer| self.tell(note, buffer), |buffer| self.drawn(note, inner, buffer, theme));
    }

    /// For who listens: every row, what is to be said of the one that has the focus, the buttons.
    fn tell(&self, note: &str, buffer: &mut Canvas) {
        for (at, row) in self.rows.iter().enumerate() {
            let value = match &row.field {
                Field::Choice { options, at } => {
                    format!("{}: {}", row.label, options.get(*at).map(String::as_str).unwrap_or_default())
                }
                Field::Text(entry) => entry.told(&row.label).said(),
            };
            match &row.field {
                Field::Text(entry) if at == self.focus => buffer.types(entry.told(&row.label)),
                // What else there is to choose is said where it can be chosen.
                Field::Choice { options, at: chosen } if at == self.focus => {
                    buffer.focus(format!("{}: {}", row.label, choice_aloud(options, *chosen)));
                }
                Field::Choice { .. } | Field::Text(_) => {}
            }
            buffer.say(Manner::Plain, value);
        }
        buffer.say(Manner::Plain, self.problem.clone().unwrap_or_default());
        buffer.say(Manner::Plain, self.rows.get(self.focus).map(|row| row.help.clone()).unwrap_or_default());
        buffer.say(Manner::Plain, note);
        let labels = [self.done.clone(), "Cancel".to_owned()];
        tell_buttons(buffer, &labels, self.focus.checked_sub(self.rows.len()));
    }

    fn drawn(&self, note: &str, inner: Rect, buffer: &mut Canvas, theme: Theme) {
        let rows = u16::try_from(self.rows.len()).unwrap_or(u16::MAX);
        let widest = self.rows.iter().map(|row| text::width(&row.label)).max().unwrap_or(0).min(inner.width / 3);
        // The focused row must be seen, whatever the height.
        let room = inner.height.saturating_sub(5).max(1);
        let focused = u16::try_from(self.focus.min(self.rows.len().saturating_sub(1))).unwrap_or(0);
        let top = focused.saturating_sub(room.saturating_sub(1)).min(rows.saturating_sub(room.min(rows)));
        for (at, row) in self.rows.iter().enumerate().skip(usize::from(top)).take(usize::from(room)) {
            let y = inner.y + u16::try_from(at).unwrap_or(0) - top;
            let line = Rect { y, height: 1, ..inner };
            let focus = at == self.focus;
            put(buffer, line.x, y, &row.label, widest, theme.quiet());
            let value = Rect { x: line.x + widest + 2, width: line.width.saturating_sub(widest + 2), ..line };
            match &row.field {
                Field::Text(entry) => entry.draw(buffer, value, focus, theme.plain(), theme),
                Field::Choice { options, at } => {
                    let words = choice(options, *at, value.width);
                    put(buffer, value.x, y, &words, value.width, theme.plain());
                }
            }
            if focus && matches!(row.field, Field::Choice { .. }) {
                highlight(buffer, line, theme.cursor());
            }
        }
        let y = inner.y + room.min(rows) + 1;
        let rest = |y: u16| Rect { y, height: inner.bottom().saturating_sub(y), ..inner };
        let help = self.rows.get(self.focus).map(|row| row.help.as_str()).filter(|help| !help.is_empty());
        let (words, style) = match &self.problem {
            Some(problem) => (problem.as_str(), theme.bad()),
            None => (help.unwrap_or(note), theme.quiet()),
        };
        let place = Rect { height: 2.min(inner.bottom().saturating_sub(y)), ..rest(y) };
        put_wrapped(buffer, place, words, style);
        let labels = [self.done.clone(), "Cancel".to_owned()];
        buttons(
            buffer,
            rest(inner.bottom().saturating_sub(1)),
            &labels,
            self.focus.checked_sub(self.rows.len()),
            theme,
        );
    }
}

/// `(*) on   ( ) off` where all have room, else the chosen one with the way to the others.
fn choice(options: &[String], at: usize, room: u16) -> String {
    let all: Vec<String> = options
        .iter()
        .enumerate()
        .map(|(place, option)| format!("{} {option}", if place == at { "(*)" } else { "( )" }))
        .collect();
    let all = all.join("   ");
    if text::width(&all) <= room {
        return all;
    }
    let chosen = options.get(at).map(String::as_str).unwrap_or_default();
    format!("{chosen}   ({} of {}: ← → change)", at + 1, options.len())
}

/// `on, or off`; of many the chosen one, and which it is.
fn choice_aloud(options: &[String], at: usize) -> String {
    const FEW: usize = 4;
    let chosen = options.get(at).map(String::as_str).unwrap_or_default();
    if options.len() > FEW {
        return format!("{chosen}, {} of {}", at + 1, options.len());
    }
    let others = options.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, option)| option.as_str());
    [chosen].into_iter().chain(others).collect::<Vec<_>>().join(", or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let options = vec!["one".to_owned(), "two".to_owned(), "three".to_owned()];
        Sheet::new(vec![Row::choice("Which", options, 0, ""), Row::text("Name", "x", "")], "Do it")
    }

    #[test]
    fn choices_turn_and_text_is_typed() {
        let mut sheet = sheet();
        let press = |sheet: &mut Sheet, code| sheet.update(&Message::Key(Key { code, ctrl: false, alt: false }));
        press(&mut sheet, Code::Left);
        assert_eq!(sheet.chosen(0), 2);
        press(&mut sheet, Code::Character(' '));
        assert_eq!(sheet.chosen(0), 0);
        sheet.update(&Message::Action(Action::NextField));
        press(&mut sheet, Code::Character('y'));
        assert_eq!(sheet.typed(1), "xy");
        assert_eq!(sheet.update(&Message::Action(Action::Confirm)), Outcome::Stay, "to the button");
        assert_eq!(sheet.update(&Message::Action(Action::Confirm)), Outcome::Done);
        press(&mut sheet, Code::Right);
        assert_eq!(sheet.update(&Message::Action(Action::Confirm)), Outcome::Close);
    }

    #[test]
    fn what_has_no_room_is_told_one_at_a_time() {
        let options = vec!["published".to_owned(), "draft".to_owned()];
        assert_eq!(choice(&options, 1, 60), "( ) published   (*) draft");
        assert_eq!(choice(&options, 1, 20), "draft   (2 of 2: ← → change)");
        assert_eq!(choice_aloud(&options, 1), "draft, or published");
        assert_eq!(choice_aloud(&vec!["x".to_owned(); 9], 1), "x, 2 of 9");
    }
}
