//! Categories and item options: shared by the whole catalogue, and known to the shop model only as names on products.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::Shop;

use super::identifiers::{category_id, moment, option_id, value_id};

/// Whether a product has its variations by name instead of by options: kept with the product, see `replace.rs`.
pub const PLAIN_VARIATIONS: &str = "plain_variations";

/// An option's values in the order of their first use, by lower-case name, as they are written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OptionLabel {
    pub name: String,
    pub values: Vec<String>,
}

impl OptionLabel {
    pub fn add(&mut self, value: &str) {
        if !value.is_empty() && self.value(&value_id(&self.name, value)).is_none() {
            self.values.push(value.to_owned());
        }
    }

    /// The value with this identifier.
    pub fn value(&self, id: &str) -> Option<&str> {
        self.values.iter().map(String::as_str).find(|value| value_id(&self.name, value) == id)
    }

    /// Grows with each value: what a client last read is out of date when somebody added one.
    pub fn version(&self) -> i64 {
        i64::try_from(self.values.len()).unwrap_or(i64::MAX).saturating_add(1000)
    }
}

/// By identifier.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    pub categories: BTreeMap<String, String>,
    pub options: BTreeMap<String, OptionLabel>,
}

impl Labels {
    pub fn add_category(&mut self, name: &str) {
        if !name.is_empty() {
            self.categories.entry(category_id(name)).or_insert_with(|| name.to_owned());
        }
    }

    pub fn add_option(&mut self, name: &str) -> &mut OptionLabel {
        self.options.entry(option_id(name)).or_insert_with(|| OptionLabel { name: name.to_owned(), values: Vec::new() })
    }

    /// These and all that are on products.
    pub fn with(&self, shop: &Shop) -> Self {
        let mut all = self.clone();
        let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
        for product in shop.products.values() {
            all.add_category(&product.category);
            if product.extra.contains_key(PLAIN_VARIATIONS) {
                continue;
            }
            for (place, option) in product.options.iter().enumerate() {
                for value in product.variants.iter().filter_map(|variant| variant.values.get(place)) {
                    if seen.insert((option, value)) {
                        all.add_option(option).add(value);
                    }
                }
            }
        }
        all
    }
}

/// Labels have no time of their own in the shop model.
const LABELS_MADE_AT: Timestamp = Timestamp(1_704_186_000_000);

pub fn category(id: &str, name: &str) -> Value {
    object("CATEGORY", id, 1, "category_data", json!({"name": name, "is_top_level": true}))
}

pub fn option(id: &str, label: &OptionLabel) -> Value {
    let values: Vec<Value> =
        label.values.iter().enumerate().map(|(place, value)| option_value(label, value, place)).collect();
    let data = json!({"name": label.name, "display_name": label.name, "show_colors": false, "values": values});
    object("ITEM_OPTION", id, label.version(), "item_option_data", data)
}

fn option_value(label: &OptionLabel, value: &str, place: usize) -> Value {
    let data = json!({"item_option_id": option_id(&label.name), "name": value, "ordinal": place});
    object("ITEM_OPTION_VAL", &value_id(&label.name, value), 1, "item_option_value_data", data)
}

fn object(kind: &str, id: &str, version: i64, data_field: &str, data: Value) -> Value {
    json!({
        "type": kind,
        "id": id,
        "updated_at": moment(LABELS_MADE_AT),
        "created_at": moment(LABELS_MADE_AT),
        "version": version,
        "is_deleted": false,
        "present_at_all_locations": true,
        data_field: data,
    })
}
