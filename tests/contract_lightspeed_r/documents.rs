//! What is written of R-Series' forms: the samples of the vendor's documentation, real recorded answers, and the lists of
//! its pages (which relations a thing has, what it can be sorted by, which changes it takes).

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use serde_json::Value;

/// A thing that can be asked for: its methods, sortable fields and relations.
pub type Endpoint = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// Things that can be asked for, each by its page.
pub const ENDPOINTS: &[Endpoint] = &[
    (
        "Item",
        &["GET", "POST", "PUT", "DELETE"],
        &["itemID", "timeStamp", "description"],
        &["Category", "ItemAttributes", "Manufacturer", "Images", "ItemShops", "ItemECommerce"],
    ),
    (
        "ItemMatrix",
        &["GET", "POST", "PUT", "DELETE"],
        &["itemMatrixID", "timeStamp", "description"],
        &["Category", "Manufacturer", "Images", "ItemECommerce"],
    ),
    ("ItemShop", &["GET"], &["itemShopID", "timeStamp"], &[]),
    ("ItemAttributeSet", &["GET", "POST"], &["itemAttributeSetID"], &[]),
    ("Manufacturer", &["GET", "POST"], &["manufacturerID", "timeStamp", "name"], &[]),
    ("Category", &["GET", "POST"], &["categoryID", "timeStamp", "leftNode", "rightNode"], &[]),
    ("Shop", &["GET"], &["shopID", "timeStamp"], &[]),
    ("Sale", &["GET"], &["saleID", "timeStamp", "completeTime", "updatetime"], &["SaleLines", "ShipTo"]),
    ("SaleLine", &["GET"], &["saleLineID", "timeStamp", "saleID"], &[]),
    ("ShipTo", &["GET"], &["shipToID", "timeStamp", "saleID"], &[]),
];

/// What the samples leave out and the pages name, each with its page; and where the two disagree.
const KNOWN_FAULTS: &[(&str, &[&str], &str)] = &[
    ("Item", &["Category", "Manufacturer", "Images", "ItemECommerce"], "Item, Additional Relations"),
    ("ItemMatrix", &["Category", "Manufacturer", "Images", "ItemECommerce"], "ItemMatrix, Additional Relations"),
    (
        "ItemMatrix",
        &["attribute3Values"],
        "tutorial on item matrices: attribute1Values, attribute2Values and/or attribute3Values",
    ),
    (
        "ItemECommerce",
        &[
            "itemECommerceID",
            "longDescription",
            "shortDescription",
            "weight",
            "width",
            "height",
            "length",
            "listOnStore",
        ],
        "Item, itemECommerce Fields",
    ),
    ("Images", &["Image"], "Item, Additional Relations: Images; the singular inside as everywhere"),
    ("Sale", &["ShipTo"], "Sale, Additional Relations"),
    (
        "ShipTo",
        &["shipToID", "shipped", "timeStamp", "shipNote", "firstName", "lastName", "company", "customerID", "saleID"],
        "ShipTo; its sample is not among the stored ones",
    ),
];

/// Parameters of every list (Query Parameters).
const PARAMETERS: [&str; 7] = ["after", "before", "archived", "count", "limit", "load_relations", "sort"];

pub struct Documents {
    /// `Item` → the fields that any sample shows.
    pub fields: BTreeMap<String, BTreeSet<String>>,
    /// File name → what it holds: a sample, or a recording with request and response.
    pub files: BTreeMap<String, Value>,
}

impl Documents {
    pub fn open() -> Option<Self> {
        let root =
            std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
        let folder = root.join("lightspeed-r/examples");
        let mut files = BTreeMap::new();
        for kind in ["docs-v3", "recorded-v2"] {
            for entry in std::fs::read_dir(folder.join(kind)).into_iter().flatten() {
                let path = entry.unwrap().path();
                let name = format!("{kind}/{}", path.file_name().unwrap().to_string_lossy());
                let text = std::fs::read(&path).unwrap();
                files.insert(name.clone(), serde_json::from_slice(&text).unwrap_or_else(|why| panic!("{name}: {why}")));
            }
        }
        if files.is_empty() {
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: R-Series' samples are not at {}; set COUNTERPART_SPECS to the folder of specifications",
                folder.display()
            );
            return None;
        }
        let mut documents = Self { fields: BTreeMap::new(), files };
        let answers: Vec<Value> = documents.answers().map(|(_, answer)| answer.clone()).collect();
        for answer in &answers {
            documents.learn("", answer);
        }
        for (kind, fields, _) in KNOWN_FAULTS {
            let known = documents.fields.entry((*kind).to_owned()).or_default();
            known.extend(fields.iter().map(|field| (*field).to_owned()));
        }
        Some(documents)
    }

    /// Every sample, and every recorded answer that is no error.
    pub fn answers(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.files.iter().filter_map(|(name, file)| match file.get("response") {
            Some(response) => (response["status"] == 200).then_some((name.as_str(), &response["body"])),
            None => Some((name.as_str(), file)),
        })
    }

    /// Recorded refusals: status and body.
    pub fn errors(&self) -> Vec<(u16, Value)> {
        let recorded = self.files.values().filter_map(|file| file.get("response"));
        let status = |response: &Value| u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        recorded
            .filter(|response| response["status"] != 200)
            .map(|response| (status(response), response["body"].clone()))
            .collect()
    }

    fn learn(&mut self, kind: &str, value: &Value) {
        match value {
            Value::Array(all) => all.iter().for_each(|one| self.learn(kind, one)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.fields.entry(kind.to_owned()).or_default().insert(name.clone());
                    self.learn(name, value);
                }
            }
            _ => {}
        }
    }

    /// Complaints about a request's address and parameters.
    pub fn address(&self, method: &str, thing: &str, query: &[(String, String)]) -> Vec<String> {
        let Some((_, methods, sortable, relations)) = ENDPOINTS.iter().find(|(name, ..)| *name == thing) else {
            return vec![format!("{thing} is documented nowhere")];
        };
        let mut complaints = Vec::new();
        if !methods.contains(&method) {
            complaints.push(format!("{method} of {thing}"));
        }
        for (name, value) in query {
            let known = PARAMETERS.contains(&name.as_str()) || self.fields[thing].contains(name);
            if !known {
                complaints.push(format!("{thing} has no field {name}"));
            }
            match name.as_str() {
                "sort" if !sortable.contains(&value.trim_start_matches('-')) => {
                    complaints.push(format!("{thing} cannot be sorted by {value}"));
                }
                "limit" if value.parse::<u32>().unwrap() > 100 => complaints.push(format!("a page of {value}")),
                "archived" if !["true", "false", "only"].contains(&value.as_str()) => {
                    complaints.push(format!("archived={value}"));
                }
                "load_relations" => {
                    let names: Vec<String> = serde_json::from_str(value).unwrap();
                    let unknown = names.iter().filter(|name| !relations.contains(&name.as_str()));
                    complaints.extend(unknown.map(|name| format!("{thing} has no relation {name}")));
                }
                _ => {}
            }
            if let Some(values) = value.strip_prefix("IN,[")
                && values.split(',').count() > 100
            {
                complaints.push(format!("more than a hundred values of {name}"));
            }
        }
        complaints
    }

    /// Complaints about an object of this kind: fields that no sample shows, and what is no string.
    pub fn object(&self, kind: &str, value: &Value, at: &str) -> Vec<String> {
        let mut complaints = Vec::new();
        match value {
            Value::Array(all) => all.iter().for_each(|one| complaints.extend(self.object(kind, one, at))),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let at = format!("{at}.{name}");
                    if !self.fields.get(kind).is_some_and(|known| known.contains(name)) {
                        complaints.push(format!("{at}: {kind} has no such field"));
                    }
                    complaints.extend(self.object(name, value, &at));
                }
            }
            Value::String(_) => {}
            other => complaints.push(format!("{at}: {other} is no string")),
        }
        complaints
    }
}
