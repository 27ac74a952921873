//! What the exact link report costs at a million listings a side, and DuckDB beside it on the same files.
//!
//! `cargo bench --bench matching`, or `… -- 100000` for another size. Every part runs in a process of its own, so that
//! the peak of its memory is its own. Ratios are what counts; seconds are of this machine and of this run. The yardstick
//! needs Python with DuckDB; where it is missing, that is said.

// A benchmark stops where something is not as it must be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod measure;
mod parts;
mod wares;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// What a part tells: names and numbers, a line each.
type Figures = BTreeMap<String, f64>;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [part, folder, listings] => parts::run(part, Path::new(folder), listings.parse().expect("a number")),
        [listings] => all(listings.parse().expect("a number of listings")),
        [] => all(1_000_000),
        _ => panic!("give the number of listings, or nothing"),
    }
}

fn all(listings: usize) {
    let folder = tempfile::tempdir().expect("a folder for the two catalogues");
    let ours = |part: &str| {
        let program = std::env::current_exe().expect("this program");
        let listings = listings.to_string();
        figures(Command::new(program).args([part, folder.path().to_str().expect("a path"), &listings]))
            .unwrap_or_else(|| panic!("the part {part} failed"))
    };
    ours("generate");
    println!("exact matching, {listings} × {listings} listings");
    let usual = ours("usual");
    tell("as catalogues are", &usual);
    for (part, called) in [("titles", "all titles the same"), ("skus", "all SKUs the same")] {
        let odd = ours(part);
        tell(called, &odd);
        let ratio = |of: &str| odd[of] / usual[of];
        println!(
            "    against the usual one: report {:.2}×, with all reasons {:.2}×",
            ratio("report"),
            ratio("everything")
        );
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/duckdb_yardstick.py");
    match figures(Command::new("python3").arg(script).arg(folder.path())) {
        Some(yardstick) => {
            println!("  DuckDB on the same listings");
            println!(
                "    read {:.2} s, normalised {:.2} s, three joins and union {:.2} s of CPU, peak {:.0} MiB, {} pairs",
                yardstick["read"], yardstick["normalise"], yardstick["join"], yardstick["peak"], yardstick["pairs"]
            );
            let theirs = yardstick["normalise"] + yardstick["join"];
            println!("  RATIO (CPU, from rows in memory, normalisation included; 0.20 is the aim)");
            println!("    report (candidates and all indexes): {:.3} of DuckDB", usual["report"] / theirs);
            println!(
                "    report with hints and the reasons of every listing: {:.3} of DuckDB",
                usual["everything"] / theirs
            );
            println!("    peak {:.0} MiB to {:.0} MiB", usual["peak"], yardstick["peak"]);
        }
        None => println!("  NO YARDSTICK: Python with DuckDB is not here (python3 -m pip install duckdb), so no ratio"),
    }
}

fn tell(called: &str, figures: &Figures) {
    println!("  {called}");
    println!("    rows {:.0} MiB ({:.0} bytes each)", figures["rows"], figures["row"]);
    println!(
        "    report {:.2} s of CPU, with the reasons of all {} unmatched {:.2} s, peak {:.0} MiB",
        figures["report"], figures["unmatched"], figures["everything"], figures["peak"]
    );
    println!(
        "    {} candidates; as one list for a window {:.2} s more, peak {:.0} MiB",
        figures["candidates"], figures["listed"], figures["listed peak"]
    );
    println!(
        "    after one changed listing: half of {} within {:.4} ms, 99 of 100 within {:.4} ms, the slowest {:.3} ms",
        figures["edits"], figures["edit median"], figures["edit most"], figures["edit worst"]
    );
    println!(
        "    (without waiting for a core that another program had; with it, the slowest {:.3} ms)",
        figures["edit clock"]
    );
}

fn figures(command: &mut Command) -> Option<Figures> {
    let output = command.stderr(std::process::Stdio::inherit()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    let line = |line: &str| {
        let (name, number) = line.split_once('=')?;
        Some((name.trim().to_owned(), number.trim().parse().ok()?))
    };
    Some(text.lines().filter_map(line).collect())
}
