//! From Square's objects to ours.
//!
//! Pure: everything that a listing refers to (names of categories and options, pictures, counts) is gathered first, in
//! [`Surroundings`]. Never turns a missing count into 0, and never guesses a price.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    Currency, Listing, LocationId, Money, OptionValue, Quantity, RemoteId, Status, Stock, Structure, Text, Timestamp,
    Variant, plain,
};

use super::wire;

/// The option that stands for the names of variations that have no item options.
pub const PLAIN_OPTION: &str = "Variation";

/// What items refer to by identifier.
#[derive(Debug, Default)]
pub struct Surroundings {
    pub categories: HashMap<String, Text>,
    /// Addresses by image.
    pub images: HashMap<String, String>,
    /// Name, and values by identifier.
    pub options: HashMap<String, (Text, HashMap<String, Text>)>,
    /// In stock, by variation and location.
    pub counts: HashMap<(String, String), Quantity>,
}

impl Surroundings {
    /// Takes in a category, picture or option; other objects are left alone.
    pub fn take(&mut self, object: &wire::CatalogObject) {
        if object.is_deleted == Some(true) {
            return;
        }
        if let Some(name) = object.category_data.as_ref().and_then(|category| category.name.as_deref()) {
            self.categories.insert(object.id.clone(), Text::new(name));
        }
        if let Some(url) = object.image_data.as_ref().and_then(|image| image.url.clone()) {
            self.images.insert(object.id.clone(), url);
        }
        if let Some(option) = &object.item_option_data {
            let values = option.values.iter().flatten().filter_map(|value| {
                let name = value.item_option_value_data.as_ref()?.name.as_deref()?;
                Some((value.id.clone(), Text::new(name)))
            });
            // What the customer sees; the other name is the seller's own.
            let name = option.display_name.as_deref().filter(|name| !name.trim().is_empty()).or(option.name.as_deref());
            self.options.insert(object.id.clone(), (Text::new(name.unwrap_or_default()), values.collect()));
        }
    }

    /// Takes in a row of counts. Says what is wrong with a row that cannot be read.
    pub fn count(&mut self, row: &wire::InventoryCount) -> Result<(), String> {
        let (Some(variation), Some(location)) = (&row.catalog_object_id, &row.location_id) else { return Ok(()) };
        if row.state.as_deref() != Some("IN_STOCK") {
            return Ok(());
        }
        let quantity = row.quantity.as_deref().unwrap_or_default().parse::<Quantity>();
        let quantity = quantity.map_err(|why| format!("the count of {variation} at {location} is {why}"))?;
        self.counts.insert((variation.clone(), location.clone()), quantity);
        Ok(())
    }

    /// Everything that these items refer to and that is not known yet.
    pub fn unknown_references(&self, items: &[wire::CatalogObject]) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for item in items.iter().filter_map(|object| object.item_data.as_ref()) {
            ids.extend(category(item).filter(|id| !self.categories.contains_key(*id)).map(str::to_owned));
            ids.extend(item.image_ids.iter().flatten().filter(|id| !self.images.contains_key(*id)).cloned());
            ids.extend(option_ids(item).filter(|id| !self.options.contains_key(*id)).map(str::to_owned));
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// The category that stands for the item: the one for reports, else the first.
fn category(item: &wire::Item) -> Option<&str> {
    let reporting = item.reporting_category.as_ref().and_then(|reference| reference.id.as_deref());
    let first = || item.categories.iter().flatten().find_map(|reference| reference.id.as_deref());
    reporting.or_else(first).or(item.category_id.as_deref())
}

fn option_ids(item: &wire::Item) -> impl Iterator<Item = &str> {
    item.item_options.iter().flatten().filter_map(|option| option.item_option_id.as_deref())
}

/// Whether an object is at a location. Absent flags mean everywhere (reference, CatalogObject).
pub fn present(object: &wire::CatalogObject, location: &str) -> bool {
    let lists = |list: &Option<Vec<String>>| list.iter().flatten().any(|id| id == location);
    if object.present_at_all_locations.unwrap_or(true) {
        !lists(&object.absent_at_location_ids)
    } else {
        lists(&object.present_at_location_ids)
    }
}

/// Whether it is at any location in use; before any location is known, everything is.
fn in_use(object: &wire::CatalogObject, used: &[LocationId]) -> bool {
    used.is_empty() || used.iter().any(|location| present(object, location.0.as_str()))
}

/// A count at one location, as Square means it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Counted(Quantity),
    Untracked,
    /// Tracked, and never counted.
    Unknown,
    /// Not sold there.
    Absent,
}

/// The level of a variation at a location, with its row of counts if there is one.
///
/// Tracking: the location's own setting, else the variation's; where neither says, a count shows that it is tracked.
/// "Applications should treat its inventory count as zero" while a location is sold out (reference,
/// ItemVariationLocationOverrides); a count below zero stays, since those units are owed.
pub fn level(object: &wire::CatalogObject, location: &str, counted: Option<Quantity>) -> Level {
    if !present(object, location) {
        return Level::Absent;
    }
    let Some(variation) = &object.item_variation_data else { return Level::Absent };
    let here = override_at(variation, location);
    let tracked = here.and_then(|here| here.track_inventory).or(variation.track_inventory);
    if !tracked.unwrap_or(counted.is_some()) {
        return Level::Untracked;
    }
    let sold_out = here.and_then(|here| here.sold_out) == Some(true);
    match counted {
        Some(quantity) if sold_out => Level::Counted(quantity.min(Quantity::ZERO)),
        Some(quantity) => Level::Counted(quantity),
        None if sold_out => Level::Counted(Quantity::ZERO),
        None => Level::Unknown,
    }
}

fn override_at<'a>(variation: &'a wire::ItemVariation, location: &str) -> Option<&'a wire::LocationOverride> {
    variation.location_overrides.iter().flatten().find(|here| here.location_id.as_deref() == Some(location))
}

/// An item as a listing; `None` if it is not sold at any location in use. `used` is in the order of the connection:
/// the first location's own price counts.
pub fn listing(
    object: &wire::CatalogObject,
    around: &Surroundings,
    used: &[LocationId],
) -> Result<Option<Listing>, String> {
    let item = object.item_data.as_ref().ok_or("Square sent the item without its data")?;
    let title = item.name.as_deref().and_then(Text::some).ok_or("the item has no name")?;
    let all: Vec<&wire::CatalogObject> =
        item.variations.iter().flatten().filter(|variation| variation.is_deleted != Some(true)).collect();
    if all.is_empty() {
        return Err("the item has no variations".to_owned());
    }
    let here: Vec<&wire::CatalogObject> = all.iter().copied().filter(|variation| in_use(variation, used)).collect();
    if !in_use(object, used) || here.is_empty() {
        return Ok(None);
    }
    let (structure, labels) = structure(item, &all, &here, around);
    let variants = here.iter().zip(labels).map(|(variation, options)| variant(variation, options, around, used));
    Ok(Some(Listing {
        remote: RemoteId::new(object.id.clone())?,
        title,
        description: description(item),
        brand: brand(object),
        category: category(item).and_then(|id| around.categories.get(id)).cloned().filter(|name| !name.is_empty()),
        status: if item.is_archived == Some(true) { Status::Archived } else { Status::Active },
        structure,
        variants: variants.collect::<Result<_, String>>()?,
        images: item.image_ids.iter().flatten().filter_map(|id| around.images.get(id)).cloned().collect(),
        page: item.ecom_uri.clone().filter(|page| page.starts_with("https://")),
        updated_at: object.updated_at.as_deref().and_then(Timestamp::parse),
    }))
}

fn description(item: &wire::Item) -> Text {
    let plaintext = item.description_plaintext.as_deref().map(Text::new);
    let html = || item.description_html.as_deref().map(plain);
    plaintext.or_else(html).or_else(|| item.description.as_deref().map(Text::new)).unwrap_or_default()
}

/// Square has no brand; sellers who keep one do so in a custom attribute.
fn brand(object: &wire::CatalogObject) -> Option<Text> {
    let attributes = object.custom_attribute_values.iter().flatten();
    let named_brand = |name: &Option<String>| name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("brand"));
    attributes
        .filter(|(_, attribute)| named_brand(&attribute.name) || named_brand(&attribute.key))
        .find_map(|(_, attribute)| attribute.string_value.as_deref().and_then(Text::some))
}

/// The structure, and the options of each variation of `here`.
///
/// Item options where every variation has a value for each of them and Square told their names; else the variations'
/// own names, if there are several.
fn structure(
    item: &wire::Item,
    all: &[&wire::CatalogObject],
    here: &[&wire::CatalogObject],
    around: &Surroundings,
) -> (Structure, Vec<Vec<OptionValue>>) {
    let ids: Vec<&str> = option_ids(item).collect();
    let names: Option<Vec<Text>> = ids.iter().map(|id| around.options.get(*id).map(|(name, _)| name.clone())).collect();
    if let Some(options) = names.filter(|names| !names.is_empty()) {
        let labels: Option<Vec<_>> = here.iter().map(|variation| option_values(variation, &ids, around)).collect();
        if let Some(labels) = labels {
            return (Structure::Variable { options }, labels);
        }
    }
    if all.len() == 1 {
        return (Structure::Simple, vec![Vec::new(); here.len()]);
    }
    let option = Text::new(PLAIN_OPTION);
    let name = |variation: &wire::CatalogObject| {
        let name = variation.item_variation_data.as_ref().and_then(|data| data.name.as_deref());
        Text::new(name.unwrap_or_default())
    };
    let labels =
        here.iter().map(|variation| vec![OptionValue { option: option.clone(), value: name(variation) }]).collect();
    (Structure::Variable { options: vec![option] }, labels)
}

fn option_values(variation: &wire::CatalogObject, ids: &[&str], around: &Surroundings) -> Option<Vec<OptionValue>> {
    let chosen = variation.item_variation_data.as_ref()?.item_option_values.as_ref()?;
    ids.iter()
        .map(|id| {
            let (option, values) = around.options.get(*id)?;
            let choice = chosen.iter().find(|choice| choice.item_option_id.as_deref() == Some(id))?;
            let value = values.get(choice.item_option_value_id.as_deref()?)?;
            Some(OptionValue { option: option.clone(), value: value.clone() })
        })
        .collect()
}

fn variant(
    object: &wire::CatalogObject,
    options: Vec<OptionValue>,
    around: &Surroundings,
    used: &[LocationId],
) -> Result<Variant, String> {
    let data = object.item_variation_data.as_ref().ok_or("Square sent a variation without its data")?;
    Ok(Variant {
        remote: RemoteId::new(object.id.clone())?,
        inventory: None,
        options,
        sku: data.sku.as_deref().and_then(Text::some),
        barcode: data.upc.as_deref().and_then(Text::some),
        price: price(data, used.first())?,
        compare_at: None,
        weight: None,
        dimensions: None,
        stock: stock(object, around, used),
    })
}

/// The main location's own price where it has one; `None` where the till asks.
fn price(data: &wire::ItemVariation, main: Option<&LocationId>) -> Result<Option<Money>, String> {
    let here = main.and_then(|main| override_at(data, main.0.as_str()));
    let own = here.filter(|here| here.price_money.is_some() || here.pricing_type.is_some());
    let (kind, money) = match own {
        Some(own) => (&own.pricing_type, &own.price_money),
        None => (&data.pricing_type, &data.price_money),
    };
    if kind.as_deref() == Some("VARIABLE_PRICING") {
        return Ok(None);
    }
    let Some((minor, currency)) = money.as_ref().and_then(|money| Some((money.amount?, money.currency.as_deref()?)))
    else {
        return Ok(None);
    };
    Ok(Some(Money::new(minor, Currency::new(currency).map_err(|why| why.to_string())?)))
}

fn stock(object: &wire::CatalogObject, around: &Surroundings, used: &[LocationId]) -> Stock {
    let mut levels = BTreeMap::new();
    let mut untracked = false;
    let mut unknown = false;
    for location in used {
        let counted = around.counts.get(&(object.id.clone(), location.0.as_str().to_owned())).copied();
        match level(object, location.0.as_str(), counted) {
            Level::Counted(quantity) => {
                levels.insert(location.clone(), quantity);
            }
            Level::Untracked => untracked = true,
            Level::Unknown => unknown = true,
            Level::Absent => {}
        }
    }
    if !levels.is_empty() {
        Stock::Tracked(levels)
    } else if untracked && !unknown {
        Stock::Untracked
    } else {
        Stock::Unknown
    }
}
