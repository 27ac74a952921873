//! Links from a file: a report that was edited, or a list of what belongs together. What cannot be done is told line by
//! line before the plan is looked at.

use crate::domain::Side;
use crate::files::{Done, Order, PairsRead, typed};
use crate::protocol::{NoticeLevel, Problem, RejectedLine, Reply, Request, RowsRead};
use crate::tui::rows::Slot;
use crate::tui::wish::{About, Opening, Question, Wish};
use crate::tui::words::{count, counted};

use super::form::{Form, Purpose};
use super::sheet::{Row, Sheet};

/// Rejected lines that are told here.
const TOLD: usize = 6;

#[derive(Debug)]
pub struct State {
    reading: Slot,
    plan: Slot,
    /// Rows of the file that name nothing.
    unread: Vec<RejectedLine>,
}

impl State {
    pub fn form() -> Form<Self> {
        let sides = [Side::InStore, Side::Online].map(|side| side.label().to_owned());
        let rows = vec![
            Row::text(
                "File",
                "report.csv",
                "A report that was written here, or a table of SKUs or numbers that belong together",
            ),
            Row::choice(
                "Primary system",
                sides.to_vec(),
                0,
                "Whose quantities are right, where the file itself does not say so",
            ),
        ];
        let purpose = Self { reading: Slot::default(), plan: Slot::default(), unread: Vec::new() };
        Form::new(Sheet::new(rows, "Read it"), purpose)
    }
}

impl State {
    fn found(&mut self, sheet: &mut Sheet, found: PairsRead) -> Vec<Wish> {
        self.unread = found.unread;
        if found.pairs.is_empty() && self.unread.is_empty() {
            let left = count(found.left_alone);
            sheet.complain(0, format!("No row has a yes in the column `link`; {left} are left alone"));
            return Vec::new();
        }
        let primary = if sheet.chosen(1) == 0 { Side::InStore } else { Side::Online };
        let Some(number) = self.plan.ask() else { return Vec::new() };
        let request = Request::PlanLinkRows { rows: found.pairs, till: None, store: None, primary };
        vec![Wish::Ask { about: About::Plan, number, request }]
    }

    fn planned(&mut self, mut read: RowsRead) -> Vec<Wish> {
        read.rejected.append(&mut self.unread);
        read.rejected.sort_by_key(|rejected| rejected.line);
        if read.rejected.is_empty() {
            return match read.plan {
                Some(plan) => vec![Wish::Close, Wish::Open(Opening::Plan(Box::new(plan)))],
                None => {
                    let text = format!("Nothing is left to be linked: {} linked already", counted(read.linked, "row"));
                    vec![Wish::Close, Wish::toast(NoticeLevel::Info, text)]
                }
            };
        }
        vec![Wish::Open(Opening::Question(rejections(read)))]
    }
}

/// What of a file cannot be done, and what becomes of the rest.
fn rejections(read: RowsRead) -> Question {
    let RowsRead { plan, planned, linked, rejected } = read;
    let mut text = vec![format!(
        "{} to be linked, {} linked already, {} rejected:",
        counted(planned, "row"),
        count(linked),
        count(rejected.len() as u64)
    )];
    text.extend(rejected.iter().take(TOLD).map(|row| format!("Line {}: {}: {}", row.line, row.row, row.reason)));
    if rejected.len() > TOLD {
        let more = count((rejected.len() - TOLD) as u64);
        text.push(format!(
            "And {more} more: `counterpart link --from FILE --primary pos --dry-run` tells all of them."
        ));
    }
    let mut back = vec![Wish::Close];
    if let Some(plan) = &plan {
        let request = Request::DropPlan { plan: plan.plan };
        back.push(Wish::Ask { about: About::Drop, number: plan.plan.0, request });
    }
    let mut answers = vec![("Back to the file's name".to_owned(), back)];
    if let Some(plan) = plan {
        let looks = format!("Look at the plan for the other {}", counted(planned, "row"));
        answers.push((looks, vec![Wish::Close, Wish::Open(Opening::Plan(Box::new(plan)))]));
    }
    Question { title: "Not every row can be done".to_owned(), text, answers, yes: None }
}

impl Purpose for State {
    fn title(&self) -> String {
        "Link what a file says".to_owned()
    }

    fn note(&self) -> &str {
        match (self.reading.is_open(), self.plan.is_open()) {
            (true, _) => "Reading the file…",
            (_, true) => "Making the plan…",
            _ => "Nothing is written before you have seen the plan.",
        }
    }

    fn done(&mut self, sheet: &mut Sheet) -> Vec<Wish> {
        if sheet.typed(0).is_empty() {
            sheet.complain(0, "Name a file: report.csv");
            return Vec::new();
        }
        if self.plan.is_open() {
            return Vec::new();
        }
        let Some(number) = self.reading.ask() else { return Vec::new() };
        vec![Wish::File { number, order: Order::ReadPairs { file: typed(sheet.typed(0)) } }]
    }

    fn answered(&mut self, _: &mut Sheet, _: About, number: u64, answer: Result<Reply, Problem>) -> Vec<Wish> {
        match answer {
            _ if !self.plan.take(number) => Vec::new(),
            Ok(Reply::RowsRead(read)) => self.planned(read),
            answer => Wish::unanswered("No plan could be made", &answer),
        }
    }

    fn filed(&mut self, sheet: &mut Sheet, number: u64, answer: Result<Done, Problem>) -> Vec<Wish> {
        match answer {
            _ if !self.reading.take(number) => Vec::new(),
            Ok(Done::Read(found)) => self.found(sheet, found),
            Ok(Done::Written(_)) => Vec::new(),
            Err(problem) => {
                sheet.refuse(0, problem);
                Vec::new()
            }
        }
    }

    fn forget(&mut self) {
        self.plan.forget();
    }

    fn expects(&self) -> bool {
        self.plan.is_open()
    }
}
