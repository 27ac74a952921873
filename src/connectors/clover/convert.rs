//! Items into listings. Pure.
//!
//! An item without a group is a simple listing under its own identifier. The items of a group are one listing under the
//! group's, as `group:FBAAX81VXHDP0`: items and groups are numbered apart, and nobody says that the two never meet.

use std::collections::BTreeMap;

use crate::domain::{
    Currency, Listing, LocationId, Money, OptionValue, RemoteId, Status, Stock, Structure, Text, Variant,
};

use super::profile::{NAME_MOST, NESTED};
use super::wire::{Item, moment};

const GROUP: &str = "group:";
/// The option of a group without attributes: its items are told apart by their names.
const PLAIN_OPTION: &str = "Variant";

/// What an identifier of ours is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject<'a> {
    Item(&'a str),
    Group(&'a str),
}

impl<'a> Subject<'a> {
    pub(super) fn of(remote: &'a RemoteId) -> Self {
        match remote.as_str().strip_prefix(GROUP) {
            Some(group) => Self::Group(group),
            None => Self::Item(remote.as_str()),
        }
    }
}

pub(super) fn group_remote(group: &str) -> Result<RemoteId, String> {
    RemoteId::new(format!("{GROUP}{group}"))
}

/// What is the same for all of a merchant's listings.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub currency: Currency,
    pub location: LocationId,
}

/// Attributes by identifier, each with its place in Clover's list and its name.
pub(super) type Attributes = BTreeMap<String, (usize, Text)>;

/// The error is a plain sentence about this one item.
pub(super) fn simple(item: &Item, facts: &Facts) -> Result<Listing, String> {
    let variant = variant(item, Vec::new(), facts)?;
    Ok(Listing {
        remote: variant.remote.clone(),
        title: title(item.name.as_deref()),
        description: Text::default(),
        brand: None,
        category: category(item),
        status: status(item),
        structure: Structure::Simple,
        variants: vec![variant],
        images: Vec::new(),
        page: None,
        updated_at: moment(item.modified_time),
    })
}

/// A group's items as one listing; there is at least one.
pub(super) fn grouped(
    group: &str,
    name: Option<&str>,
    items: &[Item],
    attributes: &Attributes,
    facts: &Facts,
) -> Result<Listing, String> {
    if items.len() > Listing::MOST_VARIANTS {
        return Err(format!(
            "the group has {} items, and more than {} cannot be kept",
            items.len(),
            Listing::MOST_VARIANTS
        ));
    }
    if let Some(item) = items.iter().find(|item| item.options.0.len() >= NESTED) {
        return Err(format!("item {} has {NESTED} options and more, and Clover shows no further ones", item.id));
    }
    let mut used: Vec<(usize, &str, &Text)> = Vec::new();
    for choice in items.iter().flat_map(|item| &item.options.0) {
        let Some(of) = &choice.attribute else { continue };
        if let Some((place, name)) = attributes.get(&of.id)
            && !used.iter().any(|(_, id, _)| *id == of.id)
        {
            used.push((*place, &of.id, name));
        }
    }
    used.sort();
    let options: Vec<Text> = match used.is_empty() {
        true => vec![PLAIN_OPTION.into()],
        false => used.iter().map(|(_, _, name)| (*name).clone()).collect(),
    };
    let chosen = |item: &Item| -> Vec<OptionValue> {
        if used.is_empty() {
            return vec![OptionValue { option: PLAIN_OPTION.into(), value: title(item.name.as_deref()) }];
        }
        let value = |(_, id, name): &(usize, &str, &Text)| {
            let is_its = |choice: &&super::wire::Choice| choice.attribute.as_ref().is_some_and(|of| of.id == *id);
            let choice = item.options.0.iter().find(is_its);
            let value = choice.and_then(|choice| choice.name.as_deref()).map(Text::new).unwrap_or_default();
            OptionValue { option: (*name).clone(), value }
        };
        used.iter().map(value).collect()
    };
    let variants = items.iter().map(|item| variant(item, chosen(item), facts)).collect::<Result<Vec<_>, _>>()?;
    let first = items.first().ok_or("the group has no items")?;
    Ok(Listing {
        remote: group_remote(group)?,
        title: name.and_then(Text::some).unwrap_or_else(|| title(first.name.as_deref())),
        description: Text::default(),
        brand: None,
        category: items.iter().find_map(category),
        // One item that is on sale is enough for the product to be.
        status: if items.iter().any(|item| status(item) == Status::Active) { Status::Active } else { Status::Draft },
        structure: Structure::Variable { options },
        variants,
        images: Vec::new(),
        page: None,
        updated_at: items.iter().filter_map(|item| moment(item.modified_time)).max(),
    })
}

fn variant(item: &Item, options: Vec<OptionValue>, facts: &Facts) -> Result<Variant, String> {
    Ok(Variant {
        remote: RemoteId::new(item.id.clone())?,
        inventory: None,
        options,
        sku: item.sku.as_deref().and_then(Text::some),
        barcode: item.code.as_deref().and_then(Text::some),
        price: price(item).map(|minor| Money::new(minor, facts.currency)),
        compare_at: None,
        weight: None,
        dimensions: None,
        stock: stock(item, facts),
    })
}

fn title(name: Option<&str>) -> Text {
    name.and_then(Text::some).unwrap_or_else(|| Text::new("(no name)"))
}

/// `None`: the till asks for it.
fn price(item: &Item) -> Option<i64> {
    item.price.filter(|_| !is_asked_for(item))
}

pub(super) fn is_asked_for(item: &Item) -> bool {
    item.price_type.as_deref() == Some("VARIABLE")
}

/// Without a stock it is not counted; with one that has no quantity it was never counted. Neither is 0.
fn stock(item: &Item, facts: &Facts) -> Stock {
    match &item.item_stock {
        None => Stock::Untracked,
        Some(stock) => match stock.counted() {
            Some(level) => Stock::Tracked(BTreeMap::from([(facts.location.clone(), level)])),
            None => Stock::Unknown,
        },
    }
}

/// Where Clover manages availability by stock, `available` only says that something is left, which is no decision of
/// the merchant's: sold out is not withdrawn.
pub(super) fn status(item: &Item) -> Status {
    let off = item.available == Some(false) && item.auto_manage != Some(true);
    if off || item.hidden == Some(true) { Status::Draft } else { Status::Active }
}

pub(super) fn category(item: &Item) -> Option<Text> {
    item.categories.0.iter().find_map(|category| category.name.as_deref().and_then(Text::some))
}

/// What an item of a group is called on receipts: the product's title with its options, as long as it fits.
pub(super) fn item_name<'a>(title: &str, values: impl IntoIterator<Item = &'a str>) -> String {
    let values: Vec<&str> = values.into_iter().filter(|value| !value.is_empty()).collect();
    let whole = if values.is_empty() { title.to_owned() } else { format!("{title} - {}", values.join(" / ")) };
    whole.chars().take(NAME_MOST).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn facts() -> Facts {
        Facts { currency: Currency::new("USD").unwrap(), location: LocationId(RemoteId::new("9ABCDEF123456").unwrap()) }
    }

    fn item(fields: Value) -> Item {
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn sold_out_is_not_withdrawn() {
        let of = |more: Value| {
            let mut fields = json!({"id": "A", "name": "Mug"});
            more.as_object().unwrap().iter().for_each(|(name, value)| fields[name] = value.clone());
            status(&item(fields))
        };
        assert_eq!(of(json!({})), Status::Active);
        assert_eq!(of(json!({"available": false})), Status::Draft);
        assert_eq!(of(json!({"available": false, "autoManage": true})), Status::Active);
        assert_eq!(of(json!({"available": true, "autoManage": true, "hidden": true})), Status::Draft);
        assert_eq!(of(json!({"hidden": true})), Status::Draft);
    }

    #[test]
    fn a_group_is_one_listing_with_its_attributes_in_order() {
        let choice = |id: &str, name: &str, of: &str| json!({"id": id, "name": name, "attribute": {"id": of}});
        let items = [
            item(json!({"id": "I1", "name": "Tee - Red", "price": 1990, "itemGroup": {"id": "G"},
                "options": {"elements": [choice("O2", "S", "SIZE"), choice("O1", "Red", "COLOUR")]}})),
            item(json!({"id": "I2", "name": "Tee - Blue", "price": 0, "priceType": "VARIABLE",
                "itemGroup": {"id": "G"}, "itemStock": {"item": {"id": "I2"}, "quantity": 2.5},
                "options": {"elements": [choice("O3", "Blue", "COLOUR")]}})),
        ];
        let attributes = Attributes::from([
            ("SIZE".to_owned(), (1, Text::new("Size"))),
            ("COLOUR".to_owned(), (0, Text::new("Colour"))),
            ("OTHER".to_owned(), (2, Text::new("Of another group"))),
        ]);
        let listing = grouped("G", Some("Tee"), &items, &attributes, &facts()).unwrap();
        assert_eq!(listing.remote.as_str(), "group:G");
        assert_eq!(Subject::of(&listing.remote), Subject::Group("G"));
        let Structure::Variable { options } = &listing.structure else { panic!() };
        assert_eq!(options.iter().map(Text::as_str).collect::<Vec<_>>(), ["Colour", "Size"]);
        let labels: Vec<String> = listing.variants.iter().map(Variant::option_label).collect();
        assert_eq!(labels, ["Red / S", "Blue / "]);
        assert_eq!(listing.variants[0].stock, Stock::Untracked);
        assert_eq!((listing.variants[1].price, listing.total(|_| true)), (None, "2.5".parse().ok()));
        let plain = grouped("G", None, &items, &Attributes::new(), &facts()).unwrap();
        assert_eq!(plain.variants[1].option_label(), "Tee - Blue");
    }

    #[test]
    fn names_of_variants_fit() {
        assert_eq!(item_name("Tee", ["Red", "S"]), "Tee - Red / S");
        assert_eq!(item_name("Tee", ["", ""]), "Tee");
        assert_eq!(item_name(&"é".repeat(126), ["Red"]).chars().count(), 127 - 1, "no blank at the end");
    }
}
