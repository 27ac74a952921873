//! Items and their counts, as Clover writes them.
//!
//! A product without options is an item; one with options is a group, and each of its variants an item. What an item has
//! and the shop's model has not lies in the variant's `extra`, under [`OWN`].

use serde_json::{Value, json};

use crate::connectors::clover::convert::item_name;
use crate::domain::{Quantity, Status, Timestamp};
use crate::sandbox::{Incoming, Shop, ShopProduct, ShopVariant};

use super::list::{Asked, expanded, nested};
use super::{Answered, Kept, Problem, done, identifiers};

pub(super) const OWN: &str = "clover";

/// "Filter fields to display search results" of the reference.
pub(super) const FILTERS: &[&str] = &[
    "lowStock",
    "modifiedTime",
    "hidden",
    "itemCode",
    "available",
    "option.id",
    "modifierGroup.id",
    "autoManage",
    "price",
    "id",
    "sku",
    "defaultTaxRates",
    "tags.id",
    "alternateName",
    "isRevenue",
    "tags.name",
    "deleted",
    "item.id",
    "name",
    "itemStock.quantity",
    "itemGroup.id",
    "isAgeRestricted",
    "ageRestrictedType",
    "minimumAge",
    "categoryId",
];

/// An item that was deleted through the API.
#[derive(Debug)]
pub(super) struct Deleted {
    pub shown: Value,
    pub at: Timestamp,
}

pub(super) fn is_group(kept: &Kept, product: &ShopProduct) -> bool {
    !product.options.is_empty() || product.variants.len() > 1 || kept.declared.contains_key(&product.number)
}

/// A field of the item that the model has no place for.
pub(super) fn own<'a>(variant: &'a ShopVariant, name: &str) -> Option<&'a Value> {
    variant.extra.get(OWN)?.get(name).filter(|value| !value.is_null())
}

pub(super) fn set_own(variant: &mut ShopVariant, name: &str, value: Value) {
    let own = variant.extra.entry(OWN).or_insert_with(|| json!({}));
    own[name] = value;
}

pub(super) fn flag(variant: &ShopVariant, name: &str) -> Option<bool> {
    own(variant, name).and_then(Value::as_bool)
}

/// Whether the item can be sold at all. Of a product that is on sale at least one can.
pub(super) fn available(product: &ShopProduct, variant: &ShopVariant) -> bool {
    if flag(variant, "autoManage") == Some(true) {
        return variant.levels.is_empty() || variant.levels.values().any(|level| level.is_positive());
    }
    let none_is = product.variants.iter().all(|one| flag(one, "available") == Some(false));
    product.status == Status::Active && (none_is || flag(variant, "available") != Some(false))
}

pub(super) fn hidden(product: &ShopProduct, variant: &ShopVariant) -> bool {
    product.status == Status::Archived || flag(variant, "hidden") == Some(true)
}

pub(super) fn name(group: bool, product: &ShopProduct, variant: &ShopVariant) -> String {
    match own(variant, "name").and_then(Value::as_str) {
        Some(name) if group => name.to_owned(),
        _ if group => item_name(&product.title, variant.values.iter().map(String::as_str)),
        _ => product.title.clone(),
    }
}

fn modified(product: &ShopProduct, variant: &ShopVariant) -> Timestamp {
    product.updated_at.max(variant.updated_at)
}

pub(super) fn location(shop: &Shop) -> u64 {
    shop.locations.first().map_or(0, |location| location.number)
}

pub(super) fn items(kept: &Kept, shop: &Shop, request: &Incoming) -> Answered {
    let asked = Asked::of(request, FILTERS)?;
    if asked.asks("deleted", "true") {
        let found = kept.deleted.iter().filter(|item| asked.holds("modifiedTime", item.at.0));
        return Ok(asked.page(request, found, |item| item.shown.clone()));
    }
    let all = shop.products.values().flat_map(|product| product.variants.iter().map(move |variant| (product, variant)));
    let found = all.filter(|(product, variant)| is_wanted(kept, &asked, product, variant));
    Ok(asked.page(request, found, |(product, variant)| show(kept, shop, product, variant, &|name| asked.expands(name))))
}

fn is_wanted(kept: &Kept, asked: &Asked, product: &ShopProduct, variant: &ShopVariant) -> bool {
    let group = if is_group(kept, product) { identifiers::group(product.number) } else { String::new() };
    let truth = |held: bool| if held { "true" } else { "false" };
    let alternate = own(variant, "alternateName").and_then(Value::as_str).unwrap_or_default();
    asked.says("itemGroup.id", &group)
        && asked.holds("modifiedTime", modified(product, variant).0)
        && asked.says("alternateName", alternate)
        && asked.says("sku", &variant.sku)
        && asked.says("id", &identifiers::item(variant.number))
        && asked.says("name", &name(!group.is_empty(), product, variant))
        && asked.says("hidden", truth(hidden(product, variant)))
        && asked.says("available", truth(available(product, variant)))
        && asked.says("deleted", "false")
        && asked.holds("price", variant.price.unwrap_or(0))
        && (product.category.is_empty() || asked.says("categoryId", &identifiers::category(&product.category)))
}

pub(super) fn item(kept: &Kept, shop: &Shop, request: &Incoming, id: &str) -> Answered {
    let expand = expanded(request)?;
    let (product, variant) = find(shop, id)?;
    Ok(done(show(kept, shop, product, variant, &|name| expand.iter().any(|known| known == name))))
}

pub(super) fn find<'a>(shop: &'a Shop, id: &str) -> Result<(&'a ShopProduct, &'a ShopVariant), Problem> {
    let number = identifiers::item_number(id).ok_or_else(Problem::invalid_id)?;
    let (product, position) = shop.find_variant(number).ok_or_else(Problem::invalid_id)?;
    let product = shop.products.get(&product).ok_or_else(Problem::invalid_id)?;
    let variant = product.variants.get(position).ok_or_else(Problem::invalid_id)?;
    Ok((product, variant))
}

/// What an answer to a change shows: nothing expanded.
pub(super) fn shown(kept: &Kept, shop: &Shop, id: &str) -> Answered {
    let (product, variant) = find(shop, id)?;
    Ok(done(show(kept, shop, product, variant, &|_| false)))
}

pub(super) fn show(
    kept: &Kept,
    shop: &Shop,
    product: &ShopProduct,
    variant: &ShopVariant,
    expands: &dyn Fn(&str) -> bool,
) -> Value {
    let group = is_group(kept, product);
    let mut item = json!({
        "id": identifiers::item(variant.number),
        "hidden": hidden(product, variant),
        "available": available(product, variant),
        "autoManage": flag(variant, "autoManage").unwrap_or(false),
        "name": name(group, product, variant),
        "price": variant.price.unwrap_or(0),
        "priceType": price_type(variant),
        "defaultTaxRates": true,
        "isRevenue": true,
        "modifiedTime": modified(product, variant).0,
    });
    for (field, value) in [("sku", &variant.sku), ("code", &variant.barcode)] {
        if !value.is_empty() {
            item[field] = json!(value);
        }
    }
    for field in ["alternateName", "unitName", "cost", "colorCode"] {
        if let Some(value) = own(variant, field) {
            item[field] = value.clone();
        }
    }
    if group {
        item["itemGroup"] = json!({"id": identifiers::group(product.number)});
    }
    if expands("itemStock") && variant.tracked {
        item["itemStock"] = show_stock(shop, variant);
    }
    if expands("categories") {
        let one = (!product.category.is_empty())
            .then(|| json!({"id": identifiers::category(&product.category), "name": product.category, "sortOrder": 1}));
        item["categories"] = nested(one.into_iter().collect());
    }
    if expands("options") {
        let options = product.options.iter().zip(&variant.values).filter(|(_, value)| !value.is_empty());
        let options = options.map(|(attribute, value)| {
            json!({
                "id": identifiers::option(product.number, attribute, value),
                "name": value,
                "attribute": {"id": identifiers::attribute(product.number, attribute)},
            })
        });
        item["options"] = nested(options.collect());
    }
    item
}

fn price_type(variant: &ShopVariant) -> &'static str {
    match (variant.price, own(variant, "priceType").and_then(Value::as_str)) {
        (None, _) => "VARIABLE",
        (Some(_), Some("PER_UNIT")) => "PER_UNIT",
        (Some(_), _) => "FIXED",
    }
}

/// What was never counted has an item and nothing else.
fn show_stock(shop: &Shop, variant: &ShopVariant) -> Value {
    let mut stock = json!({"item": {"id": identifiers::item(variant.number)}});
    if let Some(level) = variant.levels.get(&location(shop)).filter(|_| variant.tracked) {
        stock["stockCount"] = json!(rounded(*level));
        stock["quantity"] = serde_json::from_str(&level.to_string()).unwrap_or(Value::Null);
        stock["modifiedTime"] = json!(variant.stock_updated_at.0);
    }
    stock
}

/// 160.5 is shown as 161 in the guide.
fn rounded(level: Quantity) -> i64 {
    let one = Quantity::units(1).raw();
    (level.raw() + one / 2).div_euclid(one)
}

pub(super) fn stocks(shop: &Shop, request: &Incoming) -> Answered {
    let asked = Asked::of(request, &[])?;
    let all = shop.products.values().flat_map(|product| &product.variants).filter(|variant| variant.tracked);
    Ok(asked.page(request, all, |variant| show_stock(shop, variant)))
}

pub(super) fn stock(shop: &Shop, id: &str) -> Answered {
    let (_, variant) = find(shop, id)?;
    Ok(done(show_stock(shop, variant)))
}
