//! The product CSV file that a shop exports: one row per variant, and further rows for further pictures.
//!
//! Columns by Shopify's help page "CSV file format for products". The file knows no locations: `Variant Inventory Qty`
//! is the count at the only one, which becomes the shop's first. It names no barcode type and no currency.

use std::collections::BTreeMap;

use csv::StringRecord;
use serde_json::{Map, json};

use crate::domain::{Quantity, Status};
use crate::sandbox::{ShopProduct, ShopVariant};

/// Without these it is another file.
const MARKS: [&str; 5] = ["Handle", "Title", "Option1 Name", "Option1 Value", "Variant SKU"];
/// The shop's first location.
const LOCATION: u64 = 1;

struct Columns(BTreeMap<String, usize>);

impl Columns {
    fn of<'a>(&self, row: &'a StringRecord, name: &str) -> &'a str {
        self.0.get(name).and_then(|place| row.get(*place)).map(str::trim).unwrap_or_default()
    }
}

/// `None` if these are not the columns of such a file. An error names the line.
pub(super) fn read(columns: &StringRecord, rows: &[StringRecord]) -> Option<Result<Vec<ShopProduct>, String>> {
    let places = columns.iter().enumerate();
    // A file that was opened and saved by a spreadsheet begins with a byte-order mark.
    let places = places.map(|(place, name)| (name.trim_start_matches('\u{feff}').trim().to_owned(), place));
    let columns = Columns(places.collect());
    if !MARKS.iter().all(|name| columns.0.contains_key(*name)) {
        return None;
    }
    let mut products: Vec<ShopProduct> = Vec::new();
    let mut by_handle: BTreeMap<String, usize> = BTreeMap::new();
    for (row, place) in rows.iter().zip(2..) {
        // Descriptions are markup with line ends, so rows and lines are not the same.
        let line = row.position().map_or(place, csv::Position::line);
        let handle = columns.of(row, "Handle");
        if handle.is_empty() {
            continue;
        }
        let place = *by_handle.entry(handle.to_owned()).or_insert_with(|| {
            products.push(product(&columns, row, handle));
            products.len() - 1
        });
        if let Err(why) = add(&mut products[place], &columns, row) {
            return Some(Err(format!("line {line}, {handle}: {why}")));
        }
    }
    products.retain(|product| !product.variants.is_empty());
    Some(Ok(products))
}

/// From the first row of a handle, which alone has what the whole product has.
fn product(columns: &Columns, row: &StringRecord, handle: &str) -> ShopProduct {
    let text = |name: &str| columns.of(row, name).to_owned();
    let mut extra = Map::new();
    extra.insert("handle".to_owned(), json!(handle));
    if columns.of(row, "Published").eq_ignore_ascii_case("true") {
        extra.insert("published".to_owned(), json!(true));
    }
    if columns.of(row, "Gift Card").eq_ignore_ascii_case("true") {
        extra.insert("gift_card".to_owned(), json!(true));
    }
    let options = ["Option1 Name", "Option2 Name", "Option3 Name"].map(|name| columns.of(row, name));
    let options: Vec<String> = options.iter().filter(|name| !name.is_empty()).map(|name| (*name).to_owned()).collect();
    let simple = options.len() == 1 && options[0] == "Title" && columns.of(row, "Option1 Value") == "Default Title";
    // `Type` is the shop's own word; the standard category is a path.
    let category = match columns.of(row, "Type") {
        "" => columns.of(row, "Product Category").rsplit('>').next().unwrap_or_default().trim().to_owned(),
        own => own.to_owned(),
    };
    ShopProduct {
        title: text("Title"),
        description: text("Body (HTML)"),
        brand: text("Vendor"),
        category,
        status: match columns.of(row, "Status").to_ascii_lowercase().as_str() {
            "draft" => Status::Draft,
            "archived" => Status::Archived,
            _ => Status::Active,
        },
        options: if simple { Vec::new() } else { options },
        variants: Vec::new(),
        extra,
        ..ShopProduct::simple("", ShopVariant::plain())
    }
}

fn add(product: &mut ShopProduct, columns: &Columns, row: &StringRecord) -> Result<(), String> {
    let picture = columns.of(row, "Image Src");
    if !picture.is_empty() && !product.images.iter().any(|known| known == picture) {
        product.images.push(picture.to_owned());
    }
    // A row with a picture alone is no variant.
    if columns.of(row, "Option1 Value").is_empty() && columns.of(row, "Variant Price").is_empty() {
        return Ok(());
    }
    let values = ["Option1 Value", "Option2 Value", "Option3 Value"].map(|name| columns.of(row, name).to_owned());
    let values: Vec<String> = values.into_iter().take(product.options.len()).collect();
    let tracked = !columns.of(row, "Variant Inventory Tracker").is_empty();
    let mut levels = BTreeMap::new();
    let count = columns.of(row, "Variant Inventory Qty");
    if tracked && !count.is_empty() {
        let count: Quantity = count.parse().map_err(|why| format!("Variant Inventory Qty: {why}"))?;
        levels.insert(LOCATION, count);
    }
    product.variants.push(ShopVariant {
        values,
        // A quote before a number is there to stop the spreadsheet from rounding it.
        sku: columns.of(row, "Variant SKU").trim_start_matches('\'').to_owned(),
        barcode: columns.of(row, "Variant Barcode").trim_start_matches('\'').to_owned(),
        price: price(columns.of(row, "Variant Price"))?,
        tracked,
        levels,
        ..ShopVariant::plain()
    });
    Ok(())
}

/// In hundredths: the file does not name its currency, and nearly all have two decimals.
fn price(raw: &str) -> Result<Option<i64>, String> {
    if raw.is_empty() {
        return Ok(None);
    }
    let refused = || format!("Variant Price {raw:?} is not an amount");
    let (whole, fraction) = raw.split_once('.').unwrap_or((raw, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 2 {
        return Err(refused());
    }
    let minor: i64 = format!("{whole}{fraction:0<2}").parse().map_err(|_| refused())?;
    Ok(Some(minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Barcode,Image Src,Image Position,Gift Card,Status
mug,Stoneware Mug,<p>Thrown by hand</p>,Harbour Clay,Home & Garden > Kitchen > Mugs,,,true,Title,Default Title,,,,,MUG-1,300,shopify,7,deny,19.90,'4006381333931,https://cdn.example/mug.png,1,false,active
mug,,,,,,,,,,,,,,,,,,,,,https://cdn.example/mug-2.png,2,,
tee,Tee,,Harbour Wear,,Shirts,,false,Colour,Red,Size,S,,,TEE-RS,,shopify,1,deny,25,,,,false,draft
tee,,,,,,,,,Red,,M,,,TEE-RM,,shopify,-2,deny,25.5,,,,,
tee,,,,,,,,,Blue,,S,,,TEE-BS,,,,deny,25.00,,,,,
";

    fn parse(text: &str) -> Option<Result<Vec<ShopProduct>, String>> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns = reader.headers().unwrap().clone();
        let rows: Vec<StringRecord> = reader.records().map(|row| row.unwrap()).collect();
        read(&columns, &rows)
    }

    #[test]
    fn rows_become_products_with_variants_and_pictures() {
        let products = parse(FILE).unwrap().unwrap();
        let [mug, tee] = &products[..] else { panic!("{products:?}") };
        assert!(mug.options.is_empty() && mug.variants.len() == 1 && mug.images.len() == 2);
        assert_eq!((mug.category.as_str(), mug.variants[0].barcode.as_str()), ("Mugs", "4006381333931"));
        assert_eq!((mug.variants[0].price, mug.variants[0].levels[&1]), (Some(1990), Quantity::units(7)));
        assert_eq!((tee.status, tee.category.as_str()), (Status::Draft, "Shirts"));
        assert_eq!(tee.options, ["Colour", "Size"]);
        let values: Vec<&[String]> = tee.variants.iter().map(|variant| &variant.values[..]).collect();
        assert_eq!(values, [["Red", "S"], ["Red", "M"], ["Blue", "S"]]);
        assert_eq!((tee.variants[1].levels[&1], tee.variants[1].price), (Quantity::units(-2), Some(2550)));
        assert!(!tee.variants[2].tracked && tee.variants[2].levels.is_empty());
    }

    #[test]
    fn another_file_is_left_to_others_and_a_bad_row_is_named() {
        assert!(parse("ID,SKU,Name\n1,a,b\n").is_none());
        let error = parse(&FILE.replace("19.90", "19.90 €")).unwrap().unwrap_err();
        assert!(error.starts_with("line 2, mug"), "{error}");
        let error = parse(&FILE.replace("-2", "two")).unwrap().unwrap_err();
        assert!(error.starts_with("line 5, tee"), "{error}");
    }
}
