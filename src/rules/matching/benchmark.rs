//! Exact matching on a catalogue of the world: Abt and Buy, two shops with 1,097 known pairs. Titles are all they have
//! in common, and both write them in their own way, so exact matching finds little; what it finds should be right.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::*;
use crate::domain::{ListingId, Money, Reason, Text};
use crate::rules::shelf::{Draft, Shelf, TILL, WEB, euro, simple};

/// Latin-1 rows of a file; `None` if the folder is not there.
fn rows(name: &str) -> Option<Vec<Vec<String>>> {
    let specs = std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
    let bytes = std::fs::read(specs.parent()?.join("matching/abt-buy").join(name)).ok()?;
    let text: String = bytes.into_iter().map(char::from).collect();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    Some(reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect())
}

/// `$1,399.00` → 1399.00
fn priced(draft: Draft, raw: &str) -> Draft {
    let plain: String = raw.chars().filter(|c| !matches!(c, '$' | ',')).collect();
    draft.price(Money::parse(&plain, euro()).ok().map(|money| money.minor))
}

#[test]
fn abt_and_buy() {
    let (Some(abt), Some(buy), Some(truth)) = (rows("Abt.csv"), rows("Buy.csv"), rows("abt_buy_perfectMapping.csv"))
    else {
        eprintln!("SKIPPED: the Abt-Buy files are not there; set COUNTERPART_SPECS to the folder beside `matching`");
        return;
    };
    let mut shelf = Shelf::new();
    let mut numbers = BTreeMap::new();
    for row in &abt {
        numbers.insert(shelf.put(TILL, priced(simple(&row[1]), &row[3])), row[0].clone());
    }
    for row in &buy {
        let draft = priced(simple(&row[1]), &row[4]);
        numbers.insert(shelf.put(WEB, draft), row[0].clone());
    }
    let truth: BTreeSet<(String, String)> = truth.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();

    let report = matches(&shelf, TILL, WEB);
    let pair = |till: ListingId, web: ListingId| (numbers[&till].clone(), numbers[&web].clone());
    let right = report.candidates.iter().filter(|found| truth.contains(&pair(found.in_store, found.online))).count();
    // What a person is pointed at, beyond the candidates: same title with another price, or special characters.
    let mut pointed = BTreeSet::new();
    for entry in &report.without {
        for reason in &entry.reasons {
            if let Reason::PriceDiffers { other, .. } | Reason::SpecialCharacter { other, .. } = reason {
                pointed.insert((entry.listing.min(*other), entry.listing.max(*other)));
            }
        }
    }
    let hints = pointed.iter().filter(|(till, web)| truth.contains(&pair(*till, *web))).count();
    println!(
        "Abt-Buy: {} candidates, {right} of them right, of {} true pairs; {} more pairs pointed at, {hints} of them right",
        report.candidates.len(),
        truth.len(),
        pointed.len()
    );
    assert_eq!(report.candidates.len() * 2 + report.without.len(), abt.len() + buy.len());
    assert_eq!(Text::new(&abt[0][1]), shelf.listings[0].listing.title, "the files are read as they are");
}
