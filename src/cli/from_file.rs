//! `link --from`, `link --mapping`, and pairs of variants: rows that a person wrote, and what became of each.

use std::path::Path;

use super::arguments::LinkArguments;
use super::front::{Front, unexpected};
use super::output::{counted, print_json, remark};
use super::plan::{Applying, carry_on, nothing_chosen};
use crate::domain::{NamedVariant, PairRow};
use crate::error::{Exit, Failure};
use crate::files;
use crate::protocol::{RejectedLine, Reply, Request};

pub async fn run(front: &Front, file: &Path, arguments: &LinkArguments) -> Result<Exit, Failure> {
    let found = files::read(|request| front.client.ask(request), file).await?;
    if found.left_alone > 0 {
        remark(&format!("{} left alone: no yes in the column `link`", counted(found.left_alone, "row")));
    }
    plan(front, found.pairs, found.unread, arguments).await
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
