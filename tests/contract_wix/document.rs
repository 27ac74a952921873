//! Wix's declarations as OpenAPI, made strict: what they do not name is an error, unless it stands in [`KNOWN_FAULTS`].
//!
//! Wix publishes no OpenAPI: the files are derived from the declarations of its own npm packages. `handle` is marked
//! read-only in them, against its own text ("can be set when creating a product"); nothing here reads that mark.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

const FILES: &[&str] = &[
    "stores_catalog-versioning",
    "stores_products-v-3",
    "stores_read-only-variants-v-3",
    "stores_inventory-items-v-3",
    "stores_stores-locations-v-3",
    "stores_brands-v-3",
    "stores_products",
    "stores_inventory",
    "ecom_orders",
    "ecom_order-fulfillments",
];

/// Calls that the files have the forms of, and not the address: file, call, form of request and of answer.
const ELSEWHERE: &[(&str, &str, &str, &str)] = &[(
    "stores_products",
    // Documented as REST ("Query Products (Catalog V1)"); the npm package has the newer form of it alone.
    "POST /stores-reader/v1/products/query",
    "QueryProductsRequest",
    "QueryProductsResponse",
)];

/// Calls that no file knows at all, and why they are right.
pub const UNKNOWN: &[(&str, &str)] = &[(
    "GET /site-properties/v4/properties",
    "of another npm package than those that were derived; its fields are documented (site properties, Properties object)",
)];

/// Known faults of the files: operation, what a complaint about it contains, and why the file is wrong.
pub const KNOWN_FAULTS: &[(&str, &str, &str)] = &[
    (
        "GET /stores/v3/products/{productId}",
        "fields= is no parameter",
        "the file names parameters of the path alone; the same call's request form has `fields`",
    ),
    (
        "POST /stores/v3/inventory-items/query",
        "has less than 1 item",
        "a list may be empty; the declaration is copied from requests",
    ),
    (
        "PATCH /stores/v3/products/{product_id}",
        "request /product/brand: null",
        "null takes a field away, as the declarations say of those that they call nullable; of parts they say it nowhere",
    ),
];

#[derive(Clone)]
pub struct Operation {
    pub name: String,
    request: Option<Value>,
    answer: Option<Value>,
}

pub struct Documents {
    operations: Vec<(String, Vec<String>, Operation)>,
    validators: BTreeMap<String, jsonschema::Validator>,
}

impl Documents {
    pub fn open() -> Option<Self> {
        let specs =
            std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
        let mut all = Self { operations: Vec::new(), validators: BTreeMap::new() };
        for file in FILES {
            let path = specs.join(format!("wix/{file}.openapi.json"));
            let Ok(text) = std::fs::read_to_string(&path) else {
                eprintln!("SKIPPED: Wix's document is not at {} (set COUNTERPART_SPECS)", path.display());
                return None;
            };
            let document: Value = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{file}: {why}"));
            all.add(file, &document);
        }
        Some(all)
    }

    fn add(&mut self, file: &str, document: &Value) {
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let content = |place: &Value| place["content"]["application/json"].get("schema").cloned();
                let request = operation.get("requestBody").and_then(content);
                let answer = operation["responses"].get("200").and_then(content);
                self.put(document, &method.to_uppercase(), path, request, answer);
            }
        }
        for (_, call, request, answer) in ELSEWHERE.iter().filter(|(of, ..)| *of == file) {
            let (method, path) = call.split_once(' ').unwrap();
            let named = |name: &str| Some(json!({"$ref": format!("#/components/schemas/{name}")}));
            self.put(document, method, path, named(request), named(answer));
        }
    }

    fn put(&mut self, document: &Value, method: &str, path: &str, request: Option<Value>, answer: Option<Value>) {
        let strict = |schema: Option<Value>| schema.map(|schema| strict(document, &schema, 0));
        let name = format!("{method} {path}");
        let operation = Operation { name, request: strict(request), answer: strict(answer) };
        self.operations.push((method.to_owned(), path.split('/').map(str::to_owned).collect(), operation));
    }

    pub fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |known: &[String], named_only: bool| {
            known.len() == parts.len()
                && known
                    .iter()
                    .zip(&parts)
                    .all(|(known, part)| (known.starts_with('{') && !named_only) || known == part)
        };
        let of = |named_only: bool| {
            let mut all = self.operations.iter().filter(|(known, ..)| known == method);
            all.find(|(_, known, _)| fits(known, named_only)).map(|(.., operation)| operation.clone())
        };
        of(true).or_else(|| of(false))
    }

    pub fn request(&mut self, operation: &Operation, body: &Value) -> Vec<String> {
        match &operation.request {
            Some(schema) => self.check(&format!("{} request", operation.name), schema, body),
            None => vec!["it has no body".to_owned()],
        }
    }

    /// The files say what a success looks like; the form of refusals is the same for all calls (docs, errors).
    pub fn answer(&mut self, operation: &Operation, status: u16, body: Option<&Value>) -> Vec<String> {
        match (status, &operation.answer, body) {
            (200, Some(schema), Some(body)) => self.check(&format!("{} answer", operation.name), schema, body),
            (200, None, _) => Vec::new(),
            (400..=499, _, Some(body)) => {
                let whole = body["message"].is_string() && body["details"].is_object();
                if whole { Vec::new() } else { vec![format!("status {status} in another form")] }
            }
            _ => vec![format!("status {status} is not documented")],
        }
    }

    fn check(&mut self, name: &str, schema: &Value, value: &Value) -> Vec<String> {
        if !self.validators.contains_key(name) {
            let validator = jsonschema::validator_for(schema).unwrap_or_else(|why| panic!("{name}: {why}"));
            self.validators.insert(name.to_owned(), validator);
        }
        self.validators[name].iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }
}

/// Forms that lead into themselves, and that the connector neither sends nor reads.
const DEEP: [&str; 3] = ["RichContent", "Node", "ExtendedFields"];

/// Without references, and no fields but those named.
fn strict(document: &Value, schema: &Value, depth: usize) -> Value {
    if let Some(place) = schema.get("$ref").and_then(Value::as_str) {
        let name = place.rsplit('/').next().unwrap();
        if DEEP.contains(&name) || depth > 16 {
            return json!({});
        }
        return strict(document, &document["components"]["schemas"][name], depth + 1);
    }
    let Some(fields) = schema.as_object() else { return json!({}) };
    let mut made = Map::new();
    for name in ["type", "enum", "const", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"] {
        if let Some(value) = fields.get(name) {
            made.insert(name.into(), value.clone());
        }
    }
    // An enumeration is there as a list and again value by value: one of them is enough.
    let choices = ["oneOf", "anyOf"].iter().filter_map(|name| fields.get(*name)?.as_array()).flatten();
    let choices: Vec<Value> = choices.map(|one| strict(document, one, depth + 1)).collect();
    if !choices.is_empty() {
        made.insert("anyOf".into(), Value::Array(choices));
    }
    if let Some(items) = fields.get("items") {
        made.insert("items".into(), strict(document, items, depth + 1));
    }
    let mut properties = Map::new();
    let mut required = fields.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    for part in fields.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        let part = strict(document, part, depth + 1);
        properties.extend(part["properties"].as_object().cloned().unwrap_or_default());
        required.extend(part["required"].as_array().cloned().unwrap_or_default());
    }
    for (name, inner) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
        properties.insert(name.clone(), strict(document, inner, depth + 1));
    }
    if !properties.is_empty() {
        made.insert("additionalProperties".into(), json!(false));
        made.insert("properties".into(), Value::Object(properties));
        // What stands in the path is a part of the request form as well, and need not be said twice.
        required.retain(|name| *name != json!("id"));
        made.insert("required".into(), Value::Array(required));
    }
    Value::Object(made)
}
