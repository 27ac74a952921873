//! Catalogues as nobody expects them: nothing must stop, and nothing must take for ever.

use super::*;
use crate::domain::{Reason, Status};
use crate::rules::shelf::{Draft, Shelf, TILL, WEB, simple, variable};

fn report(shelf: &Shelf) -> Matches {
    let report = matches(shelf, TILL, WEB);
    let told = report.candidates.len() * 2 + report.without.len();
    assert_eq!(told, shelf.listings.len(), "nobody is linked here, so everybody is told of");
    report
}

fn shelf(till: Vec<Draft>, web: Vec<Draft>) -> Shelf {
    let mut shelf = Shelf::new();
    till.into_iter().for_each(|draft| {
        shelf.put(TILL, draft);
    });
    web.into_iter().for_each(|draft| {
        shelf.put(WEB, draft);
    });
    shelf
}

#[test]
fn nothing_and_next_to_nothing() {
    assert_eq!(report(&shelf(vec![], vec![])), Matches::default());
    assert_eq!(report(&shelf(vec![simple("Mug")], vec![])).without[0].reasons, [Reason::NoKey]);
    assert_eq!(report(&shelf(vec![], vec![simple("Mug").sku("M")])).without[0].reasons, [Reason::NoCounterpart]);
    let mut comparison = Comparison::new(Rows::new(), Rows::new());
    assert_eq!(comparison.matches(), Matches::default());
    assert_eq!(comparison.remove(Here::InStore, crate::domain::ListingId(7)), []);
    assert_eq!(comparison.reasons_of(crate::domain::ListingId(7)), None);
    assert_eq!(comparison.candidate_of(crate::domain::ListingId(7)), None);
}

#[test]
fn titles_of_ten_thousand_characters_and_of_none() {
    let long = |end: &str| "Perfect Tee ".repeat(833) + end;
    let till = vec![simple(&long("blue")), simple(&long("green")), simple("").sku("E-1"), simple(""), simple("")];
    let web = vec![simple(&long("BLUE")), simple(&long("greeen")), simple("").sku("e-1"), simple(""), simple("")];
    let report = report(&shelf(till, web));
    assert_eq!(report.candidates.len(), 2);
    assert_eq!(report.candidates[1].matched, [MatchKey::Sku], "that both have no title is nothing in common");
    let near = |reason: &&Reason| matches!(reason, Reason::SpellingNear { distance: 1, .. });
    assert_eq!(report.without.iter().flat_map(|entry| &entry.reasons).filter(near).count(), 2);
    assert!(report.without.iter().filter(|entry| entry.reasons == [Reason::NoKey]).count() == 4);
}

#[test]
fn barcodes_with_letters_blanks_and_too_many_digits() {
    let odd = ["40063813339X1", "ABC", "4006381333931 4006381333931", "12345678901234567890", "٤٠٠٦٣٨١٣٣٣٩٣١", "0"];
    let till: Vec<_> = odd.iter().map(|barcode| simple(&format!("Till {barcode}")).barcode(barcode)).collect();
    let web: Vec<_> = odd.iter().map(|barcode| simple(&format!("Web {barcode}")).barcode(barcode)).collect();
    let report = report(&shelf(till, web));
    assert_eq!(report.candidates.len(), odd.len() - 1, "0 is no barcode");
    // Wrong check digits are told, and yet the same on both sides.
    let wrong = |title: &str, barcode: &str| simple(title).barcode(barcode);
    let report = self::report(&shelf(
        vec![wrong("Mug", "4006381333932"), wrong("Cup", "4006381333933")],
        vec![wrong("Glass", "4006381333932")],
    ));
    assert_eq!(report.candidates.len(), 1);
    assert_eq!(
        report.without[0].reasons,
        [Reason::InvalidBarcode { value: "4006381333933".into(), check_digit: 1 }, Reason::NoCounterpart]
    );
}

#[test]
fn text_that_runs_from_right_to_left() {
    let till = vec![simple("מכונת אספרסו"), simple("ماكينة قهوة"), simple("茶壺"), simple("ティーポット ２")];
    let web = vec![simple(" מכונת  אספרסו "), simple("ماكينة قهوةة"), simple("茶壺"), simple("ﾃｨｰﾎﾟｯﾄ 2")];
    let report = report(&shelf(till, web));
    assert_eq!(report.candidates.len(), 3);
    assert!(matches!(report.without[0].reasons[..], [Reason::SpellingNear { distance: 1, .. }]));
}

fn matrix(title: &str, sku: impl Fn(usize) -> String) -> Draft {
    (0..5000).fold(variable(title, &["Size"]), |draft, number| draft.row(&[&format!("No {number}")]).sku(&sku(number)))
}

#[test]
fn five_thousand_variants() {
    let report = report(&shelf(
        vec![matrix("Tee", |number| format!("T-{number}")), matrix("Cap", |_| "same".into())],
        vec![matrix("Shirt", |number| format!("t-{number}")), matrix("Hat", |_| "SAME".into())],
    ));
    assert_eq!(report.candidates.len(), 2, "the caps by their options");
    assert_eq!(report.candidates[0].pairs.len(), 5000);
}

#[test]
fn five_thousand_variants_against_single_items() {
    let singles = (0..5000).map(|number| simple(&format!("Tee {number}")).sku(&format!("T-{number}"))).collect();
    let report = report(&shelf(vec![matrix("Tee", |number| format!("T-{number}"))], singles));
    assert!(report.candidates.is_empty());
    let differs = |reason: &Reason| matches!(reason, Reason::StructureDiffers { .. });
    assert!(report.without.iter().all(|entry| entry.reasons.iter().all(differs)));
    assert_eq!(report.without[0].reasons.len(), reasons::MOST_NEAREST);
}

/// Five thousand SKUs that are all of one form without their special characters.
#[test]
fn five_thousand_variants_that_look_alike() {
    let dots = |number: usize| format!("T{}1", "-".repeat(number % 70 + 1) + &".".repeat(number / 70));
    let lines = |number: usize| format!("T{}1", "_".repeat(number % 70 + 1) + &"/".repeat(number / 70));
    let report = report(&shelf(vec![matrix("Tee", dots)], vec![matrix("Shirt", lines).status(Status::Draft)]));
    let [Reason::SpecialCharacter { key: MatchKey::Sku, .. }] = report.without[0].reasons[..] else {
        panic!("{:?}", report.without[0].reasons)
    };
}

/// One title, one SKU, one barcode on everything: told shortly, and quickly enough that nobody waits.
#[test]
fn everything_is_called_the_same() {
    let same = |_| simple("Gift card").sku("GIFT").barcode("4006381333931");
    let report = report(&shelf((0..3000).map(same).collect(), (0..3000).map(same).collect()));
    assert!(report.candidates.is_empty());
    for entry in &report.without {
        assert_eq!(entry.reasons.len(), 3, "one for each kind of key");
        for reason in &entry.reasons {
            let Reason::DuplicateKey { listings, .. } = reason else { panic!("{reason:?}") };
            assert!(listings.len() <= 2 * reasons::MOST_NAMED + 1);
        }
    }
}
