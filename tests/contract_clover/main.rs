//! What the Clover connector sends, and what its sandbox answers, against all that is written of Clover's forms.
//!
//! Clover publishes no machine-readable specification. So a day's work is held against the fields of its official SDK
//! (names, types, lengths), an unofficial description of some endpoints (parameters, filters, expansions), and the
//! samples of its guides (shapes of requests). Where these are at fault, or silent, stands in `documents.rs`.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod day;
mod documents;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use counterpart::sandbox::Incoming;

use crate::day::a_days_work;
use crate::documents::{Documents, ELSEWHERE, pattern};

/// What a body is, by method and pattern: of the request, and of the answer. A list is told by its path.
const BODIES: &[(&str, &str, Option<&str>, Option<&str>)] = &[
    ("GET", "", None, Some("merchant/Merchant")),
    ("GET", "/properties", None, Some("merchant/MerchantProperties")),
    ("GET", "/items", None, Some("inventory/Item")),
    ("GET", "/items/{}", None, Some("inventory/Item")),
    ("POST", "/items", Some("inventory/Item"), Some("inventory/Item")),
    ("POST", "/items/{}", Some("inventory/Item"), Some("inventory/Item")),
    ("DELETE", "/items/{}", None, None),
    ("GET", "/item_stocks", None, Some("inventory/ItemStock")),
    ("POST", "/item_stocks/{}", Some("inventory/ItemStock"), Some("inventory/ItemStock")),
    ("GET", "/item_groups", None, Some("inventory/ItemGroup")),
    ("GET", "/item_groups/{}", None, Some("inventory/ItemGroup")),
    ("POST", "/item_groups", Some("inventory/ItemGroup"), Some("inventory/ItemGroup")),
    ("POST", "/item_groups/{}", Some("inventory/ItemGroup"), Some("inventory/ItemGroup")),
    ("DELETE", "/item_groups/{}", None, None),
    ("GET", "/attributes", None, Some("inventory/Attribute")),
    ("POST", "/attributes", Some("inventory/Attribute"), Some("inventory/Attribute")),
    ("GET", "/attributes/{}/options", None, Some("inventory/Option")),
    ("POST", "/attributes/{}/options", Some("inventory/Option"), Some("inventory/Option")),
    ("POST", "/option_items", Some("inventory/OptionItem"), None),
    ("GET", "/categories", None, Some("inventory/Category")),
    ("POST", "/categories", Some("inventory/Category"), Some("inventory/Category")),
    ("POST", "/category_items", Some("inventory/CategoryItem"), None),
    ("GET", "/orders", None, Some("order/Order")),
    ("GET", "/orders/{}", None, Some("order/Order")),
    ("GET", "/orders/{}/line_items", None, Some("order/LineItem")),
    ("GET", "/refunds", None, Some("payments/Refund")),
];

/// Requests whose form a sample of the guides shows.
const SAMPLES: &[(&str, &str)] = &[
    ("/item_groups", "item_group.create.request.json"),
    ("/attributes", "attribute.create.request.json"),
    ("/attributes/{}/options", "option.create.request.json"),
    ("/option_items", "option_items.request.json"),
    ("/category_items", "category_items.request.json"),
    ("/item_stocks/{}", "item_stock.post.request.json"),
];

/// An object, a list of them, or the elements of a tie.
fn complaints(documents: &Documents, kind: &str, body: &Value, at: &str) -> Vec<String> {
    match body["elements"].as_array() {
        Some(elements) => elements.iter().flat_map(|element| documents.object(kind, element, at)).collect(),
        None => documents.object(kind, body, at),
    }
}

/// The names in an object and in what it holds, without values: `{elements: [{item: {id}, option: {id}}]}`.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, Value> = fields.iter().map(|(name, value)| (name, shape(value))).collect();
            json!(sorted)
        }
        Value::Array(elements) => elements.first().map(shape).into_iter().collect(),
        _ => Value::Null,
    }
}

fn path(request: &Incoming) -> &str {
    request.path.strip_prefix("/v3/merchants/9ABCDEF123456").unwrap_or_else(|| panic!("{}", request.path))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_answers_are_as_what_is_written_says() {
    let Some(documents) = Documents::open() else { return };
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    let mut sampled: BTreeSet<&str> = BTreeSet::new();
    for (request, answer) in a_days_work().await {
        let path = path(&request);
        let pattern = pattern(path);
        let at = format!("{} {path}", request.method);
        let wrong = documents.address(&request.method, path, &request.query);
        assert!(wrong.is_empty(), "{at}: {wrong:#?}");
        let body = BODIES.iter().find(|(method, known, ..)| *method == request.method && *known == pattern);
        let (_, known, sent, given) = body.unwrap_or_else(|| panic!("{at} is no call of ours"));
        used.insert((request.method.clone(), pattern.clone()));
        if let Some(kind) = sent {
            let body = request.json().unwrap();
            let wrong = complaints(&documents, kind, &body, &at);
            assert!(wrong.is_empty(), "request {wrong:#?}\n{body:#}");
            if let Some((_, sample)) = SAMPLES.iter().find(|(known, _)| *known == pattern) {
                assert_eq!(shape(&body), shape(&documents.sample(sample)), "{at}: not as in {sample}");
                sampled.insert(sample);
            }
        } else {
            assert!(request.body.is_empty(), "{at}: a body where none is wanted");
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        match (answer.status, given) {
            (200, Some(kind)) => {
                let wrong = complaints(&documents, kind, &body, &at);
                assert!(wrong.is_empty(), "answer {wrong:#?}\n{body:#}");
            }
            (200, None) => assert_eq!(body, json!({}), "{at}: a tie or a deletion says nothing"),
            (404, _) if known.starts_with("/orders") => {
                assert_eq!(body, documents.sample("error.404.order.observed.json"), "{at}");
            }
            (404, _) => assert_eq!(body, documents.sample("error.404.item.observed.json"), "{at}"),
            (status, _) => panic!("{at}: {status} {body}"),
        }
    }
    for (method, pattern, ..) in BODIES {
        assert!(used.contains(&((*method).to_owned(), (*pattern).to_owned())), "{method} {pattern} was not called");
    }
    assert_eq!(sampled.len(), SAMPLES.len(), "{sampled:?}");
    for (method, pattern, source) in ELSEWHERE {
        assert!(
            used.contains(&((*method).to_owned(), (*pattern).to_owned())),
            "{method} {pattern} ({source}) is not used"
        );
    }
}

/// Each sample of an answer has the fields that the SDK names, so that the two documents agree where they meet.
#[test]
fn the_samples_agree_with_the_fields() {
    let Some(documents) = Documents::open() else { return };
    let samples = [
        ("item.create.response.json", "inventory/Item"),
        ("item.create.request.json", "inventory/Item"),
        ("item_group.create.response.json", "inventory/ItemGroup"),
        ("attribute.create.response.json", "inventory/Attribute"),
        ("option.create.response.json", "inventory/Option"),
        ("item_stock.get.response.json", "inventory/ItemStock"),
        ("item_stock.post.response.json", "inventory/ItemStock"),
        ("items.search.modifiedTime.expand-itemStock.response.json", "inventory/Item"),
        ("orders.list.response.excerpt.json", "order/Order"),
    ];
    for (sample, kind) in samples {
        let wrong = complaints(&documents, kind, &documents.sample(sample), sample);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn the_documents_catch_what_is_wrong() {
    let Some(documents) = Documents::open() else { return };
    let ask = |query: &[(&str, &str)]| {
        let query: Vec<(String, String)> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        documents.address("GET", "/items", &query).len()
    };
    assert_eq!(ask(&[("filter", "modifiedTime>=1"), ("expand", "itemStock,categories,options"), ("limit", "1000")]), 0);
    assert_eq!(ask(&[("filter", "categories.id=X")]), 1);
    assert_eq!(ask(&[("expand", "nonsense")]), 1);
    assert_eq!(ask(&[("expand", "tags,categories,options,itemStock")]), 1);
    assert_eq!(ask(&[("limit", "1001")]), 1);
    assert_eq!(ask(&[("page", "2")]), 1);
    assert_eq!(documents.address("PATCH", "/items/T000000000001", &[]).len(), 1);
    let item = |fields: Value| documents.object("inventory/Item", &fields, "item").len();
    assert_eq!(item(json!({"name": "Mug", "price": 5, "priceType": "FIXED"})), 0);
    assert_eq!(item(json!({"title": "Mug"})), 1);
    assert_eq!(item(json!({"price": "5"})), 1);
    assert_eq!(item(json!({"priceType": "FREE"})), 1);
    assert_eq!(item(json!({"name": "x".repeat(128)})), 1);
    assert_eq!(item(json!({"itemGroup": {"id": "short"}})), 1);
    assert_eq!(item(json!({"itemStock": {"count": 1}})), 1);
}
