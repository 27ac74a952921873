//! Copies: attribute sets, marks, what is completed after a broken try, what is left of a refused one.

use super::*;
use crate::platform::{PlatformError, WriteError};

const FEW: &[&[&str]] = &[&["Red", "S"], &["Red", "M"], &["Blue", "S"]];

fn place() -> crate::domain::Location {
    crate::domain::Location { id: here(), name: "Harbour Street".into(), active: true }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attribute_set_is_found_or_made_once() {
    let bench = Bench::open(Vec::new()).await;
    // In another order and in other letters than the account's own set.
    let known = source("Known", &["size", "COLOR"], &[&["S", "Red"], &["M", "Red"]]);
    let made = bench.till.create(&creation(&known, 1), &known, &place()).await.unwrap();
    assert!(!bench.calls(0).iter().any(|call| call == "POST /ItemAttributeSet.json"));
    let labels: Vec<String> = made.listing.variants.iter().map(Variant::option_label).collect();
    assert_eq!(labels, ["Red / S", "Red / M"]);
    for number in 2..4 {
        let new = source(&format!("New {number}"), &["Colour", "Size"], FEW);
        let made = bench.till.create(&creation(&new, number), &new, &place()).await.unwrap();
        let Structure::Variable { options } = &made.listing.structure else { panic!() };
        assert_eq!(options.iter().map(Text::as_str).collect::<Vec<_>>(), ["Colour", "Size"]);
    }
    let posts = bench.calls(0).into_iter().filter(|call| call == "POST /ItemAttributeSet.json").count();
    assert_eq!(posts, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_set_can_be_made_one_stands_in() {
    let bench = Bench::with(Sandbox::default().with_fixed_sets(), Vec::new()).await;
    let shirt = source("Shirt", &["Colour", "Size"], FEW);
    let creation = creation(&shirt, 1);
    let made = bench.till.create(&creation, &shirt, &place()).await.unwrap();
    assert!(
        made.notes.iter().any(|note| note.contains("3 Attributes") || note.contains("Attribute 1")),
        "{:?}",
        made.notes
    );
    let labels: Vec<String> = made.listing.variants.iter().map(Variant::option_label).collect();
    assert_eq!(labels, ["Red / S", "Red / M", "Blue / S"]);
    let found = bench.till.find_created(&creation, &shirt).await.unwrap().unwrap();
    assert_eq!((found.listing.remote, found.variants), (made.listing.remote, made.variants));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_options_than_a_set_has_are_refused_before_the_first_call() {
    let bench = Bench::open(Vec::new()).await;
    let shirt = source("Shirt", &["A", "B", "C", "D"], &[&["1", "2", "3", "4"]]);
    let skip = bench.count();
    let error = bench.till.create(&creation(&shirt, 1), &shirt, &place()).await.unwrap_err();
    assert!(matches!(&error, WriteError::NotApplied(PlatformError::Refused { .. })), "{error}");
    assert_eq!(bench.count(), skip);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_broke_off_anywhere_is_completed_and_never_doubled() {
    let mut shirt = source("Shirt", &["Colour", "Size"], FEW);
    shirt.brand = Text::some("Hill");
    shirt.category = Text::some("Clothes/Tops");
    for fault in ["cut-after", "cut-before", "5xx", "429", "malformed"] {
        for nth in 1..16 {
            let bench = Bench::open(Vec::new()).await;
            let creation = creation(&shirt, 1);
            bench.faults(&format!("{fault}:nth={nth}"));
            let first = bench.till.create(&creation, &shirt, &place()).await;
            let what = format!("{fault} at call {nth}: {first:?}");
            bench.server.set_faults(Faults::none());
            let left = bench.server.shop().look(|shop| shop.products.len());
            if let Err(WriteError::NotApplied(_)) = &first {
                assert_eq!(left, 0, "{what}: said not applied");
            }
            let made = match bench.till.find_created(&creation, &shirt).await.unwrap() {
                Some(found) => found,
                None => bench.till.create(&creation, &shirt, &place()).await.unwrap(),
            };
            assert_eq!(made.variants.len(), 3, "{what}");
            let labels: Vec<String> = made.listing.variants.iter().map(Variant::option_label).collect();
            assert_eq!(labels, ["Red / S", "Red / M", "Blue / S"], "{what}");
            assert_eq!(made.listing.brand.as_deref(), Some("Hill"), "{what}");
            assert_eq!(made.listing.category.as_deref(), Some("Clothes/Tops"), "{what}");
            assert_eq!(bench.listings().await.len(), 1, "{what}");
            assert_eq!(bench.in_shop("Shirt").variants.len(), 3, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_taken_is_told_and_the_rest_goes_over() {
    let bench = Bench::open(Vec::new()).await;
    let mut mug = source("Mug", &[], &[&[]]);
    mug.variants[0].barcode = Text::some("12345670");
    mug.variants[0].stock = Stock::Untracked;
    mug.images = vec!["https://cdn.example/mug.png".to_owned()];
    mug.category = Text::some("Home / Kitchen");
    mug.description = Text::new("Thrown by hand");
    let made = bench.till.create(&creation(&mug, 1), &mug, &place()).await.unwrap();
    for lost in ["12345670", "pictures", "category"] {
        assert!(made.notes.iter().any(|note| note.contains(lost)), "{lost}: {:?}", made.notes);
    }
    assert_eq!(made.listing.variants[0].stock, Stock::Untracked, "what is not counted there is not counted here");
    assert_eq!(made.listing.description.as_str(), "Thrown by hand");
    assert!(!made.stock_set);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_variant_leaves_nothing_behind() {
    let bench = Bench::open(Vec::new()).await;
    // No value at all: R-Series takes no such item into a matrix.
    let shirt = source("Shirt", &["Colour", "Size"], &[&["Red", "S"], &["", ""]]);
    let error = bench.till.create(&creation(&shirt, 1), &shirt, &place()).await.unwrap_err();
    assert!(matches!(&error, WriteError::NotApplied(PlatformError::Refused { .. })), "{error}");
    assert_eq!(bench.listings().await.len(), 0);
    assert_eq!(bench.till.find_created(&creation(&shirt, 1), &shirt).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_not_published() {
    let bench = Bench::open(Vec::new()).await;
    for (number, listing) in [(1, source("Mug", &[], &[&[]])), (2, source("Shirt", &["Colour", "Size"], FEW))] {
        let draft = Creation { draft: true, ..creation(&listing, number) };
        let made = bench.till.create(&draft, &listing, &place()).await.unwrap();
        assert_eq!(made.listing.status, Status::Draft);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_item_is_made_with_two_calls_and_found_with_two() {
    let bench = Bench::open(Vec::new()).await;
    bench.listings().await;
    let mug = source("Mug", &[], &[&[]]);
    let skip = bench.count();
    let made = bench.till.create(&creation(&mug, 1), &mug, &place()).await.unwrap();
    let item = format!("GET /Item/{}.json", made.listing.remote);
    assert_eq!(bench.calls(skip), ["POST /Item.json".to_owned(), item.clone()]);
    let skip = bench.count();
    bench.till.find_created(&creation(&mug, 1), &mug).await.unwrap().unwrap();
    assert_eq!(bench.calls(skip), ["GET /Item.json".to_owned(), item]);
}
