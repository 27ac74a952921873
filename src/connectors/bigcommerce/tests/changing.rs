//! What is made and changed: saves in part, channels, unique names, 600 variants.

use super::*;
use crate::domain::{Field, FieldChange, FieldValue, Text};
use crate::platform::{EditOutcome, WriteError};

#[tokio::test]
async fn a_product_that_was_saved_in_part_is_completed() {
    let source = Bench::open(vec![shirt(1)]).await.listing("Shirt 1").await;
    let bench = Bench::with(Sandbox::new().saving_in_part(), Vec::new()).await;
    let wanted = creation(false, vec![Some(Quantity::units(3)); 2]);
    let made = bench.shop.create(&wanted, &source, &location()).await.unwrap();
    assert_eq!((made.variants.len(), bench.in_store("Shirt 1").variants.len()), (2, 2));
    assert!(made.notes.iter().any(|note| note.contains("Some variants failed to save")), "{:?}", made.notes);
    assert_eq!(bench.in_store("Shirt 1").variants[1].sku, "S-1-M");
}

#[tokio::test]
async fn what_a_partial_save_left_out_is_said() {
    let bench = Bench::with(Sandbox::new().saving_in_part(), vec![mug(1)]).await;
    let listing = bench.listing("Mug 1").await;
    let first = Some(listing.variants[0].remote.clone());
    let changes = [
        FieldChange { variant: None, field: Field::Title, to: FieldValue::Text("Cup".into()) },
        FieldChange { variant: first, field: Field::Sku, to: FieldValue::Maybe(Text::some("CUP-1")) },
    ];
    let outcomes = bench.shop.edit(&listing, &changes).await.unwrap();
    assert_eq!(outcomes[0], EditOutcome::Applied);
    let EditOutcome::Rejected(why) = &outcomes[1] else { panic!("{outcomes:?}") };
    assert!(why.to_string().contains("The SKU failed to save"), "{why}");
    assert_eq!(bench.in_store("Cup").variants[0].sku, "M-1");
}

/// Refused together, they are sent piece by piece: the good one goes through.
#[tokio::test]
async fn one_bad_field_does_not_hide_the_others() {
    let bench = Bench::open(vec![mug(1), mug(2)]).await;
    let listing = bench.listing("Mug 1").await;
    let changes = [
        FieldChange { variant: None, field: Field::Title, to: FieldValue::Text("Mug 2".into()) },
        FieldChange { variant: None, field: Field::Description, to: FieldValue::Text("Blue".into()) },
    ];
    let outcomes = bench.shop.edit(&listing, &changes).await.unwrap();
    let EditOutcome::Rejected(why) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert!(why.to_string().contains("duplicate"), "{why}");
    assert_eq!((&outcomes[1], bench.in_store("Mug 1").description.as_str()), (&EditOutcome::Applied, "Blue"));
}

#[tokio::test]
async fn a_published_copy_is_put_on_a_storefront_and_a_draft_is_not() {
    let source = Bench::open(vec![mug(1)]).await.listing("Mug 1").await;
    for draft in [false, true] {
        let bench = Bench::with(Sandbox::new().on_no_channel(), Vec::new()).await;
        let wanted = creation(draft, vec![None]);
        bench.shop.create(&wanted, &source, &location()).await.unwrap();
        let assigned = bench.paths().iter().any(|path| path.ends_with("channel-assignments"));
        assert_eq!(assigned, !draft);
        assert!(!bench.in_store("Mug 1").variants[0].tracked, "unknown counts are not counted");
    }
}

/// Names are unique: a stranger's product of the same name is not taken for ours, nor is a second one made.
#[tokio::test]
async fn a_taken_name_is_refused() {
    let source = Bench::open(vec![mug(1)]).await.listing("Mug 1").await;
    let bench = Bench::open(vec![mug(1)]).await;
    let error = bench.shop.create(&creation(false, vec![None]), &source, &location()).await.unwrap_err();
    assert!(matches!(&error, WriteError::NotApplied(why) if why.to_string().contains("taken")), "{error}");
    assert_eq!(bench.server.shop().look(|shop| shop.products.len()), 1);
}

#[tokio::test]
async fn a_picture_that_cannot_be_fetched_does_not_stop_the_product() {
    let mut source = Bench::open(vec![mug(1)]).await.listing("Mug 1").await;
    source.images = vec!["https://cdn.example/broken.png".to_owned()];
    let bench = Bench::open(Vec::new()).await;
    let made = bench.shop.create(&creation(false, vec![None]), &source, &location()).await.unwrap();
    assert!(made.notes[0].contains("pictures were refused"), "{:?}", made.notes);
    source.images = vec!["https://cdn.example/1.png".to_owned(), "https://cdn.example/2.png".to_owned()];
    let changed = |images: &[&str]| {
        let images = images.iter().map(|name| format!("https://cdn.example/{name}")).collect();
        [FieldChange { variant: None, field: Field::Images, to: FieldValue::Images(images) }]
    };
    for images in [&["1.png", "2.png"][..], &["3.png", "1.png"], &["1.png"], &[]] {
        let before = bench.http.calls();
        let outcome = bench.shop.edit(&made.listing, &changed(images)).await.unwrap();
        assert_eq!(outcome, [EditOutcome::Applied]);
        let there: Vec<String> = images.iter().map(|name| format!("https://cdn.example/{name}")).collect();
        assert_eq!(bench.in_store("Mug 1").images, there, "{images:?}");
        assert!(bench.http.calls() - before <= 6);
    }
}

/// As many as BigCommerce allows, in one call and a reading.
#[tokio::test]
async fn six_hundred_variants_are_made_in_one_call() {
    let mut paint = shirt(1);
    paint.title = "Paint".to_owned();
    paint.variants = (0..600).map(|n| article(&[&format!("Shade {n}")], &format!("P-{n}"), Some(1))).collect();
    let source = Bench::open(vec![paint]).await.listing("Paint").await;
    let bench = Bench::open(Vec::new()).await;
    bench.shop.count().await.unwrap();
    let wanted = creation(true, vec![Some(Quantity::units(1)); 600]);
    let before = bench.http.calls();
    let made = bench.shop.create(&wanted, &source, &location()).await.unwrap();
    // The store's facts, the product, reading it back.
    assert_eq!((made.variants.len(), bench.http.calls() - before), (600, 3));
}

fn location() -> crate::domain::Location {
    crate::domain::Location { id: LocationId(RemoteId::new("1").unwrap()), name: "Warehouse".into(), active: true }
}
