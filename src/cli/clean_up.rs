//! `clean-up`: what is wrong inside a shop, as a table, as a file, or mended.

use super::arguments::CleanUpArguments;
use super::front::{Front, PAGE, unexpected};
use super::output::{Table, age, counted, print_json, remark};
use super::plan::{carry_out, nothing_chosen};
use crate::domain::{ConnectionId, Flaw};
use crate::error::{Exit, Failure};
use crate::files::{IfThere, Sheet, shown};
use crate::protocol::{CleanUpCounts, CleanUpRow, CleanUpView, Mend, Problem, Reply, Request, Window};

/// More rows than this are better looked at in a file.
const MOST_SHOWN: u64 = 20_000;

/// The columns of the file.
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

pub async fn run(front: &Front, arguments: &CleanUpArguments) -> Result<Exit, Failure> {
    let connection = front.connection_id(arguments.connection.as_deref()).await?;
    if front.status().await?.connections.is_empty() {
        return Err(Failure::new(Exit::Usage, "no shop is connected yet")
            .hint("connect one first: `counterpart connect <platform>`"));
    }
    let mut flaws: Vec<Option<Flaw>> = arguments.problem.iter().map(|name| Some(name.flaw())).collect();
    if flaws.is_empty() {
        flaws.push(None);
    }
    let view = |flaw| CleanUpView { connection, flaw, mendable: arguments.mend, search: arguments.search.clone() };
    if arguments.mend {
        return mend(front, &flaws.into_iter().map(view).collect::<Vec<_>>(), arguments).await;
    }
    let mut sheet = match &arguments.csv {
        Some(file) => Some(Sheet::new(file, &COLUMNS, arguments.bom, IfThere::WriteOver)?),
        None => None,
    };
    let (mut rows, mut counts, mut told) = (Vec::new(), CleanUpCounts::default(), 0);
    for flaw in flaws {
        counts = each_page(front, &view(flaw), |page, total| {
            told += page.len() as u64;
            match &mut sheet {
                Some(sheet) => page.iter().try_for_each(|row| write(sheet, row)).map_err(Failure::from),
                None if total > MOST_SHOWN && !front.json => {
                    Err(Failure::new(Exit::Usage, format!("{total} rows are too many for a screen"))
                        .hint("write them to a file with --csv FILE, or look at one kind with --problem KIND"))
                }
                None => {
                    rows.extend(page);
                    Ok(())
                }
            }
        })
        .await?;
    }
    match sheet {
        Some(sheet) => {
            let file = sheet.finish()?;
            remark(&format!("{} written to {file}", counted(told, "row")));
        }
        None if front.json => print_json(&rows)?,
        None => table(&rows)?,
    }
    summary(front, connection, &counts).await?;
    Ok(Exit::Success)
}

/// Shows all rows of a view to `take`, a page at a time, with their number.
async fn each_page(
    front: &Front,
    view: &CleanUpView,
    mut take: impl FnMut(Vec<CleanUpRow>, u64) -> Result<(), Failure>,
) -> Result<CleanUpCounts, Failure> {
    let mut offset = 0;
    loop {
        let window = Window { offset, limit: PAGE };
        match front.ask(Request::CleanUp { view: view.clone(), window }).await? {
            Reply::CleanUp { counts, total, rows, .. } => {
                take(rows, total)?;
                offset += u64::from(PAGE);
                if offset >= total {
                    return Ok(counts);
                }
            }
            other => return Err(unexpected(&other)),
        }
    }
}

async fn mend(front: &Front, views: &[CleanUpView], arguments: &CleanUpArguments) -> Result<Exit, Failure> {
    let mut mends: Vec<Mend> = Vec::new();
    for view in views {
        each_page(front, view, |page, _| {
            mends.extend(page.into_iter().flat_map(|row| row.edits));
            Ok(())
        })
        .await?;
    }
    if mends.is_empty() {
        return nothing_chosen(front, "no mend is known by itself", "`counterpart clean-up` says what to do by hand");
    }
    carry_out(front, Request::PlanMend { mends }, &arguments.plan).await
}

fn write(sheet: &mut Sheet, row: &CleanUpRow) -> Result<(), Problem> {
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

fn table(rows: &[CleanUpRow]) -> Result<(), Failure> {
    let mut table = Table::new(&[
        ("PROBLEM", false),
        ("WHERE", false),
        ("ID", false),
        ("TITLE", false),
        ("WHAT IS WRONG", false),
        ("MEND", false),
    ]);
    for row in rows {
        // Where a mend can be written by itself, it says so.
        let mend = if row.edits.is_empty() { row.mend.clone() } else { format!("→ {}", row.mend) };
        table.row(vec![
            row.flaw.label().to_owned(),
            row.connection.clone(),
            row.listing.listing.to_string(),
            row.listing.title.to_string(),
            row.sentence.clone(),
            mend,
        ]);
    }
    table.print()
}

async fn summary(front: &Front, connection: Option<ConnectionId>, counts: &CleanUpCounts) -> Result<(), Failure> {
    let all: u64 = counts.flaws.iter().map(|(_, count)| count).sum();
    let status = front.status().await?;
    let of = status.connections.iter().find(|row| Some(row.id) == connection);
    let place = of.map_or_else(|| "all connections".to_owned(), |row| row.name.to_string());
    if all == 0 {
        remark(&format!("{place}: nothing is wrong"));
        return Ok(());
    }
    let parts: Vec<String> = counts.flaws.iter().map(|(flaw, count)| format!("{count} {}", flaw.label())).collect();
    let when = age(status.now.seconds_since(counts.made_at));
    remark(&format!("{place}, {when}: {}", parts.join(", ")));
    remark("→ can be written to the shop: `counterpart clean-up --mend --dry-run` shows every write");
    Ok(())
}
