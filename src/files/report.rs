//! The whole link report as a file: what can be linked with a yes to be taken away, and the rest with a blank to be
//! filled in.

use std::path::Path;

use super::ask::{Asked, each_page, unexpected};
use super::sheet::{IfThere, Sheet, shown};
use crate::domain::{Side, Text};
use crate::protocol::{CandidateRow, ListingBrief, Problem, Reply, ReportRow, ReportTab, ReportView, Request};

/// The columns of an exported report; `link` reads the first ones back.
const COLUMNS: [&str; 19] = [
    "link",
    "primary",
    "kind",
    "matched by",
    "pos id",
    "pos title",
    "pos sku",
    "pos barcode",
    "pos price",
    "pos variants",
    "ecommerce id",
    "ecommerce title",
    "ecommerce sku",
    "ecommerce barcode",
    "ecommerce price",
    "ecommerce variants",
    "reason",
    "why",
    "mend",
];

/// A list that was written: where to, and how many of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub file: String,
    pub rows: u64,
}

/// Asks for the report page by page and writes it. `bom`: with the mark that some spreadsheets know UTF-8 by.
pub async fn write<A: Asked>(
    engine: impl Fn(Request) -> A,
    file: &Path,
    search: &str,
    bom: bool,
    if_there: IfThere,
) -> Result<Written, Problem> {
    let mut sheet = Sheet::new(file, &COLUMNS, bom, if_there)?;
    let mut rows = 0;
    for tab in [ReportTab::Candidates, ReportTab::Suggestions, ReportTab::WithoutCandidate] {
        let view = ReportView { search: search.to_owned(), ..ReportView::of(tab) };
        let request = |window| Request::Report { view: view.clone(), window };
        let page_of = |reply| match reply {
            Reply::Report { total, rows, .. } => Ok((total, rows)),
            other => Err(unexpected(&other)),
        };
        each_page(&engine, request, page_of, |page, _| {
            page.iter().filter_map(values_of).try_for_each(|row| {
                rows += 1;
                sheet.row(&row.iter().map(String::as_str).collect::<Vec<_>>())
            })
        })
        .await?;
    }
    Ok(Written { file: sheet.finish()?, rows })
}

/// Number, title, SKU, barcode, price, variants. Where there are several variants, one SKU would name one of them.
fn brief(listing: Option<&ListingBrief>) -> [String; 6] {
    let Some(listing) = listing else { return Default::default() };
    let one = |text: &Option<Text>| if listing.variants > 1 { String::new() } else { shown(text) };
    [
        listing.listing.to_string(),
        listing.title.to_string(),
        one(&listing.sku),
        one(&listing.barcode),
        listing.price.map(|price| price.to_string()).unwrap_or_default(),
        listing.variants.to_string(),
    ]
}

/// `None`: what a person rejected is not offered again.
fn values_of(row: &ReportRow) -> Option<Vec<String>> {
    Some(match row {
        ReportRow::Candidate(candidate) => candidate_values(candidate),
        ReportRow::Suggestion(row) => {
            let class = format!("{} ({} %)", row.class.label(), row.percent);
            let why: Vec<String> = row.evidence.iter().map(|part| part.sentence.clone()).collect();
            let why = [String::new(), why.join("; "), String::new()];
            values(["", "", "suggestion", &class], brief(Some(&row.in_store)), brief(Some(&row.online)), why)
        }
        ReportRow::Rejected(_) => return None,
        ReportRow::WithoutCandidate { listing, reasons } => {
            let (in_store, online) =
                if listing.side == Side::InStore { (Some(listing), None) } else { (None, Some(listing)) };
            let words: Vec<String> = reasons
                .iter()
                .filter_map(|reason| {
                    let value = serde_json::to_value(&reason.reason).ok()?;
                    Some(value.get("reason")?.as_str()?.to_owned())
                })
                .collect();
            let all = |what: &dyn Fn(&crate::protocol::ReasonRow) -> String| {
                reasons.iter().map(what).collect::<Vec<_>>().join("; ")
            };
            let why = [words.join(" "), all(&|row| row.sentence.clone()), all(&|row| row.mend.clone())];
            values(["", "", "without", ""], brief(in_store), brief(online), why)
        }
    })
}

fn candidate_values(row: &CandidateRow) -> Vec<String> {
    let matched: Vec<&str> = row.matched.iter().map(|key| key.label()).collect();
    let matched = matched.join(", ");
    values(["yes", "", "candidate", &matched], brief(Some(&row.in_store)), brief(Some(&row.online)), Default::default())
}

fn values(front: [&str; 4], in_store: [String; 6], online: [String; 6], why: [String; 3]) -> Vec<String> {
    front.into_iter().map(str::to_owned).chain(in_store).chain(online).chain(why).collect()
}
