//! What an item has and the shop's model has not: in the variant's `extra`, under [`OWN`].

use serde_json::{Value, json};

use crate::domain::Status;
use crate::sandbox::{ShopProduct, ShopVariant};

const OWN: &str = "lightspeed-r";

pub fn own<'a>(variant: &'a ShopVariant, name: &str) -> Option<&'a str> {
    variant.extra.get(OWN)?.get(name)?.as_str()
}

pub fn set_own(variant: &mut ShopVariant, name: &str, value: impl Into<String>) {
    let own = variant.extra.entry(OWN).or_insert_with(|| json!({}));
    own[name] = Value::String(value.into());
}

pub fn is_archived(product: &ShopProduct, variant: &ShopVariant) -> bool {
    product.status == Status::Archived || own(variant, "archived") == Some("true")
}

/// Of a product that is on sale at least one item is published.
pub fn is_published(product: &ShopProduct, variant: &ShopVariant) -> bool {
    let none_is = product.variants.iter().all(|one| own(one, "publishToEcom") == Some("false"));
    product.status != Status::Draft && (none_is || own(variant, "publishToEcom") != Some("false"))
}

/// Writes down for each item whether it is published, and makes the product what its items are.
pub fn publish(product: &mut ShopProduct, number: u64, published: bool) {
    let was: Vec<bool> = product.variants.iter().map(|variant| is_published(product, variant)).collect();
    for (variant, was) in product.variants.iter_mut().zip(was) {
        let now = if variant.number == number { published } else { was };
        if !now || own(variant, "publishToEcom").is_some() {
            set_own(variant, "publishToEcom", if now { "true" } else { "false" });
        }
    }
    if product.status != Status::Archived {
        let any = product.variants.iter().any(|variant| own(variant, "publishToEcom") != Some("false"));
        product.status = if any { Status::Active } else { Status::Draft };
    }
}

/// The two codes of an item; what was put in past the API is told by its length.
pub fn codes(variant: &ShopVariant) -> (String, String) {
    let (upc, ean) = (own(variant, "upc").unwrap_or_default(), own(variant, "ean").unwrap_or_default());
    let shown = if upc.is_empty() { ean } else { upc };
    if shown == variant.barcode {
        return (upc.to_owned(), ean.to_owned());
    }
    match variant.barcode.len() {
        13 => (String::new(), variant.barcode.clone()),
        _ => (variant.barcode.clone(), String::new()),
    }
}

pub fn set_code(variant: &mut ShopVariant, field: &str, code: &str) {
    let (upc, ean) = codes(variant);
    set_own(variant, "upc", upc);
    set_own(variant, "ean", ean);
    set_own(variant, field, code);
    let (upc, ean) = (own(variant, "upc").unwrap_or_default(), own(variant, "ean").unwrap_or_default());
    variant.barcode = if upc.is_empty() { ean.to_owned() } else { upc.to_owned() };
}
