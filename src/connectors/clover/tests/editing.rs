//! What a partial update must not touch, and what Clover keeps elsewhere than where it is shown.

use super::*;
use crate::domain::{Field, FieldChange, FieldValue, Money};
use crate::platform::EditOutcome;
use serde_json::json;

fn change(variant: Option<&Variant>, field: Field, to: FieldValue) -> FieldChange {
    FieldChange { variant: variant.map(|variant| variant.remote.clone()), field, to }
}

fn name(bench: &Bench, title: &str, place: usize) -> serde_json::Value {
    bench.in_shop(title).variants[place].extra["clover"]["name"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_title_renames_the_group_and_the_items_that_are_called_by_it() {
    let bench = Bench::open(vec![tee(&[["Red", "S"], ["Red", "M"]])]).await;
    bench.alter(|shop, _| {
        let product = shop.products.values_mut().next().unwrap();
        product.variants[1].extra.insert("clover".into(), json!({"name": "Staff shirt"}));
    });
    let tee = bench.named("Tee").await;
    let to = [change(None, Field::Title, FieldValue::Text("Tee deluxe".into()))];
    // Done again, it is done.
    for _ in 0..2 {
        assert_eq!(bench.till.edit(&tee, &to).await.unwrap(), [EditOutcome::Applied]);
        assert_eq!(name(&bench, "Tee deluxe", 0), json!("Tee deluxe - Red / S"));
        assert_eq!(name(&bench, "Tee deluxe", 1), json!("Staff shirt"), "the merchant gave it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_clover_manages_availability_an_item_is_hidden_instead() {
    let mut managed = mug("Mug", 0);
    managed.variants[0].extra.insert("clover".into(), json!({"autoManage": true}));
    let bench = Bench::open(vec![managed]).await;
    let mug = bench.named("Mug").await;
    assert_eq!(mug.status, Status::Active, "sold out is not withdrawn");
    for (wanted, hidden) in [(Status::Draft, true), (Status::Active, false)] {
        let outcome = bench.till.edit(&mug, &[change(None, Field::Active, FieldValue::Status(wanted))]).await.unwrap();
        assert_eq!(outcome, [EditOutcome::Applied]);
        let own = bench.in_shop("Mug").variants[0].extra["clover"].clone();
        assert_eq!((own["hidden"].clone(), own["autoManage"].clone()), (json!(hidden), json!(true)));
        assert_eq!(bench.named("Mug").await.status, wanted);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_variant_that_the_merchant_withdrew_stays_withdrawn() {
    let bench = Bench::open(vec![tee(&[["Red", "S"], ["Red", "M"]])]).await;
    bench.alter(|shop, _| {
        let product = shop.products.values_mut().next().unwrap();
        product.variants[1].extra.insert("clover".into(), json!({"available": false}));
    });
    let tee = bench.named("Tee").await;
    assert_eq!(tee.status, Status::Active);
    let before = bench.count();
    let to = [change(None, Field::Active, FieldValue::Status(Status::Active))];
    assert_eq!(bench.till.edit(&tee, &to).await.unwrap(), [EditOutcome::Applied]);
    assert!(bench.calls(before).iter().all(|call| call.starts_with("GET ")), "{:?}", bench.calls(before));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_price_that_the_till_asks_for_can_be_fixed_and_freed() {
    let mut open = mug("Mug", 1);
    open.variants[0].price = None;
    let bench = Bench::open(vec![open]).await;
    for price in [Some(2450), None] {
        let mug = bench.named("Mug").await;
        let to = FieldValue::Money(price.map(|minor| Money::new(minor, dollar())));
        let outcome = bench.till.edit(&mug, &[change(Some(&mug.variants[0]), Field::Price, to)]).await.unwrap();
        assert_eq!(outcome, [EditOutcome::Applied]);
        assert_eq!(bench.in_shop("Mug").variants[0].price, price);
        assert_eq!(bench.named("Mug").await.variants[0].price.map(|money| money.minor), price);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_together_is_sent_in_parts() {
    let bench = Bench::open(vec![mug("Mug", 1)]).await;
    let mug = bench.named("Mug").await;
    let variant = Some(&mug.variants[0]);
    let changes = [
        change(variant, Field::Price, FieldValue::Money(Some(Money::new(-5, dollar())))),
        change(variant, Field::Sku, FieldValue::Maybe(Text::some("NEW"))),
        change(variant, Field::Barcode, FieldValue::Maybe(Text::some(&"9".repeat(101)))),
    ];
    let outcomes = bench.till.edit(&mug, &changes).await.unwrap();
    assert!(matches!(outcomes[0], EditOutcome::Rejected(_)), "{outcomes:?}");
    assert_eq!(outcomes[1], EditOutcome::Applied);
    assert!(matches!(outcomes[2], EditOutcome::Rejected(_)), "{outcomes:?}");
    let there = bench.in_shop("Mug");
    assert_eq!((there.variants[0].sku.as_str(), there.variants[0].price), ("NEW", Some(1990)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_category_is_made_once_and_taken_out_again() {
    let bench = Bench::open(vec![mug("Mug", 1), mug("Cup", 1)]).await;
    for title in ["Mug", "Cup"] {
        let listing = bench.named(title).await;
        let to = [change(None, Field::Category, FieldValue::Maybe(Text::some("Kitchen")))];
        assert_eq!(bench.till.edit(&listing, &to).await.unwrap(), [EditOutcome::Applied]);
    }
    let made = bench.calls(0).into_iter().filter(|call| call == "POST /categories").count();
    assert_eq!(made, 1);
    let mug = bench.named("Mug").await;
    assert_eq!(mug.category.as_deref(), Some("Kitchen"));
    let none = [change(None, Field::Category, FieldValue::Maybe(None))];
    assert_eq!(bench.till.edit(&mug, &none).await.unwrap(), [EditOutcome::Applied]);
    assert_eq!((bench.named("Mug").await.category, bench.in_shop("Cup").category), (None, "Kitchen".to_owned()));
}
