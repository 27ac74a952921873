use super::*;
use serde_json::{Value, json};

fn shop() -> ShopFacts {
    let location = LocationId(RemoteId::new("shop").unwrap());
    let units = crate::connectors::woocommerce::measures::units(Some("kg"), Some("cm"));
    ShopFacts { currency: Currency::new("EUR").unwrap(), location, units }
}

fn read(product: Value, variations: Value) -> Result<Listing, String> {
    let product: Product = serde_json::from_value(product).unwrap();
    let variations: Vec<Variation> = serde_json::from_value(variations).unwrap();
    listing(&product, &variations, &shop())
}

#[test]
fn a_simple_product() {
    let listing = read(
        json!({
            "id": 7, "name": "Axis &amp; Allies", "type": "simple", "status": "publish", "sku": "AA-1",
            "global_unique_id": "4006381333931", "price": "15.00", "regular_price": "19.90", "manage_stock": true,
            "stock_quantity": "12", "brands": [{"id": 1, "name": "Hasbro &#038; Co"}],
            "categories": [{"id": 3, "name": "Games"}], "date_modified_gmt": "2026-11-21T19:00:00",
            "description": "<p>For <b>two</b></p>", "images": [{"id": 0, "src": "https://x/placeholder.png"}]
        }),
        json!([]),
    )
    .unwrap();
    assert_eq!(&*listing.title, "Axis & Allies");
    assert_eq!(listing.brand.as_deref(), Some("Hasbro & Co"));
    assert_eq!(listing.category.as_deref(), Some("Games"));
    assert_eq!(&*listing.description, "For two");
    assert_eq!(listing.images, Vec::<String>::new());
    assert_eq!(listing.updated_at, Timestamp::parse("2026-11-21T19:00:00Z"));
    let variant = &listing.variants[0];
    assert_eq!(variant.price.unwrap().to_string(), "19.90 EUR");
    assert_eq!(variant.stock.at(&shop().location), Some(Quantity::units(12)));
    assert_eq!(variant.barcode.as_deref(), Some("4006381333931"));
}

#[test]
fn no_count_is_never_zero() {
    let stock_of = |fields: Value| {
        let mut product = json!({"id": 7, "name": "x", "type": "simple"});
        product.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        read(product, json!([])).unwrap().variants.remove(0).stock
    };
    assert_eq!(stock_of(json!({"manage_stock": false, "stock_quantity": null})), Stock::Untracked);
    assert_eq!(stock_of(json!({"manage_stock": true, "stock_quantity": null})), Stock::Unknown);
    assert_eq!(stock_of(json!({"manage_stock": true, "stock_quantity": "a few"})), Stock::Unknown);
    assert_eq!(stock_of(json!({"manage_stock": "parent", "stock_quantity": 4})), Stock::Unknown);
    assert_eq!(stock_of(json!({"type": "grouped", "manage_stock": true, "stock_quantity": 4})), Stock::Untracked);
    assert_eq!(stock_of(json!({"type": "external"})), Stock::Untracked);
    let half = stock_of(json!({"manage_stock": 1, "stock_quantity": 16.5}));
    assert_eq!(half.total(|_| true), Some("16.5".parse().unwrap()));
}

#[test]
fn variations_speak_their_parents_words() {
    let listing = read(
        json!({
            "id": 7, "name": "Shirt", "type": "variable", "attributes": [
                {"id": 0, "name": "Größe", "position": 1, "variation": true, "options": ["S", "XXL"]},
                {"id": 6, "name": "Colour", "position": 0, "variation": true, "options": ["Lime Green", "Rosé"]},
                {"id": 0, "name": "Brand", "position": 2, "variation": false, "options": ["Fair &amp; Warm"]}
            ]
        }),
        json!([
            {"id": 71, "manage_stock": true, "stock_quantity": 1, "attributes": [
                {"id": 6, "name": "Colour", "option": "lime-green"}, {"id": 0, "name": "größe", "option": "s"}]},
            {"id": 72, "manage_stock": "parent", "stock_quantity": 5, "attributes": [
                {"id": 6, "name": "Colour", "option": "ros%c3%a9"}]},
            {"id": 73, "attributes": [
                {"id": 6, "name": "Colour", "option": "%d0%ba%d1%80%d0%b0%d1%81%d0%bd%d1%8b%d0%b9"},
                {"id": 0, "name": "Größe", "option": "99%"}]}
        ]),
    )
    .unwrap();
    let Structure::Variable { options } = &listing.structure else { panic!("{:?}", listing.structure) };
    assert_eq!(options.iter().map(|option| &**option).collect::<Vec<_>>(), ["Colour", "Größe"]);
    let labels: Vec<String> = listing.variants.iter().map(Variant::option_label).collect();
    assert_eq!(labels, ["Lime Green / S", "Rosé / any", "красный / 99%"]);
    assert_eq!(listing.brand.as_deref(), Some("Fair & Warm"));
    assert_eq!(listing.variants[0].stock.total(|_| true), Some(Quantity::units(1)));
    assert_eq!(listing.variants[1].stock, Stock::Unknown);
    assert_eq!(listing.variants[2].stock, Stock::Untracked);
}

#[test]
fn signs_do_not_stand_for_each_other() {
    let listing = read(
        json!({"id": 7, "type": "variable", "attributes": [
            {"id": 0, "name": "Suit", "variation": true, "options": ["\u{2665}", "\u{2660}", "S+"]}]}),
        json!([
            {"id": 1, "attributes": [{"id": 0, "name": "Suit", "option": "\u{2666}"}]},
            {"id": 2, "attributes": [{"id": 0, "name": "Suit", "option": "\u{2660}"}]},
            {"id": 3, "attributes": [{"id": 0, "name": "Suit", "option": "s"}]}
        ]),
    );
    let labels: Vec<String> = listing.unwrap().variants.iter().map(Variant::option_label).collect();
    assert_eq!(labels, ["\u{2666}", "\u{2660}", "S+"]);
}

#[test]
fn what_cannot_be_a_listing_says_why() {
    assert!(read(json!({"name": "x"}), json!([])).unwrap_err().contains("no usable id"));
    assert!(read(json!({"id": 1, "type": "variable"}), json!([])).unwrap_err().contains("without variations"));
    let variations: Vec<u64> = (1..=10_001).collect();
    let many = json!({"id": 1, "type": "variable", "variations": variations});
    assert!(read(many, json!([])).unwrap_err().contains("10001"));
}

#[test]
fn a_price_is_never_rounded() {
    let price_of = |price: Value| {
        read(json!({"id": 1, "regular_price": price}), json!([])).unwrap().variants[0].price.map(|price| price.minor)
    };
    assert_eq!(price_of(json!("17.5000")), Some(1750));
    assert_eq!(price_of(json!(12.89)), Some(1289));
    assert_eq!(price_of(json!("17.505")), None);
    assert_eq!(price_of(json!("")), None);
}
