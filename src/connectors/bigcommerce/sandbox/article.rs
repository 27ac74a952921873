//! What bodies say of a product or a variant, put into the shop model.

use serde_json::{Map, Value, json};

use crate::domain::{Money, Status, Timestamp};
use crate::sandbox::{Applied, Shop, ShopProduct, ShopVariant};

use super::Sandbox;
use super::present::TRACKING;
use super::problem::{Problem, invalid};

/// Fields that stand in the model's `extra` as they came.
const PLAIN: [&str; 2] = ["search_keywords", "availability"];
const MEASURES: [&str; 4] = ["weight", "width", "depth", "height"];

/// Fields of the product itself.
pub(super) fn put_product(
    sandbox: &mut Sandbox,
    shop: &Shop,
    product: &mut ShopProduct,
    body: &Map<String, Value>,
) -> Result<(), Problem> {
    if let Some(name) = body.get("name") {
        let name =
            name.as_str().filter(|name| !name.is_empty()).ok_or_else(|| invalid("name", "name must be a string"))?;
        if name.chars().count() > 250 {
            return Err(invalid("name", "name must not be longer than 250 characters"));
        }
        let taken = shop.products.values().any(|other| other.number != product.number && other.title == name);
        if taken {
            return Err(
                Problem::new(409, "The product name is a duplicate").with("name", "The product name is a duplicate")
            );
        }
        product.title = name.to_owned();
    }
    if let Some(description) = body.get("description").and_then(Value::as_str) {
        product.description = description.to_owned();
    }
    if let Some(visible) = body.get("is_visible").and_then(Value::as_bool) {
        product.status = if visible { Status::Active } else { Status::Draft };
    }
    if let Some(brand) = body.get("brand_name").and_then(Value::as_str) {
        product.brand = sandbox.numbers.brands.spelled(brand).unwrap_or(brand).to_owned();
        sandbox.numbers.brands.of(&product.brand);
    }
    if let Some(brand) = body.get("brand_id").and_then(Value::as_u64) {
        product.brand = match brand {
            0 => String::new(),
            id => {
                let conflict = || Problem::new(409, "The brand is missing").with("brand_id", "does not exist");
                sandbox.numbers.brands.named(id).ok_or_else(conflict)?.to_owned()
            }
        };
    }
    if let Some(categories) = body.get("categories").and_then(Value::as_array) {
        product.category = match categories.first().and_then(Value::as_u64) {
            None => String::new(),
            Some(id) => {
                let conflict = || Problem::new(409, "The category is missing").with("categories", "does not exist");
                sandbox.numbers.categories.named(id).ok_or_else(conflict)?.to_owned()
            }
        };
    }
    if let Some(images) = body.get("images").and_then(Value::as_array) {
        product.images = images.iter().map(address).collect::<Result<Vec<_>, Problem>>()?;
    }
    if let Some(tracking) = body.get("inventory_tracking").and_then(Value::as_str) {
        if !["none", "product", "variant"].contains(&tracking) {
            return Err(invalid("inventory_tracking", "must be one of none, product, variant"));
        }
        product.extra.insert(TRACKING.to_owned(), json!(tracking));
    }
    for name in PLAIN {
        if let Some(value) = body.get(name) {
            product.extra.insert(name.to_owned(), value.clone());
        }
    }
    Ok(())
}

/// A picture's address, which is fetched at once.
pub(super) fn address(image: &Value) -> Result<String, Problem> {
    let address = image.get("image_url").and_then(Value::as_str).unwrap_or_default();
    if !address.starts_with("http") || address.contains("broken") {
        return Err(invalid("images", "The image could not be downloaded from its URL"));
    }
    Ok(address.to_owned())
}

/// Fields of what is sold: a variant, or a product without options.
pub(super) fn put_article(shop: &Shop, variant: &mut ShopVariant, body: &Map<String, Value>) -> Result<(), Problem> {
    if let Some(sku) = body.get("sku") {
        let sku = sku.as_str().unwrap_or_default();
        let others = shop.products.values().flat_map(|product| &product.variants);
        let taken =
            !sku.is_empty() && others.into_iter().any(|other| other.number != variant.number && other.sku == sku);
        if taken {
            return Err(Problem::new(409, format!("The product sku is a duplicate: {sku}")).with("sku", "duplicate"));
        }
        variant.sku = sku.to_owned();
    }
    if let Some(upc) = body.get("upc") {
        let upc = upc.as_str().unwrap_or_default();
        if upc.len() > 14 {
            return Err(invalid("upc", "upc must not be longer than 14 characters"));
        }
        variant.barcode = upc.to_owned();
    }
    if let Some(gtin) = body.get("gtin") {
        variant.extra.insert("gtin".to_owned(), gtin.clone());
    }
    if let Some(price) = body.get("price") {
        variant.price = match price {
            Value::Null => None,
            price => {
                let parsed = Money::parse(&price.to_string(), shop.currency);
                Some(parsed.map_err(|_| invalid("price", "price must be a number"))?.minor)
            }
        };
    }
    for name in MEASURES.into_iter().chain(["sale_price"]) {
        match body.get(name) {
            None => {}
            Some(value) if value.as_f64().is_some_and(|value| value < 0.0) => {
                return Err(invalid(name, "must not be negative"));
            }
            Some(value) => drop(variant.extra.insert(name.to_owned(), value.clone())),
        }
    }
    Ok(())
}

pub(super) fn log(
    shop: &mut Shop,
    now: Timestamp,
    what: &'static str,
    product: u64,
    variant: Option<u64>,
    change: String,
) {
    shop.applied.push(Applied { at: now, what, product, variant, change, key: None });
}
