//! From products to a table that reads back as the same products.

use std::io;

use csv::Writer;

use crate::domain::{Currency, Money, Quantity};
use crate::sandbox::{ShopLocation, ShopProduct, ShopVariant};

use super::{OPTION, QUANTITY};

/// Writes the products with the columns that the head of this room lists. Runs over them twice: option columns are as
/// many as the products need together. Fails for a product that the table has no form for: variants that no option
/// tells apart, or an option without a value.
pub fn write_products<'a>(
    target: impl io::Write,
    products: impl Iterator<Item = &'a ShopProduct> + Clone,
    currency: Currency,
    locations: &[ShopLocation],
) -> io::Result<()> {
    let mut options: Vec<&str> = Vec::new();
    for product in products.clone() {
        check(product)?;
        places(&mut options, product);
    }
    let mut writer = Writer::from_writer(target);
    let mut head: Vec<String> =
        ["id", "title", "description", "brand", "category", "status", "image"].map(str::to_owned).into();
    head.extend(options.iter().map(|name| format!("{OPTION} {name}")));
    head.extend(["sku", "barcode", "price", "tracked"].map(str::to_owned));
    head.extend(locations.iter().map(|location| format!("{QUANTITY} {}", location.name)));
    writer.write_record(&head)?;
    for (place, product) in products.enumerate() {
        let positions = places(&mut options, product);
        for (position, variant) in product.variants.iter().enumerate() {
            let mut row = Vec::with_capacity(head.len());
            row.push((place + 1).to_string());
            row.extend(product_columns(product, position == 0));
            let values = row.len();
            row.resize(values + options.len(), String::new());
            for (position, chosen) in positions.iter().zip(&variant.values) {
                if let Some(cell) = row.get_mut(values + position) {
                    cell.clone_from(chosen);
                }
            }
            row.extend(variant_columns(variant, currency));
            let levels = locations.iter().map(|location| variant.levels.get(&location.number));
            row.extend(levels.map(|level| level.map(Quantity::to_string).unwrap_or_default()));
            writer.write_record(&row)?;
        }
    }
    writer.flush()
}

/// The columns of a product's options, in order. Adds what is missing at the end: columns may come twice, where products
/// have the same options in another order.
fn places<'a>(columns: &mut Vec<&'a str>, product: &'a ShopProduct) -> Vec<usize> {
    let mut found = Vec::with_capacity(product.options.len());
    let mut from = 0;
    for option in &product.options {
        let later = columns.iter().skip(from).position(|name| *name == option.as_str());
        let place = later.map_or(columns.len(), |offset| from + offset);
        if later.is_none() {
            columns.push(option);
        }
        found.push(place);
        from = place + 1;
    }
    found
}

fn check(product: &ShopProduct) -> io::Result<()> {
    let values = |variant: &ShopVariant| {
        variant.values.len() == product.options.len() && variant.values.iter().all(|value| !value.is_empty())
    };
    let told_apart = !product.options.is_empty() || product.variants.len() == 1;
    if told_apart && product.variants.iter().all(values) {
        return Ok(());
    }
    let why = format!("{:?} has variants without option values; a table has no form for that", product.title);
    Err(io::Error::new(io::ErrorKind::InvalidData, why))
}

/// Title to image; blank in all rows but the first.
fn product_columns(product: &ShopProduct, is_first: bool) -> [String; 6] {
    if !is_first {
        return Default::default();
    }
    [
        product.title.clone(),
        product.description.clone(),
        product.brand.clone(),
        product.category.clone(),
        product.status.label().to_owned(),
        product.images.join(" "),
    ]
}

fn variant_columns(variant: &ShopVariant, currency: Currency) -> [String; 4] {
    [
        variant.sku.clone(),
        variant.barcode.clone(),
        variant.price.map(|minor| Money::new(minor, currency).amount()).unwrap_or_default(),
        if variant.tracked { "yes" } else { "no" }.to_owned(),
    ]
}
