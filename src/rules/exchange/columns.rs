//! Which column is what. People name columns as they like: `pos sku`, `Our SKU`, `SKU (Shopify)`, `till barcode`.
//!
//! A name tells a side (`pos`, `till`, `in-store`, `our` · `ecommerce`, `online`, `web`, `store`, `their`, or the name of
//! a connection or its platform) and a key (`id`, `sku`, `barcode`, `ean`, `gtin`, `upc`). Two columns of one key
//! without a side are the till's and the store's, in that order. `link` and `primary` are read as in an exported report;
//! every other column is left alone.

use crate::domain::{NamedVariant, PairRow, Side, Text};
use crate::rules::filter::folded;

use super::FileError;
use super::table::{Row, Table};

/// What else names a side: connections and their platforms.
#[derive(Debug, Clone, Default)]
pub struct Names {
    pub in_store: Vec<String>,
    pub online: Vec<String>,
}

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Read {
    pub pairs: Vec<PairRow>,
    /// Rows that are not to be linked, or that name no product.
    pub left_alone: usize,
    /// Rows that cannot be understood: line, what stands there, why.
    pub rejected: Vec<(u64, String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Id,
    Sku,
    Barcode,
}

#[derive(Default)]
struct Columns {
    /// In-store, then online; id, SKU, barcode.
    named: [[Option<usize>; 3]; 2],
    link: Option<usize>,
    primary: Option<usize>,
}

/// The rows of a table as pairs. An error if the columns do not say which product is which.
pub fn pairs(table: &Table, names: &Names) -> Result<Read, FileError> {
    let columns = columns(table, names)?;
    let mut read = Read::default();
    for row in &table.rows {
        match pair(row, &columns) {
            Ok(Some(pair)) => read.pairs.push(pair),
            Ok(None) => read.left_alone += 1,
            Err(why) => read.rejected.push((row.line, in_short(row), why)),
        }
    }
    if let Some(line) = table.unclosed {
        let why = "a quotation mark is never closed, so this row cannot be read: close it, and read the file again";
        read.rejected.push((line, String::new(), why.to_owned()));
        read.rejected.sort();
    }
    Ok(read)
}

/// The values of a row, for a person to find it.
fn in_short(row: &Row) -> String {
    let values: Vec<&str> = row.values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()).collect();
    let text: String = values.join(", ").chars().take(80).collect();
    Text::new(&text).to_string()
}

fn columns(table: &Table, names: &Names) -> Result<Columns, FileError> {
    let mut columns = Columns::default();
    let mut sideless: [Vec<usize>; 3] = Default::default();
    for (place, name) in table.columns.iter().enumerate() {
        let words = words(name);
        let side = side_of(&words, name, names);
        let Some(key) = key_of(&words) else {
            match words.as_slice() {
                [word] if matches!(word.as_str(), "link" | "tick" | "ticked") => columns.link = Some(place),
                [word, ..] if word == "primary" => columns.primary = Some(place),
                _ => {}
            }
            continue;
        };
        match side {
            Some(side) => {
                let slot = &mut columns.named[usize::from(side == Side::Online)][key as usize];
                if slot.is_some() {
                    return Err(FileError { line: Some(1), message: format!("the column {name:?} comes twice") });
                }
                *slot = Some(place);
            }
            None => sideless[key as usize].push(place),
        }
    }
    let [in_store, online] = &mut columns.named;
    for ((places, ours), theirs) in sideless.iter().zip(in_store).zip(online) {
        match (places.as_slice(), ours.is_some(), theirs.is_some()) {
            ([one, two], false, false) => (*ours, *theirs) = (Some(*one), Some(*two)),
            ([one], false, true) => *ours = Some(*one),
            ([one], true, false) => *theirs = Some(*one),
            _ => {}
        }
    }
    for (side, keys) in [(Side::InStore, &columns.named[0]), (Side::Online, &columns.named[1])] {
        if keys.iter().all(Option::is_none) {
            let (label, example) = match side {
                Side::InStore => ("POS", "`pos sku`, `pos id` or `pos barcode`"),
                Side::Online => ("eCommerce", "`ecommerce sku`, `ecommerce id` or `ecommerce barcode`"),
            };
            let there: Vec<String> = table.columns.iter().take(12).map(|name| format!("{:?}", name.trim())).collect();
            return Err(FileError {
                line: Some(1),
                message: format!(
                    "no column names the product on the {label} side: call it {example}; the columns are {}",
                    there.join(", ")
                ),
            });
        }
    }
    Ok(columns)
}

fn words(name: &str) -> Vec<String> {
    let folded =
        folded(name).replace("in-store", "instore").replace("in store", "instore").replace("e-commerce", "ecommerce");
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn side_of(words: &[String], name: &str, names: &Names) -> Option<Side> {
    const IN_STORE: [&str; 6] = ["pos", "till", "instore", "our", "ours", "left"];
    const ONLINE: [&str; 12] = [
        "ecommerce",
        "ecom",
        "online",
        "web",
        "webshop",
        "webstore",
        "shop",
        "store",
        "marketplace",
        "their",
        "theirs",
        "right",
    ];
    let any = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    // A name that a person gave is more telling than a word that is in it: a till may be called "Corner shop".
    let whole = folded(name);
    let named =
        |all: &[String]| all.iter().map(|name| folded(name)).any(|name| !name.is_empty() && whole.contains(&name));
    match (named(&names.in_store), named(&names.online)) {
        (true, false) => return Some(Side::InStore),
        (false, true) => return Some(Side::Online),
        _ => {}
    }
    match (any(&IN_STORE), any(&ONLINE)) {
        (true, _) => Some(Side::InStore),
        (false, true) => Some(Side::Online),
        (false, false) => None,
    }
}

fn key_of(words: &[String]) -> Option<Key> {
    let any = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    if any(&["sku", "skus"]) {
        Some(Key::Sku)
    } else if any(&["barcode", "ean", "ean13", "gtin", "upc"]) {
        Some(Key::Barcode)
    } else if any(&["id", "ids", "number", "listing"]) {
        Some(Key::Id)
    } else {
        None
    }
}

fn pair(row: &Row, columns: &Columns) -> Result<Option<PairRow>, String> {
    let value = |place: Option<usize>| place.and_then(|place| row.values.get(place)).map_or("", |value| value.trim());
    let wanted = match columns.link {
        None => true,
        Some(place) => match folded(value(Some(place))).as_str() {
            "yes" | "y" | "true" | "1" | "x" | "link" | "ja" | "j" | "oui" | "si" | "sí" | "✓" => true,
            "" | "no" | "n" | "false" | "0" | "-" | "nein" | "non" => false,
            other => return Err(format!("“{other}” in the column “link” is neither yes nor no")),
        },
    };
    let named = |[id, sku, barcode]: &[Option<usize>; 3]| NamedVariant {
        id: value(*id).to_owned(),
        sku: value(*sku).to_owned(),
        barcode: value(*barcode).to_owned(),
    };
    let [in_store, online] = [named(&columns.named[0]), named(&columns.named[1])];
    if !wanted || (in_store.is_blank() && online.is_blank()) {
        return Ok(None);
    }
    let primary = match folded(value(columns.primary)).as_str() {
        "" => None,
        "pos" | "till" | "in-store" | "instore" => Some(Side::InStore),
        "ecommerce" | "ecom" | "online" | "web" | "store" => Some(Side::Online),
        other => return Err(format!("“{other}” in the column “primary” is neither pos nor ecommerce")),
    };
    for (side, named) in [("POS", &in_store), ("eCommerce", &online)] {
        if named.is_blank() {
            return Err(format!("no product is named on the {side} side"));
        }
    }
    Ok(Some(PairRow { line: row.line, in_store, online, primary }))
}

#[cfg(test)]
mod tests {
    use super::super::table::parse;
    use super::*;

    fn first(text: &str) -> PairRow {
        let names = Names { in_store: vec!["Corner shop".into(), "square".into()], online: vec!["shopify".into()] };
        let read = pairs(&parse(text).unwrap(), &names).unwrap();
        assert_eq!(read.pairs.len(), 1, "{text}: {read:?}");
        read.pairs[0].clone()
    }

    #[test]
    fn columns_may_be_called_as_people_call_them() {
        for head in [
            "pos sku,ecommerce sku",
            "Our SKU,Their SKU",
            "SKU (Square),SKU (Shopify)",
            "sku,sku",
            "title,x",
            "SKU Corner shop,SKU",
            "In-Store SKU,Online store SKU",
        ] {
            let text = format!("{head}\nA-1,B-1\n");
            if head == "title,x" {
                assert!(pairs(&parse(&text).unwrap(), &Names::default()).is_err());
                continue;
            }
            let row = first(&text);
            assert_eq!((row.in_store.sku.as_str(), row.online.sku.as_str(), row.line), ("A-1", "B-1", 2), "{head}");
        }
        let row = first("till ean;web id;title\n4006381333931;gid-7;Mug\n");
        assert_eq!((row.in_store.barcode.as_str(), row.online.id.as_str()), ("4006381333931", "gid-7"));
    }

    #[test]
    fn rows_that_are_not_ticked_are_left_alone_and_odd_ones_are_told() {
        let text = "link,pos id,ecommerce id,primary\nyes,l1,l2,POS\n,l3,l4,\nno,l5,l6,\nmaybe,l7,l8,\nx,l9,,\nx,l9,l10,both\n,,,\nx,,,\n";
        let read = pairs(&parse(text).unwrap(), &Names::default()).unwrap();
        assert_eq!((read.pairs.len(), read.left_alone), (1, 3));
        assert_eq!(read.pairs[0].primary, Some(Side::InStore));
        let told: Vec<(u64, &str)> = read.rejected.iter().map(|(line, _, why)| (*line, why.as_str())).collect();
        assert_eq!(told[0], (5, "“maybe” in the column “link” is neither yes nor no"));
        assert_eq!(told[1], (6, "no product is named on the eCommerce side"));
        assert_eq!(told[2].0, 7);
    }
}
