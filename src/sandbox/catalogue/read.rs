//! From a table to products.

use std::collections::HashMap;
use std::io;

use csv::StringRecord;

use crate::domain::{Currency, Money, Quantity, Status};
use crate::sandbox::{ShopLocation, ShopProduct, ShopVariant};

use super::{CatalogueError, OPTION, QUANTITY};

/// A table as text, before anybody knows whose columns it has: ours, or those of a platform's export.
#[derive(Debug, Clone)]
pub struct Table {
    pub columns: StringRecord,
    /// Each knows its line by [`StringRecord::position`].
    pub rows: Vec<StringRecord>,
}

/// Reads the rows as text. All have as many columns as the first one.
pub fn read_table(mut source: impl io::Read) -> Result<Table, CatalogueError> {
    let mut text = Vec::new();
    source.read_to_end(&mut text).map_err(|why| at(1, None, why.to_string()))?;
    let text = std::str::from_utf8(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text)).map_err(|why| {
        let before = text.get(..why.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        at(line, None, "holds characters in another encoding; save the table as UTF-8".to_owned())
    })?;
    let first = text.lines().next().unwrap_or_default();
    let delimiter = match (first.contains(','), first.contains(';'), first.contains('\t')) {
        (false, true, _) => b';',
        (false, false, true) => b'\t',
        _ => b',',
    };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let malformed = |why: csv::Error| at(why.position().map_or(1, csv::Position::line), None, why.to_string());
    let columns = reader.headers().map_err(malformed)?.clone();
    if columns.iter().all(|name| name.trim().is_empty()) {
        return Err(at(1, None, "the table is empty".to_owned()));
    }
    let mut rows = Vec::new();
    for row in reader.into_records() {
        let mut row = row.map_err(malformed)?;
        stand_on_its_line(&mut row, text.as_bytes());
        if row.iter().all(|value| value.trim().is_empty()) {
            continue;
        }
        if row.len() != columns.len() {
            return Err(at(line_of(&row), None, format!("{} columns instead of {}", row.len(), columns.len())));
        }
        rows.push(row);
    }
    Ok(Table { columns, rows })
}

/// The reader takes a row's place before the line ends that precede it: after `\r\n`, as most spreadsheets write it, every
/// row would be told one line too high.
pub fn stand_on_its_line(row: &mut StringRecord, text: &[u8]) {
    let Some(mut place) = row.position().cloned() else { return };
    let from = usize::try_from(place.byte()).unwrap_or(usize::MAX);
    let before = text.get(from..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let ends = before.filter(|byte| **byte == b'\n').count() as u64;
    place.set_line(place.line() + ends);
    row.set_position(Some(place));
}

/// The products of a table with the columns that the head of this room lists; numbers and times are 0 until a shop takes
/// them in. Stops at the first thing that is wrong.
pub fn read_products(
    table: &Table,
    currency: Currency,
    locations: &[ShopLocation],
) -> Result<Vec<ShopProduct>, CatalogueError> {
    let columns = Columns::of(&table.columns, locations)?;
    let mut groups: Vec<Vec<&StringRecord>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for row in &table.rows {
        let id = columns.id.and_then(|position| row.get(position)).unwrap_or_default();
        match known.get(id).filter(|_| !id.trim().is_empty()).and_then(|place| groups.get_mut(*place)) {
            Some(group) => group.push(row),
            None => {
                known.insert(id, groups.len());
                groups.push(vec![row]);
            }
        }
    }
    groups.iter().map(|rows| columns.product(rows, currency)).collect()
}

/// Where each column is.
struct Columns<'a> {
    names: &'a StringRecord,
    id: Option<usize>,
    title: usize,
    texts: [Option<usize>; 5],
    price: Option<usize>,
    sku: Option<usize>,
    barcode: Option<usize>,
    tracked: Option<usize>,
    options: Vec<(usize, &'a str)>,
    /// Position and location.
    quantities: Vec<(usize, u64)>,
}

impl<'a> Columns<'a> {
    fn of(names: &'a StringRecord, locations: &[ShopLocation]) -> Result<Self, CatalogueError> {
        let wrong = |name: &str, why: &str| Err(at(1, Some(name), why.to_owned()));
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut options = Vec::new();
        let mut quantities: Vec<(usize, u64)> = Vec::new();
        for (position, name) in names.iter().enumerate() {
            let name = name.trim();
            if let Some(option) = after(name, OPTION) {
                if option.is_empty() {
                    return wrong(name, "names no option");
                }
                options.push((position, option));
                continue;
            }
            let location = match after(name, QUANTITY) {
                Some(wanted) => match locations.iter().find(|location| location.name.trim() == wanted) {
                    Some(location) => Some(location.number),
                    None => {
                        let known: Vec<String> = locations.iter().map(|known| format!("{:?}", known.name)).collect();
                        let known = known.join(", ");
                        return wrong(name, &format!("the shop has no location of this name; it has {known}"));
                    }
                },
                None if name.eq_ignore_ascii_case("quantity") => locations.first().map(|location| location.number),
                None => None,
            };
            if let Some(location) = location {
                if quantities.iter().any(|(_, known)| *known == location) {
                    return wrong(name, "is the second column for the same location");
                }
                quantities.push((position, location));
                continue;
            }
            let lower = name.to_ascii_lowercase();
            if !KNOWN.contains(&lower.as_str()) {
                return wrong(name, "is not known; see the list of columns");
            }
            if places.insert(lower, position).is_some() {
                return wrong(name, "comes twice");
            }
        }
        let place = |name: &str| places.get(name).copied();
        let Some(title) = place("title") else {
            return Err(at(1, None, "the column \"title\" is missing".to_owned()));
        };
        Ok(Self {
            names,
            id: place("id"),
            title,
            texts: ["description", "brand", "category", "status", "image"].map(place),
            price: place("price"),
            sku: place("sku"),
            barcode: place("barcode"),
            tracked: place("tracked"),
            options,
            quantities,
        })
    }

    fn product(&self, rows: &[&StringRecord], currency: Currency) -> Result<ShopProduct, CatalogueError> {
        let Some((first, others)) = rows.split_first() else {
            return Err(at(1, None, "the table is empty".to_owned()));
        };
        let title = value(first, Some(self.title));
        if title.trim().is_empty() {
            return Err(self.wrong(first, self.title, "the product has no title".to_owned()));
        }
        for row in others {
            self.same_product(first, row)?;
        }
        let [description, brand, category, status, image] = self.texts.map(|place| value(first, place));
        let used: Vec<(usize, &str)> = self
            .options
            .iter()
            .copied()
            .filter(|(position, _)| rows.iter().any(|row| !value(row, Some(*position)).is_empty()))
            .collect();
        let mut product = ShopProduct::simple(title, ShopVariant::plain());
        product.description = description.to_owned();
        product.brand = brand.to_owned();
        product.category = category.to_owned();
        product.status = self.status(first, status)?;
        product.images = image.split_whitespace().map(str::to_owned).collect();
        product.options = used.iter().map(|(_, name)| (*name).to_owned()).collect();
        product.variants = rows.iter().map(|row| self.variant(row, &used, rows, currency)).collect::<Result<_, _>>()?;
        self.tell_apart(&product, rows)?;
        Ok(product)
    }

    fn same_product(&self, first: &StringRecord, row: &StringRecord) -> Result<(), CatalogueError> {
        for position in self.texts.into_iter().chain([Some(self.title)]).flatten() {
            let (here, there) = (value(row, Some(position)), value(first, Some(position)));
            if !here.is_empty() && here != there {
                let first = line_of(first);
                let why = format!("{here:?} differs from {there:?} in line {first}, the first row of this product");
                return Err(self.wrong(row, position, why));
            }
        }
        Ok(())
    }

    /// Several rows without an option are a mistake of the table. Rows with the same values are not: real shops have
    /// such duplicate variants, and a sandbox must be able to show them.
    fn tell_apart(&self, product: &ShopProduct, rows: &[&StringRecord]) -> Result<(), CatalogueError> {
        match (product.options.is_empty(), rows) {
            (true, [_, second, ..]) => {
                let why = "the product has two variants and no option to tell them apart; give it a column such as \
                           \"option: Size\", or each row an id of its own";
                Err(at(line_of(second), None, why.to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn variant(
        &self,
        row: &StringRecord,
        used: &[(usize, &str)],
        siblings: &[&StringRecord],
        currency: Currency,
    ) -> Result<ShopVariant, CatalogueError> {
        let mut variant = ShopVariant::plain();
        for (position, _) in used {
            let chosen = value(row, Some(*position));
            if chosen.is_empty() {
                let other = siblings.iter().find(|other| !value(other, Some(*position)).is_empty());
                let line = other.map_or(0, |other| line_of(other));
                let why = format!("no value; line {line} of the same product has one");
                return Err(self.wrong(row, *position, why));
            }
            variant.values.push(chosen.to_owned());
        }
        variant.sku = value(row, self.sku).to_owned();
        variant.barcode = self.barcode(row)?;
        variant.price = match (self.price, value(row, self.price).trim()) {
            (None, _) | (_, "") => None,
            (Some(position), raw) => {
                let wrong = || format!("{raw:?} is not an amount in {currency}; write it as 1234.50");
                Some(Money::parse(raw, currency).map_err(|_| self.wrong(row, position, wrong()))?.minor)
            }
        };
        for (position, location) in &self.quantities {
            let raw = value(row, Some(*position)).trim();
            if !raw.is_empty() {
                let wrong = || format!("{raw:?} is not a quantity; write it as 12 or 12.5");
                let level: Quantity = raw.parse().map_err(|_| self.wrong(row, *position, wrong()))?;
                variant.levels.insert(*location, level);
            }
        }
        variant.tracked = match (self.tracked, value(row, self.tracked).trim().to_ascii_lowercase().as_str()) {
            (None, _) | (_, "") => !variant.levels.is_empty(),
            (_, "yes" | "true" | "1") => true,
            (_, "no" | "false" | "0") => false,
            (Some(position), raw) => return Err(self.wrong(row, position, format!("{raw:?} is neither yes nor no"))),
        };
        Ok(variant)
    }

    fn barcode(&self, row: &StringRecord) -> Result<String, CatalogueError> {
        let raw = value(row, self.barcode);
        let is_number =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b".,+".contains(&b));
        // Spreadsheets show long numbers so, and save what they show.
        let cut = raw
            .trim()
            .split_once(['E', 'e'])
            .is_some_and(|(digits, power)| is_number(digits) && power.starts_with('+') && is_number(power));
        match self.barcode.filter(|_| cut) {
            Some(position) => {
                let why = "was cut by a spreadsheet; format the column as text and enter the barcodes again";
                Err(self.wrong(row, position, format!("{raw:?} {why}")))
            }
            None => Ok(raw.to_owned()),
        }
    }

    fn status(&self, row: &StringRecord, raw: &str) -> Result<Status, CatalogueError> {
        match raw.trim().to_ascii_lowercase().as_str() {
            "" | "active" => Ok(Status::Active),
            "draft" => Ok(Status::Draft),
            "archived" => Ok(Status::Archived),
            _ => {
                let [_, _, _, position, _] = self.texts;
                let why = format!("{raw:?} is not a status; write active, draft or archived");
                Err(self.wrong(row, position.unwrap_or_default(), why))
            }
        }
    }

    fn wrong(&self, row: &StringRecord, position: usize, why: String) -> CatalogueError {
        at(line_of(row), self.names.get(position).map(str::trim), why)
    }
}

const KNOWN: [&str; 11] =
    ["id", "title", "description", "brand", "category", "status", "image", "price", "sku", "barcode", "tracked"];

fn after<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = name.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| rest.trim())
}

fn value(row: &StringRecord, position: Option<usize>) -> &str {
    position.and_then(|position| row.get(position)).unwrap_or_default()
}

fn line_of(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

fn at(line: u64, column: Option<&str>, why: String) -> CatalogueError {
    CatalogueError { line, column: column.map(str::to_owned), why }
}
