//! A product with variants becomes a group: five kinds of calls, found again, completed, or taken back.

use super::*;
use crate::platform::WriteError;

const VALUES: [&[&str]; 3] = [&["Red", "S"], &["Red", "M"], &["Blue", "S"]];

async fn create(bench: &Bench, creation: &Creation, source: &Listing) -> Result<crate::platform::Created, WriteError> {
    let location = crate::domain::Location { id: here(), name: "Here".into(), active: true };
    bench.till.create(creation, source, &location).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_costs_a_call_for_each_of_its_parts_and_one_for_the_ties() {
    let bench = Bench::open(Vec::new()).await;
    let shirt = source("Shirt", &["Colour", "Size"], &VALUES);
    let before = bench.count();
    let made = create(&bench, &creation(&shirt, 1), &shirt).await.unwrap();
    let mut calls = bench.calls(before);
    calls.iter_mut().filter(|call| call.ends_with("/options")).for_each(|call| *call = "POST options".to_owned());
    let count = |wanted: &str| calls.iter().filter(|call| call.as_str() == wanted).count();
    let counts =
        ["POST /item_groups", "POST /attributes", "POST options", "POST /items", "POST /option_items"].map(count);
    assert_eq!(counts, [1, 2, 4, 3, 1], "{calls:?}");
    // And one that reads: the answers to ties say nothing.
    assert_eq!(calls.len(), 12, "{calls:?}");
    let labels: Vec<String> = made.listing.variants.iter().map(Variant::option_label).collect();
    assert_eq!(labels, ["Red / S", "Red / M", "Blue / S"]);
    let names: Vec<String> =
        bench.in_shop("Shirt").variants.iter().map(|v| v.extra["clover"]["name"].to_string()).collect();
    assert_eq!(names[0], "\"Shirt - Red / S\"", "receipts tell them apart");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_item_is_one_call_and_says_what_is_lost() {
    let bench = Bench::open(Vec::new()).await;
    let mut mug = source("Mug", &[], &[&[]]);
    mug.description = "Thrown by hand".into();
    let before = bench.count();
    let made = create(&bench, &creation(&mug, 1), &mug).await.unwrap();
    assert_eq!(bench.calls(before), ["POST /items"]);
    assert!(made.notes[0].contains("the description"), "{:?}", made.notes);
    assert!(!made.stock_set);
}

/// Cut at each call in turn, what is made is completed and never made twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_was_made_in_part_is_completed() {
    let shirt = source("Shirt", &["Colour", "Size"], &VALUES);
    for fault in ["cut-after", "cut-before", "429", "5xx"] {
        for nth in 1..=12 {
            let bench = Bench::open(vec![mug("Mug", 1)]).await;
            let creation = creation(&shirt, 1);
            bench.faults(&format!("{fault}:nth={nth}"));
            let outcome = create(&bench, &creation, &shirt).await;
            bench.server.set_faults(Faults::none());
            let at = format!("{fault} at call {nth}: {outcome:?}");
            if let Err(WriteError::NotApplied(_)) = outcome {
                let groups = bench.till.shelf.groups().await.unwrap();
                assert!(groups.is_empty() && nth == 1, "{at}: {groups:?}");
                continue;
            }
            let found = bench.till.find_created(&creation, &shirt).await.unwrap();
            let found = match found {
                Some(found) => found,
                // Nothing had arrived.
                None if nth == 1 => create(&bench, &creation, &shirt).await.unwrap(),
                None => panic!("{at}: not found"),
            };
            assert_eq!(found.variants.len(), 3, "{at}");
            let there = bench.in_shop("Shirt");
            let values: Vec<&[String]> = there.variants.iter().map(|variant| &variant.values[..]).collect();
            assert_eq!(values, [["Red", "S"], ["Red", "M"], ["Blue", "S"]], "{at}");
            assert_eq!(bench.till.shelf.groups().await.unwrap().len(), 1, "{at}");
            let again = bench.till.find_created(&creation, &shirt).await.unwrap().unwrap();
            assert_eq!(again.variants, found.variants, "{at}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_for_good_leaves_nothing_behind() {
    let bench = Bench::open(Vec::new()).await;
    let long = "x".repeat(300);
    let shirt = source("Shirt", &["Colour"], &[&["Red"], &[&long]]);
    let outcome = create(&bench, &creation(&shirt, 1), &shirt).await;
    assert!(matches!(outcome, Err(WriteError::NotApplied(_))), "{outcome:?}");
    assert!(bench.till.shelf.groups().await.unwrap().is_empty());
    assert!(bench.listings().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_for_a_single_item_changes_nothing() {
    let bench = Bench::open(Vec::new()).await;
    let mug = source("Mug", &[], &[&[]]);
    let creation = creation(&mug, 1);
    assert_eq!(bench.till.find_created(&creation, &mug).await.unwrap(), None);
    create(&bench, &creation, &mug).await.unwrap();
    // Renamed and without a SKU, it is known by its mark.
    bench.alter(|shop, _| {
        let product = shop.products.values_mut().next().unwrap();
        product.title = "Another name".into();
        product.variants[0].sku.clear();
    });
    let before = bench.count();
    assert!(bench.till.find_created(&creation, &mug).await.unwrap().is_some());
    assert!(bench.calls(before).iter().all(|call| call.starts_with("GET ")), "{:?}", bench.calls(before));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_item_takes_no_variants() {
    let bench = Bench::open(vec![mug("Mug", 1)]).await;
    let mug = bench.named("Mug").await;
    let before = bench.count();
    let outcome = bench.till.add_variants(&mug, &source("Mug", &["Size"], &[&["L"]]).variants).await;
    assert!(matches!(outcome, Err(WriteError::NotApplied(_))), "{outcome:?}");
    assert_eq!(bench.count(), before);
}
