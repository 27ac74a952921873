//! The link report as a file for a spreadsheet.

use crate::files::{Done, IfThere, Order, typed};
use crate::protocol::{NoticeLevel, Problem, Reply};
use crate::tui::rows::Slot;
use crate::tui::wish::{About, Wish};
use crate::tui::words::counted;

use super::form::{Form, Purpose};
use super::sheet::{Row, Sheet};

#[derive(Debug)]
pub struct State {
    writing: Slot,
    /// As the list is searched that this is opened over.
    search: String,
}

impl State {
    pub fn form(search: String) -> Form<Self> {
        let there = vec!["leave it".to_owned(), "write over it".to_owned()];
        let mut rows = vec![
            Row::text("File", "report.csv", "Its name ends in .csv for a table, or in .json; ~/ is your home folder"),
            Row::choice("If it is there already", there, 0, "What becomes of another file of that name"),
        ];
        if !search.is_empty() {
            let which = vec![format!("found by “{search}”"), "the whole report".to_owned()];
            rows.push(Row::choice("What", which, 0, "What is searched now, or everything"));
        }
        Form::new(Sheet::new(rows, "Write it"), Self { writing: Slot::default(), search })
    }
}

/// What is said of a report that was written.
pub fn written(rows: u64, file: &str) -> Wish {
    let text = format!("{} of the report written to {file}", counted(rows, "row"));
    Wish::toast(NoticeLevel::Success, text)
}

impl Purpose for State {
    fn title(&self) -> String {
        "Write the link report to a file".to_owned()
    }

    fn note(&self) -> &str {
        if self.writing.is_open() {
            "Writing the file…"
        } else {
            "Edit the column `link` in a spreadsheet, then read the file back."
        }
    }

    fn done(&mut self, sheet: &mut Sheet) -> Vec<Wish> {
        if sheet.typed(0).is_empty() {
            sheet.complain(0, "Name a file: report.csv");
            return Vec::new();
        }
        let Some(number) = self.writing.ask() else { return Vec::new() };
        let search = if sheet.chosen(2) == 0 { self.search.clone() } else { String::new() };
        let if_there = if sheet.is_on(1) { IfThere::WriteOver } else { IfThere::LeaveIt };
        let order = Order::WriteReport { file: typed(sheet.typed(0)), search, if_there };
        vec![Wish::File { number, order }]
    }

    /// Nothing is asked of the engine but by who writes the file.
    fn answered(&mut self, _: &mut Sheet, _: About, _: u64, _: Result<Reply, Problem>) -> Vec<Wish> {
        Vec::new()
    }

    fn filed(&mut self, sheet: &mut Sheet, number: u64, answer: Result<Done, Problem>) -> Vec<Wish> {
        match answer {
            _ if !self.writing.take(number) => Vec::new(),
            Ok(Done::Written(done)) => vec![Wish::Close, written(done.rows, &done.file)],
            Ok(Done::Read(_)) => Vec::new(),
            Err(problem) => {
                sheet.refuse(0, problem);
                Vec::new()
            }
        }
    }

    fn forget(&mut self) {}
}
