//! What the E-Series connector sends, and what its sandbox answers, against the schema that was derived from Ecwid's own
//! client, made strict: a field that it does not know is a fault. What the schema leaves out stands in one list with the
//! reason.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod day;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use counterpart::sandbox::{Incoming, Outgoing};
use serde_json::{Value, json};

use crate::day::conversation;

/// Where the schema says nothing, what is held instead, and why.
const KNOWN_FAULTS: &[(&str, &str)] = &[
    ("GET /profile", "no definition of the profile's answer: its fields are held against the recorded one"),
    ("GET /categories", "no definition of the page around FetchedCategory: each item is held against that"),
    ("POST /categories", "no definition of the answer: the recorded one has an id"),
    ("PUT /products/*/inventory", "the request is no definition: the recorded one has quantityDelta alone"),
    ("PUT /products/*/combinations/*/inventory", "as for products"),
    ("POST /products/*/image", "sent without a body; the recorded answer has an id"),
    ("POST /products/*/gallery", "as for the main picture"),
    ("DELETE /products/*", "no definition of the answer: the recorded ones have deleteCount"),
    ("DELETE /products/*/image", "as for products"),
    ("DELETE /products/*/gallery", "as for products"),
    ("POST /batch", "the request is built in the client's code (id, path, method, body), not as a definition"),
    ("options", "of any form in the schema, since there are nine kinds: fields are held against the recorded one"),
    ("error", "errorMessage (reference), error_message in the recorded one of a batch"),
];

/// Query parameters: ProductsSearchRequest, OrdersSearchRequest, DeletedProductsSearchRequest, CreateBatchRequest,
/// GetEscapedBatchRequest of the client, and responseFields, which it takes everywhere.
fn parameters(call: &str) -> &'static [&'static str] {
    match call {
        "GET /products" => {
            &["productId", "sku", "externalReferenceId", "updatedFrom", "sortBy", "offset", "limit", "responseFields"]
        }
        "GET /products/*" | "GET /profile" => &["responseFields"],
        "GET /products/deleted" => &["from_date", "to_date", "offset", "limit"],
        "GET /orders" => &["updatedFrom", "createdTo", "fulfillmentStatus", "offset", "limit", "responseFields"],
        "GET /categories" => &["hidden_categories", "offset", "limit", "responseFields"],
        "PUT /products/*" => &["rebuildVariationsOnOptionsUpdate"],
        "POST /products/*/image" | "POST /products/*/gallery" => &["externalUrl"],
        "POST /batch" => &["stopOnFirstFailure", "allowParallelMode", "deduplicationKey"],
        "GET /batch" => &["ticket", "escapedJson"],
        _ => &[],
    }
}

/// The definitions of a call's body and of its answer.
fn definitions(call: &str) -> (Option<&'static str>, Option<&'static str>) {
    match call {
        "GET /products" => (None, Some("ProductsSearchResult")),
        "GET /products/*" => (None, Some("FetchedProduct")),
        "GET /products/deleted" => (None, Some("DeletedProductsSearchResult")),
        "POST /products" => (Some("UpdatedProduct"), Some("ProductCreateResult")),
        "PUT /products/*" => (Some("UpdatedProduct"), Some("ProductUpdateResult")),
        "PUT /products/*/inventory" => (None, Some("ProductInventoryUpdateResult")),
        "POST /products/*/combinations" => (Some("UpdatedVariation"), Some("CreateProductVariationResult")),
        "PUT /products/*/combinations/*" => (Some("UpdatedVariation"), Some("UpdateProductVariationResult")),
        "PUT /products/*/combinations/*/inventory" => (None, Some("AdjustVariationInventoryResult")),
        "POST /categories" => (Some("UpdatedCategory"), None),
        "GET /orders" => (None, Some("OrdersSearchResult")),
        "POST /batch" => (None, Some("CreateBatchResult")),
        "GET /batch" => (None, Some("GetEscapedBatchResult")),
        _ => (None, None),
    }
}

struct Schema {
    definitions: Value,
    validators: BTreeMap<String, jsonschema::Validator>,
    examples: PathBuf,
}

impl Schema {
    fn open() -> Option<Self> {
        let specs =
            std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
        let path = specs.join("ecwid/ecwid-v3-dto.schema.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("SKIPPED: the schema is not at {} (set COUNTERPART_SPECS)", path.display());
            return None;
        };
        let mut schema: Value = serde_json::from_str(&text).unwrap();
        for definition in schema["definitions"].as_object_mut().unwrap().values_mut() {
            if definition.get("properties").is_some() {
                definition["additionalProperties"] = json!(false);
            }
        }
        let definitions = schema["definitions"].take();
        Some(Self { definitions, validators: BTreeMap::new(), examples: specs.join("ecwid/examples") })
    }

    fn faults(&mut self, name: &str, value: &Value) -> Vec<String> {
        if !self.validators.contains_key(name) {
            let root = json!({"$ref": format!("#/definitions/{name}"), "definitions": self.definitions});
            let validator = jsonschema::validator_for(&root).unwrap_or_else(|why| panic!("{name}: {why}"));
            self.validators.insert(name.to_owned(), validator);
        }
        let errors = self.validators[name].iter_errors(value);
        errors.map(|error| format!("{name}{}: {error}", error.instance_path())).collect()
    }

    fn example(&self, name: &str) -> Value {
        let text = std::fs::read(self.examples.join(format!("{name}.json"))).unwrap();
        serde_json::from_slice(&text).unwrap()
    }
}

fn gap(what: &str) -> bool {
    KNOWN_FAULTS.iter().any(|(known, _)| *known == what)
}

/// `PUT /products/*/combinations/*`
fn call(method: &str, path: &str) -> String {
    let path = path.trim_start_matches("/15695068");
    let parts = path.split('/').map(|part| if part.parse::<u64>().is_ok() { "*" } else { part });
    format!("{method} {}", parts.collect::<Vec<_>>().join("/"))
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
}

/// One call with its body, also as a part of a batch.
fn request(schema: &mut Schema, call: &str, query: &[(String, String)], body: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, _) in query {
        if !parameters(call).contains(&name.as_str()) {
            faults.push(format!("{call}: no parameter {name}"));
        }
    }
    match definitions(call).0 {
        Some(name) => faults.extend(schema.faults(name, body)),
        None if call.ends_with("/inventory") => {
            let is_known = keys(body) == BTreeSet::from(["quantityDelta".to_owned()]) && body["quantityDelta"].is_i64();
            faults.extend((!is_known || !gap(call)).then(|| format!("{call}: {body}")));
        }
        None if call == "POST /batch" => {}
        None if !body.is_null() => faults.push(format!("{call}: a body where none belongs: {body}")),
        None => {}
    }
    faults.extend(options(schema, body));
    faults
}

/// Options are of any form in the schema.
fn options(schema: &Schema, product: &Value) -> Vec<String> {
    let recorded = schema.example("products__add-a-product-request-body")["options"][0].clone();
    let (known, known_choice) = (keys(&recorded), keys(&recorded["choices"][0]));
    let mut faults = Vec::new();
    for option in product.get("options").and_then(Value::as_array).into_iter().flatten() {
        // A combination's have a value, and a definition.
        if option.get("value").is_some() {
            continue;
        }
        let choices = option["choices"].as_array().cloned().unwrap_or_default();
        let fits = keys(option).is_subset(&known) && choices.iter().all(|one| keys(one).is_subset(&known_choice));
        if !(fits && gap("options")) {
            faults.push(format!("an option of another form: {option}"));
        }
    }
    faults
}

fn answer(schema: &mut Schema, call: &str, status: u16, body: &Value) -> Vec<String> {
    if status >= 400 {
        let told = body["errorMessage"].is_string() && gap("error");
        return if told { Vec::new() } else { vec![format!("{call}: an error of another form: {body}")] };
    }
    let mut faults = Vec::new();
    match definitions(call).1 {
        Some(name) => faults.extend(schema.faults(name, body)),
        None if !gap(call) => faults.push(format!("{call}: nobody knows this answer")),
        None if call == "GET /profile" => {
            let recorded = schema.example("store_profile__get-store-profile-public-token-request-example");
            for (part, fields) in body.as_object().unwrap() {
                let known = keys(&recorded[part.as_str()]);
                // The account is shown to secret tokens alone, and the recorded answer is a public one's.
                if part != "account" && !keys(fields).is_subset(&known) {
                    faults.push(format!("{call}: {part}: {fields}"));
                }
            }
        }
        None if call == "GET /categories" => {
            for item in body["items"].as_array().unwrap() {
                faults.extend(schema.faults("FetchedCategory", item));
            }
        }
        None => {
            let known = BTreeSet::from(["id".to_owned(), "deleteCount".to_owned()]);
            if keys(body).is_empty() || !keys(body).is_subset(&known) {
                faults.push(format!("{call}: {body}"));
            }
        }
    }
    for product in body.get("items").and_then(Value::as_array).into_iter().flatten() {
        faults.extend(options(schema, product));
    }
    faults
}

fn json_of(bytes: &[u8]) -> Value {
    if bytes.is_empty() { Value::Null } else { serde_json::from_slice(bytes).unwrap() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_calls_and_answers_fits_the_schema() {
    let Some(mut schema) = Schema::open() else { return };
    let said: Vec<(Incoming, Outgoing)> = conversation().await;
    let mut faults = BTreeSet::new();
    let mut calls = BTreeSet::new();
    let mut parts = 0;
    let mut refused = 0;
    for (incoming, outgoing) in &said {
        let call = call(&incoming.method, &incoming.path);
        let (body, told) = (json_of(&incoming.body), json_of(&outgoing.body));
        faults.extend(request(&mut schema, &call, &incoming.query, &body));
        faults.extend(answer(&mut schema, &call, outgoing.status, &told));
        refused += usize::from(outgoing.status >= 400);
        if call == "POST /batch" {
            for part in body.as_array().unwrap() {
                assert_eq!(keys(part), BTreeSet::from(["body", "id", "method", "path"].map(str::to_owned)));
                let inner = crate::call(part["method"].as_str().unwrap(), part["path"].as_str().unwrap());
                assert!(!inner.ends_with("/inventory"), "a difference of stock never goes in a batch");
                faults.extend(request(&mut schema, &inner, &[], &part["body"]));
                parts += 1;
            }
        }
        calls.insert(call);
    }
    assert!(faults.is_empty(), "{faults:#?}");
    let wanted: BTreeSet<String> = [
        "GET /profile",
        "GET /products",
        "GET /products/*",
        "GET /products/deleted",
        "POST /products",
        "PUT /products/*",
        "DELETE /products/*",
        "PUT /products/*/inventory",
        "PUT /products/*/combinations/*/inventory",
        "POST /products/*/combinations",
        "POST /products/*/image",
        "POST /products/*/gallery",
        "DELETE /products/*/gallery",
        "GET /categories",
        "POST /categories",
        "GET /orders",
        "POST /batch",
        "GET /batch",
    ]
    .map(str::to_owned)
    .into();
    let missing: Vec<&String> = wanted.difference(&calls).collect();
    assert!(missing.is_empty(), "the day is too short: {missing:?}");
    assert!(parts >= 12 && refused >= 1, "{parts} parts, {refused} refusals");
    eprintln!("{} calls of {} kinds, {parts} parts of batches, {refused} refusals", said.len(), calls.len());
}

#[test]
fn a_fault_would_be_noticed() {
    let Some(mut schema) = Schema::open() else { return };
    assert!(!schema.faults("UpdatedProduct", &json!({"titel": "x"})).is_empty(), "a field that does not exist");
    assert!(!schema.faults("UpdatedProduct", &json!({"quantity": "3"})).is_empty(), "a number as text");
    assert!(
        !schema.faults("FetchedOrder", &json!({"paymentStatus": "PAYED"})).is_empty(),
        "a word that does not exist"
    );
    assert!(!request(&mut schema, "PUT /products/*/inventory", &[], &json!({"quantityDelta": 0.5})).is_empty());
    assert!(!answer(&mut schema, "GET /elsewhere", 200, &json!({})).is_empty());
}
