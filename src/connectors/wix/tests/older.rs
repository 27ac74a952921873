//! Catalogue V1: the whole way of a product in it, and where it bites.

use std::collections::BTreeMap;

use serde_json::json;

use crate::domain::{Cursor, Feed, Field, FieldValue, Listing, Money, OrderState, Quantity, Status, Text, Weight};
use crate::platform::{Change, Connector, EditOutcome, LevelRead, QuantityOutcome, WriteError};
use crate::sandbox::{Faults, ShopProduct};

use super::{Bench, adjust, article, change, creation, euro, key, mug, shirt};

#[tokio::test]
async fn an_import_walks_by_number_and_misses_nothing() {
    let mut products: Vec<ShopProduct> = (0..240).map(mug).collect();
    products.push(shirt());
    let bench = Bench::older(products).await;
    let page = bench.wix.changes(Feed::Listings, &Cursor::Start).await.unwrap();
    // Somebody deletes what was read, and makes another: offsets would slip.
    let first = bench.in_shop("Mug 0").number;
    bench.alter(|shop, now| {
        shop.delete(first, now);
        shop.insert(mug(999), now);
    });
    let crate::platform::Next::More(next) = page.next else { panic!("241 are more than one page") };
    let (rest, end) = bench.read(Feed::Listings, &next).await;
    let all: Vec<Listing> = page
        .changes
        .into_iter()
        .chain(rest)
        .map(|change| match change {
            Change::Seen(listing) => *listing,
            other => panic!("{other:?}"),
        })
        .collect();
    let titles: BTreeMap<&str, &Listing> = all.iter().map(|listing| (listing.title.as_str(), listing)).collect();
    assert_eq!((titles.len(), all.len()), (242, 242));
    let shirt = titles["Shirt"];
    let labels: Vec<String> = shirt.variants.iter().map(|variant| variant.option_label()).collect();
    assert_eq!(labels, ["Red / S", "Blue / M"], "and none of the hidden combinations");
    assert_eq!(titles["Mug 7"].variants[0].stock.total(|_| true), Some(Quantity::units(10)));
    // Later: what was changed since.
    bench.clock.advance(std::time::Duration::from_secs(3600));
    let mut edited = bench.in_shop("Mug 8");
    edited.title = "Renamed".into();
    bench.alter(|shop, now| assert!(shop.insert(edited, now) > 0));
    let (later, _) = bench.read(Feed::Listings, &end).await;
    let seen: Vec<&str> = later
        .iter()
        .filter_map(|change| match change {
            Change::Seen(listing) => Some(listing.title.as_str()),
            _ => None,
        })
        .collect();
    assert!(seen.contains(&"Renamed") && seen.len() < 5, "{seen:?}");
}

#[tokio::test]
async fn a_refused_batch_is_sorted_out_by_what_the_counts_show() {
    let bench = Bench::older((1..5).map(mug).collect()).await;
    let mut writes = Vec::new();
    for number in 1..5 {
        let listing = bench.listing(&format!("Mug {number}")).await;
        writes.push(adjust(bench.at(&listing, 0), 2, 10));
    }
    let gone = bench.in_shop("Mug 3").number;
    bench.alter(|shop, now| assert!(shop.delete(gone, now)));
    let outcomes = bench.wix.write_quantities(&writes, &key()).await.unwrap();
    let done = QuantityOutcome::Applied { now: Some(Quantity::units(12)) };
    assert_eq!(outcomes, [done.clone(), done, QuantityOutcome::NotTried, QuantityOutcome::NotTried]);
    assert_eq!((bench.level("Mug 1", 0), bench.level("Mug 4", 0)), (Some(12), Some(10)));
    // Alone it says what is wrong with it, and the rest goes through.
    let alone = bench.wix.write_quantities(&writes[2..3], &key()).await.unwrap();
    assert!(matches!(&alone[..], [QuantityOutcome::Rejected(_)]), "{alone:?}");
    let rest = bench.wix.write_quantities(&writes[3..], &key()).await.unwrap();
    assert_eq!(rest, [QuantityOutcome::Applied { now: None }]);
    // The first of them gone: nothing was done, and the batch is halved.
    let gone = bench.in_shop("Mug 1").number;
    bench.alter(|shop, now| assert!(shop.delete(gone, now)));
    let again: Vec<_> = writes.iter().map(|write| adjust(write.address.clone(), 1, 12)).collect();
    let refused = bench.wix.write_quantities(&[again[0].clone(), again[1].clone(), again[3].clone()], &key()).await;
    assert!(matches!(refused, Err(WriteError::NotApplied(_))), "{refused:?}");
    // A count that somebody moved meanwhile leaves it open what was done.
    let moved = bench.in_shop("Mug 2").number;
    bench.alter(|shop, now| assert!(shop.set_level(moved, 0, 1, Quantity::units(50), now)));
    let open = bench.wix.write_quantities(&[again[1].clone(), again[0].clone()], &key()).await;
    assert!(matches!(open, Err(WriteError::Unknown(_))), "{open:?}");
}

#[tokio::test]
async fn counts_go_up_and_down_and_not_below_nothing() {
    let bench = Bench::older(vec![mug(1), shirt()]).await;
    let (mug, shirt) = (bench.listing("Mug 1").await, bench.listing("Shirt").await);
    let writes = [adjust(bench.at(&mug, 0), -4, 10), adjust(bench.at(&shirt, 1), 3, 5)];
    let outcomes = bench.wix.write_quantities(&writes, &key()).await.unwrap();
    assert_eq!(outcomes, vec![QuantityOutcome::Applied { now: None }; 2]);
    let addresses: Vec<_> = writes.iter().map(|write| write.address.clone()).collect();
    let levels = bench.wix.levels(&addresses).await.unwrap();
    assert_eq!(levels, [6, 8].map(|level| LevelRead::Counted(Quantity::units(level))));
    let outcomes = bench.wix.write_quantities(&[adjust(bench.at(&mug, 0), -40, 6)], &key()).await.unwrap();
    assert!(matches!(&outcomes[..], [QuantityOutcome::Rejected(why)] if why.to_string().contains("not enough")));
    assert_eq!(bench.level("Mug 1", 0), Some(6));
}

#[tokio::test]
async fn a_copy_has_the_variants_that_were_asked_for_and_is_counted() {
    let sources = Bench::open(vec![mug(1), shirt()]).await;
    for (title, draft) in [("Mug 1", false), ("Shirt", false), ("Shirt", true)] {
        let mut source = sources.listing(title).await;
        source.images = vec!["https://pictures.example/1.jpg".into()];
        source.variants[0].barcode = Text::some("4006381333931");
        let bench = Bench::older(vec![ShopProduct::simple("Other", article(&[], "O", Some(1)))]).await;
        let made = bench.wix.create(&creation(&source, draft), &source, &bench.places[0]).await.unwrap();
        assert_eq!(made.listing.status, if draft { Status::Draft } else { Status::Active }, "{title}");
        assert_eq!(made.variants.len(), source.variants.len(), "{title}");
        assert_eq!(made.listing.variants.len(), source.variants.len(), "{title}: no other combination is shown");
        assert!(made.stock_set && made.notes.iter().any(|note| note.contains("barcodes")), "{:?}", made.notes);
        for (made, wanted) in made.listing.variants.iter().zip(&source.variants) {
            assert_eq!((&made.sku, made.price), (&wanted.sku, wanted.price), "{title}");
            assert_eq!(made.stock.total(|_| true), wanted.stock.total(|_| true), "{title}");
        }
        assert_eq!(made.listing.images, source.images);
        let body = bench.sent("PATCH /stores/v2/inventoryItems/product/").pop().unwrap();
        assert_eq!(body["inventoryItem"]["trackQuantity"], json!(true), "left out it would switch counting off");
        let found = bench.wix.find_created(&creation(&source, draft), &source).await.unwrap().unwrap();
        assert_eq!((found.variants, found.stock_set), (made.variants, true));
    }
}

#[tokio::test]
async fn a_copy_that_was_cut_off_is_found_and_completed() {
    let source = Bench::open(vec![shirt()]).await.listing("Shirt").await;
    let creation = creation(&source, false);
    for nth in 1..14 {
        let bench = Bench::older(Vec::new()).await;
        bench.server.set_faults(Faults::parse([format!("cut-after:nth={nth}").as_str()], 1).unwrap());
        let first = bench.wix.create(&creation, &source, &bench.places[0]).await;
        bench.server.set_faults(Faults::none());
        let count = bench.server.shop().look(|shop| shop.products.len());
        if let Err(WriteError::NotApplied(why)) = &first {
            assert_eq!(count, 0, "at call {nth}: {why}");
        }
        let found = match bench.wix.find_created(&creation, &source).await.unwrap() {
            Some(found) => found,
            None => bench.wix.create(&creation, &source, &bench.places[0]).await.unwrap(),
        };
        assert_eq!(bench.server.shop().look(|shop| shop.products.len()), 1, "at call {nth}");
        assert!(found.stock_set, "at call {nth}: {found:#?}");
        assert_eq!((found.listing.status, found.listing.variants.len()), (Status::Active, 2), "at call {nth}");
        assert_eq!(found.listing.variants[1].sku, source.variants[1].sku, "at call {nth}");
    }
}

#[tokio::test]
async fn too_many_combinations_are_refused_before_the_first_call() {
    let mut source = Bench::open(vec![shirt()]).await.listing("Shirt").await;
    source.variants = (0..40)
        .map(|n| {
            let mut variant = source.variants[0].clone();
            variant.options.iter_mut().for_each(|option| option.value = Text::new(&n.to_string()));
            variant
        })
        .collect();
    let bench = Bench::older(Vec::new()).await;
    let refused = bench.wix.create(&creation(&source, false), &source, &bench.places[0]).await.unwrap_err();
    assert!(refused.to_string().contains("1600"), "{refused}");
    assert_eq!(bench.sent("POST /stores/v1/products").len(), 0);
}

#[tokio::test]
async fn fields_are_changed_and_the_rest_stays() {
    let bench = Bench::older(vec![mug(1), shirt()]).await;
    for title in ["Mug 1", "Shirt"] {
        let before = bench.listing(title).await;
        let text = |text: &str| FieldValue::Maybe(Text::some(text));
        let last = before.variants.len() - 1;
        let changes = [
            change(&before, last, Field::Title, FieldValue::Text(format!("New {title}").as_str().into())),
            change(&before, last, Field::Description, FieldValue::Text("5 < 6 & dry".into())),
            change(&before, last, Field::Price, FieldValue::Money(Some(Money::new(2450, euro())))),
            change(&before, last, Field::Sku, text(&format!("N-{}", before.variants.len()))),
            change(&before, last, Field::Brand, text("Hill Pottery")),
            change(&before, last, Field::Images, FieldValue::Images(vec!["https://cdn.example/new.png".into()])),
            change(&before, last, Field::Active, FieldValue::Status(Status::Draft)),
            change(&before, last, Field::Barcode, text("4006381333931")),
            change(&before, last, Field::Weight, FieldValue::Weight(Some(Weight::grams(350)))),
        ];
        let outcomes = bench.wix.edit(&before, &changes).await.unwrap();
        let done = outcomes.iter().filter(|outcome| **outcome == EditOutcome::Applied).count();
        assert_eq!(done, 7, "barcode and weight are none of V1's: {outcomes:?}");
        let mut wanted = before.clone();
        wanted.title = format!("New {title}").as_str().into();
        wanted.description = "5 < 6 & dry".into();
        wanted.brand = Text::some("Hill Pottery");
        wanted.images = vec!["https://cdn.example/new.png".into()];
        wanted.status = Status::Draft;
        wanted.variants[last].price = Some(Money::new(2450, euro()));
        wanted.variants[last].sku = Text::some(&format!("N-{}", before.variants.len()));
        let mut now = bench.wix.listings(std::slice::from_ref(&before.remote)).await.unwrap().remove(0);
        now.updated_at = wanted.updated_at;
        assert_eq!(now, wanted);
        let gone = change(&before, last, Field::Brand, FieldValue::Maybe(None));
        assert_eq!(bench.wix.edit(&before, &[gone]).await, Ok(vec![EditOutcome::Applied]));
        assert_eq!(bench.in_shop(&format!("New {title}")).brand, "");
    }
}

#[tokio::test]
async fn a_compare_at_price_is_a_discount_of_the_whole_product() {
    let bench = Bench::older(vec![mug(1), shirt()]).await;
    let money = |minor| FieldValue::Money(Some(Money::new(minor, euro())));
    let before = bench.listing("Mug 1").await;
    let changes =
        [change(&before, 0, Field::Price, money(1500)), change(&before, 0, Field::CompareAtPrice, money(2000))];
    assert_eq!(bench.wix.edit(&before, &changes).await, Ok(vec![EditOutcome::Applied; 2]));
    let now = bench.listing("Mug 1").await;
    let prices = |listing: &Listing| {
        let variant = &listing.variants[0];
        (variant.price.map(|money| money.minor), variant.compare_at.map(|money| money.minor))
    };
    assert_eq!(prices(&now), (Some(1500), Some(2000)));
    bench.wix.edit(&now, &[change(&now, 0, Field::Price, money(1800))]).await.unwrap();
    assert_eq!(prices(&bench.listing("Mug 1").await), (Some(1800), Some(2000)), "the discount follows");
    bench.wix.edit(&now, &[change(&now, 0, Field::CompareAtPrice, FieldValue::Money(None))]).await.unwrap();
    assert_eq!(prices(&bench.listing("Mug 1").await), (Some(1800), None));
    let shirt = bench.listing("Shirt").await;
    let refused = bench.wix.edit(&shirt, &[change(&shirt, 0, Field::CompareAtPrice, money(9900))]).await.unwrap();
    assert!(matches!(&refused[..], [EditOutcome::Rejected(_)]), "{refused:?}");
}

#[tokio::test]
async fn variants_are_added_and_what_comes_with_them_is_hidden() {
    let bench = Bench::older(vec![shirt()]).await;
    let listing = bench.listing("Shirt").await;
    let with = |colour: &str, size: &str, sku: &str| {
        let mut variant = listing.variants[0].clone();
        variant.options[0].value = colour.into();
        variant.options[1].value = size.into();
        variant.sku = Text::some(sku);
        variant
    };
    // One that V1 has already, hidden; one that needs two new values.
    let wanted = [with("Red", "M", "S-RED-M"), with("Green", "XL", "S-GREEN-XL")];
    for _ in 0..2 {
        let now = bench.wix.add_variants(&listing, &wanted).await.unwrap();
        let mut labels: Vec<String> = now.variants.iter().map(|variant| variant.option_label()).collect();
        labels.sort();
        assert_eq!(labels, ["Blue / M", "Green / XL", "Red / M", "Red / S"]);
        for old in &listing.variants {
            assert!(now.variants.contains(old), "what was there is as it was");
        }
    }
    assert_eq!(bench.in_shop("Shirt").variants.len(), 9, "three colours in three sizes");
}

#[tokio::test]
async fn orders_are_those_of_the_newer_catalogue() {
    let bench = Bench::older(vec![mug(1), shirt()]).await;
    let (mug, shirt) = (bench.listing("Mug 1").await, bench.listing("Shirt").await);
    let (_, end) = bench.read(Feed::Orders, &Cursor::Start).await;
    let variants = [bench.in_shop("Mug 1").variants[0].number, bench.in_shop("Shirt").variants[1].number];
    bench.alter(|shop, now| {
        let lines = variants.map(|variant| (variant, 1, Quantity::units(2)));
        assert!(shop.place_order(&lines, now).is_some());
    });
    let (orders, _) = bench.read(Feed::Orders, &end).await;
    let [Change::Order(order)] = &orders[..] else { panic!("{orders:#?}") };
    assert_eq!((order.state, order.lines.len()), (OrderState::Open, 2));
    assert_eq!(order.lines[0].listing, Some(mug.remote.clone()));
    assert_eq!(order.lines[0].variant, mug.variants[0].inventory, "a product without options names no variant");
    assert_eq!(order.lines[1].variant, Some(shirt.variants[1].remote.clone()));
    for _ in 0..2 {
        bench.wix.delete(&mug.remote).await.unwrap();
    }
    assert!(bench.wix.listings(&[mug.remote]).await.unwrap().is_empty());
}
