//! Items and matrices into listings. Pure.
//!
//! An item without a matrix is a simple listing under its own number. The items of a matrix are one listing under the
//! matrix's, as `matrix:20`: items and matrices are numbered apart.

use std::collections::BTreeMap;

use crate::domain::{
    Currency, Listing, LocationId, OptionValue, RemoteId, Status, Stock, Structure, Text, Variant, plain,
};

use super::prices;
use super::wire::{AttributeSet, Category, ECommerce, Images, Item, Manufacturer, Matrix, Maybe};

const MATRIX: &str = "matrix:";
/// The option of a matrix whose items have no attributes: they are told apart by their names.
const PLAIN_OPTION: &str = "Variant";

/// What an identifier of ours is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    Item(&'a str),
    Matrix(&'a str),
}

impl<'a> Subject<'a> {
    pub fn of(remote: &'a RemoteId) -> Self {
        match remote.as_str().strip_prefix(MATRIX) {
            Some(matrix) => Self::Matrix(matrix),
            None => Self::Item(remote.as_str()),
        }
    }
}

pub fn matrix_remote(matrix: &str) -> Result<RemoteId, String> {
    RemoteId::new(format!("{MATRIX}{matrix}"))
}

/// The listing that an item is in.
pub fn listing_of(item: &Item) -> Option<RemoteId> {
    match item.matrix.id() {
        Some(matrix) => matrix_remote(matrix).ok(),
        None => RemoteId::new(item.id.id()?).ok(),
    }
}

/// The error is a plain sentence about this one item.
pub fn simple(item: &Item, currency: Currency) -> Result<Listing, String> {
    let variant = variant(item, Vec::new(), currency)?;
    Ok(Listing {
        remote: variant.remote.clone(),
        title: title(item.description.text()),
        description: description(&item.e_commerce),
        brand: brand(&item.manufacturer),
        category: category(&item.category),
        status: status(item),
        structure: Structure::Simple,
        variants: vec![variant],
        images: images(&item.images),
        page: None,
        updated_at: item.time_stamp.moment(),
    })
}

/// A matrix and its items as one listing; there is at least one item.
pub fn grouped(
    matrix: &Matrix,
    items: &[Item],
    set: Option<&AttributeSet>,
    currency: Currency,
) -> Result<Listing, String> {
    if items.len() > Listing::MOST_VARIANTS {
        let (has, most) = (items.len(), Listing::MOST_VARIANTS);
        return Err(format!("the matrix has {has} items, and more than {most} cannot be kept"));
    }
    let value = |item: &Item, slot: usize| {
        item.attributes.0.as_ref().and_then(|attributes| attributes.slot(slot)).map(Text::new).unwrap_or_default()
    };
    let named = set.map(AttributeSet::slots).unwrap_or_default();
    // A set may have more attributes than the matrix uses.
    let is_used = |(slot, _): &(usize, &str)| items.iter().any(|item| !value(item, *slot).is_empty());
    let used: Vec<(usize, Text)> =
        named.into_iter().filter(is_used).map(|(slot, name)| (slot, Text::new(name))).collect();
    let options: Vec<Text> = match used.is_empty() {
        true => vec![PLAIN_OPTION.into()],
        false => used.iter().map(|(_, name)| name.clone()).collect(),
    };
    let chosen = |item: &Item| -> Vec<OptionValue> {
        if used.is_empty() {
            return vec![OptionValue { option: PLAIN_OPTION.into(), value: title(item.description.text()) }];
        }
        used.iter().map(|(slot, name)| OptionValue { option: name.clone(), value: value(item, *slot) }).collect()
    };
    let variants = items.iter().map(|item| variant(item, chosen(item), currency)).collect::<Result<Vec<_>, _>>()?;
    let id = matrix.id.id().ok_or("a matrix without a number")?;
    let times = items.iter().map(|item| &item.time_stamp).chain([&matrix.time_stamp]);
    // Whether a matrix hands its brand and category on to its items is not documented: either place counts.
    let of_items = |find: &dyn Fn(&Item) -> Option<Text>| items.iter().find_map(find);
    Ok(Listing {
        remote: matrix_remote(id)?,
        title: title(matrix.description.text()),
        description: description(&matrix.e_commerce),
        brand: brand(&matrix.manufacturer).or_else(|| of_items(&|item| brand(&item.manufacturer))),
        category: category(&matrix.category).or_else(|| of_items(&|item| category(&item.category))),
        // One item that is published is enough for the product to be.
        status: match items.iter().any(|item| status(item) == Status::Active) {
            true => Status::Active,
            false => Status::Draft,
        },
        structure: Structure::Variable { options },
        variants,
        images: images(&matrix.images),
        page: None,
        updated_at: times.filter_map(super::wire::Loose::moment).max(),
    })
}

fn variant(item: &Item, options: Vec<OptionValue>, currency: Currency) -> Result<Variant, String> {
    let text = |value: &super::wire::Loose| value.text().and_then(Text::some);
    Ok(Variant {
        remote: RemoteId::new(item.id.id().ok_or("an item without a number")?)?,
        inventory: None,
        options,
        sku: text(&item.custom_sku).or_else(|| text(&item.system_sku)),
        barcode: text(&item.upc).or_else(|| text(&item.ean)),
        price: prices::price(item, currency)?,
        compare_at: prices::compare_at(item, currency)?,
        // R-Series names no unit for either.
        weight: None,
        dimensions: None,
        stock: stock(item),
    })
}

fn title(description: Option<&str>) -> Text {
    description.and_then(Text::some).unwrap_or_else(|| Text::new("(no name)"))
}

/// A shop without a row was never counted, which is unknown and not 0.
fn stock(item: &Item) -> Stock {
    if !item.is_counted() {
        return Stock::Untracked;
    }
    let level = |row: &super::wire::ItemShop| {
        let shop = RemoteId::new(row.shop.id()?).ok()?;
        Some((LocationId(shop), row.qoh.quantity()?))
    };
    let levels: BTreeMap<LocationId, _> = item.levels().filter_map(level).collect();
    if levels.is_empty() { Stock::Unknown } else { Stock::Tracked(levels) }
}

/// Items are published unless somebody says otherwise; the older answers do not say.
pub fn status(item: &Item) -> Status {
    match (item.is_archived(), item.publish.is(false)) {
        (true, _) => Status::Archived,
        (false, true) => Status::Draft,
        (false, false) => Status::Active,
    }
}

fn description(of: &Maybe<ECommerce>) -> Text {
    of.0.as_ref().and_then(|texts| texts.long_description.text()).map(plain).unwrap_or_default()
}

pub fn brand(of: &Maybe<Manufacturer>) -> Option<Text> {
    of.0.as_ref().and_then(|manufacturer| manufacturer.name.text()).and_then(Text::some)
}

/// With its path, since the last name alone may stand in several branches.
pub fn category(of: &Maybe<Category>) -> Option<Text> {
    let category = of.0.as_ref()?;
    category.path.text().or_else(|| category.name.text()).and_then(Text::some)
}

/// "The client should append the publicID and an extension" (docs, Item Image).
fn images(of: &Maybe<Images>) -> Vec<String> {
    let mut all: Vec<_> = of.0.iter().flat_map(|images| &images.all.0).collect();
    all.sort_by_key(|image| image.ordering.text().and_then(|text| text.parse::<u32>().ok()).unwrap_or(0));
    let address = |image: &&super::wire::Image| {
        Some(format!("{}/{}.jpg", image.base.text()?.trim_end_matches('/'), image.public_id.text()?))
    };
    all.iter().filter_map(address).collect()
}

/// What an item of a matrix is called: "Items in the matrix get the description: <ItemMatrix.description> <attribute1>
/// <attribute2> <attribute3>".
pub fn item_name<'a>(title: &'a str, values: impl IntoIterator<Item = &'a str>) -> String {
    let parts = std::iter::once(title).chain(values).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Quantity;
    use serde_json::{Value, json};

    fn item(fields: Value) -> Item {
        serde_json::from_value(fields).unwrap()
    }

    fn euro() -> Currency {
        Currency::new("EUR").unwrap()
    }

    #[test]
    fn keys_have_their_places() {
        let of = |more: Value| {
            let mut fields = json!({"itemID": "7", "description": "Mug", "systemSku": "210000000007"});
            more.as_object().unwrap().iter().for_each(|(name, value)| fields[name] = value.clone());
            let listing = simple(&item(fields), euro()).unwrap();
            let variant = listing.variants[0].clone();
            (variant.sku.unwrap().to_string(), variant.barcode.map(|code| code.to_string()))
        };
        assert_eq!(of(json!({"customSku": "", "upc": "", "ean": ""})), ("210000000007".into(), None));
        assert_eq!(
            of(json!({"customSku": "M-1", "ean": "4006381333931"})),
            ("M-1".into(), Some("4006381333931".into()))
        );
        let both = json!({"upc": "614121182479", "ean": "4006381333931", "manufacturerSku": "X"});
        assert_eq!(of(both).1.as_deref(), Some("614121182479"));
    }

    #[test]
    fn what_is_not_counted_is_not_zero() {
        let of = |more: Value| {
            let mut fields = json!({"itemID": "7"});
            more.as_object().unwrap().iter().for_each(|(name, value)| fields[name] = value.clone());
            simple(&item(fields), euro()).unwrap().variants[0].stock.clone()
        };
        let rows = json!({"ItemShop": [{"shopID": "0", "qoh": "4"}, {"shopID": "2", "qoh": "4"}]});
        let here = LocationId(RemoteId::new("2").unwrap());
        let counted = Stock::Tracked(BTreeMap::from([(here, Quantity::units(4))]));
        assert_eq!(of(json!({"itemType": "default", "ItemShops": rows.clone()})), counted);
        assert_eq!(of(json!({"itemType": "box", "ItemShops": rows.clone()})), counted);
        assert_eq!(of(json!({"itemType": "non_inventory", "ItemShops": rows})), Stock::Untracked);
        assert_eq!(of(json!({"ItemShops": {"ItemShop": {"shopID": "0", "qoh": "0"}}})), Stock::Unknown);
        assert_eq!(of(json!({})), Stock::Unknown);
    }

    #[test]
    fn a_matrix_is_one_listing_with_the_attributes_that_it_uses() {
        let matrix: Matrix = serde_json::from_value(json!({"itemMatrixID": "20", "description": "Tee",
            "Images": {"Image": [{"publicID": "b", "baseImageURL": "https://i.example/", "ordering": "1"},
                {"publicID": "a", "baseImageURL": "https://i.example/", "ordering": "0"}]}}))
        .unwrap();
        let set: AttributeSet = serde_json::from_value(json!({"itemAttributeSetID": "4", "attributeName1": "Colour",
            "attributeName2": "Size", "attributeName3": "Attribute 3"}))
        .unwrap();
        let of = |id: &str, colour: &str, size: &str, publish: &str| {
            item(
                json!({"itemID": id, "itemMatrixID": "20", "publishToEcom": publish, "description": format!("Tee {colour}"),
                "ItemAttributes": {"attribute1": colour, "attribute2": size, "attribute3": ""}}),
            )
        };
        let items = [of("1", "Red", "S", "false"), of("2", "Blue", "", "true")];
        let listing = grouped(&matrix, &items, Some(&set), euro()).unwrap();
        assert_eq!(listing.remote.as_str(), "matrix:20");
        assert_eq!(Subject::of(&listing.remote), Subject::Matrix("20"));
        let labels: Vec<String> = listing.variants.iter().map(Variant::option_label).collect();
        assert_eq!(labels, ["Red / S", "Blue / "]);
        assert_eq!(listing.images, ["https://i.example/a.jpg", "https://i.example/b.jpg"]);
        assert_eq!(listing.status, Status::Active);
        assert_eq!(grouped(&matrix, &items[..1], Some(&set), euro()).unwrap().status, Status::Draft);
        let plain = grouped(&matrix, &items, None, euro()).unwrap();
        assert_eq!(plain.variants[1].option_label(), "Tee Blue");
    }
}
