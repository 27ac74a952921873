//! A listing of another platform as Square's catalogue objects, for one batch-upsert.
//!
//! Pure. Options and categories are shared by the whole Square catalogue and their names are unique there, so those
//! that exist are used again ([`Labels`]); an option that lacks a value is sent back whole with the value added, since
//! Square replaces objects whole.

use serde_json::{Map, Value, json};

use crate::domain::{Creation, IdempotencyKey, Listing, Structure, Text, Variant};

use super::convert::Surroundings;
use super::wire;

/// The options and categories that the catalogue has, as Square sent them.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// Raw objects: they go back whole.
    options: Vec<Value>,
    categories: Vec<Value>,
}

impl Labels {
    /// Takes in an ITEM_OPTION or CATEGORY, in place of what was known of it; other objects are left alone.
    pub fn take(&mut self, object: &Value) {
        let list = match object["type"].as_str() {
            Some("ITEM_OPTION") => &mut self.options,
            Some("CATEGORY") => &mut self.categories,
            _ => return,
        };
        list.retain(|known| known["id"] != object["id"]);
        list.push(object.clone());
    }

    /// The same as a reader needs it.
    pub fn surroundings(&self) -> Surroundings {
        let mut around = Surroundings::default();
        let raw = self.options.iter().chain(&self.categories).cloned().collect();
        wire::objects(raw).flatten().for_each(|object| around.take(&object));
        around
    }

    /// By either of its names.
    fn option(&self, name: &str) -> Option<&Value> {
        let data = |object: &Value, field: &str| object["item_option_data"][field].as_str().map(Text::new);
        let named = |object: &&Value, field: &str| data(object, field).is_some_and(|known| same(&known, name));
        let by = |field: &'static str| self.options.iter().find(move |object| named(object, field));
        by("name").or_else(|| by("display_name"))
    }

    /// An option as Square sent it.
    pub fn option_by_id(&self, id: &str) -> Option<&Value> {
        self.options.iter().find(|object| object["id"] == id)
    }

    pub fn category(&self, name: &str) -> Option<&str> {
        let found = self
            .categories
            .iter()
            .find(|object| object["category_data"]["name"].as_str().is_some_and(|known| same(&Text::new(known), name)));
        found.and_then(|object| object["id"].as_str())
    }
}

/// Square compares names of options and values without case.
pub fn same(known: &str, name: &str) -> bool {
    known.to_lowercase() == name.to_lowercase()
}

/// What is sent, and what stays behind.
#[derive(Debug)]
pub struct Draft {
    pub objects: Vec<Value>,
    pub notes: Vec<String>,
}

/// Whether the options and categories of the catalogue have to be known to write this.
pub fn needs_labels(source: &Listing) -> bool {
    source.category.is_some() || source.structure.is_variable()
}

/// The temporary identifier of the variant at a position.
pub fn temporary(position: usize) -> String {
    format!("#variation-{position}")
}

/// What stands in the `user_data` of a variation that we made: whose creation it is, and which of its variants.
///
/// Square has no place for a key that could be searched for: `user_data` comes back with every variation but is no
/// searchable attribute (reference, CatalogQuery). So a creation is looked for by name and SKU, and recognised by this.
pub fn mark(creation: &Creation, position: usize) -> String {
    format!("counterpart {} {position}", creation.mark)
}

/// Whether this is the mark of any variant of the creation.
pub fn is_mark(user_data: &str, creation: &Creation) -> bool {
    user_data.strip_prefix(&format!("counterpart {} ", creation.mark)).is_some_and(|rest| rest.parse::<usize>().is_ok())
}

/// The objects of one batch: what is new among category and options first, the item last.
pub fn draft(creation: &Creation, source: &Listing, labels: &Labels) -> Draft {
    let mut objects = Vec::new();
    let mut notes = Vec::new();
    let mut item = Map::new();
    item.insert("name".into(), json!(source.title));
    if !source.description.is_empty() {
        item.insert("description_html".into(), json!(html_escape::encode_text(source.description.as_str())));
    }
    item.insert("product_type".into(), json!("REGULAR"));
    if creation.draft {
        item.insert("is_archived".into(), json!(true));
        notes.push("Square has no draft for the till: it was archived, restore it there when it is ready".to_owned());
    }
    if let Some(category) = &source.category {
        let id = labels.category(category).unwrap_or("#category");
        if id == "#category" {
            objects.push(json!({"type": "CATEGORY", "id": id, "category_data": {"name": category}}));
        }
        item.insert("categories".into(), json!([{"id": id}]));
        item.insert("reporting_category".into(), json!({"id": id}));
    }
    let options = options(source, labels, &mut objects);
    if !options.is_empty() {
        let references: Vec<Value> = options.iter().map(|option| json!({"item_option_id": option.id})).collect();
        item.insert("item_options".into(), json!(references));
    }
    let variations: Vec<Value> = source
        .variants
        .iter()
        .enumerate()
        .map(|(position, variant)| variation(creation, position, variant, &options, &mut notes))
        .collect();
    item.insert("variations".into(), json!(variations));
    objects.push(json!({"type": "ITEM", "id": "#item", "present_at_all_locations": true, "item_data": item}));
    if let Some(brand) = &source.brand {
        notes.push(format!("Square has no field for the brand, {brand} was left out"));
    }
    Draft { objects, notes }
}

/// An option in use, with its values' identifiers.
struct UsedOption {
    id: String,
    values: Vec<(Text, String)>,
}

impl UsedOption {
    fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| same(known, name)).map(|(_, id)| id.as_str())
    }
}

/// The source's options in Square's terms; what lacks is added to `objects`.
fn options(source: &Listing, labels: &Labels, objects: &mut Vec<Value>) -> Vec<UsedOption> {
    let Structure::Variable { options } = &source.structure else { return Vec::new() };
    let mut used = Vec::new();
    for (index, name) in options.iter().enumerate() {
        let mut wanted: Vec<Text> = Vec::new();
        for variant in &source.variants {
            if let Some(option) = variant.options.get(index).filter(|o| !wanted.iter().any(|w| same(w, &o.value))) {
                wanted.push(option.value.clone());
            }
        }
        let known = labels.option(name);
        let fresh = json!({
            "type": "ITEM_OPTION",
            "id": format!("#option-{index}"),
            "item_option_data": {"name": name, "display_name": name, "values": []},
        });
        let mut object = known.cloned().unwrap_or(fresh);
        let id = object["id"].as_str().unwrap_or_default().to_owned();
        let mut option = UsedOption { id: id.clone(), values: values(&object) };
        let mut added = false;
        for (number, value) in wanted.into_iter().enumerate() {
            if option.value(&value).is_some() {
                continue;
            }
            let value_id = format!("#value-{index}-{number}");
            add_value(&mut object, &id, &value_id, &value);
            added = true;
            option.values.push((value, value_id));
        }
        if known.is_none() || added {
            objects.push(object);
        }
        used.push(option);
    }
    used
}

/// Adds a value under a temporary identifier to an option.
pub fn add_value(option: &mut Value, option_id: &str, value_id: &str, name: &Text) {
    let value = json!({
        "type": "ITEM_OPTION_VAL",
        "id": value_id,
        "item_option_value_data": {"item_option_id": option_id, "name": name},
    });
    match option["item_option_data"]["values"].as_array_mut() {
        Some(there) => there.push(value),
        None => option["item_option_data"]["values"] = json!([value]),
    }
}

/// The values of an option: name and identifier.
pub fn values(option: &Value) -> Vec<(Text, String)> {
    let values = option["item_option_data"]["values"].as_array().into_iter().flatten();
    values
        .filter(|value| value["is_deleted"] != json!(true))
        .filter_map(|value| {
            let name = value["item_option_value_data"]["name"].as_str()?;
            Some((Text::new(name), value["id"].as_str()?.to_owned()))
        })
        .collect()
}

fn variation(
    creation: &Creation,
    position: usize,
    variant: &Variant,
    options: &[UsedOption],
    notes: &mut Vec<String>,
) -> Value {
    let mut data = Map::new();
    data.insert("item_id".into(), json!("#item"));
    // Square names a variation with options after its values, by itself; a lone one is called Regular there.
    let name = variant.options.iter().map(|option| option.value.as_str()).collect::<Vec<_>>().join(", ");
    data.insert("name".into(), json!(if name.is_empty() { "Regular" } else { &name }));
    keys_and_price(&mut data, variant, notes);
    // Untracked where the source's count is unknown: unknown is never written.
    let counted = creation.quantities.get(position).copied().flatten().is_some();
    data.insert("track_inventory".into(), json!(counted));
    data.insert("user_data".into(), json!(mark(creation, position)));
    let chosen: Vec<Value> = options
        .iter()
        .zip(&variant.options)
        .filter_map(|(option, choice)| {
            let value = option.value(&choice.value)?;
            Some(json!({"item_option_id": option.id, "item_option_value_id": value}))
        })
        .collect();
    if !chosen.is_empty() {
        data.insert("item_option_values".into(), json!(chosen));
    }
    json!({
        "type": "ITEM_VARIATION",
        "id": temporary(position),
        "present_at_all_locations": true,
        "item_variation_data": data,
    })
}

/// SKU, barcode and price of a new variation.
pub fn keys_and_price(data: &mut Map<String, Value>, variant: &Variant, notes: &mut Vec<String>) {
    if let Some(sku) = &variant.sku {
        data.insert("sku".into(), json!(sku));
    }
    match &variant.barcode {
        Some(barcode) if fits(barcode) => drop(data.insert("upc".into(), json!(barcode))),
        Some(barcode) => notes.push(format!("the barcode {barcode} was left out: Square wants 12 to 14 digits")),
        None => {}
    }
    match variant.price {
        Some(price) => {
            data.insert("pricing_type".into(), json!("FIXED_PRICING"));
            data.insert("price_money".into(), json!({"amount": price.minor, "currency": price.currency.code()}));
        }
        None => {
            data.insert("pricing_type".into(), json!("VARIABLE_PRICING"));
        }
    }
}

/// Whether Square takes it as a barcode; with any other it locks the field in the seller's own screens.
pub fn fits(barcode: &str) -> bool {
    (12..=14).contains(&barcode.len()) && barcode.bytes().all(|digit| digit.is_ascii_digit())
}

/// The whole call: one batch, so all or nothing.
pub fn upsert(key: &IdempotencyKey, objects: &[Value]) -> Value {
    json!({"idempotency_key": key.0, "batches": [{"objects": objects}]})
}

/// A further key for the same intent with another body, which Square would refuse under the first one.
pub fn key_for_body(mark: &IdempotencyKey, objects: &[Value]) -> IdempotencyKey {
    let body = blake3::hash(Value::from(objects.to_vec()).to_string().as_bytes()).to_hex();
    IdempotencyKey(format!("{mark}-{}", body.as_str().get(..12).unwrap_or_default()))
}
