//! Square's item library export (Items > Actions > Export library, as CSV), to fill a sandbox shop.
//!
//! One row is one variation; the rows of an item follow each other. The columns that are read: `Item Name`,
//! `Variation Name`, `SKU`, `Description`, `Categories` (older: `Category`), `Reporting Category`, `GTIN`, `Price`,
//! `Archived`, `Option Name N` with `Option Value N`, and `Current Quantity <location>`. Any but the first two may be
//! missing. The file names no currency: prices are read with two decimals. Quantity columns stand for the shop's
//! locations in their order.

use std::collections::BTreeMap;

use csv::StringRecord;
use serde_json::{Map, Value};

use crate::domain::{Currency, Money, Quantity, Status, Timestamp};
use crate::sandbox::{ShopProduct, ShopVariant};

use super::convert::PLAIN_OPTION;
use super::sandbox::PLAIN_VARIATIONS;

/// Options of an item at most.
const MOST_OPTIONS: usize = 6;

/// `None` if these are not Square's columns.
pub fn read_export(columns: &StringRecord, rows: &[StringRecord]) -> Option<Result<Vec<ShopProduct>, String>> {
    let columns = Columns::find(columns)?;
    Some(read(&columns, rows))
}

/// Where each column is.
struct Columns {
    item: usize,
    variation: usize,
    sku: Option<usize>,
    description: Option<usize>,
    category: Option<usize>,
    barcode: Option<usize>,
    price: Option<usize>,
    archived: Option<usize>,
    /// Name and value.
    options: Vec<(usize, usize)>,
    /// One for each location.
    quantities: Vec<usize>,
}

impl Columns {
    fn find(columns: &StringRecord) -> Option<Self> {
        let names: Vec<String> =
            columns.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_lowercase()).collect();
        let at = |wanted: &str| names.iter().position(|name| name == wanted);
        let quantities: Vec<usize> = names
            .iter()
            .enumerate()
            .filter(|(_, name)| name.starts_with("current quantity"))
            .map(|(at, _)| at)
            .collect();
        // Others have such names too; with one of these beside them it is Square's.
        if at("token").is_none() && at("reporting category").is_none() && at("gtin").is_none() && quantities.is_empty()
        {
            return None;
        }
        let option =
            |number: usize| Some((at(&format!("option name {number}"))?, at(&format!("option value {number}"))?));
        Some(Self {
            item: at("item name")?,
            variation: at("variation name")?,
            sku: at("sku"),
            description: at("description"),
            category: at("reporting category").or_else(|| at("categories")).or_else(|| at("category")),
            barcode: at("gtin"),
            price: at("price"),
            archived: at("archived"),
            options: (1..=MOST_OPTIONS).filter_map(option).collect(),
            quantities,
        })
    }
}

/// A cell as it is; blank where the column or the cell is missing.
fn cell(row: &StringRecord, at: Option<usize>) -> &str {
    at.and_then(|at| row.get(at)).unwrap_or_default().trim()
}

fn read(columns: &Columns, rows: &[StringRecord]) -> Result<Vec<ShopProduct>, String> {
    let mut products: Vec<ShopProduct> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        // The first row is the columns'.
        let line = row.position().map_or_else(|| index as u64 + 2, csv::Position::line);
        let title = cell(row, Some(columns.item));
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let options: Vec<(&str, &str)> = columns
            .options
            .iter()
            .map(|(name, value)| (cell(row, Some(*name)), cell(row, Some(*value))))
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
            .collect();
        let variant = variant(columns, row, &options).map_err(|why| format!("line {line}: {why}"))?;
        let same_item = products.last_mut().filter(|product| {
            let fresh = !product.variants.iter().any(|known| known.values == variant.values);
            fresh && (title.is_empty() || product.title == title) && agrees(product, &options)
        });
        match same_item {
            Some(product) => product.variants.push(variant),
            None if title.is_empty() => return Err(format!("line {line}: the Item Name is blank")),
            None => products.push(product(columns, row, title, &options, variant)),
        }
    }
    products.iter_mut().for_each(settle);
    Ok(products)
}

fn agrees(product: &ShopProduct, options: &[(&str, &str)]) -> bool {
    product.options.iter().map(String::as_str).eq(options.iter().map(|(name, _)| *name))
}

fn product(
    columns: &Columns,
    row: &StringRecord,
    title: &str,
    options: &[(&str, &str)],
    variant: ShopVariant,
) -> ShopProduct {
    let archived = ["y", "yes", "true"].contains(&cell(row, columns.archived).to_lowercase().as_str());
    // "Clothing > Shirts, Sale": the first of several.
    let category = cell(row, columns.category).split(',').next().unwrap_or_default().trim();
    ShopProduct {
        number: 0,
        title: title.to_owned(),
        description: cell(row, columns.description).to_owned(),
        brand: String::new(),
        category: category.to_owned(),
        status: if archived { Status::Archived } else { Status::Active },
        options: options.iter().map(|(name, _)| (*name).to_owned()).collect(),
        variants: vec![variant],
        images: Vec::new(),
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        version: 0,
        extra: Map::new(),
    }
}

/// An item without options is simple if it has one variation, else its variations have names only.
fn settle(product: &mut ShopProduct) {
    if !product.options.is_empty() {
        return;
    }
    if let [only] = product.variants.as_mut_slice() {
        only.values.clear();
        return;
    }
    product.options = vec![PLAIN_OPTION.to_owned()];
    product.extra.insert(PLAIN_VARIATIONS.to_owned(), Value::Bool(true));
}

fn variant(columns: &Columns, row: &StringRecord, options: &[(&str, &str)]) -> Result<ShopVariant, String> {
    let mut levels = BTreeMap::new();
    for (number, at) in (1..).zip(&columns.quantities) {
        let text = cell(row, Some(*at));
        if !text.is_empty() {
            let level: Quantity = text.replace(',', "").parse().map_err(|why| format!("Current Quantity: {why}"))?;
            levels.insert(number, level);
        }
    }
    let values = if options.is_empty() {
        vec![cell(row, Some(columns.variation)).to_owned()]
    } else {
        options.iter().map(|(_, value)| (*value).to_owned()).collect()
    };
    Ok(ShopVariant {
        number: 0,
        values,
        sku: cell(row, columns.sku).to_owned(),
        barcode: cell(row, columns.barcode).to_owned(),
        price: price(cell(row, columns.price))?,
        tracked: !levels.is_empty(),
        levels,
        updated_at: Timestamp::default(),
        stock_updated_at: Timestamp::default(),
        extra: Map::new(),
    })
}

/// `25.00`, `$25.00`, `4,250.00`; blank or `variable` for a price that the till asks for.
fn price(text: &str) -> Result<Option<i64>, String> {
    if text.is_empty() || text.eq_ignore_ascii_case("variable") {
        return Ok(None);
    }
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | '-')).collect();
    let two_decimals = Currency::new("USD").map_err(|why| why.to_string())?;
    Money::parse(&digits, two_decimals)
        .map(|money| Some(money.minor))
        .map_err(|_| format!("Price: not a price: {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(text: &str) -> Option<Result<Vec<ShopProduct>, String>> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let columns = reader.headers().unwrap().clone();
        let rows: Vec<StringRecord> = reader.records().map(Result::unwrap).collect();
        read_export(&columns, &rows)
    }

    #[test]
    fn an_export_becomes_products() {
        let products = export(
            "\u{feff}Token,Item Name,Variation Name,SKU,Description,Categories,GTIN,Option Name 1,Option Value 1,Price,Archived,Current Quantity Femmebot,New Quantity Femmebot,Current Quantity Ware House\n\
             T1,Candle,Small,C-S,Soy,\"Home, Sale\",4006381333931,,,12.00,N,10,,2.5\n\
             T1,Candle,Large,C-L,Soy,Home,,,,\"$1,218.50\",N,,,\n\
             T2,Candle,Large,X,,,,,,variable,Y,,,\n\
             T3,Shirt,Red,S-R,,,,Colour,Red,20,,0,,\n\
             T3,Shirt,Blue,S-B,,,,Colour,Blue,20,,-2,,\n",
        );
        let products = products.unwrap().unwrap();
        assert_eq!(
            products.iter().map(|p| (p.title.as_str(), p.variants.len())).collect::<Vec<_>>(),
            [("Candle", 2), ("Candle", 1), ("Shirt", 2)]
        );
        let candle = &products[0];
        assert_eq!((candle.category.as_str(), candle.options.as_slice()), ("Home", &[PLAIN_OPTION.to_owned()][..]));
        assert_eq!(candle.variants[0].levels, BTreeMap::from([(1, Quantity::units(10)), (2, "2.5".parse().unwrap())]));
        assert_eq!((candle.variants[1].price, candle.variants[1].tracked), (Some(121_850), false));
        let single = &products[1];
        assert_eq!((single.status, single.variants[0].price, single.options.len()), (Status::Archived, None, 0));
        assert!(single.variants[0].values.is_empty());
        let shirt = &products[2];
        assert_eq!(
            (shirt.options.as_slice(), shirt.variants[1].values.as_slice()),
            (&["Colour".to_owned()][..], &["Blue".to_owned()][..])
        );
        assert_eq!(shirt.variants[1].levels[&1], Quantity::units(-2));
    }

    #[test]
    fn other_files_are_left_to_others_and_errors_name_the_line() {
        assert!(export("Handle,Title,Variant SKU\nmug,Mug,M\n").is_none());
        assert!(export("Item Name,Variation Name,Price\nMug,Regular,1\n").is_none());
        let why =
            export("Token,Item Name,Variation Name,Price\nT,Mug,Regular,1\nT,Tea,Regular,one\n").unwrap().unwrap_err();
        assert_eq!(why, "line 3: Price: not a price: \"one\"");
        let why = export("Token,Item Name,Variation Name\nT,,Regular\n").unwrap().unwrap_err();
        assert_eq!(why, "line 2: the Item Name is blank");
        assert_eq!(export("Token,Item Name,Variation Name\nT,Mug\n").unwrap().unwrap().len(), 1);
    }
}
