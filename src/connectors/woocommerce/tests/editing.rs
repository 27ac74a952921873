//! Fields brought to new values, variants added, products thrown away.

use super::*;
use crate::domain::{Dimensions, Field, FieldChange, FieldValue, Money, Weight};
use crate::platform::{EditOutcome, PlatformError, WriteError};

impl Bench {
    async fn the_listing(&self) -> Listing {
        let (mut listings, _) = self.listings(&Cursor::Start).await;
        assert_eq!(listings.len(), 1, "{listings:#?}");
        listings.remove(0)
    }

    /// All applied; the listing afterwards.
    async fn edited(&self, known: &Listing, changes: &[FieldChange]) -> Listing {
        let outcomes = self.shop.edit(known, changes).await.unwrap();
        assert!(outcomes.iter().all(|outcome| *outcome == EditOutcome::Applied), "{outcomes:#?}");
        self.the_listing().await
    }

    fn extra(&self, name: &str, value: serde_json::Value) {
        let now = self.clock.now();
        self.server.shop().alter(|shop| {
            let number = *shop.products.keys().next().unwrap();
            shop.products.get_mut(&number).unwrap().variants[0].extra.insert(name.to_owned(), value);
            shop.touch(number, now);
        });
    }
}

fn to(field: Field, to: FieldValue) -> FieldChange {
    FieldChange { variant: None, field, to }
}

fn of(variant: &Variant, field: Field, to: FieldValue) -> FieldChange {
    FieldChange { variant: Some(variant.remote.clone()), field, to }
}

fn text(value: &str) -> FieldValue {
    FieldValue::Text(Text::new(value))
}

fn maybe(value: &str) -> FieldValue {
    FieldValue::Maybe(Text::some(value))
}

fn money(minor: i64) -> FieldValue {
    FieldValue::Money(Some(Money::new(minor, euro())))
}

fn why(outcome: &EditOutcome) -> String {
    match outcome {
        EditOutcome::Rejected(why) => why.to_string(),
        EditOutcome::Applied => panic!("it was applied"),
    }
}

fn branded() -> ShopProduct {
    let mut mug = mug(1);
    mug.brand = "Harbour Clay".to_owned();
    mug.category = "Kitchen".to_owned();
    mug.images = vec!["https://cdn.example/a.jpg".to_owned(), "https://cdn.example/b.jpg".to_owned()];
    mug
}

#[tokio::test]
async fn everything_of_a_product_goes_in_one_update() {
    let bench = Bench::open(vec![branded()]).await;
    let known = bench.the_listing().await;
    let one = known.variants[0].clone();
    let size = Dimensions { length: 300_000, width: 200_000, height: 45_000 };
    let changes = [
        to(Field::Title, text("Tea & Cup")),
        to(Field::Description, text("5 < 6 & more")),
        of(&one, Field::Price, money(1500)),
        of(&one, Field::CompareAtPrice, money(2500)),
        of(&one, Field::Sku, maybe("NEW-1")),
        of(&one, Field::Barcode, maybe("4006381333931")),
        of(&one, Field::Weight, FieldValue::Weight(Some(Weight(1_234_567)))),
        of(&one, Field::Dimensions, FieldValue::Dimensions(Some(size))),
    ];
    let before = bench.http.calls();
    let outcomes = bench.shop.edit(&known, &changes).await.unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == EditOutcome::Applied), "{outcomes:#?}");
    // The shop's units, and the update.
    assert_eq!(bench.calls_since(before), 2);
    let now = bench.the_listing().await;
    assert_eq!((now.title.as_str(), now.description.as_str()), ("Tea & Cup", "5 < 6 & more"));
    let variant = &now.variants[0];
    assert_eq!((variant.sku.as_deref(), variant.barcode.as_deref()), (Some("NEW-1"), Some("4006381333931")));
    assert_eq!(FieldValue::Money(variant.price), money(1500));
    assert_eq!(FieldValue::Money(variant.compare_at), money(2500));
    assert_eq!((variant.weight, variant.dimensions), (Some(Weight(1_234_567)), Some(size)));
    // What was not named stays.
    assert_eq!((&now.brand, &now.category, &now.images), (&known.brand, &known.category, &known.images));
    assert_eq!((&variant.stock, now.status), (&one.stock, known.status));
    // Safe to repeat, also from what was known before.
    assert_eq!(bench.edited(&known, &changes).await.variants, now.variants);
    let none = [
        of(&one, Field::CompareAtPrice, FieldValue::Money(None)),
        of(&one, Field::Sku, FieldValue::Maybe(None)),
        of(&one, Field::Barcode, FieldValue::Maybe(None)),
        of(&one, Field::Weight, FieldValue::Weight(None)),
        of(&one, Field::Dimensions, FieldValue::Dimensions(None)),
    ];
    let bare = bench.edited(&now, &none).await.variants.remove(0);
    assert_eq!((bare.sku, bare.barcode, bare.weight, bare.dimensions), (None, None, None, None));
    assert_eq!((FieldValue::Money(bare.price), bare.compare_at), (money(1500), None));
}

#[tokio::test]
async fn all_variations_are_one_batch() {
    let bench = Bench::open(vec![shirt(1)]).await;
    let known = bench.the_listing().await;
    let changes: Vec<FieldChange> =
        (1..).zip(&known.variants).map(|(n, v)| of(v, Field::Price, money(n * 1000))).collect();
    let before = bench.http.calls();
    let outcomes = bench.shop.edit(&known, &changes).await.unwrap();
    assert_eq!((outcomes, bench.calls_since(before)), (vec![EditOutcome::Applied; 3], 1));
    let now = bench.the_listing().await;
    let prices: Vec<i64> = now.variants.iter().map(|variant| variant.price.unwrap().minor).collect();
    assert_eq!(prices, [1000, 2000, 3000]);
    let wrong = bench.shop.edit(&known, &[to(Field::Price, money(5))]).await.unwrap();
    assert!(why(&wrong[0]).contains("variant that is not there"), "{wrong:?}");
}

#[tokio::test]
async fn one_bad_field_costs_itself_alone() {
    let bench = Bench::open(vec![mug(1), mug(2)]).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    let (known, other) = (&listings[0], &listings[1]);
    let one = &known.variants[0];
    let changes = [
        to(Field::Title, text("Renamed")),
        FieldChange {
            variant: Some(one.remote.clone()),
            field: Field::Sku,
            to: FieldValue::Maybe(other.variants[0].sku.clone()),
        },
        of(one, Field::Barcode, maybe("not a barcode")),
        of(one, Field::Price, money(777)),
        of(one, Field::CompareAtPrice, money(700)),
        to(Field::Options, FieldValue::Options(vec![])),
        of(one, Field::Price, FieldValue::Money(Some(Money::new(1, Currency::new("USD").unwrap())))),
    ];
    let outcomes = bench.shop.edit(known, &changes).await.unwrap();
    assert_eq!((&outcomes[0], &outcomes[3]), (&EditOutcome::Applied, &EditOutcome::Applied), "{outcomes:#?}");
    assert!(why(&outcomes[1]).contains("SKU"), "{outcomes:#?}");
    assert!(why(&outcomes[2]).contains("digits and hyphens"), "{outcomes:#?}");
    assert!(why(&outcomes[4]).contains("higher than the price"), "{outcomes:#?}");
    assert!(why(&outcomes[5]).contains("further variant"), "{outcomes:#?}");
    assert!(why(&outcomes[6]).contains("in EUR"), "{outcomes:#?}");
    let now = bench.shop.listings(std::slice::from_ref(&known.remote)).await.unwrap().remove(0);
    assert_eq!((now.title.as_str(), now.variants[0].price.unwrap().minor), ("Renamed", 777));
    assert_eq!(now.variants[0].sku, one.sku);
}

/// A sale began since we looked; and one that is only planned is nobody's business.
#[tokio::test]
async fn a_price_is_what_customers_pay_sale_or_not() {
    let bench = Bench::open(vec![mug(1)]).await;
    let known = bench.the_listing().await;
    bench.extra("regular_price", 2990.into());
    let sale = bench.the_listing().await;
    assert_eq!(FieldValue::Money(sale.variants[0].price), money(1990));
    assert_eq!(FieldValue::Money(sale.variants[0].compare_at), money(2990));
    let now = bench.edited(&known, &[of(&known.variants[0], Field::Price, money(1790))]).await;
    assert_eq!(FieldValue::Money(now.variants[0].price), money(1790));

    let planned = Bench::open(vec![mug(1)]).await;
    planned.extra("sale_price", 990.into());
    planned.extra("date_on_sale_from", "2027-01-01T00:00:00".into());
    let known = planned.the_listing().await;
    assert_eq!((FieldValue::Money(known.variants[0].price), known.variants[0].compare_at), (money(1990), None));
    planned.edited(&known, &[of(&known.variants[0], Field::Price, money(2500))]).await;
    let extra = planned.server.shop().look(|shop| shop.products.values().next().unwrap().variants[0].extra.clone());
    assert_eq!(extra["sale_price"], 990);
}

#[tokio::test]
async fn a_brand_stays_a_term_or_an_attribute() {
    let mut other = mug(2);
    other.brand = "Tea & Co".to_owned();
    let bench = Bench::open(vec![branded(), other]).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    let known = &listings[0];
    let brand_of = async |known: &Listing| {
        let id = std::slice::from_ref(&known.remote);
        bench.shop.listings(id).await.unwrap().remove(0).brand.map(|brand| brand.to_string())
    };
    for wanted in ["Tea & Co", "Never Heard Of", "Harbour Clay"] {
        let outcomes = bench.shop.edit(known, &[to(Field::Brand, maybe(wanted))]).await.unwrap();
        assert_eq!(outcomes, [EditOutcome::Applied], "{wanted}");
        assert_eq!(brand_of(known).await.as_deref(), Some(wanted));
    }
    bench.shop.edit(known, &[to(Field::Brand, FieldValue::Maybe(None))]).await.unwrap();
    assert_eq!(brand_of(known).await, None);

    // Made by us: an attribute, beside the options.
    let bench = Bench::with(Sandbox::new().older(), vec![]).await;
    let source = source("Shirt", &["Size"], &[("T-S", &["S"]), ("T-M", &["M"])]);
    let place = super::super::findings::the_shop().unwrap();
    let made = bench.shop.create(&creation(&source), &source, &place).await.unwrap().listing;
    let now = bench.edited(&made, &[to(Field::Brand, maybe("Fair & Warm"))]).await;
    assert_eq!((now.brand.as_deref(), &now.variants), (Some("Fair & Warm"), &made.variants));
    let now = bench.edited(&made, &[to(Field::Brand, FieldValue::Maybe(None))]).await;
    assert_eq!((now.brand.as_deref(), &now.structure), (None, &made.structure));
}

#[tokio::test]
async fn a_category_is_chosen_or_made() {
    let mut other = mug(2);
    other.category = "Gifts & Games".to_owned();
    let bench = Bench::open(vec![branded(), other]).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    let known = &listings[0];
    let outcomes = bench.shop.edit(known, &[to(Field::Category, maybe("gifts & games"))]).await.unwrap();
    assert_eq!(outcomes, [EditOutcome::Applied]);
    let now = bench.shop.listings(std::slice::from_ref(&known.remote)).await.unwrap().remove(0);
    assert_eq!(now.category.as_deref(), Some("Gifts & Games"));
    let outcomes = bench.shop.edit(known, &[to(Field::Category, maybe("Boats"))]).await.unwrap();
    assert_eq!(outcomes, [EditOutcome::Applied]);
    let outcomes = bench.shop.edit(known, &[to(Field::Category, FieldValue::Maybe(None))]).await.unwrap();
    assert!(why(&outcomes[0]).contains("without a category"), "{outcomes:?}");
}

#[tokio::test]
async fn pictures_are_replaced_as_a_whole() {
    let bench = Bench::open(vec![branded()]).await;
    let known = bench.the_listing().await;
    let wanted = ["https://cdn.example/b.jpg", "https://cdn.example/new.jpg"].map(str::to_owned).to_vec();
    let change = [to(Field::Images, FieldValue::Images(wanted.clone()))];
    let now = bench.edited(&known, &change).await;
    assert_eq!(now.images, wanted);
    let missing = to(Field::Images, FieldValue::Images(vec!["https://cdn.example/missing.jpg".to_owned()]));
    let outcomes = bench.shop.edit(&now, &[missing, to(Field::Title, text("Renamed"))]).await.unwrap();
    assert!(why(&outcomes[0]).contains("Not Found") && outcomes[1] == EditOutcome::Applied, "{outcomes:?}");
    assert_eq!(bench.the_listing().await.images, wanted);
    let none = bench.edited(&now, &[to(Field::Images, FieldValue::Images(vec![]))]).await;
    assert_eq!(none.images, Vec::<String>::new());
}

#[tokio::test]
async fn active_is_published_and_what_hides_already_stays_hidden_its_way() {
    let bench = Bench::open(vec![mug(1)]).await;
    let known = bench.the_listing().await;
    let active = |status| [to(Field::Active, FieldValue::Status(status))];
    assert_eq!(bench.edited(&known, &active(Status::Archived)).await.status, Status::Draft);
    assert_eq!(bench.edited(&known, &active(Status::Active)).await.status, Status::Active);
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| {
        let mut product = shop.products.values().next().unwrap().clone();
        product.status = Status::Draft;
        product.extra.insert("status".to_owned(), "pending".into());
        shop.insert(product, now);
    });
    bench.edited(&known, &active(Status::Draft)).await;
    let status = bench.server.shop().look(|shop| shop.products.values().next().unwrap().extra["status"].clone());
    assert_eq!(status, "pending");
}

fn further(size: &str, sku: &str) -> Variant {
    let mut variant = source("x", &["Size"], &[(sku, &[size])]).variants.remove(0);
    variant.weight = Some(Weight::grams(250));
    variant
}

#[tokio::test]
async fn variants_are_added_once() {
    let bench = Bench::open(vec![shirt(1)]).await;
    let known = bench.the_listing().await;
    let wanted = [further("XL & more", "T-XL"), further("s", "T-S-again"), further("xl & MORE", "T-XL-2")];
    let now = bench.shop.add_variants(&known, &wanted).await.unwrap();
    let labels: Vec<String> = now.variants.iter().map(Variant::option_label).collect();
    assert_eq!(labels, ["S", "M", "L", "XL & more"]);
    let added = &now.variants[3];
    assert_eq!((added.sku.as_deref(), added.weight), (Some("T-XL"), Some(Weight::grams(250))));
    assert_eq!(FieldValue::Money(added.price), money(2450));
    // Counted as its sisters are, and the count unknown.
    assert_eq!(added.stock, Stock::Unknown);
    assert_eq!(bench.shop.add_variants(&known, &wanted).await.unwrap(), now);
    assert_eq!(bench.the_listing().await.variants, now.variants);
    let set = crate::platform::QuantityChange::Set { to: Quantity::units(4), expected: Quantity::ZERO };
    let address = address(now.remote.as_str().parse().unwrap(), added.remote.as_str().parse().unwrap());
    let write = crate::platform::QuantityWrite { address, change: set };
    let outcomes = bench.shop.write_quantities(&[write], &key()).await.unwrap();
    assert!(matches!(outcomes[0], crate::platform::QuantityOutcome::Applied { .. }), "{outcomes:?}");
}

#[tokio::test]
async fn variants_that_do_not_fit_leave_nothing_behind() {
    let bench = Bench::open(vec![shirt(1), mug(2)]).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    let (shirt, mug) = (&listings[0], &listings[1]);
    let refused = async |known: &Listing, variants: &[Variant]| match bench.shop.add_variants(known, variants).await {
        Err(WriteError::NotApplied(PlatformError::Refused { why, .. })) => why,
        other => panic!("{other:?}"),
    };
    assert!(refused(mug, &[further("XL", "A")]).await.contains("single article"));
    let coloured = source("x", &["Colour"], &[("A", &["Red"])]).variants;
    assert!(refused(shirt, &coloured).await.contains("no option Colour"));
    assert!(refused(shirt, &[further("a|b", "A")]).await.contains("separator"));
    // The second one's SKU is taken.
    assert!(refused(shirt, &[further("XL", "T-XL"), further("XXL", "M-2")]).await.contains("SKU"));
    let (now, _) = bench.listings(&Cursor::Start).await;
    assert_eq!((&now[0].variants, &now[0].structure), (&shirt.variants, &shirt.structure));
}

#[tokio::test]
async fn a_cut_line_while_variants_are_added_is_repaired_by_repeating() {
    for nth in 1..6 {
        let bench = Bench::open(vec![shirt(1)]).await;
        let known = bench.the_listing().await;
        bench.faults(&[&format!("cut-after:nth={nth}")]);
        let first = bench.shop.add_variants(&known, &[further("XL", "T-XL")]).await;
        assert!(!matches!(first, Err(WriteError::NotApplied(_))) || bench.the_listing().await == known, "{nth}");
        bench.faults(&[]);
        let now = bench.shop.add_variants(&known, &[further("XL", "T-XL")]).await.unwrap();
        assert_eq!(now.variants.len(), 4, "{nth}");
    }
}

#[tokio::test]
async fn a_deleted_product_lies_in_the_trash() {
    let bench = Bench::open(vec![shirt(1), mug(2)]).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    bench.shop.delete(&listings[0].remote).await.unwrap();
    assert_eq!(bench.listings(&Cursor::Start).await.0.len(), 1);
    let applied = bench.server.shop().look(|shop| shop.applied.last().unwrap().clone());
    assert_eq!((applied.what, applied.change.as_str()), ("delete", "to the trash"));
    bench.shop.delete(&listings[0].remote).await.unwrap();
    bench.shop.delete(&RemoteId::new("999999").unwrap()).await.unwrap();
    let outcome = bench.shop.edit(&listings[0], &[to(Field::Active, FieldValue::Status(Status::Active))]).await;
    assert!(matches!(outcome, Err(WriteError::NotApplied(PlatformError::NotFound { .. }))), "{outcome:?}");
    let outcomes = bench.shop.edit(&listings[0], &[to(Field::Title, text("New"))]).await.unwrap();
    assert!(why(&outcomes[0]).contains("trash"), "{outcomes:?}");
    bench.faults(&["cut-after:method=DELETE"]);
    let lost = bench.shop.delete(&listings[1].remote).await;
    assert!(matches!(lost, Err(WriteError::Unknown(_))), "{lost:?}");
}
