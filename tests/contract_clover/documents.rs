//! What is known of Clover's forms: the fields of its own SDK, a description of some endpoints that somebody drew from
//! its reference, and the samples of its guides.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use serde_json::Value;

/// Known faults of these documents, and what both sides leave them for, each with its reason.
const KNOWN_FAULTS: &[(&str, &str)] = &[
    ("field href", "in the samples of orders and of lists, and not in the SDK"),
    ("parameter limit of orders", "the guide on paging names it for every list; missing in the description"),
    ("parameter offset of orders", "as limit"),
    ("parameter limit of line_items", "as limit"),
    ("parameter offset of line_items", "as limit"),
    ("filter deleted of items", "named among the fields; that it takes true is not said"),
    ("kind of Item.itemStock", "the description says object; the SDK knows its fields"),
];

/// Endpoints that the description lacks, each with the page that documents it.
pub const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("GET", "", "reference: getMerchant"),
    ("GET", "/properties", "guide: managing items and item groups (trackStock, updateStock)"),
    ("POST", "/items/{}", "reference: inventoryUpdateItem; observed to be a true partial update"),
    ("GET", "/item_stocks", "guide: querying inventory; observed"),
    ("POST", "/item_stocks/{}", "guide: querying inventory, sample item_stock.post"),
    ("GET", "/item_groups", "reference: inventoryGetItemGroups"),
    ("GET", "/item_groups/{}", "reference: inventoryGetItemGroup"),
    ("POST", "/item_groups", "guide: managing items and item groups, sample item_group.create"),
    ("POST", "/item_groups/{}", "reference: inventoryUpdateItemGroup"),
    ("DELETE", "/item_groups/{}", "reference: inventoryDeleteItemGroup"),
    ("GET", "/attributes", "reference: inventoryGetAttributes"),
    ("POST", "/attributes", "guide: managing items and item groups, sample attribute.create"),
    ("GET", "/attributes/{}/options", "reference: inventoryGetOptions"),
    ("POST", "/attributes/{}/options", "guide: managing items and item groups, sample option.create"),
    ("POST", "/option_items", "guide: managing items and item groups, sample option_items"),
    ("POST", "/category_items", "guide: object associations, sample category_items"),
    ("GET", "/refunds", "reference: paymentsGetRefunds; observed"),
];

/// Filters of lists that the description lacks.
const FILTERS: &[(&str, &str)] = &[("/refunds", "createdTime")];

pub struct Documents {
    /// `inventory/Item` → field → {java_type, max_len}
    pub fields: BTreeMap<String, BTreeMap<String, Value>>,
    /// `GET /items` → parameter → its words.
    endpoints: BTreeMap<String, BTreeMap<String, String>>,
    /// `Item` → `priceType` → its values.
    values: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    pub folder: PathBuf,
}

impl Documents {
    pub fn open() -> Option<Self> {
        let root =
            std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
        let folder = root.join("clover");
        let Ok(fields) = std::fs::read(folder.join("clover-sdk-v3-fields.json")) else {
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: Clover's documents are not at {}; set COUNTERPART_SPECS to the folder of specifications",
                folder.display()
            );
            return None;
        };
        let text = std::fs::read_to_string(folder.join("UNOFFICIAL-clover-platform-rest-api.openapi.yml")).unwrap();
        let (endpoints, values) = outline(&text);
        Some(Self { fields: serde_json::from_slice(&fields).unwrap(), endpoints, values, folder })
    }

    pub fn sample(&self, name: &str) -> Value {
        let path = self.folder.join("examples").join(name);
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    /// Complaints about a request's address and parameters.
    pub fn address(&self, method: &str, path: &str, query: &[(String, String)]) -> Vec<String> {
        let pattern = pattern(path);
        let described = self.endpoints.get(&format!("{method} {pattern}"));
        let elsewhere = ELSEWHERE.iter().any(|(known, other, _)| *known == method && *other == pattern);
        if described.is_none() && !elsewhere {
            return vec![format!("{method} {pattern} is documented nowhere")];
        }
        let last = pattern.rsplit('/').next().unwrap_or_default().to_owned();
        let mut complaints = Vec::new();
        for (name, value) in query {
            let words = described.and_then(|parameters| parameters.get(name));
            let known = words.is_some() || elsewhere || gap(&format!("parameter {name} of {last}"));
            if !known {
                complaints.push(format!("{method} {pattern} has no parameter {name}"));
            }
            let listed = words.map(|words| bracketed(words)).unwrap_or_default();
            match name.as_str() {
                "filter" => {
                    let field = value.split(['=', '>', '<', '!']).next().unwrap_or_default();
                    let of_ours = FILTERS.iter().any(|(of, known)| *of == pattern && *known == field);
                    if !of_ours && !listed.iter().any(|known| known == field) {
                        complaints.push(format!("{method} {pattern} cannot be filtered by {field}"));
                    }
                }
                "expand" => {
                    let names: Vec<&str> = value.split(',').collect();
                    if names.len() > 3 {
                        complaints.push(format!("{value}: more than three are expanded"));
                    }
                    let unknown = names.iter().filter(|name| !listed.iter().any(|known| known == *name));
                    complaints.extend(unknown.map(|name| format!("{method} {pattern} cannot expand {name}")));
                }
                "limit" if value.parse::<u32>().unwrap() > 1000 => complaints.push(format!("a page of {value}")),
                _ => {}
            }
        }
        complaints
    }

    /// Complaints about an object of this kind: a field that is not known, of another type, or too long.
    pub fn object(&self, kind: &str, value: &Value, at: &str) -> Vec<String> {
        let Some(object) = value.as_object() else { return vec![format!("{at}: no object")] };
        let fields = &self.fields[kind];
        let short = kind.rsplit('/').next().unwrap_or_default();
        let mut complaints = Vec::new();
        for (name, value) in object {
            let at = format!("{at}.{name}");
            let Some(field) = fields.get(name) else {
                if !gap(&format!("field {name}")) {
                    complaints.push(format!("{at}: {short} has no such field"));
                }
                continue;
            };
            let declared = field["java_type"].as_str().unwrap_or("Object");
            complaints.extend(self.value(declared, value, &at));
            if let (Some(most), Some(text)) = (field["max_len"].as_u64(), value.as_str())
                && text.chars().count() as u64 > most
            {
                complaints.push(format!("{at}: longer than {most}"));
            }
            let values = self.values.get(short).and_then(|fields| fields.get(name));
            if let (Some(values), Some(text)) = (values, value.as_str())
                && !values.iter().any(|known| known == text)
            {
                complaints.push(format!("{at}: {text} is none of {values:?}"));
            }
        }
        complaints
    }

    fn value(&self, declared: &str, value: &Value, at: &str) -> Vec<String> {
        if let Some(inner) = declared.strip_prefix("List<").and_then(|rest| rest.strip_suffix('>')) {
            let Some(elements) = value["elements"].as_array() else { return vec![format!("{at}: no list")] };
            let each = elements.iter().enumerate();
            return each.flat_map(|(place, one)| self.value(inner, one, &format!("{at}[{place}]"))).collect();
        }
        let fits = match declared {
            "String" => value.is_string(),
            "Boolean" => value.is_boolean(),
            "Long" | "Integer" => value.is_i64(),
            "Double" => value.is_number(),
            "Reference" => value["id"].as_str().is_some_and(|id| id.len() == 13),
            // Enumerations.
            "PriceType" | "PaymentState" | "RefundStatus" => value.is_string(),
            other => {
                let known = self.fields.keys().find(|kind| kind.rsplit('/').next() == Some(other));
                return match known {
                    Some(kind) => self.object(kind, value, at),
                    None if value.is_object() => Vec::new(),
                    None => vec![format!("{at}: no {other}")],
                };
            }
        };
        if fits { Vec::new() } else { vec![format!("{at}: {value} is no {declared}")] }
    }
}

fn gap(what: &str) -> bool {
    KNOWN_FAULTS.iter().any(|(known, _)| *known == what)
}

/// `/orders/R000000000001/line_items` → `/orders/{}/line_items`; identifiers have thirteen places.
pub fn pattern(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.len() {
        13 if part.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()) => "{}",
        _ => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The names in `…: [tags, categories, itemStock]` up to the first closing bracket.
fn bracketed(words: &str) -> Vec<String> {
    let inner = words.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(inner, _)| inner);
    inner.unwrap_or_default().split(',').map(|name| name.trim().to_owned()).collect()
}

type Endpoints = BTreeMap<String, BTreeMap<String, String>>;
type Values = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Endpoints with their parameters, and the values of enumerations, out of a file that a machine has indented.
fn outline(text: &str) -> (Endpoints, Values) {
    let (mut endpoints, mut values) = (Endpoints::new(), Values::new());
    let (mut path, mut method, mut parameter) = (String::new(), String::new(), String::new());
    let (mut schema, mut property, mut in_schemas) = (String::new(), String::new(), false);
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim();
        if indent == 2 {
            in_schemas = line == "schemas:";
            path = line.strip_prefix("/v3/merchants/{mId}").unwrap_or_default().trim_end_matches(':').to_owned();
            for name in ["{itemId}", "{orderId}", "{catId}", "{payId}", "{empId}", "{customerId}"] {
                path = path.replace(name, "{}");
            }
        } else if in_schemas {
            match indent {
                4 => schema = line.trim_end_matches(':').to_owned(),
                8 => property = line.trim_end_matches(':').to_owned(),
                10 if line.starts_with("- ") => {
                    let of = values.entry(schema.clone()).or_default().entry(property.clone()).or_default();
                    of.push(line.trim_start_matches("- ").to_owned());
                }
                _ => {}
            }
        } else if indent == 4 && line.ends_with(':') {
            method = line.trim_end_matches(':').to_uppercase();
            endpoints.entry(format!("{method} {path}")).or_default();
        } else if let (6, Some(name)) = (indent, line.strip_prefix("- name: ")) {
            parameter = name.to_owned();
            endpoints.entry(format!("{method} {path}")).or_default().insert(parameter.clone(), String::new());
        } else if let (8, Some(words)) = (indent, line.strip_prefix("description: ")) {
            let of = endpoints.entry(format!("{method} {path}")).or_default();
            if let Some(known) = of.get_mut(&parameter) {
                *known = words.to_owned();
            }
        }
    }
    (endpoints, values)
}
