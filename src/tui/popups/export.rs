//! A list as a file for a spreadsheet: the link report, or the clean-up list.

use crate::files::{Done, IfThere, List, Order, Written, typed};
use crate::protocol::{CleanUpView, NoticeLevel, Problem, Reply};
use crate::tui::rows::Slot;
use crate::tui::wish::{About, Wish};
use crate::tui::words::counted;

use super::form::{Form, Purpose};
use super::sheet::{Row, Sheet};

/// A list as a part of a sentence.
const fn name(list: &List) -> &'static str {
    match list {
        List::Report { .. } => "link report",
        List::CleanUp(_) => "clean-up list",
    }
}

const fn file(list: &List) -> &'static str {
    match list {
        List::Report { .. } => "report.csv",
        List::CleanUp(_) => "clean-up.csv",
    }
}

/// The part of it that is shown now; `None`: all of it is.
fn part(list: &List) -> Option<String> {
    match list {
        List::Report { search } => (!search.is_empty()).then(|| format!("found by “{search}”")),
        List::CleanUp(view) => view.flaw.map(|flaw| format!("only {}", flaw.label())),
    }
}

fn whole(list: &List) -> List {
    match list {
        List::Report { .. } => List::Report { search: String::new() },
        List::CleanUp(view) => List::CleanUp(CleanUpView { flaw: None, ..view.clone() }),
    }
}

#[derive(Debug)]
pub struct State {
    writing: Slot,
    list: List,
}

impl State {
    pub fn form(list: List) -> Form<Self> {
        let there = vec!["leave it".to_owned(), "write over it".to_owned()];
        let mut rows = vec![
            Row::text("File", file(&list), "Its name ends in .csv for a table, or in .json; ~/ is your home folder"),
            Row::choice("If it is there already", there, 0, "What becomes of another file of that name"),
        ];
        if let Some(part) = part(&list) {
            let which = vec![part, format!("the whole {}", name(&list))];
            rows.push(Row::choice("What", which, 0, "What is shown now, or everything"));
        }
        Form::new(Sheet::new(rows, "Write it"), Self { writing: Slot::default(), list })
    }
}

/// What is said of a list that was written.
pub fn written(done: &Written) -> Wish {
    Wish::toast(NoticeLevel::Success, format!("{} written to {}", counted(done.rows, "row"), done.file))
}

impl Purpose for State {
    fn title(&self) -> String {
        format!("Write the {} to a file", name(&self.list))
    }

    fn note(&self) -> &str {
        match self.list {
            _ if self.writing.is_open() => "Writing the file…",
            List::Report { .. } => "Edit the column `link` in a spreadsheet, then read the file back.",
            List::CleanUp(_) => "What can be mended here has the new value in the column `new value`.",
        }
    }

    fn done(&mut self, sheet: &mut Sheet) -> Vec<Wish> {
        if sheet.typed(0).is_empty() {
            sheet.complain(0, format!("Name a file: {}", file(&self.list)));
            return Vec::new();
        }
        let Some(number) = self.writing.ask() else { return Vec::new() };
        let list = if sheet.chosen(2) == 0 { self.list.clone() } else { whole(&self.list) };
        let if_there = if sheet.is_on(1) { IfThere::WriteOver } else { IfThere::LeaveIt };
        vec![Wish::File { number, order: Order::Write { list, file: typed(sheet.typed(0)), if_there } }]
    }

    /// Nothing is asked of the engine but by who writes the file.
    fn answered(&mut self, _: &mut Sheet, _: About, _: u64, _: Result<Reply, Problem>) -> Vec<Wish> {
        Vec::new()
    }

    fn filed(&mut self, sheet: &mut Sheet, number: u64, answer: Result<Done, Problem>) -> Vec<Wish> {
        match answer {
            _ if !self.writing.take(number) => Vec::new(),
            Ok(Done::Written(done)) => vec![Wish::Close, written(&done)],
            Ok(Done::Read(_)) => Vec::new(),
            Err(problem) => {
                sheet.refuse(0, problem);
                Vec::new()
            }
        }
    }

    fn forget(&mut self) {}
}
