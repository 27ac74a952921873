//! Fields: what an edit sends, what follows a matrix, what R-Series refuses.

use super::*;
use crate::domain::{Field, FieldChange, FieldValue, Money};
use crate::platform::{EditOutcome, PlatformError};

fn change(variant: Option<&RemoteId>, field: Field, to: FieldValue) -> FieldChange {
    FieldChange { variant: variant.cloned(), field, to }
}

fn text(text: &str) -> FieldValue {
    FieldValue::Maybe(Text::some(text))
}

fn money(minor: i64) -> FieldValue {
    FieldValue::Money(Some(Money::new(minor, dollar())))
}

fn refused(outcomes: &[EditOutcome]) -> String {
    match outcomes {
        [EditOutcome::Rejected(PlatformError::Refused { why, .. })] => why.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_fields_of_an_item_go_in_one_call() {
    let bench = Bench::open(vec![mug("Mug", 7)]).await;
    let known = bench.named("Mug").await;
    let of = &known.variants[0].remote;
    let changes = [
        change(None, Field::Title, FieldValue::Text("Sea Mug".into())),
        change(None, Field::Description, FieldValue::Text("Salt & light, a <b>claim</b>".into())),
        change(Some(of), Field::Price, money(2450)),
        change(Some(of), Field::CompareAtPrice, money(2990)),
        change(Some(of), Field::Sku, text("SEA-1")),
        change(Some(of), Field::Barcode, text("614121182479")),
    ];
    let skip = bench.count();
    let outcomes = bench.till.edit(&known, &changes).await.unwrap();
    assert_eq!(outcomes, vec![EditOutcome::Applied; changes.len()]);
    assert_eq!(bench.calls(skip), [format!("GET /Item/{of}.json"), format!("PUT /Item/{of}.json")]);
    let now = bench.till.listings(std::slice::from_ref(&known.remote)).await.unwrap().remove(0);
    let variant = &now.variants[0];
    assert_eq!((now.title.as_str(), now.description.as_str()), ("Sea Mug", "Salt & light, a <b>claim</b>"));
    assert_eq!((variant.price.unwrap().minor, variant.compare_at.unwrap().minor), (2450, 2990));
    assert_eq!((variant.sku.as_deref(), variant.barcode.as_deref()), (Some("SEA-1"), Some("614121182479")));
    assert_eq!(variant.stock, known.variants[0].stock);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_that_is_not_shown_stays() {
    let mut product = mug("Mug", 7);
    product.variants[0].barcode = "614121182479".to_owned();
    let own = serde_json::json!({"upc": "614121182479", "ean": "4006381333931"});
    product.variants[0].extra.insert("lightspeed-r".to_owned(), own);
    let bench = Bench::open(vec![product]).await;
    let known = bench.named("Mug").await;
    let of = &known.variants[0].remote;
    bench.till.edit(&known, &[change(Some(of), Field::Barcode, text("012345678905"))]).await.unwrap();
    let own = bench.in_shop("Mug").variants[0].extra["lightspeed-r"].clone();
    assert_eq!((own["upc"].as_str(), own["ean"].as_str()), (Some("012345678905"), Some("4006381333931")));
    let why = refused(&bench.till.edit(&known, &[change(Some(of), Field::Barcode, text("12345670"))]).await.unwrap());
    assert!(why.contains("11 to 14 digits"), "{why}");
    bench.till.edit(&known, &[change(Some(of), Field::Barcode, FieldValue::Maybe(None))]).await.unwrap();
    assert_eq!(bench.named("Mug").await.variants[0].barcode, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_without_a_sku_of_its_own_shows_the_systems() {
    let mut product = mug("Mug", 7);
    product.variants[0].sku.clear();
    let bench = Bench::open(vec![product]).await;
    let known = bench.named("Mug").await;
    let of = &known.variants[0].remote;
    assert!(known.variants[0].sku.as_deref().unwrap().starts_with("21000"), "{known:?}");
    let none = [change(Some(of), Field::Sku, FieldValue::Maybe(None))];
    assert!(refused(&bench.till.edit(&known, &none).await.unwrap()).contains("system SKU"));
    bench.till.edit(&known, &[change(Some(of), Field::Sku, text("M-1"))]).await.unwrap();
    assert_eq!(bench.named("Mug").await.variants[0].sku.as_deref(), Some("M-1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_follow_their_matrix_where_it_does_not_hand_on() {
    let bench = Bench::open(vec![tee(&[["Red", "S"], ["Blue", "S"], ["Blue", "M"]])]).await;
    let known = bench.named("Tee").await;
    // One that the merchant called by another name.
    bench.alter(|shop, _| {
        let tee = shop.products.values_mut().next().unwrap();
        let own = serde_json::json!({"description": "The blue one"});
        tee.variants[1].extra.insert("lightspeed-r".to_owned(), own);
    });
    let changes = [
        change(None, Field::Title, FieldValue::Text("Shirt".into())),
        change(None, Field::Brand, text("Hill")),
        change(None, Field::Category, text("Clothes/Tops")),
    ];
    for _ in 0..2 {
        // By what was known at first, as after a lost answer.
        let outcomes = bench.till.edit(&known, &changes).await.unwrap();
        assert_eq!(outcomes, vec![EditOutcome::Applied; 3]);
    }
    let product = bench.in_shop("Shirt");
    let own =
        |place: usize, name: &str| product.variants[place].extra["lightspeed-r"][name].as_str().unwrap().to_owned();
    assert_eq!((own(0, "description"), own(1, "description")), ("Shirt Red S".into(), "The blue one".into()));
    assert_eq!((product.brand.as_str(), product.category.as_str()), ("Hill", "Clothes/Tops"));
    assert!((0..3).all(|place| own(place, "manufacturerID") != "0" && own(place, "categoryID") != "0"));
    // Each was made once.
    let made = |what: &str| bench.calls(0).iter().filter(|call| call.as_str() == what).count();
    assert_eq!((made("POST /Manufacturer.json"), made("POST /Category.json")), (1, 2), "and each level of the path");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_category_is_its_whole_path() {
    let mut product = mug("Mug", 7);
    product.category = "Home/Kitchen".to_owned();
    let bench = Bench::open(vec![product, mug("Other", 1)]).await;
    assert_eq!(bench.named("Mug").await.category.as_deref(), Some("Home/Kitchen"));
    let other = bench.named("Other").await;
    let skip = bench.count();
    bench.till.edit(&other, &[change(None, Field::Category, text("Home/Kitchen"))]).await.unwrap();
    assert!(!bench.calls(skip).iter().any(|call| call.starts_with("POST")), "it was there");
    assert_eq!(bench.named("Other").await.category.as_deref(), Some("Home/Kitchen"));
    let blanks = [change(None, Field::Category, text("Home / Bath"))];
    assert!(refused(&bench.till.edit(&other, &blanks).await.unwrap()).contains("slash"));
    bench.till.edit(&other, &[change(None, Field::Category, FieldValue::Maybe(None))]).await.unwrap();
    assert_eq!(bench.named("Other").await.category, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_looks_like_an_operator_is_a_name() {
    let bench = Bench::open(vec![mug("Mug", 7)]).await;
    let known = bench.named("Mug").await;
    for brand in [">=,5", "~,Clay%", "=,Hill", "IN,[1,2]", "Hill & Sons, Ltd."] {
        let brand = [change(None, Field::Brand, text(brand))];
        for _ in 0..2 {
            assert_eq!(bench.till.edit(&known, &brand).await.unwrap(), [EditOutcome::Applied]);
        }
        let FieldValue::Maybe(wanted) = &brand[0].to else { panic!() };
        assert_eq!(bench.named("Mug").await.brand, *wanted);
    }
    let made = bench.calls(0).into_iter().filter(|call| call == "POST /Manufacturer.json").count();
    assert_eq!(made, 5, "each once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_part_does_not_hold_up_the_others() {
    let bench = Bench::open(vec![mug("Mug", 7)]).await;
    let known = bench.named("Mug").await;
    let of = &known.variants[0].remote;
    let changes = [
        change(Some(of), Field::Price, money(2450)),
        change(Some(of), Field::Price, FieldValue::Money(None)),
        change(None, Field::Title, FieldValue::Text("  ".into())),
        change(None, Field::Weight, FieldValue::Weight(None)),
    ];
    let outcomes = bench.till.edit(&known, &changes).await.unwrap();
    assert_eq!(outcomes[0], EditOutcome::Applied);
    assert!(outcomes[1..].iter().all(|outcome| matches!(outcome, EditOutcome::Rejected(_))), "{outcomes:?}");
    assert_eq!(bench.named("Mug").await.variants[0].price.unwrap().minor, 2450);
}
