//! Making, finding again, changing: limits before the first call, marks, codes that stay, variants.

use serde_json::json;

use crate::domain::{Field, FieldChange, FieldValue, Listing, OptionValue, Quantity, Status, Stock, Structure, Text};
use crate::platform::{EditOutcome, PlatformError, WriteError};
use crate::sandbox::Faults;

use super::fixtures::{Till, creation, location, simple, tee, variant};

fn sized(count: usize, options: usize, source: &Listing) -> Listing {
    let mut wide = source.clone();
    let names: Vec<Text> = (0..options).map(|n| Text::new(&format!("Option {n}"))).collect();
    wide.structure = Structure::Variable { options: names.clone() };
    wide.title = "Wide".into();
    wide.variants = (0..count)
        .map(|n| {
            let mut variant = source.variants[0].clone();
            variant.sku = Text::some(&format!("W-{n}"));
            let value = Text::new(&format!("Value {n}"));
            variant.options =
                names.iter().map(|option| OptionValue { option: option.clone(), value: value.clone() }).collect();
            variant
        })
        .collect();
    wide
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_over_the_limit_is_refused_before_the_first_call_and_what_is_at_it_is_made() {
    let till = Till::open(vec![simple("Mug", "M", 5)]).await;
    let mug = till.listing("Mug").await;
    till.requests();
    for (variants, options) in [(201, 1), (2, 4)] {
        let wide = sized(variants, options, &mug);
        let refused = till.connector.create(&creation(&wide, 1), &wide, &location()).await;
        assert!(matches!(refused, Err(WriteError::NotApplied(PlatformError::Refused { .. }))), "{refused:?}");
    }
    assert_eq!(till.requests().len(), 0);
    let widest = sized(200, 3, &mug);
    let made = till.connector.create(&creation(&widest, 1), &widest, &location()).await.unwrap();
    assert_eq!((made.variants.len(), made.stock_set), (200, true));
    let calls: Vec<String> = till.requests().into_iter().map(|(call, _)| call).collect();
    assert_eq!(calls.iter().filter(|call| *call == "POST /api/2026-07/products").count(), 1, "one call makes all");
    // A brand list of two pages, a list of attributes, three new ones, the family, a look at it and at its counts.
    assert!(calls.len() <= 9, "{calls:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_made_is_found_after_it_was_renamed_and_another_of_the_name_is_not_it() {
    let till = Till::open(vec![simple("Cup", "C", 5)]).await;
    let mut source = till.listing("Cup").await;
    // One of this name is there, and it is not ours.
    assert_eq!(till.connector.find_created(&creation(&source, 1), &source).await.unwrap(), None);
    let refused = till.connector.create(&creation(&source, 1), &source, &location()).await.unwrap_err();
    assert!(
        matches!(&refused, WriteError::NotApplied(PlatformError::Refused { why, .. }) if why.contains("name")),
        "{refused}"
    );
    source.title = "Beaker".into();
    source.variants[0].sku = Text::some("B-1");
    let made = till.connector.create(&creation(&source, 1), &source, &location()).await.unwrap();
    till.alter(|shop, now| {
        let number = shop.products.values().find(|product| product.title == "Beaker").unwrap().number;
        shop.products.get_mut(&number).unwrap().title = "Goblet".into();
        shop.touch(number, now);
    });
    let found = till.connector.find_created(&creation(&source, 1), &source).await.unwrap().unwrap();
    assert_eq!((found.listing.remote, found.listing.title.as_str()), (made.listing.remote, "Goblet"));
    assert_eq!(till.connector.find_created(&creation(&source, 2), &source).await.unwrap(), None, "another creation");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_count_is_not_counted_there() {
    let till = Till::open(vec![simple("Cup", "C", 5)]).await;
    let mut source = till.listing("Cup").await;
    source.title = "Voucher".into();
    source.variants[0].sku = Text::some("V");
    let mut wanted = creation(&source, 1);
    wanted.quantities = vec![None];
    let made = till.connector.create(&wanted, &source, &location()).await.unwrap();
    assert_eq!(made.listing.variants[0].stock, Stock::Untracked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_go_by_their_addresses_and_a_draft_is_switched_off() {
    let till = Till::open(vec![simple("Cup", "C", 5)]).await;
    let mut source = till.listing("Cup").await;
    source.title = "Card 4111 1111 1111 1111".into();
    source.variants[0].sku = None;
    source.images = vec!["https://pictures.example/1.jpg".into()];
    let mut wanted = creation(&source, 1);
    wanted.draft = true;
    let made = till.connector.create(&wanted, &source, &location()).await.unwrap();
    assert_eq!((made.listing.status, &made.listing.images), (Status::Draft, &source.images));
    assert!(made.listing.title.contains("****"), "X-Series put asterisks there: {}", made.listing.title);
    assert!(made.notes.iter().any(|note| note.contains("card number")), "{:?}", made.notes);
    assert!(made.listing.variants[0].sku.is_some(), "X-Series gives one");
}

fn change(listing: &Listing, place: usize, field: Field, to: FieldValue) -> FieldChange {
    FieldChange { variant: field.is_per_variant().then(|| listing.variants[place].remote.clone()), field, to }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn further_codes_stay_when_sku_and_barcode_change() {
    let mut mug = simple("Mug", "M-1", 5);
    mug.variants[0].barcode = "4006381333931".into();
    let codes = json!([
        {"type": "CUSTOM", "code": "M-1"}, {"type": "CUSTOM", "code": "SUPPLIER-7"}, {"type": "EAN", "code": "4006381333931"},
    ]);
    mug.variants[0].extra.insert("product_codes".into(), codes);
    let till = Till::open(vec![mug]).await;
    let mug = till.listing("Mug").await;
    assert_eq!(
        (mug.variants[0].sku.as_deref(), mug.variants[0].barcode.as_deref()),
        (Some("M-1"), Some("4006381333931"))
    );
    let text = |text: &str| FieldValue::Maybe(Text::some(text));
    let changes = [change(&mug, 0, Field::Sku, text("M-2")), change(&mug, 0, Field::Barcode, text("4006381333948"))];
    till.requests();
    let outcomes = till.connector.edit(&mug, &changes).await.unwrap();
    assert_eq!(outcomes, [EditOutcome::Applied, EditOutcome::Applied]);
    let sent = till.requests().pop().unwrap().1.json().unwrap();
    let sent: Vec<&str> = sent["details"]["product_codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code["code"].as_str().unwrap())
        .collect();
    assert_eq!(sent, ["M-2", "SUPPLIER-7", "4006381333948"]);
    let refused = till.connector.edit(&mug, &[change(&mug, 0, Field::Barcode, text("not-a-code"))]).await.unwrap();
    assert!(matches!(refused[..], [EditOutcome::Rejected(_)]));
    let card = FieldValue::Text("4111 1111 1111 1111".into());
    let refused = till.connector.edit(&mug, &[change(&mug, 0, Field::Description, card)]).await.unwrap();
    assert!(matches!(refused[..], [EditOutcome::Rejected(_)]), "asterisks would come back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_family_field_and_three_prices_take_three_calls() {
    let till = Till::open(vec![tee()]).await;
    let tee = till.listing("Tee").await;
    let price = FieldValue::Money(Some(crate::domain::Money::new(2500, super::fixtures::euro())));
    let mut changes: Vec<FieldChange> = (0..3).map(|place| change(&tee, place, Field::Price, price.clone())).collect();
    changes.push(change(&tee, 0, Field::Brand, FieldValue::Maybe(None)));
    till.requests();
    assert_eq!(till.connector.edit(&tee, &changes).await.unwrap(), vec![EditOutcome::Applied; 4]);
    let sent = till.requests();
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[0].1.json().unwrap()["common"], json!({"brand_id": ""}), "blank takes it off");
    // One of several is refused: that one is told, and the others are done.
    till.alter(|shop, now| {
        let number = shop.products.values().next().unwrap().number;
        shop.products.get_mut(&number).unwrap().variants.remove(1);
        shop.touch(number, now);
    });
    let outcomes = till.connector.edit(&tee, &changes[..3]).await.unwrap();
    assert!(
        matches!(outcomes[..], [EditOutcome::Applied, EditOutcome::Rejected(_), EditOutcome::Applied]),
        "{outcomes:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_variant_is_added_by_the_call_for_it_or_by_the_familys_name() {
    let till = Till::open(vec![tee()]).await;
    let tee = till.listing("Tee").await;
    let mut green = tee.variants[0].clone();
    green.options[0].value = "Green".into();
    green.sku = Text::some("T-9");
    till.requests();
    let now = till.connector.add_variants(&tee, std::slice::from_ref(&green)).await.unwrap();
    assert_eq!(now.variants.len(), 4);
    let posts: Vec<String> = till
        .requests()
        .into_iter()
        .map(|(call, _)| call)
        .filter(|call| call.contains("products") && call.starts_with("POST"))
        .collect();
    assert_eq!(posts, ["POST /api/2.1/products"]);
    // The family is full: said without a call that would change anything.
    let mut many = Vec::new();
    for n in 0..197 {
        let mut one = green.clone();
        one.options[0].value = Text::new(&format!("Shade {n}"));
        many.push(one);
    }
    let full = till.connector.add_variants(&tee, &many).await;
    assert!(matches!(full, Err(WriteError::NotApplied(_))));
    assert!(till.requests().iter().all(|(call, _)| !call.contains("2.1")));
    // A fault in the middle of two: neither done nor not.
    let (mut black, mut white) = (green.clone(), green);
    (black.options[0].value, black.sku) = ("Black".into(), Text::some("T-10"));
    (white.options[0].value, white.sku) = ("White".into(), Text::some("T-11"));
    // Family by name, then the two calls: attributes are known.
    till.server.set_faults(Faults::parse(["429:nth=3"], 1).unwrap());
    let half = till.connector.add_variants(&tee, &[black.clone(), white.clone()]).await;
    assert!(matches!(half, Err(WriteError::Unknown(_))), "{half:?}");
    till.server.set_faults(Faults::none());
    let whole = till.connector.add_variants(&tee, &[black, white]).await.unwrap();
    assert_eq!(whole.variants.len(), 6);
    assert_eq!(whole.variants.iter().filter_map(|v| v.stock.total(|_| true)).max(), Some(Quantity::units(3)));
    assert_eq!(variant(&["x"], "y", 1).values.len(), 1);
}
