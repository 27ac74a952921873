//! Catalogues as nobody expects them: nothing must stop, and nothing must take for ever. Sizes are such that comparing
//! each with each would not end.

use super::*;
use crate::domain::{Connection, KnownListing, Link, SyncSettings};
use crate::rules::shelf::{Draft, Shelf, TILL, simple, variable};

/// One listing, shown again and again under other numbers.
struct Many {
    shelf: Shelf,
    times: u64,
    change: fn(u64, &mut KnownListing),
}

impl CatalogueView for Many {
    fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.shelf.connection(id)
    }

    fn connections(&self) -> Vec<&Connection> {
        self.shelf.connections()
    }

    fn listing(&self, _: ListingId) -> Option<&KnownListing> {
        self.shelf.listings.first()
    }

    fn listings_of<'a>(&'a self, _: ConnectionId) -> Box<dyn Iterator<Item = &'a KnownListing> + 'a> {
        unreachable!("a million listings are not kept at hand")
    }

    fn each_listing(&self, _: ConnectionId, visit: &mut dyn FnMut(&KnownListing)) {
        let mut known = self.shelf.listings[0].clone();
        for number in 0..self.times {
            known.id = ListingId(number + 1);
            (self.change)(number, &mut known);
            visit(&known);
        }
    }

    fn settings(&self, id: ConnectionId) -> SyncSettings {
        self.shelf.settings(id)
    }

    fn link_of(&self, _: VariantId) -> Option<&Link> {
        None
    }
}

fn many(draft: Draft, times: u64, change: fn(u64, &mut KnownListing)) -> (Many, Findings) {
    let mut shelf = Shelf::new();
    shelf.put(TILL, draft);
    let many = Many { shelf, times, change };
    let findings = look(&many, TILL, &[]);
    (many, findings)
}

#[test]
fn nothing_and_next_to_nothing() {
    assert!(look(&Shelf::new(), TILL, &[]).all.is_empty());
    let mut shelf = Shelf::new();
    shelf.put(TILL, simple(""));
    shelf.put(TILL, simple(""));
    let findings = look(&shelf, TILL, &[]);
    assert!(findings.all.iter().all(|finding| finding.flaw == Flaw::MissingSku), "{:?}", findings.all);
}

#[test]
fn a_great_many_of_the_same_are_one_row_each() {
    let (many, findings) = many(simple("Mug").sku("A").barcode("036000291452"), 200_000, |_, _| {});
    let flaws: Vec<Flaw> = findings.all.iter().map(|finding| finding.flaw).collect();
    assert_eq!(flaws, [Flaw::Duplicate, Flaw::SharedSku, Flaw::SharedBarcode]);
    for finding in &findings.all {
        let row = findings.row(&many, *finding, &[]).unwrap();
        assert_eq!(row.count, 200_000);
        assert!(row.examples.len() <= EXAMPLES && row.sentence.len() < 1000);
    }
}

#[test]
fn a_great_many_that_are_nearly_the_same_lead_nowhere() {
    let (_, findings) = many(simple("Mug").sku("A"), 30_000, |number, known| {
        // All of them one or two letters from one another.
        let letters = [number % 26, number / 26 % 26, number / 676 % 26, number / 17576];
        let end: String = letters.iter().map(|letter| char::from(b'a' + *letter as u8)).collect();
        known.listing.title = Text::new(&format!("Perfect Teapot With A Lid {end}"));
        known.listing.variants[0].sku = Text::some(&number.to_string());
    });
    assert!(findings.all.len() <= 30_000 * 3);
}

#[test]
fn titles_of_ten_thousand_characters_and_five_thousand_variants() {
    let mut shelf = Shelf::new();
    for end in ["blue", "blue", "bleu", "ﬁn", "\u{202e}שלום", "\u{0}"] {
        shelf.put(TILL, simple(&("Perfect Tee ".repeat(833) + end)).sku(end));
    }
    let matrix = |sku: &dyn Fn(usize) -> String| {
        (0..5000)
            .fold(variable("Tee", &["Size"]), |draft, number| draft.row(&[&format!("No {number}")]).sku(&sku(number)))
    };
    shelf.put(TILL, matrix(&|_| "ALL".to_owned()));
    shelf.put(TILL, matrix(&|_| String::new()));
    shelf.put(TILL, matrix(&|number| format!("A–{number}")));
    let findings = look(&shelf, TILL, &[]);
    let rows: Vec<Row> = findings.all.iter().filter_map(|finding| findings.row(&shelf, *finding, &[])).collect();
    assert_eq!(rows.len(), findings.all.len());
    let of = |flaw| rows.iter().filter(move |row| row.flaw == flaw);
    assert_eq!(of(Flaw::SharedSku).map(|row| row.count).max(), Some(5000));
    assert_eq!(of(Flaw::MissingSku).map(|row| row.count).max(), Some(5000));
    assert!(rows.iter().all(|row| row.sentence.len() < 2000), "a sentence stays one");
    assert_eq!(of(Flaw::SpecialCharacter).map(|row| row.edits.len()).max(), Some(5000));
}
