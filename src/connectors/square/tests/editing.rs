//! Writing to items that are there: what was asked for and nothing else.

use super::*;
use crate::domain::{Field, FieldChange, FieldValue, Money, OptionValue, RemoteId, Stock, Text, Variant};
use crate::platform::{EditOutcome, PlatformError};

fn change(listing: &Listing, field: Field, to: FieldValue) -> FieldChange {
    let variant = field.is_per_variant().then(|| listing.variants[0].remote.clone());
    FieldChange { variant, field, to }
}

fn some(text: &str) -> FieldValue {
    FieldValue::Maybe(Text::some(text))
}

fn dollars(minor: i64) -> FieldValue {
    FieldValue::Money(Some(Money::new(minor, dollar())))
}

impl Bench {
    /// The item as Square has it.
    fn raw(&self, listing: &Listing) -> Value {
        let now = self.clock.now();
        self.server.shop().alter(|shop| {
            let body = json!({"object_ids": [listing.remote]});
            ask(&mut *imitate(), shop, "POST", "/v2/catalog/batch-retrieve", &body, now).1["objects"][0].clone()
        })
    }

    fn upserts(&self) -> usize {
        self.paths().iter().filter(|path| *path == "/v2/catalog/batch-upsert").count()
    }
}

/// A shirt with everything that we know nothing of.
fn shirt() -> ShopProduct {
    let mut shirt = product("Shirt", &["Size"], vec![variant(&["S"], "S-S", Some(3)), variant(&["M"], "S-M", Some(0))]);
    shirt.category = "Clothing".into();
    shirt.brand = "Nord".into();
    shirt.images = vec!["https://pictures.example/1.jpg".into()];
    shirt.extra = json!({
        "item_data": {"tax_ids": ["TAX1"], "skip_modifier_screen": true},
        "object": {"custom_attribute_values": {"hue": {"key": "hue", "string_value": "blue"}}},
    })
    .as_object()
    .unwrap()
    .clone();
    shirt.variants[0].extra =
        json!({"item_variation_data": {"inventory_alert_threshold": 3}}).as_object().unwrap().clone();
    shirt
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_nothing_else() {
    let bench = Bench::open(vec![shirt()]).await;
    let listing = bench.listing("Shirt").await;
    let before = bench.raw(&listing);
    let changes = [
        change(&listing, Field::Title, FieldValue::Text("Sea shirt".into())),
        change(&listing, Field::Description, FieldValue::Text("Soft & <light>".into())),
        change(&listing, Field::Price, dollars(2500)),
        change(&listing, Field::Sku, some("SEA-S")),
        change(&listing, Field::Barcode, some("4006381333931")),
        change(&listing, Field::Category, some("Summer")),
        change(&listing, Field::Active, FieldValue::Status(Status::Archived)),
    ];
    let outcomes = bench.connector.edit(&listing, &changes).await.unwrap();
    assert_eq!(outcomes, vec![EditOutcome::Applied; changes.len()]);
    assert_eq!(bench.upserts(), 1);
    let now = bench.listing("Sea shirt").await;
    let mut wanted = listing.clone();
    wanted.title = "Sea shirt".into();
    wanted.description = "Soft & <light>".into();
    wanted.category = Text::some("Summer");
    wanted.status = Status::Archived;
    wanted.updated_at = now.updated_at;
    wanted.variants[0].price = Some(Money::new(2500, dollar()));
    wanted.variants[0].sku = Text::some("SEA-S");
    wanted.variants[0].barcode = Text::some("4006381333931");
    assert_eq!(now, wanted);
    let after = bench.raw(&listing);
    for kept in ["tax_ids", "skip_modifier_screen", "image_ids", "item_options"] {
        assert_eq!(after["item_data"][kept], before["item_data"][kept], "{kept}");
    }
    assert_eq!(after["custom_attribute_values"], before["custom_attribute_values"]);
    let first = |item: &Value| item["item_data"]["variations"][0]["item_variation_data"].clone();
    assert_eq!(first(&after)["inventory_alert_threshold"], json!(3));
    // The same again is nothing to do.
    assert_eq!(bench.connector.edit(&listing, &changes).await.unwrap().len(), changes.len());
    assert_eq!(bench.upserts(), 1);
}

#[tokio::test]
async fn a_variations_own_change_leaves_the_item_at_home() {
    let bench = Bench::open(vec![shirt()]).await;
    let listing = bench.listing("Shirt").await;
    let before = bench.raw(&listing);
    let outcome = bench.connector.edit(&listing, &[change(&listing, Field::Price, dollars(999))]).await.unwrap();
    assert_eq!(outcome, [EditOutcome::Applied]);
    let after = bench.raw(&listing);
    assert_eq!(after["updated_at"], before["updated_at"]);
    let [old, new] = [&before, &after].map(|item| &item["item_data"]["variations"]);
    assert_eq!(new[1], old[1]);
    let mut expected = old[0].clone();
    expected["item_variation_data"]["price_money"]["amount"] = json!(999);
    for stamp in ["version", "updated_at"] {
        expected[stamp] = new[0][stamp].clone();
    }
    assert_eq!(new[0], expected);
}

#[tokio::test]
async fn a_price_goes_where_it_is_read_from() {
    let mut mug = simple("Mug", "M", 5);
    let overrides = json!([
        {"location_id": "L000000000001", "price_money": {"amount": 1500, "currency": "USD"}, "pricing_type": "FIXED_PRICING"},
        {"location_id": "L000000000002", "price_money": {"amount": 1700, "currency": "USD"}, "pricing_type": "FIXED_PRICING"},
    ]);
    mug.variants[0].extra =
        json!({"item_variation_data": {"location_overrides": overrides}}).as_object().unwrap().clone();
    let bench = Bench::open(vec![mug]).await;
    let listing = bench.listing("Mug").await;
    assert_eq!(listing.variants[0].price, Some(Money::new(1500, dollar())));
    bench.connector.edit(&listing, &[change(&listing, Field::Price, dollars(1600))]).await.unwrap();
    assert_eq!(bench.listing("Mug").await.variants[0].price, Some(Money::new(1600, dollar())));
    let data = bench.raw(&listing)["item_data"]["variations"][0]["item_variation_data"].clone();
    assert_eq!(data["price_money"]["amount"], json!(1990), "other locations keep theirs");
    assert_eq!(data["location_overrides"][1]["price_money"]["amount"], json!(1700));
    bench.connector.edit(&listing, &[change(&listing, Field::Price, FieldValue::Money(None))]).await.unwrap();
    assert_eq!(bench.listing("Mug").await.variants[0].price, None);
}

#[tokio::test]
async fn what_square_cannot_hold_is_refused_alone() {
    let bench = Bench::open(vec![shirt()]).await;
    let listing = bench.listing("Shirt").await;
    let mut elsewhere = change(&listing, Field::Sku, some("X"));
    elsewhere.variant = Some(RemoteId::new("VAELSEWHERE").unwrap());
    let euro = Money::new(5, Currency::new("EUR").unwrap());
    let changes = [
        change(&listing, Field::Barcode, some("1234")),
        change(&listing, Field::Title, FieldValue::Text("".into())),
        change(&listing, Field::Price, FieldValue::Money(Some(euro))),
        elsewhere,
        change(&listing, Field::Brand, some("Süd")),
        change(&listing, Field::Sku, some("NEW")),
    ];
    let outcomes = bench.connector.edit(&listing, &changes).await.unwrap();
    for refused in &outcomes[..5] {
        assert!(matches!(refused, EditOutcome::Rejected(_)), "{outcomes:?}");
    }
    assert!(matches!(&outcomes[3], EditOutcome::Rejected(PlatformError::NotFound { .. })), "{outcomes:?}");
    assert_eq!(outcomes[5], EditOutcome::Applied);
    let now = bench.listing("Shirt").await;
    assert_eq!((now.variants[0].sku.as_deref(), now.brand.as_deref()), (Some("NEW"), Some("Nord")));
    let calls = bench.http.calls();
    bench.connector.edit(&listing, &changes[4..5]).await.unwrap();
    assert_eq!(bench.http.calls(), calls, "a field that nobody can write costs no call");
}

#[tokio::test]
async fn one_change_that_square_refuses_does_not_keep_the_others() {
    // Square does not like one SKU, for a reason of its own.
    let bench = meddled(Box::new(|_, request, _| {
        let bad = request.path.ends_with("batch-upsert") && String::from_utf8_lossy(&request.body).contains("BAD-SKU");
        let error = json!({"category": "INVALID_REQUEST_ERROR", "code": "INVALID_VALUE", "detail": "No such SKU"});
        bad.then(|| Outgoing::json(400, &json!({"errors": [error]})))
    }))
    .await;
    let listing = bench.listing("Shirt").await;
    let mut bad = change(&listing, Field::Sku, some("BAD-SKU"));
    bad.variant = Some(listing.variants[1].remote.clone());
    let good = change(&listing, Field::Price, dollars(100));
    let outcomes = bench.connector.edit(&listing, &[bad, good]).await.unwrap();
    let EditOutcome::Rejected(PlatformError::Refused { why, .. }) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert!(why.contains("No such SKU"), "{why}");
    assert_eq!(outcomes[1], EditOutcome::Applied);
}

/// Square, with somebody who has a say before it answers a request.
type Meddler = Box<dyn FnMut(&mut Shop, &Incoming, Timestamp) -> Option<Outgoing> + Send>;

struct Meddled {
    inner: Box<dyn Imitation>,
    meddler: Meddler,
}

impl Imitation for Meddled {
    fn platform(&self) -> &'static str {
        self.inner.platform()
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        self.inner.credentials()
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        (self.meddler)(shop, request, now).unwrap_or_else(|| self.inner.answer(shop, request, now))
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        self.inner.failure(failure, now)
    }
}

async fn meddled(meddler: Meddler) -> Bench {
    Bench::imitated(vec![shirt()], Box::new(Meddled { inner: imitate(), meddler })).await
}

/// Somebody edits the item right before each of the first `times` writes of it.
async fn edited_meanwhile(times: usize) -> Bench {
    let mut writes = 0;
    meddled(Box::new(move |shop, request, now| {
        if request.path == "/v2/catalog/batch-upsert" && writes < times {
            writes += 1;
            let number = *shop.products.keys().next().unwrap();
            let mut edited = shop.products[&number].clone();
            edited.description = "theirs".to_owned();
            shop.insert(edited, now);
        }
        None
    }))
    .await
}

#[tokio::test]
async fn who_was_quicker_keeps_the_word_and_ours_is_added() {
    let bench = edited_meanwhile(1).await;
    let listing = bench.listing("Shirt").await;
    let title = change(&listing, Field::Title, FieldValue::Text("Ours".into()));
    assert_eq!(bench.connector.edit(&listing, std::slice::from_ref(&title)).await.unwrap(), [EditOutcome::Applied]);
    assert_eq!(bench.upserts(), 2);
    assert_eq!(bench.listing("Ours").await.description.as_str(), "theirs");

    let bench = edited_meanwhile(9).await;
    let listing = bench.listing("Shirt").await;
    let outcomes = bench.connector.edit(&listing, &[title]).await.unwrap();
    let [EditOutcome::Rejected(why)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert!(why.to_string().contains("VERSION_MISMATCH"), "{why}");
    assert_eq!(bench.upserts(), 2, "once more, and not for ever");
}

fn further(size: &str, sku: &str) -> Variant {
    Variant {
        remote: RemoteId::new("elsewhere").unwrap(),
        inventory: None,
        options: vec![OptionValue { option: "size".into(), value: size.into() }],
        sku: Text::some(sku),
        barcode: Text::some("4006381333931"),
        price: Some(Money::new(1990, dollar())),
        compare_at: None,
        weight: None,
        dimensions: None,
        stock: Stock::Untracked,
    }
}

#[tokio::test]
async fn variants_are_added_once_with_a_count_of_none() {
    let bench = Bench::open(vec![shirt()]).await;
    let listing = bench.listing("Shirt").await;
    // One that is there, by another case of its value, is left as it is.
    let wanted = [further("s", "OTHER"), further("L", "S-L"), further("XL", "S-XL")];
    for _ in 0..2 {
        let now = bench.connector.add_variants(&listing, &wanted).await.unwrap();
        let labels: Vec<String> = now.variants.iter().map(Variant::option_label).collect();
        assert_eq!(labels, ["S", "M", "L", "XL"]);
        assert_eq!(now.variants[0], listing.variants[0]);
        let added = &now.variants[2];
        assert_eq!((added.sku.as_deref(), added.barcode.as_deref()), (Some("S-L"), Some("4006381333931")));
        assert_eq!(added.price, Some(Money::new(1990, dollar())));
        assert_eq!(added.stock.at(&bench.location().id), Some(Quantity::ZERO));
        assert_eq!(bench.upserts(), 1);
    }
    assert_eq!(bench.server.shop().look(|shop| shop.applied.iter().filter(|a| a.what == "stock").count()), 2);
}

#[tokio::test]
async fn a_variant_that_was_never_counted_gets_no_count_from_us() {
    let mut shirt = shirt();
    shirt.variants[1].levels.clear();
    let bench = Bench::open(vec![shirt]).await;
    let listing = bench.listing("Shirt").await;
    let now = bench.connector.add_variants(&listing, &[further("M", ""), further("L", "S-L")]).await.unwrap();
    assert_eq!(now.variants[1].stock, Stock::Unknown);
}

#[tokio::test]
async fn variations_by_name_get_further_ones_and_others_are_refused() {
    let mut candle = product(
        "Candle",
        &["Variation"],
        vec![variant(&["Small"], "C-S", Some(1)), variant(&["Large"], "C-L", Some(1))],
    );
    candle.extra.insert(crate::connectors::square::sandbox::PLAIN_VARIATIONS.to_owned(), json!(true));
    let bench = Bench::open(vec![candle, simple("Mug", "M", 5), shirt()]).await;
    let candle = bench.listing("Candle").await;
    let now = bench.connector.add_variants(&candle, &[further("small", "X"), further("Huge", "C-H")]).await.unwrap();
    assert_eq!(now.variants.iter().map(Variant::option_label).collect::<Vec<_>>(), ["Small", "Large", "Huge"]);
    let mut by_colour = further("Red", "R");
    by_colour.options[0].option = "Colour".into();
    for (title, variant) in [("Mug", further("L", "M-L")), ("Shirt", by_colour)] {
        let listing = bench.listing(title).await;
        let refused = bench.connector.add_variants(&listing, &[variant]).await.unwrap_err();
        assert!(matches!(refused.cause(), PlatformError::Refused { .. }), "{refused}");
        assert_eq!(bench.listing(title).await, listing);
    }
}

#[tokio::test]
async fn what_is_deleted_can_be_brought_back() {
    let bench = Bench::open(vec![shirt()]).await;
    let listing = bench.listing("Shirt").await;
    for _ in 0..2 {
        bench.connector.delete(&listing.remote).await.unwrap();
    }
    assert_eq!(bench.upserts(), 1);
    let archived = bench.listing("Shirt").await;
    assert_eq!((archived.status, &archived.variants), (Status::Archived, &listing.variants));
    let active = change(&archived, Field::Active, FieldValue::Status(Status::Active));
    bench.connector.edit(&archived, &[active]).await.unwrap();
    let now = bench.listing("Shirt").await;
    assert_eq!(Listing { updated_at: listing.updated_at, ..now }, listing);
    bench.connector.delete(&RemoteId::new("ITNOTTHERE").unwrap()).await.unwrap();
}
