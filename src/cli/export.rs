//! Files that spreadsheets open: the link report as CSV or JSON, and how such a file is written.
//!
//! A file is written beside its place and put there when it is whole. Rows are asked for and written page by page.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::front::{Front, PAGE, unexpected};
use super::output::{counted, print_json, remark};
use crate::domain::{Side, Text};
use crate::error::{Exit, Failure};
use crate::protocol::{CandidateRow, ListingBrief, Reply, ReportRow, ReportTab, ReportView, Request, Window};
use crate::rules::exchange::{BOM, line};

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

/// A file in the making: a table, or the same rows as a JSON list.
pub struct Sheet {
    out: BufWriter<File>,
    part: PathBuf,
    file: PathBuf,
    columns: Vec<String>,
    json: bool,
    rows: u64,
}

impl Sheet {
    /// What the name ends in decides what is written.
    pub fn new(file: &Path, columns: &[&str], bom: bool) -> Result<Self, Failure> {
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        let json = ending == "json";
        let mut part = file.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let out = File::create(&part).map_err(|why| cannot(file, &why))?;
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        let mut sheet = Self { out: BufWriter::new(out), part, file: file.to_owned(), columns, json, rows: 0 };
        if json {
            sheet.put("[")?;
        } else {
            if bom {
                sheet.put(BOM)?;
            }
            let head = line(&sheet.columns);
            sheet.put(&head)?;
        }
        Ok(sheet)
    }

    fn put(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes()).map_err(|why| cannot(&self.file, &why))
    }

    /// A value for each column.
    pub fn row(&mut self, values: &[&str]) -> Result<(), Failure> {
        self.rows += 1;
        if !self.json {
            return self.put(&line(values));
        }
        let fields: Map<String, Value> = self
            .columns
            .iter()
            .zip(values)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.clone(), Value::String((*value).to_owned())))
            .collect();
        let before = if self.rows == 1 { "\n  " } else { ",\n  " };
        let text = format!("{before}{}", Value::Object(fields));
        self.put(&text)
    }

    /// Puts the file in its place; its name.
    pub fn finish(mut self) -> Result<String, Failure> {
        if self.json {
            self.put("\n]\n")?;
        }
        let whole = self.out.flush().and_then(|()| self.out.get_ref().sync_all());
        whole.and_then(|()| std::fs::rename(&self.part, &self.file)).map_err(|why| cannot(&self.file, &why))?;
        Ok(self.file.display().to_string())
    }
}

impl Drop for Sheet {
    /// Of a file that was not finished nothing stays; one that was is not there under this name any more.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.part);
    }
}

fn cannot(file: &Path, why: &std::io::Error) -> Failure {
    Failure::new(Exit::Failure, format!("cannot write {}: {why}", file.display()))
        .hint("name a file in a folder that is there and yours")
}

pub fn shown(text: &Option<Text>) -> String {
    text.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// The whole report: what can be linked with a yes to be taken away, and the rest with a blank to be filled in.
pub async fn run(front: &Front, file: &Path, search: &str, bom: bool) -> Result<Exit, Failure> {
    let mut sheet = Sheet::new(file, &COLUMNS, bom)?;
    for tab in [ReportTab::Candidates, ReportTab::Suggestions, ReportTab::WithoutCandidate] {
        let view = ReportView { search: search.to_owned(), ..ReportView::of(tab) };
        let mut offset = 0;
        loop {
            let window = Window { offset, limit: PAGE };
            let (total, rows) = match front.ask(Request::Report { view: view.clone(), window }).await? {
                Reply::Report { total, rows, .. } => (total, rows),
                other => return Err(unexpected(&other)),
            };
            for row in &rows {
                write(&mut sheet, row)?;
            }
            offset += u64::from(PAGE);
            if offset >= total {
                break;
            }
        }
    }
    let rows = sheet.rows;
    let file = sheet.finish()?;
    if front.json {
        print_json(&serde_json::json!({ "file": file, "rows": rows }))?;
    }
    remark(&format!("{} written to {file}", counted(rows, "row")));
    remark("edit the column `link`, then: `counterpart link --from FILE --primary pos --dry-run`");
    Ok(Exit::Success)
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

fn write(sheet: &mut Sheet, row: &ReportRow) -> Result<(), Failure> {
    let values = match row {
        ReportRow::Candidate(candidate) => candidate_values(candidate),
        ReportRow::Suggestion(row) => {
            let class = format!("{} ({} %)", row.class.label(), row.percent);
            let why: Vec<String> = row.evidence.iter().map(|part| part.sentence.clone()).collect();
            let why = [String::new(), why.join("; "), String::new()];
            values(["", "", "suggestion", &class], brief(Some(&row.in_store)), brief(Some(&row.online)), why)
        }
        // What a person rejected is not offered again.
        ReportRow::Rejected(_) => return Ok(()),
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
    };
    sheet.row(&values.iter().map(String::as_str).collect::<Vec<_>>())
}

fn candidate_values(row: &CandidateRow) -> Vec<String> {
    let matched: Vec<&str> = row.matched.iter().map(|key| key.label()).collect();
    let matched = matched.join(", ");
    values(["yes", "", "candidate", &matched], brief(Some(&row.in_store)), brief(Some(&row.online)), Default::default())
}

fn values(front: [&str; 4], in_store: [String; 6], online: [String; 6], why: [String; 3]) -> Vec<String> {
    front.into_iter().map(str::to_owned).chain(in_store).chain(online).chain(why).collect()
}
