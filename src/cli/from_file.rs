//! `link --from`, `link --mapping`, and pairs of variants: rows that a person wrote, and what became of each.

use std::io::Read as _;
use std::path::Path;

use super::arguments::LinkArguments;
use super::front::{Front, unexpected};
use super::output::{counted, print_json, remark};
use super::plan::{Applying, carry_on, nothing_chosen};
use crate::domain::{NamedVariant, PairRow, Side};
use crate::error::{Exit, Failure};
use crate::protocol::{RejectedLine, Reply, Request};
use crate::rules::exchange::{Names, pairs, read};

/// Larger files are cut by their owner: all rows travel at once.
const MOST_ROWS: usize = 250_000;
const MOST_BYTES: u64 = 256 << 20;

pub async fn run(front: &Front, file: &Path, arguments: &LinkArguments) -> Result<Exit, Failure> {
    let cannot = |why: String| {
        Failure::new(Exit::Usage, format!("cannot read {}: {why}", file.display()))
            .hint("`counterpart link --help` says what such a file looks like")
    };
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(|why| cannot(why.to_string()))?;
    opened.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|why| cannot(why.to_string()))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(cannot("it is larger than 256 MiB; cut it into several files".to_owned()));
    }
    let table = read(&bytes).map_err(|why| cannot(why.to_string()))?;
    drop(bytes);
    let mut names = Names::default();
    for row in front.status().await?.connections {
        let all = if row.side == Side::InStore { &mut names.in_store } else { &mut names.online };
        all.extend([row.name.to_string(), row.platform]);
    }
    let found = pairs(&table, &names).map_err(|why| cannot(why.to_string()))?;
    drop(table);
    if found.pairs.len() > MOST_ROWS {
        let why =
            format!("it has {} rows, and {MOST_ROWS} are read at a time; cut it into several files", found.pairs.len());
        return Err(cannot(why));
    }
    let unread = found.rejected.into_iter().map(|(line, row, reason)| RejectedLine { line, row, reason });
    let unread: Vec<RejectedLine> = unread.collect();
    if found.left_alone > 0 {
        remark(&format!("{} left alone: no yes in the column `link`", counted(found.left_alone as u64, "row")));
    }
    plan(front, found.pairs, unread, arguments).await
}

/// Pairs as they are typed: `v31=v902`.
pub async fn variants(front: &Front, all: &[&String], arguments: &LinkArguments) -> Result<Exit, Failure> {
    let mut rows = Vec::new();
    for (pair, line) in all.iter().zip(1..) {
        let Some((in_store, online)) = pair.split_once('=') else {
            return Err(
                Failure::new(Exit::Usage, format!("{pair:?} is no pair of variants")).hint("write it as v31=v902")
            );
        };
        let named = |id: &str| NamedVariant { id: id.trim().to_owned(), ..NamedVariant::default() };
        rows.push(PairRow { line, in_store: named(in_store), online: named(online), primary: None });
    }
    plan(front, rows, Vec::new(), arguments).await
}

async fn plan(
    front: &Front,
    rows: Vec<PairRow>,
    unread: Vec<RejectedLine>,
    arguments: &LinkArguments,
) -> Result<Exit, Failure> {
    let till = front.connection_id(arguments.till.as_deref()).await?;
    let store = front.connection_id(arguments.store.as_deref()).await?;
    let primary = arguments.primary.side();
    let mut found = match front.ask(Request::PlanLinkRows { rows, till, store, primary }).await? {
        Reply::RowsRead(read) => read,
        other => return Err(unexpected(&other)),
    };
    found.rejected.extend(unread);
    found.rejected.sort_by_key(|rejected| rejected.line);
    for rejected in &found.rejected {
        remark(&format!("  line {}: {}: {}", rejected.line, rejected.row, rejected.reason));
    }
    remark(&format!(
        "{} to be linked, {} linked already, {} rejected",
        counted(found.planned, "row"),
        found.linked,
        found.rejected.len()
    ));
    let partly = !found.rejected.is_empty();
    let Some(plan) = found.plan else {
        if partly && front.json {
            print_json(
                &serde_json::json!({ "plan": null, "steps": [], "refused": [], "jobs": [], "rejected": found.rejected }),
            )?;
            return Ok(Exit::Partial);
        }
        let hint = "`counterpart report` shows what can be linked";
        let exit = nothing_chosen(front, "no row of it is left to be linked", hint)?;
        return Ok(if partly { Exit::Partial } else { exit });
    };
    let exit = carry_on(front, Applying { plan, rejected: found.rejected }, &arguments.plan).await?;
    Ok(if exit == Exit::Success && partly { Exit::Partial } else { exit })
}
