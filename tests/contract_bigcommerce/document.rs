//! BigCommerce's OpenAPI files, made strict: what they do not name is an error, unless it stands in [`KNOWN_FAULTS`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use yaml_rust2::{Yaml, YamlLoader};

/// Files and the part of the address that stands before their paths.
const FILES: &[(&str, &str)] = &[
    ("products_catalog.v3", "/v3"),
    ("product-variants_catalog.v3", "/v3"),
    ("product-variant-options_catalog.v3", "/v3"),
    ("brands_catalog.v3", "/v3"),
    ("category-trees_catalog.v3", "/v3"),
    ("inventory.v3", "/v3"),
    ("locations.v3", "/v3"),
    ("orders.v2.oas2", "/v2"),
    ("store_information.v2", "/v2"),
];

/// Known faults of the files: operation, what a complaint about it contains, and why the file is wrong.
pub const KNOWN_FAULTS: &[(&str, &str, &str)] = &[
    (
        "GET /v2/orders",
        "status 204 is not documented",
        "version 2 answers an empty list so; the connector takes an empty list as well",
    ),
    (
        "GET /v3/catalog/products",
        "('variants' was unexpected)",
        "asked for by include=variants, which the file allows, and missing in the model of the answer",
    ),
    ("GET /v3/catalog/products", "base_variant_id: null", "a product with options has none"),
    ("POST /v3/catalog/products", "base_variant_id: null", "a product with options has none"),
    ("PUT /v3/catalog/products/{product_id}", "base_variant_id: null", "a product with options has none"),
    (
        "POST /v3/catalog/products",
        "is a required property",
        "the variants of a new product are described by the model of an answer, with identifiers that nobody has yet",
    ),
    (
        "PUT /v3/catalog/variants",
        "('sku', 'product_id', 'option_values' were unexpected)",
        "the same operation's text demands them for new variants",
    ),
];

/// Statuses that every call may answer, told in the guide to status codes and not call by call.
const COMMON: [&str; 5] = ["400", "401", "403", "404", "429"];

pub struct Operation {
    pub name: String,
    parameters: Vec<Value>,
    request: Option<Value>,
    answers: BTreeMap<String, Option<Value>>,
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
        for (file, version) in FILES {
            let path = specs.join(format!("bigcommerce/{file}.yml"));
            let Ok(text) = std::fs::read_to_string(&path) else {
                eprintln!("SKIPPED: BigCommerce's document is not at {} (set COUNTERPART_SPECS)", path.display());
                return None;
            };
            let yaml = YamlLoader::load_from_str(&text).unwrap_or_else(|why| panic!("{file}: {why}"));
            all.add(version, &value(&yaml[0]));
        }
        Some(all)
    }

    fn add(&mut self, version: &str, document: &Value) {
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in ["get", "post", "put", "delete"] {
                let Some(operation) = item.get(method) else { continue };
                let name = format!("{} {version}{path}", method.to_uppercase());
                let mut parameters = Vec::new();
                for list in [item.get("parameters"), operation.get("parameters")].into_iter().flatten() {
                    parameters.extend(list.as_array().unwrap().iter().map(|one| {
                        let mut parameter = resolve(document, one).clone();
                        parameter["schema"] = resolve(document, &parameter["schema"]).clone();
                        parameter
                    }));
                }
                let request = operation.get("requestBody").map(|body| resolve(document, body));
                let request = request.and_then(|body| schema(document, &body["content"]));
                let mut answers = BTreeMap::new();
                for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
                    let answer = resolve(document, answer);
                    answers.insert(status.clone(), answer.get("content").and_then(|content| schema(document, content)));
                }
                let parts = format!("{version}{path}").split('/').map(str::to_owned).collect();
                let operation = Operation { name, parameters, request, answers };
                self.operations.push((method.to_uppercase(), parts, operation));
            }
        }
    }

    /// The operation of a path without the store.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
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
            all.find(|(_, known, _)| fits(known, named_only)).map(|(.., operation)| operation)
        };
        of(true).or_else(|| of(false))
    }

    /// Complaints about a query.
    pub fn query(&self, operation: &Operation, query: &[(String, String)]) -> Vec<String> {
        let mut complaints = Vec::new();
        for (name, given) in query {
            let known = operation.parameters.iter().find(|one| one["in"] == "query" && one["name"] == json!(name));
            let Some(known) = known else {
                complaints.push(format!("{name}= is no parameter"));
                continue;
            };
            let schema = &known["schema"];
            let list = name.ends_with(":in") || schema["type"] == "array";
            let allowed = schema["enum"].as_array().or_else(|| schema["items"]["enum"].as_array());
            // `sort=id:asc`: "add `:asc` or `:desc`".
            let pieces: Vec<&str> = if list { given.split(',').collect() } else { vec![given.as_str()] };
            for piece in pieces {
                let bare = piece.trim_end_matches(":asc").trim_end_matches(":desc");
                if allowed.is_some_and(|allowed| !allowed.iter().any(|one| one == bare)) {
                    complaints.push(format!("{name}={piece} is not allowed"));
                }
                let kind = if list {
                    schema["items"]["type"].as_str().or(schema["type"].as_str())
                } else {
                    schema["type"].as_str()
                };
                if matches!(kind, Some("integer" | "number")) && piece.parse::<f64>().is_err() {
                    complaints.push(format!("{name}={piece} is no number"));
                }
            }
        }
        complaints
    }

    pub fn request(&mut self, method: &str, path: &str, body: &Value) -> Vec<String> {
        let operation = self.operation(method, path).unwrap();
        let (name, schema) = (operation.name.clone(), operation.request.clone());
        match schema {
            Some(schema) => self.check(&format!("{name} request"), &schema, body),
            None => vec!["it has no body".to_owned()],
        }
    }

    pub fn answer(&mut self, method: &str, path: &str, status: u16, body: Option<&Value>) -> Vec<String> {
        let operation = self.operation(method, path).unwrap();
        let (name, status) = (operation.name.clone(), status.to_string());
        match (operation.answers.get(&status).cloned(), body) {
            (Some(Some(schema)), Some(body)) => self.check(&format!("{name} {status}"), &schema, body),
            (Some(Some(_)), None) => vec![format!("status {status} without a body")],
            (Some(None), _) => Vec::new(),
            (None, Some(body)) if COMMON.contains(&status.as_str()) => {
                let whole = body["status"].is_u64() && body["title"].is_string() && body["type"].is_string();
                if whole { Vec::new() } else { vec![format!("status {status} in another form")] }
            }
            (None, _) => vec![format!("status {status} is not documented")],
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

/// YAML as JSON; keys are text.
fn value(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Real(raw) => serde_json::from_str(raw).unwrap_or_else(|_| json!(raw)),
        Yaml::Integer(number) => json!(number),
        Yaml::String(text) => json!(text),
        Yaml::Boolean(flag) => json!(flag),
        Yaml::Array(items) => items.iter().map(value).collect(),
        Yaml::Hash(pairs) => {
            let key = |key: &Yaml| match key {
                Yaml::String(text) => text.clone(),
                Yaml::Integer(number) => number.to_string(),
                other => format!("{other:?}"),
            };
            Value::Object(pairs.iter().map(|(name, inner)| (key(name), value(inner))).collect())
        }
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    }
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(place) => document.pointer(&place[1..]).unwrap_or_else(|| panic!("{place} is nowhere")),
        None => value,
    }
}

/// Of the JSON form, strict.
fn schema(document: &Value, content: &Value) -> Option<Value> {
    let kinds = content.as_object()?;
    let (_, media) = kinds.iter().find(|(kind, _)| kind.contains("json"))?;
    media.get("schema").map(|schema| strict(document, schema, 0))
}

/// Without references, parts merged, OpenAPI's `nullable` in terms of JSON Schema, and no fields but those named.
fn strict(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolve(document, schema);
    let Some(fields) = schema.as_object().filter(|_| depth < 14) else { return json!({}) };
    let mut made = Map::new();
    let mut properties = Map::new();
    let mut required = Vec::new();
    for part in fields.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        let part = strict(document, part, depth + 1);
        properties.extend(part["properties"].as_object().cloned().unwrap_or_default());
        required.extend(part["required"].as_array().cloned().unwrap_or_default());
        if let Some(variants) = part.get("oneOf") {
            made.insert("oneOf".into(), variants.clone());
        }
    }
    for (name, inner) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
        properties.insert(name.clone(), strict(document, inner, depth + 1));
    }
    required.extend(fields.get("required").and_then(Value::as_array).cloned().unwrap_or_default());
    let nullable = ["nullable", "x-nullable"].iter().any(|name| fields.get(*name) == Some(&json!(true)));
    for name in ["minLength", "maxLength", "minItems", "maxItems", "pattern"] {
        if let Some(limit) = fields.get(name) {
            made.insert(name.into(), limit.clone());
        }
    }
    if let Some(values) = fields.get("enum").and_then(Value::as_array) {
        let mut values = values.clone();
        if nullable {
            values.push(Value::Null);
        }
        made.insert("enum".into(), Value::Array(values));
    }
    for name in ["oneOf", "anyOf"] {
        if let Some(variants) = fields.get(name).and_then(Value::as_array) {
            // Where one of several fits is enough: numbers fit `number` and `string` never both, objects are strict.
            let variants = variants.iter().map(|one| strict(document, one, depth + 1)).collect();
            made.insert(name.into(), variants);
        }
    }
    if let Some(items) = fields.get("items") {
        made.insert("items".into(), strict(document, items, depth + 1));
    }
    let kind = fields.get("type").cloned().or_else(|| (!properties.is_empty()).then(|| json!("object")));
    if let Some(kind) = kind {
        made.insert("type".into(), if nullable { json!([kind, "null"]) } else { kind });
    }
    if !properties.is_empty() {
        let open = fields.get("additionalProperties") == Some(&json!(true));
        made.insert("additionalProperties".into(), json!(open));
        made.insert("properties".into(), Value::Object(properties));
        if !required.is_empty() {
            made.insert("required".into(), Value::Array(required));
        }
    }
    Value::Object(made)
}
