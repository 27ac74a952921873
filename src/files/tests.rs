//! A report goes out and comes back in, past an engine that has one.

use std::path::Path;

use super::*;
use crate::domain::{Field, FieldValue, Flaw, ListingId, MatchKey, Side, Text, Timestamp};
use crate::protocol::{
    CandidateRow, CleanUpCounts, CleanUpRow, ListingBrief, Mend, Reply, ReportRow, ReportTab, ShownQuantity, Status,
    SyncCounts,
};

fn brief(id: u64, side: Side) -> ListingBrief {
    ListingBrief {
        listing: ListingId(id),
        mark: "Sq".to_owned(),
        side,
        title: Text::new("=Cup, \"large\""),
        brand: None,
        sku: Some(Text::new(&format!("SKU-{id}"))),
        barcode: None,
        price: None,
        quantity: ShownQuantity::Unknown,
        variants: 1,
    }
}

fn report() -> List {
    List::Report { search: String::new() }
}

/// So many pairs, in windows; nothing in the other lists.
const PAIRS: u64 = 1_203;

async fn engine(request: Request) -> Result<Reply, Problem> {
    Ok(match request {
        Request::Report { view, window } => {
            let all = if view.tab == ReportTab::Candidates { PAIRS } else { 0 };
            let here = window.offset..(window.offset + u64::from(window.limit)).min(all);
            let pair = |n: u64| CandidateRow {
                in_store: brief(n * 2, Side::InStore),
                online: brief(n * 2 + 1, Side::Online),
                matched: vec![MatchKey::Sku],
            };
            let rows = here.map(|n| ReportRow::Candidate(pair(n))).collect();
            Reply::Report { summary: None, total: all, offset: window.offset, rows }
        }
        Request::Status => Reply::Status(Status {
            version: String::new(),
            revision: 0,
            now: Timestamp(0),
            connections: Vec::new(),
            jobs_running: 0,
            jobs_waiting: 0,
            jobs_troubled: 0,
            sync: SyncCounts::default(),
            report: None,
            report_running: false,
            home: String::new(),
        }),
        _ => Reply::Done,
    })
}

#[tokio::test]
async fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["report.csv", "report.json"] {
        let file = folder.path().join(name);
        let order = Order::Write { list: report(), file: file.clone(), if_there: IfThere::LeaveIt };
        let Ok(Done::Written(written)) = carry_out(engine, order.clone()).await else { panic!("{name}") };
        assert_eq!(written, Written { file: file.display().to_string(), rows: PAIRS });
        let Ok(Done::Read(found)) = carry_out(engine, Order::ReadPairs { file: file.clone() }).await else {
            panic!("{name}")
        };
        assert_eq!((found.pairs.len() as u64, found.unread.len(), found.left_alone), (PAIRS, 0, 0), "{name}");
        for (n, pair) in (0..).zip(&found.pairs) {
            let ids = [n * 2, n * 2 + 1].map(|id| ListingId(id).to_string());
            assert_eq!([&pair.in_store.id, &pair.online.id], [&ids[0], &ids[1]], "{name}");
        }
        // Nobody's file is written over unasked.
        let again = carry_out(engine, order).await.unwrap_err();
        assert!(again.message.contains("is there already"), "{again:?}");
        let over = Order::Write { list: report(), file, if_there: IfThere::WriteOver };
        assert!(matches!(carry_out(engine, over).await, Ok(Done::Written(_))));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no part of a file is left");
}

/// A thing that is wrong for each number: those that three divides can be mended in two fields.
fn wrong(number: u64) -> CleanUpRow {
    let edit = |to: &str| Mend {
        listing: ListingId(number),
        variant: None,
        field: Field::Barcode,
        to: FieldValue::Maybe(Some(Text::new(to))),
    };
    CleanUpRow {
        flaw: Flaw::InvalidBarcode,
        connection: "Till".to_owned(),
        listing: brief(number, Side::InStore),
        count: 1,
        examples: Vec::new(),
        sentence: "=The barcode is mistyped".to_owned(),
        mend: "Scan it again".to_owned(),
        edits: if number.is_multiple_of(3) { vec![edit("4006381333931"), edit("2")] } else { Vec::new() },
    }
}

#[tokio::test]
async fn the_clean_up_list_has_a_line_for_each_field_to_be_mended() {
    let engine = async |request: Request| match request {
        Request::CleanUp { window, view } => {
            assert_eq!(view.flaw, Some(Flaw::InvalidBarcode));
            let here = window.offset..(window.offset + u64::from(window.limit)).min(PAIRS);
            let counts = CleanUpCounts::default();
            Ok(Reply::CleanUp { counts, total: PAIRS, offset: window.offset, rows: here.map(wrong).collect() })
        }
        _ => Ok(Reply::Done),
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clean-up.csv");
    let view = CleanUpView { flaw: Some(Flaw::InvalidBarcode), ..CleanUpView::default() };
    let order = Order::Write { list: List::CleanUp(view), file: file.clone(), if_there: IfThere::LeaveIt };
    let Ok(Done::Written(written)) = carry_out(engine, order).await else { panic!("not written") };
    assert_eq!(written.rows, PAIRS);
    let text = std::fs::read_to_string(&file).unwrap();
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len() as u64, PAIRS + PAIRS / 3);
    assert_eq!(
        [&rows[0][2], &rows[0][11], &rows[1][2], &rows[1][11], &rows[2][11]],
        ["l0", "4006381333931", "l0", "2", ""]
    );
    // No spreadsheet takes what a shop wrote for a formula.
    assert!(rows.iter().all(|row| !row[3].starts_with('=') && !row[8].starts_with('=')), "{:?}", rows[0]);
}

#[tokio::test]
async fn what_cannot_be_written_or_read_says_why_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("no/folder.csv");
    let order = Order::Write { list: report(), file: nowhere.clone(), if_there: IfThere::WriteOver };
    let why = carry_out(engine, order).await.unwrap_err();
    assert!(why.message.starts_with("cannot write") && why.hint.is_some(), "{why:?}");
    let why = carry_out(engine, Order::ReadPairs { file: nowhere }).await.unwrap_err();
    assert!(why.message.starts_with("cannot read") && why.hint.is_some(), "{why:?}");
    // An engine that goes away in the middle: the file that was there stays as it was.
    let file = folder.path().join("report.csv");
    std::fs::write(&file, "mine").unwrap();
    let gone = async |request: Request| match &request {
        Request::Report { window, .. } if window.offset > 500 => {
            Err(Problem { kind: crate::protocol::ProblemKind::Store, message: "gone".to_owned(), hint: None })
        }
        _ => engine(request).await,
    };
    assert!(write(gone, Path::new(&file), "", false, IfThere::WriteOver).await.is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_name_is_taken_as_it_is_typed() {
    let here = std::env::current_dir().unwrap();
    assert_eq!(typed("  reports/a b.csv "), here.join("reports/a b.csv"));
    assert_eq!(typed("/tmp/report.csv"), PathBuf::from("/tmp/report.csv"));
    assert_eq!(typed("~other/report.csv"), here.join("~other/report.csv"));
    let home = directories::BaseDirs::new().unwrap();
    assert_eq!(typed("~/report.csv"), home.home_dir().join("report.csv"));
}
