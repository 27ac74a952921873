//! Products and variants of V3 as Wix writes them.

use serde_json::{Map, Value, json};

use crate::domain::{Money, Status};
use crate::sandbox::{Shop, ShopProduct, ShopVariant};

use super::identifiers::{Kind, Registers, uuid, uuid_of};

/// Names under which the model's `extra` keeps what the model has no place for.
pub(super) const HANDLE: &str = "handle";
pub(super) const COMPARE_AT: &str = "compareAtPrice";
pub(super) const WEIGHT: &str = "weight";
pub(super) const VISIBLE: &str = "visible";
/// V1's.
pub(super) const SEO: &str = "seoData";
const INTERNAL: [&str; 5] = [HANDLE, COMPARE_AT, WEIGHT, VISIBLE, SEO];

pub(super) fn is_visible(product: &ShopProduct) -> bool {
    product.status == Status::Active
}

pub(super) fn amount(shop: &Shop, minor: i64) -> Value {
    json!({"amount": Money::new(minor, shop.currency).amount()})
}

fn unknown(extra: &Map<String, Value>) -> impl Iterator<Item = (String, Value)> + '_ {
    let kept = extra.iter().filter(|(name, _)| !INTERNAL.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone()))
}

fn merge(shown: &mut Value, extra: &Map<String, Value>) {
    if let Some(fields) = shown.as_object_mut() {
        fields.extend(unknown(extra));
    }
}

/// `fields`: what was asked for beside the rest; `alone`: one product was asked for, and its variants come with it.
pub(super) fn product(
    registers: &mut Registers,
    shop: &Shop,
    product: &ShopProduct,
    fields: &[String],
    alone: bool,
) -> Value {
    let has = |name: &str| fields.iter().any(|field| field == name);
    let id = uuid(Kind::Product, product.number);
    let prices = || product.variants.iter().filter_map(|variant| variant.price);
    let range = json!({
        "minValue": amount(shop, prices().min().unwrap_or(0)), "maxValue": amount(shop, prices().max().unwrap_or(0))
    });
    let slug = format!("product-{}", product.number);
    let handle = product.extra.get(HANDLE).cloned().unwrap_or_else(|| json!(format!("auto-{}", product.number)));
    let mut shown = json!({
        "id": id, "revision": product.version.to_string(), "createdDate": product.created_at.rfc3339(),
        "updatedDate": product.updated_at.rfc3339(), "name": product.title, "slug": slug,
        "visible": is_visible(product), "visibleInPos": true, "productType": "PHYSICAL", "handle": handle,
        "physicalProperties": {}, "options": options(registers, product), "actualPriceRange": range,
        "variantSummary": {"variantCount": product.variants.len()}, "media": media(registers, product, has("MEDIA_ITEMS_INFO")),
        "inventory": {"availabilityStatus": "IN_STOCK", "preorderStatus": "DISABLED", "preorderAvailability": "NO_VARIANTS"}
    });
    if !product.brand.is_empty() {
        let brand = uuid(Kind::Brand, registers.brands.of(&product.brand));
        shown["brand"] = json!({"id": brand, "name": product.brand});
    }
    if has("URL") {
        let path = format!("/product-page/{slug}");
        shown["url"] = json!({"relativePath": path, "url": format!("https://store.example{path}")});
    }
    if has("PLAIN_DESCRIPTION") {
        shown["plainDescription"] = json!(product.description);
    }
    if has("CURRENCY") {
        shown["currency"] = json!(shop.currency.code());
    }
    if has("WEIGHT_MEASUREMENT_UNIT_INFO") {
        shown["physicalProperties"]["weightMeasurementUnitInfo"] = json!({"weightMeasurementUnit": "KG"});
    }
    if alone {
        let names = has("VARIANT_OPTION_CHOICE_NAMES");
        let variants: Vec<Value> =
            product.variants.iter().map(|one| variant(registers, shop, product, one, names)).collect();
        shown["variantsInfo"] = json!({"variants": variants});
    }
    merge(&mut shown, &product.extra);
    shown
}

fn media(registers: &mut Registers, product: &ShopProduct, all: bool) -> Value {
    let item = |registers: &mut Registers, address: &String| {
        let id = registers.picture(address);
        let image = json!({"id": id, "url": address, "height": 800, "width": 800, "filename": "picture.png"});
        json!({"id": id, "mediaType": "IMAGE", "image": image, "displayName": "picture"})
    };
    let mut media = json!({});
    if let Some(first) = product.images.first() {
        media["main"] = item(registers, first);
    }
    if all {
        let items: Vec<Value> = product.images.iter().map(|address| item(registers, address)).collect();
        media["itemsInfo"] = json!({"items": items});
    }
    media
}

/// The values that variants have of an option, in the order of the variants.
pub(super) fn values(product: &ShopProduct, place: usize) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for value in product.variants.iter().filter_map(|variant| variant.values.get(place)) {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    values
}

fn key(name: &str) -> String {
    name.to_lowercase().chars().take(50).collect()
}

fn options(registers: &mut Registers, product: &ShopProduct) -> Vec<Value> {
    let mut shown = Vec::new();
    for (place, name) in product.options.iter().enumerate() {
        let choices: Vec<Value> = values(product, place)
            .iter()
            .map(|value| {
                json!({
                    "choiceId": registers.choice(product.number, place, value), "choiceType": "CHOICE_TEXT",
                    "key": key(value), "name": value, "inStock": true, "visible": true
                })
            })
            .collect();
        shown.push(json!({
            "id": uuid_of(Kind::Option, place as u64, product.number), "name": name, "key": key(name),
            "optionRenderType": "TEXT_CHOICES", "choicesSettings": {"choices": choices}
        }));
    }
    shown
}

fn choices(registers: &mut Registers, product: &ShopProduct, variant: &ShopVariant, names: bool) -> Vec<Value> {
    let mut shown = Vec::new();
    for (place, (option, value)) in product.options.iter().zip(&variant.values).enumerate() {
        let option_id = uuid_of(Kind::Option, place as u64, product.number);
        let ids = json!({"optionId": option_id, "choiceId": registers.choice(product.number, place, value)});
        let mut choice = json!({"optionChoiceIds": ids});
        if names {
            choice["optionChoiceNames"] =
                json!({"optionName": option, "choiceName": value, "renderType": "TEXT_CHOICES"});
        }
        shown.push(choice);
    }
    shown
}

/// The default variant has the same identifier in every product: only with the product it names anything.
pub(super) const DEFAULT_VARIANT: &str = "00000002-ffff-4000-8000-000000000000";

pub(super) fn variant_id(product: &ShopProduct, variant: &ShopVariant) -> String {
    match product.options.is_empty() {
        true => DEFAULT_VARIANT.to_owned(),
        false => uuid(Kind::Variant, variant.number),
    }
}

fn article(shop: &Shop, variant: &ShopVariant) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut set = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    set("visible", variant.extra.get(VISIBLE).cloned().unwrap_or(json!(true)));
    if !variant.sku.is_empty() {
        set("sku", json!(variant.sku));
    }
    if !variant.barcode.is_empty() {
        set("barcode", json!(variant.barcode));
    }
    let mut price = json!({"actualPrice": amount(shop, variant.price.unwrap_or(0))});
    if let Some(compare_at) = variant.extra.get(COMPARE_AT) {
        price["compareAtPrice"] = json!({"amount": compare_at});
    }
    set("price", price);
    let weight = variant.extra.get(WEIGHT).cloned();
    set("physicalProperties", weight.map_or(json!({}), |weight| json!({"weight": weight})));
    set("inventoryStatus", json!({"inStock": true, "preorderEnabled": false}));
    shown
}

/// A variant of its product.
pub(super) fn variant(
    registers: &mut Registers,
    shop: &Shop,
    product: &ShopProduct,
    variant: &ShopVariant,
    names: bool,
) -> Value {
    let mut shown = article(shop, variant);
    shown.insert("id".to_owned(), json!(variant_id(product, variant)));
    shown.insert("choices".to_owned(), json!(choices(registers, product, variant, names)));
    let mut shown = Value::Object(shown);
    merge(&mut shown, &variant.extra);
    shown
}

/// A row of the list of all variants. `lags`: it shows what was before the last change.
pub(super) fn listed(
    registers: &mut Registers,
    shop: &Shop,
    product: &ShopProduct,
    variant: &ShopVariant,
    lags: bool,
) -> Value {
    let mut shown = article(shop, variant);
    if lags {
        shown.insert("sku".to_owned(), json!("OLD"));
    }
    let revision = if lags { product.version.saturating_sub(1) } else { product.version };
    shown.insert("id".to_owned(), json!(uuid(Kind::Variant, 900_000 + variant.number)));
    shown.insert("variantId".to_owned(), json!(variant_id(product, variant)));
    shown.insert("optionChoices".to_owned(), json!(choices(registers, product, variant, true)));
    let unit = json!({"weightMeasurementUnitInfo": {"weightMeasurementUnit": "KG"}});
    let data = json!({
        "productId": uuid(Kind::Product, product.number), "name": product.title, "productType": "PHYSICAL",
        "slug": format!("product-{}", product.number), "visible": is_visible(product), "visibleInPos": true,
        "revision": revision.to_string(), "physicalProperties": unit
    });
    shown.insert("productData".to_owned(), data);
    Value::Object(shown)
}
