//! Groups, attributes, options and categories, and the ties between them and items.
//!
//! Ties answer 200 and an empty object, whatever came of them.

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Shop, ShopProduct};

use super::change::log;
use super::list::Asked;
use super::present::{find, is_group, name, own, set_own};
use super::{Answered, Kept, Problem, done, identifiers};

const NAME_MOST: usize = 255;

/// A group with its name, and its attributes with their options in order.
struct Group {
    number: u64,
    name: String,
    attributes: Vec<(String, Vec<String>)>,
}

fn of_product(kept: &Kept, product: &ShopProduct) -> Group {
    let mut attributes: Vec<(String, Vec<String>)> = Vec::new();
    for (place, attribute) in product.options.iter().enumerate() {
        let mut options: Vec<String> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for value in product.variants.iter().filter_map(|variant| variant.values.get(place)) {
            if !value.is_empty() && known.insert(value) {
                options.push(value.clone());
            }
        }
        attributes.push((attribute.clone(), options));
    }
    add_declared(kept, product.number, &mut attributes);
    Group { number: product.number, name: product.title.clone(), attributes }
}

fn add_declared(kept: &Kept, group: u64, attributes: &mut Vec<(String, Vec<String>)>) {
    for (attribute, options) in kept.declared.get(&group).into_iter().flatten() {
        match attributes.iter_mut().find(|(known, _)| known == attribute) {
            Some((_, known)) => {
                let fresh: Vec<String> = options.iter().filter(|option| !known.contains(option)).cloned().collect();
                known.extend(fresh);
            }
            None => attributes.push((attribute.clone(), options.clone())),
        }
    }
}

fn all<'a>(kept: &'a Kept, shop: &'a Shop) -> impl Iterator<Item = Group> + 'a {
    let full = shop.products.values().filter(|product| is_group(kept, product));
    let empty = kept.empty.iter().map(|(number, name)| {
        let mut attributes = Vec::new();
        add_declared(kept, *number, &mut attributes);
        Group { number: *number, name: name.clone(), attributes }
    });
    full.map(|product| of_product(kept, product)).chain(empty)
}

fn known(kept: &Kept, shop: &Shop, id: &str) -> Result<Group, Problem> {
    let number = identifiers::group_number(id).ok_or_else(Problem::invalid_id)?;
    if let Some(product) = shop.products.get(&number).filter(|product| is_group(kept, product)) {
        return Ok(of_product(kept, product));
    }
    all(kept, shop).find(|group| group.number == number).ok_or_else(Problem::invalid_id)
}

fn show(group: &Group) -> Value {
    json!({"id": identifiers::group(group.number), "name": group.name})
}

fn given_name(body: &Value) -> Result<String, Problem> {
    match body["name"].as_str().map(|name| (name, name.chars().count())) {
        Some((name, 1..=NAME_MOST)) => Ok(name.to_owned()),
        Some((_, 0)) | None => Err(Problem::new(400, "name is required")),
        Some(_) => Err(Problem::new(400, format!("name cannot be longer than {NAME_MOST} characters"))),
    }
}

pub(super) fn list(kept: &Kept, shop: &Shop, request: &Incoming) -> Answered {
    Ok(Asked::of(request, &["name"])?.page(request, all(kept, shop), |group| show(&group)))
}

pub(super) fn one(kept: &Kept, shop: &Shop, id: &str) -> Answered {
    Ok(done(show(&known(kept, shop, id)?)))
}

pub(super) fn create(kept: &mut Kept, shop: &mut Shop, body: &Value) -> Answered {
    let name = given_name(body)?;
    let number = shop.number();
    kept.empty.insert(number, name.clone());
    kept.declared.insert(number, Vec::new());
    Ok(done(json!({"id": identifiers::group(number), "name": name})))
}

/// The items keep their names, and their time of change.
pub(super) fn rename(kept: &mut Kept, shop: &mut Shop, id: &str, body: &Value, now: Timestamp) -> Answered {
    let number = known(kept, shop, id)?.number;
    let to = given_name(body)?;
    if let Some(empty) = kept.empty.get_mut(&number) {
        empty.clone_from(&to);
    }
    if let Some(product) = shop.products.get_mut(&number) {
        let names: Vec<String> = product.variants.iter().map(|variant| name(true, product, variant)).collect();
        for (variant, name) in product.variants.iter_mut().zip(names) {
            if own(variant, "name").is_none() {
                set_own(variant, "name", json!(name));
            }
        }
        product.title.clone_from(&to);
        log(shop, now, "update", number, None, to.clone());
    }
    Ok(done(json!({"id": id, "name": to})))
}

pub(super) fn delete(kept: &mut Kept, shop: &Shop, id: &str) -> Answered {
    let number = known(kept, shop, id)?.number;
    if shop.products.contains_key(&number) {
        return Err(Problem::new(400, "Item group still has items"));
    }
    kept.empty.remove(&number);
    kept.declared.remove(&number);
    Ok(done(json!({})))
}

pub(super) fn attributes(kept: &Kept, shop: &Shop, request: &Incoming) -> Answered {
    let asked = Asked::of(request, &["name"])?;
    let each = all(kept, shop).flat_map(|group| {
        let number = group.number;
        group.attributes.into_iter().map(move |(name, _)| (number, name))
    });
    Ok(asked.page(request, each, |(group, name)| show_attribute(group, &name)))
}

fn show_attribute(group: u64, name: &str) -> Value {
    let id = identifiers::attribute(group, name);
    json!({"id": id, "name": name, "itemGroup": {"id": identifiers::group(group)}})
}

fn show_option(group: u64, attribute: &str, value: &str) -> Value {
    let (id, of) = (identifiers::option(group, attribute, value), identifiers::attribute(group, attribute));
    json!({"id": id, "name": value, "attribute": {"id": of}})
}

fn attribute_of(kept: &Kept, shop: &Shop, id: &str) -> Result<(u64, String, Vec<String>), Problem> {
    let mut each = all(kept, shop).flat_map(|group| {
        let number = group.number;
        group.attributes.into_iter().map(move |(name, options)| (number, name, options))
    });
    each.find(|(group, name, _)| identifiers::attribute(*group, name) == id).ok_or_else(Problem::invalid_id)
}

pub(super) fn create_attribute(kept: &mut Kept, shop: &Shop, body: &Value) -> Answered {
    let group = known(kept, shop, body["itemGroup"]["id"].as_str().unwrap_or_default())?;
    let name = given_name(body)?;
    if group.attributes.iter().any(|(known, _)| *known == name) {
        return Err(Problem::new(400, "Attribute already exists"));
    }
    kept.declared.entry(group.number).or_default().push((name.clone(), Vec::new()));
    Ok(done(show_attribute(group.number, &name)))
}

pub(super) fn options(kept: &Kept, shop: &Shop, request: &Incoming, id: &str) -> Answered {
    let (group, attribute, options) = attribute_of(kept, shop, id)?;
    let asked = Asked::of(request, &["name"])?;
    Ok(asked.page(request, options.into_iter(), |option| show_option(group, &attribute, &option)))
}

pub(super) fn create_option(kept: &mut Kept, shop: &Shop, id: &str, body: &Value) -> Answered {
    let (group, attribute, options) = attribute_of(kept, shop, id)?;
    let name = given_name(body)?;
    if options.contains(&name) {
        return Err(Problem::new(400, "Option already exists"));
    }
    let declared = kept.declared.entry(group).or_default();
    match declared.iter_mut().find(|(known, _)| *known == attribute) {
        Some((_, options)) => options.push(name.clone()),
        None => declared.push((attribute.clone(), vec![name.clone()])),
    }
    Ok(done(show_option(group, &attribute, &name)))
}

pub(super) fn tie(kept: &Kept, shop: &mut Shop, request: &Incoming, body: &Value, now: Timestamp) -> Answered {
    let untie = request.query("delete") == Some("true");
    for pair in body["elements"].as_array().into_iter().flatten() {
        let (option, item) = (pair["option"]["id"].as_str(), pair["item"]["id"].as_str().unwrap_or_default());
        // What does not fit together is passed over without a word.
        let Ok((product, variant)) = find(shop, item) else { continue };
        let (product, number) = (product.number, variant.number);
        let Some(known) = shop.products.get(&product) else { continue };
        let group = of_product(kept, known);
        let found = group.attributes.iter().find_map(|(attribute, values)| {
            let value =
                values.iter().find(|value| Some(identifiers::option(product, attribute, value).as_str()) == option);
            value.map(|value| (attribute.clone(), value.clone()))
        });
        let Some((attribute, value)) = found else { continue };
        let Some(known) = shop.products.get_mut(&product) else { continue };
        let place = match known.options.iter().position(|option| *option == attribute) {
            Some(place) => place,
            None => {
                known.options.push(attribute);
                known.options.len() - 1
            }
        };
        let width = known.options.len();
        known.variants.iter_mut().for_each(|variant| variant.values.resize(width, String::new()));
        let Some(variant) = known.variants.iter_mut().find(|variant| variant.number == number) else { continue };
        variant.updated_at = now;
        if let Some(place) = variant.values.get_mut(place) {
            *place = if untie { String::new() } else { value };
        }
    }
    Ok(done(json!({})))
}

pub(super) fn categories(kept: &Kept, shop: &Shop, request: &Incoming) -> Answered {
    let mut names: Vec<&String> = kept.categories.iter().collect();
    let used = shop.products.values().map(|product| &product.category).filter(|category| !category.is_empty());
    names.extend(used);
    let mut known = std::collections::HashSet::new();
    names.retain(|name| known.insert(*name));
    let asked = Asked::of(request, &["name"])?;
    Ok(asked.page(request, names.into_iter(), |name| show_category(name)))
}

fn show_category(name: &str) -> Value {
    json!({"id": identifiers::category(name), "name": name, "sortOrder": 1})
}

pub(super) fn create_category(kept: &mut Kept, shop: &Shop, body: &Value) -> Answered {
    let name = given_name(body)?;
    let used = shop.products.values().any(|product| product.category == name);
    if used || kept.categories.contains(&name) {
        return Err(Problem::new(400, "Category already exists"));
    }
    kept.categories.push(name.clone());
    Ok(done(show_category(&name)))
}

/// The model has one category for a product, so that of its last tie is all that is left.
pub(super) fn categorise(
    kept: &mut Kept,
    shop: &mut Shop,
    request: &Incoming,
    body: &Value,
    now: Timestamp,
) -> Answered {
    let untie = request.query("delete") == Some("true");
    for pair in body["elements"].as_array().into_iter().flatten() {
        let (category, item) = (pair["category"]["id"].as_str(), pair["item"]["id"].as_str().unwrap_or_default());
        let Ok((product, _)) = find(shop, item) else { continue };
        let number = product.number;
        let is_it = |name: &&String| Some(identifiers::category(name).as_str()) == category;
        let used = shop.products.values().map(|product| &product.category);
        let Some(name) = kept.categories.iter().chain(used).find(is_it).cloned() else { continue };
        if !kept.categories.contains(&name) {
            kept.categories.push(name.clone());
        }
        let Some(product) = shop.products.get_mut(&number) else { continue };
        if untie && product.category == name {
            product.category.clear();
        } else if !untie && product.category != name {
            product.category = name;
        } else {
            continue;
        }
        product.updated_at = now;
        log(shop, now, "update", number, None, "category".to_owned());
    }
    Ok(done(json!({})))
}
