//! Writing to the catalogue: whole objects, in batches that are all or nothing.
//!
//! A batch is read and checked first and applied afterwards, so that a fault in its last object changes nothing. Its
//! batches are independent: where one is refused and another is not, the answer holds both objects and errors.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Applied, Shop, ShopProduct, ShopVariant};

use super::catalog::item_after;
use super::identifiers::{category_id, item_id, item_number, option_id, value_id, variation_id};
use super::labels::{self, Labels};
use super::replace::{self, Scope, check_version};
use super::{Answer, Fault, SquareSandbox, render};

const BATCH_MOST: usize = 1000;
const TOTAL_MOST: usize = 10_000;

pub fn batches(own: &mut SquareSandbox, shop: &mut Shop, body: &Value, key: &str, now: Timestamp) -> Answer {
    let batches = body["batches"].as_array().filter(|batches| !batches.is_empty());
    let batches = batches.ok_or_else(|| Fault::missing("batches"))?;
    let counts: Vec<usize> = batches.iter().map(|batch| batch["objects"].as_array().map_or(0, Vec::len)).collect();
    if counts.iter().any(|count| *count > BATCH_MOST) || counts.iter().sum::<usize>() > TOTAL_MOST {
        return Err(Fault::invalid("ARRAY_LENGTH_TOO_LONG", "Too many objects in a batch.", "batches"));
    }
    let mut objects = Vec::new();
    let mut mappings = Vec::new();
    let mut faults = Vec::new();
    for (number, batch) in batches.iter().enumerate() {
        let empty = Vec::new();
        let sent = batch["objects"].as_array().unwrap_or(&empty);
        match apply(own, shop, sent, &format!("batches[{number}]"), key, now) {
            Ok(done) => {
                objects.extend(done.objects);
                mappings.extend(done.mappings);
            }
            Err(fault) => faults.push(fault),
        }
    }
    match faults.into_iter().next() {
        Some(fault) if objects.is_empty() => Err(fault),
        Some(fault) => {
            let error =
                json!({"category": fault.category, "code": fault.code, "detail": fault.detail, "field": fault.field});
            Ok(json!({"objects": objects, "id_mappings": mapped(&mappings), "errors": [error]}))
        }
        None => Ok(json!({"objects": objects, "id_mappings": mapped(&mappings)})),
    }
}

pub fn object(own: &mut SquareSandbox, shop: &mut Shop, body: &Value, key: &str, now: Timestamp) -> Answer {
    let sent = body.get("object").filter(|object| object.is_object()).ok_or_else(|| Fault::missing("object"))?;
    let done = apply(own, shop, std::slice::from_ref(sent), "object", key, now)?;
    Ok(json!({"catalog_object": done.objects.first(), "id_mappings": mapped(&done.mappings)}))
}

fn mapped(mappings: &[(String, String)]) -> Vec<Value> {
    let pairs = mappings.iter();
    pairs.map(|(client, server)| json!({"client_object_id": client, "object_id": server})).collect()
}

struct Done {
    objects: Vec<Value>,
    mappings: Vec<(String, String)>,
}

/// One object of the batch, checked.
enum Ready {
    Category(String),
    Option(String),
    Item {
        product: Box<ShopProduct>,
        client_ids: Vec<String>,
        client_id: String,
    },
    /// In place of the one with its number, or as a further one: put into the item as the batch has left it so far.
    Variation {
        owner: u64,
        variant: Box<ShopVariant>,
        client_id: String,
    },
}

fn apply(
    own: &mut SquareSandbox,
    shop: &mut Shop,
    sent: &[Value],
    path: &str,
    key: &str,
    now: Timestamp,
) -> Result<Done, Fault> {
    let mut fresh = Labels::default();
    let mut ready = Vec::new();
    let mut temporary = HashMap::new();
    {
        let mut scope = Scope { shop, labels: own.labels.with(shop), temporary: HashMap::new() };
        // Labels first: items of the same batch refer to them.
        for (index, object) in sent.iter().enumerate() {
            read_label(object, &mut scope, &mut fresh, &format!("{path}.objects[{index}]"))?;
        }
        for (index, object) in sent.iter().enumerate() {
            ready.push(read(object, &scope, &format!("{path}.objects[{index}]"))?);
        }
        temporary.extend(scope.temporary);
    }
    for name in fresh.categories.values() {
        own.labels.add_category(name);
    }
    for label in fresh.options.values() {
        let known = own.labels.add_option(&label.name);
        label.values.iter().for_each(|value| known.add(value));
    }
    let mut done = Done { objects: Vec::new(), mappings: temporary.into_iter().collect() };
    done.mappings.sort_unstable();
    let labels = own.labels.with(shop);
    for object in ready {
        match object {
            Ready::Category(id) => {
                done.objects.extend(labels.categories.get(&id).map(|name| labels::category(&id, name)));
            }
            Ready::Option(id) => done.objects.extend(labels.options.get(&id).map(|label| labels::option(&id, label))),
            Ready::Item { product, client_ids, client_id } => {
                let new = product.number == 0;
                let number = insert(shop, *product, None, key, now);
                if new {
                    done.mappings.push((client_id, item_id(number)));
                }
                let variants = shop.products.get(&number).into_iter().flat_map(|product| &product.variants);
                let made = client_ids.into_iter().zip(variants).filter(|(client, _)| client.starts_with('#'));
                done.mappings.extend(made.map(|(client, variant)| (client, variation_id(variant.number))));
                done.objects.push(item_after(shop, number)?);
            }
            Ready::Variation { owner, variant, client_id } => {
                let Some(mut product) = shop.products.get(&owner).cloned() else { continue };
                let there = product.variants.iter().position(|known| known.number == variant.number);
                let position = there.unwrap_or(product.variants.len());
                match product.variants.get_mut(position) {
                    Some(known) => *known = *variant,
                    None => product.variants.push(*variant),
                }
                let number = insert(shop, product, Some(position), key, now);
                let product = shop.products.get(&number);
                let variant = product.and_then(|product| product.variants.get(position)).map(|variant| variant.number);
                if client_id.starts_with('#') {
                    done.mappings.extend(variant.map(|variant| (client_id, variation_id(variant))));
                }
                done.objects.extend(product.and_then(|product| render::variation(shop, product, position)));
            }
        }
    }
    Ok(done)
}

/// Takes in a category or option, under its identifier and the temporary one.
fn read_label(object: &Value, scope: &mut Scope<'_>, fresh: &mut Labels, path: &str) -> Result<(), Fault> {
    let id = object["id"].as_str().filter(|id| !id.is_empty()).ok_or_else(|| Fault::missing(&format!("{path}.id")))?;
    if object["is_deleted"] == json!(true) {
        return Err(Fault::invalid("INVALID_VALUE", "is_deleted must not be true.", format!("{path}.is_deleted")));
    }
    match object["type"].as_str() {
        Some("CATEGORY") => {
            let name = object["category_data"]["name"].as_str().unwrap_or_default();
            if name.trim().is_empty() {
                return Err(Fault::invalid(
                    "VALUE_EMPTY",
                    "A category needs a name.",
                    format!("{path}.category_data.name"),
                ));
            }
            scope.labels.add_category(name);
            fresh.add_category(name);
            scope.temporary.insert(id.to_owned(), category_id(name));
        }
        Some("ITEM_OPTION") => read_option(object, id, scope, fresh, path)?,
        _ => {}
    }
    scope.temporary.retain(|client, _| client.starts_with('#'));
    Ok(())
}

fn read_option(object: &Value, id: &str, scope: &mut Scope<'_>, fresh: &mut Labels, path: &str) -> Result<(), Fault> {
    let data = &object["item_option_data"];
    let name = data["name"].as_str().unwrap_or_default();
    let known = scope.labels.options.get(&option_id(name)).cloned();
    if let Some(known) = scope.labels.options.get(id) {
        check_version(object, known.version(), path)?;
    } else if !id.starts_with('#') {
        return Err(Fault::not_found(format!("Catalog object with ID {id} not found."), path));
    } else if known.is_some() {
        let detail = format!("The name of an item option must be unique, {name} is there.");
        return Err(Fault::invalid("INVALID_VALUE", detail, format!("{path}.item_option_data.name")));
    }
    if name.trim().is_empty() {
        return Err(Fault::invalid("VALUE_EMPTY", "An option needs a name.", format!("{path}.item_option_data.name")));
    }
    scope.temporary.insert(id.to_owned(), option_id(name));
    for value in data["values"].as_array().into_iter().flatten() {
        let text = value["item_option_value_data"]["name"].as_str().unwrap_or_default();
        scope.labels.add_option(name).add(text);
        fresh.add_option(name).add(text);
        if let Some(client) = value["id"].as_str() {
            scope.temporary.insert(client.to_owned(), value_id(name, text));
        }
    }
    Ok(())
}

fn read(object: &Value, scope: &Scope<'_>, path: &str) -> Result<Ready, Fault> {
    let id = object["id"].as_str().unwrap_or_default();
    let not_found = || Fault::not_found(format!("Catalog object with ID {id} not found."), path);
    match object["type"].as_str() {
        Some("CATEGORY") => {
            Ok(Ready::Category(category_id(object["category_data"]["name"].as_str().unwrap_or_default())))
        }
        Some("ITEM_OPTION") => {
            Ok(Ready::Option(option_id(object["item_option_data"]["name"].as_str().unwrap_or_default())))
        }
        Some("ITEM") => {
            let existing = match item_number(id) {
                Some(number) => Some(scope.shop.products.get(&number).ok_or_else(not_found)?),
                None if id.starts_with('#') => None,
                None => return Err(not_found()),
            };
            if let Some(existing) = existing {
                check_version(object, i64::try_from(existing.version).unwrap_or(i64::MAX), path)?;
            }
            let product = replace::product(object, existing, scope, path)?;
            let variations = object["item_data"]["variations"].as_array().into_iter().flatten();
            let client_ids =
                variations.map(|variation| variation["id"].as_str().unwrap_or_default().to_owned()).collect();
            Ok(Ready::Item { product: Box::new(product), client_ids, client_id: id.to_owned() })
        }
        Some("ITEM_VARIATION") => {
            let owner = object["item_variation_data"]["item_id"].as_str().and_then(item_number);
            let existing = owner.and_then(|number| scope.shop.products.get(&number)).ok_or_else(not_found)?;
            let options: Vec<(String, String)> = if render::has_options(existing) {
                existing.options.iter().map(|name| (option_id(name), name.clone())).collect()
            } else {
                Vec::new()
            };
            let variant = replace::variant(object, Some(existing), &options, scope, path)?;
            Ok(Ready::Variation { owner: existing.number, variant: Box::new(variant), client_id: id.to_owned() })
        }
        other => {
            let detail = format!("This sandbox cannot write {}.", other.unwrap_or("an object without type"));
            Err(Fault::invalid("INVALID_VALUE", detail, format!("{path}.type")))
        }
    }
}

/// Puts the product in. A write to one variation alone stamps that variation and not the item or the others.
fn insert(shop: &mut Shop, product: ShopProduct, only: Option<usize>, key: &str, now: Timestamp) -> u64 {
    let what = if product.number == 0 { "create" } else { "update" };
    let before: Vec<Timestamp> = product.variants.iter().map(|variant| variant.updated_at).collect();
    let stamped = product.updated_at;
    let title = product.title.clone();
    let number = shop.insert(product, now);
    if let (Some(only), Some(product)) = (only, shop.products.get_mut(&number)) {
        product.updated_at = stamped;
        for (position, (variant, before)) in product.variants.iter_mut().zip(before).enumerate() {
            if position != only {
                variant.updated_at = before;
            }
        }
    }
    shop.applied.push(Applied {
        at: now,
        what,
        product: number,
        variant: None,
        change: title,
        key: Some(key.to_owned()),
    });
    number
}
