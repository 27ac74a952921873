//! Weight and size in the store's own units, exactly, both ways.
//!
//! A store has one unit for all weights and one for all lengths; a figure alone says nothing. Decimals are computed as
//! whole numbers, so that what is written comes back as the same milligram and micrometre.

use serde_json::{Number, Value};

use crate::domain::{Dimensions, Weight};

use super::wire::Loose;

/// So much of the domain's measure (milligrams, micrometres) is one of the unit, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unit {
    of: i128,
    per: i128,
}

/// The store's units, as far as its settings name known ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Units {
    weight: Option<Unit>,
    length: Option<Unit>,
}

/// Decimals that are read; what is beyond is less than any scale can tell.
const READ_DECIMALS: usize = 9;
/// Decimals that are written: fine enough for a milligram in tonnes.
const WRITTEN_DECIMALS: u32 = 9;

impl Units {
    /// The words of `GET /v2/store`: `LBS`, `Ounces`, `KGS`, `Grams`, `Tonnes`; `Inches`, `Centimeters`.
    pub(super) fn named(weight: &Loose, length: &Loose) -> Self {
        let unit = |of, per| Some(Unit { of, per });
        let word = |raw: &Loose| raw.text().unwrap_or_default().to_ascii_lowercase();
        let weight = match word(weight).as_str() {
            "lbs" | "lb" | "pounds" => unit(45_359_237, 100),
            "ounces" | "oz" => unit(45_359_237, 1_600),
            "kgs" | "kg" | "kilograms" => unit(1_000_000, 1),
            "grams" | "g" => unit(1_000, 1),
            "tonnes" | "t" => unit(1_000_000_000, 1),
            _ => None,
        };
        let length = match word(length).as_str() {
            "inches" | "in" => unit(25_400, 1),
            "centimeters" | "centimetres" | "cm" => unit(10_000, 1),
            "millimeters" | "mm" => unit(1_000, 1),
            "meters" | "m" => unit(1_000_000, 1),
            _ => None,
        };
        Self { weight, length }
    }

    /// 0 is no weight: the field is demanded of every product, and nothing that is sold weighs nothing.
    pub(super) fn weight(&self, raw: &Loose) -> Option<Weight> {
        self.weight?.read(raw).map(Weight)
    }

    /// `None` unless all three are known: a missing height is not 0.
    pub(super) fn dimensions(&self, length: &Loose, width: &Loose, height: &Loose) -> Option<Dimensions> {
        let unit = self.length?;
        Some(Dimensions { length: unit.read(length)?, width: unit.read(width)?, height: unit.read(height)? })
    }

    pub(super) fn write_weight(&self, weight: Weight) -> Result<Value, String> {
        let unit = self.weight.ok_or("the store's settings name no unit of weight that is known here")?;
        unit.write(weight.0)
    }

    /// Length, width, height.
    pub(super) fn write_dimensions(&self, dimensions: Dimensions) -> Result<[Value; 3], String> {
        let unit = self.length.ok_or("the store's settings name no unit of length that is known here")?;
        Ok([unit.write(dimensions.length)?, unit.write(dimensions.width)?, unit.write(dimensions.height)?])
    }
}

impl Unit {
    fn read(self, raw: &Loose) -> Option<u64> {
        let scaled = scaled(raw.text()?)?;
        let measure = rounded(scaled.checked_mul(self.of)?, self.per.checked_mul(10i128.pow(READ_DECIMALS as u32))?);
        u64::try_from(measure).ok().filter(|measure| *measure > 0)
    }

    fn write(self, measure: u64) -> Result<Value, String> {
        let unit = 10i128.pow(WRITTEN_DECIMALS);
        let value = rounded(i128::from(measure) * self.per * unit, self.of);
        let (whole, rest) = (value / unit, value % unit);
        decimal(&format!("{whole}.{rest:0width$}", width = WRITTEN_DECIMALS as usize))
    }
}

/// A decimal as a JSON number: what is written is what it reads as.
pub(super) fn decimal(text: &str) -> Result<Value, String> {
    let number: Number = serde_json::from_str(text).map_err(|_| format!("{text} is no number"))?;
    Ok(Value::Number(number))
}

/// A decimal number that is not negative, times 10^9.
fn scaled(raw: &str) -> Option<i128> {
    let (whole, decimals) = raw.split_once('.').unwrap_or((raw, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(decimals) || raw.len() > 30 || (whole.is_empty() && decimals.is_empty()) {
        return None;
    }
    let decimals: String = decimals.chars().chain(std::iter::repeat('0')).take(READ_DECIMALS).collect();
    format!("{whole}{decimals}").parse().ok()
}

/// Of numbers that are not negative.
fn rounded(dividend: i128, divisor: i128) -> i128 {
    (dividend + divisor / 2) / divisor
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn units(weight: &str, length: &str) -> Units {
        Units::named(&Loose::from(&json!(weight)), &Loose::from(&json!(length)))
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(milligrams in 1u64..500_000_000, micrometres in 1u64..5_000_000, which in 0usize..10) {
            let weight = ["LBS", "Ounces", "KGS", "Grams", "KGS"][which % 5];
            let units = units(weight, ["Inches", "Centimeters"][which % 2]);
            let written = Loose::from(&units.write_weight(Weight(milligrams)).unwrap());
            prop_assert_eq!(units.weight(&written), Some(Weight(milligrams)));
            let size = Dimensions { length: micrometres, width: 7, height: micrometres + 1 };
            let [length, width, height] = units.write_dimensions(size).unwrap().map(|value| Loose::from(&value));
            prop_assert_eq!(units.dimensions(&length, &width, &height), Some(size));
        }
    }

    #[test]
    fn nothing_is_guessed() {
        let known = units("KGS", "Centimeters");
        assert_eq!(known.weight(&Loose::from(&json!(0))), None);
        assert_eq!(known.weight(&Loose::from(&json!(0.35))), Some(Weight::grams(350)));
        assert_eq!(units("Stones", "Ells"), Units::default());
        assert!(Units::default().write_weight(Weight::grams(1)).is_err());
    }
}
