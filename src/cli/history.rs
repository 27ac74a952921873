//! `history`: what happened, newest first.

use super::arguments::HistoryArguments;
use super::front::{Front, PAGE, job_number, unexpected};
use super::output::{Table, age, print_json, remark};
use crate::error::{Exit, Failure};
use crate::protocol::{HistoryRow, HistoryView, Reply, Request, Window};

pub async fn run(front: &Front, arguments: &HistoryArguments) -> Result<Exit, Failure> {
    let product = match &arguments.product {
        Some(named) => Some(front.product(named).await?),
        None => None,
    };
    let view = HistoryView {
        search: arguments.search.clone(),
        product,
        connection: front.connection_id(arguments.connection.as_deref()).await?,
        job: arguments.job.as_deref().map(job_number).transpose()?,
    };
    let mut rows: Vec<HistoryRow> = Vec::new();
    let more = loop {
        let offset = rows.len() as u64;
        let left = arguments.limit.saturating_sub(offset);
        let limit = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
        match front.ask(Request::History { view: view.clone(), window: Window { offset, limit } }).await? {
            Reply::History { rows: page, more, .. } => {
                let last = page.is_empty();
                rows.extend(page);
                if last || rows.len() as u64 >= arguments.limit || !more {
                    break more;
                }
            }
            other => return Err(unexpected(&other)),
        }
    };
    if front.json {
        print_json(&rows)?;
        return Ok(Exit::Success);
    }
    if rows.is_empty() {
        remark("nothing of that kind has happened yet");
        return Ok(Exit::Success);
    }
    let now = front.status().await?.now;
    let mut table = Table::new(&[
        ("WHEN", false),
        ("PRODUCT", false),
        ("SKU", false),
        ("WHERE", false),
        ("WHAT", false),
        ("OLD", true),
        ("NEW", true),
        ("WHY", false),
    ]);
    for row in &rows {
        table.row(vec![
            age(now.seconds_since(row.record.at)),
            row.record.subject.to_string(),
            row.record.sku.as_ref().map(ToString::to_string).unwrap_or_default(),
            row.place.clone(),
            row.what.clone(),
            row.record.old.clone().unwrap_or_default(),
            row.record.new.clone().unwrap_or_default(),
            row.cause.clone(),
        ]);
    }
    table.print()?;
    if more {
        remark("there is more; --limit shows it");
    }
    Ok(Exit::Success)
}
