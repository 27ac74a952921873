//! Reading and deleting in the catalogue: list, search, retrieve.
//!
//! Related objects are what the reference names (categories and pictures of an item, the item of a variation): the
//! options of an item are not among them.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Applied, Incoming, Shop};

use super::identifiers::{image_place, item_id, item_number, moment, variation_id, variation_number};
use super::labels::{self, Labels};
use super::{Answer, Fault, cursor, render};

const LIST_PAGE: usize = 100;
const SEARCH_MOST: usize = 1000;
const RETRIEVE_MOST: usize = 1000;

/// One object, in the order in which lists deliver.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Key {
    Category(String),
    Image(u64, usize),
    Item(u64),
    DeletedItem(u64),
    Option(String),
    Variation(u64, usize),
}

pub fn info() -> Value {
    json!({"limits": {
        "batch_upsert_max_objects_per_batch": 1000,
        "batch_upsert_max_total_objects": 10000,
        "batch_retrieve_max_object_ids": RETRIEVE_MOST,
        "search_max_page_limit": SEARCH_MOST,
        "batch_delete_max_object_ids": 200,
    }})
}

pub fn list(shop: &Shop, own: &Labels, request: &Incoming, now: Timestamp) -> Answer {
    let kinds: Vec<String> = request
        .query("types")
        .unwrap_or("ITEM,CATEGORY,ITEM_OPTION")
        .split(',')
        .map(|kind| kind.trim().to_uppercase())
        .collect();
    let query = json!({"object_types": kinds});
    let own = own.with(shop);
    let keys = keys(shop, &own, &kinds, false);
    let (page, cursor) = page(keys, request.query("cursor"), LIST_PAGE, &query, now)?;
    let objects: Vec<Value> = page.iter().filter_map(|key| object(shop, &own, key)).collect();
    Ok(with_cursor(json!({"objects": objects}), cursor))
}

pub fn search(shop: &Shop, own: &Labels, body: &Value, now: Timestamp) -> Answer {
    let kinds: Vec<String> = match body["object_types"].as_array() {
        Some(kinds) => kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => ["ITEM", "CATEGORY", "ITEM_OPTION"].map(str::to_owned).to_vec(),
    };
    let begin = match body["begin_time"].as_str() {
        Some(raw) => {
            Some(Timestamp::parse(raw).ok_or_else(|| Fault::invalid("INVALID_TIME", "Not a time.", "begin_time"))?)
        }
        None => None,
    };
    // A limit beyond the most is ignored, not refused (reference).
    let limit = body["limit"].as_u64().and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.filter(|limit| (1..=SEARCH_MOST).contains(limit)).unwrap_or(SEARCH_MOST);
    let filter = Filter::read(&body["query"])?;
    let own = own.with(shop);
    let mut keys = keys(shop, &own, &kinds, body["include_deleted_objects"] == json!(true));
    keys.retain(|key| begin.is_none_or(|begin| changed_at(shop, key) > begin));
    if let Some(filter) = &filter {
        keys.retain(|key| filter.fits(shop, &own, key));
    }
    let (page, cursor) = page(keys, body["cursor"].as_str(), limit, body, now)?;
    let objects: Vec<Value> = page.iter().filter_map(|key| object(shop, &own, key)).collect();
    let mut answer = json!({"objects": objects, "latest_time": moment(latest(shop))});
    if body["include_related_objects"] == json!(true) {
        answer["related_objects"] = json!(related(shop, &own, &page));
    }
    Ok(with_cursor(answer, cursor))
}

pub fn batch_retrieve(shop: &Shop, own: &Labels, body: &Value) -> Answer {
    let ids = body["object_ids"].as_array().ok_or_else(|| Fault::missing("object_ids"))?;
    if ids.len() > RETRIEVE_MOST {
        return Err(Fault::invalid("ARRAY_LENGTH_TOO_LONG", "Too many object IDs.", "object_ids"));
    }
    let own = own.with(shop);
    let places = places(shop);
    let deleted = body["include_deleted_objects"] == json!(true);
    let keys: Vec<Key> = ids
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|id| key(shop, &own, &places, id))
        .filter(|key| deleted || !matches!(key, Key::DeletedItem(_)))
        .collect();
    let objects: Vec<Value> = keys.iter().filter_map(|key| object(shop, &own, key)).collect();
    let mut answer = json!({"objects": objects});
    if body["include_related_objects"] == json!(true) {
        answer["related_objects"] = json!(related(shop, &own, &keys));
    }
    Ok(answer)
}

pub fn retrieve(shop: &Shop, own: &Labels, id: &str, request: &Incoming) -> Answer {
    let own = own.with(shop);
    let found = key(shop, &own, &places(shop), id).filter(|key| !matches!(key, Key::DeletedItem(_)));
    let found = found.ok_or_else(|| no_object(id))?;
    let mut answer = json!({"object": object(shop, &own, &found)});
    if request.query("include_related_objects") == Some("true") {
        answer["related_objects"] = json!(related(shop, &own, &[found]));
    }
    Ok(answer)
}

pub fn delete(shop: &mut Shop, id: &str, now: Timestamp) -> Answer {
    let mut gone = vec![id.to_owned()];
    let (product, variant) = if let Some(number) = item_number(id) {
        let product = shop.products.get(&number).ok_or_else(|| no_object(id))?;
        gone.extend(product.variants.iter().map(|variant| variation_id(variant.number)));
        shop.delete(number, now);
        (number, None)
    } else {
        let number = variation_number(id).ok_or_else(|| no_object(id))?;
        let (product, position) = shop.find_variant(number).ok_or_else(|| no_object(id))?;
        let mut changed = shop.products.get(&product).cloned().ok_or_else(|| no_object(id))?;
        if changed.variants.len() == 1 {
            return Err(Fault::invalid("INVALID_VALUE", "An item must have at least one variation.", "object_id"));
        }
        changed.variants.remove(position);
        shop.insert(changed, now);
        (product, Some(number))
    };
    shop.applied.push(Applied { at: now, what: "delete", product, variant, change: String::new(), key: None });
    Ok(json!({"deleted_object_ids": gone, "deleted_at": moment(now)}))
}

fn no_object(id: &str) -> Fault {
    Fault::not_found(format!("Catalog object with ID {id} not found."), "object_id")
}

/// When the catalogue was last changed.
fn latest(shop: &Shop) -> Timestamp {
    let variants =
        |product: &crate::sandbox::ShopProduct| product.variants.iter().map(|variant| variant.updated_at).max();
    let changed = shop.products.values().map(|product| variants(product).unwrap_or_default().max(product.updated_at));
    changed.chain(shop.deleted.values().copied()).max().unwrap_or_default()
}

fn changed_at(shop: &Shop, key: &Key) -> Timestamp {
    let product = |number: &u64| shop.products.get(number);
    match key {
        Key::Category(_) | Key::Option(_) => Timestamp::default(),
        Key::Image(number, _) => product(number).map(|product| product.created_at).unwrap_or_default(),
        Key::Item(number) => product(number).map(|product| product.updated_at).unwrap_or_default(),
        Key::DeletedItem(number) => shop.deleted.get(number).copied().unwrap_or_default(),
        Key::Variation(number, position) => product(number)
            .and_then(|p| p.variants.get(*position))
            .map(|variant| variant.updated_at)
            .unwrap_or_default(),
    }
}

/// All objects of these kinds, sorted.
fn keys(shop: &Shop, own: &Labels, kinds: &[String], deleted: bool) -> Vec<Key> {
    let mut keys = Vec::new();
    for kind in kinds {
        match kind.as_str() {
            "CATEGORY" => keys.extend(own.categories.keys().cloned().map(Key::Category)),
            "ITEM_OPTION" => keys.extend(own.options.keys().cloned().map(Key::Option)),
            "ITEM" => {
                keys.extend(shop.products.keys().copied().map(Key::Item));
                if deleted {
                    keys.extend(shop.deleted.keys().copied().map(Key::DeletedItem));
                }
            }
            "IMAGE" => {
                keys.extend(
                    shop.products.values().flat_map(|p| (0..p.images.len()).map(|index| Key::Image(p.number, index))),
                );
            }
            "ITEM_VARIATION" => {
                keys.extend(
                    shop.products
                        .values()
                        .flat_map(|p| (0..p.variants.len()).map(|index| Key::Variation(p.number, index))),
                );
            }
            // The kinds that this shop has none of.
            _ => {}
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn page(
    keys: Vec<Key>,
    cursor: Option<&str>,
    limit: usize,
    query: &Value,
    now: Timestamp,
) -> Result<(Vec<Key>, Option<String>), Fault> {
    let after: Option<Key> = cursor::read(cursor, query, now)?;
    let mut left = keys.into_iter().filter(|key| after.as_ref().is_none_or(|after| key > after));
    let page: Vec<Key> = left.by_ref().take(limit).collect();
    let more = left.next().is_some();
    let next = page.last().filter(|_| more).map(|last| cursor::after(last, query, now));
    Ok((page, next))
}

fn with_cursor(mut answer: Value, cursor: Option<String>) -> Value {
    if let Some(cursor) = cursor {
        answer["cursor"] = json!(cursor);
    }
    answer
}

fn object(shop: &Shop, own: &Labels, key: &Key) -> Option<Value> {
    match key {
        Key::Category(id) => own.categories.get(id).map(|name| labels::category(id, name)),
        Key::Option(id) => own.options.get(id).map(|label| labels::option(id, label)),
        Key::Image(number, index) => render::image(shop.products.get(number)?, *index),
        Key::Item(number) => shop.products.get(number).map(|product| render::item(shop, product)),
        Key::DeletedItem(number) => shop.deleted.get(number).map(|at| render::deleted_item(*number, *at)),
        Key::Variation(number, position) => render::variation(shop, shop.products.get(number)?, *position),
    }
}

/// Product and position by variation number: one walk instead of one for each look-up.
pub fn places(shop: &Shop) -> HashMap<u64, (u64, usize)> {
    let of = |product: &crate::sandbox::ShopProduct| {
        let number = product.number;
        product
            .variants
            .iter()
            .enumerate()
            .map(move |(position, variant)| (variant.number, (number, position)))
            .collect::<Vec<_>>()
    };
    shop.products.values().flat_map(of).collect()
}

fn key(shop: &Shop, own: &Labels, places: &HashMap<u64, (u64, usize)>, id: &str) -> Option<Key> {
    if let Some(number) = item_number(id) {
        let there = shop.products.contains_key(&number);
        return if there {
            Some(Key::Item(number))
        } else {
            shop.deleted.get(&number).map(|_| Key::DeletedItem(number))
        };
    }
    if let Some((number, position)) = variation_number(id).and_then(|number| places.get(&number)) {
        return Some(Key::Variation(*number, *position));
    }
    if let Some((number, index)) = image_place(id) {
        return shop.products.get(&number)?.images.get(index).map(|_| Key::Image(number, index));
    }
    if own.options.contains_key(id) {
        return Some(Key::Option(id.to_owned()));
    }
    own.categories.contains_key(id).then(|| Key::Category(id.to_owned()))
}

fn related(shop: &Shop, own: &Labels, page: &[Key]) -> Vec<Value> {
    let asked: BTreeSet<&Key> = page.iter().collect();
    let mut found = BTreeSet::new();
    for key in page {
        match key {
            Key::Item(number) => {
                let Some(product) = shop.products.get(number) else { continue };
                if !product.category.is_empty() {
                    found.insert(Key::Category(super::identifiers::category_id(&product.category)));
                }
                found.extend((0..product.images.len()).map(|index| Key::Image(*number, index)));
            }
            Key::Variation(number, _) => {
                found.insert(Key::Item(*number));
            }
            Key::Category(_) | Key::Image(..) | Key::DeletedItem(_) | Key::Option(_) => {}
        }
    }
    found.iter().filter(|key| !asked.contains(key)).filter_map(|key| object(shop, own, key)).collect()
}

/// One of the simple attribute queries.
struct Filter {
    attribute: String,
    values: Vec<String>,
    how: How,
}

enum How {
    /// Any of the values, whole; case does not matter.
    Exact,
    Prefix,
}

impl Filter {
    fn read(query: &Value) -> Result<Option<Self>, Fault> {
        let Some(queries) = query.as_object().filter(|queries| !queries.is_empty()) else { return Ok(None) };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
        let mut found = None;
        for (kind, query) in queries {
            let (values, how) = match kind.as_str() {
                "exact_query" => (vec![text(&query["attribute_value"])], How::Exact),
                "prefix_query" => (vec![text(&query["attribute_prefix"])], How::Prefix),
                "set_query" => {
                    let values: Vec<String> =
                        query["attribute_values"].as_array().into_iter().flatten().map(text).collect();
                    if values.len() > 250 {
                        let field = "query.set_query.attribute_values";
                        return Err(Fault::invalid("ARRAY_LENGTH_TOO_LONG", "At most 250 values.", field));
                    }
                    (values, How::Exact)
                }
                other => {
                    let field = format!("query.{other}");
                    return Err(Fault::invalid("UNKNOWN_BODY_PARAMETER", "Not known to this sandbox.", field));
                }
            };
            let attribute = query["attribute_name"].as_str().unwrap_or_default().to_owned();
            if !["name", "sku", "upc", "display_name"].contains(&attribute.as_str()) {
                let field = format!("query.{kind}.attribute_name");
                return Err(Fault::invalid("INVALID_VALUE", "Not a searchable attribute.", field));
            }
            found = Some(Self { attribute, values, how });
        }
        Ok(found)
    }

    fn fits(&self, shop: &Shop, own: &Labels, key: &Key) -> bool {
        let by_name = matches!(self.attribute.as_str(), "name");
        let text = match key {
            Key::Category(id) => own.categories.get(id).filter(|_| by_name).cloned(),
            Key::Option(id) => {
                own.options.get(id).filter(|_| by_name || self.attribute == "display_name").map(|o| o.name.clone())
            }
            Key::Item(number) => shop.products.get(number).filter(|_| by_name).map(|product| product.title.clone()),
            Key::Variation(number, position) => {
                let variant = shop.products.get(number).and_then(|product| product.variants.get(*position));
                variant.and_then(|variant| match self.attribute.as_str() {
                    "sku" => Some(variant.sku.clone()),
                    "upc" => Some(variant.barcode.clone()),
                    "name" => Some(variant.values.join(", ")),
                    _ => None,
                })
            }
            Key::Image(..) | Key::DeletedItem(_) => None,
        };
        text.is_some_and(|text| {
            let text = text.to_lowercase();
            self.values.iter().any(|value| match self.how {
                How::Exact => text == *value,
                How::Prefix => text.starts_with(value.as_str()),
            })
        })
    }
}

/// The item that a product is, for answers of writes.
pub fn item_after(shop: &Shop, number: u64) -> Result<Value, Fault> {
    shop.products.get(&number).map(|product| render::item(shop, product)).ok_or_else(|| no_object(&item_id(number)))
}
