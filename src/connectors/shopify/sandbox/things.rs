//! The shop as a graph: what a field of a thing leads to.
//!
//! Nothing is answered that was not asked for: the executor in `answer.rs` comes here with one field at a time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::domain::{Quantity, Status, Timestamp};
use crate::sandbox::{Shop, ShopLocation, ShopOrder, ShopProduct, ShopVariant};

use super::edit::{COMPARE_AT, WEIGHT};
use super::orders::{order_field, part, part_field};
use super::search::Search;

/// Inventory items have numbers of their own, so that nobody takes one for its variant.
const ITEM_OFFSET: u64 = 40_000_000;

/// A thing in the graph.
#[derive(Clone)]
pub(super) enum Thing<'a> {
    Product(&'a ShopProduct),
    Variant(&'a ShopProduct, usize),
    Item(&'a ShopProduct, usize),
    Level(&'a ShopProduct, usize, u64),
    Location(&'a ShopLocation),
    Order(&'a ShopOrder),
    /// A whole object with its type, made by a mutation or of no further depth. Objects and lists in it are things too.
    Plain(&'static str, Value),
}

/// What a field leads to.
pub(super) enum Led<'a> {
    Scalar(Value),
    One(Option<Thing<'a>>),
    Many(Vec<Option<Thing<'a>>>),
    Window(Window<'a>),
}

/// A page of a connection: things with their cursors.
pub(super) struct Window<'a> {
    pub things: Vec<(Thing<'a>, String)>,
    pub more: bool,
    pub before: bool,
}

pub(super) fn gid(kind: &str, number: u64) -> String {
    format!("gid://shopify/{kind}/{number}")
}

/// The number of `gid://shopify/Product/12`, if it is of that kind.
pub(super) fn number_of(kind: &str, id: &str) -> Option<u64> {
    id.strip_prefix("gid://shopify/")?.strip_prefix(kind)?.strip_prefix('/')?.parse().ok()
}

pub(super) fn item_id(variant: &ShopVariant) -> String {
    gid("InventoryItem", variant.number + ITEM_OFFSET)
}

/// The variant that an inventory item belongs to.
pub(super) fn item_of<'a>(shop: &'a Shop, id: &str) -> Option<(&'a ShopProduct, usize)> {
    variant_of(shop, number_of("InventoryItem", id)?.checked_sub(ITEM_OFFSET)?)
}

fn variant_of(shop: &Shop, number: u64) -> Option<(&ShopProduct, usize)> {
    let (product, position) = shop.find_variant(number)?;
    Some((shop.products.get(&product)?, position))
}

/// Anything by its identifier.
pub(super) fn node<'a>(shop: &'a Shop, id: &str) -> Option<Thing<'a>> {
    if let Some(number) = number_of("Product", id) {
        return shop.products.get(&number).map(Thing::Product);
    }
    if let Some(number) = number_of("ProductVariant", id) {
        return variant_of(shop, number).map(|(product, position)| Thing::Variant(product, position));
    }
    if let Some(number) = number_of("Location", id) {
        return shop.locations.iter().find(|location| location.number == number).map(Thing::Location);
    }
    item_of(shop, id).map(|(product, position)| Thing::Item(product, position)).or_else(|| part(shop, id))
}

/// The things after a cursor, in the order of their keys.
pub(super) fn window<'a>(
    mut all: Vec<((i64, u64), Thing<'a>)>,
    arguments: &Map<String, Value>,
) -> Result<Window<'a>, String> {
    let Some(first) = arguments.get("first").and_then(Value::as_u64) else {
        return Err("you must provide one of first or last".to_owned());
    };
    all.sort_by_key(|(key, _)| *key);
    let after = match arguments.get("after").and_then(Value::as_str) {
        Some(cursor) => {
            Some(read_cursor(cursor).ok_or_else(|| format!("Invalid cursor for current pagination sort: {cursor}"))?)
        }
        None => None,
    };
    let begin = after.map_or(0, |after| all.partition_point(|(key, _)| *key <= after));
    let first = usize::try_from(first).unwrap_or(usize::MAX);
    let more = all.len() - begin > first;
    let things = all.into_iter().skip(begin).take(first);
    Ok(Window { things: things.map(|(key, thing)| (thing, write_cursor(key))).collect(), more, before: begin > 0 })
}

fn write_cursor((value, id): (i64, u64)) -> String {
    STANDARD.encode(json!({ "last_id": id, "last_value": value }).to_string())
}

fn read_cursor(cursor: &str) -> Option<(i64, u64)> {
    let place: Value = serde_json::from_slice(&STANDARD.decode(cursor).ok()?).ok()?;
    Some((place["last_value"].as_i64()?, place["last_id"].as_u64()?))
}

/// To the second.
pub(super) fn moment(at: Timestamp) -> String {
    Timestamp(at.0.div_euclid(1000) * 1000).rfc3339()
}

pub(super) fn status(product: &ShopProduct) -> &'static str {
    match product.status {
        _ if product.extra.get("unlisted").is_some_and(|flag| flag == true) => "UNLISTED",
        Status::Active => "ACTIVE",
        Status::Draft => "DRAFT",
        Status::Archived => "ARCHIVED",
    }
}

pub(super) fn flag(extra: &Map<String, Value>, name: &str) -> bool {
    extra.get(name).is_some_and(|value| value == true)
}

/// Whole pieces; the model may hold fractions, which Shopify cannot.
pub(super) fn pieces(quantity: Quantity) -> i64 {
    quantity.raw().div_euclid(100_000)
}

pub(super) fn scalar<'a>(value: impl Into<Value>) -> Led<'a> {
    Led::Scalar(value.into())
}

pub(super) fn plain<'a>(kind: &'static str, value: Value) -> Led<'a> {
    Led::One((!value.is_null()).then_some(Thing::Plain(kind, value)))
}

impl<'a> Thing<'a> {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Product(_) => "Product",
            Self::Variant(..) => "ProductVariant",
            Self::Item(..) => "InventoryItem",
            Self::Level(..) => "InventoryLevel",
            Self::Location(_) => "Location",
            Self::Order(_) => "Order",
            Self::Plain(kind, _) => kind,
        }
    }

    /// Follows a field. The schema has said that it exists.
    pub fn follow(&self, shop: &'a Shop, name: &str, arguments: &Map<String, Value>) -> Result<Led<'a>, String> {
        match self {
            Self::Product(product) => product_field(product, name, arguments),
            Self::Variant(product, position) => Ok(variant_field(shop, product, *position, name)),
            Self::Item(product, position) => Ok(item_field(product, *position, name, arguments)),
            Self::Level(product, position, location) => {
                Ok(level_field(shop, product, *position, *location, name, arguments))
            }
            Self::Location(location) => location_field(shop, location, name, arguments),
            Self::Order(order) => order_field(order, name, arguments),
            Self::Plain(kind, value) => match part_field(shop, kind, value, name, arguments) {
                Some(led) => led,
                None => Ok(plain_field(shop, kind, &value[name], name)),
            },
        }
    }
}

fn product_field<'a>(product: &'a ShopProduct, name: &str, arguments: &Map<String, Value>) -> Result<Led<'a>, String> {
    let simple = product.options.is_empty();
    Ok(match name {
        "id" => scalar(gid("Product", product.number)),
        "title" => scalar(product.title.as_str()),
        "handle" => scalar(handle(product)),
        "descriptionHtml" => scalar(product.description.as_str()),
        "vendor" => scalar(product.brand.as_str()),
        "productType" => scalar(product.category.as_str()),
        "status" => scalar(status(product)),
        "updatedAt" => scalar(moment(product.updated_at)),
        "isGiftCard" => scalar(flag(&product.extra, "gift_card")),
        "hasOnlyDefaultVariant" => scalar(simple),
        "onlineStoreUrl" => {
            let shown = flag(&product.extra, "published") && product.status == Status::Active;
            scalar(shown.then(|| format!("https://shop.example/products/{}", handle(product))))
        }
        "variantsCount" => plain("Count", json!({ "count": product.variants.len(), "precision": "EXACT" })),
        "media" => {
            let pictures = product.images.iter().zip(1..).map(|(url, number)| {
                let id = gid("MediaImage", product.number * 1000 + number);
                ((0, number), Thing::Plain("MediaImage", json!({ "id": id, "image": { "url": url } })))
            });
            Led::Window(window(pictures.collect(), arguments)?)
        }
        "variants" => {
            let variants = (0..product.variants.len()).map(|place| ((0, place as u64), Thing::Variant(product, place)));
            Led::Window(window(variants.collect(), arguments)?)
        }
        _ => scalar(Value::Null),
    })
}

fn handle(product: &ShopProduct) -> String {
    let letters = product.title.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    format!("{}-{}", letters.collect::<String>().trim_matches('-'), product.number)
}

fn variant_field<'a>(shop: &'a Shop, product: &'a ShopProduct, position: usize, name: &str) -> Led<'a> {
    let variant = &product.variants[position];
    match name {
        "id" => scalar(gid("ProductVariant", variant.number)),
        "position" => scalar(position + 1),
        // A blank one is null there.
        "sku" => scalar(Some(variant.sku.as_str()).filter(|sku| !sku.is_empty())),
        "barcode" => scalar(Some(variant.barcode.as_str()).filter(|barcode| !barcode.is_empty())),
        "price" => {
            let price = crate::domain::Money::new(variant.price.unwrap_or(0), shop.currency);
            scalar(price.amount())
        }
        "compareAtPrice" => {
            let before = variant.extra.get(COMPARE_AT).and_then(Value::as_i64);
            scalar(before.map(|before| crate::domain::Money::new(before, shop.currency).amount()))
        }
        "requiresComponents" => scalar(flag(&variant.extra, "requires_components")),
        "updatedAt" => scalar(moment(variant.updated_at)),
        "product" => Led::One(Some(Thing::Product(product))),
        "inventoryItem" => Led::One(Some(Thing::Item(product, position))),
        "selectedOptions" => {
            let option =
                |name: &str, value: &str| Thing::Plain("SelectedOption", json!({ "name": name, "value": value }));
            let options = if product.options.is_empty() {
                vec![Some(option("Title", "Default Title"))]
            } else {
                product.options.iter().zip(&variant.values).map(|(name, value)| Some(option(name, value))).collect()
            };
            Led::Many(options)
        }
        _ => scalar(Value::Null),
    }
}

fn item_field<'a>(product: &'a ShopProduct, position: usize, name: &str, arguments: &Map<String, Value>) -> Led<'a> {
    let variant = &product.variants[position];
    match name {
        "id" => scalar(item_id(variant)),
        "sku" => scalar(Some(variant.sku.as_str()).filter(|sku| !sku.is_empty())),
        "tracked" => scalar(variant.tracked),
        "measurement" => {
            // What was never weighed weighs nothing there.
            let nothing = || json!({ "value": 0.0, "unit": "KILOGRAMS" });
            let weight = variant.extra.get(WEIGHT).cloned().unwrap_or_else(nothing);
            let id = gid("InventoryItemMeasurement", variant.number + ITEM_OFFSET);
            plain("InventoryItemMeasurement", json!({ "id": id, "weight": weight }))
        }
        "updatedAt" => scalar(moment(variant.updated_at)),
        "inventoryLevel" => {
            let location = arguments.get("locationId").and_then(Value::as_str);
            let location = location.and_then(|id| number_of("Location", id));
            let level = location.filter(|location| variant.levels.contains_key(location));
            Led::One(level.map(|location| Thing::Level(product, position, location)))
        }
        _ => scalar(Value::Null),
    }
}

fn level_field<'a>(
    shop: &'a Shop,
    product: &'a ShopProduct,
    position: usize,
    location: u64,
    name: &str,
    arguments: &Map<String, Value>,
) -> Led<'a> {
    let variant = &product.variants[position];
    let level = variant.levels.get(&location).copied().unwrap_or_default();
    match name {
        "id" => {
            scalar(format!("{}?inventory_item_id={}", gid("InventoryLevel", location), variant.number + ITEM_OFFSET))
        }
        "isActive" => scalar(true),
        "item" => Led::One(Some(Thing::Item(product, position))),
        "location" => Led::One(shop.locations.iter().find(|known| known.number == location).map(Thing::Location)),
        "updatedAt" => scalar(moment(variant.stock_updated_at)),
        "quantities" => {
            let names = arguments.get("names").and_then(Value::as_array).cloned().unwrap_or_default();
            let quantity = |name: Value| {
                // Nothing is reserved or on its way in the model.
                let known = ["available", "on_hand"].iter().any(|known| name == *known);
                let quantity = if known { pieces(level) } else { 0 };
                let updated = moment(variant.stock_updated_at);
                Some(Thing::Plain(
                    "InventoryQuantity",
                    json!({ "name": name, "quantity": quantity, "updatedAt": updated }),
                ))
            };
            Led::Many(names.into_iter().map(quantity).collect())
        }
        _ => scalar(Value::Null),
    }
}

fn location_field<'a>(
    shop: &'a Shop,
    location: &'a ShopLocation,
    name: &str,
    arguments: &Map<String, Value>,
) -> Result<Led<'a>, String> {
    Ok(match name {
        "id" => scalar(gid("Location", location.number)),
        "name" => scalar(location.name.as_str()),
        "isActive" => scalar(true),
        "inventoryLevels" => {
            let search = Search::read(arguments.get("query").and_then(Value::as_str).unwrap_or_default());
            let here = location.number;
            let stocked = shop.products.values().flat_map(|product| {
                product.variants.iter().enumerate().map(move |(position, variant)| (product, position, variant))
            });
            let stocked = stocked.filter(|(_, _, variant)| {
                variant.levels.contains_key(&here) && search.moment("updated_at", variant.stock_updated_at)
            });
            let levels = stocked
                .map(|(product, position, variant)| ((0, variant.number), Thing::Level(product, position, here)));
            Led::Window(window(levels.collect(), arguments)?)
        }
        _ => scalar(Value::Null),
    })
}

/// A field of a plain object. Where its value is an identifier under the name of a thing, it leads to that thing.
fn plain_field<'a>(shop: &'a Shop, kind: &str, value: &Value, name: &str) -> Led<'a> {
    match (kind, name) {
        (
            "ProductSetPayload"
            | "ProductSetOperation"
            | "ProductUpdatePayload"
            | "ProductVariantsBulkUpdatePayload"
            | "ProductVariantsBulkCreatePayload",
            "product",
        )
        | ("InventoryChange", "item" | "location") => Led::One(value.as_str().and_then(|id| node(shop, id))),
        ("ProductSetPayload", "productSetOperation") => plain("ProductSetOperation", value.clone()),
        ("InventoryItemMeasurement", "weight") => plain("Weight", value.clone()),
        ("MediaImage", "image") => plain("Image", value.clone()),
        ("Shop", "resourceLimits") => plain("ShopResourceLimits", value.clone()),
        ("AppInstallation", "accessScopes") => many("AccessScope", value),
        ("Channel", "app") => plain("App", value.clone()),
        ("Publication", "channels") => all("Channel", value),
        ("MetafieldDefinitionCreatePayload", "createdDefinition") => plain("MetafieldDefinition", value.clone()),
        ("InventoryAdjustQuantitiesPayload", "inventoryAdjustmentGroup") => {
            plain("InventoryAdjustmentGroup", value.clone())
        }
        ("InventoryAdjustmentGroup", "changes") => many("InventoryChange", value),
        (_, "userErrors") => many("UserError", value),
        _ => Led::Scalar(value.clone()),
    }
}

fn many<'a>(kind: &'static str, value: &Value) -> Led<'a> {
    let list = value.as_array().cloned().unwrap_or_default();
    Led::Many(list.into_iter().map(|one| Some(Thing::Plain(kind, one))).collect())
}

/// A connection that fits on one page.
pub(super) fn all<'a>(kind: &'static str, value: &Value) -> Led<'a> {
    let list = value.as_array().cloned().unwrap_or_default();
    let things = list.into_iter().zip(0..).map(|(one, place)| (Thing::Plain(kind, one), write_cursor((0, place))));
    Led::Window(Window { things: things.collect(), more: false, before: false })
}
