//! Wix's requests and its sandbox's answers, of both catalogues, against the declarations of Wix's own npm packages.
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
use document::{Documents, KNOWN_FAULTS, UNKNOWN};

/// What the connector has to use over a day at each site, each at least once.
const USED: &[&str] = &[
    "GET /stores/v3/provision/version",
    "GET /site-properties/v4/properties",
    "POST /ecom/v1/orders/search",
    "POST /ecom/v1/fulfillments/list-by-ids",
    "POST /stores/v3/locations/query",
    "POST /stores/v3/products/query",
    "POST /stores/v3/products/count",
    "POST /stores/v3/products/query-variants",
    "GET /stores/v3/products/{productId}",
    "POST /stores/v3/products-with-inventory",
    "PATCH /stores/v3/products/{product_id}",
    "DELETE /stores/v3/products/{productId}",
    "POST /stores/v3/brands/get-or-create",
    "POST /stores/v3/inventory-items/query",
    "POST /stores/v3/bulk/inventory-items/increment",
    "POST /stores/v3/bulk/inventory-items/decrement",
    "POST /stores/v3/bulk/inventory-items/create",
    "POST /stores-reader/v1/products/query",
    "POST /stores/v1/products",
    "PATCH /stores/v1/products/{product_id}",
    "DELETE /stores/v1/products/{id}",
    "PATCH /stores/v1/products/{id}/variants",
    "POST /stores/v1/products/{id}/media",
    "POST /stores/v1/products/{id}/media/delete",
    "POST /stores/v1/products/{id}/remove-brand",
    "POST /stores-reader/v2/inventoryItems/query",
    "POST /stores/v2/inventoryItems/increment",
    "POST /stores/v2/inventoryItems/decrement",
    "PATCH /stores/v2/inventoryItems/product/{inventoryItem_productId}",
];

/// Refusals: of the key, of the site, of the other catalogue, of a revision, of what is gone.
fn ask_the_rest(log: &Log) {
    let now = Timestamp::parse("2026-11-21T19:00:00Z").unwrap();
    let mut shop = Shop::new("Test", Currency::new("USD").unwrap(), &["Front"]);
    let mut recorder = Recorder { inner: (platform().imitate)(), log: log.clone() };
    let credentials = recorder.credentials();
    let named = |name: &str| credentials.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    let (site, key) = (named("site_id"), named("api_key"));
    let mug = shop.insert(product("Mug", &[], vec![variant(&[], "M", Some(5))]), now);
    let mut ask = |method: &str, path: &str, body: Value, key: &str, site: &str| {
        let request = Incoming {
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: vec![("authorization".into(), key.to_owned()), ("wix-site-id".into(), site.to_owned())],
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        };
        recorder.answer(&mut shop, &request, now).status
    };
    let version = "/stores/v3/provision/version";
    assert_eq!(ask("GET", version, Value::Null, "wrong", &site), 401);
    assert_eq!(ask("GET", version, Value::Null, &key, "another"), 403);
    let query = json!({"query": {}});
    assert_eq!(ask("POST", "/stores-reader/v1/products/query", query, &key, &site), 428);
    let path = format!("/stores/v3/products/00000001-0000-4000-8000-{mug:012x}");
    let stale = json!({"product": {"revision": "0", "name": "Cup"}});
    assert_eq!(ask("PATCH", &path, stale, &key, &site), 409);
    assert_eq!(ask("GET", "/stores/v3/products/none", Value::Null, &key, &site), 404);
}

fn shelf() -> Vec<counterpart::sandbox::ShopProduct> {
    let shirts = vec![variant(&["Red", "S"], "S-1", Some(4)), variant(&["Blue", "S"], "S-2", None)];
    vec![
        product("Mug", &[], vec![variant(&[], "M", Some(5))]),
        product("Shirt", &["Colour", "Size"], shirts),
        product("Tea", &[], vec![variant(&[], "T", None)]),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_answers_are_as_wixs_files_say() {
    let Some(mut documents) = Documents::open() else { return };
    let log = Log::default();
    for older in [false, true] {
        Visit::open(shelf(), log.clone(), older).await.all_of_it().await;
    }
    ask_the_rest(&log);
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    let mut excused: BTreeSet<usize> = BTreeSet::new();
    let mut wrong: BTreeSet<String> = BTreeSet::new();
    for (request, answer) in log.lock().unwrap().iter() {
        let call = format!("{} {}", request.method, request.path);
        if UNKNOWN.iter().any(|(known, _)| *known == call) {
            *used.entry(call).or_default() += 1;
            continue;
        }
        let operation = documents.operation(&request.method, &request.path);
        let operation = operation.unwrap_or_else(|| panic!("{call} is no call of the files"));
        let name = operation.name.clone();
        *used.entry(name.clone()).or_default() += 1;
        let mut complaints: Vec<String> =
            request.query.iter().map(|(name, _)| format!("{name}= is no parameter")).collect();
        let sent: Option<Value> = serde_json::from_slice(&request.body).ok();
        if let Some(body) = &sent {
            complaints.extend(documents.request(&operation, body).iter().map(|why| format!("request {why}")));
        }
        let given: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let about = documents.answer(&operation, answer.status, given.as_ref());
        complaints.extend(about.iter().map(|why| format!("answer {} {why}", answer.status)));
        for complaint in complaints {
            let known = KNOWN_FAULTS.iter().position(|(of, part, _)| *of == name && complaint.contains(part));
            match known {
                Some(at) => drop(excused.insert(at)),
                None => drop(wrong.insert(format!("{name}: {}", complaint.chars().take(400).collect::<String>()))),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for call in USED {
        assert!(used.contains_key(*call), "{call} was not called: {used:#?}");
    }
    for (at, difference) in KNOWN_FAULTS.iter().enumerate() {
        assert!(excused.contains(&at), "this fault of the files is none any more: {difference:?}");
    }
    eprintln!("{} calls of {} kinds", used.values().sum::<usize>(), used.len());
}

#[test]
fn the_files_catch_what_is_wrong() {
    let Some(mut documents) = Documents::open() else { return };
    let operation = documents.operation("POST", "/stores/v3/bulk/inventory-items/decrement").unwrap();
    let id = "00000008-0001-4000-8000-000000000001";
    let mut complaints = |item: Value| documents.request(&operation, &json!({"decrementData": [item]})).len();
    assert_eq!(complaints(json!({"inventoryItemId": id, "decrementBy": 3})), 0);
    assert_eq!(complaints(json!({"inventoryItemId": id, "decrementBy": 0})), 1);
    assert_eq!(complaints(json!({"inventoryItemId": id, "decrementBy": "3"})), 1);
    assert_eq!(complaints(json!({"itemId": id, "decrementBy": 3})), 1, "a field that is none");
    let create = documents.operation("POST", "/stores/v3/products-with-inventory").unwrap();
    let mut told = |product: Value| documents.request(&create, &json!({"product": product})).len();
    assert_eq!(told(json!({"name": "Mug", "visible": true})), 0);
    assert_eq!(told(json!({"name": "M".repeat(81)})), 1);
    assert_eq!(told(json!({"name": "Mug", "titel": "Mug"})), 1);
    let older = documents.operation("POST", "/stores-reader/v1/products/query").unwrap();
    let mut filter = |filter: Value| documents.request(&older, &json!({"query": {"filter": filter}})).len();
    assert_eq!((filter(json!("{}")), filter(json!({}))), (0, 1), "a filter of V1 is a string");
}

#[test]
fn lists_are_asked_by_what_they_can_be_asked_by() {
    let specs = std::env::var("COUNTERPART_SPECS").unwrap_or_else(|_| "../shared/specs".to_owned());
    let Ok(text) = std::fs::read_to_string(format!("{specs}/wix/wql-filter-specs.json")) else {
        eprintln!("SKIPPED: Wix's filters are not at {specs}/wix (set COUNTERPART_SPECS)");
        return;
    };
    let all: Value = serde_json::from_str(&text).unwrap();
    let can = |spec: &str, name: &str, sorted: bool| {
        let rules = all[spec]["spec"]["wql"].as_array().unwrap();
        rules.iter().any(|rule| {
            let has = rule["fields"].as_array().unwrap().contains(&json!(name));
            has && (!sorted || rule["sort"] == "BOTH")
        })
    };
    for (spec, name, sorted) in [
        ("V3ProductQuerySpec", "createdDate", true),
        ("V3ProductQuerySpec", "updatedDate", true),
        ("V3ProductQuerySpec", "id", false),
        ("V3ProductQuerySpec", "handle", false),
        ("ReadOnlyVariantQuerySpec", "productData.productId", false),
        ("InventoryItemQuerySpec", "productId", false),
        ("InventoryItemQuerySpec", "updatedDate", true),
        ("OrderSearchSpec", "status", false),
        ("OrderSearchSpec", "fulfillmentStatus", false),
        ("OrderSearchSpec", "createdDate", true),
        ("OrderSearchSpec", "updatedDate", true),
        ("ProductQuerySpec", "numericId", true),
        ("ProductQuerySpec", "lastUpdated", false),
        ("ProductQuerySpec", "name", false),
        ("ProductQuerySpec", "sku", false),
        ("ProductQuerySpec", "id", false),
    ] {
        assert!(can(spec, name, sorted), "{spec}: {name}, sorted: {sorted}");
    }
}
