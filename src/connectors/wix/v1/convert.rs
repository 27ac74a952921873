//! V1's products as listings.
//!
//! Decided here: when a product has variants of its own (its variants are managed), and which of them count. V1 makes
//! every combination of the options a variant; one that is hidden and has no SKU is none that anybody asked for.

use std::collections::BTreeMap;

use crate::domain::{
    Currency, Listing, Money, OptionValue, Quantity, RemoteId, Status, Stock, Structure, Text, Variant, plain,
};

use super::super::measures::money;
use super::super::shop::{THE_STORE, location_id};
use super::super::wire::{only_variant, variant_remote};
use super::wire::{PriceData, Product, Stock as WireStock, Variant as Wire};

/// The identifier of the only variant of a product whose variants are not managed.
pub(super) const NO_VARIANT: &str = "00000000-0000-0000-0000-000000000000";

pub(super) fn is_variable(product: &Product) -> bool {
    product.manage_variants.yes() && !product.product_options.is_empty()
}

/// Shown or once asked for.
pub(super) fn is_used(wire: &Wire) -> bool {
    wire.variant.visible != Some(false) || wire.variant.sku.text().is_some()
}

/// The error is a plain sentence about this one product.
pub(super) fn listing(product: &Product, currency: Currency) -> Result<Listing, String> {
    let id = product.id.text().ok_or("it has no usable identifier")?;
    let (structure, variants) = match is_variable(product) {
        false => (Structure::Simple, vec![single(product, id, currency)?]),
        true => {
            let options: Vec<Text> =
                product.product_options.iter().map(|option| option.name.clean().unwrap_or_default()).collect();
            let used = product.variants.iter().filter(|wire| is_used(wire));
            let variants = used.map(|wire| variant(product, id, wire, &options, currency));
            (Structure::Variable { options: options.clone() }, variants.collect::<Result<Vec<_>, String>>()?)
        }
    };
    if variants.is_empty() {
        return Err("none of its variants is shown, so there is nothing to sell or count".to_owned());
    }
    if variants.len() > Listing::MOST_VARIANTS {
        return Err(format!(
            "it has {} variants, more than the {} that can be handled",
            variants.len(),
            Listing::MOST_VARIANTS
        ));
    }
    let pictures = product.media.items.iter().filter(|item| item.media_type.text() != Some("video"));
    let addresses = pictures.filter_map(|item| item.image.url.text()).filter(|address| address.starts_with("http"));
    let page = product.product_page_url.base.text().zip(product.product_page_url.path.text());
    Ok(Listing {
        remote: RemoteId::new(id)?,
        title: Text::new(product.name.text().unwrap_or_default()),
        description: plain(product.description.text().unwrap_or_default()),
        brand: product.brand.clean(),
        category: None,
        status: if product.visible.yes() { Status::Active } else { Status::Draft },
        structure,
        variants,
        images: addresses.map(str::to_owned).collect(),
        page: page.map(|(base, path)| format!("{}/{}", base.trim_end_matches('/'), path.trim_start_matches('/'))),
        updated_at: product.last_updated.time(),
    })
}

fn single(product: &Product, id: &str, currency: Currency) -> Result<Variant, String> {
    // Of several variants that are not managed, all have the product's count.
    let own = match &product.variants[..] {
        [only] => only.id.text(),
        _ => None,
    };
    let stock = match product.stock.track_quantity {
        Some(_) => &product.stock,
        None => product.variants.first().map_or(&product.stock, |variant| &variant.stock),
    };
    let (price, compare_at) = prices(&product.price_data, currency);
    Ok(Variant {
        remote: variant_remote(id, own.unwrap_or(NO_VARIANT))?,
        inventory: Some(only_variant(id)?),
        options: Vec::new(),
        sku: product.sku.clean(),
        barcode: None,
        price,
        compare_at,
        weight: None,
        dimensions: None,
        stock: counted(stock)?,
    })
}

fn variant(product: &Product, id: &str, wire: &Wire, options: &[Text], currency: Currency) -> Result<Variant, String> {
    let own = wire.id.text().ok_or("one of its variants has no usable identifier")?;
    let value = |option: &Text| {
        let chosen = wire.choices.iter().find(|(name, _)| Text::new(name) == *option);
        chosen.and_then(|(_, value)| value.clean()).unwrap_or_default()
    };
    let blank = wire.variant.price_data.price.text().is_none();
    let (price, compare_at) = prices(if blank { &product.price_data } else { &wire.variant.price_data }, currency);
    Ok(Variant {
        remote: variant_remote(id, own)?,
        inventory: None,
        options: options.iter().map(|option| OptionValue { option: option.clone(), value: value(option) }).collect(),
        sku: wire.variant.sku.clean(),
        barcode: None,
        price,
        compare_at,
        weight: None,
        dimensions: None,
        stock: counted(&wire.stock)?,
    })
}

/// What a customer pays, and the price before the discount.
fn prices(wire: &PriceData, currency: Currency) -> (Option<Money>, Option<Money>) {
    let (full, less) = (money(&wire.price, currency), money(&wire.discounted_price, currency));
    match (full, less) {
        (Some(full), Some(less)) if less.minor < full.minor => (Some(less), Some(full)),
        (full, _) => (full, None),
    }
}

pub(super) fn counted(wire: &WireStock) -> Result<Stock, String> {
    Ok(match (wire.track_quantity, wire.quantity.whole()) {
        (Some(false), _) => Stock::Untracked,
        (Some(true), Some(level)) => {
            Stock::Tracked(BTreeMap::from([(location_id(THE_STORE)?, Quantity::units(level))]))
        }
        _ => Stock::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(product: Value) -> Listing {
        listing(&serde_json::from_value(product).unwrap(), Currency::new("EUR").unwrap()).unwrap()
    }

    #[test]
    fn a_discount_makes_the_price_the_crossed_out_one() {
        let mug = read(json!({
            "id": "p", "name": "Mug", "sku": "M", "visible": true, "manageVariants": false,
            "priceData": {"price": 20, "discountedPrice": 15.5}, "stock": {"trackInventory": true, "quantity": 7}
        }));
        let only = &mug.variants[0];
        assert_eq!((only.price.unwrap().minor, only.compare_at.unwrap().minor), (1550, 2000));
        assert_eq!(only.stock.total(|_| true), Some(Quantity::units(7)));
        assert_eq!(only.remote.as_str(), format!("p.{NO_VARIANT}"));
    }

    #[test]
    fn combinations_that_nobody_asked_for_are_left_out() {
        let variant = |id: &str, size: &str, rest: Value| json!({"id": id, "choices": {"Size": size}, "variant": rest, "stock": {"trackQuantity": true, "quantity": 1}});
        let shirt = read(json!({
            "id": "p", "name": "Tee", "manageVariants": true, "productOptions": [{"name": "Size"}],
            "variants": [
                variant("a", "S", json!({"sku": "T-S", "visible": true})),
                variant("b", "M", json!({"sku": "", "visible": false})),
                variant("c", "L", json!({"sku": "T-L", "visible": false})),
            ]
        }));
        let labels: Vec<String> = shirt.variants.iter().map(Variant::option_label).collect();
        assert_eq!(labels, ["S", "L"], "hidden, but with a SKU, is somebody's");
    }

    #[test]
    fn options_without_managed_variants_are_one_article() {
        let options = json!([{"name": "Size", "choices": [{"value": "S"}, {"value": "M"}]}]);
        let tee = read(json!({
            "id": "p", "name": "Tee", "manageVariants": false, "productOptions": options, "stock": {"trackInventory": false},
            "variants": [{"id": "a"}, {"id": "b"}]
        }));
        assert_eq!((tee.structure, tee.variants.len()), (Structure::Simple, 1));
        assert_eq!(tee.variants[0].stock, Stock::Untracked);
    }
}
