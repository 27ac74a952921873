//! Further variations of an item that is there. Pure.

use serde_json::{Map, Value, json};

use crate::domain::{Text, Variant};

use super::super::creation::{self, Labels, same};
use super::super::profile::PROFILE;

/// What stands in the `user_data` of a variation that was added by us and may still lack its first count.
pub const ADDED: &str = "counterpart added";

/// One value for each option of the item, or the variation's name where it has no options.
#[derive(Debug, Clone, PartialEq)]
enum Choice {
    Values(Vec<(String, String)>),
    Name(String),
}

/// The objects that add what lacks; empty if nothing does. `Err`: why it cannot be added.
pub fn additions(item: &Value, variants: &[Variant], labels: &Labels) -> Result<Vec<Value>, String> {
    let data = &item["item_data"];
    let there: Vec<&Value> =
        data["variations"].as_array().into_iter().flatten().filter(|one| one["is_deleted"] != json!(true)).collect();
    let options: Vec<&str> = data["item_options"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["item_option_id"].as_str())
        .collect();
    if options.is_empty() && there.len() < 2 {
        return Err("it has no variants there: make the first one there by hand".to_owned());
    }
    let mut options = Options::of(&options, labels)?;
    let mut known: Vec<Choice> = there.iter().filter_map(|variation| options.chosen(variation)).collect();
    let tracked = there.iter().any(|one| one["item_variation_data"]["track_inventory"] == json!(true));
    let mut added = Vec::new();
    for variant in variants {
        let choice = options.choose(variant)?;
        if known.iter().any(|known| known.is(&choice)) {
            continue;
        }
        added.push(variation(item, variant, &choice, tracked, added.len()));
        known.push(choice);
    }
    if PROFILE.variant_limit.most.is_some_and(|most| there.len() + added.len() > most) {
        return Err(format!("with {} variants it would have more than Square allows", there.len() + added.len()));
    }
    if added.is_empty() {
        return Ok(added);
    }
    Ok(options.changed.into_iter().chain(added).collect())
}

impl Choice {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Values(one), Self::Values(other)) => {
                one.len() == other.len() && one.iter().all(|value| other.contains(value))
            }
            (Self::Name(one), Self::Name(other)) => same(one, other),
            (Self::Values(_), Self::Name(_)) | (Self::Name(_), Self::Values(_)) => false,
        }
    }
}

/// The item's options with their values, and those that got a value more.
struct Options {
    /// Identifier and whole object.
    used: Vec<(String, Value)>,
    changed: Vec<Value>,
}

impl Options {
    fn of(ids: &[&str], labels: &Labels) -> Result<Self, String> {
        let used = ids.iter().map(|id| {
            let object = labels.option_by_id(id).ok_or("an option of the item is not in the catalogue any more")?;
            Ok(((*id).to_owned(), object.clone()))
        });
        Ok(Self { used: used.collect::<Result<_, String>>()?, changed: Vec::new() })
    }

    /// What a variation that is there has chosen.
    fn chosen(&self, variation: &Value) -> Option<Choice> {
        let data = &variation["item_variation_data"];
        if self.used.is_empty() {
            return Some(Choice::Name(data["name"].as_str().unwrap_or_default().to_owned()));
        }
        let values = data["item_option_values"].as_array()?.iter().filter_map(|value| {
            Some((value["item_option_id"].as_str()?.to_owned(), value["item_option_value_id"].as_str()?.to_owned()))
        });
        Some(Choice::Values(values.collect()))
    }

    /// What a new variant chooses; values that lack are added to their options.
    fn choose(&mut self, variant: &Variant) -> Result<Choice, String> {
        if variant.options.is_empty() {
            return Err("a variant without option values cannot be told apart from the others".to_owned());
        }
        if self.used.is_empty() {
            let values: Vec<&str> = variant.options.iter().map(|option| option.value.as_str()).collect();
            return Ok(Choice::Name(values.join(", ")));
        }
        let mut values = Vec::new();
        for (place, (id, object)) in self.used.iter_mut().enumerate() {
            let data = &object["item_option_data"];
            let names = ["display_name", "name"].map(|field| Text::new(data[field].as_str().unwrap_or_default()));
            let chosen = variant.options.iter().find(|option| names.iter().any(|name| same(name, &option.option)));
            let Some(chosen) = chosen else {
                return Err(format!("it is told apart by {} there, and this variant has no such option", names[1]));
            };
            let known = creation::values(object).into_iter().find(|(name, _)| same(name, &chosen.value));
            let value = match known {
                Some((_, value)) => value,
                None => {
                    let number = object["item_option_data"]["values"].as_array().map_or(0, Vec::len);
                    let value = format!("#value-{place}-{number}");
                    creation::add_value(object, id, &value, &chosen.value);
                    self.changed.retain(|known| known["id"] != *id);
                    self.changed.push(object.clone());
                    value
                }
            };
            values.push((id.clone(), value));
        }
        if values.len() != variant.options.len() {
            return Err("it has fewer options there than this variant has values".to_owned());
        }
        Ok(Choice::Values(values))
    }
}

fn variation(item: &Value, variant: &Variant, choice: &Choice, tracked: bool, number: usize) -> Value {
    let mut data = Map::new();
    data.insert("item_id".into(), item["id"].clone());
    let values: Vec<&str> = variant.options.iter().map(|option| option.value.as_str()).collect();
    data.insert("name".into(), json!(values.join(", ")));
    // A barcode that Square would not take is left out; whoever compares the two sides will see it.
    creation::keys_and_price(&mut data, variant, &mut Vec::new());
    data.insert("track_inventory".into(), json!(tracked));
    data.insert("user_data".into(), json!(ADDED));
    if let Choice::Values(values) = choice {
        let values: Vec<Value> = values
            .iter()
            .map(|(option, value)| json!({"item_option_id": option, "item_option_value_id": value}))
            .collect();
        data.insert("item_option_values".into(), json!(values));
    }
    let mut object = json!({
        "type": "ITEM_VARIATION",
        "id": format!("#added-{number}"),
        "item_variation_data": data,
    });
    // Sold where the item is.
    for place in ["present_at_all_locations", "present_at_location_ids", "absent_at_location_ids"] {
        if !item[place].is_null() {
            object[place] = item[place].clone();
        }
    }
    object
}
