//! Money and weight as Wix writes them.

use serde_json::{Number, Value};

use crate::domain::{Currency, Money, WeightUnit};

use super::wire::Loose;

/// In which the products of a site are weighed. `None` for a unit that is not told: a figure alone says nothing.
pub(super) fn weight_unit(raw: &Loose) -> Option<WeightUnit> {
    match raw.text() {
        Some("KG") => Some(WeightUnit::KILOGRAM),
        Some("LB") => Some(WeightUnit::POUND),
        _ => None,
    }
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
    use serde_json::json;

    #[test]
    fn a_unit_that_is_not_told_is_none() {
        let unit = |raw: &str| weight_unit(&Loose::from(&json!(raw)));
        assert_eq!((unit("KG"), unit("LB")), (Some(WeightUnit::KILOGRAM), Some(WeightUnit::POUND)));
        assert_eq!((unit("UNSPECIFIED_WEIGHT_UNIT"), unit("")), (None, None));
        assert_eq!(number("19.90").unwrap(), json!(19.9));
        assert_eq!((number("0.00").unwrap(), number("1200").unwrap()), (json!(0), json!(1200)));
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
}
