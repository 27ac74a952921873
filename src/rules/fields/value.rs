//! A field of a listing or of one of its variants: read, compared, put.

use crate::domain::{Field, FieldValue, Listing, Text, Variant};

use super::face::{Face, face};

/// What stands in a field. `None`: it is a field that each variant has and no variant is given.
pub fn value(field: Field, listing: &Listing, variant: Option<&Variant>) -> Option<FieldValue> {
    Some(match field {
        Field::Title => FieldValue::Text(listing.title.clone()),
        Field::Description => FieldValue::Text(listing.description.clone()),
        Field::Brand => FieldValue::Maybe(listing.brand.clone()),
        Field::Category => FieldValue::Maybe(listing.category.clone()),
        Field::Images => FieldValue::Images(listing.images.clone()),
        Field::Active => FieldValue::Status(listing.status),
        Field::Options => {
            let labels = listing.variants.iter().map(|variant| Text::new(&variant.option_label()));
            FieldValue::Options(labels.filter(|label| !label.is_empty()).collect())
        }
        Field::Price => FieldValue::Money(variant?.price),
        Field::CompareAtPrice => FieldValue::Money(variant?.compare_at),
        Field::Sku => FieldValue::Maybe(variant?.sku.clone()),
        Field::Barcode => FieldValue::Maybe(variant?.barcode.clone()),
        Field::Weight => FieldValue::Weight(variant?.weight),
        Field::Dimensions => FieldValue::Dimensions(variant?.dimensions),
    })
}

/// Puts a value into a listing; `variant` by its place. `false`: the value has another form than the field, or there
/// is no such variant, and nothing was changed.
pub fn put(listing: &mut Listing, variant: Option<usize>, field: Field, value: &FieldValue) -> bool {
    if !fits(field, value) || field == Field::Options {
        return false;
    }
    match (field, value) {
        (Field::Title, FieldValue::Text(text)) => listing.title = text.clone(),
        (Field::Description, FieldValue::Text(text)) => listing.description = text.clone(),
        (Field::Brand, FieldValue::Maybe(text)) => listing.brand = text.clone(),
        (Field::Category, FieldValue::Maybe(text)) => listing.category = text.clone(),
        (Field::Images, FieldValue::Images(images)) => listing.images = images.clone(),
        (Field::Active, FieldValue::Status(status)) => listing.status = *status,
        _ => {
            let Some(variant) = variant.and_then(|place| listing.variants.get_mut(place)) else { return false };
            match (field, value) {
                (Field::Price, FieldValue::Money(money)) => variant.price = *money,
                (Field::CompareAtPrice, FieldValue::Money(money)) => variant.compare_at = *money,
                (Field::Sku, FieldValue::Maybe(text)) => variant.sku = text.clone(),
                (Field::Barcode, FieldValue::Maybe(text)) => variant.barcode = text.clone(),
                (Field::Weight, FieldValue::Weight(weight)) => variant.weight = *weight,
                (Field::Dimensions, FieldValue::Dimensions(dimensions)) => variant.dimensions = *dimensions,
                _ => return false,
            }
        }
    }
    true
}

/// Whether a value has the form of the field.
pub const fn fits(field: Field, value: &FieldValue) -> bool {
    match field {
        Field::Title | Field::Description => matches!(value, FieldValue::Text(_)),
        Field::Price | Field::CompareAtPrice => matches!(value, FieldValue::Money(_)),
        Field::Sku | Field::Barcode | Field::Brand | Field::Category => matches!(value, FieldValue::Maybe(_)),
        Field::Options => matches!(value, FieldValue::Options(_)),
        Field::Images => matches!(value, FieldValue::Images(_)),
        Field::Weight => matches!(value, FieldValue::Weight(_)),
        Field::Dimensions => matches!(value, FieldValue::Dimensions(_)),
        Field::Active => matches!(value, FieldValue::Status(_)),
    }
}

/// Whether a value may be written at all: a product without a title or a price is none.
pub fn writable(field: Field, value: &FieldValue) -> bool {
    let blank = face(field, value).blank;
    fits(field, value) && field != Field::Options && !(blank && matches!(field, Field::Title | Field::Price))
}

/// Whether two values of one side are the same to it.
pub fn same(field: Field, one: &FieldValue, other: &FieldValue) -> bool {
    let own = |value| {
        let Face { own, kind, .. } = face(field, value);
        (own, kind)
    };
    own(one) == own(other)
}
