//! The imitation without a socket: what it promises to imitate.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::*;
use crate::connectors::woocommerce::auth::signature;
use crate::domain::{Currency, Quantity, Status};
use crate::sandbox::{ShopProduct, ShopVariant};

const NOW: Timestamp = Timestamp(1_795_287_600_000);

struct Bench {
    sandbox: Sandbox,
    shop: Shop,
    now: Timestamp,
}

impl Bench {
    fn new(titles: &[&str]) -> Self {
        Self::with(Sandbox::new(), titles)
    }

    fn with(sandbox: Sandbox, titles: &[&str]) -> Self {
        let mut shop = Shop::new("Tea & Co", Currency::new("EUR").unwrap(), &["Warehouse"]);
        for (at, title) in titles.iter().enumerate() {
            shop.insert(simple(title, &format!("S-{at}")), NOW);
        }
        Self { sandbox, shop, now: NOW }
    }

    /// With the proof of a proxy that ends https.
    fn ask(&mut self, method: &str, address: &str, body: Value) -> (u16, Value) {
        let (status, body, _) = self.ask_with(method, address, body, Some((KEY, SECRET)));
        (status, body)
    }

    fn ask_with(
        &mut self,
        method: &str,
        address: &str,
        body: Value,
        keys: Option<(&str, &str)>,
    ) -> (u16, Value, Vec<(String, String)>) {
        let mut headers = vec![("x-forwarded-proto".to_owned(), "https".to_owned())];
        if let Some((key, secret)) = keys {
            let pair = STANDARD.encode(format!("{key}:{secret}"));
            headers.push(("authorization".to_owned(), format!("Basic {pair}")));
        }
        let outgoing = self.send(method, address, headers, body);
        (outgoing.status, serde_json::from_slice(&outgoing.body).unwrap_or(Value::Null), outgoing.headers)
    }

    fn send(&mut self, method: &str, address: &str, headers: Vec<(String, String)>, body: Value) -> Outgoing {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let request = Incoming {
            method: method.to_owned(),
            path: format!("/wp-json/wc/v3{path}"),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers,
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        };
        self.sandbox.answer(&mut self.shop, &request, self.now)
    }

    fn id(&self, title: &str) -> u64 {
        self.shop.products.values().find(|product| product.title == title).unwrap().number
    }
}

fn simple(title: &str, sku: &str) -> ShopProduct {
    let mut product = article::blank_product(&json!({}));
    product.title = title.to_owned();
    let mut variant: ShopVariant = article::blank_variant();
    variant.sku = sku.to_owned();
    variant.price = Some(1990);
    variant.tracked = true;
    variant.levels = BTreeMap::from([(1, Quantity::units(5))]);
    product.variants.push(variant);
    product
}

fn code(body: &Value) -> &str {
    body["code"].as_str().unwrap_or_default()
}

#[test]
fn the_door_speaks_woocommerces_words() {
    let mut bench = Bench::new(&["Mug"]);
    let (status, body, _) = bench.ask_with("GET", "/products", Value::Null, None);
    assert_eq!((status, code(&body)), (401, "woocommerce_rest_cannot_view"));
    let (status, body, _) = bench.ask_with("GET", "/products", Value::Null, Some((KEY, "cs_wrong")));
    assert_eq!((status, body["message"].as_str()), (401, Some("Consumer secret is invalid.")));
    let (status, body, _) = bench.ask_with("GET", "/products", Value::Null, Some(("ck_wrong", SECRET)));
    assert_eq!((status, code(&body)), (401, "woocommerce_rest_cannot_view"));
    let by_query = format!("/products?consumer_key={KEY}&consumer_secret={SECRET}");
    assert_eq!(bench.ask_with("GET", &by_query, Value::Null, None).0, 200);
    // Over plain http a Basic header is not looked at.
    let pair = STANDARD.encode(format!("{KEY}:{SECRET}"));
    let headers = vec![("authorization".to_owned(), format!("Basic {pair}"))];
    assert_eq!(bench.send("GET", "/products", headers, Value::Null).status, 401);
}

/// Something that is done to the parameters before they are signed.
type Change<'a> = dyn Fn(&mut Vec<(String, String)>) + 'a;

#[test]
fn one_legged_proofs_are_checked() {
    let mut bench = Bench::new(&["Mug"]);
    let mut ask = |change: &Change<'_>, secret: &str| {
        let mut query: Vec<(String, String)> = [
            ("oauth_consumer_key", KEY),
            ("oauth_nonce", "n1"),
            ("oauth_signature_method", "HMAC-SHA256"),
            ("oauth_timestamp", "1795287600"),
        ]
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
        change(&mut query);
        let address = "http://127.0.0.1:9/wp-json/wc/v3/products";
        query.push(("oauth_signature".to_owned(), signature("GET", address, &query, secret)));
        let request = Incoming {
            method: "GET".to_owned(),
            path: "/wp-json/wc/v3/products".to_owned(),
            query,
            headers: vec![("host".to_owned(), "127.0.0.1:9".to_owned())],
            body: Vec::new(),
        };
        let outgoing = bench.sandbox.answer(&mut bench.shop, &request, bench.now);
        let body: Value = serde_json::from_slice(&outgoing.body).unwrap();
        (outgoing.status, body["message"].as_str().unwrap_or_default().to_owned())
    };
    let set = |name: &'static str, value: &'static str| {
        move |query: &mut Vec<(String, String)>| {
            query.retain(|(known, _)| known != name);
            query.push((name.to_owned(), value.to_owned()));
        }
    };
    assert_eq!(ask(&|_| {}, SECRET).0, 200);
    assert_eq!(ask(&|_| {}, SECRET), (401, "Invalid nonce - nonce has already been used.".to_owned()));
    assert!(ask(&set("oauth_nonce", "n2"), "cs_wrong").1.contains("does not match"));
    assert_eq!(ask(&set("oauth_timestamp", "1795280000"), SECRET).1, "Invalid timestamp.");
    assert_eq!(ask(&set("oauth_consumer_key", "ck_other"), SECRET).1, "Consumer key is invalid.");
    let without = |query: &mut Vec<(String, String)>| query.retain(|(name, _)| name != "oauth_nonce");
    assert_eq!(ask(&without, SECRET).1, "Missing OAuth parameters oauth_nonce");
}

#[test]
fn lists_are_counted_paged_and_checked() {
    let titles: Vec<String> = (0..25).map(|n| format!("Mug {n}")).collect();
    let mut bench = Bench::new(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    let (status, body, headers) =
        bench.ask_with("GET", "/products?page=2&orderby=id&order=asc&_fields=id", Value::Null, Some((KEY, SECRET)));
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    assert_eq!((status, body.as_array().unwrap().len()), (200, 10));
    assert_eq!(body[0].as_object().unwrap().len(), 1);
    assert_eq!(header("X-WP-Total").as_deref(), Some("25"));
    assert_eq!(header("X-WP-TotalPages").as_deref(), Some("3"));
    assert!(header("Link").is_some_and(|link| link.contains("rel=\"prev\"") && link.contains("rel=\"next\"")));
    assert_eq!(bench.ask("GET", "/products?page=9", Value::Null), (200, json!([])));
    assert_eq!(bench.ask("GET", "/orders", Value::Null), (200, json!([])));
    for wrong in ["per_page=101", "per_page=0", "page=0", "status=nonsense", "orderby=colour"] {
        let (status, body) = bench.ask("GET", &format!("/products?{wrong}"), Value::Null);
        assert_eq!((status, code(&body)), (400, "rest_invalid_param"), "{wrong}");
    }
    let (status, body) = bench.ask("GET", "/nothing", Value::Null);
    assert_eq!((status, code(&body)), (404, "rest_no_route"));
}

#[test]
fn any_status_is_all_but_the_trash_and_the_trash_holds_its_sku() {
    let mut bench = Bench::new(&["Mug", "Cup"]);
    let id = bench.id("Mug");
    let (status, shown) = bench.ask("DELETE", &format!("/products/{id}"), Value::Null);
    assert_eq!((status, shown["status"].as_str()), (200, Some("trash")));
    assert_eq!(
        code(&bench.ask("DELETE", &format!("/products/{id}"), Value::Null).1),
        "woocommerce_rest_already_trashed"
    );
    assert_eq!(bench.ask("GET", "/products?status=any&_fields=id", Value::Null).1.as_array().unwrap().len(), 1);
    assert_eq!(bench.ask("GET", "/products?status=trash&_fields=id", Value::Null).1, json!([{"id": id}]));
    let (status, body) = bench.ask("POST", "/products", json!({"name": "New", "sku": "S-0"}));
    assert_eq!((status, code(&body)), (400, "woocommerce_rest_product_not_created"));
    let (status, body) = bench.ask("POST", "/products", json!({"name": "New", "sku": "S-1"}));
    assert_eq!((status, code(&body)), (400, "product_invalid_sku"));
    assert_eq!(body["data"]["resource_id"], json!(bench.id("Cup")));
    assert_eq!(bench.ask("DELETE", &format!("/products/{id}?force=true"), Value::Null).0, 200);
    assert_eq!(bench.ask("POST", "/products", json!({"name": "New", "sku": "S-0"})).0, 201);
}

#[test]
fn a_quantity_without_stock_management_is_dropped_in_silence() {
    let mut bench = Bench::new(&["Mug"]);
    let id = bench.id("Mug");
    let (_, shown) = bench.ask("PUT", &format!("/products/{id}"), json!({"stock_quantity": 9}));
    assert_eq!(shown["stock_quantity"], json!(9));
    let (_, shown) = bench.ask("PUT", &format!("/products/{id}"), json!({"manage_stock": false}));
    assert_eq!((&shown["manage_stock"], &shown["stock_quantity"]), (&json!(false), &Value::Null));
    let (status, shown) = bench.ask("PUT", &format!("/products/{id}"), json!({"stock_quantity": 4}));
    assert_eq!((status, &shown["stock_quantity"]), (200, &Value::Null));
    let mut off = Bench::with(Sandbox::new().without_stock_management(), &["Mug"]);
    let id = off.id("Mug");
    let (status, shown) =
        off.ask("PUT", &format!("/products/{id}"), json!({"manage_stock": true, "stock_quantity": 4}));
    assert_eq!((status, &shown["manage_stock"]), (200, &json!(false)));
    assert_eq!(off.shop.products[&id].variants[0].levels[&1], Quantity::units(5));
}

#[test]
fn a_batch_tells_of_each_and_refuses_more_than_a_hundred() {
    let mut bench = Bench::new(&["Mug", "Cup"]);
    let (mug, cup) = (bench.id("Mug"), bench.id("Cup"));
    let updates =
        json!([{"id": mug, "stock_quantity": 1}, {"id": 999, "stock_quantity": 2}, {"id": cup, "stock_quantity": 3}]);
    let (status, body) = bench.ask("POST", "/products/batch", json!({"update": updates}));
    assert_eq!(status, 200);
    assert_eq!(body["update"][1]["error"]["code"], json!("woocommerce_rest_product_invalid_id"));
    assert_eq!((&body["update"][0]["stock_quantity"], &body["update"][2]["stock_quantity"]), (&json!(1), &json!(3)));
    let many: Vec<Value> = (0..101).map(|id| json!({"id": id})).collect();
    let (status, body) = bench.ask("POST", "/products/batch", json!({"update": many}));
    assert_eq!((status, code(&body)), (413, "woocommerce_rest_request_entity_too_large"));
    assert_eq!(bench.ask("POST", "/products/batch", json!({"update": []})), (200, json!([])));
    let mut reader = Bench::with(Sandbox::new().read_only(), &[]);
    let (status, body) = reader.ask("POST", "/products/batch", json!({"update": []}));
    assert_eq!((status, code(&body)), (401, "woocommerce_rest_authentication_error"));
}

#[test]
fn names_are_escaped_and_times_are_told_twice() {
    let mut bench = Bench::new(&["Axis & Allies"]);
    let (_, shown) = bench.ask("GET", "/products", Value::Null);
    assert_eq!(shown[0]["name"], json!("Axis &amp; Allies"));
    assert_eq!(shown[0]["date_modified_gmt"], json!("2026-11-21T19:00:00"));
    assert_eq!(shown[0]["date_modified"], json!("2026-11-21T20:00:00"));
    let count = |bench: &mut Bench, query: &str| {
        bench.ask("GET", &format!("/products?{query}"), Value::Null).1.as_array().unwrap().len()
    };
    assert_eq!(count(&mut bench, "modified_after=2026-11-21T19:30:00"), 1);
    assert_eq!(count(&mut bench, "modified_after=2026-11-21T19:30:00&dates_are_gmt=true"), 0);
    assert_eq!(count(&mut bench, "modified_after=2026-11-21T18:59:59&dates_are_gmt=true"), 1);
    assert_eq!(count(&mut bench, "search=allies+axis"), 1);
}

#[test]
fn a_variable_product_waits_for_its_first_variation() {
    let mut bench = Bench::new(&[]);
    let attributes = json!([{"name": "Size", "variation": true, "options": ["S", "M|L"]}]);
    let (status, parent) =
        bench.ask("POST", "/products", json!({"name": "Shirt", "type": "variable", "attributes": attributes}));
    assert_eq!((status, &parent["variations"]), (201, &json!([])));
    assert_eq!(parent["attributes"][0]["options"], json!(["S", "M", "L"]));
    assert!(bench.shop.products.is_empty());
    assert_eq!(bench.ask("GET", "/products?_fields=id", Value::Null).1.as_array().unwrap().len(), 1);
    let id = &parent["id"];
    let create = json!([{"regular_price": "9.00", "attributes": [{"name": "size", "option": "S"}]}]);
    let (_, made) = bench.ask("POST", &format!("/products/{id}/variations/batch"), json!({"create": create}));
    assert_eq!(made["create"][0]["attributes"][0]["option"], json!("S"));
    assert_eq!(bench.shop.products.len(), 1);
    let variation = &made["create"][0]["id"];
    let (status, body) = bench.ask("PUT", &format!("/products/{variation}"), json!({"stock_quantity": 1}));
    assert_eq!((status, code(&body)), (404, "woocommerce_rest_invalid_product_id"));
    assert_eq!(bench.ask("DELETE", &format!("/products/{id}/variations/{variation}"), Value::Null).0, 501);
    let (_, listed) = bench.ask("GET", "/variations", Value::Null);
    assert_eq!(listed[0]["parent_id"], *id);
    let mut older = Bench::with(Sandbox::new().older(), &[]);
    assert_eq!(code(&older.ask("GET", "/variations", Value::Null).1), "rest_no_route");
}

#[test]
fn a_picture_that_cannot_be_had_fails_the_whole_product() {
    let mut bench = Bench::new(&[]);
    let body = json!({"name": "Mug", "images": [{"src": "https://x/missing.jpg"}]});
    let (status, body) = bench.ask("POST", "/products", body);
    assert_eq!((status, code(&body)), (400, "woocommerce_product_image_upload_error"));
    assert!(bench.shop.products.is_empty() && bench.shop.applied.is_empty());
    let (status, body) = bench.ask("POST", "/products", json!({"name": "Mug", "stock_quantity": "many"}));
    assert_eq!((status, code(&body)), (400, "rest_invalid_param"));
    assert_eq!(bench.ask("POST", "/products", json!({"name": "Draft", "status": "draft"})).1["status"], json!("draft"));
    assert_eq!(bench.shop.products.values().next().unwrap().status, Status::Draft);
}
