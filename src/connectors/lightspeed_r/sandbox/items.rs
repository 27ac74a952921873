//! Items and their counts, as R-Series writes them.
//!
//! A product without options is an item; one with options is a matrix, and each of its variants an item.

use serde_json::{Value, json};

use crate::connectors::lightspeed_r::convert::item_name;
use crate::domain::{Currency, Money, Quantity, Timestamp};
use crate::sandbox::{Incoming, Shop, ShopProduct, ShopVariant};

use super::lists::{Kind, page};
use super::own::{codes, is_archived, is_published, own};
use super::terms::Terms;
use super::{Answered, Problem, loaded, many, moment, told};

const ITEM: Kind = Kind { name: "Item", id: "itemID", sortable: &["itemID", "timeStamp", "description"] };
const LEVEL: Kind = Kind { name: "ItemShop", id: "itemShopID", sortable: &["itemShopID", "timeStamp"] };

pub fn is_matrix(product: &ShopProduct) -> bool {
    !product.options.is_empty() || product.variants.len() > 1
}

pub fn name(product: &ShopProduct, variant: &ShopVariant) -> String {
    match own(variant, "description") {
        Some(name) if is_matrix(product) => name.to_owned(),
        _ if is_matrix(product) => item_name(&product.title, variant.values.iter().map(String::as_str)),
        _ => product.title.clone(),
    }
}

pub fn kind(variant: &ShopVariant) -> &str {
    match own(variant, "itemType") {
        Some(kind) if (kind == "non_inventory") != variant.tracked => kind,
        _ if variant.tracked => "default",
        _ => "non_inventory",
    }
}

/// The brand and the category of an item are its own, whatever its matrix has.
pub fn manufacturer(terms: &Terms, product: &ShopProduct, variant: &ShopVariant) -> String {
    let shared = || terms.manufacturer_id(&product.brand);
    own(variant, "manufacturerID").filter(|_| is_matrix(product)).map_or_else(shared, str::to_owned)
}

pub fn category(terms: &Terms, product: &ShopProduct, variant: &ShopVariant) -> String {
    let shared = || terms.category_id(&product.category);
    own(variant, "categoryID").filter(|_| is_matrix(product)).map_or_else(shared, str::to_owned)
}

fn stamp(product: &ShopProduct, variant: &ShopVariant) -> Timestamp {
    product.updated_at.max(variant.updated_at)
}

fn system_sku(variant: &ShopVariant) -> String {
    format!("21{:010}", variant.number)
}

fn field(terms: &Terms, row: &(&ShopProduct, &ShopVariant), name: &str) -> Option<String> {
    let (product, variant) = *row;
    let truth = |held: bool| if held { "true" } else { "false" }.to_owned();
    Some(match name {
        "itemID" => variant.number.to_string(),
        "itemMatrixID" if is_matrix(product) => product.number.to_string(),
        "itemMatrixID" => "0".to_owned(),
        "archived" => truth(is_archived(product, variant)),
        "publishToEcom" => truth(is_published(product, variant)),
        "timeStamp" => moment(stamp(product, variant)),
        "createTime" => moment(product.created_at),
        "description" => self::name(product, variant),
        "systemSku" => system_sku(variant),
        "customSku" => variant.sku.clone(),
        "manufacturerSku" => own(variant, "manufacturerSku").unwrap_or_default().to_owned(),
        "upc" => codes(variant).0,
        "ean" => codes(variant).1,
        "itemType" => kind(variant).to_owned(),
        "manufacturerID" => manufacturer(terms, product, variant),
        "categoryID" => category(terms, product, variant),
        _ => return None,
    })
}

fn all(shop: &Shop) -> impl Iterator<Item = (&ShopProduct, &ShopVariant)> {
    shop.products.values().flat_map(|product| product.variants.iter().map(move |variant| (product, variant)))
}

pub fn list(terms: &Terms, shop: &Shop, request: &Incoming) -> Answered {
    let relations = loaded(request);
    let show = |row: &(&ShopProduct, &ShopVariant)| show(terms, shop, row.0, row.1, &relations);
    page(request, &ITEM, all(shop), |row, name| field(terms, row, name), show)
}

pub fn find<'a>(shop: &'a Shop, id: &str) -> Result<(&'a ShopProduct, &'a ShopVariant), Problem> {
    let missing = || Problem::not_found("Item", id);
    let number = id.parse().map_err(|_| missing())?;
    let (product, position) = shop.find_variant(number).ok_or_else(missing)?;
    let product = shop.products.get(&product).ok_or_else(missing)?;
    Ok((product, product.variants.get(position).ok_or_else(missing)?))
}

pub fn one(terms: &Terms, shop: &Shop, request: &Incoming, id: &str) -> Answered {
    let (product, variant) = find(shop, id)?;
    Ok(told("Item", show(terms, shop, product, variant, &loaded(request))))
}

/// What an answer to a change shows: its counts come along, as recorded.
pub fn shown(terms: &Terms, shop: &Shop, request: &Incoming, number: u64) -> Answered {
    let (product, variant) = find(shop, &number.to_string())?;
    let mut relations = loaded(request);
    relations.push("ItemShops".to_owned());
    Ok(told("Item", show(terms, shop, product, variant, &relations)))
}

pub fn show(terms: &Terms, shop: &Shop, product: &ShopProduct, variant: &ShopVariant, relations: &[String]) -> Value {
    let of = |name: &str| field(terms, &(product, variant), name).unwrap_or_default();
    let mut item = json!({
        "itemID": of("itemID"),
        "systemSku": of("systemSku"),
        "defaultCost": "0",
        "avgCost": "0",
        "discountable": "true",
        "tax": "true",
        "archived": of("archived"),
        "itemType": of("itemType"),
        "serialized": "false",
        "description": of("description"),
        "modelYear": "0",
        "upc": of("upc"),
        "ean": of("ean"),
        "customSku": of("customSku"),
        "manufacturerSku": of("manufacturerSku"),
        "createTime": of("createTime"),
        "timeStamp": of("timeStamp"),
        "publishToEcom": of("publishToEcom"),
        "categoryID": of("categoryID"),
        "taxClassID": "1",
        "departmentID": "0",
        "itemMatrixID": of("itemMatrixID"),
        "manufacturerID": of("manufacturerID"),
        "seasonID": "0",
        "defaultVendorID": "0",
        "Prices": prices(variant, shop.currency),
    });
    for relation in relations {
        let value = match relation.as_str() {
            "ItemShops" => json!({"ItemShop": many(rows(shop, variant))}),
            "ItemAttributes" => attributes(terms, product, variant),
            "Category" => terms
                .category(&of("categoryID"))
                .ok()
                .filter(|path| !path.is_empty())
                .map_or(Value::Null, |path| terms.show_category(&path)),
            "Manufacturer" => terms
                .manufacturer(&of("manufacturerID"))
                .ok()
                .filter(|name| !name.is_empty())
                .map_or(Value::Null, |name| terms.show_manufacturer(&name)),
            "Images" if !is_matrix(product) => images(product, variant.number, 0),
            "ItemECommerce" if !is_matrix(product) => e_commerce(&product.description),
            _ => Value::Null,
        };
        if !value.is_null() && value["ItemShop"] != json!([]) {
            item[relation] = value;
        }
    }
    item
}

pub fn e_commerce(description: &str) -> Value {
    match description.is_empty() {
        true => Value::Null,
        false => json!({"itemECommerceID": "1", "longDescription": description, "shortDescription": "", "weight": "0",
            "width": "0", "height": "0", "length": "0", "listOnStore": "false"}),
    }
}

pub fn images(product: &ShopProduct, item: u64, matrix: u64) -> Value {
    let show = |(place, address): (usize, &String)| {
        let (base, file) = address.rsplit_once('/').unwrap_or(("", address));
        let id = file.split_once('.').map_or(file, |(id, _)| id);
        json!({"imageID": (place + 1).to_string(), "description": product.title, "filename": file,
            "ordering": place.to_string(), "publicID": id, "baseImageURL": format!("{base}/"), "size": "380994",
            "createTime": moment(product.created_at), "timeStamp": moment(product.created_at),
            "itemID": item.to_string(), "itemMatrixID": matrix.to_string()})
    };
    let all: Vec<Value> = product.images.iter().enumerate().map(show).collect();
    if all.is_empty() { Value::Null } else { json!({"Image": many(all)}) }
}

fn attributes(terms: &Terms, product: &ShopProduct, variant: &ShopVariant) -> Value {
    let Some(set) = terms.set_of(product).filter(|_| is_matrix(product)) else { return Value::Null };
    let mut shown =
        json!({"attribute1": "", "attribute2": "", "attribute3": "", "itemAttributeSetID": set.id.to_string()});
    for (slot, value) in set.slots().zip(&variant.values) {
        shown[format!("attribute{}", slot + 1)] = json!(value);
    }
    shown
}

/// `19.9`, without needless zeros.
fn amount(minor: i64, currency: Currency) -> String {
    let text = Money::new(minor, currency).amount();
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn prices(variant: &ShopVariant, currency: Currency) -> Value {
    let msrp = own(variant, "msrp").and_then(|minor| minor.parse().ok()).unwrap_or(0);
    let level =
        |minor: i64, id: &str, name: &str| json!({"amount": amount(minor, currency), "useTypeID": id, "useType": name});
    let price = variant.price.unwrap_or(0);
    json!({"ItemPrice": [level(price, "1", "Default"), level(msrp, "2", "MSRP"), level(price, "3", "Online")]})
}

/// Whole pieces; what the shop's model has less of is left out.
fn pieces(level: Quantity) -> i64 {
    level.raw().div_euclid(Quantity::units(1).raw())
}

/// A row of `ItemShop`: what an item has in one shop, or in all of them (shop 0).
struct Level<'a> {
    variant: &'a ShopVariant,
    location: u64,
    level: i64,
}

/// One for each shop that has a count, and their sum as that of shop 0. What is not counted has rows all the same.
fn counts<'a>(shop: &Shop, variant: &'a ShopVariant) -> Vec<Level<'a>> {
    let level = |location: u64| match variant.tracked {
        true => variant.levels.get(&location).map(|level| pieces(*level)),
        false => Some(0),
    };
    let here = |location: u64| level(location).map(|level| Level { variant, location, level });
    let mut rows: Vec<Level> = shop.locations.iter().filter_map(|location| here(location.number)).collect();
    if !rows.is_empty() {
        rows.push(Level { variant, location: 0, level: rows.iter().map(|row| row.level).sum() });
    }
    rows
}

impl Level<'_> {
    /// Of the many rows of a shop most are only asked for what they are listed by.
    fn field(&self, name: &str) -> Option<String> {
        Some(match name {
            "itemShopID" => (self.variant.number * 1000 + self.location).to_string(),
            "itemID" => self.variant.number.to_string(),
            "shopID" => self.location.to_string(),
            "timeStamp" => moment(self.variant.stock_updated_at),
            "archived" => return None,
            _ => return super::terms::text(&self.show(), name),
        })
    }

    fn show(&self) -> Value {
        let of = |name: &str| self.field(name).unwrap_or_default();
        json!({"itemShopID": of("itemShopID"), "qoh": self.level.to_string(),
            "sellable": self.level.max(0).to_string(), "backorder": "0", "componentQoh": "0", "componentBackorder": "0",
            "onLayaway": "0", "onSpecialOrder": "0", "onWorkorder": "0", "onTransferOut": "0", "onTransferIn": "0",
            "averageCost": "0", "reorderPoint": "0", "reorderLevel": "0", "timeStamp": of("timeStamp"),
            "itemID": of("itemID"), "shopID": of("shopID")})
    }
}

fn rows(shop: &Shop, variant: &ShopVariant) -> Vec<Value> {
    counts(shop, variant).iter().map(Level::show).collect()
}

pub fn levels(shop: &Shop, request: &Incoming) -> Answered {
    let all = all(shop).flat_map(|(_, variant)| counts(shop, variant));
    page(request, &LEVEL, all, Level::field, Level::show)
}
