//! Prices, weights and sizes: JSON floats there, whole numbers of the smallest unit here.
//!
//! A shop has one unit for all weights and one for all lengths, chosen in its settings; a figure alone says nothing. What
//! is written comes back as the same milligram and micrometre.

use serde_json::Value;

use crate::domain::{Currency, Dimensions, Money, Weight};

use super::wire::{Scalar, Sides};

/// So much of the domain's measure (milligrams, micrometres) is one of the unit, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unit {
    of: i128,
    per: i128,
}

/// The shop's units, as far as its settings name known ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Units {
    weight: Option<Unit>,
    length: Option<Unit>,
}

/// Decimals that are read and written: fine enough for a milligram in pounds and a micrometre in yards.
const DECIMALS: u32 = 9;

impl Units {
    /// The settings' own words: CARAT, GRAM, OUNCE, POUND, KILOGRAM; MM, CM, IN, YD.
    pub(super) fn named(weight: Option<&str>, length: Option<&str>) -> Self {
        let unit = |of, per| Some(Unit { of, per });
        let weight = match weight {
            Some("CARAT") => unit(200, 1),
            Some("GRAM") => unit(1_000, 1),
            Some("KILOGRAM") => unit(1_000_000, 1),
            Some("OUNCE") => unit(45_359_237, 1_600),
            Some("POUND") => unit(45_359_237, 100),
            _ => None,
        };
        let length = match length {
            Some("MM") => unit(1_000, 1),
            Some("CM") => unit(10_000, 1),
            Some("IN") => unit(25_400, 1),
            Some("YD") => unit(914_400, 1),
            _ => None,
        };
        Self { weight, length }
    }

    /// Blank and 0 are no weight: nothing that is sold weighs nothing.
    pub(super) fn weight(&self, raw: &Scalar) -> Option<Weight> {
        self.weight?.read(raw).map(Weight)
    }

    /// `None` unless all three are known: a missing height is not 0.
    pub(super) fn dimensions(&self, raw: &Sides) -> Option<Dimensions> {
        let unit = self.length?;
        Some(Dimensions {
            length: unit.read(&raw.length)?,
            width: unit.read(&raw.width)?,
            height: unit.read(&raw.height)?,
        })
    }

    /// As the shop's field takes it; the error says why not.
    pub(super) fn write_weight(&self, weight: Weight) -> Result<Value, String> {
        let unit = self.weight.ok_or("the shop's settings name no unit of weight that is known here")?;
        Ok(unit.write(weight.0))
    }

    pub(super) fn write_dimensions(&self, dimensions: Dimensions) -> Result<Value, String> {
        let unit = self.length.ok_or("the shop's settings name no unit of length that is known here")?;
        let [length, width, height] =
            [dimensions.length, dimensions.width, dimensions.height].map(|measure| unit.write(measure));
        Ok(serde_json::json!({"length": length, "width": width, "height": height}))
    }
}

impl Unit {
    fn read(self, raw: &Scalar) -> Option<u64> {
        let scaled = scaled(raw.text()?)?;
        let measure = rounded(scaled.checked_mul(self.of)?, self.per.checked_mul(10i128.pow(DECIMALS))?);
        u64::try_from(measure).ok().filter(|measure| *measure > 0)
    }

    fn write(self, measure: u64) -> Value {
        let unit = 10i128.pow(DECIMALS);
        let value = rounded(i128::from(measure) * self.per * unit, self.of);
        let text = format!("{}.{:0width$}", value / unit, value % unit, width = DECIMALS as usize);
        number(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A decimal number that is not negative, times 10^9. Floats come with noise at their far end, and small ones as `5e-7`.
fn scaled(raw: &str) -> Option<i128> {
    let plain = match raw.contains(['e', 'E']) {
        true => format!("{:.12}", raw.parse::<f64>().ok().filter(|value| value.is_finite())?),
        false => raw.to_owned(),
    };
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(decimals) || plain.len() > 40 || (whole.is_empty() && decimals.is_empty()) {
        return None;
    }
    let decimals: String = decimals.chars().chain(std::iter::repeat('0')).take(DECIMALS as usize).collect();
    format!("{whole}{decimals}").parse().ok()
}

/// Of numbers that are not negative.
fn rounded(dividend: i128, divisor: i128) -> i128 {
    (dividend + divisor / 2) / divisor
}

/// A decimal as a JSON number.
pub(super) fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// A price. `None` for none, and for one with parts of a cent that mean something: rounding it is not ours to do. The far
/// decimals of a float (19.900000000000002) mean nothing.
pub(super) fn price(raw: &Scalar, currency: Currency) -> Option<Money> {
    let value: f64 = raw.text()?.parse().ok()?;
    Money::parse(&format!("{value:.6}"), currency).ok()
}

/// The crossed-out price: 0 is none.
pub(super) fn compare_at(raw: &Scalar, currency: Currency) -> Option<Money> {
    price(raw, currency).filter(|money| money.minor > 0)
}

pub(super) fn money(money: Money) -> Value {
    number(&money.amount())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const WEIGHTS: [&str; 5] = ["CARAT", "GRAM", "OUNCE", "POUND", "KILOGRAM"];
    const LENGTHS: [&str; 4] = ["MM", "CM", "IN", "YD"];

    proptest! {
        #[test]
        fn what_is_written_comes_back(
            weight in 1u64..10_000_000_000,
            sides in prop::array::uniform3(1u64..10_000_000),
            units in (0usize..5, 0usize..4),
            minor in 0i64..100_000_000,
        ) {
            let units = Units::named(Some(WEIGHTS[units.0]), Some(LENGTHS[units.1]));
            let written = units.write_weight(Weight(weight)).unwrap();
            prop_assert_eq!(units.weight(&Scalar::from(&written)), Some(Weight(weight)));
            let wanted = Dimensions { length: sides[0], width: sides[1], height: sides[2] };
            let sides: Sides = serde_json::from_value(units.write_dimensions(wanted).unwrap()).unwrap();
            prop_assert_eq!(units.dimensions(&sides), Some(wanted));
            let amount = Money::new(minor, Currency::new("EUR").unwrap());
            prop_assert_eq!(price(&Scalar::from(&money(amount)), amount.currency), Some(amount));
        }
    }

    #[test]
    fn a_floats_noise_is_no_price_and_half_a_cent_is_none() {
        let euro = Currency::new("EUR").unwrap();
        let read = |raw| price(&Scalar::from(&json!(raw)), euro);
        assert_eq!(read(19.900_000_000_000_002), Some(Money::new(1990, euro)));
        assert_eq!(read(0.0), Some(Money::new(0, euro)));
        assert_eq!(read(0.125), None);
        assert_eq!(compare_at(&Scalar::from(&json!(0)), euro), None);
    }

    #[test]
    fn units_are_what_the_settings_say_and_unknown_ones_refuse() {
        let read = |unit, raw: Value| Units::named(Some(unit), None).weight(&Scalar::from(&raw));
        assert_eq!(read("KILOGRAM", json!(1.25)), Some(Weight::grams(1250)));
        assert_eq!(read("POUND", json!(2)), Some(Weight(907_185)));
        assert_eq!(read("KILOGRAM", json!(0.000_005)), Some(Weight(5)));
        assert_eq!(read("GRAM", json!(0)), None);
        assert_eq!(read("STONE", json!(1)), None);
        assert!(Units::named(None, None).write_weight(Weight(1)).is_err());
    }
}
