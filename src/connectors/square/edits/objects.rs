//! Changed fields in Square's own objects. Pure.
//!
//! Square replaces objects whole, so a change is made in the object as Square sent it: every field that we do not know
//! goes back as it came. What needs no change is not sent; where only variations change, the item stays at home.

use serde_json::{Map, Value, json};

use crate::domain::{Field, FieldChange, FieldValue, Money, Status, Text, plain};

use super::super::creation::{self, Labels};

/// `item_data.name`
const TITLE_MOST: usize = 512;

/// What has to be sent, and what becomes of each change once it is.
#[derive(Debug, Default)]
pub struct Edited {
    pub objects: Vec<Value>,
    /// One for each change; `Err` with the reason why Square cannot hold it.
    pub outcomes: Vec<Result<(), Why>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// There is no such variation (any more).
    Gone(String),
    Refused(String),
}

/// Makes the changes in a copy of the item. `main`: the location whose own price counts.
pub fn edit(item: &Value, changes: &[&FieldChange], main: Option<&str>, labels: &Labels) -> Edited {
    let mut edited = item.clone();
    let mut objects = Vec::new();
    let outcomes = changes.iter().map(|change| set(&mut edited, change, main, labels, &mut objects)).collect();
    objects.extend(changed_parts(item, edited));
    Edited { objects, outcomes }
}

/// The item if anything of its own changed, else the variations that did.
fn changed_parts(before: &Value, mut after: Value) -> Vec<Value> {
    if *before == after {
        return Vec::new();
    }
    let variations = |item: &Value| item["item_data"]["variations"].as_array().cloned().unwrap_or_default();
    let (old, new) = (variations(before), variations(&after));
    let mut own = before.clone();
    own["item_data"]["variations"] = Value::Null;
    after["item_data"]["variations"] = Value::Null;
    if own == after {
        return new.into_iter().zip(old).filter(|(new, old)| new != old).map(|(new, _)| new).collect();
    }
    after["item_data"]["variations"] = Value::Array(new);
    vec![after]
}

fn set(
    item: &mut Value,
    change: &FieldChange,
    main: Option<&str>,
    labels: &Labels,
    objects: &mut Vec<Value>,
) -> Result<(), Why> {
    let refused = |why: &str| Err(Why::Refused(why.to_owned()));
    match (&change.field, &change.to) {
        (Field::Title, to) => {
            let title = text(to).map(Text::as_str).unwrap_or_default();
            match title.chars().count() {
                0 => refused("an item needs a title"),
                count if count > TITLE_MOST => refused("a title has at most 512 characters there"),
                _ => {
                    put(data(item)?, "name", Some(json!(title)));
                    Ok(())
                }
            }
        }
        (Field::Description, to) => {
            let data = data(item)?;
            let wanted = text(to).cloned().unwrap_or_default();
            // Markup that reads like this stays.
            if description(data) == wanted {
                return Ok(());
            }
            let html = (!wanted.is_empty()).then(|| json!(html_escape::encode_text(wanted.as_str())));
            put(data, "description_html", html);
            // Both follow from the other.
            put(data, "description", None);
            put(data, "description_plaintext", None);
            Ok(())
        }
        (Field::Category, to) => set_category(data(item)?, text(to), labels, objects),
        (Field::Active, FieldValue::Status(status)) => {
            let (data, archived) = (data(item)?, *status != Status::Active);
            if (data.get("is_archived") == Some(&json!(true))) != archived {
                put(data, "is_archived", Some(json!(archived)));
            }
            Ok(())
        }
        (Field::Sku, to) => {
            let sku = text(to).map(|sku| json!(sku));
            put(variation(item, change)?, "sku", sku);
            Ok(())
        }
        (Field::Barcode, to) => match text(to) {
            Some(barcode) if !creation::fits(barcode) => {
                Err(Why::Refused(format!("a barcode has 12 to 14 digits there, {barcode} would lock the field")))
            }
            barcode => {
                put(variation(item, change)?, "upc", barcode.map(|barcode| json!(barcode)));
                Ok(())
            }
        },
        (Field::Price, FieldValue::Money(price)) => set_price(variation(item, change)?, *price, main),
        (field, _) => Err(Why::Refused(format!("{} is nothing that can be written there so", field.label()))),
    }
}

/// The text of a field that is not blank.
fn text(value: &FieldValue) -> Option<&Text> {
    match value {
        FieldValue::Text(text) | FieldValue::Maybe(Some(text)) => Some(text).filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// As `convert.rs` reads it.
fn description(data: &Map<String, Value>) -> Text {
    let text = |field: &str| data.get(field).and_then(Value::as_str);
    let html = || text("description_html").map(plain);
    text("description_plaintext")
        .map(Text::new)
        .or_else(html)
        .or_else(|| text("description").map(Text::new))
        .unwrap_or_default()
}

fn data(item: &mut Value) -> Result<&mut Map<String, Value>, Why> {
    item["item_data"].as_object_mut().ok_or_else(|| Why::Refused("Square sent the item without its data".to_owned()))
}

fn variation<'a>(item: &'a mut Value, change: &FieldChange) -> Result<&'a mut Map<String, Value>, Why> {
    let id = change.variant.as_ref().map(|id| id.as_str()).unwrap_or_default();
    let variations = item["item_data"]["variations"].as_array_mut();
    let found = variations.into_iter().flatten().find(|variation| variation["id"] == id);
    let data = found.and_then(|variation| variation["item_variation_data"].as_object_mut());
    data.ok_or_else(|| Why::Gone(format!("variation {id} of this item any more")))
}

/// Sets a field or takes it out.
fn put(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(fields.insert(name.to_owned(), value)),
        None => drop(fields.remove(name)),
    }
}

/// Where the main location has a price of its own, that one is shown and so that one is set.
fn set_price(data: &mut Map<String, Value>, price: Option<Money>, main: Option<&str>) -> Result<(), Why> {
    let known = data.get("price_money").and_then(|money| money["currency"].as_str()).map(str::to_owned);
    if let (Some(price), Some(known)) = (price, &known)
        && price.currency.code() != known
    {
        return Err(Why::Refused(format!("prices there are in {known}, this one is {price}")));
    }
    if price.is_some_and(|price| price.minor < 0) {
        return Err(Why::Refused("a price cannot be below zero".to_owned()));
    }
    let overrides = data.get_mut("location_overrides").and_then(Value::as_array_mut).into_iter().flatten();
    let own = overrides.filter_map(Value::as_object_mut).find(|here| {
        let here_priced = here.contains_key("price_money") || here.contains_key("pricing_type");
        here_priced && here.get("location_id").and_then(Value::as_str) == main && main.is_some()
    });
    match own {
        Some(own) => write_price(own, price),
        None => write_price(data, price),
    }
    Ok(())
}

fn write_price(fields: &mut Map<String, Value>, price: Option<Money>) {
    let kind = if price.is_some() { "FIXED_PRICING" } else { "VARIABLE_PRICING" };
    put(fields, "pricing_type", Some(json!(kind)));
    let money = price.map(|price| json!({"amount": price.minor, "currency": price.currency.code()}));
    put(fields, "price_money", money);
}

/// The category that stands for the item takes the place of the one that did; its other categories stay.
fn set_category(
    data: &mut Map<String, Value>,
    category: Option<&Text>,
    labels: &Labels,
    objects: &mut Vec<Value>,
) -> Result<(), Why> {
    let Some(name) = category else {
        // Any that is left would stand for the item.
        for field in ["reporting_category", "categories", "category_id"] {
            put(data, field, None);
        }
        return Ok(());
    };
    let known = labels.category(name).map(str::to_owned);
    let id = known.clone().unwrap_or_else(|| "#category".to_owned());
    let listed: Vec<Value> = data.get("categories").and_then(Value::as_array).cloned().unwrap_or_default();
    let reported = data.get("reporting_category").map(|category| category["id"].clone());
    let standing = reported.filter(|id| !id.is_null()).or_else(|| listed.first().map(|first| first["id"].clone()));
    let standing = standing.or_else(|| data.get("category_id").cloned());
    if standing == Some(json!(id)) {
        return Ok(());
    }
    if known.is_none() {
        objects.push(json!({"type": "CATEGORY", "id": id, "category_data": {"name": name}}));
    }
    let others = listed.into_iter().filter(|other| Some(&other["id"]) != standing.as_ref() && other["id"] != json!(id));
    let categories: Vec<Value> = [json!({"id": id})].into_iter().chain(others).collect();
    put(data, "categories", Some(json!(categories)));
    put(data, "reporting_category", Some(json!({"id": id})));
    put(data, "category_id", None);
    Ok(())
}

/// The item as archived; nothing if it is so already.
pub fn archived(item: &Value) -> Option<Value> {
    if item["item_data"]["is_archived"] == json!(true) {
        return None;
    }
    let mut item = item.clone();
    data(&mut item).ok()?.insert("is_archived".to_owned(), json!(true));
    Some(item)
}
