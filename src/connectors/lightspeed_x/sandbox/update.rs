//! `PUT /products/{id}`: `common` for the family, `details` for this variant; lists are replaced whole.

use serde_json::{Value, json};

use crate::domain::{Quantity, Status, Timestamp};
use crate::sandbox::{Shop, ShopVariant};

use super::identifiers::{self, Kind};
use super::making::{note, text};
use super::{Answer, Fault, Sandbox};

pub fn product(own: &mut Sandbox, shop: &mut Shop, id: &str, body: &Value, now: Timestamp) -> Answer {
    let found = identifiers::number(Kind::Product, id).and_then(|variant| shop.find_variant(variant));
    let (number, place) = found.ok_or_else(|| Fault::not_found("Product"))?;
    let Some(mut product) = shop.products.get(&number).cloned() else { return Err(Fault::not_found("Product")) };
    let common = &body["common"];
    if common["name"].is_string() {
        let name = text(common, "name");
        if name.is_empty() || shop.products.values().any(|other| other.number != number && other.title == name) {
            return Err(Fault::invalid("The name is missing, or another product has it"));
        }
        product.title = name;
    }
    if common["description"].is_string() {
        product.description = text(common, "description");
    }
    own.labels.refer(shop, common, &mut product)?;
    if let Some(tags) = common["tag_ids"].as_array() {
        product.extra.insert("tag_ids".into(), json!(tags));
    }
    if let Some(tracked) = common["track_inventory"].as_bool() {
        product.variants.iter_mut().for_each(|variant| variant.tracked = tracked);
    }
    let details_of = &body["details"];
    let Some(variant) = product.variants.get_mut(place) else { return Err(Fault::not_found("Product")) };
    details(shop, details_of, variant, own.tax_exclusive)?;
    let variant_number = variant.number;
    variant.updated_at = now;
    let levels = inventory(shop, details_of)?;
    if let Some(active) = details_of["is_active"].as_bool() {
        // The model has one switch for the family.
        if product.status != Status::Active && active {
            product
                .variants
                .iter_mut()
                .for_each(|variant| drop(variant.extra.insert("is_active".into(), json!(false))));
        }
        if let Some(variant) = product.variants.get_mut(place) {
            variant.extra.insert("is_active".into(), json!(active));
        }
        let any = product.variants.iter().any(|v| v.extra.get("is_active") != Some(&json!(false)));
        product.status = if any { Status::Active } else { Status::Draft };
    }
    let title = product.title.clone();
    if let Some(known) = shop.products.get_mut(&number) {
        *known = product;
    }
    shop.touch(number, now);
    for (location, level) in levels {
        shop.set_level(number, place, location, level, now);
    }
    note(shop, "update", number, Some(variant_number), &title, now);
    Ok((200, json!({})))
}

/// Price, codes and measures. What is not named stays.
pub fn details(shop: &Shop, body: &Value, variant: &mut ShopVariant, tax_exclusive: bool) -> Result<(), Fault> {
    let (including, excluding) = (&body["price_including_tax"], &body["price_excluding_tax"]);
    match (including.is_null(), excluding.is_null()) {
        (false, false) => return Err(Fault::invalid("Not both price_including_tax and price_excluding_tax")),
        (true, true) => {}
        (has_no_including, _) => {
            let sent = if has_no_including { excluding } else { including };
            let sent: Quantity =
                sent.to_string().trim_matches('"').parse().map_err(|_| Fault::invalid("The price is no number"))?;
            // The shop keeps its own one of the two.
            let own = match (has_no_including, tax_exclusive) {
                (true, false) => sent.raw() * 115 / 100,
                (false, true) => sent.raw() * 100 / 115,
                _ => sent.raw(),
            };
            let unit = 10i64.pow(5 - shop.currency.decimals());
            variant.price = Some((own + unit / 2) / unit);
        }
    }
    if let Some(codes) = body["product_codes"].as_array() {
        let first = codes.first().and_then(|code| code["code"].as_str()).unwrap_or_default();
        if first.is_empty() {
            return Err(Fault::invalid("A product needs a code"));
        }
        let texts: Vec<&str> = codes.iter().filter_map(|code| code["code"].as_str()).collect();
        if texts.len() != codes.len() || texts.iter().enumerate().any(|(at, code)| texts[..at].contains(code)) {
            return Err(Fault::invalid("A code is missing, or there twice"));
        }
        check_sku(shop, first, Some(variant.number).filter(|number| *number != 0))?;
        variant.sku = first.to_owned();
        let barcode = codes.iter().find(|code| code["type"].as_str().is_some_and(|kind| kind != "CUSTOM"));
        variant.barcode = barcode.and_then(|code| code["code"].as_str()).unwrap_or_default().to_owned();
        variant.extra.insert("product_codes".into(), json!(codes));
    }
    for (value, unit) in [("weight", "weight_unit"), ("length", "dimensions_unit")] {
        if body[value].is_number() && !body[unit].is_string() {
            return Err(Fault::invalid(format!("{unit} is required with {value}")));
        }
    }
    for field in ["weight", "weight_unit", "length", "width", "height", "dimensions_unit"] {
        if !body[field].is_null() {
            variant.extra.insert(field.into(), body[field].clone());
        }
    }
    Ok(())
}

/// "Should be unique": no two variants of the shop have the same.
pub fn check_sku(shop: &Shop, sku: &str, own: Option<u64>) -> Result<(), Fault> {
    let mut all = shop.products.values().flat_map(|product| &product.variants);
    match all.any(|known| known.sku == sku && Some(known.number) != own) {
        true => Err(Fault::invalid(format!("The SKU {sku} is used by another product"))),
        false => Ok(()),
    }
}

/// Location and count.
pub fn inventory(shop: &Shop, body: &Value) -> Result<Vec<(u64, Quantity)>, Fault> {
    let mut levels = Vec::new();
    for row in body["inventory"].as_array().into_iter().flatten() {
        let outlet = row["outlet_id"].as_str().and_then(|id| identifiers::number(Kind::Outlet, id));
        let outlet = outlet.filter(|number| shop.locations.iter().any(|location| location.number == *number));
        let outlet = outlet.ok_or_else(|| Fault::invalid("There is no such outlet"))?;
        if !row["current_amount"].is_null() {
            let level = row["current_amount"].to_string().parse();
            levels.push((outlet, level.map_err(|_| Fault::invalid("current_amount is no number"))?));
        }
    }
    Ok(levels)
}
