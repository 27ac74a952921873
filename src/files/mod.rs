//! Files that people open in a spreadsheet: the link report and the clean-up list go out, what belongs together comes
//! in. For all fronts.
//!
//! | file | what lives there |
//! |---|---|
//! | `sheet.rs` | a file in the making, as a table or as JSON |
//! | `report.rs` | the link report, row by row |
//! | `clean_up.rs` | the clean-up list, row by row |
//! | `pairs.rs` | a report that was edited, or a list of what belongs together |
//!
//! What such files look like is decided in `rules/exchange`; here they are opened, read and written.

mod ask;
pub mod clean_up;
mod pairs;
mod report;
mod sheet;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use crate::protocol::{CleanUpView, Problem, Request};

pub use ask::{Asked, unexpected};
pub use pairs::{PairsRead, read};
pub use report::{Written, write};
pub use sheet::{IfThere, Sheet, shown};

/// A file as a person types it, with its whole path: what begins with `~/` is in their home folder, and what has no
/// folder where they are.
pub fn typed(name: &str) -> PathBuf {
    let home = || directories::BaseDirs::new().map(|folders| folders.home_dir().to_owned());
    let file = match name.trim().strip_prefix("~/").and_then(|inside| Some(home()?.join(inside))) {
        Some(file) => file,
        None => PathBuf::from(name.trim()),
    };
    std::path::absolute(&file).unwrap_or(file)
}

/// What can be written to a file.
#[derive(Debug, Clone, PartialEq)]
pub enum List {
    /// The link report; of what a search finds, if there is one.
    Report {
        search: String,
    },
    CleanUp(CleanUpView),
}

/// What a front may want done with a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    Write { list: List, file: PathBuf, if_there: IfThere },
    ReadPairs { file: PathBuf },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Done {
    Written(Written),
    Read(PairsRead),
}

/// Does it, asking this engine.
pub async fn carry_out<A: Asked>(engine: impl Fn(Request) -> A, order: Order) -> Result<Done, Problem> {
    match order {
        Order::Write { list: List::Report { search }, file, if_there } => {
            write(engine, &file, &search, false, if_there).await.map(Done::Written)
        }
        Order::Write { list: List::CleanUp(view), file, if_there } => {
            clean_up::write(engine, &file, &[view], false, if_there).await.map(|(written, _)| Done::Written(written))
        }
        Order::ReadPairs { file } => read(engine, &file).await.map(Done::Read),
    }
}
