//! The two documents, made stricter than they are: a field that they do not name is an error, unless it stands in
//! [`KNOWN_FAULTS`].
//!
//! The vendor's document is of API 2.0, which 2026-07 goes on with for products, outlets, the retailer, brands,
//! categories, attributes and the search. An excerpt of 2026-07 has the calls for stock and the update of products. The
//! sales of 2026-07 are in neither: their form is written down here.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

/// Where 2026-07, or the documents' own examples, differ from the schemas: schema, property, why. An empty property
/// stands for the whole schema.
const KNOWN_FAULTS: &[(&str, &str, &str)] = &[
    ("Product", "is_active", "in the document's own examples, and not in its schema"),
    ("Product", "family_id", "since 2026"),
    ("Product", "skuImages", "since 2026"),
    ("Product", "packaging", "since 2026"),
    ("Product", "customizations", "since 2026"),
    ("Product", "product_category", "since 2026; product_type_id is its older name"),
    ("VariantOption", "id", "in the document's own examples, and not in its schema"),
    ("ImageSample", "sizes", "in the document's own examples, and not in its schema"),
    ("ProductCode", "id", "since 2026 in answers"),
    ("Inventory", "version", "in the document's own examples, and not in its schema"),
    ("Sale", "receipt_number", "in the document's own examples, and not in its schema"),
];

/// `POST /products` is said to answer objects, and answers identifiers (its own example).
const IDENTIFIERS: &str = "/paths/~1products/post/responses/200/content/application~1json/schema/properties/data/items";

pub struct Document {
    root: Value,
}

/// Both; `None`, and a loud word, where they are not at hand.
pub fn documents() -> Option<(Document, Document, Value)> {
    let specs = std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
    let read = |name: &str| {
        let path = specs.join("lightspeed-x").join(name);
        let Ok(text) = std::fs::read_to_string(&path) else {
            // Past the test harness, which would swallow what a macro prints.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: {} is not there; set COUNTERPART_SPECS to the folder of specifications",
                path.display()
            );
            return None;
        };
        Some(serde_json::from_str::<Value>(&text).unwrap())
    };
    let mut old = read("api-2.0.openapi.json")?;
    let new = read("2026-07-excerpt.transcribed.openapi.json")?;
    let collection = read("x-series.postman_collection.json")?;
    for (schema, property, _) in KNOWN_FAULTS {
        let known = &mut old["components"]["schemas"][*schema]["properties"];
        assert!(known.is_object() && known.get(*property).is_none(), "{schema}.{property} is no difference any more");
        known[*property] = json!({});
    }
    // Null for an empty list ("or null when the result set is empty", 2026-07).
    for end in ["min", "max"] {
        old["components"]["schemas"]["Version"]["properties"][end]["nullable"] = json!(true);
    }
    *old.pointer_mut(IDENTIFIERS).unwrap() = json!({"type": "string"});
    Some((Document::of(old), Document::of(new), collection))
}

impl Document {
    fn of(mut root: Value) -> Self {
        strict(&mut root);
        Self { root }
    }

    pub fn has(&self, method: &str, path: &str) -> bool {
        self.operation(method, path).is_object()
    }

    fn operation(&self, method: &str, path: &str) -> &Value {
        &self.root["paths"][path][method.to_ascii_lowercase()]
    }

    /// What is wrong with the parameters in the query.
    pub fn wrong_query(&self, method: &str, path: &str, query: &[(String, String)]) -> Vec<String> {
        let known = self.operation(method, path)["parameters"].as_array().cloned().unwrap_or_default();
        let named = |name: &str| known.iter().find(|known| known["in"] == "query" && known["name"] == *name);
        query
            .iter()
            .filter_map(|(name, value)| match named(name) {
                None => Some(format!("{name} is no parameter")),
                Some(known) if known["schema"]["type"] == "integer" && value.parse::<i64>().is_err() => {
                    Some(format!("{name}={value} is no whole number"))
                }
                Some(_) => None,
            })
            .collect()
    }

    pub fn wrong_request(&self, method: &str, path: &str, body: &Value) -> Vec<String> {
        self.complaints(&self.operation(method, path)["requestBody"]["content"]["application/json"]["schema"], body)
    }

    /// `None`: that status is not documented there.
    pub fn wrong_answer(&self, method: &str, path: &str, status: u16, body: &Value) -> Option<Vec<String>> {
        let documented = &self.operation(method, path)["responses"][status.to_string()];
        documented.is_object().then(|| self.complaints(&documented["content"]["application/json"]["schema"], body))
    }

    fn complaints(&self, schema: &Value, value: &Value) -> Vec<String> {
        if schema.is_null() {
            return Vec::new();
        }
        let mut root = schema.clone();
        root["components"] = self.root["components"].clone();
        let validator = jsonschema::validator_for(&root).unwrap_or_else(|why| panic!("{why}"));
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }
}

/// OpenAPI's `nullable` in terms of JSON Schema, no examples, no unknown fields where any are named.
fn strict(schema: &mut Value) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(strict),
        Value::Object(fields) => {
            for name in ["example", "examples", "x-examples"] {
                fields.remove(name);
            }
            if fields.get("nullable") == Some(&json!(true))
                && let Some(kind) = fields.get("type").filter(|kind| kind.is_string()).cloned()
            {
                fields.insert("type".into(), json!([kind, "null"]));
            }
            let names_fields = fields.get("properties").and_then(Value::as_object).is_some_and(|all| !all.is_empty());
            if names_fields && fields.get("type").is_some() {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
            fields.values_mut().for_each(strict);
        }
        _ => {}
    }
}

/// The sale of 2026-07: the vendor's published list of its fields.
pub fn sale() -> Value {
    let text = json!({"type": "string"});
    let number = json!({"type": "number"});
    let flag = json!({"type": "boolean"});
    let texts = json!({"type": "array", "items": text});
    let any = json!({});
    let object = |fields: Value| json!({"type": "object", "properties": fields, "additionalProperties": false});
    let line = object(json!({
        "id": text, "product": object(json!({"id": text})), "quantity": number, "status": text, "note": text,
        "pricing": object(json!({"price": number, "cost": number, "discount": number, "total": number})),
        "tax": object(json!({"id": text, "amount": number, "total": number})),
        "return": object(json!({"is_return": flag, "reason": text})),
        "_metadata": object(json!({"sequence": {"type": "integer"}, "is_price_override": flag})),
    }));
    object(json!({
        "id": text, "invoice_number": text, "receipt_number": text, "note": text, "date": text, "created_at": text,
        "updated_at": text, "deleted_at": text, "customer_id": text, "short_code": text,
        "state": {"enum": ["parked", "pending", "voided", "closed"]},
        "attributes": texts,
        "return": object(json!({"is_return": flag, "original_sale_id": text, "return_sale_ids": texts})),
        "source": object(json!({"outlet_id": text, "register_id": text, "author": object(json!({"id": text})), "id": text, "type": text})),
        "totals": object(json!({"price": number, "price_incl_tax": number, "tax": number, "loyalty": number, "surcharge": number})),
        "line_items": {"type": "array", "items": line},
        "payments": {"type": "array"}, "taxes": {"type": "array"}, "adjustments": {"type": "array"},
        "ecom_custom_charges": any, "external_applications": any,
        "_metadata": object(json!({"version": {"type": "integer"}})),
    }))
}
