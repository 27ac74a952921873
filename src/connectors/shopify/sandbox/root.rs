//! The fields of the query's root: lists with their search, nodes, counts, and what stands beside the catalogue.

use serde_json::{Map, Value, json};

use crate::sandbox::ShopProduct;

use super::answer::{Execution, Fault};
use super::bulk;
use super::orders;
use super::product_set::{mark_of, marked};
use super::search::Search;
use super::things::{Led, Thing, all, gid, moment, node, number_of, status, window};

/// How far a list can be paged and counted (Shopify, "Pagination limits").
const MOST_COUNTED: u64 = 25_000;

/// Which permission a field needs.
fn scope_of(field: &str) -> Option<&'static str> {
    match field {
        "events"
        | "product"
        | "productByIdentifier"
        | "productOperation"
        | "productVariants"
        | "products"
        | "productsCount" => Some("read_products"),
        "location" | "locations" => Some("read_locations"),
        "order" | "orders" => Some("read_orders"),
        "publications" => Some("read_publications"),
        _ => None,
    }
}

pub(super) fn follow<'a>(
    execution: &Execution<'a>,
    name: &str,
    arguments: &Map<String, Value>,
) -> Result<Led<'a>, Fault> {
    let (shop, state) = (execution.shop, execution.state);
    if let Some(scope) = scope_of(name).filter(|scope| !state.may(scope)) {
        return Err(Fault::denied(name, scope));
    }
    if arguments.get("first").and_then(Value::as_u64).is_some_and(|first| first > 250) {
        let message = "Argument 'first' on a connection must not be more than 250";
        return Err(Fault::new("argumentLiteralsIncompatible", message));
    }
    let bad = |message: String| Fault::new("BAD_REQUEST", message);
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let search = Search::read(text("query"));
    Ok(match name {
        "shop" => Led::One(Some(Thing::Plain(
            "Shop",
            json!({
                "name": shop.name,
                "currencyCode": shop.currency.code(),
                "resourceLimits": { "locationLimit": 200, "maxProductOptions": 3, "maxProductVariants": 2048 },
            }),
        ))),
        "currentAppInstallation" => {
            let scopes: Vec<Value> = state.scopes.iter().map(|scope| json!({ "handle": scope })).collect();
            Led::One(Some(Thing::Plain("AppInstallation", json!({ "accessScopes": scopes }))))
        }
        "location" => match arguments.get("id").and_then(Value::as_str) {
            Some(id) => Led::One(node(shop, id).filter(|thing| matches!(thing, Thing::Location(_)))),
            None => Led::One(shop.locations.first().map(Thing::Location)),
        },
        "locations" => {
            let locations = shop.locations.iter().map(|location| ((0, location.number), Thing::Location(location)));
            Led::Window(window(locations.collect(), arguments).map_err(bad)?)
        }
        "products" => {
            let by_time = text("sortKey") == "UPDATED_AT";
            let found = shop.products.values().filter(|product| fits(product, &search));
            let found = found.map(|product| {
                let time = if by_time { product.updated_at.0.div_euclid(1000) } else { 0 };
                ((time, product.number), Thing::Product(product))
            });
            Led::Window(window(found.collect(), arguments).map_err(bad)?)
        }
        "productsCount" => {
            let limit = match arguments.get("limit") {
                Some(limit) => limit.as_u64().unwrap_or(MOST_COUNTED),
                None => MOST_COUNTED,
            };
            let count = shop.products.values().filter(|product| fits(product, &search)).count() as u64;
            let precision = if count > limit { "AT_LEAST" } else { "EXACT" };
            Led::One(Some(Thing::Plain("Count", json!({ "count": count.min(limit), "precision": precision }))))
        }
        "productVariants" => {
            // Looked up where they are named: a big shop asks this often.
            let products: Vec<&ShopProduct> = match search.numbers("product_ids") {
                Some(named) => named.iter().filter_map(|number| shop.products.get(number)).collect(),
                None => shop.products.values().collect(),
            };
            let variants = products.into_iter().flat_map(|product| {
                let search = &search;
                product.variants.iter().enumerate().filter_map(move |(position, variant)| {
                    let fits = search.number("id", variant.number);
                    fits.then_some(((0, variant.number), Thing::Variant(product, position)))
                })
            });
            Led::Window(window(variants.collect(), arguments).map_err(bad)?)
        }
        "product" => Led::One(node(shop, text("id")).filter(|thing| matches!(thing, Thing::Product(_)))),
        "orders" => Led::Window(orders::list(shop, state, arguments).map_err(bad)?),
        "order" => {
            let order = number_of("Order", text("id")).and_then(|number| shop.orders.get(&number));
            Led::One(order.filter(|order| orders::is_shown(order, state)).map(Thing::Order))
        }
        "nodes" => {
            let ids = arguments.get("ids").and_then(Value::as_array).cloned().unwrap_or_default();
            let mut nodes = Vec::with_capacity(ids.len());
            for id in &ids {
                let id = id.as_str().unwrap_or_default();
                if !id.starts_with("gid://shopify/") {
                    return Err(Fault::new("argumentLiteralsIncompatible", format!("Invalid global id '{id}'")));
                }
                nodes.push(node(shop, id));
            }
            Led::Many(nodes)
        }
        "productByIdentifier" => {
            let identifier = &arguments["identifier"];
            let id = identifier["id"].as_str().and_then(|id| number_of("Product", id));
            let number = match mark_of(identifier) {
                Some((place, _)) if !state.definitions.contains(&place) => {
                    return Err(Fault::new("NOT_FOUND", format!("Metafield definition {place} not found")));
                }
                Some((place, value)) => marked(shop, &place, &value),
                None => id,
            };
            Led::One(number.and_then(|number| shop.products.get(&number)).map(Thing::Product))
        }
        "bulkOperation" => {
            let shown = number_of("BulkOperation", text("id")).and_then(|number| bulk::show(state, number));
            Led::One(shown.map(|operation| Thing::Plain("BulkOperation", operation)))
        }
        "productOperation" => {
            let work = number_of("ProductSetOperation", text("id")).and_then(|number| state.operations.get(&number));
            Led::One(work.map(|work| {
                let done = work.looks > 1;
                let status = if done { "COMPLETE" } else { "ACTIVE" };
                let product = done.then_some(&work.product);
                let operation = json!({ "id": text("id"), "status": status, "product": product, "userErrors": [] });
                Thing::Plain("ProductSetOperation", operation)
            }))
        }
        "events" => {
            let events = shop.deleted.iter().filter(|(_, at)| {
                let word = |field, word| search.word(field, word);
                word("action", "destroy") && word("subject_type", "PRODUCT") && search.moment("created_at", **at)
            });
            let events = events.zip(1..).map(|((number, at), place)| {
                let event = json!({
                    "id": gid("BasicEvent", *number), "action": "destroy", "createdAt": moment(*at),
                    "subjectId": gid("Product", *number), "subjectType": "PRODUCT",
                });
                ((0, place), Thing::Plain("BasicEvent", event))
            });
            Led::Window(window(events.collect(), arguments).map_err(bad)?)
        }
        "publications" => {
            let publication = |number: u64, handle: &str, name: &str| {
                json!({ "id": gid("Publication", number), "channels": [{
                    "id": gid("Channel", number), "handle": handle, "name": name,
                    "app": { "id": gid("App", number), "handle": handle },
                }]})
            };
            let both = [publication(1, "pos", "Point of Sale"), publication(2, "online_store", "Online Store")];
            all("Publication", &json!(both))
        }
        _ => Led::Scalar(Value::Null),
    })
}

/// Where no status is named, only what is active is found.
pub(super) fn fits(product: &ShopProduct, search: &Search) -> bool {
    let by_status =
        if search.names("status") { search.word("status", status(product)) } else { status(product) == "ACTIVE" };
    by_status && search.number("id", product.number) && search.moment("updated_at", product.updated_at)
}
