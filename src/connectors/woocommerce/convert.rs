//! WooCommerce's products and variations as listings.
//!
//! Decided here: what is indispensable (an identifier), what an unknown count is (never 0), whose stock is whose, and
//! how a variation's option values are brought into the words that its parent uses.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    Currency, Listing, LocationId, OptionValue, Quantity, RemoteId, Status, Stock, Structure, Text, Timestamp, Units,
    Variant, plain,
};

use super::prices::Prices;
use super::wire::{Attribute, Loose, ManageStock, Product, Variation};

/// The attribute that stands for the brand where the shop has no product brands (before WooCommerce 9.6, or unused).
pub(super) const BRAND: &str = "Brand";

/// What stands in a variation that is for every value of an option ("Any Colour…").
const ANY: &str = "any";

/// What the conversion needs to know of the shop.
#[derive(Debug, Clone)]
pub(super) struct ShopFacts {
    pub currency: Currency,
    /// WooCommerce has one stock without places; this is its name here.
    pub location: LocationId,
    /// Asked for only where something is weighed or measured.
    pub units: Units,
}

/// A product with all its variations. The error is a plain sentence about this one product.
pub(super) fn listing(product: &Product, variations: &[Variation], shop: &ShopFacts) -> Result<Listing, String> {
    let remote = remote_id(&product.id)?;
    let (structure, variants) = if product.is_variable() {
        variable(product, variations, shop)?
    } else {
        (Structure::Simple, vec![single(product, remote.clone(), shop)])
    };
    let times = variations.iter().map(|variation| &variation.date_modified_gmt).chain([&product.date_modified_gmt]);
    Ok(Listing {
        remote,
        title: plain(product.name.text().unwrap_or_default()),
        description: plain(product.description.text().or(product.short_description.text()).unwrap_or_default()),
        brand: brand(product),
        category: product.categories.iter().find_map(|category| text(&category.name)),
        status: status(product.status.text()),
        structure,
        variants,
        images: product
            .images
            .iter()
            .filter(|image| image.id.number().is_some())
            .filter_map(|image| image.src.text().map(str::to_owned))
            .collect(),
        page: product.permalink.text().map(str::to_owned).filter(|page| page.starts_with("http")),
        updated_at: times.filter_map(timestamp).max(),
    })
}

fn single(product: &Product, remote: RemoteId, shop: &ShopFacts) -> Variant {
    let stock = if product.has_no_stock() {
        Stock::Untracked
    } else {
        stock(product.manages(), &product.stock_quantity, &shop.location)
    };
    let prices = Prices::read(product.tag(), shop.currency);
    Variant {
        remote,
        inventory: None,
        options: Vec::new(),
        sku: text(&product.sku),
        barcode: text(&product.global_unique_id),
        price: prices.price,
        compare_at: prices.compare_at,
        weight: shop.units.weight(product.weight.text()),
        dimensions: shop.units.dimensions(product.dimensions.sides()),
        stock,
    }
}

fn variable(
    product: &Product,
    variations: &[Variation],
    shop: &ShopFacts,
) -> Result<(Structure, Vec<Variant>), String> {
    let mut options: Vec<&Attribute> =
        product.attributes.iter().filter(|attribute| attribute.variation.yes()).collect();
    // Stable, so that attributes without a position stay as they came.
    options.sort_by_key(|attribute| attribute.position.number().unwrap_or(0));
    // The larger ones are not even fetched.
    let count = variations.len().max(product.variations.len());
    if count > Listing::MOST_VARIANTS {
        return Err(format!("it has {count} variations, more than the {} that can be handled", Listing::MOST_VARIANTS));
    }
    if variations.is_empty() {
        return Err("it is a variable product without variations, so there is nothing to sell or count yet".to_owned());
    }
    let options: Vec<Choice<'_>> = options.into_iter().map(Choice::of).collect();
    let variants = variations
        .iter()
        .map(|variation| {
            let prices = Prices::read(variation.tag(), shop.currency);
            Ok(Variant {
                remote: remote_id(&variation.id)?,
                inventory: None,
                options: options.iter().map(|option| option.value(&variation.attributes)).collect(),
                sku: text(&variation.sku),
                barcode: text(&variation.global_unique_id),
                price: prices.price,
                compare_at: prices.compare_at,
                weight: shop.units.weight(variation.weight.text()),
                dimensions: shop.units.dimensions(variation.dimensions.sides()),
                stock: stock(variation.manages(), &variation.stock_quantity, &shop.location),
            })
        })
        .collect::<Result<Vec<_>, String>>()?;
    let names = options.into_iter().map(|option| option.name).collect();
    Ok((Structure::Variable { options: names }, variants))
}

/// The count as far as it is this item's own. Kept at the parent it is shared with the sisters: written to one, it
/// would change them all, and linked as each one's own it would be counted several times. So it is unknown, and never
/// written.
pub(super) fn stock(manages: ManageStock, quantity: &Loose, location: &LocationId) -> Stock {
    match manages {
        ManageStock::Nobody => Stock::Untracked,
        ManageStock::Parent => Stock::Unknown,
        ManageStock::Itself => match counted(quantity) {
            Some(quantity) => Stock::Tracked(BTreeMap::from([(location.clone(), quantity)])),
            None => Stock::Unknown,
        },
    }
}

/// A count that can be read; plugins allow decimals.
pub(super) fn counted(quantity: &Loose) -> Option<Quantity> {
    quantity.text()?.parse().ok()
}

/// Whether anything here has a figure whose unit must be known.
pub(super) fn is_measured(products: &[Product], variations: &[Variation]) -> bool {
    let product = |one: &Product| one.weight.text().is_some() || !one.dimensions.is_blank();
    let variation = |one: &Variation| one.weight.text().is_some() || !one.dimensions.is_blank();
    products.iter().any(product) || variations.iter().any(variation)
}

pub(super) fn status(raw: Option<&str>) -> Status {
    match raw {
        Some("publish") => Status::Active,
        Some("trash") => Status::Archived,
        // draft, pending, private, future: customers cannot buy it (yet).
        _ => Status::Draft,
    }
}

pub(super) fn brand(product: &Product) -> Option<Text> {
    let attribute = || {
        let attribute = product.attributes.iter().find(|attribute| same(text(&attribute.name).as_deref(), BRAND))?;
        attribute.options.iter().find_map(text)
    };
    product.brands.iter().find_map(|brand| text(&brand.name)).or_else(attribute)
}

/// An option of a product, with its values in every form that a variation may use for them.
struct Choice<'a> {
    attribute: &'a Attribute,
    name: Text,
    /// By lower case, and by slug.
    words: HashMap<String, Text>,
}

impl<'a> Choice<'a> {
    fn of(attribute: &'a Attribute) -> Self {
        let mut words = HashMap::new();
        for value in attribute.options.iter().filter_map(text) {
            // Signs alone (♥) have no slug, and must not stand for each other.
            if let Some(slug) = slug(&value) {
                words.entry(slug).or_insert_with(|| value.clone());
            }
            words.insert(value.to_lowercase(), value);
        }
        Self { attribute, name: text(&attribute.name).unwrap_or_default(), words }
    }

    fn value(&self, of_variation: &[Attribute]) -> OptionValue {
        let same_attribute = |candidate: &&Attribute| match (self.attribute.id.number(), candidate.id.number()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => same(text(&candidate.name).as_deref(), &self.name),
        };
        let raw = of_variation.iter().find(same_attribute).and_then(|attribute| attribute.option.text());
        let value = raw.map_or_else(|| Text::new(ANY), |raw| self.in_parents_words(raw));
        OptionValue { option: self.name.clone(), value }
    }

    /// A variation may name its value as the parent does, by the term's slug, or percent-encoded (issue 61939). Where
    /// the parent's list has it in any of these forms, the parent's form wins, so that all variations say the same.
    fn in_parents_words(&self, raw: &str) -> Text {
        let as_it_is = plain(raw);
        let decoded = percent_decoded(raw).map(|decoded| plain(&decoded));
        for candidate in [Some(&as_it_is), decoded.as_ref()].into_iter().flatten() {
            let by_slug = || self.words.get(&slug(candidate)?);
            let known = self.words.get(&candidate.to_lowercase()).or_else(by_slug);
            if let Some(known) = known {
                return known.clone();
            }
        }
        // "99%" stays what it is; only what decodes to letters beyond ASCII was encoded by WordPress.
        decoded.filter(|decoded| !decoded.is_ascii()).unwrap_or(as_it_is)
    }
}

fn percent_decoded(raw: &str) -> Option<String> {
    let bytes = raw.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digits = raw.get(at + 1..at + 3).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *byte == b'%') {
            Some(value) => {
                decoded.push(value);
                at += 3;
            }
            None => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).ok().filter(|decoded| decoded != raw)
}

/// As WordPress makes slugs, near enough to recognise one: lower case, runs of other characters become a hyphen.
fn slug(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join("-").to_lowercase())
}

pub(super) fn same(one: Option<&str>, other: &str) -> bool {
    one.is_some_and(|one| one.to_lowercase() == other.to_lowercase())
}

/// Text for people, entities decoded; `None` if nothing is left.
pub(super) fn text(raw: &Loose) -> Option<Text> {
    Some(plain(raw.text()?)).filter(|text| !text.is_empty())
}

pub(super) fn remote_id(id: &Loose) -> Result<RemoteId, String> {
    id.number().ok_or_else(|| "it has no usable id".to_owned()).and_then(|id| RemoteId::new(id.to_string()))
}

/// WooCommerce's `…_gmt` times have no offset: `2026-11-21T19:00:00`.
pub(super) fn timestamp(gmt: &Loose) -> Option<Timestamp> {
    let raw = gmt.text()?;
    Timestamp::parse(raw).or_else(|| Timestamp::parse(&format!("{raw}Z")))
}

#[cfg(test)]
mod tests;
