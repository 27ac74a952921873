//! Making items: labels used again, marks, keys, quantities, and outcomes that nobody knows.

use super::*;
use crate::domain::{Stock, Text};
use crate::platform::{PlatformError, WriteError};

fn shirt() -> ShopProduct {
    let values = [["Red", "S", "Wool"], ["Red", "M", "Wool"], ["Blue", "M", "Silk"]];
    let variants = values.iter().zip(1..).map(|(values, n)| variant(values, &format!("S-{n}"), Some(n))).collect();
    let mut shirt = product("Shirt", &["Colour", "Size", "Fabric"], variants);
    shirt.category = "Clothing".into();
    shirt
}

async fn source(product: ShopProduct) -> Listing {
    let title = product.title.clone();
    Bench::open(vec![product]).await.listing(&title).await
}

#[tokio::test]
async fn a_product_with_three_options_arrives_as_it_was() {
    let source = source(shirt()).await;
    let bench = Bench::open(Vec::new()).await;
    let made = bench.connector.create(&creation(&source, 1), &source, bench.location()).await.unwrap();
    assert!(made.stock_set);
    let copy = bench.listing("Shirt").await;
    assert_eq!(made.listing, copy, "the answer is what a look shows");
    assert_eq!((&copy.structure, &copy.category), (&source.structure, &source.category));
    for (position, (ours, theirs)) in copy.variants.iter().zip(&source.variants).enumerate() {
        assert_eq!(ours.options, theirs.options);
        assert_eq!((&ours.sku, ours.price), (&theirs.sku, theirs.price));
        assert_eq!(ours.stock.total(|_| true), theirs.stock.total(|_| true));
        assert_eq!((made.variants[position].position, &made.variants[position].remote), (position, &ours.remote));
    }
    // The labels once, the item, its counts.
    let catalogue = bench.paths().iter().filter(|path| path.contains("batch-upsert")).count();
    assert_eq!(catalogue, 1);
}

#[tokio::test]
async fn a_clock_that_is_put_forward_during_a_call_stamps_nothing_in_squares_future() {
    let source = source(simple("Mug", "M", 7)).await;
    let clock: Arc<std::sync::OnceLock<Arc<ManualClock>>> = Arc::default();
    let leaping = clock.clone();
    let bench = Bench::tampered(
        Vec::new(),
        Box::new(move |request, mut answer| {
            let Some(clock) = leaping.get().filter(|_| request.path.ends_with("batch-upsert")) else { return answer };
            // Between sending and answering: our estimate is off by half of it.
            clock.advance(Duration::from_secs(20));
            let now = std::time::UNIX_EPOCH + Duration::from_millis(u64::try_from(clock.now().0).unwrap());
            answer.headers.retain(|(name, _)| name != "date");
            answer.header("date", httpdate::fmt_http_date(now))
        }),
    )
    .await;
    clock.set(bench.clock.clone()).unwrap();
    let made = bench.connector.create(&creation(&source, 1), &source, bench.location()).await.unwrap();
    assert!(made.stock_set, "{:?}", made.notes);
    assert_eq!(bench.listing("Mug").await.variants[0].stock.total(|_| true), Some(Quantity::units(7)));
}

#[tokio::test]
async fn options_and_categories_are_used_again() {
    let source = source(shirt()).await;
    let mut there = product(
        "Hat",
        &["colour", "Size"],
        vec![variant(&["RED", "S"], "H", Some(1)), variant(&["Green", "S"], "H2", Some(1))],
    );
    there.category = "clothing".into();
    let bench = Bench::open(vec![there]).await;
    for number in 1..=2 {
        let mut source = source.clone();
        source.title = Text::new(&format!("Shirt {number}"));
        bench.connector.create(&creation(&source, number), &source, bench.location()).await.unwrap();
    }
    let mut square = imitate();
    let body = json!({"object_types": ["ITEM_OPTION", "CATEGORY"]});
    let labels = bench
        .server
        .shop()
        .alter(|shop| ask(&mut *square, shop, "POST", "/v2/catalog/search", &body, bench.clock.now()))
        .1;
    let mut names: Vec<&str> = labels["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|label| label["item_option_data"]["name"].as_str().or(label["category_data"]["name"].as_str()).unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Fabric", "Size", "clothing", "colour"]);
    let searches = bench.paths().iter().filter(|path| path.ends_with("catalog/search")).count();
    assert_eq!(searches, 1, "options and categories are read once");
}

#[tokio::test]
async fn an_option_that_somebody_changed_meanwhile_is_read_again() {
    let source = source(shirt()).await;
    let bench = Bench::open(Vec::new()).await;
    let first = creation(&source, 1);
    bench.connector.create(&first, &source, bench.location()).await.unwrap();
    bench.edit("Shirt", |shirt| {
        shirt.variants[0].values[0] = "Crimson".into();
        shirt.variants[0].sku = "S-C".into();
    });
    let mut other = source.clone();
    other.title = Text::new("Other shirt");
    other.variants[0].options[0].value = Text::new("Violet");
    let made = bench.connector.create(&creation(&other, 2), &other, bench.location()).await.unwrap();
    assert_eq!(made.listing.variants[0].option_label(), "Violet / S / Wool");
    assert_eq!(bench.listings().await.len(), 2);
}

#[tokio::test]
async fn what_square_has_no_place_for_is_told() {
    let mut plain = simple("Mug", "M", 5);
    plain.brand = "Nord".into();
    plain.images = vec!["https://pictures.example/mug.jpg".into()];
    plain.variants[0].barcode = "96385074".into();
    let source = source(plain).await;
    let bench = Bench::open(Vec::new()).await;
    let mut draft = creation(&source, 1);
    draft.draft = true;
    draft.quantities = vec![None];
    let made = bench.connector.create(&draft, &source, bench.location()).await.unwrap();
    for word in ["archived", "96385074", "Nord", "picture 1"] {
        assert!(made.notes.iter().any(|note| note.contains(word)), "{word}: {:?}", made.notes);
    }
    assert_eq!(made.listing.status, Status::Archived);
    assert_eq!(made.listing.variants[0].stock, Stock::Untracked, "an unknown count is not written");
    assert_eq!(made.listing.variants[0].barcode, None);
    assert_eq!(bench.paths().iter().filter(|path| path.contains("changes/batch-create")).count(), 0);
}

/// A web server beside the shop: pictures of several kinds, and what is none.
fn gallery(request: &Incoming, answer: Outgoing) -> Outgoing {
    let png = [&[0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A][..], &[7; 300]].concat();
    let (kind, body) = match request.path.as_str() {
        "/pictures/mug.png" => ("image/png", png),
        "/pictures/saucer.gif" => ("image/gif; q=1", b"GIF89a--\r\n--".to_vec()),
        "/pictures/huge.png" => ("image/png", [&png[..], &vec![0; 15 * 1024 * 1024]].concat()),
        "/pictures/page.png" => ("image/png", b"<html>Back soon</html>".to_vec()),
        "/pictures/script.png" => ("text/html", png),
        _ => return answer,
    };
    assert_eq!(request.header("authorization"), None, "the key goes nowhere else");
    Outgoing { status: 200, headers: vec![("content-type".to_owned(), kind.to_owned())], body }
}

#[tokio::test]
async fn pictures_go_over_as_files_and_one_that_fails_is_told() {
    let mut plain = source(simple("Mug", "M", 5)).await;
    let bench = Bench::tampered(Vec::new(), Box::new(gallery)).await;
    let at = |name: &str| format!("{}/pictures/{name}", bench.server.url());
    plain.images = ["mug.png", "saucer.gif", "page.png", "huge.png", "script.png", "sixth.png"].map(at).to_vec();
    let creation = creation(&plain, 1);
    let made = bench.connector.create(&creation, &plain, bench.location()).await.unwrap();
    assert_eq!(made.notes.len(), 4, "{:?}", made.notes);
    for (note, words) in made.notes.iter().zip(["picture 3", "picture 4", "picture 5", "1 more"]) {
        assert!(note.starts_with(words), "{note}");
    }
    assert!(made.stock_set);
    assert_eq!(made.listing.images.len(), 2);
    assert_eq!(bench.listings().await["Mug"].images, made.listing.images, "the first stays the first");
    // An address next door is not called, whoever names it.
    let mut other = plain.clone();
    other.title = Text::new("Other mug");
    other.images =
        ["http://127.0.0.1:1/x.png", "https://192.168.1.1/x.png", "file:///etc/passwd"].map(str::to_owned).to_vec();
    let made = bench.connector.create(&super::creation(&other, 2), &other, bench.location()).await.unwrap();
    assert_eq!((made.notes.len(), made.listing.images.len()), (3, 0), "{:?}", made.notes);
}

#[tokio::test]
async fn a_picture_whose_answer_is_lost_is_there_once() {
    let mut plain = source(simple("Mug", "M", 5)).await;
    let bench = Bench::tampered(Vec::new(), Box::new(gallery)).await;
    plain.images = vec![format!("{}/pictures/mug.png", bench.server.url())];
    bench.server.set_faults(Faults::parse(["cut-after:nth=1,path=/v2/catalog/images"], 1).unwrap());
    let made = bench.connector.create(&creation(&plain, 1), &plain, bench.location()).await.unwrap();
    assert_eq!(made.notes, [] as [String; 0]);
    assert_eq!(bench.listings().await["Mug"].images.len(), 1);
    // Two that fail one after the other are said, and no more.
    let bench = Bench::tampered(Vec::new(), Box::new(gallery)).await;
    plain.images = vec![format!("{}/pictures/mug.png", bench.server.url())];
    bench.server.set_faults(Faults::parse(["5xx:path=/v2/catalog/images"], 1).unwrap());
    let made = bench.connector.create(&creation(&plain, 1), &plain, bench.location()).await.unwrap();
    assert_eq!((made.notes.len(), made.listing.images.len()), (1, 0), "{:?}", made.notes);
}

#[tokio::test]
async fn quantities_that_got_no_answer_leave_the_creation_open() {
    let source = source(shirt()).await;
    let bench = Bench::tampered(
        Vec::new(),
        Box::new(|request, answer| match request.path.as_str() {
            "/v2/inventory/changes/batch-create" => Outgoing::json(500, &json!({"errors": []})),
            _ => answer,
        }),
    )
    .await;
    let creation = creation(&source, 1);
    let outcome = bench.connector.create(&creation, &source, bench.location()).await;
    assert!(matches!(outcome, Err(WriteError::Unknown(PlatformError::Broken { .. }))), "{outcome:?}");
    // It had been applied all the same, and a look shows it without setting it again.
    let found = bench.connector.find_created(&creation, &source).await.unwrap().unwrap();
    assert!(found.stock_set);
    assert_eq!(bench.paths().iter().filter(|path| path.contains("changes/batch-create")).count(), 1);
}

#[tokio::test]
async fn a_look_sets_the_quantities_that_never_arrived() {
    let source = source(shirt()).await;
    let bench = Bench::open(Vec::new()).await;
    bench.server.set_faults(Faults::parse(["cut-before:nth=1,path=changes/batch-create"], 1).unwrap());
    let creation = creation(&source, 1);
    let outcome = bench.connector.create(&creation, &source, bench.location()).await;
    assert!(matches!(outcome, Err(WriteError::Unknown(_))), "{outcome:?}");
    let found = bench.connector.find_created(&creation, &source).await.unwrap().unwrap();
    assert!(found.stock_set && found.notes.is_empty(), "{:?}", found.notes);
    let held: Vec<_> = found.listing.variants.iter().map(|variant| variant.stock.total(|_| true)).collect();
    assert_eq!(held, creation.quantities);
    let again = bench.connector.find_created(&creation, &source).await.unwrap().unwrap();
    assert_eq!(again.listing.variants, found.listing.variants);
}

#[tokio::test]
async fn only_our_own_creation_is_found() {
    let source = source(simple("Mug", "M-1", 5)).await;
    let bench = Bench::open(vec![simple("Mug", "M-1", 5), simple("mug", "M-1", 5)]).await;
    let ours = creation(&source, 1);
    assert!(bench.connector.find_created(&ours, &source).await.unwrap().is_none(), "same name and SKU are not enough");
    let made = bench.connector.create(&ours, &source, bench.location()).await.unwrap();
    let found = bench.connector.find_created(&ours, &source).await.unwrap().unwrap();
    assert_eq!(found.listing.remote, made.listing.remote);
    assert!(bench.connector.find_created(&creation(&source, 2), &source).await.unwrap().is_none());
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| {
        let number = *shop.products.keys().last().unwrap();
        let mut renamed = shop.products[&number].clone();
        renamed.title = "Renamed since".into();
        shop.insert(renamed, now);
    });
    let found = bench.connector.find_created(&ours, &source).await.unwrap().unwrap();
    assert_eq!(found.listing.title.as_str(), "Renamed since");
    let writes = bench.paths().iter().filter(|path| path.contains("upsert") || path.contains("batch-create")).count();
    assert_eq!(writes, 2, "looking writes nothing");
}

#[tokio::test]
async fn the_same_mark_never_makes_two() {
    let source = source(shirt()).await;
    let bench = Bench::open(Vec::new()).await;
    let creation = creation(&source, 1);
    let made = bench.connector.create(&creation, &source, bench.location()).await.unwrap();
    let again = bench.connector.create(&creation, &source, bench.location()).await.unwrap();
    assert_eq!(again.listing.remote, made.listing.remote);
    // A new run of the program, with another body (it finds the options there).
    let connector = (PLATFORM.connect)(Account {
        login: None,
        http: bench.http.clone(),
        credentials: imitate().credentials().into_iter().map(|(n, v)| (n.to_owned(), Secret::new(v))).collect(),
        clock: bench.clock.clone(),
        locations: vec![bench.location().clone()],
        currency: Some(dollar()),
    });
    let again = connector.unwrap().create(&creation, &source, bench.location()).await.unwrap();
    assert_eq!(again.listing.remote, made.listing.remote);
    assert_eq!(bench.listings().await.len(), 1);
}

#[tokio::test]
async fn too_many_calls_in_a_batch_of_several_leave_it_open() {
    let throttle = |request: &Incoming, answer: Outgoing| match request.path.as_str() {
        "/v2/catalog/batch-upsert" => imitate().failure(Failure::Throttled, Timestamp::default()),
        _ => answer,
    };
    let bench = Bench::tampered(Vec::new(), Box::new(throttle)).await;
    let several = source(shirt()).await;
    let outcome = bench.connector.create(&creation(&several, 1), &several, bench.location()).await;
    assert!(matches!(outcome, Err(WriteError::Unknown(PlatformError::Throttled { .. }))), "{outcome:?}");
    let alone = source(simple("Mug", "M", 5)).await;
    let outcome = bench.connector.create(&creation(&alone, 2), &alone, bench.location()).await;
    assert!(matches!(outcome, Err(WriteError::NotApplied(PlatformError::Throttled { .. }))), "{outcome:?}");
}

#[tokio::test]
async fn a_refusal_names_the_field() {
    let mut source = source(simple("Mug", "M", 5)).await;
    source.variants[0].price = Some(crate::domain::Money::new(500, Currency::new("EUR").unwrap()));
    let bench = Bench::open(Vec::new()).await;
    let outcome = bench.connector.create(&creation(&source, 1), &source, bench.location()).await;
    let Err(WriteError::NotApplied(PlatformError::Refused { why, .. })) = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("USD") && why.contains("price_money.currency") && why.contains("INVALID_VALUE"), "{why}");
    assert!(bench.listings().await.is_empty());
}
