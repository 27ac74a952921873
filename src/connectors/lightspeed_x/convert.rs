//! From X-Series' products to our listings. Pure.
//!
//! Each variant is a product of its own there, and the family is what they share; the listing is the family, under the
//! identifier of its parent. Never turns a missing count into 0.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    Currency, Listing, LocationId, OptionValue, Quantity, RemoteId, Status, Stock, Structure, Text, Timestamp, Variant,
    plain,
};

use super::measures::{self, Tax};
use super::wire::{Code, Level, Product};

/// What a reader has to know of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub currency: Currency,
    pub tax: Tax,
    /// `https://shop.retail.lightspeed.app`
    pub base: String,
}

/// Counts by product and outlet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Levels(HashMap<String, BTreeMap<LocationId, Quantity>>);

impl Levels {
    /// Takes in a row; a sentence if it cannot be read.
    pub fn take(&mut self, row: &Level) -> Result<(), String> {
        let (Some(product), Some(place)) = (row.product_id.text(), row.place()) else {
            return Err("a count without product or outlet".to_owned());
        };
        if row.deleted_at.text().is_some() {
            return Ok(());
        }
        let quantity = row.quantity().ok_or_else(|| format!("the count of {product} is no number"))?;
        let location = LocationId(RemoteId::new(place)?);
        self.0.entry(product.to_owned()).or_default().insert(location, quantity);
        Ok(())
    }

    pub fn of(&self, product: &str) -> Option<&BTreeMap<LocationId, Quantity>> {
        self.0.get(product)
    }

    pub fn at(&self, product: &str, location: &LocationId) -> Option<Quantity> {
        self.of(product).and_then(|levels| levels.get(location)).copied()
    }
}

/// The kinds of codes that have a check digit, which is what we call a barcode.
const BARCODES: [&str; 5] = ["EAN", "UPC", "ITF", "JAN", "ISBN"];

/// Whether X-Series calls a code a barcode, by its kind. Older shops have all their codes as CUSTOM.
pub fn is_barcode(code: &Code) -> bool {
    code.kind.text().is_some_and(|kind| BARCODES.iter().any(|known| known.eq_ignore_ascii_case(kind)))
}

/// The kind for a barcode to be written; `None` for what has no check digit that anybody knows.
pub fn barcode_kind(barcode: &str) -> Option<&'static str> {
    if !barcode.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    match barcode.len() {
        8 | 13 => Some("EAN"),
        12 => Some("UPC"),
        14 => Some("ITF"),
        10 => Some("ISBN"),
        _ => None,
    }
}

/// The SKU has a field of its own; it is the first of the codes where that is not filled.
pub fn sku(product: &Product) -> Option<Text> {
    let first = || product.product_codes.first().and_then(|code| code.code.text());
    product.sku.text().or_else(first).and_then(Text::some)
}

pub fn barcode(product: &Product) -> Option<Text> {
    let known = product.product_codes.iter().find(|code| is_barcode(code));
    let sku = sku(product);
    // A further code with as many digits as a barcode has, where nobody chose a kind for it.
    let looks = || {
        product.product_codes.iter().find(|code| {
            let text = code.code.text().unwrap_or_default();
            text.len() >= 12 && barcode_kind(text).is_some() && sku.as_deref() != Some(text)
        })
    };
    known.or_else(looks).and_then(|code| code.code.text()).and_then(Text::some)
}

/// A whole family, in any order, as a listing.
pub fn listing(members: &[Product], levels: &Levels, facts: &Facts) -> Result<Listing, String> {
    let mut members: Vec<&Product> = members.iter().collect();
    // The order of making, which no edit changes.
    members.sort_by_key(|member| (member.created_at.text().unwrap_or_default(), member.id().unwrap_or_default()));
    let first = members.iter().find(|member| member.variant_parent_id.text().is_none()).or(members.first());
    let first = *first.ok_or("a product without variants")?;
    let root = first.root().ok_or("a product without an identifier")?;
    let title = first.name.text().map(Text::new).ok_or("a product without a name")?;
    if members.len() > Listing::MOST_VARIANTS {
        return Err(format!("it has {} variants, more than can be kept", members.len()));
    }
    let is_family = members.len() > 1 || !first.variant_options.is_empty();
    let options = if is_family { option_names(first, &members) } else { Vec::new() };
    let variants: Result<Vec<Variant>, String> =
        members.iter().map(|member| variant(member, &options, levels, facts)).collect();
    let structure = if is_family { Structure::Variable { options } } else { Structure::Simple };
    let category = first.product_category.name.text().or_else(|| first.kind.name.text());
    let images = first.images.iter().chain(members.iter().flat_map(|member| &member.sku_images));
    let mut addresses: Vec<String> = Vec::new();
    for address in images.filter_map(|image| image.sizes.original.text().or_else(|| image.url.text())) {
        if !addresses.iter().any(|known| known == address) {
            addresses.push(address.to_owned());
        }
    }
    Ok(Listing {
        remote: RemoteId::new(root)?,
        title,
        description: first.description.text().map(plain).unwrap_or_default(),
        brand: first.brand.name.text().and_then(Text::some),
        category: category.and_then(Text::some),
        status: if members.iter().any(|member| member.is_active()) { Status::Active } else { Status::Draft },
        structure,
        variants: variants?,
        images: addresses,
        page: Some(format!("{}/product/{root}", facts.base)),
        updated_at: members.iter().filter_map(|member| Timestamp::parse(member.updated_at.text()?)).max(),
    })
}

/// The option that stands for the names of variants that have no attributes.
const PLAIN_OPTION: &str = "Variant";

/// In the parent's order, with those that only others have at the end. An attribute may be listed twice.
fn option_names(first: &Product, members: &[&Product]) -> Vec<Text> {
    let mut names: Vec<Text> = Vec::new();
    for member in std::iter::once(first).chain(members.iter().copied()) {
        for option in &member.variant_options {
            if let Some(name) = option.name.text().and_then(Text::some).filter(|name| !names.contains(name)) {
                names.push(name);
            }
        }
    }
    if names.is_empty() {
        names.push(Text::new(PLAIN_OPTION));
    }
    names
}

fn variant(product: &Product, options: &[Text], levels: &Levels, facts: &Facts) -> Result<Variant, String> {
    let id = product.id().ok_or("a product without an identifier")?;
    let options = options.iter().map(|name| {
        let own =
            product.variant_options.iter().find(|option| option.name.text().map(Text::new).as_ref() == Some(name));
        let value = own.and_then(|option| option.value.text()).and_then(Text::some);
        // "Bravo / Black / Cotton": the rest of the name tells it apart where the attribute does not.
        let rest = || {
            let whole = product.variant_name.text().unwrap_or_default();
            let name = product.name.text().unwrap_or_default();
            Text::some(whole.strip_prefix(name).unwrap_or(whole).trim_start_matches([' ', '/']))
        };
        OptionValue { option: name.clone(), value: value.or_else(rest).unwrap_or_else(|| Text::new("-")) }
    });
    Ok(Variant {
        remote: RemoteId::new(id)?,
        inventory: None,
        options: options.collect(),
        sku: sku(product),
        barcode: barcode(product),
        price: measures::price(product, facts.tax, facts.currency),
        compare_at: None,
        weight: measures::weight(product),
        dimensions: measures::dimensions(product),
        stock: match levels.of(id) {
            _ if !product.is_tracked() => Stock::Untracked,
            Some(levels) => Stock::Tracked(levels.clone()),
            None => Stock::Unknown,
        },
    })
}

/// Whether X-Series would take a text for a card number and put asterisks in its place, answering 200 all the same
/// (Data Security): 13 to 19 digits with a valid check digit, with blanks or hyphens between them.
pub fn looks_like_a_card(text: &str) -> bool {
    let mut digits: Vec<u32> = Vec::new();
    for character in text.chars().chain(std::iter::once('.')) {
        match character.to_digit(10) {
            Some(digit) => digits.push(digit),
            None if matches!(character, ' ' | '-') && !digits.is_empty() => {}
            None => {
                if (13..=19).contains(&digits.len()) && luhn(&digits) {
                    return true;
                }
                digits.clear();
            }
        }
    }
    false
}

fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => *digit,
            _ if *digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}
