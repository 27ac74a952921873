//! The words of the shop's settings for units.

use crate::domain::{LengthUnit, Units, WeightUnit};

/// Of class-wc-settings-products.php: kg, g, lbs, oz; m, cm, mm, in, yd.
pub(super) fn units(weight: Option<&str>, length: Option<&str>) -> Units {
    let weight = match weight {
        Some("kg") => Some(WeightUnit::KILOGRAM),
        Some("g") => Some(WeightUnit::GRAM),
        Some("lbs") => Some(WeightUnit::POUND),
        Some("oz") => Some(WeightUnit::OUNCE),
        _ => None,
    };
    let length = match length {
        Some("m") => Some(LengthUnit::METRE),
        Some("cm") => Some(LengthUnit::CENTIMETRE),
        Some("mm") => Some(LengthUnit::MILLIMETRE),
        Some("in") => Some(LengthUnit::INCH),
        Some("yd") => Some(LengthUnit::YARD),
        _ => None,
    };
    Units { weight, length }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Weight;

    #[test]
    fn units_are_what_the_settings_say() {
        let read = |unit, raw| units(Some(unit), None).weight(Some(raw));
        assert_eq!(read("kg", "1.25"), Some(Weight::grams(1250)));
        assert_eq!(read("lbs", "2"), Some(Weight(907_185)));
        assert_eq!(read("oz", ".5"), Some(Weight(14_175)));
        assert_eq!(read("stone", "1"), None);
        let size = units(None, Some("yd")).dimensions([Some("1"), Some("2"), Some("3")]).unwrap();
        assert_eq!((size.length, size.height), (914_400, 2_743_200));
    }
}
