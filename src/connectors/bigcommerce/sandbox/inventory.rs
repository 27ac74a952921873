//! Stock and locations. What is adjusted is adjusted at once, and shows later: until then the inventory reads as if it
//! had not happened yet, while sales show.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Incoming, Outgoing, Shop, ShopProduct, ShopVariant};

use super::Answered;
use super::article::log;
use super::present::{Window, is_variable, listed, numbers_in, tracking, whole};
use super::problem::{Problem, invalid};

/// Items of one adjustment.
const MOST: usize = 2000;

#[derive(Debug)]
pub(super) struct Depot {
    /// Milliseconds until an adjustment shows.
    pub lag: i64,
    unseen: Vec<Unseen>,
    transactions: u64,
}

impl Default for Depot {
    fn default() -> Self {
        Self { lag: 1_500, unseen: Vec::new(), transactions: 0 }
    }
}

/// An adjustment that does not show yet.
#[derive(Debug)]
struct Unseen {
    variant: u64,
    place: u64,
    by: i64,
    /// It is the first count there: until it shows there is none.
    first: bool,
    until: Timestamp,
}

/// One item of an adjustment.
struct Item {
    product: u64,
    position: usize,
    variant: u64,
    place: u64,
    before: Option<i64>,
    after: i64,
}

impl Depot {
    pub(super) fn items(&mut self, shop: &Shop, request: &Incoming, now: Timestamp) -> Answered {
        self.unseen.retain(|unseen| unseen.until > now);
        let products = numbers_in(request, "product_id:in");
        let variants = numbers_in(request, "variant_id:in");
        let places = numbers_in(request, "location_id:in");
        let among = |ids: &Option<Vec<u64>>, id: u64| ids.as_ref().is_none_or(|ids| ids.contains(&id));
        let mut found: Vec<(&ShopProduct, &ShopVariant)> = shop
            .products
            .values()
            .filter(|product| among(&products, product.number))
            .flat_map(|product| product.variants.iter().map(move |variant| (product, variant)))
            .filter(|(_, variant)| among(&variants, variant.number))
            .collect();
        found.sort_by_key(|(_, variant)| variant.number);
        let (some, meta) = Window::of(request, 1000).cut(found);
        let item = |(product, variant): (&ShopProduct, &ShopVariant)| {
            let levels = self.shown(shop, product, variant);
            let place = |place: &crate::sandbox::ShopLocation| {
                let level = levels.get(&place.number).filter(|_| among(&places, place.number))?;
                Some(json!({
                    "location_id": place.number, "location_code": format!("BC-LOCATION-{}", place.number),
                    "location_name": place.name, "available_to_sell": level, "total_inventory_onhand": level,
                    "location_enabled": true,
                    "settings": {"safety_stock": 0, "is_in_stock": true, "warning_level": 0, "bin_picking_number": ""}
                }))
            };
            let identity = json!({"sku": variant.sku, "variant_id": variant.number, "product_id": product.number});
            json!({"identity": identity, "locations": shop.locations.iter().filter_map(place).collect::<Vec<_>>()})
        };
        Ok(listed(some.into_iter().map(item).collect(), meta))
    }

    fn shown(&self, shop: &Shop, product: &ShopProduct, variant: &ShopVariant) -> BTreeMap<u64, i64> {
        let counted = match tracking(product) {
            "none" => false,
            "product" => !is_variable(product),
            _ => true,
        };
        if !counted {
            // Listed all the same, with nothing in stock.
            return shop.locations.iter().take(1).map(|place| (place.number, 0)).collect();
        }
        let mut levels = BTreeMap::new();
        for (place, level) in &variant.levels {
            let unseen = self.unseen.iter().filter(|one| one.variant == variant.number && one.place == *place);
            let (mut by, mut first) = (0, false);
            for one in unseen {
                by += one.by;
                first |= one.first;
            }
            if !first {
                levels.insert(*place, whole(*level) - by);
            }
        }
        levels
    }

    /// All or none.
    pub(super) fn adjust(&mut self, shop: &mut Shop, request: &Incoming, absolute: bool, now: Timestamp) -> Answered {
        self.unseen.retain(|unseen| unseen.until > now);
        let body = request.json().unwrap_or_default();
        let Some(bodies) = body.get("items").and_then(Value::as_array) else {
            return Err(invalid("items", "is required"));
        };
        if bodies.is_empty() || bodies.len() > MOST {
            return Err(Problem::new(422, "Payload contains invalid fields").with("items", "must have 1 to 2000 items"));
        }
        let mut items: Vec<Item> = Vec::new();
        let mut wrong: Vec<(String, &'static str)> = Vec::new();
        for body in bodies {
            match read(shop, body, absolute, &items) {
                Ok(item) => items.push(item),
                Err((identity, why)) => wrong.push((identity, why)),
            }
        }
        if !wrong.is_empty() {
            return Err(Problem::new(422, sentence(&wrong)));
        }
        for item in &items {
            let (product, level) = (item.product, Quantity::units(item.after));
            shop.set_level(product, item.position, item.place, level, now);
            let before = item.before.map_or("none".to_owned(), |before| before.to_string());
            log(shop, now, "stock", product, Some(item.variant), format!("{before} → {}", item.after));
            self.unseen.push(Unseen {
                variant: item.variant,
                place: item.place,
                by: item.after - item.before.unwrap_or(0),
                first: item.before.is_none(),
                until: Timestamp(now.0 + self.lag),
            });
        }
        self.transactions += 1;
        let id = format!("00000000-0000-4000-9000-{:012}", self.transactions);
        Ok(Outgoing::json(200, &json!({"transaction_id": id})))
    }
}

const BY_PRODUCT: &str = "is tracked by product, please update stock by product id";
const BY_VARIANT: &str = "is tracked by variant, please update stock by variant id";

/// As the documented sentences go.
fn sentence(wrong: &[(String, &'static str)]) -> String {
    let tracked: Vec<String> = wrong
        .iter()
        .filter(|(_, why)| [BY_PRODUCT, BY_VARIANT].contains(why))
        .map(|(identity, why)| format!("Item with {identity} {why}"))
        .collect();
    if !tracked.is_empty() {
        return format!("[{}]", tracked.join(", "));
    }
    // One reason at a time.
    let why = wrong.first().map_or("", |(_, why)| *why);
    let same: Vec<&str> =
        wrong.iter().filter(|(_, other)| *other == why).map(|(identity, _)| identity.as_str()).collect();
    format!("Items with identity: [{}] {why}", same.join(", "))
}

fn read(shop: &Shop, body: &Value, absolute: bool, before: &[Item]) -> Result<Item, (String, &'static str)> {
    let number = |name: &str| body.get(name).and_then(Value::as_u64);
    let sku = body.get("sku").and_then(Value::as_str);
    let identity = match (number("product_id"), number("variant_id"), sku) {
        (Some(id), None, None) => format!("product_id {id}"),
        (None, Some(id), None) => format!("variant_id {id}"),
        (None, None, Some(sku)) => format!("sku {sku}"),
        _ => return Err(("?".to_owned(), "needs one of sku, product_id, variant_id")),
    };
    let refuse = |why: &'static str| Err((identity.clone(), why));
    let found = match (number("product_id"), number("variant_id")) {
        (Some(id), _) => shop.products.contains_key(&id).then_some((id, 0)),
        (_, Some(id)) => shop.find_variant(id),
        _ => shop.products.values().find_map(|product| {
            let at = product.variants.iter().position(|variant| Some(variant.sku.as_str()) == sku)?;
            Some((product.number, at))
        }),
    };
    let Some((product, position)) = found else { return refuse("not found") };
    let (Some(known), Some(place), Some(quantity)) =
        (shop.products.get(&product), number("location_id"), body.get("quantity").and_then(Value::as_i64))
    else {
        return refuse("has invalid fields");
    };
    let Some(variant) = known.variants.get(position) else { return refuse("not found") };
    match (tracking(known), number("product_id").is_some()) {
        ("none", _) => return refuse("is not tracked"),
        ("product", false) => return refuse(BY_PRODUCT),
        ("variant", true) if is_variable(known) => return refuse(BY_VARIANT),
        _ => {}
    }
    if !shop.locations.iter().any(|known| known.number == place) {
        return refuse("has an unknown location");
    }
    let earlier = before.iter().rev().find(|item| item.variant == variant.number && item.place == place);
    let level = earlier.map(|item| item.after).or_else(|| variant.levels.get(&place).map(|level| whole(*level)));
    let after = match (absolute, level) {
        (true, _) => quantity,
        (false, None) => return refuse("requires absolute adjustment before relative"),
        (false, Some(level)) if quantity < 0 && level + quantity < 0 => return refuse("has not enough stock"),
        (false, Some(level)) => level + quantity,
    };
    if after < 0 && absolute {
        return refuse("must not be set below zero");
    }
    Ok(Item { product, position, variant: variant.number, place, before: level, after })
}

pub(super) fn locations(shop: &Shop, request: &Incoming) -> Outgoing {
    let shown = |place: &crate::sandbox::ShopLocation| {
        json!({
            "id": place.number, "code": format!("BC-LOCATION-{}", place.number), "label": place.name, "description": "",
            "managed_by_external_source": false, "type_id": "PHYSICAL", "enabled": true, "time_zone": "Etc/UTC",
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "storefront_visibility": true,
            "special_hours": []
        })
    };
    let (some, meta) = Window::of(request, 1000).cut(shop.locations.iter().map(shown).collect());
    listed(some, meta)
}
