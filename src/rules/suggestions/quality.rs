//! How good suggestions are: on catalogues of the world (Abt and Buy, 1,097 known pairs), and on made-up ones whose
//! dirt and truth are known. The same code and the same constants everywhere; no test here may be passed by fitting
//! them to one catalogue.

use std::collections::HashSet;
use std::path::PathBuf;

use super::dirt::{self, Dirt, Ware};
use super::{Class, Price, Record, Suggestion, THRESHOLD, suggestions};

/// What came out, against the truth.
struct Measured {
    precision: f64,
    recall: f64,
    f1: f64,
    sure: usize,
    sure_precision: f64,
}

fn measured(name: &str, found: &[Suggestion], truth: usize, is_true: impl Fn(&Suggestion) -> bool) -> Measured {
    let share = |of: &[&Suggestion]| of.iter().filter(|pair| is_true(pair)).count() as f64 / of.len().max(1) as f64;
    let shown: Vec<&Suggestion> = found.iter().filter(|pair| pair.score >= THRESHOLD).collect();
    let sure: Vec<&Suggestion> = found.iter().filter(|pair| pair.class == Class::Sure).collect();
    let precision = share(&shown);
    let recall = precision * shown.len() as f64 / truth.max(1) as f64;
    let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
    println!(
        "{name}: F1 {f1:.3}, precision {precision:.3}, recall {recall:.3}; sure: {} at {:.4}",
        sure.len(),
        share(&sure)
    );
    for (from, to) in [(0.05f32, 0.3f32), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.99), (0.99, 1.1)] {
        let of: Vec<&Suggestion> = found.iter().filter(|pair| (from..to).contains(&pair.score)).collect();
        let said = of.iter().map(|pair| f64::from(pair.score)).sum::<f64>() / of.len().max(1) as f64;
        println!("    score {said:.3}, true {:.3}, of {}", share(&of), of.len());
    }
    Measured { precision, recall, f1, sure: sure.len(), sure_precision: share(&sure) }
}

/// Latin-1 rows of a file; `None` if the folder is not there.
fn rows(name: &str) -> Option<Vec<Vec<String>>> {
    let shared = std::env::var_os("COUNTERPART_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let bytes = std::fs::read(shared.join("matching/abt-buy").join(name)).ok()?;
    let text: String = bytes.into_iter().map(char::from).collect();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    Some(reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect())
}

/// `$1,399.00` → 139900
fn minor(raw: &str) -> Option<i64> {
    let plain: String = raw.chars().filter(|sign| !matches!(sign, '$' | ',')).collect();
    let (whole, cents) = plain.split_once('.').unwrap_or((&plain, "00"));
    Some(whole.parse::<i64>().ok()? * 100 + cents.parse::<i64>().ok()?)
}

#[test]
fn abt_and_buy() {
    let (Some(abt), Some(buy), Some(truth)) = (rows("Abt.csv"), rows("Buy.csv"), rows("abt_buy_perfectMapping.csv"))
    else {
        eprintln!("SKIPPED: the Abt-Buy files are not there; set COUNTERPART_SHARED to the folder above `matching`");
        return;
    };
    fn record(row: &[String], price: usize) -> Record<'_> {
        let price = minor(&row[price]).map(|minor| Price { minor, currency: "USD" });
        Record { title: &row[1], description: &row[2], price, ..Record::default() }
    }
    let left: Vec<Record<'_>> = abt.iter().map(|row| record(row, 3)).collect();
    let right: Vec<Record<'_>> = buy.iter().map(|row| record(row, 4)).collect();
    let truth: HashSet<(&str, &str)> = truth.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    let found = suggestions(&left, &right);
    let result = measured("Abt-Buy", &found, truth.len(), |pair| {
        truth.contains(&(abt[pair.left][0].as_str(), buy[pair.right][0].as_str()))
    });
    assert!(result.f1 >= 0.93, "F1 {}", result.f1);
    assert!(result.sure_precision >= 0.99, "of what is sure, {} is right", result.sure_precision);
    assert!(result.sure * 2 >= left.len(), "only {} are sure", result.sure);
}

pub fn record(ware: &Ware) -> Record<'_> {
    Record {
        title: &ware.title,
        description: &ware.description,
        brand: &ware.brand,
        price: ware.minor.map(|minor| Price { minor, currency: "EUR" }),
        ..Record::default()
    }
}

fn dirty(name: &str, products: usize, seed: u64, how: Dirt) -> Measured {
    let [left, right] = dirt::catalogues(products, seed, how);
    let both: HashSet<usize> = left.iter().map(|ware| ware.product).collect();
    let truth = right.iter().filter(|ware| both.contains(&ware.product)).count();
    let [a, b] = [&left, &right].map(|side| side.iter().map(record).collect::<Vec<_>>());
    measured(name, &suggestions(&a, &b), truth, |pair| left[pair.left].product == right[pair.right].product)
}

#[test]
fn dirty_catalogues() {
    for (name, seed, how) in [
        ("usual dirt", 1, dirt::USUAL),
        ("little in common", 2, Dirt { overlap: 30, ..dirt::USUAL }),
        ("much dirt", 3, Dirt { overlap: 95, typing_errors: 8, missing_codes: 70 }),
    ] {
        let result = dirty(name, 1200, seed, how);
        assert!(result.precision >= 0.9, "{name}: precision {}", result.precision);
        assert!(result.recall >= 0.8, "{name}: recall {}", result.recall);
        assert!(result.sure_precision >= 0.99, "{name}: sure {}", result.sure_precision);
        assert!(result.sure > 100, "{name}: only {} are sure", result.sure);
    }
}
