//! `report`: what can be linked, and why the rest cannot.

use std::time::Duration;

use super::arguments::ReportArguments;
use super::front::Front;
use super::output::{Table, print_json, remark};
use super::products::quantity;
use crate::error::{Exit, Failure};
use crate::protocol::{ListingBrief, Reply, ReportRow, ReportTab, ReportView, Request};

pub async fn run(front: &Front, arguments: &ReportArguments) -> Result<Exit, Failure> {
    ready(front, arguments.refresh).await?;
    if arguments.across {
        return super::across::run(front, &arguments.search).await;
    }
    if let Some(file) = &arguments.export {
        return super::export::run(front, file, &arguments.search, arguments.bom).await;
    }
    let tab = if arguments.without { ReportTab::WithoutCandidate } else { ReportTab::Candidates };
    let view = ReportView { tab, search: arguments.search.clone() };
    let report = |reply| match reply {
        Reply::Report { total, rows, .. } => Ok((total, rows)),
        other => Err(Box::new(other)),
    };
    let rows: Vec<ReportRow> = front.all_rows(|window| Request::Report { view: view.clone(), window }, report).await?;
    let summary = front.status().await?.report;
    if front.json {
        print_json(&rows)?;
    } else {
        table(&rows, arguments.without)?;
    }
    if let Some(summary) = summary {
        let stale = if summary.stale { "; the catalogue changed since, --refresh makes it anew" } else { "" };
        remark(&format!(
            "{}: {} can be linked, {} cannot, {} are linked{stale}",
            summary.compared.join(", "),
            summary.candidates,
            summary.without_candidate,
            summary.linked
        ));
    }
    Ok(Exit::Success)
}

/// Makes the report if there is none (or a new one is wanted), and waits for it.
pub async fn ready(front: &Front, refresh: bool) -> Result<(), Failure> {
    let before = front.status().await?;
    if before.report.is_some() && !refresh {
        return Ok(());
    }
    let made_before = before.report.map(|report| report.made_at);
    front.done(Request::RefreshReport).await?;
    loop {
        let status = front.status().await?;
        let fresh = status.report.as_ref().is_some_and(|report| Some(report.made_at) != made_before);
        if fresh || (!status.report_running && status.report.is_some()) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn table(rows: &[ReportRow], without: bool) -> Result<(), Failure> {
    let sku = |brief: &ListingBrief| brief.sku.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut table = if without {
        Table::new(&[
            ("ID", false),
            ("WHERE", false),
            ("TITLE", false),
            ("SKU", false),
            ("WHY NOT", false),
            ("MEND", false),
        ])
    } else {
        Table::new(&[
            ("PAIR", false),
            ("TITLE", false),
            ("SKU", false),
            ("MATCHED BY", false),
            ("POS", true),
            ("ECOM", true),
        ])
    };
    for row in rows {
        match row {
            ReportRow::Candidate(candidate) => {
                let matched: Vec<&str> = candidate.matched.iter().map(|key| key.label()).collect();
                table.row(vec![
                    format!("{}={}", candidate.in_store.listing, candidate.online.listing),
                    candidate.in_store.title.to_string(),
                    sku(&candidate.in_store),
                    matched.join(", "),
                    quantity(candidate.in_store.quantity),
                    quantity(candidate.online.quantity),
                ]);
            }
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
