//! BigCommerce's requests and its sandbox's answers against BigCommerce's own OpenAPI files (2026-04-01).
//!
//! Skipped, loudly, where the files are not there.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod day;
mod document;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use counterpart::domain::{Currency, Timestamp};
use counterpart::sandbox::{Imitation, Incoming, Shop};

use day::{Log, Recorder, Visit, platform, product, variant};
use document::{Documents, KNOWN_FAULTS};

/// What the connector has to use over a day, each at least once.
const USED: &[&str] = &[
    "GET /v2/store",
    "GET /v2/orders",
    "GET /v2/orders/{order_id}/products",
    "GET /v3/inventory/locations",
    "GET /v3/inventory/items",
    "POST /v3/inventory/adjustments/relative",
    "PUT /v3/inventory/adjustments/absolute",
    "GET /v3/catalog/products",
    "POST /v3/catalog/products",
    "PUT /v3/catalog/products",
    "PUT /v3/catalog/products/{product_id}",
    "DELETE /v3/catalog/products/{product_id}",
    "GET /v3/catalog/products/{product_id}/options",
    "POST /v3/catalog/products/{product_id}/options/{option_id}/values",
    "GET /v3/catalog/products/{product_id}/images",
    "POST /v3/catalog/products/{product_id}/images",
    "PUT /v3/catalog/products/{product_id}/images/{image_id}",
    "DELETE /v3/catalog/products/{product_id}/images/{image_id}",
    "PUT /v3/catalog/products/{product_id}/variants/{variant_id}",
    "GET /v3/catalog/variants",
    "PUT /v3/catalog/variants",
    "GET /v3/catalog/brands",
    "GET /v3/catalog/trees",
    "GET /v3/catalog/trees/categories",
    "POST /v3/catalog/trees/categories",
];

/// What the connector asks only in need, and refusals.
fn ask_the_rest(log: &Log) {
    let now = Timestamp::parse("2026-11-21T19:00:00Z").unwrap();
    let mut shop = Shop::new("Test", Currency::new("USD").unwrap(), &["Front"]);
    let number = shop.insert(product("Mug", &[], vec![variant(&[], "M", Some(5))]), now);
    let mug = shop.products[&number].variants[0].number;
    let order = shop.place_order(&[(mug, 1, counterpart::domain::Quantity::units(1))], now).unwrap();
    let mut recorder = Recorder { inner: (platform().imitate)(), log: log.clone() };
    let credentials = recorder.credentials();
    let named = |name: &str| credentials.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    let (store, token) = (named("store_hash"), named("access_token"));
    let mut ask = |method: &str, path: &str, body: Value, token: &str| {
        let request = Incoming {
            method: method.to_owned(),
            path: format!("/stores/{store}{path}"),
            query: Vec::new(),
            headers: vec![("x-auth-token".into(), token.to_owned())],
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        };
        recorder.answer(&mut shop, &request, now).status
    };
    assert_eq!(ask("GET", &format!("/v2/orders/{order}/products"), Value::Null, &token), 200);
    assert_eq!(ask("PUT", "/v3/catalog/products", json!([{"id": number, "name": "Cup"}]), &token), 200);
    assert_eq!(ask("GET", "/v2/store", Value::Null, "wrong"), 401);
    assert_eq!(ask("PUT", "/v3/catalog/products/999", json!({"name": "Cup"}), &token), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_answers_are_as_bigcommerces_files_say() {
    let Some(mut documents) = Documents::open() else { return };
    let log = Log::default();
    let shirts = vec![variant(&["Red", "S"], "S-1", Some(4)), variant(&["Blue", "S"], "S-2", None)];
    let visit = Visit::open(
        vec![
            product("Mug", &[], vec![variant(&[], "M", Some(5))]),
            product("Shirt", &["Colour", "Size"], shirts),
            product("Tea", &[], vec![variant(&[], "T", None)]),
        ],
        log.clone(),
    )
    .await;
    visit.all_of_it().await;
    ask_the_rest(&log);
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    let mut excused: BTreeSet<usize> = BTreeSet::new();
    let mut wrong: BTreeSet<String> = BTreeSet::new();
    for (request, answer) in log.lock().unwrap().iter() {
        let path = request.path.splitn(4, '/').nth(3).map(|rest| format!("/{rest}")).unwrap();
        let operation = documents.operation(&request.method, &path);
        let operation = operation.unwrap_or_else(|| panic!("{} {path} is no call of the files", request.method));
        let name = operation.name.clone();
        *used.entry(name.clone()).or_default() += 1;
        let mut complaints = documents.query(operation, &request.query);
        let sent: Option<Value> = serde_json::from_slice(&request.body).ok();
        if let Some(body) = &sent {
            complaints
                .extend(documents.request(&request.method, &path, body).iter().map(|why| format!("request {why}")));
        }
        let given: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let about = documents.answer(&request.method, &path, answer.status, given.as_ref());
        complaints.extend(about.iter().map(|why| format!("answer {} {why}", answer.status)));
        for complaint in complaints {
            let known = KNOWN_FAULTS.iter().position(|(of, part, _)| *of == name && complaint.contains(part));
            match known {
                Some(at) => drop(excused.insert(at)),
                None => drop(wrong.insert(format!("{name}: {complaint}"))),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for call in USED {
        assert!(used.contains_key(*call), "{call} was not called");
    }
    for (at, difference) in KNOWN_FAULTS.iter().enumerate() {
        assert!(excused.contains(&at), "this fault of the files is none any more: {difference:?}");
    }
    eprintln!("{} calls of {} kinds", used.values().sum::<usize>(), used.len());
}

#[test]
fn the_files_catch_what_is_wrong() {
    let Some(mut documents) = Documents::open() else { return };
    let path = "/v3/inventory/adjustments/relative";
    let items = |item: Value| json!({"reason": "x", "items": [item]});
    let mut complaints = |item: Value| documents.request("POST", path, &items(item)).len();
    assert_eq!(complaints(json!({"location_id": 1, "variant_id": 2, "quantity": 3})), 0);
    assert_eq!(
        complaints(json!({"location_id": 1, "variant_id": 2, "product_id": 2, "quantity": 3})),
        1,
        "one of both"
    );
    assert_eq!(complaints(json!({"location_id": 1, "variant_id": 2, "quantity": "3"})), 1);
    assert_eq!(complaints(json!({"location_id": 1, "variant_id": 2})), 1);
    let made = json!({"name": "Mug", "type": "physical", "price": 1, "titel": "Mug"});
    let told = documents.request("POST", "/v3/catalog/products", &made);
    assert_eq!(told.len(), 2, "no weight, and a field that is none: {told:?}");
    let operation = documents.operation("GET", "/v3/catalog/products").unwrap();
    let asked = |name: &str, value: &str| documents.query(operation, &[(name.to_owned(), value.to_owned())]).len();
    assert_eq!(
        (asked("include", "variants,images"), asked("include", "prices"), asked("includes", "images")),
        (0, 1, 1)
    );
    assert_eq!((asked("limit", "250"), asked("limit", "all"), asked("id:in", "1,2")), (0, 1, 0));
}
