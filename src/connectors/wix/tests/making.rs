//! Making, changing and adding in V3: names that are too long, keys that are taken, revisions, whole variants.

use serde_json::json;

use crate::connectors::wix::sandbox::Sandbox;
use crate::domain::{Field, FieldValue, Listing, Money, OptionValue, Status, Structure, Text};
use crate::platform::{Connector, EditOutcome, PlatformError, WriteError};

use super::{Bench, change, creation, euro, mug, shirt};

async fn source() -> Listing {
    Bench::open(vec![shirt()]).await.listing("Shirt").await
}

#[tokio::test]
async fn what_is_too_long_or_too_much_is_refused_before_the_first_call_and_never_cut() {
    let good = source().await;
    let bench = Bench::open(vec![mug(1)]).await;
    let mut long = good.clone();
    long.title = Text::new(&"A".repeat(81));
    let mut sku = good.clone();
    sku.variants[0].sku = Text::some(&"S".repeat(41));
    let mut options = good.clone();
    let names: Vec<Text> = (0..7).map(|n| Text::new(&format!("Option {n}"))).collect();
    let values = |names: &[Text]| names.iter().map(|n| OptionValue { option: n.clone(), value: n.clone() }).collect();
    options.variants.truncate(1);
    options.variants[0].options = values(&names);
    options.structure = Structure::Variable { options: names };
    let mut many = good.clone();
    many.variants = (0..1001)
        .map(|n| {
            let mut variant = good.variants[0].clone();
            variant.options[1].value = Text::new(&n.to_string());
            variant
        })
        .collect();
    let mut free = good.clone();
    free.variants[0].price = None;
    let mut value = good.clone();
    value.variants[0].options[0].value = Text::new(&"V".repeat(51));
    let writes = || bench.sent("POST /stores/v3/products-with-inventory").len();
    for (what, bad) in
        [("81", long), ("SKU", sku), ("7 options", options), ("1001", many), ("price", free), ("value", value)]
    {
        let refused = bench.wix.create(&creation(&bad, false), &bad, &bench.places[0]).await.unwrap_err();
        assert!(
            matches!(&refused, WriteError::NotApplied(PlatformError::Refused { why, .. }) if why.contains(what)),
            "{what}: {refused:?}"
        );
    }
    assert_eq!(writes(), 0);
    let mut just = good.clone();
    just.title = Text::new(&"é".repeat(80));
    let made = bench.wix.create(&creation(&just, false), &just, &bench.places[0]).await.unwrap();
    assert_eq!(made.listing.title.chars().count(), 80, "characters, and not bytes");
}

#[tokio::test]
async fn a_product_is_made_whole_in_one_call() {
    let mut good = source().await;
    good.images = vec!["https://pictures.example/1.jpg".into(), "file:///etc/passwd".into()];
    good.variants[0].compare_at = Some(Money::new(2990, euro()));
    let bench = Bench::open(vec![mug(1)]).await;
    let made = bench.wix.create(&creation(&good, true), &good, &bench.places[0]).await.unwrap();
    assert_eq!(bench.sent("POST /stores/v3/products-with-inventory").len(), 1);
    assert_eq!((made.listing.status, made.stock_set), (Status::Draft, true));
    assert_eq!(made.listing.images, ["https://pictures.example/1.jpg"]);
    assert_eq!(made.listing.variants[0].compare_at, good.variants[0].compare_at);
    assert_eq!(made.notes, ["1 pictures were not sent"]);
    let again = bench.wix.create(&creation(&good, true), &good, &bench.places[0]).await.unwrap();
    assert_eq!(again.listing.remote, made.listing.remote, "the same mark never makes two");
}

#[tokio::test]
async fn a_taken_barcode_costs_the_barcode_and_a_taken_sku_the_copy() {
    let mut good = source().await;
    good.variants.iter_mut().for_each(|variant| variant.barcode = Text::some("4006381333931"));
    let mut holder = mug(1);
    holder.variants[0].barcode = "4006381333931".to_owned();
    let bench = Bench::open(vec![holder]).await;
    let made = bench.wix.create(&creation(&good, false), &good, &bench.places[0]).await.unwrap();
    assert_eq!(made.listing.variants[0].barcode, None);
    assert!(made.notes.iter().any(|note| note.contains("barcodes were refused")), "{:?}", made.notes);
    assert!(made.notes.iter().any(|note| note.contains("each barcode once")), "{:?}", made.notes);
    let bench = Bench::open(vec![shirt()]).await;
    let refused = bench.wix.create(&creation(&good, false), &good, &bench.places[0]).await.unwrap_err();
    assert!(refused.to_string().contains("SKU_ALREADY_EXIST_ERROR"), "{refused}");
    assert!(matches!(refused, WriteError::NotApplied(_)));
}

#[tokio::test]
async fn a_conflict_is_read_again_and_tried_again() {
    let renamed = |listing: &Listing| [change(listing, 0, Field::Title, FieldValue::Text("Renamed".into()))];
    let bench = Bench::with(Sandbox::new().with_conflicts(2), vec![shirt()]).await;
    let listing = bench.listing("Shirt").await;
    assert_eq!(bench.wix.edit(&listing, &renamed(&listing)).await, Ok(vec![EditOutcome::Applied]));
    let patches = bench.sent("PATCH /stores/v3/products/");
    let revisions: std::collections::BTreeSet<String> =
        patches.iter().map(|body| body["product"]["revision"].as_str().unwrap().to_owned()).collect();
    assert_eq!((patches.len(), revisions.len()), (3, 3), "each with the revision of a new reading");
    let bench = Bench::with(Sandbox::new().with_conflicts(9), vec![shirt()]).await;
    let listing = bench.listing("Shirt").await;
    let outcome = bench.wix.edit(&listing, &renamed(&listing)).await.unwrap();
    assert!(
        matches!(&outcome[..], [EditOutcome::Rejected(why)] if why.to_string().contains("somebody else")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn variants_go_back_whole_and_with_their_costs() {
    let bench = Bench::open(vec![shirt()]).await;
    let listing = bench.listing("Shirt").await;
    let price = FieldValue::Money(Some(Money::new(2450, euro())));
    bench.wix.edit(&listing, &[change(&listing, 1, Field::Price, price)]).await.unwrap();
    let body = bench.sent("PATCH /stores/v3/products/").pop().unwrap();
    let variants = body["product"]["variantsInfo"]["variants"].as_array().unwrap();
    assert_eq!(variants.len(), 2, "what is not sent would be gone");
    assert!(variants.iter().all(|variant| variant["id"].is_string() && variant.get("inventoryStatus").is_none()));
    assert_eq!(body["product"].as_object().unwrap().len(), 2, "the variants, the revision and nothing else: {body}");
    // The costs come only to a reading that asks for them.
    let asked = bench.server.requests();
    assert!(asked.iter().any(|seen| seen.method == "GET" && seen.path.starts_with("/stores/v3/products/")));
    assert_eq!(bench.in_shop("Shirt").variants[1].price, Some(2450));
    assert_eq!(bench.in_shop("Shirt").variants[0].price, Some(1990));
}

#[tokio::test]
async fn one_refused_field_does_not_stop_the_others() {
    let bench = Bench::open(vec![shirt(), mug(1)]).await;
    let listing = bench.listing("Shirt").await;
    let changes = [
        change(&listing, 0, Field::Title, FieldValue::Text("Renamed".into())),
        change(&listing, 0, Field::Sku, FieldValue::Maybe(Text::some("M-1"))),
        change(&listing, 1, Field::Sku, FieldValue::Maybe(Text::some("FREE"))),
        change(&listing, 0, Field::Title, FieldValue::Text(Text::new(&"x".repeat(81)))),
        change(&listing, 0, Field::CompareAtPrice, FieldValue::Money(Some(Money::new(100, euro())))),
    ];
    let outcomes = bench.wix.edit(&listing, &changes).await.unwrap();
    let done: Vec<bool> = outcomes.iter().map(|outcome| *outcome == EditOutcome::Applied).collect();
    assert_eq!(done, [true, false, true, false, false], "{outcomes:?}");
    let now = bench.in_shop("Renamed");
    assert_eq!((now.variants[0].sku.as_str(), now.variants[1].sku.as_str()), ("S-RED-S", "FREE"));
}

#[tokio::test]
async fn new_variants_come_with_their_values_in_one_call() {
    let bench = Bench::open(vec![shirt()]).await;
    let listing = bench.listing("Shirt").await;
    let mut green = listing.variants[0].clone();
    green.options[0].value = "Green".into();
    green.options[1].value = "s".into();
    green.options.reverse();
    green.sku = Text::some("S-GREEN-S");
    for _ in 0..2 {
        let now = bench.wix.add_variants(&listing, std::slice::from_ref(&green)).await.unwrap();
        let labels: Vec<String> = now.variants.iter().map(|variant| variant.option_label()).collect();
        assert_eq!(labels, ["Red / S", "Blue / M", "Green / S"], "in the product's own order and spelling");
    }
    let patches = bench.sent("PATCH /stores/v3/products/");
    assert_eq!(patches.len(), 1);
    assert_eq!(patches[0]["product"]["options"][0]["choicesSettings"]["choices"][2]["name"], json!("Green"));
    let mut other = green.clone();
    other.options.pop();
    let refused = bench.wix.add_variants(&listing, &[other]).await.unwrap_err();
    assert!(refused.to_string().contains("Colour, Size"), "{refused}");
}
