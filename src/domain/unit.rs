//! The units that shops weigh and measure in, exactly, both ways.
//!
//! A figure alone says nothing: a shop has one unit for its weights and one for its lengths, or names a unit beside each
//! figure. Decimals are computed as whole numbers, never as floats, so what is written comes back as the same milligram
//! and micrometre. Which word of a platform means which unit is the connector's to say; what a figure means is said here
//! for all of them.

use super::{Dimensions, Weight};

/// Decimals that are read and written at most: fine enough for a milligram in tonnes and a micrometre in yards.
const DECIMALS: u32 = 9;

/// So many of the domain's own measure (milligrams, micrometres) are one of the unit, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unit {
    of: i128,
    per: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightUnit(Unit);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LengthUnit(Unit);

impl WeightUnit {
    pub const CARAT: Self = Self::of(200, 1);
    pub const GRAM: Self = Self::of(1_000, 1);
    pub const KILOGRAM: Self = Self::of(1_000_000, 1);
    pub const TONNE: Self = Self::of(1_000_000_000, 1);
    /// The international pound of 1959, 0.45359237 kg, and its sixteenth.
    pub const POUND: Self = Self::of(45_359_237, 100);
    pub const OUNCE: Self = Self::of(45_359_237, 1_600);

    const fn of(milligrams: i128, per: i128) -> Self {
        Self(Unit { of: milligrams, per })
    }

    /// `None` for what is no decimal number, and for 0: nothing that is sold weighs nothing.
    pub fn read(self, raw: &str) -> Option<Weight> {
        self.0.read(raw).map(Weight)
    }

    /// The shortest decimal that is read as this weight.
    pub fn write(self, weight: Weight) -> String {
        self.0.write(weight.0)
    }
}

impl LengthUnit {
    pub const MILLIMETRE: Self = Self::of(1_000);
    pub const CENTIMETRE: Self = Self::of(10_000);
    pub const METRE: Self = Self::of(1_000_000);
    pub const INCH: Self = Self::of(25_400);
    pub const YARD: Self = Self::of(914_400);

    const fn of(micrometres: i128) -> Self {
        Self(Unit { of: micrometres, per: 1 })
    }

    /// In micrometres; `None` as for weights.
    pub fn read(self, raw: &str) -> Option<u64> {
        self.0.read(raw)
    }

    /// The shortest decimal that is read as these micrometres.
    pub fn write(self, micrometres: u64) -> String {
        self.0.write(micrometres)
    }
}

/// A shop's units, as far as its settings name known ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Units {
    pub weight: Option<WeightUnit>,
    pub length: Option<LengthUnit>,
}

impl Units {
    pub fn weight(&self, raw: Option<&str>) -> Option<Weight> {
        self.weight?.read(raw?)
    }

    /// Of length, width and height; `None` unless all three are known: a missing height is not 0.
    pub fn dimensions(&self, raw: [Option<&str>; 3]) -> Option<Dimensions> {
        let unit = self.length?;
        let [length, width, height] = raw.map(|side| side.and_then(|side| unit.read(side)));
        Some(Dimensions { length: length?, width: width?, height: height? })
    }

    /// As the shop's field takes it; the error says why not.
    pub fn write_weight(&self, weight: Weight) -> Result<String, String> {
        let unit = self.weight.ok_or("the shop's settings name no unit of weight that is known here")?;
        Ok(unit.write(weight))
    }

    /// Length, width, height.
    pub fn write_dimensions(&self, dimensions: Dimensions) -> Result<[String; 3], String> {
        let unit = self.length.ok_or("the shop's settings name no unit of length that is known here")?;
        Ok([dimensions.length, dimensions.width, dimensions.height].map(|side| unit.write(side)))
    }
}

impl Unit {
    fn read(self, raw: &str) -> Option<u64> {
        let scaled = scaled(raw.trim())?;
        let measure = rounded(scaled.checked_mul(self.of)?, self.per.checked_mul(10i128.pow(DECIMALS))?);
        u64::try_from(measure).ok().filter(|measure| *measure > 0)
    }

    fn write(self, measure: u64) -> String {
        let with = |decimals: u32| {
            let unit = 10i128.pow(decimals);
            let value = rounded(i128::from(measure) * self.per * unit, self.of);
            match decimals {
                0 => value.to_string(),
                _ => format!("{}.{:0width$}", value / unit, value % unit, width = decimals as usize),
            }
        };
        (0..DECIMALS).map(with).find(|text| self.read(text).unwrap_or(0) == measure).unwrap_or_else(|| with(DECIMALS))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WEIGHTS: [WeightUnit; 6] = [
        WeightUnit::CARAT,
        WeightUnit::GRAM,
        WeightUnit::KILOGRAM,
        WeightUnit::TONNE,
        WeightUnit::POUND,
        WeightUnit::OUNCE,
    ];
    const LENGTHS: [LengthUnit; 5] =
        [LengthUnit::MILLIMETRE, LengthUnit::CENTIMETRE, LengthUnit::METRE, LengthUnit::INCH, LengthUnit::YARD];

    proptest! {
        #[test]
        fn what_is_written_comes_back(
            weight in 1u64..10_000_000_000,
            sides in prop::array::uniform3(1u64..10_000_000_000),
            weights in 0usize..WEIGHTS.len(),
            lengths in 0usize..LENGTHS.len(),
        ) {
            let units = Units { weight: Some(WEIGHTS[weights]), length: Some(LENGTHS[lengths]) };
            let written = units.write_weight(Weight(weight)).unwrap();
            prop_assert_eq!(units.weight(Some(&written)), Some(Weight(weight)), "{}", written);
            // As a JSON number it is the same.
            let float: f64 = written.parse().unwrap();
            prop_assert_eq!(units.weight(Some(&float.to_string())), Some(Weight(weight)), "{}", float);
            let [length, width, height] = sides;
            let wanted = Dimensions { length, width, height };
            let written = units.write_dimensions(wanted).unwrap();
            let raw = [0, 1, 2].map(|side: usize| Some(written[side].as_str()));
            prop_assert_eq!(units.dimensions(raw), Some(wanted), "{:?}", written);
        }
    }

    #[test]
    fn units_weigh_what_they_weigh() {
        let read = |unit: WeightUnit, raw| unit.read(raw);
        assert_eq!(read(WeightUnit::KILOGRAM, "1.25"), Some(Weight::grams(1250)));
        assert_eq!(read(WeightUnit::GRAM, " 350 "), Some(Weight::grams(350)));
        assert_eq!(read(WeightUnit::POUND, "2"), Some(Weight(907_185)));
        assert_eq!(read(WeightUnit::OUNCE, ".5"), Some(Weight(14_175)));
        assert_eq!(read(WeightUnit::TONNE, "0.00035"), Some(Weight::grams(350)));
        assert_eq!(read(WeightUnit::KILOGRAM, "5e-6"), Some(Weight(5)), "as a float is written");
        assert_eq!(read(WeightUnit::KILOGRAM, "0.30000000000000004"), Some(Weight::grams(300)));
        for unknown in ["", "0", "0.00", "-1", "1,5", "heavy", "1e400", "."] {
            assert_eq!(read(WeightUnit::KILOGRAM, unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_is_written_is_short() {
        assert_eq!(WeightUnit::KILOGRAM.write(Weight(500)), "0.0005");
        assert_eq!(WeightUnit::POUND.write(Weight(453_592)), "1");
        assert_eq!(WeightUnit::OUNCE.write(Weight(14_175)), "0.5");
        assert_eq!(LengthUnit::INCH.write(25_400), "1");
        assert_eq!(LengthUnit::MILLIMETRE.write(45_500), "45.5");
        assert_eq!(LengthUnit::INCH.write(0), "0");
    }

    #[test]
    fn a_missing_side_and_an_unknown_unit_are_unknown() {
        let units = Units { weight: None, length: Some(LengthUnit::CENTIMETRE) };
        let whole = units.dimensions([Some("30"), Some("20"), Some("4.5")]);
        assert_eq!(whole.unwrap().to_string(), "30 × 20 × 4.5 cm");
        assert_eq!(units.dimensions([Some("30"), None, Some("4")]), None);
        assert_eq!(units.weight(Some("1")), None);
        assert!(units.write_weight(Weight(1)).is_err());
        assert!(Units::default().write_dimensions(Dimensions { length: 1, width: 1, height: 1 }).is_err());
    }
}
