//! Writing single fields, adding variants, deleting: what was asked for and nothing else, however often it is repeated.

use std::collections::BTreeMap;

use counterpart::domain::{
    Cursor, Dimensions, Feed, Field, FieldChange, FieldValue, Listing, Money, OptionValue, Quantity, Status, Stock,
    Text, Variant, Weight,
};
use counterpart::platform::{Change, Clock, Deletion, EditOutcome, PlatformError, WriteError};
use counterpart::sandbox::ShopProduct;
use serde_json::{Map, Value, json};

use crate::bench::{Bench, chosen, euro, product, simple};

/// What the platform keeps of a product and of a variant that we know nothing of, as its sandbox holds it.
fn unknown(platform: &str) -> (Map<String, Value>, Map<String, Value>) {
    let (of_product, of_variant) = match platform {
        "square" => (
            json!({ "item_data": { "kitchen_facing_name": "MUG" } }),
            json!({ "item_variation_data": { "team_member_ids": ["TM-1"] } }),
        ),
        "woocommerce" => {
            let meta = |id: u64| json!({ "meta_data": [{ "id": id, "key": "_seo", "value": "kept" }] });
            (meta(9001), meta(9002))
        }
        _ => (json!({ "seo": "kept" }), json!({ "tax_code": "kept" })),
    };
    let map = |value: Value| value.as_object().cloned().unwrap();
    (map(of_product), map(of_variant))
}

/// A product of three variants and a simple one, with what we know nothing of.
pub fn shelf(platform: &str) -> Vec<ShopProduct> {
    let values: [(&[&str], i64); 3] = [(&["Red", "S"], 1), (&["Red", "M"], 2), (&["Blue", "S"], 3)];
    let mut products = vec![product("Tee", "TEE", &["Colour", "Size"], &values), simple("Mug", "MUG-1", 7)];
    let (of_product, of_variant) = unknown(platform);
    for product in &mut products {
        product.extra = of_product.clone();
        product.variants.iter_mut().for_each(|variant| variant.extra = of_variant.clone());
    }
    products
}

/// Another value than the one of [`shelf`].
pub fn another(field: Field) -> FieldValue {
    let text = |text: &str| FieldValue::Maybe(Text::some(text));
    match field {
        Field::Title => FieldValue::Text("Renamed & moved".into()),
        Field::Description => FieldValue::Text("Glazed twice, 5 < 6 & dry".into()),
        Field::Price => FieldValue::Money(Some(Money::new(2450, euro()))),
        Field::CompareAtPrice => FieldValue::Money(Some(Money::new(2990, euro()))),
        Field::Sku => text("NEW-SKU-9"),
        Field::Barcode => text("4006381333931"),
        Field::Brand => text("Hill Pottery"),
        Field::Category => text("Kitchen"),
        Field::Options => FieldValue::Options(Vec::new()),
        Field::Images => FieldValue::Images(vec!["https://cdn.example/new.png".to_owned()]),
        Field::Weight => FieldValue::Weight(Some(Weight::grams(350))),
        Field::Dimensions => {
            FieldValue::Dimensions(Some(Dimensions { length: 300_000, width: 200_000, height: 45_000 }))
        }
        Field::Active => FieldValue::Status(Status::Draft),
    }
}

pub fn change(listing: &Listing, place: usize, field: Field, to: FieldValue) -> FieldChange {
    let variant = field.is_per_variant().then(|| listing.variants[place].remote.clone());
    FieldChange { variant, field, to }
}

/// The listing with the change, less what moves by itself.
pub fn expected(mut listing: Listing, place: usize, field: Field, to: &FieldValue) -> Listing {
    let variant = &mut listing.variants[place];
    match (field, to.clone()) {
        (Field::Title, FieldValue::Text(text)) => listing.title = text,
        (Field::Description, FieldValue::Text(text)) => listing.description = text,
        (Field::Price, FieldValue::Money(money)) => variant.price = money,
        (Field::CompareAtPrice, FieldValue::Money(money)) => variant.compare_at = money,
        (Field::Sku, FieldValue::Maybe(text)) => variant.sku = text,
        (Field::Barcode, FieldValue::Maybe(text)) => variant.barcode = text,
        (Field::Brand, FieldValue::Maybe(text)) => listing.brand = text,
        (Field::Category, FieldValue::Maybe(text)) => listing.category = text,
        (Field::Images, FieldValue::Images(images)) => listing.images = images,
        (Field::Weight, FieldValue::Weight(weight)) => variant.weight = weight,
        (Field::Dimensions, FieldValue::Dimensions(dimensions)) => variant.dimensions = dimensions,
        (Field::Active, FieldValue::Status(status)) => listing.status = status,
        (field, to) => panic!("{to} is no {}", field.label()),
    }
    settled(listing)
}

pub fn settled(mut listing: Listing) -> Listing {
    listing.updated_at = None;
    listing.page = None;
    // Not every platform has drafts: not to be sold is not to be sold.
    if listing.status == Status::Archived {
        listing.status = Status::Draft;
    }
    listing
}

impl Bench {
    pub async fn named(&self, title: &str) -> Listing {
        let (listings, _) = self.listings(&Cursor::Start).await;
        let found = listings.into_values().find(|listing| listing.title.as_str() == title);
        found.unwrap_or_else(|| panic!("{}: no {title}", self.name()))
    }

    pub async fn now(&self, listing: &Listing) -> Option<Listing> {
        let mut found = self.connector.listings(std::slice::from_ref(&listing.remote)).await.unwrap();
        found.pop().map(settled)
    }

    pub fn in_shop(&self, title: &str) -> ShopProduct {
        self.server.shop().look(|shop| {
            shop.products.values().find(|product| product.title == title).expect("the product exists").clone()
        })
    }

    /// What it keeps and we do not know is still there, in each of the product's variants.
    pub fn check_unknown(&self, product: u64, what: &str) {
        let (of_product, of_variant) = unknown(self.platform.profile.id);
        let product = self.server.shop().look(|shop| shop.products[&product].clone());
        let kept = |extra: &Map<String, Value>, wanted: &Map<String, Value>| {
            wanted.iter().all(|(name, value)| match (value, extra.get(name)) {
                (Value::Object(parts), Some(there)) => parts.iter().all(|(part, value)| there.get(part) == Some(value)),
                // Numbers of entries may be given anew.
                (Value::Array(_), Some(there)) => there.to_string().contains("kept"),
                (value, there) => there == Some(value),
            })
        };
        assert!(kept(&product.extra, &of_product), "{}: {what}: lost {of_product:?}: {product:#?}", self.name());
        for variant in product.variants.iter().filter(|variant| !variant.sku.starts_with("ADDED")) {
            assert!(kept(&variant.extra, &of_variant), "{}: {what}: lost {of_variant:?}: {product:#?}", self.name());
        }
    }
}

for_each_platform!(each_field_is_written_and_nothing_else, platform, {
    for field in platform.profile.edits.iter().copied().filter(|field| *field != Field::Options) {
        let bench = Bench::open(platform, shelf(platform.profile.id)).await;
        for (title, place, other) in [("Tee", 1, "Mug"), ("Mug", 0, "Tee")] {
            let what = format!("{}: the {} of {title}", bench.name(), field.label());
            let before = bench.named(title).await;
            let number = bench.in_shop(title).number;
            let other_before = bench.in_shop(other);
            // Not both may have the same key.
            let to = match (field, another(field)) {
                (Field::Sku, FieldValue::Maybe(Some(sku))) => FieldValue::Maybe(Text::some(&format!("{sku}-{title}"))),
                (Field::Barcode, _) if title == "Mug" => FieldValue::Maybe(Text::some("4006381333948")),
                (_, to) => to,
            };
            bench.clock.advance(std::time::Duration::from_secs(10));
            let outcome = bench.connector.edit(&before, &[change(&before, place, field, to.clone())]).await;
            assert_eq!(outcome, Ok(vec![EditOutcome::Applied]), "{what}");
            assert_eq!(bench.now(&before).await, Some(expected(before.clone(), place, field, &to)), "{what}");
            assert_eq!(bench.in_shop(other), other_before, "{what}: another product");
            bench.check_unknown(number, &what);
            if field == Field::Title {
                // Back, so that the next one finds it.
                let back = FieldValue::Text(before.title.clone());
                let outcome = bench.connector.edit(&before, &[change(&before, place, field, back)]).await;
                assert_eq!(outcome, Ok(vec![EditOutcome::Applied]), "{what}");
            }
        }
    }
});

for_each_platform!(several_fields_are_written_at_once, platform, {
    let bench = Bench::open(platform, shelf(platform.profile.id)).await;
    let before = bench.named("Tee").await;
    let number = bench.in_shop("Tee").number;
    let fields = [Field::Title, Field::Brand, Field::Price, Field::Weight];
    let fields: Vec<Field> = fields.into_iter().filter(|field| platform.profile.edits.contains(field)).collect();
    let mut changes = Vec::new();
    let mut wanted = settled(before.clone());
    for field in &fields {
        let places = if field.is_per_variant() { 0..before.variants.len() } else { 0..1 };
        for place in places {
            changes.push(change(&before, place, *field, another(*field)));
            wanted = expected(wanted, place, *field, &another(*field));
        }
    }
    let outcome = bench.connector.edit(&before, &changes).await;
    assert_eq!(outcome, Ok(vec![EditOutcome::Applied; changes.len()]), "{}", bench.name());
    assert_eq!(bench.now(&before).await, Some(wanted), "{}", bench.name());
    bench.check_unknown(number, "several fields");
});

for_each_platform!(a_field_that_cannot_be_written_is_refused_without_a_call, platform, {
    let bench = Bench::open(platform, shelf(platform.profile.id)).await;
    let before = bench.named("Tee").await;
    let calls = bench.http.calls();
    for field in Field::ALL.into_iter().filter(|field| !platform.profile.edits.contains(field)) {
        let outcome = bench.connector.edit(&before, &[change(&before, 0, field, another(field))]).await;
        let refused = matches!(outcome.as_deref(), Ok([EditOutcome::Rejected(PlatformError::Refused { .. })]));
        assert!(refused, "{}: {}: {outcome:?}", bench.name(), field.label());
    }
    assert_eq!(bench.http.calls(), calls, "{}: it asked", bench.name());
});

for_each_platform!(a_price_written_again_does_no_harm, platform, {
    if !platform.profile.edits.contains(&Field::Price) {
        continue;
    }
    let bench = Bench::open(platform, shelf(platform.profile.id)).await;
    let before = bench.named("Tee").await;
    let changes = [change(&before, 1, Field::Price, another(Field::Price))];
    for _ in 0..3 {
        // By what was known at first, as after a lost answer.
        let outcome = bench.connector.edit(&before, &changes).await;
        assert_eq!(outcome, Ok(vec![EditOutcome::Applied]), "{}", bench.name());
        // Somebody buys one in between: that is not undone.
        let tee = bench.variant("Tee", 1);
        let now = bench.clock.now();
        bench.server.shop().alter(|shop| shop.sell(tee, 1, Quantity::units(1), now));
    }
    let mut wanted = expected(before.clone(), 1, Field::Price, &another(Field::Price));
    if let Stock::Tracked(levels) = &mut wanted.variants[1].stock {
        levels.values_mut().for_each(|level| *level = Quantity::units(-1));
    }
    assert_eq!(bench.now(&before).await, Some(wanted), "{}", bench.name());
});

for_each_platform!(what_is_gone_is_told_and_not_made_again, platform, {
    // Where nothing can be changed, nothing can be deleted.
    if platform.profile.edits.is_empty() {
        continue;
    }
    let bench = Bench::open(platform, shelf(platform.profile.id)).await;
    let before = bench.named("Tee").await;
    let now = bench.clock.now();
    let number = bench.in_shop("Tee").number;
    bench.server.shop().alter(|shop| shop.delete(number, now));
    let field = platform.profile.edits.iter().copied().find(|field| *field == Field::Price);
    if let Some(field) = field {
        let outcome = bench.connector.edit(&before, &[change(&before, 0, field, another(field))]).await;
        let told = match &outcome {
            Ok(outcomes) => matches!(outcomes[..], [EditOutcome::Rejected(_)]),
            Err(WriteError::NotApplied(_)) => true,
            Err(WriteError::Unknown(_)) => false,
        };
        assert!(told, "{}: {outcome:?}", bench.name());
    }
    if platform.profile.adds_variants {
        let outcome = bench.connector.add_variants(&before, &[added("Blue", "M", 1)]).await;
        assert!(matches!(outcome, Err(WriteError::NotApplied(_))), "{}: {outcome:?}", bench.name());
    }
    // Not there is what a deletion is for.
    assert_eq!(bench.connector.delete(&before.remote).await, Ok(()), "{}", bench.name());
    assert_eq!(bench.products(), 1, "{}", bench.name());
});

/// As another platform has it.
pub fn added(colour: &str, size: &str, number: u64) -> Variant {
    let option = |option: &str, value: &str| OptionValue { option: option.into(), value: value.into() };
    Variant {
        remote: counterpart::domain::RemoteId::new(format!("elsewhere-{number}")).unwrap(),
        inventory: None,
        options: vec![option("Colour", colour), option("Size", size)],
        sku: Text::some(&format!("ADDED-{number}")),
        barcode: None,
        price: Some(Money::new(2150, euro())),
        compare_at: None,
        weight: None,
        dimensions: None,
        stock: Stock::Tracked(BTreeMap::from([(
            counterpart::domain::LocationId(counterpart::domain::RemoteId::new("elsewhere").unwrap()),
            Quantity::units(9),
        )])),
    }
}

fn labels(listing: &Listing) -> Vec<String> {
    let mut labels: Vec<String> = listing.variants.iter().map(|variant| variant.option_label()).collect();
    labels.sort();
    labels
}

for_each_platform!(variants_are_added_once, platform, {
    if !platform.profile.adds_variants {
        continue;
    }
    let bench = Bench::open(platform, shelf(platform.profile.id)).await;
    let before = bench.named("Tee").await;
    let number = bench.in_shop("Tee").number;
    let mug = bench.in_shop("Mug");
    // One that is there already, with another price; one of known values; one with a value of its own.
    let variants = [added("Red", "M", 1), added("Blue", "M", 2), added("Green", "XL", 3)];
    for _ in 0..2 {
        let now = bench.connector.add_variants(&before, &variants).await;
        let now = now.unwrap_or_else(|why| panic!("{}: {why:?}", bench.name()));
        let wanted = ["Blue / M", "Blue / S", "Green / XL", "Red / M", "Red / S"];
        assert_eq!(labels(&now), wanted, "{}", bench.name());
        for old in &before.variants {
            let same = now.variants.iter().find(|variant| variant.remote == old.remote);
            assert_eq!(same, Some(old), "{}: what was there is as it was", bench.name());
        }
        let green = now.variants.iter().find(|variant| variant.option_label() == "Green / XL").unwrap();
        assert_eq!((green.sku.as_deref(), green.price), (Some("ADDED-3"), variants[2].price), "{}", bench.name());
        // Not those of elsewhere: quantities are written by themselves.
        let level = green.stock.total(|_| true);
        assert!(level.is_none_or(|level| level == Quantity::ZERO), "{}: {level:?}", bench.name());
    }
    assert_eq!(bench.in_shop("Tee").variants.len(), 5, "{}", bench.name());
    assert_eq!(bench.in_shop("Mug"), mug, "{}", bench.name());
    bench.check_unknown(number, "added variants");
});

for_each_platform!(a_deletion_is_done_once_and_told, platform, {
    // Where nothing can be changed, nothing can be deleted.
    if platform.profile.edits.is_empty() {
        continue;
    }
    let bench = Bench::open(platform, shelf(platform.profile.id)).await;
    let (_, end) = bench.listings(&Cursor::Start).await;
    let tee = bench.named("Tee").await;
    let mug = bench.in_shop("Mug");
    bench.clock.advance(std::time::Duration::from_secs(3600));
    for _ in 0..2 {
        assert_eq!(bench.connector.delete(&tee.remote).await, Ok(()), "{}", bench.name());
    }
    bench.clock.advance(std::time::Duration::from_secs(60));
    let left = bench.connector.listings(std::slice::from_ref(&tee.remote)).await.unwrap();
    let put_away = |listing: &Listing| listing.status == Status::Archived;
    assert!(left.iter().all(put_away), "{}: {left:#?}", bench.name());
    if platform.profile.deletion == Deletion::Archives {
        // It can be brought back, so all of it is still there.
        let kept = bench.server.shop().look(|shop| shop.products.values().find(|p| p.title == "Tee").cloned());
        assert!(kept.is_some_and(|kept| kept.variants.len() == 3), "{}", bench.name());
    }
    assert_eq!(bench.in_shop("Mug"), mug, "{}", bench.name());
    let (changes, _) = bench.read(Feed::Listings, &end).await.unwrap();
    let told = changes.iter().any(|change| match change {
        Change::Gone(remote) => *remote == tee.remote,
        Change::Seen(listing) => listing.remote == tee.remote && put_away(listing),
        _ => false,
    });
    assert!(told || !platform.profile.deletions_in_feed, "{}: {changes:?}", bench.name());
    // A sweep finds out in any case.
    let (all, _) = bench.listings(&Cursor::Start).await;
    assert!(all.get(tee.remote.as_str()).is_none_or(put_away), "{}", bench.name());
});
