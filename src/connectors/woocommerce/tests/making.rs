//! Products that are made, lost, found again, completed and taken back.

use super::*;
use crate::platform::{Created, PlatformError, WriteError};

impl Bench {
    async fn create(&self, source: &Listing) -> Result<Created, WriteError> {
        let location = super::super::findings::the_shop().unwrap();
        self.shop.create(&creation(source), source, &location).await
    }

    fn titles(&self) -> Vec<String> {
        self.server.shop().look(|shop| shop.products.values().map(|product| product.title.clone()).collect())
    }

    /// Products that were ever made, half or whole.
    fn made(&self) -> usize {
        let made =
            |shop: &Shop| shop.applied.iter().filter(|one| one.what == "create" && one.variant.is_none()).count();
        self.server.shop().look(made)
    }
}

fn perfect_shirt() -> Listing {
    source(
        "Perfect <T> & Shirt",
        &["Colour", "Größe", "Fit"],
        &[("P-1", &["Red", "S", "Slim"]), ("P-2", &["Red", "M", "Slim"]), ("P-3", &["Blue", "S", "Wide"])],
    )
}

#[tokio::test]
async fn a_simple_product_is_one_call() {
    let bench = Bench::open(vec![]).await;
    let source = source("Mug & Saucer", &[], &[("MUG", &[])]);
    let made = bench.create(&source).await.unwrap();
    assert_eq!(bench.http.calls(), 1);
    assert_eq!((made.listing.title.as_str(), made.listing.brand.as_deref()), ("Mug & Saucer", Some("Harbour Clay")));
    assert_eq!(made.listing.images, ["https://cdn.example/a.jpg"]);
    assert_eq!(made.listing.variants[0].price.unwrap().to_string(), "24.50 EUR");
    assert!(made.stock_set && made.notes.is_empty());
    assert_eq!(made.variants[0].remote, made.listing.remote);
}

#[tokio::test]
async fn three_options_are_two_calls() {
    let bench = Bench::open(vec![]).await;
    let source = perfect_shirt();
    let made = bench.create(&source).await.unwrap();
    assert_eq!(bench.http.calls(), 2);
    let labels: Vec<String> = made.listing.variants.iter().map(Variant::option_label).collect();
    assert_eq!(labels, ["Red / S / Slim", "Red / M / Slim", "Blue / S / Wide"]);
    assert_eq!(made.listing.structure, source.structure);
    assert!(made.stock_set);
    assert_eq!(made.listing.total(|_| true), Some(Quantity::units(6)));
    let (listings, _) = bench.listings(&Cursor::Start).await;
    assert_eq!(listings[0].variants, made.listing.variants);
}

#[tokio::test]
async fn refused_pictures_cost_the_pictures_alone() {
    let bench = Bench::open(vec![]).await;
    let mut source = source("Mug", &[], &[("MUG", &[])]);
    source.images = vec!["https://cdn.example/missing.jpg".to_owned()];
    let made = bench.create(&source).await.unwrap();
    assert_eq!((bench.made(), made.listing.images.len()), (1, 0));
    assert!(made.notes[0].contains("pictures were refused") && made.notes[0].contains("Not Found"), "{:?}", made.notes);
}

#[tokio::test]
async fn a_sku_that_is_taken_is_told_with_its_holder() {
    let bench = Bench::open(vec![mug(1)]).await;
    let error = bench.create(&source("Other", &[], &[("M-1", &[])])).await.unwrap_err();
    let WriteError::NotApplied(PlatformError::Refused { why, .. }) = &error else { panic!("{error:?}") };
    assert!(why.contains(&format!("by product {}", bench.number("Mug 001"))), "{why}");
    assert_eq!(bench.titles(), ["Mug 001"]);
}

/// The lock on a SKU answers "taken" for what our own lost call has made.
#[tokio::test]
async fn a_sku_that_our_own_lost_try_took_is_that_try() {
    let bench = Bench::open(vec![]).await;
    let source = source("Mug", &[], &[("MUG", &[])]);
    bench.faults(&["cut-after:nth=1"]);
    let lost = bench.create(&source).await;
    assert!(matches!(lost, Err(WriteError::Unknown(_))), "{lost:?}");
    let again = bench.create(&source).await.unwrap();
    assert_eq!((bench.made(), again.listing.title.as_str()), (1, "Mug"));
}

#[tokio::test]
async fn half_a_product_is_completed_and_not_doubled() {
    let source = perfect_shirt();
    for cut in
        ["cut-after:path=/products:nth=1", "cut-before:path=/variations/batch", "cut-after:path=/variations/batch"]
    {
        let bench = Bench::open(vec![mug(1)]).await;
        bench.faults(&[cut.replace("path=/products:nth", "method=POST,nth").as_str()]);
        let lost = bench.create(&source).await;
        assert!(matches!(lost, Err(WriteError::Unknown(_))), "{cut}: {lost:?}");
        bench.faults(&[]);
        let found = bench.shop.find_created(&creation(&source), &source).await.unwrap().expect(cut);
        assert_eq!(found.variants.len(), 3, "{cut}");
        assert_eq!(found.listing.total(|_| true), Some(Quantity::units(6)), "{cut}");
        assert_eq!(bench.made(), 1, "{cut}");
        let again = bench.shop.find_created(&creation(&source), &source).await.unwrap().expect(cut);
        assert_eq!(again.variants, found.variants, "{cut}");
        assert_eq!(bench.titles().len(), 2, "{cut}");
    }
}

/// Found by its title where there is no SKU, also in the trash, and never another creation's.
#[tokio::test]
async fn what_was_made_is_found_by_its_mark() {
    let bench = Bench::open(vec![mug(1)]).await;
    let source = source("-5\" Pipe, \"grün\" & more", &[], &[("", &[])]);
    assert_eq!(bench.shop.find_created(&creation(&source), &source).await.unwrap(), None);
    let made = bench.create(&source).await.unwrap();
    let found = bench.shop.find_created(&creation(&source), &source).await.unwrap().unwrap();
    assert_eq!(found.listing.remote, made.listing.remote);
    let other = Creation { mark: key(), ..creation(&source) };
    assert_eq!(bench.shop.find_created(&other, &source).await.unwrap(), None);

    let calls = &bench.shop.catalogue.calls;
    let mut request = calls.delete(&format!("/products/{}", made.listing.remote));
    request.query.clear();
    calls.write(request, &[]).await.unwrap();
    let found = bench.shop.find_created(&creation(&source), &source).await.unwrap().unwrap();
    assert_eq!(found.listing.status, Status::Archived);
}

#[tokio::test]
async fn a_refused_variation_leaves_nothing_behind() {
    let bench = Bench::open(vec![mug(1)]).await;
    let source = source("Shirt", &["Size"], &[("T-1", &["S"]), ("M-1", &["M"])]);
    let error = bench.create(&source).await.unwrap_err();
    let WriteError::NotApplied(PlatformError::Refused { why, .. }) = &error else { panic!("{error:?}") };
    assert!(why.contains("SKU"), "{why}");
    assert_eq!(bench.titles(), ["Mug 001"]);
    assert_eq!(bench.shop.find_created(&creation(&source), &source).await.unwrap(), None);

    // If taking back fails too, nobody may say that nothing is there.
    bench.faults(&["5xx:method=DELETE"]);
    let error = bench.create(&source).await.unwrap_err();
    assert!(matches!(error, WriteError::Unknown(_)), "{error:?}");
}

#[tokio::test]
async fn a_shop_that_drops_quantities_is_told() {
    let bench = Bench::with(Sandbox::new().without_stock_management(), vec![]).await;
    let made = bench.create(&source("Mug", &[], &[("MUG", &[])])).await.unwrap();
    assert!(!made.stock_set && made.notes[0].contains("stock management"), "{:?}", made.notes);
}

/// More variations than a batch takes.
#[tokio::test]
async fn a_large_product_takes_a_call_per_hundred() {
    let bench = Bench::open(vec![]).await;
    let names: Vec<(String, String)> = (0..150).map(|n| (format!("L-{n}"), format!("Shade {n}"))).collect();
    let values: Vec<[&str; 1]> = names.iter().map(|(_, shade)| [shade.as_str()]).collect();
    let variants: Vec<(&str, &[&str])> =
        names.iter().zip(&values).map(|((sku, _), value)| (sku.as_str(), &value[..])).collect();
    let source = source("Paint", &["Shade"], &variants);
    bench.faults(&["cut-after:path=/variations/batch,nth=2"]);
    assert!(bench.create(&source).await.is_err());
    bench.faults(&[]);
    let found = bench.shop.find_created(&creation(&source), &source).await.unwrap().unwrap();
    assert_eq!(found.variants.len(), 150);
    let count = bench.server.shop().look(|shop| shop.products.values().next().unwrap().variants.len());
    assert_eq!(count, 150);
}
