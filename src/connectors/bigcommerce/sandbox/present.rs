//! Products and variants as BigCommerce writes them.

use serde_json::{Map, Value, json};

use crate::domain::{Money, Quantity, Status, Timestamp};
use crate::sandbox::{Incoming, Outgoing, Shop, ShopProduct, ShopVariant};

use super::Sandbox;
use super::numbers::Numbers;

/// Where a product says how it is counted, if another way than its variants make likely.
pub(super) const TRACKING: &str = "inventory_tracking";

pub(super) fn is_variable(product: &ShopProduct) -> bool {
    !product.options.is_empty()
}

pub(super) fn tracking(product: &ShopProduct) -> &str {
    if let Some(said) = product.extra.get(TRACKING).and_then(Value::as_str) {
        return said;
    }
    match (product.variants.iter().any(|variant| variant.tracked), is_variable(product)) {
        (false, _) => "none",
        (true, true) => "variant",
        (true, false) => "product",
    }
}

/// An amount as a JSON number.
pub(super) fn amount(shop: &Shop, minor: i64) -> Value {
    serde_json::from_str(&Money::new(minor, shop.currency).amount()).unwrap_or(Value::Null)
}

pub(super) fn whole(quantity: Quantity) -> i64 {
    quantity.raw().div_euclid(Quantity::units(1).raw())
}

/// `2026-11-21T19:00:00+00:00`
pub(super) fn time(at: Timestamp) -> String {
    let whole = Timestamp(at.0.div_euclid(1000) * 1000).rfc3339();
    format!("{}+00:00", whole.trim_end_matches('Z'))
}

fn kept(extra: &Map<String, Value>, name: &str, otherwise: Value) -> Value {
    extra.get(name).cloned().unwrap_or(otherwise)
}

/// Sub-resources that were asked for are added by the caller.
pub(super) fn product(sandbox: &mut Sandbox, shop: &Shop, product: &ShopProduct) -> Value {
    let first = product.variants.first();
    let simple = first.filter(|_| !is_variable(product));
    let price = first.and_then(|variant| variant.price).unwrap_or(0);
    let measure = |name: &str| {
        let own = simple.map(|variant| kept(&variant.extra, name, json!(0)));
        own.unwrap_or_else(|| kept(&product.extra, name, json!(0)))
    };
    let total: i64 =
        product.variants.iter().flat_map(|variant| variant.levels.values()).map(|level| whole(*level)).sum();
    let brand = if product.brand.is_empty() { 0 } else { sandbox.numbers.brands.of(&product.brand) };
    let category = (!product.category.is_empty()).then(|| sandbox.numbers.categories.of(&product.category));
    let sale = simple.map_or(json!(0), |variant| kept(&variant.extra, "sale_price", json!(0)));
    let tracking = tracking(product);
    let mut shown = json!({
        "id": product.number, "name": product.title, "type": "physical",
        "sku": simple.map_or("", |variant| variant.sku.as_str()), "description": product.description,
        "weight": measure("weight"), "width": measure("width"), "depth": measure("depth"), "height": measure("height"),
        "price": amount(shop, price), "cost_price": 0, "retail_price": 0, "sale_price": sale, "map_price": 0,
        "tax_class_id": 0, "product_tax_code": "", "calculated_price": amount(shop, price),
        "categories": category.into_iter().collect::<Vec<_>>(), "brand_id": brand,
        "inventory_level": if tracking == "none" { 0 } else { total }, "inventory_warning_level": 0,
        "inventory_tracking": tracking, "reviews_rating_sum": 0, "reviews_count": 0, "total_sold": 0,
        "is_visible": product.status == Status::Active,
        "upc": simple.map_or("", |variant| variant.barcode.as_str()),
        "gtin": simple.map_or(json!(""), |variant| kept(&variant.extra, "gtin", json!(""))),
        "search_keywords": kept(&product.extra, "search_keywords", json!("")),
        "availability": kept(&product.extra, "availability", json!("available")),
        "date_created": time(product.created_at), "date_modified": time(product.updated_at),
        "custom_url": {"url": format!("/product-{}/", product.number), "is_customized": false},
        "base_variant_id": simple.map(|simple| simple.number)
    });
    let rest = unchanging();
    if let (Some(all), Value::Object(rest)) = (shown.as_object_mut(), rest) {
        all.extend(rest);
    }
    shown
}

/// What this program neither reads nor writes.
fn unchanging() -> Value {
    json!({
        "fixed_cost_shipping_price": 0, "is_free_shipping": false, "is_featured": false, "related_products": [-1],
        "warranty": "", "bin_picking_number": "", "layout_file": "product.html", "mpn": "",
        "availability_description": "", "sort_order": 0, "condition": "New", "is_condition_shown": false,
        "order_quantity_minimum": 0, "order_quantity_maximum": 0, "page_title": "", "meta_keywords": [],
        "meta_description": "", "view_count": 0, "preorder_release_date": null, "preorder_message": "",
        "is_preorder_only": false, "is_price_hidden": false, "price_hidden_label": "", "open_graph_type": "product",
        "open_graph_title": "", "open_graph_description": "", "open_graph_use_meta_description": true,
        "open_graph_use_product_name": true, "open_graph_use_image": true
    })
}

pub(super) fn variant(sandbox: &mut Sandbox, shop: &Shop, product: &ShopProduct, variant: &ShopVariant) -> Value {
    let mut values = Vec::new();
    for (place, (name, label)) in product.options.iter().zip(&variant.values).enumerate() {
        let id = sandbox.numbers.value(product.number, place, label);
        let option = Numbers::option(product.number, place);
        values.push(json!({"id": id, "label": label, "option_id": option, "option_display_name": name}));
    }
    let own = is_variable(product);
    let price = variant.price.filter(|_| own).map_or(Value::Null, |price| amount(shop, price));
    let measure = |name: &str| kept(&variant.extra, name, Value::Null);
    let total: i64 = variant.levels.values().map(|level| whole(*level)).sum();
    json!({
        "id": variant.number, "product_id": product.number, "sku": variant.sku,
        "sku_id": if own { json!(variant.number) } else { Value::Null },
        "price": price, "calculated_price": amount(shop, variant.price.unwrap_or(0)),
        "sale_price": if own { kept(&variant.extra, "sale_price", Value::Null) } else { Value::Null },
        "retail_price": null, "weight": measure("weight"), "calculated_weight": 0,
        "width": measure("width"), "height": measure("height"), "depth": measure("depth"),
        "is_free_shipping": false, "fixed_cost_shipping_price": null, "purchasing_disabled": false,
        "purchasing_disabled_message": "", "image_url": "", "cost_price": 0, "upc": variant.barcode, "mpn": "",
        "gtin": kept(&variant.extra, "gtin", json!("")), "inventory_level": total, "inventory_warning_level": 0,
        "bin_picking_number": "", "option_values": values
    })
}

pub(super) fn picture(sandbox: &mut Sandbox, product: &ShopProduct, place: usize, address: &str) -> Value {
    let id = sandbox.numbers.picture(product.number, address);
    json!({
        "id": id, "product_id": product.number, "is_thumbnail": place == 0, "sort_order": place, "description": "",
        "url_zoom": address, "url_standard": address, "url_thumbnail": address, "url_tiny": address,
        "date_modified": time(product.updated_at)
    })
}

/// One page of a list of version 3.
pub(super) struct Window {
    limit: usize,
    page: usize,
}

impl Window {
    pub(super) fn of(request: &Incoming, most: usize) -> Self {
        let number = |name: &str| request.query(name).and_then(|raw| raw.parse::<usize>().ok()).filter(|n| *n > 0);
        Self { limit: number("limit").unwrap_or(50).min(most), page: number("page").unwrap_or(1) }
    }

    pub(super) fn cut<T>(&self, all: Vec<T>) -> (Vec<T>, Value) {
        let total = all.len();
        let pages = total.div_ceil(self.limit).max(1);
        let some: Vec<T> = all.into_iter().skip((self.page - 1) * self.limit).take(self.limit).collect();
        let meta = json!({"pagination": {
            "total": total, "count": some.len(), "per_page": self.limit, "current_page": self.page, "total_pages": pages,
            "links": {"current": format!("?page={}&limit={}", self.page, self.limit)}
        }});
        (some, meta)
    }
}

pub(super) fn listed(data: Vec<Value>, meta: Value) -> Outgoing {
    Outgoing::json(200, &json!({"data": data, "meta": meta}))
}

pub(super) fn single(status: u16, data: Value) -> Outgoing {
    Outgoing::json(status, &json!({"data": data, "meta": {}}))
}

/// `a:in=1,2`; `None` where it is not asked for.
pub(super) fn numbers_in(request: &Incoming, name: &str) -> Option<Vec<u64>> {
    request.query(name).map(|raw| raw.split(',').filter_map(|number| number.trim().parse().ok()).collect())
}
