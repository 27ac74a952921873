//! `clean-up`: what is wrong inside a shop, as a table, as a file, or mended.

use super::arguments::CleanUpArguments;
use super::front::Front;
use super::output::{Table, age, counted, print_json, remark};
use super::plan::{carry_out, nothing_chosen};
use crate::domain::{ConnectionId, Flaw};
use crate::error::{Exit, Failure};
use crate::files::{IfThere, clean_up};
use crate::protocol::{CleanUpCounts, CleanUpRow, CleanUpView, Mend, Request};

/// More rows than this are better looked at in a file.
const MOST_SHOWN: u64 = 20_000;

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
    let views: Vec<CleanUpView> = flaws.into_iter().map(view).collect();
    if arguments.mend {
        return mend(front, &views, arguments).await;
    }
    let engine = |request| front.client.ask(request);
    let counts = match &arguments.csv {
        Some(file) => {
            let (written, counts) = clean_up::write(engine, file, &views, arguments.bom, IfThere::WriteOver).await?;
            remark(&format!("{} written to {}", counted(written.rows, "row"), written.file));
            counts
        }
        None => show(front, &views).await?,
    };
    summary(front, connection, &counts).await?;
    Ok(Exit::Success)
}

async fn show(front: &Front, views: &[CleanUpView]) -> Result<CleanUpCounts, Failure> {
    let (mut rows, mut counts) = (Vec::new(), CleanUpCounts::default());
    for view in views {
        counts = clean_up::each_page(
            |request| front.client.ask(request),
            view,
            |page, total| {
                if total > MOST_SHOWN && !front.json {
                    return Err(Failure::new(Exit::Usage, format!("{total} rows are too many for a screen"))
                        .hint("write them to a file with --csv FILE, or look at one kind with --problem KIND"));
                }
                rows.extend(page);
                Ok(())
            },
        )
        .await?;
    }
    if front.json {
        print_json(&rows)?
    } else {
        table(&rows)?
    }
    Ok(counts)
}

async fn mend(front: &Front, views: &[CleanUpView], arguments: &CleanUpArguments) -> Result<Exit, Failure> {
    let mut mends: Vec<Mend> = Vec::new();
    for view in views {
        clean_up::each_page(
            |request| front.client.ask(request),
            view,
            |page, _| {
                mends.extend(page.into_iter().flat_map(|row| row.edits));
                Ok::<(), Failure>(())
            },
        )
        .await?;
    }
    if mends.is_empty() {
        return nothing_chosen(front, "no mend is known by itself", "`counterpart clean-up` says what to do by hand");
    }
    carry_out(front, Request::PlanMend { mends }, &arguments.plan).await
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
