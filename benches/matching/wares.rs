//! Two catalogues of a million listings with the overlap and dirt of real ones, in two files that the report and its
//! yardstick read alike.
//!
//! Titles, brands and prices come from the dirty catalogues of the suggestions; here they get SKUs and barcodes, missing,
//! badly written and used twice as in real shops, and a share of the online titles was once copied from the till.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use counterpart::domain::{
    ConnectionId, Currency, KnownListing, Listing, ListingId, Money, RemoteId, Status, Stock, Structure, Text,
    Timestamp, Variant, VariantId,
};

#[path = "../../src/rules/suggestions/dirt.rs"]
// The suggestions use all of it.
#[allow(dead_code)]
mod dirt;

use dirt::{Chance, Ware};

pub const SIDES: [&str; 2] = ["till", "web"];

pub fn file(folder: &Path, side: usize) -> PathBuf {
    folder.join(format!("{}.csv", SIDES[side]))
}

/// Writes both catalogues.
pub fn generate(folder: &Path, listings: usize) {
    // Of a hundred products, 85 are on each side.
    let [mut till, mut web] = dirt::catalogues(listings * 100 / 85 + listings / 200 + 8, 5, dirt::USUAL);
    till.truncate(listings);
    web.truncate(listings);
    let mut chance = Chance(17);
    let places: HashMap<usize, usize> = till.iter().enumerate().map(|(place, ware)| (ware.product, place)).collect();
    for ware in &mut web {
        if let Some(place) = places.get(&ware.product).filter(|_| chance.of_hundred(35)) {
            let same = &till[*place];
            ware.title = rewritten(&mut chance, &same.title);
            if chance.of_hundred(85) {
                ware.minor = same.minor;
            }
            if chance.of_hundred(90) {
                ware.brand.clone_from(&same.brand);
            }
        }
    }
    for (side, wares) in [till, web].iter().enumerate() {
        let mut writer = csv::Writer::from_path(file(folder, side)).expect("a file");
        writer.write_record(["id", "title", "sku", "barcode", "brand", "minor"]).expect("a line");
        for (place, ware) in wares.iter().enumerate() {
            let id = (side * listings + place + 1).to_string();
            let (sku, barcode) = (sku(&mut chance, ware, side), barcode(&mut chance, ware, side));
            let minor = ware.minor.map(|minor| minor.to_string()).unwrap_or_default();
            writer.write_record([&id, &ware.title, &sku, &barcode, &ware.brand, &minor]).expect("a line");
        }
    }
}

/// Copied once and written anew in passing.
fn rewritten(chance: &mut Chance, title: &str) -> String {
    match chance.below(10) {
        0 => title.to_uppercase(),
        1 => title.replacen(' ', "  ", 1),
        2 => title.replacen(' ', " &amp; ", 1),
        3 => title.replacen(' ', "\u{a0}", 1),
        _ => title.to_owned(),
    }
}

fn sku(chance: &mut Chance, ware: &Ware, side: usize) -> String {
    if chance.of_hundred([25, 10][side]) {
        return String::new();
    }
    // Now and then the neighbour's was copied.
    let product = ware.product - usize::from(chance.of_hundred(2)).min(ware.product);
    let letters = Chance(product as u64 / 7).next();
    let letter = |shift: u64| char::from(b'A' + ((letters >> shift) % 26) as u8);
    let sku = format!("{}{}{}-{:06}", letter(0), letter(8), letter(16), product);
    match chance.below(20) {
        0 => sku.to_lowercase(),
        1 => sku.replace('-', ""),
        2 => sku.replace('-', "–"),
        3 => format!(" {sku}"),
        _ => sku,
    }
}

fn barcode(chance: &mut Chance, ware: &Ware, side: usize) -> String {
    if chance.of_hundred([20, 30][side]) {
        return String::new();
    }
    let body = if ware.product.is_multiple_of(4) { 36_000_000_000 } else { 400_630_000_000 } + ware.product as u64;
    let sum: u64 = (0..12u32).map(|place| body / 10u64.pow(place) % 10 * if place % 2 == 0 { 3 } else { 1 }).sum();
    let number = body * 10 + (10 - sum % 10) % 10;
    match chance.below(25) {
        // A spreadsheet ate the zeros, a person mistyped the last digit, or the till writes fourteen digits.
        0 => number.to_string(),
        1 => format!("{:013}", number / 10 * 10 + (number + 1) % 10),
        2 => format!("{number:014}"),
        3 => format!("{:07}-X", ware.product),
        _ => format!("{number:013}"),
    }
}

/// What the odd catalogues make of each listing.
#[derive(Clone, Copy)]
pub enum Same {
    Nothing,
    Titles,
    Skus,
}

/// The listings of a side, one by one.
pub fn read(folder: &Path, side: usize, same: Same) -> impl Iterator<Item = KnownListing> {
    let reader = csv::Reader::from_path(file(folder, side)).expect("the file");
    reader.into_records().map(move |record| {
        let record = record.expect("a line");
        let mut known = listing(&record, side);
        match same {
            Same::Nothing => {}
            Same::Titles => known.listing.title = Text::new("Gift card"),
            Same::Skus => known.listing.variants[0].sku = Text::some("GIFT-1"),
        }
        known
    })
}

fn listing(record: &csv::StringRecord, side: usize) -> KnownListing {
    let id: u64 = record[0].parse().expect("a number");
    let euro = Currency::new("EUR").expect("a currency");
    let remote = RemoteId::new(&record[0]).expect("a name");
    let variant = Variant {
        remote: remote.clone(),
        inventory: None,
        options: Vec::new(),
        sku: Text::some(&record[2]),
        barcode: Text::some(&record[3]),
        price: record[5].parse().ok().map(|minor| Money::new(minor, euro)),
        compare_at: None,
        weight: None,
        dimensions: None,
        stock: Stock::Tracked(BTreeMap::new()),
    };
    KnownListing {
        id: ListingId(id),
        connection: ConnectionId(side as u32 + 1),
        variants: vec![VariantId(id)],
        listing: Listing {
            remote,
            title: Text::new(&record[1]),
            description: Text::default(),
            brand: Text::some(&record[4]),
            category: None,
            status: Status::Active,
            structure: Structure::Simple,
            variants: vec![variant],
            images: Vec::new(),
            page: None,
            updated_at: None,
        },
        gone: false,
        seen_at: Timestamp(0),
    }
}
