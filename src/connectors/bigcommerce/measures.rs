//! The words of the store's settings for units, and decimals as JSON numbers.

use serde_json::{Number, Value};

use crate::domain::{LengthUnit, Units, WeightUnit};

use super::wire::Loose;

/// The words of `GET /v2/store`: `LBS`, `Ounces`, `KGS`, `Grams`, `Tonnes`; `Inches`, `Centimeters`.
pub(super) fn units(weight: &Loose, length: &Loose) -> Units {
    let word = |raw: &Loose| raw.text().unwrap_or_default().to_ascii_lowercase();
    let weight = match word(weight).as_str() {
        "lbs" | "lb" | "pounds" => Some(WeightUnit::POUND),
        "ounces" | "oz" => Some(WeightUnit::OUNCE),
        "kgs" | "kg" | "kilograms" => Some(WeightUnit::KILOGRAM),
        "grams" | "g" => Some(WeightUnit::GRAM),
        "tonnes" | "t" => Some(WeightUnit::TONNE),
        _ => None,
    };
    let length = match word(length).as_str() {
        "inches" | "in" => Some(LengthUnit::INCH),
        "centimeters" | "centimetres" | "cm" => Some(LengthUnit::CENTIMETRE),
        "millimeters" | "mm" => Some(LengthUnit::MILLIMETRE),
        "meters" | "m" => Some(LengthUnit::METRE),
        _ => None,
    };
    Units { weight, length }
}

/// Length, width and height as JSON numbers.
pub(super) fn sides([length, width, height]: &[String; 3]) -> Result<[Value; 3], String> {
    Ok([decimal(length)?, decimal(width)?, decimal(height)?])
}

/// A decimal as a JSON number: what is written is what it reads as.
pub(super) fn decimal(text: &str) -> Result<Value, String> {
    let number: Number = serde_json::from_str(text).map_err(|_| format!("{text} is no number"))?;
    Ok(Value::Number(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Weight;
    use serde_json::json;

    #[test]
    fn nothing_is_guessed() {
        let units = |weight: &str, length: &str| units(&Loose::from(&json!(weight)), &Loose::from(&json!(length)));
        let known = units("KGS", "Centimeters");
        assert_eq!(known.weight(Loose::from(&json!(0)).text()), None);
        assert_eq!(known.weight(Loose::from(&json!(0.35)).text()), Some(Weight::grams(350)));
        assert_eq!(units("Stones", "Ells"), Units::default());
    }
}
