//! Products of V1 as Wix writes them.

use serde_json::{Map, Value, json};

use crate::domain::{Currency, Money};
use crate::sandbox::{Shop, ShopProduct, ShopVariant};

use super::identifiers::{Kind, Registers, uuid};
use super::present::{SEO, VISIBLE, is_visible, values};
use super::whole;

/// Of every product whose variants are not managed.
pub(super) const NO_VARIANT: &str = "00000000-0000-0000-0000-000000000000";
/// Where the model's `extra` keeps a discount.
pub(super) const DISCOUNT: &str = "discount";

pub(super) fn is_managed(product: &ShopProduct) -> bool {
    !product.options.is_empty()
}

pub(super) fn variant_id(product: &ShopProduct, variant: &ShopVariant) -> String {
    if is_managed(product) { uuid(Kind::Variant, variant.number) } else { NO_VARIANT.to_owned() }
}

/// An amount as a JSON number.
fn amount(minor: i64, currency: Currency) -> Value {
    serde_json::from_str(&Money::new(minor, currency).amount()).unwrap_or(Value::Null)
}

/// In minor units.
fn discount(product: &ShopProduct, currency: Currency) -> i64 {
    let discount = product.extra.get(DISCOUNT);
    let is_amount = discount.is_some_and(|discount| discount.get("type") == Some(&json!("AMOUNT")));
    let value = discount.filter(|_| is_amount).and_then(|discount| discount.get("value")).map(Value::to_string);
    value.and_then(|value| Money::parse(&value, currency).ok()).map_or(0, |money| money.minor)
}

fn price(shop: &Shop, product: &ShopProduct, variant: &ShopVariant) -> Value {
    let full = variant.price.unwrap_or(0);
    let less = full - discount(product, shop.currency);
    let text = |minor: i64| Money::new(minor, shop.currency).to_string();
    json!({
        "currency": shop.currency.code(), "price": amount(full, shop.currency),
        "discountedPrice": amount(less, shop.currency),
        "formatted": {"price": text(full), "discountedPrice": text(less)}
    })
}

/// A count, of the whole product or of a variant: one place, the first of the shop's.
pub(super) fn level(shop: &Shop, variant: &ShopVariant) -> Option<i64> {
    let place = shop.locations.first().map_or(1, |place| place.number);
    variant.levels.get(&place).map(|level| whole(*level))
}

pub(super) fn product(registers: &mut Registers, shop: &Shop, product: &ShopProduct, variants: bool) -> Value {
    let managed = is_managed(product);
    let first = product.variants.first();
    let tracked = product.variants.iter().any(|variant| variant.tracked);
    let mut stock = json!({"trackInventory": tracked, "inStock": true, "inventoryStatus": "IN_STOCK"});
    if let Some(level) = first.filter(|_| !managed && tracked).and_then(|first| level(shop, first)) {
        stock["quantity"] = json!(level);
    }
    let slug = format!("product-{}", product.number);
    let seo = product.extra.get(SEO).cloned().unwrap_or_else(|| json!({"tags": []}));
    let discount = product.extra.get(DISCOUNT).cloned().unwrap_or_else(|| json!({"type": "NONE", "value": 0}));
    let mut shown = json!({
        "id": uuid(Kind::Product, product.number), "name": product.title, "slug": slug, "visible": is_visible(product),
        "productType": "physical", "description": product.description,
        "sku": first.filter(|_| !managed).map_or("", |first| first.sku.as_str()), "stock": stock,
        "media": media(registers, product), "manageVariants": managed, "productOptions": options(product),
        "productPageUrl": {"base": "https://store.example/", "path": format!("/product-page/{slug}")},
        "numericId": product.number.to_string(), "inventoryItemId": uuid(Kind::Item, product.number),
        "discount": discount, "collectionIds": [], "seoData": seo,
        "lastUpdated": product.updated_at.rfc3339(), "createdDate": product.created_at.rfc3339()
    });
    if let Some(first) = first {
        shown["priceData"] = price(shop, product, first);
    }
    if !product.brand.is_empty() {
        shown["brand"] = json!(product.brand);
    }
    if variants {
        let all: Vec<Value> = product.variants.iter().map(|one| variant(shop, product, one, tracked)).collect();
        shown["variants"] = json!(all);
    }
    shown
}

fn media(registers: &mut Registers, product: &ShopProduct) -> Value {
    let item = |address: &String| {
        let image = json!({"url": address, "width": 800, "height": 800, "format": "png"});
        json!({"id": registers.picture(address), "mediaType": "image", "title": "picture", "image": image})
    };
    let items: Vec<Value> = product.images.iter().map(item).collect();
    let mut media = json!({"items": items});
    if let Some(first) = items.first() {
        media["mainMedia"] = first.clone();
    }
    media
}

fn options(product: &ShopProduct) -> Vec<Value> {
    let shown = |(place, name): (usize, &String)| {
        let choices: Vec<Value> = values(product, place)
            .iter()
            .map(|value| json!({"value": value, "description": value, "inStock": true, "visible": true}))
            .collect();
        json!({"optionType": "drop_down", "name": name, "choices": choices})
    };
    product.options.iter().enumerate().map(shown).collect()
}

pub(super) fn is_shown(variant: &ShopVariant) -> bool {
    variant.extra.get(VISIBLE) != Some(&json!(false))
}

fn variant(shop: &Shop, product: &ShopProduct, variant: &ShopVariant, tracked: bool) -> Value {
    let pairs = product.options.iter().zip(&variant.values);
    let choices: Map<String, Value> = pairs.map(|(option, value)| (option.clone(), json!(value))).collect();
    let mut stock = json!({"trackQuantity": tracked, "inStock": true});
    if let Some(level) = level(shop, variant).filter(|_| tracked) {
        stock["quantity"] = json!(level);
    }
    let data = json!({
        "priceData": price(shop, product, variant), "weight": 0, "sku": variant.sku, "visible": is_shown(variant)
    });
    json!({"id": variant_id(product, variant), "choices": choices, "variant": data, "stock": stock})
}
