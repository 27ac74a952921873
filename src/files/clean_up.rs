//! The clean-up list as a file: a line for each thing that is wrong, and for each field that a mend would write.

use std::path::Path;

use super::ask::{Asked, unexpected};
use super::report::{PAGE, Written};
use super::sheet::{IfThere, Sheet, shown};
use crate::protocol::{CleanUpRow, CleanUpView, Problem, Reply, Request, Window};

const COLUMNS: [&str; 13] = [
    "problem",
    "connection",
    "id",
    "title",
    "sku",
    "barcode",
    "products",
    "also",
    "what is wrong",
    "how to mend it",
    "field",
    "new value",
    "variant",
];

/// Asks for these lists one after the other, page by page, and writes them. `bom` as for the report.
pub async fn write<A: Asked>(
    engine: impl Fn(Request) -> A,
    file: &Path,
    views: &[CleanUpView],
    bom: bool,
    if_there: IfThere,
) -> Result<Written, Problem> {
    let mut sheet = Sheet::new(file, &COLUMNS, bom, if_there)?;
    let mut rows = 0;
    for view in views {
        let mut offset = 0;
        loop {
            let window = Window { offset, limit: PAGE };
            let (total, page) = match engine(Request::CleanUp { view: view.clone(), window }).await? {
                Reply::CleanUp { total, rows, .. } => (total, rows),
                other => return Err(unexpected(&other)),
            };
            page.iter().try_for_each(|row| put(&mut sheet, row))?;
            rows += page.len() as u64;
            offset += u64::from(PAGE);
            if offset >= total {
                break;
            }
        }
    }
    Ok(Written { file: sheet.finish()?, rows })
}

fn put(sheet: &mut Sheet, row: &CleanUpRow) -> Result<(), Problem> {
    let brief = &row.listing;
    let also: Vec<String> = row
        .examples
        .iter()
        .filter(|other| other.listing != brief.listing)
        .map(|other| other.listing.to_string())
        .collect();
    let front = [
        row.flaw.word(),
        row.connection.clone(),
        brief.listing.to_string(),
        brief.title.to_string(),
        shown(&brief.sku),
        shown(&brief.barcode),
        row.count.to_string(),
        also.join(" "),
        row.sentence.clone(),
        row.mend.clone(),
    ];
    // A line for each edit, so that the file can be sorted and filtered by what would be written.
    let edits = row.edits.iter().map(|edit| {
        let variant = edit.variant.map(|variant| variant.to_string()).unwrap_or_default();
        [edit.field.word(), edit.to.to_string(), variant]
    });
    let edits: Vec<[String; 3]> = edits.collect();
    let none = [[String::new(), String::new(), String::new()]];
    for edit in if edits.is_empty() { &none[..] } else { &edits[..] } {
        let values: Vec<&str> = front.iter().chain(edit).map(String::as_str).collect();
        sheet.row(&values)?;
    }
    Ok(())
}
