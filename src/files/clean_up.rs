//! The clean-up list as a file: a line for each thing that is wrong, and for each field that a mend would write.

use std::path::Path;

use super::ask::{self, Asked, unexpected};
use super::report::Written;
use super::sheet::{IfThere, Sheet, shown};
use crate::protocol::{CleanUpCounts, CleanUpRow, CleanUpView, Problem, Reply, Request};

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

/// Shows all rows of a view to `take`, page by page, with the number of all; how many there are of each kind.
pub async fn each_page<A: Asked, E: From<Problem>>(
    engine: impl Fn(Request) -> A,
    view: &CleanUpView,
    take: impl FnMut(Vec<CleanUpRow>, u64) -> Result<(), E>,
) -> Result<CleanUpCounts, E> {
    let mut counts = CleanUpCounts::default();
    let request = |window| Request::CleanUp { view: view.clone(), window };
    let page_of = |reply| match reply {
        Reply::CleanUp { counts: now, total, rows, .. } => {
            counts = now;
            Ok((total, rows))
        }
        other => Err(unexpected(&other)),
    };
    ask::each_page(engine, request, page_of, take).await?;
    Ok(counts)
}

/// Asks for these lists one after the other and writes them; how many there are of each kind. `bom` as for the report.
pub async fn write<A: Asked>(
    engine: impl Fn(Request) -> A,
    file: &Path,
    views: &[CleanUpView],
    bom: bool,
    if_there: IfThere,
) -> Result<(Written, CleanUpCounts), Problem> {
    let mut sheet = Sheet::new(file, &COLUMNS, bom, if_there)?;
    let (mut rows, mut counts) = (0, CleanUpCounts::default());
    for view in views {
        counts = each_page(&engine, view, |page, _| {
            rows += page.len() as u64;
            page.iter().try_for_each(|row| put(&mut sheet, row))
        })
        .await?;
    }
    Ok((Written { file: sheet.finish()?, rows }, counts))
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
