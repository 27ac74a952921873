//! Reading: structure, locations, prices, counts, what changed, and cursors that expire.

use super::*;
use crate::connectors::square::sandbox::PLAIN_VARIATIONS;
use crate::domain::{LocationId, RemoteId, Stock, Structure};
use crate::platform::LevelRead;

fn options(listing: &Listing) -> Vec<&str> {
    match &listing.structure {
        Structure::Simple => Vec::new(),
        Structure::Variable { options } => options.iter().map(|option| option.as_str()).collect(),
    }
}

#[tokio::test]
async fn structure_comes_from_options_or_from_names() {
    let mut plain = product(
        "Coffee",
        &["Variation"],
        vec![variant(&["Small"], "C-S", Some(1)), variant(&["Large"], "C-L", Some(2))],
    );
    plain.extra.insert(PLAIN_VARIATIONS.into(), json!(true));
    let mut shirt = product(
        "Shirt",
        &["Colour", "Size"],
        vec![variant(&["Red", "M"], "S-RM", Some(3)), variant(&["Blue", "M"], "S-BM", Some(0))],
    );
    shirt.brand = "Nord".into();
    shirt.category = "Clothing".into();
    shirt.description = "<p>Soft &amp; warm</p>".into();
    shirt.images = vec!["https://pictures.example/shirt.jpg".into()];
    let bench = Bench::open(vec![plain, shirt, simple("Mug", "M", 5)]).await;
    let listings = bench.listings().await;
    assert_eq!(options(&listings["Coffee"]), ["Variation"]);
    assert_eq!(listings["Coffee"].variants[1].option_label(), "Large");
    let shirt = &listings["Shirt"];
    assert_eq!(options(shirt), ["Colour", "Size"]);
    assert_eq!(shirt.variants[1].option_label(), "Blue / M");
    assert_eq!(shirt.brand.as_deref(), Some("Nord"));
    assert_eq!(shirt.category.as_deref(), Some("Clothing"));
    assert_eq!(shirt.description.as_str(), "Soft & warm");
    assert_eq!(shirt.images, ["https://pictures.example/shirt.jpg"]);
    assert_eq!(listings["Mug"].structure, Structure::Simple);
    assert!(listings["Mug"].variants[0].options.is_empty());
}

#[tokio::test]
async fn what_is_not_sold_at_a_location_in_use_is_left_out() {
    let mut elsewhere = simple("Elsewhere", "E", 5);
    elsewhere.extra.insert(
        "object".into(),
        json!({"present_at_all_locations": false, "present_at_location_ids": ["L000000000002"]}),
    );
    let mut partly =
        product("Shirt", &["Size"], vec![variant(&["S"], "S-S", Some(1)), variant(&["M"], "S-M", Some(2))]);
    partly.variants[1].extra.insert("object".into(), json!({"absent_at_location_ids": ["L000000000001"]}));
    let bench = Bench::open(vec![elsewhere, partly, simple("Mug", "M", 5)]).await;
    let (changes, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    let listings = seen(changes);
    assert_eq!(listings.keys().collect::<Vec<_>>(), ["Mug", "Shirt"]);
    assert_eq!(listings["Shirt"].variants.len(), 1);
    let mug = &listings["Mug"];
    let address = bench.address(mug, 0);
    bench.edit("Mug", |mug| {
        drop(mug.extra.insert("object".into(), json!({"absent_at_location_ids": ["L000000000001"]})))
    });
    let (changes, _) = bench.read(Feed::Listings, &end).await;
    assert_eq!(changes, [Change::Gone(mug.remote.clone())]);
    assert!(bench.connector.listings(std::slice::from_ref(&mug.remote)).await.unwrap().is_empty());
    bench.edit("Mug", |mug| {
        drop(mug.variants[0].extra.insert("object".into(), json!({"absent_at_location_ids": ["L000000000001"]})))
    });
    assert_eq!(bench.connector.levels(&[address]).await.unwrap(), [LevelRead::Gone]);
}

#[tokio::test]
async fn prices_of_the_main_location_win_and_none_is_guessed() {
    let mut mug = simple("Mug", "M", 5);
    let overrides = json!([{"location_id": "L000000000001", "pricing_type": "FIXED_PRICING", "price_money": {"amount": 1500, "currency": "USD"}}]);
    mug.variants[0].extra.insert("item_variation_data".into(), json!({"location_overrides": overrides}));
    let mut asks = simple("Voucher", "V", 5);
    asks.variants[0].price = None;
    let bench = Bench::open(vec![mug, asks]).await;
    let listings = bench.listings().await;
    assert_eq!(listings["Mug"].variants[0].price.unwrap().to_string(), "15.00 USD");
    assert_eq!(listings["Voucher"].variants[0].price, None);
}

#[tokio::test]
async fn counts_are_zero_only_where_square_says_so() {
    let mut untracked = simple("Voucher", "V", 0);
    untracked.variants[0].tracked = false;
    let mut never = simple("New", "N", 0);
    never.variants[0].levels.clear();
    let mut oversold = simple("Oversold", "O", -2);
    oversold.variants[0].barcode = "4006381333931".into();
    let mut sold_out = simple("Sold out", "S", 7);
    sold_out.variants[0].extra.insert("sold_out".into(), json!(["L000000000001"]));
    let mut away = simple("Away", "A", 0);
    away.variants[0].levels = BTreeMap::from([(2, Quantity::units(9))]);
    let bench = Bench::open(vec![untracked, never, oversold, sold_out, away, simple("Empty", "E", 0)]).await;
    let listings = bench.listings().await;
    let here = &bench.location().id;
    let counted = |title: &str| listings[title].variants[0].stock.at(here);
    assert_eq!(listings["Voucher"].variants[0].stock, Stock::Untracked);
    assert_eq!(listings["New"].variants[0].stock, Stock::Unknown);
    assert_eq!(listings["Away"].variants[0].stock, Stock::Unknown, "another location's count is not ours");
    assert_eq!(counted("Empty"), Some(Quantity::ZERO));
    assert_eq!(counted("Oversold"), Some(Quantity::units(-2)), "sold out by itself, and still owed");
    assert_eq!(counted("Sold out"), Some(Quantity::ZERO));
    let addresses: Vec<_> = listings.values().map(|listing| bench.address(listing, 0)).collect();
    let levels = bench.connector.levels(&addresses).await.unwrap();
    let by_title: BTreeMap<_, _> = listings.keys().map(String::as_str).zip(levels).collect();
    assert_eq!(by_title["Voucher"], LevelRead::Untracked);
    assert_eq!(by_title["New"], LevelRead::Untracked);
    assert_eq!(by_title["Sold out"], LevelRead::Counted(Quantity::ZERO));
    assert_eq!(by_title["Oversold"], LevelRead::Counted(Quantity::units(-2)));
}

#[tokio::test]
async fn a_variation_that_changed_alone_brings_its_item() {
    let shirt = product("Shirt", &["Size"], vec![variant(&["S"], "S-S", Some(1)), variant(&["M"], "S-M", Some(2))]);
    let bench = Bench::open(vec![shirt, simple("Mug", "M", 5)]).await;
    let (_, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| {
        let shirt = shop.products.values_mut().find(|product| product.title == "Shirt").unwrap();
        shirt.variants[1].sku = "S-MEDIUM".into();
        shirt.variants[1].updated_at = now;
    });
    let (changes, end) = bench.read(Feed::Listings, &end).await;
    let listings = seen(changes);
    assert_eq!(listings.keys().collect::<Vec<_>>(), ["Shirt"]);
    assert_eq!(listings["Shirt"].variants[1].sku.as_deref(), Some("S-MEDIUM"));
    // Told once, in spite of the overlap, and then never again.
    for _ in 0..2 {
        assert_eq!(bench.read(Feed::Listings, &end).await.0, []);
    }
}

#[tokio::test]
async fn a_deletion_is_told_once() {
    let bench = Bench::open(vec![simple("Mug", "M", 5), simple("Cup", "C", 5)]).await;
    let (changes, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    let mug = seen(changes)["Mug"].remote.clone();
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| {
        let number = shop.products.values().find(|product| product.title == "Mug").unwrap().number;
        shop.delete(number, now)
    });
    let (changes, end) = bench.read(Feed::Listings, &end).await;
    assert_eq!(changes, [Change::Gone(mug)]);
    assert_eq!(bench.read(Feed::Listings, &end).await.0, []);
}

#[tokio::test]
async fn an_expired_cursor_begins_the_run_again() {
    let bench = Bench::open((0..1100).map(|n| simple(&format!("Mug {n:04}"), &format!("M{n}"), 1)).collect()).await;
    let page = bench.connector.changes(Feed::Listings, &Cursor::Start).await.unwrap();
    let Next::More(cursor) = page.next else { panic!("one page") };
    bench.clock.advance(Duration::from_secs(6 * 60));
    let (changes, _) = bench.read(Feed::Listings, &cursor).await;
    assert_eq!(seen(changes).len(), 1100, "from the beginning: the rest alone would be a guess");
    let page = bench.connector.changes(Feed::Stock, &Cursor::Start).await.unwrap();
    let Next::More(cursor) = page.next else { panic!("one page") };
    bench.clock.advance(Duration::from_secs(6 * 60));
    let (changes, _) = bench.read(Feed::Stock, &cursor).await;
    assert_eq!(changes.len(), 1100);
}

#[tokio::test]
async fn a_page_that_is_too_large_is_read_in_pieces() {
    let big = |request: &Incoming, mut answer: Outgoing| {
        let limit = request.json().and_then(|body| body["limit"].as_u64());
        if request.path == "/v2/catalog/search" && limit > Some(100) {
            answer.body = vec![b' '; 17 * 1024 * 1024];
        }
        answer
    };
    let products = (0..150).map(|n| simple(&format!("Mug {n:03}"), &format!("M{n}"), 1)).collect();
    let bench = Bench::tampered(products, Box::new(big)).await;
    assert_eq!(bench.listings().await.len(), 150);
}

#[tokio::test]
async fn the_stock_feed_tells_what_moved() {
    let mut untracked = simple("Voucher", "V", 3);
    untracked.variants[0].tracked = false;
    let bench = Bench::open(vec![simple("Mug", "M", 5), simple("Cup", "C", 6), untracked]).await;
    let listings = bench.listings().await;
    let (changes, end) = bench.read(Feed::Stock, &Cursor::Start).await;
    let quantity = |changes: &[Change], title: &str| {
        let remote = &listings[title].variants[0].remote;
        changes.iter().find_map(|change| match change {
            Change::Stock(stock) if stock.variant == *remote => Some(stock.quantity),
            _ => None,
        })
    };
    assert_eq!(quantity(&changes, "Mug"), Some(Some(Quantity::units(5))));
    assert_eq!(quantity(&changes, "Voucher"), Some(None), "not counted any more");
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| {
        let mug = shop.products.values().find(|product| product.title == "Mug").unwrap().number;
        assert!(shop.set_level(mug, 0, 1, Quantity::units(4), now));
    });
    let (changes, end) = bench.read(Feed::Stock, &end).await;
    assert_eq!(quantity(&changes, "Mug"), Some(Some(Quantity::units(4))));
    // Once more with overlap, and then it is settled.
    let (_, end) = bench.read(Feed::Stock, &end).await;
    let before = bench.http.calls();
    assert_eq!(bench.read(Feed::Stock, &end).await.0, []);
    assert_eq!(bench.http.calls() - before, 1, "nothing moved: one call");
}

#[tokio::test]
async fn a_test_names_what_the_key_lacks_and_another_version() {
    let bench = Bench::tampered(
        Vec::new(),
        Box::new(|request, mut answer| {
            if request.path == "/oauth2/token/status" {
                answer.body = br#"{"scopes":["ITEMS_READ","INVENTORY_READ","MERCHANT_PROFILE_READ"],"expires_at":"2026-12-01T00:00:00Z"}"#.to_vec();
            }
            answer.headers.retain(|(name, _)| name != "square-version");
            answer.header("square-version", "2027-01-20")
        }),
    )
    .await;
    let found = bench.connector.test().await.unwrap();
    assert_eq!(found.missing_permissions, ["ITEMS_WRITE", "INVENTORY_WRITE", "ORDERS_READ"]);
    assert_eq!((found.shop_name.as_str(), found.locations[0].name.as_str()), ("Femmebot Fashion", "Front"));
    assert!(found.warnings.iter().any(|warning| warning.contains("2027-01-20")), "{:?}", found.warnings);
    assert!(found.warnings.iter().any(|warning| warning.contains("2026-12-01")), "{:?}", found.warnings);
}

#[tokio::test]
async fn records_that_cannot_be_read_are_named_and_the_rest_is_good() {
    let spoil = |request: &Incoming, mut answer: Outgoing| {
        if request.path == "/v2/catalog/search" {
            let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
            body["objects"][0]["item_data"]["name"] = json!(7);
            body["objects"][1]["item_data"]["variations"] = json!([]);
            answer.body = body.to_string().into_bytes();
        }
        answer
    };
    let bench = Bench::tampered((0..3).map(|n| simple(&format!("Mug {n}"), "M", 1)).collect(), Box::new(spoil)).await;
    let (changes, _) = bench.read(Feed::Listings, &Cursor::Start).await;
    let bad: Vec<_> = changes.iter().filter(|change| matches!(change, Change::Unreadable { .. })).collect();
    assert_eq!((bad.len(), changes.len()), (2, 3), "{changes:?}");
    let unknown = LocationId(RemoteId::new("nowhere").unwrap());
    let mut address = bench.address(&seen(changes)["Mug 2"], 0);
    address.location = unknown;
    assert!(bench.connector.levels(&[address]).await.is_err(), "a location that is not there is no zero");
}
