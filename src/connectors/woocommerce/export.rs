//! WooCommerce's own product export (Products → Export), as a catalogue for a sandbox shop.
//!
//! Columns and their meaning: class-wc-product-csv-exporter.php. Lists stand in one cell, separated by commas; a comma
//! inside a value is written `\,`. A variation names its parent by SKU, or as `id:12` where that has none.

use std::collections::{BTreeMap, HashMap};

use csv::StringRecord;
use serde_json::{Map, Value, json};

use crate::domain::{Status, Timestamp, plain};
use crate::sandbox::{ShopProduct, ShopVariant};

/// Columns that only this export has together.
const TELLING: [&str; 4] = ["Type", "SKU", "Published", "Regular price"];

/// `None` if these are not the columns of a WooCommerce export. Levels are under location 0: an export says how many,
/// not where.
pub(super) fn read_export(columns: &StringRecord, rows: &[StringRecord]) -> Option<Result<Vec<ShopProduct>, String>> {
    // The first column begins with a byte order mark.
    let columns: HashMap<&str, usize> =
        columns.iter().enumerate().map(|(at, name)| (name.trim_start_matches('\u{feff}').trim(), at)).collect();
    let ours = TELLING.iter().all(|name| columns.contains_key(name)) && columns.contains_key("In stock?");
    ours.then(|| read(&columns, rows))
}

struct Row<'a> {
    /// In the file, the header being 1.
    line: u64,
    columns: &'a HashMap<&'a str, usize>,
    cells: &'a StringRecord,
}

impl<'a> Row<'a> {
    fn cell(&self, column: &str) -> &'a str {
        self.columns.get(column).and_then(|at| self.cells.get(*at)).unwrap_or_default().trim()
    }

    fn attributes(&self) -> impl Iterator<Item = (&'a str, Vec<String>)> {
        (1..).map_while(|number| {
            self.columns.contains_key(format!("Attribute {number} name").as_str()).then(|| {
                let name = self.cell(&format!("Attribute {number} name"));
                (name, list(self.cell(&format!("Attribute {number} value(s)"))))
            })
        })
    }

    /// `simple`, `variable`, `variation`, …; behind it may stand `downloadable` and `virtual`.
    fn kind(&self) -> String {
        let kinds = list(&self.cell("Type").to_lowercase());
        kinds.into_iter().find(|kind| !matches!(kind.as_str(), "downloadable" | "virtual")).unwrap_or_default()
    }

    fn wrong(&self, why: &str) -> String {
        format!("line {}: {why}", self.line)
    }
}

fn read(columns: &HashMap<&str, usize>, rows: &[StringRecord]) -> Result<Vec<ShopProduct>, String> {
    // A description may hold line ends, so rows and lines are not the same.
    let line = |cells: &StringRecord, place| cells.position().map_or(place, csv::Position::line);
    let rows: Vec<Row<'_>> =
        rows.iter().zip(2..).map(|(cells, place)| Row { line: line(cells, place), columns, cells }).collect();
    let mut products: Vec<ShopProduct> = Vec::new();
    let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.kind() != "variation") {
        by_name.insert(format!("id:{}", row.cell("ID")), products.len());
        if !row.cell("SKU").is_empty() {
            by_name.insert(row.cell("SKU").to_owned(), products.len());
        }
        products.push(product(row)?);
    }
    for row in rows.iter().filter(|row| row.kind() == "variation") {
        let parent = row.cell("Parent");
        let place =
            by_name.get(parent).ok_or_else(|| row.wrong(&format!("its parent {parent:?} is not in the file")))?;
        let parent = products.get_mut(*place).ok_or_else(|| row.wrong("its parent is not in the file"))?;
        add_variation(parent, row)?;
    }
    // A variable product without variations sells nothing, and the shop model has no place for it.
    products.retain(|product| !product.variants.is_empty());
    Ok(products)
}

fn product(row: &Row<'_>) -> Result<ShopProduct, String> {
    let kind = row.kind();
    let variable = kind.starts_with("variable");
    let mut extra = Map::new();
    if matches!(kind.as_str(), "grouped" | "external") {
        extra.insert("type".to_owned(), json!(kind));
    }
    let options: Vec<String> = match variable {
        true => row.attributes().filter(|(name, _)| !name.is_empty()).map(|(name, _)| name.to_owned()).collect(),
        false => Vec::new(),
    };
    if let Some(shared) = row.cell("Stock").parse::<i64>().ok().filter(|_| variable) {
        extra.insert("stock_quantity".to_owned(), json!(shared));
    }
    let brand = list(row.cell("Brands")).into_iter().next();
    let brand = brand.or_else(|| row.attributes().find(|(name, _)| *name == "Brand").and_then(|(_, all)| first(all)));
    Ok(ShopProduct {
        number: 0,
        title: plain(row.cell("Name")).to_string(),
        description: row.cell("Description").replace("\\n", "\n"),
        brand: brand.unwrap_or_default(),
        // `Games > Board games, Gifts`
        category: first(list(row.cell("Categories"))).map(|path| last_part(&path)).unwrap_or_default(),
        status: match row.cell("Published") {
            "1" => Status::Active,
            // -1 draft, 0 private, 2 pending
            _ => Status::Draft,
        },
        options,
        variants: if variable { Vec::new() } else { vec![variant(row, Vec::new())?] },
        images: list(row.cell("Images")),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        version: 0,
        extra,
    })
}

fn add_variation(parent: &mut ShopProduct, row: &Row<'_>) -> Result<(), String> {
    let given: HashMap<&str, Vec<String>> = row.attributes().collect();
    let value = |option: &String| given.get(option.as_str()).cloned().and_then(first).unwrap_or_default();
    let values: Vec<String> = parent.options.iter().map(value).collect();
    if values.iter().all(String::is_empty) {
        return Err(row.wrong("a variation without attribute values cannot be told from its sisters"));
    }
    parent.variants.push(variant(row, values)?);
    Ok(())
}

fn variant(row: &Row<'_>, values: Vec<String>) -> Result<ShopVariant, String> {
    let mut extra = Map::new();
    let mut levels = BTreeMap::new();
    let tracked = match row.cell("Stock") {
        "" => false,
        "parent" => {
            extra.insert("manage_stock".to_owned(), Value::from("parent"));
            false
        }
        stock => {
            let level = stock.parse().map_err(|_| row.wrong(&format!("the stock {stock:?} is no number")))?;
            levels.insert(0, level);
            true
        }
    };
    Ok(ShopVariant {
        number: 0,
        values,
        sku: row.cell("SKU").to_owned(),
        barcode: row.cell("GTIN, UPC, EAN, or ISBN").to_owned(),
        price: price(row)?,
        tracked,
        levels,
        updated_at: Timestamp(0),
        stock_updated_at: Timestamp(0),
        extra,
    })
}

/// In the shop's way of writing: `19.90`, `19,90`, `1,234.50`. In hundredths, as most currencies have them.
fn price(row: &Row<'_>) -> Result<Option<i64>, String> {
    let raw = row.cell("Regular price");
    if raw.is_empty() {
        return Ok(None);
    }
    let wrong = || row.wrong(&format!("the price {raw:?} is no number"));
    let (whole, fraction) = match raw.rfind(['.', ',']).filter(|at| raw.len() - at <= 3) {
        Some(at) => (raw.get(..at).unwrap_or_default(), raw.get(at + 1..).unwrap_or_default()),
        None => (raw, ""),
    };
    let whole: String = whole.chars().filter(|c| !matches!(c, '.' | ',' | ' ' | '\'')).collect();
    let digits = format!("{whole}{fraction:0<2}");
    digits.parse().map(Some).map_err(|_| wrong())
}

/// A cell with a list.
fn list(cell: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut characters = cell.chars().peekable();
    while let Some(c) = characters.next() {
        match (c, characters.peek()) {
            ('\\', Some(',')) => {
                characters.next();
                push(&mut items, ',');
            }
            (',', _) => items.push(String::new()),
            (other, _) => push(&mut items, other),
        }
    }
    items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

fn push(items: &mut [String], c: char) {
    if let Some(last) = items.last_mut() {
        last.push(c);
    }
}

fn first(items: Vec<String>) -> Option<String> {
    items.into_iter().next()
}

fn last_part(path: &str) -> String {
    path.rsplit('>').next().unwrap_or(path).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPORT: &str = "\u{feff}ID,Type,SKU,\"GTIN, UPC, EAN, or ISBN\",Name,Published,\"Is featured?\",Description,\
\"In stock?\",Stock,\"Regular price\",Categories,Images,Parent,Brands,\"Attribute 1 name\",\"Attribute 1 value(s)\",\
\"Attribute 2 name\",\"Attribute 2 value(s)\"
10,simple,MUG-1,4006381333931,\"Mug &amp; Saucer\",1,0,One\\nTwo,1,12,\"19,90\",\"Kitchen > Mugs, Gifts\",\
\"https://x/a.jpg, https://x/b.jpg\",,Harbour,,,,
20,variable,TEE,,Shirt,1,0,,1,9,,Clothing,,,,Colour,\"Red, Blue\",Fit,\"Slim\\, long\"
21,variation,TEE-R,,Shirt,1,0,,1,parent,5,,,TEE,,Colour,Red,Fit,\"Slim\\, long\"
22,\"variation, virtual\",TEE-B,,Shirt,1,0,,1,3.5,1234.5,,,id:20,,Colour,Blue,Fit,
30,variable,,,Empty,-1,0,,1,,,,,,,,,,
40,external,,,Poster,-1,0,,1,,,,,,,,,,
";

    fn records(text: &str) -> (StringRecord, Vec<StringRecord>) {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        (reader.headers().unwrap().clone(), reader.records().collect::<Result<_, _>>().unwrap())
    }

    #[test]
    fn an_export_is_read() {
        let (columns, rows) = records(EXPORT);
        let products = read_export(&columns, &rows).unwrap().unwrap();
        let titles: Vec<&str> = products.iter().map(|product| product.title.as_str()).collect();
        assert_eq!(titles, ["Mug & Saucer", "Shirt", "Poster"]);
        let mug = &products[0];
        assert_eq!(mug.variants[0].price, Some(1990));
        assert_eq!(mug.variants[0].barcode, "4006381333931");
        assert_eq!(mug.variants[0].levels[&0].to_string(), "12");
        assert_eq!((mug.brand.as_str(), mug.category.as_str()), ("Harbour", "Mugs"));
        assert_eq!(mug.images.len(), 2);
        assert_eq!(mug.description, "One\nTwo");
        let shirt = &products[1];
        assert_eq!(shirt.options, ["Colour", "Fit"]);
        assert_eq!(shirt.variants[0].values, ["Red", "Slim, long"]);
        assert!(!shirt.variants[0].tracked && shirt.variants[0].extra.contains_key("manage_stock"));
        assert_eq!(shirt.variants[1].values, ["Blue", ""]);
        assert_eq!(shirt.variants[1].price, Some(123_450));
        assert_eq!(shirt.variants[1].levels[&0].to_string(), "3.5");
        assert_eq!(products[2].status, Status::Draft);
    }

    #[test]
    fn another_table_is_none_of_ours() {
        let (columns, rows) = records("id,title,sku\n1,Mug,M-1\n");
        assert!(read_export(&columns, &rows).is_none());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let (columns, rows) = records(&EXPORT.replace(",TEE,,Colour", ",NONE,,Colour"));
        let why = read_export(&columns, &rows).unwrap().unwrap_err();
        assert!(why.contains("line 4") && why.contains("NONE"), "{why}");
    }
}
