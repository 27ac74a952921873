//! Weight and size in the shop's own units, exactly, both ways.
//!
//! A shop has one unit for all weights and one for all lengths, chosen in its settings; a figure alone says nothing.
//! Decimals are computed as whole numbers: what is written comes back as the same milligram and micrometre.

use crate::domain::{Dimensions, Weight};

use super::wire::{Loose, Size};

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

/// Decimals that are read; what is beyond is less than any scale can tell.
const READ_DECIMALS: usize = 9;
/// Decimals that are written: fine enough for a milligram in pounds and a micrometre in yards.
const WRITTEN_DECIMALS: u32 = 6;

impl Units {
    /// The settings' own words (class-wc-settings-products.php): kg, g, lbs, oz; m, cm, mm, in, yd.
    pub(super) fn named(weight: Option<&str>, length: Option<&str>) -> Self {
        let unit = |of, per| Some(Unit { of, per });
        let weight = match weight {
            Some("kg") => unit(1_000_000, 1),
            Some("g") => unit(1_000, 1),
            Some("lbs") => unit(45_359_237, 100),
            Some("oz") => unit(45_359_237, 1_600),
            _ => None,
        };
        let length = match length {
            Some("m") => unit(1_000_000, 1),
            Some("cm") => unit(10_000, 1),
            Some("mm") => unit(1_000, 1),
            Some("in") => unit(25_400, 1),
            Some("yd") => unit(914_400, 1),
            _ => None,
        };
        Self { weight, length }
    }

    /// Blank and 0 are no weight: nothing that is sold weighs nothing.
    pub(super) fn weight(&self, raw: &Loose) -> Option<Weight> {
        self.weight?.read(raw).map(Weight)
    }

    /// `None` unless all three are known: a missing height is not 0.
    pub(super) fn dimensions(&self, raw: &Size) -> Option<Dimensions> {
        let unit = self.length?;
        Some(Dimensions {
            length: unit.read(&raw.length)?,
            width: unit.read(&raw.width)?,
            height: unit.read(&raw.height)?,
        })
    }

    /// As the shop's field takes it; the error says why not.
    pub(super) fn write_weight(&self, weight: Weight) -> Result<String, String> {
        let unit = self.weight.ok_or("the shop's settings name no unit of weight that is known here")?;
        Ok(unit.write(weight.0))
    }

    /// Length, width, height.
    pub(super) fn write_dimensions(&self, dimensions: Dimensions) -> Result<[String; 3], String> {
        let unit = self.length.ok_or("the shop's settings name no unit of length that is known here")?;
        Ok([dimensions.length, dimensions.width, dimensions.height].map(|measure| unit.write(measure)))
    }
}

impl Unit {
    fn read(self, raw: &Loose) -> Option<u64> {
        let scaled = scaled(raw.text()?)?;
        let measure = rounded(scaled.checked_mul(self.of)?, self.per.checked_mul(10i128.pow(READ_DECIMALS as u32))?);
        u64::try_from(measure).ok().filter(|measure| *measure > 0)
    }

    fn write(self, measure: u64) -> String {
        let unit = 10i128.pow(WRITTEN_DECIMALS);
        let value = rounded(i128::from(measure) * self.per * unit, self.of);
        let (whole, rest) = (value / unit, value % unit);
        let text = format!("{whole}.{rest:0width$}", width = WRITTEN_DECIMALS as usize);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
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

    const WEIGHTS: [&str; 4] = ["kg", "g", "lbs", "oz"];
    const LENGTHS: [&str; 5] = ["m", "cm", "mm", "in", "yd"];

    proptest! {
        #[test]
        fn what_is_written_comes_back(
            weight in 1u64..10_000_000_000,
            sides in prop::array::uniform3(1u64..10_000_000_000),
            units in (0usize..4, 0usize..5),
        ) {
            let units = Units::named(Some(WEIGHTS[units.0]), Some(LENGTHS[units.1]));
            let written = units.write_weight(Weight(weight)).unwrap();
            prop_assert_eq!(units.weight(&Loose::from(&json!(written))), Some(Weight(weight)));
            let [length, width, height] = sides;
            let wanted = Dimensions { length, width, height };
            let [length, width, height] = units.write_dimensions(wanted).unwrap();
            let size = serde_json::from_value(json!({"length": length, "width": width, "height": height})).unwrap();
            prop_assert_eq!(units.dimensions(&size), Some(wanted));
        }
    }

    #[test]
    fn units_are_what_the_settings_say() {
        let read = |unit, raw| Units::named(Some(unit), None).weight(&Loose::from(&json!(raw)));
        assert_eq!(read("kg", "1.25"), Some(Weight::grams(1250)));
        assert_eq!(read("g", "350"), Some(Weight::grams(350)));
        assert_eq!(read("lbs", "2"), Some(Weight(907_185)));
        assert_eq!(read("oz", ".5"), Some(Weight(14_175)));
        for unknown in ["", "0", "0.00", "-1", "1,5", "heavy", "1e3"] {
            assert_eq!(read("kg", unknown), None, "{unknown}");
        }
        assert_eq!(read("stone", "1"), None);
        assert!(Units::named(Some("stone"), None).write_weight(Weight(1)).is_err());
        assert_eq!(Units::named(Some("kg"), None).write_weight(Weight(500)).unwrap(), "0.0005");
    }

    #[test]
    fn a_missing_side_is_unknown() {
        let size = |value| serde_json::from_value::<Size>(value).unwrap();
        let units = Units::named(None, Some("cm"));
        let whole = size(json!({"length": "30", "width": "20", "height": "4.5"}));
        assert_eq!(units.dimensions(&whole).unwrap().to_string(), "30 × 20 × 4.5 cm");
        assert_eq!(units.dimensions(&size(json!({"length": "30", "width": "", "height": "4"}))), None);
    }
}
