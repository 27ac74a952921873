//! What the X-Series connector sends, and what its sandbox answers, over a day of use, against the vendor's documents.

// The helpers of a test may fail like the test itself; clippy.toml excepts functions marked #[test] alone.
#![allow(clippy::unwrap_used, clippy::panic)]

mod day;
mod document;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::day::{Log, a_days_work};
use crate::document::{Document, documents, sale};

/// `/products/0a1b…/all` as the documents write it.
fn template(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let place = match parts.as_slice() {
        ["", "products", _, ..] => Some((2, "{product_id}")),
        ["", "sales", _, ..] => Some((2, "{sale_id}")),
        _ => None,
    };
    let mut parts: Vec<String> = parts.into_iter().map(str::to_owned).collect();
    if let Some((at, name)) = place {
        parts[at] = name.to_owned();
    }
    parts.join("/")
}

/// What is wrong with an answer that lists sales in the form of 2026-07.
fn wrong_sales(body: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(&sale()).unwrap();
    let data = &body["data"];
    let all = data.as_array().cloned().unwrap_or_else(|| vec![data.clone()]);
    all.iter().flat_map(|one| validator.iter_errors(one).map(|why| why.to_string()).collect::<Vec<_>>()).collect()
}

/// The names that the vendor's collection uses in the request for a single variant: no document has that call.
fn single_variant(collection: &Value) -> BTreeMap<String, BTreeSet<String>> {
    fn find<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
        match value {
            Value::Array(all) => all.iter().for_each(|one| find(one, found)),
            Value::Object(all) => {
                if all.get("name") == Some(&json!("Create a single variant")) {
                    found.push(value);
                }
                all.values().for_each(|one| find(one, found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    find(collection, &mut found);
    let raw = found.iter().find_map(|item| item["request"]["body"]["raw"].as_str()).unwrap();
    let body: Value = serde_json::from_str(raw).unwrap();
    let names = |part: &str| body[part].as_object().unwrap().keys().cloned().collect();
    ["common", "details"].into_iter().map(|part| (part.to_owned(), names(part))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_answers_are_what_the_documents_say() {
    let Some((old, new, collection)) = documents() else { return };
    let single = single_variant(&collection);
    let log = Log::default();
    a_days_work(log.clone()).await;
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    let mut complaints: BTreeSet<String> = BTreeSet::new();
    for (request, answer) in log.lock().unwrap().iter() {
        let (version, path) = request.path.strip_prefix("/api/").unwrap().split_once('/').unwrap();
        let path = template(&format!("/{path}"));
        let call = format!("{} {version} {path}", request.method);
        *used.entry(call.clone()).or_default() += 1;
        let body = request.json();
        let given: Value = serde_json::from_slice(&answer.body).unwrap();
        if answer.status >= 400 {
            // "No error schema": what was seen of them.
            assert!(given["error"].is_string() && given["message"].is_string(), "{call}: {given}");
            continue;
        }
        if version == "2.1" {
            let body = body.unwrap();
            for (part, fields) in body.as_object().unwrap() {
                for name in fields.as_object().unwrap().keys() {
                    // Misspelt in the collection alone; the update of 2026-07 has it as everywhere else.
                    let known = single[part].contains(name) || name == "dimensions_unit";
                    assert!(known, "{call}: {part}.{name}");
                }
            }
            continue;
        }
        let document: &Document = if new.has(&request.method, &path) && version != "2.0" { &new } else { &old };
        // The excerpt has no schema for a list of products, and the parameters that we use.
        let answered_by = if path == "/products" { &old } else { document };
        assert!(document.has(&request.method, &path), "{call} is no call of the documents");
        let wrong = document.wrong_query(&request.method, &path, &request.query);
        complaints.extend(wrong.into_iter().map(|why| format!("{call}, query: {why}")));
        if let Some(body) = body {
            let wrong = document.wrong_request(&request.method, &path, &body);
            complaints.extend(wrong.into_iter().map(|why| format!("{call}, request: {why}")));
        }
        let is_new_sale = version == "2026-07"
            && (path.starts_with("/sales") || request.query.contains(&("type".into(), "sales".into())));
        let wrong = match is_new_sale {
            true => wrong_sales(&given),
            false => answered_by
                .wrong_answer(&request.method, &path, answer.status, &given)
                .unwrap_or_else(|| panic!("{call} does not answer {}", answer.status)),
        };
        complaints.extend(wrong.into_iter().map(|why| format!("{call}, answer: {why}")));
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
    let calls: Vec<&str> = used.keys().map(String::as_str).collect();
    for wanted in [
        "DELETE 2026-07 /products/{product_id}/all",
        "GET 2.0 /sales",
        "GET 2026-07 /brands",
        "GET 2026-07 /outlets",
        "GET 2026-07 /product_categories",
        "GET 2026-07 /products",
        "GET 2026-07 /products/{product_id}",
        "GET 2026-07 /retailer",
        "GET 2026-07 /sales",
        "GET 2026-07 /sales/{sale_id}",
        "GET 2026-07 /search",
        "GET 2026-07 /stock_adjustments",
        "GET 2026-07 /variant_attributes",
        "POST 2.1 /products",
        "POST 2026-07 /brands",
        "POST 2026-07 /inventory",
        "POST 2026-07 /inventory_levels",
        "POST 2026-07 /product_categories/bulk",
        "POST 2026-07 /products",
        "POST 2026-07 /stock_adjustments",
        "POST 2026-07 /variant_attributes",
        "PUT 2026-07 /products/{product_id}",
    ] {
        assert!(used.contains_key(wanted), "{wanted} was not called: {calls:#?}");
    }
}

#[test]
fn the_documents_catch_what_is_wrong() {
    let Some((old, new, _)) = documents() else { return };
    let adjust = |item: Value| new.wrong_request("POST", "/stock_adjustments", &json!({"stock_adjustments": [item]}));
    let good = json!({"product_id": "p", "outlet_id": "o", "quantity": "-1", "reason": "INTERNAL_USE"});
    assert_eq!(adjust(good.clone()), [] as [String; 0]);
    for (field, bad) in [("quantity", json!(-1)), ("reason", json!("SALE")), ("key", json!("k"))] {
        let mut item = good.clone();
        item[field] = bad;
        assert_eq!(adjust(item).len(), 1, "{field}");
    }
    assert_eq!(new.wrong_request("POST", "/stock_adjustments", &json!({"stock_adjustments": []})).len(), 1);
    assert_eq!(new.wrong_request("PUT", "/products/{product_id}", &json!({"details": {"sku": "x"}})).len(), 1);
    assert_eq!(old.wrong_request("POST", "/products", &json!({"name": "x", "button_order": 1})).len(), 1);
    assert_eq!(
        old.wrong_query("GET", "/products", &[("after".into(), "1.5".into()), ("limit".into(), "3".into())]).len(),
        2
    );
    assert_eq!(wrong_sales(&json!({"data": [{"status": "CLOSED"}]})).len(), 1, "the older form");
}
