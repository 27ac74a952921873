//! What is told of a catalogue, by example and against a list made by comparing each with each.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::FieldValue;
use crate::rules::filter::folded;
use crate::rules::shelf::{Draft, Shelf, TILL, WEB, profile, simple, variable};

fn others() -> Vec<OtherSide> {
    let profile: &'static crate::domain::Profile = Box::leak(Box::new(profile()));
    vec![OtherSide { connection: WEB, name: "Web shop".into(), profile }]
}

fn shelf(drafts: Vec<Draft>) -> Shelf {
    let mut shelf = Shelf::new();
    drafts.into_iter().for_each(|draft| {
        shelf.put(TILL, draft);
    });
    shelf
}

fn rows(shelf: &Shelf) -> Vec<Row> {
    let others = others();
    let findings = look(shelf, TILL, &others);
    findings.all.iter().map(|finding| findings.row(shelf, *finding, &others).unwrap()).collect()
}

fn only(drafts: Vec<Draft>, flaw: Flaw) -> Row {
    let mut rows = rows(&shelf(drafts));
    rows.retain(|row| row.flaw == flaw);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    rows.remove(0)
}

fn texts(row: &Row) -> Vec<String> {
    row.edits.iter().map(|edit| edit.to.to_string()).collect()
}

#[test]
fn duplicates_are_one_row_with_their_number() {
    let drafts = vec![
        simple("Tea Pot").sku("A"),
        simple("tea  pot").sku("B"),
        simple("Mug").sku("C"),
        simple("TEA POT").sku("D"),
    ];
    let row = only(drafts, Flaw::Duplicate);
    assert_eq!((row.count, row.listing), (3, ListingId(1)));
    assert_eq!(row.sentence, "3 products have the same title “Tea Pot”: l1, l2, l4");
    let tee = |sku: &str, sizes: [&str; 2]| {
        sizes.iter().fold(variable("Tee", &["Size"]), |draft, size| draft.row(&[size]).sku(&format!("{sku}{size}")))
    };
    let told = rows(&shelf(vec![tee("A", ["S", "M"]), tee("B", ["M", "s"]), tee("C", ["S", "L"])]));
    assert_eq!(told.len(), 1, "other options make another product: {told:#?}");
    assert_eq!((told[0].flaw, told[0].count), (Flaw::Duplicate, 2));
}

#[test]
fn what_is_shared_is_told_with_who_shares_it() {
    let row = only(vec![simple("Mug").sku("A-1"), simple("Cup").sku("a-1 ")], Flaw::SharedSku);
    assert_eq!(row.sentence, "The SKU “A-1” stands on 2 variants: “Mug” (l1), “Cup” (l2)");
    assert!(row.mend.starts_with("Give each its own SKU"), "{}", row.mend);
    let inside = variable("Tee", &["Size"]).row(&["S"]).sku("T").row(&["M"]).sku("T");
    let row = only(vec![inside], Flaw::SharedSku);
    assert_eq!(row.sentence, "The SKU “T” stands on 2 variants of this product: S, M");
    let mug = |title: &str, sku: &str, barcode: &str| simple(title).sku(sku).barcode(barcode);
    let row = only(vec![mug("Mug", "A", "036000291452"), mug("Plate", "B", "0036000291452")], Flaw::SharedBarcode);
    assert!(row.mend.starts_with("A barcode belongs to one article"), "{}", row.mend);
    assert!(rows(&shelf(vec![mug("Mug", "A", "0"), mug("Plate", "B", "0")])).is_empty(), "0 is no barcode");
}

#[test]
fn barcodes_and_special_characters_have_a_mend_that_can_be_planned() {
    let row = only(vec![simple("Mug").sku("A").barcode("4006381333932")], Flaw::InvalidBarcode);
    assert_eq!(
        row.sentence,
        "The barcode, “4006381333932”, is mistyped: with these digits, the last one would have to be 1"
    );
    assert_eq!(row.edits[0].to, FieldValue::Maybe(Some("4006381333931".into())));
    let row = only(vec![simple("Сafe &amp; Bar").sku("A–1")], Flaw::SpecialCharacter);
    assert_eq!(texts(&row), ["Cafe & Bar", "A-1"]);
    assert_eq!(row.edits[0].variant, None);
    assert!(row.edits[1].variant.is_some());
}

#[test]
fn a_missing_sku_is_taken_from_the_counterpart() {
    let row = only(vec![simple("Mug")], Flaw::MissingSku);
    assert!(row.edits.is_empty() && row.sentence == "It has no SKU", "{row:#?}");
    let mut shelf = shelf(vec![variable("Tee", &["Size"]).row(&["S"]).sku("T-S").row(&["M"]).row(&["L"])]);
    let web = shelf.put(WEB, simple("Tee M").sku("T-M"));
    shelf.link(&[(ListingId(1), 1), (web, 0)]);
    let told = rows(&shelf);
    assert_eq!(told[0].sentence, "2 of its 3 variants have no SKU: M, L");
    assert_eq!(
        (texts(&told[0]), told[0].mend.as_str()),
        (vec!["T-M".to_owned()], "Write the SKUs of their counterparts: 1 of 2")
    );
}

#[test]
fn limits_of_the_other_side_count_until_it_is_there() {
    let long = "Perfect tea pot of the finest china in the world";
    let row = only(vec![simple(long).sku("A")], Flaw::OverLimit);
    assert_eq!(row.sentence, "It has a title of 48 characters, and Web shop takes 40");
    assert_eq!(texts(&row), ["Perfect tea pot of the finest china in"]);
    let wide = (0..4).fold(variable("Tee", &["A", "B", "C"]), |draft, n| {
        draft.row(&[&n.to_string(), "x", "y"]).sku(&format!("TOO-LONG-{n}"))
    });
    let row = only(vec![wide.clone()], Flaw::OverLimit);
    for part in [
        "4 variants, and Web shop takes 3",
        "3 options, and Web shop takes 2",
        "“TOO-LONG-0” of 10 characters (and 3 more)",
    ] {
        assert!(row.sentence.contains(part), "{}", row.sentence);
    }
    let mut shelf = shelf(vec![wide]);
    let web = shelf.put(WEB, simple("Tee").sku("T"));
    shelf.link(&[(ListingId(1), 0), (web, 0)]);
    assert!(rows(&shelf).is_empty(), "it is there, so it fits");
}

#[test]
fn near_titles_and_equal_variants_are_told() {
    let row = only(vec![simple("Espresso Machine").sku("A"), simple("Espreso Machine").sku("B")], Flaw::NearDuplicate);
    assert_eq!(row.sentence, "“Espreso Machine” and “Espresso Machine” (l1) are one character apart");
    let row = only(vec![variable("Tee", &["Size"]).row(&["S"]).sku("A").row(&["s "]).sku("B")], Flaw::DuplicateVariant);
    assert_eq!(row.sentence, "Two variants have the same options: “s”");
}

#[test]
fn what_is_archived_is_left_out_and_what_was_mended_says_so() {
    let archived = simple("Mug").status(crate::domain::Status::Archived);
    assert!(rows(&shelf(vec![archived, simple("Mug").sku("A")])).is_empty());
    let mut shelf = shelf(vec![simple("Mug")]);
    let findings = look(&shelf, TILL, &[]);
    shelf.change(ListingId(1), |known| known.listing.variants[0].sku = Text::some("A"));
    let row = findings.row(&shelf, findings.all[0], &[]).unwrap();
    assert!(row.sentence.contains("mended") && row.edits.is_empty());
}

fn catalogue() -> impl Strategy<Value = Vec<Draft>> {
    let title = "(Mug|mug|Cup|Tea Pot|tea  pot|Teapot|)";
    let draft =
        (title, "[AB]{0,2}", "(0?36000291452|4006381333931|)", 0..4usize).prop_map(|(title, sku, barcode, rows)| {
            if rows == 0 {
                return simple(&title).sku(&sku).barcode(&barcode);
            }
            (0..rows).fold(variable(&title, &["Size"]), |draft, row| draft.row(&[["S", "M", "L"][row]]).sku(&sku))
        });
    proptest::collection::vec(draft, 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Groups by comparing each with each.
    #[test]
    fn groups_are_those_of_a_plain_count(drafts in catalogue()) {
        let shelf = shelf(drafts);
        let told = rows(&shelf);
        let mut skus: BTreeMap<String, u64> = BTreeMap::new();
        let mut wholes: BTreeMap<(String, Vec<String>), u64> = BTreeMap::new();
        for known in &shelf.listings {
            for sku in known.listing.variants.iter().filter_map(|variant| variant.sku.as_ref()) {
                *skus.entry(folded(sku)).or_default() += 1;
            }
            let mut options: Vec<String> = known.listing.variants.iter().map(|variant| folded(&variant.option_label())).collect();
            options.sort();
            if !known.listing.title.is_empty() {
                *wholes.entry((folded(&known.listing.title), options)).or_default() += 1;
            }
        }
        let counts = |flaw| {
            let mut counts: Vec<u64> = told.iter().filter(|row| row.flaw == flaw).map(|row| row.count).collect();
            counts.sort();
            counts
        };
        let several = |all: Vec<u64>| {
            let mut all: Vec<u64> = all.into_iter().filter(|count| *count > 1).collect();
            all.sort();
            all
        };
        prop_assert_eq!(counts(Flaw::SharedSku), several(skus.into_values().collect()));
        prop_assert_eq!(counts(Flaw::Duplicate), several(wholes.into_values().collect()));
        let without = shelf.listings.iter().filter(|known| known.listing.variants.iter().any(|v| v.sku.is_none())).count();
        prop_assert_eq!(counts(Flaw::MissingSku).len(), without);
    }

    /// Writing what is proposed ends that flaw.
    #[test]
    fn what_is_proposed_mends(title in "[Сafe &;a-z–]{1,12}", sku in "[A-Z–“]{1,6}", barcode in "[0-9O]{8,14}") {
        let mut shelf = shelf(vec![simple(&title).sku(&sku).barcode(&barcode)]);
        for _ in 0..6 {
            for edit in rows(&shelf).iter().flat_map(|row| &row.edits) {
                let place = edit.variant.map(|_| 0);
                shelf.change(edit.listing, |known| {
                    assert!(crate::rules::fields::put(&mut known.listing, place, edit.field, &edit.to));
                });
            }
        }
        for row in rows(&shelf) {
            prop_assert!(row.edits.is_empty(), "{:?}", row);
        }
    }
}
