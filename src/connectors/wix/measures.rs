//! Money and weight as Wix writes them, exactly, both ways. Decimals are computed as whole numbers, so that what is
//! written comes back as the same milligram.

use serde_json::{Number, Value};

use crate::domain::{Currency, Money, Weight};

use super::wire::Loose;

/// Decimals that are read and written: fine enough for a milligram in kilograms and pounds.
const DECIMALS: u32 = 9;
const SCALE: i128 = 10i128.pow(DECIMALS);

/// In which the products of a site are weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WeightUnit {
    Kilogram,
    Pound,
}

impl WeightUnit {
    /// `None` for a unit that is not told: then a figure alone says nothing.
    pub(super) fn named(raw: &Loose) -> Option<Self> {
        match raw.text() {
            Some("KG") => Some(Self::Kilogram),
            Some("LB") => Some(Self::Pound),
            _ => None,
        }
    }

    /// Hundredths of a milligram in one of it.
    const fn hundredths(self) -> i128 {
        match self {
            Self::Kilogram => 100_000_000,
            Self::Pound => 45_359_237,
        }
    }

    /// 0 counts as none.
    pub(super) fn read(self, raw: &Loose) -> Option<Weight> {
        let weight = rounded(scaled(raw.text()?)?.checked_mul(self.hundredths())?, 100 * SCALE);
        u64::try_from(weight).ok().filter(|weight| *weight > 0).map(Weight)
    }

    pub(super) fn write(self, weight: Weight) -> Result<Value, String> {
        let value = rounded(i128::from(weight.0) * 100 * SCALE, self.hundredths());
        number(&format!("{}.{:0width$}", value / SCALE, value % SCALE, width = DECIMALS as usize))
    }
}

fn rounded(value: i128, by: i128) -> i128 {
    (value + by / 2).div_euclid(by)
}

/// `1.25` in billionths; more decimals are cut.
fn scaled(raw: &str) -> Option<i128> {
    let (whole, rest) = raw.trim().split_once('.').unwrap_or((raw.trim(), ""));
    let rest: String = rest.chars().chain(std::iter::repeat('0')).take(DECIMALS as usize).collect();
    let (whole, rest): (i128, i128) = (whole.parse().ok()?, rest.parse().ok()?);
    (whole >= 0).then(|| whole * SCALE + rest)
}

/// A JSON number of exactly this decimal.
pub(super) fn number(raw: &str) -> Result<Value, String> {
    let short = if raw.contains('.') { raw.trim_end_matches('0').trim_end_matches('.') } else { raw };
    short.parse::<Number>().map(Value::Number).map_err(|_| format!("{raw} cannot be written as a number"))
}

/// `None` for what cannot be read, or not without rounding.
pub(super) fn money(raw: &Loose, currency: Currency) -> Option<Money> {
    raw.text().and_then(|raw| Money::parse(raw, currency).ok())
}

/// Of the store's currency and not below nothing.
pub(super) fn check_money(money: Money, currency: Currency) -> Result<Money, String> {
    if money.currency != currency {
        return Err(format!("the store's prices are in {currency}, and this one is {money}"));
    }
    if money.minor < 0 {
        return Err("a price cannot be below nothing".to_owned());
    }
    Ok(money)
}

/// The price that counts and the crossed-out one above it, as far as the two go together: a compare-at price that was
/// there and is not above the new price any more ends; one that is asked for is refused.
pub(super) fn pair(
    price: Option<Money>,
    compare_at: Option<Money>,
    compare_is_new: bool,
    currency: Currency,
) -> Result<(Money, Option<Money>), String> {
    let price = check_money(price.ok_or("Wix wants a price for every article")?, currency)?;
    let Some(compare_at) = compare_at else { return Ok((price, None)) };
    let compare_at = check_money(compare_at, currency)?;
    if compare_at.minor > price.minor {
        return Ok((price, Some(compare_at)));
    }
    match compare_is_new {
        true => Err(format!("the compare-at price {compare_at} is not above the price {price}")),
        false => Ok((price, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn weights_read_as_they_are_written() {
        let loose = |value: Value| Loose::from(&value);
        assert_eq!(WeightUnit::Kilogram.read(&loose(json!(1.25))), Some(Weight::grams(1250)));
        assert_eq!(WeightUnit::Pound.read(&loose(json!(1))), Some(Weight(453_592)));
        assert_eq!(WeightUnit::Kilogram.write(Weight::grams(350)).unwrap(), json!(0.35));
        assert_eq!(WeightUnit::Kilogram.read(&loose(json!(0))), None);
        assert_eq!(WeightUnit::named(&loose(json!("STONE"))), None);
    }

    #[test]
    fn a_compare_at_price_that_was_overtaken_ends() {
        let currency = Currency::new("EUR").unwrap();
        let euro = |minor| Some(Money::new(minor, currency));
        assert_eq!(pair(euro(10), euro(20), false, currency).unwrap().1, euro(20));
        assert_eq!(pair(euro(20), euro(20), false, currency).unwrap().1, None);
        assert!(pair(euro(20), euro(20), true, currency).is_err() && pair(None, None, false, currency).is_err());
        let dollar = Some(Money::new(1, Currency::new("USD").unwrap()));
        assert!(pair(dollar, None, false, currency).is_err());
    }

    proptest! {
        #[test]
        fn every_milligram_survives(milligrams in 1u64..2_000_000_000) {
            for unit in [WeightUnit::Kilogram, WeightUnit::Pound] {
                let written = Loose::from(&unit.write(Weight(milligrams)).unwrap());
                prop_assert_eq!(unit.read(&written), Some(Weight(milligrams)));
            }
        }
    }
}
