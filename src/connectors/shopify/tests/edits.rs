//! Edits and additions: what is refused, one by one, and what must not happen on the way.

use super::*;
use crate::domain::{Field, FieldChange, FieldValue, Money, OptionValue, Status, Text, Variant};
use crate::platform::EditOutcome;

fn euros(minor: i64) -> FieldValue {
    FieldValue::Money(Some(Money::new(minor, Currency::new("EUR").unwrap())))
}

fn of_product(field: Field, to: FieldValue) -> FieldChange {
    FieldChange { variant: None, field, to }
}

fn of_variant(listing: &Listing, place: usize, field: Field, to: FieldValue) -> FieldChange {
    FieldChange { variant: Some(listing.variants[place].remote.clone()), field, to }
}

fn tee() -> ShopProduct {
    product("Tee", &["Colour", "Size"], &[&["Red", "S"], &["Red", "M"], &["Blue", "S"]])
}

/// As another shop has it, which writes its options in its own way.
fn another(colour: &str, size: &str, listing: &Listing) -> Variant {
    let option = |option: &str, value: &str| OptionValue { option: option.into(), value: value.into() };
    let mut variant = listing.variants[0].clone();
    variant.options = vec![option("Color", colour), option("size", size)];
    variant.sku = Text::some("OTHER");
    variant
}

#[tokio::test]
async fn a_refused_field_does_not_hold_up_the_others() {
    let bench = Bench::open(Admin::new(), token(), vec![tee()]).await;
    let tee = bench.listings().await.remove(0);
    let long = "x".repeat(300);
    let changes = [
        of_product(Field::Title, FieldValue::Text(long.as_str().into())),
        of_product(Field::Brand, FieldValue::Maybe(Text::some("Harbour"))),
        of_variant(&tee, 0, Field::Price, euros(-1)),
        of_variant(&tee, 0, Field::Barcode, FieldValue::Maybe(Text::some("123"))),
        of_variant(&tee, 1, Field::Price, euros(990)),
        of_variant(&tee, 2, Field::Sku, FieldValue::Maybe(Text::some(&long))),
        of_variant(&tee, 2, Field::Price, euros(1090)),
        of_variant(&tee, 2, Field::Price, FieldValue::Money(None)),
        of_product(Field::Price, euros(1)),
        of_product(Field::Images, FieldValue::Images(Vec::new())),
    ];
    bench.operations();
    let outcomes = bench.connector.edit(&tee, &changes).await.unwrap();
    let applied: Vec<bool> = outcomes.iter().map(|outcome| *outcome == EditOutcome::Applied).collect();
    assert_eq!(applied, [false, true, false, true, true, false, true, false, false, false], "{outcomes:#?}");
    let EditOutcome::Rejected(why) = &outcomes[0] else { panic!() };
    assert!(why.to_string().contains("too long"), "{why}");
    assert_eq!(bench.operations(), ["Update", "Update", "UpdateVariants", "UpdateVariants"]);
    let now = bench.listings().await.remove(0);
    assert_eq!((now.title, now.brand), (tee.title.clone(), Text::some("Harbour")));
    let prices: Vec<i64> = now.variants.iter().map(|variant| variant.price.unwrap().minor).collect();
    assert_eq!(prices, [500, 990, 1090]);
}

#[tokio::test]
async fn what_is_gone_is_told_by_variant_and_by_product() {
    let bench = Bench::open(Admin::new(), token(), vec![tee()]).await;
    let tee = bench.listings().await.remove(0);
    bench.server.shop().alter(|shop| {
        let product = shop.products.values_mut().next().unwrap();
        product.variants.remove(1);
    });
    let changes = [of_variant(&tee, 0, Field::Price, euros(990)), of_variant(&tee, 1, Field::Price, euros(990))];
    let outcomes = bench.connector.edit(&tee, &changes).await.unwrap();
    assert!(
        matches!(outcomes[..], [EditOutcome::Applied, EditOutcome::Rejected(PlatformError::NotFound { .. })]),
        "{outcomes:?}"
    );
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| {
        let number = *shop.products.keys().next().unwrap();
        shop.delete(number, now)
    });
    let changes = [changes[0].clone(), of_product(Field::Title, FieldValue::Text("New".into()))];
    let outcomes = bench.connector.edit(&tee, &changes).await.unwrap();
    let gone = |outcome: &EditOutcome| matches!(outcome, EditOutcome::Rejected(PlatformError::NotFound { .. }));
    assert!(outcomes.iter().all(gone), "{outcomes:?}");
}

#[tokio::test]
async fn what_is_sold_by_its_address_alone_is_not_shown_to_everybody() {
    let mut hidden = simple("Secret");
    hidden.extra.insert("unlisted".to_owned(), Value::Bool(true));
    let bench = Bench::open(Admin::new(), token(), vec![hidden]).await;
    let secret = bench.listings().await.remove(0);
    assert_eq!(secret.status, Status::Active);
    let unlisted =
        || bench.server.shop().look(|shop| shop.products.values().next().unwrap().extra.contains_key("unlisted"));
    let set = |status| [of_product(Field::Active, FieldValue::Status(status))];
    assert_eq!(bench.connector.edit(&secret, &set(Status::Active)).await, Ok(vec![EditOutcome::Applied]));
    assert!(unlisted());
    // What was taken out of sale behind our back is put into it.
    assert_eq!(bench.connector.edit(&secret, &set(Status::Draft)).await, Ok(vec![EditOutcome::Applied]));
    assert_eq!(bench.connector.edit(&secret, &set(Status::Active)).await, Ok(vec![EditOutcome::Applied]));
    assert!(!unlisted());
    assert_eq!(bench.listings().await[0].status, Status::Active);
}

#[tokio::test]
async fn a_price_of_another_currency_is_refused() {
    let bench = Bench::open(Admin::new(), token(), vec![tee()]).await;
    let tee = bench.listings().await.remove(0);
    let dollars = FieldValue::Money(Some(Money::new(990, Currency::new("USD").unwrap())));
    bench.operations();
    let outcomes = bench.connector.edit(&tee, &[of_variant(&tee, 0, Field::Price, dollars)]).await.unwrap();
    assert!(matches!(&outcomes[..], [EditOutcome::Rejected(why)] if why.to_string().contains("EUR")), "{outcomes:?}");
    assert!(bench.operations().is_empty());
}

#[tokio::test]
async fn a_key_that_may_not_write_is_told_and_nothing_is_unknown() {
    let scopes = ["read_products", "write_inventory", "read_locations", "read_orders"];
    let bench = Bench::open(Admin::allowing(&scopes), token(), vec![tee()]).await;
    let tee = bench.listings().await.remove(0);
    let refused = |error: &WriteError| matches!(error, WriteError::NotApplied(PlatformError::Unauthorised { why, .. }) if why.contains("write_products"));
    let price = [of_variant(&tee, 0, Field::Price, euros(990))];
    assert!(refused(&bench.connector.edit(&tee, &price).await.unwrap_err()));
    assert!(refused(&bench.connector.add_variants(&tee, &[another("Blue", "M", &tee)]).await.unwrap_err()));
    assert!(refused(&bench.connector.delete(&tee.remote).await.unwrap_err()));
}

#[tokio::test]
async fn options_are_told_by_name_or_else_by_order_and_case_makes_no_new_one() {
    let bench = Bench::open(Admin::new(), token(), vec![tee(), simple("Mug")]).await;
    let listings = bench.listings().await;
    let [tee, mug] = &listings[..] else { panic!("{listings:?}") };
    let variants = [another("red", "s", tee), another("Blue", "M", tee)];
    let now = bench.connector.add_variants(tee, &variants).await.unwrap();
    let labels: Vec<String> = now.variants.iter().map(|variant| variant.option_label()).collect();
    assert_eq!(labels, ["Red / S", "Red / M", "Blue / S", "Blue / M"]);
    // All of the product's variants are there, so nothing is written.
    bench.operations();
    bench.connector.add_variants(tee, &variants).await.unwrap();
    assert!(!bench.operations().contains(&"AddVariants".to_owned()));
    let mut half = another("Blue", "L", tee);
    half.options.truncate(1);
    for (listing, variant, word) in [(mug, another("Blue", "L", tee), "no options"), (tee, half, "Size")] {
        let error = bench.connector.add_variants(listing, &[variant]).await.unwrap_err();
        let WriteError::NotApplied(why) = error else { panic!("{error:?}") };
        assert!(why.to_string().contains(word), "{why}");
    }
}
