//! Prices, weights and sizes between X-Series' numbers and units and ours. Pure.
//!
//! Numbers come with five decimals at most and go out as JSON numbers; in between nothing is a float.

use serde_json::{Number, Value};

use crate::domain::{Currency, Dimensions, LengthUnit, Money, Quantity, Weight, WeightUnit};

use super::wire::{Loose, Product};

/// Which of the two prices a shop sells by; the other one is reckoned from it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tax {
    Inclusive,
    Exclusive,
}

impl Tax {
    /// The name of the price. Never both may be sent.
    pub const fn price_field(self) -> &'static str {
        match self {
            Self::Inclusive => "price_including_tax",
            Self::Exclusive => "price_excluding_tax",
        }
    }
}

/// What the till asks for. X-Series reckons with five decimals and shows the nearest minor unit, which is what a
/// customer pays; a shop's own price has no more digits than the currency.
pub fn price(product: &Product, tax: Tax, currency: Currency) -> Option<Money> {
    let raw = match tax {
        Tax::Inclusive => &product.price_including_tax,
        Tax::Exclusive => &product.price_excluding_tax,
    };
    // Hundred-thousandths, as quantities are.
    let exact = raw.quantity()?.raw();
    let unit = 10i64.checked_pow(5u32.checked_sub(currency.decimals())?)?;
    let half = if exact < 0 { -unit / 2 } else { unit / 2 };
    Some(Money::new(exact.saturating_add(half) / unit, currency))
}

/// A decimal text as a JSON number.
pub fn number(decimal: &str) -> Value {
    if let Ok(whole) = decimal.parse::<i64>() {
        return Value::from(whole);
    }
    // The shortest digits that a float of this value is written with are those that it was made from, up to fifteen.
    decimal.parse::<f64>().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

pub fn price_number(price: Money) -> Value {
    let amount = price.amount();
    number(amount.split_once('.').filter(|(_, rest)| rest.bytes().all(|b| b == b'0')).map_or(&*amount, |(w, _)| w))
}

pub fn quantity_number(quantity: Quantity) -> Value {
    number(&quantity.to_string())
}

fn weight_unit(word: &str) -> Option<WeightUnit> {
    Some(match word.to_ascii_uppercase().as_str() {
        "G" => WeightUnit::GRAM,
        "KG" => WeightUnit::KILOGRAM,
        "CT" => WeightUnit::CARAT,
        "OZ" => WeightUnit::OUNCE,
        "LB" => WeightUnit::POUND,
        _ => return None,
    })
}

fn length_unit(word: &str) -> Option<LengthUnit> {
    Some(match word.to_ascii_uppercase().as_str() {
        "MM" => LengthUnit::MILLIMETRE,
        "CM" => LengthUnit::CENTIMETRE,
        "IN" => LengthUnit::INCH,
        "YD" => LengthUnit::YARD,
        _ => return None,
    })
}

/// Nothing where there is no unit, or nothing is weighed.
pub fn weight(product: &Product) -> Option<Weight> {
    weight_unit(product.weight_unit.text()?)?.read(&product.weight.decimal()?)
}

pub fn dimensions(product: &Product) -> Option<Dimensions> {
    let unit = length_unit(product.dimensions_unit.text()?)?;
    let side = |value: &Loose| unit.read(&value.decimal()?);
    Some(Dimensions { length: side(&product.length)?, width: side(&product.width)?, height: side(&product.height)? })
}

/// In grams.
pub fn grams(weight: Weight) -> Value {
    number(&WeightUnit::GRAM.write(weight))
}

/// In millimetres.
pub fn millimetres(size: u64) -> Value {
    number(&LengthUnit::MILLIMETRE.write(size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn product(fields: Value) -> Product {
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn the_price_that_the_shop_sells_by_is_taken() {
        let euro = Currency::new("EUR").unwrap();
        let mug = product(json!({"price_including_tax": "19.90000", "price_excluding_tax": 17.30435}));
        assert_eq!(price(&mug, Tax::Inclusive, euro), Some(Money::new(1990, euro)));
        assert_eq!(price(&mug, Tax::Exclusive, euro), Some(Money::new(1730, euro)), "what a customer would pay");
        assert_eq!(price(&product(json!({})), Tax::Inclusive, euro), None);
        let yen = Currency::new("JPY").unwrap();
        assert_eq!(
            price(&product(json!({"price_including_tax": 1200})), Tax::Inclusive, yen),
            Some(Money::new(1200, yen))
        );
        assert_eq!(price_number(Money::new(1990, euro)).to_string(), "19.9");
        assert_eq!(price_number(Money::new(2000, euro)).to_string(), "20");
        assert_eq!(price_number(Money::new(1200, yen)).to_string(), "1200");
    }

    #[test]
    fn weights_and_sizes_come_back_unharmed() {
        let heavy = |weight: Value, unit: &str| super::weight(&product(json!({"weight": weight, "weight_unit": unit})));
        assert_eq!(heavy(json!(350), "G"), Some(Weight::grams(350)));
        assert_eq!(heavy(json!("1.25"), "kg"), Some(Weight::grams(1250)));
        assert_eq!(heavy(json!(1), "LB"), Some(Weight(453_592)));
        assert_eq!(heavy(json!(0), "G"), None);
        assert_eq!(heavy(json!(1), "STONE"), None);
        assert_eq!(grams(Weight(350_500)).to_string(), "350.5");
        let size = product(json!({"length": 30, "width": "20", "height": 4.5, "dimensions_unit": "CM"}));
        let known = Dimensions { length: 300_000, width: 200_000, height: 45_000 };
        assert_eq!(dimensions(&size), Some(known));
        assert_eq!(millimetres(45_000), json!(45));
    }

    #[test]
    fn a_quantity_goes_out_as_it_is() {
        assert_eq!(quantity_number("2.5".parse().unwrap()).to_string(), "2.5");
        assert_eq!(quantity_number("-0.00001".parse().unwrap()).as_f64(), Some(-0.00001));
    }
}
