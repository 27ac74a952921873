//! What changes items and their counts.

use serde_json::Value;

use crate::domain::{Quantity, Status, Timestamp};
use crate::sandbox::{Applied, Incoming, Shop, ShopProduct, ShopVariant};

use super::items::{self, find, is_matrix};
use super::own::{is_archived, publish, set_code, set_own};
use super::terms::{Terms, text};
use super::{Answered, Problem, body};

pub fn create(terms: &mut Terms, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answered {
    let body = body(request)?;
    if text(&body, "description").unwrap_or_default().trim().is_empty() {
        // As recorded.
        return Err(Problem::new(400, "Item not created. An Item must have a description."));
    }
    check(&body)?;
    let brand = terms.manufacturer(&text(&body, "manufacturerID").unwrap_or_default())?;
    let category = terms.category(&text(&body, "categoryID").unwrap_or_default())?;
    let matrix = text(&body, "itemMatrixID").filter(|id| id != "0");
    let matrix = matrix.map(|id| known_matrix(terms, shop, &id)).transpose()?;
    let mut variant = ShopVariant::plain();
    variant.number = shop.number();
    variant.stock_updated_at = now;
    variant.updated_at = now;
    variant.price = Some(0);
    variant.tracked = text(&body, "itemType").as_deref() != Some("non_inventory");
    if variant.tracked {
        variant.levels = shop.locations.iter().map(|location| (location.number, Quantity::ZERO)).collect();
    }
    put(&mut variant, &body, shop.currency.decimals());
    let number = variant.number;
    let published = text(&body, "publishToEcom").as_deref() != Some("false");
    let title = text(&body, "description").unwrap_or_default();
    let product = match matrix {
        None => {
            let mut product = ShopProduct::simple(&title, variant);
            product.brand = brand;
            product.category = category;
            product.description = text(&body["ItemECommerce"], "longDescription").unwrap_or_default();
            shop.insert(product, now)
        }
        Some(matrix) => {
            set_own(&mut variant, "description", title);
            set_own(&mut variant, "manufacturerID", terms.manufacturer_id(&brand));
            set_own(&mut variant, "categoryID", terms.category_id(&category));
            join(terms, shop, matrix, variant, &body["ItemAttributes"], now)?
        }
    };
    if let Some(product) = shop.products.get_mut(&product).filter(|_| !published) {
        publish(product, number, false);
    }
    log(shop, now, "create", product, Some(number), String::new());
    items::shown(terms, shop, request, number)
}

fn known_matrix(terms: &Terms, shop: &Shop, id: &str) -> Result<u64, Problem> {
    let missing = || Problem::not_found("ItemMatrix", id);
    let number = id.parse().map_err(|_| missing())?;
    let known = terms.empty.contains_key(&number) || shop.products.get(&number).is_some_and(is_matrix);
    if known { Ok(number) } else { Err(missing()) }
}

/// Puts an item into a matrix; the matrix's first one makes it a product.
fn join(
    terms: &mut Terms,
    shop: &mut Shop,
    matrix: u64,
    mut variant: ShopVariant,
    attributes: &Value,
    now: Timestamp,
) -> Result<u64, Problem> {
    let empty = terms.empty.get(&matrix).cloned();
    let product = shop.products.get(&matrix);
    let set = match (&empty, product) {
        (Some(empty), _) => terms.set(empty.set),
        (None, Some(product)) => terms.set_of(product),
        (None, None) => None,
    };
    let set = set.cloned().ok_or_else(|| Problem::new(400, "The ItemMatrix has no ItemAttributeSet."))?;
    if text(attributes, "itemAttributeSetID").is_some_and(|id| id != set.id.to_string()) {
        return Err(Problem::new(400, "ItemAttributes must have the itemAttributeSetID of the ItemMatrix."));
    }
    let value = |slot: usize| text(attributes, &format!("attribute{}", slot + 1)).unwrap_or_default();
    variant.values = set.slots().map(value).collect();
    if variant.values.iter().all(String::is_empty) {
        return Err(Problem::new(400, "An Item of an ItemMatrix must have ItemAttributes."));
    }
    if let Some(product) = shop.products.get_mut(&matrix) {
        product.variants.push(variant);
        return Ok(matrix);
    }
    terms.empty.remove(&matrix);
    let empty = empty.ok_or_else(|| Problem::not_found("ItemMatrix", &matrix.to_string()))?;
    let mut product = ShopProduct::simple(&empty.title, variant);
    product.number = matrix;
    product.created_at = now;
    product.options = set.slots().map(|slot| set.names[slot].clone()).collect();
    product.brand = empty.brand;
    product.category = empty.category;
    product.description = empty.description;
    Ok(shop.insert(product, now))
}

/// What is not sent stays.
pub fn update(terms: &mut Terms, shop: &mut Shop, request: &Incoming, id: &str, now: Timestamp) -> Answered {
    let (product, variant) = find(shop, id)?;
    let (number, item, in_matrix) = (product.number, variant.number, is_matrix(product));
    let archived = is_archived(product, variant);
    let body = body(request)?;
    check(&body)?;
    if text(&body, "description").is_some_and(|name| name.trim().is_empty()) {
        return Err(Problem::new(400, "An Item must have a description."));
    }
    if text(&body, "archived").as_deref() == Some("true") && !archived {
        return Err(Problem::new(400, "To archive an item, use the DELETE method."));
    }
    let brand = text(&body, "manufacturerID").map(|id| terms.manufacturer(&id)).transpose()?;
    let category = text(&body, "categoryID").map(|id| terms.category(&id)).transpose()?;
    let levels = levels(shop, item, &body)?;
    let decimals = shop.currency.decimals();
    let Some(product) = shop.products.get_mut(&number) else { return Err(Problem::not_found("Item", id)) };
    let fields = body.as_object().is_some_and(|fields| fields.keys().any(|name| name != "ItemShops"));
    if let (Some(published), false) = (text(&body, "publishToEcom"), archived) {
        publish(product, item, published == "true");
    }
    if text(&body, "archived").as_deref() == Some("false") && archived {
        product.status = Status::Active;
    }
    if !in_matrix {
        let simple = [
            (&mut product.title, text(&body, "description")),
            (&mut product.brand, brand.clone()),
            (&mut product.category, category.clone()),
            (&mut product.description, text(&body["ItemECommerce"], "longDescription")),
        ];
        for (field, value) in simple {
            if let Some(value) = value {
                *field = value;
            }
        }
    }
    if let Some(variant) = product.variants.iter_mut().find(|variant| variant.number == item) {
        put(variant, &body, decimals);
        if in_matrix {
            let named =
                [("description", "description"), ("manufacturerID", "manufacturerID"), ("categoryID", "categoryID")];
            for (field, own) in named {
                if let Some(value) = text(&body, field) {
                    set_own(variant, own, value);
                }
            }
        }
        // "timeStamp … doesn't include changes to related records (e.g., ItemShops)".
        if fields {
            variant.updated_at = now;
        }
    }
    if fields && !in_matrix {
        shop.touch(number, now);
    }
    for (location, level) in levels {
        set_level(shop, item, location, level, now);
    }
    if fields {
        log(shop, now, "update", number, Some(item), body.to_string());
    }
    items::shown(terms, shop, request, item)
}

/// Absolute, whatever was there.
fn set_level(shop: &mut Shop, item: u64, location: u64, level: Quantity, now: Timestamp) {
    let Some((product, position)) = shop.find_variant(item) else { return };
    let before = shop.products.get(&product).and_then(|p| p.variants.get(position)?.levels.get(&location).copied());
    shop.set_level(product, position, location, level, now);
    let before = before.map_or_else(|| "nothing".to_owned(), |level| level.to_string());
    log(shop, now, "stock", product, Some(item), format!("{before} → {level}"));
}

/// "Either the itemShopID or shopID field must be provided when making updates."
fn levels(shop: &Shop, item: u64, body: &Value) -> Result<Vec<(u64, Quantity)>, Problem> {
    let rows = match &body["ItemShops"]["ItemShop"] {
        Value::Array(rows) => rows.clone(),
        Value::Null => Vec::new(),
        row => vec![row.clone()],
    };
    let mut levels = Vec::new();
    for row in rows {
        let by_row = || text(&row, "itemShopID")?.parse::<u64>().ok()?.checked_sub(item * 1000);
        let location = text(&row, "shopID").and_then(|id| id.parse().ok()).or_else(by_row);
        let location = location.filter(|number| shop.locations.iter().any(|location| location.number == *number));
        let location = location.ok_or_else(|| Problem::new(400, "Either itemShopID or shopID must be provided."))?;
        let Some(qoh) = text(&row, "qoh") else { continue };
        let qoh: i64 = qoh.parse().map_err(|_| Problem::new(400, "qoh must be an integer."))?;
        if qoh < 0 {
            return Err(Problem::new(422, "qoh cannot be updated to a negative value."));
        }
        levels.push((location, Quantity::units(qoh)));
    }
    Ok(levels)
}

/// "The item's inventory will be zeroed out."
pub fn archive(terms: &Terms, shop: &mut Shop, request: &Incoming, id: &str, now: Timestamp) -> Answered {
    let (product, variant) = find(shop, id)?;
    let (number, item, in_matrix) = (product.number, variant.number, is_matrix(product));
    if let Some(product) = shop.products.get_mut(&number) {
        if !in_matrix {
            product.status = Status::Archived;
        }
        if let Some(variant) = product.variants.iter_mut().find(|variant| variant.number == item) {
            empty_stock(variant, now);
            variant.updated_at = now;
            if in_matrix {
                set_own(variant, "archived", "true");
            }
        }
    }
    if !in_matrix {
        shop.touch(number, now);
    }
    log(shop, now, "delete", number, Some(item), String::new());
    items::shown(terms, shop, request, item)
}

pub fn empty_stock(variant: &mut ShopVariant, now: Timestamp) {
    if variant.tracked {
        variant.levels.values_mut().for_each(|level| *level = Quantity::ZERO);
        variant.stock_updated_at = now;
    }
}

fn check(body: &Value) -> Result<(), Problem> {
    for field in ["upc", "ean"] {
        let code = text(body, field).unwrap_or_default();
        let digits = code.bytes().all(|byte| byte.is_ascii_digit());
        if !(code.is_empty() || digits && (11..=14).contains(&code.len())) {
            return Err(Problem::new(400, format!("{field} must be 11-14 digits.")));
        }
    }
    let kinds = ["default", "non_inventory", "serialized", "box", "serialized_assembly", "assembly"];
    match text(body, "itemType") {
        Some(kind) if !kinds.contains(&kind.as_str()) => Err(Problem::new(400, format!("Invalid itemType: {kind}"))),
        _ => Ok(()),
    }
}

/// Keys and prices; price levels that are not named stay.
fn put(variant: &mut ShopVariant, body: &Value, decimals: u32) {
    if let Some(sku) = text(body, "customSku") {
        variant.sku = sku;
    }
    for field in ["upc", "ean"] {
        if let Some(code) = text(body, field) {
            set_code(variant, field, &code);
        }
    }
    for field in ["manufacturerSku", "itemType"] {
        if let Some(value) = text(body, field) {
            set_own(variant, field, value);
        }
    }
    let entries = match &body["Prices"]["ItemPrice"] {
        Value::Array(entries) => entries.clone(),
        Value::Null => Vec::new(),
        entry => vec![entry.clone()],
    };
    for entry in entries {
        let amount = text(&entry, "amount").unwrap_or_default();
        let minor = crate::connectors::lightspeed_r::prices::minor(&amount, decimals).unwrap_or(0);
        match text(&entry, "useTypeID").as_deref() {
            Some("1") => variant.price = Some(minor),
            Some("2") => set_own(variant, "msrp", minor.to_string()),
            _ => {}
        }
    }
}

pub fn log(shop: &mut Shop, at: Timestamp, what: &'static str, product: u64, variant: Option<u64>, change: String) {
    shop.applied.push(Applied { at, what, product, variant, change, key: None });
}
