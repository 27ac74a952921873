//! Products and variations as WooCommerce writes them: all documented fields, money as strings, entities in names, each
//! time twice (the site's, one hour ahead, and GMT).

use serde_json::{Map, Value, json};

use crate::domain::{Currency, Money, Quantity, Status, Timestamp};
use crate::sandbox::{Incoming, ShopProduct, ShopVariant};

use super::prices;
use super::terms::term_id;

pub(super) const SITE: &str = "https://shop.example";
/// The site's clock, ahead of GMT.
pub(super) const SITE_AHEAD_SECONDS: i64 = 3600;

/// Keys of `extra`.
pub(super) const META: &str = "meta_data";
/// `grouped`, `external`
pub(super) const TYPE: &str = "type";
/// `pending`, `private`, `future`
pub(super) const STATUS: &str = "status";
/// On a variation, `"parent"`; on its product the shared count.
pub(super) const MANAGE_STOCK: &str = "manage_stock";
pub(super) const SHARED_STOCK: &str = "stock_quantity";
/// It lies in the trash.
pub(super) const TRASHED: &str = "trashed";
/// The brand came as an attribute.
pub(super) const BRAND_IS_ATTRIBUTE: &str = "brand_is_attribute";

/// The key under which a product keeps the values of an option that it was made with.
pub(super) fn declared_options(option: &str) -> String {
    format!("options:{option}")
}

/// What all of them are shown with.
pub(super) struct Shown {
    pub currency: Currency,
    pub location: u64,
    pub counts_nothing: bool,
    /// Answers to writes have the raw texts.
    pub for_edit: bool,
}

pub(super) fn is_trashed(product: &ShopProduct) -> bool {
    product.extra.contains_key(TRASHED)
}

pub(super) fn is_variable(product: &ShopProduct) -> bool {
    !product.options.is_empty()
}

/// When WooCommerce says it was changed. A simple product is its own stock; a variation's does not move its parent.
pub(super) fn modified(product: &ShopProduct) -> Timestamp {
    match product.variants.first() {
        Some(variant) if !is_variable(product) => product.updated_at.max(modified_variation(variant)),
        _ => product.updated_at,
    }
}

pub(super) fn modified_variation(variant: &ShopVariant) -> Timestamp {
    variant.updated_at.max(variant.stock_updated_at)
}

pub(super) fn product(shown: &Shown, product: &ShopProduct) -> Value {
    let variable = is_variable(product);
    let kind = product.extra.get(TYPE).and_then(Value::as_str).unwrap_or(if variable { "variable" } else { "simple" });
    let single = if variable { None } else { product.variants.first() };
    let prices: Vec<i64> = product.variants.iter().filter_map(|variant| variant.price).collect();
    let lowest = money(shown, prices.iter().min().copied());
    let slug = slug(&product.title);
    let mut fields = json!({
        "id": product.number,
        "name": escaped(&product.title),
        "slug": slug,
        "permalink": format!("{SITE}/product/{slug}/"),
        "date_created": site_time(product.created_at),
        "date_created_gmt": gmt_time(product.created_at),
        "date_modified": site_time(modified(product)),
        "date_modified_gmt": gmt_time(modified(product)),
        "type": kind,
        "status": status(product),
        "featured": false,
        "catalog_visibility": "visible",
        "description": if shown.for_edit { product.description.clone() } else { paragraphs(&product.description) },
        "short_description": "",
        "sku": single.map_or("", |variant| &variant.sku),
        "global_unique_id": single.map_or("", |variant| &variant.barcode),
        "price": lowest,
        "price_html": format!("<span class=\"amount\">{lowest}</span>"),
        "purchasable": !prices.is_empty(),
        "total_sales": 0,
        "virtual": false,
        "downloadable": false,
        "downloads": [], "download_limit": -1, "download_expiry": -1,
        "external_url": "", "button_text": "",
        "tax_status": "taxable", "tax_class": "",
    });
    put_prices(shown, &mut fields, single);
    let stock = match single {
        Some(variant) if !matches!(kind, "grouped" | "external") => stock(shown, product, variant),
        _ => match product.extra.get(SHARED_STOCK).filter(|_| variable && !shown.counts_nothing) {
            Some(shared) => (json!(true), shared.clone()),
            None => (json!(false), Value::Null),
        },
    };
    put_stock(&mut fields, stock);
    let rest = json!({
        "sold_individually": false,
        "weight": weight(single), "dimensions": dimensions(single),
        "shipping_required": true, "shipping_taxable": true, "shipping_class": "", "shipping_class_id": 0,
        "reviews_allowed": true, "average_rating": "0.00", "rating_count": 0,
        "related_ids": [], "upsell_ids": [], "cross_sell_ids": [],
        "parent_id": 0,
        "purchase_note": "",
        "categories": terms(&product.category),
        "brands": if brand_is_attribute(product) { json!([]) } else { terms(&product.brand) },
        "tags": [],
        "images": images(product),
        "attributes": attributes(product),
        "default_attributes": [],
        "variations": if variable { numbers(product) } else { Vec::new() },
        "grouped_products": [],
        "menu_order": 0,
        "meta_data": meta(&product.extra),
        "has_options": variable,
        "low_stock_amount": null,
        "post_password": "",
    });
    add(&mut fields, rest);
    fields
}

pub(super) fn variation(shown: &Shown, product: &ShopProduct, variant: &ShopVariant) -> Value {
    let mut fields = json!({
        "id": variant.number,
        "parent_id": product.number,
        "type": "variation",
        "name": escaped(&variant.values.join(", ")),
        "date_created": site_time(product.created_at),
        "date_created_gmt": gmt_time(product.created_at),
        "date_modified": site_time(modified_variation(variant)),
        "date_modified_gmt": gmt_time(modified_variation(variant)),
        "description": "",
        "permalink": format!("{SITE}/product/{}/?variation={}", slug(&product.title), variant.number),
        "sku": variant.sku,
        "global_unique_id": variant.barcode,
        "price": money(shown, variant.price),
        "status": "publish",
        "purchasable": variant.price.is_some(),
        "virtual": false,
        "downloadable": false,
        "downloads": [], "download_limit": -1, "download_expiry": -1,
        "tax_status": "taxable", "tax_class": "",
    });
    put_prices(shown, &mut fields, Some(variant));
    put_stock(&mut fields, stock(shown, product, variant));
    let values: Vec<Value> = product
        .options
        .iter()
        .zip(&variant.values)
        // A value that is left out means "any".
        .filter(|(_, value)| !value.is_empty())
        .map(
            |(option, value)| json!({"id": 0, "name": escaped(option), "slug": slug(option), "option": escaped(value)}),
        )
        .collect();
    let rest = json!({
        "weight": weight(Some(variant)), "dimensions": dimensions(Some(variant)),
        "shipping_class": "", "shipping_class_id": 0,
        "image": null,
        "attributes": values,
        "menu_order": 0,
        "meta_data": meta(&variant.extra),
        "low_stock_amount": null,
    });
    add(&mut fields, rest);
    fields
}

/// Only the fields that were asked for.
pub(super) fn trim(value: Value, request: &Incoming) -> Value {
    let Some(wanted) = request.query("_fields").filter(|fields| !fields.is_empty()) else { return value };
    let wanted: Vec<&str> = wanted.split(',').map(str::trim).collect();
    match value {
        Value::Object(fields) => {
            Value::Object(fields.into_iter().filter(|(name, _)| wanted.contains(&name.as_str())).collect())
        }
        other => other,
    }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `2026-11-21T19:00:00`
pub(super) fn gmt_time(time: Timestamp) -> String {
    Timestamp(time.0.div_euclid(1000) * 1000).rfc3339().trim_end_matches('Z').to_owned()
}

pub(super) fn site_time(time: Timestamp) -> String {
    gmt_time(time.plus_seconds(SITE_AHEAD_SECONDS))
}

/// `manage_stock` and `stock_quantity`.
fn stock(shown: &Shown, product: &ShopProduct, variant: &ShopVariant) -> (Value, Value) {
    if shown.counts_nothing {
        return (json!(false), Value::Null);
    }
    if variant.extra.get(MANAGE_STOCK).and_then(Value::as_str) == Some("parent") {
        return (json!("parent"), product.extra.get(SHARED_STOCK).cloned().unwrap_or(Value::Null));
    }
    if !variant.tracked {
        return (json!(false), Value::Null);
    }
    (json!(true), variant.levels.get(&shown.location).map_or(Value::Null, |level| quantity(*level)))
}

fn quantity(level: Quantity) -> Value {
    match level.whole() {
        Some(whole) => json!(whole),
        None => serde_json::from_str(&level.to_string()).unwrap_or(Value::Null),
    }
}

fn put_stock(fields: &mut Value, (manages, quantity): (Value, Value)) {
    let empty = manages != json!(false) && quantity.as_f64().is_some_and(|quantity| quantity <= 0.0);
    add(
        fields,
        json!({
            "manage_stock": manages,
            "stock_quantity": quantity,
            "stock_status": if empty { "outofstock" } else { "instock" },
            "backorders": "no", "backorders_allowed": false, "backordered": false,
        }),
    );
}

/// The regular price and, while there is one, the sale's.
fn put_prices(shown: &Shown, fields: &mut Value, variant: Option<&ShopVariant>) {
    let tag = variant.map(prices::Tag::of).unwrap_or_default();
    add(
        fields,
        json!({
            "regular_price": money(shown, tag.regular), "sale_price": money(shown, tag.sale), "on_sale": tag.on_sale,
            "date_on_sale_from": tag.from, "date_on_sale_from_gmt": tag.from,
            "date_on_sale_to": null, "date_on_sale_to_gmt": null,
        }),
    );
}

fn weight(variant: Option<&ShopVariant>) -> Value {
    variant.and_then(|variant| variant.extra.get("weight")).cloned().unwrap_or_else(|| json!(""))
}

fn dimensions(variant: Option<&ShopVariant>) -> Value {
    let blank = || json!({"length": "", "width": "", "height": ""});
    variant.and_then(|variant| variant.extra.get("dimensions")).cloned().unwrap_or_else(blank)
}

fn add(fields: &mut Value, more: Value) {
    if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
        fields.extend(more);
    }
}

fn status(product: &ShopProduct) -> String {
    if is_trashed(product) {
        return "trash".to_owned();
    }
    let plain = match product.status {
        Status::Active => "publish",
        Status::Draft => "draft",
        // There is no archive; private is what merchants use for it.
        Status::Archived => "private",
    };
    product.extra.get(STATUS).and_then(Value::as_str).unwrap_or(plain).to_owned()
}

fn money(shown: &Shown, minor: Option<i64>) -> String {
    minor.map(|minor| Money::new(minor, shown.currency).amount()).unwrap_or_default()
}

fn paragraphs(text: &str) -> String {
    match text {
        "" => String::new(),
        markup if markup.starts_with('<') => format!("{markup}\n"),
        text => format!("<p>{text}</p>\n"),
    }
}

fn terms(name: &str) -> Value {
    match name {
        "" => json!([]),
        name => json!([{"id": term_id(name), "name": escaped(name), "slug": slug(name)}]),
    }
}

fn images(product: &ShopProduct) -> Vec<Value> {
    let image = |src: &String| {
        json!({
            "id": image_id(src),
            "date_created": site_time(product.created_at), "date_created_gmt": gmt_time(product.created_at),
            "date_modified": site_time(product.created_at), "date_modified_gmt": gmt_time(product.created_at),
            "src": src, "name": "", "alt": ""
        })
    };
    product.images.iter().map(image).collect()
}

/// A picture keeps its number wherever it stands.
pub(super) fn image_id(src: &str) -> u64 {
    term_id(src)
}

fn attributes(product: &ShopProduct) -> Vec<Value> {
    let mut attributes: Vec<Value> = Vec::new();
    for (position, option) in product.options.iter().enumerate() {
        let declared = product.extra.get(&declared_options(option)).and_then(Value::as_array).cloned();
        let mut values: Vec<String> = declared
            .unwrap_or_default()
            .iter()
            .filter_map(|value| value.as_str().map(str::to_owned))
            .chain(product.variants.iter().filter_map(|variant| variant.values.get(position).cloned()))
            .filter(|value| !value.is_empty())
            .map(|value| escaped(&value))
            .collect();
        let mut seen = std::collections::BTreeSet::new();
        values.retain(|value| seen.insert(value.clone()));
        attributes.push(json!({
            "id": 0, "name": escaped(option), "slug": slug(option), "position": position, "visible": true,
            "variation": true, "options": values
        }));
    }
    if brand_is_attribute(product) {
        attributes.push(json!({
            "id": 0, "name": "Brand", "slug": "brand", "position": attributes.len(), "visible": true,
            "variation": false, "options": [escaped(&product.brand)]
        }));
    }
    attributes
}

fn brand_is_attribute(product: &ShopProduct) -> bool {
    product.extra.get(BRAND_IS_ATTRIBUTE).and_then(Value::as_bool) == Some(true)
}

fn numbers(product: &ShopProduct) -> Vec<u64> {
    product.variants.iter().map(|variant| variant.number).collect()
}

fn meta(extra: &Map<String, Value>) -> Value {
    extra.get(META).cloned().unwrap_or_else(|| json!([]))
}

pub(super) fn slug(title: &str) -> String {
    let words: Vec<&str> = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}
