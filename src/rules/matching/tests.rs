//! The rules of the link report, one by one, as the seeds tell them.

use super::*;
use crate::domain::{ListingId, Money, Reason, Status, Text};
use crate::rules::shelf::{Draft, MARKET, Shelf, TILL, WEB, euro, simple, variable};
use MatchKey::{Barcode, Sku, Title};

fn report(shelf: &Shelf) -> Matches {
    matches(shelf, TILL, WEB)
}

/// A till listing and a web listing, and what the report says.
fn pair(till: Draft, web: Draft) -> (Matches, ListingId, ListingId) {
    let mut shelf = Shelf::new();
    let (till, web) = (shelf.put(TILL, till), shelf.put(WEB, web));
    (report(&shelf), till, web)
}

/// What matched, if the two are a candidate.
fn matched(till: Draft, web: Draft) -> Option<Vec<MatchKey>> {
    let (report, ..) = pair(till, web);
    assert!(report.candidates.len() + report.without.len() > 0);
    report.candidates.first().map(|candidate| candidate.matched.clone())
}

fn reasons(report: &Matches, listing: ListingId) -> &[Reason] {
    &report.without.iter().find(|entry| entry.listing == listing).expect("the listing has reasons").reasons
}

fn paired(report: &Matches) -> Vec<(u64, u64)> {
    report.candidates.iter().map(|candidate| (candidate.in_store.0, candidate.online.0)).collect()
}

#[test]
fn barcode_sku_or_title_match() {
    let tea = || simple("Tea pot");
    assert_eq!(matched(tea().barcode("036000291452"), simple("Kettle").barcode("0036000291452")), Some(vec![Barcode]));
    assert_eq!(matched(tea().sku(" tp-1"), simple("Kettle").sku("TP-1 ")), Some(vec![Sku]));
    assert_eq!(matched(tea(), simple("TEA  Pot")), Some(vec![Title]));
    assert_eq!(
        matched(tea().sku("TP-1").barcode("x-77"), tea().sku("tp-1").barcode("X-77")),
        Some(vec![Barcode, Sku, Title])
    );
    assert_eq!(matched(tea().sku("TP-1"), simple("Kettle").sku("TP-2")), None);
}

#[test]
fn a_title_alone_needs_the_same_price_and_brand() {
    let tea = || simple("Tea pot");
    let (report, till, web) = pair(tea().price(1990), tea().price(2490));
    let money = |minor| Some(Money::new(minor, euro()));
    assert_eq!(reasons(&report, till), [Reason::PriceDiffers { other: web, ours: money(1990), theirs: money(2490) }]);
    assert_eq!(reasons(&report, web), [Reason::PriceDiffers { other: till, ours: money(2490), theirs: money(1990) }]);
    let (report, till, web) = pair(tea().brand("Rosa"), tea());
    assert_eq!(reasons(&report, till), [Reason::BrandDiffers { other: web, ours: Text::some("Rosa"), theirs: None }]);
    assert_eq!(matched(tea().brand("Rosa"), tea().brand("ROSA ")), Some(vec![Title]));
    assert_eq!(matched(tea().brand("Rosa").price(1), tea().brand("Lila").price(2)), None);
    // A stronger key needs neither.
    let other = tea().brand("Lila").price(2).sku("TP-1");
    assert_eq!(matched(tea().sku("TP-1"), other), Some(vec![Sku, Title]));
}

#[test]
fn another_currency_is_another_price() {
    let mut shelf = Shelf::new();
    let till = shelf.put(TILL, simple("Tea pot"));
    let web = shelf.put(WEB, simple("Tea pot"));
    let dollars = Money::new(1990, crate::domain::Currency::new("USD").unwrap());
    shelf.change(web, |known| known.listing.variants[0].price = Some(dollars));
    assert!(matches!(reasons(&report(&shelf), till), [Reason::PriceDiffers { .. }]));
}

#[test]
fn prices_of_variants_are_compared_pair_by_pair() {
    let till = || variable("Tee", &["Size"]).row(&["S"]).price(1000).row(&["M"]).price(1200);
    assert_eq!(
        matched(till(), variable("Tee", &["Size"]).row(&["M"]).price(1200).row(&["S"]).price(1000)),
        Some(vec![Title])
    );
    let swapped = variable("Tee", &["Size"]).row(&["M"]).price(1000).row(&["S"]).price(1200);
    let (report, id, _) = pair(till(), swapped);
    assert!(matches!(reasons(&report, id), [Reason::PriceDiffers { .. }]));
}

#[test]
fn structures_have_to_be_the_same() {
    let mut shelf = Shelf::new();
    let matrix = variable("Tee", &["Colour"]).row(&["Red"]).sku("TEE-R").row(&["Blue"]).sku("TEE-B");
    let matrix = shelf.put(TILL, matrix);
    let red = shelf.put(WEB, simple("Tee red").sku("TEE-R"));
    let blue = shelf.put(WEB, simple("Tee blue").sku("TEE-B"));
    let report = report(&shelf);
    assert!(report.candidates.is_empty());
    assert_eq!(reasons(&report, red)[0], Reason::StructureDiffers { other: matrix, ours_variable: false });
    assert_eq!(
        reasons(&report, matrix),
        [
            Reason::StructureDiffers { other: red, ours_variable: true },
            Reason::StructureDiffers { other: blue, ours_variable: true },
        ]
    );
}

#[test]
fn every_variant_needs_its_counterpart() {
    let till = variable("Tee", &["Size"]).row(&["S"]).row(&["M"]);
    let web = variable("Tee", &["Size"]).row(&["S"]).row(&["M"]).row(&["L"]);
    let (report, till, web) = pair(till, web);
    assert_eq!(reasons(&report, web), [Reason::VariantsDiffer { other: till, without: vec!["L".into()] }]);
    assert_eq!(reasons(&report, till), [Reason::OtherHasMore { other: web, without: vec!["L".into()] }]);
}

#[test]
fn candidates_pair_all_variants() {
    let till = variable("Tee", &["Colour", "Size"]).row(&["Red", "S"]).sku("T1").row(&["Red", "M"]);
    let web = variable("T-Shirt", &["size", "colour"]).row(&["m", "red"]).row(&["s", "red"]).sku("t1");
    let (report, ..) = pair(till, web);
    let pairs: Vec<_> = report.candidates[0].pairs.iter().map(|pair| (pair.in_store.0, pair.online.0)).collect();
    assert_eq!(pairs, [(1000, 2001), (1001, 2000)]);
    assert_eq!(report.candidates[0].matched, [Sku]);
}

#[test]
fn a_key_on_several_listings_does_not_tell_which() {
    let mut shelf = Shelf::new();
    let till = shelf.put(TILL, simple("Mug, green").sku("MUG"));
    let one = shelf.put(WEB, simple("Mug").sku("mug"));
    let two = shelf.put(WEB, simple("Cup").sku("MUG"));
    let report = report(&shelf);
    for listing in [till, one, two] {
        let Reason::DuplicateKey { key: Sku, listings, .. } = &reasons(&report, listing)[0] else {
            panic!("{:?}", reasons(&report, listing))
        };
        assert_eq!(*listings, [one, two]);
    }
}

#[test]
fn another_key_can_still_tell() {
    let mut shelf = Shelf::new();
    shelf.put(TILL, simple("Mug").sku("MUG"));
    shelf.put(WEB, simple("Mug").sku("MUG"));
    shelf.put(WEB, simple("Cup").sku("MUG"));
    let report = report(&shelf);
    assert_eq!(paired(&report), [(1, 2)]);
    assert_eq!(report.candidates[0].matched, [Sku, Title], "everything that agrees is listed");
}

#[test]
fn archived_duplicates_do_not_count() {
    let mut shelf = Shelf::new();
    shelf.put(TILL, simple("Mug").sku("MUG"));
    let old = shelf.put(WEB, simple("Mug (old)").sku("MUG").status(Status::Archived));
    shelf.put(WEB, simple("Cup").sku("MUG"));
    let report = report(&shelf);
    assert_eq!(paired(&report), [(1, 3)]);
    assert_eq!(reasons(&report, old)[0], Reason::Inactive);
}

#[test]
fn only_active_listings_are_linked() {
    let (report, till, web) = pair(simple("Mug").sku("M"), simple("Mug").sku("M").status(Status::Draft));
    assert!(report.candidates.is_empty());
    assert_eq!(reasons(&report, till), [Reason::OtherInactive { other: web }]);
    assert_eq!(reasons(&report, web), [Reason::Inactive]);
}

#[test]
fn the_strongest_key_decides() {
    let mut shelf = Shelf::new();
    let till = shelf.put(TILL, simple("Tea pot").sku("T-1").barcode("036000291452"));
    let by_barcode = shelf.put(WEB, simple("Kettle").barcode("036000291452"));
    let by_title = shelf.put(WEB, simple("Tea pot"));
    let by_sku = shelf.put(WEB, simple("Pot").sku("T-1"));
    let report = report(&shelf);
    assert_eq!(paired(&report), [(till.0, by_barcode.0)]);
    for other in [by_title, by_sku] {
        assert_eq!(reasons(&report, other), [Reason::OtherMatched { other: till, by: Barcode, with: by_barcode }]);
    }
}

#[test]
fn a_stronger_key_that_leads_into_a_wall_is_still_believed() {
    let mut shelf = Shelf::new();
    let till = shelf.put(TILL, simple("Tea pot").sku("T-1"));
    let matrix = shelf.put(WEB, variable("Pots", &["Size"]).row(&["S"]).sku("T-1").row(&["M"]).sku("T-2"));
    shelf.put(WEB, simple("Tea pot"));
    let report = report(&shelf);
    assert!(report.candidates.is_empty(), "the title must not overrule the SKU");
    assert_eq!(reasons(&report, till), [Reason::StructureDiffers { other: matrix, ours_variable: false }]);
}

#[test]
fn variants_that_lead_to_several_listings_are_explained() {
    let tee = |first: &str, second: &str| variable("Tee", &["Size"]).row(&["S"]).sku(first).row(&["M"]).sku(second);
    let mut shelf = Shelf::new();
    let till = shelf.put(TILL, tee("A-1", "A-2"));
    let one = shelf.put(WEB, tee("A-1", "B-2"));
    let two = shelf.put(WEB, tee("B-1", "A-2"));
    let report = report(&shelf);
    assert!(report.candidates.is_empty());
    let several = Reason::SeveralCounterparts { key: Sku, of: till, listings: vec![one, two] };
    assert_eq!(reasons(&report, till)[0], several);
    assert!(reasons(&report, one).contains(&several));
}

#[test]
fn duplicate_variants_are_named() {
    let till = variable("Shoe", &["Colour", "Size"]).row(&["Red", "13"]).row(&["red", "13"]);
    let web = variable("Shoe", &["Colour", "Size"]).row(&["Red", "13"]).row(&["Red", "14"]);
    let (report, till, web) = pair(till, web);
    let expected = Reason::DuplicateVariant { listing: till, label: "red / 13".into() };
    assert_eq!(reasons(&report, till)[0], expected);
    assert_eq!(reasons(&report, web)[0], expected);
}

#[test]
fn special_characters_are_pointed_at() {
    let (report, till, web) = pair(simple("Tea-Pot").sku("TP_1"), simple("Kettle").sku("TP-1"));
    let special = |other, ours: &str, theirs: &str| Reason::SpecialCharacter {
        other,
        key: Sku,
        ours: ours.into(),
        theirs: theirs.into(),
    };
    assert_eq!(reasons(&report, till), [special(web, "TP_1", "TP-1")]);
    assert_eq!(reasons(&report, web), [special(till, "TP-1", "TP_1")]);
    let (report, till, _) = pair(simple("Café: “Crème”"), simple("Cafe Creme"));
    assert!(matches!(reasons(&report, till), [Reason::SpecialCharacter { key: Title, .. }]));
}

#[test]
fn nothing_on_the_other_side() {
    let (report, till, web) = pair(simple("Tea pot"), simple("Kettle").sku("K-1"));
    assert_eq!(reasons(&report, till), [Reason::NoKey]);
    assert_eq!(reasons(&report, web), [Reason::NoCounterpart]);
}

#[test]
fn linked_listings_are_in_neither_list() {
    let mut shelf = Shelf::new();
    let till = shelf.put(TILL, simple("Mug").sku("M"));
    let web = shelf.put(WEB, simple("Mug").sku("M"));
    let late = shelf.put(TILL, simple("Mug, new").sku("M2").barcode("x1"));
    let known = shelf.put(WEB, simple("Cup").barcode("x1"));
    shelf.link(&[(till, 0), (web, 0)]);
    assert_eq!(paired(&report(&shelf)), [(late.0, known.0)]);
    // And the linked one is told to whoever would match it.
    shelf.change(web, |known| known.listing.variants[0].barcode = Some("x2".into()));
    shelf.change(late, |known| known.listing.variants[0].barcode = Some("x2".into()));
    let report = report(&shelf);
    assert_eq!(reasons(&report, late), [Reason::OtherLinked { other: web }]);
    assert_eq!(report.without.len(), 2);
}

#[test]
fn partly_linked_listings_say_what_is_missing() {
    let tee = |last: &str| variable("Tee", &["Size"]).row(&["S"]).row(&["M"]).row(&[last]);
    let mut shelf = Shelf::new();
    let (till, web) = (shelf.put(TILL, tee("L")), shelf.put(WEB, tee("XL")));
    shelf.link(&[(till, 0), (web, 0)]);
    shelf.link(&[(till, 1), (web, 1)]);
    let report = report(&shelf);
    assert_eq!(reasons(&report, till)[0], Reason::PartlyLinked { other: web, without: vec!["L".into()] });
    assert_eq!(reasons(&report, web)[0], Reason::PartlyLinked { other: till, without: vec!["XL".into()] });
}

#[test]
fn variants_that_came_later_are_offered() {
    let tee = |price| variable("Tee", &["Size"]).row(&["S"]).price(price).row(&["M"]).row(&["L"]);
    let mut shelf = Shelf::new();
    let (till, web) = (shelf.put(TILL, tee(1000)), shelf.put(WEB, tee(2000)));
    shelf.link(&[(till, 0), (web, 0)]);
    let late = report(&shelf);
    assert_eq!((paired(&late), late.without.len()), (vec![(1, 2)], 0));
    let pairs: Vec<_> = late.candidates[0].pairs.iter().map(|pair| (pair.in_store.0, pair.online.0)).collect();
    assert_eq!(pairs, [(1001, 2001), (1002, 2002)]);
    // Not if somebody has linked them crosswise.
    shelf.link(&[(till, 1), (web, 2)]);
    assert!(report(&shelf).candidates.is_empty());
}

#[test]
fn a_product_can_be_linked_to_a_second_web_shop() {
    let mut shelf = Shelf::new();
    let till = shelf.put(TILL, simple("Mug").sku("M"));
    let market = shelf.put(MARKET, simple("Mug").sku("M"));
    shelf.link(&[(till, 0), (market, 0)]);
    assert_eq!(report(&shelf), Matches::default(), "it is linked, nobody asks");
    let web = shelf.put(WEB, simple("Mug").sku("M"));
    assert_eq!(paired(&report(&shelf)), [(till.0, web.0)]);
    // But two links are not made one.
    let other_till = shelf.put(TILL, simple("Something else"));
    shelf.change(other_till, |known| known.connection = crate::domain::ConnectionId(4));
    shelf.link(&[(other_till, 0), (web, 0)]);
    assert!(report(&shelf).candidates.is_empty());
}

#[test]
fn a_thousand_duplicates_are_told_shortly() {
    let mut shelf = Shelf::new();
    for _ in 0..1000 {
        shelf.put(TILL, simple("Gift card"));
    }
    shelf.put(WEB, simple("Gift card"));
    let report = report(&shelf);
    assert_eq!(report.without.len(), 1001);
    for entry in &report.without {
        let [Reason::DuplicateKey { listings, .. }] = entry.reasons.as_slice() else { panic!("{entry:?}") };
        assert!(listings.len() <= crate::rules::matching::reasons::MOST_NAMED + 1);
    }
}
