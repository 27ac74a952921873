//! The link report as a file for a spreadsheet.

use ratatui::layout::Rect;

use crate::files::{Done, IfThere, Order, typed};
use crate::keys::{Action, Place};
use crate::protocol::NoticeLevel;
use crate::tui::canvas::Canvas;
use crate::tui::rows::Slot;
use crate::tui::wish::{Message, Wish};
use crate::tui::words::counted;
use crate::tui::world::World;

use super::Popup;
use super::sheet::{Outcome, Row, Sheet};

#[derive(Debug)]
pub struct State {
    sheet: Sheet,
    writing: Slot,
    /// As the list is searched that this is opened over.
    search: String,
}

impl State {
    pub fn new(search: String) -> Self {
        let there = vec!["leave it".to_owned(), "write over it".to_owned()];
        let mut rows = vec![
            Row::text("File", "report.csv", "Its name ends in .csv for a table, or in .json; ~/ is your home folder"),
            Row::choice("If it is there already", there, 0, "What becomes of another file of that name"),
        ];
        if !search.is_empty() {
            let which = vec![format!("found by “{search}”"), "the whole report".to_owned()];
            rows.push(Row::choice("What", which, 0, "What is searched now, or everything"));
        }
        Self { sheet: Sheet::new(rows, "Write it"), writing: Slot::default(), search }
    }

    fn write(&mut self) -> Vec<Wish> {
        if self.sheet.typed(0).is_empty() {
            self.sheet.complain(0, "Name a file: report.csv");
            return Vec::new();
        }
        let Some(number) = self.writing.ask() else { return Vec::new() };
        let search = if self.sheet.chosen(2) == 0 { self.search.clone() } else { String::new() };
        let if_there = if self.sheet.is_on(1) { IfThere::WriteOver } else { IfThere::LeaveIt };
        let order = Order::WriteReport { file: typed(self.sheet.typed(0)), search, if_there };
        vec![Wish::File { number, order }]
    }
}

/// What is said of a report that was written.
pub fn written(rows: u64, file: &str) -> Wish {
    let text = format!("{} of the report written to {file}", counted(rows, "row"));
    Wish::toast(NoticeLevel::Success, text)
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Form
    }

    fn lacks(&self, action: Action) -> bool {
        action == Action::Test
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        match self.sheet.update(&message) {
            Outcome::Close => return vec![Wish::Close],
            Outcome::Done => return self.write(),
            Outcome::Stay => {}
        }
        match message {
            Message::Filed { number, answer } if self.writing.take(number) => match answer {
                Ok(Done::Written(done)) => vec![Wish::Close, written(done.rows, &done.file)],
                Ok(Done::Read(_)) => Vec::new(),
                Err(problem) => {
                    self.sheet.refuse(0, problem);
                    Vec::new()
                }
            },
            _ => Vec::new(),
        }
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let note = if self.writing.is_open() {
            "Writing the file…"
        } else {
            "Edit the column `link` in a spreadsheet, then read the file back."
        };
        self.sheet.view("Write the link report to a file", note, area, buffer, world.theme);
    }
}
