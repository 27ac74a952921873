//! Copies with many combinations, edits of many, pictures.

use crate::domain::{Field, FieldChange, FieldValue, Listing, Money, OptionValue, Status, Text};
use crate::platform::{Connector, EditOutcome, PlatformError, WriteError};

use super::{Bench, Sandbox, creation, euro, here, mug, shirt};

async fn source(sizes: i64) -> Listing {
    Bench::open(vec![shirt(sizes)]).await.only().await
}

#[tokio::test]
async fn many_combinations_go_in_one_batch() {
    let source = source(12).await;
    let bench = Bench::open(Vec::new()).await;
    let made = bench.shop.create(&creation(&source, 1), &source, &here()).await.unwrap();
    assert!(made.stock_set, "{:?}", made.notes);
    assert_eq!(made.listing.variants.len(), 12);
    let calls = bench.calls(0);
    assert_eq!(calls.iter().filter(|call| *call == "POST /batch").count(), 1, "{calls:?}");
    assert!(calls.len() <= 6, "profile, product, batch, two looks, and the whole: {calls:?}");
    let base = bench.in_shop("Shirt").extra["base"].clone();
    assert_eq!((base["tracked"].as_bool(), base["levels"]["1"].as_str()), (Some(true), Some("0")), "{base:#}");
}

#[tokio::test]
async fn a_batch_whose_answer_was_lost_is_sent_again_and_done_once() {
    let source = source(12).await;
    let bench = Bench::open(Vec::new()).await;
    bench.faults("cut-after:nth=1,path=/batch,method=POST");
    let made = bench.shop.create(&creation(&source, 1), &source, &here()).await.unwrap();
    assert_eq!((made.listing.variants.len(), bench.in_shop("Shirt").variants.len()), (12, 12));
    let posted = bench.calls(0).iter().filter(|call| *call == "POST /batch").count();
    assert_eq!(posted, 2);
}

#[tokio::test]
async fn half_a_product_is_completed_by_its_marks() {
    let source = source(12).await;
    let bench = Bench::open(Vec::new()).await;
    let creation = creation(&source, 1);
    // Neither try of the batch arrives.
    bench.faults("cut-before:path=/batch");
    let outcome = bench.shop.create(&creation, &source, &here()).await;
    assert!(matches!(outcome, Err(WriteError::Unknown(_))), "{outcome:?}");
    bench.server.set_faults(crate::sandbox::Faults::none());
    let found = bench.shop.find_created(&creation, &source).await.unwrap().unwrap();
    assert_eq!(found.listing.variants.len(), 12);
    assert!(found.stock_set);
    let again = bench.shop.find_created(&creation, &source).await.unwrap().unwrap();
    assert_eq!(again.variants, found.variants);
}

#[tokio::test]
async fn parts_that_failed_are_sent_again_though_they_are_the_same() {
    let source = source(12).await;
    let bench = Bench::with(Sandbox::default().breaking(), Vec::new()).await;
    let creation = creation(&source, 1);
    let outcome = bench.shop.create(&creation, &source, &here()).await;
    assert!(matches!(outcome, Err(WriteError::Unknown(_))), "{outcome:?}");
    assert_eq!(bench.in_shop("Shirt").variants.len(), 1, "no combination yet");
    // Within the hour in which a key answers with what became of the first batch.
    let found = bench.shop.find_created(&creation, &source).await.unwrap().unwrap();
    assert_eq!((found.listing.variants.len(), found.stock_set), (12, true));
}

#[tokio::test]
async fn a_batch_that_stood_in_line_takes_nothing_from_its_second_try() {
    let source = source(12).await;
    let bench = Bench::with(Sandbox::default().late(), Vec::new()).await;
    let creation = creation(&source, 1);
    let outcome = bench.shop.create(&creation, &source, &here()).await;
    assert!(matches!(outcome, Err(WriteError::Unknown(_))), "{outcome:?}");
    // The first batch is done just before the second, all of which is refused then as taken.
    let found = bench.shop.find_created(&creation, &source).await.unwrap().unwrap();
    assert_eq!((found.listing.variants.len(), bench.in_shop("Shirt").variants.len()), (12, 12));
    assert_eq!(bench.server.shop().look(|shop| shop.products.len()), 1);
}

#[tokio::test]
async fn a_taken_number_refuses_a_copy_and_leaves_nothing() {
    let source = source(12).await;
    let mut other = mug(1);
    other.variants[0].sku = "T-7".to_owned();
    let bench = Bench::open(vec![other]).await;
    let outcome = bench.shop.create(&creation(&source, 1), &source, &here()).await;
    let Err(WriteError::NotApplied(PlatformError::Refused { why, .. })) = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("T-7") && why.contains("SKU"), "{why}");
    assert_eq!(bench.server.shop().look(|shop| shop.products.len()), 1);
}

#[tokio::test]
async fn a_picture_that_cannot_be_had_is_told_and_the_product_is_there() {
    let mut source = Bench::open(vec![mug(3)]).await.only().await;
    source.images = ["1.jpg", "missing.jpg", "3.jpg"].map(|end| format!("https://cdn.example/{end}")).to_vec();
    let bench = Bench::open(Vec::new()).await;
    let made = bench.shop.create(&creation(&source, 1), &source, &here()).await.unwrap();
    assert_eq!(made.listing.images, ["https://cdn.example/1.jpg", "https://cdn.example/3.jpg"]);
    assert!(made.notes.iter().any(|note| note.starts_with("picture 2 ")), "{:?}", made.notes);
}

#[tokio::test]
async fn many_prices_go_in_one_batch_and_a_bad_one_holds_up_none() {
    let bench = Bench::open(vec![shirt(10), mug(1)]).await;
    let all = bench.listings().await;
    let shirt = all.iter().find(|listing| listing.structure.is_variable()).unwrap();
    let change =
        |place: usize, field, to| FieldChange { variant: Some(shirt.variants[place].remote.clone()), field, to };
    let price = |minor| FieldValue::Money(Some(Money::new(minor, euro())));
    let mut changes: Vec<FieldChange> =
        (0..9).map(|place| change(place, Field::Price, price(2000 + place as i64))).collect();
    // Taken by the mug.
    changes.push(change(9, Field::Sku, FieldValue::Maybe(Text::some("MUG"))));
    let skip = bench.count();
    let outcomes = bench.shop.edit(shirt, &changes).await.unwrap();
    assert!(outcomes[..9].iter().all(|one| *one == EditOutcome::Applied), "{outcomes:?}");
    assert!(matches!(&outcomes[9], EditOutcome::Rejected(PlatformError::Refused { .. })), "{outcomes:?}");
    let calls = bench.calls(skip);
    assert!(calls.iter().all(|call| call.ends_with("/batch")), "{calls:?}");
    let prices: Vec<Option<i64>> = bench.in_shop("Shirt").variants.iter().map(|one| one.price).collect();
    assert_eq!(prices[..9], (0..9).map(|n| Some(2000 + n)).collect::<Vec<_>>());
    assert_eq!(prices[9], Some(1990));
}

#[tokio::test]
async fn one_bad_field_of_a_call_does_not_hold_up_the_others() {
    let mut other = mug(1);
    (other.title, other.variants[0].sku) = ("Other".into(), "TAKEN".into());
    let bench = Bench::open(vec![mug(3), other]).await;
    let all = bench.listings().await;
    let mug = all.iter().find(|listing| listing.title.as_str() == "Mug").unwrap();
    let of = |field, to| FieldChange { variant: None, field, to };
    let changes = [
        of(Field::Title, FieldValue::Text("Cup".into())),
        of(Field::Sku, FieldValue::Maybe(Text::some("TAKEN"))),
        of(Field::Active, FieldValue::Status(Status::Draft)),
    ];
    let outcomes = bench.shop.edit(mug, &changes).await.unwrap();
    let applied: Vec<bool> = outcomes.iter().map(|one| *one == EditOutcome::Applied).collect();
    assert_eq!(applied, [true, false, true], "{outcomes:?}");
    assert_eq!(bench.in_shop("Cup").status, Status::Draft);
}

#[tokio::test]
async fn a_refused_main_picture_loses_none_of_those_that_are_there() {
    let mut product = mug(3);
    product.images = vec!["https://cdn.example/a.jpg".into(), "https://cdn.example/b.jpg".into()];
    let bench = Bench::open(vec![product]).await;
    let listing = bench.only().await;
    let pictures = |ends: &[&str]| {
        let all = ends.iter().map(|end| format!("https://cdn.example/{end}"));
        [FieldChange { variant: None, field: Field::Images, to: FieldValue::Images(all.collect()) }]
    };
    let outcomes = bench.shop.edit(&listing, &pictures(&["missing.jpg", "c.jpg"])).await.unwrap();
    assert!(matches!(&outcomes[..], [EditOutcome::Rejected(_)]), "{outcomes:?}");
    assert_eq!(bench.in_shop("Mug").images.len(), 2);
    for ends in [&["c.jpg", "d.jpg", "e.jpg"][..], &["f.jpg"], &[]] {
        let outcomes = bench.shop.edit(&listing, &pictures(ends)).await.unwrap();
        assert_eq!(outcomes, [EditOutcome::Applied]);
        let now: Vec<String> = bench.in_shop("Mug").images;
        assert_eq!(now, ends.iter().map(|end| format!("https://cdn.example/{end}")).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn brand_and_barcode_leave_other_attributes_and_further_categories_stay() {
    let mut product = mug(3);
    (product.brand, product.category, product.variants[0].barcode) = ("Old".into(), "Kitchen".into(), "4006".into());
    product.extra.insert(
        "attributes".into(),
        serde_json::json!([{"id": 5, "name": "Depth", "value": "9 cm", "type": "CUSTOM"}]),
    );
    product.extra.insert("categoryIds".into(), serde_json::json!([77]));
    let bench = Bench::open(vec![product]).await;
    let listing = bench.only().await;
    assert_eq!(listing.category.as_deref(), Some("Kitchen"), "by the list, since the product does not tell");
    let of = |field, to: Option<&str>| FieldChange { variant: None, field, to: FieldValue::Maybe(to.map(Text::new)) };
    let changes = [of(Field::Brand, Some("New")), of(Field::Barcode, None), of(Field::Category, Some("Tableware"))];
    let outcomes = bench.shop.edit(&listing, &changes).await.unwrap();
    assert_eq!(outcomes, [EditOutcome::Applied, EditOutcome::Applied, EditOutcome::Applied]);
    let now = bench.in_shop("Mug");
    assert_eq!((now.brand.as_str(), now.variants[0].barcode.as_str(), now.category.as_str()), ("New", "", "Tableware"));
    assert_eq!(now.extra["attributes"][0]["value"], "9 cm");
    assert_eq!(now.extra["categoryIds"], serde_json::json!([77]));
}

#[tokio::test]
async fn a_single_product_gets_no_variants() {
    let bench = Bench::open(vec![mug(3)]).await;
    let listing = bench.only().await;
    let mut further = source(1).await.variants.remove(0);
    further.options = vec![OptionValue { option: "Size".into(), value: "S".into() }];
    let outcome = bench.shop.add_variants(&listing, &[further]).await;
    assert!(matches!(outcome, Err(WriteError::NotApplied(PlatformError::Refused { .. }))), "{outcome:?}");
}
