//! A whole object of a request as the product that it makes of the shop.
//!
//! Square replaces objects whole: what is left out is gone. What the shop model has no field for is kept as it was sent,
//! in `extra`, and comes back in every answer.

use serde_json::{Map, Value, json};

use crate::domain::{Status, Timestamp};
use crate::sandbox::{Shop, ShopProduct, ShopVariant};

use super::Fault;
use super::identifiers::{image_place, item_id, location_number, option_id, value_id, variation_number};
use super::labels::{Labels, PLAIN_VARIATIONS};
use super::render::{self, ITEM_DATA, OBJECT, SOLD_OUT, VARIATION_DATA};

const MOST_VARIATIONS: usize = 250;
const MOST_OPTIONS: usize = 6;

/// What a request's objects may refer to: labels that are there or made in the same batch, by any of their identifiers.
pub struct Scope<'a> {
    pub shop: &'a Shop,
    pub labels: Labels,
    /// Temporary identifiers of options, values and categories, and what they become.
    pub temporary: std::collections::HashMap<String, String>,
}

impl Scope<'_> {
    /// The identifier that this one means.
    fn real<'b>(&'b self, id: &'b str) -> &'b str {
        self.temporary.get(id).map_or(id, String::as_str)
    }
}

/// The product that an ITEM object makes. `path` names the object in faults.
pub fn product(
    object: &Value,
    existing: Option<&ShopProduct>,
    scope: &Scope<'_>,
    path: &str,
) -> Result<ShopProduct, Fault> {
    let data = object["item_data"].as_object().ok_or_else(|| Fault::missing(&format!("{path}.item_data")))?;
    let field = |name: &str| format!("{path}.item_data.{name}");
    let title = text(data.get("name"));
    if title.trim().is_empty() {
        return Err(Fault::invalid("VALUE_EMPTY", "The item's name must not be empty.", field("name")));
    }
    if title.chars().count() > 512 {
        return Err(Fault::invalid("VALUE_TOO_LONG", "Field must not be greater than 512 in length.", field("name")));
    }
    let options = options(data, scope, &field("item_options"))?;
    let sent = data.get("variations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if sent.is_empty() || sent.len() > MOST_VARIATIONS {
        let detail =
            format!("An item must have between 1 and {MOST_VARIATIONS} variations, this one has {}.", sent.len());
        return Err(Fault::invalid("INVALID_VALUE", detail, field("variations")));
    }
    let plain = options.is_empty() && sent.len() > 1;
    let mut variants: Vec<ShopVariant> = Vec::new();
    for (position, variation) in sent.iter().enumerate() {
        let path = format!("{}[{position}]", field("variations"));
        let made = variant(variation, existing, &options, scope, &path)?;
        if !options.is_empty() && variants.iter().any(|known| known.values == made.values) {
            let detail = format!("Two variations have the same option values: {}.", made.values.join(", "));
            return Err(Fault::invalid("INVALID_VALUE", detail, path));
        }
        variants.push(made);
    }
    let mut extra = Map::new();
    if plain {
        extra.insert(PLAIN_VARIATIONS.into(), json!(true));
    }
    let description = text(data.get("description_html"));
    let (brand, object_fields) = object_fields(object, "item_data");
    extra.insert(OBJECT.into(), Value::Object(object_fields));
    let known = [
        "name",
        "description",
        "description_html",
        "description_plaintext",
        "categories",
        "category_id",
        "reporting_category",
        "image_ids",
        "item_options",
        "variations",
        "is_archived",
    ];
    extra.insert(ITEM_DATA.into(), Value::Object(without(data, &known)));
    let now = Timestamp::default();
    Ok(ShopProduct {
        number: existing.map_or(0, |product| product.number),
        title,
        description: if description.is_empty() { text(data.get("description")) } else { description },
        brand,
        category: category(data, scope, &field("categories"))?,
        status: if data.get("is_archived") == Some(&json!(true)) { Status::Archived } else { Status::Active },
        options: if plain { vec!["Variation".into()] } else { options.into_iter().map(|(_, name)| name).collect() },
        variants,
        images: images(data, scope.shop, &field("image_ids"))?,
        created_at: existing.map_or(now, |product| product.created_at),
        updated_at: now,
        version: 0,
        extra,
    })
}

/// Identifier and name of the item's options.
fn options(data: &Map<String, Value>, scope: &Scope<'_>, path: &str) -> Result<Vec<(String, String)>, Fault> {
    let references: Vec<&Value> = data.get("item_options").and_then(Value::as_array).into_iter().flatten().collect();
    if references.len() > MOST_OPTIONS {
        return Err(Fault::invalid("ARRAY_LENGTH_TOO_LONG", "At most 6 item options.", path));
    }
    let read = references.into_iter().map(|reference| {
        let id = scope.real(reference["item_option_id"].as_str().unwrap_or_default());
        let label = scope.labels.options.get(id);
        let label =
            label.ok_or_else(|| Fault::invalid("INVALID_VALUE", format!("There is no item option {id}."), path))?;
        Ok((id.to_owned(), label.name.clone()))
    });
    read.collect()
}

fn category(data: &Map<String, Value>, scope: &Scope<'_>, path: &str) -> Result<String, Fault> {
    let first = data.get("categories").and_then(Value::as_array).and_then(|list| list.first());
    let reporting = data.get("reporting_category").and_then(|reference| reference["id"].as_str());
    let Some(id) = reporting.or(first.and_then(|reference| reference["id"].as_str())) else { return Ok(String::new()) };
    let name = scope.labels.categories.get(scope.real(id)).cloned();
    name.ok_or_else(|| Fault::invalid("INVALID_VALUE", format!("There is no category {id}."), path))
}

fn images(data: &Map<String, Value>, shop: &Shop, path: &str) -> Result<Vec<String>, Fault> {
    let ids = data.get("image_ids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    ids.map(|id| {
        let there =
            image_place(id).and_then(|(product, index)| shop.products.get(&product)?.images.get(index).cloned());
        there.ok_or_else(|| Fault::invalid("INVALID_VALUE", format!("There is no image {id}."), path))
    })
    .collect()
}

/// The variant that an ITEM_VARIATION object makes, new or in place of the one of `existing` with its identifier.
pub fn variant(
    object: &Value,
    existing: Option<&ShopProduct>,
    options: &[(String, String)],
    scope: &Scope<'_>,
    path: &str,
) -> Result<ShopVariant, Fault> {
    let data = object["item_variation_data"].as_object();
    let data = data.ok_or_else(|| Fault::missing(&format!("{path}.item_variation_data")))?;
    let field = |name: &str| format!("{path}.item_variation_data.{name}");
    let id = object["id"].as_str().unwrap_or_default();
    let old = match variation_number(id) {
        Some(number) => {
            let there = existing.and_then(|product| product.variants.iter().find(|variant| variant.number == number));
            let there =
                there.ok_or_else(|| Fault::not_found(format!("Catalog object with ID {id} not found."), path))?;
            check_version(object, render::variation_version(there), path)?;
            Some(there)
        }
        None if id.starts_with('#') => None,
        None => return Err(Fault::invalid("INVALID_VALUE", format!("{id} is no identifier of a variation."), path)),
    };
    if let (Some(product), Some(owner)) = (existing, data.get("item_id").and_then(Value::as_str))
        && !owner.starts_with('#')
        && owner != item_id(product.number)
    {
        return Err(Fault::invalid("INVALID_VALUE", "The variation belongs to another item.", field("item_id")));
    }
    let values = if options.is_empty() {
        vec![text(data.get("name"))]
    } else {
        values(data, options, scope, &field("item_option_values"))?
    };
    let (_, object_fields) = object_fields(object, "item_variation_data");
    let mut extra = Map::new();
    extra.insert(OBJECT.into(), Value::Object(object_fields));
    let known = [
        "item_id",
        "name",
        "sku",
        "upc",
        "ordinal",
        "pricing_type",
        "price_money",
        "track_inventory",
        "item_option_values",
        "sellable",
        "stockable",
    ];
    let mut rest = without(data, &known);
    strip_sold_out(&mut rest);
    extra.insert(VARIATION_DATA.into(), Value::Object(rest));
    // "Attempts by an application to set this attribute are ignored."
    if let Some(sold_out) = old.and_then(|old| old.extra.get(SOLD_OUT)) {
        extra.insert(SOLD_OUT.into(), sold_out.clone());
    }
    let user_data = text(data.get("user_data"));
    if user_data.chars().count() > 255 {
        return Err(Fault::invalid(
            "VALUE_TOO_LONG",
            "Field must not be greater than 255 in length.",
            field("user_data"),
        ));
    }
    Ok(ShopVariant {
        number: old.map_or(0, |old| old.number),
        values,
        sku: text(data.get("sku")),
        barcode: text(data.get("upc")),
        price: price(data, scope.shop, &field("price_money"))?,
        tracked: data.get("track_inventory") == Some(&json!(true)),
        levels: old.map(|old| old.levels.clone()).unwrap_or_default(),
        updated_at: old.map(|old| old.updated_at).unwrap_or_default(),
        stock_updated_at: old.map(|old| old.stock_updated_at).unwrap_or_default(),
        extra,
    })
}

/// "The version supplied must match the version in the database, otherwise the write will be rejected."
pub fn check_version(object: &Value, version: i64, path: &str) -> Result<(), Fault> {
    if object["version"].as_i64() == Some(version) {
        return Ok(());
    }
    let detail = "Object version does not match latest database version.";
    Err(Fault::invalid("VERSION_MISMATCH", detail, format!("{path}.version")))
}

fn values(
    data: &Map<String, Value>,
    options: &[(String, String)],
    scope: &Scope<'_>,
    path: &str,
) -> Result<Vec<String>, Fault> {
    let chosen: Vec<&Value> = data.get("item_option_values").and_then(Value::as_array).into_iter().flatten().collect();
    let read = options.iter().map(|(option, name)| {
        let reference = chosen
            .iter()
            .find(|reference| scope.real(reference["item_option_id"].as_str().unwrap_or_default()) == option);
        let id = reference.and_then(|reference| reference["item_option_value_id"].as_str());
        let id = id.ok_or_else(|| Fault::invalid("INVALID_VALUE", format!("No value for the option {name}."), path))?;
        let label = scope.labels.options.get(&option_id(name));
        let value = label.and_then(|label| label.value(scope.real(id)));
        let value = value
            .ok_or_else(|| Fault::invalid("INVALID_VALUE", format!("{id} is no value of the option {name}."), path))?;
        debug_assert_eq!(value_id(name, value), scope.real(id));
        Ok(value.to_owned())
    });
    read.collect()
}

fn price(data: &Map<String, Value>, shop: &Shop, path: &str) -> Result<Option<i64>, Fault> {
    if data.get("pricing_type") == Some(&json!("VARIABLE_PRICING")) {
        return Ok(None);
    }
    let money = data.get("price_money").unwrap_or(&Value::Null);
    let amount = money["amount"].as_i64().filter(|amount| *amount >= 0);
    let amount = amount.ok_or_else(|| Fault::invalid("INVALID_VALUE", "A fixed price needs an amount.", path))?;
    if money["currency"].as_str() != Some(shop.currency.code()) {
        let detail = format!("The currency must be {}.", shop.currency.code());
        return Err(Fault::invalid("INVALID_VALUE", detail, format!("{path}.currency")));
    }
    Ok(Some(amount))
}

/// The brand among the custom attributes, and the fields of the wrapper that are kept as they are.
fn object_fields(object: &Value, data: &str) -> (String, Map<String, Value>) {
    let empty = Map::new();
    let known = ["type", "id", "version", "updated_at", "created_at", "is_deleted", data];
    let mut fields = without(object.as_object().unwrap_or(&empty), &known);
    let mut brand = String::new();
    if let Some(attributes) = fields.get_mut("custom_attribute_values").and_then(Value::as_object_mut) {
        brand = text(attributes.remove("brand").as_ref().map(|attribute| &attribute["string_value"]));
    }
    (brand, fields)
}

fn strip_sold_out(data: &mut Map<String, Value>) {
    let Some(overrides) = data.get_mut("location_overrides").and_then(Value::as_array_mut) else { return };
    for entry in overrides.iter_mut().filter_map(Value::as_object_mut) {
        entry.remove("sold_out");
        entry.remove("sold_out_valid_until");
    }
    overrides.retain(|entry| entry.as_object().is_some_and(|entry| entry.len() > 1));
    if overrides.is_empty() {
        data.remove("location_overrides");
    }
}

fn without(fields: &Map<String, Value>, known: &[&str]) -> Map<String, Value> {
    let unknown = fields.iter().filter(|(name, value)| !known.contains(&name.as_str()) && !value.is_null());
    unknown.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The locations of a request: identifiers to numbers; `None` where all are meant.
pub fn locations(list: &Value, shop: &Shop, path: &str) -> Result<Option<Vec<u64>>, Fault> {
    let Some(ids) = list.as_array().filter(|ids| !ids.is_empty()) else { return Ok(None) };
    let numbers = ids.iter().filter_map(Value::as_str).map(|id| {
        let number = location_number(id).filter(|number| shop.locations.iter().any(|known| known.number == *number));
        number.ok_or_else(|| Fault::not_found(format!("Location {id} not found."), path))
    });
    numbers.collect::<Result<_, _>>().map(Some)
}
