//! `report`: what can be linked, what is probably one product, and why the rest cannot be linked.

use std::path::Path;
use std::time::Duration;

use super::arguments::ReportArguments;
use super::explained;
use super::front::{Front, number, unexpected};
use super::output::{Table, counted, print_json, remark};
use super::products::quantity;
use crate::domain::ListingId;
use crate::error::{Exit, Failure};
use crate::files::{self, IfThere, Written};
use crate::protocol::{
    LinkChoice, LinkSelection, ListingBrief, Rejected, Reply, ReportRow, ReportSummary, ReportTab, ReportView, Request,
};

pub async fn run(front: &Front, arguments: &ReportArguments) -> Result<Exit, Failure> {
    if let Some(named) = &arguments.unreject {
        return allow(front, named).await;
    }
    ready(front, arguments.refresh, true).await?;
    if let Some(named) = &arguments.explain {
        return explained::run(front, named).await;
    }
    if !arguments.reject.is_empty() {
        return reject(front, &arguments.reject).await;
    }
    if arguments.across {
        return super::across::run(front, &arguments.search).await;
    }
    if let Some(file) = &arguments.export {
        return export(front, file, arguments).await;
    }
    let view = view(arguments);
    let report = |reply| match reply {
        Reply::Report { total, rows, .. } => Ok((total, rows)),
        other => Err(Box::new(other)),
    };
    let rows: Vec<ReportRow> = front.all_rows(|window| Request::Report { view: view.clone(), window }, report).await?;
    let summary = front.status().await?.report;
    if front.json {
        print_json(&rows)?;
    } else {
        table(&rows, view.tab)?;
    }
    if let Some(summary) = summary {
        remark(&totals(&summary));
        summary.notes.iter().for_each(|note| remark(note));
    }
    Ok(Exit::Success)
}

async fn export(front: &Front, file: &Path, arguments: &ReportArguments) -> Result<Exit, Failure> {
    let engine = |request| front.client.ask(request);
    let Written { file, rows } =
        files::write(engine, file, &arguments.search, arguments.bom, IfThere::WriteOver).await?;
    if front.json {
        print_json(&serde_json::json!({ "file": file, "rows": rows }))?;
    }
    remark(&format!("{} written to {file}", counted(rows, "row")));
    remark("edit the column `link`, then: `counterpart link --from FILE --primary pos --dry-run`");
    Ok(Exit::Success)
}

fn view(arguments: &ReportArguments) -> ReportView {
    let tab = if arguments.without || arguments.reason.is_some() {
        ReportTab::WithoutCandidate
    } else if arguments.suggestions {
        ReportTab::Suggestions
    } else if arguments.rejected {
        ReportTab::Rejected
    } else {
        ReportTab::Candidates
    };
    ReportView {
        tab,
        search: arguments.search.clone(),
        matched: arguments.matched.map(super::arguments::KeyName::key),
        reason: arguments.reason,
        class: arguments.class.map(super::arguments::ClassName::class),
    }
}

fn totals(summary: &ReportSummary) -> String {
    let stale = if summary.stale { "; the catalogue changed since, --refresh makes it anew" } else { "" };
    let rejected = match summary.rejected {
        0 => String::new(),
        some => format!(", {some} rejected"),
    };
    format!(
        "{}: {} can be linked, {} suggested ({} sure), {} cannot, {} are linked{rejected}{stale}",
        summary.compared.join(", "),
        summary.candidates,
        summary.suggestions,
        summary.sure,
        summary.without_candidate,
        summary.linked
    )
}

/// Makes the report if there is none (or a new one is wanted), and waits for it; with `whole` also for suggestions.
pub async fn ready(front: &Front, refresh: bool, whole: bool) -> Result<(), Failure> {
    let before = front.status().await?;
    if before.report.is_some() && !refresh && !(whole && before.report_running) {
        return Ok(());
    }
    let made_before = before.report.map(|report| report.made_at);
    if refresh || !before.report_running {
        front.done(Request::RefreshReport).await?;
    }
    loop {
        let status = front.status().await?;
        let fresh = status.report.as_ref().is_some_and(|report| Some(report.made_at) != made_before);
        if (fresh && !whole) || (!status.report_running && status.report.is_some()) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// `l12=l873`
pub fn pair(named: &str) -> Result<(ListingId, ListingId), Failure> {
    let numbers = named.split_once('=').and_then(|(a, b)| Some((number(a, 'l')?, number(b, 'l')?)));
    numbers.map(|(in_store, online)| (ListingId(in_store), ListingId(online))).ok_or_else(|| {
        Failure::new(Exit::Usage, format!("{named:?} is no pair of listings")).hint("write it as l12=l873")
    })
}

async fn reject(front: &Front, named: &[String]) -> Result<Exit, Failure> {
    let mut selection = LinkSelection { everything: None, choices: Vec::new() };
    for named in named {
        let (in_store, online) = pair(named)?;
        let primary = crate::domain::Side::InStore;
        selection.choices.push(LinkChoice { in_store, online, ticked: true, primary });
    }
    decided(front, Request::RejectPairs { selection }, "rejected; `report --unreject last` takes that back").await
}

async fn allow(front: &Front, named: &str) -> Result<Exit, Failure> {
    let which = match named {
        "last" => Rejected::Last,
        named => {
            let (in_store, online) = pair(named)?;
            Rejected::Pair { in_store, online }
        }
    };
    decided(front, Request::AllowPairs { which }, "can come up again").await
}

async fn decided(front: &Front, request: Request, what: &str) -> Result<Exit, Failure> {
    match front.ask(request).await? {
        Reply::PairsDecided { pairs } if front.json => print_json(&serde_json::json!({ "pairs": pairs }))?,
        Reply::PairsDecided { pairs: 1 } => remark(&format!("1 pair {what}")),
        Reply::PairsDecided { pairs } => remark(&format!("{pairs} pairs {what}")),
        other => return Err(unexpected(&other)),
    }
    Ok(Exit::Success)
}

fn table(rows: &[ReportRow], tab: ReportTab) -> Result<(), Failure> {
    let sku = |brief: &ListingBrief| brief.sku.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut table = match tab {
        ReportTab::WithoutCandidate => Table::new(&[
            ("ID", false),
            ("WHERE", false),
            ("TITLE", false),
            ("SKU", false),
            ("WHY NOT", false),
            ("MEND", false),
        ]),
        ReportTab::Candidates => Table::new(&[
            ("PAIR", false),
            ("TITLE", false),
            ("SKU", false),
            ("MATCHED BY", false),
            ("POS", true),
            ("ECOM", true),
        ]),
        ReportTab::Suggestions => Table::new(&[
            ("PAIR", false),
            ("HOW SURE", false),
            ("%", true),
            ("IN STORE", false),
            ("ONLINE", false),
            ("FOR AND AGAINST", false),
        ]),
        ReportTab::Rejected => {
            Table::new(&[("PAIR", false), ("IN STORE", false), ("ONLINE", false), ("REJECTED", false)])
        }
    };
    let pair = |(in_store, online): (&ListingBrief, &ListingBrief)| format!("{}={}", in_store.listing, online.listing);
    for row in rows {
        match row {
            ReportRow::Candidate(candidate) => {
                let matched: Vec<&str> = candidate.matched.iter().map(|key| key.label()).collect();
                table.row(vec![
                    pair((&candidate.in_store, &candidate.online)),
                    candidate.in_store.title.to_string(),
                    sku(&candidate.in_store),
                    matched.join(", "),
                    quantity(candidate.in_store.quantity),
                    quantity(candidate.online.quantity),
                ]);
            }
            ReportRow::Suggestion(row) => {
                let told = |(place, evidence): (usize, &crate::protocol::EvidenceRow)| {
                    let sign = if evidence.speaks_for { '+' } else { '-' };
                    (place == 0, format!("{sign} {}", evidence.sentence))
                };
                for (first, evidence) in row.evidence.iter().enumerate().map(told) {
                    let first = |text: String| if first { text } else { String::new() };
                    table.row(vec![
                        first(pair((&row.in_store, &row.online))),
                        first(row.class.label().to_owned()),
                        first(row.percent.to_string()),
                        first(row.in_store.title.to_string()),
                        first(row.online.title.to_string()),
                        evidence,
                    ]);
                }
            }
            ReportRow::Rejected(row) => table.row(vec![
                pair((&row.in_store, &row.online)),
                row.in_store.title.to_string(),
                row.online.title.to_string(),
                row.at.to_string(),
            ]),
            ReportRow::WithoutCandidate { listing, reasons } => {
                for (place, reason) in reasons.iter().enumerate() {
                    let first = |text: String| if place == 0 { text } else { String::new() };
                    table.row(vec![
                        first(listing.listing.to_string()),
                        first(listing.mark.clone()),
                        first(listing.title.to_string()),
                        first(sku(listing)),
                        reason.sentence.clone(),
                        reason.mend.clone(),
                    ]);
                }
            }
        }
    }
    table.print()
}
