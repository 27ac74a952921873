//! BigCommerce's products as listings.
//!
//! Decided here: what is indispensable (an identifier), what an unknown count is (never 0), and whose stock is whose:
//! a product says whether it is counted not at all (`none`), as a whole (`product`) or by its variants (`variant`).
//! Counted as a whole with several variants, the count belongs to none of them: written for one it would change all.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    Currency, Listing, LocationId, OptionValue, Quantity, RemoteId, Status, Stock, Structure, Text, Timestamp, Units,
    Variant, plain,
};

use super::counts::Counts;
use super::prices::Prices;
use super::wire::{Loose, Product, Variant as Wire};

/// What the conversion needs to know of the store.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub currency: Currency,
    pub units: Units,
    /// Where customers are, without a slash at its end.
    pub address: Option<String>,
    pub default_channel: Option<u64>,
}

/// Names by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub brands: HashMap<u64, Text>,
    pub categories: HashMap<u64, Text>,
}

/// How a product is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tracking {
    None,
    Product,
    Variant,
}

impl Tracking {
    pub(super) fn of(raw: &Loose) -> Self {
        match raw.text() {
            Some("product") => Self::Product,
            Some("variant") => Self::Variant,
            _ => Self::None,
        }
    }
}

/// The error is a plain sentence about this one product.
pub(super) fn listing(product: &Product, counts: &Counts, facts: &Facts, names: &Names) -> Result<Listing, String> {
    let remote = remote_id(&product.id)?;
    if product.variants.len() > Listing::MOST_VARIANTS {
        let (has, most) = (product.variants.len(), Listing::MOST_VARIANTS);
        return Err(format!("it has {has} variants, more than the {most} that can be handled"));
    }
    let options = options(product);
    let (structure, variants) = match is_variable(product) {
        false => (Structure::Simple, vec![single(product, counts, facts)?]),
        true => {
            let variants = product.variants.iter().map(|wire| variant(product, wire, &options, counts, facts));
            (Structure::Variable { options: options.clone() }, variants.collect::<Result<Vec<_>, String>>()?)
        }
    };
    let mut images: Vec<_> = product.images.iter().collect();
    images.sort_by_key(|image| (!image.is_thumbnail.yes(), image.sort_order.whole().unwrap_or(0)));
    let page = product.custom_url.url.text().filter(|path| path.starts_with('/'));
    Ok(Listing {
        remote,
        title: Text::new(product.name.text().unwrap_or_default()),
        description: plain(product.description.text().unwrap_or_default()),
        brand: product.brand_id.number().and_then(|id| names.brands.get(&id).cloned()),
        category: product.categories.iter().find_map(|id| names.categories.get(&id.number()?).cloned()),
        status: status(product),
        structure,
        variants,
        images: images.iter().filter_map(|image| shown_picture(image)).collect(),
        page: facts.address.as_ref().zip(page).map(|(address, path)| format!("{address}{path}")),
        updated_at: product.date_modified.text().and_then(timestamp),
    })
}

pub(super) fn is_variable(product: &Product) -> bool {
    product.variants.len() > 1 || product.variants.iter().any(|variant| !variant.option_values.is_empty())
}

pub(super) fn status(product: &Product) -> Status {
    match product.is_visible.yes() && product.availability.text() != Some("disabled") {
        true => Status::Active,
        false => Status::Draft,
    }
}

/// The largest that is shown; `image_url` stands only in answers to uploads.
pub(super) fn shown_picture(image: &super::wire::Image) -> Option<String> {
    let shown = image.url_zoom.text().or(image.url_standard.text()).or(image.image_url.text());
    shown.filter(|address| address.starts_with("http")).map(str::to_owned)
}

/// The base variant carries the stock; everything else is read from the product, where it is edited too.
fn single(product: &Product, counts: &Counts, facts: &Facts) -> Result<Variant, String> {
    let base = product.variants.first().map_or(&product.base_variant_id, |variant| &variant.id);
    let id = base.number().ok_or("it has no variant, not even a base variant, so there is nothing to sell or count")?;
    let number = product.id.number().unwrap_or(0);
    let prices = Prices::of_product(product, facts.currency);
    let stock = match Tracking::of(&product.inventory_tracking) {
        Tracking::None => Stock::Untracked,
        Tracking::Product | Tracking::Variant => stock(counts, id)?,
    };
    Ok(Variant {
        remote: remote_id(base)?,
        inventory: Some(whole_product(number)?),
        options: Vec::new(),
        sku: text(&product.sku),
        barcode: text(&product.upc).or_else(|| text(&product.gtin)),
        price: prices.price,
        compare_at: prices.compare_at,
        weight: facts.units.weight(product.weight.text()),
        dimensions: facts.units.dimensions([&product.depth, &product.width, &product.height].map(Loose::text)),
        stock,
    })
}

fn variant(
    product: &Product,
    wire: &Wire,
    options: &[Text],
    counts: &Counts,
    facts: &Facts,
) -> Result<Variant, String> {
    let id = wire.id.number().ok_or("one of its variants has no usable identifier")?;
    let prices = Prices::of_variant(wire, product, facts.currency);
    let or = |own: &Loose, products: &Loose| if own.text().is_some() { own.clone() } else { products.clone() };
    let stock = match Tracking::of(&product.inventory_tracking) {
        Tracking::None => Stock::Untracked,
        Tracking::Product => Stock::Unknown,
        Tracking::Variant => stock(counts, id)?,
    };
    Ok(Variant {
        remote: remote_id(&wire.id)?,
        inventory: None,
        options: options.iter().map(|option| option_value(wire, option)).collect(),
        sku: text(&wire.sku),
        barcode: text(&wire.upc).or_else(|| text(&wire.gtin)),
        price: prices.price,
        compare_at: prices.compare_at,
        weight: facts.units.weight(or(&wire.weight, &product.weight).text()),
        dimensions: facts.units.dimensions([
            or(&wire.depth, &product.depth).text(),
            or(&wire.width, &product.width).text(),
            or(&wire.height, &product.height).text(),
        ]),
        stock,
    })
}

/// Counted, as far as the inventory knows: a place that it does not name has no known count.
fn stock(counts: &Counts, variant: u64) -> Result<Stock, String> {
    let Some(item) = counts.get(&variant).filter(|item| !item.levels.is_empty()) else { return Ok(Stock::Unknown) };
    let mut levels = BTreeMap::new();
    for (place, level) in &item.levels {
        levels.insert(location(*place)?, Quantity::units(*level));
    }
    Ok(Stock::Tracked(levels))
}

/// Names of the options, in the order in which the first variant that has all of them names them.
fn options(product: &Product) -> Vec<Text> {
    let fullest = product.variants.iter().max_by_key(|variant| variant.option_values.len());
    // `max_by_key` takes the last of equals; which one it is does not matter.
    let values = fullest.map(|variant| variant.option_values.as_slice()).unwrap_or_default();
    values.iter().map(|value| text(&value.option_display_name).unwrap_or_default()).collect()
}

fn option_value(wire: &Wire, option: &Text) -> OptionValue {
    let same = wire.option_values.iter().find(|value| text(&value.option_display_name).as_ref() == Some(option));
    let value = same.and_then(|value| text(&value.label)).unwrap_or_default();
    OptionValue { option: option.clone(), value }
}

/// The option values in lower case, by which variants are told apart.
pub(super) fn label_key<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    values.into_iter().map(str::to_lowercase).collect()
}

pub(super) fn text(raw: &Loose) -> Option<Text> {
    raw.text().and_then(Text::some)
}

pub(super) fn remote_id(raw: &Loose) -> Result<RemoteId, String> {
    let id = raw.number().ok_or("it has no usable identifier")?;
    RemoteId::new(id.to_string()).map_err(|why| why.to_string())
}

/// What the stock calls take for a product without options. Not its bare number, which may be a variant's as well.
pub(super) fn whole_product(product: u64) -> Result<RemoteId, String> {
    RemoteId::new(format!("product-{product}")).map_err(|why| why.to_string())
}

pub(super) fn location(number: u64) -> Result<LocationId, String> {
    RemoteId::new(number.to_string()).map(LocationId).map_err(|why| why.to_string())
}

pub(super) fn number(id: &RemoteId) -> Option<u64> {
    id.as_str().parse().ok().filter(|number| *number > 0)
}

/// Version 3 writes RFC 3339, version 2 RFC 2822.
pub(super) fn timestamp(raw: &str) -> Option<Timestamp> {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc2822;
    Timestamp::parse(raw).or_else(|| {
        let moment = OffsetDateTime::parse(raw.trim(), &Rfc2822).ok()?;
        i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok().map(Timestamp)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::bigcommerce::counts::Item;
    use serde_json::json;

    fn facts() -> Facts {
        Facts { currency: Currency::new("EUR").unwrap(), units: Units::default(), address: None, default_channel: None }
    }

    fn shirt(tracking: &str) -> Product {
        let value =
            |id: u64, label: &str| json!({"id": id, "option_id": 9, "option_display_name": "Size", "label": label});
        serde_json::from_value(json!({
            "id": 7, "name": "Tee", "price": 19.9, "inventory_tracking": tracking, "is_visible": true, "availability": "available",
            "variants": [{"id": 71, "sku": "T-S", "option_values": [value(1, "S")]}, {"id": 72, "option_values": [value(2, "M")]}]
        }))
        .unwrap()
    }

    fn counts() -> Counts {
        let item = |levels: &[(u64, i64)]| Item { product: 7, levels: levels.iter().copied().collect() };
        HashMap::from([(71, item(&[(1, 4), (2, 0)])), (70, item(&[(1, 9)]))])
    }

    #[test]
    fn the_tracking_mode_says_whose_count_it_is() {
        let stocks = |tracking: &str| {
            let listing = listing(&shirt(tracking), &counts(), &facts(), &Names::default()).unwrap();
            listing.variants.into_iter().map(|variant| variant.stock).collect::<Vec<_>>()
        };
        assert_eq!(stocks("none"), [Stock::Untracked, Stock::Untracked]);
        assert_eq!(stocks("product"), [Stock::Unknown, Stock::Unknown], "shared by all of them");
        let levels = [(1, 4), (2, 0)].map(|(place, level)| (location(place).unwrap(), Quantity::units(level)));
        assert_eq!(stocks("variant"), [Stock::Tracked(levels.into()), Stock::Unknown], "no count is no zero");
    }

    #[test]
    fn a_product_without_options_is_its_base_variant() {
        let mug: Product = serde_json::from_value(json!({
            "id": 7, "name": "Mug", "sku": "M", "upc": "", "gtin": "4006381333931", "price": 5, "inventory_tracking": "product",
            "is_visible": true, "availability": "disabled", "variants": [{"id": 70, "sku": "M", "option_values": []}]
        }))
        .unwrap();
        let found = listing(&mug, &counts(), &facts(), &Names::default()).unwrap();
        assert_eq!((found.status, found.structure), (Status::Draft, Structure::Simple));
        let variant = &found.variants[0];
        assert_eq!((variant.remote.as_str(), variant.inventory.as_ref().unwrap().as_str()), ("70", "product-7"));
        assert_eq!(variant.barcode.as_deref(), Some("4006381333931"));
        assert_eq!(variant.stock.total(|_| true), Some(Quantity::units(9)));
    }

    #[test]
    fn both_forms_of_times_are_read() {
        let seconds = |raw| timestamp(raw).map(|at| at.0 / 1000);
        assert_eq!(seconds("Wed, 10 Jan 2018 21:05:30 +0000"), seconds("2018-01-10T21:05:30Z"));
        assert_eq!(seconds("2018-01-10T21:05:30+00:00"), seconds("2018-01-10T21:05:30Z"));
        assert_eq!(timestamp(""), None);
    }
}
