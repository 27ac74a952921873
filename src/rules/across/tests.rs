//! Groups by example, by property, and of catalogues as nobody expects them.

use proptest::prelude::*;

use super::*;
use crate::domain::Status;
use crate::rules::shelf::{Draft, Shelf, TILL, WEB, simple, variable};

fn tee() -> Draft {
    ["Red", "Blue"].iter().fold(variable("Perfect T-Shirt", &["Colour", "Size"]), |draft, colour| {
        ["S", "13", "L"].iter().fold(draft, |draft, size| draft.row(&[colour, size]))
    })
}

fn groups(shelf: &Shelf) -> Vec<Group> {
    super::groups(shelf, TILL, WEB, &|_| false)
}

fn told(shelf: &Shelf) -> Vec<(String, Vec<String>)> {
    groups(shelf)
        .iter()
        .map(|group| {
            let product = shelf.listing(group.product).unwrap();
            let variants = group.variants.iter().enumerate();
            let variants = variants.map(|(place, (_, outcome))| variant_sentence(shelf, product, place, outcome));
            (sentence(group), variants.collect())
        })
        .collect()
}

#[test]
fn titles_tell_the_options_and_keys_tell_the_rest() {
    let mut shelf = Shelf::new();
    shelf.put(TILL, tee());
    for title in
        ["Perfect T-Shirt - Red / 13", "perfect t-shirt, blue, s", "Perfect T-Shirt (L/Red)", "Red Perfect T-Shirt S"]
    {
        shelf.put(WEB, simple(title));
    }
    shelf.put(WEB, simple("Perfect T-Shirt - Green / 13"));
    shelf.put(WEB, simple("Perfect T-Shirt"));
    shelf.change(ListingId(1), |known| known.listing.variants[4].sku = Text::some("B-13"));
    shelf.put(WEB, simple("Shirt, blue, thirteen").sku("b-13").price(2490));
    let told = told(&shelf);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, "1 product with 6 variants ↔ 5 single items: 5 match, 1 does not");
    assert_eq!(told[0].1[1], "The item's title names it: Red / 13");
    assert_eq!(told[0].1[4], "Same SKU; the price differs: 19.90 EUR here, 24.90 EUR there");
    assert!(told[0].1[5].starts_with("No single item has its barcode"), "{}", told[0].1[5]);
}

#[test]
fn what_is_ambiguous_matches_nothing_and_says_why() {
    let mut shelf = Shelf::new();
    shelf.put(TILL, tee());
    shelf.put(WEB, simple("Perfect T-Shirt - Red / S"));
    shelf.put(WEB, simple("Perfect T-Shirt | S | Red"));
    shelf.put(WEB, simple("Perfect T-Shirt - Red / 13").status(Status::Draft));
    shelf.put(WEB, simple("Perfect T-Shirt - Red / L").brand("Acme"));
    let taken = shelf.put(WEB, simple("Perfect T-Shirt - Blue / S"));
    let mug = shelf.put(TILL, simple("Mug"));
    shelf.link(&[(mug, 0), (taken, 0)]);
    let linked = shelf.put(WEB, simple("Perfect T-Shirt - Blue / L"));
    shelf.link(&[(ListingId(1), 5), (linked, 0)]);
    let outcomes: Vec<Outcome> = groups(&shelf).remove(0).variants.into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(
        outcomes,
        [
            Outcome::None(Why::Several(vec![ListingId(2), ListingId(3)])),
            Outcome::None(Why::Inactive(ListingId(4))),
            Outcome::None(Why::Brand { item: ListingId(5), theirs: Some("Acme".into()) }),
            Outcome::None(Why::Taken(taken)),
            Outcome::None(Why::Nothing),
            Outcome::Linked(linked),
        ]
    );
}

#[test]
fn keys_that_contradict_each_other_are_not_believed() {
    let mut shelf = Shelf::new();
    shelf.put(TILL, variable("Tee", &["Size"]).row(&["S"]).sku("T-S").barcode("036000291452").row(&["M"]).sku("T-M"));
    shelf.put(WEB, simple("Tee A").sku("T-S"));
    shelf.put(WEB, simple("Tee B").barcode("036000291452"));
    shelf.put(WEB, simple("Tee C").sku("T-M"));
    let group = groups(&shelf).remove(0);
    assert_eq!(group.variants[0].1, Outcome::None(Why::Several(vec![ListingId(2), ListingId(3)])));
    assert_eq!(group.matches().count(), 1);
    // One item, two of ours.
    let mut shelf = Shelf::new();
    shelf.put(TILL, variable("Tee", &["Size"]).row(&["S"]).sku("T-S").row(&["M"]).barcode("036000291452"));
    let item = shelf.put(WEB, simple("Other").sku("T-S").barcode("036000291452"));
    let group = groups(&shelf).remove(0);
    assert!(group.variants.iter().all(|(_, outcome)| *outcome == Outcome::None(Why::Shared(item))), "{group:?}");
}

#[test]
fn odd_catalogues_end() {
    assert!(groups(&Shelf::new()).is_empty());
    let mut shelf = Shelf::new();
    let wide = (0..5000).fold(variable("Tee", &["No"]), |draft, number| draft.row(&[&format!("N{number}")]));
    shelf.put(TILL, wide);
    shelf.put(TILL, variable("", &["No"]).row(&["1"]));
    shelf.put(TILL, variable(&"Tee ".repeat(2500), &["No"]).row(&["1"]));
    for number in 0..5000 {
        shelf.put(WEB, simple(&format!("Tee - N{number}")));
    }
    shelf.put(WEB, simple(&("Tee ".repeat(2500) + "1")));
    shelf.put(WEB, simple(""));
    let group = groups(&shelf).remove(0);
    assert_eq!(group.matches().count(), 5000);
}

#[test]
fn a_great_many_products_of_one_title_meet_nobody_by_it() {
    let mut shelf = Shelf::new();
    for _ in 0..20_000 {
        shelf.put(TILL, variable("Tee", &["Size"]).row(&["S"]));
        shelf.put(WEB, simple("Tee - S"));
    }
    assert!(groups(&shelf).is_empty());
}

fn catalogue() -> impl Strategy<Value = Shelf> {
    let product = ("(Tee|Mug)", proptest::collection::vec(("(Red|Blue|S|M)", "[AB]{0,1}"), 1..4));
    let item = ("(Tee|Mug)", "(Red|Blue|S|M)", "[AB]{0,1}", any::<bool>());
    let all = (proptest::collection::vec(product, 0..4), proptest::collection::vec(item, 0..8));
    all.prop_map(|(products, items)| {
        let mut shelf = Shelf::new();
        for (title, rows) in products {
            shelf.put(
                TILL,
                rows.iter().fold(variable(&title, &["Kind"]), |draft, (value, sku)| draft.row(&[value]).sku(sku)),
            );
        }
        for (title, value, sku, active) in items {
            let status = if active { Status::Active } else { Status::Draft };
            shelf.put(WEB, simple(&format!("{title} - {value}")).sku(&sku).status(status));
        }
        shelf
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Nobody is in two pairs, and only what is for sale is paired.
    #[test]
    fn every_item_is_one_variant_at_most(shelf in catalogue()) {
        let groups = groups(&shelf);
        let mut items: Vec<ListingId> = groups.iter().flat_map(Group::matches).map(|(_, found)| found.item).collect();
        let all = items.len();
        items.sort();
        items.dedup();
        prop_assert_eq!(items.len(), all);
        for group in &groups {
            prop_assert_eq!(group.variants.len(), shelf.listing(group.product).unwrap().variants.len());
            for (_, found) in group.matches() {
                let item = shelf.listing(found.item).unwrap();
                prop_assert!(item.listing.status == Status::Active && !item.listing.structure.is_variable());
            }
        }
    }
}
