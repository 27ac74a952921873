//! Products of the shop model as Square's catalogue objects.

use serde_json::{Map, Value, json};

use crate::domain::{Quantity, Status, Timestamp, plain};
use crate::sandbox::{Shop, ShopProduct, ShopVariant};

use super::identifiers::{category_id, image_id, item_id, location_id, moment, option_id, value_id, variation_id};
use super::labels::PLAIN_VARIATIONS;

/// Where `extra` keeps the fields that the model does not know, by the part of the object that they stand in.
pub const OBJECT: &str = "object";
pub const ITEM_DATA: &str = "item_data";
pub const VARIATION_DATA: &str = "item_variation_data";
/// Locations (by identifier) where the seller marked a variation sold out by hand.
pub const SOLD_OUT: &str = "sold_out";

pub fn item(shop: &Shop, product: &ShopProduct) -> Value {
    let plaintext = plain(&product.description);
    let mut data = Map::new();
    data.insert("name".into(), json!(product.title));
    if !product.description.is_empty() {
        data.insert("description".into(), json!(plaintext.chars().take(4096).collect::<String>()));
        data.insert("description_html".into(), json!(product.description));
        data.insert("description_plaintext".into(), json!(plaintext));
    }
    data.insert("product_type".into(), json!("REGULAR"));
    data.insert("is_taxable".into(), json!(true));
    // Square has no drafts; what is not to be sold is archived.
    data.insert("is_archived".into(), json!(product.status != Status::Active));
    if !product.category.is_empty() {
        let reference = json!({"id": category_id(&product.category), "ordinal": 0});
        data.insert("categories".into(), json!([reference]));
        data.insert("reporting_category".into(), reference);
    }
    if !product.images.is_empty() {
        let ids: Vec<String> = (0..product.images.len()).map(|index| image_id(product.number, index)).collect();
        data.insert("image_ids".into(), json!(ids));
    }
    if has_options(product) {
        let options: Vec<Value> =
            product.options.iter().map(|option| json!({"item_option_id": option_id(option)})).collect();
        data.insert("item_options".into(), json!(options));
    }
    let variations: Vec<Value> =
        (0..product.variants.len()).filter_map(|position| variation(shop, product, position)).collect();
    data.insert("variations".into(), json!(variations));
    add(&mut data, &product.extra, ITEM_DATA);
    let version = i64::try_from(product.version).unwrap_or(i64::MAX);
    let mut object = head("ITEM", &item_id(product.number), product.updated_at, product.created_at, version);
    add(&mut object, &product.extra, OBJECT);
    if !product.brand.is_empty() {
        let brand = json!({
            "name": "Brand",
            "key": "brand",
            "type": "STRING",
            "custom_attribute_definition_id": "CDBRANDBRANDBRANDBRANDBR",
            "string_value": product.brand,
        });
        let attributes = object.entry("custom_attribute_values").or_insert_with(|| json!({}));
        attributes["brand"] = brand;
    }
    object.insert("item_data".into(), Value::Object(data));
    Value::Object(object)
}

/// Whether variations are told apart by item options.
pub fn has_options(product: &ShopProduct) -> bool {
    !product.options.is_empty() && !product.extra.contains_key(PLAIN_VARIATIONS)
}

pub fn variation(shop: &Shop, product: &ShopProduct, position: usize) -> Option<Value> {
    let variant = product.variants.get(position)?;
    let mut data = Map::new();
    data.insert("item_id".into(), json!(item_id(product.number)));
    let name = variant.values.join(", ");
    data.insert("name".into(), json!(if name.is_empty() { "Regular" } else { &name }));
    for (field, text) in [("sku", &variant.sku), ("upc", &variant.barcode)] {
        if !text.is_empty() {
            data.insert(field.into(), json!(text));
        }
    }
    data.insert("ordinal".into(), json!(position));
    match variant.price {
        Some(amount) => {
            data.insert("pricing_type".into(), json!("FIXED_PRICING"));
            data.insert("price_money".into(), json!({"amount": amount, "currency": shop.currency.code()}));
        }
        None => {
            data.insert("pricing_type".into(), json!("VARIABLE_PRICING"));
        }
    }
    data.insert("track_inventory".into(), json!(variant.tracked));
    if has_options(product) {
        let values: Vec<Value> = product
            .options
            .iter()
            .zip(&variant.values)
            .map(|(option, value)| {
                json!({"item_option_id": option_id(option), "item_option_value_id": value_id(option, value)})
            })
            .collect();
        data.insert("item_option_values".into(), json!(values));
    }
    data.insert("sellable".into(), json!(true));
    data.insert("stockable".into(), json!(true));
    add(&mut data, &variant.extra, VARIATION_DATA);
    mark_sold_out(shop, variant, &mut data);
    let id = variation_id(variant.number);
    let mut object = head("ITEM_VARIATION", &id, variant.updated_at, product.created_at, variation_version(variant));
    add(&mut object, &variant.extra, OBJECT);
    object.insert("item_variation_data".into(), Value::Object(data));
    Some(Value::Object(object))
}

pub fn variation_version(variant: &ShopVariant) -> i64 {
    variant.updated_at.0
}

/// "Automatically marked as sold out when its inventory count reaches zero", or by the seller's hand.
fn mark_sold_out(shop: &Shop, variant: &ShopVariant, data: &mut Map<String, Value>) {
    let by_hand = |id: &str| {
        variant.extra.get(SOLD_OUT).and_then(Value::as_array).is_some_and(|list| list.iter().any(|l| l == id))
    };
    for location in &shop.locations {
        let id = location_id(location.number);
        let empty =
            variant.tracked && variant.levels.get(&location.number).is_some_and(|level| *level <= Quantity::ZERO);
        if !empty && !by_hand(&id) {
            continue;
        }
        let overrides = data.entry("location_overrides").or_insert_with(|| json!([]));
        let Some(list) = overrides.as_array_mut() else { continue };
        match list.iter_mut().find(|entry| entry["location_id"] == json!(id)) {
            Some(entry) => entry["sold_out"] = json!(true),
            None => list.push(json!({"location_id": id, "sold_out": true})),
        }
    }
}

pub fn image(product: &ShopProduct, index: usize) -> Option<Value> {
    let url = product.images.get(index)?;
    let mut object = head("IMAGE", &image_id(product.number, index), product.created_at, product.created_at, 1);
    object.insert("image_data".into(), json!({"name": format!("{} {}", product.title, index + 1), "url": url}));
    Some(Value::Object(object))
}

/// What is left of a deleted item.
pub fn deleted_item(number: u64, at: Timestamp) -> Value {
    json!({
        "type": "ITEM",
        "id": item_id(number),
        "updated_at": moment(at),
        "version": at.0,
        "is_deleted": true,
        "present_at_all_locations": true,
    })
}

fn head(kind: &str, id: &str, updated_at: Timestamp, created_at: Timestamp, version: i64) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("type".into(), json!(kind));
    object.insert("id".into(), json!(id));
    object.insert("updated_at".into(), json!(moment(updated_at)));
    object.insert("created_at".into(), json!(moment(created_at)));
    object.insert("version".into(), json!(version));
    object.insert("is_deleted".into(), json!(false));
    object.insert("present_at_all_locations".into(), json!(true));
    object
}

fn add(target: &mut Map<String, Value>, extra: &Map<String, Value>, part: &str) {
    if let Some(fields) = extra.get(part).and_then(Value::as_object) {
        target.extend(fields.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
}
