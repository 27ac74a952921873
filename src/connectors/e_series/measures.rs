//! Prices as JSON floats, and the words of the shop's settings for units.

use serde_json::{Value, json};

use crate::domain::{Currency, LengthUnit, Money, Units, WeightUnit};

use super::wire::Scalar;

/// The settings' own words: CARAT, GRAM, OUNCE, POUND, KILOGRAM; MM, CM, IN, YD.
pub(super) fn units(weight: Option<&str>, length: Option<&str>) -> Units {
    let weight = match weight {
        Some("CARAT") => Some(WeightUnit::CARAT),
        Some("GRAM") => Some(WeightUnit::GRAM),
        Some("KILOGRAM") => Some(WeightUnit::KILOGRAM),
        Some("OUNCE") => Some(WeightUnit::OUNCE),
        Some("POUND") => Some(WeightUnit::POUND),
        _ => None,
    };
    let length = match length {
        Some("MM") => Some(LengthUnit::MILLIMETRE),
        Some("CM") => Some(LengthUnit::CENTIMETRE),
        Some("IN") => Some(LengthUnit::INCH),
        Some("YD") => Some(LengthUnit::YARD),
        _ => None,
    };
    Units { weight, length }
}

/// A decimal as a JSON number.
pub(super) fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

pub(super) fn sides([length, width, height]: [String; 3]) -> Value {
    json!({"length": number(&length), "width": number(&width), "height": number(&height)})
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
    use crate::domain::Weight;

    #[test]
    fn a_floats_noise_is_no_price_and_half_a_cent_is_none() {
        let euro = Currency::new("EUR").unwrap();
        let read = |raw| price(&Scalar::from(&json!(raw)), euro);
        assert_eq!(read(19.900_000_000_000_002), Some(Money::new(1990, euro)));
        assert_eq!(read(0.0), Some(Money::new(0, euro)));
        assert_eq!(read(0.125), None);
        assert_eq!(compare_at(&Scalar::from(&json!(0)), euro), None);
        for minor in [0, 1, 10, 1990, 99_999_999] {
            let amount = Money::new(minor, euro);
            assert_eq!(price(&Scalar::from(&money(amount)), euro), Some(amount));
        }
    }

    #[test]
    fn units_are_what_the_settings_say_and_unknown_ones_refuse() {
        let read = |unit, raw: Value| units(Some(unit), None).weight(Scalar::from(&raw).text());
        assert_eq!(read("KILOGRAM", json!(1.25)), Some(Weight::grams(1250)));
        assert_eq!(read("POUND", json!(2)), Some(Weight(907_185)));
        assert_eq!(read("KILOGRAM", json!(0.000_005)), Some(Weight(5)));
        assert_eq!(read("GRAM", json!(0)), None);
        assert_eq!(read("STONE", json!(1)), None);
    }
}
