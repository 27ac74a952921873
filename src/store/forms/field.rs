//! Fields and what stands in them, as they are stored inside other nouns.

use serde::{Deserialize, Serialize};

use super::connection::{currency_bytes, currency_of};
use crate::domain::{Dimensions, Direction, Field, FieldValue, Money, Status, Text, Weight};

/// A field's number in stored forms: its place in `Field::ALL`, where new ones go to the end.
pub(super) fn field_place(field: Field) -> u8 {
    let place = Field::ALL.iter().position(|known| *known == field).unwrap_or(usize::from(u8::MAX));
    u8::try_from(place).unwrap_or(u8::MAX)
}

pub(super) fn field_at(place: u8) -> Result<Field, String> {
    Field::ALL.get(usize::from(place)).copied().ok_or_else(|| format!("there is no field {place}"))
}

pub(super) type MoneyV1 = (i64, [u8; 3]);

/// Length, width, height.
pub(super) type DimensionsV1 = (u64, u64, u64);

pub(super) fn money_form(money: Option<Money>) -> Result<Option<MoneyV1>, String> {
    money.map(|money| Ok((money.minor, currency_bytes(money.currency)?))).transpose()
}

pub(super) fn money_of(form: Option<MoneyV1>) -> Result<Option<Money>, String> {
    form.map(|(minor, currency)| Ok(Money::new(minor, currency_of(currency)?))).transpose()
}

pub(super) fn dimensions_form(dimensions: Option<Dimensions>) -> Option<DimensionsV1> {
    dimensions.map(|Dimensions { length, width, height }| (length, width, height))
}

pub(super) fn dimensions_of(form: Option<DimensionsV1>) -> Option<Dimensions> {
    form.map(|(length, width, height)| Dimensions { length, width, height })
}

#[derive(Serialize, Deserialize)]
pub(super) enum StatusV1 {
    Active,
    Draft,
    Archived,
}

impl From<Status> for StatusV1 {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Draft => Self::Draft,
            Status::Archived => Self::Archived,
        }
    }
}

impl From<StatusV1> for Status {
    fn from(form: StatusV1) -> Self {
        match form {
            StatusV1::Active => Self::Active,
            StatusV1::Draft => Self::Draft,
            StatusV1::Archived => Self::Archived,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) enum DirectionV1 {
    Off,
    ToOnline,
    ToInStore,
}

impl From<Direction> for DirectionV1 {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Off => Self::Off,
            Direction::ToOnline => Self::ToOnline,
            Direction::ToInStore => Self::ToInStore,
        }
    }
}

impl From<DirectionV1> for Direction {
    fn from(form: DirectionV1) -> Self {
        match form {
            DirectionV1::Off => Self::Off,
            DirectionV1::ToOnline => Self::ToOnline,
            DirectionV1::ToInStore => Self::ToInStore,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) enum FieldValueV1<'a> {
    Text(&'a str),
    Maybe(Option<&'a str>),
    Money(Option<MoneyV1>),
    #[serde(borrow)]
    Images(Vec<&'a str>),
    Weight(Option<u64>),
    Dimensions(Option<DimensionsV1>),
    Status(StatusV1),
    #[serde(borrow)]
    Options(Vec<&'a str>),
}

impl<'a> FieldValueV1<'a> {
    pub(super) fn of(value: &'a FieldValue) -> Result<Self, String> {
        Ok(match value {
            FieldValue::Text(text) => Self::Text(text),
            FieldValue::Maybe(text) => Self::Maybe(text.as_deref()),
            FieldValue::Money(money) => Self::Money(money_form(*money)?),
            FieldValue::Images(images) => Self::Images(images.iter().map(String::as_str).collect()),
            FieldValue::Weight(weight) => Self::Weight(weight.map(|Weight(weight)| weight)),
            FieldValue::Dimensions(dimensions) => Self::Dimensions(dimensions_form(*dimensions)),
            FieldValue::Status(status) => Self::Status((*status).into()),
            FieldValue::Options(options) => Self::Options(options.iter().map(Text::as_str).collect()),
        })
    }

    pub(super) fn read(self) -> Result<FieldValue, String> {
        Ok(match self {
            Self::Text(text) => FieldValue::Text(Text::new(text)),
            Self::Maybe(text) => FieldValue::Maybe(text.map(Text::new)),
            Self::Money(money) => FieldValue::Money(money_of(money)?),
            Self::Images(images) => FieldValue::Images(images.into_iter().map(str::to_owned).collect()),
            Self::Weight(weight) => FieldValue::Weight(weight.map(Weight)),
            Self::Dimensions(dimensions) => FieldValue::Dimensions(dimensions_of(dimensions)),
            Self::Status(status) => FieldValue::Status(status.into()),
            Self::Options(options) => FieldValue::Options(options.into_iter().map(Text::new).collect()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_keeps_its_number() {
        for (place, field) in (0u8..).zip(Field::ALL) {
            assert_eq!(field_place(field), place);
            assert_eq!(field_at(place), Ok(field));
        }
        assert!(field_at(13).is_err());
        // Whoever adds a field puts it at the end.
        assert_eq!((field_place(Field::Title), field_place(Field::Price), field_place(Field::Active)), (0, 2, 12));
    }
}
